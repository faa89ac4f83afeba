//! A capture on the page: its connections in a list, one of them drawn in the place of a run.
//!
//! The scenario stays as it was, and comes back when the capture is closed. What is drawn of a capture stands in no link: it is the reader's own.

use super::model::{Lane, Model, Notice, Screen, Shown, Strip, Tried};
use super::msg::Effect;
use super::update::{dress, redraw, show_record};
use super::{edits, look, navigate};
use crate::proto::{AboutCapture, AskCapture, CaptureSaid, FlowRow, OpenedCapture};
use crate::run::Run;
use std::rc::Rc;
use whyeof_diagnose::Report;
use whyeof_scenario::Scenario;
use whyeof_trace::Trace;
use whyeof_trace::text::is_unprintable;

/// What a reader does with captures.
#[derive(Clone, Debug, PartialEq)]
pub enum Watch {
    /// A file was dropped on the page or chosen: its name, and how many bytes.
    File(String, f64),
    /// Another connection is to be drawn, by its number from 0.
    Flow(u32),
    /// A scenario like the connection that is drawn.
    Simulate,
    /// Back to the scenario.
    Close,
}

pub(super) fn happen(model: &mut Model, what: Watch) -> Vec<Effect> {
    match what {
        Watch::File(name, size) => file(model, name, size),
        Watch::Flow(number) => flow(model, number),
        Watch::Simulate => simulate(model).into_iter().collect(),
        Watch::Close => close(model),
    }
}

/// Whether there was a capture, which is left now: nothing of it is drawn any more.
pub(super) fn leave(model: &mut Model) -> bool {
    let was = model.capture.take().is_some();
    if was {
        forget(model);
    }
    was
}

/// A capture that was opened.
#[derive(Clone, Debug, PartialEq)]
pub struct Opened {
    /// Questions about it carry it, so that late answers can be told.
    pub id: u32,
    /// The file's name.
    pub name: String,
    /// How far it has been read.
    pub state: State,
    /// The connection that is drawn, by its number from 0.
    pub shown: Option<u32>,
    /// Whether only its beginning is drawn.
    pub cut: bool,
    /// A sentence about what was asked for last; empty: none.
    pub wrong: String,
}

/// How far a capture has been read.
#[derive(Clone, Debug, PartialEq)]
pub enum State {
    /// So many hundredths.
    Reading(u32),
    /// All that there is.
    Open(Rc<OpenedCapture>),
    /// It cannot be read, in words.
    Failed(String),
}

impl Opened {
    /// What is in it, once it has been read.
    pub fn rows(&self) -> &[FlowRow] {
        match &self.state {
            State::Open(opened) => &opened.rows,
            _ => &[],
        }
    }
}

/// A file was dropped or chosen.
fn file(model: &mut Model, name: String, size: f64) -> Vec<Effect> {
    if model.screen == Screen::Embedded {
        return Vec::new();
    }
    model.ticket += 1;
    let too_large = size > crate::captures::MOST_BYTES;
    model.capture = Some(Opened {
        id: model.ticket,
        name: name
            .chars()
            .map(|c| {
                if !is_unprintable(c) {
                    c
                } else {
                    char::REPLACEMENT_CHARACTER
                }
            })
            .collect(),
        state: match too_large {
            true => State::Failed(model.say(crate::text::CAPTURE_TOO_LARGE).to_owned()),
            false => State::Reading(0),
        },
        shown: None,
        cut: false,
        wrong: String::new(),
    });
    model.screen = Screen::Capture;
    model.dialog = None;
    model.presents = false;
    model.sitting = None;
    model.running = None;
    forget(model);
    let mut effects = vec![Effect::StopRun, Effect::StopExplorer, dress(model)];
    if !too_large {
        effects.push(Effect::OpenCapture(
            model.ticket,
            model.lang.tag().to_owned(),
        ));
    }
    effects
}

/// Nothing of the run before is left to be seen.
fn forget(model: &mut Model) {
    model.run = None;
    model.picture = None;
    model.picture_before = None;
    model.before = None;
    model.parted = None;
    model.selected = None;
    model.focus = None;
    model.story = None;
    model.play = None;
    model.instant = None;
    model.lit = look::Lit::default();
    model.shown = Shown::All;
    model.strip = Strip::None;
    model.tried = Tried::default();
    model.notice = None;
}

/// The clerk says something about a capture.
pub(super) fn hear(model: &mut Model, id: u32, said: CaptureSaid) -> Vec<Effect> {
    let Some(capture) = model.capture.as_mut().filter(|it| it.id == id) else {
        return Vec::new();
    };
    match said {
        CaptureSaid::Reading(percent) => capture.state = State::Reading(percent),
        CaptureSaid::Wrong(why) => match capture.state {
            State::Open(_) => capture.wrong = why,
            _ => capture.state = State::Failed(why),
        },
        CaptureSaid::Opened(opened) => {
            let first = opened.interest;
            capture.state = State::Open(Rc::new(opened));
            return flow(model, first);
        }
        CaptureSaid::Part { flow, packed, cut } => {
            if capture.shown == Some(flow)
                && let Some((trace, report)) = packed.unpacked()
            {
                capture.cut = cut;
                return draw(model, trace, report);
            }
        }
        CaptureSaid::Like { scenario, told } => return like(model, &scenario, told),
    }
    Vec::new()
}

/// Another connection is to be drawn.
fn flow(model: &mut Model, flow: u32) -> Vec<Effect> {
    if let Some(capture) = &mut model.capture {
        capture.shown = Some(flow);
        capture.wrong.clear();
    }
    ask(model, AskCapture::Part(flow)).into_iter().collect()
}

/// A scenario that does the same as the connection that is drawn.
fn simulate(model: &Model) -> Option<Effect> {
    let capture = model.capture.as_ref()?;
    ask(
        model,
        AskCapture::Like {
            flow: capture.shown?,
            name: capture.name.clone(),
        },
    )
}

/// The connection that is drawn as a file.
pub(super) fn export(model: &Model, format: &str) -> Option<Effect> {
    ask(
        model,
        AskCapture::File {
            flow: model.capture.as_ref()?.shown?,
            format: format.to_owned(),
        },
    )
}

fn ask(model: &Model, ask: AskCapture) -> Option<Effect> {
    Some(Effect::Clerk(crate::proto::Question::Capture(
        AboutCapture {
            id: model.capture.as_ref()?.id,
            lang: model.lang.tag().to_owned(),
            ask,
        },
    )))
}

fn draw(model: &mut Model, trace: Trace, report: Report) -> Vec<Effect> {
    forget(model);
    let run = Rc::new(Run::of_capture(Rc::clone(&model.scenario), trace, report));
    look::ran(model, run.trace.flows.len());
    let leading = run.report.leading().and_then(|it| it.evidence.last());
    let leading = leading.map(|it| it.record);
    model.run = Some(run);
    redraw(model);
    let mut effects = leading.map_or_else(Vec::new, |record| show_record(model, record));
    // On a phone the list stands below what it changes.
    if model.env.lanes == Lane::One {
        effects.push(Effect::FocusOn("verdict"));
    }
    effects
}

/// Its scenario takes the place of the one that was there, which undo brings back.
fn like(model: &mut Model, scenario: &str, told: String) -> Vec<Effect> {
    let Ok(scenario) = Scenario::from_json(scenario) else {
        return Vec::new();
    };
    model.capture = None;
    forget(model);
    model.screen = Screen::Bench;
    navigate::anew(model);
    let effects = edits::edit(model, Rc::new(scenario));
    model.notice = Some(Notice::Like(told));
    effects
}

/// Back to the scenario.
fn close(model: &mut Model) -> Vec<Effect> {
    let was_reading = model
        .capture
        .take()
        .is_some_and(|it| matches!(it.state, State::Reading(_)));
    forget(model);
    model.screen = Screen::Bench;
    let stop = was_reading.then_some(Effect::StopClerk);
    let again = edits::run(model, Rc::clone(&model.scenario));
    stop.into_iter().chain(again).collect()
}
