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
const AGREES_WITH: [(&str, &str); 8] = [
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
        let text = format!("Agrees with {evidence}.\n\n{}\n{}", explain.out, ladder.out);
        expect_file![format!("snapshots/{id}.txt")].assert_eq(&text);
    }
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
