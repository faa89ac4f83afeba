//! `body-leak`: bodies that nobody reads or closes, and who waits for their connections (ground-truth §6, 06 and 06b).

mod support;

use support::{ask, codes, finding, go_pair, roles, run_json};
use whyeof_diagnose::{EvidenceRole, Report, Severity, diagnose};

const TWO: &str = r#""MaxConnsPerHost":2"#;
const BODY: &str = r#","handler":{"body":100000}"#;
const LEAK: &str = r#","read":"leak""#;
const DEADLINE: &str = r#","deadline":"3s""#;

/// Requests 200 ms apart: what each has besides its name.
fn check(options: &str, requests: &[&str], server: &str) -> Report {
    let times = ["0ms", "200ms", "400ms", "600ms"];
    let asks = requests.iter().zip(times);
    let asks: Vec<_> = asks.map(|(more, at)| ask("GET", "/b", at, more)).collect();
    diagnose(&run_json(&go_pair(options, &asks.join(","), server)))
}

/// Recording 06b: no Client.Timeout, so the third request waits until its own deadline.
#[test]
fn a_request_starves() {
    use EvidenceRole::{BodyLeft, Failed, TimerFired, Waited};
    let report = check(TWO, &[LEAK, LEAK, DEADLINE, DEADLINE], BODY);
    assert_eq!(codes(&report), ["body-leak 3", "body-leak 4", "body-leak"]);
    let starved = finding(&report, "body-leak");
    assert_eq!(starved.severity, Severity::Failure);
    assert_eq!(
        roles(starved),
        [BodyLeft, BodyLeft, Waited, TimerFired, Failed]
    );
    let told = &starved.explanation;
    let words = "The 2 connections that MaxConnsPerHost allows belonged to requests 1 and 2, whose bodies nobody had read";
    assert!(told.en.starts_with(words), "{told:?}");
    assert!(
        told.zh
            .starts_with("MaxConnsPerHost 允许的 2 条连接，全被第 1 个和第 2 个请求占着")
    );
    assert_eq!(report.findings[2].severity, Severity::Hidden);
    let edits: Vec<_> = report.remedies().iter().map(|r| r.edits.len()).collect();
    assert_eq!(
        edits,
        [2, 1, 1],
        "both workloads, once; no limit; a time for all"
    );
    let titles: Vec<_> = report
        .remedies()
        .iter()
        .map(|r| r.title.en.to_string())
        .collect();
    assert_eq!(
        titles[1..],
        ["Client: MaxConnsPerHost = 0", "Client: Timeout = 1 s"]
    );
}

/// Recording 06: Client.Timeout closes leaked bodies too, and the third request is served late. Without any time of its own
/// it waits for ever; without a limit nobody waits.
#[test]
fn who_waits_and_who_does_not() {
    let timeout = r#""MaxConnsPerHost":2,"Timeout":"3s""#;
    for (options, requests, words) in [
        (
            timeout,
            [LEAK, LEAK, ""],
            "for up to 2.98 s, and with it one of the 2 places of MaxConnsPerHost, and 1 request waited for a connection, up to 2.6",
        ),
        (
            TWO,
            [LEAK, LEAK, ""],
            "to the very end, and with it one of the 2 places of MaxConnsPerHost, and 1 request still waits for one.",
        ),
        (
            "",
            [LEAK, LEAK, ""],
            "each keeps its connection to the very end; there is no limit, so more are dialled.",
        ),
        (
            TWO,
            [LEAK, "", ""],
            "it keeps its connection to the very end, and with it one of the 2 places of MaxConnsPerHost.",
        ),
    ] {
        let report = check(options, &requests, BODY);
        assert_eq!(codes(&report), ["body-leak"]);
        let finding = finding(&report, "body-leak");
        assert_eq!(finding.severity, Severity::Hidden);
        assert!(
            finding.explanation.en.contains(words),
            "{}",
            finding.explanation.en
        );
    }
}

/// A slow answer holds the other place: that is no leak's doing alone. A body without bytes is over with its head (06c).
#[test]
fn near_misses() {
    let asks = [
        ask("GET", "/b", "0ms", LEAK),
        ask("GET", "/slow", "200ms", ""),
        ask("GET", "/b", "400ms", DEADLINE),
    ];
    let slow = r#","handler":{"body":10},"routes":[{"path":"/slow","think":"5s"}]"#;
    let report = diagnose(&run_json(&go_pair(TWO, &asks.join(","), slow)));
    assert_eq!(codes(&report), ["body-leak", "caller-timeout 3"]);
    let empty = r#","handler":{"body":0}"#;
    assert_eq!(codes(&check(TWO, &[LEAK, LEAK, DEADLINE], empty)), [""; 0]);
    assert_eq!(codes(&check(TWO, &["", "", DEADLINE], BODY)), [""; 0]);
}
