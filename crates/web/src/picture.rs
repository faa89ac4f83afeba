//! A run as it is drawn for one reader: laid out, with the band of it that can be seen.

use crate::app::lesson;
use crate::app::look;
use crate::app::model::{Lane, Medium, Model, Screen};
use crate::run::Run;
use std::cell::OnceCell;
use std::rc::Rc;
use std::time::Duration;
use whyeof_render::diagram::{Axis, Band, Diagram, Extent, Layout, Scene, Sheet, View};
use whyeof_trace::{Event, Evicted, PoolEvent, Record, RecordId, RequestEvent, RequestId, Time};
use yew::AttrValue;

/// What the first visit shows of its run.
pub const LAST_MOMENTS: Duration = Duration::from_millis(40);
/// Shown before and after a request that is looked at alone.
const AROUND: (Duration, Duration) = (Duration::from_millis(3), Duration::from_millis(30));
/// Drawn above and below what can be seen, as a share of it, so that a little scrolling draws nothing anew: as much as the nodes
/// allow.
pub const MARGINS: [f64; 6] = [1.0, 0.5, 0.25, 0.1, 0.02, 0.0];
/// Most SVG elements of a picture that scrolls. With the curtain and what is lit the page stays below 400.
const MOST_NODES: usize = 360;
/// Paper is taken in pieces of this height while a number is dragged, px.
const PIECE: f64 = 400.0;
/// The minimap, px.
pub const MINIMAP: (f64, f64) = (26.0, 560.0);

/// A laid-out run.
#[derive(Debug)]
pub struct Picture {
    /// The run.
    pub run: Rc<Run>,
    /// The names of the lanes.
    pub header: Rc<Shared>,
    /// The band that is drawn.
    pub scene: Rc<Shared>,
    /// The whole run on a strip, once it has been asked for.
    minimap: OnceCell<Rc<Shared>>,
    /// What it shows in words, likewise.
    summary: OnceCell<AttrValue>,
    /// What was asked for; the sheet has what became of it.
    asked: View,
    sheet: Rc<Sheet>,
    selected: Option<RecordId>,
    ink: Ink,
    /// Height of the paper it is drawn on, px.
    paper: f64,
    /// Whether its axis is shared with another picture.
    paired: bool,
    /// First and last event in range.
    events: (usize, usize),
}

/// What is drawn of a sheet.
#[derive(Clone, Debug)]
struct Ink {
    /// Whole chunks, from which bands are cut.
    wide: Rc<(Band, Scene)>,
    /// First and last pixel of the band that is drawn.
    drawn: (f64, f64),
    /// Whether some of it is left out.
    thinned: bool,
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
    /// The one before.
    Before,
    /// Alone, or the one after.
    Now,
}

impl Picture {
    /// Draws a run as the model wants to see it; what the last picture of it had laid out or drawn is kept as far as it holds.
    pub fn of(run: &Rc<Run>, model: &Model, last: Option<&Self>) -> Self {
        let asked = asked(run, model, Place::Now, range(run, model));
        let paper = last
            .filter(|_| model.knob.drag.is_some())
            .map(|it| it.paper);
        let last = last.filter(|last| !last.paired && last.fits(run, &asked));
        let sheet = match last {
            Some(last) => Rc::clone(&last.sheet),
            None => Rc::new(Sheet::new(&run.trace, &run.packets, &asked)),
        };
        let picture = Self::on(sheet, run, model, Place::Now, asked, last);
        let height = picture.height();
        // On paper of another height the browser lays out every word anew, whether it has moved or not.
        let paper = match paper {
            // Its far end is not in sight, and may hang over.
            Some(paper) if height <= paper || model.view.0 + model.view.1 <= paper => paper,
            Some(_) => height + PIECE,
            None => height,
        };
        Self { paper, ..picture }
    }

    /// Draws two runs on one axis: the one before, and the present one.
    pub fn pair([before, now]: [&Rc<Run>; 2], model: &Model) -> [Rc<Self>; 2] {
        let range = both(range(before, model), range(now, model));
        let views = [
            asked(before, model, Place::Before, range),
            asked(now, model, Place::Now, range),
        ];
        let [left, right] = views;
        let last = model
            .picture_before
            .as_deref()
            .zip(model.picture.as_deref());
        let fits = |(one, two): &(&Self, &Self)| {
            one.paired && two.paired && one.fits(before, &left) && two.fits(now, &right)
        };
        let last = last.filter(fits);
        let [one, two] = match last {
            Some((one, two)) => [Rc::clone(&one.sheet), Rc::clone(&two.sheet)],
            None => {
                let runs = [(before, &left), (now, &right)];
                Sheet::pair(runs.map(|(run, view)| (&run.trace, &run.packets, view))).map(Rc::new)
            }
        };
        let (last_one, last_two) = last.unzip();
        let one = Self::on(one, before, model, Place::Before, left, last_one);
        let two = Self::on(two, now, model, Place::Now, right, last_two);
        let paired = |picture: Self| {
            Rc::new(Self {
                paired: true,
                ..picture
            })
        };
        [paired(one), paired(two)]
    }

    /// Whether it shows this run as it is asked for.
    fn fits(&self, run: &Rc<Run>, asked: &View) -> bool {
        Rc::ptr_eq(&self.run, run) && self.asked == *asked
    }

    fn on(
        sheet: Rc<Sheet>,
        run: &Rc<Run>,
        model: &Model,
        place: Place,
        asked: View,
        last: Option<&Self>,
    ) -> Self {
        let selected = model.selected.filter(|_| place == Place::Now);
        let diagram = Diagram::on(&run.trace, Rc::clone(&sheet), selected);
        let inked = last.filter(|last| last.selected == selected);
        let (ink, scene) = ink(&diagram, model, inked);
        Self {
            paper: sheet.height(),
            run: Rc::clone(run),
            header: match last {
                Some(last) => Rc::clone(&last.header),
                None => Rc::new(Shared(diagram.header())),
            },
            minimap: last.map(|it| it.minimap.clone()).unwrap_or_default(),
            summary: last.map(|it| it.summary.clone()).unwrap_or_default(),
            scene: Rc::new(Shared(scene)),
            events: events(run, asked.range),
            asked,
            sheet,
            selected,
            ink,
            paired: false,
        }
    }

    /// What is drawn.
    pub fn view(&self) -> &View {
        self.sheet.view()
    }

    /// What it shows, in one paragraph.
    pub fn summary(&self) -> AttrValue {
        let summary = || self.diagram().summary().into();
        self.summary.get_or_init(summary).clone()
    }

    /// The whole run on a strip.
    pub fn minimap(&self) -> Rc<Shared> {
        let minimap = || Rc::new(Shared(self.diagram().minimap(MINIMAP.0, MINIMAP.1)));
        Rc::clone(self.minimap.get_or_init(minimap))
    }

    fn diagram(&self) -> Diagram<'_> {
        Diagram::on(&self.run.trace, Rc::clone(&self.sheet), None)
    }

    /// Whether a record belongs to what is drawn.
    pub fn has(&self, record: &Record) -> bool {
        self.sheet.has(record)
    }

    /// Width, px.
    pub fn width(&self) -> f64 {
        self.view().width
    }

    /// Height, px.
    pub fn height(&self) -> f64 {
        self.sheet.height()
    }

    /// Height of the paper it is drawn on, px: its own, or more while a number is dragged.
    pub const fn paper(&self) -> f64 {
        self.paper
    }

    fn axis(&self) -> &Axis {
        self.sheet.axis()
    }

    /// First and last event that it shows, as positions in the run's list.
    pub const fn events(&self) -> (usize, usize) {
        self.events
    }

    /// Where its first and its last moment stand, px, with a little room.
    pub fn reach(&self) -> (f64, f64) {
        let knots = self.axis().knots();
        let first = knots.first().map_or(0.0, |knot| knot.y);
        ((first - 8.0).max(0.0), self.height())
    }

    /// Where a moment stands, px.
    pub fn y(&self, time: Time) -> f64 {
        self.axis().y(time)
    }

    /// Where an event stands, px.
    pub fn height_of(&self, event: usize) -> f64 {
        self.y(self.run.time_of(event))
    }

    /// What an event takes of the height: a packet that is sent ends where it arrives.
    pub fn reach_of(&self, event: usize) -> (f64, f64) {
        let record = self.run.events.get(event).copied();
        let packet = record.and_then(|record| self.run.packets.passage(record));
        let from = self.height_of(event);
        let to = packet.and_then(|packet| packet.arrived());
        (from, to.map_or(from, |to| self.y(to).max(from)))
    }

    /// The last event at or above a height.
    pub fn event_at(&self, y: f64) -> Option<usize> {
        let event = self.run.event_at(self.axis().time(y))?;
        (event >= self.events.0).then(|| event.min(self.events.1))
    }

    /// The moment at a height.
    pub fn time_at(&self, y: f64) -> Time {
        self.axis().time(y)
    }

    /// Whether everything in a stretch of pixels is drawn, as far as there is room for it.
    pub fn covers(&self, (from, visible): (f64, f64)) -> bool {
        let to = (from + visible).min(self.height());
        let (top, bottom) = self.ink.drawn;
        // What had to be thinned for a longer stretch may have room now.
        let too_long = self.ink.thinned && bottom - top > visible * 1.25;
        top <= from && to <= bottom && !too_long
    }
}

/// What the reader wants to see of a run.
fn asked(run: &Run, model: &Model, place: Place, range: Band) -> View {
    let mut view = View::new(width(model), model.lang);
    view.layout = match (model.env.lanes, model.screen, model.compares()) {
        _ if model.presents => Layout::Phone,
        (Lane::One, ..) | (Lane::Two, Screen::Bench, true) => Layout::Phone,
        (Lane::Two, ..) => Layout::Wide,
    };
    view.range = range;
    view.terse = model.knob.hurries();
    // The first visit has no list that numbers could refer to, and nothing to turn; before an answer they would point at it.
    if model.screen == Screen::First || lesson::hides(model).is_some() {
        return view;
    }
    let focus = model.focus.filter(|_| place == Place::Now);
    let evidence = run.finding(focus).map(|f| f.evidence.as_slice());
    let evidence = evidence.unwrap_or_default().iter().map(|e| e.record);
    view.evidence = (1..).zip(evidence).collect();
    let look = &model.look;
    view.ruler = look.ruler;
    view.bars = look.bars;
    view.layout = look.lanes.unwrap_or(view.layout);
    view.layers.clone_from(&look.layers);
    if place == Place::Now {
        view.only = look::only(model);
    }
    view
}

/// All of it, for paper; `None`: that is too much.
fn printed(diagram: &Diagram<'_>) -> Option<(Ink, Scene)> {
    let scene = diagram.whole();
    let ink = Ink {
        wide: Rc::new((Band::ALL, scene.clone())),
        drawn: (0.0, diagram.height()),
        thinned: false,
    };
    (scene.extent == Extent::Whole).then_some((ink, scene))
}

/// The band that can be seen, with as much above and below as there may be nodes for.
fn ink(diagram: &Diagram<'_>, model: &Model, last: Option<&Picture>) -> (Ink, Scene) {
    if model.medium == Medium::Paper
        && let Some(printed) = printed(diagram)
    {
        return printed;
    }
    let height = diagram.height();
    let (top, room) = match model.screen {
        // Nothing scrolls there: all of it can be seen.
        Screen::First => (0.0, height),
        _ => model.view,
    };
    let top = top.min(height - room).max(0.0);
    let with = |margin: f64| ((top - room * margin).max(0.0), top + room * (1.0 + margin));
    let margins = &MARGINS[model.knob.haste..];
    let band = |margin: f64| {
        let (from, to) = with(margin);
        diagram.widened(diagram.axis().band(from, to))
    };
    let widest = band(margins[0]);
    let holds = |wide: &Rc<(Band, Scene)>| wide.0.from <= widest.from && widest.to <= wide.0.to;
    let last = last.map(|last| Rc::clone(&last.ink.wide)).filter(holds);
    let drawn = |margin: &f64| {
        let band = band(*margin);
        Rc::new((band, diagram.scene(band)))
    };
    // Where so much is under way that not all of it is drawn, what can be seen goes first.
    let whole = |wide: &Rc<(Band, Scene)>| wide.1.extent == Extent::Whole;
    let ink = || margins.iter().map(drawn).find(whole);
    let wide = last.or_else(ink).unwrap_or_else(|| drawn(&0.0));
    let may = |(from, to): &(f64, f64)| wide.1.nodes(*from, *to) <= MOST_NODES;
    let fits = margins.iter().copied().map(with).find(may);
    let drawn = fits.unwrap_or_else(|| with(0.0));
    let scene = wide.1.between(drawn.0, drawn.1);
    let thinned = fits.is_none() && model.screen != Screen::First;
    let scene = match thinned {
        true => scene.thinned(MOST_NODES),
        false => scene,
    };
    let ink = Ink {
        wide,
        drawn,
        thinned,
    };
    (ink, scene)
}

/// On a wall of 1280 px the picture is twice as large as drawn: its smallest letters, 10 px, become 20.
const ON_A_WALL: f64 = 620.0;

fn width(model: &Model) -> f64 {
    if model.presents {
        return ON_A_WALL;
    }
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
    if let Some(until) = lesson::hides(model) {
        return Band {
            from: Time::ZERO,
            to: until,
        };
    }
    if let Some(request) = model.focus {
        return around(run, request).unwrap_or(Band::ALL);
    }
    match (model.screen, model.story) {
        (Screen::First | Screen::Embedded, Some(request)) => last_moments(run, request),
        _ => Band::ALL,
    }
}

/// All of two stretches of time.
fn both(one: Band, two: Band) -> Band {
    Band {
        from: one.from.min(two.from),
        to: one.to.max(two.to),
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
