//! Every recorded run kept here, held against the engine.

use std::fs;
use std::path::Path;
use whyeof_recorded::{Exceptions, Recording, compare};

/// What a run cannot repeat says its own `exceptions.json`; nothing else differs.
#[test]
fn every_run_is_equal() {
    let runs = Path::new(env!("CARGO_MANIFEST_DIR")).join("runs");
    let folders = fs::read_dir(runs).expect("the runs");
    let mut folders: Vec<_> = folders.map(|entry| entry.expect("a run").path()).collect();
    folders.sort();
    assert!(folders.len() >= 56, "{folders:?}");
    let mut wrong = String::new();
    for folder in folders {
        let read = |name: &str| fs::read_to_string(folder.join(name));
        let text = |name: &str| read(name).expect("a file of the recording");
        let recording = Recording {
            scenario: &text("scenario.json"),
            ladder: &text("ladder.jsonl"),
            log: &text("client.log.jsonl"),
        };
        let exceptions = read("exceptions.json").map_or_else(
            |_| Exceptions::default(),
            |json| Exceptions::read(&json).expect("a list of exceptions"),
        );
        let found = compare(recording, &exceptions).expect("it can be compared");
        // A program of socket calls makes no requests.
        let calls = text("scenario.json").contains("\"sockets\"");
        assert!(
            found.connections > 0 && (found.requests > 0 || calls),
            "{folder:?}"
        );
        if !found.differences.is_empty() {
            wrong.push_str(&format!("{}: {found}\n", folder.display()));
        }
    }
    assert_eq!(wrong, "");
}
