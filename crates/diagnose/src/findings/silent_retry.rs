//! `silent-retry`: an attempt was lost to the race, and the runtime sent the request again by itself.
//!
//! Said when the chain of causes of a race ends in `Retried` instead of an error. The caller sees only that it took
//! longer; a handler may have run more than once. Not said in a capture, where two attempts look like two requests.
//! Facts: runtimes §1.6 (what Go replays, and the double execution); ground-truth §2 (21 to 31 ms instead of 10.6).
//! Recorded: the GETs of 01-go-idle-race, 01f-idempotency-key.

use crate::finding::{
    Evidence, EvidenceRole, Finding, FindingKind, Found, Root, Severity, in_order,
};
use crate::race::Race;
use crate::reading::{Attempt, Reading};
use crate::remedy::remedies;
use crate::report::{Outcome, RequestReport};
use crate::steps::Story;
use crate::text::Text;
use crate::times::span;
use whyeof_trace::{Event, RequestEvent};

use super::keepalive_race::failed;

/// The kind.
pub(super) static KIND: FindingKind = FindingKind {
    code: "silent-retry",
    title: Text::new(
        "The race was hidden by a silent retry",
        "静默重试把竞态盖住了",
    ),
    #[cfg(feature = "manual")]
    manual: Text::new(
        "Some runtimes send a request again by themselves when a kept connection ends before the first byte of the response. Go does so for GET, HEAD, OPTIONS and TRACE, for anything with Idempotency-Key, and when not one byte had been written. The caller sees a slower request and no error. The race is still there, and a request can run twice: EOF does not tell whether the server has run it.",
        "有些运行时发现长连接在响应的第一个字节之前断了，会自动再发一次。Go 对 GET、HEAD、OPTIONS、TRACE，带 Idempotency-Key 的请求，以及一个字节都没写出去的请求都这么做。调用方只觉得慢了一点，看不到错误。竞态还在，而且请求可能执行两次：光看 EOF，不知道服务器到底执行了没有。",
    ),
    severity: Severity::Hidden,
    root: Some(Root::Timer),
    find,
};

fn find(reading: &Reading<'_>, found: &mut Found) {
    for race in &reading.races {
        if !failed(reading, race) {
            let request = reading.attempts[race.attempt].request;
            found.add(&KIND, Some(request), || word(reading, race));
        }
    }
}

fn word(reading: &Reading<'_>, race: &Race) -> Finding {
    let story = Story::of(reading, race);
    let request = story.attempt.request;
    let runtime = reading.runtime_of(request);
    let method = story.method;
    let next = next_attempt(reading, story.attempt, race);
    let report = reading.requests.get(&request);
    let at = story.moment(race.end_sent);
    let again = again(reading, &story, next, report);
    let (title, then) = if race.request_sent.is_some() {
        (
            Text::made(
                format!("The {method} was sent twice, and nobody noticed"),
                format!("{method} 悄悄发了两次"),
            ),
            Text::made(
                format!("while your {method} was on its way; {runtime} sent it again by itself"),
                format!("而 {method} 正在路上；{runtime} 自动重试"),
            ),
        )
    } else {
        (
            Text::made(
                format!("The {method} had to start over, and nobody noticed"),
                format!("{method} 悄悄换了一条连接"),
            ),
            Text::made(
                format!(
                    "just when your {method} had been given it; nothing was written yet, and {runtime} started over"
                ),
                format!("而 {method} 刚拿到它，还没写出去；{runtime} 自动重来"),
            ),
        )
    };
    let mut evidence = story.steps();
    evidence.extend(aftermath(&story, next));
    // It may be sent again before the packets of the first time have arrived.
    in_order(&mut evidence);
    Finding {
        code: KIND.code,
        severity: KIND.severity,
        request: Some(request),
        title,
        explanation: Text::made(
            format!(
                "The server closed the idle connection at {at} {}{}.",
                then.en, again.en
            ),
            format!("服务器在 {at} 关掉了空闲连接，{}{}。", then.zh, again.zh),
        ),
        evidence,
        remedies: remedies(reading, race),
    }
}

/// Where and when it was sent again, how often the handler ran, and what the caller saw.
fn again(
    reading: &Reading<'_>,
    story: &Story<'_>,
    next: Option<&Attempt>,
    report: Option<&RequestReport>,
) -> Text {
    let executed = report.map_or(0, |r| r.executed);
    let outcome = report.map_or(Outcome::Unfinished, |r| r.outcome);
    let extra = next.and_then(|n| n.written).map(|second| {
        let first = story.attempt.written.unwrap_or(story.attempt.checkout);
        span(reading.time(second).since(reading.time(first)))
    });
    let place = match next {
        Some(next) if !next.reused => Text::new(" on a new connection", "，改用新连接"),
        _ => Text::default(),
    };
    let later = match extra {
        Some(extra) => Text::made(format!(", {extra} later"), format!("，晚了 {extra}")),
        None => Text::default(),
    };
    let ran = match executed {
        0 => Text::new(": no handler ran", "：处理函数没有执行"),
        1 => Text::new(": the handler ran once", "：处理函数执行了 1 次"),
        n => Text::made(
            format!(": the handler ran {n} times"),
            format!("：处理函数执行了 {n} 次"),
        ),
    };
    let caller = match outcome {
        Outcome::Ok => Text::new(", and the caller saw no error", "，调用方没看到错误"),
        Outcome::Failed => Text::new(", and it failed in the end", "，最后还是失败"),
        Outcome::Unfinished => Text::default(),
    };
    let parts = [place, later, ran, caller];
    Text::made(
        parts.iter().map(|t| t.en.as_ref()).collect(),
        parts.iter().map(|t| t.zh.as_ref()).collect(),
    )
}

fn next_attempt<'a>(
    reading: &'a Reading<'_>,
    attempt: &Attempt,
    race: &Race,
) -> Option<&'a Attempt> {
    let later = &reading.attempts[race.attempt + 1..];
    later.iter().find(|a| a.request == attempt.request)
}

/// What became of the attempt that followed.
fn aftermath(story: &Story<'_>, next: Option<&Attempt>) -> Vec<Evidence> {
    let Some(next) = next else { return Vec::new() };
    let method = story.method;
    let mut steps = Vec::new();
    if let Some(record) = next.written {
        let at = story.moment(record);
        let (en, zh) = if next.reused {
            ("another connection from the pool", "池里的另一条连接")
        } else {
            ("a new connection", "新连接")
        };
        steps.push(Evidence {
            record,
            role: EvidenceRole::RequestSent,
            text: Text::made(
                format!("At {at} the {method} was sent again, on {en}."),
                format!("{at}，{method} 在{zh}上又发了一次。"),
            ),
        });
    }
    let ran = |r: &&whyeof_trace::Record| matches!(r.event, Event::Request(RequestEvent::Executed { request, .. }) if request == next.request);
    if let Some(record) = story.reading.of_flow(next.socket.flow).find(ran) {
        let at = story.moment(record.id);
        steps.push(Evidence {
            record: record.id,
            role: EvidenceRole::Executed,
            text: Text::made(
                format!("At {at} its handler began."),
                format!("{at}，处理函数开始执行。"),
            ),
        });
    }
    if let (Some(record), None) = (next.ended, next.failure) {
        let at = story.moment(record);
        steps.push(Evidence {
            record,
            role: EvidenceRole::Finished,
            text: Text::made(
                format!("At {at} the caller had its response."),
                format!("{at}，调用方拿到响应。"),
            ),
        });
    }
    steps
}
