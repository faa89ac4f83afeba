//! How often a scenario's own traffic comes to harm, counted: where several connections decide at once, gaps alone do not tell.

use crate::ending::Ending;
use crate::odds::a_day;
use crate::probe::Probe;
use std::time::Duration;
use whyeof_sim::world::outcomes;

/// Requests of the series in each run.
const REQUESTS: u32 = 500;
/// Runs, each with a seed of its own.
pub(crate) const SEEDS: u32 = 4;

/// What was counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counted {
    /// Requests of the series, in all runs.
    pub requests: u32,
    /// How many of them ended in an error,
    pub failed: u32,
    /// and how many went well only because a runtime sent them again by itself.
    pub twice: u32,
    /// From one request to the next, on average.
    pub every: Duration,
}

impl Counted {
    /// Requests a day of such a series.
    pub fn a_day(&self) -> f64 {
        a_day(self.every)
    }
}

/// Counts a probe's own series; `None`: its requests stand at given times, or none was made.
pub(crate) fn counted(probe: &Probe) -> Option<Counted> {
    let mut sum = Counted {
        requests: 0,
        failed: 0,
        twice: 0,
        every: Duration::ZERO,
    };
    let mut lasted = Duration::ZERO;
    for seed in 0..SEEDS {
        let (outcomes, world) = outcomes(probe.series(REQUESTS, seed)?);
        let mine = probe.asked_in(&outcomes.requests, &world);
        let (first, last) = mine.first().zip(mine.last())?;
        lasted += last.started.since(first.started);
        for outcome in &mine {
            let ending = Ending::of(outcome);
            sum.requests += 1;
            sum.failed += u32::from(ending.is_bad());
            sum.twice += u32::from(ending == Ending::OkRetried);
        }
    }
    sum.every = lasted.checked_div(sum.requests.checked_sub(SEEDS)?)?;
    Some(sum)
}
