//! Plays scripts in packetdrill's notation against one end of a connection, and says line by line where it differs.
//!
//! A script is what the other end and the program do (`<` segments, socket calls) and what must come of it (`>` segments,
//! results). The subset is packetdrill.md §1.1 with blocking calls, time ranges and timestamps; one connection a script.
//! Shell commands, `%{ }%`, epoll and several sockets are refused by name.
//!
//! As in packetdrill an outbound line without an option list means "no options", and `<...>` means "any". Two things are
//! ours: `--hz=ideal` (timers fire when they were asked to, and all times are exact) beside 250 and 1000, and
//! `--phase_usecs`, how much of a jiffy had passed at the start.

#![cfg_attr(not(test), warn(clippy::float_arithmetic))]

pub mod parse;
pub mod play;
pub mod script;
mod stand;

pub use parse::parse;
pub use play::{Row, play};

/// Plays a script. The error shows both sides, line by line.
///
/// # Errors
/// The script cannot be read, or differs from what happened.
pub fn check(name: &str, text: &str) -> Result<(), String> {
    let script = parse(text).map_err(|e| format!("{name}:{e}"))?;
    let rows = play(&script);
    if rows.iter().all(Row::is_right) {
        return Ok(());
    }
    Err(side_by_side(name, &rows))
}

fn side_by_side(name: &str, rows: &[Row]) -> String {
    let width = |row: &Row| row.expected.chars().count();
    let width = rows.iter().map(width).max().unwrap_or(0).max(8);
    let mut text = format!("{name}:\n     {:width$}   actual\n", "expected");
    for row in rows {
        let mark = if row.is_right() { ' ' } else { '!' };
        let line = if row.line == 0 {
            String::new()
        } else {
            row.line.to_string()
        };
        let (left, right) = (&row.expected, &row.actual);
        text += &format!("{mark}{line:>3} {left:width$}   {right}\n");
    }
    text
}
