//! A pool, a server that closes idle connections, and a request that comes about when it does.

use std::time::Duration;
use whyeof_sim::recorder::Outcome;
use whyeof_trace::{
    Call, Event, Failure, FlowId, Packet, PoolEvent, Record, RecordId, RequestEvent, RequestId,
    SegmentEvent, Side, SocketEvent, SocketId, TimerEvent, TimerKind, TimerOf, Trace,
};

/// How a request ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// Answered on the connection that had been idle.
    Old,
    /// The server reset what it had not read.
    Reset,
    /// End of stream.
    Eof,
    /// Sent again by the client, unasked, and answered.
    Retry,
    /// Answered on a new connection.
    New,
    /// Anything else.
    Other,
}

/// The class of an outcome.
pub fn class(outcome: &Outcome) -> Class {
    match outcome.failure {
        Some((Failure::EndOfStream, _)) => Class::Eof,
        Some((Failure::Reset, _)) => Class::Reset,
        None if outcome.ended.is_none() => Class::Other,
        None if outcome.attempts > 1 => Class::Retry,
        None if outcome.reused => Class::Old,
        None => Class::New,
        Some(_) => Class::Other,
    }
}

/// The class of a request's end in a trace.
pub fn class_in(trace: &Trace, request: RequestId) -> Class {
    let life = trace.life(request).expect("it has started");
    let failure = life.failed(trace).and_then(|r| match r.event {
        Event::Request(RequestEvent::Failed { failure, text, .. }) => Some((failure, text)),
        _ => None,
    });
    class(&Outcome {
        ended: life.ended.map(|id| trace.record(id).time),
        failure,
        attempts: life.attempts,
        reused: life.reused,
        ..Outcome::default()
    })
}

/// What a request met on the first connection, read from the trace alone.
#[derive(Clone, Copy, Debug, Default)]
pub struct Met {
    begun: bool,
    /// The request got the first connection.
    checked_out: Option<RecordId>,
    /// Its first attempt was handed to the kernel there.
    written: Option<RecordId>,
    /// The first byte of that reached the server's kernel.
    arrived: Option<RecordId>,
    /// The server's idle timer fired.
    fired: Option<RecordId>,
    /// The server called close(2).
    closed: Option<RecordId>,
}

const FLOW: FlowId = FlowId(0);
const SERVER: SocketId = SocketId {
    flow: FLOW,
    side: Side::Listener,
};

impl Met {
    /// What this request met.
    pub fn of(trace: &Trace, request: RequestId) -> Self {
        let mut met = Self::default();
        for record in &trace.records {
            met.take(record, request);
        }
        met
    }

    fn take(&mut self, record: &Record, request: RequestId) {
        let fact = match record.event {
            Event::Request(RequestEvent::Started { request: r }) => {
                self.begun |= r == request;
                return;
            }
            Event::Pool(PoolEvent::Checkout {
                request: r, socket, ..
            }) if r == request && socket.flow == FLOW => &mut self.checked_out,
            Event::Request(RequestEvent::Written {
                request: r, socket, ..
            }) if r == request && socket.flow == FLOW => &mut self.written,
            Event::Segment(SegmentEvent::Arrived(Packet::Tcp(s)))
                if self.begun && s.flow == FLOW && s.from == Side::Opener && s.len > 0 =>
            {
                &mut self.arrived
            }
            Event::Timer(TimerEvent::Fired { timer, .. })
                if timer.of == TimerOf::Socket(SERVER) && timer.kind == TimerKind::ServerIdle =>
            {
                &mut self.fired
            }
            Event::Socket(SocketEvent::Called {
                socket: SERVER,
                call: Call::Close,
            }) => &mut self.closed,
            _ => return,
        };
        fact.get_or_insert(record.id);
    }

    /// How a request that may not be sent again by itself must end, by what it met.
    pub fn expected(&self) -> Class {
        let before = |a: Option<RecordId>, b: Option<RecordId>| match (a, b) {
            (Some(a), Some(b)) => a < b,
            (a, b) => a.is_some() && b.is_none(),
        };
        if self.checked_out.is_none() {
            Class::New
        } else if self.written.is_none() {
            Class::Retry
        } else if before(self.arrived, self.fired) {
            Class::Old
        } else if before(self.arrived, self.closed) {
            Class::Reset
        } else {
            Class::Eof
        }
    }
}

/// A span in milliseconds, for messages.
pub fn ms(span: Duration) -> f64 {
    span.as_secs_f64() * 1e3
}
