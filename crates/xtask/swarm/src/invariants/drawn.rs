//! Everything that draws or writes a run does, and names no record that there is not.

use super::{Invariant, law};
use crate::Seen;
use whyeof_render::diagram::{Diagram, View};
use whyeof_render::formats::{self, Case, Written};
use whyeof_trace::{Event, Lang, Record, SegmentEvent, Trace};

pub(super) const INVARIANT: Invariant = Invariant {
    name: "every format can write it",
    every: 32,
    holds,
};

fn holds(seen: &Seen) -> Result<(), String> {
    let silent = !seen.trace.records.iter().any(|r| is_heard(&seen.trace, r));
    let case = Case::from(&seen.trace);
    for (at, format) in formats::ALL.iter().enumerate() {
        // Each of them in one language or the other.
        let lang = Lang::ALL[(at + seen.trace.records.len()) % 2];
        let written = format.of(&case, lang);
        let whole = match &written {
            // Of no packet there is nothing to say.
            Written::Text(text) => {
                (text.ends_with('\n') || silent && text.is_empty()) && !text.contains("NaN")
            }
            Written::Bytes(bytes) => !bytes.is_empty(),
        };
        law(whole, || format!("{} in {}", format.name.id, lang.tag()))?;
    }
    for lang in Lang::ALL {
        let width = if seen.trace.hosts.len() > 2 {
            1_200.0
        } else {
            390.0
        };
        let view = View::new(width, lang);
        let scene = Diagram::new(&seen.trace, &view).whole();
        for item in &scene.items {
            let named = item
                .about
                .is_none_or(|id| id.index() < seen.trace.records.len());
            law(named, || format!("drawn of no record: {item:?}"))?;
        }
    }
    Ok(())
}

/// Whether a packet arrives that another host has sent: what a sender's own filter says to it, no capture shows.
fn is_heard(trace: &Trace, record: &Record) -> bool {
    let Event::Segment(SegmentEvent::Arrived(packet)) = record.event else {
        return false;
    };
    let because = record.cause.map(|cause| trace.record(cause).event);
    because == Some(Event::Segment(SegmentEvent::Sent(packet)))
}
