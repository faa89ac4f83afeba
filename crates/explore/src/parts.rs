//! What a window of a race consists of: read off the runs in its middle and at its edges.

use crate::risk::RiskWindow;
use crate::search::FINEST;
use std::time::Duration;
use whyeof_diagnose::{EvidenceRole, Finding, diagnose};
use whyeof_trace::{
    Call, Event, PoolEvent, Record, RecordId, SegmentEvent, Setting, SocketEvent, SocketId, Time,
    TimerEvent, TimerOf, Trace,
};

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
    pub(crate) fn of(window: &RiskWindow, after: &dyn Fn(Duration) -> Trace) -> Option<Self> {
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
