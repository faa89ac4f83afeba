//! What the first view does without: whatever waits for an act of the reader. It is cut off the page's program after linking (`wasm-bindgen`
//! of `wasm-tools`), and loaded when the first diagram has been drawn, or when somebody acts before that.
//!
//! What is reached through [`Later`] alone lies there, without further ado; what the first view calls lies in its program. So a call from
//! there to here goes through a door, and a test counts the bytes of the first view.

use crate::app::acts::{self, Does};
use crate::app::dropping::Last;
use crate::app::model::Model;
use crate::app::msg::{Effect, Msg};
use crate::app::{instant, lesson, update};
use crate::picture::Picture;
use crate::run::Run;
use crate::view::{Tell, pieces, terms};
use crate::{api, explore, worker};
use std::cell::{Cell, OnceCell};
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use wasm_bindgen::JsValue;
use web_sys::DedicatedWorkerGlobalScope;
use yew::{AttrValue, Html};

/// Draws two runs, the one before first.
pub type Pair = fn([&Rc<Run>; 2], &Model) -> [Rc<Picture>; 2];

/// The doors.
#[derive(Clone, Copy, Debug)]
pub struct Later {
    /// Lets a message happen that follows from an act.
    pub happen: fn(&mut Model, Msg) -> Vec<Effect>,
    /// Does from now on what acts ask of the browser.
    pub acts: fn(&Tell, &Last) -> Does,
    /// Draws what an act opens.
    pub draw: fn(Piece, &Model, &Tell) -> Html,
    /// Lets what tells of a moment tell of the one that is shown now.
    pub keep_up: fn(&mut Model),
    /// Takes in what a new run means for what waits for acts.
    pub take_in: fn(&mut Model),
    /// A text with its terms marked.
    pub prose: fn(&Model, &str) -> Html,
    /// Draws two runs on one axis.
    pub pair: Pair,
    /// What a script is told of a scenario's run.
    pub simulate: fn(&str) -> Result<JsValue, String>,
    /// What a picture shows, in words.
    pub summary: fn(&Picture) -> AttrValue,
    /// Whether a lesson's answer is still to be given, or its exercise to be done.
    pub examines: fn(&Model) -> bool,
    /// Begins the explorer's work, in a worker that is started when the first diagram has been drawn.
    pub explore: fn(&DedicatedWorkerGlobalScope),
}

/// A piece of the page that is there for acts, or not before somebody acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Piece {
    /// The open window.
    Window,
    /// A capture in place of a run.
    Capture,
    /// A run on a wall.
    Present,
    /// A lesson.
    Lesson,
    /// The scenario's fields.
    Form,
    /// What moves through a run.
    Controls,
    /// What becomes of the request for every idle time around this run's.
    Strip,
    /// The settings of the diagram.
    Look,
    /// The lines of the list of events.
    Events,
    /// What is selected.
    Selected,
    /// The tables of a moment.
    Tables,
    /// What is said of two runs side by side.
    Compared,
    /// What the preset tells that the scenario comes from.
    Story,
    /// What to change, and what else was found.
    Changes,
    /// What trying every idle time says of a run that went well.
    Proved,
    /// The whole run beside the diagram.
    Minimap,
    /// An embedded page's way to the whole one.
    Whole,
    /// What is told beside the pointer.
    Tips,
}

/// What lies behind them. Only the function that is cut off may name it: whatever else does has all of it.
pub const DOORS: Later = Later {
    happen: update::happen_later,
    acts: acts::begin,
    draw: pieces::draw,
    keep_up: instant::keep_up,
    take_in: update::take_in,
    prose: terms::prose,
    pair: Picture::pair,
    simulate: api::simulate,
    summary: Picture::summary,
    examines: lesson::examines,
    explore: |scope| worker::serve(scope, explore::answer),
};

/// Brings the doors, over the network. `Err`: they do not come; the browser's console has the reason.
pub type Loader = fn() -> Pin<Box<dyn Future<Output = Result<Later, ()>>>>;

thread_local! {
    static HERE: OnceCell<Later> = const { OnceCell::new() };
    static LOADER: Cell<Option<Loader>> = const { Cell::new(None) };
}

/// Says how it is loaded: the page's program knows.
pub fn comes_by(loader: Loader) {
    LOADER.with(|it| it.set(Some(loader)));
}

/// The doors, if it has been loaded. Natively nothing is cut off.
#[cfg(not(target_family = "wasm"))]
pub const fn get() -> Option<Later> {
    Some(DOORS)
}

/// The doors, if it has been loaded.
#[cfg(target_family = "wasm")]
pub fn get() -> Option<Later> {
    HERE.with(|here| here.get().copied())
}

/// Loads it, if it has not been.
///
/// # Errors
///
/// It does not come. It can be tried again.
pub async fn load() -> Result<(), ()> {
    let loader = LOADER.with(Cell::get).ok_or(())?;
    let doors = loader().await?;
    // Whoever asks twice is given the same.
    let _ = HERE.with(|here| here.set(doors));
    Ok(())
}

/// Draws a piece; nothing until it has been loaded.
pub fn draw(piece: Piece, model: &Model, tell: &Tell) -> Html {
    get().map_or_else(Html::default, |later| (later.draw)(piece, model, tell))
}
