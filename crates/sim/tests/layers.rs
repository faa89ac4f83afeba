//! The layers of `lib.rs`, held against every `use crate::` in the sources.
#![expect(
    clippy::disallowed_methods,
    reason = "it reads the crate's own sources"
)]

use std::fs;
use std::path::{Path, PathBuf};

/// From the bottom up; the same line as in `lib.rs`.
const LAYERS: &str = "copy ← queue, chance, busy, kernel, outbox, limits, recorder, tables, target, incarnations, ports ← net, tcp ← stack, host, syscalls ← http, sockets ← shell, plan, world";

fn layers() -> Vec<Vec<&'static str>> {
    let layers = LAYERS.split(" ← ");
    layers.map(|l| l.split(", ").collect()).collect()
}

fn layer_of(module: &str) -> usize {
    let found = layers().iter().position(|l| l.contains(&module));
    found.unwrap_or_else(|| panic!("`{module}` has no layer in lib.rs"))
}

fn sources(under: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(under).expect("the crate has sources") {
        let path = entry.expect("readable").path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else {
            found.push(path);
        }
    }
    found
}

#[test]
fn each_layer_knows_only_itself_and_those_below() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let lib = fs::read_to_string(src.join("lib.rs")).expect("lib.rs");
    assert!(lib.contains(LAYERS), "lib.rs states the layers");
    for path in sources(&src) {
        let inside = path.strip_prefix(&src).expect("under src");
        let first = inside.iter().next().expect("a name").to_string_lossy();
        let module = first.trim_end_matches(".rs").to_owned();
        if module == "lib" {
            continue;
        }
        let text = fs::read_to_string(&path).expect("readable");
        for used in text.split("crate::").skip(1) {
            let used: String = used
                .chars()
                .take_while(|c| c.is_alphanumeric() || *c == '_')
                .collect();
            assert!(
                layer_of(&used) <= layer_of(&module),
                "{} uses crate::{used}, which lies above it",
                inside.display()
            );
        }
    }
}

/// Clippy reads the nearest `clippy.toml` only, so each crate of the core has the whole list.
#[test]
fn the_core_is_held_to_one_list_of_bans() {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let [trace, others @ ..] = ["trace", "sim", "packetdrill", "diagnose"]
        .map(|name| fs::read_to_string(crates.join(name).join("clippy.toml")).expect(name));
    assert!(others.iter().all(|other| *other == trace));
}
