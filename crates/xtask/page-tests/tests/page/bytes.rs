//! What is sent to a reader.

use std::collections::BTreeMap;
use std::path::Path;
use std::{env, fs};
use whyeof_page_tests::{Result, dist, weight};

/// All that the first view loads: all of the site but the clerk's program and what waits for acts. The project's budget.
const FIRST_VIEW: u64 = 450_000;
/// The program of the page and the explorer. A ratchet, a little above what it has, so that growth is somebody's decision; it may
/// rise as far as the first view allows.
const PROGRAM: u64 = 433_000;
/// So much of one crate's code more than in [`CRATES`] is somebody's decision, bytes before they are packed.
const ROOM: u64 = 2_000;
/// The code of the first view by crate when the ratchet was last moved: `UPDATE_EXPECT=1` writes it anew.
const CRATES: &str = "tests/page/crates.tsv";
/// What the build says of it now.
const CENSUS: &str = "target/wasm-bindgen/release/first.tsv";
/// What waits for acts of the reader, and for lack of them is loaded behind the first diagram.
const WAITS: &str = "later-";
/// What is loaded when a file, a sweep, a story, the table of runtimes, a field's help or a term is first asked for, or when the
/// page is kept or installed.
const LATER: [&str; 13] = [
    "clerk.js",
    "clerk_bg.wasm",
    "stories.json",
    "lessons.json",
    "symptoms.json",
    "cast.json",
    "help.json",
    "terms.json",
    "pairs.tsv",
    "reality.tsv",
    "offline.js",
    "icon-192.png",
    "icon-512.png",
];

/// What a reader waits for: bytes over the wire, as the better hosts send them.
#[test]
fn the_first_view_is_small() -> Result {
    let mut files = Vec::new();
    for entry in fs::read_dir(dist()?)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if LATER.contains(&name.as_str()) || name.starts_with(WAITS) {
            continue;
        }
        files.push((weight(&entry.path())?, name));
    }
    files.sort_unstable_by(|a, b| b.cmp(a));
    let first_view: u64 = files.iter().map(|(bytes, _)| bytes).sum();
    let biggest: String = files
        .iter()
        .take(5)
        .map(|(bytes, name)| format!("\n{bytes:>9} {name}"))
        .collect();
    println!("the first view loads {first_view} bytes (brotli), most of them in{biggest}");
    assert!(
        first_view <= FIRST_VIEW,
        "the first view loads {first_view} bytes (brotli), more than {FIRST_VIEW}, most of them in{biggest}"
    );
    let programs: Vec<_> = files.iter().filter(|(_, f)| f.ends_with(".wasm")).collect();
    let [(program, name)] = programs.as_slice() else {
        panic!("the page and the explorer are one program, not {programs:?}")
    };
    assert!(
        *program <= PROGRAM,
        "{name} has {program} bytes (brotli), more than {PROGRAM}"
    );
    Ok(())
}

/// Which crate made the program grow.
#[test]
fn no_crate_grows_unnoticed() -> Result {
    let root = dist()?.parent().map(Path::to_path_buf).unwrap_or_default();
    let now = census(&fs::read_to_string(root.join(CENSUS))?);
    let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join(CRATES);
    if env::var_os("UPDATE_EXPECT").is_some() {
        let big = now.iter().filter(|(_, bytes)| **bytes > ROOM);
        let lines: String = big
            .map(|(name, bytes)| format!("{name}\t{bytes}\n"))
            .collect();
        fs::write(&kept, lines)?;
    }
    let before = census(&fs::read_to_string(&kept)?);
    let grown = now.iter().filter_map(|(name, bytes)| {
        let before = before.get(name).copied().unwrap_or(0);
        (*bytes > before + ROOM).then(|| format!("{name}: {bytes} bytes of code, before {before}"))
    });
    let grown: Vec<_> = grown.collect();
    assert!(grown.is_empty(), "{grown:#?}");
    Ok(())
}

fn census(lines: &str) -> BTreeMap<String, u64> {
    let read = |line: &str| {
        let (name, bytes) = line.split_once('\t')?;
        Some((name.to_owned(), bytes.parse().ok()?))
    };
    lines.lines().filter_map(read).collect()
}

/// What is published says nothing of the machine that built it.
#[test]
fn no_program_names_a_folder_of_this_machine() -> Result {
    let sources = concat!("registry", "/src/");
    for entry in fs::read_dir(dist()?)? {
        let path = entry?.path();
        let bytes = fs::read(&path)?;
        let names = |folder: &str| bytes.windows(folder.len()).any(|w| w == folder.as_bytes());
        let own = dist()?
            .parent()
            .and_then(|root| root.to_str())
            .map(str::to_owned);
        let own = own.ok_or("a folder that has a name")?;
        assert!(!names(&own), "{} names {own}", path.display());
        assert!(!names(sources), "{} names {sources}", path.display());
    }
    Ok(())
}
