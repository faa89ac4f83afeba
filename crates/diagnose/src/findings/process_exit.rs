//! `process-exit`: the client's own process ended while a request was under way.
//!
//! Its kernel closes what it leaves open: with FIN, or with RST where something lay unread. Whether the server ran the request is not for
//! the client to know any more.
//! Facts: linux-tcp §7.1, ground-truth §13 (SIGKILL: FIN 1.1 ms later).

use crate::evidence::Steps;
use crate::finding::{EvidenceRole, Finding, FindingKind, Found, Root, Severity};
use crate::reading::Reading;
use crate::report::RequestReport;
use crate::text::Text;
use crate::times::moment;
use whyeof_trace::{Event, Failure, Record, TimerEvent, TimerKind};

/// The kind.
pub(super) static KIND: FindingKind = FindingKind {
    code: "process-exit",
    title: Text::new("The client's process ended", "客户端进程退出了"),
    #[cfg(feature = "manual")]
    manual: Text::new(
        "When a process ends, its kernel closes every socket that it leaves: FIN, or RST if something lay unread. Requests under way get no answer, but a server that has received one runs it all the same.",
        "进程退出时，内核会关掉它留下的每个 socket：发 FIN，还有数据没读就发 RST。正在进行的请求等不到响应，可服务器收到了就会照样执行。",
    ),
    severity: Severity::Failure,
    root: Some(Root::Timer),
    find,
};

fn find(reading: &Reading<'_>, found: &mut Found) {
    for request in reading.requests.values() {
        let ended = request.failure == Some(Failure::ProcessExit);
        if ended && !found.explains(request.id) {
            let Some(exit) = exit(reading, request) else {
                continue;
            };
            found.add(&KIND, Some(request.id), || word(reading, request, exit));
        }
    }
}

fn exit<'a>(reading: &Reading<'a>, request: &RequestReport) -> Option<&'a Record> {
    let mut causes = reading.trace.causes(request.last?);
    causes.find(|r| match r.event {
        Event::Timer(TimerEvent::Fired { timer, .. }) => timer.kind == TimerKind::Exit,
        _ => false,
    })
}

fn word(reading: &Reading<'_>, request: &RequestReport, exit: &Record) -> Finding {
    let (number, method) = (request.number, request.method);
    let (at, ran) = (moment(exit.time), request.executed > 0);
    let (en, zh) = if ran {
        ("its handler ran all the same", "可它的处理函数照样执行了")
    } else {
        ("no handler ran for it", "它没有被执行")
    };
    let mut steps = Steps::new(reading);
    steps.add(
        Some(request.first),
        EvidenceRole::Asked,
        Text::new("the request was made", "发起请求"),
    );
    steps.add(
        Some(exit.id),
        EvidenceRole::TimerFired,
        Text::new("the client's process ended", "客户端进程退出"),
    );
    steps.failed(request);
    Finding {
        code: KIND.code,
        severity: KIND.severity,
        request: Some(request.id),
        title: Text::made(
            format!("The client ended while request {number} was under way"),
            format!("第 {number} 个请求还没完，客户端就退出了"),
        ),
        explanation: Text::made(
            format!(
                "The client's process ended at {at} with the {method} under way, and its kernel closed the connection; {en}."
            ),
            format!("{at}，客户端进程退出，{method} 还没完，内核替它关了连接；{zh}。"),
        ),
        evidence: steps.in_order(),
        remedies: Vec::new(),
    }
}
