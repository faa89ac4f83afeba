//! `shutdown-race`: what a server that stops does to requests, by when they come (ground-truth §13, recordings 13 and 13d).

mod support;

use support::{ask, codes, finding, roles, run_json, scene};
use whyeof_diagnose::{EvidenceRole, Report, diagnose};

/// A first POST, or none, and one at this moment; the server stops 2 s into the run, 10 ms of round trip away.
fn check(first: bool, method: &str, at: &str, server: &str) -> Report {
    let early = ask("POST", "/w", "100ms", "");
    let other = format!(r#"{{"name":"other","runtime":"go-1.27","requests":[{early}]}}"#);
    let second = ask(method, "/w", at, "");
    let asks = if first {
        format!("{early},{second}")
    } else {
        second
    };
    let agent = format!(r#"{{"name":"agent","runtime":"go-1.27","requests":[{asks}]}}"#);
    diagnose(&run_json(&scene(&format!("{other},{agent}"), server)))
}

const SHUTDOWN: &str = r#","shutdown":"2s""#;
const EXIT: &str = r#","exit":"2s""#;
const EXIT_AT_WORK: &str = r#","exit":"2s","handler":{"think":"50ms"}"#;

/// Whether a request went before, method, moment, how the server stops, and what is said.
type Case = (bool, &'static str, &'static str, &'static str, &'static str);

const CASES: [Case; 10] = [
    (
        true,
        "POST",
        "1998ms",
        SHUTDOWN,
        "closed this idle connection; the POST, which left 1.8 ms earlier,",
    ),
    (
        true,
        "POST",
        "2002ms",
        SHUTDOWN,
        "closed this idle connection; the POST, which left 2.2 ms later,",
    ),
    (
        true,
        "POST",
        "1998ms",
        EXIT,
        "At 2.0000 s the process of web ended and closed this idle connection",
    ),
    (
        true,
        "POST",
        "1980ms",
        EXIT_AT_WORK,
        "while the POST was being handled; its handler had begun.",
    ),
    (
        false,
        "POST",
        "1980ms",
        EXIT_AT_WORK,
        "while the POST was being handled; its handler had begun.",
    ),
    (
        false,
        "POST",
        "1994ms",
        SHUTDOWN,
        "before it had accepted the new connection of the POST",
    ),
    (
        false,
        "POST",
        "2s",
        SHUTDOWN,
        "came 5.2 ms later and was refused (RST to the SYN); no handler ran.",
    ),
    (
        true,
        "POST",
        "3s",
        SHUTDOWN,
        "came 1.005 s later and was refused",
    ),
    // Sent again on a new connection, which is refused.
    (
        true,
        "GET",
        "1998ms",
        SHUTDOWN,
        "and was refused (RST to the SYN); no handler ran.",
    ),
    // On a new connection that was accepted just in time (server.go `serve` looks again once the head is read).
    (
        false,
        "POST",
        "1984550us",
        SHUTDOWN,
        "later, on a connection that it then closed without an answer; no handler ran.",
    ),
];

#[test]
fn says_how_it_met_the_request() {
    for (first, method, at, server, words) in CASES {
        let report = check(first, method, at, server);
        let number = report.requests.len();
        let expected = [format!("shutdown-race {number}")];
        assert_eq!(codes(&report), expected, "{at} {server}");
        let told = &finding(&report, "shutdown-race").explanation.en;
        assert!(told.contains(words), "{at} {server}: {told}");
    }
}

#[test]
fn its_steps_go_back_to_the_shutdown() {
    use EvidenceRole::{Asked, Failed, FinSent, RequestSent, ResetSent, TimerFired};
    let idle = check(true, "POST", "1998ms", SHUTDOWN);
    let expected = [RequestSent, TimerFired, FinSent, Failed];
    assert_eq!(roles(finding(&idle, "shutdown-race")), expected);
    let refused = check(false, "POST", "2001ms", SHUTDOWN);
    let expected = [TimerFired, Asked, ResetSent, Failed];
    assert_eq!(roles(finding(&refused, "shutdown-race")), expected);
}

/// What arrives in time is served, work that has begun is finished, and a server that has never listened there is another story.
#[test]
fn near_misses() {
    let at_work = r#","shutdown":"2s","handler":{"think":"50ms"}"#;
    for (first, at, server) in [
        (true, "1990ms", SHUTDOWN),
        (false, "1970ms", at_work),
        (true, "1998ms", ""),
    ] {
        assert_eq!(
            codes(&check(first, "POST", at, server)),
            [""; 0],
            "{at} {server}"
        );
    }
    let elsewhere = ask("POST", "/w", "3s", "").replace("web:80", "web:81");
    let agent = format!(r#"{{"name":"agent","runtime":"go-1.27","requests":[{elsewhere}]}}"#);
    let report = diagnose(&run_json(&scene(&agent, SHUTDOWN)));
    assert_eq!(codes(&report), ["not-connected 1"]);
    let told = &report.findings[0].explanation.en;
    assert!(told.contains("nobody listens on that port"), "{told}");
}
