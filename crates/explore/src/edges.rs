//! Where one outcome turns into another, found by halving the way between two values until it is no longer than 1 µs.

use crate::ending::Ending;
use crate::grid::Grid;
use crate::over::Over;
use crate::sweep::{NO_REQUEST, Numbered, SweepRun, ends, kind};
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
    fn hidden(&self, grid: &Grid, numbered: &Numbered) -> Option<String> {
        let (ending, error) = &self.to;
        let [column, row] = self.at;
        let after = numbered.kind_of(grid.first_seed([column + 1, row]))?;
        let hides = ending.is_bad() && !after.starts_with("failed");
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
///
/// # Errors
/// A value between two that hold does not.
pub fn edges(scenario: &Scenario, grid: &Grid, numbered: &Numbered) -> Result<Vec<Edge>, Invalid> {
    let first = &grid.overs()[0];
    let second = grid.overs().get(1);
    let mut found = Vec::new();
    for row in 0..second.map_or(1, Over::count) {
        let beside = second.map(|over| over.value(row));
        for column in 1..first.count() {
            let columns = [column - 1, column];
            let cases = columns.map(|column| grid.first_seed([column, row]));
            let [Some(low), Some(high)] = cases.map(|case| numbered.kind_of(case)) else {
                continue;
            };
            if !may_differ(low, high) {
                continue;
            }
            if found.len() >= MOST_EDGES {
                return Ok(found);
            }
            let between = Between {
                scenario,
                grid,
                beside: beside.clone(),
                at: [column - 1, row],
            };
            let low = between.at(first.number(column - 1))?;
            let high = between.at(first.number(column))?;
            between.halve(&low, &high, &mut found)?;
        }
    }
    Ok(found)
}

/// Whether two kinds can be of different endings: those of one code are the same, unless they fail.
fn may_differ(low: &str, high: &str) -> bool {
    let [one, other] = [low, high].map(|kind| kind.split(' ').next());
    let same = one == other && one != Some("failed");
    low != high && !same && ![low, high].contains(&NO_REQUEST)
}

/// What fails between two values that do not: behind which value of the first knob, beside which of the second, and the number of its kind,
/// which joins the others.
pub fn hidden(edges: &[Edge], grid: &Grid, numbered: &mut Numbered) -> Vec<(usize, usize, u8)> {
    let mut all = Vec::new();
    for edge in edges {
        if let Some(kind) = edge.hidden(grid, numbered) {
            let [column, row] = edge.at;
            all.push((column, row, numbered.number(kind)));
        }
    }
    all
}

/// The values of the first knob beside one of the second.
struct Between<'a> {
    scenario: &'a Scenario,
    grid: &'a Grid,
    beside: Option<String>,
    at: [usize; 2],
}

impl Between<'_> {
    fn halve(&self, low: &Point, high: &Point, found: &mut Vec<Edge>) -> Result<(), Invalid> {
        if low.ends.0 == high.ends.0 || found.len() >= MOST_EDGES {
            return Ok(());
        }
        let over = &self.grid.overs()[0];
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
        let grid = self.grid;
        let values = [Some(grid.overs()[0].text(number)), self.beside.clone()];
        let values: Vec<String> = values.into_iter().flatten().collect();
        let run = ends(self.scenario, grid, &values, (0, 0))?;
        Ok(Point::of(number, &run))
    }
}
