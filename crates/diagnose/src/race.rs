//! A race: an attempt on a kept connection that ended because the server, its time over, was closing it.
//!
//! The proof is the chain of causes: the segment that ended the connection goes back to close(2), and that to the
//! server's timer. A fresh connection is never in a race, and neither is one that was closed for another reason.

use crate::reading::{Attempt, Reading};
use whyeof_trace::{
    Call, Culprit, Event, Failure, Flags, Packet, Record, RecordId, RequestEvent, Returned,
    Segment, SegmentEvent, SettingId, Side, SocketEvent, TimerEvent, TimerKind,
};

/// One race and its records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Race {
    /// Which attempt, in [`Reading::attempts`].
    pub attempt: usize,
    /// Whether a request had used the connection before.
    pub connection: Connection,
    /// The server's timer that closed.
    pub timer: TimerKind,
    /// The setting it took its value from.
    pub setting: Option<SettingId>,
    /// When the timer was started.
    pub set: Option<RecordId>,
    /// When it fired.
    pub fired: RecordId,
    /// What close(2) sent.
    pub ending: Ending,
    /// When that was sent.
    pub end_sent: RecordId,
    /// When that reached the client; `None`: lost, or the run was over.
    pub end_arrived: Option<RecordId>,
    /// When the request's first segment was sent; `None`: nothing was written.
    pub request_sent: Option<RecordId>,
    /// What threw that away before the server closed: then it was no longer on its way.
    pub request_lost: Option<Culprit>,
    /// When that reached the server.
    pub request_arrived: Option<RecordId>,
    /// The RST that a request got which met a closed socket.
    pub reset_sent: Option<RecordId>,
    /// The client's read(2) that told it.
    pub read: Option<RecordId>,
    /// `Failed` or `Retried`.
    pub ended: RecordId,
    /// What the client made of it.
    pub failure: Failure,
}

/// What a connection had been through before the race.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Connection {
    /// It had carried a request and waited for the next one.
    Used,
    /// It had been dialled and parked; no request had used it.
    NeverUsed,
}

/// How close(2) ends a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// Everything had been read: FIN.
    Fin,
    /// The request lay unread in the receive queue: RST, and no FIN.
    Reset,
}

/// All races of a run.
pub(crate) fn races(reading: &Reading<'_>) -> Vec<Race> {
    let attempts = reading.attempts.iter().enumerate();
    attempts
        .filter_map(|(index, attempt)| race(reading, index, attempt))
        .collect()
}

/// Where a segment of this connection was thrown away, and by what.
fn dropped(reading: &Reading<'_>, attempt: &Attempt, of: RecordId) -> Option<(RecordId, Culprit)> {
    reading
        .of_flow(attempt.socket.flow)
        .find_map(|r| match r.event {
            Event::Segment(SegmentEvent::Dropped { by, .. }) if r.cause == Some(of) => {
                Some((r.id, by))
            }
            _ => None,
        })
}

fn race(reading: &Reading<'_>, index: usize, attempt: &Attempt) -> Option<Race> {
    let failure = attempt.failure?;
    let lost_to_close = matches!(
        failure,
        Failure::EndOfStream | Failure::Reset | Failure::ServerClosedIdle | Failure::BrokenPipe
    );
    // Node does not count a socket as reused that it hands on from one request to the next (recorded in 15v).
    let is_fresh = attempt.first_on_connection && !attempt.reused;
    if is_fresh || !lost_to_close || reading.told_before(attempt).is_some() {
        return None;
    }
    let ended = attempt.ended?;
    let closing = closing(reading, attempt)?;
    let flow = || reading.of_flow(attempt.socket.flow);
    let request = flow().find(|r| {
        let after = r.id > attempt.checkout && r.id < ended;
        after && sent(r, Side::Opener).is_some_and(|s| s.len > 0)
    });
    let arrival = |of: RecordId| {
        let arrived = |r: &&Record| {
            matches!(r.event, Event::Segment(SegmentEvent::Arrived(_))) && r.cause == Some(of)
        };
        flow().find(arrived).map(|r| r.id)
    };
    let request_lost = request.and_then(|r| dropped(reading, attempt, r.id));
    let request_lost = request_lost.filter(|(at, _)| *at < closing.end);
    let request_arrived = request.and_then(|r| arrival(r.id));
    let answer = |r: &&Record| {
        let reset = sent(r, Side::Listener).is_some_and(|s| s.flags.has(Flags::RST));
        reset && r.id != closing.end && r.cause.is_some() && r.cause == request_arrived
    };
    // What told of the end was lost: not two that met, but one that never came (`half-open`).
    let lost = dropped(reading, attempt, closing.end).is_some();
    let failed = matches!(
        reading.trace.record(ended).event,
        Event::Request(RequestEvent::Failed { .. })
    );
    if lost && failed {
        return None;
    }
    let told = |r: &&Record| match r.event {
        Event::Socket(SocketEvent::Returned {
            socket,
            call: Call::Read,
            result: Returned::EndOfStream | Returned::Error(_),
        }) => socket == attempt.socket && r.id < ended,
        _ => false,
    };
    Some(Race {
        attempt: index,
        connection: closing.connection,
        timer: closing.timer,
        setting: closing.setting,
        set: reading.trace.armed_by(closing.fired).map(|r| r.id),
        fired: closing.fired,
        ending: closing.ending,
        end_sent: closing.end,
        end_arrived: arrival(closing.end),
        request_sent: request.map(|r| r.id),
        request_lost: request_lost.map(|(_, by)| by),
        request_arrived,
        reset_sent: flow().find(answer).map(|r| r.id),
        read: flow().rev().find(told).map(|r| r.id),
        ended,
        failure,
    })
}

/// How the server came to close the connection of an attempt.
struct Closing {
    connection: Connection,
    timer: TimerKind,
    setting: Option<SettingId>,
    fired: RecordId,
    end: RecordId,
    ending: Ending,
}

/// The server's close(2), if a timer between two requests or before the first one was its direct cause.
fn closing(reading: &Reading<'_>, attempt: &Attempt) -> Option<Closing> {
    let server = attempt.socket.peer();
    let mut flow = reading.of_flow(attempt.socket.flow);
    let close = flow.find(|r| {
        matches!(r.event, Event::Socket(SocketEvent::Called { socket, call: Call::Close }) if socket == server)
    })?;
    let end = flow.find(|r| sent(r, Side::Listener).is_some_and(|s| ends(s.flags)))?;
    let fired = reading.trace.record(close.cause?);
    let Event::Timer(TimerEvent::Fired { timer, setting }) = fired.event else {
        return None;
    };
    let connection = match (timer.kind, attempt.first_on_connection) {
        (TimerKind::ServerIdle, _) => Connection::Used,
        (TimerKind::ServerReadHeader, true) => Connection::NeverUsed,
        _ => return None,
    };
    let is_fin = end.event.segment()?.flags.has(Flags::FIN);
    Some(Closing {
        connection,
        timer: timer.kind,
        setting,
        fired: fired.id,
        end: end.id,
        ending: if is_fin { Ending::Fin } else { Ending::Reset },
    })
}

/// The segment that this record says one side has sent.
fn sent(record: &Record, from: Side) -> Option<&Segment> {
    match &record.event {
        Event::Segment(SegmentEvent::Sent(Packet::Tcp(s))) if s.from == from => Some(s),
        _ => None,
    }
}

const fn ends(flags: Flags) -> bool {
    flags.has(Flags::FIN) || flags.has(Flags::RST)
}
