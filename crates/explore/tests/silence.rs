//! What helps against silence, told by running the same traffic once more.

use whyeof_diagnose::Proof;
use whyeof_explore::advise::explain;
use whyeof_scenario::Scenario;

/// One connection at a time, a request every 5 s, and from 7 s on nothing gets through in either direction, for so long.
fn scenario(client: &str, silence: &str) -> Scenario {
    let json = format!(
        r#"{{"version":1,"until":"1200s",
        "clients":[{{"name":"client",{client},"requests":[{{"name":"job","to":"server:80","method":"POST","path":"/job","every":"5s","count":10}}]}}],
        "servers":[{{"name":"server","runtime":"go-1.27","listen":80,"handler":{{"body":3}}}}],
        "faults":[{{"at":"7s","for":"{silence}","drop":{{}}}}]}}"#
    );
    Scenario::from_json(&json).expect("a scenario")
}

/// Each remedy with what it came to.
fn reruns(scenario: &Scenario) -> Vec<String> {
    let explained = explain(scenario).expect("a plan");
    let remedies = explained.report.remedies().into_iter();
    let said = remedies.filter_map(|remedy| match &remedy.proof {
        Some(Proof::Rerun(rerun)) => Some(format!("{}. {}", remedy.title.en, rerun.say().en)),
        _ => None,
    });
    said.collect()
}

#[test]
fn a_remedy_is_as_good_as_the_same_traffic_with_it() {
    let go = r#""runtime":"go-1.27","options":{"MaxConnsPerHost":1}"#;
    let node = r#""runtime":"node-26","options":{"keepAlive":true,"maxSockets":1}"#;
    for (client, silence, expected) in [
        // All are served in the end: there is nothing to mend.
        (go, "60s", vec![]),
        // Without a remedy the kernel gives up after a quarter of an hour; who is told sooner is told more often.
        (
            go,
            "1000s",
            vec![
                "Client: Timeout = 5 s. The same run with it: 8 of 10 requests failed, not 1; the longest wait 5.001 s, not 1009.021 s.",
                "Client: TCP_USER_TIMEOUT = 20 s. The same run with it: 8 of 10 requests failed, not 1; the longest wait 125.688 s, not 1009.021 s.",
            ],
        ),
        (
            node,
            "1000s",
            vec![
                "Client: timeout = 5 s, req.on('timeout', () => req.destroy()). The same run with it: 8 of 10 requests failed, not 1; the longest wait 5.005 s, not 1009.021 s.",
                "Client: agentkeepalive. The same run with it: 8 of 10 requests failed, not 1; the longest wait 8.001 s, not 1009.021 s.",
            ],
        ),
    ] {
        assert_eq!(
            reruns(&scenario(client, silence)),
            expected,
            "{client} {silence}"
        );
    }
}
