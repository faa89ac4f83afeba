//! `slow-request`: a body that comes too slowly (ground-truth §12, recording 12).

mod support;

use support::{ask, codes, finding, go_pair, roles, run_json};
use whyeof_diagnose::{EvidenceRole, Report, Severity, diagnose};

const SLOW: &str = r#","body":60,"slow":{"pause":"1s","piece":10}"#;

fn check(request: &str, server: &str) -> Report {
    let upload = ask("POST", "/w", "0ms", request);
    diagnose(&run_json(&go_pair("", &upload, server)))
}

#[test]
fn says_who_answered_and_how_much_had_come() {
    use EvidenceRole::{Executed, Finished, ResponseSent, TimerFired};
    let handler = vec![Executed, TimerFired, ResponseSent, Finished];
    let server = vec![Executed, TimerFired, Finished];
    let go = r#","options":{"ReadTimeout":"3500ms"}"#;
    let node = r#","runtime":"node-26","options":{"requestTimeout":3200,"headersTimeout":2000,"connectionsCheckingInterval":500}"#;
    for (options, words, steps) in [
        (
            go,
            "3.5 s (ReadTimeout), was over when 30 of 60 bytes of its body had been read: the body could not be read to its end, and the answer was 200",
            handler,
        ),
        (
            node,
            "3.2 s (requestTimeout), was over when 30 of 60 bytes of its body had been read: the server answered 408",
            server,
        ),
    ] {
        let report = check(SLOW, options);
        assert_eq!(codes(&report), ["slow-request 1"], "{options}");
        let finding = finding(&report, "slow-request");
        assert_eq!(finding.severity, Severity::Hidden);
        let told = &finding.explanation.en;
        assert!(told.contains(words), "{told}");
        assert_eq!(roles(finding), steps);
    }
}

/// A body that comes in time; a handler that is slow once the body is there; a server without a limit.
#[test]
fn near_misses() {
    let slow_handler = r#","options":{"ReadTimeout":"1s"},"handler":{"think":"2s"}"#;
    for (request, server) in [
        (SLOW, r#","options":{"ReadTimeout":"7s"}"#),
        (r#","body":60"#, slow_handler),
        (SLOW, ""),
    ] {
        assert_eq!(codes(&check(request, server)), [""; 0], "{server}");
    }
}
