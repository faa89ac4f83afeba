//! Lifelines of kernels, with a bar for the state of each connection.

use super::super::axis::Band;
use super::super::canvas::{self, Canvas, Depth, Place, Rank, Want, Where};
use super::super::lanes::{BAR_HALF, HostLane};
use super::super::place;
use super::super::scene::{Anchor, Item, Point, Rect, Shape};
use super::super::spans::Bar;
use super::super::view::Layout;
use super::Layer;
use crate::{describe, names, text};
use litemap::LiteMap;
use whyeof_trace::{FlowId, Lang, SocketId, SortKey, State};

pub(super) const LAYER: Layer = Layer {
    id: "states",
    label: text::LAYER_STATES,
    default_on: true,
    draw,
};

/// A bar at least this high has room for a label of its own, px.
const LABELLED: f64 = 26.0;

/// States that begin so close to each other share a label, px: a line of words.
const TOGETHER: f64 = 16.0;

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
    let mut chains = Vec::new();
    for bars in sockets.values() {
        chains_of(canvas, band, bars, &mut chains);
    }
    for group in groups(canvas, chains) {
        label(canvas, &group);
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

/// States of one connection that share a label: those too short for one of their own stand with what comes behind them, `FIN-WAIT-1 → CLOSED`.
struct Chain<'b> {
    first: &'b Bar,
    last: &'b Bar,
    names: Vec<&'static str>,
}

fn chains_of<'b>(canvas: &Canvas<'_, '_>, band: Band, bars: &[&'b Bar], all: &mut Vec<Chain<'b>>) {
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
        let mut names: Vec<&str> = chain.iter().map(|b| b.state.name()).collect();
        // Bars end where the range ends; only a bar that ends before it ended in CLOSED.
        let closed = last && bar.to < diagram.trace.end && bar.to <= diagram.view.range.to;
        if closed && height(bar) < 90.0 {
            names.push(State::Closed.name());
        }
        if band.contains(first.from.max(band.from)) && first.to >= band.from {
            all.push(Chain {
                first,
                last: bar,
                names,
            });
        }
        chain.clear();
    }
}

/// Connections of one host that go the same way within a line of each other share their label: a crowd that is dialled at once is told once.
fn groups<'b>(canvas: &Canvas<'_, '_>, chains: Vec<Chain<'b>>) -> Vec<Vec<Chain<'b>>> {
    let diagram = canvas.diagram;
    let host = |chain: &Chain<'_>| diagram.trace.host_of(chain.first.socket);
    let mut groups: Vec<Vec<Chain<'b>>> = Vec::new();
    for chain in chains {
        let top = diagram.top_of(chain.first.from);
        let same = groups.iter_mut().find(|group| {
            let first = &group[0];
            let near = diagram.top_of(first.first.from) - top;
            host(first) == host(&chain) && first.names == chain.names && near.abs() <= TOGETHER
        });
        match same {
            Some(group) => group.push(chain),
            None => groups.push(vec![chain]),
        }
    }
    groups
}

fn label(canvas: &mut Canvas<'_, '_>, group: &[Chain<'_>]) {
    let diagram = canvas.diagram;
    let Some(chain) = group.first() else { return };
    let (first, last) = (chain.first, chain.last);
    let lane = diagram.lanes.of(diagram.trace.host_of(first.socket));
    let (x, anchor) = beside(&lane, diagram.view.layout);
    let room = match anchor {
        Anchor::End => x - diagram.lanes.times,
        Anchor::Start | Anchor::Middle => diagram.view.width - x,
    };
    let several = several(diagram.spans.bars.iter().map(|b| b.socket.flow));
    let prefix = if several {
        conns(group, diagram.view.lang)
    } else {
        String::new()
    };
    let said = |names: &[&str]| format!("{prefix}{}", names.join(" → "));
    // Where there is no room for the whole chain, its end matters most.
    let mut names = chain.names.as_slice();
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
    let bottom = bottom.max(top + 40.0);
    let bottom = bottom.min(lowest(canvas, top, several, last.state));
    // Where words stand between the lanes, arrows begin and end beside them: rather a little lower than on one.
    let step = match diagram.view.layout {
        Layout::Wide => 7.0,
        Layout::Phone => 14.0,
    };
    let mut boxes = Vec::new();
    let mut y = top;
    while y + high <= bottom + 14.0 {
        boxes.push(Rect {
            x,
            y,
            w: wide,
            h: high,
        });
        y += step;
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

/// How far down words may stand that begin here: of several connections they would soon be read as another one's, or as of another time.
fn lowest(canvas: &Canvas<'_, '_>, top: f64, several: bool, state: State) -> f64 {
    let far = match (several, state) {
        (false, _) => return top + 400.0,
        // What one expects need not be told at any price.
        (true, State::Established) => 40.0,
        (true, _) => 80.0,
    };
    let folds = canvas.diagram.axis.folds().iter();
    let mut folds = folds.map(|fold| fold.top).filter(|fold| *fold >= top);
    let fold = folds.next().unwrap_or(f64::INFINITY);
    (top + far).min(fold - 14.0)
}

/// `conn 1–3, 7 `: which connections are meant.
fn conns(group: &[Chain<'_>], lang: Lang) -> String {
    /// More would be longer than what is said of them.
    const MOST: usize = 3;
    let mut flows: Vec<u32> = group.iter().map(|it| it.first.socket.flow.0 + 1).collect();
    flows.sort_by_cached_key(|flow| -> SortKey { ((*flow).into(), 0) });
    flows.dedup();
    let mut stretches = flows.chunk_by(|one, next| one + 1 == *next);
    let told = stretches.by_ref().take(MOST).map(|stretch| match stretch {
        [first, .., last] => format!("{first}–{last}"),
        only => only.iter().map(u32::to_string).collect(),
    });
    let mut told = told.collect::<Vec<_>>().join(", ");
    if stretches.next().is_some() {
        told.push_str(", …");
    }
    text::CONNECTION_SHORT.fill(lang, &[("conn", &told)]) + " "
}

/// Where words beside a lifeline begin or end, px, and which.
pub(super) fn beside(lane: &HostLane, layout: Layout) -> (f64, Anchor) {
    let away = BAR_HALF + 5.0;
    match layout {
        Layout::Wide if lane.outward < 0.0 => (lane.outside() - away, Anchor::End),
        Layout::Wide => (lane.outside() + away, Anchor::Start),
        Layout::Phone if lane.outward < 0.0 => (lane.kernel + away, Anchor::Start),
        Layout::Phone => (lane.kernel - away, Anchor::End),
    }
}

/// Whether there is more than one connection, so that words must say which one they mean.
fn several(mut flows: impl Iterator<Item = FlowId>) -> bool {
    let first = flows.next();
    flows.any(|flow| Some(flow) != first)
}
