//! `probes-are-not-keep-alive`: probes, answered, and the idle timeout (ground-truth §3, recording 03).

mod support;

use support::{THIRD_FAILS, ask, codes, finding, report, roles, run_json, scene, with};
use whyeof_diagnose::{EvidenceRole, Report, Severity, diagnose};

/// Two POSTs, 5 s apart, and a server whose idle time is 2 s.
fn check(runtime: &str, options: &str, second: bool) -> Report {
    let first = ask("POST", "/a", "0ms", "");
    let asks = match second {
        true => format!("{first},{}", ask("POST", "/b", "5s", "")),
        false => first,
    };
    let client = format!(
        r#"{{"name":"agent","runtime":"{runtime}","options":{{{options}}},"requests":[{asks}]}}"#
    );
    diagnose(&run_json(&scene(
        &client,
        r#","options":{"IdleTimeout":"2s"}"#,
    )))
}

#[test]
fn probes_are_answered_and_the_server_closes_all_the_same() {
    use EvidenceRole::{FinSent, ProbeAnswered, ProbeSent, TimerFired, TimerSet};
    let config = r#""KeepAliveConfig.Idle":"1s","KeepAliveConfig.Interval":"500ms""#;
    for (runtime, options) in [
        ("go-1.27", r#""KeepAlive":"1s""#),
        ("go-1.27", config),
        ("node-26", r#""keepAlive":true"#),
    ] {
        let report = check(runtime, options, true);
        assert_eq!(codes(&report), ["probes-are-not-keep-alive"], "{options}");
        let finding = finding(&report, "probes-are-not-keep-alive");
        assert_eq!(finding.severity, Severity::Cause);
        let expected = [TimerSet, ProbeSent, ProbeAnswered, TimerFired, FinSent];
        assert_eq!(roles(finding), expected);
        let told = &finding.explanation;
        assert!(
            told.en
                .contains("closed it after 2 s all the same (IdleTimeout)"),
            "{told:?}"
        );
        assert!(
            told.zh.contains("2 s 一到照样关（IdleTimeout）"),
            "{told:?}"
        );
    }
}

/// It is said beside the race as well: probes do not help against that either.
#[test]
fn it_is_told_beside_a_race() {
    let probes = ("clients.agent.options.KeepAlive", "1s");
    let report = report("pyroscope-idle-race", &with(&THIRD_FAILS, &[probes]));
    let expected = [
        "keepalive-race 3",
        "idle-fallback",
        "probes-are-not-keep-alive",
    ];
    assert_eq!(codes(&report), expected);
}

/// Probes are off, or come too late; the client closes first; nobody wanted the connection any more.
#[test]
fn near_misses() {
    for (options, second) in [
        (r#""KeepAlive":"-1s""#, true),
        ("", true),
        (r#""KeepAlive":"1s","IdleConnTimeout":"1500ms""#, true),
        (r#""KeepAlive":"1s""#, false),
    ] {
        assert_eq!(
            codes(&check("go-1.27", options, second)),
            [""; 0],
            "{options}"
        );
    }
}
