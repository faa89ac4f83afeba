//! Every file of the corpus through its target, and what becomes of files that are damaged, joined or made up.
//!
//! Few enough for every change; `WHYEOF_FUZZ_SECONDS` says for how long others follow, and `PROPTEST_CASES` how many make a round.

use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::RngSeed;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use whyeof_fuzz::{ALL, Target, by_name};

const CASES: u32 = 64;
/// Longer inputs only take longer.
const MOST: usize = 16_384;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus")
}

/// The files of a target, in the order of their names.
fn corpus(target: &Target) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder().join(target.name)).expect("a folder");
    let mut files: Vec<_> = entries.map(|entry| entry.expect("a file").path()).collect();
    files.sort();
    files
}

#[test]
fn every_target_has_a_folder_and_every_folder_a_target() {
    let entries = fs::read_dir(folder()).expect("the corpus");
    let names = entries.map(|it| {
        it.expect("a folder")
            .file_name()
            .into_string()
            .expect("ASCII")
    });
    let mut names: Vec<_> = names.collect();
    names.sort();
    let known: Vec<_> = ALL.iter().map(|target| target.name).collect();
    assert_eq!(names, known);
    assert!(ALL.iter().all(|target| corpus(target).len() > 3));
}

#[test]
fn what_was_found_once_stays_mended() {
    for target in ALL {
        for file in corpus(target) {
            // Shown only where it fails.
            println!("{}", file.display());
            (target.check)(&fs::read(&file).expect("a file"));
        }
    }
}

/// What is done to the bytes of a file.
#[derive(Clone, Debug)]
enum Damage {
    Set(Index, u8),
    Insert(Index, Vec<u8>),
    Remove(Index, usize),
    Repeat(Index, usize, usize),
}

fn damage() -> impl Strategy<Value = Damage> {
    let words = [
        "0",
        "9",
        "-1",
        "18446744073709551615",
        "4294967296",
        "1e400",
        "\"",
        "{",
        "[",
        "\u{1b}[31m",
        "\u{202e}",
        "\0",
        "%",
        "&",
        "=",
        "..",
        "h",
        "ns",
        "\n",
        "\u{ff}",
    ];
    let word = prop::sample::select(words.to_vec()).prop_map(|word| word.as_bytes().to_vec());
    let insert = prop_oneof![word, prop::collection::vec(any::<u8>(), 1..9)];
    prop_oneof![
        (any::<Index>(), any::<u8>()).prop_map(|(at, byte)| Damage::Set(at, byte)),
        (any::<Index>(), insert).prop_map(|(at, bytes)| Damage::Insert(at, bytes)),
        (any::<Index>(), 1..40_usize).prop_map(|(at, len)| Damage::Remove(at, len)),
        (any::<Index>(), 1..200_usize, 2..20_usize)
            .prop_map(|(at, len, times)| Damage::Repeat(at, len, times)),
    ]
}

impl Damage {
    fn done(self, bytes: &mut Vec<u8>) {
        let place = |at: &Index| at.index(bytes.len() + 1);
        match self {
            Self::Set(at, byte) => {
                let at = place(&at);
                if let Some(old) = bytes.get_mut(at) {
                    *old = byte;
                }
            }
            Self::Insert(at, new) => {
                let at = place(&at);
                bytes.splice(at..at, new);
            }
            Self::Remove(at, len) => {
                let at = place(&at);
                let end = (at + len).min(bytes.len());
                bytes.drain(at..end);
            }
            Self::Repeat(at, len, times) => {
                let at = place(&at);
                let part = bytes[at..(at + len).min(bytes.len())].repeat(times);
                bytes.splice(at..at, part);
            }
        }
    }
}

/// A number that is asked for.
fn asked(name: &str) -> Option<u32> {
    let asked = env::var(name).ok()?;
    Some(asked.parse().unwrap_or_else(|_| panic!("{name}: a number")))
}

fn cases(round: u32) -> ProptestConfig {
    ProptestConfig {
        cases: asked("PROPTEST_CASES").unwrap_or(CASES),
        // A change is tested with the same as the one before it; more of them begin with those.
        rng_seed: RngSeed::Fixed(round.into()),
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

/// Files of a target with some bytes otherwise, and now and then the tail of another one; or anything.
fn damaged(name: &str) {
    let target = by_name(name).expect("a target");
    let files = corpus(target)
        .into_iter()
        .map(|file| fs::read(file).expect("a file"));
    let files: Vec<_> = files.collect();
    let file = prop::sample::select(files);
    let tail = prop::option::weighted(0.2, (file.clone(), any::<Index>(), any::<Index>()));
    let edits = prop::collection::vec(damage(), 0..8);
    let from_file = (file, tail, edits).prop_map(|(mut bytes, tail, edits)| {
        if let Some((other, cut, from)) = tail {
            bytes.truncate(cut.index(bytes.len() + 1));
            bytes.extend_from_slice(&other[from.index(other.len() + 1)..]);
        }
        edits.into_iter().for_each(|it| it.done(&mut bytes));
        bytes.truncate(MOST);
        bytes
    });
    let made_up = prop::collection::vec(any::<u8>(), 0..300);
    let input = prop_oneof![15 => from_file, 1 => made_up];
    let time = Duration::from_secs(asked("WHYEOF_FUZZ_SECONDS").unwrap_or(0).into());
    let began = Instant::now();
    let mut done = 0;
    for round in 1.. {
        let cases = cases(round);
        done += cases.cases;
        proptest!(cases, |(bytes in &input)| (target.check)(&bytes));
        if began.elapsed() >= time {
            break;
        }
    }
    println!("{done} cases of {name}");
}

/// A test a target, so that they run side by side and a failure is told by its name.
macro_rules! damaged {
    ($($name:ident)*) => {$(
        #[test]
        fn $name() {
            damaged(stringify!($name).trim_start_matches("damaged_"));
        }
    )*};
}

damaged! {
    damaged_histogram damaged_iptables damaged_link damaged_packetdrill damaged_part damaged_pasted damaged_pcap damaged_pcapng damaged_scenario
}
