//! `caller-timeout`: the caller's own time for a request was over before the response was there.
//!
//! Said of a request that failed because a timer of its caller or its runtime fired. It tells where the time went: waiting for a connection,
//! dialling, or waiting for the answer; and whether the handler ran all the same. This is no keepalive race.
//! Facts: runtimes §1.6 (error text), §1.8 (what the timer covers).

use crate::capture::{Became, Exchange, Words, tell_exchanges};
use crate::evidence::Steps;
use crate::finding::{Evidence, EvidenceRole, Finding, FindingKind, Found, Root, Severity};
use crate::keeper::Keepers;
use crate::reading::{Attempt, Reading};
use crate::report::RequestReport;
use crate::text::Text;
use crate::times::{exact, span};
use std::time::Duration;
use whyeof_trace::{
    Event, Failure, Packet, PoolEvent, Record, RecordId, RequestId, SegmentEvent, Setting, Side,
    TimerEvent, TimerKind, TimerOf,
};

/// The kind.
pub(super) static KIND: FindingKind = FindingKind {
    code: "caller-timeout",
    title: Text::new("The caller ran out of time", "调用方等超时了"),
    #[cfg(feature = "manual")]
    manual: Text::new(
        "The caller gives a request so much time in all (Go: Client.Timeout), from the call to the last byte of the response. When it is over, the client closes the connection and reports an error, whatever the server is doing: the handler may have run, or may still be running. It is no keepalive race.",
        "调用方给一个请求的总时间（Go 里是 Client.Timeout），从发起调用一直算到读完响应。时间一到，客户端就关连接、报错，不管服务器在做什么：处理函数可能已经执行完，也可能还在执行。这不是长连接竞态。",
    ),
    severity: Severity::Failure,
    root: Some(Root::Timer),
    find,
};

fn find(reading: &Reading<'_>, found: &mut Found) {
    let keepers = Keepers::of(reading);
    for request in reading.requests.values() {
        let late = matches!(
            request.failure,
            Some(
                Failure::Timeout
                    | Failure::TimeoutInBody
                    | Failure::TimeoutInQueue
                    | Failure::GaveUp
                    | Failure::GaveUpInBody
                    | Failure::HeadTimeout
                    | Failure::DialTimeout
                    | Failure::SocketTimeout
                    | Failure::Abandoned
            )
        );
        if late && !found.explains(request.id) {
            found.add(&KIND, Some(request.id), || word(reading, request, &keepers));
        }
    }
}

/// Where the time went.
enum Spent {
    /// No connection was free, and no more were allowed.
    Waiting,
    /// The same, and a handler ran afterwards.
    Queued,
    /// A connection was being dialled.
    Dialling,
    /// The request was sent; no handler had begun.
    Sent,
    /// The request was on its way; a handler ran afterwards.
    Arriving,
    /// The request had arrived, and nobody had read it; a handler ran afterwards.
    Unread,
    /// A handler was at work, or its answer on its way.
    Executing,
    /// The answer was coming in.
    Reading,
}

impl Spent {
    /// In words, after "when that was over".
    const fn say(&self) -> Text {
        match self {
            Self::Waiting => Text::new(
                "it was still waiting for a connection, because the pool may have no more",
                "它还在等连接：连接数已经到上限",
            ),
            Self::Queued => Text::new(
                "it was still waiting for a connection, because the pool may have no more; nobody took it out of the queue, so its handler ran all the same, later",
                "它还在等连接：连接数已经到上限；没人把它从队列里拿掉，处理函数后来照样执行了",
            ),
            Self::Dialling => Text::new("the connection was still being made", "连接还没建好"),
            Self::Sent => Text::new("no answer had come", "还没有等到响应"),
            Self::Arriving => Text::new(
                "the request was still on its way; its handler ran all the same, although the caller sees a failure",
                "请求还在路上；调用方看到失败，处理函数之后照样执行了",
            ),
            Self::Unread => Text::new(
                "the request lay in the server's kernel, because the program was busy; its handler ran all the same, although the caller sees a failure",
                "请求已经到了服务器内核，程序正忙，还没读；调用方看到失败，处理函数之后照样执行了",
            ),
            Self::Executing => Text::new(
                "the handler had begun, so the work is done or under way although the caller sees a failure",
                "处理函数已经开始执行：调用方看到失败，活却干了，或者正在干",
            ),
            Self::Reading => Text::new(
                "the response had begun to come in but was not all there, so the work is done although the caller sees a failure",
                "响应已经开始到达，只是还没读完：调用方看到失败，活却已经干了",
            ),
        }
    }
}

fn word(reading: &Reading<'_>, request: &RequestReport, keepers: &Keepers) -> Finding {
    // What came after its caller had left was too late for it.
    let attempt = reading.last_attempt(request.id);
    let attempt = attempt.filter(|attempt| Some(attempt.checkout) < request.last);
    let ran = reading.began(request.id);
    let spent = match attempt {
        _ if matches!(
            request.failure,
            Some(Failure::TimeoutInBody | Failure::GaveUpInBody)
        ) =>
        {
            Spent::Reading
        }
        _ if in_time(request, ran) => Spent::Executing,
        None if ran.is_some() && waited(reading, request.id).is_some() => Spent::Queued,
        _ if ran.is_some() && has_arrived(reading, attempt, request) => Spent::Unread,
        _ if ran.is_some() => Spent::Arriving,
        Some(_) => Spent::Sent,
        None if reading.dialled(request).is_some() => Spent::Dialling,
        None if waited(reading, request.id).is_some() => Spent::Waiting,
        None => Spent::Dialling,
    };
    let limit = setting(reading, request);
    let value = limit.and_then(|s| s.value.duration());
    let value = value.or_else(|| lasted(reading, request));
    let value = value.map_or_else(String::new, exact);
    let name = limit.map_or("timeout", |s| s.name.as_str());
    let number = request.number;
    let went = spent.say();
    Finding {
        code: KIND.code,
        severity: KIND.severity,
        request: Some(request.id),
        title: Text::made(
            format!("Request {number} ran out of time"),
            format!("第 {number} 个请求等超时了"),
        ),
        explanation: {
            let Text { en, zh } = explanation(request, (name, &value), &went);
            let queued = match spent {
                Spent::Waiting | Spent::Queued => keepers.say(reading, request.id),
                _ => queued(reading, request, attempt),
            };
            Text::made(format!("{en}{}", queued.en), format!("{zh}{}", queued.zh))
        },
        evidence: steps(reading, request, attempt),
        remedies: Vec::new(),
    }
}

fn explanation(request: &RequestReport, (name, value): (&str, &str), went: &Text) -> Text {
    let method = request.method;
    // Our own word for what a caller sets for itself; others are options of a runtime.
    let (name_en, name_zh) = match name {
        "deadline" => ("The caller's deadline", "调用方的 deadline "),
        name => (name, name),
    };
    if request.failure == Some(Failure::SocketTimeout) {
        return Text::made(
            format!(
                "{name} lets the connection be silent for {value} under the {method}; when that was over, {}.",
                went.en
            ),
            format!(
                "{name} 只许 {method} 的连接安静 {value}；时间到的时候，{}。",
                went.zh
            ),
        );
    }
    Text::made(
        format!(
            "{name_en} allows the {method} {value}; when that time was over, {}.",
            went.en
        ),
        format!(
            "{name_zh}只给 {method} {value}；时间到的时候，{}。",
            went.zh
        ),
    )
}

fn steps(
    reading: &Reading<'_>,
    request: &RequestReport,
    attempt: Option<&Attempt>,
) -> Vec<Evidence> {
    let method = request.method;
    let mut steps = Steps::new(reading);
    if attempt.is_none() {
        steps.add(
            waited(reading, request.id),
            EvidenceRole::Checkout,
            Text::new(
                "the request began to wait for a connection",
                "请求开始等连接",
            ),
        );
    }
    steps.add(
        attempt.and_then(|a| a.written),
        EvidenceRole::RequestSent,
        Text::made(format!("the {method} was sent"), format!("{method} 发出")),
    );
    steps.add(
        reading.began(request.id),
        EvidenceRole::Executed,
        Text::new("its handler began", "处理函数开始执行"),
    );
    steps.add(
        fired(reading, request),
        EvidenceRole::TimerFired,
        Text::new("the caller's time was over", "调用方给的时间到了"),
    );
    steps.failed(request);
    steps.in_order()
}

/// How much of the time went into waiting for a connection, where that was much.
fn queued(reading: &Reading<'_>, request: &RequestReport, attempt: Option<&Attempt>) -> Text {
    let (Some(attempt), Some(ended)) = (attempt, request.ended) else {
        return Text::default();
    };
    let Some(since) = waited(reading, request.id).filter(|since| *since < attempt.checkout) else {
        return Text::default();
    };
    let waited = reading.time(attempt.checkout).since(reading.time(since));
    if waited < ended.since(request.started) / 4 {
        return Text::default();
    }
    let waited = span(waited);
    Text::made(
        format!(
            " {waited} of its time had gone into waiting for a connection: all that are allowed were in use."
        ),
        format!("其中 {waited} 花在等连接上：允许的连接都在用。"),
    )
}

fn waited(reading: &Reading<'_>, id: RequestId) -> Option<RecordId> {
    let mut records = reading.trace.records.iter();
    let waits = |e| matches!(e, Event::Pool(PoolEvent::Wait { request }) if request == id);
    records.find(|r| waits(r.event)).map(|r| r.id)
}

/// Whether the request's first segment had reached the server when the caller's time was over.
fn has_arrived(reading: &Reading<'_>, attempt: Option<&Attempt>, request: &RequestReport) -> bool {
    let Some(attempt) = attempt else { return false };
    let mut flow = reading.of_flow(attempt.socket.flow);
    flow.any(|r| match r.event {
        Event::Segment(SegmentEvent::Arrived(Packet::Tcp(s))) => {
            let in_time = r.id > attempt.checkout && Some(r.id) < request.last;
            s.from == Side::Opener && s.len > 0 && in_time
        }
        _ => false,
    })
}

/// Whether a handler had begun when the caller's time was over.
fn in_time(request: &RequestReport, ran: Option<RecordId>) -> bool {
    ran.is_some() && ran < request.last
}

/// The firing that the error goes back to.
pub(super) fn firing<'a>(reading: &Reading<'a>, request: &RequestReport) -> Option<&'a Record> {
    let mut causes = reading.trace.causes(request.last?);
    causes.find(|r| match r.event {
        Event::Timer(TimerEvent::Fired { timer, .. }) => match timer.kind {
            TimerKind::ClientRequest | TimerKind::GiveUp => {
                timer.of == TimerOf::Request(request.id)
            }
            kind => matches!(
                kind,
                TimerKind::Dial | TimerKind::ResponseHeader | TimerKind::SocketTimeout
            ),
        },
        _ => false,
    })
}

fn fired(reading: &Reading<'_>, request: &RequestReport) -> Option<RecordId> {
    firing(reading, request).map(|r| r.id)
}

/// How long the timer ran that no setting gave its time.
fn lasted(reading: &Reading<'_>, request: &RequestReport) -> Option<Duration> {
    let fired = firing(reading, request)?;
    let armed = reading.trace.armed_by(fired.id)?;
    match armed.event {
        Event::Timer(TimerEvent::Set { until, .. }) => Some(until.since(armed.time)),
        _ => None,
    }
}

/// The setting that gave the time.
fn setting<'a>(reading: &Reading<'a>, request: &RequestReport) -> Option<&'a Setting> {
    match firing(reading, request)?.event {
        Event::Timer(TimerEvent::Fired { setting, .. }) => Some(reading.trace.setting(setting?)),
        _ => None,
    }
}

/// Looks for it in a capture.
pub(super) fn captured(reading: &Reading<'_>, found: &mut Found) {
    tell_exchanges(&KIND, reading, found, |met| in_capture(reading, met));
}

/// What a capture tells: the client ended the connection before an answer had begun.
fn in_capture(reading: &Reading<'_>, met: &Exchange) -> Option<Words> {
    let Became::Left {
        end, begun: false, ..
    } = met.became
    else {
        return None;
    };
    let name = met.name(reading);
    let later = span(reading.time(end).since(reading.time(met.sent)));
    Some([
        Text::made(
            format!("The client did not wait for the answer to the {}", name.en),
            format!("客户端没等 {} 的响应", name.zh),
        ),
        Text::made(
            format!(
                "The server's kernel had the request, and {later} after it the client ended the connection without an answer. Whether its time was over or its caller left, and whether a handler ran, a capture at one end cannot know."
            ),
            format!(
                "服务器内核收到了请求，{later} 之后客户端没等到响应就断开了连接。是时限到了还是调用方走了、处理函数跑没跑，只在一端抓的包里看不到。"
            ),
        ),
    ])
}
