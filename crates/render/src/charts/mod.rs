//! Charts: many runs in one picture.

pub mod outcome_strip;
