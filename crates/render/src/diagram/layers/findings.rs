//! Evidence: numbers beside the records that a finding rests on.

use super::super::Diagram;
use super::super::axis::Band;
use super::super::badges::Badge;
use super::super::canvas::{Canvas, Place, Rank, Want, Where};
use super::super::scene::{Item, Point, Rect, Shape};
use super::Layer;
use crate::text;
use whyeof_trace::RecordId;

pub(super) const LAYER: Layer = Layer {
    id: "findings",
    label: text::LAYER_FINDINGS,
    default_on: true,
    draw,
};

/// Radius of a mark, px.
const RADIUS: f64 = 9.0;

fn draw(canvas: &mut Canvas<'_, '_>, band: Band) {
    let diagram = canvas.diagram;
    for (number, record) in &diagram.view.evidence {
        let Some(shown) = diagram.trace.records.get(record.index()) else {
            continue;
        };
        if !band.contains(shown.time) || !diagram.view.range.contains(shown.time) {
            continue;
        }
        let words = number.to_string();
        let item = Item {
            shape: Shape::Mark {
                at: Point {
                    x: RADIUS,
                    y: RADIUS,
                },
                words: words.clone(),
            },
            class: canvas.class("mark", Some(*record)),
            about: Some(*record),
            says: text::EVIDENCE.fill(diagram.view.lang, &[("n", &words)]),
        };
        let drawn = match canvas.place_of(*record) {
            Some(_) => *record,
            None => drawn_as(diagram, *record),
        };
        fall_back(canvas, drawn);
        canvas.want(Want {
            rank: Rank::Mark,
            time: shown.time,
            at: Where::Near(drawn),
            items: vec![item],
            shows: Vec::new(),
            or: None,
        });
    }
}

/// What stands for a record in the picture: itself, or, of a timer that let a program act at once, the badge of that act.
fn drawn_as(diagram: &Diagram<'_>, record: RecordId) -> RecordId {
    let time = diagram.trace.record(record).time;
    let first = diagram.badges.partition_point(|badge| badge.time < time);
    let now = diagram.badges[first..].iter();
    let mut now = now.take_while(|badge| badge.time == time);
    if now.clone().any(|badge| badge.shows().contains(&record)) {
        return record;
    }
    let follows = |badge: &&Badge| diagram.trace.record(badge.record).cause == Some(record);
    let act = now.find(follows).map(|badge| badge.record);
    act.unwrap_or(record)
}

/// A record that no layer draws is pointed at on its host's lifeline; a badge that is placed later overrides this.
fn fall_back(canvas: &mut Canvas<'_, '_>, record: RecordId) {
    if canvas.place_of(record).is_some() {
        return;
    }
    let diagram = canvas.diagram;
    let shown = diagram.trace.record(record);
    let lane = diagram.lanes.of(shown.host);
    let centre = Point {
        x: lane.kernel,
        y: diagram.axis.y(shown.time),
    };
    canvas.shown(record, Place::Box(Rect::around(centre, 14.0, 14.0)));
}
