//! Where a FIN and data pass each other: the stretch of its own time in which a sender could not know.
//!
//! The area lies between the data's way, the FIN's way and the lifeline of the one who sent the data: it begins
//! when the data leaves and ends when the FIN arrives.

use super::super::axis::Band;
use super::super::canvas::{Canvas, Depth};
use super::super::scene::{Item, Point, Shape};
use super::Layer;
use super::segments::way;
use crate::text;
use crate::wire::{Kind, Passage};

pub(super) const LAYER: Layer = Layer {
    id: "crossings",
    label: text::LAYER_CROSSINGS,
    default_on: true,
    draw,
};

fn draw(canvas: &mut Canvas<'_, '_>, band: Band) {
    let diagram = canvas.diagram;
    let from = band.from - diagram.longest;
    let passages = &diagram.wire.passages;
    let first = passages.partition_point(|p| p.seen() < from);
    for (index, fin) in passages.iter().enumerate().skip(first) {
        if fin.seen() > band.to || !canvas.has_room() {
            break;
        }
        if fin.kind != Kind::Close {
            continue;
        }
        if let Some(data) = crossing(passages, index) {
            draw_crossing(canvas, fin, data);
        }
    }
}

/// The first data that was under way, on the same connection and towards it, at the same time as this FIN.
pub(crate) fn crossing(passages: &[Passage], fin: usize) -> Option<&Passage> {
    /// Packets to look at before and after the FIN: more are never under way in what this is drawn for.
    const REACH: usize = 200;
    let closing = &passages[fin];
    let near = passages
        .iter()
        .skip(fin.saturating_sub(REACH))
        .take(2 * REACH);
    near.filter(|data| data.kind == Kind::Data && data.from == closing.from.peer())
        .find(|data| meet(closing, data))
}

fn meet(fin: &Passage, data: &Passage) -> bool {
    match (fin.sent, fin.arrived(), data.sent, data.ended()) {
        (Some(fin_sent), Some(fin_came), Some(sent), Some(came)) => {
            sent < fin_came && came > fin_sent
        }
        _ => false,
    }
}

fn draw_crossing(canvas: &mut Canvas<'_, '_>, fin: &Passage, data: &Passage) {
    let diagram = canvas.diagram;
    let lang = diagram.view.lang;
    let (data_from, data_to) = way(canvas, data);
    let (fin_from, fin_to) = way(canvas, fin);
    let Some(meeting) = intersection([data_from, data_to], [fin_from, fin_to]) else {
        return;
    };
    let (fin_name, request) = (diagram.wire.name(fin, lang), diagram.wire.name(data, lang));
    let about = Some(fin.record);
    let item = Item {
        shape: Shape::Shade(vec![data_from, meeting, fin_to]),
        class: canvas.class("crossing", about),
        about,
        says: text::CROSSING.fill(lang, &[("fin", &fin_name), ("request", &request)]),
    };
    canvas.push(Depth::Shade, item);
    canvas.keep_in_sight(meeting);
}

fn intersection(a: [Point; 2], b: [Point; 2]) -> Option<Point> {
    let (ax, ay) = (a[1].x - a[0].x, a[1].y - a[0].y);
    let (bx, by) = (b[1].x - b[0].x, b[1].y - b[0].y);
    let turn = ax * by - ay * bx;
    if turn.abs() < 1e-9 {
        return None;
    }
    let along = ((b[0].x - a[0].x) * by - (b[0].y - a[0].y) * bx) / turn;
    (0.0..=1.0).contains(&along).then(|| Point {
        x: a[0].x + ax * along,
        y: a[0].y + ay * along,
    })
}
