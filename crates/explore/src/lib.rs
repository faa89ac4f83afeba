//! Many runs: sweeps over one knob, the strip around an instant, and the proof of a fix.
//!
//! Everything here is found by runs, never by formula: what a sweep says is what the engine did. A run without a
//! trace costs some ten microseconds, so that hundreds of them fit between two frames.

pub mod advise;
pub mod background;
pub mod mark;
pub mod over;
pub mod probe;
pub mod proof;
pub mod strip;
pub mod sweep;

pub use advise::{Explained, advise, explain};
pub use background::background;
pub use over::{Over, OverError};
pub use probe::{Ending, Probe, RunOutcome};
pub use proof::{Proof, prove};
pub use strip::{Strip, StripPoint};
pub use sweep::{Sweep, SweepRun, Window, sweep};
