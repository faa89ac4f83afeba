//! A run as it is drawn for one reader: laid out, with the band of it that can be seen.

use crate::app::model::{Lane, Model, Screen};
use crate::run::Run;
use std::rc::Rc;
use std::time::Duration;
use whyeof_render::diagram::{Axis, Band, Diagram, Layout, Scene, View};
use whyeof_trace::{Event, Evicted, PoolEvent, Record, RecordId, RequestEvent, RequestId, Time};

/// What the first visit shows of its run.
pub const LAST_MOMENTS: Duration = Duration::from_millis(40);
/// Shown before and after a request that is looked at alone.
const AROUND: (Duration, Duration) = (Duration::from_millis(3), Duration::from_millis(30));
/// Drawn above and below what can be seen, as a share of it, so that a little scrolling draws nothing anew.
const MARGIN: f64 = 1.0;

/// A laid-out run.
#[derive(Debug)]
pub struct Picture {
    /// The run.
    pub run: Rc<Run>,
    /// What is drawn of it.
    pub view: View,
    /// The names of the lanes.
    pub header: Rc<Shared>,
    /// The band that is drawn.
    pub scene: Rc<Shared>,
    axis: Axis,
    height: f64,
    /// First and last pixel drawn.
    drawn: (f64, f64),
    /// First and last event in range.
    events: (usize, usize),
}

/// A scene that is compared by identity, so that an unchanged one is not looked through again.
#[derive(Debug)]
pub struct Shared(pub Scene);

impl PartialEq for Shared {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self, other)
    }
}

/// Which of two pictures side by side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Alone, or the one after.
    Now,
    /// The one before.
    Before,
}

impl Picture {
    /// Lays out a run as the model wants to see it.
    pub fn of(run: &Rc<Run>, model: &Model, place: Place) -> Self {
        let mut view = View::new(width(model), model.lang);
        view.layout = match (model.env.lanes, model.screen, model.compares()) {
            (Lane::One, ..) | (Lane::Two, Screen::Bench, true) => Layout::Phone,
            (Lane::Two, ..) => Layout::Wide,
        };
        view.range = range(run, model);
        // The first visit has no list that numbers could refer to.
        if model.screen != Screen::First {
            let focus = model.focus.filter(|_| place == Place::Now);
            let evidence = run
                .finding(focus)
                .map(|f| f.evidence.as_slice())
                .unwrap_or_default();
            view.evidence = (1..).zip(evidence.iter().map(|e| e.record)).collect();
        }
        if place == Place::Now {
            view.selected = model
                .selected
                .filter(|id| id.index() < run.trace.records.len());
        }
        let diagram = Diagram::new(&run.trace, &view);
        let (axis, height) = (diagram.axis().clone(), diagram.height());
        let (top, room) = model.view;
        let drawn = match model.screen {
            // Nothing scrolls there: all of it can be seen.
            Screen::First => (0.0, height),
            _ if model.compares() => (0.0, height),
            _ => ((top - room * MARGIN).max(0.0), top + room * (1.0 + MARGIN)),
        };
        let scene = diagram.scene(axis.band(drawn.0, drawn.1));
        let header = diagram.header();
        let events = events(run, view.range);
        Self {
            run: Rc::clone(run),
            view,
            header: Rc::new(Shared(header)),
            scene: Rc::new(Shared(scene)),
            axis,
            height,
            drawn,
            events,
        }
    }

    /// Width, px.
    pub const fn width(&self) -> f64 {
        self.view.width
    }

    /// Height, px.
    pub const fn height(&self) -> f64 {
        self.height
    }

    /// First and last event that it shows, as positions in the run's list.
    pub const fn events(&self) -> (usize, usize) {
        self.events
    }

    /// Where its first and its last moment stand, px, with a little room.
    pub fn reach(&self) -> (f64, f64) {
        let knots = self.axis.knots();
        let first = knots.first().map_or(0.0, |knot| knot.y);
        ((first - 8.0).max(0.0), self.height)
    }

    /// Where an event stands, px.
    pub fn height_of(&self, event: usize) -> f64 {
        self.axis.y(self.run.time_of(event))
    }

    /// The last event at or above a height.
    pub fn event_at(&self, y: f64) -> Option<usize> {
        let event = self.run.event_at(self.axis.time(y))?;
        (event >= self.events.0).then(|| event.min(self.events.1))
    }

    /// The moment at a height.
    pub fn time_at(&self, y: f64) -> Time {
        self.axis.time(y)
    }

    /// Whether everything in a stretch of pixels is drawn.
    pub fn covers(&self, (from, visible): (f64, f64)) -> bool {
        let to = (from + visible).min(self.height);
        self.drawn.0 <= from && to <= self.drawn.1
    }
}

fn width(model: &Model) -> f64 {
    match (model.env.lanes, model.screen, model.compares()) {
        (Lane::One, ..) => 356.0,
        (Lane::Two, Screen::Bench, true) => 370.0,
        (Lane::Two, _, true) => 620.0,
        // Alone on its page it is drawn larger.
        (Lane::Two, Screen::First, false) => 700.0,
        (Lane::Two, ..) => 720.0,
    }
}

/// The stretch of time that is drawn.
fn range(run: &Run, model: &Model) -> Band {
    if let Some(request) = model.focus {
        return around(run, request).unwrap_or(Band::ALL);
    }
    match (model.screen, model.story) {
        (Screen::First | Screen::Embedded, Some(request)) => last_moments(run, request),
        // Side by side only the same moments can be compared.
        (Screen::Bench, Some(request)) if model.compares() => last_moments(run, request),
        _ => Band::ALL,
    }
}

/// The last moments of the story: what the request came to, and, when its client had let go of a connection since the
/// request before, that as well.
fn last_moments(run: &Run, request: RequestId) -> Band {
    let Some(asked) = run.request(request.index()) else {
        return Band::ALL;
    };
    let is_after = |record: &&Record| record.time <= asked.started;
    let before = run.trace.records.iter().rev().skip_while(|r| !is_after(r));
    let let_go = before
        .take_while(|r| !matches!(r.event, Event::Request(RequestEvent::Finished { .. })))
        .find(|r| {
            matches!(
                r.event,
                Event::Pool(PoolEvent::Evict {
                    why: Evicted::IdleTimeout,
                    ..
                })
            )
        });
    let begin = asked.started - AROUND.0;
    Band {
        from: let_go.map_or(begin, |record| record.time - AROUND.0),
        to: begin + LAST_MOMENTS,
    }
}

fn around(run: &Run, request: usize) -> Option<Band> {
    let request = run.request(request)?;
    let end = request.ended.unwrap_or(run.trace.end);
    Some(Band {
        from: request.started - AROUND.0,
        to: end + AROUND.1,
    })
}

fn events(run: &Run, range: Band) -> (usize, usize) {
    let time = |id: &RecordId| run.trace.record(*id).time;
    let first = run.events.partition_point(|id| time(id) < range.from);
    let end = run.events.partition_point(|id| time(id) <= range.to);
    let last = end.saturating_sub(1).max(first);
    (first.min(run.events.len().saturating_sub(1)), last)
}
