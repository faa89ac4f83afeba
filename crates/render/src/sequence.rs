//! A run as the steps of a sequence diagram in words, for tools that draw such diagrams from text: packets, what programs do that
//! matters, and silences.

use crate::describe;
use crate::text::{self, Lang};
use crate::wire::{Fate, Kind, Passage, Wire, culprit};
use std::time::Duration;
use whyeof_trace::{Event, HostId, Record, RequestEvent, SortKey, Time, TimerEvent, TimerKind};

/// Most steps; what goes beyond is counted.
pub(crate) const MOST: usize = 400;
/// A silence this long is told.
const SILENCE: Duration = Duration::from_millis(50);

/// One step.
pub(crate) enum Step {
    /// A packet leaves.
    Packet {
        from: HostId,
        to: HostId,
        words: String,
        kind: Kind,
        /// How long it travels, if it arrives.
        flight: Option<Duration>,
        /// What dropped it, if it was dropped.
        lost: Option<String>,
    },
    /// A program does something, or something is done to it.
    Note { host: HostId, words: String },
    /// Nothing is on the wire.
    Quiet(String),
    /// So many steps are left out.
    More(String),
}

/// The steps of a run, in order.
pub(crate) fn steps(wire: &Wire<'_>, lang: Lang) -> Vec<Step> {
    let mut all: Vec<(Time, Step)> = wire
        .passages
        .iter()
        .map(|passage| (passage.seen(), packet(wire, passage, lang)))
        .collect();
    let notes = wire.trace.records.iter().filter(|record| matters(record));
    all.extend(notes.filter_map(|record| Some((record.time, note(wire, record, lang)?))));
    all.sort_by_cached_key(|(time, _)| -> SortKey { (time.nanos(), 0) });
    let more = all.len().saturating_sub(MOST);
    all.truncate(MOST);
    let mut steps = Vec::new();
    let mut last: Option<Time> = None;
    for (time, step) in all {
        let gap = last.map_or(Duration::ZERO, |last| time.since(last));
        if gap >= SILENCE {
            let span = text::about(gap);
            steps.push(Step::Quiet(text::QUIET.fill(lang, &[("span", &span)])));
        }
        last = Some(time);
        steps.push(step);
    }
    if more > 0 {
        let more = more.to_string();
        steps.push(Step::More(text::MORE_EVENTS.fill(lang, &[("n", &more)])));
    }
    steps
}

/// The hosts of a run that have a lane.
pub(crate) fn hosts(wire: &Wire<'_>) -> impl Iterator<Item = HostId> {
    (0..).map(HostId).take(wire.trace.hosts.len())
}

fn packet(wire: &Wire<'_>, passage: &Passage, lang: Lang) -> Step {
    let (from, to) = wire.hosts(passage);
    let name = wire.long_name(passage, lang);
    Step::Packet {
        from,
        to,
        words: format!("{} · {name}", text::moment(passage.seen())),
        kind: passage.kind,
        flight: passage.flight(),
        lost: match passage.fate {
            Fate::Lost { by, .. } => Some(culprit(wire.trace, by, lang)),
            _ => None,
        },
    }
}

/// Whether a record is worth a note: requests, timers of programs that fire, faults.
const fn matters(record: &Record) -> bool {
    match record.event {
        Event::Request(
            RequestEvent::Started { .. }
            | RequestEvent::Retried { .. }
            | RequestEvent::Finished { .. }
            | RequestEvent::Failed { .. },
        )
        | Event::Fault(_) => true,
        Event::Timer(TimerEvent::Fired { timer, .. }) => {
            !timer.kind.is_kernel()
                && !matches!(timer.kind, TimerKind::Handler | TimerKind::NextRequest)
        }
        _ => false,
    }
}

fn note(wire: &Wire<'_>, record: &Record, lang: Lang) -> Option<Step> {
    let said = describe::sentence(wire.trace, record, lang)?;
    Some(Step::Note {
        host: record.host,
        words: format!("{} · {}", text::moment(record.time), said.words),
    })
}
