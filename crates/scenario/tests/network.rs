//! What is special about machines, paths and packets: JSON in, canonical JSON or message out.

mod support;

use support::{SMALL, canonical, edited, refused};
use whyeof_scenario::Scenario;

/// `SMALL` with sysctls of `s`.
fn with_sysctl(sysctls: &str) -> String {
    edited(
        r#""servers":[{"name":"s","runtime":"go-1.27"}]"#,
        &format!(
            r#""servers":[{{"name":"s","runtime":"go-1.27"}}],"hosts":[{{"name":"s","sysctl":{{{sysctls}}}}}]"#
        ),
    )
}

#[test]
fn sysctls_are_written_as_linux_prints_them() {
    for (sysctls, written) in [
        (r#""tcp_retries2":8"#, r#""tcp_retries2":8"#),
        (r#""tcp_fin_timeout":"30s""#, r#""tcp_fin_timeout":30"#),
        (r#""tcp_fin_timeout":"1m""#, ""),
        (r#""tcp_keepalive_time":"2h""#, ""),
        (r#""tcp_keepalive_time":600"#, r#""tcp_keepalive_time":600"#),
        (r#""tcp_rto_min_us":"5ms""#, r#""tcp_rto_min_us":5000"#),
        (r#""tcp_rto_max_ms":"3s""#, r#""tcp_rto_max_ms":3000"#),
        (
            r#""tcp_invalid_ratelimit":0"#,
            r#""tcp_invalid_ratelimit":0"#,
        ),
        (r#""tcp_sack":0,"tcp_timestamps":1"#, r#""tcp_sack":0"#),
        (r#""somaxconn":128"#, r#""somaxconn":128"#),
        (r#""tcp_congestion_control":"cubic""#, ""),
        (
            r#""tcp_congestion_control":"reno""#,
            r#""tcp_congestion_control":"reno""#,
        ),
        (r#""tcp_rmem":"4096\t131072  33554432""#, ""),
        (
            r#""tcp_rmem":"4096 131072 6291456""#,
            r#""tcp_rmem":"4096 131072 6291456""#,
        ),
        (
            r#""tcp_rmem":" 8192 131072 33554432""#,
            r#""tcp_rmem":"8192 131072 33554432""#,
        ),
        (
            r#""tcp_rmem":"4096 131072 6291456","tcp_sack":0,"tcp_retries2":8,"tcp_fin_timeout":null"#,
            r#""tcp_retries2":8,"tcp_sack":0,"tcp_rmem":"4096 131072 6291456""#,
        ),
    ] {
        let written = match written {
            "" => SMALL.to_owned(),
            written => with_sysctl(written),
        };
        canonical(&with_sysctl(sysctls), &written);
    }
}

#[test]
fn sysctls_that_linux_would_not_take_are_refused() {
    for (sysctls, message) in [
        (
            r#""tcp_retires2":8"#,
            "hosts[0].sysctl: unknown sysctl `tcp_retires2`; did you mean `tcp_retries2`?",
        ),
        (
            r#""net.ipv4.tcp_retries2":8"#,
            "hosts[0].sysctl: unknown sysctl `net.ipv4.tcp_retries2`; did you mean `tcp_retries2`?",
        ),
        (
            r#""net.core.somaxcon":8"#,
            "hosts[0].sysctl: unknown sysctl `net.core.somaxcon`; did you mean `somaxconn`?",
        ),
        (
            r#""challenges_acks_of_unsent":0"#,
            "hosts[0].sysctl: unknown sysctl `challenges_acks_of_unsent`",
        ),
        (
            r#""tcp_retries2":256"#,
            "hosts[0].sysctl.tcp_retries2: 256 is not between 0 and 255",
        ),
        (
            r#""tcp_retries2":"8""#,
            r#"hosts[0].sysctl.tcp_retries2: found "8", expected a whole number"#,
        ),
        (
            r#""tcp_sack":true"#,
            "hosts[0].sysctl.tcp_sack: found true, expected 0 or 1",
        ),
        (
            r#""tcp_sack":2"#,
            "hosts[0].sysctl.tcp_sack: 2 is not between 0 and 1",
        ),
        (
            r#""tcp_fin_timeout":"1.5s""#,
            r#"hosts[0].sysctl.tcp_fin_timeout: found "1.5s", expected a whole number of seconds, or a duration such as "60s""#,
        ),
        (
            r#""tcp_rto_max_ms":120001"#,
            "hosts[0].sysctl.tcp_rto_max_ms: 120001 is not between 1000 and 120000",
        ),
        (
            r#""tcp_rto_min_us":0"#,
            "hosts[0].sysctl.tcp_rto_min_us: 0 is not between 1 and 2147483647",
        ),
        (
            r#""tcp_congestion_control":"bbr""#,
            "hosts[0].sysctl.tcp_congestion_control: unknown value `bbr`; there is `cubic`, `reno`",
        ),
        (
            r#""tcp_rmem":"4096 131072""#,
            r#"hosts[0].sysctl.tcp_rmem: found "4096 131072", expected three numbers of bytes such as "4096 131072 33554432""#,
        ),
        (
            r#""tcp_rmem":"0 +1 -1""#,
            r#"hosts[0].sysctl.tcp_rmem: found "0 +1 -1", expected three numbers of bytes such as "4096 131072 33554432""#,
        ),
    ] {
        refused(&with_sysctl(sysctls), message);
    }
    let json = edited(
        r#"{"version":1"#,
        r#"{"version":1,"hosts":[{"name":"s","sysctl":7}]"#,
    );
    refused(&json, "hosts[0].sysctl: found 7, expected an object {…}");
}

/// `SMALL` with paths.
fn with_paths(paths: &str) -> String {
    edited(
        r#""servers":[{"name":"s","runtime":"go-1.27"}]"#,
        &format!(
            r#""servers":[{{"name":"s","runtime":"go-1.27"}}],"network":{{"paths":[{paths}]}}"#
        ),
    )
}

#[test]
fn paths_are_listed_in_the_order_of_their_ends() {
    for (paths, written) in [
        (
            r#"{"from":"a","to":"s","delay":5,"jitter":"1ms","loss":"0.10%","bandwidth":"1000kbit"}"#,
            r#"{"from":"a","to":"s","delay":"5ms","jitter":"1ms","loss":"0.1%","bandwidth":"1mbit"}"#,
        ),
        (
            r#"{"to":"a","from":"s","loss":"1%"},{"from":"a","to":"s","delay":"0s"}"#,
            r#"{"from":"a","to":"s","delay":"0s"},{"from":"s","to":"a","loss":"1%"}"#,
        ),
        (
            r#"{"from":"a","to":"s","loss":"0%","jitter":0,"delay":null,"bandwidth":null},{"from":"s","to":"a","jitter":"1us"}"#,
            r#"{"from":"s","to":"a","jitter":"1us"}"#,
        ),
    ] {
        canonical(&with_paths(paths), &with_paths(written));
    }
    canonical(&with_paths(r#"{"from":"a","to":"s"}"#), SMALL);
}

#[test]
fn paths_between_nowhere_are_refused() {
    for (paths, message) in [
        (
            r#"{"from":"a","to":"S","loss":"1%"}"#,
            "network.paths.a.S: unknown host `S`; did you mean `s`?",
        ),
        (
            r#"{"from":"proxy1","to":"s"}"#,
            "network.paths.proxy1.s: unknown host `proxy1`; there is `a`, `s`",
        ),
        (
            r#"{"from":"a","to":"a"}"#,
            "network.paths.a.a: found `a` twice, expected two different hosts",
        ),
        (
            r#"{"from":"a","to":"s","loss":"1%"},{"from":"a","to":"s","loss":"2%"}"#,
            "network.paths: `a → s` is there twice",
        ),
        (r#"{"to":"s"}"#, "network.paths[0].from: is missing"),
        (
            r#"{"from":"a","to":"s"},{"from":"a","to":7}"#,
            "network.paths[1].to: found 7, expected 1 to 32 letters, digits, `-` or `_`",
        ),
        (
            r#"{"from":"a","to":"s","dely":"1ms"}"#,
            "network.paths[0]: unknown field `dely`; did you mean `delay`?",
        ),
        (
            r#"{"from":"a","to":"s","delay":"11s"}"#,
            "network.paths[0].delay: 11s is not between 0s and 10s",
        ),
        (
            r#"{"from":"a","to":"s","loss":0.1}"#,
            r#"network.paths[0].loss: found 0.1, expected a share such as "0.1%", at most 100%"#,
        ),
        (
            r#"{"from":"a","to":"s","bandwidth":"10mbps"}"#,
            r#"network.paths[0].bandwidth: found "10mbps", expected a bit rate such as "10mbit", from 1kbit to 1000gbit"#,
        ),
    ] {
        refused(&with_paths(paths), message);
    }
    let json = edited(r#"{"version":1"#, r#"{"version":1,"network":{"paths":{}}"#);
    refused(&json, "network.paths: found {}, expected a list […]");
}

/// `SMALL` with faults.
fn with_faults(faults: &str) -> String {
    edited(
        r#""servers":[{"name":"s","runtime":"go-1.27"}]"#,
        &format!(r#""servers":[{{"name":"s","runtime":"go-1.27"}}],"faults":[{faults}]"#),
    )
}

#[test]
fn faults_are_written_time_first_and_keep_their_order() {
    for (faults, written) in [
        (
            r#"{"drop":{"conn":1,"from":"s","to":"a","port":80,"has":"AF","lacks":"R","data":true,"contains":"/b ","nth":1,"count":1,"where":"link"},"name":"fin1","at":"0s","for":15000}"#,
            r#"{"name":"fin1","for":"15s","drop":{"conn":1,"from":"s","to":"a","port":80,"has":"FA","lacks":"R","data":true,"contains":"/b ","count":1}}"#,
        ),
        (
            r#"{"after":"m+0.3s","delay":{"by":20,"nth":2}},{"name":"m","at":"1s","mark":{}}"#,
            r#"{"after":"m + 300ms","delay":{"by":"20ms","nth":2}},{"name":"m","at":"1s","mark":{}}"#,
        ),
        (
            r#"{"reject":{"with":"icmp-port-unreachable","from":"a"}},{"reject":{"with":"tcp-reset"}}"#,
            r#"{"reject":{"from":"a"}},{"reject":{"with":"tcp-reset"}}"#,
        ),
        (
            r#"{"name":"f1","duplicate":{"data":null}},{"after":"f1 + 0s","drop":{"where":"output"}},{"after":"f2","at":0,"drop":{}}"#,
            r#"{"duplicate":{}},{"after":"f1","drop":{"where":"output"}},{"after":"f2","drop":{}}"#,
        ),
    ] {
        canonical(&with_faults(faults), &with_faults(written));
    }
}

const WRONG_FAULTS: [(&str, &str); 21] = [
    (
        r#"{"at":"12s"}"#,
        "faults[0]: found at, expected one of the keys `drop`, `reject`, `delay`, `duplicate`, `mark`, `forget`, `run`",
    ),
    (
        r#"{"drop":{},"mark":{}}"#,
        "faults[0]: found drop, mark, expected one of the keys `drop`, `reject`, `delay`, `duplicate`, `mark`, `forget`, `run`",
    ),
    (
        r#"{"dorp":{}}"#,
        "faults[0]: unknown field `dorp`; did you mean `drop`?",
    ),
    (
        r#"{"at":"12s","on":"x","run":"iptables -A INPUT -j DROP"}"#,
        "faults.c1.on: unknown host `x`; did you mean `a`?",
    ),
    (
        r#"{"drop":1}"#,
        "faults[0].drop: found 1, expected an object {…}",
    ),
    (
        r#"{"drop":{"flag":"F"}}"#,
        "faults[0].drop: unknown field `flag`; there is `conn`, `from`, `to`, `port`, `has`, `lacks`, `data`, `contains`, `nth`, `count`, `where`",
    ),
    (r#"{"delay":{}}"#, "faults[0].delay.by: is missing"),
    (
        r#"{"delay":{"by":0}}"#,
        "faults[0].delay.by: 0s is not between 1ns and 3600s",
    ),
    (
        r#"{"mark":{"by":"1ms"}}"#,
        "faults[0].mark: unknown field `by`; there is `conn`, `from`, `to`, `port`, `has`, `lacks`, `data`, `contains`, `nth`, `count`",
    ),
    (
        r#"{"drop":{"has":"FIN"}}"#,
        r#"faults[0].drop.has: found "FIN", expected control bits such as "FA", letters of S, F, R, P and A"#,
    ),
    (
        r#"{"drop":{"where":"input"}}"#,
        "faults[0].drop.where: unknown value `input`; there is `link`, `output`",
    ),
    (
        r#"{"drop":{"conn":0}}"#,
        "faults[0].drop.conn: 0 is not between 1 and 1000000",
    ),
    (
        r#"{"drop":{"contains":"é"}}"#,
        r#"faults[0].drop.contains: found "é", expected 1 to 256 printable ASCII characters"#,
    ),
    (
        r#"{"drop":{"from":"b"}}"#,
        "faults.f1.drop.from: unknown host `b`; did you mean `a`?",
    ),
    (
        r#"{"drop":{},"after":"request 2 + 1s"}"#,
        r#"faults[0].after: found "request 2 + 1s", expected the name of a fault and how long after it, such as "m + 300ms""#,
    ),
    (
        r#"{"drop":{},"after":"m - 1s"}"#,
        r#"faults[0].after: found "m - 1s", expected the name of a fault and how long after it, such as "m + 300ms""#,
    ),
    (
        r#"{"drop":{},"after":"m"}"#,
        "faults.f1.after: unknown fault `m`; there is `f1`",
    ),
    (
        r#"{"drop":{},"after":"f2"},{"mark":{},"after":"f1 + 1s"}"#,
        "faults.f1.after: found `f2`, expected a fault that does not wait for this one",
    ),
    (
        r#"{"mark":{}},{"drop":{},"after":"f1","at":"1s"}"#,
        "faults.f2.at: found 1s, expected one time, `at` or `after`",
    ),
    (
        r#"{"mark":{}},{"name":"f1","drop":{}}"#,
        "faults: `f1` is there twice",
    ),
    (
        r#"{"mark":{},"for":0}"#,
        "faults[0].for: 0s is not between 1ns and 3600s",
    ),
];

#[test]
fn faults_that_say_too_little_or_too_much_are_refused() {
    let many = vec![r#"{"mark":{}}"#; 33].join(",");
    refused(&with_faults(&many), "faults: more than 32 entries");
    for (faults, message) in WRONG_FAULTS {
        refused(&with_faults(faults), message);
    }
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(500))]

    /// Pieces of JSON in any place of a scenario that has everything.
    #[test]
    fn no_value_panics(
        at in 0usize..1_000,
        piece in r#"(0|-?[1-9][0-9]{0,29}|"@?[-a-z0-9.: +%]{0,14}"|null|true|\[\]|\{\}|\[null\]|\["@0 [a-z0-9 ]{0,9}"\])"#,
    ) {
        let everything = include_str!("links/kernel-network-faults-calls.json");
        let places: Vec<_> = everything.match_indices("\": ").map(|(at, _)| at).collect();
        let place = places[at % places.len()] + 3;
        // Objects and lists go as a whole: their ends are found by their indentation.
        let line = everything[place..].lines().next().unwrap_or_default();
        let indent = everything[..place].rsplit('\n').next().unwrap_or_default();
        let indent = &indent[..indent.len() - indent.trim_start().len()];
        let close = match line {
            "[" => format!("\n{indent}]"),
            "{" => format!("\n{indent}}}"),
            _ => String::new(),
        };
        let end = match close.as_str() {
            "" => place + line.trim_end_matches(',').len(),
            close => place + everything[place..].find(close).expect("an end") + close.len(),
        };
        let json = format!("{}{piece}{}", &everything[..place], &everything[end..]);
        match Scenario::from_json(&json) {
            Ok(scenario) => {
                proptest::prop_assert!(whyeof_scenario::build(&scenario).is_ok());
                proptest::prop_assert_eq!(Scenario::from_json(&scenario.to_json()), Ok(scenario));
            }
            Err(invalid) => {
                let said = invalid.to_string();
                proptest::prop_assert!(!said.contains("not JSON"), "{}: {}", said, json);
            }
        }
    }
}
