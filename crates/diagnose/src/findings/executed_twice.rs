//! `executed-twice`: a handler ran more than once for one request, because the runtime sent it again by itself.
//!
//! Said of a request with more than one execution, whatever became of it in the end: that is told elsewhere. The first attempt reached
//! its handler, so its `EOF` was no keepalive race, but the runtime cannot know that.
//! Facts: runtimes §1.6 (what Go takes as replayable), §12.3 (WriteTimeout: "silent re-execution of GET if reused"); ground-truth §4.

use crate::evidence::Steps;
use crate::finding::{Evidence, EvidenceRole, Finding, FindingKind, Found, Root, Severity};
use crate::reading::Reading;
use crate::report::{Outcome, RequestReport};
use crate::text::Text;
use crate::times::span;
use whyeof_trace::{Event, RecordId, RequestEvent, RetryReason, TimerEvent, TimerKind};

/// The kind.
pub(super) static KIND: FindingKind = FindingKind {
    code: "executed-twice",
    title: Text::new(
        "One request, and its handler ran more than once",
        "一个请求，处理函数执行了不止一次",
    ),
    #[cfg(feature = "manual")]
    manual: Text::new(
        "When a reused connection ends before the first byte of the response, Go sends GET, HEAD, OPTIONS and TRACE again by itself, and anything with Idempotency-Key. It takes the end for the keepalive race, where the server has not run the request; but a handler that breaks off, a WriteTimeout that passes, and a process that ends look the same from the client, and then the handler runs again. Nobody is told. A GET that changes something, or an Idempotency-Key that the server does not look at, does its work twice.",
        "复用的连接在响应的第一个字节之前断了，Go 会自动重试 GET、HEAD、OPTIONS、TRACE，以及带 Idempotency-Key 的请求。它以为撞上的是长连接竞态，服务器还没执行；可是处理函数中途断开、WriteTimeout 到了、进程退出，在客户端看来都一样，于是处理函数又执行一遍，谁也不知道。会改数据的 GET，或者服务器根本不看的 Idempotency-Key，活就干了两遍。",
    ),
    severity: Severity::Hidden,
    root: Some(Root::Timer),
    find,
};

fn find(reading: &Reading<'_>, found: &mut Found) {
    // What a proxy sent again is told of the proxy, not of who asked it.
    let again = |r: &&RequestReport| r.executed > 1 && r.attempts > 1;
    for request in reading.requests.values().filter(again) {
        found.add(&KIND, Some(request.id), || word(reading, request));
    }
    for request in reading.requests.values().filter(|r| r.executed > 0) {
        let before = tried_before(reading, request);
        if let Some(first) = before.filter(|first| first.executed > 0) {
            found.add(&KIND, Some(request.id), || {
                tried_again(reading, first, request)
            });
        }
    }
}

/// The request whose failure made the caller ask this one.
fn tried_before<'a>(
    reading: &'a Reading<'_>,
    request: &RequestReport,
) -> Option<&'a RequestReport> {
    if reading.trace.requests[request.id.index()].tries == 0 {
        return None;
    }
    let mut causes = reading.trace.causes(request.first).skip(1);
    let failed = causes.find_map(|r| match r.event {
        Event::Request(RequestEvent::Failed { request, .. }) => Some(Some(request)),
        Event::Request(_) => Some(None),
        _ => None,
    })??;
    let first = reading.requests.get(&failed)?;
    (first.url == request.url && first.method == request.method).then_some(first)
}

/// A caller that tried again what had run.
fn tried_again(reading: &Reading<'_>, first: &RequestReport, again: &RequestReport) -> Finding {
    let (number, earlier, method) = (again.number, first.number, again.method);
    let mut steps = Steps::new(reading);
    let ran = |request: &RequestReport| reading.began(request.id);
    steps.add(
        ran(first),
        EvidenceRole::Executed,
        Text::new("the handler began", "处理函数开始执行"),
    );
    let timer = first.last.and_then(|last| behind(reading, last));
    steps.add(
        timer.map(|(fired, _)| fired),
        EvidenceRole::TimerFired,
        Text::new("what ended the first attempt began", "第一次失败由此开始"),
    );
    steps.failed(first);
    steps.add(
        Some(again.first),
        EvidenceRole::Retried,
        Text::new("the caller tried again", "调用方再试一次"),
    );
    steps.add(
        ran(again),
        EvidenceRole::Executed,
        Text::new("the handler began again", "处理函数又执行了一次"),
    );
    let (had, had_zh) = match ran(first) < Some(again.first) {
        true => ("had begun", "已经开始执行"),
        false => ("ran as well, later", "后来也执行了"),
    };
    Finding {
        code: KIND.code,
        severity: KIND.severity,
        request: Some(again.id),
        title: Text::made(
            format!("Request {number} ran what request {earlier} had run"),
            format!("第 {number} 个请求把第 {earlier} 个请求又执行了一遍"),
        ),
        explanation: Text::made(
            format!(
                "The caller got an error for the {method} and tried again by itself, but the handler of the first one {had}: the work is done twice."
            ),
            format!(
                "{method} 报了错，调用方自己重试；可第一次的处理函数{had_zh}：同一件事做了两遍。"
            ),
        ),
        evidence: steps.in_order(),
        remedies: Vec::new(),
    }
}

fn word(reading: &Reading<'_>, request: &RequestReport) -> Finding {
    let (number, method, ran) = (request.number, request.method, request.executed);
    let runtime = reading.runtime_of(request.id);
    let mut events = reading.trace.of_request(request.id);
    let because = events.find_map(|(_, e)| match e {
        RequestEvent::Retried { because, .. } => Some(because),
        _ => None,
    });
    let why = match because {
        Some(RetryReason::IdempotencyKey) => Text::new(
            "its Idempotency-Key makes it replayable",
            "带了 Idempotency-Key，算可重放的",
        ),
        _ if request.parent.is_some() => Text::made(
            format!("proxy_next_upstream lets a {method} go out again"),
            format!("proxy_next_upstream 允许再发一次 {method}"),
        ),
        _ => Text::made(
            format!("{method} counts as replayable"),
            format!("{method} 算可重放的"),
        ),
    };
    let caller = match request.outcome {
        Outcome::Failed if request.parent.is_some() => {
            Text::new("it got no answer either time", "两次都没拿到响应")
        }
        Outcome::Ok => Text::new("its caller saw no error", "调用方没看到错误"),
        Outcome::Failed => Text::new("its caller got one error", "调用方只拿到一个错误"),
        Outcome::Unfinished => Text::new("its caller still waits", "调用方还在等"),
    };
    Finding {
        code: KIND.code,
        severity: KIND.severity,
        request: Some(request.id),
        title: Text::made(
            format!("The handler of request {number} ran {ran} times"),
            format!("第 {number} 个请求的处理函数执行了 {ran} 次"),
        ),
        explanation: Text::made(
            format!(
                "The handler had begun when the reused connection ended without an answer, but {runtime} cannot know that: it sent the {method} again by itself, because {}, and the handler ran {ran} times; {}.",
                why.en, caller.en
            ),
            format!(
                "复用的连接没等到响应就断了，那时处理函数已经开始执行，可 {runtime} 无从知道，就自动重试了 {method}：{}。处理函数一共执行了 {ran} 次，{}。",
                why.zh, caller.zh
            ),
        ),
        evidence: steps(reading, request),
        remedies: Vec::new(),
    }
}

/// Executions, what ended the attempts between them, and the end.
fn steps(reading: &Reading<'_>, request: &RequestReport) -> Vec<Evidence> {
    let mut steps = Steps::new(reading);
    let mut first = None;
    for (record, event) in reading.trace.of_request(request.id) {
        match event {
            RequestEvent::Executed { .. } => {
                let words = match first {
                    None => Text::new("the handler began", "处理函数开始执行"),
                    Some(first) => {
                        let later = span(record.time.since(first));
                        Text::made(
                            format!("the handler began again, {later} after the first time"),
                            format!("处理函数又执行了一次，比第一次晚 {later}"),
                        )
                    }
                };
                first = first.or(Some(record.time));
                steps.add(Some(record.id), EvidenceRole::Executed, words);
            }
            RequestEvent::Retried { .. } => {
                if let Some((fired, kind)) = behind(reading, record.id) {
                    steps.add(Some(fired), EvidenceRole::TimerFired, ended_by(kind));
                }
                steps.sent_again(Some(record.id), request);
            }
            RequestEvent::Finished { .. } => steps.add(
                Some(record.id),
                EvidenceRole::Finished,
                Text::new("the caller had its response", "调用方拿到响应"),
            ),
            RequestEvent::Failed { .. } => steps.failed(request),
            _ => {}
        }
    }
    steps.in_order()
}

/// The timer that the end of an attempt goes back to.
fn behind(reading: &Reading<'_>, retried: RecordId) -> Option<(RecordId, TimerKind)> {
    reading.trace.causes(retried).find_map(|r| match r.event {
        Event::Timer(TimerEvent::Fired { timer, .. }) => Some((r.id, timer.kind)),
        _ => None,
    })
}

/// What that timer was to the attempt.
fn ended_by(kind: TimerKind) -> Text {
    match kind {
        TimerKind::Handler => Text::new(
            "the handler ended the connection itself, without an answer",
            "处理函数没回响应，自己断开了连接",
        ),
        TimerKind::ServerWrite => Text::new(
            "WriteTimeout passed: the answer would be thrown away",
            "WriteTimeout 到了：响应写不出去了",
        ),
        TimerKind::Exit => Text::new("the server's process ended", "服务器进程结束"),
        TimerKind::ServerIdle => Text::new(
            "the server's idle time was over: here no handler had begun",
            "服务器的空闲时间到了：这一次处理函数没有执行",
        ),
        _ => Text::new(
            "this led to the end of the attempt",
            "这一次尝试的结束由它引起",
        ),
    }
}
