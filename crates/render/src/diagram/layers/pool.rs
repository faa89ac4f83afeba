//! Connections while they lie idle in the client's pool, also after the server has closed them.

use super::super::axis::Band;
use super::super::canvas::{Canvas, Depth};
use super::super::scene::{Item, Point, Shape};
use super::super::spans::Parked;
use super::super::view::Layout;
use super::Layer;
use crate::text::{self, Text};
use whyeof_trace::Time;

pub(super) const LAYER: Layer = Layer {
    id: "pool",
    label: text::LAYER_POOL,
    default_on: true,
    draw,
};

fn draw(canvas: &mut Canvas<'_, '_>, band: Band) {
    let diagram = canvas.diagram;
    for parked in &diagram.spans.parked {
        if parked.from > band.to || !canvas.has_room() {
            break;
        }
        if band.meets(parked.from, parked.to) {
            draw_parked(canvas, band, parked);
        }
    }
    super::draw_badges(canvas, band, LAYER.id);
}

fn draw_parked(canvas: &mut Canvas<'_, '_>, band: Band, parked: &Parked) {
    let alive_to = parked.dead_from.unwrap_or(parked.to);
    line(
        canvas,
        band,
        parked,
        [parked.from, alive_to],
        "pooled",
        text::IN_POOL,
    );
    if let Some(dead) = parked.dead_from {
        line(
            canvas,
            band,
            parked,
            [dead, parked.to],
            "pooled dead",
            text::DEAD_IN_POOL,
        );
    }
}

fn line(
    canvas: &mut Canvas<'_, '_>,
    band: Band,
    parked: &Parked,
    [from, to]: [Time; 2],
    class: &str,
    says: Text,
) {
    if !band.meets(from, to) {
        return;
    }
    let diagram = canvas.diagram;
    let lane = diagram.lanes.of(parked.host);
    let slot = diagram.spans.pool_slots.get(&parked.record);
    let slot = slot.copied().unwrap_or(0) as f64;
    let x = match diagram.view.layout {
        Layout::Wide => lane.program - lane.outward * 7.0 * slot,
        Layout::Phone => lane.kernel + lane.outward * (8.0 + 3.0 * slot),
    };
    let about = Some(parked.record);
    let item = Item {
        shape: Shape::Line {
            from: Point {
                x,
                y: diagram.top_of(from.max(band.from)),
            },
            to: Point {
                x,
                y: diagram.bottom_of(to.min(band.to)),
            },
        },
        class: canvas.class(class, about),
        about,
        says: says.of(diagram.view.lang).to_owned(),
    };
    canvas.push(Depth::Line, item);
}
