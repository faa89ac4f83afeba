//! What the command prints, to the letter: scripts read it. A change of it is somebody's decision and a line of `CHANGELOG.md`;
//! `UPDATE_EXPECT=1` writes the files anew.

mod support;

use expect_test::expect_file;
use support::whyeof;

const RACE: &str = "pyroscope-idle-race";

/// Prints this and says nothing else.
fn check(name: &str, args: &[&str]) {
    let said = whyeof(args);
    assert_eq!((said.status, said.err.as_str()), (0, ""), "{args:?}");
    let kept = format!("$ whyeof {}\n{}", args.join(" "), said.out);
    expect_file![format!(
        "{}/tests/golden/{name}.txt",
        env!("CARGO_MANIFEST_DIR")
    )]
    .assert_eq(&kept);
}

#[test]
fn lists() {
    for what in ["presets", "profiles", "findings", "formats"] {
        check(&format!("list-{what}"), &["list", what]);
    }
}

#[test]
fn a_run() {
    check("run", &["run", RACE]);
    check("run-zh", &["run", RACE, "--lang", "zh"]);
    check("run-json", &["run", RACE, "--format", "json"]);
    check("run-tcpdump", &["run", RACE, "--format", "tcpdump"]);
}

#[test]
fn why() {
    check("explain", &["explain", RACE]);
    check("explain-json", &["explain", RACE, "--format", "json"]);
    check("risk", &["risk", RACE]);
    check("risk-json", &["risk", RACE, "--format", "json"]);
}

#[test]
fn many_runs() {
    let over = "clients.agent.requests.upload.every=9.9s..10.1s/50ms";
    check("sweep", &["sweep", RACE, "--over", over]);
    check(
        "sweep-csv",
        &["sweep", RACE, "--over", over, "--format", "csv"],
    );
    check("pair", &["pair", "go-1.27", "node-20"]);
    check(
        "pair-json",
        &["pair", "go-1.27", "node-20", "--format", "json"],
    );
    check("orders", &["orders", RACE]);
}

#[test]
fn links() {
    check(
        "link",
        &["link", RACE, "--set", "network.rtt=50ms", "--at", "10.019s"],
    );
}
