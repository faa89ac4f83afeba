//! Where the page comes from and where it goes: first visit, links, pasted links, presets, and back home.

use crate::app::edits::{edit, run};
use crate::app::lesson::{self, Learn};
use crate::app::look::Lit;
use crate::app::model::{Arrival, Dialog, Env, Model, Notice, Screen, Shown, Theme};
use crate::app::msg::{Effect, Msg};
use crate::app::update::{address, dress, happen, redraw};
use crate::app::viewport::THERE;
use crate::link::{self, Opened};
use crate::run::Run;
use std::rc::Rc;
use std::time::Duration;
use whyeof_scenario::{Lang, Scenario, presets};

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
    model.done = lesson::kept(env.kept_lessons.as_deref().unwrap_or_default());
    let fragment = env.fragment.clone();
    model.env = env;
    open(model, &fragment)
}

/// Windows with an address of their own.
const WINDOWS: [(&str, Dialog); 3] = [
    ("#terms", Dialog::Terms),
    ("#pairs", Dialog::Pairs),
    ("#reality", Dialog::Reality),
];

/// The window that an address names, in whatever language.
pub(super) fn window(fragment: &str) -> Option<Dialog> {
    let named = fragment.split('&').next()?;
    let mut windows = WINDOWS.into_iter();
    let (_, window) = windows.find(|(address, _)| *address == named)?;
    Some(window)
}

/// Takes over what stands behind the address's `#`.
fn open(model: &mut Model, fragment: &str) -> Vec<Effect> {
    let mut effects = opened(model, fragment);
    effects.push(dress(model));
    effects
}

fn opened(model: &mut Model, fragment: &str) -> Vec<Effect> {
    // Also where the rest of it cannot be read.
    let mut parts = fragment.split('&').skip(1);
    let lang = parts.find_map(|part| Lang::from_tag(part.strip_prefix("lang=")?));
    if let (Some(lang), None) = (lang, &model.env.kept_lang) {
        model.lang = lang;
    }
    if let Some(number) = lesson::of_link(fragment) {
        let effects = happen(model, Msg::Learn(Learn::Open(number)));
        if model.notice.is_none() {
            model.notice = lesson::left_out(fragment).map(Notice::NotOfLesson);
        }
        return effects;
    }
    if let Some(window) = window(fragment) {
        let mut effects = opened(model, "");
        effects.extend(happen(model, Msg::Open(Some(window))));
        return effects;
    }
    if fragment.len() <= 1 {
        model.screen = Screen::First;
        let first = Rc::new(presets::ALL[0].scenario());
        return run(model, first);
    }
    match link::open(fragment) {
        Ok(opened) => {
            if let (Some(lang), None) = (opened.lang, &model.env.kept_lang) {
                model.lang = lang;
            }
            model.screen = opened.screen;
            let scenario = take_over(model, opened);
            run(model, scenario)
        }
        Err(error) => open_instead(model, Notice::BadLink(error)),
    }
}

/// The first story, in place of a link that does not open.
fn open_instead(model: &mut Model, why: Notice) -> Vec<Effect> {
    model.screen = Screen::Bench;
    model.arrival = Some(Arrival::default());
    model.notice = Some(why);
    run(model, Rc::new(presets::ALL[0].scenario()))
}

/// What a link says beside its scenario, which is returned.
fn take_over(model: &mut Model, opened: Opened) -> Rc<Scenario> {
    model.arrival = Some(opened.arrival);
    model.promised = opened.engine;
    model.notice = opened.notes.into_iter().next().map(Notice::Note);
    Rc::new(opened.scenario)
}

pub(super) fn address_changed(model: &mut Model, fragment: String) -> Vec<Effect> {
    if fragment == model.env.fragment {
        return Vec::new();
    }
    model.env.fragment.clone_from(&fragment);
    forget(model);
    model.dialog = None;
    open(model, &fragment)
}

pub(super) fn pasted(model: &mut Model) -> Vec<Effect> {
    // Links to what is no scenario are the page's own.
    let windows = WINDOWS.into_iter().map(|(address, _)| address);
    let own = windows.chain([lesson::LINK]);
    let at = own.filter_map(|begin| model.pasting.find(begin)).min();
    if let Some(at) = at {
        let fragment = model.pasting[at..].trim_end().to_owned();
        model.pasting.clear();
        forget(model);
        model.dialog = None;
        return open(model, &fragment);
    }
    match link::open(&model.pasting) {
        Ok(opened) => {
            model.pasting.clear();
            model.screen = Screen::Bench;
            model.dialog = None;
            let scenario = take_over(model, opened);
            edit(model, scenario)
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
    model.sitting = None;
    model.before = None;
    model.picture_before = None;
    model.drafts.clear();
    model.json = None;
    model.selected = None;
    model.lit = Lit::default();
    model.look.only = None;
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
    model.sitting = None;
    anew(model);
    edit(model, Rc::new(preset.scenario()))
}

/// What comes is another run: nothing of the one before is compared, selected or looked at.
pub(super) fn anew(model: &mut Model) {
    model.before = None;
    model.picture_before = None;
    model.selected = None;
    model.arrival = Some(Arrival::default());
}

/// The start page, as on a first visit.
pub(super) fn home(model: &mut Model) -> Vec<Effect> {
    forget(model);
    model.notice = None;
    model.dialog = None;
    model.env.fragment.clear();
    let mut effects = open(model, "");
    effects.push(Effect::ReplaceAddress(String::new()));
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
    if let Some(Arrival { at, segment }) = arrival {
        if let Some(at) = at {
            model.shown = run.event_at(at).map_or(Shown::All, Shown::Event);
            // Links round.
            let over = at > run.trace.end + Duration::from_millis(1);
            if over && model.notice.is_none() {
                model.notice = Some(Notice::NoMoment(run.trace.end));
            }
        }
        model.selected = segment.and_then(|s| link::find(&run.trace, s));
        if segment.is_some() && model.selected.is_none() && model.notice.is_none() {
            model.notice = Some(Notice::NoSegment);
        }
    }
    if model.selected.is_some() {
        redraw(model);
    }
    to_story(model).into_iter().collect()
}

/// Draws what will be seen when these have been done: a frame later it would have to be drawn anew.
pub(super) fn foresee(model: &mut Model, effects: &[Effect]) {
    let Some(picture) = &model.picture else {
        return;
    };
    let scroll = |effect: &Effect| match effect {
        Effect::ScrollDiagram(y) => Some(*y),
        _ => None,
    };
    if let Some(y) = effects.iter().find_map(scroll) {
        let (_, room) = model.view;
        let top = (y - room * THERE).min(picture.height() - room).max(0.0);
        model.view = (top, room);
        if !picture.covers(model.view) {
            redraw(model);
        }
    }
}

/// Where what the page tells begins, if that is about another request than the run's story, or about none.
fn told(model: &Model, run: &Run) -> Option<usize> {
    let finding = run.finding(model.focus)?;
    let elsewhere = finding.request.is_none() || finding.request != model.story;
    let first = finding.evidence.first().filter(|_| elsewhere)?;
    run.event_of(first.record)
}

/// To what is selected, or to where the diagram ends, or else to what the run is about.
pub(super) fn to_story(model: &Model) -> Option<Effect> {
    let (run, picture) = (model.run.as_ref()?, model.picture.as_ref()?);
    // What a lesson asks about begins at the top.
    if lesson::hides(model).is_some() {
        return Some(Effect::PinDiagram(0.0));
    }
    if model.compares() {
        let parted = model
            .parted
            .as_ref()
            .map_or(0.0, |parted| picture.y(parted.at));
        return Some(Effect::ScrollDiagram(parted));
    }
    let there = match (model.selected, model.shown) {
        (Some(record), _) => run.event_of(record),
        (None, Shown::Event(event)) => Some(event),
        _ => told(model, run).or_else(|| {
            let story = run.request(model.story?.index())?;
            run.event_of(story.first)
        }),
    };
    there.map(|event| Effect::ScrollDiagram(picture.height_of(event)))
}
