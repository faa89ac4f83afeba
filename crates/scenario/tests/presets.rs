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

/// As recorded: captures 01 (the race), 02 (30 s), 02b (the client lets go first), 01f (silent retry), 16 (never used).
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
