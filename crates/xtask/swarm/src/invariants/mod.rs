//! What must hold of every run, each in a file of its own.

mod bounds;
mod copies;
mod drawn;
pub mod laws;
pub mod order;
pub mod outcomes;
mod promises;
mod requests;
mod shared;
mod told;

use crate::{Seen, draw};
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use whyeof_scenario::Scenario;

/// Something that must hold of every run.
#[derive(Debug)]
pub struct Invariant {
    /// Its name, a few words.
    pub name: &'static str,
    /// It is looked at in one run of so many.
    pub every: u64,
    /// What is wrong, if anything is.
    pub holds: fn(&Seen) -> Result<(), String>,
}

/// All of them.
pub static ALL: [Invariant; 12] = [
    order::INVARIANT,
    requests::INVARIANT,
    laws::INVARIANT,
    promises::INVARIANT,
    bounds::INVARIANT,
    told::INVARIANT,
    copies::AGAIN,
    copies::HALF_WAY,
    outcomes::INVARIANT,
    shared::JSON,
    shared::LINK,
    drawn::INVARIANT,
];

/// An invariant that does not hold, and what is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// Its name.
    pub invariant: &'static str,
    /// In words.
    pub what: String,
}

impl Broken {
    /// Whether both are about the same, in whatever records and of whichever request.
    pub fn is_like(&self, other: &Self) -> bool {
        let kind = |what: &str| -> String {
            let before = what.split(['"', '{', '/']).next().unwrap_or_default();
            before.chars().filter(|c| !c.is_ascii_digit()).collect()
        };
        self.invariant == other.invariant && kind(&self.what) == kind(&other.what)
    }
}

/// The scenario can be drawn, be run and be told without a panic.
const RUNS: &str = "it runs to its end";

/// Looks at the run of a number.
///
/// # Errors
/// The first invariant that does not hold.
pub fn check(seed: u64) -> Result<Seen, Broken> {
    let scenario = unwound(RUNS, || Ok(draw::scenario(seed)))?;
    let seen = seen(scenario)?;
    hold(&seen, |invariant| seed.is_multiple_of(invariant.every))?;
    Ok(seen)
}

/// Looks at the run of a scenario: whether all of them hold.
///
/// # Errors
/// The first one that does not.
pub fn check_all(scenario: Scenario) -> Result<(), Broken> {
    hold(&seen(scenario)?, |_| true)
}

/// Looks at the run of a scenario: whether this invariant holds.
///
/// # Errors
/// It does not, or it cannot be told.
pub fn check_one(scenario: Scenario, name: &str) -> Result<(), Broken> {
    hold(&seen(scenario)?, |invariant| invariant.name == name)
}

fn hold(seen: &Seen, is_looked_at: impl Fn(&Invariant) -> bool) -> Result<(), Broken> {
    for invariant in ALL.iter().filter(|it| is_looked_at(it)) {
        unwound(invariant.name, || (invariant.holds)(seen))?;
    }
    Ok(())
}

fn seen(scenario: Scenario) -> Result<Seen, Broken> {
    unwound(RUNS, || {
        Seen::of(scenario).map_err(|invalid| format!("drawn, and refused: {invalid}"))
    })
}

/// What comes of it; a panic is something that does not hold.
fn unwound<T>(
    invariant: &'static str,
    what: impl FnOnce() -> Result<T, String>,
) -> Result<T, Broken> {
    let done = catch_unwind(AssertUnwindSafe(what));
    let done = done.unwrap_or_else(|panic| Err(format!("panicked: {}", message(&*panic))));
    done.map_err(|what| Broken { invariant, what })
}

fn message(panic: &(dyn Any + Send)) -> &str {
    match (panic.downcast_ref::<String>(), panic.downcast_ref::<&str>()) {
        (Some(text), _) => text,
        (_, Some(text)) => text,
        _ => "without a word",
    }
}

/// An error unless it holds.
fn law(holds: bool, what: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(what()) }
}
