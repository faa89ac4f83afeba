//! What a record led to: the next things on its way that a picture or a list shows.

use crate::describe::has_sentence;
use whyeof_trace::{Event, Record, RecordId, SegmentEvent, Trace};

/// Whether pictures and lists show a record: a segment as it leaves, and whatever has a sentence.
pub const fn is_shown(record: &Record) -> bool {
    match record.event {
        Event::Segment(SegmentEvent::Sent(_)) => true,
        // Only a capture has arrivals that nothing led to: of a packet that left elsewhere.
        Event::Segment(SegmentEvent::Arrived(_)) => record.cause.is_none(),
        // How it ended is said where it left.
        Event::Segment(_) => false,
        event => has_sentence(&event),
    }
}

/// The nearest shown records that come of a record, in order; what those lead to is theirs to tell. One pass over what comes after.
pub fn effects(trace: &Trace, of: RecordId) -> Vec<RecordId> {
    let first = of.index();
    let mut passes = vec![false; trace.records.len().saturating_sub(first)];
    if let Some(own) = passes.first_mut() {
        *own = true;
    }
    let mut effects = Vec::new();
    for (at, record) in trace.records.iter().enumerate().skip(first + 1) {
        let cause = record.cause.map(RecordId::index);
        if !cause.is_some_and(|cause| cause >= first && passes[cause - first]) {
            continue;
        }
        if is_shown(record) {
            effects.push(record.id);
        } else {
            passes[at - first] = true;
        }
    }
    effects
}
