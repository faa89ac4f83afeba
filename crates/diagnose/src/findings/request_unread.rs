//! `request-unread`: the server closed although it had not read all of a request, and its kernel's RST cost the client the answer.
//!
//! Said of a request whose handler began, whose connection the server then closed, and of which part lay unread in the socket
//! or was still on its way: either makes the kernel send a RST, and a RST throws away what the client has not read yet.
//! Facts: linux-tcp §5 (close with unread data, data to a closed socket), recorded in 11a and 11d; runtimes §12.2 (Go first
//! sends its FIN, and closes 500 ms later); RFC 9112 §9.6 (why a server should linger).

use crate::capture::{Became, Exchange, Words, tell_exchanges};
use crate::ending::{ServerEnd, ends};
use crate::evidence::Steps;
use crate::finding::{Evidence, EvidenceRole, Finding, FindingKind, Found, Root, Severity};
use crate::reading::{Attempt, Reading};
use crate::remedy;
use crate::report::RequestReport;
use crate::text::Text;
use crate::times::span;
use whyeof_trace::{
    Event, Failure, Flags, MessageKind, RecordId, RequestEvent, Returned, SocketEvent, TimerEvent,
    TimerKind,
};

/// The kind.
pub(super) static KIND: FindingKind = FindingKind {
    code: "request-unread",
    title: Text::new(
        "The server closed with the request unread",
        "请求没读完，服务器就关了连接",
    ),
    #[cfg(feature = "manual")]
    manual: Text::new(
        "A server may answer before it has read a request to its end: a body that is too large, a handler that looks at the head only. If it then closes, what lies unread, or what the client is still sending, makes its kernel answer with RST. A RST throws away what the client has not read yet, the answer included, so it sees ECONNRESET or a broken pipe. Careful servers send their FIN first and close a while later (Go waits 500 ms, nginx lingers); or they read the rest.",
        "服务器可能没读完请求就回响应：请求体太大，或者处理函数只看了请求头。接着一关连接，没读的数据、客户端还在发的数据，都会让内核回 RST。RST 会连同客户端还没读走的数据一起作废，响应也在其中，于是客户端看到 ECONNRESET 或 broken pipe。讲究的服务器先发 FIN，过一会儿再关（Go 等 500 ms，nginx 有 lingering close），或者干脆把剩下的读完。",
    ),
    severity: Severity::Failure,
    root: Some(Root::Timer),
    find,
};

fn find(reading: &Reading<'_>, found: &mut Found) {
    for request in reading.requests.values() {
        let cut = matches!(
            request.failure,
            Some(
                Failure::EndOfStream
                    | Failure::Reset
                    | Failure::BrokenPipe
                    | Failure::Truncated
                    | Failure::ResetInBody
            )
        );
        if !cut || found.explains(request.id) {
            continue;
        }
        let Some(attempt) = reading.last_attempt(request.id) else {
            continue;
        };
        if let Some(unread) = Unread::of(reading, attempt) {
            found.add(&KIND, Some(request.id), || word(reading, request, &unread));
        }
    }
}

/// A request that its server had not read when it closed.
struct Unread {
    /// Bytes of it, and how many of them the server never read.
    len: u32,
    unread: u32,
    began: RecordId,
    /// The handler is done.
    fired: RecordId,
    answered: Option<RecordId>,
    close: RecordId,
    reset: RecordId,
}

impl Unread {
    fn of(reading: &Reading<'_>, attempt: &Attempt) -> Option<Self> {
        let (socket, ended) = (attempt.socket, attempt.ended?);
        let close = ServerEnd::of(reading, socket)?.close;
        let of_attempt = |wanted: fn(RequestEvent) -> bool| {
            let mut flow = reading.of_flow(socket.flow);
            let found = flow.find(|r| match r.event {
                Event::Request(event) => wanted(event) && r.id > attempt.checkout,
                _ => false,
            });
            found.map(|r| r.id)
        };
        let began = of_attempt(|e| matches!(e, RequestEvent::Executed { .. }))?;
        let mut flow = reading.of_flow(socket.flow);
        let fired = flow.find(|r| match r.event {
            Event::Timer(TimerEvent::Fired { timer, .. }) => {
                timer.kind == TimerKind::Handler && r.id > began
            }
            _ => false,
        })?;
        let mut flow = reading.of_flow(socket.flow);
        let reset = flow.find(|r| {
            let flags = ends(r, socket.peer()).filter(|flags| flags.has(Flags::RST));
            flags.is_some() && r.id > close
        })?;
        let mut messages = reading.trace.messages.iter();
        let message = messages.find(|m| {
            (m.kind, m.sender, m.request) == (MessageKind::Request, socket, attempt.request)
        })?;
        let unread = message
            .end()
            .saturating_sub(read_by(reading, attempt, close));
        let in_time = began < close && reset.id < ended && unread > 0;
        in_time.then_some(Self {
            len: message.len(),
            unread: unread.min(message.len()),
            began,
            fired: fired.id,
            answered: of_attempt(|e| matches!(e, RequestEvent::Responded { .. })),
            close,
            reset: reset.id,
        })
    }
}

/// Bytes that the server had read from the connection when it closed.
fn read_by(reading: &Reading<'_>, attempt: &Attempt, close: RecordId) -> u32 {
    let server = attempt.socket.peer();
    let flow = reading.of_flow(server.flow).filter(|r| r.id < close);
    let read = flow.filter_map(|r| match r.event {
        Event::Socket(SocketEvent::Returned {
            socket,
            result: Returned::Bytes(n),
            ..
        }) if socket == server => Some(n),
        _ => None,
    });
    read.sum()
}

fn word(reading: &Reading<'_>, request: &RequestReport, unread: &Unread) -> Finding {
    let (number, method) = (request.number, request.method);
    let Unread {
        len, unread: left, ..
    } = *unread;
    let did = if unread.answered.is_some() {
        Text::new("answered", "回了响应，")
    } else {
        Text::new("ended", "结束了处理，")
    };
    Finding {
        code: KIND.code,
        severity: KIND.severity,
        request: Some(request.id),
        title: Text::made(
            format!("The server closed with request {number} unread"),
            format!("第 {number} 个请求没读完，服务器就关了连接"),
        ),
        explanation: Text::made(
            format!(
                "The server {} the {method} with {left} of its {len} bytes unread, and closed; what lay there or was still on its way made its kernel send RST, and that cost the client what it had not read yet. It is no keepalive race.",
                did.en
            ),
            format!(
                "{method} 共 {len} 字节，服务器还有 {left} 字节没读就{}关了连接；没读的和还在路上的数据让内核回了 RST，客户端还没读走的东西也跟着作废。这不是长连接竞态。",
                did.zh
            ),
        ),
        evidence: steps(reading, request, unread),
        remedies: remedy::read_requests(reading, request),
    }
}

fn steps(reading: &Reading<'_>, request: &RequestReport, unread: &Unread) -> Vec<Evidence> {
    let mut steps = Steps::new(reading);
    steps.add(
        Some(unread.began),
        EvidenceRole::Executed,
        Text::new("the handler began", "处理函数开始执行"),
    );
    steps.add(
        Some(unread.fired),
        EvidenceRole::TimerFired,
        Text::new("it was done", "处理函数做完了"),
    );
    steps.add(
        unread.answered,
        EvidenceRole::ResponseSent,
        Text::new(
            "the server answered without having read all of the request",
            "服务器没读完请求就回了响应",
        ),
    );
    steps.add(
        Some(unread.close),
        EvidenceRole::Closed,
        Text::new("it called close()", "它调用了 close()"),
    );
    steps.add(
        Some(unread.reset),
        EvidenceRole::ResetSent,
        Text::new("its kernel sent RST", "内核发出 RST"),
    );
    steps.failed(request);
    steps.in_order()
}

/// Looks for it in a capture.
pub(super) fn captured(reading: &Reading<'_>, found: &mut Found) {
    tell_exchanges(&KIND, reading, found, |met| in_capture(reading, met));
}

/// What a capture tells: a socket of the server's answered the request with RST.
fn in_capture(reading: &Reading<'_>, met: &Exchange) -> Option<Words> {
    let Became::Reset { reset } = met.became else {
        return None;
    };
    let idle = met
        .before
        .map(|before| reading.time(met.sent).since(reading.time(before)));
    let stopped = || reading.captured.stopped(reading, met.flow, reset);
    if idle.is_some_and(|idle| reading.captured.is_idle_limit(idle)) || stopped() {
        return None;
    }
    let name = met.name(reading);
    let later = span(reading.time(reset).since(reading.time(met.sent)));
    Some([
        Text::made(
            format!("The server reset the connection of the {}", name.en),
            format!("服务器重置了 {} 的连接", name.zh),
        ),
        Text::made(
            format!(
                "{later} after the request the connection was reset by a socket of the server's (its RST has ACK): the program closed it with the request unread, or with SO_LINGER 0. Whether an idle time was just over, and what either program reported, a capture at one end cannot know."
            ),
            format!(
                "请求之后 {later}，服务器的 socket 重置了连接（RST 带 ACK）：程序没读完请求就关了它，或者设了 SO_LINGER 0。是不是空闲时限刚到、两边程序报了什么错，只在一端抓的包里看不到。"
            ),
        ),
    ])
}
