//! Running other programs: what is said before, the time it took, and the error when it did not
//! work.

use crate::{Result, layout};
use std::env;
use std::process::Command;
use std::time::Instant;

/// Runs `command` in the open: its output is the progress.
pub(crate) fn run(what: &str, command: &mut Command) -> Result {
    say(what);
    let start = Instant::now();
    let status = command.status().map_err(|e| not_started(command, &e))?;
    if !status.success() {
        return Err(format!("{what}: failed ({status}): {}", words(command)));
    }
    eprintln!("   {:.1} s", start.elapsed().as_secs_f64());
    Ok(())
}

/// What `command` prints, without the space around it; `None` if it cannot be run or fails.
pub(crate) fn output(command: &mut Command) -> Option<String> {
    let output = command.output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    output.status.success().then_some(text)
}

/// The cargo that runs us, in the workspace's folder.
pub(crate) fn cargo() -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(layout::root());
    command
}

/// A line of our own among the output of others.
pub(crate) fn say(what: &str) {
    eprintln!("\n== {what}");
}

/// The sentence for a program that is not there.
pub(crate) fn not_started(command: &Command, error: &std::io::Error) -> String {
    format!(
        "cannot start {}: {error}",
        command.get_program().to_string_lossy()
    )
}

fn words(command: &Command) -> String {
    let program = command.get_program().to_string_lossy();
    let arguments = command.get_args().map(|a| a.to_string_lossy());
    std::iter::once(program)
        .chain(arguments)
        .collect::<Vec<_>>()
        .join(" ")
}
