//! `not-connected`: no connection could be made, so nothing was sent.
//!
//! Said of a request whose dial was refused (a RST or an ICMP error answered its SYN) or went unanswered until TCP gave up. It tells
//! whether a server had listened there before. Nothing ran, so the request is safe to send again.
//! Facts: runtimes §1.6, §2.4 (error texts), linux-tcp §7.3 (which ICMP error ends connect(2)), ground-truth §13.

use super::shutdown_race::stops;
use crate::capture::{Conversation, Refused, Words, tell_dials};
use crate::evidence::Steps;
use crate::finding::{Evidence, EvidenceRole, Finding, FindingKind, Found, Root, Severity};
use crate::loss::culprit;
use crate::reading::Reading;
use crate::report::RequestReport;
use crate::text::Text;
use crate::times::moment;
use whyeof_trace::{
    Culprit, Event, Failure, Flags, Packet, ProgramId, Record, SegmentEvent, Side, SocketId,
    TimerEvent, TimerKind,
};

/// The kind.
pub(super) static KIND: FindingKind = FindingKind {
    code: "not-connected",
    title: Text::new("No connection could be made", "连接没建起来"),
    #[cfg(feature = "manual")]
    manual: Text::new(
        "A SYN that comes to a port where nobody listens is answered with RST, and connect(2) fails with ECONNREFUSED one round trip later; some ICMP errors do the same. A SYN that nobody answers is sent again after 1 s, 2 s, 4 s …, and after tcp_syn_retries connect(2) fails with ETIMEDOUT, about two minutes later. In either case nothing was sent, so nothing ran, and the request is safe to send again, to another address or later. It is no keepalive race.",
        "SYN 到了没人监听的端口，对方回 RST，一个往返之后 connect(2) 返回 ECONNREFUSED；有些 ICMP 错误也一样。SYN 没人应答就隔 1 s、2 s、4 s……重发，到了 tcp_syn_retries 次，connect(2) 返回 ETIMEDOUT，要两分钟左右。两种情况都什么也没发出去，什么也没执行，换个地址或者过一会儿再发都是安全的。这不是长连接竞态。",
    ),
    severity: Severity::Failure,
    root: Some(Root::Timer),
    find,
};

fn find(reading: &Reading<'_>, found: &mut Found) {
    for request in reading.requests.values() {
        let dialled = matches!(
            request.failure,
            Some(Failure::Refused | Failure::DialTimedOut)
        );
        if dialled && !found.explains(request.id) {
            found.add(&KIND, Some(request.id), || word(reading, request));
        }
    }
}

/// Why nobody answered with a SYN ACK.
enum Why<'a> {
    /// The server had stopped listening when this fired.
    Stopped(&'a Record, TimerKind),
    /// A fault or a rule stood in the way.
    Fault(&'a Record),
    /// Nobody listens there, as far as this run knows.
    Nobody,
    /// Nobody answered.
    Silence,
}

fn word(reading: &Reading<'_>, request: &RequestReport) -> Finding {
    let (number, method) = (request.number, request.method);
    let socket = reading.dialled(request);
    let why = why(reading, request, socket);
    let (en, zh) = match &why {
        Why::Stopped(record, TimerKind::Exit) => (
            format!(
                "the server's process had ended at {}, and nobody listens there any more",
                moment(record.time)
            ),
            format!(
                "服务器进程已经在 {} 退出，那个端口没人监听了",
                moment(record.time)
            ),
        ),
        Why::Stopped(record, _) => (
            format!(
                "the server had been told to shut down at {}, and takes no new connections",
                moment(record.time)
            ),
            format!(
                "服务器在 {} 收到停机命令，不再接受新连接",
                moment(record.time)
            ),
        ),
        Why::Fault(record) => match record.event {
            Event::Segment(SegmentEvent::Dropped { by, .. }) => {
                let by = culprit(reading.trace, by);
                (
                    format!("something stood in the way ({})", by.en),
                    format!("有东西挡住了（{}）", by.zh),
                )
            }
            _ => (
                "something stood in the way".to_owned(),
                "有东西挡住了".to_owned(),
            ),
        },
        Why::Nobody => (
            "nobody listens on that port".to_owned(),
            "那个端口没人监听".to_owned(),
        ),
        Why::Silence => (
            "nobody answered its SYNs, and TCP gave up".to_owned(),
            "SYN 一直没人应答，TCP 放弃了".to_owned(),
        ),
    };
    Finding {
        code: KIND.code,
        severity: KIND.severity,
        request: Some(request.id),
        title: Text::made(
            format!("Request {number} got no connection"),
            format!("第 {number} 个请求没能建立连接"),
        ),
        explanation: Text::made(
            format!(
                "The {method} needed a new connection, and {en}. Nothing was sent, so nothing ran: it is safe to send again."
            ),
            format!(
                "{method} 要新建连接，可{zh}。什么都没发出去，也就什么都没执行，重发是安全的。"
            ),
        ),
        evidence: steps(reading, request, socket, &why),
        remedies: Vec::new(),
    }
}

fn why<'a>(reading: &Reading<'a>, request: &RequestReport, socket: Option<SocketId>) -> Why<'a> {
    let Some(socket) = socket else {
        return Why::Silence;
    };
    let lost = reading.of_flow(socket.flow).find(|r| {
        matches!(
            r.event,
            Event::Segment(SegmentEvent::Dropped {
                by: Culprit::Rule(_) | Culprit::OwnRule(_) | Culprit::Link,
                ..
            })
        )
    });
    if let Some(lost) = lost {
        return Why::Fault(lost);
    }
    match (stopped(reading, socket, request), request.failure) {
        (Some((record, kind)), _) => Why::Stopped(record, kind),
        (None, Some(Failure::Refused)) => Why::Nobody,
        (None, _) => Why::Silence,
    }
}

/// What made the server that was to listen there stop before the request ended.
fn stopped<'a>(
    reading: &Reading<'a>,
    socket: SocketId,
    request: &RequestReport,
) -> Option<(&'a Record, TimerKind)> {
    let flow = reading.trace.flow(socket.flow);
    let (host, port) = (flow.host(Side::Listener), flow.port(Side::Listener));
    let listens = |id: ProgramId| {
        let program = reading.trace.program(id);
        program.host == host && program.listens == Some(port)
    };
    let stop = stops(reading)
        .into_iter()
        .find(|stop| listens(stop.program) && Some(stop.fired) < request.last)?;
    Some((reading.trace.record(stop.fired), stop.kind))
}

fn steps(
    reading: &Reading<'_>,
    request: &RequestReport,
    socket: Option<SocketId>,
    why: &Why<'_>,
) -> Vec<Evidence> {
    let mut steps = Steps::new(reading);
    steps.add(
        Some(request.first),
        EvidenceRole::Asked,
        Text::new("the caller made the request", "调用方发起请求"),
    );
    if let Why::Stopped(record, _) = why {
        steps.add(
            Some(record.id),
            EvidenceRole::TimerFired,
            Text::new("the server stopped", "服务器停了"),
        );
    }
    let asks = reading
        .trace
        .causes(request.first)
        .find(|r| matches!(r.event, Event::Timer(TimerEvent::Fired { .. })));
    steps.add(
        asks.map(|r| r.id),
        EvidenceRole::TimerFired,
        Text::new("its time had come", "到了该发的时候"),
    );
    let sent = |from: Side, flag: Flags| {
        let flow = socket.map(|socket| reading.of_flow(socket.flow));
        let mut sent = flow.into_iter().flatten();
        let found = sent.find(|r| match r.event {
            Event::Segment(SegmentEvent::Sent(Packet::Tcp(s))) => {
                s.from == from && s.flags.has(flag)
            }
            _ => false,
        });
        found.map(|r| r.id)
    };
    steps.add(
        sent(Side::Opener, Flags::SYN),
        EvidenceRole::Dialled,
        Text::new("SYN was sent", "发出 SYN"),
    );
    if let Why::Fault(lost) = why {
        steps.add(
            Some(lost.id),
            EvidenceRole::Lost,
            Text::new("a packet of it was thrown away", "有一个包被丢掉"),
        );
    }
    steps.add(
        sent(Side::Listener, Flags::RST),
        EvidenceRole::ResetSent,
        Text::new("RST answered it", "对方回了 RST"),
    );
    steps.failed(request);
    steps.in_order()
}

/// Looks for it in a capture.
pub(super) fn captured(reading: &Reading<'_>, found: &mut Found) {
    tell_dials(&KIND, reading, found, |talk, refused| {
        in_capture(reading, talk, refused)
    });
}

/// What a capture tells of a connection that was not made.
fn in_capture(reading: &Reading<'_>, talk: &Conversation, refused: Refused) -> Option<Words> {
    let syn = reading.trace.record(talk.syns?.0);
    let flow = syn.event.flow()?;
    let (address, port) = reading.trace.address(SocketId {
        flow,
        side: Side::Listener,
    });
    let to = std::net::SocketAddr::from((address, port));
    Some(match refused {
        Refused::Reset(_) => [
            Text::made(
                format!("{to} refused a connection"),
                format!("{to} 拒绝了连接"),
            ),
            Text::new(
                "A RST answered the SYN: nobody listened there, or a filter rejected it. Which, a capture at one end cannot know.",
                "SYN 得到的是 RST：那里没有程序监听，或者被过滤规则拒绝。是哪一种，只在一端抓的包里看不到。",
            ),
        ],
        Refused::Error(..) => [
            Text::made(format!("No way to {to}"), format!("到不了 {to}")),
            Text::new(
                "An ICMP error answered the SYN.",
                "SYN 得到的是 ICMP 错误。",
            ),
        ],
        Refused::Silence(times) => [
            Text::made(format!("{to} did not answer"), format!("{to} 没有回应")),
            Text::made(
                format!(
                    "The SYN was sent {times} times and nothing came back. Where it was lost, a capture at one end cannot know."
                ),
                format!("SYN 发了 {times} 次，什么都没回来。丢在哪里，只在一端抓的包里看不到。"),
            ),
        ],
    })
}
