//! A part of a sweep as lines of JSON: one that says what was tried, and then one a run, so that files of several machines can be put together.

use crate::{Closer, Ending, Grid, Sweep, SweepRun, run_case};
use serde::{Deserialize, Serialize};
use whyeof_scenario::Scenario;
use whyeof_trace::text::is_unprintable;

/// What these lines are, for those who find a file of them.
const KIND: &str = "whyeof-sweep-1";

/// The first line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    kind: String,
    engine: String,
    /// What was run, for each value.
    pub scenario: Scenario,
    over: Vec<String>,
    seeds: u64,
    runs: usize,
    /// Which of how many parts.
    pub shard: String,
}

impl Header {
    /// Of a part of a sweep; `shard` says of which.
    pub fn new(scenario: &Scenario, over: &[String], grid: &Grid, shard: String) -> Self {
        Self {
            kind: KIND.to_owned(),
            engine: env!("CARGO_PKG_VERSION").to_owned(),
            scenario: scenario.clone(),
            over: over.to_vec(),
            seeds: grid.seeds(),
            runs: grid.runs(),
            shard,
        }
    }

    /// The same sweep as another, whichever part.
    fn is_of_same(&self, other: &Self) -> bool {
        let whole = |header: &Self| Self {
            shard: String::new(),
            ..header.clone()
        };
        whole(self) == whole(other)
    }
}

/// One run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunLine {
    case: usize,
    values: Vec<String>,
    requests: Vec<RequestLine>,
    /// Who had closed the connection before, when the last request got a new one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    closer: Option<String>,
}

/// One request of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct RequestLine {
    outcome: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    failure: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

impl RunLine {
    /// As a line.
    pub fn of(grid: &Grid, run: &SweepRun) -> Self {
        let requests = run.requests.iter();
        let requests = requests.map(|(ending, error)| RequestLine {
            outcome: ending.code().to_owned(),
            failure: ending.failure(),
            error: error.clone(),
        });
        Self {
            case: run.case,
            values: grid.values(&grid.case(run.case)),
            requests: requests.collect(),
            closer: run.closer.map(|closer| closer.code().to_owned()),
        }
    }

    /// The run; `None`: an outcome that this version does not know, or an error that no program prints.
    fn run(self) -> Option<SweepRun> {
        let requests = self.requests.into_iter().map(|request| {
            let ending = Ending::named(&request.outcome, request.failure.as_deref())?;
            // It would be the terminal's to obey.
            let mut letters = request.error.iter().flat_map(|error| error.chars());
            if letters.any(is_unprintable) {
                return None;
            }
            Some((ending, request.error))
        });
        Some(SweepRun {
            case: self.case,
            requests: requests.collect::<Option<_>>()?,
            closer: match self.closer {
                Some(code) => Some(Closer::named(&code)?),
                None => None,
            },
        })
    }
}

/// A sweep that is being put together from its parts. What is refused says what was expected instead.
#[derive(Debug)]
pub struct Merged {
    header: Header,
    grid: Grid,
    runs: Vec<Option<SweepRun>>,
}

impl Merged {
    /// With the header of the first part.
    ///
    /// # Errors
    /// It is none that this version reads.
    pub fn begin(header: Header) -> Result<Self, String> {
        if header.kind != KIND {
            return Err("the first line of `whyeof sweep --shard`".to_owned());
        }
        let grid = Grid::parse(&header.scenario, &header.over, header.seeds)
            .map_err(|error| format!("the first line of a sweep ({error})"))?;
        Ok(Self {
            runs: vec![None; grid.runs()],
            header,
            grid,
        })
    }

    /// The header of another part.
    ///
    /// # Errors
    /// It is of another sweep.
    pub fn goes_on(&self, header: &Header) -> Result<(), String> {
        match self.header.is_of_same(header) {
            true => Ok(()),
            false => Err("a part of the same sweep as the first file".to_owned()),
        }
    }

    /// A run. `again`: it is made once more. A file of another version, or of another scenario, is told by it.
    ///
    /// # Errors
    /// It is none of this sweep, or came to something else.
    pub fn take(&mut self, line: RunLine, again: bool) -> Result<(), String> {
        let case = line.case;
        let fits = case < self.runs.len() && line.values == self.grid.values(&self.grid.case(case));
        if !fits {
            return Err("a case of this sweep".to_owned());
        }
        let known = || "an outcome that this version knows".to_owned();
        let run = line.run().ok_or_else(known)?;
        if again {
            let made = run_case(&self.header.scenario, &self.grid, case)
                .map_err(|invalid| format!("a case that can be run ({invalid})"))?;
            if made != run {
                return Err(format!(
                    "case {case} as this version runs it; was it made by another?"
                ));
            }
        }
        match &self.runs[case] {
            Some(other) if *other != run => Err(format!(
                "case {case} as another file has it; was one made by another version?"
            )),
            _ => {
                self.runs[case] = Some(run);
                Ok(())
            }
        }
    }

    /// How many runs there are to be.
    pub fn all(&self) -> usize {
        self.runs.len()
    }

    /// How many are missing, and the first of them.
    pub fn missing(&self) -> Option<(usize, usize)> {
        let first = self.runs.iter().position(Option::is_none)?;
        let missing = self.runs.iter().filter(|run| run.is_none());
        Some((missing.count(), first))
    }

    /// The sweep as far as it is there, and its header.
    pub fn end(self) -> (Header, Sweep) {
        let sweep = Sweep {
            grid: self.grid,
            runs: self.runs.into_iter().flatten().collect(),
        };
        (self.header, sweep)
    }
}
