//! What a picture is drawn from: each layer a const in its own file and a line in [`ALL`].

mod crossings;
mod faults;
mod findings;
mod pool;
mod requests;
mod segments;
mod states;
mod time;
mod timers;

pub(crate) use crossings::crossing;

use super::Diagram;
use super::axis::Band;
use super::badges::{self, Badge, What};
use super::canvas::{self, Canvas, Rank, Want, Where};
use super::lanes::{BAR_HALF, HostLane, Lanes};
use super::place;
use super::scene::{Anchor, Item, Point, Rect, Shape};
use super::view::Layout;
use crate::describe;
use crate::text::{self, Text};
use crate::wire::Wire;
use std::time::Duration;
use whyeof_trace::{Lang, Side, Time, Vantage};

/// One layer.
#[derive(Clone, Copy, Debug)]
pub struct Layer {
    /// Name in links and settings: `segments`.
    pub id: &'static str,
    /// What its check-box says, in both languages.
    pub label: Text,
    /// Whether it is on unless the reader says otherwise.
    pub default_on: bool,
    pub(super) draw: fn(&mut Canvas<'_, '_>, Band),
}

/// All layers, in the order in which they are drawn and menus list them.
pub const ALL: &[Layer] = &[
    time::LAYER,
    states::LAYER,
    crossings::LAYER,
    segments::LAYER,
    timers::LAYER,
    requests::LAYER,
    pool::LAYER,
    faults::LAYER,
    findings::LAYER,
];

impl Diagram<'_> {
    /// Where a span begins, px: a little above the first moment when it began before the range.
    fn top_of(&self, from: Time) -> f64 {
        let first = self.axis.knots().first();
        match first {
            Some(knot) if from < knot.time => knot.y - 14.0,
            _ => self.axis.y(from),
        }
    }

    /// Where a span ends, px: a little below the last moment when it goes on.
    fn bottom_of(&self, to: Time) -> f64 {
        let last = self.axis.knots().last();
        match last {
            Some(knot) if to > knot.time => knot.y + 14.0,
            Some(knot) if to == knot.time && to == self.trace.end => knot.y + 14.0,
            _ => self.axis.y(to),
        }
    }

    /// The whole lifeline of a host: from above the first moment to below the last one.
    fn life(&self) -> (f64, f64) {
        let first = self.axis.knots().first().map_or(0.0, |knot| knot.y);
        (first - 14.0, self.axis.bottom() + 14.0)
    }
}

/// Draws the badges of one layer.
fn draw_badges(canvas: &mut Canvas<'_, '_>, band: Band, layer: &str) {
    let diagram = canvas.diagram;
    let first = diagram.badges.partition_point(|b| b.time < band.from);
    for badge in &diagram.badges[first..] {
        if badge.time > band.to || !canvas.has_room() {
            break;
        }
        if badge.layer() == layer {
            draw_badge(canvas, badge);
        }
    }
}

fn draw_badge(canvas: &mut Canvas<'_, '_>, badge: &Badge) {
    let diagram = canvas.diagram;
    let lang = diagram.view.lang;
    let lane = diagram.lanes.of(badge.host);
    let took = match badge.what {
        What::Runs(request) => {
            let handling = diagram.spans.handling.iter();
            let mut mine = handling.filter(|h| h.request == request && h.record == badge.record);
            mine.next().map(|h| h.to.since(h.from))
        }
        _ => None,
    };
    let reach = reach(diagram, &lane);
    let most = reach.1 - reach.0;
    let words = fitting(badge, &diagram.wire, took, lang, most - 18.0);
    let beneath = badge.beneath(lang);
    // These letters are narrower than the guess, which is for monospaced ones; half a line says nothing.
    let fits = |line: &String| place::width(line, canvas::SMALL) <= most * 1.12;
    let beneath: Vec<String> = beneath.into_iter().filter(fits).collect();
    let mut want = badge_want(canvas, badge, reach, words.clone(), &beneath, NEAR);
    // That it is there matters more than what stands beneath it, or where exactly.
    let far = if badge.class() == "error" { FAR } else { NEAR };
    let bare = badge_want(canvas, badge, reach, words, &[], far);
    if !beneath.is_empty() || far > NEAR {
        want.or = Some(Box::new(bare));
    }
    canvas.want(want);
}

/// Steps down at which a badge may stand, and one that tells of a failure.
const NEAR: u16 = 26;
const FAR: u16 = 60;

fn badge_want(
    canvas: &Canvas<'_, '_>,
    badge: &Badge,
    reach: (f64, f64),
    words: String,
    beneath: &[String],
    steps: u16,
) -> Want {
    let diagram = canvas.diagram;
    let lane = diagram.lanes.of(badge.host);
    let wide = (place::width(&words, canvas::MONO) + 18.0).ceil();
    let (under, under_height, mut items) =
        canvas::words(beneath, "beneath", lane.anchor, canvas::SMALL);
    let width = wide.max(under);
    let at = |wide: f64| match lane.anchor {
        Anchor::Start => 0.0,
        Anchor::Middle => (width - wide) / 2.0,
        Anchor::End => width - wide,
    };
    for item in &mut items {
        item.shape.shift(at(under), badges::HEIGHT + 1.0);
    }
    let about = Some(badge.record);
    items.push(Item {
        shape: Shape::Badge {
            at: Rect {
                x: at(wide),
                y: 0.0,
                w: wide,
                h: badges::HEIGHT,
            },
            words,
        },
        class: canvas.class(&format!("badge {}", badge.class()), about),
        about,
        says: badge.says(diagram.trace, diagram.view.lang),
    });
    let y = diagram.axis.y(badge.time) - badges::HEIGHT / 2.0;
    let height = badges::HEIGHT + under_height + 3.0;
    Want {
        rank: Rank::Badge,
        time: badge.time,
        at: Where::Boxes(badge_boxes(lane, reach, (width, height), y, steps)),
        items,
        shows: badge.shows(),
        or: None,
    }
}

/// The words of a badge, a shorter form where the whole one does not fit, and else what of that does.
fn fitting(
    badge: &Badge,
    wire: &Wire<'_>,
    took: Option<Duration>,
    lang: Lang,
    most: f64,
) -> String {
    let full = badge.words(wire, took, lang);
    let fits = |words: &String| place::width(words, canvas::MONO) <= most;
    if fits(&full) {
        return full;
    }
    let short = badge.short(wire, took, lang).unwrap_or(full);
    let shortest = badge.shortest(wire.trace, took).filter(|_| !fits(&short));
    place::fit(&shortest.unwrap_or(short), canvas::MONO, most)
}

/// Where a badge may stand that is wider than others: up to the bars of its host.
fn reach(diagram: &Diagram<'_>, lane: &HostLane) -> (f64, f64) {
    let (left, right) = lane.badges;
    if diagram.view.layout == Layout::Phone {
        return (left, right);
    }
    let bars = lane.outside() + lane.outward * (BAR_HALF + 6.0);
    let others = diagram.lanes.hosts.iter().map(|other| other.kernel);
    match lane.anchor {
        _ if lane.outward < 0.0 => (left, right.max(bars)),
        _ if diagram.lanes.is_last(lane.host) => (left.min(bars), right),
        // One in the middle reaches to the next one.
        _ => {
            let next = others
                .filter(|x| *x > lane.kernel)
                .fold(f64::INFINITY, f64::min);
            (
                left,
                right.max(next - BAR_HALF - 8.0).min(diagram.lanes.width),
            )
        }
    }
}

/// Places for a badge: at its moment, else lower, else higher.
fn badge_boxes(
    lane: HostLane,
    (left, right): (f64, f64),
    (width, height): (f64, f64),
    y: f64,
    steps: u16,
) -> Vec<Rect> {
    let x = match lane.anchor {
        Anchor::Start => left,
        // Not `clamp`, which panics where a badge is wider than its lane.
        Anchor::Middle => (lane.program - width / 2.0).min(right - width).max(left),
        Anchor::End => right - width,
    };
    let offsets = (0..steps)
        .map(|n| f64::from(n) * 4.0)
        .chain((1..12).map(|n| f64::from(n) * -4.0));
    let boxes = offsets.map(|dy| Rect {
        x,
        y: y + dy,
        w: width,
        h: height,
    });
    boxes.collect()
}

/// The names of the lanes.
pub(super) fn header(diagram: &Diagram<'_>) -> Vec<Item> {
    let mut items = Vec::new();
    for lane in &diagram.lanes.hosts {
        let trace = diagram.trace;
        let who = describe::who(trace, lane.host);
        let kernel = text::kernel(describe::role(trace, lane.host)).of(diagram.view.lang);
        let address = trace.host(lane.host).address.to_string();
        let address = match only_port(diagram, lane) {
            Some(port) => format!("{address}:{port}"),
            None => address,
        };
        let programs = trace.programs.iter().filter(|p| p.host == lane.host);
        let runtimes: Vec<&str> = programs.map(|p| p.runtime.as_str()).collect();
        let runtime = match trace.vantage {
            Vantage::Everywhere => runtimes.join(", "),
            Vantage::Tap(host) if host == lane.host => text::TAP.of(diagram.view.lang).to_owned(),
            Vantage::Tap(_) => text::NOT_SEEN.of(diagram.view.lang).to_owned(),
        };
        match diagram.view.layout {
            Layout::Wide => {
                title(&mut items, lane.program, lane.anchor, [who, &runtime]);
                title(&mut items, lane.kernel, Anchor::Middle, [kernel, &address]);
            }
            Layout::Phone => one_lane(&mut items, &diagram.lanes, lane, [who, &address]),
        }
    }
    items
}

/// The port of a host's end, when all connections have the same there.
fn only_port(diagram: &Diagram<'_>, lane: &HostLane) -> Option<u16> {
    let mut ports = diagram.trace.flows.iter().flat_map(|flow| {
        let sides = [Side::Opener, Side::Listener].into_iter();
        sides
            .filter(|side| flow.host(*side) == lane.host)
            .map(|side| flow.port(side))
    });
    let first = ports.next()?;
    ports.all(|port| port == first).then_some(first)
}

/// Names of lanes that stand close: what has no room is cut, and an address that would be is left out.
fn one_lane(items: &mut Vec<Item>, lanes: &Lanes, lane: &HostLane, [who, address]: [&str; 2]) {
    let apart = |other: &HostLane| (other.kernel - lane.kernel).abs();
    let others = lanes.hosts.iter().filter(|other| other.host != lane.host);
    let room = others.map(apart).fold(lanes.width, f64::min) - 4.0;
    let has_middle = lanes.hosts.len() > 2;
    let ends = [lanes.hosts.first(), lanes.hosts.last()];
    let is_end = ends.iter().flatten().any(|end| end.host == lane.host);
    // Over its lane where the picture goes on far enough on both sides.
    let edge = lane.kernel.min(lanes.width - lane.kernel);
    let wide = place::width(who, 12.0)
        .max(place::width(address, 10.0))
        .min(room);
    let centred = has_middle && (!is_end || 2.0 * edge >= wide);
    let (x, anchor) = if centred {
        (lane.kernel, Anchor::Middle)
    } else {
        (lane.kernel + lane.outward * 8.0, lane.anchor)
    };
    // At an end the words reach inwards, half-way to the next lane's.
    let room = if has_middle && !centred {
        room / 2.0 + 8.0
    } else {
        room
    };
    let (who, address) = if has_middle {
        let address = if place::width(address, 10.0) > room {
            ""
        } else {
            address
        };
        (place::fit(who, 12.0, room), address)
    } else {
        (who.to_owned(), address)
    };
    title(items, x, anchor, [&who, address]);
}

fn title(items: &mut Vec<Item>, x: f64, anchor: Anchor, lines: [&str; 2]) {
    for (index, (words, class)) in lines.into_iter().zip(["lane", "lane-sub"]).enumerate() {
        items.push(Item {
            shape: Shape::Text {
                at: Point {
                    x,
                    y: 16.0 + 15.0 * index as f64,
                },
                anchor,
                words: words.to_owned(),
            },
            class: class.to_owned(),
            about: None,
            says: String::new(),
        });
    }
}
