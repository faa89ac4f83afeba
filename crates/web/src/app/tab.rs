//! What this tab keeps over a reload: undo and redo, drafts, and where somebody stands in a lesson. The address has the rest.
//!
//! It is written when the page is left and stays in this tab's `sessionStorage`. What is read there has been checked like any other
//! scenario; what cannot be read is left out.

use crate::app::edits;
use crate::app::lesson::{Sitting, Wall, lesson};
use crate::app::model::{Draft, Model, Pane};
use crate::app::msg::Effect;
use serde_json::{Value as Json, json};
use std::rc::Rc;
use whyeof_scenario::{Scenario, set};

/// Where it stands.
pub const KEEP_TAB: &str = "whyeof.tab";
/// Most bytes of earlier scenarios: a browser keeps some 5 MB a site.
const MOST: usize = 1 << 20;

/// What the tab kept.
#[derive(Debug)]
struct Kept {
    /// The scenario that it belongs to.
    scenario: Rc<Scenario>,
    past: Vec<Rc<Scenario>>,
    future: Vec<Rc<Scenario>>,
    drafts: Vec<(String, String)>,
    json: Option<String>,
    error: String,
    /// The number of the lesson, and how it stands.
    sitting: Option<(u8, Sitting)>,
}

/// What is to be kept of what the page has now.
pub(super) fn keep(model: &Model) -> String {
    let texts = |all: &[Rc<Scenario>]| {
        let mut room = MOST;
        // The newest stand last and are the first to be wanted.
        let newest = all.iter().rev().map(|one| one.to_json());
        let kept = newest.take_while(|text| {
            let fits = text.len() <= room;
            room = room.saturating_sub(text.len());
            fits
        });
        kept.collect::<Vec<_>>()
    };
    let drafts = model.drafts.iter();
    let drafts: Vec<_> = drafts.map(|(path, it)| [path, &it.text]).collect();
    let sitting = model.sitting.as_ref().zip(lesson(model));
    json!({
        "scenario": model.scenario.to_json(),
        "past": texts(&model.past),
        "future": texts(&model.future),
        "drafts": drafts,
        "json": model.json.as_ref().map(|draft| &draft.text),
        "error": model.error,
        "sitting": sitting.map(|(it, lesson)| json!({
            "number": lesson.number,
            "part": it.part,
            "chosen": it.chosen,
            "told": it.told,
            "exercise": it.exercise.as_ref().map(|(at, _)| at),
            "from": it.exercise.as_ref().map(|(_, from)| from.to_json()),
            "hinted": it.hinted,
            "asked": it.asked,
            "passed": it.passed,
        })),
    })
    .to_string()
}

/// Reads what was kept; `None`: it is nothing of ours.
fn read(text: &str) -> Option<Kept> {
    let json: Json = serde_json::from_str(text).ok()?;
    let list = |key: &str| json.get(key).and_then(Json::as_array).into_iter().flatten();
    let scenarios = |key: &str| {
        let mut all: Vec<_> = list(key).filter_map(scenario).collect();
        all.reverse();
        all
    };
    let pair = |pair: &Json| Some((text_of(pair.get(0)?)?, text_of(pair.get(1)?)?));
    Some(Kept {
        scenario: scenario(json.get("scenario")?)?,
        past: scenarios("past"),
        future: scenarios("future"),
        drafts: list("drafts").filter_map(pair).collect(),
        json: json.get("json").and_then(text_of),
        error: json.get("error").and_then(text_of).unwrap_or_default(),
        sitting: json.get("sitting").and_then(sitting),
    })
}

fn text_of(json: &Json) -> Option<String> {
    json.as_str().map(str::to_owned)
}

fn scenario(json: &Json) -> Option<Rc<Scenario>> {
    Scenario::from_json(json.as_str()?).ok().map(Rc::new)
}

fn sitting(json: &Json) -> Option<(u8, Sitting)> {
    let number = |key: &str| usize::try_from(json.get(key)?.as_u64()?).ok();
    let is = |key: &str| json.get(key).and_then(Json::as_bool).unwrap_or(false);
    let exercise = number("exercise").zip(json.get("from").and_then(scenario));
    let sitting = Sitting {
        lesson: 0,
        part: number("part")?,
        chosen: number("chosen"),
        told: is("told"),
        wall: Wall::Run,
        exercise,
        hinted: is("hinted"),
        asked: number("asked"),
        passed: passed(json),
    };
    Some((u8::try_from(number("number")?).ok()?, sitting))
}

/// The exercises that have passed.
fn passed(json: &Json) -> Vec<usize> {
    let all = json.get("passed").and_then(Json::as_array);
    let numbers = all.into_iter().flatten().filter_map(Json::as_u64);
    numbers
        .filter_map(|n| usize::try_from(n).ok())
        .take(64)
        .collect()
}

/// How somebody stood in this lesson when the page was left, and with which scenario.
pub(super) fn sat_in(model: &Model, number: u8) -> Option<(Sitting, Rc<Scenario>)> {
    let kept = read(model.env.kept_tab.as_deref()?)?;
    let (_, sitting) = kept.sitting.filter(|(of, _)| *of == number)?;
    Some((sitting, kept.scenario))
}

/// The first run is there: if it is that of the same scenario, the rest comes back too. Done once.
///
/// A browser loads again what stood in the address as the page was left. In the middle of a drag, or just behind it, that is one step behind: then
/// the step is done again.
pub(super) fn resume(model: &mut Model) -> Vec<Effect> {
    let kept = model.env.kept_tab.take();
    let Some(kept) = kept.as_deref().and_then(read) else {
        return Vec::new();
    };
    let is_same = kept.scenario == model.scenario;
    let is_behind = kept.past.last() == Some(&model.scenario);
    if !is_same && !is_behind {
        return Vec::new();
    }
    model.past = kept.past;
    model.future = kept.future;
    let effects = match is_same {
        true => Vec::new(),
        false => edits::run(model, kept.scenario),
    };
    for (path, text) in kept.drafts {
        let wrong = set(&mut (*model.scenario).clone(), &path, &text).err();
        model.drafts.insert(path, Draft { text, wrong });
    }
    if let Some(text) = kept.json {
        let wrong = Scenario::from_json(&text).err();
        model.json = Some(Draft { text, wrong });
        model.pane = Pane::Json;
    }
    model.error = kept.error;
    effects
}
