//! Plays scripts in packetdrill's notation against one end of a connection, and says line by line where it differs.
//!
//! A script is what the other end and the program do (`<` segments, socket calls) and what must come of it (`>` segments,
//! results). What of packetdrill's language is read is said in [`parse`]; whatever lies outside is refused by name and line,
//! because a script that is half understood proves nothing. One connection a script.
//!
//! As in packetdrill an outbound line without an option list means "no options", and `<...>` means "any". Two things are
//! ours: `--hz=ideal` (timers fire when they were asked to, and all times are exact) beside 250 and 1000, and
//! `--phase_usecs`, how much of a jiffy had passed at the start.
#![cfg_attr(not(test), warn(clippy::float_arithmetic))]

pub mod parse;
pub mod play;
pub mod report;
pub mod script;
mod stand;

pub use parse::{Refused, parse};
pub use report::{Report, Row};

/// Plays a script.
///
/// # Errors
/// The first line that is outside the subset.
pub fn run(text: &str) -> Result<Report, Refused> {
    Ok(play::play(&parse(text)?))
}
