//! A blocked event loop: timers come before sockets, at both ends.

use whyeof_scenario::{Scenario, build};
use whyeof_sim::world::run;
use whyeof_trace::{Event, Flags, Packet, RequestEvent, SegmentEvent, Side, Trace};

/// Outcome of the second request, and whether the server sent RST.
fn second(client: &str, server: &str) -> (String, bool) {
    let json = format!(
        r#"{{"version":1,"until":"10s","network":{{"rtt":"2ms"}},
        "clients":[{{"name":"a","runtime":{client},"requests":[
            {{"to":"s:80","method":"POST","at":"0s"}},{{"to":"s:80","method":"POST","at":"1050ms"}}]}}],
        "servers":[{{"name":"s","listen":80,"runtime":{server}}}]}}"#
    );
    let scenario = Scenario::from_json(&json).unwrap_or_else(|invalid| panic!("{invalid}: {json}"));
    let trace = run(build(&scenario).expect("it holds"));
    (outcome(&trace), has_reset(&trace))
}

fn outcome(trace: &Trace) -> String {
    let mut ends = trace.records.iter().filter_map(|r| match r.event {
        Event::Request(RequestEvent::Finished { request }) if request.0 == 1 => Some("ok"),
        Event::Request(RequestEvent::Failed { request, text, .. }) if request.0 == 1 => {
            Some(trace.text(text))
        }
        _ => None,
    });
    ends.next_back().unwrap_or("unfinished").to_owned()
}

fn has_reset(trace: &Trace) -> bool {
    trace.records.iter().any(|r| {
        matches!(r.event, Event::Segment(SegmentEvent::Sent(Packet::Tcp(s)))
            if s.from == Side::Listener && s.flags.has(Flags::RST))
    })
}

/// Recorded (runtimes §2.3): the loop was blocked for 150 ms across a FIN sent meanwhile, then a request: `socket hang up`
/// on 18, 20 and 26.
#[test]
fn a_client_that_was_blocked_takes_a_dead_connection() {
    let server = r#""go-1.27","options":{"IdleTimeout":"1s"}"#;
    for node in ["node-18", "node-20", "node-26"] {
        let free = format!(r#""{node}","options":{{"keepAlive":true}}"#);
        assert_eq!(second(&free, server).0, "ok", "{node}");
        let blocked = format!(r#"{free},"busy":{{"at":"980ms","for":"150ms"}}"#);
        assert_eq!(second(&blocked, server).0, "socket hang up", "{node}");
    }
}

/// nodejs/node#43456 (cases.md A7): the request lies in the server's buffer when the timer that has passed closes the
/// connection, with RST because bytes are unread.
#[test]
fn a_server_that_was_blocked_closes_a_connection_with_a_request_in_its_buffer() {
    let client = r#""node-18","options":{"keepAlive":true}"#;
    let server = r#""node-18","options":{"keepAliveTimeout":"1100ms"}"#;
    assert_eq!(second(client, server), ("ok".to_owned(), false));
    let blocked = format!(r#"{server},"busy":{{"at":"1s","for":"1500ms"}}"#);
    assert_eq!(
        second(client, &blocked),
        ("read ECONNRESET".to_owned(), true)
    );
}
