//! The risk window: the idle gaps after which a request is lost, or sent twice. Where it begins, where it ends, what it consists of.
//!
//! Found by runs: the gaps of a [proof](crate::proof), and between two that differ by halving, to 1 µs. What it consists of is read off the trace
//! of the run in its middle.

use crate::ending::Ending;
use crate::probe::Probe;
use crate::proof;
use crate::search::{Point, search};
use std::time::Duration;
use whyeof_diagnose::{EvidenceRole, Finding, diagnose};
use whyeof_scenario::{Invalid, Scenario, build};
use whyeof_sim::plan::Plan;
use whyeof_sim::world::run;
use whyeof_trace::{
    Event, PoolEvent, Record, RecordId, SegmentEvent, Setting, Time, TimerEvent, Trace,
};

/// What happens to requests in a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Harm {
    /// The caller gets an error.
    Fails,
    /// The runtime sends the request a second time by itself: the caller hears nothing of it.
    Replays,
}

impl Harm {
    fn of(ending: Ending) -> Option<Self> {
        match ending {
            Ending::Failed(_) | Ending::Unfinished => Some(Self::Fails),
            Ending::OkRetried => Some(Self::Replays),
            Ending::OkReused | Ending::OkNew => None,
        }
    }
}

/// Idle gaps next to each other after which a request comes to harm.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RiskWindow {
    /// What happens.
    pub harm: Harm,
    /// The first such gap, and the last; both edges to 1 µs.
    pub from: Duration,
    /// See `from`.
    pub to: Duration,
    /// The errors in it, as the program prints them, as they come with longer gaps.
    pub errors: Vec<String>,
    /// Whether its end was found: the longest gap that was tried may lie within it.
    pub ends: bool,
    /// What it consists of, where it is a race of a request with a FIN.
    pub parts: Option<Parts>,
}

impl RiskWindow {
    /// From its first gap to its last.
    pub fn width(&self) -> Duration {
        self.to - self.from
    }
}

/// The times that make a window as wide as it is, and put it where it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parts {
    /// The setting that the server's timer took, if it took one.
    pub setting: Option<Setting>,
    /// From the timer's start to when it was to fire.
    pub timeout: Duration,
    /// From then to when it fired.
    pub lateness: Duration,
    /// From there to the FIN: a request that arrives in this time is answered by RST (`close(2)` with unread data).
    pub closing: Duration,
    /// From the pool to the wire: the request has its connection, and has not left.
    pub leaving: Duration,
    /// The request's way to the server,
    pub there: Duration,
    /// and the FIN's to the client.
    pub back: Duration,
    /// From the FIN's arrival to the client's read(2) that told it.
    pub notice: Duration,
}

impl Parts {
    /// What they come to: a request that is asked for in this time arrives at a server that is done with the connection, of which its client
    /// had not heard.
    pub fn width(&self) -> Duration {
        self.closing + self.leaving + self.there + self.back + self.notice
    }

    /// Of a run whose request was in flight as the server closed.
    fn of(trace: &Trace) -> Option<Self> {
        let report = diagnose(trace);
        let race = |finding: &&Finding| {
            finding
                .evidence
                .iter()
                .any(|e| e.role == EvidenceRole::FinArrived)
        };
        let finding = report.findings.iter().find(race)?;
        let at = |role: EvidenceRole| {
            let mut evidence = finding.evidence.iter().filter(|e| e.role == role);
            evidence.next().map(|e| trace.record(e.record))
        };
        let time = |role: EvidenceRole| at(role).map(|record| record.time);
        let fired = at(EvidenceRole::TimerFired)?;
        let (set, until) = armed(trace, fired.cause?)?;
        let setting = match fired.event {
            Event::Timer(TimerEvent::Fired { setting, .. }) => setting,
            _ => None,
        };
        let sent = at(EvidenceRole::RequestSent)?;
        let span = |from: EvidenceRole, to: EvidenceRole| Some(time(to)?.since(time(from)?));
        Some(Self {
            setting: setting
                .and_then(|id| trace.settings.get(id.index()))
                .cloned(),
            timeout: until.since(set),
            lateness: fired.time.since(until),
            closing: time(EvidenceRole::FinSent)?.since(fired.time),
            leaving: sent.time.since(checkout(trace, sent)?),
            there: flight(trace, sent)?,
            back: span(EvidenceRole::FinSent, EvidenceRole::FinArrived)?,
            notice: span(EvidenceRole::FinArrived, EvidenceRole::ReadEnded)?,
        })
    }
}

/// When a request that has been sent had got its connection.
fn checkout(trace: &Trace, sent: &Record) -> Option<Time> {
    let mut record = sent;
    loop {
        if matches!(record.event, Event::Pool(PoolEvent::Checkout { .. })) {
            return Some(record.time);
        }
        record = trace.record(record.cause?);
    }
}

/// How long a segment was under way.
fn flight(trace: &Trace, sent: &Record) -> Option<Duration> {
    let later = trace.records.get(sent.id.index()..)?.iter();
    let mut arrived = later.filter(|r| {
        r.cause == Some(sent.id) && matches!(r.event, Event::Segment(SegmentEvent::Arrived(_)))
    });
    Some(arrived.next()?.time.since(sent.time))
}

/// When a timer was started, and when it was to fire.
fn armed(trace: &Trace, record: RecordId) -> Option<(Time, Time)> {
    let record = trace.record(record);
    match record.event {
        Event::Timer(TimerEvent::Set { until, .. }) => Some((record.time, until)),
        _ => None,
    }
}

/// All windows of a question's requests between no gap and twice the largest timeout, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Risk {
    /// The windows.
    pub windows: Vec<RiskWindow>,
    /// Gaps after which the request goes well on another connection than the one before: first and last of each stretch.
    pub renewed: Vec<(Duration, Duration)>,
    /// Gaps from 0 to here were tried.
    pub to: Duration,
    /// How many runs it took.
    pub runs: usize,
}

impl Risk {
    /// What happens to requests in its windows.
    pub fn harms(&self) -> impl Iterator<Item = Harm> {
        let met = |harm: &Harm| self.windows.iter().any(|window| window.harm == *harm);
        [Harm::Fails, Harm::Replays].into_iter().filter(met)
    }
}

/// Finds the windows. The question is the probe's; its answers are for this scenario.
///
/// # Errors
/// The scenario does not hold.
pub fn risk(scenario: &Scenario, question: &Probe) -> Result<Risk, Invalid> {
    let probe = question.of(scenario)?;
    let plan = build(scenario)?;
    let (gaps, to) = proof::all_gaps(&plan, &probe);
    let points = search(&probe, &gaps);
    let mut windows: Vec<RiskWindow> = Vec::new();
    let mut open = false;
    for (gap, outcome) in &points {
        let harm = Harm::of(outcome.ending);
        match (harm, windows.last_mut()) {
            (Some(harm), Some(window)) if open && window.harm == harm => {
                window.to = *gap;
                let error = outcome
                    .error
                    .iter()
                    .filter(|error| !window.errors.contains(error));
                let error: Vec<String> = error.cloned().collect();
                window.errors.extend(error);
            }
            (Some(harm), _) => windows.push(RiskWindow {
                harm,
                from: *gap,
                to: *gap,
                errors: outcome.error.iter().cloned().collect(),
                ends: true,
                parts: None,
            }),
            (None, _) => {}
        }
        open = harm.is_some();
    }
    if open && let Some(last) = windows.last_mut() {
        last.ends = false;
    }
    for window in &mut windows {
        let middle = window.from + window.width() / 2;
        // A probe has no settings, which only words need.
        window.parts = Parts::of(&run(Plan {
            settings: plan.settings.clone(),
            ..probe.plan(middle)
        }));
    }
    Ok(Risk {
        windows,
        renewed: renewed(&points),
        to,
        runs: points.len(),
    })
}

fn renewed(points: &[Point]) -> Vec<(Duration, Duration)> {
    let is_new = |point: &Point| matches!(point.1.ending, Ending::OkNew | Ending::OkRetried);
    let stretches = points.chunk_by(|one, other| is_new(one) == is_new(other));
    let stretches = stretches.filter(|stretch| stretch.iter().all(is_new));
    let ends = stretches.filter_map(|it| Some((it.first()?.0, it.last()?.0)));
    ends.collect()
}
