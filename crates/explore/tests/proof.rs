//! What is called safe: only what every gap, and the scenario itself, bear out.

use std::time::Duration;
use whyeof_diagnose::Grade;
use whyeof_explore::advise::{Explained, explain};
use whyeof_explore::probe::{Probe, request_of_interest};
use whyeof_scenario::{Scenario, presets};

fn explained(scenario: &Scenario) -> Explained {
    explain(scenario).expect("a plan")
}

fn pair(server: &str, rest: &str) -> Scenario {
    let json = format!(
        r#"{{"version":1,"clients":[{{"name":"agent","runtime":"go-1.27","requests":[{{"name":"r","to":"web:80","method":"POST","body":100,"every":"10s","count":3}}]}}],
        "servers":[{{"name":"web","listen":80,{server}}}]{rest}}}"#
    );
    Scenario::from_json(&json).unwrap_or_else(|invalid| panic!("{invalid}: {json}"))
}

/// The gap at which a run would have failed that went well, in whole seconds.
#[test]
fn every_timeout_is_looked_at_whatever_a_runtime_calls_it() {
    let boxed = r#","faults":[{"forget":{"idle":"900s"}}]"#;
    let nginx = r#","proxies":[{"name":"gate","runtime":"nginx-1.22","listen":80,"to":"web:80"}]"#;
    let through = |rest: &str| {
        let json = pair(r#""runtime":"go-1.27""#, rest).to_json();
        Scenario::from_json(
            &json.replace(r#""to":"web:80","method""#, r#""to":"gate:80","method""#),
        )
        .expect("a scenario")
    };
    for (scenario, fails_at) in [
        (pair(r#""runtime":"nginx-1.22""#, ""), Some(74)),
        (
            pair(
                r#""runtime":"node-26","options":{"keepAliveTimeout":"0s"}"#,
                boxed,
            ),
            None,
        ),
        (through(nginx), Some(74)),
    ] {
        let elsewhere = explained(&scenario).elsewhere.expect("it went well");
        let fails_at = fails_at.map(Duration::from_secs);
        let found = elsewhere
            .fails_at
            .map(|(gap, _)| Duration::from_secs(gap.as_secs()));
        assert_eq!(found, fails_at, "{}", scenario.to_json());
        assert!(elsewhere.to >= Duration::from_secs(150));
    }
    let probing = presets::find("ipvs-900s").expect("a preset").scenario();
    let remedies = explained(&probing).report;
    let gaps = remedies.remedies()[0].proof.clone();
    assert!(
        format!("{gaps:?}").contains("1800s"),
        "twice the box's limit: {gaps:?}"
    );
}

/// The gaps move two requests; a server that is busy for a while is so at its own time.
#[test]
fn a_fix_that_does_not_help_the_scenario_itself_is_not_green() {
    let json = r#"{"version":1,"until":"10s",
        "clients":[{"name":"c","runtime":"go-1.27","requests":[{"to":"s:80","method":"POST","every":"900ms","count":4}]}],
        "servers":[{"name":"s","runtime":"node-26","listen":80,"options":{"keepAliveTimeout":"1s","keepAliveTimeoutBuffer":"0ms"},"busy":{"at":"1.5s","for":"1.5s"}}]}"#;
    let explained = explained(&Scenario::from_json(json).expect("a scenario"));
    let remedies = explained.report.remedies();
    let idle = remedies
        .iter()
        .find(|remedy| remedy.title.en.contains("IdleConnTimeout"));
    assert!(idle.is_none_or(|remedy| remedy.grade == Grade::Amber));
    for remedy in remedies {
        let mut edited = Scenario::from_json(json).expect("a scenario");
        for edit in &remedy.edits {
            whyeof_scenario::set(&mut edited, &edit.path, &edit.value).expect("an edit");
        }
        let again = explain(&edited).expect("a plan");
        if remedy.grade == Grade::Green {
            assert_eq!(again.report.totals().failed, 0, "{}", remedy.title.en);
        }
    }
}

/// A client with two servers, one of which closes sooner: a fix for the one is none for the other.
#[test]
fn a_green_fix_leaves_no_end_of_a_connection_in_the_scenario() {
    let json = r#"{"version":1,"until":"30s","clients":[{"name":"c","runtime":"go-1.27","options":{},"requests":[{"name":"a1","to":"s:8080","method":"POST","path":"/a","body":5,"at":"0s"},{"name":"a2","to":"s:8080","method":"POST","path":"/a","body":5,"at":"5.018s"},{"name":"b1","to":"t:8080","method":"POST","path":"/b","body":5,"at":"10s"},{"name":"b2","to":"t:8080","method":"POST","path":"/b","body":5,"at":"13.018s"}]}],"servers":[{"name":"s","runtime":"go-1.27","listen":8080,"options":{"IdleTimeout":"5s"},"handler":{"think":"1ms"}},{"name":"t","runtime":"go-1.27","listen":8080,"options":{"IdleTimeout":"3s"},"handler":{"think":"1ms"}}],"faults":[]}"#;
    let scenario = Scenario::from_json(json).expect("a scenario");
    let explained = explained(&scenario);
    assert!(!explained.report.remedies().is_empty());
    for remedy in explained.report.remedies() {
        let mut edited = scenario.clone();
        for edit in &remedy.edits {
            whyeof_scenario::set(&mut edited, &edit.path, &edit.value).expect("an edit");
        }
        let failed = explain(&edited).expect("a plan").report.totals().failed;
        assert!(
            remedy.grade != Grade::Green || failed == 0,
            "{}",
            remedy.title.en
        );
    }
}

/// Two of five machines are silent: another gap brings another machine's turn, so gaps are no question there.
#[test]
fn where_something_else_decides_gaps_are_no_question() {
    let about = |preset: &str| {
        let scenario = presets::find(preset).expect("a preset").scenario();
        let trace = whyeof_sim::world::run(whyeof_scenario::build(&scenario).expect("a plan"));
        let request = request_of_interest(&trace).expect("a request");
        let probe = Probe::about(&scenario, &trace, request).expect("a scenario");
        probe.is_some()
    };
    assert!(!about("silent-switch-two-of-five"));
    assert!(about("pyroscope-idle-race"));
    assert!(about("pyroscope-idle-race-clean"));
}

/// Where each request dials, nothing can have ended before it, however late it comes.
#[test]
fn short_connections_are_safe_where_packets_are_lost() {
    let safe = r#""runtime":"go-1.27","options":{"IdleTimeout":"10s"}"#;
    let lossy = r#","network":{"paths":[{"from":"agent","to":"web","loss":"0.1%"}]}"#;
    let mut scenario = pair(safe, lossy);
    whyeof_scenario::set(
        &mut scenario,
        "clients.agent.options.DisableKeepAlives",
        "true",
    )
    .expect("an edit");
    assert!(
        explained(&scenario)
            .elsewhere
            .expect("it went well")
            .is_green()
    );
}

/// A client that lets go at 9 s is safe before a server that does so at 10 s, unless packets are lost: what is sent again may come later still.
#[test]
fn where_packets_are_lost_runs_prove_nothing() {
    let safe = r#""runtime":"go-1.27","options":{"IdleTimeout":"30s"}"#;
    for (loss, rest) in [
        ("", None),
        (
            r#","network":{"paths":[{"from":"agent","to":"web","loss":"0.1%"}]}"#,
            Some(8),
        ),
    ] {
        let mut scenario = pair(safe, loss);
        whyeof_scenario::set(&mut scenario, "clients.agent.options.IdleConnTimeout", "9s")
            .expect("an edit");
        let found = explained(&scenario);
        let proof = found.elsewhere.expect("it went well");
        assert_eq!(proof.fails_at, None);
        let says = found
            .report
            .findings
            .iter()
            .any(|it| it.code == "cannot-race");
        match rest {
            None => assert!(says && proof.is_green() && proof.caveat().is_none()),
            Some(draws) => {
                assert!(!says && !proof.is_green());
                let caveat = proof.caveat().expect("a caveat").en;
                assert!(caveat.contains(&format!("{draws} draws")), "{caveat}");
            }
        }
    }
}

/// A connection that is used again at any hop can have ended before a request that comes late: here the client dials each time, and the proxy does not.
#[test]
fn one_hop_that_reuses_is_enough_for_lost_packets() {
    let json = |upstream: &str| {
        format!(
            r#"{{"version":1,"clients":[{{"name":"agent","runtime":"go-1.27","options":{{"DisableKeepAlives":true}},"requests":[{{"name":"r","to":"gate:80","method":"POST","body":100,"every":"10s","count":3}}]}}],
            "proxies":[{{"name":"gate","runtime":"nginx-1.22","listen":80,"to":"web:80","options":{{{upstream}}}}}],
            "servers":[{{"name":"web","listen":80,"runtime":"go-1.27"}}],
            "network":{{"paths":[{{"from":"gate","to":"web","loss":"0.1%"}}]}}}}"#
        )
    };
    for (upstream, green) in [("", true), (r#""upstream.keepalive":16"#, false)] {
        let scenario = Scenario::from_json(&json(upstream)).expect("a scenario");
        let found = explained(&scenario).elsewhere.expect("it went well");
        assert_eq!(found.is_green(), green, "{upstream}");
    }
}

/// Behind a proxy the window may be narrower than the gaps are apart, and the caller dials on both sides of it: it is found where the proxy's own
/// connection changes.
#[test]
fn a_window_of_the_inner_hop_is_found_from_far_away() {
    let json = |set: &str, rtt: &str, body: u32| {
        format!(
            r#"{{"version":1,"clients":[{{"name":"caller","runtime":"{set}","requests":[{{"name":"call","to":"elb:80","method":"POST","body":{body},"every":"7s","count":3}}]}}],
            "proxies":[{{"name":"elb","runtime":"alb","to":"api:8080"}}],"servers":[{{"name":"api","listen":8080,"runtime":"node-20"}}],
            "network":{{"rtt":"500us","paths":[{{"from":"caller","to":"elb","delay":"{rtt}"}},{{"from":"elb","to":"caller","delay":"{rtt}"}}]}}}}"#
        )
    };
    for (runtime, delay, body) in [
        ("node-20-global-agent", "75ms", 300),
        ("node-20", "75ms", 300),
        ("node-20-global-agent", "5ms", 100_000),
    ] {
        let text = json(runtime, delay, body);
        let scenario = Scenario::from_json(&text).unwrap_or_else(|wrong| panic!("{wrong}: {text}"));
        let proof = explained(&scenario).elsewhere.expect("it went well");
        let gap = proof.fails_at.expect("a window").0;
        assert!(
            gap > Duration::from_secs(5),
            "{runtime} {delay} {body}: {gap:?}"
        );
        assert!(
            gap < Duration::from_millis(6_010),
            "{runtime} {delay} {body}: {gap:?}"
        );
    }
}
