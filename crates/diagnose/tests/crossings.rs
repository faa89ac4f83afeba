//! Requests that cross what ends their connection: a 408, an answer that was the last, a handler that broke off before them.

mod support;

use support::{codes, finding, run_json};
use whyeof_diagnose::{Report, diagnose};

/// runtimes §17: a connection that was never used gets a 408 after headersTimeout; a POST that is on its way then takes it for its
/// own answer.
#[test]
fn a_408_that_crosses_a_request_is_told() {
    for at in ["89.995s", "90.0s"] {
        let report = diagnose(&run_json(&format!(
            r#"{{"version":1,"until":"120s",
            "clients":[{{"name":"c","runtime":"go-1.27","requests":[{{"to":"s:80"}},{{"to":"s:80","at":"1s"}},{{"to":"s:80","at":"1.005s"}},{{"to":"s:80","at":"{at}","method":"POST","count":2}}]}}],
            "servers":[{{"name":"s","listen":80,"runtime":"node-26","options":{{"keepAliveTimeout":"200s"}}}}]}}"#
        )));
        assert_eq!(report.requests[4].status, Some(408), "{at}");
        let told = &finding(&report, "server-deadline").explanation.en;
        assert!(
            told.contains("a request that nobody has looked at"),
            "{told}"
        );
    }
}

/// Two requests sent without waiting, to a server whose handler does this.
fn pipelined(runtime: &str, ends: &str) -> Report {
    diagnose(&run_json(&format!(
        r#"{{"version":1,"until":"9s",
        "clients":[{{"name":"c","runtime":"sockets","calls":["@0 connect a s:80","@-1 reader a","@0.1 get a /one","@0.1 get a /two"]}}],
        "servers":[{{"name":"s","listen":80,"runtime":"{runtime}","handler":{{"think":"50ms","body":3,"ends":"{ends}"}}}}]}}"#
    )))
}

#[test]
fn only_the_handler_at_work_is_said_to_have_broken_off() {
    for runtime in ["go-1.27", "nginx-1.22"] {
        let report = pipelined(runtime, "close");
        assert_eq!(
            codes(&report),
            ["broken-off 1", "closed-behind-answer 2"],
            "{runtime}"
        );
        let told = &finding(&report, "closed-behind-answer").explanation.en;
        assert!(told.contains("It was not executed"), "{told}");
    }
}

/// Node begins pipelined requests at once (recorded in 18b), so the second had begun.
#[test]
fn what_ran_is_not_said_not_to_have_run() {
    for (runtime, ran) in [
        ("go-1.27", "It was not executed"),
        ("node-26", "had begun all the same"),
    ] {
        let report = pipelined(runtime, "answer-then-close");
        let told = &finding(&report, "closed-behind-answer").explanation.en;
        assert!(told.contains(ran), "{runtime}: {told}");
    }
}
