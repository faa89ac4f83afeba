//! `by-command`: somebody typed a command that ended the connection under a request.
//!
//! Said of a failed request whose error goes back to a command at a shell (`ss -K`), where nothing else explains it. Fact: ss(8), the
//! socket is aborted: RST to the peer, ECONNABORTED for its own program.

use crate::evidence::Steps;
use crate::finding::{EvidenceRole, Finding, FindingKind, Found, Severity};
use crate::reading::Reading;
use crate::report::RequestReport;
use crate::text::Text;
use crate::times::moment;
use whyeof_trace::{Event, FaultEvent, Flags, Packet, Record, SegmentEvent, TextId};

/// The kind.
pub(super) static KIND: FindingKind = FindingKind {
    code: "by-command",
    title: Text::new("A command ended the connection", "有人敲命令断了连接"),
    #[cfg(feature = "manual")]
    manual: Text::new(
        "ss -K aborts sockets: the kernel sends RST to the other end, whose program sees ECONNRESET, and its own program sees ECONNABORTED. Nothing was wrong with the connection, so nothing needs to be changed but what was typed.",
        "ss -K 会强行中止 socket：内核给对端发 RST，对端程序看到 ECONNRESET，本机程序看到 ECONNABORTED。连接本身没有问题，要改的只是敲进去的那条命令。",
    ),
    severity: Severity::Failure,
    root: None,
    find,
};

fn find(reading: &Reading<'_>, found: &mut Found) {
    let typed = |request: &RequestReport| {
        let mut causes = reading.trace.causes(request.last?);
        causes.find_map(|r| match r.event {
            Event::Fault(FaultEvent::Typed { line, .. }) => Some((r, line)),
            _ => None,
        })
    };
    found.tell(&KIND, reading, typed, |request, (record, line)| {
        word(reading, request, record, *line)
    });
}

fn word(reading: &Reading<'_>, request: &RequestReport, typed: &Record, line: TextId) -> Finding {
    let (number, method) = (request.number, request.method);
    let host = &reading.trace.host(typed.host).name;
    let (line, at) = (reading.trace.text(line), moment(typed.time));
    let resets = |r: &&Record| matches!(r.event, Event::Segment(SegmentEvent::Arrived(Packet::Tcp(s))) if s.flags.has(Flags::RST));
    let mut causes = reading.trace.causes(request.last.unwrap_or(typed.id));
    let mut steps = Steps::new(reading);
    steps.add(
        Some(typed.id),
        EvidenceRole::Closed,
        Text::made(
            format!("somebody typed `{line}` on {host}"),
            format!("有人在 {host} 上敲了 `{line}`"),
        ),
    );
    steps.add(
        causes.find(resets).map(|r| r.id),
        EvidenceRole::ResetArrived,
        Text::new("the RST reached the client", "RST 到达客户端"),
    );
    steps.failed(request);
    Finding {
        code: KIND.code,
        severity: KIND.severity,
        request: Some(request.id),
        title: Text::made(
            format!("A command ended the connection of request {number}"),
            format!("第 {number} 个请求的连接被命令断掉"),
        ),
        explanation: Text::made(
            format!(
                "`{line}` on {host} ended the connection at {at}, under the {method}; whether its handler ran, the caller cannot know."
            ),
            format!(
                "{at}，{host} 上的 `{line}` 断掉了连接，{method} 正在上面；处理函数有没有执行，调用方无从知道。"
            ),
        ),
        evidence: steps.in_order(),
        remedies: Vec::new(),
    }
}
