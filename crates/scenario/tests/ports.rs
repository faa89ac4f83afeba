//! Connections need local ports, and wait in a listener's queue: what becomes of the requests when there is no more room.

mod support;

use support::ends;
use whyeof_scenario::{Scenario, build};
use whyeof_sim::world::run;

/// Five requests, so far apart, from so many ports.
fn outcome(runtime: &str, every: &str, range: &str) -> String {
    let json = format!(
        r#"{{"version":1,"until":"300s",
        "clients":[{{"name":"client","runtime":{runtime},"requests":[{{"to":"server:80","method":"POST","path":"/x","every":"{every}","count":5}}]}}],
        "servers":[{{"name":"server","runtime":"go-1.27","listen":80,"handler":{{"body":3}}}}],
        "hosts":[{{"name":"client","sysctl":{{"ip_local_port_range":"{range}"}}}}]}}"#
    );
    let scenario = Scenario::from_json(&json).expect("a scenario");
    ends(&run(build(&scenario).expect("a plan")))
}

/// Recorded in 22-out-of-ports.
#[test]
fn a_connection_takes_a_port_until_it_is_gone() {
    let kept = r#""go-1.27""#;
    // The server closes first, so the TIME-WAIT is there, and takes a SYN with a later timestamp.
    let short = r#""go-1.27","options":{"DisableKeepAlives":true}"#;
    // The client closes first, and its port waits 60 s.
    let leaves = r#""go-1.27","options":{"IdleConnTimeout":"50ms"}"#;
    for (runtime, every, range, expected) in [
        (kept, "0ms", "40000 40004", "....."),
        (kept, "0ms", "40000 40002", "...pp"),
        (kept, "100ms", "40000 40000", "....."),
        (short, "100ms", "40000 40000", "....."),
        (leaves, "100ms", "40000 40000", ".pppp"),
        (leaves, "100ms", "40000 40002", "...pp"),
        (leaves, "65s", "40000 40000", "....."),
    ] {
        let came = outcome(runtime, every, range);
        assert_eq!(came, expected, "{runtime} {every} {range}");
    }
}

/// A process that does not run accepts nothing: its kernel still does, one connection more than the backlog (`sk_acceptq_is_full`).
/// The others are as good as lost until somebody tries again after it runs.
#[test]
fn a_full_backlog_makes_clients_wait() {
    let came = |somaxconn: u32, stopped: &str| {
        let json = format!(
            r#"{{"version":1,"until":"20s",
            "clients":[{{"name":"client","runtime":"go-1.27","options":{{"Timeout":"2800ms"}},"requests":[{{"to":"server:80","method":"POST","path":"/x","at":"10ms","every":"0ms","count":5}}]}}],
            "servers":[{{"name":"server","runtime":"go-1.27","listen":80,"handler":{{"body":3}}}}],
            "hosts":[{{"name":"server","sysctl":{{"somaxconn":{somaxconn}}}}}],
            "faults":[{{"on":"server","run":"kill -STOP server","for":"{stopped}"}}]}}"#
        );
        let scenario = Scenario::from_json(&json).expect("a scenario");
        ends(&run(build(&scenario).expect("a plan")))
    };
    for (somaxconn, stopped, expected) in [
        (128, "2200ms", "....."),
        (1, "2200ms", "..ttt"),
        (3, "2200ms", "....t"),
        (1, "4s", "ttttt"),
        (0, "100ms", "....."),
    ] {
        assert_eq!(came(somaxconn, stopped), expected, "{somaxconn} {stopped}");
    }
}
