//! Records are numbered, time goes forward, and what brought a record about came before it.

use super::{Invariant, law};
use whyeof_trace::Trace;

/// The invariant.
pub(super) const INVARIANT: Invariant = Invariant {
    name: "time and causes go forward",
    every: 1,
    holds: |seen| goes_forward(&seen.trace),
};

/// Whether time and causes go forward.
///
/// # Errors
/// The first record that is out of order.
pub fn goes_forward(trace: &Trace) -> Result<(), String> {
    let mut last = whyeof_trace::Time::ZERO;
    for (index, record) in trace.records.iter().enumerate() {
        let broken = |what: &str| format!("record {index}: {what}: {record:?}");
        law(record.id.index() == index, || broken("ids count up"))?;
        law(record.time >= last, || broken("time goes forward"))?;
        last = record.time;
        let because = record
            .cause
            .map(|cause| (cause.index() < index).then(|| trace.record(cause)));
        let forward = because.is_none_or(|cause| cause.is_some_and(|c| c.time <= record.time));
        law(forward, || broken("causes come before"))?;
    }
    law(trace.end >= last, || {
        "it ends after its last record".to_owned()
    })
}
