//! `body-unread`: what a body that is closed early costs, by runtime and size (ground-truth §5, recording 05).

mod support;

use support::{ask, codes, finding, run_json, scene};
use whyeof_diagnose::{Report, Severity, diagnose};
use whyeof_scenario::{Scenario, apply, build};

/// Three GETs, 200 ms apart.
fn scenario(runtime: &str, read: &str, body: u32) -> String {
    let read = format!(r#","read":"{read}""#);
    let asks = ["0ms", "200ms", "400ms"].map(|at| ask("GET", "/b", at, &read));
    let asks = asks.join(",");
    let client = format!(r#"{{"name":"agent","runtime":"{runtime}","requests":[{asks}]}}"#);
    scene(&client, &format!(r#","handler":{{"body":{body}}}"#))
}

fn check(runtime: &str, read: &str, body: u32) -> Report {
    diagnose(&run_json(&scenario(runtime, read, body)))
}

#[test]
fn says_what_it_cost_and_why_it_was_a_reset() {
    let (fin, reset) = ("3 by FIN, because nothing lay", "3 by RST, because up to");
    for (runtime, read, body, words) in [
        ("go-1.19", "none", 1_024, fin),
        ("go-1.19", "none", 4_096, reset),
        ("go-1.19", "none", 65_536, "10136 bytes lay unread"),
        ("go-1.19", "half", 65_536, reset),
        ("go-1.27", "none", 1_048_576, "10136 bytes lay unread"),
    ] {
        let report = check(runtime, read, body);
        assert_eq!(codes(&report), ["body-unread"], "{runtime} {read} {body}");
        let finding = finding(&report, "body-unread");
        assert_eq!(finding.severity, Severity::Hidden);
        assert_eq!(finding.title.en, "Bodies closed unread cost 3 connections");
        let told = &finding.explanation.en;
        assert!(told.contains(words), "{runtime} {read} {body}: {told}");
        assert!(
            told.ends_with("this client has dialled 2 connections since."),
            "{told}"
        );
    }
}

/// Go 1.27 reads the rest behind the caller's back; a body without bytes has none left; who reads all, or nothing at all,
/// closes no body early.
#[test]
fn near_misses() {
    for (runtime, read, body) in [
        ("go-1.27", "none", 1_024),
        ("go-1.27", "none", 65_536),
        ("go-1.19", "none", 0),
        ("go-1.19", "all", 65_536),
    ] {
        let report = check(runtime, read, body);
        assert_eq!(codes(&report), [""; 0], "{runtime} {read} {body}");
    }
}

/// One finding a client program, and an edit of each of its workloads that does away with it.
#[test]
fn the_remedy_reads_every_body() {
    let text = scenario("go-1.19", "none", 65_536);
    let report = diagnose(&run_json(&text));
    let edits = report.remedies()[0].edits.iter();
    let edits: Vec<_> = edits.map(|e| (e.path.as_str(), e.value.as_str())).collect();
    let paths = ["r0ms", "r200ms", "r400ms"].map(|r| format!("clients.agent.requests.{r}.read"));
    assert_eq!(edits, paths.each_ref().map(|path| (path.as_str(), "all")));
    let mut cured = Scenario::from_json(&text).expect("it holds");
    apply(&mut cured, edits).expect("the edits fit");
    let cured = diagnose(&whyeof_sim::world::run(build(&cured).expect("it holds")));
    assert_eq!(codes(&cured), [""; 0]);
    assert!(cured.requests[1].reused);
}

/// A connection that is not kept costs the body nothing.
#[test]
fn where_nothing_is_reused_nothing_is_lost() {
    let short = scenario("go-1.19", "half", 8_192).replacen(
        r#""runtime":"go-1.19""#,
        r#""runtime":"go-1.19","options":{"DisableKeepAlives":true}"#,
        1,
    );
    assert_eq!(codes(&diagnose(&run_json(&short))), [""; 0]);
}
