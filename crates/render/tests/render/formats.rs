//! The recorded race in each format.

use crate::fixture::{long_run, recorded_race};
use expect_test::{ExpectFile, expect_file};
use std::collections::BTreeSet;
use whyeof_render::Lang;
use whyeof_render::formats::{self, Case, tcpdump};

fn check(id: &str, expected: ExpectFile) {
    let format = formats::by_id(id).expect("listed");
    expected.assert_eq(&format.text(&Case::from(&recorded_race()), Lang::En));
}

#[test]
fn text() {
    check("text", expect_file!["expected/race.text.txt"]);
}

#[test]
fn tcpdump_lines() {
    check("tcpdump", expect_file!["expected/race.tcpdump.txt"]);
}

#[test]
fn ladder() {
    check("ladder", expect_file!["expected/race.ladder.jsonl"]);
}

/// The order of packets and the silence are the recording's (fixture); syntax as the tools' manuals have it.
#[test]
fn mermaid() {
    check("mermaid", expect_file!["expected/race.mmd"]);
}

#[test]
fn plantuml() {
    check("plantuml", expect_file!["expected/race.puml"]);
}

/// As of a capture: nothing is known but what happened.
#[test]
fn markdown() {
    check("markdown", expect_file!["expected/race.md"]);
}

#[test]
fn a_long_run_as_words_says_how_much_is_left_out() {
    for id in ["mermaid", "plantuml"] {
        let format = formats::by_id(id).expect("listed");
        let written = format.text(&Case::from(&long_run(2_000)), Lang::En);
        assert!(written.lines().count() < 1_000, "{id}");
        assert!(written.contains("more events"), "{id}");
    }
}

#[test]
fn json() {
    check("json", expect_file!["expected/race.json"]);
}

#[test]
fn json_is_one_document() {
    let written = formats::json::FORMAT.text(&Case::from(&recorded_race()), Lang::En);
    let document: serde_json::Value = serde_json::from_str(&written).expect("valid JSON");
    let records = document["records"].as_array().expect("a list");
    for (index, record) in records.iter().enumerate() {
        assert_eq!(record["id"], index);
        let cause = record["cause"].as_u64();
        assert!(cause.is_none_or(|cause| cause < index as u64), "{record}");
    }
}

#[test]
fn a_packet_has_the_same_line_at_both_its_ends() {
    let trace = recorded_race();
    let lines: Vec<String> = trace
        .records
        .iter()
        .filter_map(|record| tcpdump::line(&trace, record.id))
        .collect();
    let whole = tcpdump::write(&trace);
    for line in whole.lines() {
        assert_eq!(lines.iter().filter(|l| *l == line).count(), 2, "{line}");
    }
}

#[test]
fn each_file_is_a_line_of_the_list() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/formats");
    let files: BTreeSet<String> = std::fs::read_dir(folder)
        .expect("the folder is there")
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter_map(|name| name.strip_suffix(".rs").map(str::to_owned))
        .filter(|name| name != "mod")
        .collect();
    let listed: BTreeSet<String> = formats::NAMES.iter().map(|f| f.id.to_owned()).collect();
    assert_eq!(files, listed);
}
