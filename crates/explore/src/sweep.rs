//! A sweep: the same scenario for each value of one knob or two, and each of several seeds.
//!
//! A case is run for itself, so that any number of threads, workers or machines can share a sweep: [`run_case`] is the only thing that any
//! of them does.

use crate::edges::{Edge, edges};
use crate::ending::{Closer, Ending};
use crate::grid::Grid;
use whyeof_scenario::{Invalid, Scenario, apply, build_untold};
use whyeof_sim::world::outcomes;

/// One run of a sweep.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SweepRun {
    /// Its number in the grid.
    pub case: usize,
    /// How each request ended, and the error as the program prints it.
    pub requests: Vec<(Ending, Option<String>)>,
    /// Where the last request got a new connection: who had closed the one before.
    pub closer: Option<Closer>,
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

/// A sweep, finished or given up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sweep {
    /// What was tried.
    pub grid: Grid,
    /// The runs, by number.
    pub runs: Vec<SweepRun>,
}

impl SweepRun {
    /// How the run ended as a whole: its first error, else how its last request went.
    pub fn ending(&self) -> Ending {
        let bad = self.requests.iter().map(|(e, _)| *e).find(|e| e.is_bad());
        bad.or_else(|| self.requests.last().map(|(e, _)| *e))
            .unwrap_or(Ending::Unfinished)
    }

    /// How it ended, in short: an ending's code, and then an error in short or who closed first. Runs of which this is the same are drawn
    /// alike.
    pub fn kind(&self) -> String {
        if self.requests.is_empty() {
            return NO_REQUEST.to_owned();
        }
        kind(self.ending(), self.error(), self.closer)
    }

    /// Its first error, as the program prints it.
    pub fn error(&self) -> Option<&str> {
        self.requests.iter().find_map(|(_, error)| error.as_deref())
    }
}

/// See [`SweepRun::kind`].
pub(crate) fn kind(ending: Ending, error: Option<&str>, closer: Option<Closer>) -> String {
    let short = |error: &str| error.rsplit(": ").next().unwrap_or(error).to_owned();
    let more = match ending {
        Ending::Failed(_) => error.map(short),
        Ending::OkNew => closer.map(|closer| closer.code().to_owned()),
        _ => None,
    };
    match more {
        Some(more) => format!("{} {more}", ending.code()),
        None => ending.code().to_owned(),
    }
}

impl Sweep {
    /// Neighbouring values of the only knob with the same ending, by the first seed; none where no request was made, or there are two knobs.
    pub fn windows(&self) -> Vec<Window> {
        let [over] = self.grid.overs() else {
            return Vec::new();
        };
        let mut windows: Vec<Window> = Vec::new();
        for run in &self.runs {
            let case = self.grid.case(run.case);
            // A run without requests has no ending.
            if case.seed != 0 || run.requests.is_empty() {
                continue;
            }
            let (ending, value) = (run.ending(), over.value(case.at[0]));
            match windows.last_mut().filter(|w| w.ending == ending) {
                Some(window) => window.to = value,
                None => windows.push(Window {
                    from: value.clone(),
                    to: value,
                    ending,
                }),
            }
        }
        windows
    }

    /// The same in numbers, as pictures want it.
    pub fn numbered(&self) -> Numbered {
        let mut numbered = Numbered::default();
        for run in &self.runs {
            let kind = numbered.number(run.kind());
            numbered.runs.push(kind);
        }
        numbered
    }

    /// Where one ending turns into another between two values of the first knob, by bisection: see [`edges`].
    ///
    /// # Errors
    /// A value between two that hold does not.
    pub fn edges(&self, scenario: &Scenario) -> Result<Vec<Edge>, Invalid> {
        edges(scenario, &self.grid, &self.numbered())
    }
}

/// What a run is called in which nobody asked for anything.
pub(crate) const NO_REQUEST: &str = "no-request";

/// A sweep in numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Numbered {
    /// The kinds of its runs: see [`SweepRun::kind`].
    pub kinds: Vec<String>,
    /// By its number in the grid, which kind a run is of; others than there are stand for one that was not made.
    pub runs: Vec<u8>,
}

impl Numbered {
    /// More would tell no more, and a number of 8 bits stands for one; the last one stands for all beyond.
    const MOST: usize = 250;

    /// The number of a kind, which joins the others.
    pub fn number(&mut self, kind: String) -> u8 {
        let known = self.kinds.iter().position(|name| *name == kind);
        let at = known.unwrap_or_else(|| {
            if self.kinds.len() < Self::MOST {
                self.kinds.push(kind);
            }
            self.kinds.len() - 1
        });
        u8::try_from(at).unwrap_or(u8::MAX)
    }

    /// The kind of a run, if it was made.
    pub fn kind_of(&self, case: usize) -> Option<&str> {
        let kind = self.kinds.get(usize::from(*self.runs.get(case)?))?;
        Some(kind)
    }
}

/// Runs a sweep, one run after the other. `progress` hears how many runs are done of how many; it returns whether to go on.
///
/// # Errors
/// A knob does not exist, or does not take one of the values.
pub fn sweep(
    scenario: &Scenario,
    grid: Grid,
    mut progress: impl FnMut(usize, usize) -> bool,
) -> Result<Sweep, Invalid> {
    let total = grid.runs();
    let mut runs = Vec::new();
    for case in 0..total {
        runs.push(run_case(scenario, &grid, case)?);
        if !progress(runs.len(), total) {
            break;
        }
    }
    Ok(Sweep { grid, runs })
}

/// Runs one case of a sweep.
///
/// # Errors
/// A knob does not exist, or does not take this value.
pub fn run_case(scenario: &Scenario, grid: &Grid, number: usize) -> Result<SweepRun, Invalid> {
    let case = grid.case(number);
    let values = grid.values(&case);
    ends(scenario, grid, &values, (number, case.seed))
}

/// A scenario with these values of a grid's knobs, as this case and with so much later a seed.
pub(crate) fn ends(
    scenario: &Scenario,
    grid: &Grid,
    values: &[String],
    (case, seed): (usize, u64),
) -> Result<SweepRun, Invalid> {
    let mut edited = scenario.clone();
    let knobs = grid.overs().iter().zip(values);
    apply(
        &mut edited,
        knobs.map(|(over, value)| (over.path.as_str(), value.as_str())),
    )?;
    // Later than its own, which may be what is swept.
    edited.seed = edited.seed.wrapping_add(seed);
    let (outcomes, world) = outcomes(build_untold(&edited)?);
    Ok(SweepRun {
        case,
        requests: Ending::all(&outcomes, &world),
        closer: outcomes.requests.last().and_then(Closer::before),
    })
}
