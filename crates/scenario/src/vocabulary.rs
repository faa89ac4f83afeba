//! The words that scenarios are written in, as lists for people: faults, kernel knobs, socket calls.
//!
//! Nothing is said here a second time: keys, defaults and help come from the rows that read and write them.

use crate::calls::Verb;
use crate::faults::{FAULT, PACKETS};
use crate::kind::Given;
use crate::rows::Row;
use crate::sysctl::SYSCTL;
use crate::v1::Effect;
use whyeof_trace::Text;

/// A word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// As it is written.
    pub word: String,
    /// What is in force without it; empty: nothing.
    pub default: String,
    /// What it means.
    pub about: Text,
}

fn entries<T: Default>(rows: &'static [Row<T>], prefix: &str) -> Vec<Entry> {
    let entry = |row: &Row<T>| Entry {
        word: format!("{prefix}{}", row.key.trim_start_matches("sysctl.")),
        default: row.default().as_ref().map_or_else(String::new, Given::text),
        about: row.help,
    };
    rows.iter().map(entry).collect()
}

/// The kernel knobs of a host, as Linux names them under `net.ipv4`.
pub fn sysctls() -> Vec<Entry> {
    entries(&SYSCTL, "")
}

/// The actions of a fault, each with its own keys; then when a fault holds, and which packets it means.
pub fn faults() -> Vec<Entry> {
    let mut all = Vec::new();
    for effect in Effect::ALL {
        all.push(Entry {
            word: effect.key().to_owned(),
            default: String::new(),
            about: effect.about(),
        });
        all.extend(entries(effect.rows(), &format!("{}.", effect.key())));
    }
    all.extend(entries(&FAULT, ""));
    all.extend(entries(&PACKETS, "ACTION."));
    all
}

/// The calls of a program of socket calls, each behind its time.
pub fn calls() -> Vec<Entry> {
    let entry = |verb: Verb| Entry {
        word: verb.usage().to_owned(),
        default: String::new(),
        about: verb.about(),
    };
    Verb::all().map(entry).collect()
}
