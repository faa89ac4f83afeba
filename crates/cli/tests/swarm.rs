//! Random scenarios: whatever happens in them, a failed request has a finding that explains it.

use whyeof_diagnose::{Outcome, diagnose};
use whyeof_scenario::link::{Shared, encode};
use whyeof_scenario::profiles::{self, Profile};
use whyeof_scenario::{Scenario, build, fields, get, presets, set};
use whyeof_sim::chance::{Draw, Key, Who};
use whyeof_sim::world::run;
use whyeof_trace::Lang;
use whyeof_trace::ProgramId;

/// What most handlers do.
const ANSWER: &str = "answer";

/// Knobs that are drawn, and what they may be.
const KNOBS: [(&str, &[&str]); 21] = [
    (
        "clients.agent.options.IdleConnTimeout",
        &["", "", "", "2s", "9s", "30s"],
    ),
    ("clients.agent.options.MaxConnsPerHost", &["", "1", "2"]),
    (
        "clients.agent.options.MaxIdleConnsPerHost",
        &["", "1", "-1"],
    ),
    (
        "clients.agent.options.Timeout",
        &["", "10s", "10s", "1s", "50ms"],
    ),
    (
        "clients.agent.options.DisableKeepAlives",
        &["", "", "", "true"],
    ),
    (
        "clients.agent.requests.upload.method",
        &["POST", "GET", "PUT", "HEAD"],
    ),
    (
        "clients.agent.requests.upload.body",
        &["0", "900", "5000", "100000"],
    ),
    (
        "clients.agent.requests.upload.every",
        &["1s", "2s", "10s", "10s", "5ms"],
    ),
    (
        "clients.agent.requests.upload.plus",
        &["0ms..0ms", "0ms..20ms", "0ms..300ms"],
    ),
    (
        "servers.pyroscope.options.ReadTimeout",
        &["", "30ms", "1s", "2s", "10s", "10s"],
    ),
    (
        "servers.pyroscope.options.ReadHeaderTimeout",
        &["", "", "", "1s"],
    ),
    (
        "servers.pyroscope.options.IdleTimeout",
        &["", "", "", "1s", "2s", "30s"],
    ),
    (
        "servers.pyroscope.options.WriteTimeout",
        &["", "", "", "5ms", "1s"],
    ),
    (
        "servers.pyroscope.handler.think",
        &["0ms", "2ms", "2ms", "60ms", "1500ms"],
    ),
    ("network.rtt", &["0ms", "1ms", "10ms", "10ms", "100ms"]),
    ("latency", &["median", "sampled"]),
    // Both programs on one machine.
    ("clients.agent.host", &["", "", "", "pyroscope"]),
    // Callers that leave bodies, handlers that break off.
    (
        "clients.agent.requests.upload.read",
        &[
            "all", "all", "all", "all", "all", "all", "none", "half", "leak",
        ],
    ),
    (
        "servers.pyroscope.handler.body",
        &["0", "0", "10", "100000"],
    ),
    (
        "servers.pyroscope.handler.ends",
        &[
            ANSWER,
            ANSWER,
            ANSWER,
            ANSWER,
            ANSWER,
            ANSWER,
            "answer-close",
            "close",
            "reset",
            "cut-body",
        ],
    ),
    (
        "servers.pyroscope.handler.read",
        &["true", "true", "true", "false"],
    ),
];

/// One of these, by a draw of its own.
fn pick<'a>(seed: u64, number: u64, values: &[&'a str]) -> &'a str {
    let key = Key {
        seed,
        who: Who::workload(ProgramId(0), 0),
        what: Draw::RequestJitter,
        number,
    };
    values[usize::try_from(key.below(values.len() as u64)).expect("small")]
}

/// Values for options, whatever they are: those that do not fit are left out.
const ANY: [&str; 12] = [
    "", "", "50ms", "1s", "2s", "30s", "1", "2", "100", "true", "false", "0",
];

/// The same with any runtimes at both ends, and any of their options.
fn with_any_runtimes(seed: u64) -> Scenario {
    let mut scenario = drawn(seed);
    scenario.clients[0].options = <_>::default();
    scenario.servers[0].options = <_>::default();
    let ids = |role: fn(&Profile) -> bool| -> Vec<&str> {
        let all = profiles::ALL.iter().filter(|p| role(p));
        all.map(|p| p.id).collect()
    };
    for (number, path, ids) in [
        (100, "clients.agent.runtime", ids(|p| p.client.is_some())),
        (
            101,
            "servers.pyroscope.runtime",
            ids(|p| p.server.is_some()),
        ),
    ] {
        set(&mut scenario, path, pick(seed, number, &ids)).expect(path);
    }
    let ends = ["", "", "", "", "500ms", "12s", "25s"];
    for (number, path) in [
        (102, "servers.pyroscope.shutdown"),
        (103, "servers.pyroscope.exit"),
        (104, "clients.agent.exit"),
    ] {
        set(&mut scenario, path, pick(seed, number, &ends)).expect(path);
    }
    let options = fields(&scenario).into_iter().filter(|f| f.option.is_some());
    let options: Vec<String> = options.map(|field| field.path).collect();
    for (number, path) in (200..).zip(options) {
        let _ = set(&mut scenario, &path, pick(seed, number, &ANY));
    }
    scenario
}

fn drawn(seed: u64) -> Scenario {
    let mut scenario = presets::find("pyroscope-idle-race")
        .expect("a preset")
        .scenario();
    scenario.seed = seed;
    for (number, (path, values)) in (0..).zip(KNOBS) {
        let value = pick(seed, number, values);
        set(&mut scenario, path, value).unwrap_or_else(|e| panic!("{path}: {e}"));
    }
    if seed % 2 == 1 {
        // Traffic in step with the server's limit, as in the story: else races are too rare to be met.
        let period = get(&scenario, "clients.agent.requests.upload.every").expect("a field");
        for (path, value) in [
            ("servers.pyroscope.options.ReadTimeout", period.as_str()),
            ("servers.pyroscope.options.IdleTimeout", ""),
            ("clients.agent.options.IdleConnTimeout", ""),
        ] {
            set(&mut scenario, path, value).unwrap_or_else(|e| panic!("{path}: {e}"));
        }
    }
    scenario
}

#[test]
fn a_failure_always_has_a_finding() {
    let (failed, races) = check(drawn);
    assert!(failed > 200, "the scenarios are too tame: {failed}");
    assert!(races > 5, "{races} races among {failed} failures");
}

#[test]
fn so_has_one_of_any_runtime() {
    let (failed, _) = check(with_any_runtimes);
    assert!(failed > 200, "the scenarios are too tame: {failed}");
}

/// How many requests fail, and how many of them by the race.
fn check(drawn: fn(u64) -> Scenario) -> (usize, usize) {
    let (mut failed, mut races) = (0, 0);
    for seed in 0..600 {
        let scenario = drawn(seed);
        let trace = run(build(&scenario).expect("it holds"));
        let report = diagnose(&trace);
        for request in report
            .requests
            .iter()
            .filter(|r| r.outcome == Outcome::Failed)
        {
            failed += 1;
            let of_it = |f: &&whyeof_diagnose::Finding| f.request == Some(request.id);
            let link = || {
                encode(&Shared {
                    scenario: Some(scenario.clone()),
                    ..Shared::default()
                })
            };
            let findings: Vec<_> = report.findings.iter().filter(of_it).collect();
            let unexplained = findings.iter().any(|f| f.code == "unexplained");
            assert!(
                !unexplained,
                "{:?} {:?} {}",
                request.id,
                request.error,
                link()
            );
            assert!(
                !findings.is_empty(),
                "{:?} {:?} {}",
                request.id,
                request.error,
                link()
            );
            for finding in &findings {
                let root = trace.causes(finding.evidence[0].record).last();
                assert!(
                    root.is_some_and(|r| r.cause.is_none()),
                    "evidence has a root: {}",
                    link()
                );
            }
            races += usize::from(findings.iter().any(|f| f.code == "keepalive-race"));
        }
    }
    (failed, races)
}

#[test]
fn every_format_can_write_every_run() {
    for seed in 0..60 {
        let trace = run(build(&drawn(seed)).expect("it holds"));
        for format in whyeof_render::formats::ALL {
            let written = format.of(&whyeof_render::formats::Case::from(&trace), Lang::En);
            assert!(
                !written.bytes().is_empty(),
                "{} of seed {seed}",
                format.name.id
            );
        }
    }
}
