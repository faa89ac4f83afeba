//! Everything that is made of a trace, be it a run's or a capture's.

use crate::oracle::{clean, picture};
use whyeof_diagnose::{Report, diagnose_any};
use whyeof_render::formats::{self, Case, Format, Written};
use whyeof_render::import;
use whyeof_scenario::{Scenario, build};
use whyeof_sim::limits::Limits;
use whyeof_sim::world::run;
use whyeof_trace::{Lang, Trace, Vantage};

/// A tenth and less of what the product allows, so that thousands of inputs a minute are tried; the product's own bounds are
/// held by `tests/worst.rs`.
const LIMITS: Limits = Limits {
    records: 3_000,
    steps: 20_000,
    flows: 300,
    requests: 500,
};
/// A trace of more records than this is written in one of so many formats: drawing all of them would take most of the time.
const SHORT: usize = 400;
const SHARE: usize = 4;
/// One step may note so many records after the one that reaches the bound: what a reboot ends on a machine, say.
const ONE_STEP: usize = 3_000;

/// Runs a scenario that has been read, and makes everything of it.
pub(crate) fn ran(scenario: &Scenario) {
    let mut plan = build(scenario).expect("what was read can be built");
    plan.limits = LIMITS;
    let (until, trace) = (plan.until, run(plan));
    let records = &trace.records;
    assert!(
        records.len() <= LIMITS.records + ONE_STEP,
        "{} records",
        records.len()
    );
    assert!(trace.requests.len() <= LIMITS.requests as usize);
    assert!(
        trace.flows.len() <= LIMITS.flows as usize + 1,
        "{} flows",
        trace.flows.len()
    );
    assert!(
        records
            .iter()
            .all(|it| u128::from(it.time.nanos()) <= until.as_nanos())
    );
    used(&trace);
}

/// Diagnoses a trace and writes it in every format that there is for it.
pub(crate) fn used(trace: &Trace) {
    let records = &trace.records;
    assert!(records.is_sorted_by_key(|it| it.time));
    assert!(
        records
            .iter()
            .all(|it| it.cause.is_none_or(|cause| cause < it.id))
    );
    let report = diagnose_any(trace);
    said(&report, trace);
    // One language an input: which does not depend on what is in it.
    let lang = if records.len().is_multiple_of(2) {
        Lang::En
    } else {
        Lang::Zh
    };
    let of_capture = matches!(trace.vantage, Vantage::Tap(_));
    let formats = formats::ALL
        .iter()
        .filter(|it| !of_capture || formats::knows(it.name.id));
    let (share, skip) = if records.len() < SHORT {
        (1, 0)
    } else {
        (SHARE, records.len() % SHARE)
    };
    for format in formats.skip(skip).step_by(share) {
        written(format, trace, lang);
    }
}

fn said(report: &Report, trace: &Trace) {
    for lang in [Lang::En, Lang::Zh] {
        clean("verdict", report.verdict.text.of(lang));
        for finding in &report.findings {
            clean("finding", finding.title.of(lang));
            clean("finding", finding.explanation.of(lang));
            for step in &finding.evidence {
                assert!(
                    step.record.index() < trace.records.len(),
                    "{}",
                    finding.title.of(lang)
                );
                clean("evidence", step.text.of(lang));
            }
        }
    }
}

fn written(format: &Format, trace: &Trace, lang: Lang) {
    let name = format.name;
    match format.of(&Case::from(trace), lang) {
        Written::Text(text) if name.extension == "svg" => picture(name.id, &text),
        Written::Text(text) => {
            // tcpdump indents with tabs, and so does what programs of iptables print.
            clean(name.id, &text.replace('\t', " "));
            assert!(text.ends_with('\n'), "{}", name.id);
        }
        Written::Bytes(bytes) => captured(name.id, &bytes),
    }
}

/// A capture that we write is one that we read, whole.
fn captured(what: &str, bytes: &[u8]) {
    if let Ok(capture) = import::open(bytes) {
        assert_eq!(capture.broken, None, "{what}");
    }
}
