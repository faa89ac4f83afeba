//! `rejected`: a packet filter answered a request with a RST, on a connection that both ends still had.
//!
//! Said of a failed request whose reset goes back to a packet that a rule took (`-j REJECT --reject-with tcp-reset`). A SYN that is
//! rejected is `not-connected`. Facts: linux-tcp §7.4 (T59).

use crate::capture::{Became, Exchange, Words, tell_exchanges};
use crate::evidence::Steps;
use crate::finding::{EvidenceRole, Finding, FindingKind, Found, Severity};
use crate::loss::culprit;
use crate::reading::{Attempt, Reading};
use crate::report::RequestReport;
use crate::text::Text;
use whyeof_trace::{Culprit, Event, Flags, Packet, Record, RecordId, SegmentEvent, Side};

/// The kind.
pub(super) static KIND: FindingKind = FindingKind {
    code: "rejected",
    title: Text::new("A packet filter answered with a RST", "包过滤规则回了 RST"),
    #[cfg(feature = "manual")]
    manual: Text::new(
        "A rule with REJECT --reject-with tcp-reset throws a packet away and answers it with a RST in the name of its receiver. A connection that both ends still had is over at once: the caller sees ECONNRESET without waiting, the server has heard nothing and keeps its half until it sends something itself. A new connection that meets the rule is refused.",
        "带 REJECT --reject-with tcp-reset 的规则会丢掉这个包，并以接收方的名义回一个 RST。两端都还留着的连接立刻就断了：调用方不用等，马上看到 ECONNRESET；服务器一无所知，自己那一半要等到它自己发东西时才断。新连接碰上这条规则，就是被拒绝。",
    ),
    severity: Severity::Failure,
    root: None,
    find,
};

/// What a rule did to a request.
struct Hit<'a> {
    attempt: &'a Attempt,
    /// The packet that it took.
    taken: RecordId,
    by: Culprit,
    /// Its RST, where it arrived.
    reset: RecordId,
}

fn find(reading: &Reading<'_>, found: &mut Found) {
    found.tell(
        &KIND,
        reading,
        |request| hit(reading, request),
        |request, hit| word(reading, request, hit),
    );
}

fn hit<'a>(reading: &'a Reading<'_>, request: &RequestReport) -> Option<Hit<'a>> {
    let attempt = reading.last_attempt(request.id)?;
    let flow = reading.of_flow(attempt.socket.flow);
    let mut resets = flow.filter(|r| {
        let arrives = matches!(r.event, Event::Segment(SegmentEvent::Arrived(Packet::Tcp(s))) if s.flags.has(Flags::RST) && s.from == Side::Listener);
        arrives && Some(r.id) < request.last
    });
    let reset = resets.next()?;
    let mut causes = reading.trace.causes(reset.id);
    let taken = |r: &Record| match r.event {
        Event::Segment(SegmentEvent::Dropped { by, .. }) if by.rule().is_some() => Some((r.id, by)),
        _ => None,
    };
    // A sender's own chain answers what it keeps: then both go back to the sending.
    let (taken, by) = causes.find_map(taken).or_else(|| {
        let mut alike = reading.of_flow(attempt.socket.flow);
        alike.find_map(|r| taken(r).filter(|_| r.cause == reset.cause))
    })?;
    Some(Hit {
        attempt,
        taken,
        by,
        reset: reset.id,
    })
}

fn word(reading: &Reading<'_>, request: &RequestReport, hit: &Hit<'_>) -> Finding {
    let (number, method) = (request.number, request.method);
    let by = culprit(reading.trace, hit.by);
    let mut steps = Steps::new(reading);
    let sent = reading.trace.record(hit.taken).cause;
    steps.add(
        sent.or(Some(hit.attempt.checkout)),
        EvidenceRole::RequestSent,
        Text::made(format!("the {method} was sent"), format!("{method} 发出")),
    );
    steps.add(
        Some(hit.taken),
        EvidenceRole::Lost,
        Text::made(
            format!("a rule took it ({})", by.en),
            format!("被规则拦下（{}）", by.zh),
        ),
    );
    steps.add(
        Some(hit.reset),
        EvidenceRole::ResetArrived,
        Text::new(
            "the rule's RST reached the client",
            "规则回的 RST 到达客户端",
        ),
    );
    steps.failed(request);
    Finding {
        code: KIND.code,
        severity: KIND.severity,
        request: Some(request.id),
        title: Text::made(
            format!("Request {number} was rejected by a packet filter"),
            format!("第 {number} 个请求被包过滤规则拒绝"),
        ),
        explanation: Text::made(
            format!(
                "Both ends still had the connection. A rule ({}) took the {method} and answered it with a RST in the server's name: the caller knows at once, and nothing ran. The server heard nothing of it and keeps its half.",
                by.en
            ),
            format!(
                "两端都还留着这条连接。规则（{}）拦下 {method}，并以服务器的名义回了 RST：调用方马上知道，什么也没执行。服务器毫不知情，自己那一半还留着。",
                by.zh
            ),
        ),
        evidence: steps.in_order(),
        remedies: Vec::new(),
    }
}

/// Looks for it in a capture.
pub(super) fn captured(reading: &Reading<'_>, found: &mut Found) {
    tell_exchanges(&KIND, reading, found, |met| in_capture(reading, met));
}

/// What a capture tells: an ICMP error about the request.
fn in_capture(reading: &Reading<'_>, met: &Exchange) -> Option<Words> {
    if !matches!(met.became, Became::Error { .. }) {
        return None;
    }
    let name = met.name(reading);
    Some([
        Text::made(
            format!("The {} was rejected on its way", name.en),
            format!("{} 在路上被拒绝", name.zh),
        ),
        Text::new(
            "An ICMP error came back for it, and no answer. TCP goes on sending it: the program hears of the error when TCP gives up. Which machine's filter it was, a capture at one end cannot know.",
            "回来的是关于它的 ICMP 错误，没有响应。TCP 会继续重传：到它放弃时程序才知道。是哪台机器的过滤规则，只在一端抓的包里看不到。",
        ),
    ])
}
