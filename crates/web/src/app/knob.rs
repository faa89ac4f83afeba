//! Turning a number: by the arrow keys in its field, or by dragging its name. A drag is one step of undo, and the page follows it: what
//! is run is drawn at once, what takes longer comes when the knob is let go.

use crate::app::answers;
use crate::app::edits::{self, run};
use crate::app::model::Model;
use crate::app::msg::{Effect, Msg};
use crate::app::update;
use crate::picture::MARGINS;
use crate::view::form::in_play;
use std::ops::ControlFlow;
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
    /// What is drawn next; `None`: the page.
    due: Option<Due>,
}

/// A half of the page, or what belongs to one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Half {
    /// The diagram.
    Diagram,
    /// What steers it, the form, the verdict, and what stands below.
    Around,
    /// What of that nobody reads while a number moves: it is drawn with the rest when the number has been let go.
    Later,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Due {
    Only(Half),
    Page,
}

impl Knob {
    /// Whether a half is to be drawn anew.
    pub fn draws(&self, half: Half) -> bool {
        let half = match half {
            Half::Later if self.hurries() => return false,
            Half::Later => Half::Around,
            half => half,
        };
        self.due.is_none_or(|due| match due {
            Due::Page => true,
            Due::Only(only) => only == half,
        })
    }

    /// A message has happened that changes this; `None`: it may be anything.
    pub(super) fn touch(&mut self, half: Option<Half>) {
        let due = half.map_or(Due::Page, Due::Only);
        self.due = Some(match self.due {
            Some(other) if other != due => Due::Page,
            _ => due,
        });
    }

    /// All that was due has been drawn.
    pub(super) const fn rendered(&mut self) {
        self.due = None;
    }

    /// Whether something is left out for the sake of the next picture.
    pub const fn hurries(&self) -> bool {
        self.drag.is_some() || self.haste > 0
    }
}

/// A number that is being dragged.
#[derive(Clone, Debug)]
pub struct Drag {
    /// Its field.
    pub path: String,
    /// What it began with.
    from: Rc<Scenario>,
    /// What could be done again then: a drag that comes to nothing takes none of it away.
    future: Vec<Rc<Scenario>>,
    /// What it has made of that so far.
    made: Rc<Scenario>,
    /// Fields that were in sight when it began: none comes or goes under the pointer.
    pub in_sight: Vec<String>,
    /// How far it has been turned.
    turns: i32,
    /// How far it had been when a run was last asked for; `None`: none has been.
    ran: Option<i32>,
    step: Step,
}

/// One step of a drag is a turn, its run, its layout and two drawings, each a task of its own: the next one begins when all has been drawn.
/// Else the tasks of several would be done as one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    /// What has been turned is drawn.
    Drawn,
    /// [`Msg::DragOn`] is under way.
    Asked,
    /// A run is, or a picture.
    Runs,
    /// The scenario was changed in another way, or the drag was given up: it turns nothing any more.
    Over,
}

/// The scenario with a field turned; `None`: it is no number, or would not fit the others.
fn turned(from: &Scenario, path: &str, turns: i32) -> Option<Scenario> {
    let field = fields(from).into_iter().find(|field| field.path == path)?;
    let mut scenario = from.clone();
    set(&mut scenario, path, &nudged(&field, turns)?).ok()?;
    Some(scenario)
}

/// What a knob does about a message; one that is about something else goes on.
pub(super) fn happen(model: &mut Model, msg: Msg) -> ControlFlow<Vec<Effect>, Msg> {
    ControlFlow::Break(match msg {
        Msg::Turned(path, turns) => turn(model, &path, turns),
        Msg::Dragged(path, turns) => drag(model, path, turns),
        Msg::DragOn => drag_on(model),
        Msg::DrawAround => all_drawn(model),
        Msg::Dropped => let_go(model),
        Msg::GiveUp => give_up(model),
        Msg::Settled => settle(model),
        other => return ControlFlow::Continue(other),
    })
}

/// One turn, by a key.
fn turn(model: &mut Model, path: &str, turns: i32) -> Vec<Effect> {
    let mut typed = (*model.scenario).clone();
    if let Some(draft) = model.drafts.get(path) {
        // What is no number yet is not turned: it stays as it was typed.
        if set(&mut typed, path, &draft.text).is_err() {
            return Vec::new();
        }
    }
    let turned = turned(&typed, path, turns);
    turned.map_or_else(Vec::new, |it| edits::edit_field(model, path, Rc::new(it)))
}

/// So many turns from where the drag began. First the margins of the diagram are taken away, in a task of its own: that is much work, too.
fn drag(model: &mut Model, path: String, turns: i32) -> Vec<Effect> {
    if let Some(drag) = model.knob.drag.as_mut().filter(|drag| drag.path == path) {
        drag.turns = turns;
        return match drag.step {
            Step::Drawn => ask(drag),
            Step::Asked | Step::Runs | Step::Over => Vec::new(),
        };
    }
    model.knob.drag = Some(Drag {
        path,
        from: Rc::clone(&model.scenario),
        future: model.future.clone(),
        made: Rc::clone(&model.scenario),
        in_sight: in_play(model),
        turns,
        ran: None,
        step: Step::Runs,
    });
    hurry(model);
    update::redraw(model);
    vec![Effect::Then(Box::new(Msg::Draw))]
}

fn ask(drag: &mut Drag) -> Vec<Effect> {
    drag.step = Step::Asked;
    vec![Effect::Then(Box::new(Msg::DragOn))]
}

/// The run of where the number is now. The first of a drag is the step of undo.
fn drag_on(model: &mut Model) -> Vec<Effect> {
    let Some(drag) = &mut model.knob.drag else {
        return Vec::new();
    };
    if drag.step == Step::Over || !Rc::ptr_eq(&drag.made, &model.scenario) {
        drag.step = Step::Over;
        return Vec::new();
    }
    drag.step = Step::Drawn;
    let is_first = drag.ran.is_none();
    let turned = turned(&drag.from, &drag.path, drag.turns).map(Rc::new);
    // It has not come to anything yet, or never will; or it is back where it was.
    let Some(turned) = turned.filter(|turned| *turned != model.scenario) else {
        return Vec::new();
    };
    drag.ran = Some(drag.turns);
    drag.step = Step::Runs;
    drag.made = Rc::clone(&turned);
    let path = drag.path.clone();
    match is_first {
        true => edits::edit_field(model, &path, turned),
        false => run(model, turned),
    }
}

/// What was turned has been drawn: on to what has been turned meanwhile.
fn all_drawn(model: &mut Model) -> Vec<Effect> {
    let drag = model.knob.drag.as_mut();
    let Some(drag) = drag.filter(|drag| drag.step == Step::Runs) else {
        return Vec::new();
    };
    drag.step = Step::Drawn;
    if drag.ran == Some(drag.turns) {
        return Vec::new();
    }
    ask(drag)
}

/// It is let go.
fn let_go(model: &mut Model) -> Vec<Effect> {
    if model.knob.drag.is_none() {
        return Vec::new();
    }
    // Where it was last is still to be asked for.
    let mut effects = drag_on(model);
    let Some(drag) = model.knob.drag.take() else {
        return effects;
    };
    // There and back is no step of undo.
    if drag.ran.is_some() && drag.from == model.scenario && model.past.last() == Some(&drag.from) {
        model.past.pop();
        model.future = drag.future;
    }
    effects.push(Effect::KeepSoon);
    effects.push(Effect::AfterFrame(Box::new(Msg::Settled)));
    effects
}

/// It is given up: back to where it began.
fn give_up(model: &mut Model) -> Vec<Effect> {
    let Some(drag) = &mut model.knob.drag else {
        return Vec::new();
    };
    let (from, ran) = (Rc::clone(&drag.from), drag.ran.is_some());
    let is_own = Rc::ptr_eq(&drag.made, &model.scenario);
    drag.step = Step::Over;
    if !ran || !is_own {
        return Vec::new();
    }
    let future = std::mem::take(&mut drag.future);
    if model.past.last() == Some(&from) {
        model.past.pop();
        model.future = future;
    }
    run(model, from)
}

/// What is drawn sixty times a second is to be hardly larger than it is seen.
const fn hurry(model: &mut Model) {
    model.knob.haste = MARGINS.len() - 2;
}

/// What there was no time for, each in a frame of its own: the margins of the diagram one by one, then what is around.
fn settle(model: &mut Model) -> Vec<Effect> {
    if model.knob.drag.is_some() {
        return Vec::new();
    }
    let Some(haste) = model.knob.haste.checked_sub(1) else {
        return rest(model);
    };
    model.knob.haste = haste;
    update::redraw(model);
    vec![Effect::AfterFrame(Box::new(Msg::Settled))]
}

fn rest(model: &mut Model) -> Vec<Effect> {
    // While it was dragged nobody listened.
    let mut effects = vec![Effect::TellView];
    // A run that is still under way will see to the others.
    if model.running.is_none() {
        effects.extend(answers::explore(model));
        effects.push(update::address_soon());
    }
    effects
}
