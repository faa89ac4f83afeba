//! Links and scenarios of released versions: they open for ever, and to the same. A file of `golden/` is never edited; a release adds
//! one (`UPDATE_EXPECT=1` writes that of this version where there is none).

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};
use whyeof_scenario::link::{Engine, Selection, Shared, View, decode, encode};
use whyeof_scenario::{Lang, Scenario, presets, set};
use whyeof_trace::Time;

/// A scenario in so many has links of other kinds, too.
const SAMPLED: usize = 4;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden")
}

/// A link and what it opens to, as one block of a file.
fn block(name: &str, shared: Shared, said: &mut String) {
    let scenario = shared.scenario.clone().expect("a scenario");
    let json = scenario.to_json();
    let link = encode(&Shared {
        engine: Engine::parse("0.1.0.1a2b3c4d"),
        ..shared
    });
    write!(said, "## {name}\n{link}\n{json}\n").expect("a text");
}

/// A scenario that is not near any preset, so that its link carries it whole.
fn own(mut scenario: Scenario) -> Scenario {
    scenario.title = format!("{} 之外", scenario.title);
    for client in &mut scenario.clients {
        client.name.push_str("-2");
    }
    scenario
}

fn edited(mut scenario: Scenario) -> Scenario {
    set(&mut scenario, "network.rtt", "7ms").expect("a time");
    scenario
}

/// All presets; of some also a part of them with an edit and a place in the run, and one that is carried whole.
fn written() -> String {
    let mut said = String::new();
    for (number, preset) in presets::ALL.iter().enumerate() {
        let scenario = preset.scenario();
        let of = |scenario| Shared {
            scenario: Some(scenario),
            ..Shared::default()
        };
        block(preset.id, of(scenario.clone()), &mut said);
        if number % SAMPLED != 0 {
            continue;
        }
        let looked_at = Shared {
            at: Some(Time::from_millis(1_019)),
            selection: Selection::parse("1.s.2"),
            lang: Some(Lang::Zh),
            view: View::Embedded,
            ..of(edited(scenario.clone()))
        };
        block(&format!("{} edited", preset.id), looked_at, &mut said);
        let whole = own(scenario);
        if Scenario::from_json(&whole.to_json()).is_ok() {
            block(&format!("{} whole", preset.id), of(whole), &mut said);
        }
    }
    said
}

fn check(name: &str, link: &str, json: &str) {
    let opened = decode(link).unwrap_or_else(|error| panic!("{name}: {error}"));
    assert_eq!(opened.notes, [], "{name}");
    let scenario = opened
        .shared
        .scenario
        .unwrap_or_else(|| panic!("{name}: no scenario"));
    assert_eq!(
        scenario.to_json(),
        json,
        "{name}: the link opens to another scenario"
    );
    let read = Scenario::from_json(json).unwrap_or_else(|error| panic!("{name}: {error}"));
    assert_eq!(read, scenario, "{name}: the file is another scenario");
}

#[test]
fn what_was_released_opens_to_what_it_was() {
    let this = folder().join(concat!(env!("CARGO_PKG_VERSION"), ".txt"));
    if env::var_os("UPDATE_EXPECT").is_some() && !this.exists() {
        fs::create_dir_all(folder()).expect("a folder");
        fs::write(&this, written()).expect("a file");
    }
    let mut held = 0;
    for version in fs::read_dir(folder()).expect("golden files") {
        let text = fs::read_to_string(version.expect("a file").path()).expect("a text");
        for block in text.split("## ").skip(1) {
            let mut lines = block.splitn(3, '\n');
            let mut part = || lines.next().expect("name, link and scenario");
            let (name, link, json) = (part(), part(), part());
            check(name, link, json.trim_end_matches('\n'));
            held += 1;
        }
    }
    assert!(held > presets::ALL.len(), "{held} links");
}
