//! The `whyeof` command: what the page does, scripted, so that every claim can be checked from a shell.
//!
//! Exit status 0: done. 1: the check it was asked for failed. 2: unusable input, with one line that says what, where,
//! and what was expected.

mod args;
mod commands;
mod failure;
mod input;
mod output;

use args::{Args, Command};
use clap::Parser;
use failure::Failure;
use std::process::ExitCode;

fn main() -> ExitCode {
    let args = match Args::try_parse() {
        Ok(args) => args,
        Err(error) => return failure::usage(&error),
    };
    let done = match args.command {
        Command::List(args) => commands::list::list(&args),
        Command::Run(args) => commands::run::run(&args),
        Command::Explain(args) => commands::explain::explain(&args),
        Command::Sweep(args) => commands::sweep::sweep(&args),
        Command::Risk(args) => commands::risk::risk(&args),
        Command::Pair(args) => commands::pair::pair(&args),
        Command::Orders(args) => commands::orders::orders(&args),
        Command::Merge(args) => commands::sweep::merge(&args),
        Command::Link(args) => commands::link::link(&args),
        Command::Pkt(args) => commands::pkt::pkt(&args),
        Command::Verify(args) => commands::verify::verify(&args),
        Command::Open(args) => commands::open::open(&args),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure::Closed) => ExitCode::SUCCESS,
        Err(Failure::Said(status)) => ExitCode::from(status),
        Err(failure) => {
            failure::complain(&failure.to_string());
            failure.status()
        }
    }
}
