//! The `wasm-bindgen` command in the version of the library that the page links, so that the two
//! cannot drift apart. A program that marks what it does without at first is cut there before; what is
//! published has short names after it.

mod census;
mod cut;
mod shorten;

use crate::cut::{Command, Result};
use std::ffi::OsString;
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<OsString> = std::env::args_os().collect();
    match bind(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:?}");
            ExitCode::FAILURE
        }
    }
}

fn bind(arguments: Vec<OsString>) -> Result<()> {
    let published = Command::of(&arguments).filter(Command::is_published);
    wasm_bindgen_cli::wasm_bindgen::run_cli_with_args(cut::cut(arguments)?)?;
    match published {
        Some(command) => shorten::shorten(&command.folder, &command.name),
        None => Ok(()),
    }
}
