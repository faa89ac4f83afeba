//! `connection-ended`: a request failed because its connection ended, and the records' causes say who ended it.
//!
//! Said of what no finding before it explains: a program of socket calls that closes without an answer or uses what it has closed itself, a
//! kernel that has given a connection up, a reset or a rejection for which no story has a name. It walks up the causes of the failure to the
//! first thing that ends a connection. Left out: what is no walk of causes, which stays `unexplained`.

use crate::evidence::Steps;
use crate::finding::{EvidenceRole, Finding, FindingKind, Found, Severity};
use crate::reading::Reading;
use crate::report::RequestReport;
use crate::text::Text;
use crate::times::{moment, span};
use whyeof_trace::{
    Call, Event, FaultEvent, Flags, Packet, Record, RecordId, Returned, SegmentEvent, SocketEvent,
    SocketId, State, TimerEvent,
};

/// The kind.
pub(super) static KIND: FindingKind = FindingKind {
    code: "connection-ended",
    title: Text::new(
        "The connection ended under the request",
        "请求还没完，连接就断了",
    ),
    #[cfg(feature = "manual")]
    manual: Text::new(
        "A connection can end in more ways than those that have a name: the program at the other end closes it without an answer, its kernel knows it no more and answers RST, a filter rejects a packet of it, the client's own kernel gives it up because no acknowledgment came in time (tcp_retries2, TCP_USER_TIMEOUT, TCP keep-alive), or the client's program had closed or shut it itself. The records tell which, by their causes.",
        "连接断掉的方式不止那些有名字的：对端程序没回响应就关了；对端内核已经不认识它，回了 RST；过滤规则拒绝了它的包；一直等不到确认，本端内核放弃了它（tcp_retries2、TCP_USER_TIMEOUT、TCP keepalive）；或者客户端程序自己早就关了它。是哪一种，顺着记录的因果就能看到。",
    ),
    severity: Severity::Failure,
    root: None,
    find,
};

fn find(reading: &Reading<'_>, found: &mut Found) {
    found.tell(
        &KIND,
        reading,
        |request| End::of(reading, request),
        |request, end| word(reading, request, end),
    );
}

/// What ended a connection.
enum End {
    /// The client's program, by this call, before it asked or while it waited.
    Own(RecordId),
    /// The client's kernel, whose timer was the last.
    GivenUp(RecordId),
    /// A command that somebody typed.
    Typed(RecordId),
    /// A packet that came: the record of its arrival, and who sent it.
    Came(RecordId, Sender),
}

/// Who sent what ended a connection.
#[derive(Clone, Copy)]
enum Sender {
    /// The program at the other end, by this call.
    Program(RecordId),
    /// The kernel at the other end, when this packet of ours came.
    Kernel(RecordId),
    /// A filter, or a box on the way.
    Filter,
    /// The kernel at the other end, of itself.
    Itself,
}

impl End {
    /// What ended the connection of a failed request; `None`: nothing did that the records tell.
    fn of(reading: &Reading<'_>, request: &RequestReport) -> Option<Self> {
        let failed = request.last?;
        let socket = request.conn.or_else(|| reading.dialled(request));
        let by_causes = Self::by_causes(reading, failed, socket);
        by_causes.or_else(|| Self::before(reading, socket?, failed))
    }

    /// The nearest of something's causes that ends a connection, or that told its program so.
    fn by_causes(reading: &Reading<'_>, of: RecordId, own: Option<SocketId>) -> Option<Self> {
        let mut causes = reading.trace.causes(of).skip(1);
        causes.find_map(|r| match r.event {
            Event::Segment(SegmentEvent::Arrived(packet)) if ends(packet) => {
                Some(Self::Came(r.id, sender(reading, r)))
            }
            Event::Timer(TimerEvent::Fired { timer, .. }) if timer.kind.is_kernel() => {
                Some(Self::GivenUp(r.id))
            }
            Event::Fault(FaultEvent::Typed { .. }) => Some(Self::Typed(r.id)),
            Event::Socket(SocketEvent::Called { socket, call }) if closes(call) => {
                (own == Some(socket)).then_some(Self::Own(r.id))
            }
            Event::Socket(SocketEvent::Returned {
                socket,
                result: Returned::EndOfStream | Returned::Error(_),
                ..
            }) => Self::before(reading, socket, r.id),
            _ => None,
        })
    }

    /// What had ended a connection by then, where its program was told by the call that it made.
    fn before(reading: &Reading<'_>, socket: SocketId, by: RecordId) -> Option<Self> {
        let mut flow = reading.of_flow(socket.flow).take_while(|r| r.id < by);
        flow.find_map(|r| match r.event {
            Event::Socket(SocketEvent::Called { socket: of, call })
                if of == socket && closes(call) =>
            {
                Some(Self::Own(r.id))
            }
            Event::Segment(SegmentEvent::Arrived(packet))
                if ends(packet) && r.host == reading.trace.host_of(socket) =>
            {
                Some(Self::Came(r.id, sender(reading, r)))
            }
            Event::Socket(
                SocketEvent::Failed { socket: of, .. }
                | SocketEvent::Entered {
                    socket: of,
                    to: State::Closed,
                    ..
                },
            ) if of == socket => Self::by_causes(reading, r.id, None),
            _ => None,
        })
    }
}

/// Whether a packet ends its connection, or one direction of it.
fn ends(packet: Packet) -> bool {
    match packet {
        Packet::Tcp(s) => s.flags.has(Flags::RST) || s.flags.has(Flags::FIN),
        Packet::Unreachable { .. } => true,
    }
}

const fn closes(call: Call) -> bool {
    matches!(
        call,
        Call::Close | Call::ShutdownWrite | Call::ShutdownRead | Call::ShutdownBoth
    )
}

/// Who sent what arrived.
fn sender(reading: &Reading<'_>, arrived: &Record) -> Sender {
    let trace = reading.trace;
    let cause = |record: &Record| record.cause.map(|cause| trace.record(cause));
    let Some(sent) = cause(arrived) else {
        return Sender::Filter;
    };
    if !matches!(sent.event, Event::Segment(SegmentEvent::Sent(_))) {
        return Sender::Filter;
    }
    match cause(sent) {
        Some(by) => match by.event {
            Event::Socket(SocketEvent::Called { call, .. }) if closes(call) => {
                Sender::Program(by.id)
            }
            Event::Segment(SegmentEvent::Arrived(_)) => Sender::Kernel(by.id),
            Event::Segment(SegmentEvent::Dropped { .. }) => Sender::Filter,
            _ => Sender::Itself,
        },
        None => Sender::Itself,
    }
}

fn word(reading: &Reading<'_>, request: &RequestReport, end: &End) -> Finding {
    let (number, method) = (request.number, request.method);
    let mut steps = Steps::new(reading);
    let told = match *end {
        End::Own(call) => own(reading, call, &mut steps),
        End::Typed(command) => typed(reading, command, &mut steps),
        End::GivenUp(timer) => given_up(reading, request, timer, &mut steps),
        End::Came(arrived, sender) => came(reading, arrived, sender, &mut steps),
    };
    steps.failed(request);
    Finding {
        code: KIND.code,
        severity: KIND.severity,
        request: Some(request.id),
        title: Text::made(
            format!("The connection ended under request {number}"),
            format!("第 {number} 个请求还没完，连接就断了"),
        ),
        explanation: Text::made(
            format!("{} The {method} failed by it.", told.en),
            format!("{}{method} 因此失败。", told.zh),
        ),
        evidence: steps.in_order(),
        remedies: Vec::new(),
    }
}

fn own(reading: &Reading<'_>, call: RecordId, steps: &mut Steps<'_>) -> Text {
    steps.add(
        Some(call),
        EvidenceRole::Closed,
        Text::new(
            "the client's program closed or shut the socket itself",
            "客户端程序自己关闭了 socket",
        ),
    );
    let at = moment(reading.time(call));
    Text::made(
        format!(
            "At {at} the client's program had itself closed or shut the socket: nothing can be sent or read there any more."
        ),
        format!("{at}，客户端程序自己关闭了这个 socket，之后再也收发不了。"),
    )
}

fn typed(reading: &Reading<'_>, command: RecordId, steps: &mut Steps<'_>) -> Text {
    steps.add(
        Some(command),
        EvidenceRole::Typed,
        Text::new(
            "somebody typed the command that ended the connection",
            "有人敲下的命令断开了连接",
        ),
    );
    let at = moment(reading.time(command));
    Text::made(
        format!("At {at} a command typed at the client's shell ended the connection."),
        format!("{at}，客户端机器上敲下的一条命令断开了连接。"),
    )
}

fn given_up(
    reading: &Reading<'_>,
    request: &RequestReport,
    timer: RecordId,
    steps: &mut Steps<'_>,
) -> Text {
    steps.add(
        Some(timer),
        EvidenceRole::TimerFired,
        Text::new(
            "a timer of the client's kernel fired, and it gave the connection up",
            "客户端内核的定时器到时，放弃了连接",
        ),
    );
    let at = moment(reading.time(timer));
    let after = span(reading.time(timer).since(request.started));
    Text::made(
        format!(
            "At {at}, {after} after the request began, the client's kernel gave the connection up: no acknowledgment had come within the time that it waits (tcp_retries2, TCP_USER_TIMEOUT, or TCP keep-alive)."
        ),
        format!(
            "{at}，请求开始 {after} 之后，客户端内核放弃了连接：在它愿意等的时间里（tcp_retries2、TCP_USER_TIMEOUT 或 TCP keepalive）一直没等到确认。"
        ),
    )
}

fn came(reading: &Reading<'_>, arrived: RecordId, sender: Sender, steps: &mut Steps<'_>) -> Text {
    let packet = match reading.trace.record(arrived).event {
        Event::Segment(SegmentEvent::Arrived(Packet::Tcp(s))) if s.flags.has(Flags::RST) => "RST",
        Event::Segment(SegmentEvent::Arrived(Packet::Tcp(_))) => "FIN",
        _ => "ICMP unreachable",
    };
    let role = match packet {
        "FIN" => EvidenceRole::FinArrived,
        _ => EvidenceRole::ResetArrived,
    };
    steps.add(
        Some(arrived),
        role,
        Text::made(format!("{packet} came"), format!("{packet} 到达")),
    );
    let at = moment(reading.time(arrived));
    match sender {
        Sender::Program(call) => {
            steps.add(
                Some(call),
                EvidenceRole::Closed,
                Text::new(
                    "the program at the other end closed the connection",
                    "对端程序关闭了连接",
                ),
            );
            let closed = moment(reading.time(call));
            Text::made(
                format!(
                    "At {closed} the program at the other end closed the connection without a whole answer; its {packet} came at {at}."
                ),
                format!("{closed}，对端程序没有回完整的响应就关闭了连接；{packet} 在 {at} 到达。"),
            )
        }
        Sender::Kernel(met) => {
            steps.add(
                Some(met),
                EvidenceRole::RequestArrived,
                Text::new(
                    "a packet of this connection came there",
                    "这条连接的包到达对端",
                ),
            );
            Text::made(
                format!(
                    "A packet of this connection met no socket at the other end that would take it, and the kernel there answered {packet}, which came at {at}."
                ),
                format!(
                    "这条连接的包到达对端时，没有 socket 收它，对端内核回了 {packet}，{at} 到达。"
                ),
            )
        }
        Sender::Filter => Text::made(
            format!(
                "A filter or a box on the way threw a packet of this connection away and said so: {packet} came at {at}."
            ),
            format!(
                "过滤规则或中间设备丢掉了这条连接的包，并且通知了发送方：{packet} 在 {at} 到达。"
            ),
        ),
        Sender::Itself => Text::made(
            format!("The kernel at the other end ended the connection: its {packet} came at {at}."),
            format!("对端内核断开了连接：{packet} 在 {at} 到达。"),
        ),
    }
}
