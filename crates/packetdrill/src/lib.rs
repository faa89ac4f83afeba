//! Plays scripts in packetdrill's notation against one end of a connection, and says line by line where it differs.
//!
//! A script is what the other end and the program do (`<` segments, socket calls) and what must come of it (`>` segments,
//! results). What of packetdrill's language is read is said in [`parse`](mod@parse); whatever lies outside is refused by name
//! and line, because a script that is half understood proves nothing. One connection a script.
//!
//! Compared is as packetdrill does it: times within a tolerance; of an outbound segment flags, numbers, and options unless
//! they are `<...>`; one that is larger than the MSS may be a run of segments. Segments after the last outbound line are not
//! looked at. Three options are ours: `--hz=ideal` (timers fire when they were asked to, and all times are exact) beside 250
//! and 1000; `--phase_usecs`, how much of a jiffy had passed at the start; and `--every_segment`, which makes a difference of
//! every segment that is not in the script.
#![cfg_attr(not(test), warn(clippy::float_arithmetic))]

mod assertion;
pub mod call;
mod clock;
mod epoll;
mod knobs;
mod lacks;
pub mod packet;
pub mod parse;
mod play;
mod process;
pub mod report;
pub mod script;
mod sockopt;
mod stand;
mod wire;

pub use parse::{Refused, parse};
pub use report::{Report, Row};

use script::Script;
use std::time::Duration;

/// Plays a script.
///
/// # Errors
/// The first line that is outside the subset, or that the engine does not model.
pub fn run(text: &str) -> Result<Report, Refused> {
    run_with_tolerance(text, None)
}

/// Plays a script with this tolerance in place of its own `--tolerance_usecs`: what the command line says is read last, as
/// by packetdrill (`parse_and_finalize_config`).
///
/// # Errors
/// The first line that is outside the subset, or that the engine does not model.
pub fn run_with_tolerance(text: &str, tolerance: Option<Duration>) -> Result<Report, Refused> {
    let mut script = parse(text)?;
    is_modelled(&script)?;
    script.rules.tolerance = tolerance.unwrap_or(script.rules.tolerance);
    Ok(play::play(&script))
}

/// Whether the engine models all that a script asks for.
fn is_modelled(script: &Script) -> Result<(), Refused> {
    let knobs = script.knobs.iter();
    let mut knobs = knobs.filter_map(|(line, knob)| Some((*line, knobs::rejects(knob)?)));
    let first = knobs.next().or_else(|| lacks::first(&script.lines));
    first.map_or(Ok(()), |(line, what)| Err(Refused { line, what }))
}
