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
const AGREES_WITH: [(&str, &str); 31] = [
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
