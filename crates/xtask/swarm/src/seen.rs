//! A run with what it came of and what is said of it.

use crate::draw;
use whyeof_diagnose::{Report, diagnose};
use whyeof_scenario::{Invalid, Scenario, build};
use whyeof_sim::limits::Limits;
use whyeof_sim::plan::Plan;
use whyeof_sim::world::run;
use whyeof_trace::digest::{digest, of_texts};
use whyeof_trace::{Lang, Trace};

/// A million runs are to end: what is longer is cut, which is a case of its own.
pub const LIMITS: Limits = Limits {
    records: 8_000,
    steps: 60_000,
    flows: 500,
    requests: 1_000,
};

/// A run and what is known of it.
#[derive(Debug)]
pub struct Seen {
    /// What it came of.
    pub scenario: Scenario,
    /// The same for the engine.
    pub plan: Plan,
    /// What happened.
    pub trace: Trace,
    /// What is said of it.
    pub report: Report,
}

impl Seen {
    /// Of the scenario of this number.
    ///
    /// # Panics
    /// What was drawn is no scenario that a person can write.
    pub fn of_seed(seed: u64) -> Self {
        let scenario = draw::scenario(seed);
        Self::of(scenario).unwrap_or_else(|invalid| panic!("drawn, and refused: {invalid}"))
    }

    /// Of a scenario.
    ///
    /// # Errors
    /// It does not hold together.
    pub fn of(scenario: Scenario) -> Result<Self, Invalid> {
        let mut plan = build(&scenario)?;
        plan.limits = LIMITS;
        let trace = run(plan.clone());
        let report = diagnose(&trace);
        Ok(Self {
            scenario,
            plan,
            trace,
            report,
        })
    }

    /// A number that two of them share exactly when scenario, records and what is said of them are equal.
    pub fn digest(&self) -> u64 {
        let mut texts = vec![
            self.scenario.to_json(),
            format!("{:016x}", digest(&self.trace)),
        ];
        for lang in Lang::ALL {
            texts.push(self.report.verdict.text.of(lang).to_string());
            for finding in &self.report.findings {
                texts.push(finding.explanation.of(lang).to_string());
            }
        }
        of_texts(texts.iter().map(String::as_str))
    }
}

/// The digest of a row of runs, in their order.
pub fn combined(digests: &[u64]) -> u64 {
    let texts: Vec<String> = digests.iter().map(|it| format!("{it:016x}")).collect();
    of_texts(texts.iter().map(String::as_str))
}
