//! What a run is drawn and written as, held against a recorded run.
mod fixture;
mod formats;
