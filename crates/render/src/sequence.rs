//! A run as the steps of a sequence diagram in words, for tools that draw such diagrams from text: packets, what programs do that
//! matters, and silences.

use crate::describe;
use crate::diagram::{Band, Part};
use crate::text::{self, Lang};
use crate::wire::{Fate, Kind, Passage, Wire, culprit};
use std::time::Duration;
use whyeof_trace::{
    Event, FlowId, HostId, Record, RequestEvent, SortKey, Time, TimerEvent, TimerKind,
};

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
        /// What it is, and what dropped it, if it was dropped.
        words: String,
        /// Whether it carries nothing: an ACK or a probe.
        faint: bool,
        /// How long it travels, if it arrives.
        flight: Option<Duration>,
        lost: bool,
    },
    /// A program does something, or something is done to it.
    Note { host: HostId, words: String },
    /// Nothing is on the wire.
    Quiet(String),
    /// So many steps are left out.
    More(String),
}

/// What a step is made from: words are made of those only that are not left out.
#[derive(Clone, Copy)]
enum Source<'w> {
    Packet(&'w Passage),
    Record(&'w Record),
}

/// What of a run is told.
pub(crate) struct Stretch {
    /// When.
    pub(crate) band: Band,
    /// On which connections, in order; `None`: all.
    pub(crate) only: Option<Vec<FlowId>>,
}

impl Stretch {
    /// All of it.
    pub(crate) const WHOLE: Self = Self {
        band: Band::ALL,
        only: None,
    };
}

/// The steps of a run, in order.
pub(crate) fn steps(wire: &Wire<'_>, stretch: &Stretch, lang: Lang) -> Vec<Step> {
    let part = Part::new(wire.trace, stretch.only.as_deref());
    let is_in = |record: &Record| part.has(record);
    let packets = wire.passages.iter();
    let packets = packets.filter(|p| stretch.band.contains(p.seen()));
    let packets = packets.filter(|p| is_in(wire.trace.record(p.record)));
    let packets = packets.map(|p| (p.seen(), Source::Packet(p)));
    let told = |record: &&Record| {
        let has_words = matters(record) && describe::has_sentence(&record.event);
        has_words && stretch.band.contains(record.time) && is_in(record)
    };
    let records = wire.trace.records.iter().filter(told);
    let notes = records.map(|record| (record.time, Source::Record(record)));
    let mut all: Vec<(Time, Source<'_>)> = packets.chain(notes).collect();
    all.sort_by_cached_key(|(time, _)| -> SortKey { (time.nanos(), 0) });
    let more = all.len().saturating_sub(MOST);
    all.truncate(MOST);
    let mut steps = Vec::new();
    let mut last: Option<Time> = None;
    for (time, source) in all {
        let gap = last.map_or(Duration::ZERO, |last| time.since(last));
        if gap >= SILENCE {
            let span = text::about(gap);
            steps.push(Step::Quiet(text::QUIET.fill(lang, &[("span", &span)])));
        }
        last = Some(time);
        steps.extend(match source {
            Source::Packet(passage) => Some(packet(wire, passage, lang)),
            Source::Record(record) => note(wire, record, lang),
        });
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
    let lost = match passage.fate {
        Fate::Lost { by, .. } => Some(culprit(wire.trace, by, lang)),
        _ => None,
    };
    let lost_by = lost.as_deref().map(|by| format!(" ({by})"));
    Step::Packet {
        from,
        to,
        words: format!(
            "{} · {name}{}",
            text::moment(passage.seen()),
            lost_by.unwrap_or_default()
        ),
        faint: matches!(passage.kind, Kind::Ack | Kind::Probe | Kind::WindowProbe),
        flight: passage.flight(),
        lost: lost.is_some(),
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
