//! `executed-twice`: what Go sends again although its handler had begun (runtimes §1.6, §12.3; ground-truth §4).

mod support;

use support::{THIRD_FAILS, ask, codes, finding, go_pair, report, run_json, with};
use whyeof_diagnose::{Report, Severity, diagnose};

/// A GET that makes the connection a reused one, and a request to a route of its own.
fn check(method: &str, more: &str, route: &str, server: &str) -> Report {
    let asks = [
        ask("GET", "/w", "0ms", ""),
        ask(method, "/x", "200ms", more),
    ]
    .join(",");
    let route = format!(r#","routes":[{{"path":"/x"{route}}}]{server}"#);
    diagnose(&run_json(&go_pair("", &asks, &route)))
}

const CLOSES: &str = r#","ends":"close""#;
const SLOW: &str = r#","think":"300ms""#;
const WRITE: &str = r#","options":{"WriteTimeout":"100ms"}"#;

#[test]
fn says_why_it_was_sent_again() {
    let key = r#","body":5,"headers":{"Idempotency-Key":"1"}"#;
    let keyed = "because its Idempotency-Key makes it replayable, and the handler ran 2 times; its caller got one error.";
    let get =
        "because GET counts as replayable, and the handler ran 2 times; its caller got one error.";
    for (method, more, route, server, words, other) in [
        ("GET", "", CLOSES, "", get, "broken-off 2"),
        ("POST", key, CLOSES, "", keyed, "broken-off 2"),
        ("GET", "", SLOW, WRITE, get, "server-deadline 2"),
    ] {
        let report = check(method, more, route, server);
        assert_eq!(codes(&report), [other, "executed-twice 2"]);
        let finding = finding(&report, "executed-twice");
        assert_eq!(finding.severity, Severity::Hidden);
        assert!(
            finding.explanation.en.ends_with(words),
            "{}",
            finding.explanation.en
        );
        let roles: Vec<_> = finding.evidence.iter().map(|e| e.role.name()).collect();
        let expected = ["executed", "timer-fired", "retried", "executed", "failed"];
        assert_eq!(roles, expected);
    }
}

/// A POST is not sent again; on a fresh connection nothing is; and a race costs a second sending, not a second run.
#[test]
fn near_misses() {
    let posted = check("POST", "", CLOSES, "");
    assert_eq!(codes(&posted), ["broken-off 2"]);
    let fresh = ask("GET", "/x", "0ms", "");
    let route = format!(r#","routes":[{{"path":"/x"{CLOSES}}}]"#);
    let fresh = diagnose(&run_json(&go_pair("", &fresh, &route)));
    assert_eq!(codes(&fresh), ["broken-off 1"]);
    let get = ("clients.agent.requests.upload.method", "GET");
    let race = report("pyroscope-idle-race", &with(&THIRD_FAILS, &[get]));
    assert_eq!(codes(&race), ["silent-retry 3", "idle-fallback"]);
}

/// A worker that goes on to its next job after a failure tries nothing again; a caller that retries does.
#[test]
fn the_next_job_is_no_second_try() {
    let check = |more: &str| {
        let ask = format!(r#"{{"to":"web:80","method":"POST","path":"/pay"{more}}}"#);
        let slow = r#","handler":{"think":"600ms"}"#;
        let report = diagnose(&run_json(&go_pair(r#""Timeout":"500ms""#, &ask, slow)));
        report
            .findings
            .iter()
            .filter(|f| f.code == "executed-twice")
            .count()
    };
    assert_eq!(check(r#","workers":1,"count":3"#), 0);
    assert_eq!(check(r#","retry":{"times":2,"after":"100ms"}"#), 2);
}
