//! A number makes a scenario.
//!
//! First who is there and what is between them ([`topology`]), with what must be said; then every field that such a scenario has, as the
//! project's own list of fields tells, may be given a value of its kind ([`values`]). So a new profile, option, fault or knob is drawn without a
//! word here. What the checks of scenarios refuse is left out, and so every scenario is one that a person can write.

mod beats;
mod calls;
mod commands;
mod topology;
mod values;
mod words;

use crate::dice::Dice;
use beats::Beats;
use whyeof_scenario::{Field, Group, Scenario, apply, fields};

/// The scenario of this number.
pub fn scenario(seed: u64) -> Scenario {
    let mut dice = Dice::new(seed);
    let beats = Beats::new(&mut dice);
    let mut scenario = topology::drawn(&mut dice, &beats);
    scenario.seed = dice.below(1 << 53);
    let plenty = *dice.one_of(&[1, 2, 2, 3, 6]);
    // Who shares a machine decides which machines, and so which fields, there are.
    for places in [true, false] {
        let mut edits = Vec::new();
        for field in fields(&scenario) {
            let is_due = field.path.ends_with(".host") == places;
            if is_due && dice.happens(weight(&field) * plenty, 100) {
                let value = values::drawn(&field, &scenario, &beats, &mut dice);
                edits.extend(value.map(|value| (field.path, value)));
            }
        }
        say(&mut scenario, &edits);
    }
    scenario
}

/// Says what fits: all at once if it does, else each half by itself.
fn say(scenario: &mut Scenario, edits: &[(String, String)]) {
    let pairs = edits
        .iter()
        .map(|(path, value)| (path.as_str(), value.as_str()));
    if apply(scenario, pairs).is_err() && edits.len() > 1 {
        let (first, second) = edits.split_at(edits.len() / 2);
        say(scenario, first);
        say(scenario, second);
    }
}

/// How often a field is said, among the others: machines have thirty knobs each, and a command nothing but what is typed.
const fn weight(field: &Field) -> u64 {
    if field.option.is_some() {
        return 12;
    }
    match &field.group {
        Group::Host(_) | Group::Run => 2,
        Group::Fault(..) | Group::Path(..) => 12,
        Group::Name(_) => 20,
        Group::Client(_)
        | Group::Request(..)
        | Group::Server(_)
        | Group::Proxy(_)
        | Group::Route(..)
        | Group::Network => 5,
    }
}
