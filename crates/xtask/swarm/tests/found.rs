//! What the swarm has found, as small as it made it: each broke something once.

use whyeof_scenario::Scenario;
use whyeof_swarm::invariants::check_all;

/// What was wrong, and where.
const FOUND: [(&str, &str); 16] = [
    (
        "an answer that is leaked behind a caller who had left ended the request twice",
        r#"{"version":1,"clients":[{"name":"c2","runtime":"node-20-global-agent","requests":[{"to":"s1:80","read":"leak","deadline":"0s","leave":true}]}],"servers":[{"name":"s1","runtime":"node-20"}]}"#,
    ),
    (
        "a caller who had its answer, and leaked it, gave it up later",
        r#"{"version":1,"clients":[{"name":"c1","runtime":"go-1.27","requests":[{"to":"s1:80","read":"leak","deadline":"25ms","leave":true}]}],"servers":[{"name":"s1","runtime":"node-20"}]}"#,
    ),
    (
        "a drained body's timer was cleared twice",
        r#"{"version":1,"clients":[{"name":"c1","runtime":"go-1.27-default-transport","options":{"DisableKeepAlives":true},"requests":[{"to":"s1:80","read":"half"}]}],"servers":[{"name":"s1","runtime":"node-18"}]}"#,
    ),
    (
        "the timer for the next piece of a body fired, and was cleared",
        r#"{"version":1,"clients":[{"name":"c1","runtime":"node-20-global-agent","requests":[{"to":"s1:4040","body":1,"read":"leak","slow":{"pause":"15ms"}}]}],"servers":[{"name":"s1","listen":4040,"runtime":"node-20","handler":{"read":false}}]}"#,
    ),
    (
        "nginx's lingering timer fired, and was cleared",
        r#"{"version":1,"clients":[{"name":"c1","runtime":"node-26","requests":[{"to":"s1:8080","body":1,"slow":{"pause":"5s"}}]}],"servers":[{"name":"s1","listen":8080,"runtime":"nginx-1.22","handler":{"read":false}}],"network":{"paths":[{"from":"c1","to":"s1","jitter":"5s"}]}}"#,
    ),
    (
        "the time for a whole request went on behind it, and the next one's was set beside it",
        r#"{"version":1,"clients":[{"name":"c1","runtime":"agentkeepalive-4.6","options":{"maxSockets":1},"requests":[{"to":"s1:65535","body":56,"count":2}]}],"servers":[{"name":"s1","listen":65535,"runtime":"node-18","routes":[{"path":"/","read":false}]}],"hosts":[{"name":"s1","sysctl":{"tcp_rmem":"353 106 106"}}]}"#,
    ),
    (
        "a connection to the first of several addresses stayed in the pool when it was refused",
        r#"{"version":1,"clients":[{"name":"c2","host":"p1","runtime":"go-1.27-default-transport","options":{"MaxConnsPerHost":1},"requests":[{"to":"n1:4040","retry":{"times":1}}]}],"servers":[{"name":"s2","runtime":"go-1.19"}],"names":{"n1":{"hosts":"s2 p1","pick":"connection"}}}"#,
    ),
    (
        "an ICMP message that the path lost was never recorded as lost",
        r#"{"version":1,"seed":5801326995171696,"clients":[{"name":"c1","runtime":"node-20-global-agent","requests":[{"to":"s1:8080"}]}],"servers":[{"name":"s1","runtime":"node-18"}],"network":{"paths":[{"from":"s1","to":"c1","loss":"5%"}]},"faults":[{"reject":{}}]}"#,
    ),
    (
        "a machine without power kept its pool",
        r#"{"version":1,"clients":[{"name":"c1","runtime":"node-26","options":{"maxSockets":1},"requests":[{"to":"s2:80","every":"3.5ms"}]}],"servers":[{"name":"s2","runtime":"go-1.27"}],"faults":[{"at":"250us","on":"c1","run":"reboot -f"}]}"#,
    ),
    (
        "a timer of a program fired on a machine without power",
        r#"{"version":1,"clients":[{"name":"c1","runtime":"go-1.19","options":{"Dialer.Timeout":"1ns"},"requests":[{"to":"s1:80"}]}],"servers":[{"name":"s1","runtime":"node-20"}],"faults":[{"at":"250us","on":"c1","run":"reboot -f"}]}"#,
    ),
    (
        "without a trace a run ended although a machine was about to boot",
        r#"{"version":1,"clients":[{"name":"c1","runtime":"sockets","calls":["@-1 connect b s1:80","@0.000362044 get b /b?n=1"]}],"servers":[{"name":"s1","runtime":"nginx-1.22"}],"faults":[{"on":"c1","run":"poweroff -f","for":"1ns"}]}"#,
    ),
    (
        "a silent retry was told in another order than it happened",
        r#"{"version":1,"clients":[{"name":"c3","runtime":"go-1.27","requests":[{"to":"s1:65535","every":"125us"}]}],"servers":[{"name":"s1","listen":65535,"runtime":"go-1.27","options":{"IdleTimeout":"1ns"}}]}"#,
    ),
    (
        "a never used connection was told in another order than it happened",
        r#"{"version":1,"latency":"sampled","clients":[{"name":"c1","runtime":"agentkeepalive-4.6","requests":[{"to":"s3:8080","every":"100ms","deadline":"0s"}]}],"servers":[{"name":"s3","listen":8080,"runtime":"go-1.19","options":{"ReadTimeout":"98.677683ms"}}],"network":{"rtt":"0s"}}"#,
    ),
    (
        "a program of socket calls that closes without an answer had no finding",
        r#"{"version":1,"clients":[{"name":"c2","runtime":"node-18","requests":[{"to":"s3:4040"}]}],"servers":[{"name":"s3","runtime":"sockets","calls":["@-1 listen 4040","@-1 accept a","@-1 close a"]}]}"#,
    ),
    (
        "a reset from a kernel that had given up before the handshake was over had no finding",
        r#"{"version":1,"clients":[{"name":"c1","runtime":"node-26","requests":[{"to":"p1:4040"}]}],"proxies":[{"name":"p1","listen":4040,"runtime":"alb","to":"s2:80"}],"servers":[{"name":"s1","runtime":"go-1.19"},{"name":"s2","runtime":"nginx-1.22"}],"hosts":[{"name":"s2","sysctl":{"tcp_synack_retries":0}}],"network":{"paths":[{"from":"p1","to":"s2","jitter":"2s"}]}}"#,
    ),
    (
        "a connection that `ss -K` destroyed had no finding",
        r#"{"version":1,"clients":[{"name":"c1","runtime":"sockets","calls":["@0.134015582 connect a p1:8080","@10 get a /a/b/c"]}],"proxies":[{"name":"p1","listen":8080,"runtime":"nginx-1.22","to":"s1:80"}],"servers":[{"name":"s1","runtime":"node-18"}],"faults":[{"at":"250ms","on":"c1","run":"ss -K dst p1"}]}"#,
    ),
];

#[test]
fn what_was_found_stays_mended() {
    let broken = FOUND.iter().filter_map(|(what, json)| {
        let scenario = Scenario::from_json(json).expect(what);
        let broken = check_all(scenario).err()?;
        Some(format!("{what}: {}: {}", broken.invariant, broken.what))
    });
    let broken: Vec<String> = broken.collect();
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}
