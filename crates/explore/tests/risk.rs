//! The risk window: where it is, and what it consists of.

use std::time::Duration;
use whyeof_explore::probe::request_of_interest;
use whyeof_explore::say::tell;
use whyeof_explore::{Decides, Ending, Harm, Leads, Often, Probe, Risk, Shape, Source, risk};
use whyeof_scenario::span::{Span, Unit};
use whyeof_scenario::{Scenario, build, presets, set};
use whyeof_sim::world::{outcomes, run};
use whyeof_trace::Lang;

fn span(text: &str) -> Duration {
    let span = Span::parse(text, Unit::Nanos).expect("a span");
    Duration::from_nanos(span.0.unsigned_abs())
}

fn found(preset: &str, edits: &[(&str, &str)]) -> Risk {
    let mut scenario: Scenario = presets::find(preset).expect("a preset").scenario();
    for (path, value) in edits {
        set(&mut scenario, path, value).expect("a field");
    }
    let trace = run(build(&scenario).expect("it holds"));
    let request = request_of_interest(&trace).expect("a request");
    let probe = Probe::about(&scenario, &trace, request)
        .expect("it holds")
        .expect("a question");
    risk(&scenario, &probe).expect("it holds")
}

fn micros(span: Duration) -> u128 {
    span.as_micros()
}

/// A round trip and some tenths of a millisecond (ground-truth §2: "one RTT plus the client's wake-up time"), and every part of it is
/// read off a run.
#[test]
fn a_window_is_as_wide_as_its_parts() {
    for (preset, rtt) in [
        ("pyroscope-idle-race", "2ms"),
        ("pyroscope-idle-race", "10ms"),
        ("pyroscope-idle-race", "50ms"),
        ("pyroscope-idle-race-get", "10ms"),
        ("two-keep-alives", "10ms"),
        ("two-keep-alives-elb", "10ms"),
        // Node's pool keeps the socket until its `close` event, one turn of the loop after the end was read.
        ("node-six-seconds", "10ms"),
    ] {
        let found = found(preset, &[("network.rtt", rtt)]);
        let first = found.windows.first().expect("a window");
        let parts = first.parts.as_ref().expect("parts");
        let wide = first.width();
        let left = micros(wide).abs_diff(micros(parts.width()));
        assert!(
            left <= 5,
            "{preset} {rtt}: {wide:?}, {parts:?}, {left} µs left"
        );
        assert_eq!(
            micros(parts.there + parts.back),
            micros(span(rtt)),
            "{preset}"
        );
        assert!(first.ends);
    }
}

/// Ground-truth §2: with 10 s and RTT 10 ms requests fail from some 10 ms before the timeout to just after it, reset by peer first and seldom.
#[test]
fn the_first_story_has_one_window_with_two_errors() {
    let found = found("pyroscope-idle-race", &[]);
    let harms: Vec<_> = found.windows.iter().map(|window| window.harm).collect();
    assert_eq!(harms, [Harm::Fails, Harm::Replays]);
    let window = &found.windows[0];
    assert_eq!(micros(window.from) / 1_000, 9_990);
    assert_eq!(micros(window.to) / 1_000, 10_000);
    assert!(
        window.errors[0].ends_with("connection reset by peer"),
        "{window:?}"
    );
    assert!(window.errors[1].ends_with("EOF"), "{window:?}");
    assert_eq!(found.to, Duration::from_secs(20));
}

#[test]
fn who_lets_go_first_has_none_and_a_box_that_forgets_has_no_end() {
    let safe = found("pyroscope-idle-race-client-idle-9s", &[]);
    assert_eq!(safe.windows, []);
    let forgets = found("nat-350s", &[]);
    let [window] = forgets.windows.as_slice() else {
        panic!("{forgets:?}");
    };
    assert_eq!(
        (window.harm, window.ends, &window.parts),
        (Harm::Fails, false, &None)
    );
    assert_eq!(window.from.as_secs_f64().round() as u64, 350);
}

/// A path on which packets take up to so much longer.
fn jittery(jitter: &str, seed: u64) -> Scenario {
    let mut scenario = presets::find("pyroscope-idle-race")
        .expect("a preset")
        .scenario();
    let text = scenario.to_json().replacen(
        "\"clients\"",
        &format!(r#""network": {{"paths": [{{"from": "agent", "to": "pyroscope", "jitter": "{jitter}"}}]}}, "clients""#),
        1,
    );
    scenario = Scenario::from_json(&text).expect("it holds");
    scenario.seed = seed;
    scenario
}

/// Where the way takes 5 to 25 ms, what is asked for 5 ms before the server closes is lost whatever is drawn; before that it depends.
#[test]
fn chance_moves_the_edges_and_that_is_told() {
    let scenario = jittery("20ms", 11);
    let trace = run(build(&scenario).expect("it holds"));
    let probe = Probe::of_interest(&scenario, &trace).expect("it holds");
    let found = risk(&scenario, &probe.expect("a question")).expect("it holds");
    let draws = found.draws().count();
    let [(some_from, some_to)] = found.in_draws(Harm::Fails, 1)[..] else {
        panic!("{found:?}");
    };
    let [(all_from, all_to)] = found.in_draws(Harm::Fails, draws)[..] else {
        panic!("{found:?}");
    };
    // ± the timer's lateness, and the least that was drawn.
    let ms = |gap: Duration| gap.as_secs_f64() * 1e3;
    assert!((9_965.0..9_980.0).contains(&ms(some_from)), "{some_from:?}");
    assert!((9_988.0..9_996.0).contains(&ms(all_from)), "{all_from:?}");
    assert_eq!(
        some_to, all_to,
        "the end is the FIN's arrival, which no jitter moves"
    );
    assert!(!found.say_drawn().is_empty());
}

/// Where there are several clients it says whose requests it is about: those of the one that fails.
#[test]
fn one_of_several_clients_is_named() {
    let scenario = presets::find("pyroscope-idle-race")
        .expect("a preset")
        .scenario();
    let other = r#""clients": [{"name": "other", "runtime": "go-1.27", "requests": [{"name": "ping", "to": "pyroscope:4040", "path": "/ping"}]}, "#;
    let text = scenario.to_json();
    let (before, after) = text.split_once("\"clients\":").expect("clients");
    let after = after.trim_start().trim_start_matches('[');
    let text = format!("{before}{other}{after}");
    let scenario = Scenario::from_json(&text).expect("it holds");
    assert_eq!(scenario.clients.len(), 2);
    let trace = run(build(&scenario).expect("it holds"));
    let probe = Probe::of_interest(&scenario, &trace).expect("it holds");
    let found = risk(&scenario, &probe.expect("a question")).expect("it holds");
    assert_eq!(
        found.about.as_deref(),
        Some("agent, POST pyroscope:4040/ingest")
    );
    let lines = tell(&found, None, Lang::En);
    assert!(lines[1].1.contains("agent"), "{lines:?}");
    assert_eq!(self::found("pyroscope-idle-race", &[]).about, None);
}

/// One run again, with other draws before it, may go well by chance: the question is asked all the same.
#[test]
fn a_failure_by_chance_keeps_its_question() {
    let mut failed = 0;
    for seed in 0..40 {
        let scenario = jittery("20ms", seed);
        let trace = run(build(&scenario).expect("it holds"));
        let probe = Probe::of_interest(&scenario, &trace).expect("it holds");
        let fails = trace.records.iter().any(|r| {
            matches!(
                r.event,
                whyeof_trace::Event::Request(whyeof_trace::RequestEvent::Failed { .. })
            )
        });
        failed += usize::from(fails);
        assert!(!fails || probe.is_some(), "seed {seed}");
    }
    assert!(failed > 10, "{failed} of 40 fail");
}

/// A window without an end has every longer gap, and the requests behind a failure dial: half of all are lost.
#[test]
fn beyond_what_was_tried_a_window_without_an_end_goes_on() {
    let found = found("nat-350s", &[]);
    let seconds = Duration::from_secs;
    for (shape, met) in [
        (Shape::Even(seconds(800), seconds(900)), 1.0),
        (Shape::Poisson(seconds(350)), (-1.0_f64).exp()),
        (Shape::Even(seconds(100), seconds(200)), 0.0),
    ] {
        let odds = shape.odds(&found, Harm::Fails, Leads::default());
        assert!((odds.met[0] - met).abs() < 1e-4, "{shape:?} {odds:?}");
    }
    let odds = Shape::Even(seconds(800), seconds(900)).odds(&found, Harm::Fails, Leads::default());
    assert!((odds.share - 0.5).abs() < 1e-6, "{odds:?}");
}

/// A request that takes longer than a second is measured when the one before it has ended.
#[test]
fn a_slow_request_uses_its_connection_again_all_the_same() {
    let mut scenario = presets::find("node-six-seconds")
        .expect("a preset")
        .scenario();
    set(&mut scenario, "network.rtt", "1s").expect("a field");
    set(&mut scenario, "clients.gateway.requests.call.every", "6.5s").expect("a field");
    let trace = run(build(&scenario).expect("it holds"));
    let probe = Probe::of_interest(&scenario, &trace)
        .expect("it holds")
        .expect("a question");
    let leads = probe.leads();
    let more = leads.dialled - leads.reused;
    assert_eq!(
        more.as_millis() / 100,
        10,
        "a handshake is a round trip: {leads:?}"
    );
}

/// What the arithmetic says is what runs with drawn gaps come to.
#[test]
fn the_odds_are_those_of_runs() {
    let edits = [
        ("clients.agent.requests.upload.count", "2"),
        ("clients.agent.requests.upload.plus", "0ms..20ms"),
    ];
    let found = found("pyroscope-idle-race", &edits[1..]);
    let mut scenario = presets::find("pyroscope-idle-race")
        .expect("a preset")
        .scenario();
    for (path, value) in edits {
        set(&mut scenario, path, value).expect("a field");
    }
    let mut failed = 0;
    const RUNS: u64 = 2_000;
    let mut lead = Duration::ZERO;
    for seed in 0..RUNS {
        scenario.seed = seed;
        let (run, _) = outcomes(build(&scenario).expect("it holds"));
        failed += u64::from(run.requests[1].failure.is_some());
        lead = run.requests[0]
            .ended
            .expect("an end")
            .since(run.requests[0].started);
    }
    let every = Duration::from_secs(10);
    let shape = Shape::Even(every - lead, every + Duration::from_millis(20) - lead);
    let leads = Leads {
        dialled: lead,
        reused: lead,
        again: lead,
    };
    let odds = shape.odds(&found, Harm::Fails, leads);
    let share = failed as f64 / RUNS as f64;
    // Three times what chance does: sqrt(p (1 - p) / n).
    let chance = 3.0 * (share * (1.0 - share) / RUNS as f64).sqrt();
    assert!(
        (odds.met[0] - share).abs() <= chance,
        "{odds:?}, {failed} of {RUNS} runs"
    );
    assert!((odds.requests - 8_640.0).abs() < 10.0, "{odds:?}");
}

/// Behind a failure the next request dials, and cannot fail; behind a dial the gap is shorter than behind a connection used again: what a
/// day of requests comes to is counted in long runs.
#[test]
fn the_share_of_a_day_is_that_of_long_runs() {
    for (preset, edits) in [
        ("pyroscope-idle-race", &[][..]),
        (
            "pyroscope-idle-race",
            &[("clients.agent.requests.upload.plus", "14ms..16ms")][..],
        ),
        (
            "nat-350s",
            &[("clients.client.requests.job.every", "360s")][..],
        ),
    ] {
        let mut scenario = presets::find(preset).expect("a preset").scenario();
        for (path, value) in edits {
            set(&mut scenario, path, value).expect("a field");
        }
        let trace = run(build(&scenario).expect("it holds"));
        let probe = Probe::of_interest(&scenario, &trace).expect("it holds");
        let probe = probe.expect("a gap");
        let found = risk(&scenario, &probe).expect("it holds");
        let shape = probe.shape().expect("a series");
        let odds = shape.odds(&found, Harm::Fails, probe.leads());
        let client = &mut scenario.clients[0];
        let every = client.requests[0].every.expect("a series");
        // A run has an hour at most.
        let count = 3_500 / u32::try_from(every.as_secs()).expect("seconds");
        client.requests[0].count = Some(count);
        scenario.until = Duration::from_secs(3_600);
        let (mut failed, mut asked) = (0, 0);
        for seed in 0..10 {
            scenario.seed = seed;
            let (run, _) = outcomes(build(&scenario).expect("it holds"));
            failed += run
                .requests
                .iter()
                .filter(|it| it.failure.is_some())
                .count();
            asked += run.requests.len();
        }
        let share = failed as f64 / asked as f64;
        // Runs that alternate have less chance in them than this.
        let chance = 3.0 * (share * (1.0 - share) / asked as f64).sqrt() + 0.005;
        assert!(
            (odds.share - share).abs() <= chance,
            "{preset} {edits:?}: {odds:?}, {failed} of {asked}"
        );
    }
}

/// Requests at given times are no shape of traffic: a share is told all the same, and of what.
#[test]
fn requests_at_given_times_are_taken_as_if_at_random() {
    let json = r#"{"version":1,"clients":[{"name":"c","runtime":"go-1.27","requests":[
        {"to":"s:80","method":"POST","body":100},{"to":"s:80","method":"POST","body":100,"at":"10.015s"}]}],
        "servers":[{"name":"s","listen":80,"runtime":"go-1.27","options":{"IdleTimeout":"10s"}}]}"#;
    let scenario = Scenario::from_json(json).expect("a scenario");
    let trace = run(build(&scenario).expect("it holds"));
    let probe = Probe::of_interest(&scenario, &trace)
        .expect("it holds")
        .expect("a question");
    let traffic = probe.traffic(None).expect("a shape");
    assert_eq!(traffic.source, Source::Assumed);
    assert_eq!(traffic.shape, Shape::Poisson(probe.gap));
    let given = Shape::Even(Duration::ZERO, Duration::from_secs(1));
    let traffic = probe.traffic(Some(given.clone())).expect("a shape");
    assert_eq!((traffic.source, traffic.shape), (Source::Given, given));
}

/// What is told of how often, of a scenario with its edits, or with gaps as given.
fn often(scenario: &Scenario, given: Option<&str>) -> (Risk, Often) {
    let trace = run(build(scenario).expect("it holds"));
    let probe = Probe::of_interest(scenario, &trace).expect("it holds");
    let probe = probe.expect("a question");
    let found = risk(scenario, &probe).expect("it holds");
    let given = given.map(|text| Shape::parse(text).expect("a shape"));
    let often = Often::of(&probe, &found, given).expect("windows, and traffic");
    (found, often)
}

/// The share of requests that fail in long runs of a scenario, with other seeds than anything else has.
fn share_in_long_runs(scenario: &mut Scenario) -> f64 {
    scenario.until = Duration::from_secs(3_600);
    let (mut failed, mut all) = (0, 0);
    for seed in 1_000..1_040 {
        scenario.seed = seed;
        let (outcomes, world) = outcomes(build(scenario).expect("it holds"));
        let ends = Ending::all(&outcomes, &world);
        failed += ends.iter().filter(|(ending, _)| ending.is_bad()).count();
        all += ends.len();
    }
    failed as f64 / all as f64
}

/// Where gaps alone do not tell how often, it is counted; and what is counted is what longer runs of the same traffic come to.
#[test]
fn where_several_connections_decide_the_share_is_counted() {
    let server = r#"[{"name":"s","listen":80,"runtime":"go-1.27","options":{"IdleTimeout":"7s"}}]"#;
    let row = |name: &str, more: &str| {
        format!(r#"{{"name":"{name}","to":"s:80","method":"POST","body":100,{more}}}"#)
    };
    let go = |requests: &str| {
        format!(
            r#"{{"version":1,"clients":[{{"name":"c","runtime":"go-1.27","requests":[{requests}]}}],"servers":{server},"network":{{"rtt":"100ms"}}}}"#
        )
    };
    let elb = r#"{"version":1,"clients":[{"name":"caller","runtime":"node-20-global-agent","requests":[{"name":"call","to":"elb:80","method":"POST","body":300,"every":"9.99s","plus":"0ms..20ms","count":4}]}],
        "proxies":[{"name":"elb","runtime":"alb","to":"api:8080"}],
        "servers":[{"name":"api","listen":8080,"runtime":"go-1.27","options":{"IdleTimeout":"10s"}}]}"#;
    // Periods that have little in common, so that each gap comes about.
    let two = go(&[
        row("a", r#""every":"10s","plus":"0ms..40ms","count":15"#),
        row("b", r#""at":"3s","every":"13.37s","count":12"#),
    ]
    .join(","));
    let workers = go(&row(
        "a",
        r#""every":"14s","plus":"0ms..40ms","count":30,"workers":2"#,
    ));
    let slow = go(&row(
        "a",
        r#""every":"3s","arrivals":"poisson","count":400"#,
    ))
    .replace(
        "\"listen\":80",
        "\"listen\":80,\"handler\":{\"think\":\"2s\"}",
    );
    for (json, decides, more) in [
        (elb, Decides::Proxy, 350),
        (&two, Decides::Several, 350),
        (&workers, Decides::Several, 500),
        (&slow, Decides::Several, 1_200),
    ] {
        let mut scenario = Scenario::from_json(json).expect("a scenario");
        let (found, often) = often(&scenario, None);
        assert_eq!(often.traffic.decides, decides, "{json}");
        assert_eq!(often.odds(&found, Harm::Fails), None, "{json}");
        let counted = often.counted.expect("requests that end");
        for request in &mut scenario.clients[0].requests {
            request.count = Some(more);
        }
        let longer = share_in_long_runs(&mut scenario);
        let share = counted.share(Harm::Fails);
        let chance = (longer / f64::from(counted.requests)).sqrt();
        assert!(
            longer > 0.001 && (share - longer).abs() <= 4.0 * chance + 0.001,
            "{json}: {share} {longer}"
        );
    }
}

/// Where one connection decides, arithmetic and counting say the same: also of what is sent again, of short limits, and of gaps that somebody gives.
#[test]
fn what_is_counted_bears_out_the_arithmetic() {
    let short = &[
        ("servers.pyroscope.options.ReadTimeout", "400ms"),
        ("clients.agent.requests.upload.every", "400ms"),
    ][..];
    for (preset, edits, given, harm) in [
        ("pyroscope-idle-race", &[][..], None, Harm::Fails),
        ("pyroscope-idle-race", short, None, Harm::Fails),
        (
            "pyroscope-idle-race",
            &[],
            Some("9.98s..10.02s"),
            Harm::Fails,
        ),
        ("pyroscope-idle-race", &[], Some("poisson:10s"), Harm::Fails),
        ("pyroscope-idle-race-get", &[], None, Harm::Replays),
        ("nat-350s", &[], None, Harm::Fails),
        ("two-keep-alives", &[], None, Harm::Fails),
    ] {
        let mut scenario = presets::find(preset).expect("a preset").scenario();
        for (path, value) in edits {
            set(&mut scenario, path, value).expect("a field");
        }
        let (found, often) = often(&scenario, given);
        let counted = often.counted.expect("requests that end");
        let odds = often.odds(&found, harm);
        let odds = odds.unwrap_or_else(|| panic!("{preset} {edits:?} {given:?}: {often:?}"));
        let chance = 4.0 * (odds.share / f64::from(counted.requests)).sqrt() + 0.002;
        assert!(
            (odds.share - counted.share(harm)).abs() <= chance,
            "{preset} {edits:?} {given:?}: {odds:?} {counted:?}"
        );
        assert!(counted.requests >= 1_900, "{counted:?}");
    }
}

/// Gaps that somebody gives are counted behind a proxy, too, where requests at given times are no traffic by themselves.
#[test]
fn behind_a_proxy_given_gaps_are_counted() {
    let scenario = presets::find("two-keep-alives-elb")
        .expect("a preset")
        .scenario();
    let (_, near) = often(&scenario, Some("9.98s..9.99s"));
    let (_, far) = often(&scenario, Some("1s..2s"));
    let [near, far] = [near, far].map(|often| often.counted.expect("requests that end"));
    assert!(near.share(Harm::Fails) > 0.3, "{near:?}");
    assert_eq!(far.failed, 0);
    let lines = tell_all(&scenario, "1s..2s");
    let told = lines
        .iter()
        .any(|line| line.contains("none of 20000 requests fail"));
    assert!(told, "{lines:?}");
}

fn tell_all(scenario: &Scenario, given: &str) -> Vec<String> {
    let (found, often) = often(scenario, Some(given));
    let lines = tell(&found, Some(&often), Lang::En).into_iter();
    lines.map(|(_, words)| words).collect()
}

/// A request that fails without a connection that lay idle has nothing to do with gaps: the question is about the one that meets the race, and so is what
/// is counted.
#[test]
fn the_question_is_about_a_request_that_gaps_have_to_do_with() {
    let json = r#"{"version":1,"until":"600s","clients":[{"name":"c","runtime":"go-1.27","requests":[
        {"name":"rb","to":"b:80","method":"POST","body":100,"every":"3s","count":60,"deadline":"1s"},
        {"name":"ra","to":"a:80","method":"POST","body":100,"at":"1s","every":"9.98s","plus":"0s..30ms","count":20}]}],
        "servers":[{"name":"a","listen":80,"runtime":"go-1.27","options":{"IdleTimeout":"10s"}},
        {"name":"b","listen":80,"runtime":"go-1.27","handler":{"think":"2s"}}],"network":{"rtt":"10ms"}}"#;
    let scenario = Scenario::from_json(json).expect("a scenario");
    let (found, often) = often(&scenario, None);
    assert_eq!(found.about.as_deref(), Some("c, POST a:80/"));
    assert!(found.windows[0].ends, "{found:?}");
    let counted = often.counted.expect("requests that end");
    let share = counted.share(Harm::Fails);
    assert!((0.15..0.25).contains(&share), "{counted:?}");
    assert!((counted.a_day() - 8_640.0).abs() < 20.0, "{counted:?}");
}

/// What lies years apart is reckoned, and not run.
#[test]
fn gaps_of_years_are_not_counted() {
    let scenario = presets::find("pyroscope-idle-race")
        .expect("a preset")
        .scenario();
    let (found, often) = often(&scenario, Some("0s..100000h"));
    assert_eq!(often.counted, None);
    let odds = often.odds(&found, Harm::Fails).expect("arithmetic");
    assert!(odds.share < 1e-6, "{odds:?}");
}
