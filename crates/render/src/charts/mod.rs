//! Charts: many runs in one picture, or one run over time.

pub mod connections;
pub mod outcome_strip;
mod panel;
pub mod requests;
