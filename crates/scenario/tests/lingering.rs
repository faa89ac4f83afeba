//! A server that closes behind its answer while a body is still coming: who waits for the rest, and who resets (recorded in
//! 23-nginx-lingering for nginx; ground-truth §5 for Go).

use whyeof_scenario::{Scenario, build};
use whyeof_sim::world::run;
use whyeof_trace::{Call, Event, Flags, HostId, Packet, Record, SegmentEvent, SocketEvent, Trace};

/// What a POST of 2 MB comes to that the handler does not read.
fn traced(server: &str, faults: &str) -> Trace {
    let json = format!(
        r#"{{"version":1,"until":"60s",
        "clients":[{{"name":"client","runtime":"node-26","requests":[{{"to":"server:80","method":"POST","path":"/x","body":2000000}}]}}],
        "servers":[{{"name":"server","listen":80,{server},"handler":{{"body":3,"read":false}}}}],"faults":[{faults}]}}"#
    );
    let scenario = Scenario::from_json(&json).expect("a scenario");
    run(build(&scenario).expect("a plan"))
}

/// When the server called close(2) (s), and how many RSTs its kernel sent.
fn said(trace: &Trace) -> (Option<u64>, usize) {
    let server = trace.records.iter().filter(|r| r.host == HostId(1));
    let closes = |r: &&Record| {
        matches!(
            r.event,
            Event::Socket(SocketEvent::Called {
                call: Call::Close,
                ..
            })
        )
    };
    let closed = server.clone().find(closes);
    let resets = server.filter(|r| {
        matches!(r.event, Event::Segment(SegmentEvent::Sent(Packet::Tcp(s))) if s.flags.has(Flags::RST))
    });
    let resets = resets.count();
    (closed.map(|r| r.time.nanos() / 1_000_000_000), resets)
}

#[test]
fn nginx_waits_for_the_rest() {
    let nginx = r#""runtime":"nginx-1.22","options":{"keepalive_requests":1}"#;
    // All that the client sends comes, and then it closes; where nothing more comes, it waits for `lingering_timeout`.
    let silence = r#"{"at":"16ms","drop":{"from":"client"}}"#;
    for (faults, closed) in [("", 0), (silence, 5)] {
        assert_eq!(said(&traced(nginx, faults)), (Some(closed), 0), "{faults}");
    }
}
