//! `server-deadline`: the server gave a request up while it was being read or answered.
//!
//! Said of a request whose connection the server closed after one of its deadlines for a request in hand had passed: WriteTimeout
//! while the handler was at work, ReadTimeout or ReadHeaderTimeout while the request was still coming. The connection may be fresh,
//! so this `EOF` is no keepalive race.
//! Facts: runtimes §12.3 (what is sent when a timer fires), §1.6 (a GET may then run twice).

use crate::capture::{Became, Exchange, Words, tell_exchanges};
use crate::finding::{
    Evidence, EvidenceRole, Finding, FindingKind, Found, Root, Severity, in_order,
};
use crate::reading::{Attempt, Reading};
use crate::report::RequestReport;
use crate::text::Text;
use crate::times::{exact, moment, span};
use whyeof_trace::{
    Event, Failure, Flags, Packet, Record, RecordId, RequestEvent, Returned, SegmentEvent, Setting,
    Side, SocketEvent, TimerEvent, TimerKind,
};

/// The kind.
pub(super) static KIND: FindingKind = FindingKind {
    code: "server-deadline",
    title: Text::new("The server gave the request up", "服务器放弃了这个请求"),
    #[cfg(feature = "manual")]
    manual: Text::new(
        "A server limits the time for reading a request (Go: ReadHeaderTimeout, ReadTimeout) and for answering it (WriteTimeout). Go does not interrupt the handler when WriteTimeout passes; its answer is thrown away when it is ready, and the connection closed without a byte. The client reads EOF, also on a fresh connection, although the handler has run. It is no keepalive race.",
        "服务器会限制读请求的时间（Go 里是 ReadHeaderTimeout、ReadTimeout）和写响应的时间（WriteTimeout）。WriteTimeout 到了，Go 并不打断处理函数，等它写响应时才丢掉，一个字节也不发就关连接。客户端读到 EOF，新连接上也一样，可处理函数已经执行过了。这不是长连接竞态。",
    ),
    severity: Severity::Failure,
    root: Some(Root::Timer),
    find,
};

fn find(reading: &Reading<'_>, found: &mut Found) {
    for request in reading.requests.values() {
        let ended = matches!(
            request.failure,
            Some(
                Failure::EndOfStream
                    | Failure::Reset
                    | Failure::BrokenPipe
                    | Failure::Truncated
                    | Failure::ResetInBody
                    | Failure::CutInHead
            )
        );
        // A 408 is an answer to the program, but nobody has looked at the request.
        let refused = request.status == Some(408) && request.executed == 0;
        if !(ended || refused) || found.explains(request.id) {
            continue;
        }
        let Some(attempt) = reading.last_attempt(request.id) else {
            continue;
        };
        let met = deadline(reading, attempt);
        let met = met.or_else(|| before_it_came(reading, attempt));
        let met = match met {
            Some(met) if refused => Some(Met {
                had: Had::SaidTooLate,
                ..met
            }),
            met => met,
        };
        if let Some(met) = met {
            found.add(&KIND, Some(request.id), || {
                word(reading, request, attempt, met)
            });
        }
    }
}

/// The deadline that passed on this connection while the server had something of the attempt in hand; before that, a
/// connection is idle, and its end is another story. Idle again is one whose body still comes after its answer.
fn deadline<'a>(reading: &Reading<'a>, attempt: &Attempt) -> Option<Met<'a>> {
    let begun = reading.of_flow(attempt.socket.flow).find(|r| {
        let read = matches!(
            r.event,
            Event::Socket(SocketEvent::Returned { socket, result: Returned::Bytes(_), .. })
                if socket.side == Side::Listener
        );
        read && r.id > attempt.checkout
    })?;
    passed(reading, attempt, Some(begun.id), |kind| match kind {
        TimerKind::ServerWrite | TimerKind::ServerRead | TimerKind::ServerReadHeader => {
            Some(Had::TheRequest)
        }
        TimerKind::ServerIdle => Some(Had::Answered),
        _ => None,
    })
}

/// The time for a head, which runs from accept(2) on, was over before the first request had come on a fresh connection.
fn before_it_came<'a>(reading: &Reading<'a>, attempt: &Attempt) -> Option<Met<'a>> {
    let is_header = |kind| (kind == TimerKind::ServerReadHeader).then_some(Had::NothingYet);
    passed(reading, attempt, None, is_header).filter(|_| attempt.first_on_connection)
}

/// The first timer that fired on the attempt's connection after this and before its end, and means something.
fn passed<'a>(
    reading: &Reading<'a>,
    attempt: &Attempt,
    after: Option<RecordId>,
    means: impl Fn(TimerKind) -> Option<Had>,
) -> Option<Met<'a>> {
    let end = attempt.ended?;
    let mut records = reading.of_flow(attempt.socket.flow);
    records.find_map(|fired| match fired.event {
        Event::Timer(TimerEvent::Fired { timer, .. })
            if after < Some(fired.id) && fired.id < end =>
        {
            let had = means(timer.kind)?;
            Some(Met { fired, had })
        }
        _ => None,
    })
}

/// A deadline that passed.
struct Met<'a> {
    fired: &'a Record,
    had: Had,
}

/// What the server had by then.
#[derive(PartialEq)]
enum Had {
    TheRequest,
    NothingYet,
    /// All but the rest of a body, and had answered.
    Answered,
    /// It answered 408.
    SaidTooLate,
}

fn word(
    reading: &Reading<'_>,
    request: &RequestReport,
    attempt: &Attempt,
    Met { fired, had }: Met<'_>,
) -> Finding {
    let number = request.number;
    let setting = setting(reading, fired);
    let name = setting.map_or("", |s| s.name.as_str());
    let value = setting
        .and_then(|s| s.value.duration())
        .map_or_else(String::new, exact);
    let fresh = if attempt.reused {
        Text::default()
    } else {
        Text::new(
            " The connection was fresh: this is no keepalive race.",
            "连接是新建的，这不是长连接竞态。",
        )
    };
    Finding {
        code: KIND.code,
        severity: KIND.severity,
        request: Some(request.id),
        title: Text::made(
            format!("The server gave request {number} up: {name}"),
            format!("服务器放弃了第 {number} 个请求：{name}"),
        ),
        explanation: explanation(&had, (name, &value), request, &fresh),
        evidence: steps(reading, request, attempt, fired),
        remedies: Vec::new(),
    }
}

fn explanation(
    had: &Had,
    (name, value): (&str, &str),
    request: &RequestReport,
    fresh: &Text,
) -> Text {
    let method = request.method;
    let ran = match request.executed {
        0 => Text::new("before the handler began", "处理函数还没开始"),
        1 => Text::new("although its handler ran", "可处理函数已经执行了"),
        n => Text::made(
            format!("although its handler ran {n} times"),
            format!("可处理函数已经执行了 {n} 次"),
        ),
    };
    match had {
        Had::TheRequest => Text::made(
            format!(
                "{name}, {value}, passed while the server had the {method}, so it closed the connection without an answer, {}.{}",
                ran.en, fresh.en
            ),
            format!(
                "服务器处理 {method} 时 {name}（{value}）到了，没有响应就关了连接，{}。{}",
                ran.zh, fresh.zh
            ),
        ),
        Had::NothingYet => Text::made(
            format!(
                "{name}, {value}, runs from accept(2) on for the first request of a connection; it was over before the {method} had come, so the server closed.{}",
                fresh.en
            ),
            format!(
                "新连接上的第一个请求，{name}（{value}）从 accept(2) 起算；{method} 还没到，时间先到了，服务器就关了连接。{}",
                fresh.zh
            ),
        ),
        Had::SaidTooLate => Text::made(
            format!(
                "{name}, {value}, was over before the {method} had come, so the server said 408 and closed. The caller got a 408 for a request that nobody has looked at: it is safe to send again.{}",
                fresh.en
            ),
            format!(
                "{method} 还没到，{name}（{value}）先到了，服务器回 408 并关了连接。调用方拿到 408，可这个请求根本没人看过，重发是安全的。{}",
                fresh.zh
            ),
        ),
        Had::Answered => Text::made(
            format!(
                "The server had answered the {method} without waiting for the rest of its body; {name}, {value}, passed before that came, so it closed, and what was still on its way was reset.{}",
                fresh.en
            ),
            format!(
                "服务器没等 {method} 的请求体收完就回了响应；其余部分还没到，{name}（{value}）先到了，于是关连接，还在路上的数据换来 RST。{}",
                fresh.zh
            ),
        ),
    }
}

fn setting<'a>(reading: &Reading<'a>, fired: &Record) -> Option<&'a Setting> {
    match fired.event {
        Event::Timer(TimerEvent::Fired { setting, .. }) => Some(reading.trace.setting(setting?)),
        _ => None,
    }
}

fn steps(
    reading: &Reading<'_>,
    request: &RequestReport,
    attempt: &Attempt,
    fired: &Record,
) -> Vec<Evidence> {
    let method = request.method;
    let of_flow = || reading.of_flow(attempt.socket.flow);
    let ran = of_flow().find(|r| {
        r.id > attempt.checkout && matches!(r.event, Event::Request(RequestEvent::Executed { .. }))
    });
    let ended = of_flow().find(|r| r.id > fired.id && ends_stream(r));
    let found = vec![
        (
            attempt.written,
            EvidenceRole::RequestSent,
            format!("the {method} was sent"),
            format!("{method} 发出"),
        ),
        (
            ran.map(|r| r.id),
            EvidenceRole::Executed,
            "its handler began".to_owned(),
            "处理函数开始执行".to_owned(),
        ),
        (
            Some(fired.id),
            EvidenceRole::TimerFired,
            "the server's time for it was over".to_owned(),
            "服务器给它的时间到了".to_owned(),
        ),
        (
            ended.map(|r| r.id),
            EvidenceRole::FinSent,
            "the server ended the connection without an answer".to_owned(),
            "服务器没有响应，直接结束连接".to_owned(),
        ),
        (
            request.last,
            EvidenceRole::Failed,
            "the caller got the error".to_owned(),
            "调用方拿到错误".to_owned(),
        ),
    ];
    let step = |(record, role, en, zh): (Option<RecordId>, EvidenceRole, String, String)| {
        let record = record?;
        let at = moment(reading.time(record));
        let text = Text::made(format!("At {at} {en}."), format!("{at}，{zh}。"));
        Some(Evidence { record, role, text })
    };
    let mut steps: Vec<_> = found.into_iter().filter_map(step).collect();
    in_order(&mut steps);
    steps
}

/// The server's first FIN or RST.
fn ends_stream(record: &Record) -> bool {
    matches!(
        record.event,
        Event::Segment(SegmentEvent::Sent(Packet::Tcp(s)))
            if s.from == Side::Listener && (s.flags.has(Flags::FIN) || s.flags.has(Flags::RST))
    )
}

/// Looks for it in a capture.
pub(super) fn captured(reading: &Reading<'_>, found: &mut Found) {
    tell_exchanges(&KIND, reading, found, |met| in_capture(reading, met));
}

/// What a capture tells: the server closed before it had all of a request.
fn in_capture(reading: &Reading<'_>, met: &Exchange) -> Option<Words> {
    let Became::Closed { fin, whole: false } = met.became else {
        return None;
    };
    let name = met.name(reading);
    let later = span(reading.time(fin).since(reading.time(met.sent)));
    Some([
        Text::made(
            format!("The server closed before it had all of the {}", name.en),
            format!("{} 还没发完，服务器就关了连接", name.zh),
        ),
        Text::made(
            format!(
                "{later} after the request's first segment the server sent FIN, and its kernel had only a part of the request then. Whether one of its limits for reading was over, and what either program reported, a capture at one end cannot know."
            ),
            format!(
                "请求的第一个包之后 {later}，服务器发了 FIN，那时它的内核只收到请求的一部分。是不是读请求的时限到了、两边程序报了什么错，只在一端抓的包里看不到。"
            ),
        ),
    ])
}
