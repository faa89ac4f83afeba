//! A request as a picture of a thumb's size: what travels, who is in which state, and where it ends badly; no words.

use super::outline::px;
use super::scene::{Item, Rect, Shape};
use super::{Diagram, View};
use crate::formats::svg;
use crate::text::Lang;
use whyeof_trace::{RequestId, Trace};

/// Width of the drawing that is cut to the picture, px.
const WIDTH: f64 = 300.0;
/// Height of what is cut out of it, px.
const HEIGHT: f64 = 190.0;
/// What stands above the end of the request, as a share of the height.
const ABOVE: f64 = 0.72;

/// The end of a request as an SVG without a style of its own; `None`: the run's end.
pub fn small(trace: &Trace, request: Option<RequestId>) -> String {
    let mut view = View::new(WIDTH, Lang::En);
    if let Some(request) = request {
        view = view.on_request(trace, request);
    }
    view.layers
        .retain(|id| matches!(*id, "states" | "segments" | "crossings" | "requests"));
    let diagram = Diagram::new(trace, &view);
    let lane = diagram
        .lanes()
        .hosts
        .first()
        .map_or(0.0, |lane| lane.kernel);
    let end = request.and_then(|request| trace.life(request)?.ended);
    let y = end.map_or(diagram.height(), |end| {
        diagram.axis().y(trace.record(end).time)
    });
    let top = (y - HEIGHT * ABOVE).min(diagram.height() - HEIGHT).max(0.0);
    let band = diagram.axis().band(top, top + HEIGHT);
    let mut scene = diagram.scene(band).between(top, top + HEIGHT);
    scene.items = scene.items.into_iter().filter_map(wordless).collect();
    let left = (lane - 24.0).max(0.0);
    format!(
        "<svg class=\"wy-diagram small\" viewBox=\"{} {} {} {}\" aria-hidden=\"true\">{}</svg>",
        px(left),
        px(top),
        px(WIDTH - left),
        px(HEIGHT),
        svg::body(&scene)
    )
}

/// What of an item can be seen that small.
fn wordless(item: Item) -> Option<Item> {
    let is_bad = item.class.starts_with("badge error");
    let shape = match item.shape {
        Shape::Text { .. } | Shape::Mark { .. } | Shape::Fold(_) => return None,
        Shape::Badge { at, .. } if is_bad => Shape::Span(Rect {
            w: at.w.min(46.0),
            ..at
        }),
        Shape::Badge { .. } => return None,
        other => other,
    };
    Some(Item {
        shape,
        about: None,
        says: String::new(),
        ..item
    })
}
