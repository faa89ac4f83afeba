//! Where one outcome turns into another, found by halving the way between two values until it is no longer than 1 µs.

use crate::ending::Ending;
use crate::over::Over;
use crate::sweep::{Sweep, SweepRun, ends, kind};
use whyeof_scenario::{Invalid, Scenario};

/// Edges that one sweep looks for; in a thicket of outcomes more would tell no more.
const MOST_EDGES: usize = 256;

/// Two values next to each other that end differently.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edge {
    /// It lies behind this value of the first knob, by position, and beside this one of the second.
    pub at: [usize; 2],
    /// The value of the second knob, if there is one.
    pub beside: Option<String>,
    /// The last value with the first ending,
    pub below: String,
    /// and the first with the second: at most 1 µs more, or the next whole one.
    pub above: String,
    /// How it ends at and below the first, and the error as the program prints it,
    pub from: (Ending, Option<String>),
    /// and how at and above the second.
    pub to: (Ending, Option<String>),
}

impl Edge {
    /// What fails between two values of a sweep that both do not, if this is where that begins: the kind of what fails, as
    /// [`SweepRun::kind`] says it. A picture of the values alone would not show it.
    pub fn hidden(&self, sweep: &Sweep) -> Option<String> {
        let (ending, error) = &self.to;
        let seeds = usize::try_from(sweep.grid.seeds()).unwrap_or(usize::MAX);
        let rows = sweep.grid.overs().get(1).map_or(1, Over::count);
        let [column, row] = self.at;
        let after = sweep.runs.get(((column + 1) * rows + row) * seeds)?;
        let hides = ending.is_bad() && !after.ending().is_bad();
        hides.then(|| kind(*ending, error.as_deref(), None))
    }
}

/// A value, and how it ends.
struct Point {
    number: i64,
    ends: (Ending, Option<String>),
}

impl Point {
    fn of(number: i64, run: &SweepRun) -> Self {
        let error = run.error().map(str::to_owned);
        Self {
            number,
            ends: (run.ending(), error),
        }
    }
}

/// Every edge between neighbouring values of a sweep's first knob that end differently, by the first seed, for each value of the second; what
/// shows up between two of them, too.
pub(crate) fn edges(scenario: &Scenario, sweep: &Sweep) -> Result<Vec<Edge>, Invalid> {
    let first = &sweep.grid.overs()[0];
    let second = sweep.grid.overs().get(1);
    // A row for each value of the second knob; one where there is none.
    let mut rows: Vec<Vec<Point>> = Vec::new();
    rows.resize_with(second.map_or(1, Over::count), Vec::new);
    for run in &sweep.runs {
        let case = sweep.grid.case(run.case);
        if case.seed == 0 && !run.requests.is_empty() {
            let row = case.at.get(1).copied().unwrap_or(0);
            rows[row].push(Point::of(first.number(case.at[0]), run));
        }
    }
    let mut found = Vec::new();
    for (at, row) in rows.into_iter().enumerate() {
        let beside = second.map(|over| over.value(at));
        let mut between = Between {
            scenario,
            sweep,
            beside,
            at: [0, at],
        };
        for pair in row.windows(2) {
            between.halve(&pair[0], &pair[1], &mut found)?;
            between.at[0] += 1;
        }
    }
    Ok(found)
}

/// The values of the first knob beside one of the second.
struct Between<'a> {
    scenario: &'a Scenario,
    sweep: &'a Sweep,
    beside: Option<String>,
    at: [usize; 2],
}

impl Between<'_> {
    fn halve(&self, low: &Point, high: &Point, found: &mut Vec<Edge>) -> Result<(), Invalid> {
        if low.ends.0 == high.ends.0 || found.len() >= MOST_EDGES {
            return Ok(());
        }
        let over = &self.sweep.grid.overs()[0];
        if low.number.abs_diff(high.number) <= over.finest() {
            found.push(Edge {
                at: self.at,
                beside: self.beside.clone(),
                below: over.text(low.number),
                above: over.text(high.number),
                from: low.ends.clone(),
                to: high.ends.clone(),
            });
            return Ok(());
        }
        let middle = self.at(i64::midpoint(low.number, high.number))?;
        self.halve(low, &middle, found)?;
        self.halve(&middle, high, found)
    }

    fn at(&self, number: i64) -> Result<Point, Invalid> {
        let grid = &self.sweep.grid;
        let values = [Some(grid.overs()[0].text(number)), self.beside.clone()];
        let values: Vec<String> = values.into_iter().flatten().collect();
        let run = ends(self.scenario, grid, &values, (0, 0))?;
        Ok(Point::of(number, &run))
    }
}
