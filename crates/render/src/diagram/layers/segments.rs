//! Packets as slanted arrows that take the time a packet takes; lost ones end in ✕ with what dropped them.

use super::super::axis::Band;
use super::super::canvas::{self, Canvas, Depth, Place, Rank, Want, Where};
use super::super::lanes::HostLane;
use super::super::place;
use super::super::scene::{Anchor, Item, Point, Rect, Shape};
use super::super::view::Layout;
use super::Layer;
use super::crossings::crossing;
use super::states::beside;
use crate::describe;
use crate::summary;
use crate::text;
use crate::wire::{Again, Fate, Kind, Passage, culprit};
use whyeof_trace::{Culprit, Side};

pub(super) const LAYER: Layer = Layer {
    id: "segments",
    label: text::LAYER_SEGMENTS,
    default_on: true,
    draw,
};

/// Where on an arrow its label may stand.
const SHARES: [f64; 11] = [
    0.5, 0.42, 0.58, 0.34, 0.66, 0.27, 0.73, 0.21, 0.79, 0.16, 0.84,
];

fn draw(canvas: &mut Canvas<'_, '_>, band: Band) {
    let diagram = canvas.diagram;
    let from = band.from - diagram.longest;
    let first = diagram.wire.passages.partition_point(|p| p.seen() < from);
    for passage in &diagram.wire.passages[first..] {
        if passage.seen() > band.to || !canvas.has_room() {
            break;
        }
        let ended = passage.ended().unwrap_or(passage.seen());
        let range = diagram.view.range;
        if band.meets(passage.seen(), ended) && range.meets(passage.seen(), ended) {
            draw_passage(canvas, passage);
        }
    }
}

/// A packet's way on the picture.
pub(super) fn way(canvas: &Canvas<'_, '_>, passage: &Passage) -> (Point, Point) {
    let (mut from, mut to) = straight_way(canvas, passage);
    let diagram = canvas.diagram;
    let passages = &diagram.wire.passages;
    if let Ok(index) = passages.binary_search_by_key(&passage.record, |p| p.record) {
        from.y += diagram.stagger[index];
        to.y += diagram.stagger[index];
    }
    (from, to)
}

fn straight_way(canvas: &Canvas<'_, '_>, passage: &Passage) -> (Point, Point) {
    let diagram = canvas.diagram;
    let (here, there) = diagram.wire.hosts(passage);
    let (here, there) = (diagram.lanes.of(here), diagram.lanes.of(there));
    let (from, to) = if here.host == there.host {
        within(&here, diagram.slot(passage.from), passage.from.side)
    } else {
        (
            here.edge(diagram.slot(passage.from), there.kernel),
            there.edge(diagram.slot(passage.from.peer()), here.kernel),
        )
    };
    let axis = &diagram.axis;
    let between = |share: f64| from + (to - from) * share;
    let point = |x, time| Point { x, y: axis.y(time) };
    match (passage.sent, passage.fate) {
        (Some(sent), Fate::Arrived { time, .. }) => (point(from, sent), point(to, time)),
        (Some(sent), Fate::Lost { time, by, .. }) => {
            let share = match by {
                Culprit::OwnRule(_) => 0.08,
                // The receiver's own rule meets it when it is there.
                Culprit::Rule(_) if time > sent => 0.92,
                Culprit::Rule(_) | Culprit::Link | Culprit::Host(_) | Culprit::Box(_) => 0.5,
            };
            let mut end = point(between(share), time);
            // A link that swallows a packet at once still shows where it was going.
            end.y = end.y.max(axis.y(sent) + 10.0 * share);
            (point(from, sent), end)
        }
        (Some(sent), Fate::InFlight | Fate::Unknown) => {
            let mut end = point(between(0.45), sent);
            end.y += 8.0;
            (point(from, sent), end)
        }
        (None, _) => {
            let end = point(to, passage.seen());
            let mut begin = point(between(0.55), passage.seen());
            begin.y -= 8.0;
            (begin, end)
        }
    }
}

/// A way that does not leave its host: out towards the wire and back, the server's end being further out.
fn within(lane: &HostLane, slot: usize, from: Side) -> (f64, f64) {
    const REACH: f64 = 150.0;
    let near = lane.edge(slot, lane.kernel - lane.outward);
    let far = near - lane.outward * REACH;
    match from {
        Side::Opener => (near, far),
        Side::Listener => (far, near),
    }
}

fn draw_passage(canvas: &mut Canvas<'_, '_>, passage: &Passage) {
    let diagram = canvas.diagram;
    let (from, to) = way(canvas, passage);
    let about = Some(passage.record);
    let mut class = format!("packet {}", passage.kind.class());
    if passage.again == Again::Retransmitted {
        class.push_str(" again");
    }
    if is_crossed(canvas, passage) {
        class.push_str(" crossed");
    }
    let shape = match passage.fate {
        Fate::Arrived { .. } => Shape::Arrow { from, to },
        Fate::Lost { .. } => {
            class.push_str(" lost");
            Shape::Line { from, to }
        }
        Fate::InFlight | Fate::Unknown => {
            class.push_str(" open-ended");
            Shape::Line { from, to }
        }
    };
    if passage.sent.is_none() {
        class.push_str(" open-ended");
    }
    let item = Item {
        shape,
        class: canvas.class(&class, about),
        about,
        says: summary::packet(&diagram.wire, passage, diagram.view.lang),
    };
    let is_drawn = canvas.push(Depth::Arrow, item);
    let share = |share| Place::Way { from, to, share };
    canvas.shown(passage.record, share(0.3));
    match passage.fate {
        Fate::Arrived { record, .. } => canvas.shown(record, share(0.85)),
        Fate::Lost { record, .. } => canvas.shown(record, share(0.96)),
        Fate::InFlight | Fate::Unknown => {}
    }
    // Its words would stand beside nothing.
    if !is_drawn {
        return;
    }
    // Before the words at its end, which have more places to choose from.
    label(canvas, passage, from, to);
    if let Fate::Lost { by, .. } = passage.fate {
        lost(canvas, passage, to, by);
    }
    if diagram.view.layout == Layout::Wide && answers_data(canvas, passage) {
        nobody_home(canvas, passage);
    }
}

/// Whether a packet is a FIN that met data on its way.
fn is_crossed(canvas: &Canvas<'_, '_>, passage: &Passage) -> bool {
    let passages = &canvas.diagram.wire.passages;
    let index = passages.binary_search_by_key(&passage.record, |p| p.record);
    passage.kind == Kind::Close && index.is_ok_and(|i| crossing(passages, i).is_some())
}

/// Whether a packet is the RST that a closed socket answers data with.
fn answers_data(canvas: &Canvas<'_, '_>, passage: &Passage) -> bool {
    let diagram = canvas.diagram;
    let cause = diagram.trace.record(passage.record).cause;
    let answered = cause.and_then(|cause| diagram.wire.passage(cause));
    // A box on the way that forges one speaks for a host that got nothing.
    let arrived = |p: &Passage| matches!(p.fate, Fate::Arrived { .. });
    passage.kind == Kind::Reset && answered.is_some_and(|p| p.kind == Kind::Data && arrived(p))
}

fn nobody_home(canvas: &mut Canvas<'_, '_>, passage: &Passage) {
    let diagram = canvas.diagram;
    let lane = diagram.lanes.of(diagram.wire.hosts(passage).0);
    let words = text::NO_SOCKET.of(diagram.view.lang).to_owned();
    let (x, anchor) = beside(&lane, diagram.view.layout);
    let (wide, high, items) = canvas::words(&[words], "state-words", anchor, canvas::SMALL);
    let x = if anchor == Anchor::End { x - wide } else { x };
    let top = diagram.axis.y(passage.seen()) - 4.0;
    let boxes = (0..8).map(|step| Rect {
        x,
        y: top + f64::from(step) * 5.0,
        w: wide,
        h: high,
    });
    canvas.want(Want {
        rank: Rank::Aside,
        time: passage.seen(),
        at: Where::Boxes(boxes.collect()),
        items,
        shows: Vec::new(),
        or: None,
    });
}

fn label(canvas: &mut Canvas<'_, '_>, passage: &Passage, from: Point, to: Point) {
    let diagram = canvas.diagram;
    let (wire, lang) = (&diagram.wire, diagram.view.lang);
    let reach = (to.x - from.x).abs() - 44.0;
    let fits = |words: &str, most: f64| place::width(words, canvas::MONO) <= most;
    let most = (reach + 14.0).max(60.0);
    let short = place::fit(&wire.short_name(passage, lang), canvas::MONO, most);
    let mut want = words_want(canvas, passage, (from, to), short.clone());
    let name = wire.name(passage, lang);
    let long = wire.long_name(passage, lang);
    let is_wide = diagram.view.layout == Layout::Wide;
    let words = match fits(&long, reach.max(40.0)) && is_wide {
        true => Some(long),
        false => fits(&name, most).then_some(name),
    };
    if let Some(words) = words.filter(|words| *words != short) {
        let mut more = words_want(canvas, passage, (from, to), words);
        more.or = Some(Box::new(want));
        want = more;
    }
    canvas.want(want);
}

/// Such words for a packet on its way.
fn words_want(
    canvas: &Canvas<'_, '_>,
    passage: &Passage,
    (from, to): (Point, Point),
    words: String,
) -> Want {
    let crossed = if is_crossed(canvas, passage) {
        " crossed"
    } else {
        ""
    };
    let class = format!("packet-words {}{crossed}", passage.kind.class());
    let about = Some(passage.record);
    let class = canvas.class(&class, about);
    let (wide, high, mut items) = canvas::words(&[words], &class, Anchor::Middle, canvas::MONO);
    for item in &mut items {
        item.about = about;
    }
    let at = |share: f64| {
        let centre = Point {
            x: from.x + (to.x - from.x) * share,
            y: from.y + (to.y - from.y) * share,
        };
        Rect::around(centre, wide + 4.0, high)
    };
    // Beside the line rather than nowhere.
    let on_line = SHARES.map(at);
    let beside: Vec<Rect> = [-11.0, 11.0, -18.0, 18.0]
        .into_iter()
        .flat_map(|dy| on_line.map(|at| at.moved(0.0, dy)))
        .collect();
    for item in &mut items {
        item.shape.shift(2.0, 0.0);
    }
    Want {
        rank: match passage.kind {
            Kind::Ack => Rank::Ack,
            _ => Rank::Packet,
        },
        time: passage.seen().max(canvas.diagram.view.range.from),
        at: Where::Boxes(on_line.into_iter().chain(beside).collect()),
        items,
        shows: Vec::new(),
        or: None,
    }
}

fn lost(canvas: &mut Canvas<'_, '_>, passage: &Passage, at: Point, by: Culprit) {
    let diagram = canvas.diagram;
    let lang = diagram.view.lang;
    let about = Some(passage.record);
    let class = canvas.class("cross", about);
    let words = text::LOST_BY.fill(lang, &[("by", &culprit(diagram.trace, by, lang))]);
    canvas.push(
        Depth::Arrow,
        Item {
            shape: Shape::Cross(at),
            class,
            about,
            says: words.clone(),
        },
    );
    canvas.keep_free(Rect::around(at, 12.0, 12.0));
    let mut want = lost_want(passage, at, words);
    let typed = by
        .rule()
        .and_then(|n| Some((n, diagram.trace.command(n)?.line)));
    if let Some((n, line)) = typed {
        let rule = describe::command(diagram.trace, n, line);
        let short = text::LOST_BY.fill(lang, &[("by", &rule)]);
        want.or = Some(Box::new(lost_want(passage, at, short)));
    }
    canvas.want(want);
}

/// Such words beside the cross of a packet that is lost there.
fn lost_want(passage: &Passage, at: Point, words: String) -> Want {
    /// They are in bold, which is so much wider.
    const BOLD: f64 = 1.08;
    let size = canvas::SMALL * BOLD;
    let (wide, high, items) = canvas::words(&[words], "lost-words", Anchor::Start, size);
    let beside = |x: f64, y: f64| Rect {
        x,
        y,
        w: wide,
        h: high,
    };
    let boxes = vec![
        beside(at.x + 9.0, at.y - high / 2.0),
        beside(at.x - 12.0 - wide, at.y - high / 2.0),
        beside(at.x - wide / 2.0, at.y + 8.0),
        // Beneath a mark of evidence, or before it.
        beside(at.x - wide / 2.0, at.y + 9.5),
        beside(at.x - wide + 6.0, at.y + 8.0),
        beside(at.x - wide / 2.0, at.y - 8.0 - high),
        beside(at.x - wide / 2.0, at.y - 11.0 - high),
        beside(at.x - wide / 4.0, at.y - 11.0 - high),
        beside(at.x - wide / 4.0, at.y - 14.0 - high),
        beside(at.x + 9.0, at.y + 4.0),
        beside(at.x - 9.0 - wide, at.y + 4.0),
    ];
    Want {
        rank: Rank::Packet,
        time: passage.seen(),
        at: Where::Boxes(boxes),
        items,
        shows: Vec::new(),
        or: None,
    }
}
