//! A run with its diagnosis, and every claim about a fix borne out by runs.
//!
//! `diagnose` proposes remedies with the grade that the settings suggest. Here each one is applied and tried: a remedy stays
//! green only if no idle gap from 0 to twice the largest timeout fails. `cannot-race` is said here only, and only after that.

use crate::allowance::Allowance;
use crate::paste::paste;
use crate::probe::Probe;
use crate::proof::{self, prove};
use std::time::Duration;
use whyeof_diagnose::{
    Gaps, Grade, Proof, Remedy, RemedyKind, Report, Rerun, Tally, Text, Tone, diagnose, findings,
};
use whyeof_scenario::{Invalid, Scenario, apply, build};
use whyeof_sim::world::run;
use whyeof_trace::{RequestId, Trace};

/// A run and what there is to say about it.
#[derive(Clone, Debug)]
pub struct Explained {
    /// What happened.
    pub trace: Trace,
    /// What it means; the remedies carry their proofs.
    pub report: Report,
    /// For a run that went well: what becomes of it after other idle gaps.
    pub elsewhere: Option<proof::Proof>,
}

/// Runs a scenario, diagnoses it, and tries every remedy.
///
/// # Errors
/// The scenario does not hold.
pub fn explain(scenario: &Scenario) -> Result<Explained, Invalid> {
    let trace = run(build(scenario)?);
    let mut report = diagnose(&trace);
    let elsewhere = advise(scenario, &trace, &mut report)?;
    Ok(Explained {
        trace,
        report,
        elsewhere,
    })
}

/// Tries every remedy of a report, and says `cannot-race` where that is so. Returns for a run that went well what
/// became of it after other idle gaps.
///
/// # Errors
/// The scenario does not hold.
pub fn advise(
    scenario: &Scenario,
    trace: &Trace,
    report: &mut Report,
) -> Result<Option<proof::Proof>, Invalid> {
    for remedy in report.findings.iter_mut().flat_map(|f| &mut f.remedies) {
        remedy.paste = paste(scenario, remedy);
    }
    let allowance = Allowance::default();
    advise_within(&allowance, (scenario, trace), report)
}

/// The same with what all of it may cost. What there is nothing left for is not tried, and says so.
///
/// # Errors
/// The scenario does not hold.
pub fn advise_within(
    allowance: &Allowance,
    run: (&Scenario, &Trace),
    report: &mut Report,
) -> Result<Option<proof::Proof>, Invalid> {
    let elsewhere = tried(allowance, run, report)?;
    if allowance.is_spent() {
        let remedies = report.findings.iter_mut().flat_map(|f| &mut f.remedies);
        let left = remedies.filter(|it| it.proof.is_none() && !it.edits.is_empty());
        left.for_each(Remedy::leave_untried);
    }
    Ok(elsewhere)
}

fn tried(
    allowance: &Allowance,
    (scenario, trace): (&Scenario, &Trace),
    report: &mut Report,
) -> Result<Option<proof::Proof>, Invalid> {
    let question = Probe::asked_first(allowance, scenario, trace)?;
    // Without a question about gaps the same traffic has to answer.
    let all = question.is_none();
    run_again(allowance, (scenario, trace), report, |kind| {
        all || !kind.is_about_races()
    });
    let Some((request, question)) = question else {
        return Ok(None);
    };
    try_remedies(scenario, trace, report, (request, &question))?;
    if report.verdict.tone != Tone::Good {
        return Ok(None);
    }
    let proof = prove(scenario, &question)?;
    if proof.is_green() {
        let runs = u32::try_from(proof.runs).unwrap_or(u32::MAX);
        report
            .findings
            .push(findings::cannot_race((Duration::ZERO, proof.to), runs));
    }
    Ok(Some(proof))
}

/// Tries remedies of these kinds: the same traffic once more with each.
fn run_again(
    allowance: &Allowance,
    (scenario, trace): (&Scenario, &Trace),
    report: &mut Report,
    is_tried: impl Fn(RemedyKind) -> bool,
) {
    let before = Tally::of(trace);
    let remedies = report.findings.iter_mut().flat_map(|f| &mut f.remedies);
    let mut tried: Vec<(Remedy, Proof)> = Vec::new();
    for remedy in remedies.filter(|remedy| is_tried(remedy.kind)) {
        let same = tried
            .iter()
            .find(|(tried, _)| tried.changes_the_same_as(remedy));
        let proof = match same {
            Some((_, proof)) => Some(proof.clone()),
            None if remedy.edits.is_empty() || allowance.is_spent() => None,
            None => {
                allowance.take_records(trace.records.len());
                rerun(scenario, before, edits(remedy)).map(Proof::Rerun)
            }
        };
        if let Some(proof) = proof {
            tried.push((remedy.clone(), proof.clone()));
            remedy.prove(proof);
        }
    }
}

/// A remedy's changes: path and text.
fn edits(remedy: &Remedy) -> impl Iterator<Item = (&str, &str)> {
    let edits = remedy.edits.iter();
    edits.map(|edit| (edit.path.as_str(), edit.value.as_str()))
}

/// The same traffic once more, with these edits (path and text), beside what it came to without; `None`: they cannot be made.
pub fn rerun<'e>(
    scenario: &Scenario,
    before: Tally,
    edits: impl IntoIterator<Item = (&'e str, &'e str)>,
) -> Option<Rerun> {
    let edited = edited(scenario, edits)?;
    let after = Tally::of(&run(build(&edited).ok()?));
    Some(Rerun { before, after })
}

/// A scenario with these edits; `None`: they cannot be made.
pub fn edited<'e>(
    scenario: &Scenario,
    edits: impl IntoIterator<Item = (&'e str, &'e str)>,
) -> Option<Scenario> {
    let mut edited = scenario.clone();
    apply(&mut edited, edits).ok()?;
    Some(edited)
}

/// Tries each remedy once, on the request that its finding is about: another may have failed for another reason.
fn try_remedies(
    scenario: &Scenario,
    trace: &Trace,
    report: &mut Report,
    (interest, question): (RequestId, &Probe),
) -> Result<(), Invalid> {
    let before = Tally::of(trace);
    let mut tried: Vec<(Remedy, Option<Proof>, Option<Text>)> = Vec::new();
    for (finding, remedy) in report.advice() {
        // Any other has been tried on the same traffic.
        if !remedy.kind.is_about_races() || remedy.edits.is_empty() {
            continue;
        }
        let allowance = &question.allowance;
        if allowance.is_spent() {
            break;
        }
        allowance.take_records(trace.records.len());
        let Some(again) = rerun(scenario, before, edits(remedy)) else {
            continue;
        };
        let about = finding.request.unwrap_or(interest);
        let own = match about == interest {
            true => None,
            false => Probe::about_within(allowance, (scenario, trace), about)?,
        };
        let question = own.as_ref().unwrap_or(question);
        let proof = proof_of(scenario, question, (remedy, &again));
        tried.push((remedy.clone(), proof, again.costs()));
    }
    for remedy in report.findings.iter_mut().flat_map(|f| &mut f.remedies) {
        let mut same = tried.iter();
        let Some((_, proof, costs)) = same.find(|it| it.0.changes_the_same_as(remedy)) else {
            continue;
        };
        remedy.costs = costs.clone();
        if let Some(proof) = proof {
            remedy.prove(proof.clone());
        }
    }
    Ok(())
}

/// Whether the network goes wrong at a given time, and the same traffic goes well with a remedy.
pub fn mends(question: &Probe, again: &Rerun) -> bool {
    question.has_passing_fault() && again.before.failed > 0 && again.after.failed == 0
}

/// Whether a rule names the port of one connection, and the same traffic with a remedy has no such packet any more: no gap then shows what
/// the remedy does against such a rule.
pub fn evades(question: &Probe, again: &Rerun) -> bool {
    again.is_spared() && question.has_rule_for_one()
}

/// Applies a remedy and tries every gap; what the runs say replaces what was claimed.
fn proof_of(
    scenario: &Scenario,
    question: &Probe,
    (remedy, again): (&Remedy, &Rerun),
) -> Option<Proof> {
    if evades(question, again) {
        return Some(Proof::Rerun(*again));
    }
    let proof = prove(&edited(scenario, edits(remedy))?, question).ok()?;
    // A question is about one request of one client; others may fail on.
    let still_failed = again.after.failed;
    let grade = if proof.is_green() && still_failed == 0 {
        Grade::Green
    } else {
        Grade::Amber
    };
    let runs = u32::try_from(proof.runs).unwrap_or(u32::MAX);
    Some(Proof::Gaps(Gaps {
        grade,
        runs,
        gaps: (Duration::ZERO, proof.to),
        fails_at: proof.fails_at.map(|(gap, _)| gap),
        replays_at: proof.replays_at,
        whose: proof.whose,
        draws: proof.draws,
        still_failed,
        mends: mends(question, again),
    }))
}
