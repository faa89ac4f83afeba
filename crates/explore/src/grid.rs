//! All cases of a sweep, each with a number: every value of every knob with every seed. A number is all that one machine has to tell
//! another.

use crate::over::{Over, OverError};
use std::fmt;
use whyeof_scenario::fields::fields;
use whyeof_scenario::invalid::shorten;
use whyeof_scenario::{Lang, Scenario, Text};

/// Runs that one sweep may have.
pub const MOST_RUNS: usize = 4_000_000;
/// Runs of each value that one sweep may have.
pub const MOST_SEEDS: u32 = 1_000;
/// Knobs that one sweep may turn.
pub const MOST_KNOBS: usize = 2;

/// What a sweep tries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grid {
    /// One knob or two; the last one turns fastest.
    overs: Vec<Over>,
    seeds: u64,
}

/// One case of a sweep.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case {
    /// Which value of each knob, by position.
    pub at: Vec<usize>,
    /// How far the seed is beyond the scenario's own.
    pub seed: u64,
}

/// Why there is no such sweep.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GridError {
    /// No knob, or more than [`MOST_KNOBS`].
    Knobs(usize),
    /// The same knob twice.
    Twice(String),
    /// More than [`MOST_RUNS`].
    TooMany(u128),
    /// A range that cannot be read, as it is written.
    Over(String, OverError),
}

impl GridError {
    /// What was expected.
    pub fn say(&self, lang: Lang) -> String {
        let (text, found) = match self {
            Self::Knobs(count) => (
                Text::new(
                    "{found} knobs; expected one or two",
                    "有 {found} 个参数，只能一个或两个",
                ),
                count.to_string(),
            ),
            Self::Twice(path) => (
                Text::new(
                    "`{found}` twice; expected two knobs",
                    "`{found}` 写了两次，应为两个不同的参数",
                ),
                path.clone(),
            ),
            Self::TooMany(count) => (
                Text::new(
                    "{found} runs; expected at most {most}",
                    "要跑 {found} 次，最多 {most} 次",
                ),
                count.to_string(),
            ),
            Self::Over(text, error) => {
                let path = text.split('=').next().unwrap_or_default();
                return format!("`{}`: {}", shorten(path), error.say(lang));
            }
        };
        let most = MOST_RUNS.to_string();
        text.fill(lang, &[("found", &found), ("most", &most)])
    }
}

impl fmt::Display for GridError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "--over: {}", self.say(Lang::En))
    }
}

impl std::error::Error for GridError {}

impl Grid {
    /// Every value of every knob with so many seeds, at least one.
    ///
    /// # Errors
    /// Too many knobs or runs, or one knob twice.
    pub fn new(overs: Vec<Over>, seeds: u64) -> Result<Self, GridError> {
        if overs.is_empty() || overs.len() > MOST_KNOBS {
            return Err(GridError::Knobs(overs.len()));
        }
        if let [one, two] = overs.as_slice()
            && one.path == two.path
        {
            return Err(GridError::Twice(one.path.clone()));
        }
        let seeds = seeds.max(1);
        let counts = overs.iter().map(|over| over.count() as u128);
        let runs = counts.product::<u128>() * u128::from(seeds);
        if runs > MOST_RUNS as u128 {
            return Err(GridError::TooMany(runs));
        }
        Ok(Self { overs, seeds })
    }

    /// The same of ranges as they are written, see [`Over::parse`], for the fields of a scenario: where bare numbers are times there, they are
    /// times here.
    ///
    /// # Errors
    /// Those of [`Grid::new`], and of a range.
    pub fn parse(scenario: &Scenario, overs: &[String], seeds: u64) -> Result<Self, GridError> {
        let fields = fields(scenario);
        let read = |text: &String| {
            let path = text.split('=').next().unwrap_or_default().trim();
            let field = fields.iter().find(|field| field.path == path);
            Over::parse_for(text, field.map(|field| field.kind))
                .map_err(|wrong| GridError::Over(text.clone(), wrong))
        };
        let overs: Result<Vec<Over>, GridError> = overs.iter().map(read).collect();
        Self::new(overs?, seeds)
    }

    /// The knobs.
    pub fn overs(&self) -> &[Over] {
        &self.overs
    }

    /// Seeds of each value.
    pub const fn seeds(&self) -> u64 {
        self.seeds
    }

    /// How many runs.
    pub fn runs(&self) -> usize {
        let values = self.overs.iter().map(Over::count).product::<usize>();
        values * usize::try_from(self.seeds).unwrap_or(usize::MAX)
    }

    /// The n-th case: by the first knob, then the second, then the seed.
    pub fn case(&self, n: usize) -> Case {
        let seeds = usize::try_from(self.seeds).unwrap_or(usize::MAX);
        let mut rest = n / seeds;
        let mut at = vec![0; self.overs.len()];
        for (at, over) in at.iter_mut().zip(&self.overs).rev() {
            *at = rest % over.count();
            rest /= over.count();
        }
        Case {
            at,
            seed: (n % seeds) as u64,
        }
    }

    /// The number of the case with these values, by position, and the first seed.
    pub fn first_seed(&self, [first, second]: [usize; 2]) -> usize {
        let rows = self.overs.get(1).map_or(1, Over::count);
        (first * rows + second) * usize::try_from(self.seeds).unwrap_or(usize::MAX)
    }

    /// The values of a case, as texts.
    pub fn values(&self, case: &Case) -> Vec<String> {
        let knobs = self.overs.iter().zip(&case.at);
        knobs.map(|(over, at)| over.value(*at)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grid(overs: &[&str], seeds: u64) -> Result<Grid, GridError> {
        let overs = overs.iter().map(|over| Over::parse(over).expect("a range"));
        Grid::new(overs.collect(), seeds)
    }

    #[test]
    fn every_case_has_a_number() {
        let grid = grid(&["a.b=1..3/1", "c.d=0s..1s/1s"], 2).expect("a grid");
        assert_eq!(grid.runs(), 12);
        let all: Vec<_> = (0..grid.runs()).map(|n| grid.case(n)).collect();
        let said: Vec<_> = all
            .iter()
            .map(|case| format!("{} {}", grid.values(case).join(" "), case.seed))
            .collect();
        assert_eq!(
            said[..5],
            ["1 0s 0", "1 0s 1", "1 1s 0", "1 1s 1", "2 0s 0"]
        );
        assert_eq!(said[11], "3 1s 1");
    }

    #[test]
    fn grids_are_bounded() {
        let too_many = grid(&["a.b=1..10000/1", "c.d=1..10000/1"], 1);
        assert_eq!(too_many, Err(GridError::TooMany(100_000_000)));
        assert_eq!(grid(&[], 1), Err(GridError::Knobs(0)));
        let twice = grid(&["a.b=1..2/1", "a.b=1..2/1"], 1);
        assert_eq!(twice, Err(GridError::Twice("a.b".to_owned())));
        assert_eq!(grid(&["a.b=1..2/1"], 0).map(|grid| grid.seeds()), Ok(1));
    }
}
