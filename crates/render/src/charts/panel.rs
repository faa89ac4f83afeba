//! What charts of a run over time have in common: their paper, their ink, their frame and their time.

use super::ink::{self, font};
pub(super) use super::ink::{Area, Drawn};
use crate::text;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, VPos};
use whyeof_trace::time::nanos;
use whyeof_trace::{Event, Time, Trace};

const WIDTH: i32 = 760;
const HEIGHT: i32 = 380;
/// Where time begins and ends, px.
pub(super) const LEFT: i32 = 70;
pub(super) const RIGHT: i32 = WIDTH - 16;

/// Top and bottom of a panel, px.
pub(super) type Span = (i32, i32);

const LINE: RGBColor = RGBColor(1, 2, 3);
const SOFT: RGBColor = RGBColor(1, 2, 4);
pub(super) const BLUE: RGBColor = RGBColor(1, 2, 5);
pub(super) const AMBER: RGBColor = RGBColor(1, 2, 6);
pub(super) const GREEN: RGBColor = RGBColor(1, 2, 7);
pub(super) const RED: RGBColor = RGBColor(1, 2, 8);
/// Words on a coloured ground.
pub(super) const ON: RGBColor = RGBColor(1, 2, 9);
const INKS: [(RGBColor, &str); 7] = [
    (LINE, "chart-frame"),
    (SOFT, "chart-soft"),
    (BLUE, "chart-blue"),
    (AMBER, "chart-amber"),
    (GREEN, "chart-green"),
    (RED, "chart-red"),
    (ON, "chart-on"),
];
/// Colours of the charts' classes; the page loads the same file.
pub const STYLE: &str = include_str!("panel.css");

/// An SVG file of its own; what it shows, in words, is its title.
pub(super) fn picture(title: &str, draw: impl for<'s> Fn(&Area<'s>) -> Drawn<'s>) -> String {
    tall_picture(title, HEIGHT, draw)
}

/// The same of another height.
pub(super) fn tall_picture(
    title: &str,
    height: i32,
    draw: impl for<'s> Fn(&Area<'s>) -> Drawn<'s>,
) -> String {
    let mut out = String::new();
    {
        let size = (WIDTH.unsigned_abs(), height.unsigned_abs());
        let area = SVGBackend::with_string(&mut out, size).into_drawing_area();
        // Drawing into a String cannot fail.
        let _ = draw(&area);
        let _ = area.present();
    }
    ink::file(&ink::themed(out, INKS, "wy-chart", title), STYLE)
}

/// The box of a panel, with its highest value and 0 beside it.
pub(super) fn frame<'s>(area: &Area<'s>, (top, bottom): Span, most: &str) -> Drawn<'s> {
    let corners = [(LEFT, top), (RIGHT, bottom)];
    area.draw(&Rectangle::new(corners, LINE.stroke_width(1)))?;
    words(area, most, (LEFT - 6, top), SOFT, HPos::Right)?;
    words(area, "0", (LEFT - 6, bottom), SOFT, HPos::Right)
}

/// Where time begins and ends, under the last panel.
pub(super) fn axis<'s>(area: &Area<'s>, at: i32, (from, to): (Time, Time)) -> Drawn<'s> {
    words(area, &text::moment(from), (LEFT, at), SOFT, HPos::Left)?;
    words(area, &text::moment(to), (RIGHT, at), SOFT, HPos::Right)
}

/// Where a slot of so many begins, px.
pub(super) fn x(slot: usize, of: usize) -> i32 {
    let [slot, of] = [slot, of].map(|n| i32::try_from(n).unwrap_or(i32::MAX));
    LEFT + (RIGHT - LEFT) * slot / of.max(1)
}

/// How high a value lies in a panel, px.
pub(super) fn y((top, bottom): Span, value: u64, most: u64) -> i32 {
    let high = i64::from(bottom - top) * i64::try_from(value).unwrap_or(0)
        / i64::try_from(most.max(1)).unwrap_or(1);
    bottom - i32::try_from(high).unwrap_or(0)
}

pub(super) fn words<'s>(
    area: &Area<'s>,
    words: &str,
    at: (i32, i32),
    ink: RGBColor,
    x: HPos,
) -> Drawn<'s> {
    let style = font(15, ink, x, VPos::Center);
    area.draw(&Text::new(words.to_owned(), at, style))
}

/// A run cut into so many slots of time, and how long one is, in nanoseconds. `happen` lets an event of a slot happen, and answers with what is so then;
/// `see` takes note of that in a slot, also of what is so when one begins.
pub(super) fn slotted<S: Copy + Default>(
    trace: &Trace,
    count: usize,
    see: fn(&mut S, S),
    mut happen: impl FnMut(&Event, &mut S) -> S,
) -> (Vec<S>, u64) {
    let whole = nanos(trace.end.since(Time::ZERO)).max(1);
    let width = whole.div_ceil(count as u64).max(1);
    let mut slots = vec![S::default(); count];
    let (mut now, mut last) = (S::default(), 0);
    for record in &trace.records {
        let at = usize::try_from(record.time.nanos() / width).unwrap_or(count);
        let at = at.min(count - 1);
        slots[last..=at].iter_mut().for_each(|slot| see(slot, now));
        last = at;
        now = happen(&record.event, &mut slots[at]);
        see(&mut slots[at], now);
    }
    slots[last..].iter_mut().for_each(|slot| see(slot, now));
    (slots, width)
}

/// A value for each slot of time, in steps: connections and requests come and go whole.
pub(super) fn curve<'s>(
    area: &Area<'s>,
    span: Span,
    values: impl ExactSizeIterator<Item = u32>,
    (most, ink): (u32, RGBColor),
) -> Drawn<'s> {
    let of = values.len();
    let mut steps = Vec::with_capacity(2 * of);
    for (at, value) in values.enumerate() {
        let y = y(span, value.into(), most.into());
        steps.extend([(x(at, of), y), (x(at + 1, of), y)]);
    }
    area.draw(&PathElement::new(steps, ink.stroke_width(2)))
}

/// The lowest and the highest value of each slot of time, and all that is between: what comes and goes within one is a dash from one to the other.
pub(super) fn band<'s>(
    area: &Area<'s>,
    span: Span,
    bounds: impl ExactSizeIterator<Item = [u32; 2]>,
    (most, ink): (u32, RGBColor),
) -> Drawn<'s> {
    let of = bounds.len();
    let all: Vec<(usize, [u32; 2])> = bounds.enumerate().collect();
    // Neighbours that are alike are one shape.
    for alike in all.chunk_by(|one, other| one.1 == other.1) {
        let [(first, bounds), ..] = alike else {
            continue;
        };
        let [low, high] = bounds.map(|value| y(span, value.into(), most.into()));
        let corners = [
            (x(*first, of), high - 1),
            (x(first + alike.len(), of), low + 1),
        ];
        area.draw(&Rectangle::new(corners, ink.filled()))?;
    }
    Ok(())
}
