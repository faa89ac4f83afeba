//! The risk window: the idle gaps after which a request is lost, or sent twice. Where it begins, where it ends, what it consists of.
//!
//! Found by runs: the gaps of a [proof](crate::proof), and between two that differ by halving, to 1 µs. What it consists of is read off the trace
//! of the runs in its middle and at its edges.

use crate::ending::Ending;
use crate::probe::Probe;
use crate::proof;
use crate::search::{FINEST, Point, search};
use std::time::Duration;
use whyeof_diagnose::{EvidenceRole, Finding, diagnose};
use whyeof_scenario::{Invalid, Scenario, build};
use whyeof_sim::plan::Plan;
use whyeof_sim::world::run;
use whyeof_trace::{
    Call, Event, PoolEvent, Record, RecordId, SegmentEvent, Setting, SocketEvent, SocketId, Time,
    TimerEvent, TimerOf, Trace,
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
    /// From a request's arrival to the server's read(2), where a timer that fires in between closes all the same; else zero.
    pub unread: Duration,
    /// The request's way to the server,
    pub there: Duration,
    /// and the FIN's to the client.
    pub back: Duration,
    /// From the FIN's arrival to the client's read(2) that told it.
    pub notice: Duration,
    /// From that read to when the pool lets go of the connection: zero where nothing that is asked for in between comes to this harm.
    pub keeping: Duration,
    /// From the pool to the wire: the last request got its connection and had not left. Zero where the end is read first, and what was not yet written
    /// goes another way.
    pub leaving: Duration,
}

impl Parts {
    /// What they come to: a request that is asked for in this time arrives at a server that is done with the connection, of which its client
    /// had not heard.
    pub fn width(&self) -> Duration {
        self.unread
            + self.closing
            + self.there
            + self.back
            + self.notice
            + self.keeping
            + self.leaving
    }

    /// Of the run in a window's middle, whose request was in flight as the server closed; and of those on both sides of it. `None`: there was no
    /// such race. `after` runs a gap.
    fn of(window: &RiskWindow, after: &dyn Fn(Duration) -> Trace) -> Option<Self> {
        let trace = &after(window.from + window.width() / 2);
        let finding = race(trace)?;
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
        let (got, socket) = checkout(trace, sent)?;
        let ended = time(EvidenceRole::ReadEnded)?;
        // The first that goes well behind it, and the last before it: none where it begins without a gap.
        let let_go = evicted(&after(window.to + FINEST), socket);
        let early = window.from.checked_sub(FINEST).map(after);
        Some(Self {
            setting: setting
                .and_then(|id| trace.settings.get(id.index()))
                .cloned(),
            timeout: until.since(set),
            lateness: fired.time.since(until),
            closing: time(EvidenceRole::FinSent)?.since(fired.time),
            unread: early
                .and_then(|early| unread(&early, fired))
                .unwrap_or_default(),
            there: arrival(trace, sent)?.time.since(sent.time),
            back: span(EvidenceRole::FinSent, EvidenceRole::FinArrived)?,
            notice: span(EvidenceRole::FinArrived, EvidenceRole::ReadEnded)?,
            keeping: let_go.map_or(Duration::ZERO, |at| at.since(ended)),
            leaving: let_go.map_or(Duration::ZERO, |_| sent.time.since(got)),
        })
    }
}

/// When a request that has been sent had got its connection, and which.
fn checkout(trace: &Trace, sent: &Record) -> Option<(Time, SocketId)> {
    let mut record = sent;
    loop {
        if let Event::Pool(PoolEvent::Checkout { socket, .. }) = record.event {
            return Some((record.time, socket));
        }
        record = trace.record(record.cause?);
    }
}

/// When a pool let go of a connection, if nobody had it then.
fn evicted(trace: &Trace, of: SocketId) -> Option<Time> {
    let mut is_idle = false;
    for record in &trace.records {
        match record.event {
            Event::Pool(PoolEvent::Park { socket, .. }) if socket == of => is_idle = true,
            Event::Pool(PoolEvent::Checkout { socket, .. }) if socket == of => is_idle = false,
            Event::Pool(PoolEvent::Evict { socket, .. }) if socket == of => {
                return is_idle.then_some(record.time);
            }
            _ => {}
        }
    }
    None
}

/// How long the server takes to read what has arrived, if a request that arrives before its timer fires is lost all the same: the last that is not.
fn unread(early: &Trace, fired: &Record) -> Option<Duration> {
    let Event::Timer(TimerEvent::Fired { timer, .. }) = fired.event else {
        return None;
    };
    let is_read = |record: &&Record| {
        let Event::Socket(SocketEvent::Returned { socket, call, .. }) = record.event else {
            return false;
        };
        call == Call::Read && timer.of == TimerOf::Socket(socket) && record.time <= fired.time
    };
    let read = early.records.iter().rev().find(is_read)?;
    let arrived = early.record(read.cause?);
    // Of one that arrived as late as can be; else the timer began anew with it.
    (read.time + FINEST >= fired.time).then(|| read.time.since(arrived.time))
}

/// The finding about a FIN that was under way together with a request.
fn race(trace: &Trace) -> Option<Finding> {
    let is_race = |finding: &Finding| {
        let mut evidence = finding.evidence.iter();
        evidence.any(|e| e.role == EvidenceRole::FinArrived)
    };
    diagnose(trace).findings.into_iter().find(is_race)
}

/// When a segment arrived.
fn arrival<'a>(trace: &'a Trace, sent: &Record) -> Option<&'a Record> {
    let mut later = trace.records.get(sent.id.index()..)?.iter();
    later.find(|r| {
        r.cause == Some(sent.id) && matches!(r.event, Event::Segment(SegmentEvent::Arrived(_)))
    })
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
    /// Whether they are about one time and not about every gap: see [`Probe::has_mishap`].
    pub once: bool,
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
        let after = |gap: Duration| {
            // A probe has no settings, which only words need.
            let settings = plan.settings.clone();
            run(Plan {
                settings,
                ..probe.plan(gap)
            })
        };
        window.parts = Parts::of(window, &after);
    }
    Ok(Risk {
        windows,
        renewed: renewed(&points),
        once: probe.has_mishap(),
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
