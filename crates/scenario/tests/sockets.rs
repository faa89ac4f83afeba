//! Programs of socket calls: JSON in, canonical JSON or message out.

mod support;

use support::{canonical, refused};

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

const WRONG_CALLS: [(&str, &str, &str); 9] = [
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
        r#""@-1 listen 80""#,
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
];

#[test]
fn calls_that_cannot_be_made_are_refused_by_their_number() {
    let many = vec![r#""@-1 listen 80""#; 257].join(",");
    refused(
        &with_calls("", &many),
        "servers[0].calls: more than 256 entries",
    );
    for (client, server, message) in WRONG_CALLS {
        refused(&with_calls(client, server), message);
    }
}

#[test]
fn programs_of_calls_have_nothing_else() {
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
