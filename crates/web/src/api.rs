//! What scripts on the page may call; the page's own program exports it, so that the worker need not carry it.

use crate::run::Run;
use std::rc::Rc;
use wasm_bindgen::JsValue;
use whyeof_scenario::Scenario;

/// Runs a scenario given as JSON and says what it shows.
///
/// # Errors
///
/// What is wrong with the scenario, in one line.
pub fn simulate(scenario: &str) -> Result<JsValue, String> {
    let scenario = Scenario::from_json(scenario).map_err(|e| e.to_string())?;
    let run = Run::whole(Rc::new(scenario)).map_err(|e| e.to_string())?;
    serde_wasm_bindgen::to_value(&Summary::of(&run)).map_err(|e| e.to_string())
}

/// A run in short.
#[derive(Debug, serde::Serialize)]
struct Summary<'a> {
    digest: String,
    verdict: &'a str,
    error: Option<&'a str>,
    requests: Vec<Request<'a>>,
    findings: Vec<&'static str>,
}

/// A request in short.
#[derive(Debug, serde::Serialize)]
struct Request<'a> {
    method: &'static str,
    outcome: &'static str,
    error: Option<&'a str>,
    attempts: u16,
    sent: u16,
    executed: u16,
    reused: bool,
}

impl<'a> Summary<'a> {
    fn of(run: &'a Run) -> Self {
        let request = |r: &'a whyeof_diagnose::RequestReport| Request {
            method: r.method.name(),
            outcome: r.outcome.name(),
            error: r.error.as_deref(),
            attempts: r.attempts,
            sent: r.sent,
            executed: r.executed,
            reused: r.reused,
        };
        Self {
            digest: format!("{:016x}", run.digest),
            verdict: &run.report.verdict.text.en,
            error: run.report.verdict.error.as_deref(),
            requests: run.report.requests.iter().map(request).collect(),
            findings: run.report.findings.iter().map(|f| f.code).collect(),
        }
    }
}
