//! `shutdown-race`: a server that was told to stop, or whose process ended, took a request along.
//!
//! Said of a request whose connection it closed, idle or at work, which it read and did not answer any more, or whose dial came when nobody
//! listened. That it had listened must show: an earlier connection to that port had its SYN-ACK.
//! Facts: runtimes §12.2 step 3, §12.3 (Shutdown), §13 (server.close()); ground-truth §13. Recorded: 13, 13d.

use crate::capture::{Became, Exchange, Words, tell_exchanges};
use crate::ending::{ServerEnd, ends};
use crate::evidence::Steps;
use crate::finding::{Evidence, EvidenceRole, Finding, FindingKind, Found, Root, Severity};
use crate::race::Ending;
use crate::reading::{Attempt, Reading};
use crate::report::RequestReport;
use crate::text::Text;
use crate::times::{moment, span};
use whyeof_trace::{
    Event, Failure, Flags, FlowId, Packet, ProgramId, Record, RecordId, RequestEvent, RequestId,
    Role, SegmentEvent, Side, SocketEvent, Time, TimerEvent, TimerKind, TimerOf,
};

/// The kind.
pub(super) static KIND: FindingKind = FindingKind {
    code: "shutdown-race",
    title: Text::new(
        "The server shut down under the request",
        "请求撞上了服务器停机",
    ),
    #[cfg(feature = "manual")]
    manual: Text::new(
        "A server that shuts down gracefully stops listening, closes idle connections at once, and finishes what it has begun. A request that is on its way on one of those connections meets the FIN, the same race as with an idle timeout: EOF. One that dials too late gets ECONNREFUSED, and one whose handshake was not over gets a RST on its new connection, which no runtime sends again. When the process just ends, requests at work are lost too. Take a server out of the load balancer first, wait longer than a round trip, and then shut it down.",
        "优雅停机时，服务器先停止监听，再马上关掉空闲连接，已经开始的请求做完为止。这时正好有请求走在这样的连接上，就会撞上 FIN，和空闲超时的竞态一样，报 EOF。来晚了的新连接得到 ECONNREFUSED；握手还没完的，新连接上收到 RST，哪个运行时都不会重试。如果进程直接退出，正在处理的请求也一起丢掉。应该先把服务器从负载均衡里摘掉，等上不止一个往返，再停机。",
    ),
    severity: Severity::Failure,
    root: Some(Root::Timer),
    find,
};

/// A server program stops.
#[derive(Clone, Copy)]
pub(super) struct Stop {
    pub(super) program: ProgramId,
    pub(super) fired: RecordId,
    pub(super) kind: TimerKind,
}

/// How that took a request along.
enum Hit<'a> {
    /// It closed the connection, which was idle.
    Idle(&'a Attempt, ServerEnd),
    /// The process ended while a handler was at work.
    AtWork(&'a Attempt, ServerEnd),
    /// It read the request and closed without an answer.
    Unanswered(&'a Attempt, ServerEnd),
    /// Nobody listened any more.
    Refused(RecordId),
    /// The listening socket was closed before the connection had been accepted.
    NotAccepted(RecordId),
}

fn find(reading: &Reading<'_>, found: &mut Found) {
    let stops = stops(reading);
    if stops.is_empty() {
        return;
    }
    for request in reading.requests.values() {
        if request.failure.is_none() || found.explains(request.id) {
            continue;
        }
        if let Some((stop, hit)) = hit(reading, request, &stops) {
            found.add(&KIND, Some(request.id), || {
                word(reading, request, stop, &hit)
            });
        }
    }
}

/// When each server program was first told to shut down, and when its process ended.
pub(super) fn stops(reading: &Reading<'_>) -> Vec<Stop> {
    let mut stops: Vec<Stop> = Vec::new();
    for record in &reading.trace.records {
        let Event::Timer(TimerEvent::Fired { timer, .. }) = record.event else {
            continue;
        };
        let (kind, TimerOf::Program(program)) = (timer.kind, timer.of) else {
            continue;
        };
        let first = !stops.iter().any(|s| (s.program, s.kind) == (program, kind));
        let serves = reading.trace.program(program).role != Role::Client;
        if first && serves && matches!(kind, TimerKind::Shutdown | TimerKind::Exit) {
            let fired = record.id;
            stops.push(Stop {
                program,
                fired,
                kind,
            });
        }
    }
    stops
}

fn hit<'a>(
    reading: &'a Reading<'_>,
    request: &RequestReport,
    stops: &[Stop],
) -> Option<(Stop, Hit<'a>)> {
    match request.failure? {
        Failure::Refused => refused(reading, request, stops),
        Failure::EndOfStream
        | Failure::Reset
        | Failure::ServerClosedIdle
        | Failure::BrokenPipe
        | Failure::CutInHead
        | Failure::Truncated
        | Failure::ResetInBody => {
            let attempt = reading.last_attempt(request.id)?;
            closed(reading, attempt, stops).or_else(|| not_accepted(reading, attempt, stops))
        }
        _ => None,
    }
}

fn closed<'a>(
    reading: &Reading<'_>,
    attempt: &'a Attempt,
    stops: &[Stop],
) -> Option<(Stop, Hit<'a>)> {
    let end = ServerEnd::of(reading, attempt.socket)?;
    if Some(end.close) > attempt.ended {
        return None;
    }
    let mut flow = reading.of_flow(attempt.socket.flow);
    let ran = flow.any(|r| r.id > attempt.checkout && is_executed(r, attempt.request));
    if let Some((_, timer)) = end.fired(reading)
        && let TimerOf::Program(program) = timer.of
    {
        let same = |s: &&Stop| s.program == program && s.kind == timer.kind;
        let stop = *stops.iter().find(same)?;
        return Some(match ran {
            true => (stop, Hit::AtWork(attempt, end)),
            false => (stop, Hit::Idle(attempt, end)),
        });
    }
    // It read the request, had been told to shut down before, and began no handler (server.go `serve`).
    let read = reading.trace.record(end.because?);
    let on_server = read.host == reading.trace.host_of(attempt.socket.peer());
    let reads = matches!(read.event, Event::Socket(SocketEvent::Returned { .. }));
    let here = |s: &&Stop| s.fired < read.id && reading.trace.program(s.program).host == read.host;
    let stop = *stops.iter().rfind(here)?;
    (on_server && reads && !ran).then_some((stop, Hit::Unanswered(attempt, end)))
}

fn is_executed(record: &Record, of: RequestId) -> bool {
    matches!(record.event, Event::Request(RequestEvent::Executed { request, .. }) if request == of)
}

/// The RST that the kernel sent on a connection that no program has ever had.
fn kernels_reset(reading: &Reading<'_>, flow: FlowId) -> Option<RecordId> {
    let server = whyeof_trace::SocketId {
        flow,
        side: Side::Listener,
    };
    let mut records = reading.of_flow(flow);
    let called = |r: &Record| matches!(r.event, Event::Socket(SocketEvent::Called { socket, .. }) if socket == server);
    if reading.of_flow(flow).any(called) {
        return None;
    }
    let reset = |r: &&Record| ends(r, server).is_some_and(|f| f.has(Flags::RST));
    records.find(reset).map(|r| r.id)
}

fn refused<'a>(
    reading: &Reading<'_>,
    request: &RequestReport,
    stops: &[Stop],
) -> Option<(Stop, Hit<'a>)> {
    let flow = reading.dialled(request)?.flow;
    let reset = kernels_reset(reading, flow)?;
    let stop = stop_before(reading, flow, reset, stops)?;
    let dialled = reading.trace.flow(flow);
    let before = reading.flow_ids().find(|other| {
        let known = reading.trace.flow(*other);
        let same = (known.hosts[1], known.ports[1]) == (dialled.hosts[1], dialled.ports[1]);
        same && syn_ack(reading, *other).is_some_and(|at| at < stop.fired)
    });
    before.map(|_| (stop, Hit::Refused(reset)))
}

fn not_accepted<'a>(
    reading: &Reading<'_>,
    attempt: &Attempt,
    stops: &[Stop],
) -> Option<(Stop, Hit<'a>)> {
    let flow = attempt.socket.flow;
    let reset = kernels_reset(reading, flow)?;
    let stop = stop_before(reading, flow, reset, stops)?;
    let half_open = syn_ack(reading, flow).is_some_and(|at| at < stop.fired);
    half_open.then_some((stop, Hit::NotAccepted(reset)))
}

/// The last stop of a program on the host that a connection leads to.
fn stop_before(
    reading: &Reading<'_>,
    flow: FlowId,
    reset: RecordId,
    stops: &[Stop],
) -> Option<Stop> {
    let host = reading.trace.flow(flow).host(Side::Listener);
    let of = |s: &&Stop| reading.trace.program(s.program).host == host && s.fired < reset;
    stops.iter().rfind(of).copied()
}

fn syn_ack(reading: &Reading<'_>, flow: FlowId) -> Option<RecordId> {
    let answers = |r: &&Record| {
        matches!(
            r.event,
            Event::Segment(SegmentEvent::Sent(Packet::Tcp(s)))
                if s.from == Side::Listener && s.flags.has(Flags::SYN)
        )
    };
    reading.of_flow(flow).find(answers).map(|r| r.id)
}

fn word(reading: &Reading<'_>, request: &RequestReport, stop: Stop, hit: &Hit<'_>) -> Finding {
    let (stopped, happened) = (
        stopped(reading, stop),
        happened(reading, request, stop, hit),
    );
    let ran = match request.executed {
        0 => Text::new("; no handler ran", "；处理函数没有执行"),
        1 => Text::new("; its handler had begun", "；处理函数已经开始执行"),
        n => Text::made(
            format!("; its handler had begun {n} times"),
            format!("；处理函数已经开始执行 {n} 次"),
        ),
    };
    Finding {
        code: KIND.code,
        severity: KIND.severity,
        request: Some(request.id),
        title: title(reading, request, stop, hit),
        explanation: Text::made(
            format!("{} {}{}.", stopped.en, happened.en, ran.en),
            format!("{}{}{}。", stopped.zh, happened.zh, ran.zh),
        ),
        evidence: steps(reading, request, stop, hit),
        remedies: Vec::new(),
    }
}

/// What was made before the stop raced it; what was made afterwards was late.
fn title(reading: &Reading<'_>, request: &RequestReport, stop: Stop, hit: &Hit<'_>) -> Text {
    let number = request.number;
    let late = matches!(hit, Hit::Refused(_)) && asked(reading, request) > Some(stop.fired);
    match late {
        true => Text::made(
            format!("Request {number} came after the server had shut down"),
            format!("第 {number} 个请求来时，服务器已经停机"),
        ),
        false => Text::made(
            format!("The server shut down under request {number}"),
            format!("第 {number} 个请求撞上了服务器停机"),
        ),
    }
}

/// Who stopped, when and how.
fn stopped(reading: &Reading<'_>, stop: Stop) -> Text {
    let (at, name) = (
        moment(reading.time(stop.fired)),
        &reading.trace.program(stop.program).name,
    );
    match stop.kind {
        TimerKind::Exit => Text::made(
            format!("At {at} the process of {name} ended"),
            format!("{at}，{name} 的进程结束"),
        ),
        _ => Text::made(
            format!("At {at} {name} was told to shut down"),
            format!("{at}，{name} 开始停机"),
        ),
    }
}

/// What that did to the request.
fn happened(reading: &Reading<'_>, request: &RequestReport, stop: Stop, hit: &Hit<'_>) -> Text {
    let method = request.method;
    let since = |record: RecordId| span(gap(reading.time(stop.fired), reading.time(record)));
    match hit {
        Hit::Idle(attempt, _) => {
            let Some(sent) = sent(reading, attempt) else {
                return Text::made(
                    format!(
                        "and closed this idle connection, just when the {method} had been given it"
                    ),
                    format!("，关掉了这条空闲连接，{method} 刚拿到它，还没写出去"),
                );
            };
            let (when, when_zh) = match sent < stop.fired {
                true => ("earlier", "早"),
                false => ("later", "晚"),
            };
            let apart = since(sent);
            Text::made(
                format!(
                    "and closed this idle connection; the {method}, which left {apart} {when}, crossed its FIN on the way"
                ),
                format!("，关掉了这条空闲连接；{method} {when_zh} {apart} 发出，在路上和 FIN 错过"),
            )
        }
        Hit::AtWork(..) => Text::made(
            format!("and its kernel closed this connection while the {method} was being handled"),
            format!("，内核关掉了这条连接，而 {method} 正在处理"),
        ),
        Hit::Unanswered(_, end) => Text::made(
            format!(
                "and read the {method} {} later, on a connection that it then closed without an answer",
                since(end.close)
            ),
            format!(
                "，过了 {} 才读到 {method}，没有响应就关了连接",
                since(end.close)
            ),
        ),
        Hit::Refused(reset) => Text::made(
            format!(
                "and listened no more: the connection for the {method} came {} later and was refused (RST to the SYN)",
                since(*reset)
            ),
            format!(
                "，不再监听；{} 之后 {method} 才来建连，被拒绝了（SYN 换来 RST）",
                since(*reset)
            ),
        ),
        Hit::NotAccepted(_) => Text::made(
            format!(
                "and closed its listening socket before it had accepted the new connection of the {method}, which the kernel reset"
            ),
            format!("，关掉了监听 socket，{method} 的新连接还没来得及 accept，被内核重置"),
        ),
    }
}

fn gap(one: Time, other: Time) -> std::time::Duration {
    one.max(other).since(one.min(other))
}

/// The request's first segment.
fn sent(reading: &Reading<'_>, attempt: &Attempt) -> Option<RecordId> {
    let leaves = |r: &&Record| {
        let data = matches!(
            r.event,
            Event::Segment(SegmentEvent::Sent(Packet::Tcp(s))) if s.from == Side::Opener && s.len > 0
        );
        data && r.id > attempt.checkout && Some(r.id) < attempt.ended
    };
    reading
        .of_flow(attempt.socket.flow)
        .find(leaves)
        .map(|r| r.id)
}

fn steps(
    reading: &Reading<'_>,
    request: &RequestReport,
    stop: Stop,
    hit: &Hit<'_>,
) -> Vec<Evidence> {
    let mut steps = Steps::new(reading);
    let words = match stop.kind {
        TimerKind::Exit => Text::new("the server's process ended", "服务器进程结束"),
        _ => Text::new(
            "the server was told to shut down: it listens no more and closes what is idle",
            "服务器开始停机：不再监听，空闲连接都关掉",
        ),
    };
    steps.add(Some(stop.fired), EvidenceRole::TimerFired, words);
    let ended = match hit {
        Hit::Idle(attempt, end) | Hit::AtWork(attempt, end) | Hit::Unanswered(attempt, end) => {
            let method = request.method;
            steps.add(
                sent(reading, attempt),
                EvidenceRole::RequestSent,
                Text::made(format!("the {method} left"), format!("{method} 发出")),
            );
            match end.ending {
                Ending::Fin => (
                    EvidenceRole::FinSent,
                    end.sent,
                    "close() sent FIN",
                    "close() 发出 FIN",
                ),
                Ending::Reset => (
                    EvidenceRole::ResetSent,
                    end.sent,
                    "close() sent RST, because the request lay unread",
                    "close() 发出 RST，因为请求还没读",
                ),
            }
        }
        Hit::Refused(reset) => (
            EvidenceRole::ResetSent,
            *reset,
            "the kernel answered the SYN with RST: nobody listened",
            "没人监听，内核用 RST 回了 SYN",
        ),
        Hit::NotAccepted(reset) => (
            EvidenceRole::ResetSent,
            *reset,
            "the kernel sent RST: nobody would accept this connection any more",
            "不会再有人 accept 这条连接，内核发出 RST",
        ),
    };
    let (role, record, en, zh) = ended;
    steps.add(Some(record), role, Text::new(en, zh));
    if !matches!(hit, Hit::Idle(..) | Hit::AtWork(..)) {
        steps.add(
            asked(reading, request),
            EvidenceRole::Asked,
            Text::new("the caller made the request", "调用方发起请求"),
        );
    }
    steps.failed(request);
    steps.in_order()
}

/// The timer that made the caller ask: what comes too late has no other cause than itself.
fn asked(reading: &Reading<'_>, request: &RequestReport) -> Option<RecordId> {
    let fires = |r: &&Record| matches!(r.event, Event::Timer(TimerEvent::Fired { .. }));
    let mut causes = reading.trace.causes(request.last?);
    causes.find(fires).map(|r| r.id)
}

/// Looks for it in a capture.
pub(super) fn captured(reading: &Reading<'_>, found: &mut Found) {
    tell_exchanges(&KIND, reading, found, |met| in_capture(reading, met));
}

/// What a capture tells: the request crossed a FIN, and behind it nobody listened any more.
fn in_capture(reading: &Reading<'_>, met: &Exchange) -> Option<Words> {
    let (end, crossed) = match met.became {
        Became::Crossed { fin, .. } => (fin, true),
        Became::Unknown { reset, .. } | Became::Reset { reset } => (reset, false),
        _ => return None,
    };
    if !reading.captured.stopped(reading, met.flow, end) {
        return None;
    }
    let name = met.name(reading);
    if !crossed {
        return Some([
            Text::made(
                format!("The {} met a server that stopped", name.en),
                format!("{} 遇上一台正在停下的服务器", name.zh),
            ),
            Text::new(
                "A RST answered it, and soon after the server's machine refused a new connection: nobody listened there any more. Whether it was told to stop or died, and what the program reported, a capture at one end cannot know.",
                "它得到的是 RST，随后新的连接就被这台机器拒绝：没有程序在监听了。是被要求停下还是挂了、程序报了什么错，只在一端抓的包里看不到。",
            ),
        ]);
    }
    Some([
        Text::made(
            format!("The {} crossed the FIN of a server that stopped", name.en),
            format!("{} 和一台正在停下的服务器的 FIN 擦肩而过", name.zh),
        ),
        Text::new(
            "The request and the server's FIN passed each other, and soon after the server's machine refused a new connection: nobody listened there any more. Whether it was told to stop or died, and what the program reported, a capture at one end cannot know.",
            "请求和服务器的 FIN 擦肩而过，随后新的连接就被这台机器拒绝：没有程序在监听了。是被要求停下还是挂了、程序报了什么错，只在一端抓的包里看不到。",
        ),
    ])
}
