//! `keepalive-race`: the server closed an idle connection while a request was on its way on it.
//!
//! Said when a request on a kept connection failed and the chain of causes leads from the segment that ended the
//! connection over close(2) to the server's idle timer. Two forms: the FIN and the request passed each other, and the
//! client read EOF; or the request lay unread in the socket when it was closed, and the client got ECONNRESET.
//! Not said: of a fresh connection; when the request arrived before the time was over (it is served); when the client
//! noticed the FIN in time (it dials). In a capture the first form is said from the sequence numbers,
//! the second where other connections of the capture show after how long this server closes.
//! Facts: ground-truth §1 rules 5, 6, 9, 10, and §2; runtimes §0, §1.6, §12.3. Recorded: 01-go-idle-race, 01c-edge-fine.

use crate::capture::{AT_ONCE, Became, Exchange, Words, tell_exchanges};
use crate::finding::{Finding, FindingKind, Found, Root, Severity};
use crate::loss::culprit;
use crate::race::{Connection, Ending, Race};
use crate::reading::Reading;
use crate::remedy::remedies;
use crate::steps::{Story, why};
use crate::text::Text;
use crate::times::{exact, moment, span};
use whyeof_trace::{Event, Failure, RequestEvent, SegmentEvent, TimerEvent, TimerKind, TimerOf};

/// The kind.
pub(super) static KIND: FindingKind = FindingKind {
    code: "keepalive-race",
    title: Text::new(
        "The server closed an idle connection while a request was on its way",
        "服务器关空闲连接时，请求已经在路上",
    ),
    #[cfg(feature = "manual")]
    manual: Text::new(
        "A kept connection has two owners, and each may close it when it has been idle for too long. If the server's time is over first, a request can be on its way while the FIN comes towards it: the request meets a closed socket, the server's kernel answers RST, and the client reads EOF, because the FIN came first. If the request reaches the server between the end of its time and close(), it lies unread in the socket, close() sends RST instead of FIN, and the client gets ECONNRESET. The window is one round trip wide, plus the time until the program notices. It is safe when the client lets go before the server does.",
        "长连接两端都能在空闲太久后关掉它。如果服务器先到时，就可能一边 FIN 往回走，一边请求正往前走：请求撞上已关闭的 socket，服务器内核回 RST；客户端先收到 FIN，所以读到 EOF。如果请求恰好在到时之后、close() 之前到达，它躺在 socket 里没人读，close() 就会发 RST 而不是 FIN，客户端拿到 ECONNRESET。危险窗口的宽度是一个往返，再加上程序察觉所需的时间。只要客户端比服务器先关，就是安全的。",
    ),
    severity: Severity::Failure,
    root: Some(Root::Timer),
    find,
};

fn find(reading: &Reading<'_>, found: &mut Found) {
    for race in &reading.races {
        let request = reading.attempts[race.attempt].request;
        if race.connection == Connection::Used && failed(reading, race) {
            found.add(&KIND, Some(request), || word(reading, race));
        }
    }
}

/// Whether the caller got the error.
pub(super) fn failed(reading: &Reading<'_>, race: &Race) -> bool {
    let ended = reading.trace.record(race.ended);
    matches!(ended.event, Event::Request(RequestEvent::Failed { .. }))
}

fn word(reading: &Reading<'_>, race: &Race) -> Finding {
    let story = Story::of(reading, race);
    let method = story.method;
    let sent = story.attempt.written.unwrap_or(story.attempt.checkout);
    let title = match race.ending {
        Ending::Fin if race.request_lost.is_some() => Text::made(
            format!("The {method} was lost, and the server closed before it could come again"),
            format!("{method} 丢了，还没等到重传，服务器就关了连接"),
        ),
        Ending::Fin if race.end_arrived.is_some_and(|arrived| arrived < sent) => Text::made(
            format!("The {method} was written where the FIN had already come"),
            format!("FIN 早就到了，{method} 还往这条连接上写"),
        ),
        Ending::Fin => Text::made(
            format!("The {method} crossed the server's FIN"),
            format!("{method} 和服务器的 FIN 擦肩而过"),
        ),
        Ending::Reset => Text::made(
            format!("The {method} reached a connection that was just being closed"),
            format!("{method} 到达时，服务器正要关这条连接"),
        ),
    };
    Finding {
        code: KIND.code,
        severity: KIND.severity,
        request: Some(story.attempt.request),
        title,
        explanation: explanation(&story),
        evidence: story.steps(),
        remedies: remedies(reading, race),
    }
}

/// Who closed, because of which setting, where the request was then, and what the client saw.
pub(super) fn explanation(story: &Story<'_>) -> Text {
    let limit = story.limit().map(exact).unwrap_or_default();
    let setting = story.setting().map(|s| why(s, story.limit()));
    let setting = setting.unwrap_or_default();
    let after = match (limit.is_empty(), setting.en.is_empty()) {
        (true, _) => Text::new("When its time was over", "时限一到"),
        (false, true) => Text::made(
            format!("After {limit} without a request"),
            format!("{limit} 没有新请求"),
        ),
        (false, false) => Text::made(
            format!("After {limit} without a request ({})", setting.en),
            format!("{limit} 没有新请求（{}）", setting.zh),
        ),
    };
    let at = story.moment(story.race.end_sent);
    let (then, saw, blocked) = (meanwhile(story), saw(story), blocked(story));
    Text::made(
        format!(
            "{} the server closed the connection at {at}; {}, and {}.{}",
            after.en, then.en, saw.en, blocked.en
        ),
        format!(
            "{}，服务器在 {at} 关掉了连接；{}，{}。{}",
            after.zh, then.zh, saw.zh, blocked.zh
        ),
    )
}

/// The server's program did not run when its time was over, nor when the request came: both waited, and the timer went first.
fn blocked(story: &Story<'_>) -> Text {
    let (reading, race) = (story.reading, story.race);
    let Some(server) = reading.server_of(race) else {
        return Text::default();
    };
    let mut records = reading.trace.records[..race.end_sent.index()].iter().rev();
    let set = records.find_map(|record| match record.event {
        Event::Timer(TimerEvent::Set { timer, until, .. }) => {
            let its = timer.kind == TimerKind::Busy && timer.of == TimerOf::Program(server);
            its.then_some((record.time, until))
        }
        _ => None,
    });
    let due = race
        .set
        .and_then(|set| match reading.trace.record(set).event {
            Event::Timer(TimerEvent::Set { until, .. }) => Some(until),
            _ => None,
        });
    match (set, due) {
        (Some((from, until)), Some(due)) if from <= due && due < until => {
            let (from, until) = (moment(from), moment(until));
            Text::made(
                format!(
                    " Its program did not run from {from} to {until}; what was due meanwhile was done then, timers before sockets."
                ),
                format!(
                    "它的程序从 {from} 到 {until} 没有运行，这期间到期的事都积到最后才做，定时器先于 socket。"
                ),
            )
        }
        _ => Text::default(),
    }
}

/// Where the request was when the server closed.
fn meanwhile(story: &Story<'_>) -> Text {
    let (race, method) = (story.race, story.method);
    let Some(sent) = race.request_sent else {
        return Text::made(
            format!("your {method} had just been given that connection"),
            format!("{method} 刚刚分到这条连接，还没写出去"),
        );
    };
    let time = |record| story.reading.time(record);
    let arrived = race
        .request_arrived
        .filter(|_| race.ending == Ending::Reset);
    let waited = arrived.map(|arrived| time(race.end_sent).since(time(arrived)));
    if let Some(waited) = waited.filter(|waited| waited.as_millis() >= 10) {
        let waited = span(waited);
        return Text::made(
            format!("your {method} had arrived {waited} earlier and was never read"),
            format!("{method} {waited} 前就到了，没人读它"),
        );
    }
    if race.ending == Ending::Reset {
        return Text::made(
            format!("your {method} had just arrived and was never read"),
            format!("{method} 刚好到达，没人读它"),
        );
    }
    if sent < race.end_sent {
        let ago = span(time(race.end_sent).since(time(sent)));
        if let Some(by) = race.request_lost {
            let by = culprit(story.reading.trace, by);
            return Text::made(
                format!(
                    "your {method} had left {ago} earlier and was lost ({})",
                    by.en
                ),
                format!("{method} 早 {ago} 发出，丢了（{}）", by.zh),
            );
        }
        return Text::made(
            format!("your {method} had left {ago} earlier and was still on its way"),
            format!("{method} 早 {ago} 发出，还在路上"),
        );
    }
    let later = span(time(sent).since(time(race.end_sent)));
    match race.end_arrived {
        Some(arrived) if arrived < sent => Text::made(
            format!(
                "your {method} left {later} later, when the FIN had arrived but the program had not noticed"
            ),
            format!("{method} 晚 {later} 发出，FIN 已经到了，程序却还没察觉"),
        ),
        _ if was_lost(story) => Text::made(
            format!("your {method} left {later} later, and the FIN had been lost on its way"),
            format!("{method} 晚 {later} 发出，而 FIN 已经在路上丢了"),
        ),
        _ => Text::made(
            format!("your {method} left {later} later, before the FIN reached the client"),
            format!("{method} 晚 {later} 发出，那时 FIN 还没到客户端"),
        ),
    }
}

/// Whether what told of the server's end was lost.
fn was_lost(story: &Story<'_>) -> bool {
    let sent = story.race.end_sent;
    let later = &story.reading.trace.records[sent.index()..];
    later.iter().any(|r| {
        let lost = matches!(r.event, Event::Segment(SegmentEvent::Dropped { .. }));
        lost && r.cause == Some(sent)
    })
}

/// What the client made of it.
fn saw(story: &Story<'_>) -> Text {
    match story.race.failure {
        Failure::Reset => Text::new("the client got ECONNRESET", "客户端拿到 ECONNRESET"),
        Failure::BrokenPipe => {
            Text::new("the client's write got EPIPE", "客户端写的时候拿到 EPIPE")
        }
        Failure::ServerClosedIdle => Text::new(
            "the client found the connection closed",
            "客户端发现连接已被关闭",
        ),
        _ => Text::new(
            "the client read the FIN as EOF",
            "客户端先收到 FIN，读到 EOF",
        ),
    }
}

/// Looks for it in a capture.
pub(super) fn captured(reading: &Reading<'_>, found: &mut Found) {
    tell_exchanges(&KIND, reading, found, |met| in_capture(reading, met));
}

/// What a capture tells: the request crossed a FIN that came behind an idle time, or it was reset where this server was seen to close.
fn in_capture(reading: &Reading<'_>, met: &Exchange) -> Option<Words> {
    let name = met.name(reading);
    let (end, is_fin, had_come) = match met.became {
        Became::Crossed { fin, had_come, .. } => (fin, true, had_come),
        Became::Reset { reset } => (reset, false, false),
        _ => return None,
    };
    if met.before.is_none() && is_fin && !reading.captured.has_syn(met.flow) {
        return Some(from_the_midst(&name));
    }
    let gap = reading.time(end).since(reading.time(met.before?));
    let after = span(gap);
    if !is_fin {
        let idle = reading.time(met.sent).since(reading.time(met.before?));
        return reading.captured.is_idle_limit(idle).then(|| {
            [
                Text::made(
                    format!("The {} reached a connection that was just being closed", name.en),
                    format!("{} 到达时，服务器正要关这条连接", name.zh),
                ),
                Text::made(
                    format!(
                        "It came {} after the last response, which is when this server closes idle connections, and a socket of the server's answered with RST: it lay unread when the socket was closed. What the program reported, a capture at one end cannot know.",
                        span(idle)
                    ),
                    format!(
                        "它在上一个响应之后 {} 到达，这台服务器正是在这时关空闲连接；服务器的 socket 用 RST 回答：关的时候它还没被读。程序报了什么错，只在一端抓的包里看不到。",
                        span(idle)
                    ),
                ),
            ]
        });
    }
    if had_come {
        let later = span(reading.time(met.sent).since(reading.time(end)));
        return Some([
            Text::made(
                format!("The {} was written where the FIN had already come", name.en),
                format!("FIN 已经到了，{} 还往这条连接上写", name.zh),
            ),
            Text::made(
                format!(
                    "The server sent FIN {after} after its last response. The tap saw the request {later} behind it; it acknowledges the FIN, so the client's kernel had it, and its program had no time to notice. Which timer closed, and what the program reported, a capture at one end cannot know."
                ),
                format!(
                    "上一个响应之后 {after}，服务器发了 FIN。抓包点在 FIN 之后 {later} 看到这个请求；它确认了 FIN，说明客户端内核已经收到，程序还没来得及察觉。是哪个定时器关的、程序报了什么错，只在一端抓的包里看不到。"
                ),
            ),
        ]);
    }
    if gap < AT_ONCE || reading.captured.stopped(reading, met.flow, end) {
        return None;
    }
    Some([
        Text::made(
            format!("The {} crossed the server's FIN", name.en),
            format!("{} 和服务器的 FIN 擦肩而过", name.zh),
        ),
        Text::made(
            format!(
                "The server sent FIN {after} after its last response, and neither does the FIN acknowledge the request nor the request the FIN: they passed each other. Which timer closed, and what the program reported, a capture at one end cannot know."
            ),
            format!(
                "上一个响应之后 {after}，服务器发了 FIN；FIN 没有确认这个请求，请求也没有确认 FIN：两者在路上擦肩而过。是哪个定时器关的、程序报了什么错，只在一端抓的包里看不到。"
            ),
        ),
    ])
}

/// The same where the capture does not have the beginning of the connection.
fn from_the_midst(name: &Text) -> Words {
    [
        Text::made(
            format!("The {} crossed the server's FIN", name.en),
            format!("{} 和服务器的 FIN 擦肩而过", name.zh),
        ),
        Text::new(
            "The request and the server's FIN passed each other. The capture begins in the midst of this connection: how long it had been idle, which timer closed, and what the program reported, it cannot know.",
            "请求和服务器的 FIN 擦肩而过。抓包从这条连接中途开始：它空闲了多久、是哪个定时器关的、程序报了什么错，都看不到。",
        ),
    ]
}
