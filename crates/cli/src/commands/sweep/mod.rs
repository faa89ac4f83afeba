//! `whyeof sweep`: a scenario for every value of a knob or two; `whyeof merge`: the shards of one, put together.

mod csv;
mod json;
mod lines;
mod merge;
mod picture;
mod shard;
mod text;

pub(crate) use merge::merge;
pub(crate) use shard::Shard;

use crate::args::{SweepArgs, SweepFormat};
use crate::failure::Failure;
use crate::input;
use crate::output::{print, print_json};
use rayon::prelude::*;
use std::io::IsTerminal;
use whyeof_explore::merge::Header;
use whyeof_explore::{Grid, Sweep, SweepRun, run_case};
use whyeof_scenario::{Invalid, Scenario};

/// Runs between two looks at how far it is: on many cores a fraction of a second.
const BATCH: usize = 4_096;

pub(crate) fn sweep(args: &SweepArgs) -> Result<(), Failure> {
    let scenario = input::scenario(&args.scenario)?;
    let grid = Grid::parse(&scenario, &args.over, args.seeds).map_err(Failure::input)?;
    // A knob that does not exist is told before anything is printed.
    run_case(&scenario, &grid, 0).map_err(Failure::input)?;
    let format = match args.shard {
        // Its numbers are all that another machine has of it.
        Some(_) => SweepFormat::Lines,
        None => args.format,
    };
    let shard = args.shard.unwrap_or(Shard::WHOLE);
    if format == SweepFormat::Lines {
        let header = Header::new(&scenario, &args.over, &grid, shard.to_string());
        print(&lines::line(&header)?)?;
        return run_all(&scenario, &grid, shard, |runs| {
            print(&lines::lines(&grid, &runs)?)
        });
    }
    let mut runs = Vec::new();
    run_all(&scenario, &grid, shard, |batch| {
        runs.extend(batch);
        Ok(())
    })?;
    show(&scenario, &Sweep { grid, runs }, format)
}

/// Prints a finished sweep.
fn show(scenario: &Scenario, sweep: &Sweep, format: SweepFormat) -> Result<(), Failure> {
    let edges = || sweep.edges(scenario).map_err(Failure::input);
    match format {
        SweepFormat::Text => print(&text::text(sweep, &edges()?)),
        SweepFormat::Csv => print(&csv::csv(sweep)),
        SweepFormat::Json => print_json(&json::json(sweep, &edges()?)),
        SweepFormat::Lines => print(&lines::lines(&sweep.grid, &sweep.runs)?),
        SweepFormat::Svg => print(&picture::svg(sweep, &edges()?)),
    }
}

/// Runs the cases of a shard on all cores and hands them over in order, batch by batch.
fn run_all(
    scenario: &Scenario,
    grid: &Grid,
    shard: Shard,
    mut hand_over: impl FnMut(Vec<SweepRun>) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let cases: Vec<usize> = shard.cases(grid.runs()).collect();
    let mut done = 0;
    for batch in cases.chunks(BATCH) {
        let runs = batch.par_iter().map(|case| run_case(scenario, grid, *case));
        let runs: Result<Vec<SweepRun>, Invalid> = runs.collect();
        hand_over(runs.map_err(Failure::input)?)?;
        done += batch.len();
        progress(done, cases.len());
    }
    Ok(())
}

/// Long sweeps say how far they are, where somebody is looking.
fn progress(done: usize, total: usize) {
    if total > BATCH && std::io::stderr().is_terminal() {
        let end = if done == total { "\n" } else { "" };
        eprint!("\r{done} of {total} runs{end}");
    }
}
