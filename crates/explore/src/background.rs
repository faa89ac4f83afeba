//! What a report tells of a scenario's run besides the run: how it is configured, a link to it, and its remedies with their proofs.

use crate::advise::advise;
use whyeof_diagnose::{Background, Configured, diagnose};
use whyeof_scenario::link::{Engine, Shared, encode};
use whyeof_scenario::{Field, Invalid, Lang, Scenario, fields, presets};
use whyeof_trace::Trace;

/// Tries the remedies of a run and gathers the rest. `base` is the page's address, which the link begins with.
///
/// # Errors
/// The scenario does not hold.
pub fn background(
    scenario: &Scenario,
    trace: &Trace,
    base: &str,
    lang: Lang,
) -> Result<Background, Invalid> {
    let mut report = diagnose(trace);
    let elsewhere = advise(scenario, trace, &mut report)?;
    let shared = Shared {
        scenario: Some(scenario.clone()),
        lang: Some(lang),
        engine: Some(Engine::of(trace)),
        ..Shared::default()
    };
    let configured = |field: Field| Configured {
        value: field.text(),
        in_force: field.hint(lang).unwrap_or_default(),
        path: field.path,
    };
    let settings = fields::telling(scenario).into_iter().map(configured);
    Ok(Background {
        title: presets::title(scenario, lang).to_owned(),
        link: format!("{base}{}", encode(&shared)),
        scenario: scenario.to_json_pretty(),
        settings: settings.collect(),
        report,
        caveat: elsewhere.and_then(|proof| proof.caveat()),
    })
}
