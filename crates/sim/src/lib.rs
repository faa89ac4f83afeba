//! The engine: a plan goes in, records come out.
