//! `rule-matched-nothing`: what was typed, and what was meant (seeds 004; linux-tcp §7.4).

mod support;

use support::{codes, finding, run_json};
use whyeof_diagnose::diagnose;

/// A request a second, and rules typed on a machine after the first.
fn explained(on: &str, rules: &[&str]) -> (bool, Vec<String>) {
    let faults = rules
        .iter()
        .map(|rule| format!(r#"{{"at":"500ms","on":"{on}","run":"iptables {rule}"}}"#));
    let faults: Vec<String> = faults.collect();
    let report = diagnose(&run_json(&format!(
        r#"{{"version":1,"until":"9s",
        "clients":[{{"name":"client","runtime":"go-1.27","options":{{"Timeout":"700ms"}},"requests":[{{"to":"server:8080","every":"1s","count":3}}]}}],
        "servers":[{{"name":"server","listen":8080,"runtime":"go-1.27"}}],"faults":[{}]}}"#,
        faults.join(",")
    )));
    let nothing = codes(&report).iter().any(|c| c.starts_with("rule-matched"));
    let told = match nothing {
        true => vec![
            finding(&report, "rule-matched-nothing")
                .explanation
                .en
                .to_string(),
        ],
        false => Vec::new(),
    };
    (report.verdict.error.is_some(), told)
}

#[test]
fn says_which_rule_was_meant() {
    for (on, rule, words) in [
        (
            "server",
            "-A INPUT -p tcp -d client --dport 32768 -j DROP",
            "on the INPUT of server the destination is server. Did you mean `INPUT -p tcp -s client --sport 32768`?",
        ),
        (
            "client",
            "-A OUTPUT -p tcp -s server --sport 8080 -j DROP",
            "on the OUTPUT of client the source is client. Did you mean `OUTPUT -p tcp -d server --dport 8080`?",
        ),
        (
            "server",
            "-A OUTPUT -p tcp --syn -j DROP",
            "on the OUTPUT of server the source is server, and no later packet was like it even the other way round.",
        ),
        (
            "server",
            "-A FORWARD -p tcp --dport 8080 -j DROP",
            "server passes nothing on. Did you mean `INPUT -p tcp --dport 8080`?",
        ),
        (
            "client",
            "-A INPUT -d server -j DROP",
            "the destination is client. Did you mean `INPUT -s server`?",
        ),
    ] {
        let (failed, told) = explained(on, &[rule]);
        assert!(!failed && told.len() == 1, "{rule}");
        assert!(
            told[0].contains(words) && told[0].contains("0 packets"),
            "{}",
            told[0]
        );
    }
}

#[test]
fn a_rule_behind_another_is_told_so() {
    let (failed, told) = explained("server", &["-A INPUT -j ACCEPT", "-A INPUT -j DROP"]);
    assert!(!failed);
    assert!(told[0].contains("an earlier rule"), "{}", told[0]);
}

#[test]
fn a_rule_that_was_not_there_is_told_so() {
    for (rules, words) in [
        (
            &["-I INPUT 5 -j DROP"][..],
            "it was not installed (`iptables: Index of insertion too big.`)",
        ),
        (
            &["-A INPUT -j DROP", "-F"],
            "taken away again before such a packet came",
        ),
        (
            &["-A INPUT -j DROP", "-F INPUT"],
            "taken away again before such a packet came",
        ),
        (
            &["-A INPUT -j DROP", "-D INPUT 1"],
            "taken away again before such a packet came",
        ),
        (
            &["-A INPUT -p tcp -j DROP", "-D INPUT -p tcp -j DROP"],
            "taken away again before such a packet came",
        ),
    ] {
        let (failed, told) = explained("server", rules);
        assert!(!failed && told.len() == 1, "{rules:?}");
        assert!(told[0].contains(words), "{}", told[0]);
    }
    // Another chain's.
    let (_, told) = explained(
        "server",
        &["-A INPUT -j ACCEPT", "-A INPUT -j DROP", "-F OUTPUT"],
    );
    assert!(told[0].contains("an earlier rule"), "{}", told[0]);
}

/// What has met packets is no finding, and neither is what brings no rule.
#[test]
fn a_rule_that_works_is_not_told() {
    let (failed, told) = explained("server", &["-A INPUT -s client -j DROP"]);
    assert!(failed && told.is_empty());
    let (failed, told) = explained("server", &["-P OUTPUT ACCEPT", "-F", "-L"]);
    assert!(!failed && told.is_empty());
}
