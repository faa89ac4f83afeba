//! One thing, one file, one list: every file in `profiles/` and `presets/` is in its list.

use std::path::Path;
use whyeof_scenario::{presets, profiles};

/// Names of the files with this ending in a folder of `src`, without it; sorted.
fn files(folder: &str, ending: &str) -> Vec<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("src")
        .join(folder);
    let entries = std::fs::read_dir(path).expect("the folder is there");
    let names = entries.map(|entry| entry.expect("an entry").file_name());
    let mut names: Vec<String> = names
        .filter_map(|name| name.to_str()?.strip_suffix(ending).map(str::to_owned))
        .filter(|name| !["mod", "table"].contains(&name.as_str()))
        .collect();
    names.sort();
    names
}

fn sorted<'a>(ids: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut ids: Vec<_> = ids.map(str::to_owned).collect();
    ids.sort();
    ids
}

#[test]
fn presets_are_listed() {
    let ids = presets::ALL.iter().map(|preset| preset.id);
    assert_eq!(files("presets", ".json"), sorted(ids));
}

#[test]
fn profiles_are_listed() {
    let ids: Vec<_> = profiles::ALL.iter().map(|profile| profile.id).collect();
    let names = ids.iter().map(|id| id.replace(['-', '.'], "_"));
    let names: Vec<_> = names.collect();
    assert_eq!(
        files("profiles", ".rs"),
        sorted(names.iter().map(String::as_str))
    );
}
