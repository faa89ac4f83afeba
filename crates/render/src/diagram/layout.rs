//! Lays out time for a drawing: which moments count, how far apart they must stand, and in which chunks labels are
//! placed.

use super::axis::{Axis, Band, Knot, Moment, OnWire, Room, Ruler, Scale, Steps};
use super::badges::{self, Badge};
use super::scene::Rect;
use super::spans::{Spans, TimerEnd};
use super::view::{Layout, View};
use crate::wire::{Fate, Passage, Wire};
use litemap::LiteMap;
use std::time::Duration;
use whyeof_trace::{HostId, SortKey, Time};

/// Where the first moment stands, px.
const TOP: f64 = 22.0;
/// Room under the last moment, px.
const FOOT: f64 = 34.0;
/// Room above the first and under the last moment where a range cuts the run, px.
const TORN: f64 = 34.0;
/// Between two packets of one direction there is room for a label, px.
const BETWEEN_PACKETS: f64 = 15.0;
/// A chunk ends at the first fold after so many things,
const LEAST_THINGS: usize = 60;
/// and after so many at the latest.
const MOST_THINGS: usize = 180;

/// What [`lay_out`] found.
pub(crate) struct Laid {
    pub axis: Axis,
    pub height: f64,
}

/// All that asks for a place on the axis of a view: one run's, or that of several on one axis.
pub(crate) struct Gathered {
    moments: Vec<Moment>,
    rooms: Vec<Room>,
    flights: Vec<Duration>,
    /// Whether the range cuts off something before and after.
    cut: [bool; 2],
}

/// Gathers what lies in a view's range.
pub(crate) fn gather(
    view: &View,
    (wire, stagger): (&Wire<'_>, &[f64]),
    badges: &[Badge],
    spans: &Spans,
) -> Gathered {
    let range = view.range;
    let passages: Vec<&Passage> = passages(wire, range).collect();
    let times = times(wire.trace.end, range, &passages, badges, spans);
    let mut moments: Vec<Moment> = times
        .iter()
        .map(|time| Moment {
            time: *time,
            ..Moment::default()
        })
        .collect();
    mark_busy(&mut moments, &passages);
    leave_room_for_loss(&mut moments, &times, &passages);
    leave_room_for_stagger(&mut moments, &times, wire, stagger);
    let mut rooms = packet_rooms(wire, &times, &passages);
    rooms.extend(badge_rooms(
        (view.layout, wire),
        &mut moments,
        &times,
        badges,
        &passages,
    ));
    let records = &wire.trace.records;
    Gathered {
        moments,
        rooms,
        flights: passages.iter().filter_map(|p| p.flight()).collect(),
        cut: [
            records.first().is_some_and(|r| r.time < range.from),
            records.last().is_some_and(|r| r.time > range.to),
        ],
    }
}

fn passages<'w>(wire: &'w Wire<'_>, range: Band) -> impl Iterator<Item = &'w Passage> {
    let meets = move |p: &&Passage| range.meets(p.seen(), p.ended().unwrap_or(p.seen()));
    wire.passages.iter().filter(meets)
}

/// The longest that a packet was under way in a view's range.
pub(crate) fn longest(view: &View, wire: &Wire<'_>) -> Duration {
    let under_way = |p: &Passage| Some(p.ended()?.since(p.sent?));
    passages(wire, view.range)
        .filter_map(under_way)
        .max()
        .unwrap_or_default()
}

impl Gathered {
    /// The same for two runs on one axis.
    pub(crate) fn with(self, other: Self) -> Self {
        let mut times: Vec<Time> = self
            .moments
            .iter()
            .chain(&other.moments)
            .map(|m| m.time)
            .collect();
        times.sort_by_cached_key(|time| -> SortKey { (time.nanos(), 0) });
        times.dedup();
        let mut moments: Vec<Moment> = times
            .iter()
            .map(|time| Moment {
                time: *time,
                ..Moment::default()
            })
            .collect();
        let mut rooms = Vec::new();
        for part in [&self, &other] {
            let place = |at: usize| position(&times, part.moments[at].time).unwrap_or(0);
            part.spread(&mut moments);
            rooms.extend(part.rooms.iter().map(|room| Room {
                above: place(room.above),
                below: place(room.below),
                least: room.least,
            }));
        }
        let mut flights = self.flights;
        flights.extend(other.flights);
        Self {
            moments,
            rooms,
            flights,
            cut: [self.cut[0] || other.cut[0], self.cut[1] || other.cut[1]],
        }
    }

    /// Says of each moment on a common axis what this run has there.
    fn spread(&self, moments: &mut [Moment]) {
        let mut own = self.moments.iter().peekable();
        let mut wire = OnWire::Nothing;
        for moment in moments {
            if let Some(here) = own.next_if(|own| own.time == moment.time) {
                wire = here.wire;
                moment.beneath = moment.beneath.max(here.beneath);
            }
            if wire == OnWire::Packets {
                moment.wire = wire;
            }
        }
    }

    /// Lays it out.
    pub(crate) fn lay_out(mut self, view: &View) -> Laid {
        self.rooms
            .sort_by_cached_key(|room| -> SortKey { (room.below as u64, 0) });
        let steps = steps(view, &self.moments, &mut self.flights);
        if steps.scale == Scale::Even {
            // Room for words would not be true to scale.
            self.rooms.clear();
        }
        let torn = |cut: bool| if cut { TORN } else { 0.0 };
        let top = TOP + torn(self.cut[0]);
        let axis = Axis::new(&self.moments, &steps, &self.rooms, top);
        let beneath = self.moments.last().map_or(0.0, |m| m.beneath);
        let foot = FOOT.max(beneath + 8.0) + torn(self.cut[1]);
        Laid {
            height: (axis.bottom() + foot).ceil(),
            axis,
        }
    }
}

/// How much lower each packet is drawn than its moments say, px: packets that leave for the same host at the same
/// moment would lie on each other.
pub(crate) fn stagger(wire: &Wire<'_>) -> Vec<f64> {
    /// From one such packet to the next, px.
    const STEP: f64 = 7.0;
    /// So many are set apart; a burst of one instant is a bundle.
    const MOST: u8 = 4;
    let mut last: LiteMap<(HostId, HostId), (Time, u8)> = LiteMap::new();
    let lower = |passage: &Passage| {
        let time = passage.seen();
        let entry = last.entry(wire.hosts(passage)).or_insert((time, 0));
        *entry = if entry.0 == time {
            (time, entry.1.saturating_add(1))
        } else {
            (time, 1)
        };
        f64::from((entry.1 - 1).min(MOST)) * STEP
    };
    wire.passages.iter().map(lower).collect()
}

/// The moments that something is drawn at, in order and each once.
fn times(
    end: Time,
    range: Band,
    passages: &[&Passage],
    badges: &[Badge],
    spans: &Spans,
) -> Vec<Time> {
    let mut times: Vec<Time> = Vec::new();
    for passage in passages {
        times.extend(passage.sent);
        times.extend(passage.ended());
    }
    times.extend(badges.iter().map(|badge| badge.time));
    times.extend(spans.bars.iter().map(|bar| bar.from));
    let fired = |t: &&super::spans::Armed| matches!(t.end, TimerEnd::Fired(_));
    times.extend(spans.timers.iter().filter(fired).map(|t| t.to));
    times.extend(spans.handling.iter().filter(|h| h.to < end).map(|h| h.to));
    times.retain(|time| range.contains(*time));
    times.sort_by_cached_key(|time| -> SortKey { (time.nanos(), 0) });
    times.dedup();
    times
}

fn position(times: &[Time], time: Time) -> Option<usize> {
    times.binary_search(&time).ok()
}

/// Both lists are in the order of time, so one pass over them is enough, however much is under way at once.
fn mark_busy(moments: &mut [Moment], passages: &[&Passage]) {
    let ways = passages.iter().filter_map(|p| Some((p.sent?, p.ended()?)));
    let mut ways = ways.peekable();
    let mut until = Time::ZERO;
    for moment in moments {
        while let Some((_, ended)) = ways.next_if(|(sent, _)| *sent <= moment.time) {
            until = until.max(ended);
        }
        if moment.time < until {
            moment.wire = OnWire::Packets;
        }
    }
}

/// A packet that is set apart from others of its moment ends that much lower.
fn leave_room_for_stagger(
    moments: &mut [Moment],
    times: &[Time],
    wire: &Wire<'_>,
    stagger: &[f64],
) {
    const ARROW_HEAD: f64 = 5.0;
    for (passage, lower) in wire.passages.iter().zip(stagger.iter().copied()) {
        let at = passage.ended().and_then(|time| position(times, time));
        if let Some(at) = at.filter(|_| lower > 0.0) {
            moments[at].beneath = moments[at].beneath.max(lower + ARROW_HEAD);
        }
    }
}

/// Under the end of a packet that is lost there is room for the words that say so, or a mark of evidence.
fn leave_room_for_loss(moments: &mut [Moment], times: &[Time], passages: &[&Passage]) {
    const LINE: f64 = 28.0;
    let lost = passages
        .iter()
        .filter(|p| matches!(p.fate, Fate::Lost { .. }));
    for at in lost.filter_map(|p| position(times, p.ended()?)) {
        moments[at].beneath = moments[at].beneath.max(LINE);
    }
}

fn packet_rooms(wire: &Wire<'_>, times: &[Time], passages: &[&Passage]) -> Vec<Room> {
    let mut last: LiteMap<(HostId, HostId), usize> = LiteMap::new();
    let mut rooms = Vec::new();
    for passage in passages {
        let key = wire.hosts(passage);
        let Some(at) = position(times, passage.seen()) else {
            continue;
        };
        if let Some(above) = last.insert(key, at)
            && above < at
        {
            rooms.push(Room {
                above,
                below: at,
                least: BETWEEN_PACKETS,
            });
        }
    }
    rooms
}

/// What stands in one host's lane at one moment: px beneath it, and px above it.
#[derive(Clone, Copy, Default)]
struct Stack {
    height: f64,
}

/// What happens to many at once: all of their badges would tear apart what a packet does meanwhile, so some of them have to do.
#[derive(Default)]
struct Crowd {
    since: Option<Time>,
    height: f64,
}

impl Crowd {
    /// Room for the badges of one crowd, px.
    const MOST: f64 = 150.0;

    /// How much of `height` the badges of this moment get.
    fn room(&mut self, at: Time, near: Duration, height: f64) -> f64 {
        if self.since.is_none_or(|since| at.since(since) > near) {
            self.since = Some(at);
            self.height = 0.0;
        }
        let room = height.min(Self::MOST - self.height).max(0.0);
        self.height += room;
        room
    }
}

fn badge_rooms(
    (layout, wire): (Layout, &Wire<'_>),
    moments: &mut [Moment],
    times: &[Time],
    badges: &[Badge],
    passages: &[&Passage],
) -> Vec<Room> {
    let mut lanes: LiteMap<HostId, LiteMap<usize, Stack>> = LiteMap::new();
    for badge in badges {
        if let Some(at) = position(times, badge.time) {
            let stack = lanes.entry(badge.host).or_default().entry(at).or_default();
            stack.height += badge.height();
        }
    }
    if layout == Layout::Phone {
        // Badges stand where arrows begin and end: those need their own room.
        for passage in passages {
            let (from, to) = wire.hosts(passage);
            for (host, time) in [(from, passage.sent), (to, passage.ended())] {
                if let Some(at) = time.and_then(|time| position(times, time)) {
                    lanes.entry(host).or_default().entry(at).or_default();
                }
            }
        }
    }
    let mut rooms = Vec::new();
    let near = passages.iter().filter_map(|p| p.flight()).min();
    let near = near.unwrap_or_default() / 2;
    for stacks in lanes.values() {
        let mut last: Option<(usize, f64)> = None;
        let mut crowd = Crowd::default();
        for (&at, stack) in stacks {
            let height = crowd.room(times[at], near, stack.height);
            if let Some((above, least)) = last.filter(|(_, least)| *least > 0.0) {
                rooms.push(Room {
                    above,
                    below: at,
                    least,
                });
            }
            // The first badge stands around its moment, the others beneath it.
            let beneath = height - badges::HEIGHT / 2.0;
            moments[at].beneath = moments[at].beneath.max(beneath);
            last = Some((at, height));
        }
    }
    rooms
}

fn steps(view: &View, moments: &[Moment], flights: &mut [Duration]) -> Steps {
    let Ruler {
        scale,
        stretch,
        least,
        zoom,
        folds,
    } = view.ruler;
    let gap = |pair: &[Moment]| pair[1].time.since(pair[0].time);
    let mut gaps: Vec<Duration> = moments.windows(2).map(gap).collect();
    let focus = Steps::focus_of(flights, &mut gaps);
    let (unit, narrowest, fold_height) = match view.layout {
        Layout::Wide => (92.0, 0.05, 46.0),
        Layout::Phone => (104.0, 0.07, 42.0),
    };
    let fold_from = if folds {
        (focus * 20).max(Duration::from_millis(50))
    } else {
        Duration::MAX
    };
    let stretch = stretch.clamp(-Ruler::STRETCH, Ruler::STRETCH);
    let steps = Steps {
        scale,
        unit: unit * zoom.clamp(0.125, 8.0),
        least: least.map_or(narrowest, |percent| f64::from(percent.min(100)) / 100.0),
        focus: stretched(focus, stretch),
        fold_from,
        fold_height,
    };
    match scale {
        Scale::Even => within_reach(steps, moments),
        Scale::Nonlinear | Scale::Equal => steps,
    }
}

/// The focus, so many half powers of ten shorter or, where there are less than none, longer.
fn stretched(focus: Duration, halves: i8) -> Duration {
    const HALF: f64 = 3.162_277_660_168_379;
    let by = (0..halves.unsigned_abs()).fold(1.0, |by, _| by * HALF);
    if halves < 0 {
        focus.mul_f64(by)
    } else {
        focus.div_f64(by)
    }
}

/// The same, small enough that the whole run can still be scrolled to: browsers lay out 33 million px at most.
fn within_reach(steps: Steps, moments: &[Moment]) -> Steps {
    const MOST: f64 = 4_000_000.0;
    let is_drawn = |pair: &&[Moment]| {
        pair[0].wire == OnWire::Packets || pair[1].time.since(pair[0].time) < steps.fold_from
    };
    let drawn = moments.windows(2).filter(is_drawn);
    let high: f64 = drawn
        .map(|pair| steps.height(pair[1].time.since(pair[0].time)))
        .sum();
    Steps {
        unit: steps.unit * (MOST / high.max(1.0)).min(1.0),
        ..steps
    }
}

/// Parts of the axis within which labels are placed, by the position of their first knots. They hold about as many packets, badges and
/// states each, whether those come one by one or ten at a time.
pub(crate) fn chunk_starts(
    axis: &Axis,
    wire: &Wire<'_>,
    badges: &[Badge],
    spans: &Spans,
) -> Vec<usize> {
    let mut things = vec![1; axis.knots().len()];
    let packets = wire.passages.iter().map(|passage| passage.seen());
    let badges = badges.iter().map(|badge| badge.time);
    let bars = spans.bars.iter().map(|bar| bar.from);
    for time in packets.chain(badges).chain(bars) {
        if let Ok(at) = axis.knots().binary_search_by_key(&time, |knot| knot.time) {
            things[at] += 1;
        }
    }
    let mut folds = axis.folds().iter().map(|fold| fold.to).peekable();
    let mut starts = vec![0];
    let mut held = 0;
    for (index, knot) in axis.knots().iter().enumerate() {
        let after_fold = folds.next_if(|to| *to <= knot.time).is_some();
        if held >= MOST_THINGS || (after_fold && held >= LEAST_THINGS) {
            starts.push(index);
            held = 0;
        }
        held += things[index];
    }
    starts
}

/// The chunks of a laid out diagram.
pub(crate) struct Chunks<'d> {
    pub axis: &'d Axis,
    pub starts: &'d [usize],
    pub width: f64,
    pub height: f64,
}

impl Chunks<'_> {
    /// The chunk that a moment belongs to.
    pub(crate) fn of(&self, time: Time) -> usize {
        let next = self
            .starts
            .partition_point(|start| self.knot(*start).is_none_or(|knot| knot.time <= time));
        next.saturating_sub(1)
    }

    fn knot(&self, index: usize) -> Option<Knot> {
        self.axis.knots().get(index).copied()
    }

    fn start(&self, chunk: usize) -> Option<Knot> {
        self.knot(*self.starts.get(chunk)?)
    }

    /// Where a chunk's labels may stand.
    pub(crate) fn area(&self, chunk: usize) -> Rect {
        let y = if chunk == 0 { 0.0 } else { self.edge(chunk) };
        Rect {
            x: 0.0,
            y,
            w: self.width,
            h: self.edge(chunk + 1) - y,
        }
    }

    /// Where a chunk begins: in the middle of the fold before it, if there is one.
    fn edge(&self, chunk: usize) -> f64 {
        let Some(knot) = self.start(chunk) else {
            return self.height;
        };
        let folds = self.axis.folds();
        let at = folds.partition_point(|fold| fold.to < knot.time);
        match folds.get(at) {
            Some(fold) if fold.to == knot.time => f64::midpoint(fold.top, fold.bottom),
            _ => knot.y - 8.0,
        }
    }

    /// The band of all chunks that a band touches.
    pub(crate) fn widen(&self, band: Band) -> Band {
        let (from, to) = (self.of(band.from), self.of(band.to));
        let first = self.start(from).map_or(Time::ZERO, |knot| knot.time);
        let after = self.start(to + 1);
        Band {
            from: if from == 0 { Time::ZERO } else { first },
            to: after.map_or(Time::NEVER, |knot| knot.time - Duration::from_nanos(1)),
        }
    }
}
