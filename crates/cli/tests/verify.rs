//! `whyeof verify`: recorded runs are equal, and one whose scenario says something else is not.

mod support;

use std::fs;
use std::path::Path;
use support::whyeof;

const RUNS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../recorded/runs");

#[test]
fn the_kept_runs_are_equal() {
    let done = whyeof(&["verify", RUNS]);
    assert_eq!(done.status, 0, "{}{}", done.out, done.err);
    assert!(
        done.out.contains("equal      04-hijack-close"),
        "{}",
        done.out
    );
    assert!(
        done.out.contains(" 0 not equal, 0 unreadable"),
        "{}",
        done.out
    );
    // What is left out says why.
    let zh = whyeof(&[
        "verify",
        &format!("{RUNS}/12-slow-header-go"),
        "--lang",
        "zh",
    ]);
    assert!(zh.out.contains("连接 5（只比结果）"), "{}", zh.out);
}

#[test]
fn another_scenario_is_not_equal_and_a_broken_one_is_unreadable() {
    let folder = std::env::temp_dir().join(format!("whyeof-verify-{}", std::process::id()));
    fs::create_dir_all(&folder).expect("a folder");
    let from = Path::new(RUNS).join("18-pipeline-go");
    for name in ["ladder.jsonl", "client.log.jsonl", "scenario.json"] {
        fs::copy(from.join(name), folder.join(name)).expect("a copy");
    }
    let name = folder.to_string_lossy().into_owned();
    let verify = |scenario: &str| {
        fs::write(folder.join("scenario.json"), scenario).expect("written");
        whyeof(&["verify", &name])
    };
    let scenario = fs::read_to_string(from.join("scenario.json")).expect("a scenario");
    let other = verify(&scenario.replace("\"500ms\"", "\"700ms\""));
    assert_eq!(other.status, 1, "{}{}", other.out, other.err);
    assert!(
        other.out.contains("NOT EQUAL") && other.out.contains("ours: "),
        "{}",
        other.out
    );
    let broken = verify("{");
    assert_eq!(broken.status, 2, "{}", broken.out);
    assert!(broken.err.contains("not JSON"), "{}", broken.err);
    let none = whyeof(&["verify", env!("CARGO_MANIFEST_DIR")]);
    assert_eq!(none.status, 2);
    assert!(none.err.contains("expected a recorded run"), "{}", none.err);
    fs::remove_dir_all(&folder).expect("removed");
}
