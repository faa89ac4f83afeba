//! `black-hole`: what a request sent, or its answer, was lost again and again, and nobody said so.
//!
//! Said of a request that failed or was never over while its data, or that of its answer, got lost and nothing came through any more.
//! TCP tells a program nothing of it until `tcp_retries2` is used up. Facts: linux-tcp §2.7 and §7.2, ground-truth §8 and §16.

use crate::capture::{Became, Exchange, Words, tell_exchanges};
use crate::evidence::Steps;
use crate::finding::{Finding, FindingKind, Found, Root, Severity};
use crate::loss::{Losses, culprit};
use crate::reading::Reading;
use crate::remedy::{give_up, patience, retries};
use crate::report::{Outcome, RequestReport};
use crate::text::Text;
use crate::times::{exact, span};
use whyeof_trace::{Culprit, Failure, Trace};

/// The kind.
pub(super) static KIND: FindingKind = FindingKind {
    code: "black-hole",
    title: Text::new(
        "Nothing comes through, and nobody says so",
        "包有去无回，也没人通知",
    ),
    #[cfg(feature = "manual")]
    manual: Text::new(
        "When a path goes silent, a connection in a pool looks as it did before. The next request is written into it, and TCP sends it again: after 0.2 s, then each time twice as late, up to 120 s apart. The program hears nothing until tcp_retries2 is used up, by default after a quarter of an hour; a timer of the caller's own that leaves the socket alone changes nothing about that. After the path is back, the connection stays stuck until its next try. A time limit that closes the connection helps: Go's Client.Timeout does, Node's agent timeout only with req.destroy(), agentkeepalive's does.",
        "路径静默以后，池里的连接看上去和平时一样。下一个请求照样写进去，TCP 反复重传：先隔 0.2 s，之后每次加倍，最长隔 120 s。在 tcp_retries2 用完之前（默认约一刻钟），程序什么都听不到；调用方自己的定时器要是不动 socket，也改变不了什么。路径恢复以后，还得等到下一次重传才通。能关掉连接的时限才管用：Go 的 Client.Timeout 会关，Node 的 agent timeout 要配上 req.destroy()，agentkeepalive 的会关。",
    ),
    severity: Severity::Failure,
    root: Some(Root::Timer),
    find,
};

fn find(reading: &Reading<'_>, found: &mut Found) {
    for request in reading.requests.values() {
        let silent = match request.failure {
            None => request.outcome == Outcome::Unfinished,
            // The path is back, and the other end has gone meanwhile.
            Some(failure) if is_end(failure) => true,
            Some(failure) => matches!(
                failure,
                Failure::TimedOut
                    | Failure::Errno(_)
                    | Failure::Timeout
                    | Failure::TimeoutInBody
                    | Failure::GaveUp
                    | Failure::GaveUpInBody
                    | Failure::HeadTimeout
                    | Failure::SocketTimeout
                    | Failure::Abandoned
            ),
        };
        let has_end = request.last.is_some() || request.outcome == Outcome::Unfinished;
        if !silent || !has_end || found.explains(request.id) {
            continue;
        }
        let Some(losses) = Losses::of(reading, request) else {
            continue;
        };
        // An end after a single loss has other reasons.
        if request.failure.is_some_and(is_end) && losses.told().len() < 2 {
            continue;
        }
        // What a box on the way forgot is told of the box.
        if !losses
            .told()
            .iter()
            .any(|loss| matches!(loss.by, Culprit::Box(_)))
        {
            found.add(&KIND, Some(request.id), || word(reading, request, &losses));
        }
    }
}

/// Whether the other end has ended the connection.
const fn is_end(failure: Failure) -> bool {
    matches!(
        failure,
        Failure::EndOfStream
            | Failure::ServerClosedIdle
            | Failure::Reset
            | Failure::ResetInBody
            | Failure::BrokenPipe
    )
}

fn word(reading: &Reading<'_>, request: &RequestReport, losses: &Losses<'_>) -> Finding {
    let (number, method) = (request.number, request.method);
    let told = losses.told();
    let answer = losses.back.is_empty();
    let count = told.len();
    let times = if count == 1 {
        "once".to_owned()
    } else {
        format!("{count} times")
    };
    let first = told.first().map(|loss| culprit(reading.trace, loss.by));
    let by = first.unwrap_or_default();
    let idle = losses.attempt.reused.then(|| span(losses.attempt.idle_for));
    let pool = idle.map_or_else(Text::default, |idle| {
        Text::made(
            format!(" The connection came from the pool, idle for {idle}: nothing told it from a healthy one."),
            format!("连接取自池里，已空闲 {idle}，看不出和正常连接有什么不同。"),
        )
    });
    let (by_en, by_zh) = (by.en, by.zh);
    let what = if answer {
        Text::made(
            format!(
                "Until then TCP had sent the {method} {times}, and lost it each time ({by_en}): it did not arrive."
            ),
            format!("到那时为止，TCP 把 {method} 发了 {count} 次，次次都丢（{by_zh}）：一直没到。"),
        )
    } else {
        Text::made(
            format!(
                "The {method} arrived and was handled, but its answer did not come back in time: it was lost {times} ({by_en})."
            ),
            format!("{method} 到了，也处理了，响应却没能及时回来：丢了 {count} 次（{by_zh}）。"),
        )
    };
    let end = end(reading.trace, request);
    let mut steps = Steps::new(reading);
    steps.lost(reading, request, losses);
    Finding {
        code: KIND.code,
        severity: KIND.severity,
        request: Some(request.id),
        title: Text::made(
            format!("Request {number} went into a black hole"),
            format!("第 {number} 个请求石沉大海"),
        ),
        explanation: Text::made(
            format!("{}{} {}", what.en, pool.en, end.en),
            format!("{}{}{}", what.zh, pool.zh, end.zh),
        ),
        evidence: steps.in_order(),
        remedies: patience(reading, request),
    }
}

/// Who ended it, and for how long TCP would go on: to the first timeout after so long (ground-truth §16).
fn end(trace: &Trace, request: &RequestReport) -> Text {
    let took = request.ended.map(|ended| ended.since(request.started));
    let took = took.map(span).unwrap_or_default();
    let client = trace.requests[request.id.index()].program;
    let retries = retries(trace, trace.program(client).host);
    let limit = exact(give_up(retries));
    match request.failure {
        None => Text::made(
            format!(
                "When the run ended the kernel was still trying, and the caller still waiting; it goes on for at least {limit} (tcp_retries2 = {retries})."
            ),
            format!(
                "运行结束时内核还在重传，调用方还在等；至少要重传 {limit}（tcp_retries2 = {retries}）。"
            ),
        ),
        Some(Failure::EndOfStream | Failure::ServerClosedIdle) => Text::made(
            format!(
                "After {took} the path was back, and what came through was the FIN of the other end, which had closed the connection meanwhile."
            ),
            format!("{took} 后网络恢复，先到的却是对端的 FIN：它在这期间把连接关了。"),
        ),
        Some(failure) if is_end(failure) => Text::made(
            format!(
                "After {took} the path was back; by then the other end had no such connection any more and answered RST."
            ),
            format!("{took} 后网络恢复，可对端早已没有这条连接，回了 RST。"),
        ),
        Some(Failure::TimedOut | Failure::Errno(_)) => Text::made(
            format!("After {took} the kernel gave the connection up (tcp_retries2 = {retries})."),
            format!("{took} 后内核放弃了这条连接（tcp_retries2 = {retries}）。"),
        ),
        Some(Failure::Abandoned) => Text::made(
            format!(
                "After {took} the caller stopped waiting and left the socket alone, so the kernel goes on, for at least {limit} in all (tcp_retries2 = {retries}), and keeps the connection with it."
            ),
            format!(
                "{took} 后调用方不再等，却没动 socket，内核会继续重传，总共至少 {limit}（tcp_retries2 = {retries}），连接也一直占着。"
            ),
        ),
        _ => Text::made(
            format!(
                "After {took} the caller's time was over and the connection was closed; by itself the kernel would have gone on for at least {limit} (tcp_retries2 = {retries})."
            ),
            format!(
                "{took} 后调用方的时限到了，连接关闭；否则内核至少会重传 {limit}（tcp_retries2 = {retries}）。"
            ),
        ),
    }
}

/// Looks for it in a capture.
pub(super) fn captured(reading: &Reading<'_>, found: &mut Found) {
    tell_exchanges(&KIND, reading, found, |met| in_capture(reading, met));
}

/// What a capture tells: nothing came back any more.
fn in_capture(reading: &Reading<'_>, met: &Exchange) -> Option<Words> {
    let name = met.name(reading);
    if let Became::Delayed { answer, again } = met.became {
        let after = span(reading.time(answer).since(reading.time(met.sent)));
        return Some([
            Text::made(
                format!("The {} was answered only after {after}", name.en),
                format!("{} 过了 {after} 才得到响应", name.zh),
            ),
            Text::made(
                format!(
                    "It was sent again {again} times before an answer came: packets were lost on the way. Whether its caller still waited, and where they were lost, a capture at one end cannot know."
                ),
                format!(
                    "重传了 {again} 次才等来响应：路上丢了包。调用方是不是还在等、包丢在哪里，只在一端抓的包里看不到。"
                ),
            ),
        ]);
    }
    if let Became::Undelivered { last, again } = met.became {
        let over = span(reading.time(last).since(reading.time(met.sent)));
        return Some([
            Text::made(
                format!("The answer to the {} was never acknowledged", name.en),
                format!("{} 的响应始终没有被确认", name.zh),
            ),
            Text::made(
                format!(
                    "The server answered, and sent the answer again {again} times within {over}; the client acknowledged nothing of it. Where packets are lost, and what the program reported, a capture at one end cannot know."
                ),
                format!(
                    "服务器回了响应，{over} 内重传了 {again} 次；客户端一个字节都没确认。包丢在哪里、程序报了什么错，只在一端抓的包里看不到。"
                ),
            ),
        ]);
    }
    let Became::Silence { last, again } = met.became else {
        return None;
    };
    let over = span(reading.time(last).since(reading.time(met.sent)));
    Some([
        Text::made(
            format!("Nothing came back for the {}", name.en),
            format!("{} 发出后什么都没回来", name.zh),
        ),
        Text::made(
            format!(
                "It was sent again {again} times within {over}, and not even an ACK came back. Where packets are lost, and on which way, a capture at one end cannot know."
            ),
            format!(
                "{over} 内重传了 {again} 次，连一个 ACK 都没回来。包丢在哪里、丢在哪个方向，只在一端抓的包里看不到。"
            ),
        ),
    ])
}
