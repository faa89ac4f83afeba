//! Play, step and scrub: how much of the diagram is shown, and since when.
//!
//! Playing walks down the picture at an even pace, not along the clock: a run lasts minutes and is decided within
//! milliseconds, and the picture's axis already gives each moment the room that it needs.

use crate::app::model::{Model, Motion, Play, Shown};
use crate::app::msg::Effect;
use crate::app::update::{address, redraw};
use whyeof_trace::RequestId;

/// The first visit's animation, in milliseconds.
const ONCE: f64 = 4_000.0;
/// Pace of the workbench, in pixels of the picture a second.
const PACE: f64 = 140.0;

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
    let ms = match model.screen {
        crate::app::model::Screen::First => ONCE,
        _ => (to - from) / PACE * 1_000.0,
    };
    model.play = Some(Play {
        began: None,
        from,
        to,
        ms,
    });
    model.shown = Shown::Height(from);
    model.selected = None;
    vec![Effect::NextFrame, Effect::ScrollDiagram(from)]
}

/// The next picture of the animation.
pub(crate) fn frame(model: &mut Model, now: f64) -> Vec<Effect> {
    let Some(play) = &mut model.play else {
        return Vec::new();
    };
    let began = *play.began.get_or_insert(now);
    let part = ((now - began) / play.ms.max(1.0)).clamp(0.0, 1.0);
    let y = play.from + (play.to - play.from) * part;
    let play_to_follow = play.ms > ONCE;
    if part < 1.0 {
        model.shown = Shown::Height(y);
        let mut effects = vec![Effect::NextFrame];
        if play_to_follow {
            effects.push(Effect::FollowDiagram(y));
        }
        return effects;
    }
    model.play = None;
    model.shown = Shown::All;
    match model.screen {
        crate::app::model::Screen::First => Vec::new(),
        _ => vec![address(model)],
    }
}

/// What plays stops at the event that it had reached.
fn settle(model: &mut Model) {
    if let (Shown::Height(y), Some(picture)) = (model.shown, &model.picture) {
        model.shown = picture.event_at(y).map_or(Shown::All, Shown::Event);
    }
}

/// To the event before or after, which is then selected.
pub(crate) fn step(model: &mut Model, by: i32) -> Vec<Effect> {
    model.play = None;
    settle(model);
    let (Some(run), Some(picture)) = (model.run.clone(), model.picture.clone()) else {
        return Vec::new();
    };
    let (first, last) = picture.events();
    let now = match model.shown {
        Shown::Event(event) => event,
        // From the end one steps back into the run; from the whole picture one steps to its beginning.
        _ if by < 0 => last + 1,
        _ => first.wrapping_sub(1),
    };
    let to = if by < 0 {
        now.saturating_sub(1)
    } else {
        now.wrapping_add(1)
    };
    let to = to.clamp(first, last);
    model.shown = Shown::Event(to);
    model.selected = run.events.get(to).copied();
    redraw(model);
    vec![Effect::FollowDiagram(picture.height_of(to)), address(model)]
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
    vec![Effect::FollowDiagram(picture.height_of(event))]
}

/// Everything again.
pub(crate) fn show_all(model: &mut Model) -> Vec<Effect> {
    model.play = None;
    model.shown = Shown::All;
    vec![address(model)]
}
