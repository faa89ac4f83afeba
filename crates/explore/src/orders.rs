//! What is due at one moment can happen in more than one order. In how many ways can a scenario end?

use crate::allowance::Allowance;
use crate::ending::Ending;
use std::collections::VecDeque;
use whyeof_scenario::{Invalid, Scenario, build};
use whyeof_sim::plan::{Plan, Ties};
use whyeof_sim::world::outcomes;

/// Orders that are tried.
pub const MOST_ORDERS: usize = 64;

/// How a scenario can end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Orders {
    /// Each way once; first the scenario's own.
    pub ways: Vec<Way>,
    /// How many orders were tried.
    pub tried: usize,
    /// Whether those are all there are.
    pub all: bool,
}

/// One way in which a scenario can end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Way {
    /// The first order that leads there: what the scenario's field `ties` has to be.
    pub ties: Vec<u16>,
    /// How each request ends, and the error as the program prints it.
    pub requests: Vec<(Ending, Option<String>)>,
    /// How many of the orders lead there.
    pub orders: usize,
    /// How often each request was executed; with the endings it tells ways apart.
    executed: Vec<u16>,
}

impl Way {
    /// Requests in a row that end alike: the first and the last of them, as people count, and how they end.
    pub fn alike(&self) -> impl Iterator<Item = ([usize; 2], &(Ending, Option<String>))> {
        let mut before = 0;
        self.requests
            .chunk_by(|one, next| one == next)
            .map(move |alike| {
                let first = before + 1;
                before += alike.len();
                ([first, before], &alike[0])
            })
    }
}

/// Tries the orders: first those that differ in one tie, the earliest first, then those in two, and so on.
///
/// # Errors
/// The scenario does not hold.
pub fn orders(scenario: &Scenario) -> Result<Orders, Invalid> {
    let plan = build(scenario)?;
    let allowance = Allowance::default();
    let mut waiting = VecDeque::from([scenario.ties.clone()]);
    let mut found = Orders {
        ways: Vec::new(),
        tried: 0,
        all: true,
    };
    while let Some(choices) = waiting.pop_front() {
        if found.tried == MOST_ORDERS || allowance.is_spent() {
            found.all = false;
            break;
        }
        found.tried += 1;
        let (way, met) = run(&plan, choices, &allowance);
        // Every list of choices has one parent: what it is without its last one.
        let more = met.iter().enumerate().skip(way.ties.len());
        for (at, tied) in more {
            let room = MOST_ORDERS + 1 - waiting.len().min(MOST_ORDERS);
            waiting.extend((1..*tied).take(room).map(|choice| {
                let mut choices = way.ties.clone();
                choices.resize(at, 0);
                choices.push(choice);
                choices
            }));
        }
        let ends = |way: &Way| -> Vec<Ending> { way.requests.iter().map(|(e, _)| *e).collect() };
        let same = |other: &&mut Way| ends(other) == ends(&way) && other.executed == way.executed;
        match found.ways.iter_mut().find(same) {
            Some(known) => known.orders += 1,
            None => found.ways.push(way),
        }
    }
    Ok(found)
}

/// One order, and how many things were due at once in each tie.
fn run(plan: &Plan, ties: Vec<u16>, allowance: &Allowance) -> (Way, Vec<u16>) {
    let (outcomes, world) = outcomes(Plan {
        ties: Ties::Choices(ties.clone()),
        ..plan.clone()
    });
    allowance.take(world.steps());
    let way = Way {
        ties,
        requests: Ending::all(&outcomes, &world),
        orders: 1,
        executed: outcomes.requests.iter().map(|o| o.executed).collect(),
    };
    (way, world.ties_met().to_vec())
}
