//! Two runs side by side: the one before the last edit, or one that the reader chose, beside the present one.

use super::model::{Before, Beside, From, Model};
use super::msg::Effect;
use super::update::redraw;
use crate::run::Run;
use std::rc::Rc;
use whyeof_render::difference::first_difference;
use whyeof_scenario::presets::{self, Preset};
use whyeof_scenario::{Scenario, profiles, set};

/// A run to compare with.
#[derive(Clone, Debug)]
pub struct Choice {
    /// What it is called.
    pub name: String,
    /// Its scenario.
    pub scenario: Rc<Scenario>,
}

/// The run of now becomes the run before.
pub(super) fn keep_before(model: &mut Model, beside: Beside, name: &str) {
    model.before = model.run.clone().map(|run| Before {
        run,
        name: name.to_owned(),
        beside,
        from: From::Edit,
    });
}

/// Puts the other run beside the present one, or away again.
pub(super) fn toggle(model: &mut Model) -> Vec<Effect> {
    if let Some(before) = &mut model.before {
        before.beside = match before.beside {
            Beside::Yes => Beside::No,
            Beside::No => Beside::Yes,
        };
    }
    part(model);
    redraw(model);
    to_difference(model)
}

/// Asks for a run to compare with.
pub(super) fn with(model: &mut Model, name: String, scenario: Rc<Scenario>) -> Vec<Effect> {
    model.dialog = None;
    model.beside_ticket = (model.beside_ticket.0 + 1, name);
    vec![Effect::RunBeside(model.beside_ticket.0, scenario)]
}

/// The run to compare with is over.
pub(super) fn ran(model: &mut Model, ticket: u32, run: Rc<Run>) -> Vec<Effect> {
    if ticket != model.beside_ticket.0 {
        return Vec::new();
    }
    model.before = Some(Before {
        run,
        name: model.beside_ticket.1.clone(),
        beside: Beside::Yes,
        from: From::Choice,
    });
    part(model);
    redraw(model);
    to_difference(model)
}

/// Finds out where both runs part, while both are shown: asked when one of them, or the language, is another.
pub(super) fn part(model: &mut Model) {
    let both = model.run.as_ref().zip(model.before.as_ref());
    let both = both.filter(|_| model.compares());
    model.parted = both
        .and_then(|(now, before)| first_difference([&before.run.wire(), &now.wire()], model.lang));
}

/// To where both runs part.
pub(super) fn to_difference(model: &Model) -> Vec<Effect> {
    let at = model.parted.as_ref().map(|parted| parted.at);
    let height = at.zip(model.picture.as_ref()).map(|(at, p)| p.y(at));
    vec![Effect::ScrollDiagram(height.unwrap_or(0.0))]
}

/// The other scenarios of this one's story.
pub fn variants(model: &Model) -> Vec<Choice> {
    let Some(story) = model.story() else {
        return Vec::new();
    };
    let others = presets::ALL.iter().filter(|one| one.family == story.family);
    let choice = |preset: &Preset| Choice {
        name: model.say(preset.title).to_owned(),
        scenario: Rc::new(preset.scenario()),
    };
    let others = others.map(choice);
    others
        .filter(|other| other.scenario != model.scenario)
        .collect()
}

/// This scenario with each other runtime that the first client could be.
pub fn runtimes(model: &Model) -> Vec<Choice> {
    let Some(client) = model.scenario.clients.first() else {
        return Vec::new();
    };
    let path = format!("clients.{}.runtime", client.name);
    let others = profiles::ALL.iter().filter(|p| p.client.is_some());
    let choice = |profile: &&profiles::Profile| {
        let mut scenario = (*model.scenario).clone();
        set(&mut scenario, &path, profile.id).ok()?;
        (scenario != *model.scenario).then(|| Choice {
            name: format!("{}: {}", client.name, model.say(profile.label)),
            scenario: Rc::new(scenario),
        })
    };
    others.filter_map(choice).collect()
}
