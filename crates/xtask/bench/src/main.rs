//! `cargo xtask bench`: the same work for whyeof and for smoltcp, in turn; medians, ratios, and whether the answers are right.

mod answers;
mod child;
mod rounds;
mod table;

use clap::Parser;
use std::path::PathBuf;
use std::process::ExitCode;

/// Times whyeof and smoltcp on the same work, in turn.
#[derive(Parser)]
struct Arguments {
    /// How often each does each work.
    #[arg(long, default_value_t = 7)]
    rounds: usize,
    /// Does one work once and says what came out, such as W2/outcomes; for profilers.
    #[arg(long, value_name = "WORK/CONTENDER")]
    once: Option<String>,
    /// Times taken in a browser: a line each of work, first and warm milliseconds, separated by tabs.
    #[arg(long, value_name = "FILE")]
    wasm: Option<PathBuf>,
    /// Writes the tables between their marks in this file.
    #[arg(long, value_name = "FILE")]
    readme: Option<PathBuf>,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let done = match &arguments.once {
        Some(what) => child::once(what),
        None => bench(&arguments),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench: {error}");
            ExitCode::FAILURE
        }
    }
}

fn bench(arguments: &Arguments) -> Result<(), String> {
    let answers = answers::check()?;
    let wasm = match &arguments.wasm {
        Some(file) => rounds::of_browser(file)?,
        None => Vec::new(),
    };
    let native = rounds::timed(arguments.rounds.max(1));
    let costs = child::costs();
    let table = table::markdown(&native, &wasm, &costs, &answers);
    println!("{table}");
    match &arguments.readme {
        Some(file) => table::write(&table, file),
        None => Ok(()),
    }
}
