//! `cargo xtask swarm`: runs random scenarios by the thousand, and tells what does not hold of them.

use clap::Parser;
use std::io::{IsTerminal, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;
use whyeof_diagnose::findings;
use whyeof_swarm::invariants::Broken;
use whyeof_swarm::minimise::minimised;
use whyeof_swarm::tally::{Tally, link, link_of};
use whyeof_swarm::{Seen, combined, draw};

/// Runs random scenarios, and holds them against all that must hold of every run.
#[derive(Parser)]
struct Arguments {
    /// Which: from this number up to, but not with, that one.
    #[arg(long, value_name = "FROM..TO", value_parser = range, default_value = "0..10000")]
    seeds: Range<u64>,
    /// How many at once; without it: as many as there are cores.
    #[arg(long, value_name = "N")]
    jobs: Option<usize>,
    /// A line for each so many runs, with their digest.
    #[arg(long, value_name = "N", default_value_t = 1_000)]
    block: u64,
    /// Digests of a browser: a line each of number and digest. Those are compared, and nothing else is done.
    #[arg(long, value_name = "FILE")]
    wasm: Option<PathBuf>,
    /// What makes up the scenario of this number, as a link; nothing else is done.
    #[arg(long, value_name = "N")]
    link: Option<u64>,
}

fn range(text: &str) -> Result<Range<u64>, String> {
    let number = |text: &str| {
        text.replace('_', "")
            .parse()
            .map_err(|_| format!("`{text}`: expected a number"))
    };
    match text.split_once("..") {
        Some((from, to)) => Ok(number(from)?..number(to)?),
        None => Ok(0..number(text)?),
    }
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    if let Some(jobs) = arguments.jobs {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(jobs);
        if let Err(error) = pool.build_global() {
            eprintln!("swarm: {error}");
        }
    }
    // What panics is told with its scenario.
    std::panic::set_hook(Box::new(|_| {}));
    let held = match (&arguments.wasm, arguments.link) {
        (_, Some(seed)) => {
            println!("{}", link_of(seed));
            true
        }
        (Some(file), None) => in_browser(file),
        (None, None) => all(&arguments),
    };
    if held {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// All runs of the range, block by block; whether everything holds.
fn all(arguments: &Arguments) -> bool {
    let begun = Instant::now();
    let mut whole = Tally::default();
    let mut blocks = Vec::new();
    let mut next = arguments.seeds.start;
    while next < arguments.seeds.end {
        let end = next
            .saturating_add(arguments.block.max(1))
            .min(arguments.seeds.end);
        let mut block = Tally::of(next..end);
        blocks.push(block.digest());
        println!("{next}..{end} {:016x}", block.digest());
        for (seed, broken) in &block.broken {
            tell(*seed, broken);
        }
        // A million digests would be kept for nothing.
        block.digests.clear();
        whole = whole.with(block);
        next = end;
        progress(&whole, begun);
    }
    println!("{}", summary(&whole));
    println!("digest of all blocks: {:016x}", combined(&blocks));
    whole.broken.is_empty()
}

fn progress(whole: &Tally, begun: Instant) {
    let seconds = begun.elapsed().as_secs_f64();
    let rate = whole.runs as f64 / seconds.max(0.001);
    let line = format!(
        "{} runs, {} broken, {rate:.0} a second",
        whole.runs,
        whole.broken.len()
    );
    let mut err = std::io::stderr();
    let end = if err.is_terminal() { "\r" } else { "\n" };
    let _ = write!(err, "{line}{end}");
}

/// What does not hold, as small as it can be.
fn tell(seed: u64, broken: &Broken) {
    println!("BROKEN {seed}: {}: {}", broken.invariant, broken.what);
    let scenario = std::panic::catch_unwind(|| draw::scenario(seed));
    if let Ok(scenario) = scenario {
        let (smallest, broken) = minimised(&scenario, broken);
        println!("  smallest: {}", broken.what);
        println!("  {}\n  {}", smallest.to_json(), link(&smallest));
    }
}

fn summary(whole: &Tally) -> String {
    let Tally {
        runs,
        records,
        connections,
        packets,
        requests,
        ..
    } = whole;
    let mut text = format!(
        "{runs} runs: {connections} connections, {packets} packets, {requests} requests, {records} records; {} broken",
        whole.broken.len()
    );
    let counts = |name: &str, counts: Vec<(&str, u64)>| {
        let counts = counts
            .into_iter()
            .map(|(what, count)| format!("{what} {count}"));
        format!("\n{name}: {}", counts.collect::<Vec<_>>().join(", "))
    };
    let failed = whole
        .failed
        .iter()
        .map(|(how, count)| (how.as_str(), *count));
    text += &counts("failed requests", failed.collect());
    let stops = whole
        .stops
        .iter()
        .map(|(how, count)| (how.as_str(), *count));
    text += &counts("runs ended by", stops.collect());
    text += &counts(
        "findings",
        whole
            .findings
            .iter()
            .map(|(code, count)| (*code, *count))
            .collect(),
    );
    let unseen = findings::ALL.iter().map(|kind| kind.code);
    let unseen = unseen.filter(|code| !whole.findings.contains_key(code));
    text += &format!(
        "\nfindings never seen: {}",
        unseen.collect::<Vec<_>>().join(", ")
    );
    text
}

/// Compares digests with those of a browser; whether all are equal.
fn in_browser(file: &Path) -> bool {
    let lines = match std::fs::read_to_string(file) {
        Ok(lines) => lines,
        Err(error) => {
            eprintln!("swarm: {}: {error}", file.display());
            return false;
        }
    };
    let (mut equal, mut other) = (0, 0);
    for line in lines.lines() {
        let Some((seed, theirs)) = line
            .split_once('\t')
            .and_then(|(seed, it)| Some((seed.parse().ok()?, it)))
        else {
            eprintln!("swarm: {line:?}: expected a number, a tab and a digest");
            return false;
        };
        let ours = format!("{:016x}", Seen::of_seed(seed).digest());
        if ours == theirs {
            equal += 1;
        } else {
            other += 1;
            println!(
                "BROKEN {seed}: native {ours}, in the browser {theirs}\n  {}",
                link_of(seed)
            );
        }
    }
    println!("{equal} runs have the same digest natively and in the browser, {other} have not");
    other == 0 && equal > 0
}
