//! Lifelines of kernels, with a bar for the state of each connection.

use super::super::axis::Band;
use super::super::canvas::{self, Canvas, Depth, Place, Rank, Want, Where};
use super::super::lanes::{BAR_HALF, HostLane, aside};
use super::super::place;
use super::super::scene::{Anchor, Item, Point, Rect, Shape};
use super::super::spans::Bar;
use super::super::view::Layout;
use super::Layer;
use crate::{describe, names, text};
use litemap::LiteMap;
use whyeof_trace::{FlowId, SocketId, State};

pub(super) const LAYER: Layer = Layer {
    id: "states",
    label: text::LAYER_STATES,
    default_on: true,
    draw,
};

/// A bar at least this high has room for a label of its own, px.
const LABELLED: f64 = 26.0;

fn draw(canvas: &mut Canvas<'_, '_>, band: Band) {
    lifelines(canvas);
    let diagram = canvas.diagram;
    let mut sockets: LiteMap<SocketId, Vec<&Bar>> = LiteMap::new();
    for bar in &diagram.spans.bars {
        if bar.from > band.to || !canvas.has_room() {
            break;
        }
        if band.meets(bar.from, bar.to) {
            draw_bar(canvas, band, bar);
        }
        sockets.entry(bar.socket).or_default().push(bar);
    }
    for (socket, bars) in sockets {
        labels(canvas, band, socket, &bars);
    }
}

fn lifelines(canvas: &mut Canvas<'_, '_>) {
    let diagram = canvas.diagram;
    let (top, bottom) = diagram.life();
    for lane in &diagram.lanes.hosts {
        canvas.push(
            Depth::Life,
            Item {
                shape: Shape::Line {
                    from: Point {
                        x: lane.kernel,
                        y: top,
                    },
                    to: Point {
                        x: lane.kernel,
                        y: bottom,
                    },
                },
                class: "life".to_owned(),
                about: None,
                says: String::new(),
            },
        );
    }
}

fn draw_bar(canvas: &mut Canvas<'_, '_>, band: Band, bar: &Bar) {
    let diagram = canvas.diagram;
    let lang = diagram.view.lang;
    let host = diagram.trace.host_of(bar.socket);
    let x = diagram.lanes.of(host).bar(diagram.slot(bar.socket));
    let top = diagram.top_of(bar.from.max(band.from).min(bar.to));
    let bottom = diagram.bottom_of(bar.to.min(band.to));
    let area = Rect {
        x: x - BAR_HALF,
        y: if bar.from < band.from {
            top
        } else {
            diagram.top_of(bar.from)
        },
        w: BAR_HALF * 2.0,
        h: (bottom - top).max(2.0),
    };
    let about = Some(bar.record);
    let (who, from) = (describe::who(diagram.trace, host), text::moment(bar.from));
    let values = [("who", who), ("state", bar.state.name()), ("from", &from)];
    canvas.push(
        Depth::Life,
        Item {
            shape: Shape::Span(area),
            class: canvas.class(&format!("state {}", names::state_class(bar.state)), about),
            about,
            says: text::STATE_OF.fill(lang, &values),
        },
    );
    canvas.keep_free(area);
    canvas.shown(
        bar.record,
        Place::Box(Rect {
            h: area.h.min(16.0),
            ..area
        }),
    );
}

/// Labels beside the bars. States too short for a label of their own share one: `FIN-WAIT-1 → CLOSED`.
fn labels(canvas: &mut Canvas<'_, '_>, band: Band, socket: SocketId, bars: &[&Bar]) {
    let diagram = canvas.diagram;
    let height = |bar: &Bar| diagram.bottom_of(bar.to) - diagram.top_of(bar.from);
    let mut chain: Vec<&Bar> = Vec::new();
    for (index, bar) in bars.iter().enumerate() {
        chain.push(bar);
        let last = index + 1 == bars.len();
        if height(bar) < LABELLED && !last {
            continue;
        }
        let first = *chain.first().unwrap_or(bar);
        let mut words: Vec<&str> = chain.iter().map(|b| b.state.name()).collect();
        // Bars end where the range ends; only a bar that ends before it ended in CLOSED.
        let closed = last && bar.to < diagram.trace.end && bar.to <= diagram.view.range.to;
        if closed && height(bar) < 90.0 {
            words.push(State::Closed.name());
        }
        if band.contains(first.from.max(band.from)) && first.to >= band.from {
            label(canvas, socket, [first, bar], &words);
        }
        chain.clear();
    }
}

fn label(canvas: &mut Canvas<'_, '_>, socket: SocketId, [first, last]: [&Bar; 2], names: &[&str]) {
    let diagram = canvas.diagram;
    let lang = diagram.view.lang;
    let host = diagram.trace.host_of(socket);
    let lane = diagram.lanes.of(host);
    let (x, anchor) = beside(&lane, diagram.view.layout, diagram.most_slots());
    let room = match anchor {
        Anchor::End => x - diagram.lanes.times,
        Anchor::Start | Anchor::Middle => diagram.view.width - x,
    };
    let several = several(diagram.spans.bars.iter().map(|b| b.socket.flow));
    let prefix = several.then(|| {
        let conn = text::CONNECTION_SHORT.fill(lang, &[("conn", &describe::conn(socket))]);
        format!("{conn} ")
    });
    let prefix = prefix.unwrap_or_default();
    let said = |names: &[&str]| format!("{prefix}{}", names.join(" → "));
    // Where there is no room for the whole chain, its end matters most.
    let mut names = names;
    while names.len() > 1 && place::width(&said(names), canvas::SMALL) > room {
        names = &names[1..];
    }
    let words = said(names);
    let (wide, high, items) = canvas::words(&[words], "state-words", anchor, canvas::SMALL);
    let x = if anchor == Anchor::End { x - wide } else { x };
    let top = diagram.top_of(first.from);
    // A state holds for as long as it lasts; that it changed is told where it changed.
    let is_closed = names.last() == Some(&State::Closed.name());
    let bottom = if names.len() > 1 && !is_closed {
        diagram.top_of(last.from) + 40.0
    } else {
        diagram.bottom_of(last.to)
    };
    let bottom = bottom.max(top + 40.0).min(top + 400.0);
    let mut boxes = Vec::new();
    let mut y = top;
    while y + high <= bottom + 14.0 {
        boxes.push(Rect {
            x,
            y,
            w: wide,
            h: high,
        });
        y += 7.0;
    }
    canvas.want(Want {
        // That a connection is still open is what one expects; that it is not is news.
        rank: if last.state == State::Established {
            Rank::Aside
        } else {
            Rank::State
        },
        time: first.from.max(diagram.view.range.from),
        at: Where::Boxes(boxes),
        items,
        shows: Vec::new(),
        or: None,
    });
}

/// Where words beside a lifeline begin or end, px, and which.
/// `most` is the most bars that stand outside the first one.
pub(super) fn beside(lane: &HostLane, layout: Layout, most: usize) -> (f64, Anchor) {
    let bars = aside(most);
    let away = BAR_HALF + 5.0;
    match layout {
        Layout::Wide if lane.outward < 0.0 => (lane.kernel - bars - away, Anchor::End),
        Layout::Wide => (lane.kernel + bars + away, Anchor::Start),
        Layout::Phone if lane.outward < 0.0 => (lane.kernel + away, Anchor::Start),
        Layout::Phone => (lane.kernel - away, Anchor::End),
    }
}

/// Whether there is more than one connection, so that words must say which one they mean.
fn several(mut flows: impl Iterator<Item = FlowId>) -> bool {
    let first = flows.next();
    flows.any(|flow| Some(flow) != first)
}
