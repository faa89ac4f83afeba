//! `whyeof verify`: recorded real runs, each held against a run of its scenario.

mod page;

use crate::args::{VerifyArgs, VerifyFormat};
use crate::failure::Failure;
use crate::input;
use crate::output::{print, print_json, write_file};
use rayon::prelude::*;
use serde::Serialize;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use whyeof_recorded::{Comparison, Depth, Exception, Exceptions, Held, Recording, compare};
use whyeof_scenario::Lang;
use whyeof_scenario::invalid::printable;

/// A file of a recording, at most: a capture of some minutes has some megabytes of it.
const MOST_BYTES: u64 = 256 << 20;

/// A run and its recording.
struct Verified {
    name: String,
    /// Its scenario's.
    title: String,
    found: Comparison,
    exceptions: Exceptions,
}

pub(crate) fn verify(args: &VerifyArgs) -> Result<(), Failure> {
    let lang = args.lang.lang();
    let folders = folders(&args.dirs)?;
    let verified: Vec<Result<Verified, Failure>> = folders.par_iter().map(|it| held(it)).collect();
    let mut sum = Sum::default();
    let mut out = String::new();
    let mut rows = Vec::new();
    for one in &verified {
        sum.add(one);
        match one {
            Ok(one) => {
                line(&mut out, one, lang);
                rows.push(row(one, lang));
            }
            Err(refused) => crate::failure::complain(&refused.to_string()),
        }
    }
    sum.say(&mut out, lang);
    match args.format {
        VerifyFormat::Text => print(&out)?,
        VerifyFormat::Json => print_json(&rows)?,
        VerifyFormat::Page => {
            let table = page::table(&verified, &sum, args.scripts.as_deref())?;
            match &args.output {
                Some(path) => write_file(path, table.as_bytes())?,
                None => print(&table)?,
            }
        }
    }
    match sum {
        Sum { refused: 1.., .. } => Err(Failure::Said(2)),
        // There a run that is not equal is shown.
        _ if args.format == VerifyFormat::Page => Ok(()),
        Sum { differ: 1.., .. } => Err(Failure::Said(1)),
        _ => Ok(()),
    }
}

/// The recordings: each folder that is one, or else those in it.
fn folders(dirs: &[String]) -> Result<Vec<PathBuf>, Failure> {
    let mut found = Vec::new();
    for dir in dirs {
        let path = Path::new(dir);
        if path.join(LADDER).is_file() {
            found.push(path.to_owned());
            continue;
        }
        let unreadable = |error| Failure::File {
            name: dir.clone(),
            error,
        };
        let entries = std::fs::read_dir(path).map_err(unreadable)?;
        let inside = entries.filter_map(|entry| Some(entry.ok()?.path()));
        let mut inside: Vec<PathBuf> = inside.filter(|path| path.join(LADDER).is_file()).collect();
        if inside.is_empty() {
            return Err(Failure::input(format!(
                "{dir}: expected a recorded run, or a folder of such: {LADDER}, {LOG}, {SCENARIO}"
            )));
        }
        inside.sort();
        found.extend(inside);
    }
    Ok(found)
}

const LADDER: &str = "ladder.jsonl";
const LOG: &str = "client.log.jsonl";
const SCENARIO: &str = "scenario.json";
const EXCEPTIONS: &str = "exceptions.json";

fn held(folder: &Path) -> Result<Verified, Failure> {
    let text = |name: &str| {
        let path = folder.join(name);
        input::file_of(
            &path.to_string_lossy(),
            MOST_BYTES,
            "expected at most 256 MiB",
        )
    };
    let name = folder
        .file_name()
        .map(|name| name.to_string_lossy().into_owned());
    let name = name.unwrap_or_else(|| folder.to_string_lossy().into_owned());
    let wrong = |what: String| Failure::input(format!("{name}: {what}"));
    let exceptions = match folder.join(EXCEPTIONS).is_file() {
        true => Exceptions::read(&text(EXCEPTIONS)?)
            .map_err(|error| wrong(format!("{EXCEPTIONS}: {error}")))?,
        false => Exceptions::default(),
    };
    let scenario = text(SCENARIO)?;
    let recording = Recording {
        scenario: &scenario,
        ladder: &text(LADDER)?,
        log: &text(LOG)?,
    };
    let found = compare(recording, &exceptions).map_err(wrong)?;
    Ok(Verified {
        name,
        title: page::title(&scenario),
        found,
        exceptions,
    })
}

impl Verified {
    /// Whether everything of it was compared.
    fn is_whole(&self) -> bool {
        self.exceptions.all().is_empty() && !self.found.has_chance()
    }
}

/// How many runs ended how, and what they hold.
#[derive(Default)]
struct Sum {
    equal: u32,
    in_part: u32,
    differ: u32,
    refused: u32,
    held: Held,
    at_edges: Held,
    stood_still: Held,
}

impl Sum {
    fn add(&mut self, one: &Result<Verified, Failure>) {
        let Ok(one) = one else {
            self.refused += 1;
            return;
        };
        let (found, whole) = (&one.found, one.is_whole());
        let count = match (found.differences.is_empty(), whole) {
            (false, _) => &mut self.differ,
            (true, true) => &mut self.equal,
            (true, false) => &mut self.in_part,
        };
        *count += 1;
        self.held += found.held;
        self.at_edges += found.at_edges;
        self.stood_still += found.stood_still;
    }

    fn say(&self, out: &mut String, lang: Lang) {
        let Self {
            equal,
            in_part,
            differ,
            refused,
            held,
            at_edges,
            stood_still,
        } = self;
        let runs = equal + in_part + differ + refused;
        let _ = match lang {
            Lang::En => writeln!(
                out,
                "\n{runs} runs: {equal} equal in every segment, {in_part} equal as far as they can be repeated, {differ} not equal, {refused} unreadable\n{}\ncounted apart, at an edge: {}; in a standstill of the recording machine: {}",
                counts(held, lang),
                counts(at_edges, lang),
                counts(stood_still, lang)
            ),
            Lang::Zh => writeln!(
                out,
                "\n{runs} 次运行：{equal} 次每个报文段都一致，{in_part} 次在可重复的范围内一致，{differ} 次不一致，{refused} 次读不了\n{}\n另计：落在边界上的 {}；录制机器停顿的 {}",
                counts(held, lang),
                counts(at_edges, lang),
                counts(stood_still, lang)
            ),
        };
    }
}

fn line(out: &mut String, one: &Verified, lang: Lang) {
    let found = &one.found;
    let is_equal = found.differences.is_empty();
    let verdict = match (lang, is_equal) {
        (Lang::En, true) => "equal    ",
        (Lang::En, false) => "NOT EQUAL",
        (Lang::Zh, true) => "一致  ",
        (Lang::Zh, false) => "不一致",
    };
    let held = counts(&found.held, lang);
    let _ = writeln!(out, "{verdict}  {:<44}{held}", printable(&one.name));
    for difference in &found.differences {
        let _ = writeln!(out, "  {difference}");
    }
    for (part, en, zh) in [
        (
            &found.at_edges,
            "within 0.5 ms of an edge, counted apart",
            "离边界不到 0.5 ms，另计",
        ),
        (
            &found.stood_still,
            "the recording machine stood still, counted apart",
            "录制的机器停顿了一下，另计",
        ),
    ] {
        if *part != Held::default() {
            let why = if lang == Lang::En { en } else { zh };
            let _ = writeln!(out, "  {}: {why}", counts(part, lang));
        }
    }
    for exception in one.exceptions.all() {
        let _ = writeln!(
            out,
            "  {}: {}",
            left_out(&one.exceptions, exception, lang),
            exception.why(lang)
        );
    }
}

/// `51 connections, 590 segments, 81 requests`.
fn counts(held: &Held, lang: Lang) -> String {
    let Held {
        connections,
        segments,
        requests,
    } = held;
    match lang {
        Lang::En => format!("{connections} connections, {segments} segments, {requests} requests"),
        Lang::Zh => format!("{connections} 条连接，{segments} 个报文段，{requests} 个请求"),
    }
}

/// What is not compared: `connections 1, 3: outcomes only`.
fn left_out(exceptions: &Exceptions, exception: &Exception, lang: Lang) -> String {
    let numbers = exception.connections.iter().map(u32::to_string);
    let numbers: Vec<String> = numbers.collect();
    let numbers = numbers.join(", ");
    let which = match (lang, exception.connections.len()) {
        (Lang::En, 0) if exceptions.all().len() == 1 => "all connections".to_owned(),
        (Lang::Zh, 0) if exceptions.all().len() == 1 => "所有连接".to_owned(),
        (Lang::En, 0) => "the other connections".to_owned(),
        (Lang::En, 1) => format!("connection {numbers}"),
        (Lang::En, _) => format!("connections {numbers}"),
        (Lang::Zh, 0) => "其余连接".to_owned(),
        (Lang::Zh, _) => format!("连接 {numbers}"),
    };
    let what = match (lang, exception.depth) {
        (Lang::En, Depth::Times) => "everything",
        (Lang::En, Depth::Segments) => "segments without their times",
        (Lang::En, Depth::Outcomes) => "outcomes only",
        (Lang::Zh, Depth::Times) => "全部",
        (Lang::Zh, Depth::Segments) => "只比报文段，不比时刻",
        (Lang::Zh, Depth::Outcomes) => "只比结果",
    };
    match lang {
        Lang::En => format!("{which}, {what}"),
        Lang::Zh => format!("{which}（{what}）"),
    }
}

#[derive(Serialize)]
struct Row<'a> {
    run: &'a str,
    equal: bool,
    #[serde(flatten)]
    held: Held,
    at_edges: Held,
    stood_still: Held,
    differences: &'a [String],
    left_out: Vec<String>,
}

fn row(one: &Verified, lang: Lang) -> Row<'_> {
    let why = |it: &Exception| format!("{}: {}", left_out(&one.exceptions, it, lang), it.why(lang));
    Row {
        run: &one.name,
        equal: one.found.differences.is_empty(),
        held: one.found.held,
        at_edges: one.found.at_edges,
        stood_still: one.found.stood_still,
        differences: &one.found.differences,
        left_out: one.exceptions.all().iter().map(why).collect(),
    }
}
