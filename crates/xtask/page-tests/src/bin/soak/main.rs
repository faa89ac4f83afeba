//! The page in use for an hour, in one document: `cargo xtask soak [--minutes N]`. A person's hour is some hundred acts; here it is as many
//! as fit. After each round of everything that the page does, its memory is measured, and the console must be empty.
//!
//! Leaves the table and the curve in the folder that it is given. Acts that are named alone are done, to find what one of them leaves behind.

mod curve;
mod resident;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::env;
use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};
use whyeof_page_tests::{Motion, Page, Reader, Result};

/// What a reader does: `acts` by name, and `act`, which does one and answers with how many that was.
const ACTS: &str = include_str!("acts.js");
/// A recorded run, to be opened.
const CAPTURE: &[u8] =
    include_bytes!("../../../../../recorded/pcaps/08a-node-partition-heal60-client.pcap");

/// What the page held after a round.
#[derive(Clone, Copy, Debug)]
struct Held {
    /// Since the beginning, in seconds.
    at: f64,
    /// Acts so far.
    acts: u64,
    /// JavaScript's heap, in bytes.
    heap: u64,
    /// The program's own memory, in bytes.
    program: u64,
    /// What the process that draws the page holds of the machine's memory, with its workers, in bytes; 0: the machine does not say.
    resident: u64,
    /// Elements of the document.
    elements: u64,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result {
    let mut arguments = env::args().skip(1);
    let folder = PathBuf::from(arguments.next().ok_or("expected a folder and minutes")?);
    let minutes: f64 = arguments.next().ok_or("expected minutes")?.parse()?;
    let only: Vec<String> = arguments.collect();
    fs::create_dir_all(&folder)?;
    let reader = Reader {
        motion: Motion::Reduced,
        ..Reader::default()
    };
    let page = Page::open(reader).await?;
    page.goto("#p=pyroscope-idle-race").await?;
    page.wait("svg.diagram .packet").await?;
    let capture = STANDARD.encode(CAPTURE);
    page.js(&format!("{ACTS}; window.capture = '{capture}'"))
        .await?;
    let names = page.js("return window.acts").await?;
    let names: Vec<String> = serde_json::from_value(names)?;
    let (begin, mut acts, mut rounds) = (Instant::now(), 0, Vec::new());
    while begin.elapsed() < Duration::from_secs_f64(minutes * 60.0) {
        for name in names
            .iter()
            .filter(|name| only.is_empty() || only.contains(name))
        {
            let done = page.value(&format!("window.act('{name}')")).await?;
            acts += done.as_u64().unwrap_or(0);
        }
        let complaints = page.complaints().await?;
        if !complaints.is_empty() {
            return Err(format!("the console has {complaints:#?}").into());
        }
        let held = hold(&page, begin, acts).await?;
        println!("{}", line(&held));
        rounds.push(held);
        // What has come so far is kept, whatever comes.
        let lines: Vec<String> = rounds.iter().map(line).collect();
        fs::write(
            folder.join("soak.tsv"),
            HEAD.to_owned() + &lines.join("\n") + "\n",
        )?;
        fs::write(folder.join("soak.svg"), curve::draw(&rounds)?)?;
    }
    page.close().await?;
    println!("{} rounds, {acts} acts, {}", rounds.len(), verdict(&rounds));
    Ok(())
}

const HEAD: &str = "seconds\tacts\theap\tprogram\tresident\telements\n";

fn line(held: &Held) -> String {
    let Held {
        at,
        acts,
        heap,
        program,
        resident,
        elements,
    } = held;
    format!("{at:.0}\t{acts}\t{heap}\t{program}\t{resident}\t{elements}")
}

async fn hold(page: &Page, begin: Instant, acts: u64) -> Result<Held> {
    let [heap, program] = page.memory().await?;
    let elements = page.value("document.querySelectorAll('*').length").await?;
    Ok(Held {
        at: begin.elapsed().as_secs_f64(),
        acts,
        heap,
        program,
        resident: resident::of_renderers(),
        elements: elements.as_u64().unwrap_or(0),
    })
}

/// How the last quarter compares with the second, by their medians: the first one fills what undo and caches remember, and single rounds have
/// more, which is gone a round later.
fn verdict(rounds: &[Held]) -> String {
    let quarter = rounds.len() / 4;
    if quarter == 0 {
        return "too few to compare".to_owned();
    }
    let median = |of: fn(&Held) -> u64, quarter_number: usize| {
        let part = &rounds[quarter * quarter_number..quarter * (quarter_number + 1)];
        let mut held: Vec<u64> = part.iter().map(of).collect();
        held.sort_unstable();
        held[held.len() / 2]
    };
    let told = |name: &str, of: fn(&Held) -> u64| {
        let (before, after) = (median(of, 1), median(of, 3));
        format!("{name} {before} -> {after}")
    };
    [
        told("heap", |held| held.heap),
        told("program", |held| held.program),
        told("resident", |held| held.resident),
        told("elements", |held| held.elements),
    ]
    .join(", ")
}
