//! Turning a number: by the arrow keys in its field, or by dragging its name. A drag is one step of undo, and the page follows it: what
//! is run is drawn at once, what takes longer comes when the knob is let go.

use crate::app::model::Model;
use crate::app::msg::{Effect, Msg};
use crate::app::update::{self, edit, run};
use crate::picture::MARGINS;
use std::rc::Rc;
use whyeof_scenario::nudge::nudged;
use whyeof_scenario::{Scenario, fields, set};

/// What is being dragged, and what there is no time for meanwhile.
#[derive(Clone, Debug, Default)]
pub struct Knob {
    /// The number.
    pub drag: Option<Drag>,
    /// How many of the [`MARGINS`] of the diagram are too wide to be drawn now.
    pub haste: usize,
}

/// A number that is being dragged.
#[derive(Clone, Debug)]
pub struct Drag {
    /// Its field.
    pub path: String,
    /// What it began with.
    from: Rc<Scenario>,
    /// How far it has been turned before the first run; `None`: that has been asked for.
    first: Option<i32>,
}

/// The scenario with a field turned; `None`: it is no number, or would not fit the others.
fn turned(from: &Scenario, path: &str, turns: i32) -> Option<Scenario> {
    let field = fields(from).into_iter().find(|field| field.path == path)?;
    let mut scenario = from.clone();
    set(&mut scenario, path, &nudged(&field, turns)?).ok()?;
    Some(scenario)
}

/// One turn, by a key.
pub(super) fn turn(model: &mut Model, path: &str, turns: i32) -> Vec<Effect> {
    let mut typed = (*model.scenario).clone();
    if let Some(draft) = model.drafts.get(path) {
        // What is no number yet is not turned: it stays as it was typed.
        if set(&mut typed, path, &draft.text).is_err() {
            return Vec::new();
        }
    }
    let turned = turned(&typed, path, turns);
    turned.map_or_else(Vec::new, |it| edit(model, Rc::new(it)))
}

/// So many turns from where the drag began. First the margins of the diagram are taken away, in a task of its own: that is much work, too.
pub(super) fn drag(model: &mut Model, path: String, turns: i32) -> Vec<Effect> {
    match &mut model.knob.drag {
        Some(drag) if drag.path == path => {
            if let Some(first) = &mut drag.first {
                *first = turns;
                return vec![Effect::Then(Box::new(Msg::DragOn))];
            }
            let turned = turned(&drag.from, &path, turns).map(Rc::new);
            match turned.filter(|turned| *turned != model.scenario) {
                Some(turned) => run(model, turned),
                None => Vec::new(),
            }
        }
        _ => {
            let from = Rc::clone(&model.scenario);
            let first = Some(turns);
            model.knob.drag = Some(Drag { path, from, first });
            hurry(model);
            update::redraw(model);
            [Msg::Draw, Msg::DragOn]
                .map(|msg| Effect::Then(Box::new(msg)))
                .into()
        }
    }
}

/// The first run of a drag, which is the step of undo.
pub(super) fn drag_on(model: &mut Model) -> Vec<Effect> {
    let Some(drag) = &mut model.knob.drag else {
        return Vec::new();
    };
    let Some(turns) = drag.first else {
        return Vec::new();
    };
    match turned(&drag.from, &drag.path, turns).map(Rc::new) {
        Some(turned) if turned != model.scenario => {
            drag.first = None;
            edit(model, turned)
        }
        // It has not come to anything yet, or never will.
        _ => Vec::new(),
    }
}

/// It is let go.
pub(super) fn let_go(model: &mut Model) -> Vec<Effect> {
    if model.knob.drag.is_none() {
        return Vec::new();
    }
    // Let go at once: its first run is still to be asked for.
    let mut effects = drag_on(model);
    model.knob.drag = None;
    if effects.is_empty() {
        effects = update::explore(model);
    }
    effects.push(Effect::KeepSoon);
    effects.push(Effect::Then(Box::new(Msg::Settled)));
    effects
}

/// What is drawn sixty times a second is to be hardly larger than it is seen.
const fn hurry(model: &mut Model) {
    model.knob.haste = MARGINS.len() - 2;
}

/// The margins of the diagram one by one, each in a task of its own, and the address.
pub(super) fn settle(model: &mut Model) -> Vec<Effect> {
    if model.knob.drag.is_some() {
        return Vec::new();
    }
    let Some(haste) = model.knob.haste.checked_sub(1) else {
        // While it was dragged nobody listened.
        return vec![update::address(model), Effect::TellView];
    };
    model.knob.haste = haste;
    update::redraw(model);
    vec![Effect::Then(Box::new(Msg::Settled))]
}
