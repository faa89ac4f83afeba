//! Reads a trace and says who failed, why, and what to change.
//!
//! It asks the engine nothing: a capture gets a diagnosis through the same code, and a finding that needs what a
//! capture does not tell says so. Each finding stands in its own file under [`findings`]; each of its steps names a
//! record, and in a run the records prove it by their causes.
#![cfg_attr(not(test), warn(clippy::float_arithmetic))]

pub mod background;
pub mod capture;
mod chain;
mod ending;
mod evidence;
pub mod finding;
pub mod findings;
mod keeper;
mod loss;
pub mod race;
pub mod reading;
pub mod remedy;
pub mod report;
mod steps;
pub mod text;
mod times;

pub use background::{Background, Configured};
pub use finding::{Evidence, EvidenceRole, Finding, FindingKind, Found, Root, Severity};
pub use reading::{Attempt, Reading};
pub use remedy::{Basis, Edit, Gaps, Grade, Paste, Proof, Remedy, RemedyKind, Rerun, Tally};
pub use report::{Outcome, Report, RequestReport, Tone, Totals, Verdict};
pub use text::Text;

use whyeof_trace::Trace;

/// Everything there is to say about a trace.
pub fn diagnose(trace: &Trace) -> Report {
    let reading = Reading::new(trace);
    let mut found = Found::default();
    for kind in findings::ALL {
        if !capture::is_capture(&reading) {
            (kind.find)(&reading, &mut found);
        } else if let Some(find) = kind.in_capture {
            find(&reading, &mut found);
        }
    }
    let (mut findings, left_out) = found.into_parts();
    for finding in &mut findings {
        chain::name(&reading, finding);
    }
    Report {
        verdict: report::verdict(&reading),
        requests: reading.requests.into_iter().map(|(_, v)| v).collect(),
        findings,
        left_out,
    }
}
