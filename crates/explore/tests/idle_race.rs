//! What the runs say about the first story and its fixes.

use std::time::Duration;
use whyeof_explore::edges::values;
use whyeof_explore::probe::request_of_interest;
use whyeof_explore::{Closer, Ending, Grid, Over, Probe, Strip, prove, sweep};
use whyeof_scenario::span::{Span, Unit};
use whyeof_scenario::{Scenario, apply, build, presets};
use whyeof_sim::world::{outcomes, run};
use whyeof_trace::{Failure, RequestId};

fn scenario(id: &str) -> Scenario {
    presets::find(id).expect("a preset").scenario()
}

fn probe(id: &str) -> (Scenario, Probe) {
    let scenario = scenario(id);
    let trace = run(build(&scenario).expect("a preset can be built"));
    let request = request_of_interest(&trace).expect("a request");
    let probe = Probe::about(&scenario, &trace, request)
        .expect("it holds")
        .expect("a gap");
    (scenario, probe)
}

/// Green is a claim about every idle gap from 0 to twice the largest timeout; amber names a gap that fails.
#[test]
fn fixes_are_graded_by_runs() {
    let table = [
        // Behind the window lies the moment in which a request is taken back before it is written: Go sends it again by itself.
        (
            "pyroscope-idle-race",
            Some((9_990, 10_000)),
            Some((10_000, 10_001)),
            20,
        ),
        ("pyroscope-idle-race-client-idle-9s", None, None, 20),
        ("pyroscope-idle-race-short-connections", None, None, 20),
        (
            "pyroscope-idle-race-server-idle-30s",
            Some((29_990, 30_000)),
            Some((30_000, 30_001)),
            60,
        ),
        (
            "pyroscope-idle-race-idempotency-key",
            None,
            Some((9_990, 10_000)),
            20,
        ),
        ("pyroscope-idle-race-get", None, Some((9_990, 10_000)), 20),
    ];
    for (id, fails, replays, to) in table {
        let (scenario, probe) = probe(id);
        let proof = prove(&scenario, &probe).expect("it holds");
        let within = |found: Option<Duration>, expected: Option<(u64, u64)>| match expected {
            Some((from, to)) => found.is_some_and(|gap| {
                Duration::from_millis(from) <= gap && gap <= Duration::from_millis(to)
            }),
            None => found.is_none(),
        };
        assert!(
            within(proof.fails_at.clone().map(|f| f.0), fails),
            "{id}: {proof:?}"
        );
        assert!(within(proof.replays_at, replays), "{id}: {proof:?}");
        assert_eq!(proof.to, Duration::from_secs(to), "{id}");
        assert_eq!(
            proof.is_green(),
            fails.is_none() && replays.is_none(),
            "{id}"
        );
    }
}

/// Gaps are set, not drawn: however requests are spread, a limit that only moves the window is amber.
#[test]
fn gaps_of_drawn_traffic_are_set_all_the_same() {
    let traffic = [
        ("even", ""),
        ("poisson", r#","arrivals":"poisson""#),
        ("workers", r#","workers":3"#),
    ];
    for (name, spread) in traffic {
        let json = format!(
            r#"{{"version":1,"until":"3s","clients":[{{"name":"c","runtime":"node-26","options":{{"keepAlive":true}},
            "requests":[{{"to":"s:80","method":"POST","body":10,"every":"30ms","count":90{spread}}}]}}],
            "servers":[{{"name":"s","listen":80,"runtime":"go-1.27","handler":{{"think":"5ms"}},"options":{{"IdleTimeout":"35ms"}}}}]}}"#
        );
        let scenario = Scenario::from_json(&json).expect("valid");
        let trace = run(build(&scenario).expect("a plan"));
        let last = RequestId(u32::try_from(trace.requests.len() - 1).expect("few"));
        let probe = Probe::about(&scenario, &trace, last)
            .expect("it holds")
            .expect("a gap");
        let proof = prove(&scenario, &probe).expect("it holds");
        assert!(proof.fails_at.is_some(), "{name}: {proof:?}");
    }
}

/// A proxy that sends a GET again hides the race from its client, not from a sweep.
#[test]
fn a_proxy_s_silent_retry_is_seen() {
    let json = r#"{"version":1,"until":"9s",
        "clients":[{"name":"c","runtime":"go-1.27","requests":[{"to":"n:80","at":"0ms"},{"to":"n:80","at":"500ms"}]}],
        "proxies":[{"name":"n","listen":80,"runtime":"nginx-1.22","to":"s:80","options":{"upstream.keepalive":8}}],
        "servers":[{"name":"s","listen":80,"runtime":"go-1.27","options":{"IdleTimeout":"1s"}}]}"#;
    let scenario = Scenario::from_json(json).expect("valid");
    let trace = run(build(&scenario).expect("a plan"));
    // The first request has a request behind the proxy; the second follows it.
    let second = RequestId(2);
    let probe = Probe::about(&scenario, &trace, second)
        .expect("it holds")
        .expect("a gap");
    let proof = prove(&scenario, &probe).expect("it holds");
    assert!(proof.replays_at.is_some() && !proof.is_green(), "{proof:?}");
}

/// ground-truth §2: before the window the old connection answers, then EOF for one round trip and the client's notice,
/// then a new connection. The request that falls between checkout and write is replayed, for nothing of it was written.
#[test]
fn the_strip_shows_the_whole_window() {
    let (scenario, probe) = probe("pyroscope-idle-race");
    let gap = probe.gap;
    let mut strip = Strip::of(&scenario, probe).expect("it holds");
    let points: Vec<_> = (0..strip.count).map(|n| strip.run(n)).collect();
    assert_eq!(points.len(), 201);
    let mut order: Vec<_> = points.iter().map(|p| p.ending).collect();
    order.dedup();
    // The reset of a request that comes between the deadline and close(2) is 50 us wide, less than a step.
    order.retain(|e| *e != Ending::Failed(Failure::Reset));
    assert_eq!(
        order,
        [
            Ending::OkReused,
            Ending::Failed(Failure::EndOfStream),
            Ending::OkRetried,
            Ending::OkNew
        ]
    );
    let failing: Vec<_> = points
        .iter()
        .filter(|p| p.ending.is_bad())
        .map(|p| p.gap)
        .collect();
    let width = failing[failing.len() - 1] - failing[0];
    let expected = Duration::from_micros(10_000 + 97);
    assert!(width.abs_diff(expected) <= strip.step * 2, "{width:?}");
    assert!(
        failing[0] < gap && gap < failing[failing.len() - 1],
        "this run's place is in it"
    );
}

/// Where nothing turns near this run, the strip looks as far as twice its gap: a box that forgets after 350 s is met at once, and who lets
/// go after 9 s is on the safe side long before.
#[test]
fn a_strip_shows_what_turns_far_from_this_run() {
    for (preset, turns_at, then) in [
        ("nat-350s", 350, Ending::Failed(Failure::Reset)),
        ("pyroscope-idle-race-client-idle-9s", 9, Ending::OkNew),
    ] {
        let (scenario, probe) = probe(preset);
        let gap = probe.gap;
        let mut strip = Strip::of(&scenario, probe).expect("it holds");
        assert!(strip.gap(0) < Duration::from_micros(1), "{preset}");
        assert_eq!(strip.gap(100), gap, "{preset}: this run is in the middle");
        let turns = (0..strip.count).find(|n| strip.run(*n).ending == then);
        let at = strip.gap(turns.expect("it turns"));
        let expected = Duration::from_secs(turns_at);
        assert!(at.abs_diff(expected) <= strip.step, "{preset}: {at:?}");
    }
}

#[test]
fn a_sweep_over_the_period_has_the_same_windows() {
    let mut scenario = scenario("pyroscope-idle-race");
    for (path, value) in [
        ("clients.agent.requests.upload.count", "2"),
        ("clients.agent.requests.upload.plus", "0ms..0ms"),
    ] {
        whyeof_scenario::set(&mut scenario, path, value).expect("a field");
    }
    let over = "clients.agent.requests.upload.every=10.006s..10.030s/0.5ms";
    let mut calls = 0;
    let grid = Grid::new(vec![Over::parse(over).expect("a range")], 1).expect("a grid");
    let done = sweep(&scenario, grid, |_, _| {
        calls += 1;
        true
    });
    let done = done.expect("it holds");
    assert_eq!((done.runs.len(), calls), (49, 49));
    let windows: Vec<_> = done
        .windows()
        .into_iter()
        .map(|w| (w.from, w.to, w.ending.code()))
        .collect();
    let expected = [
        ("10.006s", "10.013s", "ok-reused"),
        ("10.0135s", "10.023s", "failed"),
        // Taken from the pool, nothing written yet when the FIN came: ground-truth §2, "silent retry (attempts=2)".
        ("10.0235s", "10.0235s", "ok-retried"),
        ("10.024s", "10.03s", "ok-new"),
    ];
    let expected: Vec<_> = expected
        .iter()
        .map(|(a, b, c)| ((*a).to_owned(), (*b).to_owned(), *c))
        .collect();
    assert_eq!(windows, expected);
    let edges = done.edges(&scenario).expect("they hold");
    let span = |text: &str| Span::parse(text, Unit::Nanos).expect("a span").0;
    let mut last = None;
    for edge in &edges {
        assert!(span(&edge.above) - span(&edge.below) <= 1_000, "{edge:?}");
        assert!(last.is_none_or(|last| last == edge.from.ending), "{edge:?}");
        last = Some(edge.to.ending);
    }
    // Between two of these values the socket is closed while the request waits in its queue, and the client hears RST first (ground-truth §2, rare).
    let ends = |code: &str| edges.iter().any(|edge| edge.to.ending.code() == code);
    assert!(
        ends("failed") && ends("ok-retried") && ends("ok-new"),
        "{edges:?}"
    );
    // The window is one round trip and the client's notice wide, whatever the steps were.
    let failing = edges
        .iter()
        .find(|edge| edge.to.ending.is_bad())
        .expect("an edge");
    let well = edges
        .iter()
        .rfind(|edge| edge.from.ending.is_bad())
        .expect("an edge");
    let wide = span(&well.above) - span(&failing.below);
    assert!((10_000_000..=11_000_000).contains(&wide), "{wide} ns");
}

/// Windows that no timeout of the settings points at: that of two programs on one machine is 0.15 ms wide, and that of a
/// connection which was never used counts from its dialling.
#[test]
fn a_proof_finds_windows_wherever_they_lie() {
    let one_machine: &[_] = &[("clients.agent.host", "pyroscope")];
    let slow_handler: &[_] = &[
        ("servers.pyroscope.handler.think", "3.2s"),
        ("servers.pyroscope.options.WriteTimeout", ""),
        ("clients.agent.options.Timeout", ""),
        ("clients.agent.requests.second.at", "5s"),
        ("clients.agent.requests.third.at", "8.207s"),
        ("clients.agent.requests.pair.at", "14s"),
        ("until", "60s"),
    ];
    // It waits longer than any timeout, and the proof still ends.
    let very_slow: &[_] = &[
        ("servers.pyroscope.handler.think", "600s"),
        ("network.rtt", "0s"),
        ("servers.pyroscope.options.WriteTimeout", ""),
        ("clients.agent.options.Timeout", ""),
        ("clients.agent.requests.upload.count", "2"),
        ("clients.agent.requests.upload.every", "700s"),
        ("until", "3600s"),
    ];
    for (id, edits) in [
        ("pyroscope-idle-race", one_machine),
        ("pyroscope-never-used-connection", slow_handler),
        ("pyroscope-idle-race-clean", very_slow),
    ] {
        let mut scenario = scenario(id);
        apply(&mut scenario, edits.iter().copied()).expect("edits that fit");
        let trace = run(build(&scenario).expect("a valid scenario"));
        let last = RequestId(u32::try_from(trace.requests.len()).expect("few") - 1);
        let probe = Probe::about(&scenario, &trace, last)
            .expect("valid")
            .expect("a gap");
        let proof = prove(&scenario, &probe).expect("valid");
        assert!(proof.fails_at.is_some(), "{id} {edits:?}: {proof:?}");
        assert!(proof.runs < 6_000, "{id} {edits:?}: {} runs", proof.runs);
    }
}

/// A body that is never closed keeps its connection out of the pool: whoever starves behind it does so at any gap.
#[test]
fn a_failure_without_an_idle_connection_asks_no_question_of_gaps() {
    for (id, has_gap) in [("body-leak", false), ("two-keep-alives", true)] {
        let scenario = scenario(id);
        let trace = run(build(&scenario).expect("a preset can be built"));
        let request = request_of_interest(&trace).expect("a request");
        let probe = Probe::about(&scenario, &trace, request).expect("it holds");
        assert_eq!(probe.is_some(), has_gap, "{id}");
    }
}

/// In this story a later request is refused, whatever became of the one that is asked about.
#[test]
fn the_question_is_about_the_request_that_failed_first() {
    let (_, probe) = probe("shutdown-race");
    let near = probe.run(probe.gap);
    assert_eq!(
        near.error.as_deref(),
        Some(r#"Post "http://api:8080/a": EOF"#)
    );
    let early = probe.run(probe.gap - Duration::from_millis(20));
    assert_eq!((early.ending, early.error), (Ending::OkReused, None));
}

/// A map has edges both ways: along each knob, no further apart than 1 µs, and of what the values on both sides end as.
#[test]
fn edges_are_found_along_both_knobs() {
    let scenario = scenario("pyroscope-idle-race");
    let overs = [
        "servers.pyroscope.options.IdleTimeout=9s..11s/lin5",
        "clients.agent.options.IdleConnTimeout=9s..11s/lin5",
    ];
    let grid = Grid::parse(&scenario, &overs.map(str::to_owned), 1).expect("a grid");
    let done = sweep(&scenario, grid, |_, _| true).expect("it holds");
    let edges = done.edges(&scenario).expect("they hold");
    let span = |text: &str| Span::parse(text, Unit::Nanos).expect("a span").0;
    for along in [0, 1] {
        let mut found = edges.iter().filter(|edge| edge.along == along).peekable();
        assert!(found.peek().is_some(), "along {along}");
        for edge in found {
            assert!(span(&edge.above) - span(&edge.below) <= 1_000, "{edge:?}");
            for (value, end) in [(&edge.below, &edge.from), (&edge.above, &edge.to)] {
                let mut at = scenario.clone();
                let values = values(along, value, edge.beside.as_deref());
                let paths = done.grid.overs().iter().map(|over| over.path.as_str());
                apply(&mut at, paths.zip(values.iter().map(String::as_str))).expect("they hold");
                let (outcomes, world) = outcomes(build(&at).expect("it holds"));
                let ends = Ending::all(&outcomes, &world);
                let mut ends = ends.iter().map(|(ending, _)| *ending);
                let bad = ends.clone().find(|ending| ending.is_bad());
                assert_eq!(bad.or(ends.next_back()), Some(end.ending), "{edge:?}");
            }
        }
    }
}

/// A seed is a knob like others: each value is a run with it.
#[test]
fn a_swept_seed_is_the_runs_seed() {
    let mut scenario = scenario("pyroscope-idle-race");
    let grid = Grid::parse(&scenario, &["seed=1..8/1".to_owned()], 1).expect("a grid");
    let done = sweep(&scenario, grid, |_, _| true).expect("it holds");
    let mut kinds = std::collections::BTreeSet::new();
    for (seed, swept) in (1..).zip(&done.runs) {
        scenario.seed = seed;
        let (outcomes, world) = outcomes(build(&scenario).expect("it holds"));
        assert_eq!(
            swept.requests,
            Ending::all(&outcomes, &world),
            "seed {seed}"
        );
        kinds.insert(swept.kind());
    }
    assert!(kinds.len() > 1, "{kinds:?}");
}

/// Words and switches are swept like numbers: each value is a run, and an edge lies between two that end differently.
#[test]
fn what_is_no_number_is_swept_as_a_list() {
    let scenario = scenario("pyroscope-idle-race");
    let over = "clients.agent.runtime=go-1.27,node-20,agentkeepalive-4.6".to_owned();
    let grid = Grid::parse(&scenario, &[over], 1).expect("a grid");
    let done = sweep(&scenario, grid, |_, _| true).expect("it holds");
    let ends: Vec<_> = done.runs.iter().map(|run| run.ending().code()).collect();
    assert_eq!(ends, ["failed", "ok-new", "ok-new"]);
    let edges = done.edges(&scenario).expect("they hold");
    let [edge, closer] = edges.as_slice() else {
        panic!("{edges:?}");
    };
    assert_eq!([&*edge.below, &*edge.above], ["go-1.27", "node-20"]);
    // agentkeepalive lets go of sockets after 4 s by itself.
    assert_eq!(closer.to.closer, Some(Closer::Client));
    // A value that the field does not take says so.
    let over = "clients.agent.runtime=go-1.27,nodejs".to_owned();
    let grid = Grid::parse(&scenario, &[over], 1).expect("a grid");
    let wrong = sweep(&scenario, grid, |_, _| true).expect_err("no such runtime");
    assert_eq!(wrong.path, "clients.agent.runtime");
}
