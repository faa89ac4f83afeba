//! JSON text in, scenario or message out; and back again in one canonical form.

use whyeof_scenario::Scenario;

/// The smallest scenario that runs.
const SMALL: &str = r#"{"version":1,"clients":[{"name":"a","runtime":"go-1.27","requests":[{"to":"s:80"}]}],"servers":[{"name":"s","runtime":"go-1.27"}]}"#;

/// `SMALL` with one piece replaced.
fn edited(from: &str, to: &str) -> String {
    assert!(SMALL.contains(from), "{from}");
    SMALL.replacen(from, to, 1)
}

fn refused(json: &str, message: &str) {
    match Scenario::from_json(json) {
        Ok(_) => panic!("accepted, though {message}: {json}"),
        Err(invalid) => assert_eq!(invalid.to_string(), message, "{json}"),
    }
}

fn canonical(json: &str, expected: &str) {
    let scenario = Scenario::from_json(json).unwrap_or_else(|invalid| panic!("{invalid}: {json}"));
    assert_eq!(scenario.to_json(), expected);
    assert_eq!(Scenario::from_json(expected).as_ref(), Ok(&scenario));
    assert_eq!(
        Scenario::from_json(&scenario.to_json_pretty()),
        Ok(scenario)
    );
}

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
            "servers[0].runtime: unknown runtime `go-1.27-default-transport`; there is `go-1.27`, `sockets`",
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
            r#"{"name":"f1","duplicate":{"data":null}},{"after":"f1 + 0s","drop":{"where":"output"}},{"after":"f2","at":0,"drop":{}}"#,
            r#"{"duplicate":{}},{"after":"f1","drop":{"where":"output"}},{"after":"f2","drop":{}}"#,
        ),
    ] {
        canonical(&with_faults(faults), &with_faults(written));
    }
}

#[test]
fn faults_that_say_too_little_or_too_much_are_refused() {
    let many = vec![r#"{"mark":{}}"#; 33].join(",");
    for (faults, message) in [
        (many.as_str(), "faults: more than 32 entries"),
        (
            r#"{"at":"12s"}"#,
            "faults[0]: found at, expected one of the keys `drop`, `delay`, `duplicate`, `mark`",
        ),
        (
            r#"{"drop":{},"mark":{}}"#,
            "faults[0]: found drop, mark, expected one of the keys `drop`, `delay`, `duplicate`, `mark`",
        ),
        (
            r#"{"dorp":{}}"#,
            "faults[0]: unknown field `dorp`; did you mean `drop`?",
        ),
        (
            r#"{"at":"12s","on":"s","run":"iptables -A INPUT -j DROP"}"#,
            "faults[0].on: not supported yet; leave it out",
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
    ] {
        refused(&with_faults(faults), message);
    }
}

/// The smallest scenario of socket calls, with these.
fn with_calls(client: &str, server: &str) -> String {
    let calls = |calls: &str| match calls {
        "" => String::new(),
        calls => format!(r#","calls":[{calls}]"#),
    };
    let (client, server) = (calls(client), calls(server));
    format!(
        r#"{{"version":1,"clients":[{{"name":"a","runtime":"sockets"{client}}}],"servers":[{{"name":"s","runtime":"sockets"{server}}}]}}"#
    )
}

#[test]
fn socket_calls_have_one_spelling() {
    canonical(&with_calls("", ""), &with_calls("", ""));
    canonical(
        &with_calls(
            r#"" @0.50  connect r s:9000 040001","@-1 ka r","@00.1 ka r 5 2 3","@0 utimeout r 7000","@3600 info r""#,
            r#""@-1 listen 9000 128","@-1 accept x","@-1 unlisten 9000""#,
        ),
        &with_calls(
            r#""@0.5 connect r s:9000 40001","@-1 ka r","@0.1 ka r 5 2 3","@0 utimeout r 7000","@3600 info r""#,
            r#""@-1 listen 9000","@-1 accept x","@-1 unlisten 9000""#,
        ),
    );
    let long = with_calls("", "").replace(
        r#""name":"s","runtime":"sockets""#,
        r#""name":"s","runtime":"sockets","options":{},"handler":null,"listen":null"#,
    );
    canonical(&long, &with_calls("", ""));
}

#[test]
fn calls_that_cannot_be_made_are_refused_by_their_number() {
    let listen = r#""@-1 listen 80""#;
    let many = vec![listen; 257].join(",");
    for (client, server, message) in [
        (
            r#""@0 connect r s:80","@0.5 sned r 100""#,
            "",
            "clients[0].calls: call 2, `@0.5 sned r 100`: unknown call `sned`; did you mean `send`?",
        ),
        (
            r#""@0 connect r""#,
            "",
            "clients[0].calls: call 1, `@0 connect r`: found `connect r`, expected `connect C HOST:PORT [LPORT]`",
        ),
        (
            r#""connect r s:80""#,
            "",
            "clients[0].calls: call 1, `connect r s:80`: found `connect`, expected `@` and seconds such as `@0.5`, or `@-1` for at once",
        ),
        (
            "7",
            "",
            r#"clients[0].calls: found [7], expected a list of calls such as "@0 connect a pyroscope:9000""#,
        ),
        (
            r#""@0 connect r x:80""#,
            "",
            "clients.a.calls: call 1, `@0 connect r x:80`: unknown host `x`; did you mean `a`?",
        ),
        (
            r#""@0 connect req s:80","@1 close rep""#,
            "",
            "clients.a.calls: call 2, `@1 close rep`: unknown socket `rep`; did you mean `req`?",
        ),
        (
            r#""@0 accept r""#,
            listen,
            "clients.a.calls: call 1, `@0 accept r`: found `accept`, expected a `listen` before it",
        ),
        (
            "",
            r#""@-1 listen 80","@1 unlisten 81""#,
            "servers.s.calls: call 2, `@1 unlisten 81`: found `unlisten 81`, expected a `listen` before it",
        ),
        (
            "",
            r#""@-1 listen 80","@-1 listen 80""#,
            "servers.s.calls: call 2, `@-1 listen 80`: `80` is there twice",
        ),
        ("", &many, "servers[0].calls: more than 256 entries"),
    ] {
        refused(&with_calls(client, server), message);
    }
    let calls = with_calls("", "");
    for (from, to, message) in [
        (
            r#""name":"a","runtime":"sockets""#,
            r#""name":"a","runtime":"sockets","requests":[{"to":"s:80"}]"#,
            "clients[0].requests: does not go with `sockets`; leave it out",
        ),
        (
            r#""name":"a","runtime":"sockets""#,
            r#""name":"a","runtime":"sockets","options":{"Timeout":"1s"}"#,
            "clients[0].options: does not go with `sockets`; leave it out",
        ),
        (
            r#""name":"a","runtime":"sockets""#,
            r#""name":"a","runtime":"go-1.27","calls":["@0 connect a s:80"]"#,
            "clients[0].calls: does not go with `go-1.27`; leave it out",
        ),
        (
            r#""name":"s","runtime":"sockets""#,
            r#""name":"s","runtime":"sockets","handler":{"body":7}"#,
            "servers[0].handler: does not go with `sockets`; leave it out",
        ),
        (
            r#""name":"s","runtime":"sockets""#,
            r#""name":"s","runtime":"sockets","listen":80"#,
            "servers[0].listen: does not go with `sockets`; leave it out",
        ),
        (
            r#""servers":[{"#,
            r#""servers":[{"name":"t","host":"s","runtime":"sockets","calls":["@-1 listen 80"]},{"name":"g","host":"s","runtime":"go-1.27"},{"#,
            "servers.t.calls: `s:80` is there twice",
        ),
    ] {
        assert!(calls.contains(from), "{from}");
        refused(&calls.replacen(from, to, 1), message);
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
            r#"{"version":1,"hosts":[{"name":"s","hz":"1000","phase":"2ms"}]"#,
            "hosts.s.phase: 2ms is not between 0s and 999.999us",
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
    refused("[1]", "found [1], expected an object {…}");
    refused(&"[".repeat(50_000), "this is not JSON: line 1, column 128");
    refused(&" ".repeat(70_000), "longer than 65536 bytes");
    let many = |entry: &str, n: usize| vec![entry; n].join(",");
    let requests = edited(r#"{"to":"s:80"}"#, &many(r#"{"to":"s:80"}"#, 33));
    refused(&requests, "clients.a.requests: more than 32 entries");
    let servers = (0..9).map(|n| format!(r#"{{"name":"s{n}","runtime":"go-1.27"}}"#));
    let servers = servers.collect::<Vec<_>>().join(",");
    let servers = edited(r#"{"name":"s","runtime":"go-1.27"}"#, &servers);
    refused(&servers, "servers: more than 8 entries");
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
