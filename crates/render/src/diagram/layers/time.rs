//! The column of times, and the folds.

use super::super::axis::{Band, WAVE};
use super::super::badges::What;
use super::super::canvas::{Canvas, Depth, Rank, Want, Where};
use super::super::scene::{Anchor, Item, Point, Rect, Shape};
use super::Layer;
use crate::text;
use crate::wire::Kind;
use litemap::LiteMap;
use whyeof_trace::Time;

pub(super) const LAYER: Layer = Layer {
    id: "time",
    label: text::LAYER_AXIS,
    default_on: true,
    draw,
};

fn draw(canvas: &mut Canvas<'_, '_>, band: Band) {
    folds(canvas, band);
    torn(canvas, band);
    times(canvas, band);
}

fn folds(canvas: &mut Canvas<'_, '_>, band: Band) {
    let diagram = canvas.diagram;
    let lang = diagram.view.lang;
    for fold in diagram.axis.folds() {
        if band.meets(fold.from, fold.to) && canvas.has_room() {
            let span = text::about(fold.to.since(fold.from));
            let words = text::QUIET.fill(lang, &[("span", &span)]);
            strip(canvas, fold.top, fold.bottom, words);
        }
    }
}

/// What the range leaves out before and after.
fn torn(canvas: &mut Canvas<'_, '_>, band: Band) {
    const HEIGHT: f64 = 20.0;
    const MARGIN: f64 = 7.0;
    let diagram = canvas.diagram;
    let (trace, lang) = (diagram.trace, diagram.view.lang);
    let (knots, range) = (diagram.axis.knots(), diagram.view.range);
    let (Some(first), Some(last)) = (knots.first(), knots.last()) else {
        return;
    };
    let begin = trace.records.first().map_or(Time::ZERO, |r| r.time);
    if begin < range.from && band.from <= first.time {
        let span = text::about(first.time.since(begin));
        let words = text::NOT_SHOWN_BEFORE.fill(lang, &[("span", &span)]);
        strip(canvas, MARGIN, MARGIN + HEIGHT, words);
    }
    let end = trace.records.last().map_or(Time::ZERO, |r| r.time);
    if end > range.to && band.to >= last.time {
        let span = text::about(end.since(last.time));
        let words = text::NOT_SHOWN_AFTER.fill(lang, &[("span", &span)]);
        let bottom = diagram.height - MARGIN;
        strip(canvas, bottom - HEIGHT, bottom, words);
    }
}

fn strip(canvas: &mut Canvas<'_, '_>, top: f64, bottom: f64, words: String) {
    let area = Rect {
        x: 0.0,
        y: top,
        w: canvas.diagram.view.width,
        h: bottom - top,
    };
    canvas.push(
        Depth::Fold,
        Item {
            shape: Shape::Fold(area),
            class: "fold".to_owned(),
            about: None,
            says: words.clone(),
        },
    );
    let centre = area.centre();
    canvas.push(
        Depth::Fold,
        Item {
            shape: Shape::Text {
                at: Point {
                    x: centre.x,
                    y: centre.y + 4.0,
                },
                anchor: Anchor::Middle,
                words,
            },
            class: "fold-words".to_owned(),
            about: None,
            says: String::new(),
        },
    );
    // The waves rise above the strip.
    canvas.keep_free(Rect {
        y: area.y - WAVE,
        h: area.h + 2.0 * WAVE,
        ..area
    });
}

/// Moments that a reader looks up come first: data, FIN, RST, and what programs did; ACKs where room is left.
fn times(canvas: &mut Canvas<'_, '_>, band: Band) {
    let diagram = canvas.diagram;
    let mut ranks: LiteMap<Time, Rank> = LiteMap::new();
    let mut note = |time: Time, rank: Rank| {
        let entry = ranks.entry(time).or_insert(rank);
        *entry = (*entry).min(rank);
    };
    let from = band.from - diagram.longest;
    let passages = &diagram.wire.passages;
    let first = passages.partition_point(|p| p.seen() < from);
    for passage in passages[first..].iter().take_while(|p| p.seen() <= band.to) {
        let rank = match passage.kind {
            Kind::Data | Kind::Close | Kind::Reset => Rank::Time,
            _ => Rank::Aside,
        };
        if let Some(sent) = passage.sent {
            note(sent, rank);
        }
        if let Some(arrived) = passage.arrived() {
            note(
                arrived,
                if passage.kind == Kind::Close {
                    Rank::Time
                } else {
                    Rank::Aside
                },
            );
        }
    }
    let first = diagram.badges.partition_point(|b| b.time < band.from);
    for badge in diagram.badges[first..]
        .iter()
        .take_while(|b| b.time <= band.to)
    {
        let ends = matches!(
            badge.what,
            What::Failed(..) | What::Fired(..) | What::Asks(..)
        );
        note(badge.time, if ends { Rank::Time } else { Rank::Aside });
    }
    let range = diagram.view.range;
    let mut seen: Vec<(Time, Rank)> = ranks.iter().map(|(time, rank)| (*time, *rank)).collect();
    seen.retain(|(time, _)| band.contains(*time) && range.contains(*time));
    // What would be written alike is written once, where it matters most.
    for alike in seen.chunk_by(|(one, _), (other, _)| text::clock(*one) == text::clock(*other)) {
        let most = alike.iter().min_by_key(|(_, rank)| *rank);
        if let Some((time, rank)) = most.filter(|_| canvas.has_room()) {
            label(canvas, *time, *rank);
        }
    }
}

fn label(canvas: &mut Canvas<'_, '_>, time: Time, rank: Rank) {
    let diagram = canvas.diagram;
    let y = diagram.axis.y(time);
    let lanes = &diagram.lanes;
    let text = |words: String| Item {
        shape: Shape::Text {
            at: Point {
                x: lanes.times - 10.0,
                y: 11.0,
            },
            anchor: Anchor::End,
            words,
        },
        class: "time".to_owned(),
        about: None,
        says: String::new(),
    };
    let grid = Item {
        shape: Shape::Line {
            from: Point {
                x: lanes.times - 6.0,
                y: 7.0,
            },
            to: Point {
                x: diagram.view.width - 2.0,
                y: 7.0,
            },
        },
        class: "grid".to_owned(),
        about: None,
        says: String::new(),
    };
    canvas.want(Want {
        rank,
        time,
        at: Where::Boxes(vec![Rect {
            x: 0.0,
            y: y - 7.0,
            w: lanes.times - 8.0,
            h: 15.0,
        }]),
        items: vec![grid, text(text::clock(time))],
        shows: Vec::new(),
        or: None,
    });
}
