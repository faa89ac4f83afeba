//! Requests as the programs see them: asked, sent again, handled, done, failed.

use super::super::axis::Band;
use super::super::canvas::{Canvas, Depth};
use super::super::scene::{Item, Rect, Shape};
use super::super::spans::Handling;
use super::super::view::Layout;
use super::Layer;
use crate::{describe, text};

pub(super) const LAYER: Layer = Layer {
    id: "requests",
    label: text::LAYER_REQUESTS,
    default_on: true,
    draw,
};

fn draw(canvas: &mut Canvas<'_, '_>, band: Band) {
    let diagram = canvas.diagram;
    for handling in &diagram.spans.handling {
        if band.meets(handling.from, handling.to) && canvas.has_room() {
            draw_handling(canvas, band, handling);
        }
    }
    super::draw_badges(canvas, band, LAYER.id);
}

fn draw_handling(canvas: &mut Canvas<'_, '_>, band: Band, handling: &Handling) {
    const HALF: f64 = 3.0;
    let diagram = canvas.diagram;
    let lane = diagram.lanes.of(handling.host);
    let x = match diagram.view.layout {
        Layout::Wide => lane.program,
        Layout::Phone => lane.kernel + lane.outward * 9.0,
    };
    let top = diagram.top_of(handling.from.max(band.from));
    let bottom = diagram.bottom_of(handling.to.min(band.to));
    let about = Some(handling.record);
    let record = diagram.trace.record(handling.record);
    let says = describe::sentence(diagram.trace, record, diagram.view.lang);
    let item = Item {
        shape: Shape::Span(Rect {
            x: x - HALF,
            y: top,
            w: HALF * 2.0,
            h: (bottom - top).max(2.0),
        }),
        class: canvas.class("handling", about),
        about,
        says: says.map(|s| s.words).unwrap_or_default(),
    };
    canvas.push(Depth::Line, item);
}
