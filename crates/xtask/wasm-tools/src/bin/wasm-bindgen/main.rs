//! The `wasm-bindgen` command in the version of the library that the page links, so that the two
//! cannot drift apart. A program that marks what it does without at first is cut there before.

mod census;
mod cut;

use std::ffi::OsString;
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<OsString> = std::env::args_os().collect();
    let bound = cut::cut(arguments).and_then(|arguments| {
        Ok(wasm_bindgen_cli::wasm_bindgen::run_cli_with_args(
            arguments,
        )?)
    });
    match bound {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:?}");
            ExitCode::FAILURE
        }
    }
}
