//! What a run is drawn and written as, held against a recorded run.
mod diagram;
mod fixture;
mod formats;
mod summary;
