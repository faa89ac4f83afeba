//! The comparison as the page "Checked against reality" shows it: a table that the build writes, and nobody by hand.
//!
//! A line a thing, its fields with tabs between them: `sum`, then each `run` with its `why`s and `differs`, then each `script`.

use super::{Sum, Verified, left_out};
use crate::failure::Failure;
use crate::input::{self, MOST_BYTES};
use std::fmt::Write;
use std::path::{Path, PathBuf};
use whyeof_recorded::Held;
use whyeof_scenario::{Lang, Scenario};

/// What each recording was made with; the folder stands beside the runs'.
const MADE: &str = include_str!("../../../../recorded/made.tsv");

/// The table of what was verified, with the scripts of a folder.
pub(super) fn table(
    verified: &[Result<Verified, Failure>],
    sum: &Sum,
    scripts: Option<&str>,
) -> Result<String, Failure> {
    let mut out = String::new();
    let counts =
        |held: &Held| format!("{}\t{}\t{}", held.connections, held.segments, held.requests);
    let _ = writeln!(
        out,
        "sum\t{}\t{}\t{}\t{}\t{}\t{}\t{}",
        env!("CARGO_PKG_VERSION"),
        sum.equal,
        sum.in_part,
        sum.differ + sum.refused,
        counts(&sum.held),
        sum.at_edges.requests,
        sum.stood_still.requests
    );
    for one in verified.iter().flatten() {
        let verdict = match (one.found.differences.is_empty(), one.is_whole()) {
            (false, _) => "differs",
            (true, true) => "equal",
            (true, false) => "in-part",
        };
        let apart = format!(
            "{}\t{}",
            one.found.at_edges.requests, one.found.stood_still.requests
        );
        let _ = writeln!(
            out,
            "run\t{}\t{verdict}\t{}\t{}\t{}\t{apart}",
            plain(&one.name),
            plain(&one.title),
            made(&one.name),
            counts(&one.found.held),
        );
        for exception in one.exceptions.all() {
            let why = |lang| {
                let left_out = left_out(&one.exceptions, exception, lang);
                plain(&format!("{left_out}: {}", exception.why(lang)))
            };
            let _ = writeln!(out, "why\t{}\t{}", why(Lang::En), why(Lang::Zh));
        }
        for difference in &one.found.differences {
            let _ = writeln!(out, "differs\t{}", plain(difference));
        }
    }
    for script in scripts.map(files).transpose()?.unwrap_or_default() {
        out.push_str(&played(&script)?);
    }
    Ok(out)
}

/// A scenario's title.
pub(super) fn title(scenario: &str) -> String {
    Scenario::from_json(scenario).map_or_else(|_| String::new(), |it| it.title)
}

/// A field: without what separates fields and lines.
fn plain(words: &str) -> String {
    words.replace(['\t', '\n', '\r'], " ")
}

/// Day, kernel and programs of a recording: of the longest name that a run's begins with.
fn made(run: &str) -> String {
    let all = MADE.lines().filter(|line| !line.starts_with('#'));
    let its = all.filter_map(|line| line.split_once('\t'));
    let its = its.filter(|(name, _)| run == *name || run.starts_with(&format!("{name}-")));
    let found = its.max_by_key(|(name, _)| name.len());
    found.map_or_else(|| "\t\t".to_owned(), |(_, rest)| rest.to_owned())
}

fn files(folder: &str) -> Result<Vec<PathBuf>, Failure> {
    let unreadable = |error| Failure::File {
        name: folder.to_owned(),
        error,
    };
    let entries = std::fs::read_dir(folder).map_err(unreadable)?;
    let all = entries.filter_map(|entry| Some(entry.ok()?.path()));
    let mut scripts: Vec<PathBuf> = all
        .filter(|path| path.extension().is_some_and(|it| it == "pkt"))
        .collect();
    scripts.sort();
    Ok(scripts)
}

/// A script, played: whether it passes, how many of its lines were compared, and what it is about.
fn played(script: &Path) -> Result<String, Failure> {
    let path = script.to_string_lossy();
    let text = input::file(&path, &format!("expected at most {MOST_BYTES} bytes"))?;
    let report = whyeof_packetdrill::run(&text).map_err(Failure::input)?;
    let name = script
        .file_stem()
        .map(|it| it.to_string_lossy().into_owned());
    let about = text.lines().find_map(|line| line.strip_prefix("//"));
    let verdict = if report.passes() { "equal" } else { "differs" };
    Ok(format!(
        "script\t{}\t{verdict}\t{}\t{}\n",
        plain(&name.unwrap_or_default()),
        report.rows.len(),
        plain(about.unwrap_or_default().trim())
    ))
}
