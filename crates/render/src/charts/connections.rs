//! Connections over time: how many sockets are open, how many lie in TIME-WAIT, how many are dialled each second.
//!
//! What `ss -s` and a dashboard of new connections show of a client whose pool does not hold (article 003). Both of a client's
//! curves are counted at the end that dials; time is cut into slots, and each shows its highest value.

use super::panel::{
    AMBER, Area, BLUE, Drawn, LEFT, Span, axis, curve, frame, picture, slotted, words, y,
};
use crate::text::{self, Lang};
use litemap::LiteMap;
use plotters::prelude::*;
use plotters::style::text_anchor::HPos;
use std::time::Duration;
use whyeof_trace::time::nanos;
use whyeof_trace::{Call, Event, Side, SocketEvent, SocketId, State, Time, Trace};

/// Slots of time.
const SLOTS: usize = 240;

/// What one slot shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Slot {
    /// Connections of which the end that dialled is neither CLOSED nor in TIME-WAIT, at most.
    pub open: u32,
    /// Sockets in TIME-WAIT at either end, at most.
    pub time_wait: u32,
    /// Connections dialled.
    pub dialled: u32,
}

/// A run's connections, slot by slot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Connections {
    /// From the start of the run to its end.
    pub slots: Vec<Slot>,
    /// How long one is.
    pub slot: Duration,
}

impl Connections {
    /// Counts.
    pub fn of(trace: &Trace) -> Self {
        let mut states: LiteMap<SocketId, State> = LiteMap::new();
        let mut now = Slot::default();
        let (slots, width) = slotted(trace, SLOTS, Slot::see, |event, slot| {
            match *event {
                Event::Socket(SocketEvent::Entered { socket, to, .. }) => {
                    let from = states.insert(socket, to).unwrap_or(State::Closed);
                    now.count(socket.side, from, to);
                }
                Event::Socket(SocketEvent::Called {
                    call: Call::Connect,
                    ..
                }) => slot.dialled += 1,
                _ => {}
            }
            now
        });
        Self {
            slots,
            slot: Duration::from_nanos(width),
        }
    }

    /// Connections dialled in a second, on average over the whole run; where that is less than one, in a minute or in an hour.
    fn rate(&self, lang: Lang) -> String {
        let dialled: u64 = self.slots.iter().map(|s| u64::from(s.dialled)).sum();
        let whole = (nanos(self.slot) * SLOTS as u64).max(1);
        let of = |seconds: u64| (dialled * seconds * 1_000_000_000 + whole / 2) / whole;
        let units = [
            (1, text::A_SECOND),
            (60, text::A_MINUTE),
            (3_600, text::AN_HOUR),
        ];
        let all = units.map(|(seconds, words)| (of(seconds), words));
        let told = all.iter().find(|(rate, _)| *rate > 0).unwrap_or(&all[0]);
        told.1.fill(lang, &[("n", &told.0.to_string())])
    }

    /// The highest value of one curve.
    pub fn most(&self, of: impl Fn(&Slot) -> u32) -> u32 {
        self.slots.iter().map(of).max().unwrap_or(0)
    }

    /// What the picture shows, in words.
    pub fn describe(&self, lang: Lang) -> String {
        let (open, wait) = (self.most(|s| s.open), self.most(|s| s.time_wait));
        let values = [
            ("open", open.to_string()),
            ("wait", wait.to_string()),
            ("dials", self.rate(lang)),
        ];
        let values = values
            .each_ref()
            .map(|(name, value)| (*name, value.as_str()));
        text::CONNECTIONS_SHOWN.fill(lang, &values)
    }
}

impl Slot {
    /// So many are open at a moment of this slot.
    fn see(&mut self, now: Self) {
        self.open = self.open.max(now.open);
        self.time_wait = self.time_wait.max(now.time_wait);
    }

    fn count(&mut self, side: Side, from: State, to: State) {
        let is_open = |state| !matches!(state, State::Closed | State::Listen | State::TimeWait);
        let change = |count: &mut u32, was: bool, is: bool| match (was, is) {
            (false, true) => *count += 1,
            (true, false) => *count = count.saturating_sub(1),
            _ => {}
        };
        if side == Side::Opener {
            change(&mut self.open, is_open(from), is_open(to));
        }
        let (was, is) = (from == State::TimeWait, to == State::TimeWait);
        change(&mut self.time_wait, was, is);
    }
}

/// The upper picture and the lower one, px.
const SOCKETS: Span = (46, 186);
const DIALS: Span = (236, 346);

/// The picture, as a file of its own.
pub fn svg(trace: &Trace, lang: Lang) -> String {
    let connections = Connections::of(trace);
    picture(&connections.describe(lang), |area| {
        draw(&connections, trace.end, lang, area)
    })
}

fn draw<'s>(connections: &Connections, end: Time, lang: Lang, area: &Area<'s>) -> Drawn<'s> {
    let open = connections.most(|s| s.open);
    let wait = connections.most(|s| s.time_wait);
    let most = open.max(wait).max(1);
    words(
        area,
        text::OPEN_SOCKETS.of(lang),
        (LEFT, 22),
        BLUE,
        HPos::Left,
    )?;
    words(area, "TIME-WAIT", (LEFT + 120, 22), AMBER, HPos::Left)?;
    frame(area, SOCKETS, &most.to_string())?;
    let values = |of: fn(&Slot) -> u32| connections.slots.iter().map(of);
    curve(area, SOCKETS, values(|s| s.open), (most, BLUE))?;
    curve(area, SOCKETS, values(|s| s.time_wait), (most, AMBER))?;
    let (rate, bar) = (connections.rate(lang), connections.slot * TOGETHER);
    let average = [("rate", &*rate), ("bar", &text::span(bar))];
    let average = text::NEW_CONNECTIONS.fill(lang, &average);
    words(area, &average, (LEFT, 212), BLUE, HPos::Left)?;
    bars(area, connections)?;
    axis(area, DIALS.1 + 16, (Time::ZERO, end))
}

fn x(slot: usize) -> i32 {
    super::panel::x(slot, SLOTS)
}

/// So many slots are one bar: a single one holds too few dials to tell.
const TOGETHER: u32 = 4;

/// How many were dialled in each stretch of time.
fn bars<'s>(area: &Area<'s>, connections: &Connections) -> Drawn<'s> {
    let together = TOGETHER as usize;
    let slots = connections.slots.chunks(together);
    let dialled: Vec<u32> = slots
        .map(|slots| slots.iter().map(|s| s.dialled).sum())
        .collect();
    let most = dialled.iter().copied().max().unwrap_or(0).max(1);
    frame(area, DIALS, &most.to_string())?;
    for (at, count) in dialled.iter().enumerate().filter(|(_, count)| **count > 0) {
        let (left, right) = (x(at * together), x((at + 1) * together));
        let top = y(DIALS, u64::from(*count), u64::from(most));
        let corners = [(left, top), (right - 1, DIALS.1)];
        area.draw(&Rectangle::new(corners, BLUE.filled()))?;
    }
    Ok(())
}
