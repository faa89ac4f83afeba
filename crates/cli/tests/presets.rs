//! Every story, whole: what `whyeof explain` says and the segments that `whyeof run` prints, beside what they agree with.
//!
//! A snapshot is no evidence: each names the recording or the fact that was held against it when it was made. Update with
//! `UPDATE_EXPECT=1 cargo test -p whyeof`, and then read the difference as if somebody else had made it.

mod support;

use expect_test::expect_file;
use std::fmt::Write;
use support::whyeof;
use whyeof_scenario::build;
use whyeof_scenario::presets;
use whyeof_sim::world::run;
use whyeof_trace::digest::digest;

/// Preset, and what its segments and outcomes agree with.
const AGREES_WITH: [(&str, &str); 64] = [
    (
        "pyroscope-idle-race",
        "recording 01-go-idle-race (Go 1.27, RTT 10 ms): FIN, then POST meets it, R with the FIN's number, client FIN, R; EOF at the FIN's arrival",
    ),
    (
        "pyroscope-idle-race-client-idle-9s",
        "recording 91-client-idle-9s: the client's FIN 9 s after the response, the next POST dials",
    ),
    (
        "pyroscope-idle-race-server-idle-30s",
        "recording 02-go-idle-30s: 108 of 108 ok on the first connection",
    ),
    (
        "pyroscope-idle-race-short-connections",
        "recording 90-short-connections: Connection: close both ways, the server closes behind its response",
    ),
    (
        "pyroscope-idle-race-idempotency-key",
        "recording 01f-idempotency-key: silent retry, 22 of 22",
    ),
    (
        "pyroscope-idle-race-get",
        "recording 01-go-idle-race: GET in the window is replayed on a new connection, 21 to 31 ms instead of 11",
    ),
    (
        "pyroscope-never-used-connection",
        "recording 16-never-used-connection, pools c to e: FIN 10 s after accept although IdleTimeout is 30 s; EOF on a connection that no request had used",
    ),
    (
        "pyroscope-idle-race-clean",
        "ground-truth section 2: a request that arrives before the FIN is sent is served, and the idle clock starts anew",
    ),
    (
        "two-keep-alives",
        "recording 01-go-idle-race: the same race with other numbers; probes (03b) change nothing of it",
    ),
    (
        "two-keep-alives-probes-1s",
        "recordings 01 and 03: a probe a second, answered, and the FIN at the idle limit all the same",
    ),
    (
        "two-keep-alives-client-idle",
        "recording 91-client-idle-9s: the client's FIN 9 s after the response, the next POST dials",
    ),
    (
        "two-keep-alives-server-idle",
        "recording 02-go-idle-30s: a period below the server's limit, one connection for all; the client's own limit never comes",
    ),
    (
        "two-keep-alives-short-connections",
        "recording 90-short-connections: Connection: close both ways, the server closes behind its response",
    ),
    (
        "two-keep-alives-retry",
        "recording 01-go-idle-race: EOF, and ok on a new connection afterwards",
    ),
    (
        "probes-and-idle-timeout",
        "recording 03-go-tcp-keepalive-is-not-http-keepalive, connection 1: a probe after 1 s, the server's FIN after 2 s, a new connection at 5 s",
    ),
    (
        "two-keep-alives-elb",
        "recording 01 on the second hop; runtimes section 11.4 for the 502 (documented, not recorded)",
    ),
    (
        "node-six-seconds",
        "recordings 09c and 09e: FIN 6 s after the response, socket hang up, no hint without a timeout, a probe a second",
    ),
    (
        "node-six-seconds-global-agent",
        "ground-truth section 9 (09f): hint 5, limit 5 s, closed by the client after 4.00 s",
    ),
    (
        "node-six-seconds-agentkeepalive",
        "runtimes section 3: freeSocketTimeout 4 s; 08d: closed 4.00 s after the response",
    ),
    (
        "keep-alive-and-close",
        "ground-truth section 1: FIN behind the response, the client's FIN answers it; no error",
    ),
    (
        "pipelined",
        "recording 18-pipeline-go: three GETs without waiting, answered in turn, the second right behind the first",
    ),
    (
        "hijack-close",
        "recording 04-hijack-close, requests 2 and 4: EOF on a fresh connection with 1 attempt; GET on a used one with 2",
    ),
    (
        "shutdown-race",
        "recording 13-graceful-shutdown-go: FIN to idle connections at once, EOF for the POST on its way, Connection: close and FIN for the request at work, refused afterwards",
    ),
    (
        "body-unread",
        "ground-truth section 5, Go 1.19: RST with what was in Recv-Q acknowledged (held in recorded/tests/go_1_19.rs)",
    ),
    (
        "body-unread-read",
        "ground-truth section 5: a body read to its end gives the connection back",
    ),
    (
        "body-unread-go-1-27",
        "recording 05-body-unread-close: drained in the background and used again",
    ),
    (
        "body-leak",
        "recording 06b-body-never-closed-no-timeout: no packet, context deadline exceeded, attempts 0",
    ),
    (
        "body-leak-timeout",
        "recording 06-body-never-closed: at 3 s RST for the leaked ones, then the third request is dialled",
    ),
    (
        "body-leak-unlimited",
        "recording 06b, its second client: the leaked connection stays, Recv-Q full, the server probes the closed window",
    ),
    (
        "pool-overflow",
        "recording 07-pool-overflow: 2 kept, 8 closed by the client, 8 dialled again",
    ),
    (
        "pool-overflow-raised",
        "runtimes section 1.4: ten places, ten kept",
    ),
    (
        "silent-switch",
        "recording 08a: first retransmission after 216 ms, once more undoubled, then doubling; RST after the heal; 11 queued POSTs executed",
    ),
    (
        "silent-switch-timeout",
        "ground-truth section 8, 08c: 'timeout' is emitted, nothing is destroyed; from there as 08a",
    ),
    (
        "silent-switch-timeout-destroy",
        "recording 08f: socket hang up after 5 s, the next request dials, the first SYN after the heal cures it (held in recorded/tests/runs.rs)",
    ),
    (
        "silent-switch-agentkeepalive",
        "recording 08d: free sockets closed after 4.00 s, busy ones destroyed; the first SYN after the heal works",
    ),
    (
        "silent-switch-heal-early",
        "recording 08b: the POST delivered 3.5 s after the heal, the connection goes on, queued POSTs follow on it",
    ),
    (
        "silent-switch-no-heal",
        "recording 08e: 15 retransmissions, ETIMEDOUT about 947 s after the request",
    ),
    (
        "silent-switch-iptables-as-typed",
        "recording 21-output-drop: the answer stays in the server's kernel, the persist timer tries it, the rule counts it; INPUT with -d client counts 0 packets",
    ),
    (
        "silent-switch-iptables-as-meant",
        "recording 08a for the silence; linux-tcp section 7.4 for INPUT and OUTPUT DROP",
    ),
    (
        "silent-switch-iptables-all-ports",
        "recording 08a for the silence; linux-tcp section 7.4 for INPUT and OUTPUT DROP",
    ),
    (
        "silent-switch-process-exit",
        "ground-truth section 13 and recording 20b: FIN at once, refused while nobody listens",
    ),
    (
        "silent-switch-host-death",
        "recording 13c-host-death: silence, the RTO ladder, no new connection",
    ),
    (
        "silent-switch-restart",
        "recordings 08a and 08e: at 120 s between retransmissions the client stays stuck; a new process dials at once",
    ),
    (
        "silent-switch-two-of-five",
        "arithmetic: 2 of 5 taken in turn; recording 13c for each attempt on a silent machine",
    ),
    (
        "one-way-silence-before-to-client",
        "recording 15j-one-way-s2c: handled, answered 5 times into nothing, Client.Timeout; the next dial hangs",
    ),
    (
        "one-way-silence-before-to-server",
        "linux-tcp section 1 (cases 7 and 8) and recording 13c for the retransmissions of a lost POST",
    ),
    (
        "one-way-silence-during-to-client",
        "recording 15c-response-lost-once, for longer: the server's retransmissions until one passes",
    ),
    (
        "one-way-silence-during-to-server",
        "linux-tcp section 2: the server's answer is retransmitted, each copy answered by a duplicate ACK with SACK",
    ),
    (
        "one-way-silence-idle-to-client",
        "recording 10-tcp-keepalive-dead-peer for lost probes, ground-truth section 8 for fewer than their count",
    ),
    (
        "one-way-silence-idle-to-server",
        "recording 10-tcp-keepalive-dead-peer for lost probes, ground-truth section 8 for fewer than their count",
    ),
    (
        "one-way-silence-closing-to-client",
        "recording 15d-fin-lost, its connection 2: three FINs lost, the POST meets a closed socket",
    ),
    (
        "one-way-silence-closing-to-server",
        "linux-tcp section 4: FIN-WAIT and LAST-ACK retransmit their FINs until one passes",
    ),
    (
        "fin-lost",
        "recording 15d-fin-lost, connection 1: RST to the POST, read: connection reset by peer",
    ),
    ("rst-lost", "recording 15f-rst-lost-only: EOF as ever"),
    (
        "rst-overtakes-fin",
        "recording 15r-rst-overtakes-fin: read: connection reset by peer in place of EOF",
    ),
    (
        "server-reboot",
        "recording 15h-server-reboot: RST to old data, a new connection works",
    ),
    (
        "lambda-freeze",
        "recordings 09c (the server's 6 s) and 20-sigstop-server (timers before sockets when a process goes on)",
    ),
    (
        "firewall-drop",
        "recording 13c-host-death: on the wire a rule that drops is silence",
    ),
    (
        "firewall-reject",
        "linux-tcp section 7.4, T59: RST to the POST, ECONNREFUSED for a dial",
    ),
    (
        "nat-350s",
        "linux-tcp section 7.5 (documented idle time; RST towards the sender as modelled there, not recorded)",
    ),
    (
        "nat-350s-probes",
        "linux-tcp section 7.5; runtimes section 1.1 for Go's probes every 15 s",
    ),
    (
        "nlb-350s",
        "linux-tcp section 7.5 (350 s documented; that NLB answers with RST is UNVERIFIED)",
    ),
    (
        "azure-4m",
        "linux-tcp section 7.5 (4 min, silent without TCP reset, documented)",
    ),
    (
        "ipvs-900s",
        "cases A20: IPVS forgets after 900 s, RST in the name of the far end (from incidents, not recorded)",
    ),
];

#[test]
fn every_preset_is_told_and_drawn_as_it_was_checked() {
    let ids: Vec<_> = presets::ALL.iter().map(|p| p.id).collect();
    let told: Vec<_> = AGREES_WITH.iter().map(|(id, _)| *id).collect();
    for id in &ids {
        assert!(
            told.contains(id),
            "{id}: say which recording or fact it agrees with"
        );
    }
    for (id, evidence) in AGREES_WITH {
        let explain = whyeof(&["explain", id]);
        let ladder = whyeof(&["run", id, "--format", "tcpdump"]);
        let text = format!(
            "Agrees with {evidence}.\n\n{}\n{}",
            explain.out,
            beginning(&ladder.out)
        );
        expect_file![format!("snapshots/{id}.txt")].assert_eq(&text);
    }
}

/// Of a long run the first lines tell how it goes.
fn beginning(lines: &str) -> String {
    const MOST: usize = 150;
    let all = lines.lines().count();
    if all <= MOST {
        return lines.to_owned();
    }
    let first: Vec<&str> = lines.lines().take(MOST).collect();
    format!("{}\n… {} more\n", first.join("\n"), all - MOST)
}

/// The records of every preset, natively; the wasm build compares itself with the same file.
#[test]
fn every_preset_has_its_digest() {
    let mut lines = String::new();
    for preset in presets::ALL {
        let plan = build(&preset.scenario()).expect("a preset can be built");
        let again = build(&preset.scenario()).expect("a preset can be built");
        let first = digest(&run(plan));
        assert_eq!(
            first,
            digest(&run(again)),
            "{}: the same plan, the same records",
            preset.id
        );
        let _ = writeln!(lines, "{} {first:016x}", preset.id);
    }
    expect_file!["digests.txt"].assert_eq(&lines);
}
