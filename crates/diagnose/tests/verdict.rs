//! The verdict in both languages, and the sums.

mod support;

use support::{THIRD_FAILS, edited, report, with};
use whyeof_diagnose::{Found, Outcome, Severity, Tone, Totals, diagnose};
use whyeof_scenario::build;
use whyeof_sim::limits::Limits;
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
        "Both requests succeeded",
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

/// A bound that was met is never silent, also where every request that was made is done.
#[test]
fn a_run_that_met_a_limit_says_which_and_when() {
    type Bound = fn(&mut Limits);
    let table: [(Bound, &str, &str); 4] = [
        (
            |l| l.records = 100,
            "2 of 3 requests succeeded; 1 unfinished when the run ended; the run was cut short at 20.0142 s: too many records",
            "3 个请求里有 2 个成功；运行结束时还有 1 个没完成；运行在 20.0142 s 提前结束：记录太多",
        ),
        (
            |l| l.steps = 10,
            "0 of 1 requests succeeded; 1 unfinished when the run ended; the run was cut short at 0.0177 s: too many steps",
            "1 个请求里有 0 个成功；运行结束时还有 1 个没完成；运行在 0.0177 s 提前结束：步数太多",
        ),
        (
            |l| l.flows = 1,
            "0 of 1 requests succeeded; 1 unfinished when the run ended; the run was cut short at 0.0002 s: too many connections",
            "1 个请求里有 0 个成功；运行结束时还有 1 个没完成；运行在 0.0002 s 提前结束：连接太多",
        ),
        (
            |l| l.requests = 2,
            "Both requests succeeded; the run was cut short at 20.0140 s: too many requests",
            "2 个请求全部成功；运行在 20.0140 s 提前结束：请求太多",
        ),
    ];
    for (bound, en, zh) in table {
        let mut plan = build(&edited(PRESET, &THIRD_FAILS)).expect("a preset can be built");
        bound(&mut plan.limits);
        let verdict = diagnose(&whyeof_sim::world::run(plan)).verdict;
        assert_eq!(
            (verdict.text.en.as_ref(), verdict.text.zh.as_ref()),
            (en, zh)
        );
        assert_eq!(verdict.tone, Tone::Fair, "{en}");
    }
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
