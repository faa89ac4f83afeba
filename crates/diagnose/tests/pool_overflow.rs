//! `pool-overflow`: a burst and a pool that is too small for it (ground-truth §7, recording 07).

mod support;

use support::{ask, codes, finding, run_json, scene};
use whyeof_diagnose::{Report, Severity, diagnose};
use whyeof_scenario::{Scenario, apply, build};

/// Two bursts of so many GETs, a second apart.
fn scenario(runtime: &str, options: &str, burst: u32) -> String {
    let asks = (0..2).flat_map(|n| {
        (0..burst).map(move |m| ask("GET", "/w", &format!("{}us", n * 1_000_000 + m), ""))
    });
    let asks: Vec<_> = asks.collect();
    let client = format!(
        r#"{{"name":"agent","runtime":"{runtime}","options":{{{options}}},"requests":[{}]}}"#,
        asks.join(",")
    );
    scene(&client, r#","handler":{"think":"50ms"}"#)
}

fn check(runtime: &str, options: &str, burst: u32) -> Report {
    diagnose(&run_json(&scenario(runtime, options, burst)))
}

#[test]
fn says_how_many_and_which_limit() {
    let free = r#""keepAlive":true,"maxFreeSockets":1"#;
    let few = r#""MaxIdleConns":3,"MaxIdleConnsPerHost":9"#;
    for (runtime, options, words, edit) in [
        (
            "go-1.27",
            "",
            "up to 10 connections at once, and its pool keeps 2 idle (MaxIdleConnsPerHost, by default): Go closed 16 that found no room, dialled 18 in all, and left 16 in TIME-WAIT",
            "MaxIdleConnsPerHost=10",
        ),
        (
            "node-26",
            free,
            "keeps 1 idle (maxFreeSockets): Node closed 18",
            "maxFreeSockets=10",
        ),
        (
            "go-1.27",
            few,
            "keeps 3 idle (MaxIdleConns): Go closed 14",
            "MaxIdleConns=10",
        ),
    ] {
        let report = check(runtime, options, 10);
        assert_eq!(codes(&report), ["pool-overflow"], "{runtime} {options}");
        let finding = finding(&report, "pool-overflow");
        assert_eq!(finding.severity, Severity::Cause);
        let told = &finding.explanation.en;
        assert!(told.contains(words), "{told}");
        let edits = finding.remedies[0].edits.iter();
        let edits: Vec<_> = edits.map(|e| format!("{}={}", e.path, e.value)).collect();
        assert_eq!(edits[0], format!("clients.agent.options.{edit}"));
    }
}

/// As many as the pool keeps; connections that are not kept at all, which is another matter.
#[test]
fn near_misses() {
    for (runtime, options, burst) in [
        ("go-1.27", "", 2),
        ("go-1.27", r#""MaxIdleConnsPerHost":10"#, 10),
        ("go-1.27", r#""DisableKeepAlives":true"#, 10),
        ("go-1.27", r#""MaxIdleConnsPerHost":-1"#, 10),
        ("go-1.27", r#""MaxConnsPerHost":2"#, 10),
        ("node-26", r#""keepAlive":true"#, 10),
    ] {
        assert_eq!(codes(&check(runtime, options, burst)), [""; 0], "{options}");
    }
}

/// With the remedy all connections of the second burst are reused.
#[test]
fn the_remedy_keeps_them_all() {
    let text = scenario("go-1.27", "", 10);
    let report = diagnose(&run_json(&text));
    let edits = report.remedies()[0].edits.iter();
    let edits = edits.map(|e| (e.path.as_str(), e.value.as_str()));
    let mut cured = Scenario::from_json(&text).expect("it holds");
    apply(&mut cured, edits).expect("the edits fit");
    let cured = diagnose(&whyeof_sim::world::run(build(&cured).expect("it holds")));
    assert_eq!(codes(&cured), [""; 0]);
    assert!(cured.requests[10..].iter().all(|r| r.reused));
}
