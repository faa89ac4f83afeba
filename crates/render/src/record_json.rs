//! A record as JSON: its own types, so that a renaming inside does not change what leaves.

use crate::names;
use serde::Serialize;
use whyeof_trace::time::nanos;
use whyeof_trace::{
    Call, Culprit, Event, FaultEvent, Packet, PoolEvent, Record, RequestEvent, RequestId, Returned,
    Segment, SegmentEvent, SettingId, SocketEvent, SocketId, Time, Timer, TimerEvent, TimerOf,
    Trace,
};

#[derive(Clone, Copy, Serialize)]
pub(crate) struct Socket {
    conn: u32,
    side: &'static str,
}

pub(crate) const fn socket(socket: SocketId) -> Socket {
    Socket {
        conn: socket.flow.0 + 1,
        side: names::side(socket.side),
    }
}

pub(crate) const fn number(request: RequestId) -> usize {
    request.index() + 1
}

#[derive(Serialize)]
pub(crate) struct RecordLine<'a> {
    id: usize,
    time_ns: u64,
    host: &'a str,
    cause: Option<usize>,
    #[serde(flatten)]
    event: EventLine<'a>,
}

pub(crate) fn record<'a>(trace: &'a Trace, record: &Record) -> RecordLine<'a> {
    RecordLine {
        id: record.id.index(),
        time_ns: record.time.nanos(),
        host: &trace.host(record.host).name,
        cause: record.cause.map(|cause| cause.index()),
        event: event(trace, record.event),
    }
}

#[derive(Serialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
enum EventLine<'a> {
    SegmentSent(PacketLine),
    SegmentArrived(PacketLine),
    SegmentDropped {
        by: String,
        #[serde(flatten)]
        packet: PacketLine,
    },
    Called {
        #[serde(flatten)]
        socket: Socket,
        call: &'static str,
        #[serde(skip_serializing_if = "Option::is_none")]
        bytes: Option<u32>,
        #[serde(skip_serializing_if = "Option::is_none")]
        message: Option<u32>,
    },
    Returned {
        #[serde(flatten)]
        socket: Socket,
        call: &'static str,
        result: &'static str,
        #[serde(skip_serializing_if = "Option::is_none")]
        bytes: Option<u32>,
    },
    StateEntered {
        #[serde(flatten)]
        socket: Socket,
        from: &'static str,
        to: &'static str,
    },
    SocketFailed {
        #[serde(flatten)]
        socket: Socket,
        error: &'static str,
    },
    TimerSet(TimerLine<'a>),
    TimerCleared(TimerLine<'a>),
    TimerFired(TimerLine<'a>),
    PoolDial(PoolLine),
    PoolWait(PoolLine),
    PoolCheckout(PoolLine),
    PoolPark(PoolLine),
    PoolEvict(PoolLine),
    RequestStarted(OfRequest<'a>),
    RequestWritten(OfRequest<'a>),
    RequestExecuted(OfRequest<'a>),
    RequestResponded(OfRequest<'a>),
    RequestHead(OfRequest<'a>),
    RequestRetried(OfRequest<'a>),
    RequestFinished(OfRequest<'a>),
    RequestFailed(OfRequest<'a>),
    RequestBodyLeft(OfRequest<'a>),
    RequestLate(OfRequest<'a>),
    FaultApplied {
        fault: u16,
    },
    FaultLifted {
        fault: u16,
    },
    CommandTyped {
        fault: u16,
        line: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        output: Option<&'a str>,
    },
    ProgramStarted {
        program: &'a str,
    },
    ConnectionForgotten {
        fault: u16,
        flow: u32,
    },
    PoweredOff {},
    Booted {},
    LimitReached {
        limit: &'static str,
    },
}

#[derive(Serialize)]
#[serde(untagged)]
enum PacketLine {
    Tcp(SegmentLine),
    Icmp {
        conn: u32,
        to: &'static str,
        unreachable: &'static str,
        quoted: u32,
    },
}

#[derive(Serialize)]
struct SegmentLine {
    conn: u32,
    from: &'static str,
    flags: String,
    seq: u32,
    ack: u32,
    len: u16,
    window: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    ts: Option<[u32; 2]>,
}

const fn tcp(segment: &Segment, flags: String) -> SegmentLine {
    SegmentLine {
        conn: segment.flow.0 + 1,
        from: names::side(segment.from),
        flags,
        seq: segment.seq.0,
        ack: segment.ack.0,
        len: segment.len,
        window: segment.window,
        ts: match segment.timestamps {
            Some((value, echo)) => Some([value, echo]),
            None => None,
        },
    }
}

fn packet(packet: &Packet) -> PacketLine {
    match packet {
        Packet::Tcp(segment) => PacketLine::Tcp(tcp(segment, segment.flags.letters())),
        Packet::Unreachable {
            flow,
            to,
            kind,
            quoted,
        } => PacketLine::Icmp {
            conn: flow.0 + 1,
            to: names::side(*to),
            unreachable: names::unreachable(*kind),
            quoted: quoted.0,
        },
    }
}

#[derive(Serialize)]
struct TimerLine<'a> {
    timer: &'static str,
    #[serde(flatten)]
    of: OwnerLine,
    #[serde(skip_serializing_if = "Option::is_none")]
    until_ns: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    setting: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum OwnerLine {
    Socket(Socket),
    Request { request: usize },
    Workload { workload: u16 },
    Program { program: u16 },
}

fn timer<'a>(
    trace: &'a Trace,
    timer: Timer,
    until: Option<Time>,
    setting: Option<SettingId>,
) -> TimerLine<'a> {
    TimerLine {
        timer: names::timer(timer.kind),
        of: match timer.of {
            TimerOf::Socket(id) => OwnerLine::Socket(socket(id)),
            TimerOf::Request(id) => OwnerLine::Request {
                request: number(id),
            },
            TimerOf::Workload(n) => OwnerLine::Workload { workload: n },
            TimerOf::Program(id) => OwnerLine::Program { program: id.0 },
        },
        until_ns: until.map(Time::nanos),
        setting: setting.map(|id| trace.setting(id).path.as_str()),
    }
}

#[derive(Default, Serialize)]
struct PoolLine {
    #[serde(skip_serializing_if = "Option::is_none")]
    request: Option<usize>,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    socket: Option<Socket>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reused: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    idle_ns: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    used: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<&'static str>,
}

#[derive(Default, Serialize)]
struct OfRequest<'a> {
    request: usize,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    socket: Option<Socket>,
    #[serde(skip_serializing_if = "Option::is_none")]
    attempt: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    because: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    failure: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    left: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a str>,
}

fn event(trace: &Trace, event: Event) -> EventLine<'_> {
    match event {
        Event::Segment(event) => match event {
            SegmentEvent::Sent(p) => EventLine::SegmentSent(packet(&p)),
            SegmentEvent::Arrived(p) => EventLine::SegmentArrived(packet(&p)),
            SegmentEvent::Dropped { packet: p, by } => EventLine::SegmentDropped {
                packet: packet(&p),
                by: match by {
                    Culprit::Rule(n) | Culprit::OwnRule(n) => format!("rule:{}", n + 1),
                    Culprit::Link => "link".to_owned(),
                    Culprit::Host(host) => format!("host:{}", trace.host(host).name),
                    Culprit::Box(n) => format!("box:{}", n + 1),
                },
            },
        },
        Event::Socket(event) => socket_event(event),
        Event::Timer(event) => match event {
            TimerEvent::Set {
                timer: t,
                until,
                setting,
            } => EventLine::TimerSet(timer(trace, t, Some(until), setting)),
            TimerEvent::Cleared { timer: t } => {
                EventLine::TimerCleared(timer(trace, t, None, None))
            }
            TimerEvent::Fired { timer: t, setting } => {
                EventLine::TimerFired(timer(trace, t, None, setting))
            }
        },
        Event::Pool(event) => pool_event(event),
        Event::Request(event) => request_event(trace, event),
        Event::Fault(event) => match event {
            FaultEvent::Applied { fault } => EventLine::FaultApplied { fault: fault + 1 },
            FaultEvent::Lifted { fault } => EventLine::FaultLifted { fault: fault + 1 },
            FaultEvent::Typed {
                fault,
                line,
                output,
            } => EventLine::CommandTyped {
                fault: fault + 1,
                line: trace.text(line),
                output: output.map(|text| trace.text(text)),
            },
            FaultEvent::Started { program } => EventLine::ProgramStarted {
                program: &trace.program(program).name,
            },
            FaultEvent::PoweredOff => EventLine::PoweredOff {},
            FaultEvent::Booted => EventLine::Booted {},
            FaultEvent::Forgot { fault, flow } => EventLine::ConnectionForgotten {
                fault: fault + 1,
                flow: flow.0,
            },
            FaultEvent::Limit { kind } => EventLine::LimitReached { limit: kind.name() },
        },
    }
}

fn socket_event(event: SocketEvent) -> EventLine<'static> {
    match event {
        SocketEvent::Called { socket: s, call } => {
            let (bytes, message) = match call {
                Call::Write { len, message } => (Some(len), message.map(|m| m.0 + 1)),
                _ => (None, None),
            };
            EventLine::Called {
                socket: socket(s),
                call: names::call(call),
                bytes,
                message,
            }
        }
        SocketEvent::Returned {
            socket: s,
            call,
            result,
        } => EventLine::Returned {
            socket: socket(s),
            call: names::call(call),
            result: match result {
                Returned::Done | Returned::Bytes(_) => "ok",
                Returned::EndOfStream => "EOF",
                Returned::Error(error) => error.name(),
            },
            bytes: match result {
                Returned::Bytes(n) => Some(n),
                _ => None,
            },
        },
        SocketEvent::Entered {
            socket: s,
            from,
            to,
        } => EventLine::StateEntered {
            socket: socket(s),
            from: from.name(),
            to: to.name(),
        },
        SocketEvent::Failed { socket: s, error } => EventLine::SocketFailed {
            socket: socket(s),
            error: error.name(),
        },
    }
}

fn pool_event(event: PoolEvent) -> EventLine<'static> {
    match event {
        PoolEvent::Dial { request, socket: s } => EventLine::PoolDial(PoolLine {
            request: Some(number(request)),
            socket: Some(socket(s)),
            ..PoolLine::default()
        }),
        PoolEvent::Wait { request } => EventLine::PoolWait(PoolLine {
            request: Some(number(request)),
            ..PoolLine::default()
        }),
        PoolEvent::Checkout {
            request,
            socket: s,
            reused,
            idle_for,
        } => EventLine::PoolCheckout(PoolLine {
            request: Some(number(request)),
            socket: Some(socket(s)),
            reused: Some(reused),
            idle_ns: Some(nanos(idle_for)),
            ..PoolLine::default()
        }),
        PoolEvent::Park { socket: s, used } => EventLine::PoolPark(PoolLine {
            socket: Some(socket(s)),
            used: Some(used),
            ..PoolLine::default()
        }),
        PoolEvent::Evict { socket: s, why } => EventLine::PoolEvict(PoolLine {
            socket: Some(socket(s)),
            why: Some(names::evicted(why)),
            ..PoolLine::default()
        }),
    }
}

fn request_event(trace: &Trace, event: RequestEvent) -> EventLine<'_> {
    let mut line = OfRequest {
        request: number(event.request()),
        ..OfRequest::default()
    };
    match event {
        RequestEvent::Started { .. } => EventLine::RequestStarted(line),
        RequestEvent::Written {
            socket: s, attempt, ..
        } => {
            line.socket = Some(socket(s));
            line.attempt = Some(attempt);
            EventLine::RequestWritten(line)
        }
        RequestEvent::Executed {
            socket: s, attempt, ..
        } => {
            line.socket = Some(socket(s));
            line.attempt = Some(attempt);
            EventLine::RequestExecuted(line)
        }
        RequestEvent::Responded { socket: s, .. } => {
            line.socket = Some(socket(s));
            EventLine::RequestResponded(line)
        }
        RequestEvent::Head { status, .. } => {
            line.status = Some(status);
            EventLine::RequestHead(line)
        }
        RequestEvent::Retried {
            attempt,
            because,
            after,
            ..
        } => {
            line.attempt = Some(attempt);
            line.because = Some(names::retry(because));
            line.failure = Some(names::failure(after));
            EventLine::RequestRetried(line)
        }
        RequestEvent::Finished { .. } => EventLine::RequestFinished(line),
        RequestEvent::Failed { failure, text, .. } => {
            line.failure = Some(names::failure(failure));
            line.error = Some(trace.text(text));
            EventLine::RequestFailed(line)
        }
        RequestEvent::BodyLeft {
            socket: s, left, ..
        } => {
            line.socket = Some(socket(s));
            line.left = Some(names::body_left(left));
            EventLine::RequestBodyLeft(line)
        }
        RequestEvent::Late { error, .. } => {
            if let Some((failure, text)) = error {
                line.failure = Some(names::failure(failure));
                line.error = Some(trace.text(text));
            }
            EventLine::RequestLate(line)
        }
    }
}
