//! `hint-ignored`: `Keep-Alive: timeout=5` and who lets it end a connection (ground-truth §9, recording 09e).

mod support;

use support::{ask, codes, finding, run_json, scene};
use whyeof_diagnose::{Report, Severity, diagnose};
use whyeof_scenario::{Scenario, apply, build};

const NODE: &str = r#","runtime":"node-26""#;
const KEEP: &str = r#""keepAlive":true,"keepAliveMsecs":"60s""#;

fn scenario(client: &str, options: &str, second: &str, server: &str) -> String {
    let asks = [ask("POST", "/a", "0ms", ""), ask("POST", "/b", second, "")].join(",");
    let client = format!(
        r#"{{"name":"agent","runtime":"{client}","options":{{{options}}},"requests":[{asks}]}}"#
    );
    scene(&client, server)
}

fn check(client: &str, options: &str, second: &str, server: &str) -> Report {
    diagnose(&run_json(&scenario(client, options, second, server)))
}

#[test]
fn says_who_ignored_it_and_why() {
    let unset = "its agent has no timeout that this could lower, so Node ignored it";
    for (client, options, words, remedies) in [
        ("node-26", KEEP, unset, 1),
        ("node-20", KEEP, unset, 1),
        ("node-18", KEEP, "Node 18 does not read it", 1),
        ("go-1.27", "", "Go closes no connection because of it", 0),
    ] {
        let report = check(client, options, "7s", NODE);
        assert_eq!(codes(&report), ["hint-ignored"], "{client}");
        let finding = finding(&report, "hint-ignored");
        assert_eq!(finding.severity, Severity::Cause);
        let told = &finding.explanation.en;
        assert!(told.contains("Keep-Alive: timeout=5, but"), "{told}");
        assert!(told.contains(words), "{told}");
        assert_eq!(finding.remedies.len(), remedies, "{client}");
    }
}

/// The request that meets the FIN need not come after it.
#[test]
fn it_is_told_beside_a_race() {
    for second in ["6014ms", "6019ms"] {
        let report = check("node-26", KEEP, second, NODE);
        assert_eq!(
            codes(&report),
            ["keepalive-race 2", "hint-ignored"],
            "{second}"
        );
    }
}

/// A timeout of the agent's own obeys the hint, or is lower still; Go's server gives none; a connection that is used within the
/// hint, or that nobody asks for again, has lost nothing.
#[test]
fn near_misses() {
    let long = r#""keepAlive":true,"keepAliveMsecs":"60s","timeout":"60s""#;
    let go = r#","options":{"IdleTimeout":"5s"}"#;
    for (options, second, server) in [
        (long, "7s", NODE),
        (r#""keepAlive":true,"timeout":"2s""#, "7s", NODE),
        (KEEP, "7s", go),
        (KEEP, "3s", NODE),
    ] {
        let report = check("node-26", options, second, server);
        assert_eq!(codes(&report), [""; 0], "{options} {second}");
    }
}

#[test]
fn the_remedy_lets_go_in_time() {
    for client in ["node-26", "node-18"] {
        let text = scenario(client, KEEP, "6014ms", NODE);
        let report = diagnose(&run_json(&text));
        let edits = finding(&report, "hint-ignored").remedies[0].edits.iter();
        let edits: Vec<_> = edits.map(|e| (e.path.as_str(), e.value.as_str())).collect();
        assert_eq!(edits, [("clients.agent.options.timeout", "4s")]);
        let mut cured = Scenario::from_json(&text).expect("it holds");
        apply(&mut cured, edits).expect("the edits fit");
        let cured = diagnose(&whyeof_sim::world::run(build(&cured).expect("it holds")));
        assert_eq!(codes(&cured), [""; 0], "{client}");
    }
}
