//! What a record says, as one sentence: the same words in the text ladder, the event list and the tooltips.

use crate::text::{self, Lang};
use std::time::Duration;
use whyeof_trace::filter::Verdict;
use whyeof_trace::{
    BodyLeft, Call, Event, FaultEvent, HostId, OptionName, Origin, PoolEvent, Record, RecordId,
    RequestEvent, RequestId, Returned, Role, SettingId, SocketEvent, SocketId, TextId, TimerEvent,
    TimerKind, Trace, Value, not_served,
};

/// The sort of a sentence; text marks it with one character, pictures with a class.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tone {
    /// It happened.
    Plain,
    /// A timer fired.
    Timer,
    /// A request is done.
    Good,
    /// A request failed, or an error came back.
    Bad,
    /// The runtime tries again.
    Retry,
    /// From outside the run's own world: faults and limits.
    Fault,
}

/// One sentence about a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sentence {
    /// Its sort.
    pub tone: Tone,
    /// The words.
    pub words: String,
}

/// What a record says that is neither a segment nor a state change; `None` where a reader would learn nothing
/// that another record does not say better (a call that just returns, a timer being armed).
pub fn sentence(trace: &Trace, record: &Record, lang: Lang) -> Option<Sentence> {
    let (tone, words) = match record.event {
        Event::Segment(_) | Event::Socket(SocketEvent::Entered { .. }) => return None,
        Event::Socket(event) => socket(event, lang)?,
        Event::Timer(event) => timer(trace, event, lang)?,
        Event::Pool(event) => pool(trace, event, lang)?,
        Event::Request(event) => request(trace, record, event, lang)?,
        Event::Fault(event) => (Tone::Fault, fault(trace, event, lang)),
    };
    Some(Sentence { tone, words })
}

/// Whether [`sentence`] has words for an event.
pub const fn has_sentence(event: &Event) -> bool {
    match event {
        Event::Segment(_) => false,
        Event::Socket(event) => match event {
            SocketEvent::Called { call, .. } => is_ending(*call),
            SocketEvent::Returned { result, .. } => bad_result(*result).is_some(),
            SocketEvent::Failed { .. } => true,
            SocketEvent::Entered { .. } => false,
        },
        Event::Timer(TimerEvent::Fired { timer, .. }) => is_told(timer.kind),
        Event::Timer(_) => false,
        Event::Pool(event) => !matches!(event, PoolEvent::Checkout { reused: false, .. }),
        Event::Request(event) => !matches!(
            event,
            RequestEvent::Written { .. }
                | RequestEvent::Responded { .. }
                | RequestEvent::Head { .. }
        ),
        Event::Fault(_) => true,
    }
}

/// Whether a timer that fires has a sentence of its own. The handler's end is seen in its response, the workload's tick
/// in its request, and a kernel timer in the segment that it sends; many fire and find nothing to do.
const fn is_told(kind: TimerKind) -> bool {
    !matches!(kind, TimerKind::Handler | TimerKind::NextRequest) && !kind.is_kernel()
}

/// `read()`, `close()`.
pub(crate) const fn call(call: Call) -> &'static str {
    match call {
        Call::Connect => "connect()",
        Call::Accept => "accept()",
        Call::Read => "read()",
        Call::Write { .. } => "write()",
        Call::ShutdownWrite => "shutdown(SHUT_WR)",
        Call::Close => "close()",
        Call::ShutdownRead => "shutdown(SHUT_RD)",
        Call::ShutdownBoth => "shutdown(SHUT_RDWR)",
        Call::SetOption(OptionName::Linger) => "setsockopt(SO_LINGER)",
        Call::SetOption(OptionName::KeepAlive) => "setsockopt(SO_KEEPALIVE)",
        Call::SetOption(OptionName::UserTimeout) => "setsockopt(TCP_USER_TIMEOUT)",
        Call::SetOption(OptionName::NoDelay) => "setsockopt(TCP_NODELAY)",
        Call::SetOption(OptionName::Cork) => "setsockopt(TCP_CORK)",
        Call::SetOption(OptionName::QuickAck) => "setsockopt(TCP_QUICKACK)",
        Call::SetOption(OptionName::ReceiveLowWater) => "setsockopt(SO_RCVLOWAT)",
        Call::SetOption(OptionName::SendBuffer) => "setsockopt(SO_SNDBUF)",
        Call::SetOption(OptionName::FinTimeout) => "setsockopt(TCP_LINGER2)",
        Call::TakeError => "getsockopt(SO_ERROR)",
    }
}

/// Whether a call ends something, so that it has a sentence of its own.
const fn is_ending(call: Call) -> bool {
    matches!(
        call,
        Call::Close
            | Call::ShutdownWrite
            | Call::ShutdownRead
            | Call::ShutdownBoth
            | Call::SetOption(_)
    )
}

/// `EOF`, `ECONNRESET`; `None` for success.
pub(crate) const fn bad_result(result: Returned) -> Option<&'static str> {
    match result {
        Returned::EndOfStream => Some("EOF"),
        Returned::Error(error) => Some(error.name()),
        Returned::Done | Returned::Bytes(_) => None,
    }
}

fn socket(event: SocketEvent, lang: Lang) -> Option<(Tone, String)> {
    match event {
        SocketEvent::Called { call: c, .. } if is_ending(c) => {
            Some((Tone::Plain, call(c).to_owned()))
        }
        SocketEvent::Returned {
            call: c, result, ..
        } => {
            let result = bad_result(result)?;
            let words = text::RETURNS.fill(lang, &[("call", call(c)), ("result", result)]);
            Some((Tone::Bad, words))
        }
        SocketEvent::Failed { error, .. } => {
            let words = text::SOCKET_ERROR.fill(lang, &[("error", error.name())]);
            Some((Tone::Plain, words))
        }
        SocketEvent::Called { .. } | SocketEvent::Entered { .. } => None,
    }
}

fn timer(trace: &Trace, event: TimerEvent, lang: Lang) -> Option<(Tone, String)> {
    let TimerEvent::Fired { timer, setting } = event else {
        return None;
    };
    if !is_told(timer.kind) {
        return None;
    }
    let name = text::timer(timer.kind).of(lang);
    let words = match setting {
        Some(id) => {
            let value = setting_words(trace, id, lang);
            text::FIRES_VALUE.fill(lang, &[("timer", name), ("value", &value)])
        }
        None => text::FIRES.fill(lang, &[("timer", name)]),
    };
    Some((Tone::Timer, words))
}

fn pool(trace: &Trace, event: PoolEvent, lang: Lang) -> Option<(Tone, String)> {
    let words = match event {
        PoolEvent::Dial { socket, .. } => text::DIALS.fill(lang, &[("conn", &conn(socket))]),
        PoolEvent::Wait { request } => named(trace, request, text::WAITS, lang, &[]),
        PoolEvent::Checkout {
            request,
            socket,
            reused,
            idle_for,
        } => {
            // A dialled connection is got by the request that dialled it: no news.
            if !reused {
                return None;
            }
            let (conn, idle) = (conn(socket), text::span(idle_for));
            named(
                trace,
                request,
                // Handed on by the request before, or sent behind it.
                if idle_for.is_zero() {
                    text::TAKES_AT_ONCE
                } else {
                    text::TAKES
                },
                lang,
                &[("conn", &conn), ("span", &idle)],
            )
        }
        PoolEvent::Park { socket, used } => {
            let text = if used {
                text::PARKS
            } else {
                text::PARKS_UNUSED
            };
            text.fill(lang, &[("conn", &conn(socket))])
        }
        PoolEvent::Evict { socket, why } => {
            let why = text::evicted(why).of(lang);
            text::EVICTS.fill(lang, &[("conn", &conn(socket)), ("why", why)])
        }
    };
    Some((Tone::Plain, words))
}

fn request(
    trace: &Trace,
    record: &Record,
    event: RequestEvent,
    lang: Lang,
) -> Option<(Tone, String)> {
    Some(match event {
        RequestEvent::Started { request } => {
            let url = trace.text(trace.requests[request.index()].url);
            (
                Tone::Plain,
                named(trace, request, text::ASKS, lang, &[("url", url)]),
            )
        }
        RequestEvent::Executed {
            request, attempt, ..
        } => {
            let text = if attempt > 1 {
                text::HANDLES_AGAIN
            } else {
                text::HANDLES
            };
            let attempt = attempt.to_string();
            (
                Tone::Plain,
                named(trace, request, text, lang, &[("attempt", &attempt)]),
            )
        }
        RequestEvent::Retried {
            request,
            attempt,
            because,
            ..
        } => {
            let (attempt, why) = (attempt.to_string(), text::retried(because).of(lang));
            let values = [("attempt", attempt.as_str()), ("why", why)];
            (
                Tone::Retry,
                named(trace, request, text::RETRIES, lang, &values),
            )
        }
        RequestEvent::Finished { request } => finished(trace, record, request, lang),
        RequestEvent::Failed { request, text, .. } => {
            let error = error_in(trace.text(text), lang);
            (
                Tone::Bad,
                named(trace, request, text::FAILS, lang, &[("error", error)]),
            )
        }
        RequestEvent::Late { request, error } => {
            let what = match error {
                Some((_, text)) => error_in(trace.text(text), lang),
                None => text::WHOLE_ANSWER.of(lang),
            };
            let values = [("what", what)];
            (
                Tone::Plain,
                named(trace, request, text::LATE, lang, &values),
            )
        }
        RequestEvent::BodyLeft { request, left, .. } => {
            let text = match left {
                BodyLeft::Closed => text::CLOSES_BODY,
                BodyLeft::Open => text::KEEPS_BODY,
            };
            (Tone::Plain, named(trace, request, text, lang, &[]))
        }
        RequestEvent::Written { .. }
        | RequestEvent::Responded { .. }
        | RequestEvent::Head { .. } => return None,
    })
}

fn finished(trace: &Trace, record: &Record, request: RequestId, lang: Lang) -> (Tone, String) {
    let took = text::span(took(trace, request, record));
    let status = status_at(trace, request, record.id);
    let tone = match status {
        Some(status) if not_served(status) => Tone::Bad,
        _ => Tone::Good,
    };
    let status = status.map_or("done".to_owned(), status_words);
    let values = [("span", took.as_str()), ("status", status.as_str())];
    (tone, named(trace, request, text::DONE, lang, &values))
}

pub(crate) fn fault(trace: &Trace, event: FaultEvent, lang: Lang) -> String {
    let (text, number) = match event {
        FaultEvent::Applied { fault } => (text::FAULT_APPLIED, fault),
        FaultEvent::Lifted { fault } => (text::FAULT_LIFTED, fault),
        FaultEvent::Typed { line, .. } => return format!("$ {}", trace.text(line)),
        FaultEvent::Started { program } => {
            let name = &trace.program(program).name;
            return text::STARTED.fill(lang, &[("name", name)]);
        }
        FaultEvent::PoweredOff => return text::POWERED_OFF.of(lang).to_owned(),
        FaultEvent::Forgot { flow, .. } => {
            let conn = (flow.0 + 1).to_string();
            return text::FORGOT.fill(lang, &[("conn", &conn)]);
        }
        FaultEvent::Booted => return text::BOOTED.of(lang).to_owned(),
        FaultEvent::Limit { kind } => {
            return text::LIMIT.fill(lang, &[("kind", kind.words().of(lang))]);
        }
    };
    text.fill(lang, &[("n", &trace.fault(number))])
}

/// A command as a badge has room for it: `-A INPUT … DROP`, `$ iptables -F`.
pub(crate) fn command(trace: &Trace, fault: u16, line: TextId) -> String {
    let Some((chain, rule)) = trace.command(fault).and_then(|typed| typed.rule.as_ref()) else {
        return format!("$ {}", trace.text(line));
    };
    let target = rule.verdict.map_or("", Verdict::name);
    let inserts = ["-I", "--insert"];
    let first = trace
        .text(line)
        .split_whitespace()
        .any(|word| inserts.contains(&word));
    let option = if first { "-I" } else { "-A" };
    format!("{option} {} … {target}", chain.name())
}

/// How long a request had taken at one of its records.
pub(crate) fn took(trace: &Trace, request: RequestId, at: &Record) -> Duration {
    let started = at_or_before(
        trace,
        at.id,
        |event| matches!(event, Event::Request(RequestEvent::Started { request: r }) if *r == request),
    );
    started.map_or(Duration::ZERO, |record| at.time.since(record.time))
}

/// The last status line's words before a record, for one request: `200 OK` where the message is known.
pub(crate) fn status_before(trace: &Trace, request: RequestId, at: RecordId) -> Option<String> {
    status_at(trace, request, at).map(status_words)
}

/// The status that a request's response had by then.
pub(crate) fn status_at(trace: &Trace, request: RequestId, at: RecordId) -> Option<u16> {
    let head = at_or_before(
        trace,
        at,
        |event| matches!(event, Event::Request(RequestEvent::Head { request: r, .. }) if *r == request),
    )?;
    let Event::Request(RequestEvent::Head { status, .. }) = head.event else {
        return None;
    };
    Some(status)
}

/// `200 OK`; the bare number where the reason phrase is not one of the usual.
fn status_words(status: u16) -> String {
    let reason = match status {
        200 => " OK",
        201 => " Created",
        202 => " Accepted",
        204 => " No Content",
        400 => " Bad Request",
        404 => " Not Found",
        408 => " Request Timeout",
        413 => " Request Entity Too Large",
        429 => " Too Many Requests",
        431 => " Request Header Fields Too Large",
        500 => " Internal Server Error",
        502 => " Bad Gateway",
        503 => " Service Unavailable",
        504 => " Gateway Timeout",
        _ => "",
    };
    format!("{status}{reason}")
}

fn at_or_before(trace: &Trace, at: RecordId, wanted: impl Fn(&Event) -> bool) -> Option<&Record> {
    trace.records[..=at.index()]
        .iter()
        .rev()
        .find(|record| wanted(&record.event))
}

/// Fills in `{method}` and `{n}` of a request besides the given values.
pub(crate) fn named(
    trace: &Trace,
    request: RequestId,
    text: text::Text,
    lang: Lang,
    more: &[(&str, &str)],
) -> String {
    let request = &trace.requests[request.index()];
    let number = request.number.to_string();
    let mut values = vec![("method", request.method.name()), ("n", number.as_str())];
    values.extend_from_slice(more);
    text.fill(lang, &values)
}

/// A setting and its value in force: `ReadTimeout 10 s (IdleTimeout unset)`.
pub fn setting_words(trace: &Trace, id: SettingId, lang: Lang) -> String {
    let setting = trace.setting(id);
    let value = match &setting.value {
        Value::None => "0".to_owned(),
        Value::Duration(span) => text::span(*span),
        Value::Count(n) => n.to_string(),
        Value::Switch(on) => on.to_string(),
        Value::Word(word) => (*word).to_owned(),
    };
    match &setting.origin {
        Origin::Fallback(path) => {
            let used = path.rsplit('.').next().unwrap_or(path);
            let values = [("used", used), ("value", &value), ("unset", &setting.name)];
            text::SETTING_FALLBACK.fill(lang, &values)
        }
        Origin::Set | Origin::ProfileDefault | Origin::Unknown => {
            text::SETTING.fill(lang, &[("name", &setting.name), ("value", &value)])
        }
    }
}

/// A connection's number as people see it, from 1.
pub(crate) fn conn(socket: SocketId) -> String {
    (socket.flow.0 + 1).to_string()
}

/// What the programs of a host do; `None` for a host without one, and for one with several that differ.
pub(crate) fn role(trace: &Trace, host: HostId) -> Option<Role> {
    let mut roles = trace.programs.iter().filter(|p| p.host == host);
    let first = roles.next()?.role;
    roles.all(|p| p.role == first).then_some(first)
}

/// The program of a host that a reader means by its name: the only one, or the host itself.
pub(crate) fn who(trace: &Trace, host: HostId) -> &str {
    let mut programs = trace.programs.iter().filter(|p| p.host == host);
    match (programs.next(), programs.next()) {
        (Some(only), None) => &only.name,
        _ => &trace.host(host).name,
    }
}

/// An error as a program prints it; what no program prints, in a language.
pub fn error_in(error: &str, lang: Lang) -> &str {
    let own = [text::STOPPED_WAITING, text::PROCESS_ENDED].into_iter();
    let mut own = own.filter(|own| own.of(Lang::En) == error);
    own.next().map_or(error, |own| own.of(lang))
}

/// The same in short.
pub(crate) fn short_error_in(error: &str, lang: Lang) -> &str {
    error_in(short_error(error), lang)
}

/// `EOF` of `Post "http://…": EOF`.
pub fn short_error(error: &str) -> &str {
    error.rsplit(": ").next().unwrap_or(error)
}
