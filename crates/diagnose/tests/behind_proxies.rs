//! What a proxy does is neither the application's work nor a whole request's, if half of one came.

mod support;

use support::{codes, finding, run_json};
use whyeof_diagnose::{Report, diagnose};
use whyeof_trace::Trace;

/// A client, nginx, a server that takes `think`; the path to the server takes 20 ms.
fn through_nginx(client: &str, think: &str) -> (Trace, Report) {
    let path = |from, to| format!(r#"{{"from":"{from}","to":"{to}","delay":"20ms"}}"#);
    let trace = run_json(&format!(
        r#"{{"version":1,"until":"20s","network":{{"rtt":"10ms","paths":[{},{}]}},
        "clients":[{{"name":"client","runtime":"go-1.27",{client}}}],
        "proxies":[{{"name":"nginx","listen":80,"runtime":"nginx-1.22","to":"server:80","options":{{"upstream.keepalive":8}}}}],
        "servers":[{{"name":"server","listen":80,"runtime":"go-1.27","handler":{{"think":"{think}"}}}}]}}"#,
        path("nginx", "server"),
        path("server", "nginx"),
    ));
    let report = diagnose(&trace);
    (trace, report)
}

#[test]
fn half_a_request_is_not_passed_on() {
    let slow = r#""requests":[{"to":"nginx:80","method":"POST","body":60,"slow":{"pause":"1s","piece":10},"deadline":"2s"}]"#;
    let (trace, report) = through_nginx(slow, "0ms");
    assert_eq!(trace.flows.len(), 1, "nobody dials the server");
    assert_eq!(report.totals().executed, 0);
    assert_eq!(codes(&report), ["caller-timeout 1"]);
}

/// Given up while the proxy still dials: nothing ran, whatever the proxy was doing.
#[test]
fn passing_on_is_not_executing() {
    let hasty = r#""requests":[{"to":"nginx:80","deadline":"40ms"}]"#;
    let (_, report) = through_nginx(hasty, "0ms");
    assert_eq!(report.totals().executed, 0);
    let told = &finding(&report, "caller-timeout").explanation.en;
    assert!(told.contains("no answer had come"), "{told}");
    let patient = r#""requests":[{"to":"nginx:80","deadline":"200ms"}]"#;
    let (_, report) = through_nginx(patient, "1s");
    assert_eq!(
        report.requests[0].executed, 1,
        "what ran behind the proxy ran for it"
    );
    let told = &finding(&report, "caller-timeout").explanation.en;
    assert!(told.contains("the handler had begun"), "{told}");
}

/// What a proxy sent again is told of the proxy: whoever asked it sent once, and every machine is called by its name.
#[test]
fn a_proxy_that_sent_again_is_told_of_by_its_name() {
    let close = r#""routes":[{"path":"/close","ends":"close"}]"#;
    for runtime in ["node-26-global-agent", "go-1.27"] {
        let report = diagnose(&run_json(&format!(
            r#"{{"version":1,"until":"9s",
            "clients":[{{"name":"shop","runtime":"{runtime}","requests":[{{"to":"edge:80","path":"/"}},{{"to":"edge:80","path":"/close","at":"1s"}}]}}],
            "proxies":[{{"name":"edge","listen":80,"runtime":"nginx-1.22","to":"api:80","options":{{"upstream.keepalive":16}}}}],
            "servers":[{{"name":"api","listen":80,"runtime":"node-20",{close}}}]}}"#
        )));
        let totals = report.totals();
        assert_eq!((totals.sent, totals.executed, totals.failed), (3, 3, 1));
        let twice: Vec<_> = report
            .findings
            .iter()
            .filter(|f| f.code == "executed-twice")
            .collect();
        assert_eq!(twice.len(), 1, "{runtime}");
        let told = &twice[0].explanation.en;
        assert!(told.contains("nginx cannot know that: it sent the GET again by itself, because proxy_next_upstream"), "{told}");
        for finding in &report.findings {
            let steps = finding.evidence.iter().map(|step| &step.text);
            for text in steps.chain([&finding.title, &finding.explanation]) {
                for word in ["the client", "the caller", "the server"] {
                    assert!(!text.en.contains(word), "{}", text.en);
                }
                assert!(!text.zh.contains("客户端"), "{}", text.zh);
            }
        }
    }
}
