//! What is said of a run: every failure has a finding that explains it, in both languages, and what proves it stands in the records.

use super::{Invariant, law};
use crate::Seen;
use whyeof_diagnose::{Finding, Outcome, Report, RequestReport, Severity, Text};
use whyeof_trace::{Failure, Lang, Trace};

pub(super) const INVARIANT: Invariant = Invariant {
    name: "a failure always has a finding",
    every: 1,
    holds,
};

fn holds(seen: &Seen) -> Result<(), String> {
    let report = &seen.report;
    said(&report.verdict.text)?;
    law(
        report.requests.len() == seen.trace.requests.len() || seen.trace.limit().is_some(),
        || "a request is left out".to_owned(),
    )?;
    for finding in &report.findings {
        let about = |what| format!("{} of {:?}: {what}", finding.code, finding.request);
        law(finding.code != "unexplained", || {
            let error = finding
                .request
                .and_then(|id| report.requests.iter().find(|r| r.id == id));
            let error = error.and_then(|r| r.error.as_deref());
            about(format!("{error:?}"))
        })?;
        proven(finding, &seen.trace).map_err(about)?;
    }
    for request in &report.requests {
        let failed = request.outcome == Outcome::Failed;
        law(failed == request.error.is_some(), || {
            format!("{:?}: an error is a failure", request.id)
        })?;
        // Those that are counted and not put into words may be of any.
        law(
            !failed || report.left_out > 0 || is_told(report, request),
            || format!("{:?} failed, and no finding is about it", request.id),
        )?;
    }
    Ok(())
}

/// By a finding about it, about what was made for it or, if it was given up because its asker had left, about the asker.
fn is_told(report: &Report, request: &RequestReport) -> bool {
    let mut findings = report
        .findings
        .iter()
        .filter(|it| it.severity == Severity::Failure);
    findings.any(|finding| {
        let about = finding
            .request
            .and_then(|id| report.requests.iter().find(|r| r.id == id));
        about.is_some_and(|about| {
            let left =
                request.failure == Some(Failure::ClientLeft) && request.parent == Some(about.id);
            about.id == request.id || about.parent == Some(request.id) || left
        })
    })
}

fn said(text: &Text) -> Result<(), String> {
    for lang in Lang::ALL {
        let words = text.of(lang);
        let whole = !words.trim().is_empty() && !words.contains(['{', '}']);
        law(whole, || format!("in {}: {words:?}", lang.tag()))?;
    }
    Ok(())
}

/// Its steps are records that there are, in order, and go back to a record that nothing brought about.
fn proven(finding: &Finding, trace: &Trace) -> Result<(), String> {
    said(&finding.title)?;
    said(&finding.explanation)?;
    for step in &finding.evidence {
        said(&step.text)?;
        let there = step.record.index() < trace.records.len();
        law(there, || format!("no such record: {:?}", step.record))?;
        let root = trace.causes(step.record).last();
        law(root.is_some_and(|r| r.cause.is_none()), || {
            "a proof without a root".to_owned()
        })?;
    }
    let in_order = finding.evidence.is_sorted_by_key(|step| step.record);
    law(in_order, || "a proof that goes back in time".to_owned())?;
    for remedy in &finding.remedies {
        said(&remedy.title)?;
    }
    Ok(())
}
