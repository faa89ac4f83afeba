//! The verdict in both languages, and the sums.

mod support;

use support::{THIRD_FAILS, report, with};
use whyeof_diagnose::{Found, Outcome, Severity, Tone, Totals};
use whyeof_trace::RequestId;

const PRESET: &str = "pyroscope-idle-race";
const COUNT: &str = "clients.agent.requests.upload.count";
const TIMEOUT: &str = "clients.agent.options.Timeout";

fn check(edits: &[(&str, &str)], tone: Tone, en: &str, zh: &str) {
    let verdict = report(PRESET, &with(&THIRD_FAILS, edits)).verdict;
    assert_eq!(verdict.tone, tone);
    assert_eq!(verdict.text.en, en);
    assert_eq!(verdict.text.zh, zh);
    assert_eq!(verdict.error.is_some(), tone == Tone::Bad);
}

#[test]
fn says_how_many_and_which() {
    use Tone::{Bad, Fair, Good};
    check(&[], Bad, "Request 3 of 4 failed", "4 个请求里第 3 个失败");
    check(
        &[(COUNT, "2")],
        Good,
        "All 2 requests succeeded",
        "2 个请求全部成功",
    );
    check(&[(COUNT, "1")], Good, "The request succeeded", "请求成功");
    check(
        &[("clients.agent.requests.upload.at", "50s")],
        Good,
        "No request was made",
        "没有发出请求",
    );
    let slow = (TIMEOUT, "5ms");
    check(
        &[slow],
        Bad,
        "4 of 4 requests failed",
        "4 个请求里有 4 个失败",
    );
    check(&[slow, (COUNT, "1")], Bad, "The request failed", "请求失败");
    check(
        &[("until", "10.01s")],
        Fair,
        "1 of 2 requests succeeded; 1 unfinished when the run ended",
        "2 个请求里有 1 个成功；运行结束时还有 1 个没完成",
    );
}

#[test]
fn counts_what_was_sent_executed_and_reported_failed() {
    let report = report(PRESET, &THIRD_FAILS);
    let totals = Totals {
        sent: 4,
        executed: 3,
        failed: 1,
    };
    assert_eq!(report.totals(), totals);
    let outcomes: Vec<_> = report.requests.iter().map(|r| r.outcome).collect();
    use Outcome::{Failed, Ok};
    assert_eq!(outcomes, [Ok, Ok, Failed, Ok]);
    assert_eq!(report.leading().map(|f| f.code), Some("keepalive-race"));
    assert_eq!(report.left_out, 0);
}

#[test]
fn the_gravest_finding_leads_and_of_several_the_earliest() {
    let mut report = report(PRESET, &THIRD_FAILS);
    let mut hidden = report.findings[0].clone();
    hidden.severity = Severity::Hidden;
    hidden.request = Some(RequestId(0));
    let mut later = report.findings[0].clone();
    later.request = Some(RequestId(3));
    report.findings.splice(0..0, [hidden, later]);
    let leading = report.leading().expect("findings");
    assert_eq!(
        (leading.severity, leading.request),
        (Severity::Failure, Some(RequestId(2)))
    );
}

/// Bounded: the first 500 of a kind are worded, the others counted, and none is taken for unexplained.
#[test]
fn what_is_too_much_is_counted() {
    let many = [
        (COUNT, "1600"),
        ("until", "20m"),
        ("clients.agent.requests.upload.every", "507ms"),
        ("servers.pyroscope.options.ReadTimeout", "500ms"),
    ];
    let report = report(PRESET, &with(&THIRD_FAILS, &many));
    let failed = report.totals().failed;
    assert!(failed > Found::MOST, "{failed}");
    let races = report
        .findings
        .iter()
        .filter(|f| f.code == "keepalive-race")
        .count();
    assert_eq!(races, Found::MOST as usize);
    assert_eq!(report.left_out, failed - Found::MOST);
    assert!(report.findings.iter().all(|f| f.code != "unexplained"));
}
