//! The stories, run: each tells what its text says it tells.

use whyeof_scenario::{build, presets};
use whyeof_sim::world::run;
use whyeof_trace::{Event, PoolEvent, RequestEvent};

/// Per request: the connections it was given and how it ended.
fn outcomes(id: &str) -> Vec<String> {
    let preset = presets::find(id).expect(id);
    let trace = run(build(&preset.scenario()).expect(id));
    let mut outcomes = vec![Vec::new(); trace.requests.len()];
    for record in &trace.records {
        match record.event {
            Event::Pool(PoolEvent::Checkout {
                request, reused, ..
            }) => {
                let word = if reused { "reused" } else { "new" };
                outcomes[request.index()].push(word.to_owned());
            }
            Event::Request(RequestEvent::Finished { request, .. }) => {
                outcomes[request.index()].push("ok".to_owned());
            }
            Event::Request(RequestEvent::Failed { request, text, .. }) => {
                outcomes[request.index()].push(trace.text(text).to_owned());
            }
            _ => {}
        }
    }
    outcomes.into_iter().map(|words| words.join(", ")).collect()
}

/// As recorded: captures 01 (the race), 02 (30 s), 02b (the client lets go first), 01f (silent retry), 16 (never used), 03, 04, 06,
/// 06b, 07, 13.
#[test]
fn each_story_ends_as_it_says() {
    let eof = r#"reused, Post "http://pyroscope:4040/ingest": EOF"#;
    for (id, expected) in [
        (
            "pyroscope-idle-race",
            vec!["new, ok", "reused, ok", eof, "new, ok"],
        ),
        ("pyroscope-idle-race-client-idle-9s", vec!["new, ok"; 4]),
        (
            "pyroscope-idle-race-server-idle-30s",
            vec!["new, ok", "reused, ok", "reused, ok", "reused, ok"],
        ),
        ("pyroscope-idle-race-short-connections", vec!["new, ok"; 4]),
        (
            "pyroscope-idle-race-idempotency-key",
            vec!["new, ok", "reused, ok", "reused, new, ok", "reused, ok"],
        ),
        (
            "pyroscope-idle-race-get",
            vec!["new, ok", "reused, ok", "reused, new, ok", "reused, ok"],
        ),
        (
            "pyroscope-never-used-connection",
            vec!["new, ok", "reused, ok", "reused, ok", "reused, ok", eof],
        ),
        (
            "pyroscope-idle-race-clean",
            vec![
                "new, ok",
                "reused, ok",
                "reused, ok",
                "reused, ok",
                "reused, ok",
                "reused, ok",
            ],
        ),
    ] {
        assert_eq!(outcomes(id), expected, "{id}");
    }
}

/// Captures 01 and 91 with other numbers, 03, 04 and 13.
#[test]
fn each_story_of_two_keep_alives_ends_as_it_says() {
    let call_eof = r#"reused, Post "http://api:8080/call": EOF"#;
    for (id, expected) in [
        (
            "two-keep-alives",
            vec!["new, ok", "reused, ok", call_eof, "new, ok"],
        ),
        (
            "two-keep-alives-probes-1s",
            vec!["new, ok", "reused, ok", call_eof, "new, ok"],
        ),
        ("two-keep-alives-client-idle", vec!["new, ok"; 4]),
        (
            "two-keep-alives-retry",
            vec!["new, ok", "reused, ok", call_eof, "new, ok", "reused, ok"],
        ),
        // Each request of the caller, and what the load balancer asks for it.
        (
            "two-keep-alives-elb",
            vec![
                "new, ok",
                "new, ok",
                "reused, ok",
                "reused, elb_status_code 502, target_status_code -",
                "reused, ok",
                "new, ok",
            ],
        ),
        (
            "node-six-seconds",
            vec!["new, ok", "reused, ok", "reused, socket hang up", "new, ok"],
        ),
        ("node-six-seconds-global-agent", vec!["new, ok"; 4]),
        ("node-six-seconds-agentkeepalive", vec!["new, ok"; 4]),
        ("probes-and-idle-timeout", vec!["new, ok"; 2]),
        ("keep-alive-and-close", vec!["new, ok"; 3]),
        (
            "hijack-close",
            vec![
                r#"new, Post "http://api:8080/crash": EOF"#,
                "new, ok",
                r#"reused, new, Get "http://api:8080/crash": EOF"#,
            ],
        ),
        (
            "shutdown-race",
            vec![
                "new, ok",
                "reused, ok",
                "new, ok",
                r#"reused, Post "http://api:8080/a": EOF"#,
                r#"Post "http://api:8080/a": dial tcp 10.0.0.2:8080: connect: connection refused"#,
            ],
        ),
    ] {
        assert_eq!(outcomes(id), expected, "{id}");
    }
}

/// Captures 06, 06b and 07; `body-unread` is counted in the command's tests.
#[test]
fn each_story_of_bodies_ends_as_it_says() {
    for (id, expected) in [
        (
            "body-leak",
            vec![
                "new, ok",
                "new, ok",
                r#"Get "http://backend:8080/small": context deadline exceeded"#,
            ],
        ),
        ("body-leak-timeout", vec!["new, ok"; 3]),
        ("body-leak-unlimited", vec!["new, ok"; 3]),
        (
            "pool-overflow",
            [
                vec!["new, ok"; 10],
                vec!["reused, ok"; 2],
                vec!["new, ok"; 8],
            ]
            .concat(),
        ),
        (
            "pool-overflow-raised",
            [vec!["new, ok"; 10], vec!["reused, ok"; 10]].concat(),
        ),
    ] {
        assert_eq!(outcomes(id), expected, "{id}");
    }
}
