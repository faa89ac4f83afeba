//! A run without a trace is the same run.

use super::{Invariant, law};
use whyeof_sim::plan::Plan;
use whyeof_sim::recorder::Outcome;
use whyeof_sim::world;
use whyeof_trace::{
    Event, Evicted, LimitKind, PoolEvent, Record, RequestEvent, RequestId, Stop, Trace,
};

pub(super) const INVARIANT: Invariant = Invariant {
    name: "outcomes are what the trace says",
    every: 1,
    holds: |seen| {
        // Without a trace there is no bound for one.
        if seen.trace.stop == Stop::Limit(LimitKind::Records) {
            return Ok(());
        }
        are_what_the_trace_says(&seen.plan, &seen.trace)
    },
};

/// Whether the run of a plan without a trace comes to what its trace says.
///
/// # Errors
/// The first request of which both do not say the same.
pub fn are_what_the_trace_says(plan: &Plan, trace: &Trace) -> Result<(), String> {
    let (outcomes, world) = world::outcomes(plan.clone());
    let counts = (outcomes.requests.len(), trace.requests.len());
    law(counts.0 == counts.1, || {
        format!(
            "{} requests without a trace, {} with one",
            counts.0, counts.1
        )
    })?;
    for (outcome, number) in outcomes.requests.iter().zip(0..) {
        let request = RequestId(number);
        let expected = expected(trace, request)?;
        law(*outcome == expected, || {
            format!("{request:?}: {outcome:?}, and by the trace {expected:?}")
        })?;
        if let Some((_, text)) = expected.failure {
            law(world.text(text) == trace.text(text), || {
                format!("{request:?}: another error")
            })?;
        }
    }
    Ok(())
}

/// How a request ended, by the trace.
fn expected(trace: &Trace, request: RequestId) -> Result<Outcome, String> {
    let life = trace.life(request).ok_or("it never started")?;
    let failure = life.failed(trace).and_then(|r| match r.event {
        Event::Request(RequestEvent::Failed { failure, text, .. }) => Some((failure, text)),
        _ => None,
    });
    let idle_for = life.checkout.and_then(|id| match trace.record(id).event {
        Event::Pool(PoolEvent::Checkout { idle_for, .. }) => Some(idle_for),
        _ => None,
    });
    let mut statuses = trace
        .of_request(request)
        .filter_map(|(_, event)| match event {
            RequestEvent::Head { status, .. } => Some(status),
            _ => None,
        });
    Ok(Outcome {
        status: statuses.next_back().unwrap_or(0),
        started: trace.record(life.started).time,
        ended: life.ended.map(|id| trace.record(id).time),
        failure,
        attempts: life.attempts,
        sent: life.sent,
        executed: life.executed,
        reused: life.reused,
        idle_for: idle_for.unwrap_or_default(),
        after: dialled_after(trace, request),
    })
}

/// Why the last connection before had left a pool when one was dialled for this request.
fn dialled_after(trace: &Trace, request: RequestId) -> Option<Evicted> {
    let is_dial = |record: &&Record| match record.event {
        Event::Pool(PoolEvent::Dial { request: whose, .. }) => whose == request,
        _ => false,
    };
    let dial = trace.records.iter().rfind(is_dial)?;
    let before = trace.records[..dial.id.index()].iter().rev();
    let mut here = before.filter(|record| record.host == dial.host);
    here.find_map(|record| match record.event {
        Event::Pool(PoolEvent::Evict { why, .. }) => Some(why),
        _ => None,
    })
}
