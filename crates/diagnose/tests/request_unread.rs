//! `request-unread`: a server that closes while a request lies unread or is on its way (recorded in 11a, 11d; runtimes §12.2).

mod support;

use support::{codes, finding, run_json};
use whyeof_diagnose::{Report, diagnose};

/// A large POST to a server of this runtime, whose handler does not read and whose answer ends the connection.
fn unread(runtime: &str, read: bool) -> Report {
    diagnose(&run_json(&format!(
        r#"{{"version":1,"network":{{"rtt":"10ms"}},
        "clients":[{{"name":"client","runtime":"node-26","requests":[{{"to":"server:80","method":"POST","path":"/","body":500000}}]}}],
        "servers":[{{"name":"server","listen":80,"runtime":"{runtime}","handler":{{"think":"1ms","body":100000,"read":{read},"ends":"answer-close"}}}}]}}"#
    )))
}

#[test]
fn a_server_that_does_not_read_resets() {
    let report = unread("node-26", false);
    assert_eq!(codes(&report)[0], "request-unread 1");
    let finding = finding(&report, "request-unread");
    assert!(
        finding.explanation.en.contains("bytes unread, and closed"),
        "{}",
        finding.explanation.en
    );
    let edits = &finding.remedies[0].edits;
    assert_eq!(edits[0].path, "servers.server.handler.read");
    // The remedy holds.
    assert_eq!(unread("node-26", true).verdict.error, None);
}

/// Go sends its FIN first and closes 500 ms later, so the client has its answer by then.
#[test]
fn one_that_lingers_does_not_cost_the_answer() {
    let report = unread("go-1.27", false);
    assert!(
        !codes(&report)
            .iter()
            .any(|c| c.starts_with("request-unread"))
    );
}
