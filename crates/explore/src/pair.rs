//! A client and a server, each as it comes or as it is set: who lets go of an idle connection first, and which gaps are dangerous.

use crate::probe::Probe;
use crate::risk::{Harm, Risk, RiskWindow, risk};
use std::fmt;
use std::time::Duration;
use whyeof_scenario::profiles::{self, Profile};
use whyeof_scenario::span::Span;
use whyeof_scenario::{Invalid, Lang, Scenario, apply, build, get};
use whyeof_sim::plan::Plan;
use whyeof_sim::world::{outcomes, run};
use whyeof_trace::{
    Event, FlowId, HostId, PoolEvent, SettingId, Side, Time, TimerEvent, TimerKind, TimerOf, Trace,
};

/// Two programs, and what may stand between them, by the names of their runtimes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pair<'a> {
    /// Who asks.
    pub client: &'a str,
    /// Who answers.
    pub server: &'a str,
    /// A proxy between them.
    pub via: Option<&'a str>,
}

/// One connection of the way, and who lets go of it when nothing is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hop {
    /// Who opened it, and who took it, by their names in the scenario.
    pub ends: [String; 2],
    /// After how long its client lets go; `None`: never by itself.
    pub client: Option<Limit>,
    /// After how long its server closes; `None`: never by itself.
    pub server: Option<Limit>,
    /// Whether its client keeps it at all.
    pub kept: bool,
}

/// How long an end leaves a connection alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limit {
    /// How long, counted from the end of the response as the client sees it: what limits are compared by.
    pub after: Duration,
    /// What its own timer is set to, which begins when that end has done its part.
    pub timer: Duration,
    /// The option that says so.
    pub option: Option<String>,
}

/// Who lets go first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Margin {
    /// The connection is not kept: nothing is left to race for.
    NotKept,
    /// Nobody lets go.
    Nobody,
    /// The client, so much earlier than the server would; `None`: the server never would.
    Client(Option<Duration>),
    /// The server, so much earlier than the client would; `None`: the client never would.
    Server(Option<Duration>),
}

impl Hop {
    /// Who lets go first, and by how much.
    pub fn margin(&self) -> Margin {
        let after = |limit: &Option<Limit>| limit.as_ref().map(|limit| limit.after);
        match (after(&self.client), after(&self.server)) {
            _ if !self.kept => Margin::NotKept,
            (None, None) => Margin::Nobody,
            (Some(_), None) => Margin::Client(None),
            (None, Some(_)) => Margin::Server(None),
            (Some(client), Some(server)) if client < server => {
                Margin::Client(Some(server - client))
            }
            (Some(client), Some(server)) => Margin::Server(Some(client - server)),
        }
    }
}

/// What a pair comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paired {
    /// The scenario: two POSTs, one after the other; where a gap is dangerous, the second comes after such a one.
    pub scenario: Scenario,
    /// The connections of the way, from the client on.
    pub hops: Vec<Hop>,
    /// The dangerous gaps; `None`: no connection lies idle, so there is no gap to ask about.
    pub risk: Option<Risk>,
}

/// Why there is no such pair.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PairError {
    /// No runtime of this name can be that: the role, the name, and who can.
    Unknown(&'static str, String, Vec<&'static str>),
    /// A setting, by its path, of the server behind a proxy that is asked about alone.
    Behind(String),
    /// What was set does not hold.
    Invalid(Invalid),
}

impl fmt::Display for PairError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown(role, name, known) => {
                let name = whyeof_scenario::invalid::shorten(name);
                write!(
                    f,
                    "`{name}` is no {role}; expected one of {}",
                    known.join(", ")
                )
            }
            Self::Behind(path) => {
                let path = whyeof_scenario::invalid::shorten(path);
                write!(
                    f,
                    "`{path}`: this is about the connection to the proxy; expected `proxies.proxy.…`, or a server and `--via`"
                )
            }
            Self::Invalid(invalid) => write!(f, "{invalid}"),
        }
    }
}

impl std::error::Error for PairError {}

impl From<Invalid> for PairError {
    fn from(invalid: Invalid) -> Self {
        Self::Invalid(invalid)
    }
}

/// The runtimes that can ask.
pub fn clients() -> Vec<&'static str> {
    that(|profile| profile.client.is_some())
}

/// The runtimes that can answer.
pub fn servers() -> Vec<&'static str> {
    that(|profile| profile.server.is_some())
}

/// Who stands behind a proxy that a client is held against alone: it never lets go of an idle connection, so that nothing is at stake there.
const PATIENT: &str = "go-1.27";

/// The proxies that are no servers: clients can be held against them, too.
pub fn fronts() -> Vec<&'static str> {
    that(|profile| profile.proxy.is_some() && profile.server.is_none())
}

/// Whom a client can be held against: servers, and, unless a proxy stands between, proxies alone.
pub fn peers(via: Option<&str>) -> Vec<&'static str> {
    let mut all = servers();
    if via.is_none() {
        all.extend(fronts());
    }
    all
}

/// The runtimes that can stand between.
pub fn proxies() -> Vec<&'static str> {
    that(|profile| profile.proxy.is_some())
}

fn that(can: fn(&Profile) -> bool) -> Vec<&'static str> {
    let all = profiles::ALL.into_iter().filter(|profile| can(profile));
    all.map(|profile| profile.id).collect()
}

impl Pair<'_> {
    /// The scenario of this pair, with fields as they are set: `clients.client.options.…`, `servers.server.options.…`,
    /// `proxies.proxy.options.…`.
    ///
    /// # Errors
    /// A runtime that is not known or cannot be that, or a field that does not hold.
    pub fn scenario(&self, edits: &[(&str, &str)]) -> Result<Scenario, PairError> {
        let known = |role, name: &str, all: Vec<&'static str>| match all.contains(&name) {
            true => Ok(()),
            false => Err(PairError::Unknown(role, name.to_owned(), all)),
        };
        known("client", self.client, clients())?;
        known("server", self.server, peers(self.via))?;
        let (client, server) = (self.client, self.server);
        let title = format!("{client} → {server}");
        let is_front = fronts().contains(&server);
        let (server, via) = match is_front {
            true => (PATIENT, Some(server)),
            false => (server, self.via),
        };
        if let Some((path, _)) = edits
            .iter()
            .find(|(path, _)| is_front && path.starts_with("servers."))
        {
            return Err(PairError::Behind((*path).to_owned()));
        }
        let (to, proxies) = match via {
            Some(via) => {
                known("proxy", via, proxies())?;
                let proxy = format!(
                    r#"[{{"name":"proxy","listen":80,"runtime":"{via}","to":"server:8080"}}]"#
                );
                ("proxy:80", proxy)
            }
            None => ("server:8080", "[]".to_owned()),
        };
        let json = format!(
            r#"{{"version":1,"title":"{title}","until":"10s",
            "clients":[{{"name":"client","runtime":"{client}","requests":[{{"name":"call","to":"{to}","method":"POST","path":"/call","body":5,"every":"{USUAL}","count":2}}]}}],
            "proxies":{proxies},"servers":[{{"name":"server","listen":8080,"runtime":"{server}"}}]}}"#
        );
        let mut scenario = Scenario::from_json(&json)?;
        apply(&mut scenario, edits.iter().copied())?;
        Ok(scenario)
    }

    /// What the pair comes to, with fields as they are set. Of a proxy alone it is the connection to it: who stands behind it is nobody's question,
    /// and cannot be set.
    ///
    /// # Errors
    /// As [`Self::scenario`].
    pub fn found(&self, edits: &[(&str, &str)]) -> Result<Paired, PairError> {
        let scenario = self.scenario(edits)?;
        let hops = if self.via.is_some() { 2 } else { 1 };
        Ok(first_hops(scenario, hops)?)
    }
}

/// Runs a pair.
///
/// # Errors
/// The scenario does not hold.
pub fn paired(scenario: Scenario) -> Result<Paired, Invalid> {
    first_hops(scenario, usize::MAX)
}

/// The same of so many connections of the way.
fn first_hops(mut scenario: Scenario, most: usize) -> Result<Paired, Invalid> {
    let is_ours = get(&scenario, EVERY).as_deref() == Some(USUAL);
    if is_ours {
        set_apart(&mut scenario)?;
    }
    let trace = run(build(&scenario)?);
    let flows = (0..trace.flows.len()).filter_map(|n| Some(FlowId(u32::try_from(n).ok()?)));
    let mut hops: Vec<Hop> = Vec::new();
    for hop in flows.filter_map(|flow| hop(&trace, flow)) {
        // A way that is taken again by a new connection is the same way.
        if hops.iter().all(|known| known.ends != hop.ends) {
            hops.push(hop);
        }
    }
    hops.truncate(most);
    let probe = Probe::of_interest(&scenario, &trace)?;
    let kept = hops.iter().any(|hop| hop.kept);
    let probe = probe.filter(|_| kept);
    let mut found = Paired {
        scenario,
        hops,
        risk: None,
    };
    if let Some(probe) = probe {
        let risk = risk(&found.scenario, &probe)?;
        if is_ours {
            found.meet(&probe, &risk)?;
        }
        found.risk = Some(risk);
    }
    Ok(found)
}

impl Paired {
    /// Whether some idle gap loses a request, or sends it twice.
    pub fn is_dangerous(&self) -> bool {
        let risk = self.risk.as_ref();
        risk.is_some_and(|risk| risk.harms().next().is_some())
    }

    /// The margin of each connection of the way, for a table.
    pub fn margins(&self, lang: Lang) -> String {
        let hops = self.hops.iter().map(|hop| hop.margin().short());
        let said: Vec<String> = hops.map(|text| text.of(lang).to_owned()).collect();
        said.join(" | ")
    }

    /// Moves the second request into the middle of the first window that loses one.
    fn meet(&mut self, probe: &Probe, risk: &Risk) -> Result<(), Invalid> {
        let fails = |window: &&RiskWindow| window.harm == Harm::Fails;
        let window = risk.windows.iter().find(fails).or(risk.windows.first());
        let Some(window) = window else {
            return Ok(());
        };
        let gap = window.from + window.width() / 2;
        let micros = u64::try_from((gap + probe.leads().dialled).as_micros()).unwrap_or(u64::MAX);
        let every = Duration::from_micros(micros);
        let until = Duration::from_secs(every.as_secs() + 10).max(self.scenario.until);
        space(&mut self.scenario, every, until)
    }
}

/// The second request comes when the first one has ended, also where that takes some minutes.
fn set_apart(scenario: &mut Scenario) -> Result<(), Invalid> {
    /// The longest that a scenario runs in which nobody has said more, and a request may take.
    const LONGEST: Duration = Duration::from_secs(600);
    let mut plan = build(scenario)?;
    let first = |plan: &Plan| {
        let (outcomes, _) = outcomes(plan.clone());
        let first = outcomes.requests.first()?;
        Some(first.ended?.since(first.started))
    };
    let took = first(&plan).or_else(|| {
        plan.until = plan.until.max(LONGEST);
        first(&plan)
    });
    let Some(took) = took.filter(|took| *took >= Duration::from_millis(900)) else {
        return Ok(());
    };
    // A second at least lies between the two.
    let every = Duration::from_secs(took.as_secs() + 2);
    let until = scenario.until.max(2 * every + Duration::from_secs(10));
    space(scenario, every, until)
}

/// Sets how far apart the requests come, and until when the run lasts.
fn space(scenario: &mut Scenario, every: Duration, until: Duration) -> Result<(), Invalid> {
    let [every, until] = [every, until].map(|span| Span::from(span).to_string());
    apply(
        scenario,
        [(EVERY, every.as_str()), ("until", until.as_str())],
    )
}

/// From one request of a pair to the next,
const EVERY: &str = "clients.client.requests.call.every";
/// and how long that is at first.
const USUAL: &str = "1s";

/// What a connection's ends do with it once its first response is there.
fn hop(trace: &Trace, flow: FlowId) -> Option<Hop> {
    let ends = [Side::Opener, Side::Listener].map(|side| trace.flows[flow.index()].host(side));
    let name = |host: HostId| {
        let mut programs = trace.programs.iter().filter(|program| program.host == host);
        programs
            .next()
            .map_or(String::new(), |program| program.name.clone())
    };
    let parked = trace.records.iter().find(|record| {
        matches!(record.event, Event::Pool(PoolEvent::Park { socket, .. }) if socket.flow == flow)
    });
    let from = parked.map_or(Time::ZERO, |record| record.time);
    let limit = |kind: TimerKind, side: Side| {
        trace.records.iter().find_map(|record| {
            let Event::Timer(TimerEvent::Set { timer, until, setting }) = record.event else {
                return None;
            };
            let its = matches!(timer.of, TimerOf::Socket(socket) if socket.flow == flow && socket.side == side);
            (its && timer.kind == kind && until > from).then(|| Limit {
                after: until.since(from),
                timer: until.since(record.time),
                option: setting.map(|id| option(trace, id)),
            })
        })
    };
    Some(Hop {
        ends: ends.map(name),
        client: limit(TimerKind::ClientIdle, Side::Opener),
        server: limit(TimerKind::ServerIdle, Side::Listener),
        kept: parked.is_some(),
    })
}

fn option(trace: &Trace, id: SettingId) -> String {
    trace.setting(id).name.clone()
}
