//! When callers ask: workers that wait for their answers, callers who do not know of each other, callers that try again.

use std::time::Duration;
use whyeof_scenario::{Scenario, build};
use whyeof_sim::recorder::Outcome;
use whyeof_sim::world::outcomes;
use whyeof_trace::Time;

/// The requests of one client; a response takes 10 ms and a handler's time.
fn run(request: &str, server: &str) -> Vec<Outcome> {
    let scenario = format!(
        r#"{{"version":1,"until":"10s","clients":[{{"name":"c","runtime":"go-1.27",
            "options":{{"MaxIdleConnsPerHost":100}},"requests":[{{"to":"s:80",{request}}}]}}],
        "servers":[{{"name":"s","runtime":"go-1.27",{server}}}]}}"#
    );
    let scenario = Scenario::from_json(&scenario).expect(&scenario);
    outcomes(build(&scenario).expect("a plan")).0.requests
}

fn millis(time: Time) -> u64 {
    time.nanos() / 1_000_000
}

/// The most requests that were under way at the start of one.
fn most_at_once(requests: &[Outcome]) -> usize {
    let at_start = |started: Time| {
        let under_way =
            |r: &&Outcome| r.started <= started && r.ended.is_none_or(|ended| ended > started);
        requests.iter().filter(under_way).count()
    };
    requests
        .iter()
        .map(|r| at_start(r.started))
        .max()
        .unwrap_or(0)
}

#[test]
fn workers_wait_for_their_answers() {
    // 4 workers, an answer every 110 ms each.
    let slow = r#""handler":{"think":"100ms"}"#;
    let requests = run(r#""workers":4,"every":"10ms","count":40"#, slow);
    assert_eq!((requests.len(), most_at_once(&requests)), (40, 4));
    let last = requests.last().expect("40");
    assert!((990..1_300).contains(&millis(last.started)), "{last:?}");
    // An answer comes long before the next request is due: they keep their pace.
    let requests = run(
        r#""workers":4,"every":"100ms","count":40"#,
        r#""handler":{}"#,
    );
    let starts: Vec<u64> = requests.iter().map(|r| millis(r.started)).collect();
    let due: Vec<u64> = (0..40).map(|n| n * 25).collect();
    assert_eq!(starts, due);
    // Without an interval, as fast as answers come.
    let requests = run(r#""workers":2,"count":20"#, r#""handler":{}"#);
    assert_eq!((requests.len(), most_at_once(&requests)), (20, 2));
}

#[test]
fn callers_who_do_not_know_of_each_other_come_at_random() {
    let requests = run(
        r#""arrivals":"poisson","every":"2ms","count":2000"#,
        r#""handler":{}"#,
    );
    assert_eq!(requests.len(), 2_000);
    let last = millis(requests[1_999].started);
    assert!((3_700..4_300).contains(&last), "{last} ms");
    let gaps = requests
        .windows(2)
        .map(|w| w[1].started.since(w[0].started));
    let short = gaps.filter(|gap| *gap < Duration::from_millis(1)).count();
    // 1 - e^-0.5 of them: 787.
    assert!((720..850).contains(&short), "{short}");
}

#[test]
fn a_caller_tries_again_and_waits_twice_as_long_each_time() {
    let refused = run(
        r#""method":"POST","retry":{"times":3,"after":"100ms"}"#,
        r#""handler":{"ends":"close"}"#,
    );
    assert!(refused.iter().all(|r| r.failure.is_some()));
    let starts: Vec<u64> = refused.iter().map(|r| millis(r.started)).collect();
    let ends: Vec<u64> = refused
        .iter()
        .map(|r| millis(r.ended.expect("it failed")))
        .collect();
    let waits: Vec<u64> = (0..3).map(|n| starts[n + 1] - ends[n]).collect();
    assert_eq!(waits, [100, 200, 400]);
    let fine = run(r#""retry":{"times":3}"#, r#""handler":{}"#);
    assert_eq!(fine.len(), 1);
}

/// Recorded in 90-short-connections: `Connection: close` both ways, and nothing is used again; whichever end asks for it.
#[test]
fn either_end_can_ask_for_short_connections() {
    let three = r#""every":"100ms","count":3"#;
    let ask = |more: &str, server: &str| {
        let outcomes = run(&format!("{three}{more}"), server);
        assert_eq!(outcomes.len(), 3);
        assert!(
            outcomes
                .iter()
                .all(|o| o.failure.is_none() && o.ended.is_some())
        );
        outcomes.iter().filter(|o| o.reused).count()
    };
    let kept = r#""handler":{}"#;
    assert_eq!(ask("", kept), 2);
    assert_eq!(ask(r#","close":true"#, kept), 0);
    let off = r#""options":{"SetKeepAlivesEnabled":false}"#;
    assert_eq!(ask("", off), 0);
}
