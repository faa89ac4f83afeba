//! The outcome strip: 201 runs around this run's gap, so that one sees how close to the edge it was.

use crate::ending::Ending;
use crate::probe::{Begun, Probe};
use crate::proof::prove;
use std::time::Duration;
use whyeof_scenario::{Invalid, Scenario};

/// Runs in a strip: odd, so that this run's gap is one of them.
pub const RUNS: u32 = 201;

/// Half of what a strip shows at least: the window of two programs on one machine is some 150 µs wide.
const LEAST_HALF: Duration = Duration::from_millis(1);

/// The gaps of a strip.
#[derive(Clone, Debug)]
pub struct Strip {
    /// The question, and the beginning of all its runs.
    pub begun: Begun,
    /// First gap.
    pub from: Duration,
    /// From one gap to the next.
    pub step: Duration,
    /// How many.
    pub count: u32,
}

/// One run of a strip.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StripPoint {
    /// The gap.
    pub gap: Duration,
    /// How it ended.
    pub ending: Ending,
    /// The error.
    pub error: Option<String>,
}

impl Strip {
    /// The strip for a scenario: around this run's gap if that is where it goes wrong, else around the first gap at which
    /// it would; around this run's gap again if no gap is dangerous. It is wide enough to show a whole window, which is one
    /// round trip and a little more, with both its edges; where all of that ends alike, it goes from no gap to twice this one.
    ///
    /// # Errors
    /// The scenario does not hold.
    pub fn of(scenario: &Scenario, probe: Probe) -> Result<Self, Invalid> {
        let half = LEAST_HALF.max(probe.rtt() * 3 / 2);
        let here = probe.run(probe.gap).ending;
        let mut centre = probe.gap;
        if !here.is_bad() && here != Ending::OkRetried {
            let proof = prove(scenario, &probe)?;
            let first = proof.fails_at.map(|(gap, _)| gap).or(proof.replays_at);
            centre = first.map_or(centre, |gap| gap + probe.rtt() / 2);
        }
        let from = centre.saturating_sub(half);
        let mut strip = Self {
            from,
            step: half * 2 / (RUNS - 1),
            count: RUNS,
            begun: Begun::new(probe),
        };
        // A strip of one colour says nothing: what turns does so far from here, as where a box forgets after minutes.
        if strip.is_alike() {
            strip.step = centre.max(half) * 2 / (RUNS - 1);
            strip.from = centre.saturating_sub(strip.step * (RUNS / 2));
        }
        Ok(strip)
    }

    /// Whether its ends and its middle come to the same.
    fn is_alike(&mut self) -> bool {
        let [first, middle, last] = [0, self.count / 2, self.count - 1].map(|n| {
            let run = self.run(n);
            (run.ending, run.error)
        });
        first == middle && middle == last
    }

    /// The gap of the n-th run.
    pub fn gap(&self, n: u32) -> Duration {
        self.from + self.step * n
    }

    /// The n-th run.
    pub fn run(&mut self, n: u32) -> StripPoint {
        let gap = self.gap(n);
        let run = self.begun.run(gap);
        StripPoint {
            gap,
            ending: run.ending,
            error: run.error,
        }
    }
}
