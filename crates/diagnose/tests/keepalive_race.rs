//! `keepalive-race`: what it says, and the near misses of which it says nothing.

mod support;

use support::{THIRD_FAILS, codes, report, run};
use whyeof_diagnose::{EvidenceRole, Report, diagnose};
use whyeof_trace::Trace;

const PRESET: &str = "pyroscope-idle-race";

fn roles(report: &Report) -> Vec<EvidenceRole> {
    report.findings[0].evidence.iter().map(|e| e.role).collect()
}

/// One POST, and another one `gap` after it.
fn pair(gap: &str, edits: &[(&str, &str)]) -> (Trace, Report) {
    let every = "clients.agent.requests.upload.every";
    let plus = "clients.agent.requests.upload.plus";
    let count = "clients.agent.requests.upload.count";
    let mut all = vec![(every, gap), (plus, "0ms..0ms"), (count, "2")];
    all.extend(edits);
    let trace = run(PRESET, &all);
    let report = diagnose(&trace);
    (trace, report)
}

#[test]
fn a_post_that_meets_the_fin() {
    use EvidenceRole::*;
    let report = report(PRESET, &THIRD_FAILS);
    assert_eq!(report.verdict.text.en, "Request 3 of 4 failed");
    assert_eq!(report.verdict.text.zh, "4 个请求里第 3 个失败");
    let error = r#"Post "http://pyroscope:4040/ingest": EOF"#;
    assert_eq!(report.verdict.error.as_deref(), Some(error));
    assert_eq!(codes(&report), ["keepalive-race 3", "idle-fallback"]);
    let expected = [
        TimerSet,
        RequestSent,
        TimerFired,
        FinSent,
        ResetSent,
        FinArrived,
        ReadEnded,
        Failed,
    ];
    assert_eq!(roles(&report), expected);
}

/// The window of ground-truth §2 seen from its edges: before it the server answers, after it the client dials.
#[test]
fn near_misses_are_no_races() {
    for (gap, outcome) in [
        ("9s", None),
        ("10.013s", None),
        ("10.0145s", Some("keepalive-race 2")),
        ("10.018s", Some("keepalive-race 2")),
        ("10.0225s", Some("keepalive-race 2")),
        ("10.025s", None),
        ("11s", None),
    ] {
        let (_, report) = pair(gap, &[]);
        let codes = codes(&report);
        assert_eq!(
            codes.first().map(String::as_str),
            outcome,
            "{gap}: {codes:?}"
        );
        assert_eq!(report.totals().failed, u32::from(outcome.is_some()));
    }
}
