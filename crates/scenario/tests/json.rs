//! JSON text in, scenario or message out; and back again in one canonical form.

mod support;

use support::{SMALL, canonical, edited, refused};
use whyeof_scenario::Scenario;

#[test]
fn writing_leaves_out_defaults_and_keeps_one_order() {
    canonical(SMALL, SMALL);
    for (from, to) in [
        (
            r#"{"version":1"#,
            r#"{"version":1,"title":"","seed":1,"until":"60s","latency":"median""#,
        ),
        (
            r#"{"version":1"#,
            r#"{"faults":[],"proxies":[],"names":{},"hosts":[],"version":1"#,
        ),
        (
            r#"{"version":1"#,
            r#"{"network":{"paths":[],"rtt":"10ms"},"version":1"#,
        ),
        (
            r#"{"version":1"#,
            r#"{"hosts":[{"name":"s","hz":"250","phase":0,"sysctl":{}}],"version":1"#,
        ),
        (
            r#""to":"s:80""#,
            r#""name":"r1","to":"s:80","method":"GET","path":"/","body":0"#,
        ),
        (
            r#""to":"s:80""#,
            r#""to":"s:80","at":0,"every":null,"plus":"0ms..0ms","headers":{}"#,
        ),
        (
            r#"{"name":"s""#,
            r#"{"name":"s","listen":80,"handler":{"think":0,"body":2},"options":{}"#,
        ),
        (
            r#"{"name":"s""#,
            r#"{"name":"s","options":{"IdleTimeout":null},"host":null"#,
        ),
    ] {
        canonical(&edited(from, to), SMALL);
    }
}

#[test]
fn bare_numbers_are_read_in_the_unit_of_their_option_and_written_with_it() {
    for (from, to, written) in [
        (
            r#"{"version":1"#,
            r#"{"version":1,"until":500"#,
            r#"{"version":1,"until":"500ms""#,
        ),
        (
            r#"{"version":1"#,
            r#"{"version":1,"until":"1m30s""#,
            r#"{"version":1,"until":"90s""#,
        ),
        (
            r#"{"name":"s","runtime":"go-1.27""#,
            r#"{"name":"s","runtime":"go-1.27","options":{"IdleTimeout":30000000000}"#,
            r#"{"name":"s","runtime":"go-1.27","options":{"IdleTimeout":"30s"}"#,
        ),
        (
            r#""to":"s:80""#,
            r#""to":"s:80","every":2.5,"plus":"0..20""#,
            r#""to":"s:80","every":"2.5ms","plus":"0ms..20ms""#,
        ),
    ] {
        canonical(&edited(from, to), &edited(from, written));
    }
}

#[test]
fn machines_are_listed_in_the_order_of_their_programs() {
    canonical(
        &edited(
            r#"{"version":1"#,
            r#"{"hosts":[{"name":"s","hz":"1000"},{"name":"a","phase":"1ms"}],"version":1"#,
        ),
        &edited(
            r#""name":"s","runtime":"go-1.27"}]"#,
            r#""name":"s","runtime":"go-1.27"}],"hosts":[{"name":"a","phase":"1ms"},{"name":"s","hz":"1000"}]"#,
        ),
    );
}

#[test]
fn unknown_names_are_refused_with_the_nearest_known_one() {
    for (from, to, message) in [
        ("version", "verison", "version: is missing"),
        (
            r#"{"version":1"#,
            r#"{"version":1,"sede":1"#,
            "unknown field `sede`; did you mean `seed`?",
        ),
        (
            r#""runtime":"go-1.27","req"#,
            r#""runtime":"go-1.27","options":{"IdleConnTimout":"9s"},"req"#,
            "clients[0].options: unknown option `IdleConnTimout`; did you mean `IdleConnTimeout`?",
        ),
        (
            r#""to":"s:80""#,
            r#""to":"s:80","evry":"1s""#,
            "clients[0].requests[0]: unknown field `evry`; did you mean `every`?",
        ),
        (
            r#"{"name":"s""#,
            r#"{"name":"s","handler":{"thnik":1}"#,
            "servers[0].handler: unknown field `thnik`; did you mean `think`?",
        ),
        (
            r#"{"version":1"#,
            r#"{"version":1,"network":{"rrt":"1ms"}"#,
            "network: unknown field `rrt`; did you mean `rtt`?",
        ),
        (
            r#""runtime":"go-1.27","req"#,
            r#""runtime":"go-1.72","req"#,
            "clients[0].runtime: unknown runtime `go-1.72`; did you mean `go-1.27`?",
        ),
        (
            r#"{"name":"s","runtime":"go-1.27""#,
            r#"{"name":"s","runtime":"go-1.27-default-transport""#,
            "servers[0].runtime: unknown runtime `go-1.27-default-transport`; there is `go-1.27`, `go-1.19`, `node-26`, `node-20`, `node-18`, `nginx-1.22`, `sockets`",
        ),
        (
            r#""to":"s:80""#,
            r#""to":"ss:80""#,
            "clients.a.requests.r1.to: unknown host `ss`; did you mean `s`?",
        ),
        (
            r#"{"version":1"#,
            r#"{"version":1,"hosts":[{"name":"proxy1"}]"#,
            "hosts: unknown host `proxy1`; there is `a`, `s`",
        ),
        (
            r#"{"version":1"#,
            r#"{"version":1,"latency":"average""#,
            "latency: unknown value `average`; there is `median`, `sampled`",
        ),
    ] {
        refused(&edited(from, to), message);
    }
}

const OTHER_FORMS: [(&str, &str, &str); 19] = [
    (
        r#"{"version":1"#,
        r#"{"version":2"#,
        "version: found 2, expected 1",
    ),
    (
        r#"{"version":1"#,
        r#"{"version":1,"until":"soon""#,
        r#"until: found "soon", expected a duration such as "10s" or "5ms""#,
    ),
    (
        r#"{"version":1"#,
        r#"{"version":1,"until":"2h""#,
        "until: 7200s is not between 0s and 3600s",
    ),
    (
        r#"{"version":1"#,
        r#"{"version":1,"until":0"#,
        "until: 0s is not between 1ns and 3600s",
    ),
    (
        r#"{"version":1"#,
        r#"{"version":1,"seed":-1"#,
        "seed: -1 is not between 0 and 9007199254740991",
    ),
    (
        r#"{"version":1"#,
        r#"{"version":1,"seed":"1""#,
        r#"seed: found "1", expected a whole number"#,
    ),
    (
        r#"{"version":1"#,
        r#"{"version":1,"hosts":{}"#,
        "hosts: found {}, expected a list […]",
    ),
    (
        r#""to":"s:80""#,
        r#""to":"s:80","plus":"20ms""#,
        r#"clients[0].requests[0].plus: found "20ms", expected a range of durations such as "0ms..20ms""#,
    ),
    (
        r#""to":"s:80""#,
        r#""to":"s:80","plus":"20ms..0ms""#,
        r#"clients[0].requests[0].plus: found "20ms..0ms", expected a range of durations such as "0ms..20ms""#,
    ),
    (
        r#""to":"s:80""#,
        r#""to":"s""#,
        r#"clients[0].requests[0].to: found "s", expected host and port such as `pyroscope:4040`"#,
    ),
    (
        r#""to":"s:80""#,
        r#""to":"s:80","path":"/a b""#,
        r#"clients[0].requests[0].path: found "/a b", expected a path such as `/ingest`, printable ASCII without spaces"#,
    ),
    (
        r#""to":"s:80""#,
        r#""to":"s:80","headers":{"X-A":"1\r\nHost: b"}"#,
        "clients[0].requests[0].headers.X-A: found \"1\\r\\nHost: b\", expected 1 to 256 printable ASCII characters",
    ),
    (
        r#""to":"s:80""#,
        r#""to":"s:80","headers":{"X A":"1"}"#,
        "clients.a.requests.r1.headers.X A: found \"X A\", expected a header name of 1 to 64 characters",
    ),
    (
        r#""to":"s:80""#,
        r#""to":"s:80","headers":{"content-length":"1"}"#,
        r#"clients.a.requests.r1.headers.content-length: found "content-length", expected a header that the runtime does not write itself"#,
    ),
    (
        r#""to":"s:80""#,
        r#""to":"s:80","headers":{"X-A":"1","x-a":"2"}"#,
        "clients.a.requests.r1.headers: `x-a` is there twice",
    ),
    (
        r#"{"name":"s""#,
        r#"{"name":"a.b""#,
        r#"servers[0].name: found "a.b", expected 1 to 32 letters, digits, `-` or `_`"#,
    ),
    (
        r#"{"name":"s""#,
        r#"{"name":"s","options":{"IdleTimeout":"25h"}"#,
        "servers[0].options.IdleTimeout: 90000s is not between -3600s and 86400s",
    ),
    (
        r#"{"version":1"#,
        r#"{"version":1,"title":"\u202egnp""#,
        "title: found \"\\u{202e}gnp\", expected up to 120 printable characters",
    ),
    (
        r#"{"version":1"#,
        r#"{"version":1,"title":"a\u200b\u3164b""#,
        "title: found \"a\\u{200b}\u{fffd}b\", expected up to 120 printable characters",
    ),
];

#[test]
fn values_of_another_form_are_refused_with_what_was_expected() {
    for (from, to, message) in OTHER_FORMS {
        refused(&edited(from, to), message);
    }
}

#[test]
fn what_must_fit_together_is_checked() {
    for (from, to, message) in [
        (
            r#"{"name":"s","runtime":"go-1.27"}"#,
            r#"{"name":"s","runtime":"go-1.27"},{"name":"t","host":"s","runtime":"go-1.27"}"#,
            "servers.s.listen: `s:80` is there twice",
        ),
        (
            r#"{"name":"s","runtime":"go-1.27"}"#,
            r#"{"name":"s","runtime":"go-1.27"},{"name":"s","host":"t","runtime":"go-1.27"}"#,
            "servers: `s` is there twice",
        ),
        (
            r#"{"to":"s:80"}"#,
            r#"{"to":"s:80"},{"name":"r1","to":"s:80"}"#,
            "clients.a.requests: `r1` is there twice",
        ),
        (
            r#""to":"s:80""#,
            r#""to":"s:80","every":"0s""#,
            "clients.a.requests.r1.count: is missing",
        ),
        (
            r#"{"version":1"#,
            r#"{"version":1,"hosts":[{"name":"s","hz":"1000","phase":"17s"}]"#,
            "hosts[0].phase: 17s is not between 0s and 16.383999999s",
        ),
        (
            r#"{"name":"s","runtime":"go-1.27"}"#,
            "",
            "servers: is missing",
        ),
    ] {
        refused(&edited(from, to), message);
    }
}

#[test]
fn sizes_are_bounded() {
    refused("", "this is not JSON: line 1, column 0");
    refused(
        "{\"version\":1,\n\"seed\":1,\"seed\":2}",
        "`seed` stands twice in one object: line 2, column 15",
    );
    refused("[1]", "found [1], expected an object {…}");
    refused(
        &"[".repeat(50_000),
        "too many brackets within each other at line 1, column 128",
    );
    refused(&" ".repeat(70_000), "longer than 65536 bytes");
    let many = |entry: &str, n: usize| vec![entry; n].join(",");
    let requests = edited(r#"{"to":"s:80"}"#, &many(r#"{"to":"s:80"}"#, 33));
    refused(&requests, "clients.a.requests: more than 32 entries");
    let servers = (0..33).map(|n| format!(r#"{{"name":"s{n}","runtime":"go-1.27"}}"#));
    let servers = servers.collect::<Vec<_>>().join(",");
    let servers = edited(r#"{"name":"s","runtime":"go-1.27"}"#, &servers);
    refused(&servers, "servers: more than 32 entries");
    let headers = (0..17)
        .map(|n| format!(r#""X-{n}":"1""#))
        .collect::<Vec<_>>();
    let headers = format!(r#""to":"s:80","headers":{{{}}}"#, headers.join(","));
    let message = "clients.a.requests.r1.headers: more than 16 entries";
    refused(&edited(r#""to":"s:80""#, &headers), message);
}

#[test]
fn what_a_later_version_added_is_left_out_kindly() {
    let json = edited(r#"{"version":1"#, r#"{"version":1,"weather":"fine""#);
    let (scenario, notes) = Scenario::from_json_kindly(&json).expect("known otherwise");
    assert_eq!(scenario.to_json(), SMALL);
    let notes: Vec<_> = notes.iter().map(ToString::to_string).collect();
    assert_eq!(notes.len(), 1);
    assert!(notes[0].starts_with("unknown field `weather`"), "{notes:?}");
}

#[test]
fn serde_goes_the_same_way() {
    let scenario: Scenario = serde_json::from_str(SMALL).expect("valid");
    assert_eq!(serde_json::to_string(&scenario).expect("writes"), SMALL);
    let error = serde_json::from_str::<Scenario>("{}").expect_err("no version");
    assert_eq!(error.to_string(), "version: is missing");
}

proptest::proptest! {
    #[test]
    fn no_text_panics(text in ".{0,200}") {
        let _ = Scenario::from_json(&text);
    }

    /// Pieces of JSON in any place of a scenario.
    #[test]
    fn no_value_panics(
        at in 0usize..200,
        piece in r#"(-?[0-9]{1,30}|"[a-z0-9.:]{0,12}"|null|true|\[\]|\{\}|[0-9]{1,3}e[0-9]{1,3}|\[\{\}\])"#,
    ) {
        let places: Vec<_> = SMALL.match_indices(':').map(|(at, _)| at).collect();
        let place = places[at % places.len()] + 1;
        let end = SMALL[place..].find([',', '}']).map_or(SMALL.len(), |end| place + end);
        let json = format!("{}{piece}{}", &SMALL[..place], &SMALL[end..]);
        if let Ok(scenario) = Scenario::from_json(&json) {
            proptest::prop_assert_eq!(Scenario::from_json(&scenario.to_json()), Ok(scenario));
        }
    }
}

/// What is written must be short enough to be read again.
#[test]
fn a_scenario_longer_than_what_is_read_is_refused() {
    let header = format!(r#""X-A":"{}""#, "\\\\".repeat(128));
    let request = format!(
        r#"{{"to":"s:80","path":"/{}","headers":{{{header}}}}}"#,
        "a".repeat(500)
    );
    let requests = vec![request; 32].join(",");
    let mut scenario = Scenario::from_json(&edited(r#"{"to":"s:80"}"#, &requests)).expect("fits");
    for name in ["b", "c"] {
        let mut client = scenario.clients[0].clone();
        client.name = name.to_owned();
        scenario.clients.push(client);
    }
    let invalid = whyeof_scenario::check(&scenario).expect_err("too long");
    assert_eq!(invalid.to_string(), "longer than 65536 bytes");
}
