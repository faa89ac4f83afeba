//! What to change: edits of the scenario, each with the grade that it claims.
//!
//! A grade is a claim made from the settings; `explore` proves it by runs. Option names per runtime stand
//! in this folder, because a remedy must name the option that the reader has to set.

mod bodies;
mod costs;
mod every_hop;
mod pool;
mod proof;
mod race;
mod silence;

pub(crate) use bodies::{despite_leaks, read_bodies, read_requests};
pub(crate) use pool::pool_size;
pub use proof::{Basis, Gaps, Proof, Rerun, Tally};
pub(crate) use race::{agent_timeout, remedies, server_remedies};
pub(crate) use silence::{below_the_box, give_up, half_open, patience, retries};

use crate::reading::Reading;
use crate::text::Text;
use crate::times::edit;
use std::time::Duration;
use whyeof_trace::{ProgramId, RequestId, Setting, SortKey, Trace};

/// One thing to change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remedy {
    /// What kind of change it is; remedies come in the order of their kinds.
    pub kind: RemedyKind,
    /// What it claims to reach.
    pub grade: Grade,
    /// What to do, a few words: `Client: IdleConnTimeout = 9 s`.
    pub title: Text,
    /// What it costs, and what it leaves.
    pub note: Text,
    /// The change; empty where there is no scenario to change (a capture).
    pub edits: Vec<Edit>,
    /// For amber: the idle gap that still fails.
    pub still_fails: Option<Duration>,
    /// What runs have shown; see [`Remedy::prove`].
    pub proof: Option<Proof>,
    /// Whether it claims to be safe for every gap, and runs have found one that fails.
    pub refuted: bool,
    /// What it costs, counted in the same traffic with it.
    pub costs: Option<Text>,
    /// The change in the files of those that are configured; empty: they have none, or nobody has asked.
    pub paste: Vec<Paste>,
}

/// Lines of somebody's configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paste {
    /// Whose: `agent · Go 1.27 net/http`.
    pub of: Text,
    /// Its language, as Markdown names it after a fence: `go`.
    pub language: &'static str,
    /// The lines; their comments are in the reader's language.
    pub lines: Text,
}

/// What kind of change a remedy is, best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RemedyKind {
    /// The client closes idle connections before the server does.
    ClientIdle,
    /// The client's kernel probes idle connections.
    Probes,
    /// The server waits longer.
    ServerIdle,
    /// Connections are not kept: as safe, at the highest price.
    ShortConnections,
    /// On each hop of a chain the client closes idle connections before its server does.
    EveryHop,
    /// Callers read responses to their end.
    ReadBodies,
    /// Servers read requests to their end.
    ReadRequests,
    /// The pool keeps more idle connections.
    PoolSize,
    /// The client's kernel finds out, between requests, that the peer knows nothing of a connection.
    Detection,
    /// The client gives up a connection on which nothing moves.
    Patience,
    /// The client sends the request again: it may run twice.
    Retry,
}

impl RemedyKind {
    /// Whether it is about the race, so that runs with other idle gaps can prove it; others are tried on the same traffic.
    pub const fn is_about_races(self) -> bool {
        !matches!(
            self,
            Self::ReadBodies
                | Self::ReadRequests
                | Self::PoolSize
                | Self::Detection
                | Self::Patience
        )
    }

    /// As machine-readable reports name it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ClientIdle => "client-idle",
            Self::Probes => "probes",
            Self::ShortConnections => "short-connections",
            Self::ServerIdle => "server-idle",
            Self::EveryHop => "every-hop",
            Self::ReadBodies => "read-bodies",
            Self::ReadRequests => "read-requests",
            Self::PoolSize => "pool-size",
            Self::Detection => "detection",
            Self::Patience => "patience",
            Self::Retry => "retry",
        }
    }
}

/// What a remedy reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Grade {
    /// Safe for every idle gap from 0 to twice the largest timeout.
    Green,
    /// Safe for this traffic only, or at the price of running a request twice.
    Amber,
}

impl Grade {
    /// As machine-readable reports name it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Green => "green",
            Self::Amber => "amber",
        }
    }
}

/// A change of one field of the scenario.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// Path in the scenario: `clients.agent.options.IdleConnTimeout`.
    pub path: String,
    /// The new value as a scenario reads it: `9s`.
    pub value: String,
}

impl Remedy {
    /// Its place among others: green before amber, retries last.
    pub fn rank(&self) -> SortKey {
        let is_retry = self.kind == RemedyKind::Retry;
        let rank = 2 * u64::from(is_retry) + self.grade as u64;
        (rank, self.kind as u64)
    }

    /// A change that runs have yet to prove.
    fn new(kind: RemedyKind, grade: Grade, title: Text, note: Text, edits: Vec<Edit>) -> Self {
        Self {
            kind,
            grade,
            title,
            note,
            edits,
            still_fails: None,
            proof: None,
            refuted: false,
            costs: None,
            paste: Vec::new(),
        }
    }

    /// Whether both change the same settings for the same purpose, be it to other values: one of them is enough.
    pub fn changes_the_same_as(&self, other: &Self) -> bool {
        let paths = |remedy: &Self| {
            let edits = remedy.edits.iter();
            edits.map(|e| e.path.clone()).collect::<Vec<_>>()
        };
        self.kind == other.kind && paths(self) == paths(other)
    }
}

/// What to change at the client: `Client: IdleConnTimeout = 9 s`.
fn at_client(what: &str) -> Text {
    Text::made(format!("Client: {what}"), format!("客户端：{what}"))
}

/// An option's new time.
fn set(option: &Setting, value: Duration) -> Edit {
    Edit {
        path: option.path.clone(),
        value: edit(value),
    }
}

/// `clients.agent.requests.upload`: the request was started by the timer of the n-th workload, and a client's
/// workloads have their settings in their order.
fn workload_path(reading: &Reading<'_>, request: RequestId) -> Option<String> {
    let trace = reading.trace;
    let client = trace.requests[request.index()].program;
    let started = reading.requests.get(&request)?.first;
    let number = trace.workload_of(started)?;
    let mut paths: Vec<&str> = Vec::new();
    for setting in &trace.settings {
        let mut parts = setting.path.match_indices('.').map(|(at, _)| at);
        let Some(end) = parts.nth(3) else { continue };
        let path = &setting.path[..end];
        let mine = setting.program == Some(client) && path.contains(".requests.");
        if mine && !paths.contains(&path) {
            paths.push(path);
        }
    }
    paths.get(usize::from(number)).map(|p| (*p).to_owned())
}

/// An option of a program that a scenario can set, by the name that its runtime gives it.
fn option<'a>(trace: &'a Trace, program: ProgramId, name: &str) -> Option<&'a Setting> {
    let mut settings = trace.settings.iter();
    settings.find(|s| s.program == Some(program) && s.name == name && !s.path.is_empty())
}
