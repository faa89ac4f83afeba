//! The retransmission ladder: the segment that was sent most often, each time a row, with how long TCP waited before the next.
//!
//! The waits double (RFC 6298 §5.5), which is what a reader of a capture looks for: a row twice as long as the one before. What was sent is
//! told apart by where its bytes stand in the sender's stream, so that a retransmission with other options is still the same.

use super::panel::{AMBER, Area, Drawn, GREEN, LEFT, RED, RIGHT, tall_picture, words};
use crate::summary;
use crate::text::{self, Lang};
use crate::wire::Wire;
use litemap::LiteMap;
use plotters::prelude::*;
use plotters::style::text_anchor::HPos;
use std::time::Duration;
use whyeof_trace::time::nanos;
use whyeof_trace::{Event, Flags, FlowId, Packet, RecordId, SegmentEvent, SortKey, Time, Trace};

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

/// What became of a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It reached the other end.
    Arrived,
    /// It was lost on the way.
    Lost,
    /// The run, or the capture, does not say.
    Unknown,
}

/// Where the bytes of a segment stand, and whether it opens or ends the stream.
type Same = (FlowId, usize, u32, u16, bool, bool);

/// Each time that the segment was sent that was sent most often, the earliest of several; empty: nothing was sent twice.
pub fn ladder(trace: &Trace) -> Vec<Rung> {
    let mut sent: LiteMap<Same, Vec<(RecordId, Time)>> = LiteMap::new();
    let mut fates: LiteMap<RecordId, Fate> = LiteMap::new();
    for record in &trace.records {
        let Event::Segment(event) = record.event else {
            continue;
        };
        match (event, record.cause) {
            (SegmentEvent::Sent(Packet::Tcp(segment)), _) => {
                let [opens, ends] = [Flags::SYN, Flags::FIN].map(|flag| segment.flags.has(flag));
                if segment.len > 0 || opens || ends {
                    let payload = segment.payload();
                    let side = segment.from.index();
                    let same = (segment.flow, side, payload.offset, segment.len, opens, ends);
                    let all = sent.entry(same).or_default();
                    all.push((record.id, record.time));
                }
            }
            (SegmentEvent::Arrived(_), Some(of)) => {
                fates.insert(of, Fate::Arrived);
            }
            (SegmentEvent::Dropped { .. }, Some(of)) => {
                fates.insert(of, Fate::Lost);
            }
            _ => {}
        }
    }
    let most = sent.values().map(Vec::len).max().unwrap_or(0);
    let first = |all: &&Vec<(RecordId, Time)>| all.len() == most && most > 1;
    let all = sent.values().filter(first);
    let all = all.min_by_key(|all| -> SortKey { (all[0].1.nanos(), 0) });
    let all: &[_] = all.map_or(&[], |all| all.as_slice());
    let next = |at: usize| all.get(at + 1).map(|(_, time)| *time);
    let rung = |(at, (record, time)): (usize, &(RecordId, Time))| Rung {
        record: *record,
        time: *time,
        fate: fates.get(record).copied().unwrap_or(Fate::Unknown),
        wait: next(at).map(|next| next.since(*time)),
    };
    all.iter().enumerate().map(rung).collect()
}

/// The ladder in words: what was sent, when first, and the waits.
pub fn describe(trace: &Trace, lang: Lang) -> String {
    let rungs = ladder(trace);
    let Some(first) = rungs.first() else {
        return text::NO_RETRANSMISSION.of(lang).to_owned();
    };
    let waits = rungs.iter().filter_map(|rung| rung.wait);
    let waits: Vec<String> = waits.map(text::about).collect();
    let lost = rungs.iter().filter(|rung| rung.fate == Fate::Lost).count();
    let values = [
        ("what", what(trace, first, lang)),
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

fn what(trace: &Trace, rung: &Rung, lang: Lang) -> String {
    let wire = Wire::new(trace);
    let passage = wire.passage(rung.record);
    passage.map_or_else(String::new, |passage| summary::packet(&wire, passage, lang))
}

/// The picture, as a file of its own.
pub fn svg(trace: &Trace, lang: Lang) -> String {
    let rungs = ladder(trace);
    let shown = rungs.len().clamp(1, MOST);
    let height = TOP + ROW * i32::try_from(shown).unwrap_or(0) + 14;
    tall_picture(&describe(trace, lang), height, |area| {
        draw(trace, &rungs, lang, area)
    })
}

fn draw<'s>(trace: &Trace, rungs: &[Rung], lang: Lang, area: &Area<'s>) -> Drawn<'s> {
    let Some(first) = rungs.first() else {
        let none = text::NO_RETRANSMISSION.of(lang);
        return words(area, none, (16, TOP), AMBER, HPos::Left);
    };
    words(area, &what(trace, first, lang), (16, 22), AMBER, HPos::Left)?;
    let longest = rungs.iter().filter_map(|rung| rung.wait).map(nanos).max();
    let longest = longest.unwrap_or(1).max(1);
    let more = rungs.len().saturating_sub(MOST);
    for (at, rung) in rungs.iter().take(MOST).enumerate() {
        let y = TOP + ROW * i32::try_from(at).unwrap_or(0);
        let (ink, sign) = match rung.fate {
            Fate::Arrived => (GREEN, "✓"),
            Fate::Lost => (RED, "✕"),
            Fate::Unknown => (AMBER, "·"),
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
