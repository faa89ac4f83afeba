//! Any weather, by scenarios: programs of socket calls over paths and faults drawn at random keep the laws of `whyeof-sim`'s own
//! tests, and the same scenario gives the same records. What fails is shrunk, and printed as a share link.

#[path = "../../sim/tests/support/laws.rs"]
#[allow(unreachable_pub, reason = "there it is a module of several tests")]
mod laws;

use proptest::prelude::*;
use whyeof_scenario::link::{Shared, encode};
use whyeof_scenario::{Scenario, build};
use whyeof_sim::world::run;

/// What happens to packets, in a fault's words.
fn effect() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => Just(r#""drop":{"#.to_owned()),
        1 => Just(r#""duplicate":{"#.to_owned()),
        2 => (1..500u32).prop_map(|ms| format!(r#""delay":{{"by":"{ms}ms","#)),
    ]
}

/// Which packets, without a comma behind.
fn packets() -> impl Strategy<Value = String> {
    let from = prop_oneof![Just("\"from\":\"c\","), Just("\"from\":\"s\","), Just("")];
    let what = prop_oneof![
        4 => Just(""),
        1 => Just("\"has\":\"S\","),
        1 => Just("\"has\":\"F\","),
        1 => Just("\"data\":true,"),
        1 => Just("\"data\":false,"),
    ];
    (from, what, 1..30u32, 1..5u32).prop_map(|(from, what, nth, count)| {
        format!(r#"{from}{what}"nth":{nth},"count":{count}}}"#)
    })
}

/// Some packets, or a silence of up to six seconds.
fn fault() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => (effect(), packets()).prop_map(|(effect, packets)| format!("{{{effect}{packets}}}")),
        1 => (0..4_000u32, 1..6_000u32)
            .prop_map(|(at, span)| format!(r#"{{"at":"{at}ms","for":"{span}ms","drop":{{}}}}"#)),
    ]
}

fn path() -> impl Strategy<Value = String> {
    let ends = prop_oneof![Just(("c", "s")), Just(("s", "c"))];
    let bandwidth = prop_oneof![3 => Just(""), 1 => Just(r#","bandwidth":"1mbit""#)];
    (ends, 0..40u32, 0..20u32, bandwidth).prop_map(|((from, to), jitter, loss, bandwidth)| {
        format!(
            r#"{{"from":"{from}","to":"{to}","jitter":"{jitter}ms","loss":"{loss}%"{bandwidth}}}"#
        )
    })
}

/// What a program sends and when, on the connection `a`; perhaps it closes.
fn program() -> impl Strategy<Value = String> {
    let send = (20..4_000u32, prop_oneof![1..300u32, 1_000..80_000u32]);
    let sends = prop::collection::vec(send, 0..5);
    (sends, prop::option::of(4_000..6_000u32)).prop_map(|(mut sends, close)| {
        sends.sort_unstable();
        let second = |ms: u32| format!("{}.{:03}", ms / 1_000, ms % 1_000);
        let mut calls: Vec<String> = sends
            .iter()
            .map(|(at, bytes)| format!(r#","@{} send a {bytes}""#, second(*at)))
            .collect();
        calls.extend(close.map(|at| format!(r#","@{} close a""#, second(at))));
        calls.concat()
    })
}

fn scenario() -> impl Strategy<Value = String> {
    let paths = prop::collection::vec(path(), 0..3);
    let faults = prop::collection::vec(fault(), 0..4);
    (program(), program(), paths, faults, 0..120u32).prop_map(|(client, server, mut paths, faults, rtt)| {
        // One entry a direction.
        paths.sort();
        paths.dedup_by_key(|path| path[..24].to_owned());
        format!(
            r#"{{"version":1,"title":"weather","seed":1,"until":"60s","clients":[{{"name":"c","runtime":"sockets","calls":["@0 connect a s:9000","@-1 reader a"{client}]}}],"servers":[{{"name":"s","runtime":"sockets","calls":["@-1 listen 9000","@-1 accept a","@-1 reader a"{server}]}}],"network":{{"rtt":"{rtt}ms","paths":[{}]}},"faults":[{}]}}"#,
            paths.join(","),
            faults.join(",")
        )
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_law_holds_in_any_weather(json in scenario()) {
        let scenario = Scenario::from_json(&json).expect("drawn by its form");
        let plan = build(&scenario).expect("drawn by its form");
        let trace = run(plan.clone());
        let link = encode(&Shared {
            scenario: Some(scenario),
            ..Shared::default()
        });
        let held = laws::hold(&plan, &trace);
        prop_assert!(held.is_ok(), "{}\n{link}", held.unwrap_err());
        prop_assert!(run(plan) == trace, "the same scenario, other records\n{link}");
    }
}
