//! A sweep: the same scenario for each value of a knob and each of several seeds.

use crate::over::Over;
use crate::probe::Ending;
use whyeof_scenario::{Invalid, Scenario, build, set};
use whyeof_sim::world::outcomes;

/// One run of a sweep.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SweepRun {
    /// The knob's value.
    pub value: String,
    /// The seed.
    pub seed: u64,
    /// How each request ended, and the error as the program prints it.
    pub requests: Vec<(Ending, Option<String>)>,
}

/// Neighbouring values with the same ending.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Window {
    /// First value.
    pub from: String,
    /// Last value.
    pub to: String,
    /// The ending.
    pub ending: Ending,
}

/// A finished sweep.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sweep {
    /// What was varied.
    pub over: Over,
    /// The runs, by value and then by seed.
    pub runs: Vec<SweepRun>,
}

impl SweepRun {
    /// How the run ended as a whole: its first error, else how its last request went.
    pub fn ending(&self) -> Ending {
        let bad = self.requests.iter().map(|(e, _)| *e).find(|e| e.is_bad());
        bad.or_else(|| self.requests.last().map(|(e, _)| *e))
            .unwrap_or(Ending::Unfinished)
    }
}

impl Sweep {
    /// Neighbouring values with the same ending, by the first seed; none where no request was made.
    pub fn windows(&self) -> Vec<Window> {
        let mut windows: Vec<Window> = Vec::new();
        let first = self.runs.first().map(|r| r.seed);
        // A run without requests has no ending.
        let asked = |run: &&SweepRun| Some(run.seed) == first && !run.requests.is_empty();
        for run in self.runs.iter().filter(asked) {
            let ending = run.ending();
            match windows.last_mut().filter(|w| w.ending == ending) {
                Some(window) => window.to.clone_from(&run.value),
                None => windows.push(Window {
                    from: run.value.clone(),
                    to: run.value.clone(),
                    ending,
                }),
            }
        }
        windows
    }
}

/// Runs a sweep. `progress` hears how many runs are done of how many; it returns whether to go on.
///
/// # Errors
/// The knob does not exist, or does not take one of the values.
pub fn sweep(
    scenario: &Scenario,
    over: Over,
    seeds: u64,
    mut progress: impl FnMut(usize, usize) -> bool,
) -> Result<Sweep, Invalid> {
    let seeds = seeds.max(1);
    let total = over
        .values
        .len()
        .saturating_mul(usize::try_from(seeds).unwrap_or(usize::MAX));
    let mut runs = Vec::new();
    for value in &over.values {
        let mut edited = scenario.clone();
        set(&mut edited, &over.path, value)?;
        for seed in 0..seeds {
            edited.seed = scenario.seed.wrapping_add(seed);
            let (outcomes, world) = outcomes(build(&edited)?);
            let requests = outcomes.requests.iter();
            let requests = requests.map(|o| {
                (
                    Ending::of(o),
                    o.failure.map(|(_, text)| world.text(text).to_owned()),
                )
            });
            runs.push(SweepRun {
                value: value.clone(),
                seed: edited.seed,
                requests: requests.collect(),
            });
            if !progress(runs.len(), total) {
                return Ok(Sweep { over, runs });
            }
        }
    }
    Ok(Sweep { over, runs })
}
