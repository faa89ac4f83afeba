//! `slow-request`: the server's time for reading a request was over while its body was still coming, and it answered all the same.
//!
//! Said of a request that got a response before its body was there: Go's handler answers what it likes, with `Connection: close`, and
//! lingers half a second; Node answers 408 in the handler's place. Where the connection ends without an answer it is `server-deadline`.
//! Facts: runtimes §12.2 step 6 (`rstAvoidanceDelay`), §12.3, §13; ground-truth §12. Recorded: 12.

use crate::evidence::Steps;
use crate::finding::{Evidence, EvidenceRole, Finding, FindingKind, Found, Root, Severity};
use crate::reading::{Attempt, Reading};
use crate::report::{Outcome, RequestReport};
use crate::steps::{value, why};
use crate::text::Text;
use whyeof_trace::{
    Call, Event, MessageKind, Record, RecordId, RequestEvent, Returned, Side, SocketEvent,
    TimerEvent, TimerKind, TimerOf,
};

/// The kind.
pub(super) static KIND: FindingKind = FindingKind {
    code: "slow-request",
    title: Text::new(
        "The request came too slowly, and was answered all the same",
        "请求体来得太慢，没收完就有了响应",
    ),
    #[cfg(feature = "manual")]
    manual: Text::new(
        "A server limits the time in which a whole request must be there (Go: ReadTimeout; Node: requestTimeout, looked at every connectionsCheckingInterval). When it passes in the midst of the body, Go's handler gets an i/o timeout from its read and may still answer what it likes: the response says Connection: close, and the server waits 500 ms after its FIN for what is on its way. The caller then sees a success although its body was cut. Node does not ask the handler: it answers 408 and closes.",
        "服务器会限制整个请求要在多长时间内收完（Go 是 ReadTimeout；Node 是 requestTimeout，每隔 connectionsCheckingInterval 检查一次）。请求体收到一半时间就到了，Go 的处理函数读到 i/o timeout，但照样可以随便回什么：响应带上 Connection: close，发完 FIN 再等 500 ms，收一收还在路上的数据。于是调用方看到成功，请求体其实被截断了。Node 不问处理函数，直接回 408 再关连接。",
    ),
    severity: Severity::Hidden,
    root: Some(Root::Timer),
    find,
};

fn find(reading: &Reading<'_>, found: &mut Found) {
    for fired in &reading.trace.records {
        let Event::Timer(TimerEvent::Fired { timer, .. }) = fired.event else {
            continue;
        };
        let (kind, TimerOf::Socket(socket)) = (timer.kind, timer.of) else {
            continue;
        };
        if !matches!(kind, TimerKind::ServerRead | TimerKind::ServerReadHeader) {
            continue;
        }
        let mut attempts = reading.attempts.iter();
        let Some(attempt) = attempts.find(|a| {
            let under_way = a.checkout < fired.id && Some(fired.id) < a.ended;
            under_way && a.socket == socket.peer()
        }) else {
            continue;
        };
        let request = reading.requests.get(&attempt.request);
        let answered = |r: &&RequestReport| r.outcome == Outcome::Ok && r.last == attempt.ended;
        if let Some(request) = request.filter(answered)
            && let Some(cut) = Cut::of(reading, attempt, fired)
        {
            found.add(&KIND, Some(request.id), || word(reading, request, &cut));
        }
    }
}

/// A request that was answered before its body was there.
struct Cut<'a> {
    attempt: &'a Attempt,
    fired: &'a Record,
    /// Bytes of the body: read by the server, and in all.
    body: (u32, u32),
    /// The handler's own answer; `None`: the server's.
    responded: Option<RecordId>,
    status: u16,
}

impl<'a> Cut<'a> {
    fn of(reading: &Reading<'_>, attempt: &'a Attempt, fired: &'a Record) -> Option<Self> {
        let mut messages = reading.trace.messages.iter();
        let sent = messages.find(|m| {
            (m.kind, m.sender, m.request) == (MessageKind::Request, attempt.socket, attempt.request)
        })?;
        // A body that was there when the time was over is read to its end.
        let read = read_by_server(reading, attempt);
        let read = read.saturating_sub(sent.offset + sent.head_len);
        let responded = reading.of_flow(attempt.socket.flow).find(|r| {
            let answers = matches!(r.event, Event::Request(RequestEvent::Responded { .. }));
            answers && r.id > fired.id && Some(r.id) < attempt.ended
        });
        let mut events = reading.trace.of_request(attempt.request);
        let status = events.find_map(|(_, e)| match e {
            RequestEvent::Head { status, .. } => Some(status),
            _ => None,
        })?;
        let cut = Self {
            attempt,
            fired,
            body: (read, sent.body_len),
            responded: responded.map(|r| r.id),
            status,
        };
        (read < sent.body_len).then_some(cut)
    }
}

/// Bytes that the server had read from the connection when the attempt ended.
fn read_by_server(reading: &Reading<'_>, attempt: &Attempt) -> u32 {
    let flow = reading.of_flow(attempt.socket.flow);
    let before = flow.take_while(|r| Some(r.id) < attempt.ended);
    let read = before.filter_map(|r| match r.event {
        Event::Socket(SocketEvent::Returned {
            socket,
            call: Call::Read,
            result: Returned::Bytes(n),
        }) if socket.side == Side::Listener => Some(n),
        _ => None,
    });
    read.sum()
}

fn word(reading: &Reading<'_>, request: &RequestReport, cut: &Cut<'_>) -> Finding {
    let (number, method, status) = (request.number, request.method, cut.status);
    let (read, whole) = cut.body;
    let setting = match cut.fired.event {
        Event::Timer(TimerEvent::Fired { setting, .. }) => setting,
        _ => None,
    };
    let setting = setting.map(|s| reading.trace.setting(s));
    let time = setting.map(value).unwrap_or_default();
    let why = setting.map(|s| why(s, None)).unwrap_or_default();
    let then = match cut.responded {
        Some(_) => Text::made(
            format!(
                "the body could not be read to its end, and the answer was {status} with Connection: close, so the caller sees a response although its body was cut"
            ),
            format!(
                "请求体没能读完，照样回了 {status}，带 Connection: close；调用方看到的是正常响应，请求体其实被截断了"
            ),
        ),
        None => Text::made(
            format!(
                "the server answered {status} in the handler's place and closed the connection"
            ),
            format!("服务器不等处理函数，直接回 {status}，关掉连接"),
        ),
    };
    Finding {
        code: KIND.code,
        severity: KIND.severity,
        request: Some(request.id),
        title: Text::made(
            format!("Request {number} was answered before its body was there"),
            format!("第 {number} 个请求的请求体没收完，就有了响应"),
        ),
        explanation: Text::made(
            format!(
                "The server's time for reading the {method}, {time} ({}), was over when {read} of {whole} bytes of its body had been read: {}.",
                why.en, then.en
            ),
            format!(
                "服务器收 {method} 的时间是 {time}（{}），到点时 {whole} 字节的请求体只读到 {read} 字节：{}。",
                why.zh, then.zh
            ),
        ),
        evidence: steps(reading, request, cut),
        remedies: Vec::new(),
    }
}

fn steps(reading: &Reading<'_>, request: &RequestReport, cut: &Cut<'_>) -> Vec<Evidence> {
    let mut steps = Steps::new(reading);
    let ran = reading.of_flow(cut.attempt.socket.flow).find(|r| {
        let runs = matches!(r.event, Event::Request(RequestEvent::Executed { .. }));
        runs && r.id > cut.attempt.checkout
    });
    steps.add(
        ran.map(|r| r.id),
        EvidenceRole::Executed,
        Text::new(
            "the server had the request's head, and the handler began",
            "服务器收到请求头，处理函数开始执行",
        ),
    );
    let (read, whole) = cut.body;
    steps.add(
        Some(cut.fired.id),
        EvidenceRole::TimerFired,
        Text::made(
            format!("the time for the whole request was over: {read} of {whole} bytes of its body had been read"),
            format!("整个请求的时间到了：{whole} 字节的请求体读到 {read} 字节"),
        ),
    );
    steps.add(
        cut.responded,
        EvidenceRole::ResponseSent,
        Text::new("the handler answered all the same", "处理函数照样回了响应"),
    );
    steps.add(
        request.last,
        EvidenceRole::Finished,
        Text::made(
            format!("the caller had its response: {}", cut.status),
            format!("调用方拿到响应：{}", cut.status),
        ),
    );
    steps.in_order()
}
