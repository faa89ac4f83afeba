//! What is sent to a reader.

use std::fs;
use whyeof_page_tests::{Result, dist, weight};

/// All that the first view loads: all of the site but the clerk's program. The project's budget.
const FIRST_VIEW: u64 = 663_000;
/// The program of the page and the explorer. A ratchet, a little above what it has, so that growth is somebody's decision; it may
/// rise as far as the first view allows.
const PROGRAM: u64 = 638_000;
/// What is loaded when a file, a packed link, a story, the table of runtimes, a field's help or a term is first asked for, or when the
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
        if LATER.contains(&name.as_str()) {
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
