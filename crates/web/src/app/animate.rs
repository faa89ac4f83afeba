//! Play, step and scrub: how much of the diagram is shown, and since when.
//!
//! Playing walks down the picture at an even pace, not along the clock: a run lasts minutes and is decided within
//! milliseconds, and the picture's axis already gives each moment the room that it needs.

use crate::app::model::{Model, Motion, Play, Screen, Shown};
use crate::app::msg::Effect;
use crate::app::update::{address, address_soon, redraw};
use crate::picture::Picture;
use whyeof_trace::{Event, RequestEvent, RequestId};

/// The first visit's animation, in milliseconds.
const ONCE: f64 = 4_000.0;
/// Pace of the workbench at speed 1, in pixels of the picture a second.
const PACE: f64 = 140.0;

/// The speeds to choose from, in tenths: 0.1× to 100×.
pub const SPEEDS: [u16; 10] = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000];

/// What a step goes on by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Unit {
    /// To the next event; playing then walks down the picture evenly.
    #[default]
    Event,
    /// To the next segment that leaves.
    Segment,
    /// To the next end of a request.
    Request,
}

impl Unit {
    /// All of them, in the order of the menu.
    pub const ALL: [Self; 3] = [Self::Event, Self::Segment, Self::Request];

    /// As menus name it.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Event => "event",
            Self::Segment => "segment",
            Self::Request => "request",
        }
    }

    /// Whether a step ends at this event.
    fn is(self, event: &Event) -> bool {
        match self {
            Self::Event => true,
            Self::Segment => matches!(event, Event::Segment(_)),
            Self::Request => matches!(
                event,
                Event::Request(RequestEvent::Finished { .. } | RequestEvent::Failed { .. })
            ),
        }
    }

    /// From one step to the next while it plays at speed 1, in milliseconds; `None`: it walks evenly.
    const fn every(self) -> Option<f64> {
        match self {
            Self::Event => None,
            Self::Segment => Some(700.0),
            Self::Request => Some(1_500.0),
        }
    }
}

/// Plays the whole picture once, unless the reader asked for less motion.
pub(crate) fn play_once(model: &mut Model) -> Vec<Effect> {
    let Some(picture) = &model.picture else {
        return Vec::new();
    };
    if model.env.motion == Motion::Reduced {
        return Vec::new();
    }
    let (from, to) = picture.reach();
    model.play = Some(Play {
        began: None,
        from,
        to,
        ms: ONCE,
    });
    model.shown = Shown::Height(from);
    vec![Effect::NextFrame]
}

/// Plays from where it stands, or stops there.
pub(crate) fn toggle(model: &mut Model) -> Vec<Effect> {
    let Some(picture) = model.picture.clone() else {
        return Vec::new();
    };
    if model.play.take().is_some() {
        settle(model);
        return vec![address(model)];
    }
    let (top, to) = picture.reach();
    let from = match model.shown {
        Shown::All => top,
        Shown::Event(event) => picture.height_of(event),
        Shown::Height(y) => y,
    };
    let from = if to - from < 1.0 { top } else { from };
    let first = model.screen == Screen::First;
    let ms = if first {
        ONCE
    } else {
        (to - from) / PACE * 1_000.0 / speed(model)
    };
    model.play = Some(Play {
        began: None,
        from,
        to,
        ms,
    });
    model.selected = None;
    if !first && model.unit.every().is_some() {
        if model.shown == Shown::All {
            model.shown = Shown::Event(picture.events().0);
        }
    } else {
        model.shown = Shown::Height(from);
    }
    vec![Effect::NextFrame, Effect::ScrollDiagram(from)]
}

/// How many times as fast as usual it plays.
fn speed(model: &Model) -> f64 {
    f64::from(SPEEDS[usize::from(model.speed).min(SPEEDS.len() - 1)]) / 10.0
}

/// Another speed: what plays goes on from where it is.
pub(crate) fn set_speed(model: &mut Model, speed: u8) -> Vec<Effect> {
    model.speed = speed.min(SPEEDS.len() as u8 - 1);
    again(model)
}

/// Another unit: what plays goes on from where it is.
pub(crate) fn set_unit(model: &mut Model, unit: Unit) -> Vec<Effect> {
    model.unit = unit;
    again(model)
}

fn again(model: &mut Model) -> Vec<Effect> {
    if model.play.take().is_none() {
        return Vec::new();
    }
    settle(model);
    toggle(model)
}

/// The next picture of the animation.
pub(crate) fn frame(model: &mut Model, now: f64) -> Vec<Effect> {
    let every = model.unit.every().filter(|_| model.screen != Screen::First);
    let every = every.map(|every| every / speed(model));
    let Some(play) = &mut model.play else {
        return Vec::new();
    };
    let began = *play.began.get_or_insert(now);
    if let Some(every) = every {
        if now - began < every {
            return vec![Effect::NextFrame];
        }
        play.began = Some(now);
        return tick(model);
    }
    let part = ((now - began) / play.ms.max(1.0)).clamp(0.0, 1.0);
    let y = play.from + (play.to - play.from) * part;
    if part < 1.0 {
        model.shown = Shown::Height(y);
        let mut effects = vec![Effect::NextFrame];
        if model.screen != Screen::First {
            effects.push(Effect::FollowDiagram(y, y));
        }
        return effects;
    }
    stop(model)
}

/// It plays by steps: one more.
fn tick(model: &mut Model) -> Vec<Effect> {
    let Some(picture) = model.picture.clone() else {
        return Vec::new();
    };
    let next = next(model, 1).filter(|to| model.shown != Shown::Event(*to));
    let Some(to) = next else {
        return stop(model);
    };
    model.shown = Shown::Event(to);
    vec![Effect::NextFrame, follow(&picture, to)]
}

fn stop(model: &mut Model) -> Vec<Effect> {
    model.play = None;
    model.shown = Shown::All;
    match model.screen {
        Screen::First => Vec::new(),
        _ => vec![address_soon()],
    }
}

/// What plays stops at the event that it had reached.
fn settle(model: &mut Model) {
    if let (Shown::Height(y), Some(picture)) = (model.shown, &model.picture) {
        model.shown = picture.event_at(y).map_or(Shown::All, Shown::Event);
    }
}

/// The event that a step leads to, of those that are drawn; at an end it is the last one there.
fn next(model: &Model, by: i32) -> Option<usize> {
    let (run, picture) = (model.run.as_ref()?, model.picture.as_ref()?);
    let (first, last) = picture.events();
    let fits = |event: &usize| {
        let record = run.trace.record(run.events[*event]);
        picture.has(record) && model.unit.is(&record.event)
    };
    let drawn = |event: &usize| picture.has(run.trace.record(run.events[*event]));
    match (by < 0, model.shown) {
        // From the whole picture one steps to its beginning, or back from its end.
        (false, Shown::All) => (first..=last).find(fits),
        (false, Shown::Event(now)) => {
            let later = || now + 1..=last;
            later()
                .find(fits)
                .or_else(|| later().rev().find(drawn))
                .or(Some(now))
        }
        (true, Shown::All) => (first..=last).rev().find(fits),
        (true, Shown::Event(now)) => {
            let earlier = || first..now;
            earlier()
                .rev()
                .find(fits)
                .or_else(|| earlier().find(drawn))
                .or(Some(now))
        }
        (_, Shown::Height(_)) => None,
    }
}

/// To the event, segment or end of a request before or after, which is then selected.
pub(crate) fn step(model: &mut Model, by: i32) -> Vec<Effect> {
    model.play = None;
    settle(model);
    let (Some(run), Some(picture)) = (model.run.clone(), model.picture.clone()) else {
        return Vec::new();
    };
    let Some(to) = next(model, by) else {
        return Vec::new();
    };
    model.shown = Shown::Event(to);
    model.selected = run.events.get(to).copied();
    redraw(model);
    vec![follow(&picture, to), address(model)]
}

/// Whether there is no next step.
pub(crate) fn is_at_end(model: &Model) -> bool {
    next(model, 1).is_none_or(|to| model.shown == Shown::Event(to))
}

/// To the beginning of the request before or after.
pub(crate) fn step_request(model: &mut Model, by: i32) -> Vec<Effect> {
    let Some(run) = model.run.clone() else {
        return Vec::new();
    };
    let count = run.report.requests.len();
    if count == 0 {
        return Vec::new();
    }
    let now = model
        .focus
        .or(run.interest.map(RequestId::index))
        .unwrap_or(0);
    let to = if by < 0 {
        now.saturating_sub(1)
    } else {
        (now + 1).min(count - 1)
    };
    focus(model, Some(to))
}

/// Looks at one request, or at the whole run.
pub(crate) fn focus(model: &mut Model, request: Option<usize>) -> Vec<Effect> {
    let Some(run) = model.run.clone() else {
        return Vec::new();
    };
    model.play = None;
    model.focus = request;
    model.shown = Shown::All;
    redraw(model);
    let Some(request) = request.and_then(|n| run.request(n)) else {
        model.selected = None;
        return vec![Effect::ScrollDiagram(0.0), address(model)];
    };
    model.selected = request.last.or(Some(request.first));
    let height = run.event_of(request.first).zip(model.picture.as_ref());
    let mut effects: Vec<_> = height
        .map(|(event, p)| Effect::ScrollDiagram(p.height_of(event)))
        .into_iter()
        .collect();
    effects.push(address(model));
    effects
}

/// To an event, by the scrubber or the list.
pub(crate) fn seek(model: &mut Model, event: usize) -> Vec<Effect> {
    model.play = None;
    let (Some(run), Some(picture)) = (model.run.clone(), model.picture.clone()) else {
        return Vec::new();
    };
    let (first, last) = picture.events();
    let event = event.clamp(first, last);
    model.shown = Shown::Event(event);
    model.selected = run.events.get(event).copied();
    redraw(model);
    vec![follow(&picture, event)]
}

/// Keeps an event in sight, and where its packet arrives.
fn follow(picture: &Picture, event: usize) -> Effect {
    let (from, to) = picture.reach_of(event);
    Effect::FollowDiagram(from, to)
}

/// Everything again.
pub(crate) fn show_all(model: &mut Model) -> Vec<Effect> {
    model.play = None;
    model.shown = Shown::All;
    vec![address(model)]
}
