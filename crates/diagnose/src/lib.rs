//! Reads a trace and says who failed, why, and what to change.
