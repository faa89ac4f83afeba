//! The worst legal scenarios that were found, each with the limit that it stops at: by work that is counted, never by time.

use serde_json::{Value as Json, json};
use whyeof_diagnose::{Grade, diagnose};
use whyeof_explore::advise::advise_within;
use whyeof_explore::orders::{MOST_ORDERS, orders};
use whyeof_explore::probe::request_of_interest;
use whyeof_explore::{Allowance, Probe, risk};
use whyeof_scenario::{Scenario, build};
use whyeof_sim::limits::Limits;
use whyeof_sim::world::{outcomes, run};
use whyeof_trace::{Event, FaultEvent, LimitKind};

fn scenario(json: &Json) -> Scenario {
    Scenario::from_json(&json.to_string()).unwrap_or_else(|invalid| panic!("{invalid}: {json}"))
}

/// So many of what `of` makes of a number.
fn many(count: usize, of: impl Fn(usize) -> Json) -> Json {
    (0..count).map(of).collect()
}

/// As many requests as fit into 64 KiB, all at once.
fn flood() -> Json {
    let rows = many(
        32,
        |_| json!({ "to": "s:80", "every": "1ns", "count": 10_000 }),
    );
    let clients = many(
        32,
        |n| json!({ "name": format!("c{n}"), "runtime": "go-1.27", "requests": rows }),
    );
    let servers = json!([{ "name": "s", "runtime": "go-1.27" }]);
    json!({ "version": 1, "until": "1h", "clients": clients, "servers": servers })
}

/// The longest bodies, both ways, on connections of their own.
fn bodies() -> Json {
    let most = 128 << 20;
    let row = json!({ "to": "s:80", "method": "POST", "body": most, "every": "1s", "count": 100 });
    let clients = many(
        32,
        |n| json!({ "name": format!("c{n}"), "runtime": "go-1.27", "requests": [row] }),
    );
    let servers = json!([{ "name": "s", "runtime": "go-1.27", "handler": { "body": most } }]);
    json!({ "version": 1, "until": "1h", "clients": clients, "servers": servers })
}

/// A row that asks a name for everything at once, and asks again a hundred times when a machine refuses.
fn retries() -> Json {
    let row = json!({ "to": "s:81", "workers": 1_000, "count": 10_000, "retry": { "times": 100, "after": "0s" } });
    let clients = many(
        32,
        |n| json!({ "name": format!("c{n}"), "runtime": "node-20", "requests": [row] }),
    );
    let servers = json!([{ "name": "s", "runtime": "node-20" }]);
    json!({ "version": 1, "until": "1h", "clients": clients, "servers": servers })
}

/// Every connection of a dozen clients races with a limit of its own, on ways that are drawn: each gap is worth some runs, each edge between
/// two gaps twenty, for eight draws, nine kinds of requests, and each of some hundred remedies.
fn gaps() -> Json {
    let clients = many(12, |n| {
        let row = json!({ "to": format!("s{n}:80"), "path": format!("/{n}"), "method": "POST", "body": 900, "every": "10s", "count": 30 });
        let options = json!({ "IdleConnTimeout": format!("{}s", 6_000 + 61 * n), "Timeout": format!("{}s", 40 + n) });
        json!({ "name": format!("c{n}"), "runtime": "go-1.27", "options": options, "requests": [row] })
    });
    let servers = many(12, |n| {
        let options = json!({ "IdleTimeout": format!("{}ms", 9_990 + 7 * n), "ReadTimeout": format!("{}ms", 9_000 + 13 * n) });
        json!({ "name": format!("s{n}"), "runtime": "go-1.27", "options": options, "handler": { "think": "2ms" } })
    });
    let paths = json!([{ "from": "c0", "to": "s0", "jitter": "1ms", "loss": "1%" }]);
    json!({ "version": 1, "until": "1h", "latency": "sampled", "clients": clients, "servers": servers,
        "network": { "rtt": "200us", "paths": paths } })
}

/// Fifty thousand requests that wait for one connection, and give up one after the other: no event of theirs may cost as much as they are many.
fn queue() -> Json {
    let row = json!({ "to": "s:80", "every": "1us", "count": 10_000, "deadline": "20ms" });
    let rows = many(5, |_| row.clone());
    let options = json!({ "MaxConnsPerHost": 1 });
    let clients =
        json!([{ "name": "c", "runtime": "go-1.27", "options": options, "requests": rows }]);
    let servers = json!([{ "name": "s", "runtime": "go-1.27", "handler": { "think": "1s" } }]);
    json!({ "version": 1, "until": "1h", "clients": clients, "servers": servers })
}

/// A long body on a long way that loses some of it: a hundred thousand packets of one request.
fn losses() -> Json {
    let row = json!({ "to": "s:80", "method": "POST", "body": 128 << 20, "count": 1 });
    let clients = json!([{ "name": "c", "runtime": "go-1.27", "requests": [row] }]);
    let servers = json!([{ "name": "s", "runtime": "go-1.27" }]);
    let sysctl = json!({ "tcp_rmem": "4096 33554432 1073741824" });
    let hosts = json!([{ "name": "s", "sysctl": sysctl }, { "name": "c", "sysctl": sysctl }]);
    let paths = json!([{ "from": "c", "to": "s", "loss": "0.5%" }]);
    json!({ "version": 1, "until": "1h", "clients": clients, "servers": servers, "hosts": hosts,
        "network": { "rtt": "300ms", "paths": paths } })
}

/// What a run may note in the step that reaches a bound: here every connection of a machine at once.
const ONE_STEP: usize = 3_000;

#[test]
fn a_run_stops_at_a_limit_and_says_so() {
    for (json, limit) in [
        (flood(), LimitKind::Records),
        (bodies(), LimitKind::Records),
        (retries(), LimitKind::Flows),
        (queue(), LimitKind::Records),
        (losses(), LimitKind::Records),
    ] {
        let plan = build(&scenario(&json)).expect("a plan");
        let Limits {
            records,
            steps,
            requests,
            ..
        } = plan.limits;
        assert_eq!(plan.limits, Limits::default());
        let trace = run(plan.clone());
        let told = trace.records.iter().rev().find_map(|it| match it.event {
            Event::Fault(FaultEvent::Limit { kind }) => Some(kind),
            _ => None,
        });
        assert_eq!(told, Some(limit), "{}", trace.records.len());
        assert!(
            trace.records.len() <= records + ONE_STEP,
            "{}",
            trace.records.len()
        );
        // Without a trace its steps bound it.
        let (outcomes, world) = outcomes(plan);
        assert!(world.steps() <= steps, "{}", world.steps());
        assert!(outcomes.requests.len() <= requests as usize);
    }
}

/// Whoever reads a run reads each record so many times, however many there are of a request or of its connection.
#[test]
fn a_long_run_is_diagnosed() {
    for json in [queue(), losses()] {
        let trace = run(build(&scenario(&json)).expect("a plan"));
        assert_eq!(diagnose(&trace).requests.len(), trace.requests.len());
    }
}

/// The work that is left for a question, and what it says of what it did not reach.
#[test]
fn what_a_run_leaves_to_be_asked_stops_at_its_allowance() {
    const EVENTS: u64 = 500_000;
    let scenario = scenario(&gaps());
    let trace = run(build(&scenario).expect("a plan"));
    let mut report = diagnose(&trace);
    let allowance = Allowance::of(EVENTS);
    advise_within(&allowance, (&scenario, &trace), &mut report).expect("valid");
    assert!(allowance.is_spent(), "{}", allowance.left());
    let remedies = report.findings.iter().flat_map(|it| &it.remedies);
    let untried: Vec<_> = remedies
        .filter(|it| it.proof.is_none() && !it.edits.is_empty())
        .collect();
    assert!(!untried.is_empty());
    assert!(
        untried
            .iter()
            .all(|it| it.grade == Grade::Amber && it.note.en.contains("not tried"))
    );
}

#[test]
fn a_search_for_windows_stops_there_too_and_says_how_far_it_came() {
    let scenario = scenario(&gaps());
    let trace = run(build(&scenario).expect("a plan"));
    let request = request_of_interest(&trace).expect("a request");
    let allowance = Allowance::of(100_000);
    let probe = Probe::about_within(&allowance, (&scenario, &trace), request);
    let probe = probe.expect("valid").expect("a question");
    let found = risk(&scenario, &probe).expect("valid");
    assert!(allowance.is_spent(), "{}", allowance.left());
    // The longest timeout among them is more than two hours, and twice that would have been the end.
    assert!(found.to.as_secs() < 4 * 3_600, "{:?}", found.to);
}

/// Thirty-two clients whose requests are due at one moment.
#[test]
fn orders_are_as_many_as_are_said_and_no_more() {
    let row = json!({ "to": "s:80", "every": "1s", "count": 4 });
    let clients = many(
        32,
        |n| json!({ "name": format!("c{n}"), "runtime": "go-1.27", "requests": [row, row] }),
    );
    let servers = json!([{ "name": "s", "runtime": "go-1.27" }]);
    let json = json!({ "version": 1, "until": "5s", "clients": clients, "servers": servers });
    let found = orders(&scenario(&json)).expect("valid");
    assert_eq!((found.tried, found.all), (MOST_ORDERS, false));
}
