//! `probes-are-not-keep-alive`: TCP keepalive probes went over an idle connection, and the server's idle timeout closed it all the same.
//!
//! Said once of each client program whose probes were answered on a connection that it might have used again: it made a request later. Two
//! things are called keep-alive; kernels answer probes, and no server program ever hears of one.
//! Facts: ground-truth §3 (FIN 2.00 s after the response, probes or not); seeds 002. Recorded: 03, 03b.

use crate::ending::ServerEnd;
use crate::evidence::Steps;
use crate::finding::{Evidence, EvidenceRole, Finding, FindingKind, Found, Root, Severity};
use crate::reading::{Attempt, Reading};
use crate::steps::why;
use crate::text::{Text, count};
use crate::times::exact;
use litemap::LiteMap;
use whyeof_trace::{
    BodyLeft, Event, ProgramId, RecordId, RequestEvent, SegmentEvent, TimerEvent, TimerKind,
    TimerOf,
};

/// The kind.
pub(super) static KIND: FindingKind = FindingKind {
    code: "probes-are-not-keep-alive",
    title: Text::new(
        "Probes do not hold off an idle timeout",
        "保活探测拦不住空闲超时",
    ),
    #[cfg(feature = "manual")]
    manual: Text::new(
        "Two things are called keep-alive. TCP keepalive (SO_KEEPALIVE; Go: Dialer.KeepAlive, Node: keepAliveMsecs) sends empty segments over a silent connection to learn whether the peer's host is still there; kernels send and answer them, and programs never see one. HTTP keep-alive means that a connection carries more than one request; the server's idle timeout (Go: IdleTimeout, Node: keepAliveTimeout) counts from its last response to the next request, and no probe begins it anew. A shorter probe interval does not keep a connection open; a client's idle timeout below the server's does what was wanted.",
        "有两样东西都叫 keep-alive。TCP 保活（SO_KEEPALIVE；Go 的 Dialer.KeepAlive，Node 的 keepAliveMsecs）在没有数据的连接上发空包，看对端主机还在不在；收发都在内核里，程序根本看不到。HTTP 的长连接说的是一条连接上发多个请求；服务器的空闲超时（Go 的 IdleTimeout，Node 的 keepAliveTimeout）从上一个响应算到下一个请求，探测包不会让它重新计时。把探测间隔调短，连接照样会被关掉；该做的是让客户端的空闲超时短于服务器的。",
    ),
    severity: Severity::Cause,
    root: Some(Root::Timer),
    find,
};

/// An idle connection with probes that its server closed.
struct Probed {
    end: ServerEnd,
    /// The server's idle timer, set and fired.
    set: RecordId,
    fired: RecordId,
    /// Probes that the client's kernel sent in between, and the answer to the first.
    probes: Vec<RecordId>,
    answer: Option<RecordId>,
}

fn find(reading: &Reading<'_>, found: &mut Found) {
    let probes = |timer: TimerEvent| timer.timer().kind == TimerKind::KeepAlive;
    let mut records = reading.trace.records.iter();
    if !records.any(|r| matches!(r.event, Event::Timer(t @ TimerEvent::Fired { .. }) if probes(t)))
    {
        return;
    }
    let mut last: LiteMap<ProgramId, RecordId> = LiteMap::new();
    let client = |a: &Attempt| reading.trace.requests[a.request.index()].program;
    for attempt in &reading.attempts {
        last.insert(client(attempt), attempt.checkout);
    }
    let mut clients: LiteMap<ProgramId, Vec<Probed>> = LiteMap::new();
    for attempt in reading.attempts.iter().filter(|a| a.first_on_connection) {
        let client = client(attempt);
        if let Some(probed) = Probed::of(reading, attempt)
            && last.get(&client).is_some_and(|last| *last > probed.set)
        {
            clients.entry(client).or_default().push(probed);
        }
    }
    for (client, probed) in clients.iter() {
        found.add(&KIND, None, || word(reading, *client, probed));
    }
}

impl Probed {
    fn of(reading: &Reading<'_>, attempt: &Attempt) -> Option<Self> {
        let end = ServerEnd::of(reading, attempt.socket)?;
        let (fired, timer) = end.fired(reading)?;
        if timer.kind != TimerKind::ServerIdle {
            return None;
        }
        let set = reading.trace.armed_by(fired)?.id;
        // A connection that a caller keeps, with a body that it does not read, is not idle.
        let left = Event::Request(RequestEvent::BodyLeft {
            request: attempt.request,
            socket: attempt.socket,
            left: BodyLeft::Open,
        });
        if reading.trace.records.iter().any(|r| r.event == left) {
            return None;
        }
        let idle = || {
            let flow = reading.of_flow(attempt.socket.flow);
            flow.filter(move |r| set < r.id && r.id < fired)
        };
        // Where packets were lost, not all of the probes were answered.
        if idle().any(|r| matches!(r.event, Event::Segment(SegmentEvent::Dropped { .. }))) {
            return None;
        }
        let of_client = TimerOf::Socket(attempt.socket);
        let is_probe = |cause: RecordId| {
            matches!(
                reading.trace.record(cause).event,
                Event::Timer(TimerEvent::Fired { timer, .. })
                    if timer.kind == TimerKind::KeepAlive && timer.of == of_client
            )
        };
        let sent = idle().filter(|r| {
            let leaves = matches!(r.event, Event::Segment(SegmentEvent::Sent(_)));
            leaves && r.cause.is_some_and(is_probe)
        });
        let probes: Vec<_> = sent.map(|r| r.id).collect();
        let first = *probes.first()?;
        let answer = idle().find(|r| {
            let arrives = matches!(r.event, Event::Segment(SegmentEvent::Arrived(_)));
            let here = r.host == reading.trace.host_of(attempt.socket);
            arrives && here && reading.trace.is_because_of(r.id, first)
        });
        Some(Self {
            end,
            set,
            fired,
            answer: Some(answer?.id),
            probes,
        })
    }
}

fn word(reading: &Reading<'_>, client: ProgramId, probed: &[Probed]) -> Finding {
    let name = &reading.trace.program(client).name;
    let first = &probed[0];
    let probes: usize = probed.iter().map(|p| p.probes.len()).sum();
    let setting = match reading.trace.record(first.fired).event {
        Event::Timer(TimerEvent::Fired { setting, .. }) => setting,
        _ => None,
    };
    let limit = match reading.trace.record(first.set).event {
        Event::Timer(TimerEvent::Set { until, .. }) => Some(until.since(reading.time(first.set))),
        _ => None,
    };
    let why = setting.map(|s| why(reading.trace.setting(s), limit));
    let why = why.unwrap_or_default();
    let limit = limit.map(exact).unwrap_or_default();
    let connections = count(probed.len(), "idle connection");
    let closed = if probed.len() == 1 { "it" } else { "them" };
    Finding {
        code: KIND.code,
        severity: KIND.severity,
        request: None,
        title: Text::new(
            "The probes did not keep the connection open",
            "发了保活探测，连接照样被关",
        ),
        explanation: Text::made(
            format!(
                "The kernel of {name} sent {} over {connections}, and the server's answered; but the server's idle time runs from its last response to the next request, so it closed {closed} after {limit} all the same ({}).",
                count(probes, "TCP keepalive probe"),
                why.en
            ),
            format!(
                "{name} 的内核在 {} 条空闲连接上发了 {probes} 个保活探测包，服务器内核都应答了；可服务器的空闲计时只看请求，{limit} 一到照样关（{}）。",
                probed.len(),
                why.zh
            ),
        ),
        evidence: steps(reading, first),
        remedies: Vec::new(),
    }
}

fn steps(reading: &Reading<'_>, probed: &Probed) -> Vec<Evidence> {
    let mut steps = Steps::new(reading);
    steps.add(
        Some(probed.set),
        EvidenceRole::TimerSet,
        Text::new(
            "the server had sent its response and started its idle timer",
            "服务器发完响应，开始空闲计时",
        ),
    );
    steps.add(
        probed.probes.first().copied(),
        EvidenceRole::ProbeSent,
        Text::new(
            "the client's kernel sent the first probe",
            "客户端内核发出第一个保活探测包",
        ),
    );
    steps.add(
        probed.answer,
        EvidenceRole::ProbeAnswered,
        Text::new(
            "its answer came back: kernels only, no program heard of it",
            "应答回来了：只有内核知道，两边的程序都没察觉",
        ),
    );
    steps.add(
        Some(probed.fired),
        EvidenceRole::TimerFired,
        Text::new(
            "the server's idle time was over all the same",
            "服务器的空闲时间照样到了",
        ),
    );
    let (role, words) = probed.end.closed();
    steps.add(Some(probed.end.sent), role, words);
    steps.in_order()
}
