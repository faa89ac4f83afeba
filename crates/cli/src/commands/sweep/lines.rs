//! A sweep as JSON lines: one that says what was tried, and then one a run, so that files of several machines can be put together.

use super::Shard;
use crate::failure::Failure;
use serde::{Deserialize, Serialize};
use whyeof_explore::{Closer, Ending, Grid, SweepRun};
use whyeof_scenario::Scenario;
use whyeof_trace::text::is_unprintable;

/// What these lines are, for those who find a file of them.
const KIND: &str = "whyeof-sweep-1";

/// The first line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Header {
    pub(super) kind: String,
    pub(super) engine: String,
    pub(super) scenario: serde_json::Value,
    pub(super) over: Vec<String>,
    pub(super) seeds: u64,
    pub(super) runs: usize,
    /// Which of how many parts.
    pub(super) shard: String,
}

impl Header {
    pub(super) fn new(
        scenario: &Scenario,
        over: &[String],
        grid: &Grid,
        shard: Shard,
    ) -> Result<Self, Failure> {
        Ok(Self {
            kind: KIND.to_owned(),
            engine: env!("CARGO_PKG_VERSION").to_owned(),
            scenario: serde_json::from_str(&scenario.to_json()).map_err(Failure::input)?,
            over: over.to_vec(),
            seeds: grid.seeds(),
            runs: grid.runs(),
            shard: shard.to_string(),
        })
    }

    /// Whether it begins lines that this version reads.
    pub(super) fn is_ours(&self) -> bool {
        self.kind == KIND
    }

    /// The same sweep as another, whichever part.
    pub(super) fn is_of_same(&self, other: &Self) -> bool {
        let whole = |header: &Self| Self {
            shard: String::new(),
            ..header.clone()
        };
        whole(self) == whole(other)
    }
}

/// One run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct RunLine {
    pub(super) case: usize,
    pub(super) values: Vec<String>,
    pub(super) requests: Vec<RequestLine>,
    /// Who had closed the connection before, when the last request got a new one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) closer: Option<String>,
}

/// One request of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct RequestLine {
    pub(super) outcome: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) failure: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) error: Option<String>,
}

impl RunLine {
    pub(super) fn of(grid: &Grid, run: &SweepRun) -> Self {
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
    pub(super) fn run(self) -> Option<SweepRun> {
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

/// Runs as lines.
pub(super) fn lines(grid: &Grid, runs: &[SweepRun]) -> Result<String, Failure> {
    runs.iter()
        .map(|run| line(&RunLine::of(grid, run)))
        .collect()
}

/// Anything as one line.
pub(super) fn line(value: &impl Serialize) -> Result<String, Failure> {
    Ok(serde_json::to_string(value).map_err(Failure::input)? + "\n")
}
