//! What programs do, in badges: few words each, with what belongs together in one.
//!
//! A request and the connection it takes are one badge, so are a timer and the close() that follows it. Only what
//! is drawn is worded; a long run costs a few bytes a badge.

use super::axis::Band;
use super::part::Part;
use crate::describe::{self, bad_result, call, conn, named};
use crate::text::{self, Lang};
use crate::wire::Wire;
use litemap::LiteMap;
use std::time::Duration;
use whyeof_trace::{
    BodyLeft, Call, Event, Evicted, Failure, FaultEvent, HostId, Method, PoolEvent, Record,
    RecordId, RequestEvent, RequestId, RetryReason, Returned, SettingId, SocketEvent, SocketId,
    SortKey, Time, Timer, TimerEvent, TimerKind, Trace, not_served,
};

/// Height of a badge, px.
pub(crate) const HEIGHT: f64 = 20.0;
/// Height of a line beneath it, px.
pub(crate) const LINE: f64 = 13.0;
/// Air beneath a badge, px.
pub(crate) const AIR: f64 = 4.0;
/// What follows this soon belongs to the badge before it.
const TOGETHER: Duration = Duration::from_millis(2);
/// Badges before a record that it may belong to: more than a lane can show at a moment, and few enough that a burst of
/// tens of thousands is laid out at once.
const LOOK_BACK: usize = 256;

/// One badge.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Badge {
    pub record: RecordId,
    /// Another record that it shows too.
    pub also: Option<RecordId>,
    pub time: Time,
    pub host: HostId,
    pub what: What,
    pub beneath: Beneath,
}

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum What {
    Asks(RequestId, How),
    Done(RequestId),
    NotServed(RequestId),
    Failed(RequestId, whyeof_trace::TextId),
    Retried(RequestId, u16),
    Returned(Call, Returned),
    Called(Call),
    Fired(Timer, Option<SettingId>),
    Park(SocketId),
    Evict(SocketId, Evicted),
    Runs(RequestId),
    Fault(FaultEvent),
    BodyLeft(BodyLeft),
    Late(RequestId, Option<whyeof_trace::TextId>),
}

/// How a request came by its connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum How {
    Unknown,
    Dials,
    Waits,
    Reuses,
}

/// What stands beneath a badge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Beneath {
    Nothing,
    IdleFor(Duration),
    Called(Call),
    NotReplayable(Method),
    Because(Method, RetryReason),
    Unused,
    Evicted(Evicted),
}

impl Badge {
    /// The layer that draws it.
    pub(crate) const fn layer(&self) -> &'static str {
        match self.what {
            What::Park(..) | What::Evict(..) => "pool",
            What::BodyLeft(_) => "bad",
            What::Fired(..) => "timers",
            What::Fault(_) => "faults",
            _ => "requests",
        }
    }

    /// Lines beneath it.
    pub(crate) const fn lines(&self) -> usize {
        match self.beneath {
            Beneath::Nothing => 0,
            Beneath::NotReplayable(_) => 2,
            _ => 1,
        }
    }

    /// Height with what stands beneath it and the air to the next one, px.
    pub(crate) const fn height(&self) -> f64 {
        HEIGHT + self.lines() as f64 * LINE + AIR
    }

    /// Class names besides `badge`.
    pub(crate) const fn class(&self) -> &'static str {
        match self.what {
            What::Asks(..) | What::Runs(_) | What::Late(..) => "ask",
            What::Done(_) => "good",
            What::Failed(..) | What::NotServed(_) => "error",
            What::Retried(..) => "retry",
            What::Returned(_, Returned::EndOfStream) if self.also.is_none() => "call",
            What::Returned(..) => "bad",
            What::Called(_) => "call",
            What::Fired(..) => "fired",
            What::Park(..) | What::Evict(..) => "pool",
            What::BodyLeft(_) => "bad",
            What::Fault(_) => "fault",
        }
    }

    /// What is most of its words, where those have no room: of a failure the error alone, for its colour says that it failed.
    pub(crate) fn short(
        &self,
        wire: &Wire<'_>,
        took: Option<Duration>,
        lang: Lang,
    ) -> Option<String> {
        match self.what {
            What::Fault(FaultEvent::Forgot { flow, .. }) => {
                let conn = (flow.0 + 1).to_string();
                Some(text::BADGE_FORGOT.fill(lang, &[("conn", &conn)]))
            }
            What::Failed(_, error) => {
                if wire.trace.text(error) == text::STOPPED_WAITING.of(Lang::En) {
                    return Some(text::BADGE_GAVE_UP.of(lang).to_owned());
                }
                let short = describe::short_error_in(wire.trace.text(error), lang);
                // Of a load balancer's log line the status that it answers with.
                let status = short
                    .strip_prefix("elb_status_code ")
                    .and_then(|rest| rest.split(',').next());
                Some(status.map_or_else(|| short.to_owned(), |status| format!("ELB {status}")))
            }
            What::Fired(timer, _) if timer.kind != TimerKind::Shutdown => {
                Some(text::BADGE_TIMER_FIRED.of(lang).to_owned())
            }
            What::Done(request) | What::NotServed(request) => {
                let status = describe::status_before(wire.trace, request, self.record)?;
                status.split(' ').next().map(str::to_owned)
            }
            What::Asks(request, _) => Some(named(wire.trace, request, text::BADGE_ASKS, lang, &[])),
            What::Returned(_, result) => bad_result(result).map(str::to_owned),
            What::Runs(_) => took.map(text::about),
            What::Park(_) => Some(text::BADGE_POOL_SHORT.of(lang).to_owned()),
            What::Evict(..) => Some(text::BADGE_EVICT_SHORT.of(lang).to_owned()),
            _ => None,
        }
    }

    /// What is left of its words between lanes that stand very close; its colour and its place say the rest.
    pub(crate) fn shortest(&self, trace: &Trace, took: Option<Duration>) -> Option<String> {
        match self.what {
            What::Runs(_) => took.map(text::about_whole),
            What::Asks(request, _) => Some(format!("#{}", trace.requests[request.index()].number)),
            What::Park(_) => Some("→".to_owned()),
            What::Evict(..) => Some("✕".to_owned()),
            _ => None,
        }
    }

    /// Its words.
    pub(crate) fn words(&self, wire: &Wire<'_>, took: Option<Duration>, lang: Lang) -> String {
        let trace = wire.trace;
        match self.what {
            What::Asks(request, how) => {
                let text = match how {
                    How::Unknown => text::BADGE_ASKS,
                    How::Dials => text::BADGE_DIAL,
                    How::Waits => text::BADGE_WAIT,
                    How::Reuses => text::BADGE_REUSED,
                };
                named(trace, request, text, lang, &[])
            }
            What::Done(request) | What::NotServed(request) => {
                let record = trace.record(self.record);
                let span = text::about(describe::took(trace, request, record));
                let status = describe::status_before(trace, request, self.record);
                let status = status.unwrap_or_else(|| "✓".to_owned());
                text::BADGE_DONE.fill(lang, &[("status", &status), ("span", &span)])
            }
            What::Failed(_, error) => {
                let short = describe::short_error_in(trace.text(error), lang);
                text::BADGE_ERROR.fill(lang, &[("short", short)])
            }
            What::Late(request, error) => {
                let what = error.map(|error| describe::short_error_in(trace.text(error), lang));
                let what = what.unwrap_or("✓");
                named(trace, request, text::BADGE_LATE, lang, &[("what", what)])
            }
            What::Retried(request, attempt) => {
                let attempt = attempt.to_string();
                named(
                    trace,
                    request,
                    text::BADGE_RETRY,
                    lang,
                    &[("attempt", &attempt)],
                )
            }
            What::Returned(c, result) => {
                let result = bad_result(result).unwrap_or("ok");
                text::RETURNS.fill(lang, &[("call", call(c)), ("result", result)])
            }
            What::Called(c) => call(c).to_owned(),
            What::Fired(timer, _) if timer.kind == TimerKind::Shutdown => {
                text::BADGE_SHUTDOWN.of(lang).to_owned()
            }
            What::Fired(timer, _) => {
                let timer = text::timer(timer.kind).of(lang);
                text::BADGE_FIRED.fill(lang, &[("timer", timer)])
            }
            What::Park(socket) => text::BADGE_POOL.fill(lang, &[("conn", &conn(socket))]),
            What::Evict(socket, _) => text::BADGE_EVICT.fill(lang, &[("conn", &conn(socket))]),
            What::Runs(_) => match took {
                Some(span) => text::BADGE_HANDLER.fill(lang, &[("span", &text::about(span))]),
                None => text::timer(TimerKind::Handler).of(lang).to_owned(),
            },
            What::Fault(FaultEvent::Typed { fault, line, .. }) => {
                describe::command(trace, fault, line)
            }
            What::Fault(FaultEvent::Limit { .. }) => text::LIMIT_SHORT.of(lang).to_owned(),
            What::Fault(event) => describe::fault(trace, event, lang),
            What::BodyLeft(BodyLeft::Closed) => text::BADGE_BODY_CLOSED.of(lang).to_owned(),
            What::BodyLeft(BodyLeft::Open) => text::BADGE_BODY_OPEN.of(lang).to_owned(),
        }
    }

    /// The lines beneath it.
    pub(crate) fn beneath(&self, lang: Lang) -> Vec<String> {
        match self.beneath {
            Beneath::Nothing => Vec::new(),
            // Handed on by the request before, or sent behind it.
            Beneath::IdleFor(span) if span.is_zero() => Vec::new(),
            Beneath::IdleFor(span) => {
                vec![text::BADGE_IDLE_FOR.fill(lang, &[("span", &text::span(span))])]
            }
            Beneath::Called(c) => vec![call(c).to_owned()],
            Beneath::NotReplayable(method) => {
                let method = [("method", method.name())];
                let lines = [text::NOT_REPLAYABLE, text::NO_RETRY];
                lines.map(|line| line.fill(lang, &method)).to_vec()
            }
            Beneath::Because(method, why) => {
                let text = match why {
                    RetryReason::NothingWritten => text::UNWRITTEN,
                    RetryReason::ReplayableMethod => text::REPLAYABLE,
                    RetryReason::IdempotencyKey => text::KEY_REPLAYABLE,
                };
                vec![text.fill(lang, &[("method", method.name())])]
            }
            Beneath::Unused => vec![text::UNUSED.of(lang).to_owned()],
            Beneath::Evicted(why) => vec![text::evicted(why).of(lang).to_owned()],
        }
    }

    /// The records that it stands for.
    pub(crate) fn shows(&self) -> Vec<RecordId> {
        let also = self
            .also
            .filter(|_| !matches!(self.what, What::Returned(..)));
        [Some(self.record), also].into_iter().flatten().collect()
    }

    /// The whole sentence, for the tooltip.
    pub(crate) fn says(&self, trace: &Trace, lang: Lang) -> String {
        let sentence = |id| describe::sentence(trace, trace.record(id), lang);
        let parts = self.shows().into_iter().filter_map(sentence);
        let parts: Vec<String> = parts.map(|s| s.words).collect();
        parts.join("; ")
    }
}

/// The badges of a stretch of time, in order.
pub(crate) fn badges(trace: &Trace, range: Band, part: &Part) -> Vec<Badge> {
    let first = trace.records.partition_point(|r| r.time < range.from);
    let mut badges: Vec<Badge> = Vec::new();
    // Requests whose only attempt so far went out on a connection from the pool.
    let mut reused = LiteMap::new();
    for record in &trace.records[first..] {
        if record.time > range.to {
            break;
        }
        if !part.has(record) {
            continue;
        }
        note_reuse(&mut reused, record);
        if join(&mut badges, record) {
            continue;
        }
        if let Some((what, beneath)) = badge(trace, record, &reused) {
            badges.push(Badge {
                record: record.id,
                also: None,
                time: record.time,
                host: record.host,
                what,
                beneath,
            });
        }
    }
    // Of one moment, the answer comes before what the pool does with its connection.
    let is_park = |badge: &Badge| matches!(badge.what, What::Park(..));
    badges.sort_by_cached_key(|b| -> SortKey { (b.time.nanos(), u64::from(is_park(b))) });
    badges
}

fn note_reuse(reused: &mut LiteMap<RequestId, ()>, record: &Record) {
    match record.event {
        Event::Pool(PoolEvent::Checkout {
            request,
            reused: true,
            ..
        }) => {
            reused.insert(request, ());
        }
        Event::Request(RequestEvent::Retried { request, .. }) => {
            reused.remove(&request);
        }
        _ => {}
    }
}

/// Whether a record belongs to a badge that is already there, or needs none of its own.
fn join(badges: &mut [Badge], record: &Record) -> bool {
    let recent = badges
        .iter_mut()
        .rev()
        .take(LOOK_BACK)
        .take_while(|badge| record.time.since(badge.time) <= TOGETHER);
    match record.event {
        Event::Pool(PoolEvent::Checkout { reused: false, .. }) => true,
        Event::Pool(
            PoolEvent::Dial { request, .. }
            | PoolEvent::Wait { request }
            | PoolEvent::Checkout { request, .. },
        ) => {
            let asked = |badge: &&mut Badge| match badge.what {
                What::Asks(r, How::Unknown) | What::Retried(r, _) => r == request,
                _ => false,
            };
            let Some(badge) = recent.into_iter().find(asked) else {
                return false;
            };
            let (how, beneath) = connection(record.event);
            if let What::Asks(r, _) = badge.what {
                badge.what = What::Asks(r, how);
                badge.beneath = beneath;
            }
            badge.also = Some(record.id);
            true
        }
        Event::Request(RequestEvent::Failed { .. } | RequestEvent::Retried { .. }) => {
            // What ended the attempt is bad news only now.
            let host = record.host;
            let read = |b: &&mut Badge| b.host == host && matches!(b.what, What::Returned(..));
            if let Some(badge) = recent.into_iter().find(read) {
                badge.also = Some(record.id);
            }
            false
        }
        Event::Pool(PoolEvent::Evict { why, .. }) => {
            let timer = why == Evicted::IdleTimeout
                && recent
                    .into_iter()
                    .any(|b| matches!(b.what, What::Fired(..)));
            why == Evicted::Broken || timer
        }
        Event::Socket(SocketEvent::Called {
            call: c @ (Call::Close | Call::ShutdownWrite),
            ..
        }) => {
            let host = record.host;
            let Some(badge) = recent.into_iter().find(|badge| badge.host == host) else {
                return false;
            };
            if badge.beneath == Beneath::Nothing {
                badge.beneath = Beneath::Called(c);
            }
            true
        }
        // The handler's end is seen in its response, the workload's tick in its request.
        Event::Timer(event) => matches!(
            event.timer().kind,
            TimerKind::Handler | TimerKind::NextRequest
        ),
        Event::Socket(SocketEvent::Called { .. }) => true,
        _ => false,
    }
}

fn connection(event: Event) -> (How, Beneath) {
    match event {
        Event::Pool(PoolEvent::Dial { .. }) => (How::Dials, Beneath::Nothing),
        Event::Pool(PoolEvent::Wait { .. }) => (How::Waits, Beneath::Nothing),
        Event::Pool(PoolEvent::Checkout { idle_for, .. }) => {
            (How::Reuses, Beneath::IdleFor(idle_for))
        }
        _ => (How::Unknown, Beneath::Nothing),
    }
}

fn badge(
    trace: &Trace,
    record: &Record,
    reused: &LiteMap<RequestId, ()>,
) -> Option<(What, Beneath)> {
    let nothing = Beneath::Nothing;
    Some(match record.event {
        Event::Request(event) => match event {
            RequestEvent::Started { request } => (What::Asks(request, How::Unknown), nothing),
            RequestEvent::Executed { request, .. } => (What::Runs(request), nothing),
            RequestEvent::Retried {
                request,
                attempt,
                because,
                ..
            } => (
                What::Retried(request, attempt),
                Beneath::Because(trace.requests[request.index()].method, because),
            ),
            RequestEvent::Finished { request } => {
                let status = describe::status_at(trace, request, record.id);
                let what = if status.is_some_and(not_served) {
                    What::NotServed(request)
                } else {
                    What::Done(request)
                };
                (what, nothing)
            }
            RequestEvent::Failed {
                request,
                failure,
                text,
            } => {
                let only_once = reused.contains_key(&request);
                let beneath = if only_once {
                    replay(trace, request, failure)
                } else {
                    nothing
                };
                (What::Failed(request, text), beneath)
            }
            RequestEvent::BodyLeft { left, .. } => (What::BodyLeft(left), nothing),
            RequestEvent::Late { request, error } => {
                (What::Late(request, error.map(|(_, text)| text)), nothing)
            }
            RequestEvent::Written { .. }
            | RequestEvent::Responded { .. }
            | RequestEvent::Head { .. } => return None,
        },
        Event::Pool(event) => match event {
            PoolEvent::Dial { request, .. }
            | PoolEvent::Wait { request }
            | PoolEvent::Checkout { request, .. } => {
                let (how, beneath) = connection(record.event);
                (What::Asks(request, how), beneath)
            }
            PoolEvent::Park { socket, used } => {
                let beneath = if used { nothing } else { Beneath::Unused };
                (What::Park(socket), beneath)
            }
            PoolEvent::Evict { socket, why } => (What::Evict(socket, why), Beneath::Evicted(why)),
        },
        Event::Socket(SocketEvent::Returned { call, result, .. }) => {
            bad_result(result)?;
            (What::Returned(call, result), nothing)
        }
        Event::Socket(SocketEvent::Called { call, .. }) => (What::Called(call), nothing),
        Event::Timer(TimerEvent::Fired { timer, setting }) if !timer.kind.is_kernel() => {
            (What::Fired(timer, setting), nothing)
        }
        Event::Fault(event) => (What::Fault(event), nothing),
        Event::Socket(_) | Event::Timer(_) | Event::Segment(_) => return None,
    })
}

/// Why a failed request was not sent again, where that is a question of its method (RFC 9110 §9.2.2).
fn replay(trace: &Trace, request: RequestId, failure: Failure) -> Beneath {
    let method = trace.requests[request.index()].method;
    let lost = matches!(failure, Failure::EndOfStream | Failure::Reset);
    if lost && matches!(method, Method::Post | Method::Patch) {
        Beneath::NotReplayable(method)
    } else {
        Beneath::Nothing
    }
}
