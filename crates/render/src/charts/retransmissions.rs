//! The retransmission ladder: the segment that was sent most often, each time a row, with how long TCP waited before the next.
//!
//! The waits double (RFC 6298 §5.5), which is what a reader of a capture looks for: a row twice as long as the one before. What was sent is
//! told apart by where its bytes stand in the sender's stream, so that a retransmission with other options is still the same.

use super::panel::{AMBER, Area, Drawn, GREEN, LEFT, RED, RIGHT, tall_picture, words};
use crate::summary;
use crate::text::{self, Lang};
use crate::wire::{Fate, Wire};
use litemap::LiteMap;
use plotters::prelude::*;
use plotters::style::text_anchor::HPos;
use std::time::Duration;
use whyeof_trace::time::nanos;
use whyeof_trace::{Flags, RecordId, SocketId, SortKey, Time, Trace};

/// Rows, at most; Linux gives up after 15 retransmissions (`tcp_retries2`).
const MOST: usize = 24;
/// Where the first row stands, and how far the next one is below it, px.
const TOP: i32 = 58;
const ROW: i32 = 22;

/// One time that it was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rung {
    /// The record of that.
    pub record: RecordId,
    /// When.
    pub time: Time,
    /// What became of it.
    pub fate: Fate,
    /// How long until it was sent again; `None`: it was not.
    pub wait: Option<Duration>,
}

impl Rung {
    /// Whether it was lost on the way.
    pub const fn is_lost(&self) -> bool {
        matches!(self.fate, Fate::Lost { .. })
    }
}

/// Where the bytes of a segment stand, and whether it opens or ends the stream.
type Same = (SocketId, u32, u16, bool, bool);

/// Each time that the segment was sent that was sent most often, the earliest of several; empty: nothing was sent twice.
pub fn ladder(wire: &Wire<'_>) -> Vec<Rung> {
    let mut sent: LiteMap<Same, Vec<Rung>> = LiteMap::new();
    for passage in &wire.passages {
        let (Some(segment), Some(time)) = (passage.segment(), passage.sent) else {
            continue;
        };
        let [opens, ends] = [Flags::SYN, Flags::FIN].map(|flag| segment.flags.has(flag));
        if segment.len > 0 || opens || ends {
            let same = (
                passage.from,
                segment.payload().offset,
                segment.len,
                opens,
                ends,
            );
            sent.entry(same).or_default().push(Rung {
                record: passage.record,
                time,
                fate: passage.fate,
                wait: None,
            });
        }
    }
    let most = sent.values().map(Vec::len).max().unwrap_or(0);
    let all = sent
        .into_iter()
        .map(|(_, rungs)| rungs)
        .filter(|rungs| rungs.len() == most && most > 1);
    let all = all.min_by_key(|rungs| -> SortKey { (rungs[0].time.nanos(), 0) });
    let mut rungs = all.unwrap_or_default();
    for at in 1..rungs.len() {
        rungs[at - 1].wait = Some(rungs[at].time.since(rungs[at - 1].time));
    }
    rungs
}

/// The ladder in words: what was sent, when first, and the waits.
fn describe(wire: &Wire<'_>, rungs: &[Rung], lang: Lang) -> String {
    let Some(first) = rungs.first() else {
        return text::NO_RETRANSMISSION.of(lang).to_owned();
    };
    let waits = rungs.iter().filter_map(|rung| rung.wait);
    let waits: Vec<String> = waits.map(text::about).collect();
    let lost = rungs.iter().filter(|rung| rung.is_lost()).count();
    let values = [
        ("what", what(wire, first, lang)),
        ("count", rungs.len().to_string()),
        ("lost", lost.to_string()),
        ("from", text::moment(first.time)),
        ("waits", waits.join(", ")),
    ];
    let values = values
        .each_ref()
        .map(|(name, value)| (*name, value.as_str()));
    text::RETRANSMISSIONS.fill(lang, &values)
}

fn what(wire: &Wire<'_>, rung: &Rung, lang: Lang) -> String {
    let passage = wire.passage(rung.record);
    passage.map_or_else(String::new, |passage| summary::packet(wire, passage, lang))
}

/// The picture, as a file of its own.
pub fn svg(trace: &Trace, lang: Lang) -> String {
    let wire = Wire::new(trace);
    let rungs = ladder(&wire);
    let shown = rungs.len().clamp(1, MOST);
    let height = TOP + ROW * i32::try_from(shown).unwrap_or(0) + 14;
    tall_picture(&describe(&wire, &rungs, lang), height, |area| {
        draw(&wire, &rungs, lang, area)
    })
}

fn draw<'s>(wire: &Wire<'_>, rungs: &[Rung], lang: Lang, area: &Area<'s>) -> Drawn<'s> {
    let Some(first) = rungs.first() else {
        let none = text::NO_RETRANSMISSION.of(lang);
        return words(area, none, (16, TOP), AMBER, HPos::Left);
    };
    words(area, &what(wire, first, lang), (16, 22), AMBER, HPos::Left)?;
    let longest = rungs.iter().filter_map(|rung| rung.wait).map(nanos).max();
    let longest = longest.unwrap_or(1).max(1);
    let more = rungs.len().saturating_sub(MOST);
    for (at, rung) in rungs.iter().take(MOST).enumerate() {
        let y = TOP + ROW * i32::try_from(at).unwrap_or(0);
        let (ink, sign) = match rung.fate {
            Fate::Arrived { .. } => (GREEN, "✓"),
            Fate::Lost { .. } => (RED, "✕"),
            Fate::InFlight | Fate::Unknown => (AMBER, "·"),
        };
        let left = LEFT + 46;
        words(
            area,
            &text::moment(rung.time),
            (LEFT + 14, y),
            ink,
            HPos::Right,
        )?;
        words(area, sign, (LEFT + 30, y), ink, HPos::Center)?;
        let Some(wait) = rung.wait else {
            continue;
        };
        let wide = i128::from(nanos(wait)) * i128::from(RIGHT - left - 90) / i128::from(longest);
        let right = left + i32::try_from(wide).unwrap_or(0).max(2);
        let bar = [(left, y - 6), (right, y + 6)];
        area.draw(&Rectangle::new(bar, ink.filled()))?;
        let said = format!("+{}", text::about(wait));
        words(area, &said, (right + 6, y), ink, HPos::Left)?;
    }
    if more > 0 {
        let said = text::SWEPT_MORE.fill(lang, &[("count", &more.to_string())]);
        words(area, &said, (RIGHT, 22), AMBER, HPos::Right)?;
    }
    Ok(())
}
