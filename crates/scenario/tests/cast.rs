//! What single runtimes do where they differ, as it was seen on the real ones.

use whyeof_scenario::{Scenario, build};
use whyeof_sim::world::run;
use whyeof_trace::{Event, Flags, Packet, RequestEvent, SegmentEvent, Time, Trace};

fn play(json: &str) -> Trace {
    let scenario = Scenario::from_json(json).unwrap_or_else(|wrong| panic!("{wrong}: {json}"));
    run(build(&scenario).expect("a plan"))
}

/// One client, one server on port 80.
fn pair(client: &str, server: &str) -> Trace {
    play(&format!(
        r#"{{"version":1,"until":"30s","clients":[{{"name":"c",{client}}}],"servers":[{{"name":"s","listen":80,{server}}}]}}"#
    ))
}

/// How each request ended, and when, in tenths of a second.
fn ends(trace: &Trace) -> Vec<(String, u64)> {
    let end = |event| match event {
        Event::Request(RequestEvent::Finished { .. }) => Some("ok".to_owned()),
        Event::Request(RequestEvent::Failed { text, .. }) => Some(trace.text(text).to_owned()),
        _ => None,
    };
    let ended = trace.records.iter().filter_map(|record| {
        let tenths = record.time.nanos() / 100_000_000;
        Some((end(record.event)?, tenths))
    });
    ended.collect()
}

/// When the first FIN left, in tenths of a second.
fn first_fin(trace: &Trace) -> Option<u64> {
    let is_fin = |event| matches!(event, Event::Segment(SegmentEvent::Sent(Packet::Tcp(s))) if s.flags.has(Flags::FIN));
    let fin = trace.records.iter().find(|record| is_fin(record.event))?;
    Some(fin.time.since(Time::ZERO).as_millis() as u64 / 100)
}

fn heads(trace: &Trace) -> String {
    let heads = trace
        .messages
        .iter()
        .map(|message| trace.text(message.head));
    heads.collect()
}

/// Go 1.27.3: 262,144 bytes that a handler has not asked for cost the connection, fewer do not (server.go `finishRequest`,
/// transfer.go `unreadDataSizeLocked`).
#[test]
fn go_closes_behind_a_large_body_that_nobody_read() {
    for (body, closes) in [
        (1_000, false),
        (262_143, false),
        (262_144, true),
        (500_000, true),
    ] {
        let trace = pair(
            &format!(
                r#""runtime":"go-1.27","requests":[{{"to":"s:80","method":"POST","body":{body}}}]"#
            ),
            r#""runtime":"go-1.27","handler":{"read":false}"#,
        );
        assert_eq!(
            heads(&trace).contains("Connection: close"),
            closes,
            "{body}"
        );
    }
}

/// Node 20 and 26: the server's end frees the slot of a body that nobody read, if the body came whole; one of no bytes counts.
/// Go keeps it until Client.Timeout.
#[test]
fn a_leaked_body_keeps_its_slot_until_the_server_closes_in_node() {
    let third = |runtime: &str, slots: &str, body: u32| {
        let trace = pair(
            &format!(
                r#""runtime":"{runtime}","options":{{{slots}}},"requests":[{{"to":"s:80","read":"leak","every":"500ms","count":3}}]"#
            ),
            &format!(r#""runtime":"node-26","handler":{{"body":{body}}}"#),
        );
        ends(&trace).get(2).map(|(_, tenths)| *tenths)
    };
    let agent = r#""keepAlive":true,"maxSockets":2"#;
    assert_eq!(third("node-26", agent, 1_000), Some(60));
    assert_eq!(third("node-26", agent, 0), Some(60));
    assert_eq!(third("node-26", agent, 1_000_000), None);
    let go = r#""MaxConnsPerHost":2"#;
    assert_eq!(third("go-1.27", go, 1_000), None);
}

/// nginx 1.22.1, SIGQUIT: requests at work are answered with `Connection: close`, and the connection ends behind the answer.
#[test]
fn nginx_quits_behind_the_answer() {
    let trace = pair(
        r#""runtime":"node-26-global-agent","requests":[{"to":"s:80"}]"#,
        r#""runtime":"nginx-1.22","handler":{"think":"2s"},"shutdown":"1s""#,
    );
    assert!(heads(&trace).contains("200 OK"));
    assert!(heads(&trace).contains("Connection: close"));
    assert_eq!(first_fin(&trace), Some(20));
}

/// lib/agent.js of agentkeepalive 4.6.0: `Math.max(options.freeSocketTimeout * 2, 8000)`.
#[test]
fn agentkeepalive_lets_a_busy_socket_be_silent_for_twice_its_free_time() {
    for (options, expected) in [
        ("", "Socket timeout"),
        (r#""freeSocketTimeout":15000"#, "ok"),
        (
            r#""freeSocketTimeout":15000,"timeout":9000"#,
            "Socket timeout",
        ),
    ] {
        let trace = pair(
            &format!(
                r#""runtime":"agentkeepalive-4.6","options":{{{options}}},"requests":[{{"to":"s:80"}}]"#
            ),
            r#""runtime":"node-26","handler":{"think":"12s"}"#,
        );
        assert_eq!(ends(&trace)[0].0, expected, "{options}");
    }
}

/// Node 20 and 26 name the limit behind the hint, in every answer but the last.
#[test]
fn node_tells_how_many_requests_a_socket_takes() {
    let trace = pair(
        r#""runtime":"node-26-global-agent","requests":[{"to":"s:80","every":"1s","count":4}]"#,
        r#""runtime":"node-20","options":{"maxRequestsPerSocket":3}"#,
    );
    assert_eq!(
        heads(&trace)
            .matches("Keep-Alive: timeout=5, max=3\r\n")
            .count(),
        3
    );
    assert_eq!(heads(&trace).matches("Connection: close\r\n").count(), 1);
}

/// Node 26: req.on('timeout', () => req.destroy()) (recorded in 08f); without it the event does nothing.
#[test]
fn node_closes_a_silent_socket_only_if_somebody_listens() {
    let check = |destroy: bool| {
        let trace = pair(
            &format!(
                r#""runtime":"node-26","options":{{"keepAlive":true,"timeout":2000}},"requests":[{{"to":"s:80","destroy":{destroy}}}]"#
            ),
            r#""runtime":"node-26","handler":{"think":"5s"}"#,
        );
        ends(&trace).remove(0)
    };
    assert_eq!(check(true), ("socket hang up".to_owned(), 20));
    assert_eq!(check(false), ("ok".to_owned(), 50));
}

/// nginx and net.Dialer: no time at all is none to wait.
#[test]
fn no_time_is_over_at_once() {
    let trace = pair(
        r#""runtime":"go-1.27","options":{"Dialer.Timeout":"-1s"},"requests":[{"to":"s:80"}]"#,
        r#""runtime":"go-1.27""#,
    );
    let (error, tenths) = ends(&trace).remove(0);
    assert!(error.ends_with("i/o timeout"), "{error}");
    assert_eq!(tenths, 0);
    let refused = r#"{"version":1,"clients":[{"name":"c","runtime":"go-1.27","requests":[{"to":"s:80"}]}],
        "servers":[{"name":"s","listen":80,"runtime":"node-26","options":{"headersTimeout":"70s","requestTimeout":"60s"}}]}"#;
    let wrong = Scenario::from_json(refused).expect_err("Node throws");
    assert_eq!(wrong.path, "servers.s.options.headersTimeout");
}
