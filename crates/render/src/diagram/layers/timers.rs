//! Timers as brackets that begin where they are armed and end where they fire, named and with their value.
//!
//! Of kernel timers only those that fire are drawn: one is armed with nearly every segment. A program's idle timer
//! that was cleared is drawn faintly, because "the timer was not the cause" is an answer too.

use super::super::axis::Band;
use super::super::canvas::{self, Canvas, Depth, Place, Rank, Want, Where};
use super::super::lanes::HostLane;
use super::super::scene::{Anchor, Item, Point, Rect, Shape};
use super::super::spans::{Armed, TimerEnd};
use super::super::view::{Layout, View};
use super::Layer;
use crate::{describe, names, text};
use litemap::LiteMap;
use std::time::Duration;
use whyeof_trace::{Origin, SettingId, TimerKind, Trace};

pub(super) const LAYER: Layer = Layer {
    id: "timers",
    label: text::LAYER_TIMERS,
    default_on: true,
    draw,
};

fn draw(canvas: &mut Canvas<'_, '_>, band: Band) {
    let diagram = canvas.diagram;
    // One faint timer of a kind is named; the others look the same.
    let mut named: LiteMap<_, ()> = LiteMap::new();
    for armed in &diagram.spans.timers {
        if armed.from > band.to || !canvas.has_room() {
            break;
        }
        if is_drawn(canvas, armed) {
            let fires = matches!(armed.end, TimerEnd::Fired(_));
            let first = fires
                || named
                    .insert((armed.timer.kind, armed.setting), ())
                    .is_none();
            if band.meets(armed.from, armed.to) {
                draw_timer(canvas, band, armed, first);
            }
        }
    }
    super::draw_badges(canvas, band, LAYER.id);
}

fn is_drawn(canvas: &Canvas<'_, '_>, armed: &Armed) -> bool {
    let idle = matches!(
        armed.timer.kind,
        TimerKind::ServerIdle | TimerKind::ServerReadHeader | TimerKind::ClientIdle
    );
    let folds = canvas.diagram.axis.folds();
    let next = folds.partition_point(|fold| fold.from < armed.from);
    let long = folds.get(next).is_some_and(|fold| fold.to <= armed.to);
    match armed.end {
        TimerEnd::Fired(_) => !matches!(
            armed.timer.kind,
            TimerKind::Handler | TimerKind::NextRequest
        ),
        TimerEnd::Cleared | TimerEnd::Open => idle && long,
    }
}

fn draw_timer(canvas: &mut Canvas<'_, '_>, band: Band, armed: &Armed, named: bool) {
    let diagram = canvas.diagram;
    let lang = diagram.view.lang;
    let lane = diagram.lanes.of(armed.host);
    let x = x(canvas, &lane, armed.timer.kind);
    let top = diagram.top_of(armed.from.max(band.from));
    let bottom = diagram.bottom_of(armed.to.min(band.to));
    let (ending, about, text) = match armed.end {
        TimerEnd::Fired(record) => ("fires", record, text::TIMER_ARMED),
        TimerEnd::Cleared => ("cleared", armed.armed, text::TIMER_CLEARED),
        TimerEnd::Open => ("open-ended", armed.armed, text::TIMER_OPEN),
    };
    let name = text::timer(armed.timer.kind).of(lang);
    let (from, to) = (text::moment(armed.from), text::moment(armed.to));
    let class = format!("timer {} {ending}", names::timer(armed.timer.kind));
    canvas.push(
        Depth::Line,
        Item {
            shape: Shape::Bracket {
                top: Point { x, y: top },
                bottom,
            },
            class: canvas.class(&class, Some(about)),
            about: Some(about),
            says: text.fill(lang, &[("timer", name), ("from", &from), ("to", &to)]),
        },
    );
    let begin = Point { x, y: top };
    canvas.shown(armed.armed, Place::Box(Rect::around(begin, 8.0, 12.0)));
    if named {
        label(canvas, armed, &lane, [x, top, bottom]);
    }
}

fn x(canvas: &Canvas<'_, '_>, lane: &HostLane, kind: TimerKind) -> f64 {
    let diagram = canvas.diagram;
    let aside = match kind {
        TimerKind::ServerIdle | TimerKind::ServerReadHeader => 0.0,
        TimerKind::ClientIdle => 12.0,
        _ => 22.0,
    };
    let outside = lane.outside() + lane.outward * 10.0;
    match diagram.view.layout {
        Layout::Wide if !kind.is_kernel() => lane.program + lane.outward * aside,
        Layout::Wide => outside,
        Layout::Phone => lane.kernel + lane.outward * 9.0,
    }
}

/// Air between a timer's words and the picture's side, px.
const SIDE: f64 = 8.0;

/// Name, value and setting, one under the other, near the lower end.
fn label(canvas: &mut Canvas<'_, '_>, armed: &Armed, lane: &HostLane, [x, top, bottom]: [f64; 3]) {
    let diagram = canvas.diagram;
    let lang = diagram.view.lang;
    let name = text::timer(armed.timer.kind).of(lang).to_owned();
    let mut lines = vec![name];
    match armed.setting {
        Some(id) => {
            let limit = armed.until.since(armed.from);
            lines.extend(value(diagram.trace, id, limit, lang));
        }
        None => lines.push(text::about(armed.to.since(armed.from))),
    }
    let about = match armed.end {
        TimerEnd::Fired(record) => record,
        TimerEnd::Cleared | TimerEnd::Open => armed.armed,
    };
    let sides = sides(diagram.view.layout, lane);
    let class = match armed.end {
        TimerEnd::Fired(_) => "timer-words",
        TimerEnd::Cleared | TimerEnd::Open => "timer-words faint",
    };
    let (wide, high, mut items) = canvas::words(&lines, class, sides[0], canvas::SMALL);
    for (index, item) in items.iter_mut().enumerate() {
        item.about = Some(about);
        if index == 1 {
            item.class.push_str(" value");
        }
    }
    let boxes = boxes(&diagram.view, [x, top, bottom], sides, (wide, high));
    canvas.want(Want {
        rank: Rank::Timer,
        time: armed.to.min(diagram.view.range.to),
        at: Where::Boxes(boxes),
        items,
        shows: Vec::new(),
        or: None,
    });
}

/// On which side of its timer a label stands: better, and else.
const fn sides(layout: Layout, lane: &HostLane) -> [Anchor; 2] {
    match (layout, lane.outward < 0.0) {
        (Layout::Phone, true) | (Layout::Wide, false) => [Anchor::Start, Anchor::End],
        (Layout::Phone, false) | (Layout::Wide, true) => [Anchor::End, Anchor::Start],
    }
}

/// Places for a label: near the lower end of its timer, else higher, else beneath.
fn boxes(
    view: &View,
    [x, top, bottom]: [f64; 3],
    sides: [Anchor; 2],
    (w, h): (f64, f64),
) -> Vec<Rect> {
    let away = match view.layout {
        Layout::Phone => 22.0,
        Layout::Wide => 8.0,
    };
    let at = |side: Anchor, y: f64| {
        let x = match side {
            Anchor::Start => x + away,
            Anchor::Middle | Anchor::End => x - away - w,
        };
        Rect { x, y, w, h }
    };
    let mut boxes = Vec::new();
    let mut y = bottom - h - 12.0;
    while y >= top && boxes.len() < 60 {
        boxes.extend(sides.map(|side| at(side, y)));
        y -= 6.0;
    }
    // Where the range begins shortly before, there is room only beneath.
    let beneath = (0..10_u8).map(|step| at(sides[1], bottom + 26.0 + f64::from(step) * 6.0));
    boxes.extend(beneath);
    if view.layout == Layout::Wide {
        // Not at the very edge, where a wider font would be cut; a phone has no room to give away.
        boxes.retain(|at| at.x >= SIDE && at.right() <= view.width - SIDE);
    }
    boxes
}

/// `10 s` and the name of the setting that it really is; `6 s` and `keepAliveTimeout 5 s + 1 s` where a program waits longer.
fn value(trace: &Trace, id: SettingId, limit: Duration, lang: crate::Lang) -> Vec<String> {
    let setting = trace.setting(id);
    let name = match &setting.origin {
        Origin::Fallback(path) => path.rsplit('.').next().unwrap_or(path).to_owned(),
        _ => setting.name.clone(),
    };
    match setting.value.duration() {
        Some(span) => match limit.checked_sub(span).filter(|more| !more.is_zero()) {
            Some(more) => {
                let sum = format!("{name} {} + {}", text::span(span), text::span(more));
                vec![text::span(limit), sum]
            }
            None => vec![text::span(span), name],
        },
        None => vec![describe::setting_words(trace, id, lang)],
    }
}
