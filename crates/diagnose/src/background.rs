//! What there is to say of a run besides the run itself, for reports: where it comes from and what trying its remedies has shown.

use crate::report::Report;
use crate::text::Text;

/// Where a run comes from, and what trying its remedies has shown.
#[derive(Clone, Debug)]
pub struct Background {
    /// The scenario's title; empty: none.
    pub title: String,
    /// Opens the same run in whyeof.
    pub link: String,
    /// The scenario as JSON.
    pub scenario: String,
    /// What somebody has set, and what is in force of each program's options.
    pub settings: Vec<Configured>,
    /// The diagnosis, with a proof beside each remedy.
    pub report: Report,
    /// For a run that went well: what another idle gap would have made of it.
    pub caveat: Option<Text>,
}

/// One knob of a scenario.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Configured {
    /// Where it stands: `servers.pyroscope.options.IdleTimeout`.
    pub path: String,
    /// As it is set; empty: it is not.
    pub value: String,
    /// For an option, the value in force and its origin: `unset → ReadTimeout: 10 s`.
    pub in_force: String,
}
