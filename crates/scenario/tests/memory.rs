//! A box on the way that forgets idle connections (linux-tcp §7.5): what becomes of the requests after it has.

mod support;

use support::ends;
use whyeof_scenario::{Scenario, build};
use whyeof_sim::world::run;
use whyeof_trace::{Event, Flags, Packet, SegmentEvent, Trace};

/// Three requests, the box remembers for 20 s.
fn traced(then: &str, every: &str, method: &str, probes: &str) -> Trace {
    let json = format!(
        r#"{{"version":1,"until":"100s",
        "clients":[{{"name":"client","runtime":"go-1.27","options":{{"Timeout":"5s","KeepAlive":"{probes}"}},
            "requests":[{{"to":"server:80","method":"{method}","path":"/x","every":"{every}","count":3}}]}}],
        "servers":[{{"name":"server","listen":80,"runtime":"node-26","options":{{"keepAliveTimeout":"0s"}},"handler":{{"body":3}}}}],
        "faults":[{{"forget":{{"idle":"20s","then":"{then}"}}}}]}}"#
    );
    let scenario = Scenario::from_json(&json).expect("a scenario");
    run(build(&scenario).expect("a plan"))
}

/// What each request came to, the connections dialled, and the RSTs that the box made: they arrive, and nobody sent them.
fn outcome(trace: &Trace) -> String {
    let (mut sent, mut arrived) = (0, 0);
    for record in &trace.records {
        let Event::Segment(event) = record.event else {
            continue;
        };
        let is_reset = |packet| matches!(packet, Packet::Tcp(s) if s.flags.has(Flags::RST));
        match event {
            SegmentEvent::Sent(packet) => sent += i32::from(is_reset(packet)),
            SegmentEvent::Arrived(packet) => arrived += i32::from(is_reset(packet)),
            SegmentEvent::Dropped { .. } => {}
        }
    }
    format!("{} {} {}", ends(trace), trace.flows.len(), arrived - sent)
}

#[test]
fn what_becomes_of_the_requests() {
    for (then, every, method, probes, expected) in [
        // Nobody hears of it: the caller's own time limit ends it, and the next request dials.
        ("drop", "30s", "POST", "-1s", ".t. 2 0"),
        ("drop", "30s", "GET", "-1s", ".t. 2 0"),
        // Who sends is told at once; Go sends a GET again by itself, a POST it does not.
        ("reset", "30s", "POST", "-1s", ".R. 2 1"),
        ("reset", "30s", "GET", "-1s", "... 3 2"),
        // Both are told when it happens: the pool is clean before the next request.
        ("reset-both", "30s", "POST", "-1s", "... 3 6"),
        // `nf_conntrack_tcp_loose`: a packet in mid-stream makes the entry anew.
        ("learn", "30s", "POST", "-1s", "... 1 0"),
        // What is not idle for so long is not forgotten; probes count.
        ("drop", "10s", "POST", "-1s", "... 1 0"),
        ("drop", "30s", "POST", "15s", "... 1 0"),
        ("drop", "30s", "POST", "25s", ".t. 2 0"),
        ("reset-both", "30s", "POST", "15s", "... 1 0"),
    ] {
        let trace = traced(then, every, method, probes);
        assert_eq!(
            outcome(&trace),
            expected,
            "{then} {every} {method} {probes}"
        );
    }
}
