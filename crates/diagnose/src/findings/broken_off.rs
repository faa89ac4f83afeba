//! `broken-off`: a handler ended the connection itself, without an answer or in the midst of it.
//!
//! Said of a request that failed because its handler's own close(2) ended the connection: hijack and close, a panic, SO_LINGER 0, a
//! response that breaks off in its head or its body. The handler has begun, so this `EOF` is no keepalive race, on whatever
//! connection; and where the runtime sends the request again, it runs again.
//! Facts: ground-truth §4 (who sees what), runtimes §1.6 (what Go sends again), §12.3 (a panic). Recorded: 04, 04c.

use crate::capture::{Became, Exchange, Words, tell_exchanges};
use crate::ending::ServerEnd;
use crate::evidence::Steps;
use crate::finding::{Evidence, EvidenceRole, Finding, FindingKind, Found, Root, Severity};
use crate::race::Ending;
use crate::reading::{Attempt, Reading};
use crate::report::RequestReport;
use crate::text::Text;
use crate::times::{moment, span};
use whyeof_trace::{
    Call, Event, Failure, MessageKind, OptionName, RecordId, RequestEvent, SocketEvent, TimerKind,
};

/// The kind.
pub(super) static KIND: FindingKind = FindingKind {
    code: "broken-off",
    title: Text::new(
        "The handler broke the connection off",
        "处理函数自己断开了连接",
    ),
    #[cfg(feature = "manual")]
    manual: Text::new(
        "A handler need not answer: it panics, takes the connection over and closes it (Go: Hijack; Node: socket.destroy()), closes it with SO_LINGER 0, or stops in the midst of its response. The client then reads EOF, or ECONNRESET if a RST was sent, the same errors that the keepalive race gives; but the handler has begun, and a new connection fails the same way. Go sends a GET on a reused connection again all the same, so it runs twice.",
        "处理函数不一定回响应：它可能 panic，可能把连接拿走再关掉（Go 的 Hijack，Node 的 socket.destroy()），可能用 SO_LINGER 0 关闭，也可能响应写到一半就停。客户端读到的是 EOF，对端发的是 RST 时则是 ECONNRESET，和长连接竞态的错误一模一样；可是处理函数已经开始执行，换条新连接照样失败。复用的连接上如果是 GET，Go 还会自动重试，于是执行两次。",
    ),
    severity: Severity::Failure,
    root: Some(Root::Timer),
    find,
};

fn find(reading: &Reading<'_>, found: &mut Found) {
    for request in reading.requests.values() {
        let broken = matches!(
            request.failure,
            Some(
                Failure::EndOfStream
                    | Failure::Reset
                    | Failure::CutInHead
                    | Failure::Truncated
                    | Failure::ResetInBody
            )
        );
        if !broken || found.explains(request.id) {
            continue;
        }
        let Some(attempt) = reading.last_attempt(request.id) else {
            continue;
        };
        if let Some(off) = BrokenOff::of(reading, attempt) {
            found.add(&KIND, Some(request.id), || word(reading, request, &off));
        }
    }
}

/// An attempt that its handler broke off.
struct BrokenOff<'a> {
    attempt: &'a Attempt,
    end: ServerEnd,
    /// The handler is done.
    fired: RecordId,
    /// SO_LINGER was set to 0 by then.
    lingers: bool,
    /// Bytes of the answer were sent; a `100 Continue` is none.
    answers: bool,
}

impl<'a> BrokenOff<'a> {
    /// The handler's timer is the direct cause of close(2) only if it has not answered: an answer, or a deadline that
    /// passed, stands in between.
    fn of(reading: &Reading<'_>, attempt: &'a Attempt) -> Option<Self> {
        let end = ServerEnd::of(reading, attempt.socket)?;
        let (fired, timer) = end.fired(reading)?;
        if timer.kind != TimerKind::Handler || end.close > attempt.ended? {
            return None;
        }
        // The handler that was done is that of this request, not of one before it on the same connection.
        if reading.at_work(attempt.socket.flow, fired) != Some(attempt.request) {
            return None;
        }
        let linger = Event::Socket(SocketEvent::Called {
            socket: attempt.socket.peer(),
            call: Call::SetOption(OptionName::Linger),
        });
        let mut flow = reading.of_flow(attempt.socket.flow);
        Some(Self {
            attempt,
            end,
            fired,
            answers: reading
                .trace
                .messages
                .iter()
                .any(|m| (m.kind, m.request) == (MessageKind::Response, attempt.request)),
            lingers: flow.any(|r| r.id < end.close && r.event == linger),
        })
    }

    /// How the handler ended it.
    fn how(&self) -> Text {
        match (self.attempt.failure, self.end.ending) {
            (Some(Failure::CutInHead), _) if self.answers => Text::new(
                "closed the connection in the midst of the response's head",
                "响应头写到一半就关了连接",
            ),
            (Some(Failure::Truncated | Failure::ResetInBody), _) => Text::new(
                "closed the connection in the midst of the response's body",
                "响应体写到一半就关了连接",
            ),
            (_, Ending::Fin) => Text::new(
                "closed the connection without a byte of an answer",
                "一个字节都没回就关了连接",
            ),
            (_, Ending::Reset) if self.lingers => Text::new(
                "reset the connection without a byte of an answer (SO_LINGER 0)",
                "一个字节都没回就重置了连接（SO_LINGER 0）",
            ),
            (_, Ending::Reset) => Text::new(
                "closed the connection without a byte of an answer, and part of the request lay unread",
                "一个字节都没回就关了连接，请求还有一部分躺在接收缓冲区里没读",
            ),
        }
    }

    fn sent(&self) -> (EvidenceRole, Text) {
        match self.end.ending {
            Ending::Fin => (
                EvidenceRole::FinSent,
                Text::new("its close() sent FIN", "close() 发出 FIN"),
            ),
            Ending::Reset if self.lingers => (
                EvidenceRole::ResetSent,
                Text::new(
                    "its close() sent RST, because SO_LINGER was 0",
                    "close() 发出 RST，因为 SO_LINGER 是 0",
                ),
            ),
            Ending::Reset => (
                EvidenceRole::ResetSent,
                Text::new(
                    "its close() sent RST, because part of the request lay unread in the socket",
                    "close() 发出 RST，因为 socket 里还躺着没读的请求",
                ),
            ),
        }
    }
}

fn word(reading: &Reading<'_>, request: &RequestReport, off: &BrokenOff<'_>) -> Finding {
    let (number, method) = (request.number, request.method);
    let at = moment(reading.time(off.end.close));
    let read = match request.failure {
        Some(Failure::Reset | Failure::ResetInBody) => "ECONNRESET",
        _ => "EOF",
    };
    let how = off.how();
    let (told, race, again) = (
        told(reading, request),
        no_race(off),
        again(reading, request),
    );
    Finding {
        code: KIND.code,
        severity: KIND.severity,
        request: Some(request.id),
        title: Text::made(
            format!("The handler broke request {number} off"),
            format!("第 {number} 个请求被处理函数断开了"),
        ),
        explanation: Text::made(
            format!(
                "At {at} the handler of the {method} {}; the client read {read}{}. {}{}",
                how.en, told.en, race.en, again.en
            ),
            format!(
                "{at}，{method} 的处理函数{}；客户端读到 {read}{}。{}{}",
                how.zh, told.zh, race.zh, again.zh
            ),
        ),
        evidence: steps(reading, request, off),
        remedies: Vec::new(),
    }
}

/// Who reads the body separately has had its response by then (ground-truth §4: `Do() ok 200`).
fn told(reading: &Reading<'_>, request: &RequestReport) -> Text {
    let mut events = reading.trace.of_request(request.id);
    let status = events.find_map(|(_, e)| match e {
        RequestEvent::Head { status, .. } => Some(status),
        _ => None,
    });
    match status {
        Some(status) => Text::made(
            format!(", after its caller had been told {status}"),
            format!("，而在这之前调用方已经拿到 {status}"),
        ),
        None => Text::default(),
    }
}

fn no_race(off: &BrokenOff<'_>) -> Text {
    if off.attempt.number > 1 {
        Text::new(
            "The handler had begun, on the reused connection and then on a new one: this is no keepalive race.",
            "处理函数在复用的连接上、又在新连接上都已经开始执行，这不是长连接竞态。",
        )
    } else if off.attempt.first_on_connection {
        Text::new(
            "No request had used this connection before: this is no keepalive race.",
            "这条连接之前没有请求用过，这不是长连接竞态。",
        )
    } else {
        Text::new(
            "The connection was reused, but the handler had begun: this is no keepalive race.",
            "连接是复用的，可处理函数已经开始执行，这不是长连接竞态。",
        )
    }
}

fn again(reading: &Reading<'_>, request: &RequestReport) -> Text {
    if request.executed < 2 {
        return Text::default();
    }
    let (runtime, executed) = (reading.runtime_of(request.id), request.executed);
    Text::made(
        format!(
            " {runtime} sent the request again by itself, so its handler ran {executed} times."
        ),
        format!("{runtime} 自动重试过，所以处理函数执行了 {executed} 次。"),
    )
}

/// Attempts that ended the same way and were made again come first.
fn steps(reading: &Reading<'_>, request: &RequestReport, off: &BrokenOff<'_>) -> Vec<Evidence> {
    let mut steps = Steps::new(reading);
    let attempts = reading.attempts.iter().filter(|a| a.request == request.id);
    let earlier = attempts.filter(|a| a.number < off.attempt.number);
    for earlier in earlier.filter_map(|a| BrokenOff::of(reading, a)) {
        tell(reading, &earlier, &mut steps);
        steps.sent_again(earlier.attempt.ended, request);
    }
    tell(reading, off, &mut steps);
    steps.failed(request);
    steps.in_order()
}

/// One attempt that was broken off.
fn tell(reading: &Reading<'_>, off: &BrokenOff<'_>, steps: &mut Steps<'_>) {
    let ran = reading.of_flow(off.attempt.socket.flow).find(|r| {
        let runs = matches!(r.event, Event::Request(RequestEvent::Executed { .. }));
        runs && r.id > off.attempt.checkout
    });
    steps.add(
        ran.map(|r| r.id),
        EvidenceRole::Executed,
        Text::new("the handler began", "处理函数开始执行"),
    );
    let how = off.how();
    steps.add(
        Some(off.fired),
        EvidenceRole::TimerFired,
        Text::made(format!("it {}", how.en), format!("处理函数{}", how.zh)),
    );
    let (role, words) = off.sent();
    steps.add(Some(off.end.sent), role, words);
    let (role, flag) = match off.end.ending {
        Ending::Fin => (EvidenceRole::FinArrived, "FIN"),
        Ending::Reset => (EvidenceRole::ResetArrived, "RST"),
    };
    let arrived = off.end.arrived.filter(|at| Some(*at) < off.attempt.ended);
    steps.add(
        arrived,
        role,
        Text::made(
            format!("{flag} reached the client"),
            format!("{flag} 到达客户端"),
        ),
    );
}

/// Looks for it in a capture.
pub(super) fn captured(reading: &Reading<'_>, found: &mut Found) {
    tell_exchanges(&KIND, reading, found, |met| in_capture(reading, met));
}

/// What a capture tells: the server had the request and closed without an answer, or in its midst.
fn in_capture(reading: &Reading<'_>, met: &Exchange) -> Option<Words> {
    let (end, en, zh) = match met.became {
        Became::Closed { fin, whole: true } => (fin, "instead of an answer", "却没有响应"),
        Became::Cut { end } => (end, "in the midst of its answer", "响应却没发完"),
        _ => return None,
    };
    let name = met.name(reading);
    let later = span(reading.time(end).since(reading.time(met.sent)));
    Some([
        Text::made(
            format!("The server ended the connection of the {} {en}", name.en),
            format!("服务器断开了 {} 的连接，{zh}", name.zh),
        ),
        Text::made(
            format!(
                "The server's kernel had the whole request, and {later} after it the server ended the connection {en}. This is no race between idle timers. Whether its handler did that or one of its limits, and what either program reported, a capture at one end cannot know."
            ),
            format!(
                "服务器内核收到了整个请求，{later} 之后服务器断开了连接，{zh}。这不是空闲时限的竞态。是处理函数断开的还是它的某个时限到了、两边程序报了什么错，只在一端抓的包里看不到。"
            ),
        ),
    ])
}
