//! What scripts on the page may call.

use crate::js::{list, object};
use crate::run::Run;
use std::rc::Rc;
use wasm_bindgen::JsValue;
use whyeof_diagnose::RequestReport;
use whyeof_scenario::Scenario;

/// Runs a scenario given as JSON and says what it shows.
///
/// # Errors
///
/// What is wrong with the scenario, in one line.
pub fn simulate(scenario: &str) -> Result<JsValue, String> {
    let scenario = Scenario::from_json(scenario).map_err(|e| e.to_string())?;
    let run = Run::whole(Rc::new(scenario)).map_err(|e| e.to_string())?;
    Ok(summary(&run))
}

/// A run in short.
fn summary(run: &Run) -> JsValue {
    let text = JsValue::from_str;
    let said = |error: &Option<String>| error.as_deref().map_or(JsValue::UNDEFINED, text);
    let request = |r: &RequestReport| {
        object(&[
            ("method", text(r.method.name())),
            ("outcome", text(r.ending())),
            ("error", said(&r.error)),
            ("attempts", r.attempts.into()),
            ("sent", r.sent_or_begun().into()),
            ("executed", r.executed.into()),
            ("reused", r.reused.into()),
        ])
    };
    let report = &run.report;
    object(&[
        ("digest", text(&format!("{:016x}", run.digest))),
        ("verdict", text(&report.verdict.text.en)),
        ("error", said(&report.verdict.error)),
        ("requests", list(report.requests.iter().map(request))),
        (
            "findings",
            list(report.findings.iter().map(|f| text(f.code))),
        ),
    ])
}
