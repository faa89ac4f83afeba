//! Makes what breaks an invariant as small as it can be.
//!
//! It works on the scenario's JSON, and so knows no field: what can be left out is left out, and what is long is halved, as long as the scenario
//! holds together and the same invariant breaks.

use crate::invariants::{Broken, check_one};
use serde_json::Value;
use whyeof_scenario::Scenario;
use whyeof_scenario::span::{Span, Unit};

/// More tries are not made.
const MOST_TRIES: u32 = 4_000;

/// The smallest scenario that was found to break the same, and how it does.
pub fn minimised(scenario: &Scenario, broken: &Broken) -> (Scenario, Broken) {
    let breaks = |scenario: &Scenario| check_one(scenario.clone(), broken.invariant).err();
    minimised_by(&breaks, scenario, broken)
}

/// The same for whatever tells what a scenario breaks.
pub fn minimised_by(
    breaks: &dyn Fn(&Scenario) -> Option<Broken>,
    scenario: &Scenario,
    broken: &Broken,
) -> (Scenario, Broken) {
    let mut smallest = Search {
        breaks,
        scenario: scenario.clone(),
        broken: broken.clone(),
        tries: 0,
    };
    while smallest.step() {}
    (smallest.scenario, smallest.broken)
}

struct Search<'a> {
    breaks: &'a dyn Fn(&Scenario) -> Option<Broken>,
    scenario: Scenario,
    broken: Broken,
    tries: u32,
}

impl Search<'_> {
    /// Tries everything once; whether anything of it made the scenario smaller.
    fn step(&mut self) -> bool {
        let Ok(whole) = serde_json::from_str::<Value>(&self.scenario.to_json()) else {
            return false;
        };
        let mut places = Vec::new();
        list(&whole, &mut Vec::new(), &mut places);
        let mut smaller = false;
        let mut now = whole;
        // From the end, so that what is left out moves nothing that is still to be tried.
        for place in places.iter().rev() {
            for candidate in candidates(&now, place) {
                if self.breaks(&candidate) {
                    now = candidate;
                    smaller = true;
                    break;
                }
            }
        }
        smaller
    }

    /// Whether this breaks the same; if so it is kept.
    fn breaks(&mut self, candidate: &Value) -> bool {
        self.tries += 1;
        if self.tries > MOST_TRIES {
            return false;
        }
        let Ok(scenario) = Scenario::from_json(&candidate.to_string()) else {
            return false;
        };
        if scenario == self.scenario {
            return false;
        }
        match (self.breaks)(&scenario) {
            Some(broken) if broken.is_like(&self.broken) => {
                (self.scenario, self.broken) = (scenario, broken);
                true
            }
            _ => false,
        }
    }
}

/// A step into a value.
#[derive(Clone, Debug)]
enum Step {
    Key(String),
    At(usize),
}

/// All places in a value, each before those within it.
fn list(value: &Value, here: &mut Vec<Step>, places: &mut Vec<Vec<Step>>) {
    let mut visit = |step: Step, inner: &Value| {
        here.push(step);
        places.push(here.clone());
        list(inner, here, places);
        here.pop();
    };
    match value {
        Value::Object(map) => map
            .iter()
            .for_each(|(key, inner)| visit(Step::Key(key.clone()), inner)),
        Value::Array(all) => all
            .iter()
            .enumerate()
            .for_each(|(at, inner)| visit(Step::At(at), inner)),
        _ => {}
    }
}

/// The whole without what stands in a place, or with less there.
fn candidates(whole: &Value, place: &[Step]) -> Vec<Value> {
    let Some((last, parents)) = place.split_last() else {
        return Vec::new();
    };
    let mut without = whole.clone();
    let Some(parent) = inside(&mut without, parents) else {
        return Vec::new();
    };
    let gone = match (parent, last) {
        (Value::Object(map), Step::Key(key)) => map.shift_remove(key),
        (Value::Array(all), Step::At(at)) if *at < all.len() => Some(all.remove(*at)),
        _ => None,
    };
    let Some(gone) = gone else {
        return Vec::new();
    };
    let mut all = vec![without];
    for less in lessened(&gone) {
        let mut changed = whole.clone();
        if let Some(value) = inside(&mut changed, place) {
            *value = less;
            all.push(changed);
        }
    }
    all
}

fn inside<'a>(whole: &'a mut Value, place: &[Step]) -> Option<&'a mut Value> {
    place.iter().try_fold(whole, |value, step| match step {
        Step::Key(key) => value.get_mut(key.as_str()),
        Step::At(at) => value.get_mut(at),
    })
}

/// Smaller and rounder values in place of this one.
fn lessened(value: &Value) -> Vec<Value> {
    match value {
        Value::Number(number) => {
            let number = number.as_i64().unwrap_or_default();
            [0, 1, number / 2]
                .into_iter()
                .filter(|less| less.abs() < number.abs())
                .map(Value::from)
                .collect()
        }
        Value::String(text) => shorter(text).into_iter().map(Value::from).collect(),
        _ => Vec::new(),
    }
}

/// Half of a span, and a span in whole seconds or milliseconds.
fn shorter(text: &str) -> Vec<String> {
    let Some(Span(nanos)) = Span::parse(text, Unit::Nanos).filter(|span| span.to_string() == text)
    else {
        return Vec::new();
    };
    let round = |unit: Unit| nanos / unit.nanos() * unit.nanos();
    let less = [0, round(Unit::Seconds), round(Unit::Millis), nanos / 2];
    let less = less.into_iter().filter(|less| less.abs() < nanos.abs());
    less.map(|less| Span(less).to_string()).collect()
}
