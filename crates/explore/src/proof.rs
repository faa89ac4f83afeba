//! Whether a configuration is safe for every idle gap, found by runs.
//!
//! Gaps are tried evenly from 0 to twice the largest timeout, and closely around every timeout, where the windows are: a
//! window is as wide as a round trip plus the client's notice, so steps of an eighth of a round trip cannot step over it, and what is
//! narrower lies where the connection that answers changes: see [`search`].

use crate::ending::Ending;
use crate::probe::Probe;
use crate::search::search;
use std::time::Duration;
use whyeof_diagnose::findings::{gap_of, only_this_traffic, only_this_traffic_once};
use whyeof_diagnose::{Basis, Text};
use whyeof_scenario::span::Span;
use whyeof_scenario::{Invalid, Scenario, build};
use whyeof_sim::net::fault::Effect;
use whyeof_sim::plan::Plan;
use whyeof_sim::world::run;
use whyeof_trace::{Value, by_length};

/// What the runs said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    /// Gaps from 0 to here were tried.
    pub to: Duration,
    /// How many runs.
    pub runs: usize,
    /// The draws of chance that each gap was tried with.
    pub draws: Basis,
    /// The first gap at which the caller gets an error, and the error.
    pub fails_at: Option<(Duration, String)>,
    /// The first gap at which the runtime sends the request again by itself: it may then be executed twice.
    pub replays_at: Option<Duration>,
    /// Whose requests these gaps are about; empty: the question's own.
    pub whose: String,
}

impl Proof {
    /// Safe for every gap that was tried, without sending anything twice, whatever chance decides.
    pub const fn is_green(&self) -> bool {
        self.fails_at.is_none() && self.replays_at.is_none() && self.draws.is_whole()
    }

    /// Of a run that went well: what it need not have been.
    pub fn caveat(&self) -> Option<Text> {
        let span = |gap: Duration| gap_of(&Span::from(gap).spaced(), &self.whose);
        match (&self.fails_at, self.replays_at) {
            (Some((gap, _)), _) => Some(only_this_traffic(&span(*gap))),
            (None, Some(gap)) => Some(only_this_traffic_once(&span(gap))),
            (None, None) => self.draws.caveat(),
        }
    }
}

/// Gaps that are tried evenly.
const EVEN: u32 = 120;
/// Gaps below this are not "idle" but "busy": the first response may not be there yet.
const LEAST_STEP: Duration = Duration::from_micros(50);
/// Deadlines that are looked at closely: more than a story has, and few enough that a proof ends.
const MOST_DEADLINES: usize = 24;
/// How late a runtime's timers and wake-ups may be, beyond the round trip: above the slowest recorded ones.
const SLACK: Duration = Duration::from_millis(4);

/// Tries the gaps before the question's requests, and before each other kind of request that callers make. The question is the probe's; its answers
/// are for this scenario.
///
/// # Errors
/// The scenario does not hold.
pub fn prove(scenario: &Scenario, question: &Probe) -> Result<Proof, Invalid> {
    let probe = question.of(scenario)?;
    let plan = build(scenario)?;
    let mut proof = prove_kind(&plan, &probe, probe.each_draw());
    let (others, untried) = probe.others();
    proof.draws.untried = untried;
    for other in others {
        if probe.allowance.is_spent() {
            proof.draws.stopped = true;
            break;
        }
        let mut found = prove_kind(&plan, &other, std::iter::once(other.clone()));
        // What is lost on another client's way says nothing about this one's requests.
        found.draws.lossy &= other.is_of_client_of(&probe);
        proof.take(found, &other);
    }
    // The gaps move the question alone; what else happens, and when, is in the scenario itself.
    if proof.fails_at.is_none()
        && let Some(error) = question.error_in(&run(plan))
    {
        proof.fails_at = Some((question.gap, error));
    }
    Ok(proof)
}

/// Tries the gaps of one kind of requests, with these draws of chance.
fn prove_kind(plan: &Plan, probe: &Probe, draws: impl Iterator<Item = Probe>) -> Proof {
    let (gaps, mut to) = all_gaps(plan, probe);
    let mut points: Vec<_> = draws.flat_map(|probe| search(&probe, &gaps)).collect();
    let stopped = probe.allowance.is_spent();
    if stopped {
        to = points.last().map_or(Duration::ZERO, |(gap, _)| *gap);
    }
    points.sort_by_cached_key(|(gap, _)| by_length(gap));
    // What is found between two of the gaps is told only where none of them shows it: it is seldom met, and its numbers are odd.
    let own = points
        .iter()
        .filter(|(gap, _)| gaps.binary_search(gap).is_ok());
    let first = |is: fn(Ending) -> bool| own.clone().chain(&points).find(|(_, run)| is(run.ending));
    let fails = first(|ending| matches!(ending, Ending::Failed(_) | Ending::Unfinished));
    let replays = first(|ending| ending == Ending::OkRetried);
    // Only a connection that is used again can have ended before a request that comes late.
    let reuses = points.iter().any(|(_, run)| run.reuses);
    let mut draws = probe.chance();
    draws.lossy &= reuses;
    draws.stopped = stopped;
    Proof {
        to,
        runs: points.len(),
        draws,
        fails_at: fails.map(|(gap, run)| (*gap, run.error.clone().unwrap_or_default())),
        replays_at: replays.map(|(gap, _)| *gap),
        whose: String::new(),
    }
}

impl Proof {
    /// Takes in what runs of another kind of requests have shown: it is told where this one has no failure.
    fn take(&mut self, other: Self, about: &Probe) {
        self.to = self.to.max(other.to);
        self.runs += other.runs;
        self.draws = Basis {
            count: self.draws.count.max(other.draws.count),
            lossy: self.draws.lossy || other.draws.lossy,
            untried: self.draws.untried,
            stopped: self.draws.stopped || other.draws.stopped,
        };
        let worse = match (&self.fails_at, self.replays_at) {
            (Some(_), _) => false,
            (None, Some(_)) => other.fails_at.is_some(),
            (None, None) => other.fails_at.is_some() || other.replays_at.is_some(),
        };
        if worse {
            self.whose = about.whose();
            self.fails_at = other.fails_at;
            self.replays_at = other.replays_at.or(self.replays_at);
        }
    }
}

/// All gaps that are worth a run, and the longest of them: twice the largest timeout.
pub(crate) fn all_gaps(plan: &Plan, probe: &Probe) -> (Vec<Duration>, Duration) {
    let timeouts = timeouts(plan);
    let largest = timeouts.iter().copied().max();
    let to = largest.unwrap_or(Duration::from_secs(30)) * 2;
    (gaps(&timeouts, to, probe), to)
}

/// Options that are times and no timeouts of programs: the kernel's, about probes and data that nobody acknowledges.
const KERNELS: [&str; 3] = ["KeepAlive", "keepAliveMsecs", "TCP_USER_TIMEOUT"];

/// Timeouts of HTTP programs in force, whatever a runtime calls them, and of boxes on the way; each once. Schedules are none.
fn timeouts(plan: &Plan) -> Vec<Duration> {
    let settings = plan.settings.iter();
    let boxes = plan.faults.iter().filter_map(|fault| match fault.effect {
        Effect::Forget(memory) => Some(memory.idle),
        _ => None,
    });
    let mut found: Vec<_> = settings
        .filter(|s| s.path.contains(".options."))
        .filter(|s| !KERNELS.iter().any(|name| s.name.starts_with(name)))
        .filter_map(|s| match s.value {
            Value::Duration(span) => Some(span),
            _ => None,
        })
        .chain(boxes)
        .collect();
    found.sort_by_cached_key(by_length);
    found.dedup();
    found
}

/// Gaps evenly from 0 to the longest, and closely around each at which something may give up: the timeouts as they are
/// set, and the timers as they fire, which on a connection that was never used is counted from its dialling.
fn gaps(timeouts: &[Duration], to: Duration, probe: &Probe) -> Vec<Duration> {
    let mut gaps: Vec<_> = (0..=EVEN).map(|n| to * n / EVEN).collect();
    let around = probe.rtt() * 2 + SLACK;
    let step = (probe.rtt() / 8).max(LEAST_STEP);
    let deadlines = probe.deadlines(to);
    let centres = timeouts.iter().chain(deadlines.iter().take(MOST_DEADLINES));
    for centre in centres {
        let mut gap = centre.saturating_sub(around);
        while gap <= *centre + around {
            gaps.push(gap);
            gap += step;
        }
    }
    gaps.sort_by_cached_key(by_length);
    gaps.dedup();
    gaps
}
