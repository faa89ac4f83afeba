//! A sweep as JSON lines.

use crate::failure::Failure;
use serde::Serialize;
use whyeof_explore::merge::RunLine;
use whyeof_explore::{Grid, SweepRun};

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
