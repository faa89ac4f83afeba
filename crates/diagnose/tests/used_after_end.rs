//! `used-after-end`: a program of socket calls that asks on a connection after a read has told it that there is no more.

mod support;

use support::{codes, finding, run_json};
use whyeof_diagnose::{Report, diagnose};

/// A server that closes after a second, and these calls.
fn asked(calls: &str) -> Report {
    diagnose(&run_json(&format!(
        r#"{{"version":1,"network":{{"rtt":"10ms"}},"until":"5s",
        "clients":[{{"name":"caller","runtime":"sockets","calls":["@0 connect a api:80",{calls}]}}],
        "servers":[{{"name":"api","listen":80,"runtime":"go-1.27","options":{{"IdleTimeout":"1s"}}}}]}}"#
    )))
}

/// A loop around recv(2) ends each request by itself; a program that reads once has to read again to learn it.
#[test]
fn each_request_ends_and_is_explained() {
    let reader = asked(r#""@-1 reader a","@0.1 get a /","@2 get a /","@3 get a /""#);
    let reads = asked(
        r#""@0.1 get a /","@0.5 read a","@1.5 read a","@2 get a /","@2.5 read a","@3 get a /""#,
    );
    for report in [reader, reads] {
        assert_eq!(
            codes(&report)[..2],
            ["used-after-end 2", "used-after-end 3"]
        );
        let texts: Vec<_> = report
            .requests
            .iter()
            .filter_map(|r| r.error.as_deref())
            .collect();
        assert_eq!(texts, ["recv() = 0", "send() = -1 EPIPE (Broken pipe)"]);
    }
}

/// Who has not read yet cannot know: that is the race.
#[test]
fn it_is_a_race_where_nothing_was_read_between() {
    let report = asked(r#""@0.1 get a /","@0.5 read a","@2 get a /","@2.5 read a""#);
    assert_eq!(codes(&report)[0], "keepalive-race 2");
    let told = &finding(&report, "keepalive-race").explanation.en;
    assert!(told.contains("the program had not noticed"), "{told}");
}
