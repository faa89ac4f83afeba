//! Every recorded run kept here, held against the engine.

use std::fs;
use std::path::{Path, PathBuf};
use whyeof_recorded::{Comparison, Exceptions, Recording, compare};

/// A kept run, and what is left out of its comparison.
struct Kept {
    scenario: String,
    ladder: String,
    log: String,
    exceptions: Exceptions,
}

fn kept(folder: &Path) -> Kept {
    let read = |name: &str| fs::read_to_string(folder.join(name));
    let text = |name: &str| read(name).expect("a file of the recording");
    let exceptions = read("exceptions.json").map_or_else(
        |_| Exceptions::default(),
        |json| Exceptions::read(&json).expect("a list of exceptions"),
    );
    Kept {
        scenario: text("scenario.json"),
        ladder: text("ladder.jsonl"),
        log: text("client.log.jsonl"),
        exceptions,
    }
}

impl Kept {
    fn held(&self) -> Comparison {
        let recording = Recording {
            scenario: &self.scenario,
            ladder: &self.ladder,
            log: &self.log,
        };
        compare(recording, &self.exceptions).expect("it can be compared")
    }
}

fn runs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("runs")
}

/// What a run cannot repeat says its own `exceptions.json`; what came to an edge is counted apart; nothing else differs.
#[test]
fn every_run_is_equal() {
    let folders = fs::read_dir(runs()).expect("the runs");
    let mut folders: Vec<_> = folders.map(|entry| entry.expect("a run").path()).collect();
    folders.sort();
    assert!(folders.len() >= 71, "{folders:?}");
    let mut wrong = String::new();
    let (mut held, mut apart) = (0, 0);
    for folder in folders {
        let run = kept(&folder);
        let found = run.held();
        // A program of socket calls makes no requests.
        let calls = run.scenario.contains("\"sockets\"");
        let something = found.held.connections > 0 && (found.held.requests > 0 || calls);
        assert!(something, "{folder:?}");
        held += found.held.requests;
        apart += found.at_edges.requests + found.stood_still.requests;
        if !found.differences.is_empty() {
            wrong.push_str(&format!("{}: {found}\n", folder.display()));
        }
    }
    assert_eq!(wrong, "");
    // Of the requests that were made on purpose around the end of their connection.
    assert!(held >= 1_850 && apart * 16 <= held, "{held}, {apart} apart");
}

/// What is counted apart hides no wrong number: with a server's limit a few milliseconds off, requests come out otherwise.
#[test]
fn a_wrong_limit_is_seen_through_what_is_counted_apart() {
    for (run, right, wrong) in [
        (
            "01-go-idle-race-post",
            "\"ReadTimeout\": \"10s\"",
            "\"ReadTimeout\": \"10003ms\"",
        ),
        (
            "01b-go119-idle-race-get",
            "\"ReadTimeout\": \"10s\"",
            "\"ReadTimeout\": \"9997ms\"",
        ),
        (
            "01c-edge-fine-high",
            "\"ReadTimeout\": \"3s\"",
            "\"ReadTimeout\": \"3002ms\"",
        ),
    ] {
        let mut run = kept(&runs().join(run));
        assert!(run.scenario.contains(right));
        run.scenario = run.scenario.replace(right, wrong);
        let differences = run.held().differences;
        assert!(differences.len() >= 3, "{wrong}: {differences:?}");
    }
}
