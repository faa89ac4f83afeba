//! Each request starts once and ends at most once, well or with an error. Whether all end where nothing goes wrong is one of the laws.

use super::{Invariant, law};
use crate::Seen;
use whyeof_trace::{Event, RequestEvent, Stop};

pub(super) const INVARIANT: Invariant = Invariant {
    name: "each request ends once",
    every: 1,
    holds,
};

fn holds(seen: &Seen) -> Result<(), String> {
    let trace = &seen.trace;
    // Starts and ends of each.
    let mut lives = vec![(0, 0); trace.requests.len()];
    for record in &trace.records {
        let Event::Request(event) = record.event else {
            continue;
        };
        let (started, ended) = lives
            .get_mut(event.request().index())
            .ok_or_else(|| format!("no such request: {record:?}"))?;
        match event {
            RequestEvent::Started { .. } => *started += 1,
            RequestEvent::Finished { .. } | RequestEvent::Failed { .. } => *ended += 1,
            _ => {}
        }
        law(*started == 1, || {
            format!("not started, or twice: {record:?}")
        })?;
        law(*ended <= 1, || format!("ended before: {record:?}"))?;
    }
    let cut = matches!(trace.stop, Stop::Limit(_));
    let unborn = lives.iter().position(|(started, _)| *started == 0);
    law(unborn.is_none() || cut, || {
        format!("request {unborn:?} never started")
    })
}
