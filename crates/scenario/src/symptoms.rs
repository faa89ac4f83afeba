//! Error lines, and what can be behind each: a file of its own that the page loads when somebody pastes one.
//!
//! A line is matched by words that it has and has not, in small letters, after `=` by whole ones; nothing of it leaves the browser. The race
//! is one cause among others, and an `EOF` on a fresh connection is never called one.

use crate::presets::{self, Preset};
use serde_json::Value as Json;
use whyeof_trace::{Lang, SortKey};

/// The file.
pub const FILE: &str = include_str!("symptoms.json");
/// More of a pasted text is not read.
pub const MOST: usize = 20_000;

/// All symptoms.
#[derive(Clone, Debug, PartialEq)]
pub struct Symptoms(Json);

/// What a line can mean, in one language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Symptom<'a> {
    /// Its name in the file.
    pub id: &'a str,
    /// Who writes such lines.
    pub who: &'a str,
    /// What the line says.
    pub says: &'a str,
    /// What can be behind it, the likeliest first.
    pub causes: Vec<Cause<'a>>,
}

/// What can be behind a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cause<'a> {
    /// What it is called.
    pub name: &'a str,
    /// How to tell that it is this one.
    pub tell: &'a str,
    /// Whether it can only happen on a reused connection.
    pub reused_only: bool,
    /// A scenario that shows it.
    pub preset: Option<&'static Preset>,
}

/// Whether a pasted text says that the connection had been used before, as Go's `httptrace`, structured logs and people write it; `None`: it does
/// not say, or says both.
pub fn reused(pasted: &str) -> Option<bool> {
    /// Neither the one nor the other.
    const NOTHING: [&str; 3] = ["notanewconn", "nonewconn", "不是新连接"];
    const FRESH: [&str; 17] = [
        "reused:false",
        "reusedsocket:false",
        "reused:0",
        "notreused",
        "unreused",
        "newconn",
        "newtcpconn",
        "freshconn",
        "firstrequest",
        "firstuse",
        "newlydial",
        "newlyopened",
        "justdial",
        "新连接",
        "新建",
        "刚建立",
        "没有复用",
    ];
    const REUSED: [&str; 8] = [
        "reused:true",
        "reusedsocket:true",
        "reused:1",
        "onareusedconn",
        "onanidleconn",
        "onakeptaliveconn",
        "复用的连接",
        "旧连接",
    ];
    let text = pasted.chars().take(MOST).flat_map(char::to_lowercase);
    // Quotes, backslashes and lines between words are JSON's, and each log has its own sign between a name and its value.
    let text = text.filter(|c| !c.is_whitespace() && !['"', '\'', '\\', '_', '-', '`'].contains(c));
    let mut text: String = text.map(|c| if c == '=' { ':' } else { c }).collect();
    for words in NOTHING {
        text = text.replace(words, " ");
    }
    let says = |words: &[&str]| words.iter().any(|word| has(&text, word));
    match (says(&FRESH), says(&REUSED)) {
        (true, false) => Some(false),
        (false, true) => Some(true),
        _ => None,
    }
}

/// Whether a text has this; a number has to end where it does.
fn has(text: &str, word: &str) -> bool {
    let is_number = word.ends_with(|c: char| c.is_ascii_digit());
    text.match_indices(word).any(|(at, _)| {
        let after = &text[at + word.len()..];
        !is_number || !after.starts_with(|c: char| c.is_alphanumeric() || c == '.')
    })
}

impl Symptoms {
    /// Reads the file; `None`: it is none.
    pub fn read(file: &str) -> Option<Self> {
        let json: Json = serde_json::from_str(file).ok()?;
        json.get("symptoms")?.as_array()?;
        Some(Self(json))
    }

    /// What a pasted text can mean, the most specific first. What only catches all else is left out where something better was found.
    pub fn matching(&self, pasted: &str, lang: Lang) -> Vec<Symptom<'_>> {
        /// Below this weight an entry is a net for what nothing else catches.
        const NET: u64 = 20;
        let end = pasted
            .char_indices()
            .nth(MOST)
            .map_or(pasted.len(), |(at, _)| at);
        let text = pasted[..end].to_lowercase();
        let all = self.0.get("symptoms").and_then(Json::as_array);
        let mut found: Vec<(u64, &Json)> = all
            .into_iter()
            .flatten()
            .filter(|one| fits(one, &text))
            .map(|one| (one.get("weight").and_then(Json::as_u64).unwrap_or(0), one))
            .collect();
        found.sort_by_cached_key(|(weight, _)| -> SortKey { (u64::MAX - weight, 0) });
        let best = found.first().map_or(0, |(weight, _)| *weight);
        let kept = found
            .into_iter()
            .filter(|(weight, _)| best < NET || *weight >= NET);
        kept.filter_map(|(_, one)| symptom(one, lang)).collect()
    }
}

fn words<'a>(json: &'a Json, key: &str) -> impl Iterator<Item = &'a str> {
    let list = json.get(key).and_then(Json::as_array);
    list.into_iter().flatten().filter_map(Json::as_str)
}

fn fits(symptom: &Json, text: &str) -> bool {
    let has = |word: &str| match word.strip_prefix('=') {
        Some(word) => stands_alone(word, text),
        None => text.contains(word),
    };
    let mut any = words(symptom, "any").peekable();
    words(symptom, "all").all(has)
        && (any.peek().is_none() || any.any(has))
        && !words(symptom, "none").any(has)
}

/// Whether a word of a text is this one: no part of another, nor of a path.
fn stands_alone(word: &str, text: &str) -> bool {
    let part = |c: char| c.is_alphanumeric() || ['_', '-', '/'].contains(&c);
    text.match_indices(word).any(|(at, _)| {
        let (before, after) = (&text[..at], &text[at + word.len()..]);
        !before.ends_with(part) && !after.starts_with(part)
    })
}

fn symptom(json: &Json, lang: Lang) -> Option<Symptom<'_>> {
    let said = |key: &str| crate::manual::said(json.get(key)?, lang);
    let causes = json.get("causes")?.as_array()?.iter();
    Some(Symptom {
        id: json.get("id")?.as_str()?,
        who: said("who")?,
        says: said("says")?,
        causes: causes.filter_map(|one| cause(one, lang)).collect(),
    })
}

fn cause(json: &Json, lang: Lang) -> Option<Cause<'_>> {
    let said = |key: &str| crate::manual::said(json.get(key)?, lang);
    let preset = json.get("preset").and_then(Json::as_str);
    Some(Cause {
        name: said("name")?,
        tell: said("tell")?,
        reused_only: json.get("reused").is_some(),
        preset: preset.and_then(presets::find),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read() -> Symptoms {
        Symptoms::read(FILE).expect("the file")
    }

    fn entries(symptoms: &Symptoms) -> &[Json] {
        symptoms.0["symptoms"].as_array().expect("a list")
    }

    #[test]
    fn every_sample_leads_to_its_own_entry_first_and_no_counter_example_does() {
        let symptoms = read();
        for entry in entries(&symptoms) {
            let id = entry["id"].as_str().expect("an id");
            for line in words(entry, "lines") {
                for line in [line.to_owned(), format!("12:03 ERROR {line} (job 7)")] {
                    let found = symptoms.matching(&line, Lang::En);
                    assert_eq!(found.first().map(|found| found.id), Some(id), "{line}");
                }
            }
            for line in words(entry, "not") {
                let found = symptoms.matching(line, Lang::En);
                assert!(found.iter().all(|found| found.id != id), "{id}: {line}");
            }
        }
    }

    #[test]
    fn every_entry_speaks_both_languages_and_names_scenarios_that_exist() {
        let symptoms = read();
        let cjk = |text: &str| text.chars().any(|c| ('一'..='鿿').contains(&c));
        for entry in entries(&symptoms) {
            let en = symptom(entry, Lang::En).expect("English");
            let zh = symptom(entry, Lang::Zh).expect("中文");
            assert!(cjk(zh.says) && !cjk(en.says), "{}", en.id);
            assert_eq!(
                en.causes.len(),
                entry["causes"].as_array().map_or(0, Vec::len)
            );
            assert!(!en.causes.is_empty() && en.causes.len() == zh.causes.len());
            for (cause, json) in en
                .causes
                .iter()
                .zip(entry["causes"].as_array().into_iter().flatten())
            {
                assert_eq!(
                    cause.preset.is_some(),
                    json.get("preset").is_some(),
                    "{json}"
                );
                assert!(cause.tell.len() > 20, "{json}");
            }
        }
    }

    #[test]
    fn the_race_is_not_always_first_and_never_on_a_fresh_connection() {
        let symptoms = read();
        let (mut first, mut later) = (0, 0);
        for entry in entries(&symptoms) {
            let found = symptom(entry, Lang::En).expect("English");
            for (at, cause) in found.causes.iter().enumerate() {
                if cause.name.to_lowercase().contains("race") && cause.name.contains("live") {
                    assert!(cause.reused_only, "{}: {}", found.id, cause.name);
                    *(if at == 0 { &mut first } else { &mut later }) += 1;
                }
            }
        }
        assert!(first > 5 && later > 5, "{first} {later}");
    }

    #[test]
    fn what_a_line_says_of_its_connection_is_heard() {
        let fresh = [
            "Post \"http://a/x\": EOF（新连接）",
            "刚建立的连接就报 Post \"http://a/x\": EOF",
            "Post \"http://a/x\": EOF on a new TCP connection",
            "Post \"http://a/x\": EOF (conn not reused)",
            "Post \"http://a/x\": EOF on a brand-new conn",
            r#"{"msg":"Post \"http://a/x\": EOF","reused":"false"}"#,
            r#"{"conn_reused": 0, "error": "EOF"}"#,
            "a socket hang up on first use, reusedSocket=false",
            "{Conn:0xc000 Reused:false WasIdle:false IdleTime:0s}",
        ];
        for line in fresh {
            assert_eq!(reused(line), Some(false), "{line}");
        }
        for line in [
            "{Conn:0xc000 Reused:true WasIdle:true IdleTime:9.9s}",
            r#"{"conn_reused": 1}"#,
            "EOF on a reused connection",
            "旧连接上的 EOF",
        ] {
            assert_eq!(reused(line), Some(true), "{line}");
        }
        for line in [
            "EOF",
            "reused: 0.5 of all, no new connections",
            "reused=false, then reused=true",
        ] {
            assert_eq!(reused(line), None, "{line}");
        }
    }

    #[test]
    fn what_means_nothing_finds_nothing_and_what_is_no_file_is_none() {
        let symptoms = read();
        for text in ["", "hello", "typeof x", "200 OK", "\u{0}\u{1}"] {
            assert!(symptoms.matching(text, Lang::En).is_empty(), "{text}");
        }
        let long = "x".repeat(3 * MOST) + " EOF";
        assert!(symptoms.matching(&long, Lang::En).is_empty(), "bounded");
        for text in ["", "{}", "[]", "<html>"] {
            assert_eq!(Symptoms::read(text), None, "{text}");
        }
    }
}
