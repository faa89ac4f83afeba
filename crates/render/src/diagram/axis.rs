//! Time to y, and back: nonlinear steps between neighbouring events, and folds where nothing happens for long.
//!
//! A run lasts minutes and is decided within microseconds, so no even scale can show it. The step is that of
//! OMNeT++'s sequence chart, `Δy = m + (1 − m)·(2/π)·atan(Δt / focus)`: every step lies between m and 1, order and
//! rough size survive, and because it is taken per pair of neighbours, arrows stay straight. On top of it a drawing
//! may ask for room between two events (a stack of badges), which only ever widens a step.

use std::f64::consts::FRAC_2_PI;
use std::time::Duration;
use whyeof_trace::{Time, by_length};

/// How time becomes height.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Scale {
    /// By the formula: every step lies between the least and the unit.
    #[default]
    Nonlinear,
    /// True to scale between folds: twice the time is twice the height, and what stands too close goes without words.
    Even,
    /// Every step is alike: only the order counts.
    Equal,
}

/// What a reader may turn on the axis. Nothing of it depends on the run, so that it holds across edits.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ruler {
    /// How time becomes height.
    pub scale: Scale,
    /// *Stretch short gaps*: half powers of ten by which the focus is shorter than the automatic choice, −[`STRETCH`](Self::STRETCH)
    /// to [`STRETCH`](Self::STRETCH).
    pub stretch: i8,
    /// *Smallest step*: the formula's m in percent, 0 to 100; `None`: chosen by the layout.
    pub least: Option<u8>,
    /// Everything is this many times as high, 1/8 to 8.
    pub zoom: f64,
    /// Whether long silence is folded.
    pub folds: bool,
}

impl Ruler {
    /// The furthest that `stretch` goes.
    pub const STRETCH: i8 = 8;
}

impl Default for Ruler {
    fn default() -> Self {
        Self {
            scale: Scale::default(),
            stretch: 0,
            least: None,
            zoom: 1.0,
            folds: true,
        }
    }
}

/// How steps are sized.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Steps {
    /// The formula, or one of the two others.
    pub scale: Scale,
    /// Height that a step comes close to when it is far longer than `focus`, px.
    pub unit: f64,
    /// The shortest step as a share of `unit`: the formula's m, 0 to 1.
    pub least: f64,
    /// The span that looks normal: it gets about half of `unit`.
    pub focus: Duration,
    /// Steps at least this long with nothing on the wire are folded; [`Duration::MAX`]: none.
    pub fold_from: Duration,
    /// Height of a fold, px.
    pub fold_height: f64,
}

impl Steps {
    /// The height of a step, px.
    pub fn height(&self, span: Duration) -> f64 {
        /// The share of a unit that a step has where all are alike.
        const ALIKE: f64 = 0.3;
        let ratio = span.as_secs_f64() / self.focus.as_secs_f64().max(1e-9);
        match self.scale {
            Scale::Nonlinear => {
                self.unit * (self.least + (1.0 - self.least) * FRAC_2_PI * ratio.atan())
            }
            // As high at the focus as the formula without a least step.
            Scale::Even => self.unit / 2.0 * ratio,
            Scale::Equal => self.unit * ALIKE,
        }
    }

    /// Chooses the focus from what is to be drawn: the median flight, so that a packet's way looks like half of the
    /// highest step; without flights the median of the gaps. Between 20 µs and 1 s.
    pub fn focus_of(flights: &mut [Duration], gaps: &mut [Duration]) -> Duration {
        let from = if flights.is_empty() { gaps } else { flights };
        from.sort_by_cached_key(by_length);
        let median = from.get(from.len() / 2).copied();
        median
            .unwrap_or(Duration::from_millis(5))
            .clamp(Duration::from_micros(20), Duration::from_secs(1))
    }
}

/// A moment that something is drawn at.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Knot {
    /// When.
    pub time: Time,
    /// Where, px from the top.
    pub y: f64,
}

/// A long step with nothing on the wire.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fold {
    /// The event before it.
    pub from: Time,
    /// The event after it.
    pub to: Time,
    /// Where it begins, px.
    pub top: f64,
    /// Where it ends, px.
    pub bottom: f64,
}

/// A moment to be laid out.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Moment {
    /// When.
    pub time: Time,
    /// What is on the wire between it and the next moment.
    pub wire: OnWire,
    /// What is drawn beneath it, px: no fold comes nearer.
    pub beneath: f64,
}

/// Whether a packet is under way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnWire {
    /// None.
    #[default]
    Nothing,
    /// At least one.
    Packets,
}

/// A wish: between these two knots at least so many px.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Room {
    /// Position of the earlier knot.
    pub above: usize,
    /// Position of the later knot.
    pub below: usize,
    /// Distance, px.
    pub least: f64,
}

/// The mapping of one drawing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Axis {
    knots: Vec<Knot>,
    folds: Vec<Fold>,
}

/// A stretch of time, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Band {
    /// First moment.
    pub from: Time,
    /// Last moment.
    pub to: Time,
}

impl Band {
    /// All of time.
    pub const ALL: Self = Self {
        from: Time::ZERO,
        to: Time::NEVER,
    };

    /// Whether a moment lies in it.
    pub fn contains(&self, time: Time) -> bool {
        self.from <= time && time <= self.to
    }

    /// Whether a stretch has a moment in common with it.
    pub fn meets(&self, from: Time, to: Time) -> bool {
        from <= self.to && to >= self.from
    }
}

impl Axis {
    /// Lays out moments that stand in order and differ, the first one at `top` px. `rooms` stand in the order of
    /// their `below`.
    pub fn new(moments: &[Moment], steps: &Steps, rooms: &[Room], top: f64) -> Self {
        let mut axis = Self::default();
        let mut rooms = rooms.iter().peekable();
        let mut before: Option<Moment> = None;
        for (index, &moment) in moments.iter().enumerate() {
            let time = moment.time;
            let last = axis.knots.last().copied();
            let (Some(last), Some(earlier)) = (last, before.replace(moment)) else {
                axis.knots.push(Knot { time, y: top });
                continue;
            };
            let gap = time.since(last.time);
            let folded = gap >= steps.fold_from && earlier.wire == OnWire::Nothing;
            let mut y = last.y
                + if folded {
                    FOLD_AIR.max(earlier.beneath + WAVE) + steps.fold_height + FOLD_AIR
                } else {
                    steps.height(gap)
                };
            while let Some(room) = rooms.next_if(|room| room.below <= index) {
                if room.below == index && room.above < index {
                    y = y.max(axis.knots[room.above].y + room.least);
                }
            }
            if folded {
                let bottom = y - FOLD_AIR;
                axis.folds.push(Fold {
                    from: last.time,
                    to: time,
                    top: bottom - steps.fold_height,
                    bottom,
                });
            }
            axis.knots.push(Knot { time, y });
        }
        axis
    }

    /// Where a moment stands, px; straight between knots, and at the ends for what lies outside.
    pub fn y(&self, time: Time) -> f64 {
        let next = self.knots.partition_point(|knot| knot.time < time);
        match (next.checked_sub(1), self.knots.get(next)) {
            (None, Some(first)) => first.y,
            (Some(last), None) => self.knots[last].y,
            (None, None) => 0.0,
            (Some(before), Some(after)) => {
                let before = self.knots[before];
                let whole = after.time.since(before.time).as_secs_f64();
                let part = time.since(before.time).as_secs_f64();
                before.y + (after.y - before.y) * part / whole
            }
        }
    }

    /// The moment that stands at so many px: the inverse of [`Axis::y`].
    pub fn time(&self, y: f64) -> Time {
        let next = self.knots.partition_point(|knot| knot.y < y);
        match (next.checked_sub(1), self.knots.get(next)) {
            (None, Some(first)) => first.time,
            (Some(last), None) => self.knots[last].time,
            (None, None) => Time::ZERO,
            (Some(before), Some(after)) => {
                let before = self.knots[before];
                let share = ((y - before.y) / (after.y - before.y)).clamp(0.0, 1.0);
                let whole = after.time.nanos() - before.time.nanos();
                #[expect(
                    clippy::cast_possible_truncation,
                    clippy::cast_sign_loss,
                    clippy::cast_precision_loss,
                    reason = "a share of a span is a span, to a pixel's precision"
                )]
                let part = (whole as f64 * share) as u64;
                before.time + Duration::from_nanos(part)
            }
        }
    }

    /// The moments drawn between two heights, one more at each end.
    pub fn band(&self, top: f64, bottom: f64) -> Band {
        let first = self.knots.partition_point(|k| k.y < top);
        let last = self.knots.partition_point(|k| k.y <= bottom);
        let at = |index: usize| self.knots.get(index).map(|knot| knot.time);
        Band {
            from: at(first.saturating_sub(1)).unwrap_or(Time::ZERO),
            to: at(last).unwrap_or(Time::NEVER),
        }
    }

    /// The knots, in order.
    pub fn knots(&self) -> &[Knot] {
        &self.knots
    }

    /// The folds, in order.
    pub fn folds(&self) -> &[Fold] {
        &self.folds
    }

    /// Where the last knot stands, px.
    pub fn bottom(&self) -> f64 {
        self.knots.last().map_or(0.0, |knot| knot.y)
    }
}

/// Room between a fold and the events around it, px.
const FOLD_AIR: f64 = 16.0;

/// How far a fold's waves rise above and fall below its strip, px.
pub(crate) const WAVE: f64 = 6.0;

#[cfg(test)]
mod tests {
    use super::*;

    const STEPS: Steps = Steps {
        scale: Scale::Nonlinear,
        unit: 80.0,
        least: 0.1,
        focus: Duration::from_millis(5),
        fold_from: Duration::from_millis(100),
        fold_height: 50.0,
    };

    fn moments(micros: &[u64]) -> Vec<Moment> {
        let moment = |micros| Moment {
            time: Time::from_micros(micros),
            ..Moment::default()
        };
        micros.iter().copied().map(moment).collect()
    }

    #[test]
    fn a_step_lies_between_the_least_and_the_unit() {
        let check = |span: Duration, expected: f64| {
            let height = STEPS.height(span);
            assert!((height - expected).abs() < 0.05, "{span:?}: {height}");
        };
        check(Duration::ZERO, 8.0);
        check(Duration::from_millis(5), 44.0); // the focus: half of the rest
        check(Duration::from_millis(50), 75.4);
        check(Duration::from_secs(900), 80.0);
    }

    #[test]
    fn every_moment_is_found_again() {
        let micros = [0, 64, 5_101, 5_102, 10_150, 23_700, 10_015_774, 10_019_671];
        let moments = moments(&micros);
        let rooms = [Room {
            above: 2,
            below: 3,
            least: 20.0,
        }];
        let axis = Axis::new(&moments, &STEPS, &rooms, 10.0);
        let mut last = -1.0;
        for nanos in (0..10_019_671_000).step_by(7_777_777) {
            let y = axis.y(Time(nanos));
            assert!(y >= last, "{nanos}");
            last = y;
            let back = axis.time(y).nanos();
            let close = 1_000.max(nanos / 1_000_000);
            assert!(back.abs_diff(nanos) <= close, "{nanos} came back as {back}");
        }
        for moment in &moments {
            assert_eq!(axis.time(axis.y(moment.time)), moment.time);
        }
        let between = axis.y(moments[3].time) - axis.y(moments[2].time);
        assert!(between >= 20.0, "room was asked for");
    }

    #[test]
    fn long_silence_is_folded_unless_a_packet_is_under_way() {
        let mut moments = moments(&[0, 10, 10_000_000]);
        moments[1].beneath = 40.0;
        let folded = Axis::new(&moments, &STEPS, &[], 0.0);
        assert_eq!(folded.folds().len(), 1);
        let fold = folded.folds()[0];
        assert_eq!((fold.from, fold.to), (moments[1].time, moments[2].time));
        assert!((fold.bottom - fold.top - 50.0).abs() < 1e-9);
        assert!(folded.y(fold.from) + 39.9 + WAVE <= fold.top && fold.bottom < folded.y(fold.to));
        moments[1].wire = OnWire::Packets;
        let busy = Axis::new(&moments, &STEPS, &[], 0.0);
        assert!(busy.folds().is_empty());
    }

    #[test]
    fn nothing_to_draw_is_no_height() {
        let axis = Axis::new(&[], &STEPS, &[], 5.0);
        let seen = (axis.bottom(), axis.y(Time(7)), axis.time(3.0));
        assert_eq!(seen, (0.0, 0.0, Time::ZERO));
    }

    #[test]
    fn the_focus_is_the_median_flight() {
        let ms = Duration::from_millis;
        assert_eq!(Steps::focus_of(&mut [ms(9), ms(5), ms(5)], &mut []), ms(5));
        assert_eq!(Steps::focus_of(&mut [], &mut [ms(2)]), ms(2));
        assert_eq!(Steps::focus_of(&mut [ms(9_000)], &mut []), ms(1_000));
        assert_eq!(Steps::focus_of(&mut [], &mut []), ms(5));
    }
}
