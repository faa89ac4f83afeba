//! A bound that is reached is recorded: once, and as the last thing where it ends the run.

use super::{Invariant, law};
use crate::{LIMITS, Seen};
use whyeof_trace::{Event, FaultEvent, LimitKind, Stop};

pub(super) const INVARIANT: Invariant = Invariant {
    name: "a bound that is reached is recorded",
    every: 1,
    holds,
};

/// One step may write some more records than a bound allows.
const A_STEP: usize = 2_000;

fn holds(seen: &Seen) -> Result<(), String> {
    let trace = &seen.trace;
    let (records, flows) = (trace.records.len(), trace.flows.len());
    law(records <= LIMITS.records + A_STEP, || {
        format!("{records} records")
    })?;
    law(flows <= LIMITS.flows as usize + A_STEP, || {
        format!("{flows} connections")
    })?;
    let requests = trace.requests.len();
    law(requests <= LIMITS.requests as usize, || {
        format!("{requests} requests")
    })?;
    let noted = |event: &Event| match event {
        Event::Fault(FaultEvent::Limit { kind }) => Some(*kind),
        _ => None,
    };
    let told = trace
        .records
        .iter()
        .filter_map(|record| noted(&record.event));
    let ending = told.filter(|kind| *kind != LimitKind::Requests).count();
    match trace.stop {
        Stop::Limit(kind) => {
            let last = trace.records.last().and_then(|record| noted(&record.event));
            law(last == Some(kind) && ending == 1, || {
                format!("{kind:?} ended it; told: {last:?}, {ending} times")
            })
        }
        Stop::Quiet | Stop::Horizon => law(ending == 0, || {
            "told of a bound that did not end it".to_owned()
        }),
    }
}
