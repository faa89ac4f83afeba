//! `connection-ended`: what no other finding explains, the causes of the failure do.

mod support;

use support::{codes, finding, run_json};
use whyeof_diagnose::{Report, diagnose};

/// A caller and a server with these keys, and what else the scenario says.
fn told(caller: &str, server: &str, more: &str) -> Report {
    diagnose(&run_json(&format!(
        r#"{{"version":1,"clients":[{{"name":"c",{caller}}}],"servers":[{{"name":"s",{server}}}]{more}}}"#
    )))
}

const ASKS: &str = r#""runtime":"node-20","requests":[{"to":"s:80"}]"#;
const SERVES: &str = r#""runtime":"go-1.27""#;

fn check(report: &Report, words: &str) {
    let code = format!("connection-ended {}", report.requests.len());
    assert!(codes(report).contains(&code), "{:?}", codes(report));
    let told = &finding(report, "connection-ended").explanation.en;
    assert!(told.contains(words), "{told}");
}

#[test]
fn a_program_closes_without_an_answer() {
    for close in ["close a", "shut a"] {
        let server = format!(
            r#""runtime":"sockets","calls":["@-1 listen 80","@-1 accept a","@-1 {close}"]"#
        );
        let words = "the program at the other end closed the connection without a whole answer";
        check(&told(ASKS, &server, ""), words);
    }
}

#[test]
fn a_program_asks_on_what_it_has_closed_itself() {
    let caller = r#""runtime":"sockets","calls":["@0 connect a s:80","@-1 close a","@1 get a /"]"#;
    check(&told(caller, SERVES, ""), "had itself closed or shut");
}

#[test]
fn a_kernel_gives_up_what_is_only_slow() {
    let caller = r#""runtime":"go-1.19","options":{"TCP_USER_TIMEOUT":"1ns"},"requests":[{"to":"s:80","body":900,"count":5}]"#;
    let slow = r#","network":{"paths":[{"from":"c","to":"s","bandwidth":"64kbit"}]}"#;
    let report = told(caller, SERVES, slow);
    let told = &finding(&report, "connection-ended").explanation.en;
    assert!(told.contains("kernel gave the connection up"), "{told}");
}

#[test]
fn a_filter_says_that_it_rejects() {
    let rejects = r#","faults":[{"reject":{"with":"icmp-host-unreachable"}}]"#;
    check(
        &told(ASKS, SERVES, rejects),
        "threw a packet of this connection away",
    );
}

/// What has a story of its own keeps it, and what goes well has none.
#[test]
fn near_misses() {
    let hijacks = r#""runtime":"go-1.27","handler":{"ends":"close"}"#;
    assert_eq!(codes(&told(ASKS, hijacks, "")), ["broken-off 1"]);
    assert_eq!(codes(&told(ASKS, SERVES, "")), [""; 0]);
}
