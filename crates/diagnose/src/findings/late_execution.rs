//! `late-execution`: requests ran after their callers had given up on them.
//!
//! Said once of a run with two or more: a queue behind a stuck connection is worked off when the network is back, and what is sent
//! again by TCP arrives late. Facts: ground-truth §8 (08a: 11 queued POSTs, 10 of them already rejected, all executed).

use crate::evidence::Steps;
use crate::finding::{EvidenceRole, Finding, FindingKind, Found, Severity};
use crate::reading::Reading;
use crate::text::{Text, count};
use crate::times::span;
use whyeof_trace::{Event, RecordId, RequestEvent};

/// The kind.
pub(super) static KIND: FindingKind = FindingKind {
    code: "late-execution",
    title: Text::new(
        "Requests ran after their callers had given up",
        "调用方早已放弃，请求却照样执行",
    ),
    #[cfg(feature = "manual")]
    manual: Text::new(
        "A caller that only stops waiting, with a timer of its own, cancels nothing: its request stays in the client's queue, or in the kernel's. When the connection moves again, everything is sent, and every handler runs, long after the callers were told of a failure and may have tried again elsewhere. Cancelling the request itself takes it out of the queue.",
        "调用方用自己的定时器不再等，其实什么也没取消：请求还在客户端的队列里，或者内核里。连接一通，全部发出，处理函数一个个执行，而调用方早就报过错，说不定已经在别处重试过了。真正取消请求，才会把它从队列里拿掉。",
    ),
    severity: Severity::Hidden,
    root: None,
    find,
};

fn find(reading: &Reading<'_>, found: &mut Found) {
    let late: Vec<(RecordId, RecordId)> = reading
        .trace
        .records
        .iter()
        .filter_map(|record| {
            let Event::Request(RequestEvent::Executed { request, .. }) = record.event else {
                return None;
            };
            let request = reading.requests.get(&request)?;
            let over = request.failure.is_some() && request.last < Some(record.id);
            over.then_some((request.last?, record.id))
        })
        .collect();
    if late.len() >= 2 {
        found.add(&KIND, None, || word(reading, &late));
    }
}

fn word(reading: &Reading<'_>, late: &[(RecordId, RecordId)]) -> Finding {
    let delay = |(over, ran): &(RecordId, RecordId)| reading.time(*ran).since(reading.time(*over));
    let longest = late.iter().map(delay).max().map(span).unwrap_or_default();
    let number = late.len();
    let mut steps = Steps::new(reading);
    let (over, first) = late[0];
    let last = late[number - 1].1;
    steps.add(
        Some(over),
        EvidenceRole::Failed,
        Text::new(
            "the first caller was told of a failure",
            "第一个调用方得知失败",
        ),
    );
    steps.add(
        Some(first),
        EvidenceRole::Executed,
        Text::new("its handler began all the same", "它的处理函数照样开始执行"),
    );
    steps.add(
        Some(last),
        EvidenceRole::Executed,
        Text::new("the last of the handlers began", "最后一个处理函数开始执行"),
    );
    let requests = count(number, "request");
    Finding {
        code: KIND.code,
        severity: KIND.severity,
        request: None,
        title: Text::made(
            format!("{requests} ran after their callers had given up"),
            format!("{number} 个请求在调用方放弃之后才执行"),
        ),
        explanation: Text::made(
            format!(
                "Their callers had been told of a failure, up to {longest} before; nobody had cancelled the requests, so they were sent and handled when the connection moved again."
            ),
            format!(
                "调用方早就得知失败，最多早了 {longest}；可没人取消这些请求，连接一通就全部发出并执行。"
            ),
        ),
        evidence: steps.in_order(),
        remedies: Vec::new(),
    }
}
