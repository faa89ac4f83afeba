//! How often traffic comes to harm, counted in runs of it: where several connections decide at once, gaps alone do not tell.

use crate::ending::Ending;
use crate::odds::{Traffic, a_day};
use crate::probe::Probe;
use crate::risk::Harm;
use std::time::Duration;
use whyeof_sim::world::outcomes;

/// Runs at least, each with a seed of its own,
const FEWEST: u32 = 4;
/// and at most: as many as it takes to see enough.
const MOST: u32 = 40;
/// Requests that came to harm, of which one knows how many of all they are, give or take a tenth.
const ENOUGH: u32 = 100;
/// Events of all runs together, about.
const STEPS: u64 = 4_000_000;

/// What was counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counted {
    /// Runs, each with a seed of its own.
    pub runs: u32,
    /// Requests of the row, in all runs.
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

    /// How many came to this harm.
    pub const fn harmed(&self, harm: Harm) -> u32 {
        match harm {
            Harm::Fails => self.failed,
            Harm::Replays => self.twice,
        }
    }

    /// The share of requests that came to this harm, from 0 to 1.
    pub fn share(&self, harm: Harm) -> f64 {
        f64::from(self.harmed(harm)) / f64::from(self.requests.max(1))
    }

    /// Whether what was counted may well come of a share of so much.
    pub(crate) fn bears_out(&self, harm: Harm, share: f64) -> bool {
        /// Standard deviations that chance goes beyond in one of 200 cases.
        const SELDOM: f64 = 2.8;
        let expected = share * f64::from(self.requests);
        // The first request of a run comes behind none.
        let first = share * f64::from(self.runs);
        let spread = (expected * (1.0 - share)).max(first).sqrt();
        (f64::from(self.harmed(harm)) - expected).abs() <= SELDOM * spread + first
    }
}

/// Counts a probe's traffic; `None`: no two of its requests ended.
pub(crate) fn counted(probe: &Probe, traffic: &Traffic) -> Option<Counted> {
    let mut sum = Counted {
        runs: 0,
        requests: 0,
        failed: 0,
        twice: 0,
        every: Duration::ZERO,
    };
    let (mut lasted, mut steps) = (Duration::ZERO, 0);
    while sum.runs < FEWEST || sum.runs < MOST && sum.failed + sum.twice < ENOUGH && steps < STEPS {
        let (outcomes, world) = outcomes(probe.day(traffic, sum.runs)?);
        let mine = probe.asked_in(&outcomes.requests, &world);
        let (first, last) = mine.first().zip(mine.last())?;
        lasted += last.started.since(first.started);
        steps += world.steps();
        for outcome in &mine {
            let ending = Ending::of(outcome);
            sum.requests += 1;
            sum.failed += u32::from(ending.is_bad());
            sum.twice += u32::from(ending == Ending::OkRetried);
        }
        sum.runs += 1;
    }
    sum.every = lasted.checked_div(sum.requests.checked_sub(sum.runs)?)?;
    Some(sum)
}
