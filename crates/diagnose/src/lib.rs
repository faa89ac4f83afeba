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

use whyeof_trace::{Trace, Vantage};

/// Everything there is to say about a run.
pub fn diagnose(trace: &Trace) -> Report {
    let reading = Reading::new(trace);
    let mut found = Found::default();
    for kind in findings::ALL {
        (kind.find)(&reading, &mut found);
    }
    let verdict = report::verdict(&reading);
    told(reading, found, verdict)
}

/// Everything there is to say about a capture.
pub fn diagnose_capture(trace: &Trace) -> Report {
    let reading = Reading::of_capture(trace);
    let mut found = Found::default();
    for find in findings::IN_CAPTURE {
        find(&reading, &mut found);
    }
    let verdict = capture::verdict(&reading);
    told(reading, found, verdict)
}

/// Everything there is to say about either.
pub fn diagnose_any(trace: &Trace) -> Report {
    match trace.vantage {
        Vantage::Everywhere => diagnose(trace),
        Vantage::Tap(_) => diagnose_capture(trace),
    }
}

fn told(reading: Reading<'_>, found: Found, verdict: Verdict) -> Report {
    let (mut findings, left_out) = found.into_parts();
    for finding in &mut findings {
        chain::name(&reading, finding);
    }
    Report {
        verdict,
        requests: reading.requests.into_iter().map(|(_, v)| v).collect(),
        findings,
        left_out,
    }
}
