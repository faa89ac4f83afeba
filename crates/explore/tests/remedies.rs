//! What every preset advises: green holds for gaps that the proof has not tried, nothing that does not help is shown, and all of it can
//! be pasted.

use std::time::Duration;
use whyeof_diagnose::{Grade, Proof, Remedy};
use whyeof_explore::advise::{edited, explain};
use whyeof_explore::probe::{Probe, request_of_interest};
use whyeof_scenario::{Scenario, presets};

/// Gaps that are tried here, and in no step with those of a proof, which divides the same span by 120.
const GAPS: u32 = 397;

fn with(scenario: &Scenario, remedy: &Remedy) -> Scenario {
    let edits = remedy.edits.iter();
    let edits = edits.map(|e| (e.path.as_str(), e.value.as_str()));
    edited(scenario, edits).expect("an edit")
}

/// Gaps from none to the longest that was proved, also closely around where something gives up.
fn gaps(probe: &Probe, to: Duration) -> Vec<Duration> {
    let even = (0..=GAPS).map(|n| to * n / GAPS);
    let around = |deadline: Duration| {
        let step = Duration::from_micros(333);
        (0..100_u32).map(move |n| (deadline + step * n).saturating_sub(step * 50))
    };
    let close = probe.deadlines(to).into_iter().flat_map(around);
    even.chain(close.filter(|gap| *gap <= to)).collect()
}

#[test]
fn a_green_remedy_of_a_preset_fails_for_no_gap() {
    let mut green = 0;
    for preset in presets::ALL {
        let scenario = preset.scenario();
        let explained = explain(&scenario).expect("a preset runs");
        let interest = request_of_interest(&explained.trace);
        for (finding, remedy) in explained.report.advice() {
            if remedy.grade != Grade::Green {
                continue;
            }
            green += 1;
            let name = format!("{}: {}", preset.id, remedy.title.en);
            let edited = with(&scenario, remedy);
            let again = explain(&edited).expect("a remedy runs");
            assert_eq!(again.report.totals().failed, 0, "{name}");
            let Some(Proof::Gaps(proof)) = &remedy.proof else {
                continue;
            };
            let request = finding.request.or(interest).expect("a request");
            let probe = Probe::about(&scenario, &explained.trace, request).expect("it holds");
            let probe = probe.expect("a gap").of(&edited).expect("it holds");
            for gap in gaps(&probe, proof.gaps.1) {
                let run = probe.run(gap);
                assert!(
                    !run.ending.is_bad(),
                    "{name}: fails at {gap:?}, {:?}",
                    run.error
                );
            }
        }
    }
    assert!(green >= 20, "{green} green remedies were tried");
}

/// Two clients that race with one server: what cures one of them is no cure, and what cures both stands first, once.
#[test]
fn what_cures_one_of_two_clients_is_not_green() {
    let mut scenario = presets::find("pyroscope-idle-race")
        .expect("a preset")
        .scenario();
    let mut other = scenario.clients[0].clone();
    other.name = "second".to_owned();
    other.host = Some("second-host".to_owned());
    scenario.clients.push(other);
    let explained = explain(&scenario).expect("it runs");
    assert!(explained.report.totals().failed >= 2);
    let remedies = explained.report.remedies();
    let green: Vec<&str> = remedies
        .iter()
        .filter(|remedy| remedy.grade == Grade::Green)
        .map(|remedy| remedy.kind.name())
        .collect();
    assert_eq!(green, ["every-hop"]);
    let [first, rest @ ..] = remedies.as_slice() else {
        panic!("no remedy");
    };
    let again = explain(&with(&scenario, first)).expect("a remedy runs");
    assert_eq!(again.report.totals().failed, 0, "{}", first.title.en);
    assert!(rest.iter().any(|remedy| {
        remedy
            .note
            .en
            .contains("(second, POST pyroscope:4040/ingest)")
    }));
}

#[test]
fn what_a_preset_advises_helps_and_can_be_pasted() {
    for preset in presets::ALL {
        let scenario = preset.scenario();
        let explained = explain(&scenario).expect("a preset runs");
        for remedy in explained.report.remedies() {
            let name = format!("{}: {}", preset.id, remedy.title.en);
            assert!(!remedy.is_no_better(), "{name}: {:?}", remedy.proof);
            assert!(!remedy.paste.is_empty(), "{name}: nothing to paste");
        }
    }
}

/// Where a box forgets, probes keep it from doing so, whatever a runtime calls their first silence.
#[test]
fn probes_keep_a_box_from_forgetting() {
    for (client, expected) in [
        (
            r#""runtime":"go-1.27","options":{"KeepAlive":"600s"}"#,
            "Client: KeepAlive = 70 s",
        ),
        (
            r#""runtime":"node-20","options":{"keepAlive":true,"keepAliveMsecs":"600s"}"#,
            "Client: keepAliveMsecs = 70 s",
        ),
    ] {
        let json = format!(
            r#"{{"version":1,"until":"840s","clients":[{{"name":"c",{client},"requests":[{{"to":"s:80","method":"POST","every":"400s","count":2}}]}}],
            "servers":[{{"name":"s","listen":80,"runtime":"node-26","options":{{"keepAliveTimeout":"0s"}}}}],
            "faults":[{{"name":"box","forget":{{"idle":"350s","then":"reset","from":"c","to":"s"}}}}]}}"#
        );
        let scenario = Scenario::from_json(&json).expect("a scenario");
        let explained = explain(&scenario).expect("it runs");
        let remedies = explained.report.remedies();
        let green = remedies.iter().filter(|it| it.grade == Grade::Green);
        let titles: Vec<_> = green.map(|it| &*it.title.en).collect();
        assert!(titles.contains(&expected), "{titles:?}");
    }
}

/// A rule names the port of one connection: what takes another port is not met by it, so that no run shows anything about such a remedy.
#[test]
fn what_evades_a_rule_for_one_port_is_not_proved() {
    let with = |rule: &str| {
        let rule = format!("iptables -A INPUT -p tcp --sport 80{rule} -j DROP");
        let undone = rule.replace("-A", "-D");
        let json = format!(
            r#"{{"version":1,"until":"60s","clients":[{{"name":"c","runtime":"node-20","options":{{"keepAlive":true,"keepAliveMsecs":"60s"}},"requests":[{{"to":"s:80","method":"POST","body":100,"every":"12s","count":4}}]}}],
            "servers":[{{"name":"s","listen":80,"runtime":"go-1.27","options":{{"IdleTimeout":"10s"}}}}],"network":{{"rtt":"10ms"}},
            "faults":[{{"at":"1s","on":"c","run":"{rule}"}},{{"at":"11.85s","on":"c","run":"{undone}"}}]}}"#
        );
        let scenario = Scenario::from_json(&json).expect("a scenario");
        let explained = explain(&scenario).expect("it runs");
        let remedies = explained.report.remedies().into_iter();
        let green = remedies.filter(|it| it.grade == Grade::Green);
        green.map(|it| it.title.en.to_string()).collect::<Vec<_>>()
    };
    let [idle, short] = [
        "Client: timeout = 9 s",
        "Short connections: keepAlive = false",
    ];
    assert_eq!(with(""), [idle, short]);
    assert_eq!(with(" --dport 32768"), [idle]);
}

/// Packets that are lost on another client's way leave a proof what it is; on the own one, or a proxy's, none is green.
#[test]
fn loss_elsewhere_is_no_doubt() {
    let green = |lossy: &str| {
        let json = format!(
            r#"{{"version":1,"until":"60s","clients":[
            {{"name":"c","runtime":"go-1.27","requests":[{{"to":"s:80","method":"POST","body":100,"every":"10.015s","count":3}}]}},
            {{"name":"other","runtime":"go-1.27","requests":[{{"to":"elsewhere:80","every":"3s","count":3}}]}}],
            "servers":[{{"name":"s","listen":80,"runtime":"go-1.27","options":{{"IdleTimeout":"10s"}}}},{{"name":"elsewhere","listen":80,"runtime":"go-1.27"}}],
            "network":{{"rtt":"10ms","paths":[{{"from":{lossy},"loss":"0.1%"}}]}}}}"#
        );
        let scenario = Scenario::from_json(&json).expect("a scenario");
        let explained = explain(&scenario).expect("it runs");
        let remedies = explained.report.remedies();
        let idle = remedies
            .iter()
            .find(|it| it.title.en.contains("IdleConnTimeout"));
        idle.expect("a remedy").grade == Grade::Green
    };
    assert!(green(r#""other","to":"elsewhere""#));
    assert!(!green(r#""c","to":"s""#));
    assert!(!green(r#""s","to":"c""#));
}

fn scenario(clients: &str, servers: &str, more: &str) -> Scenario {
    let json = format!(
        r#"{{"version":1,"until":"600s","clients":[{clients}],"servers":[{servers}],"network":{{"rtt":"10ms"{more}}}}}"#
    );
    Scenario::from_json(&json).unwrap_or_else(|e| panic!("{e}: {json}"))
}

/// A row of requests, to where and with what timing.
fn row(name: &str, to: &str, timing: &str) -> String {
    format!(r#"{{"name":"{name}","to":"{to}:80","method":"POST","body":100,{timing}}}"#)
}

fn client(name: &str, rows: &[String]) -> String {
    let rows = rows.join(",");
    format!(r#"{{"name":"{name}","runtime":"go-1.27","requests":[{rows}]}}"#)
}

fn server(name: &str, idle: &str, more: &str) -> String {
    format!(
        r#"{{"name":"{name}","listen":80,"runtime":"go-1.27","options":{{"IdleTimeout":"{idle}"}}{more}}}"#
    )
}

/// What goes well at its pace is not said to be safe where another row, another client or another replica would meet a race.
#[test]
fn what_is_safe_for_one_kind_of_request_is_not_said_of_all() {
    let often = r#""every":"2s","count":20"#;
    let two = [server("a", "10s", ""), server("b", "0s", "")].join(",");
    let replicas = r#"{"version":1,"until":"600s","names":{"api":{"hosts":"a b"}},"clients":["#;
    let by_name = format!(
        r#"{replicas}{}],"servers":[{}],"network":{{"rtt":"10ms"}}}}"#,
        client("c", &[row("r", "api", often)]),
        [server("a", "10s", ""), server("b", "10s", "")].join(","),
    );
    for (name, scenario, whose) in [
        (
            "replicas",
            Scenario::from_json(&by_name).expect("a scenario"),
            "",
        ),
        (
            "rows",
            scenario(
                &client(
                    "c",
                    &[row("ra", "a", often), row("rb", "b", r#""at":"60s""#)],
                ),
                &two,
                "",
            ),
            "c, POST a:80/",
        ),
        (
            "clients",
            scenario(
                &[
                    client("c", &[row("rc", "a", often)]),
                    client(
                        "d",
                        &[row("rd", "b", r#""at":"1s","every":"3s","count":30"#)],
                    ),
                ]
                .join(","),
                &two,
                "",
            ),
            "c, POST a:80/",
        ),
    ] {
        let explained = explain(&scenario).expect("it runs");
        assert_eq!(explained.report.totals().failed, 0, "{name}");
        let told = explained.report.findings.iter().map(|it| it.code);
        assert!(!told.clone().any(|it| it == "cannot-race"), "{name}");
        let elsewhere = explained.elsewhere.expect("a proof");
        let (gap, _) = elsewhere.fails_at.expect("a gap that fails");
        assert!(
            (9_900..10_001).contains(&gap.as_millis()),
            "{name}: {gap:?}"
        );
        assert_eq!(elsewhere.whose, whose, "{name}");
    }
}

/// A client has one idle limit for all its servers, and the server's time begins when it has written its answer: what the client is told is below the shortest
/// of them, less what the answer takes, and holds for every gap of every row.
#[test]
fn a_clients_limit_is_below_each_server_and_each_answer() {
    let race = r#""every":"10s","plus":"0ms..20ms","count":20"#;
    let narrow = |rate: &str| format!(r#","paths":[{{"from":"a","to":"c","bandwidth":"{rate}"}}]"#);
    for (scenario, expected) in [
        (
            scenario(
                &client(
                    "c",
                    &[
                        row("ra", "a", race),
                        row("rb", "b", r#""every":"1s","count":20"#),
                    ],
                ),
                &[server("a", "10s", ""), server("b", "5s", "")].join(","),
                "",
            ),
            "Client: IdleConnTimeout = 4.5 s",
        ),
        (
            scenario(
                &client(
                    "c",
                    &[row(
                        "ra",
                        "a",
                        r#""every":"9.99s","plus":"0ms..40ms","count":60"#,
                    )],
                ),
                &server("a", "10s", r#","handler":{"body":300000}"#),
                &narrow("2mbit"),
            ),
            "Client: IdleConnTimeout = 7.8 s",
        ),
        (
            scenario(
                &client("c", &[row("ra", "a", race)]),
                &server("a", "10s", r#","handler":{"body":1000000}"#),
                &narrow("1mbit"),
            ),
            "Client: IdleConnTimeout = 1.5 s",
        ),
    ] {
        let explained = explain(&scenario).expect("it runs");
        assert!(explained.report.totals().failed > 0);
        let remedies = explained.report.remedies();
        let first = remedies.first().expect("a remedy");
        assert_eq!((&*first.title.en, first.grade), (expected, Grade::Green));
    }
}

/// A fault, a command or a pause that has nothing to do with a race hides none: what is said of every gap is also tried without it.
#[test]
fn a_harmless_mishap_hides_no_race() {
    let often = r#""every":"3s","count":10"#;
    let clients = [
        r#"{"name":"a","runtime":"go-1.27","options":{"DisableKeepAlives":true},"requests":[{"to":"s:80","every":"4s","count":5}]}"#.to_owned(),
        client("b", &[row("r", "s", often)]),
    ]
    .join(",");
    for mishap in [
        r#"{"mark":{"from":"s","nth":1,"count":1}}"#,
        r#"{"at":"5s","for":"1ms","drop":{}}"#,
        r#"{"at":"2s","on":"s","run":"sudo iptables -L"}"#,
    ] {
        let json = format!(
            r#"{{"version":1,"until":"60s","clients":[{clients}],"servers":[{}],"network":{{"rtt":"10ms"}},"faults":[{mishap}]}}"#,
            server("s", "10s", "")
        );
        let scenario = Scenario::from_json(&json).unwrap_or_else(|e| panic!("{e}: {json}"));
        let explained = explain(&scenario).expect("it runs");
        let told = explained.report.findings.iter().map(|it| it.code);
        assert!(!told.clone().any(|it| it == "cannot-race"), "{mishap}");
        let elsewhere = explained.elsewhere.expect("a proof");
        let (gap, _) = elsewhere.fails_at.expect("a gap that fails");
        assert!(
            (9_900..10_001).contains(&gap.as_millis()),
            "{mishap}: {gap:?}"
        );
    }
}

/// A scenario with more kinds of requests than are tried is called safe of none of them.
#[test]
fn what_was_not_tried_is_not_called_safe() {
    let rows = (0..12).map(|n| {
        let path = format!(r#""path":"/{n}","at":"{n}s""#);
        row(&format!("r{n}"), "s", &path)
    });
    let rows: Vec<String> = rows.collect();
    let scenario = scenario(&client("c", &rows), &server("s", "0s", ""), "");
    let explained = explain(&scenario).expect("it runs");
    let elsewhere = explained.elsewhere.expect("a proof");
    assert!(elsewhere.fails_at.is_none() && !elsewhere.is_green());
    assert!(elsewhere.draws.untried > 0);
    let caveat = elsewhere.caveat().expect("words");
    assert!(caveat.en.contains("were not tried"), "{}", caveat.en);
}

/// Bodies that are read keep their connection, which then can race: no green where the server lets go first.
#[test]
fn reading_bodies_is_green_only_where_what_is_kept_is_safe() {
    let grade = |options: &str| {
        let json = format!(
            r#"{{"version":1,"until":"60s","clients":[{{"name":"c","runtime":"go-1.19"{options},"requests":[{{"to":"s:80","every":"6s","count":5,"read":"none"}}]}}],
            "servers":[{{"name":"s","listen":80,"runtime":"go-1.27","options":{{"IdleTimeout":"10s"}},"handler":{{"body":50000}}}}]}}"#
        );
        let scenario = Scenario::from_json(&json).expect("a scenario");
        let explained = explain(&scenario).expect("it runs");
        let remedies = explained.report.remedies();
        let read = remedies
            .iter()
            .find(|it| it.title.en.contains("read response bodies"));
        read.expect("a remedy").grade
    };
    assert_eq!(grade(""), Grade::Amber);
    assert_eq!(
        grade(r#","options":{"IdleConnTimeout":"8s"}"#),
        Grade::Green
    );
}
