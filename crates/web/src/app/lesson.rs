//! A lesson: a prediction before the rest of the run is shown, then why, then exercises that runs mark.

use crate::app::advice::as_proved;
use crate::app::books::load;
use crate::app::edits::edit;
use crate::app::model::{Model, Notice, Screen};
use crate::app::msg::{Book, Effect};
use crate::app::navigate;
use crate::app::tab;
use crate::app::update::redraw;
use crate::later;
use std::rc::Rc;
use std::time::Duration;
use whyeof_explore::advise::edited;
use whyeof_explore::mark::{Mark, mark, mark_of_gaps};
use whyeof_scenario::invalid::shorten;
use whyeof_scenario::lessons::{Exercise, Lesson, Pass};
use whyeof_scenario::{Scenario, fields, get};
use whyeof_trace::Time;

/// Keeps which lessons are done.
pub const KEEP_LESSONS: &str = "whyeof.lessons";
/// What stands before a lesson's number in a link.
pub(super) const LINK: &str = "#lesson=";

/// Somebody in a lesson.
#[derive(Clone, Debug)]
pub struct Sitting {
    /// The lesson, by its position.
    pub lesson: usize,
    /// Which of its scenarios is shown.
    pub part: usize,
    /// The answer that was chosen.
    pub chosen: Option<usize>,
    /// Whether the rest of the run is shown.
    pub told: bool,
    /// What a clicker has led to.
    pub wall: Wall,
    /// The exercise that is at work, and what it starts from.
    pub exercise: Option<(usize, Rc<Scenario>)>,
    /// Whether the hint is shown.
    pub hinted: bool,
    /// The answer that was chosen to what the exercise asks in words.
    pub asked: Option<usize>,
    /// The exercises that have passed.
    pub passed: Vec<usize>,
}

/// What stands on the wall where a lesson is presented.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Wall {
    /// The run.
    #[default]
    Run,
    /// A clicker was pressed beyond what may be seen: whether it is to be shown.
    Asks,
    /// The answer, until the next step.
    Answer,
}

/// What a learner does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Learn {
    /// Opens a lesson, by its number.
    Open(u8),
    /// Chooses an answer.
    Choose(usize),
    /// Wants to see the rest without an answer.
    Show,
    /// Steps beyond what may be seen: the first time that is asked back, the second time it is [`Learn::Show`].
    On,
    /// Looks at another of the lesson's scenarios.
    Part(usize),
    /// Begins an exercise, or begins it again.
    Exercise(usize),
    /// Wants a hint.
    Hint,
    /// Chooses an answer to what the exercise asks in words.
    Ask(usize),
    /// Leaves the lesson, with its scenario.
    Leave,
    /// The lessons have come, or have not.
    Loaded,
    /// A run or a proof has come.
    Ran,
}

/// How an exercise stands.
#[derive(Clone, Debug, PartialEq)]
pub enum Standing {
    /// Nothing has been changed yet.
    Untouched,
    /// An answer that people try, and that does not do: its position among them.
    Refused(usize),
    /// A field was changed that may not be: its path.
    NotThat(String),
    /// What must hold, each with its mark; `None`: runs are still at it.
    Marked(Vec<(Pass, Option<Mark>)>),
}

impl Standing {
    /// Whether all of it holds.
    pub fn passes(&self) -> bool {
        match self {
            Self::Marked(marks) => marks.iter().all(|(_, mark)| mark.is_some_and(|m| m.holds)),
            _ => false,
        }
    }
}

/// The number in a link to a lesson.
pub(super) fn of_link(fragment: &str) -> Option<u8> {
    let number = fragment.strip_prefix(LINK)?;
    // Further parts, which only links to scenarios have, are left out; what is no number of a lesson is told by its own sentence.
    let number = number.split('&').next().unwrap_or_default();
    Some(number.parse().unwrap_or(0))
}

/// What a link to a lesson says that none has: a lesson begins at its beginning.
pub(super) fn left_out(fragment: &str) -> Option<String> {
    let keys = fragment.split('&').skip(1);
    let mut keys = keys.filter_map(|part| part.split('=').next());
    let key = keys.find(|key| !["", "lang", "v"].contains(key))?;
    Some(shorten(key))
}

/// The link to the lesson that somebody is in.
pub(super) fn link(model: &Model) -> Option<String> {
    let (number, lang) = (lesson(model)?.number, model.lang.tag());
    Some(format!("{LINK}{number}&lang={lang}"))
}

/// A scenario from before the lesson, or from after it, is none of the lesson's: who undoes as far as that leaves it.
pub(super) fn undone(model: &mut Model, scenario: &Rc<Scenario>) {
    let Some((sitting, lesson)) = model.sitting.as_ref().zip(lesson(model)) else {
        return;
    };
    let mut parts = lesson.scenarios.iter();
    let its = parts.position(|(_, part)| *part == **scenario);
    let is_edited = sitting.exercise.as_ref().is_some_and(|(_, from)| {
        // An exercise changes fields of its scenario, not what programs there are.
        from.title == scenario.title
    });
    match (its, &mut model.sitting) {
        // The part that is shown is the one that is pressed.
        (Some(part), Some(sitting)) => sitting.part = part,
        (None, _) if !is_edited => model.sitting = None,
        _ => {}
    }
}

/// A step goes on with the run.
pub(super) fn stepped(model: &mut Model) {
    if let Some(sitting) = &mut model.sitting {
        sitting.wall = Wall::Run;
    }
}

/// The lesson that somebody is in.
pub fn lesson(model: &Model) -> Option<&Lesson> {
    model.lessons.as_ref()?.get(model.sitting.as_ref()?.lesson)
}

/// The exercise that somebody is at.
pub fn exercise(model: &Model) -> Option<&Exercise> {
    let (number, _) = model.sitting.as_ref()?.exercise.as_ref()?;
    lesson(model)?.exercises.get(*number)
}

/// The moment from which on everything is hidden, because the answer is still to be given.
pub fn hides(model: &Model) -> Option<Time> {
    let waits = model.sitting.as_ref().is_some_and(|sitting| !sitting.told);
    lesson(model).filter(|_| waits).map(|lesson| lesson.until)
}

/// Whether remedies would tell the answer: to the question, or to an exercise that is still to be done.
pub fn is_examined(model: &Model) -> bool {
    let examines = |later: later::Later| (later.examines)(model);
    model.sitting.is_some() && later::get().is_none_or(examines)
}

/// The same of somebody in a lesson.
pub fn examines(model: &Model) -> bool {
    let Some(sitting) = &model.sitting else {
        return false;
    };
    let Some(lesson) = lesson(model) else {
        return false;
    };
    let passes = match sitting.exercise {
        Some(_) => standing(model).is_some_and(|standing| standing.passes()),
        None => {
            sitting.passed.len() >= lesson.exercises.len() || model.done.contains(&lesson.number)
        }
    };
    !sitting.told || !passes
}

pub(super) fn learn(model: &mut Model, what: Learn) -> Vec<Effect> {
    match what {
        Learn::Open(number) => open(model, number),
        Learn::Part(part) => {
            if let Some(sitting) = &mut model.sitting {
                (sitting.part, sitting.exercise) = (part, None);
            }
            show(model)
        }
        Learn::Loaded => loaded(model),
        Learn::Ran => keep_progress(model),
        Learn::Choose(answer) => tell(model, Some(answer)),
        Learn::Show => tell(model, None),
        Learn::On => match &mut model.sitting {
            Some(sitting) if sitting.wall == Wall::Run => {
                sitting.wall = Wall::Asks;
                Vec::new()
            }
            _ => tell(model, None),
        },
        Learn::Exercise(number) => begin(model, number),
        Learn::Hint => {
            if let Some(sitting) = &mut model.sitting {
                sitting.hinted = true;
            }
            Vec::new()
        }
        Learn::Ask(answer) => {
            if let Some(sitting) = &mut model.sitting {
                sitting.asked = Some(answer);
            }
            keep_progress(model)
        }
        Learn::Leave => {
            model.sitting = None;
            redraw(model);
            vec![super::update::address(model)]
        }
    }
}

/// Opens a lesson, as soon as they are there.
fn open(model: &mut Model, number: u8) -> Vec<Effect> {
    model.screen = Screen::Bench;
    model.dialog = None;
    let Some(lessons) = model.lessons.clone() else {
        model.wanted = Some(number);
        return load(model, Book::Lessons).into_iter().collect();
    };
    model.wanted = None;
    let Some(lesson) = lessons.iter().position(|lesson| lesson.number == number) else {
        let effects = navigate::home(model);
        model.notice = Some(Notice::NoLesson(lessons.len()));
        return effects;
    };
    if let Some((sitting, scenario)) = tab::sat_in(model, number) {
        model.sitting = Some(Sitting { lesson, ..sitting });
        navigate::anew(model);
        return edit(model, scenario);
    }
    model.sitting = Some(Sitting {
        lesson,
        part: 0,
        chosen: None,
        told: false,
        wall: Wall::Run,
        exercise: None,
        hinted: false,
        asked: None,
        passed: Vec::new(),
    });
    show(model)
}

/// The lessons are here, or did not come: one may be waited for.
fn loaded(model: &mut Model) -> Vec<Effect> {
    match (model.wanted.take(), &model.lessons) {
        (Some(number), Some(_)) => open(model, number),
        (Some(_), None) if model.run.is_none() => navigate::home(model),
        _ => Vec::new(),
    }
}

/// Runs the scenario that the lesson shows now.
fn show(model: &mut Model) -> Vec<Effect> {
    let part = model.sitting.as_ref().map_or(0, |sitting| sitting.part);
    let scenario = lesson(model).and_then(|lesson| lesson.scenarios.get(part));
    let Some((_, scenario)) = scenario.cloned() else {
        return Vec::new();
    };
    navigate::anew(model);
    edit(model, Rc::new(scenario))
}

/// Shows the rest of the run.
fn tell(model: &mut Model, chosen: Option<usize>) -> Vec<Effect> {
    if let Some(sitting) = &mut model.sitting {
        (sitting.chosen, sitting.told) = (chosen, true);
        sitting.wall = Wall::Answer;
    }
    redraw(model);
    let mut effects: Vec<Effect> = navigate::to_story(model).into_iter().collect();
    effects.push(Effect::FocusOn("lesson"));
    effects.extend(keep_progress(model));
    effects
}

fn begin(model: &mut Model, number: usize) -> Vec<Effect> {
    let found = lesson(model).and_then(|lesson| {
        let own = lesson.exercises.get(number)?.scenario.clone();
        own.or_else(|| lesson.scenarios.first().map(|(_, first)| first.clone()))
    });
    let Some(start) = found.map(Rc::new) else {
        return Vec::new();
    };
    if let Some(sitting) = &mut model.sitting {
        sitting.exercise = Some((number, Rc::clone(&start)));
        (sitting.hinted, sitting.asked) = (false, None);
    }
    navigate::anew(model);
    edit(model, start)
}

/// How the exercise stands; `None`: there is none.
pub fn standing(model: &Model) -> Option<Standing> {
    let (_, start) = model.sitting.as_ref()?.exercise.as_ref()?;
    let exercise = exercise(model)?;
    let now = &model.scenario;
    if now == start {
        return Some(Standing::Untouched);
    }
    let is = |edits: &[(String, String)]| {
        let pairs = edits
            .iter()
            .map(|(path, text)| (path.as_str(), text.as_str()));
        edited(start, pairs).is_some_and(|tried| tried == **now)
    };
    if let Some(refused) = exercise.refused.iter().position(|(edits, _)| is(edits)) {
        return Some(Standing::Refused(refused));
    }
    if let Some(path) = changed(start, now)
        .into_iter()
        .find(|path| !may(exercise, path))
    {
        return Some(Standing::NotThat(path));
    }
    let run = model.run.as_ref().filter(|run| run.scenario == *now)?;
    let marks = exercise.passes.iter().map(|pass| {
        let mark = mark(*pass, &run.trace).or_else(|| gaps(model));
        (*pass, mark)
    });
    Some(Standing::Marked(marks.collect()))
}

/// What the worker has found out about all idle gaps, once it has.
fn gaps(model: &Model) -> Option<Mark> {
    let proved = as_proved(model)?;
    let gap = proved.fails_at.as_ref().map(|(gap, _)| *gap);
    Some(mark_of_gaps(gap.map(Duration::from_nanos)))
}

/// The fields that differ, by their paths.
fn changed(start: &Scenario, now: &Scenario) -> Vec<String> {
    let mut changed: Vec<String> = Vec::new();
    for field in fields(now).into_iter().chain(fields(start)) {
        let path = field.path;
        if get(now, &path) != get(start, &path) && !changed.contains(&path) {
            changed.push(path);
        }
    }
    changed
}

fn may(exercise: &Exercise, path: &str) -> bool {
    let under = |may: &String| {
        let rest = path.strip_prefix(may.as_str());
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    // What a runtime's change brings along is the runtime's.
    exercise.may.iter().any(under)
}

/// Whether the exercise at work passes, and what it asks is answered.
fn is_passed(model: &Model) -> bool {
    let (Some(sitting), Some(exercise)) = (&model.sitting, exercise(model)) else {
        return false;
    };
    let right = |answers: &[whyeof_scenario::lessons::Answer]| {
        let chosen = sitting.asked.and_then(|at| answers.get(at));
        chosen.is_some_and(|answer| answer.right)
    };
    let answered = exercise
        .asks
        .as_ref()
        .is_none_or(|(_, answers)| right(answers));
    answered && standing(model).is_some_and(|standing| standing.passes())
}

/// Keeps in this browser that a lesson is done: all its exercises have passed.
fn keep_progress(model: &mut Model) -> Vec<Effect> {
    let Some((number, all)) = lesson(model).map(|lesson| (lesson.number, lesson.exercises.len()))
    else {
        return Vec::new();
    };
    if model.done.contains(&number) || !is_passed(model) {
        return Vec::new();
    }
    if let Some(sitting) = &mut model.sitting
        && let Some((exercise, _)) = sitting.exercise
    {
        if !sitting.passed.contains(&exercise) {
            sitting.passed.push(exercise);
        }
        if sitting.passed.len() < all {
            return Vec::new();
        }
    }
    model.done.push(number);
    let done: Vec<String> = model.done.iter().map(u8::to_string).collect();
    vec![Effect::Keep(KEEP_LESSONS, done.join(","))]
}

/// What the browser has kept.
pub(super) fn kept(text: &str) -> Vec<u8> {
    text.split(',')
        .filter_map(|n| n.parse().ok())
        .take(64)
        .collect()
}
