//! What is done to the run from outside, and bounds it met: a line across, and words.

use super::super::axis::Band;
use super::super::canvas::{Canvas, Depth};
use super::super::scene::{Item, Point, Shape};
use super::Layer;
use crate::text;

pub(super) const LAYER: Layer = Layer {
    id: "faults",
    label: text::LAYER_FAULTS,
    default_on: true,
    draw,
};

fn draw(canvas: &mut Canvas<'_, '_>, band: Band) {
    let diagram = canvas.diagram;
    for badge in &diagram.badges {
        if badge.layer() != LAYER.id || !band.contains(badge.time) || !canvas.has_room() {
            continue;
        }
        let y = diagram.axis.y(badge.time);
        let about = Some(badge.record);
        let item = Item {
            shape: Shape::Line {
                from: Point {
                    x: diagram.lanes.times,
                    y,
                },
                to: Point {
                    x: diagram.view.width,
                    y,
                },
            },
            class: canvas.class("fault-line", about),
            about,
            says: badge.says(diagram.trace, diagram.view.lang),
        };
        canvas.push(Depth::Line, item);
    }
    super::draw_badges(canvas, band, LAYER.id);
}
