//! `used-after-end`: a program asked on a connection whose end it had been told of before.
//!
//! Only a program that makes its socket calls itself can do that: runtimes drop a connection when a read says that it has ended. The
//! kernel sends what is written after the peer's FIN (CLOSE-WAIT), and answers EPIPE after a RST.
//! Facts: linux-tcp §7 (FIN, RST, and the calls after them).

use crate::capture::{Became, Exchange, Words, tell_exchanges};
use crate::ending::ServerEnd;
use crate::evidence::Steps;
use crate::finding::{EvidenceRole, Finding, FindingKind, Found, Severity};
use crate::reading::{Attempt, Reading};
use crate::report::RequestReport;
use crate::text::Text;
use crate::times::{moment, span};
use whyeof_trace::{Failure, RecordId};

/// The kind.
pub(super) static KIND: FindingKind = FindingKind {
    code: "used-after-end",
    title: Text::new(
        "The program used a connection that it knew had ended",
        "程序明知连接已断，还在上面发请求",
    ),
    #[cfg(feature = "manual")]
    manual: Text::new(
        "read() = 0 or an error is the kernel telling the program that this connection has ended; no answer can come any more. What is written after the peer's FIN is still sent, and meets a RST; what is written after a RST gets EPIPE. The program has to close and connect anew.",
        "read() 返回 0 或者错误，就是内核告诉程序：这条连接已经断了，不会再有响应。对端 FIN 之后写的数据仍会发出去，换来 RST；RST 之后再写，得到 EPIPE。程序应该关掉它，重新连接。",
    ),
    severity: Severity::Failure,
    root: None,
    find,
};

fn find(reading: &Reading<'_>, found: &mut Found) {
    for attempt in &reading.attempts {
        let Some(request) = reading.requests.get(&attempt.request) else {
            continue;
        };
        let ended = matches!(
            attempt.failure,
            Some(Failure::EndOfStream | Failure::Reset | Failure::BrokenPipe)
        );
        if !ended || found.explains(request.id) {
            continue;
        }
        if let Some(told) = reading.told_before(attempt) {
            found.add(&KIND, Some(request.id), || {
                word(reading, attempt, request, told)
            });
        }
    }
}

fn word(
    reading: &Reading<'_>,
    attempt: &Attempt,
    request: &RequestReport,
    told: RecordId,
) -> Finding {
    let (number, method) = (request.number, request.method);
    let at = moment(reading.time(told));
    let (how, how_zh) = match attempt.failure {
        Some(Failure::BrokenPipe) => ("the kernel refused to send it", "内核拒绝发送"),
        _ => (
            "it could be sent, but no answer can come",
            "发是发出去了，但不会有响应",
        ),
    };
    let mut steps = Steps::new(reading);
    let end = ServerEnd::of(reading, attempt.socket);
    let fired = end.and_then(|end| end.fired(reading));
    steps.add(
        fired.map(|(record, _)| record),
        EvidenceRole::TimerFired,
        Text::new("a timer of the server fired", "服务器的定时器到时"),
    );
    steps.add(
        end.map(|end| end.sent),
        EvidenceRole::FinSent,
        Text::new("the server closed the connection", "服务器关闭连接"),
    );
    steps.add(
        Some(told),
        EvidenceRole::ReadEnded,
        Text::new(
            "a read told the program that the connection had ended",
            "read 已经告诉程序，连接断了",
        ),
    );
    steps.add(
        Some(attempt.checkout),
        EvidenceRole::Checkout,
        Text::made(
            format!("the program wrote the {method} to it"),
            format!("程序往里写了 {method}"),
        ),
    );
    steps.failed(request);
    Finding {
        code: KIND.code,
        severity: KIND.severity,
        request: Some(request.id),
        title: Text::made(
            format!("Request {number} was made on a connection that had ended"),
            format!("第 {number} 个请求发在一条已经断了的连接上"),
        ),
        explanation: Text::made(
            format!(
                "At {at} a read had told the program that this connection had ended, and it made the {method} on it all the same: {how}. It has to close it and connect anew."
            ),
            format!(
                "{at}，read 已经告诉程序这条连接断了，它还是在上面发了 {method}：{how_zh}。应该关掉它，重新连接。"
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

/// What a capture tells: the request acknowledges the FIN.
fn in_capture(reading: &Reading<'_>, met: &Exchange) -> Option<Words> {
    let Became::AfterEnd { fin } = met.became else {
        return None;
    };
    let name = met.name(reading);
    let later = span(reading.time(met.sent).since(reading.time(fin)));
    Some([
        Text::made(
            format!("The {} was sent when the FIN had come", name.en),
            format!("{} 发出时，FIN 已经到了", name.zh),
        ),
        Text::made(
            format!(
                "It was sent {later} after the server's FIN and acknowledges it: the client's kernel had the end, and its program had not looked or did not mind. What it reported, a capture at one end cannot know."
            ),
            format!(
                "它在服务器的 FIN 之后 {later} 发出，而且确认了 FIN：客户端内核已经知道连接断了，程序没看，或者不在乎。它报了什么错，只在一端抓的包里看不到。"
            ),
        ),
    ])
}
