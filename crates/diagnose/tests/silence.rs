//! Findings about silence: who is said to be silent, and who is not.

mod support;

use support::{codes, finding, run_json};
use whyeof_diagnose::{Report, diagnose};

/// A request at 0 s and one at 10 s, without a time limit; the network is silent from 7 s on, for so long.
fn silent(server: &str, silence: &str) -> Report {
    diagnose(&run_json(&format!(
        r#"{{"version":1,"until":"120s",
        "clients":[{{"name":"c","runtime":"go-1.27","requests":[{{"to":"s:80","method":"POST","every":"10s","count":2}}]}}],
        "servers":[{{"name":"s","listen":80,{server}}}],
        "faults":[{{"at":"7s","for":"{silence}","drop":{{}}}}]}}"#
    )))
}

/// 08a in short: both ends had the connection when the request was sent; the server closed it in the silence, and its FIN was
/// lost.
#[test]
fn a_silence_that_ends_with_the_connection_is_a_black_hole() {
    let server = r#""runtime":"go-1.27","options":{"IdleTimeout":"20s"}"#;
    // Which is first to come through: the FIN again, or the POST again.
    for (silence, words) in [
        ("40s", "what came through was the FIN of the other end"),
        (
            "58s",
            "by then the other end had no such connection any more and answered RST",
        ),
    ] {
        let report = silent(server, silence);
        assert_eq!(codes(&report)[0], "black-hole 2");
        let told = &finding(&report, "black-hole").explanation;
        assert!(told.en.contains(words), "{}", told.en);
    }
    let report = silent(server, "40s");
    let remedies: Vec<_> = report
        .remedies()
        .iter()
        .map(|r| r.title.en.clone())
        .collect();
    assert_eq!(
        remedies,
        [
            "Client: Timeout = 5 s",
            "Client: TCP_USER_TIMEOUT = 20 s",
            "Client's kernel: tcp_retries2 = 8"
        ]
    );
}

/// The FIN was lost before the request: then only the client still had the connection.
#[test]
fn a_lost_fin_before_the_request_is_half_open() {
    let report = silent(
        r#""runtime":"go-1.27","options":{"IdleTimeout":"8s"}"#,
        "2900ms",
    );
    assert_eq!(codes(&report)[0], "half-open 2");
}

/// Who refuses, resets or answers is not silent.
#[test]
fn machines_that_say_something_do_not_poison_a_pool() {
    let report = |fault: &str| {
        let server = |name: &str| format!(r#"{{"name":"{name}","listen":80,"runtime":"node-26"}}"#);
        let servers = ["s1", "s2", "s3"].map(server).join(",");
        diagnose(&run_json(&format!(
            r#"{{"version":1,"until":"20s","clients":[{{"name":"c","runtime":"go-1.27","options":{{"Timeout":"500ms"}},
            "requests":[{{"to":"api:80","method":"POST","every":"100ms","count":40}}]}}],"servers":[{servers}],
            "names":{{"api":{{"hosts":"s1 s2 s3"}}}},"faults":[{fault}]}}"#
        )))
    };
    for (fault, poisoned) in [
        (r#"{"at":"1s","drop":{"from":"s3"}}"#, true),
        (r#"{"at":"1s","on":"s3","run":"poweroff -f"}"#, true),
        (r#"{"at":"1s","on":"s3","run":"kill -9 s3"}"#, false),
        (
            r#"{"at":"1s","on":"s3","run":"iptables -A INPUT -p tcp -j REJECT --reject-with tcp-reset"}"#,
            false,
        ),
    ] {
        let report = report(fault);
        assert!(report.totals().failed > 5, "{fault}");
        let said = codes(&report).iter().any(|c| c.starts_with("poisoned"));
        assert_eq!(said, poisoned, "{fault}");
    }
}

/// What one request comes to that has a connection already, and takes a second.
fn second(options: &str, handler: &str, fault: &str) -> Report {
    diagnose(&run_json(&format!(
        r#"{{"version":1,"until":"90s",
        "clients":[{{"name":"c","runtime":"go-1.27","options":{{{options}}},"requests":[{{"to":"s:80","method":"POST","every":"5s","count":2}}]}}],
        "servers":[{{"name":"s","listen":80,"runtime":"go-1.27","handler":{{"think":"{handler}"}}}}],
        "faults":[{fault}]}}"#
    )))
}

#[test]
fn each_kind_of_silence_and_end_has_its_finding() {
    for (options, handler, fault, code, words) in [
        // Nobody gives up: the run ends first.
        (
            "",
            "1ms",
            r#"{"at":"3s","drop":{}}"#,
            "black-hole 2",
            "the kernel was still trying, and the caller still waiting",
        ),
        // The machine loses power while it has the request; a probe meets the new kernel.
        (
            "",
            "2s",
            r#"{"at":"6s","on":"s","run":"reboot -f","for":"3s"}"#,
            "half-open 2",
            "its handler had begun, and nobody knows how far it came",
        ),
        // The client's own filter answers in the server's name.
        (
            "",
            "1ms",
            r#"{"at":"3s","on":"c","run":"iptables -A OUTPUT -p tcp -d s -j REJECT --reject-with tcp-reset"}"#,
            "rejected 2",
            "answered it with a RST in the server's name",
        ),
        // The box forgets while the handler works.
        (
            r#""KeepAlive":"-1s","Timeout":"60s""#,
            "20s",
            r#"{"forget":{"idle":"15s"}}"#,
            "forgotten-on-the-way 1",
            "its handler ran, and took longer than the box remembers",
        ),
    ] {
        let report = second(options, handler, fault);
        let (kind, _) = code.split_once(' ').expect("a request");
        assert!(
            codes(&report).contains(&code.to_owned()),
            "{fault}: {:?}",
            codes(&report)
        );
        let told = &finding(&report, kind).explanation.en;
        assert!(told.contains(words), "{told}");
    }
}
