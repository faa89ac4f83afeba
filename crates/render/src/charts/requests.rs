//! Requests over time: how many were served, how many failed, and which share that is.
//!
//! What a dashboard of errors shows of a service of which some machines have fallen silent (article 004). A request is
//! counted where its caller asked, with what came of it later; those that a proxy makes for another are left out.

use super::panel::{
    AMBER, Area, Drawn, GREEN, LEFT, ON, RED, Span, axis, frame, picture, words, x, y,
};
use crate::text::{self, Lang};
use plotters::prelude::*;
use plotters::style::text_anchor::HPos;
use std::time::Duration;
use whyeof_trace::time::nanos;
use whyeof_trace::{Event, RequestEvent, RequestId, Time, Trace};

/// A bar holds so many requests, on average over the run: enough that a share can be seen.
const A_BAR: usize = 5;
/// Most bars.
const MOST: usize = 60;

/// What became of the requests of one stretch of time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Slot {
    /// Served.
    pub served: u32,
    /// Failed, or answered with word of somebody's failure.
    pub failed: u32,
    /// Neither, when the run ended.
    pub open: u32,
}

impl Slot {
    /// All of them.
    pub fn asked(&self) -> u32 {
        self.served + self.failed + self.open
    }

    /// The share that failed of those that ended, in percent, rounded; `None`: none ended.
    pub fn share(&self) -> Option<u32> {
        let ended = self.served + self.failed;
        (100 * self.failed + ended / 2).checked_div(ended)
    }
}

/// A run's requests, stretch by stretch: all equally long, from the first that was asked for to the last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requests {
    /// The stretches; at least one.
    pub slots: Vec<Slot>,
    /// Where the first begins.
    pub from: Time,
    /// Where the last ends.
    pub to: Time,
}

impl Requests {
    /// Counts.
    pub fn of(trace: &Trace) -> Self {
        let starts: Vec<(RequestId, Time)> = starts(trace).collect();
        let (from, last) = match (starts.first(), starts.last()) {
            (Some((_, first)), Some((_, last))) => (*first, *last),
            _ => (Time::ZERO, trace.end),
        };
        // The last one's share of time, too: what is asked for every so often then fills all stretches alike.
        let gaps = starts.len().saturating_sub(1).max(1) as u64;
        let whole = nanos(last.since(from));
        let whole = whole + whole.div_ceil(gaps);
        let bars = (starts.len() / A_BAR).clamp(1, MOST);
        let served = trace.served();
        let mut slots = vec![Slot::default(); bars];
        for (request, at) in starts {
            let before = u128::from(nanos(at.since(from)));
            let slot = (before * bars as u128)
                .checked_div(whole.into())
                .unwrap_or(0);
            let slot = usize::try_from(slot).unwrap_or(bars).min(bars - 1);
            let slot = &mut slots[slot];
            match served[request.index()] {
                Some(true) => slot.served += 1,
                Some(false) => slot.failed += 1,
                None => slot.open += 1,
            }
        }
        let to = from + Duration::from_nanos(whole);
        Self { slots, from, to }
    }

    /// All stretches together.
    pub fn whole(&self) -> Slot {
        let add = |sum: Slot, slot: &Slot| Slot {
            served: sum.served + slot.served,
            failed: sum.failed + slot.failed,
            open: sum.open + slot.open,
        };
        self.slots.iter().fold(Slot::default(), add)
    }

    /// What the picture shows, in words.
    pub fn describe(&self, lang: Lang) -> String {
        let whole = self.whole();
        let shares = self.slots.iter().filter_map(Slot::share);
        let values = [
            ("asked", whole.asked()),
            ("failed", whole.failed),
            ("share", whole.share().unwrap_or(0)),
            ("most", shares.max().unwrap_or(0)),
        ]
        .map(|(name, value)| (name, value.to_string()));
        let values = values
            .each_ref()
            .map(|(name, value)| (*name, value.as_str()));
        text::REQUESTS_SHOWN.fill(lang, &values)
    }
}

/// What callers asked for, and when.
fn starts(trace: &Trace) -> impl Iterator<Item = (RequestId, Time)> {
    trace
        .records
        .iter()
        .filter_map(|record| match record.event {
            Event::Request(RequestEvent::Started { request }) => {
                let by_caller = trace.requests[request.index()].parent.is_none();
                by_caller.then_some((request, record.time))
            }
            _ => None,
        })
}

/// The upper panel and the lower one, px.
const COUNTS: Span = (46, 186);
const SHARE: Span = (236, 346);

/// The picture, as a file of its own.
pub fn svg(trace: &Trace, lang: Lang) -> String {
    let requests = Requests::of(trace);
    picture(&requests.describe(lang), |area| draw(&requests, lang, area))
}

fn draw<'s>(requests: &Requests, lang: Lang, area: &Area<'s>) -> Drawn<'s> {
    let most = requests.slots.iter().map(Slot::asked).max().unwrap_or(0);
    let most = most.max(1);
    let legend = [
        (text::SERVED, GREEN),
        (text::FAILED, RED),
        (text::NOT_ENDED, AMBER),
    ];
    for (at, (name, ink)) in (0..).zip(legend) {
        words(area, name.of(lang), (LEFT + 90 * at, 22), ink, HPos::Left)?;
    }
    frame(area, COUNTS, &most.to_string())?;
    frame(area, SHARE, "100 %")?;
    words(
        area,
        text::FAILED_SHARE.of(lang),
        (LEFT, 212),
        RED,
        HPos::Left,
    )?;
    let bars = requests.slots.len();
    for (at, slot) in requests.slots.iter().enumerate() {
        let (left, right) = (x(at, bars), x(at + 1, bars) - 1);
        let mut below = 0;
        for (count, ink) in [(slot.served, GREEN), (slot.failed, RED), (slot.open, AMBER)] {
            let top = y(COUNTS, (below + count).into(), most.into());
            let bottom = y(COUNTS, below.into(), most.into());
            if count > 0 {
                area.draw(&Rectangle::new(
                    [(left, top), (right, bottom)],
                    ink.filled(),
                ))?;
            }
            below += count;
        }
        if let Some(share) = slot.share().filter(|share| *share > 0) {
            let corners = [(left, y(SHARE, share.into(), 100)), (right, SHARE.1)];
            area.draw(&Rectangle::new(corners, RED.filled()))?;
            percent(
                area,
                share,
                ((left + right) / 2, corners[0].1),
                right - left,
            )?;
        }
    }
    axis(area, SHARE.1 + 16, (requests.from, requests.to))
}

/// The figure over its bar, where it has room.
fn percent<'s>(area: &Area<'s>, share: u32, (x, top): (i32, i32), room: i32) -> Drawn<'s> {
    if room < 26 {
        return Ok(());
    }
    let at = (x, (top - 9).max(SHARE.0 + 9));
    let ink = if at.1 > top { ON } else { RED };
    words(area, &share.to_string(), at, ink, HPos::Center)
}
