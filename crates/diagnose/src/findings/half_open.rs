//! `half-open`: the client still had the connection, the server's kernel no longer did, and answered RST.
//!
//! Said of a request whose connection was reset by a kernel that found no socket for it, where the client had heard of no end
//! before: the machine had restarted, or the FIN or RST that told of the end was lost. Facts: linux-tcp §7.1, §7.2; recorded in 08a,
//! 15d and 15h.

use crate::capture::{Became, Exchange, Words, tell_exchanges};
use crate::evidence::Steps;
use crate::finding::{EvidenceRole, Finding, FindingKind, Found, Root, Severity};
use crate::loss::culprit;
use crate::reading::{Attempt, Reading};
use crate::remedy::half_open;
use crate::report::RequestReport;
use crate::text::Text;
use crate::times::moment;
use crate::times::span;
use whyeof_trace::{
    Culprit, Event, Failure, FaultEvent, Flags, Packet, Record, RecordId, SegmentEvent, Side,
};

/// The kind.
pub(super) static KIND: FindingKind = FindingKind {
    code: "half-open",
    title: Text::new(
        "The server no longer knew the connection",
        "服务器已经不认识这条连接",
    ),
    #[cfg(feature = "manual")]
    manual: Text::new(
        "A connection can be open at one end only: the server's machine has restarted and remembers nothing, or its FIN or RST got lost. The client's pool knows nothing of that. The next request is answered by the kernel with a RST, because there is no socket for it: ECONNRESET, and no handler has run. A client that probes idle connections, or lets go of them early, finds out before a request does.",
        "连接可能只剩一端还开着：服务器的机器重启过，什么都不记得；或者它的 FIN、RST 丢了。客户端的连接池并不知情。下一个请求到达时找不到 socket，内核回 RST：ECONNRESET，处理函数没有执行。客户端如果探测空闲连接，或者早些放手，就能赶在请求之前发现。",
    ),
    severity: Severity::Failure,
    root: Some(Root::Timer),
    find,
};

/// Why the server's end was gone.
enum Why {
    /// Its machine lost power at this record.
    PowerLoss(RecordId),
    /// It had closed, and what told of it was lost.
    LastWordLost(RecordId, Culprit),
}

fn find(reading: &Reading<'_>, found: &mut Found) {
    let broken = |request: &RequestReport| {
        let broken = matches!(
            request.failure?,
            Failure::Reset | Failure::ResetInBody | Failure::BrokenPipe
        );
        let attempt = reading.last_attempt(request.id).filter(|_| broken)?;
        Some((attempt, forgotten(reading, attempt)?))
    };
    found.tell(
        &KIND,
        reading,
        broken,
        |request, (attempt, (reset, why))| word(reading, request, (attempt, *reset), why),
    );
}

/// The RST of a kernel that had no socket, and why it had none: since before the request took the connection, or because the machine
/// lost power under it.
fn forgotten(reading: &Reading<'_>, attempt: &Attempt) -> Option<(RecordId, Why)> {
    let flow = || reading.of_flow(attempt.socket.flow);
    let resets = |r: &&Record| match r.event {
        Event::Segment(SegmentEvent::Sent(Packet::Tcp(s))) => {
            s.from == Side::Listener && s.flags.has(Flags::RST) && is_answer(reading, r)
        }
        _ => false,
    };
    let reset = flow().find(|r| r.id > attempt.checkout && resets(r))?;
    let heard = flow().any(|r| {
        r.id < reset.id
            && matches!(r.event, Event::Segment(SegmentEvent::Arrived(Packet::Tcp(s)))
                if s.from == Side::Listener && (s.flags.has(Flags::FIN) || s.flags.has(Flags::RST)))
    });
    if heard {
        return None;
    }
    let opened = flow().next()?.id;
    let mut since = reading.trace.records[opened.index()..reset.id.index()].iter();
    let off =
        since.rfind(|r| r.host == reset.host && r.event == Event::Fault(FaultEvent::PoweredOff));
    if let Some(off) = off {
        return Some((reset.id, Why::PowerLoss(off.id)));
    }
    let before = flow().take_while(|r| r.id < attempt.checkout);
    let lost = before.into_iter().find_map(|r| match r.event {
        Event::Segment(SegmentEvent::Dropped {
            packet: Packet::Tcp(s),
            by,
        }) if s.from == Side::Listener && (s.flags.has(Flags::FIN) || s.flags.has(Flags::RST)) => {
            Some(Why::LastWordLost(r.id, by))
        }
        _ => None,
    });
    Some((reset.id, lost?))
}

/// Whether a segment answers one that came, without a program in between.
fn is_answer(reading: &Reading<'_>, sent: &Record) -> bool {
    let cause = sent.cause.map(|cause| reading.trace.record(cause).event);
    matches!(cause, Some(Event::Segment(SegmentEvent::Arrived(_))))
}

/// What had become of the server's end.
fn told(reading: &Reading<'_>, why: &Why, steps: &mut Steps<'_>) -> Text {
    match *why {
        Why::PowerLoss(off) => {
            steps.add(
                Some(off),
                EvidenceRole::Lost,
                Text::new("the server's machine lost power", "服务器的机器断电"),
            );
            let at = moment(reading.time(off));
            Text::made(
                format!(
                    "The server's machine had lost power at {at}; when it was up again it knew of no connection"
                ),
                format!("服务器的机器在 {at} 断过电，重新开机后什么连接都不记得"),
            )
        }
        Why::LastWordLost(lost, by) => {
            let by = culprit(reading.trace, by);
            steps.add(
                Some(lost),
                EvidenceRole::Lost,
                Text::made(
                    format!("what told of the server's end was lost ({})", by.en),
                    format!("通知连接结束的包丢了（{}）", by.zh),
                ),
            );
            let at = moment(reading.time(lost));
            Text::made(
                format!(
                    "The server had closed the connection, but what told of it was lost at {at}"
                ),
                format!("服务器早就关了连接，可通知这件事的包在 {at} 丢了"),
            )
        }
    }
}

fn word(
    reading: &Reading<'_>,
    request: &RequestReport,
    (attempt, reset): (&Attempt, RecordId),
    why: &Why,
) -> Finding {
    let method = request.method;
    let mut steps = Steps::new(reading);
    let told = told(reading, why, &mut steps);
    steps.add(
        attempt.written.or(Some(attempt.checkout)),
        EvidenceRole::RequestSent,
        Text::made(format!("the {method} was sent"), format!("{method} 发出")),
    );
    steps.add(
        Some(reset),
        EvidenceRole::ResetSent,
        Text::new(
            "the server's kernel had no socket for it and answered RST",
            "服务器内核找不到 socket，回了 RST",
        ),
    );
    steps.ended_by_timer(reading, request);
    let under = matches!(why, Why::PowerLoss(off) if *off > attempt.checkout);
    let (title, then) = match under {
        true => lost_under_it(request),
        false => not_known(request),
    };
    Finding {
        code: KIND.code,
        severity: KIND.severity,
        request: Some(request.id),
        title,
        explanation: Text::made(
            format!("{}. {}", told.en, then.en),
            format!("{}。{}", told.zh, then.zh),
        ),
        evidence: steps.in_order(),
        remedies: match under {
            true => Vec::new(),
            false => half_open(reading, request),
        },
    }
}

/// Only the client still had the connection: title, and what followed.
fn not_known(request: &RequestReport) -> (Text, Text) {
    let (number, method) = (request.number, request.method);
    (
        Text::made(
            format!("Request {number} used a connection that only the client still had"),
            format!("第 {number} 个请求用了一条只有客户端还认的连接"),
        ),
        Text::made(
            format!(
                "To the client's pool it looked healthy; the kernel answered the {method} with RST, and no handler ran."
            ),
            format!("在客户端的池里它看上去还好好的；内核对 {method} 回了 RST，处理函数没有执行。"),
        ),
    )
}

/// The machine lost power while it had the request: the same.
fn lost_under_it(request: &RequestReport) -> (Text, Text) {
    let number = request.number;
    let ran = match request.executed {
        0 => Text::new("no handler had begun", "处理函数还没开始"),
        _ => Text::new(
            "its handler had begun, and nobody knows how far it came",
            "处理函数已经开始，做到哪一步没人知道",
        ),
    };
    (
        Text::made(
            format!("The server's machine lost power under request {number}"),
            format!("第 {number} 个请求还在服务器上，机器断电了"),
        ),
        Text::made(
            format!(
                "The client heard nothing of it until one of its packets met the new kernel, which answered RST; {}.",
                ran.en
            ),
            format!(
                "客户端毫不知情，直到它的一个包碰上新内核，内核回了 RST；{}。",
                ran.zh
            ),
        ),
    )
}

/// Looks for it in a capture.
pub(super) fn captured(reading: &Reading<'_>, found: &mut Found) {
    tell_exchanges(&KIND, reading, found, |met| in_capture(reading, met));
}

/// What a capture tells: the RST came from a kernel without such a connection, and no FIN had come before.
fn in_capture(reading: &Reading<'_>, met: &Exchange) -> Option<Words> {
    let name = met.name(reading);
    if let Became::Stale { fin } = met.became {
        let ago = span(reading.time(met.sent).since(reading.time(fin)));
        return Some([
            Text::made(
                format!("The server had closed {ago} before the {} came", name.en),
                format!("{} 到达时，服务器 {ago} 前就关了连接", name.zh),
            ),
            Text::made(
                format!(
                    "The tap saw the server's FIN {ago} before the request, which does not acknowledge it: the FIN had not come to the client. Where it was lost, and what the program reported, a capture at one end cannot know."
                ),
                format!(
                    "抓包点在请求之前 {ago} 看到服务器的 FIN，请求却没有确认它：FIN 没有到达客户端。丢在哪里、程序报了什么错，只在一端抓的包里看不到。"
                ),
            ),
        ]);
    }
    let Became::Unknown { reset, had } = met.became else {
        return None;
    };
    if reading.captured.stopped(reading, met.flow, reset) {
        return None;
    }
    if had {
        let later = span(reading.time(reset).since(reading.time(met.sent)));
        return Some([
            Text::made(
                format!(
                    "The connection of the {} was forgotten while it waited",
                    name.en
                ),
                format!("等 {} 的响应时，连接被忘掉了", name.zh),
            ),
            Text::made(
                format!(
                    "The server's kernel had acknowledged the request, and {later} after it a RST without ACK came, from a kernel or a box that has no such connection. Whether the machine restarted or a box on the way cut it, a capture at one end cannot know."
                ),
                format!(
                    "服务器内核确认过这个请求，{later} 之后却来了不带 ACK 的 RST：发它的内核或设备没有这条连接。是机器重启了还是路上的设备切断的，只在一端抓的包里看不到。"
                ),
            ),
        ]);
    }
    Some([
        Text::made(
            format!("Where the {} came, nobody knew the connection", name.en),
            format!("{} 到达的地方，没人认识这条连接", name.zh),
        ),
        Text::new(
            "A RST without ACK answered: a kernel that has no such connection, though no FIN had passed the tap. The machine had restarted, what told of the end was lost, or a box on the way had forgotten the connection. Which of these, a capture at one end cannot know.",
            "回来的是不带 ACK 的 RST：回答的内核没有这条连接，而抓包点没见过 FIN。机器重启过，或者断开的消息丢了，或者路上的设备忘了这条连接。是哪一种，只在一端抓的包里看不到。",
        ),
    ])
}
