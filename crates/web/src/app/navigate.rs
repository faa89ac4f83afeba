//! Where the page comes from and where it goes: first visit, links, pasted links, presets, and back home.

use crate::app::model::{Arrival, Env, Model, Notice, Screen, Shown, Theme};
use crate::app::msg::Effect;
use crate::app::update::{address, dress, edit, redraw, run};
use crate::link;
use std::rc::Rc;
use whyeof_scenario::{Lang, presets};

pub(super) fn start(model: &mut Model, env: Env) -> Vec<Effect> {
    model.lang = env
        .kept_lang
        .iter()
        .chain(&env.languages)
        .find_map(|tag| Lang::from_tag(tag))
        .unwrap_or(Lang::En);
    let kept = env.kept_theme.as_deref();
    model.theme = Theme::ALL
        .into_iter()
        .find(|t| Some(t.id()) == kept)
        .unwrap_or_default();
    let fragment = env.fragment.clone();
    model.env = env;
    let mut effects = open(model, &fragment);
    effects.push(dress(model));
    effects
}

/// Takes over what stands behind the address's `#`.
fn open(model: &mut Model, fragment: &str) -> Vec<Effect> {
    if fragment.len() <= 1 {
        model.screen = Screen::First;
        let first = Rc::new(presets::ALL[0].scenario());
        return run(model, first);
    }
    let (scenario, notice) = match link::open(fragment) {
        Ok(opened) => {
            if let (Some(lang), None) = (opened.lang, &model.env.kept_lang) {
                model.lang = lang;
            }
            model.screen = opened.screen;
            model.arrival = Some(opened.arrival);
            model.promised = opened.engine;
            (
                opened.scenario,
                opened.notes.into_iter().next().map(Notice::Note),
            )
        }
        Err(error) => {
            model.screen = Screen::Bench;
            model.arrival = Some(Arrival::default());
            (presets::ALL[0].scenario(), Some(Notice::BadLink(error)))
        }
    };
    model.notice = notice;
    run(model, Rc::new(scenario))
}

pub(super) fn address_changed(model: &mut Model, fragment: String) -> Vec<Effect> {
    if fragment == model.env.fragment {
        return Vec::new();
    }
    model.env.fragment.clone_from(&fragment);
    forget(model);
    model.dialog = None;
    let mut effects = open(model, &fragment);
    effects.push(dress(model));
    effects
}

pub(super) fn pasted(model: &mut Model) -> Vec<Effect> {
    match link::open(&model.pasting) {
        Ok(opened) => {
            model.pasting.clear();
            model.screen = Screen::Bench;
            model.dialog = None;
            model.arrival = Some(opened.arrival);
            model.promised = opened.engine;
            model.notice = opened.notes.into_iter().next().map(Notice::Note);
            edit(model, Rc::new(opened.scenario))
        }
        Err(error) => {
            model.notice = Some(Notice::BadPaste(error));
            Vec::new()
        }
    }
}

/// Another story: nothing of the one before is undone, compared or drawn.
fn forget(model: &mut Model) {
    model.past.clear();
    model.future.clear();
    model.before = None;
    model.picture_before = None;
    model.drafts.clear();
    model.json = None;
    model.selected = None;
    model.hovered.clear();
    model.story = None;
    model.focus = None;
    model.shown = Shown::All;
    model.play = None;
    model.promised = None;
    model.arrival = None;
}

pub(super) fn preset(model: &mut Model, id: &'static str) -> Vec<Effect> {
    let Some(preset) = presets::find(id) else {
        return Vec::new();
    };
    model.screen = Screen::Bench;
    model.dialog = None;
    model.before = None;
    model.picture_before = None;
    model.selected = None;
    model.arrival = Some(Arrival::default());
    edit(model, Rc::new(preset.scenario()))
}

/// The start page, as on a first visit.
pub(super) fn home(model: &mut Model) -> Vec<Effect> {
    forget(model);
    model.notice = None;
    model.dialog = None;
    model.env.fragment.clear();
    let mut effects = open(model, "");
    effects.push(Effect::ReplaceAddress(String::new()));
    effects.push(dress(model));
    effects
}

pub(super) fn workbench(model: &mut Model) -> Vec<Effect> {
    model.screen = Screen::Bench;
    model.dialog = None;
    model.play = None;
    model.shown = Shown::All;
    redraw(model);
    let mut effects = arrive(model, None);
    effects.push(address(model));
    effects.push(dress(model));
    effects
}

/// Goes where the author of a link stood, or else to what the run is about.
pub(super) fn arrive(model: &mut Model, arrival: Option<Arrival>) -> Vec<Effect> {
    let Some(run) = model.run.clone() else {
        return Vec::new();
    };
    let ours = Some(whyeof_trace::digest::short(run.digest));
    let promised = model
        .promised
        .take()
        .filter(|p| p.digest.is_some() && p.digest != ours);
    if let (Some(engine), None) = (promised, &model.notice) {
        model.notice = Some(Notice::OtherEngine(engine.version));
    }
    let arrival = arrival.unwrap_or_default();
    if let Some(at) = arrival.at {
        model.shown = run.event_at(at).map_or(Shown::All, Shown::Event);
    }
    model.selected = arrival.segment.and_then(|s| link::find(&run.trace, s));
    if model.selected.is_some() {
        redraw(model);
    }
    let there = match (model.selected, model.shown) {
        (Some(record), _) => run.event_of(record),
        (None, Shown::Event(event)) => Some(event),
        _ => model
            .story
            .and_then(|r| run.event_of(run.request(r.index())?.first)),
    };
    let picture = model.picture.as_ref();
    let height = there.and_then(|event| picture.map(|p| p.height_of(event)));
    height.map(Effect::ScrollDiagram).into_iter().collect()
}
