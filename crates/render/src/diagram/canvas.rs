//! Where layers put what they draw, and where labels are given their places afterwards.

use super::place::{self, Ground};
use super::scene::{Anchor, Item, Point, Rect, Shape};
use super::{Diagram, badges};
use litemap::LiteMap;
use whyeof_trace::{RecordId, SortKey, Time};

/// Font sizes, px. The style sheet has the same.
pub(crate) const MONO: f64 = 11.0;
pub(crate) const SMALL: f64 = 10.5;
/// Height of a line of words, px.
pub(crate) const LINE: f64 = 13.0;

/// How far to the front something lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Depth {
    Grid,
    Shade,
    Life,
    Line,
    Fold,
    Arrow,
    Label,
    Mark,
}

/// Which labels are placed first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Rank {
    Badge,
    Mark,
    Packet,
    /// A packet that only says that others have come.
    Ack,
    Timer,
    State,
    Time,
    Aside,
}

impl Rank {
    /// On how many lines such a label may lie at most: what is told only in passing does not stand across a packet's way, and nobody reads
    /// states and limits through several.
    const fn most_lines(self) -> usize {
        match self {
            Self::Aside => 0,
            Self::State | Self::Timer => 1,
            _ => usize::MAX,
        }
    }
}

/// Where something that is drawn can be pointed at.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Place {
    Box(Rect),
    /// A packet's way, and whether the beginning or the end of it is meant.
    Way {
        from: Point,
        to: Point,
        share: f64,
    },
}

/// Where a label may stand.
#[derive(Clone, Debug)]
pub(crate) enum Where {
    /// One of these, in order of preference.
    Boxes(Vec<Rect>),
    /// Beside what shows this record.
    Near(RecordId),
}

/// A label that waits for its place. Its items are drawn as if its box stood at the origin.
#[derive(Clone, Debug)]
pub(crate) struct Want {
    pub rank: Rank,
    pub time: Time,
    pub at: Where,
    pub items: Vec<Item>,
    pub shows: Vec<RecordId>,
    /// What stands there instead where this has no room.
    pub or: Option<Box<Self>>,
}

/// A picture in the making.
pub(crate) struct Canvas<'d, 'a> {
    pub diagram: &'d Diagram<'a>,
    items: Vec<(Depth, Item)>,
    wants: Vec<Want>,
    lines: Vec<[Point; 2]>,
    points: Vec<Point>,
    solids: Vec<Rect>,
    places: LiteMap<RecordId, Place>,
    room: usize,
}

impl<'d, 'a> Canvas<'d, 'a> {
    pub(crate) const fn new(diagram: &'d Diagram<'a>, room: usize) -> Self {
        Self {
            diagram,
            items: Vec::new(),
            wants: Vec::new(),
            lines: Vec::new(),
            points: Vec::new(),
            solids: Vec::new(),
            places: LiteMap::new(),
            room,
        }
    }

    /// Whether there is room for more items; a layer stops when there is not.
    pub(crate) const fn has_room(&self) -> bool {
        self.items.len() + self.wants.len() < self.room
    }

    /// Draws something, unless the very same is drawn already: what several connections do in step lies on each other. Returns whether it
    /// is drawn.
    pub(crate) fn push(&mut self, depth: Depth, item: Item) -> bool {
        /// So far back the same is looked for.
        const NEAR: usize = 48;
        let same =
            |(_, other): &(Depth, Item)| other.shape == item.shape && other.class == item.class;
        if self.items.iter().rev().take(NEAR).any(same) {
            return false;
        }
        if let Shape::Arrow { from, to } = item.shape {
            self.lines.push([from, to]);
        }
        self.items.push((depth, item));
        true
    }

    /// An area that no label may touch.
    pub(crate) fn keep_free(&mut self, area: Rect) {
        self.solids.push(area);
    }

    /// A point that labels should leave in sight.
    pub(crate) fn keep_in_sight(&mut self, at: Point) {
        self.points.push(at);
    }

    /// Where a record is drawn.
    pub(crate) fn shown(&mut self, record: RecordId, place: Place) {
        self.places.insert(record, place);
    }

    /// Where a record is drawn, if it is.
    pub(crate) fn place_of(&self, record: RecordId) -> Option<Place> {
        self.places.get(&record).copied()
    }

    pub(crate) fn want(&mut self, want: Want) {
        let read = !matches!(want.rank, Rank::Timer | Rank::State | Rank::Aside);
        if read || !self.diagram.view.terse {
            self.wants.push(want);
        }
    }

    /// Places the labels and hands over the items, those further back first.
    pub(crate) fn finish(mut self) -> Vec<Item> {
        let mut wants = std::mem::take(&mut self.wants);
        wants.sort_by_cached_key(|want| -> SortKey { (want.rank as u64, want.time.nanos()) });
        let chunks = self.diagram.chunks();
        let mut grounds: LiteMap<usize, Ground> = LiteMap::new();
        let mut earlier: Vec<(f64, Rect)> = Vec::new();
        for want in wants {
            let chunk = chunks.of(want.time);
            let ground = grounds
                .entry(chunk)
                .or_insert_with(|| self.ground(chunks.area(chunk)));
            let Some((want, place)) = self.fitting(want, ground, &earlier) else {
                continue;
            };
            if let (Rank::Badge, Where::Boxes(boxes)) = (want.rank, &want.at) {
                earlier.push((boxes[0].y, place));
            }
            ground.taken.extend(solid(&want.items, place));
            let shown = pill(&want.items).map_or(place, |pill| pill.moved(place.x, place.y));
            for record in &want.shows {
                self.places.insert(*record, Place::Box(shown));
            }
            let depth = if want.rank == Rank::Mark {
                Depth::Mark
            } else {
                Depth::Label
            };
            for mut item in want.items {
                item.shape.shift(place.x, place.y);
                // A line that comes with a label is the grid line of a time.
                let depth = match item.shape {
                    Shape::Line { .. } => Depth::Grid,
                    _ => depth,
                };
                self.items.push((depth, item));
            }
        }
        self.items
            .sort_by_cached_key(|(depth, _)| -> SortKey { (*depth as u64, 0) });
        self.items.into_iter().map(|(_, item)| item).collect()
    }

    /// A label, or what it would rather be than not there, and its place.
    fn fitting(
        &self,
        mut want: Want,
        ground: &Ground,
        earlier: &[(f64, Rect)],
    ) -> Option<(Want, Rect)> {
        loop {
            let mut boxes = match &want.at {
                Where::Boxes(boxes) => boxes.clone(),
                Where::Near(record) => self.near(*record),
            };
            if want.rank == Rank::Badge {
                in_order(&mut boxes, earlier);
            }
            if let Some(place) = ground.place(&boxes, want.rank.most_lines()) {
                return Some((want, place));
            }
            want = *want.or?;
        }
    }

    fn ground(&self, area: Rect) -> Ground {
        let solids = self.solids.iter().filter(|solid| solid.overlaps(&area));
        let near = |line: &&[Point; 2]| {
            line[0].y.min(line[1].y) < area.bottom() && line[0].y.max(line[1].y) > area.y
        };
        Ground {
            bounds: area,
            taken: solids.copied().collect(),
            lines: self.lines.iter().filter(near).copied().collect(),
            points: (self.points.iter().copied())
                .filter(|at| area.has(*at))
                .collect(),
        }
    }

    /// Places for a mark of evidence beside what shows a record.
    fn near(&self, record: RecordId) -> Vec<Rect> {
        let around = |x: f64, y: f64| Rect::around(Point { x, y }, SIDE, SIDE);
        let mut boxes = match self.places.get(&record) {
            Some(Place::Box(at)) => {
                let middle = at.y + badges::HEIGHT / 2.0;
                let apart = SIDE / 2.0 + 4.0;
                let mut sides = [at.x - apart, at.right() + apart];
                // Not where the times stand.
                if sides[0] - SIDE < self.diagram.lanes.times {
                    sides.reverse();
                }
                let mut boxes = vec![
                    around(sides[0], middle),
                    around(sides[1], middle),
                    around(at.centre().x, at.y - apart),
                    around(at.centre().x, at.bottom() + apart),
                ];
                for step in 1..6 {
                    let dy = f64::from(step) * 8.0;
                    for y in [middle - dy, middle + dy] {
                        boxes.extend(sides.map(|x| around(x, y)));
                    }
                }
                boxes
            }
            Some(Place::Way { from, to, share }) => beside_way(*from, *to, *share),
            None => return Vec::new(),
        };
        // Better a little off than not at all.
        if let Some(first) = boxes.first().copied() {
            boxes.extend(rings(first));
        }
        boxes
    }

    /// Class names with what the selection adds.
    pub(crate) fn class(&self, class: &str, about: Option<RecordId>) -> String {
        match about.and_then(|record| self.diagram.standing(record)) {
            Some(standing) => format!("{class} {standing}"),
            None => class.to_owned(),
        }
    }
}

/// Leaves out the places above its own moment at which a badge would pass one of an earlier moment: an effect never stands above its
/// cause. Badges of moments so near that the axis hardly tells them apart may stand in any order. Of the earlier ones each has its moment
/// on the axis, and its place.
fn in_order(boxes: &mut Vec<Rect>, earlier: &[(f64, Rect)]) {
    let Some(own) = boxes.first().copied() else {
        return;
    };
    let passes = |(moment, other): &&(f64, Rect)| {
        *moment < own.y - badges::HEIGHT && other.x < own.right() && other.right() > own.x
    };
    let tops = earlier.iter().filter(passes).map(|(_, other)| other.y);
    let lowest = tops.fold(f64::NEG_INFINITY, f64::max);
    boxes.retain(|at| at.y >= own.y || at.y > lowest);
}

/// Places in ever wider rings around one.
fn rings(first: Rect) -> impl Iterator<Item = Rect> {
    const STEP: f64 = 10.0;
    (1..=6_i32).flat_map(move |ring| {
        let edge = -ring..=ring;
        let all = edge
            .clone()
            .flat_map(move |dx| edge.clone().map(move |dy| (dx, dy)));
        let outer = all.filter(move |(dx, dy)| dx.abs().max(dy.abs()) == ring);
        outer.map(move |(dx, dy)| first.moved(f64::from(dx) * STEP, f64::from(dy) * STEP))
    })
}

/// Side of the area that a mark of evidence takes up, px.
const SIDE: f64 = 18.0;

/// A packet's way on which a mark and the packet's words do not both fit, px.
const SHORT: f64 = 130.0;

/// Places for a mark of evidence beside a packet's way: on the line around where it belongs, beyond that end of the line (first of all if
/// the line is short), beside the line; only then where it could be taken for the other end's, and for what is lost at once, whose line is
/// too short for all of this, further off.
fn beside_way(from: Point, to: Point, share: f64) -> Vec<Rect> {
    let around = |x: f64, y: f64| Rect::around(Point { x, y }, SIDE, SIDE);
    let on_line = |offset: f64| {
        let t = share + offset;
        let at = around(from.x + (to.x - from.x) * t, from.y + (to.y - from.y) * t);
        (0.03..=0.97).contains(&t).then_some(at)
    };
    let line = |steps: std::ops::Range<u32>| -> Vec<Rect> {
        let offsets = steps.flat_map(|n| [f64::from(n) * 0.05, f64::from(n) * -0.05]);
        offsets.filter_map(on_line).collect()
    };
    let (near, far) = (line(0..7), line(7..19));
    let beside = |line: &[Rect]| -> Vec<Rect> {
        let both = |at: &Rect| [at.moved(0.0, -12.0), at.moved(0.0, 12.0)];
        line.iter().flat_map(both).collect()
    };
    let ahead = (to.x - from.x).signum();
    let (tip, outward) = match share < 0.5 {
        true => (from, -ahead),
        false => (to, ahead),
    };
    // Beside the cross of what is lost, or on the other side of a host's bar.
    let beyond = [10.0, 15.0].into_iter().flat_map(|apart| {
        let x = tip.x + outward * (SIDE / 2.0 + apart);
        [0.0, -7.0, 7.0, -14.0, 14.0].map(|dy| around(x, tip.y + dy))
    });
    let off = [-1.5, 1.5, -2.5, 2.5].map(|by| around(to.x + by * SIDE, to.y));
    let (near_beside, far_beside) = (beside(&near), beside(&far));
    // A short line has hardly room for its own words.
    let is_short = (to.x - from.x).abs() < SHORT;
    let mut all: Vec<Rect> = Vec::new();
    match is_short {
        true => all.extend(beyond.chain(near)),
        false => all.extend(near.into_iter().chain(beyond)),
    }
    all.extend(near_beside);
    all.extend(far);
    all.extend(far_beside);
    all.extend(off);
    all
}

/// What a placed label takes up: a badge and the words beneath it are not equally wide.
fn solid(items: &[Item], place: Rect) -> Vec<Rect> {
    let Some(pill) = pill(items) else {
        return vec![place];
    };
    let pill = pill.moved(place.x, place.y);
    let beneath = items.iter().filter_map(|item| match &item.shape {
        Shape::Text { at, anchor, words } => {
            let wide = place::width(words, SMALL);
            let x = match anchor {
                Anchor::Start => at.x,
                Anchor::Middle => at.x - wide / 2.0,
                Anchor::End => at.x - wide,
            };
            let area = Rect {
                x,
                y: at.y + 3.0 - LINE,
                w: wide,
                h: LINE,
            };
            Some(area.moved(place.x, place.y))
        }
        _ => None,
    });
    std::iter::once(pill).chain(beneath).collect()
}

/// The pill of a badge, without what stands beneath it.
fn pill(items: &[Item]) -> Option<Rect> {
    items.iter().find_map(|item| match item.shape {
        Shape::Badge { at, .. } => Some(at),
        _ => None,
    })
}

/// Words on their own as items of a [`Want`], with the size of their box.
pub(crate) fn words(
    lines: &[String],
    class: &str,
    anchor: Anchor,
    size: f64,
) -> (f64, f64, Vec<Item>) {
    let wide = lines
        .iter()
        .map(|line| place::width(line, size))
        .fold(0.0, f64::max)
        .ceil();
    let x = match anchor {
        Anchor::Start => 0.0,
        Anchor::Middle => wide / 2.0,
        Anchor::End => wide,
    };
    let items = lines.iter().enumerate().map(|(index, line)| Item {
        shape: Shape::Text {
            at: Point {
                x,
                y: LINE * (index as f64 + 1.0) - 3.0,
            },
            anchor,
            words: line.clone(),
        },
        class: class.to_owned(),
        about: None,
        says: String::new(),
    });
    (wide, LINE * lines.len() as f64, items.collect())
}
