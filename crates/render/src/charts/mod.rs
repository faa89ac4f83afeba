//! Charts: many runs in one picture, or one run over time.

pub mod connections;
mod ink;
pub mod outcome_strip;
pub mod panel;
pub mod pool;
pub mod requests;
pub mod retransmissions;
pub mod sequence;
pub mod sweep;
