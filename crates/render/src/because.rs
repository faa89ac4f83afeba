//! Why a record came about, in a few words: the first cause on its chain that a reader would name.
//!
//! Between a timer that fires and the FIN that it leads to lie a call and a state change; the walk passes
//! them. In a capture nothing has a cause, and nothing is said.

use crate::describe::{bad_result, call, named};
use crate::text::{self, Lang};
use crate::wire::{Kind, Wire};
use whyeof_trace::{
    Event, FaultEvent, PoolEvent, Record, RecordId, RequestEvent, SegmentEvent, SocketEvent,
    TimerEvent, TimerKind,
};

/// How far up the chain of causes to look: a reader's "why" is near.
const REACH: usize = 12;

/// What completes "because …" for a record; `None` where its cause says nothing new.
///
/// For the record of an arrival or a loss, the answer is that of its sending.
pub fn because(wire: &Wire<'_>, id: RecordId, lang: Lang) -> Option<String> {
    let id = match wire.passage(id) {
        Some(passage) => passage.record,
        None => id,
    };
    let of = wire.trace.record(id);
    wire.trace
        .causes(id)
        .skip(1)
        .take(REACH)
        .find_map(|cause| phrase(wire, of, cause, lang))
}

fn phrase(wire: &Wire<'_>, of: &Record, cause: &Record, lang: Lang) -> Option<String> {
    let trace = wire.trace;
    match cause.event {
        Event::Segment(SegmentEvent::Arrived(_)) => arrived(wire, of, cause.id, lang),
        Event::Segment(_) => None,
        Event::Socket(SocketEvent::Returned {
            call: c, result, ..
        }) => {
            let result = bad_result(result)?;
            let values = [("call", call(c)), ("result", result)];
            Some(text::WHY_RETURNED.fill(lang, &values))
        }
        Event::Socket(_) => None,
        Event::Timer(event) => fired(event, lang),
        Event::Pool(event) => match event {
            PoolEvent::Dial { .. } => Some(text::WHY_DIAL.of(lang).to_owned()),
            PoolEvent::Checkout {
                request,
                reused: true,
                ..
            } => Some(named(trace, request, text::WHY_TAKEN, lang, &[])),
            PoolEvent::Checkout { request, .. } => {
                Some(named(trace, request, text::WHY_ASKED, lang, &[]))
            }
            // That a request on it failed is said by what failed the request.
            PoolEvent::Evict {
                why: whyeof_trace::Evicted::Broken,
                ..
            } => None,
            PoolEvent::Evict { why, .. } => Some(text::evicted(why).of(lang).to_owned()),
            PoolEvent::Park { .. } | PoolEvent::Wait { .. } => None,
        },
        Event::Request(event) => {
            let text = match event {
                RequestEvent::Started { .. } => text::WHY_ASKED,
                RequestEvent::Executed { .. } if broke_off(wire, of) => text::WHY_BROKE_OFF,
                RequestEvent::Executed { .. } => text::WHY_HANDLED,
                RequestEvent::BodyLeft { .. } => text::WHY_BODY_LEFT,
                RequestEvent::Retried { .. } => text::WHY_RETRIED,
                RequestEvent::Finished { .. } | RequestEvent::Late { error: None, .. } => {
                    text::WHY_DONE
                }
                RequestEvent::Failed { .. } => text::WHY_FAILED,
                _ => return None,
            };
            Some(named(trace, event.request(), text, lang, &[]))
        }
        Event::Fault(FaultEvent::Applied { fault } | FaultEvent::Lifted { fault }) => {
            Some(text::WHY_FAULT.fill(lang, &[("n", &trace.fault(fault))]))
        }
        Event::Fault(_) => None,
    }
}

/// Whether a FIN or RST is what a handler did in place of an answer.
fn broke_off(wire: &Wire<'_>, of: &Record) -> bool {
    let ends = |kind| matches!(kind, Kind::Close | Kind::Reset);
    let answered = |r: &Record| matches!(r.event, Event::Request(RequestEvent::Responded { .. }));
    let mut causes = wire.trace.causes(of.id).take(REACH);
    wire.passage(of.id).is_some_and(|p| ends(p.kind)) && !causes.any(answered)
}

/// An arrival as a cause: for the reset that answers it at once, that nobody was there any more.
fn arrived(wire: &Wire<'_>, of: &Record, came: RecordId, lang: Lang) -> Option<String> {
    let cause = wire.passage(came)?;
    let what = wire.name(cause, lang);
    let answer =
        of.cause == Some(came) && wire.passage(of.id).is_some_and(|p| p.kind == Kind::Reset);
    let text = match (answer, cause.kind) {
        (true, Kind::Open) => text::WHY_NOBODY_LISTENS,
        (true, _) => text::WHY_CLOSED_SOCKET,
        (false, _) => text::WHY_ARRIVED,
    };
    Some(text.fill(lang, &[("what", &what)]))
}

fn fired(event: TimerEvent, lang: Lang) -> Option<String> {
    let TimerEvent::Fired { timer, .. } = event else {
        return None;
    };
    // The handler's end and the workload's tick are told by what they lead to.
    if matches!(timer.kind, TimerKind::Handler | TimerKind::NextRequest) {
        return None;
    }
    let told = match timer.kind {
        TimerKind::Shutdown => Some(text::WHY_SHUTDOWN),
        TimerKind::Exit => Some(text::WHY_EXIT),
        _ => None,
    };
    if let Some(told) = told {
        return Some(told.of(lang).to_owned());
    }
    let name = text::timer(timer.kind).of(lang);
    Some(text::WHY_FIRED.fill(lang, &[("timer", name)]))
}
