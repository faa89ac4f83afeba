//! Where one outcome turns into another, found by halving the way between two values until it is no longer than 1 µs.

use crate::ending::{Closer, Ending};
use crate::grid::Grid;
use crate::over::Over;
use crate::sweep::{NO_REQUEST, Numbered, SweepRun, ends, kind};
use whyeof_scenario::{Invalid, Scenario};

/// Edges that one sweep looks for along each knob; in a thicket of outcomes more would tell no more.
pub const MOST_EDGES: usize = 256;

/// Two values next to each other that end differently.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edge {
    /// Along which knob it is found, by position.
    pub along: usize,
    /// The values that it lies behind, of that knob, and beside, of the other one, by position: the first knob's first.
    pub at: [usize; 2],
    /// The value of the other knob, if there is one.
    pub beside: Option<String>,
    /// The last value with the first ending,
    pub below: String,
    /// and the first with the second: at most 1 µs more, or the next whole one, or of a list the next one.
    pub above: String,
    /// How it ends at and below the first,
    pub from: End,
    /// and how at and above the second.
    pub to: End,
    /// Whether the search along its knob ended with it, and there are more.
    pub more: bool,
}

/// How the run of one value ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct End {
    /// As a whole.
    pub ending: Ending,
    /// The error, as the program prints it.
    pub error: Option<String>,
    /// Where it ends on a new connection: who had closed the one before.
    pub closer: Option<Closer>,
}

impl End {
    fn of(run: &SweepRun) -> Self {
        Self {
            ending: run.ending(),
            error: run.error().map(str::to_owned),
            closer: run.closer.filter(|_| run.ending() == Ending::OkNew),
        }
    }

    /// As [`SweepRun::kind`].
    fn kind(&self) -> String {
        kind(self.ending, self.error.as_deref(), self.closer)
    }
}

/// What fails between two values of a sweep that both do not, which a picture of the values alone would not show: [`Edge::along`],
/// [`Edge::at`], and the number of its kind.
pub type Hidden = (usize, [usize; 2], u8);

/// Whether the search along a knob ended before all edges were found.
pub fn stopped(edges: &[Edge]) -> bool {
    edges.iter().any(|edge| edge.more)
}

/// The values of all knobs in their order: one of the knob at this position, and one of the other, if there is one.
pub fn values(along: usize, value: &str, beside: Option<&str>) -> Vec<String> {
    let mut values: Vec<String> = beside.into_iter().map(str::to_owned).collect();
    values.insert(along.min(values.len()), value.to_owned());
    values
}

impl Edge {
    /// What fails between two values of a sweep that both do not, if this is where that begins: the kind of what fails, as
    /// [`SweepRun::kind`] says it.
    fn hidden(&self, grid: &Grid, numbered: &Numbered) -> Option<String> {
        let mut next = self.at;
        next[self.along] += 1;
        let after = numbered.kind_of(grid.first_seed(next))?;
        let hides = self.to.ending.is_bad() && !after.starts_with("failed");
        hides.then(|| self.to.kind())
    }
}

/// A value, and how it ends.
struct Point {
    number: i64,
    end: End,
    kind: String,
}

impl Point {
    fn of(number: i64, run: &SweepRun) -> Self {
        let end = End::of(run);
        let kind = end.kind();
        Self { number, end, kind }
    }
}

/// Every edge between neighbouring values of a sweep's knobs that end differently, by the first seed: along the first one for each value of the
/// second, then along the second for each of the first; what shows up between two of them, too.
///
/// # Errors
/// A value between two that hold does not.
pub fn edges(scenario: &Scenario, grid: &Grid, numbered: &Numbered) -> Result<Vec<Edge>, Invalid> {
    let mut all = Vec::new();
    for along in 0..grid.overs().len() {
        let mut found = Vec::new();
        let lines = Lines {
            scenario,
            grid,
            along,
        };
        let others = grid.overs().get(1 - along).map_or(1, Over::count);
        for other in 0..others {
            lines.edges(other, numbered, &mut found)?;
        }
        // One more than are told was looked for.
        if found.len() > MOST_EDGES {
            found.truncate(MOST_EDGES);
            found[MOST_EDGES - 1].more = true;
        }
        all.append(&mut found);
    }
    Ok(all)
}

/// What fails between two values that do not; the numbers of its kinds join the others.
pub fn hidden(edges: &[Edge], grid: &Grid, numbered: &mut Numbered) -> Vec<Hidden> {
    let mut all = Vec::new();
    for edge in edges {
        if let Some(kind) = edge.hidden(grid, numbered) {
            all.push((edge.along, edge.at, numbered.number(kind)));
        }
    }
    all
}

/// The values of one knob, beside each of the other.
struct Lines<'a> {
    scenario: &'a Scenario,
    grid: &'a Grid,
    along: usize,
}

impl Lines<'_> {
    fn over(&self) -> &Over {
        &self.grid.overs()[self.along]
    }

    /// The edges beside one value of the other knob.
    fn edges(
        &self,
        other: usize,
        numbered: &Numbered,
        found: &mut Vec<Edge>,
    ) -> Result<(), Invalid> {
        let beside = self.grid.overs().get(1 - self.along);
        let beside = beside.map(|over| over.value(other));
        for behind in 1..self.over().count() {
            let [low, high] = [behind - 1, behind].map(|n| {
                let mut at = [n, other];
                if self.along == 1 {
                    at.reverse();
                }
                (n, at)
            });
            let kinds = [low, high].map(|(_, at)| numbered.kind_of(self.grid.first_seed(at)));
            let [Some(one), Some(two)] = kinds else {
                continue;
            };
            if one == two || [one, two].contains(&NO_REQUEST) {
                continue;
            }
            if found.len() > MOST_EDGES {
                break;
            }
            let between = Between {
                lines: self,
                beside: beside.clone(),
                at: low.1,
            };
            let low = between.at(self.over().number(low.0))?;
            let high = between.at(self.over().number(high.0))?;
            between.halve(&low, &high, found)?;
        }
        Ok(())
    }
}

/// Two values of a knob next to each other.
struct Between<'a> {
    lines: &'a Lines<'a>,
    beside: Option<String>,
    at: [usize; 2],
}

impl Between<'_> {
    fn halve(&self, low: &Point, high: &Point, found: &mut Vec<Edge>) -> Result<(), Invalid> {
        if low.kind == high.kind || found.len() > MOST_EDGES {
            return Ok(());
        }
        let over = self.lines.over();
        if low.number.abs_diff(high.number) <= over.finest() {
            found.push(self.edge(low, high));
            return Ok(());
        }
        let middle = self.at(i64::midpoint(low.number, high.number))?;
        self.halve(low, &middle, found)?;
        self.halve(&middle, high, found)
    }

    fn edge(&self, low: &Point, high: &Point) -> Edge {
        let over = self.lines.over();
        Edge {
            along: self.lines.along,
            at: self.at,
            beside: self.beside.clone(),
            below: over.text(low.number),
            above: over.text(high.number),
            from: low.end.clone(),
            to: high.end.clone(),
            more: false,
        }
    }

    fn at(&self, number: i64) -> Result<Point, Invalid> {
        let Lines {
            scenario,
            grid,
            along,
        } = *self.lines;
        let value = self.lines.over().text(number);
        let values = values(along, &value, self.beside.as_deref());
        let run = ends(scenario, grid, &values, (0, 0))?;
        Ok(Point::of(number, &run))
    }
}
