//! `silent-retry`: the race that the runtime hid.

mod support;

use support::{PAIR, THIRD_FAILS, as_capture, codes, finding, report, roles, run, with};
use whyeof_diagnose::{EvidenceRole, RemedyKind, Severity, Tone, diagnose_capture};
use whyeof_trace::HostId;

const EVERY: &str = "clients.agent.requests.upload.every";

#[test]
fn a_get_that_meets_the_fin_is_sent_twice() {
    use EvidenceRole::{Executed, Finished, RequestSent, Retried};
    let edits = [
        ("clients.agent.requests.fetch.every", "10007ms"),
        ("clients.agent.requests.fetch.plus", "0ms..0ms"),
    ];
    let report = report("pyroscope-idle-race-get", &edits);
    assert_eq!(codes(&report), ["silent-retry 3", "idle-fallback"]);
    let finding = &report.findings[0];
    assert_eq!(finding.severity, Severity::Hidden);
    let roles = roles(finding);
    assert!(
        roles.ends_with(&[Retried, RequestSent, Executed, Finished]),
        "{roles:?}"
    );
    let request = &report.requests[2];
    assert_eq!(
        (request.attempts, request.sent, request.executed),
        (2, 2, 1)
    );
    assert_eq!(report.verdict.tone, Tone::Fair);
    assert_eq!(
        report.verdict.text.zh,
        "4 个请求全部成功，其中 1 个靠静默重试"
    );
}

/// Recorded in 01f-idempotency-key: 22 of 22. A retry is not offered to what is retried already.
#[test]
fn an_idempotency_key_makes_a_post_replayable() {
    let report = report("pyroscope-idle-race-idempotency-key", &THIRD_FAILS);
    assert_eq!(codes(&report), ["silent-retry 3", "idle-fallback"]);
    let kinds = report.findings[0].remedies.iter().map(|r| r.kind);
    assert!(!kinds.collect::<Vec<_>>().contains(&RemedyKind::Retry));
}

/// Recorded in 01g: the FIN is noticed after the POST has got the connection and before a byte is written.
#[test]
fn a_post_of_which_nothing_was_written_starts_over() {
    let reports = (0..40).map(|n| {
        let gap = format!("{}us", 10_022_500 + n * 50);
        report(
            "pyroscope-idle-race",
            &with(&PAIR, &[(EVERY, gap.as_str())]),
        )
    });
    let unwritten: Vec<_> = reports.filter(|r| r.requests[1].attempts == 2).collect();
    assert!((2..=6).contains(&unwritten.len()), "{}", unwritten.len());
    let report = &unwritten[0];
    assert_eq!(codes(report), ["silent-retry 2", "idle-fallback"]);
    let finding = finding(report, "silent-retry");
    assert!(finding.title.en.contains("start over"));
    let roles = roles(finding);
    assert!(roles.contains(&EvidenceRole::Checkout), "{roles:?}");
    assert_eq!(
        (report.requests[1].attempts, report.requests[1].sent),
        (2, 1)
    );
}

/// Served on the old connection, or dialled from the start: nothing was sent again.
#[test]
fn near_misses_are_no_retries() {
    let method = ("clients.agent.requests.upload.method", "GET");
    for (gap, found) in [("10.013s", false), ("10.018s", true), ("10.025s", false)] {
        let edits = with(&PAIR, &[(EVERY, gap), method]);
        let report = report("pyroscope-idle-race", &edits);
        assert_eq!(
            codes(&report).contains(&"silent-retry 2".to_owned()),
            found,
            "{gap}"
        );
    }
}

/// In a capture two attempts look like two requests: the crossing is seen, the retry is not claimed.
#[test]
fn a_capture_does_not_tell_a_retry() {
    let edits = with(&PAIR, &[(EVERY, "10.018s")]);
    let trace = run("pyroscope-idle-race-idempotency-key", &edits);
    let report = diagnose_capture(&as_capture(trace, HostId(0)));
    assert_eq!(codes(&report), ["keepalive-race 2"]);
}

/// A request that was retried and failed all the same, for another reason: the retry does not explain the failure.
#[test]
fn a_retry_does_not_explain_a_later_failure() {
    let timeout = ("clients.agent.options.Timeout", "25ms");
    let report = report(
        "pyroscope-idle-race-idempotency-key",
        &with(&THIRD_FAILS, &[timeout]),
    );
    let expected = ["silent-retry 3", "caller-timeout 3", "idle-fallback"];
    assert_eq!(codes(&report), expected);
    let finding = finding(&report, "silent-retry");
    assert!(
        finding
            .explanation
            .en
            .ends_with("and it failed in the end.")
    );
}
