//! `broken-off`: handlers that end their connections themselves (ground-truth §4, recordings 04 and 04c).

mod support;

use support::{ask, codes, finding, go_pair, report, run_json};
use whyeof_diagnose::{Report, diagnose};

/// One or two requests: the first one, if any, makes the connection a reused one.
fn broken(ends: &str, method: &str, reused: bool, more: &str) -> Report {
    let route = format!(r#","routes":[{{"path":"/x","body":3{more},"ends":"{ends}"}}]"#);
    let first = ask("GET", "/w", "0ms", "");
    let body = if method == "POST" { r#","body":5"# } else { "" };
    let breaks = ask(method, "/x", "200ms", body);
    let requests = if reused {
        format!("{first},{breaks}")
    } else {
        breaks
    };
    diagnose(&run_json(&go_pair("", &requests, &route)))
}

#[test]
fn says_how_the_handler_ended_it() {
    let fresh = "No request had used this connection before";
    let reused = "The connection was reused, but the handler had begun";
    for (ends, method, reuse, words, connection) in [
        (
            "close",
            "POST",
            false,
            "without a byte of an answer; the client read EOF",
            fresh,
        ),
        (
            "close",
            "POST",
            true,
            "without a byte of an answer; the client read EOF",
            reused,
        ),
        (
            "reset",
            "POST",
            false,
            "(SO_LINGER 0); the client read ECONNRESET",
            fresh,
        ),
        (
            "reset",
            "POST",
            true,
            "(SO_LINGER 0); the client read ECONNRESET",
            reused,
        ),
        (
            "cut-head",
            "GET",
            true,
            "in the midst of the response's head; the client read EOF",
            reused,
        ),
        (
            "cut-body",
            "GET",
            true,
            "the client read EOF, after its caller had been told 200",
            reused,
        ),
    ] {
        let report = broken(ends, method, reuse, "");
        let number = 1 + usize::from(reuse);
        assert_eq!(codes(&report), [format!("broken-off {number}")], "{ends}");
        let told = &finding(&report, "broken-off").explanation.en;
        assert!(told.contains(words), "{told}");
        assert!(told.contains(connection), "{told}");
        assert!(told.contains("this is no keepalive race."), "{told}");
        assert!(!told.contains("by itself"), "{told}");
    }
}

/// Go sends a GET on a reused connection again: the handler runs twice, and each attempt is told.
#[test]
fn a_get_on_a_reused_connection_runs_twice() {
    let report = broken("close", "GET", true, "");
    assert_eq!(codes(&report), ["broken-off 2", "executed-twice 2"]);
    let finding = finding(&report, "broken-off");
    let told = &finding.explanation;
    assert!(told.en.ends_with("so its handler ran 2 times."), "{told:?}");
    assert!(told.zh.contains("处理函数执行了 2 次"), "{told:?}");
    let ran = |e: &&whyeof_diagnose::Evidence| e.role.name() == "executed";
    assert_eq!(finding.evidence.iter().filter(ran).count(), 2);
}

/// A body that nobody reads is reset at close(2), SO_LINGER or not.
#[test]
fn an_unread_body_makes_a_reset() {
    let route = r#","routes":[{"path":"/x","read":false,"ends":"close"}]"#;
    let upload = ask("POST", "/x", "0ms", r#","body":100000"#);
    let report = diagnose(&run_json(&go_pair("", &upload, route)));
    let told = &finding(&report, "broken-off").explanation.en;
    assert!(told.contains("part of the request lay unread"), "{told}");
    assert!(told.contains("the client read ECONNRESET"), "{told}");
}

/// An answer with `Connection: close`, and a deadline that passed before the handler was done: not the handler's doing.
#[test]
fn near_misses() {
    let report_of = |edits: &[(&str, &str)]| codes(&report("pyroscope-idle-race", edits));
    assert_eq!(codes(&broken("answer-close", "POST", true, "")), [""; 0]);
    let one = ("clients.agent.requests.upload.count", "1");
    let write = ("servers.pyroscope.options.WriteTimeout", "1ms");
    assert_eq!(report_of(&[one, write]), ["server-deadline 1"]);
}
