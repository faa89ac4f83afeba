//! A part of a sweep, as `whyeof merge` reads the files of several machines.

use crate::Target;
use crate::oracle::{clean, message};
use whyeof_explore::merge::{Header, Merged, RunLine};

pub(crate) const TARGET: Target = Target {
    name: "part",
    check,
};

fn check(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let mut lines = text.lines().filter(|line| !line.trim().is_empty());
    let header: Option<Header> = lines.next().and_then(|it| serde_json::from_str(it).ok());
    let Some(header) = header else { return };
    let again = serde_json::to_string(&header).expect("a line");
    let again: Header = serde_json::from_str(&again).expect("it can be read again");
    assert_eq!(again, header);
    let mut merged = match Merged::begin(header) {
        Ok(merged) => merged,
        Err(expected) => return message(|_| expected.clone()),
    };
    assert_eq!(merged.goes_on(&again), Ok(()));
    for (number, line) in lines.enumerate() {
        let Ok(line) = serde_json::from_str::<RunLine>(line) else {
            break;
        };
        // The product makes one of 64 again.
        if let Err(expected) = merged.take(line, number == 0) {
            message(|_| expected.clone());
            break;
        }
    }
    let (all, missing) = (merged.all(), merged.missing());
    let (_, sweep) = merged.end();
    assert_eq!(all, sweep.runs.len() + missing.map_or(0, |it| it.0));
    for run in &sweep.runs {
        clean("kind", &run.kind());
        clean("error", run.error().unwrap_or_default());
    }
}
