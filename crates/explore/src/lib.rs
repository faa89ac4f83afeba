//! Many runs: sweeps over one knob or two, where one outcome turns into another, the strip around an instant, and the proof of a fix.
//!
//! Everything here is found by runs, never by formula: what a sweep says is what the engine did. A run without a
//! trace costs some ten microseconds, so that hundreds of them fit between two frames.

pub mod advise;
pub mod allowance;
pub mod background;
pub mod counted;
pub mod edges;
pub mod ending;
pub mod grid;
mod hops;
pub mod imitate;
pub mod mark;
pub mod matrix;
pub mod merge;
pub mod odds;
pub mod often;
pub mod orders;
pub mod over;
pub mod pair;
mod parts;
mod paste;
pub mod probe;
pub mod proof;
pub mod risk;
pub mod say;
mod search;
pub mod strip;
pub mod sweep;

pub use advise::{Explained, advise, explain};
pub use allowance::Allowance;
pub use background::background;
pub use counted::Counted;
pub use edges::Edge;
pub use ending::{Closer, Ending};
pub use grid::{Case, Grid, GridError};
pub use imitate::{Imitated, NotImitated, imitate};
pub use odds::{Decides, Leads, Odds, Shape, Source, Traffic};
pub use often::Often;
pub use orders::{Orders, orders};
pub use over::{Over, OverError};
pub use pair::{Hop, Limit, Margin, Pair, PairError, Paired, paired};
pub use parts::Parts;
pub use probe::{Probe, RunOutcome};
pub use proof::{Proof, prove};
pub use risk::{Draw, Harm, Risk, RiskWindow, risk};
pub use strip::{Strip, StripPoint};
pub use sweep::{Numbered, Sweep, SweepRun, Window, run_case, sweep};
