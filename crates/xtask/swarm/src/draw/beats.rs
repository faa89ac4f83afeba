//! The few times that a scenario's own times keep to.
//!
//! Races need timeouts that are about as long as the pauses between requests; times that are drawn one by one never are.

use crate::dice::Dice;
use whyeof_scenario::span::{Span, Unit};

/// What a scenario's times are near to, in nanoseconds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Beats {
    long: i64,
    short: i64,
    /// There and back.
    pub(crate) rtt: i64,
}

const MILLI: i64 = Unit::Millis.nanos();
const SECOND: i64 = Unit::Seconds.nanos();

impl Beats {
    pub(crate) fn new(dice: &mut Dice) -> Self {
        let rtt = match dice.below(8) {
            0 => 0,
            1 => dice.any_size(0, 400 * MILLI),
            2 => 100 * MILLI,
            3 => MILLI,
            _ => 10 * MILLI,
        };
        Self {
            long: *dice.one_of(&[1, 1, 2, 2, 5, 10, 30]) * SECOND,
            short: *dice.one_of(&[5, 20, 100, 250, 500]) * MILLI,
            rtt,
        }
    }

    /// A span that is about one of them: exactly, or as much off as a packet takes, or half or twice of it.
    pub(crate) fn near(&self, dice: &mut Dice) -> i64 {
        let beat = if dice.once_in(3) {
            self.short
        } else {
            self.long
        };
        let off = match dice.below(10) {
            0 => dice.any_size(0, 2 * MILLI),
            1 | 2 => self.rtt / 2,
            3 => self.rtt,
            4 | 5 => dice.any_size(0, self.rtt + MILLI),
            _ => 0,
        };
        let scaled = match dice.below(10) {
            0 => beat / 2,
            1 => beat * 2,
            _ => beat,
        };
        if dice.once_in(2) {
            scaled + off
        } else {
            (scaled - off).max(0)
        }
    }

    /// Any span from nothing to this: about a beat, round, at an edge, or any other.
    pub(crate) fn any(&self, least: i64, most: i64, dice: &mut Dice) -> Span {
        let drawn = match dice.below(20) {
            0 => least,
            1 => most,
            2 => dice.any_size(-SECOND, 0),
            3 => 0,
            4..=6 => dice.any_size(0, 100 * SECOND),
            7..=9 => *dice.one_of(&[1, 10, 50, 1_000, 3_000, 10_000, 60_000]) * MILLI,
            _ => self.near(dice),
        };
        Span(drawn.clamp(least, most))
    }
}
