//! Every change of the scenario, and the run that follows it: by a field, as JSON, by a remedy; undo is a list because of it.

use super::advice::main_advice;
use super::compare::keep_before;
use super::model::{Beside, Draft, JSON, Model, Notice, Pane, Running, Shown};
use super::msg::Effect;
use super::{capture, lesson};
use std::rc::Rc;
use whyeof_scenario::{Invalid, Scenario, apply};
use whyeof_trace::Time;

/// Steps that undo remembers.
const PAST: usize = 200;

/// Every change of the scenario comes through here: undo is a list because of it.
pub(super) fn edit(model: &mut Model, scenario: Rc<Scenario>) -> Vec<Effect> {
    model.drafts.clear();
    model.json = None;
    if scenario == model.scenario && model.run.is_some() {
        // What is drawn is a capture's, not the scenario's.
        return match capture::leave(model) {
            true => run(model, scenario),
            false => Vec::new(),
        };
    }
    // Before the first run there was nothing to come back to.
    if model.ticket > 0 {
        model.past.push(Rc::clone(&model.scenario));
    }
    if model.past.len() > PAST {
        model.past.remove(0);
    }
    model.future.clear();
    run(model, scenario)
}

pub(super) fn undo(model: &mut Model) -> Vec<Effect> {
    // Nobody sees what would be undone behind a capture.
    let past = model.past.pop_if(|_| model.capture.is_none());
    let Some(scenario) = past else {
        return Vec::new();
    };
    model.future.push(Rc::clone(&model.scenario));
    keep_typed(model, &scenario);
    model.notice = None;
    lesson::undone(model, &scenario);
    run(model, scenario)
}

pub(super) fn redo(model: &mut Model) -> Vec<Effect> {
    let next = model.future.pop_if(|_| model.capture.is_none());
    let Some(scenario) = next else {
        return Vec::new();
    };
    model.past.push(Rc::clone(&model.scenario));
    keep_typed(model, &scenario);
    lesson::undone(model, &scenario);
    run(model, scenario)
}

/// What is being typed stays, but in a field that is about to have another value, or none.
fn keep_typed(model: &mut Model, next: &Scenario) {
    let fields = |of: &Scenario| whyeof_scenario::fields(of);
    let (now, next) = (fields(&model.scenario), fields(next));
    model.drafts.retain(|path, _| {
        let [now, next] = [&now, &next].map(|all| all.iter().find(|field| field.path == *path));
        matches!((now, next), (Some(now), Some(next)) if now.text() == next.text())
    });
}

/// Asks for a run; the one under way, if any, is given up.
pub(super) fn run(model: &mut Model, scenario: Rc<Scenario>) -> Vec<Effect> {
    model.scenario = Rc::clone(&scenario);
    model.ticket += 1;
    model.running = Some(Running {
        ticket: model.ticket,
        records: 0,
        now: Time::ZERO,
        slices: 0,
    });
    // What it said is over.
    if model.notice == Some(Notice::Stopped) {
        model.notice = None;
    }
    model.play = None;
    vec![Effect::StopExplorer, Effect::Run(model.ticket, scenario)]
}

/// Ends the run that is under way; what was drawn before stays.
pub(super) fn stop(model: &mut Model) -> Vec<Effect> {
    model.running = None;
    // Late words of it are nobody's.
    model.ticket += 1;
    model.notice = Some(Notice::Stopped);
    vec![Effect::StopRun]
}

/// An edit of one field: what is being typed elsewhere stays.
pub(super) fn edit_field(model: &mut Model, path: &str, scenario: Rc<Scenario>) -> Vec<Effect> {
    model.drafts.remove(path);
    let drafts = std::mem::take(&mut model.drafts);
    let json = model.json.take();
    let effects = edit(model, scenario);
    (model.drafts, model.json) = (drafts, json);
    effects
}

pub(super) fn field(model: &mut Model, path: String, text: String) -> Vec<Effect> {
    model.notice = None;
    let mut edited = (*model.scenario).clone();
    match whyeof_scenario::set(&mut edited, &path, &text) {
        Ok(()) => edit_field(model, &path, Rc::new(edited)),
        Err(wrong) => {
            model.drafts.insert(
                path,
                Draft {
                    text,
                    wrong: Some(wrong),
                },
            );
            Vec::new()
        }
    }
}

/// The scenario with edits, each a path and a text.
pub(super) fn edited(model: &Model, edits: &[(String, String)]) -> Result<Rc<Scenario>, Invalid> {
    let mut edited = (*model.scenario).clone();
    let edits = edits.iter();
    apply(
        &mut edited,
        edits.map(|(path, text)| (path.as_str(), text.as_str())),
    )?;
    Ok(Rc::new(edited))
}

pub(super) fn remedy(model: &mut Model, name: String, edits: &[(String, String)]) -> Vec<Effect> {
    match edited(model, edits) {
        Ok(edited) => {
            keep_before(model, Beside::No, &name);
            model.notice = Some(Notice::Applied(name));
            model.selected = None;
            let mut effects = edit(model, edited);
            // The button stands far below what it changes.
            effects.push(Effect::FocusOn("verdict"));
            effects
        }
        Err(wrong) => {
            model.notice = Some(Notice::Wrong(wrong));
            Vec::new()
        }
    }
}

/// The best remedy, with the diagram before beside the one after.
pub(super) fn fix_it(model: &mut Model) -> Vec<Effect> {
    let Some(run) = model.run.clone() else {
        return Vec::new();
    };
    let Some(best) = main_advice(model, &run) else {
        return Vec::new();
    };
    let Ok(edited) = edited(model, &best.edits) else {
        return Vec::new();
    };
    let name = best.remedy.title.of(model.lang).to_owned();
    keep_before(model, Beside::Yes, &name);
    model.shown = Shown::All;
    model.selected = None;
    edit(model, edited)
}

pub(super) fn json(model: &mut Model, text: String) -> Vec<Effect> {
    let wrong = Scenario::from_json(&text).err();
    model.json = Some(Draft { text, wrong });
    vec![Effect::KeepSoon]
}

pub(super) fn run_json(model: &mut Model) -> Vec<Effect> {
    let Some(draft) = &model.json else {
        return Vec::new();
    };
    match Scenario::from_json(&draft.text) {
        Ok(scenario) => {
            keep_before(model, Beside::No, JSON);
            edit(model, Rc::new(scenario))
        }
        Err(wrong) => {
            model.json = Some(Draft {
                text: draft.text.clone(),
                wrong: Some(wrong),
            });
            Vec::new()
        }
    }
}

/// Keeps what is being typed, so that a redraw does not take it away; a wrong that is mended is forgiven at once.
pub(super) fn typing(model: &mut Model, path: String, text: String) {
    let was_wrong = wrong_with(model, &path).is_some();
    let mut edited = (*model.scenario).clone();
    let wrong = was_wrong
        .then(|| whyeof_scenario::set(&mut edited, &path, &text).err())
        .flatten();
    model.drafts.insert(path, Draft { text, wrong });
}

/// The JSON as the left column shows it.
pub fn json_text(model: &Model) -> String {
    match (&model.json, model.pane) {
        (Some(draft), _) => draft.text.clone(),
        (None, Pane::Json) => model.scenario.to_json_pretty(),
        (None, Pane::Form) => String::new(),
    }
}

/// What is wrong with a field's text, if it is being typed and wrong.
pub fn wrong_with<'a>(model: &'a Model, path: &str) -> Option<&'a Invalid> {
    model.drafts.get(path)?.wrong.as_ref()
}
