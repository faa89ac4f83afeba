//! `whyeof verify`: recorded runs are equal, and one whose scenario says something else is not.

mod support;

use std::fs;
use std::path::{Path, PathBuf};
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

/// A copy of a kept run, to be changed.
fn copied(run: &str, name: &str) -> (PathBuf, PathBuf) {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::create_dir_all(&folder).expect("a folder");
    let from = Path::new(RUNS).join(run);
    for name in ["ladder.jsonl", "client.log.jsonl", "scenario.json"] {
        fs::copy(from.join(name), folder.join(name)).expect("a copy");
    }
    (folder, from)
}

/// Words of a recording stand in what is said of it: they steer nothing, begin no line, and end.
#[test]
fn what_a_recording_says_is_told_in_short_and_steers_nothing() {
    let long = "A".repeat(100_000);
    let hostile = format!("\\u001b[2J\\u202e\\n  equal {long}");
    let ladder = "ladder.jsonl";
    let log = "client.log.jsonl";
    let word = |key: &str| format!("\"{key}\":\"{hostile}\"");
    for (file, old, new) in [
        (ladder, "\"flags\":\"S\"", word("flags")),
        (ladder, "\"seq\":0", word("seq")),
        (log, "\"err\":\"Get ", format!("{},\"was\":\"", word("err"))),
        (log, "\"ok\":false", word("ok")),
    ] {
        let (folder, from) = copied("04-hijack-close", "hostile");
        let text = fs::read_to_string(from.join(file)).expect("a file");
        assert!(text.contains(old), "{file}: {old}");
        fs::write(folder.join(file), text.replacen(old, &new, 1)).expect("written");
        let said = whyeof(&["verify", &folder.to_string_lossy()]);
        let words = said.out + &said.err;
        assert!(
            said.status > 0 || old.contains("path"),
            "{file}: {old}: {words}"
        );
        assert!(words.len() < 5_000, "{file}: {old}: {} bytes", words.len());
        let steers = |c: char| c != '\n' && (c.is_control() || c == '\u{202e}');
        assert!(!words.contains(steers), "{file}: {old}: {words:?}");
        assert!(!words.contains("\n  equal"), "{file}: {old}: {words}");
    }
}

#[test]
fn another_scenario_is_not_equal_and_a_broken_one_is_unreadable() {
    let (folder, from) = copied("18-pipeline-go", "otherwise");
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
}
