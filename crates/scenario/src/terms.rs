//! The field's terms in both languages, each with a sentence that says what it is: a file of its own that the page loads when it has
//! something to read.

use serde_json::Value as Json;
use std::ops::Range;
use whyeof_trace::{Lang, SortKey};

/// The file.
pub const FILE: &str = include_str!("terms.json");

/// All terms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms(Json);

/// A term.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Term<'a> {
    /// Its name in the file.
    pub id: &'a str,
    /// What it is called, English first.
    pub names: [&'a str; 2],
    /// What it is, in the reader's language.
    pub says: &'a str,
}

impl Terms {
    /// Reads the file; `None`: it is none.
    pub fn read(file: &str) -> Option<Self> {
        let json: Json = serde_json::from_str(file).ok()?;
        json.get("terms")?.as_array()?;
        Some(Self(json))
    }

    fn entries(&self) -> &[Json] {
        let list = self.0.get("terms").and_then(Json::as_array);
        list.map_or(&[], Vec::as_slice)
    }

    /// All of them, explained in a language.
    pub fn all(&self, lang: Lang) -> impl Iterator<Item = Term<'_>> {
        self.entries().iter().filter_map(move |one| term(one, lang))
    }

    /// Where a text speaks of terms: each where it is first named, by position in [`Terms::all`], in the order of the text. Of names
    /// within names the longer one counts.
    pub fn named(&self, text: &str, lang: Lang) -> Vec<(Range<usize>, usize)> {
        let mut found = Vec::new();
        for (at, entry) in self.entries().iter().enumerate() {
            let all = names(entry, lang).filter_map(|name| place(text, name));
            found.extend(all.min_by_key(|range| range.start).map(|range| (range, at)));
        }
        let longest = |(range, _): &(Range<usize>, usize)| -> SortKey {
            (u64::MAX - range.len() as u64, range.start as u64)
        };
        found.sort_by_cached_key(longest);
        let mut kept: Vec<(Range<usize>, usize)> = Vec::new();
        for (range, at) in found {
            let apart = |other: &(Range<usize>, usize)| {
                range.end <= other.0.start || other.0.end <= range.start
            };
            if kept.iter().all(apart) {
                kept.push((range, at));
            }
        }
        kept.sort_by_cached_key(|(range, _)| -> SortKey { (range.start as u64, 0) });
        kept
    }
}

fn names(entry: &Json, lang: Lang) -> impl Iterator<Item = &str> {
    let list = entry.get("names").and_then(|both| both.get(lang.place()));
    let list = list.and_then(Json::as_array);
    list.into_iter().flatten().filter_map(Json::as_str)
}

fn term(entry: &Json, lang: Lang) -> Option<Term<'_>> {
    let called = |lang| names(entry, lang).next();
    Some(Term {
        id: entry.get("id")?.as_str()?,
        names: [called(Lang::En)?, called(Lang::Zh)?],
        says: crate::manual::said(entry.get("says")?, lang)?,
    })
}

/// Where a name stands first in a text, as words of their own: small letters also as capitals, one of a thing also as several.
fn place(text: &str, name: &str) -> Option<Range<usize>> {
    let first = name.as_bytes().first()?.to_ascii_lowercase();
    let may_be_capital = name.starts_with(|c: char| c.is_ascii_lowercase());
    let begins = |at: &usize| text.as_bytes()[*at].to_ascii_lowercase() == first;
    (0..text.len()).filter(begins).find_map(|at| {
        // Within a letter of several bytes nothing begins.
        let found = text.get(at..at + name.len())?;
        let same = found == name || may_be_capital && found.eq_ignore_ascii_case(name);
        let many = usize::from(name.is_ascii() && text[at + name.len()..].starts_with('s'));
        let range = at..at + name.len() + many;
        (same && stands_alone(text, &range)).then_some(range)
    })
}

/// Whether no Latin letter or digit touches it, if it begins and ends with one; 中文 has no spaces.
fn stands_alone(text: &str, range: &Range<usize>) -> bool {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    let touches = |inner: Option<char>, outer: Option<char>| {
        inner.is_some_and(is_part) && outer.is_some_and(is_part)
    };
    let inside = &text[range.clone()];
    !touches(
        inside.chars().next(),
        text[..range.start].chars().next_back(),
    ) && !touches(inside.chars().next_back(), text[range.end..].chars().next())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read() -> Terms {
        Terms::read(FILE).expect("the file")
    }

    fn check(text: &str, lang: Lang, expected: &[&str]) {
        let terms = read();
        let named = terms.named(text, lang);
        let words: Vec<&str> = named
            .iter()
            .map(|(range, _)| &text[range.clone()])
            .collect();
        assert_eq!(words, expected, "{text}");
    }

    #[test]
    fn terms_are_found_where_they_are_first_named() {
        let en = Lang::En;
        check(
            "The pool held idle connections; the pool …",
            en,
            &["pool", "idle connections"],
        );
        check(
            "A retransmission timeout is no retransmission",
            en,
            &["retransmission timeout"],
        );
        check("TRACE and spooler, PFINGST, HTTP Keep-Alive", en, &[]);
        check("Races: FIN, then RST.", en, &["Races", "FIN", "RST"]);
        check("tcp_fin_timeout, RST-WAIT", en, &[]);
        check(
            "长连接不是 TCP 保活；FIN 先到",
            Lang::Zh,
            &["长连接", "TCP 保活", "FIN"],
        );
        check("", en, &[]);
    }

    #[test]
    fn every_term_is_named_once_and_explained_in_both_languages() {
        let terms = read();
        let cjk = |text: &str| text.chars().any(|c| ('一'..='鿿').contains(&c));
        let mut seen = Vec::new();
        for (en, zh) in terms.all(Lang::En).zip(terms.all(Lang::Zh)) {
            assert!(!cjk(en.says) && cjk(zh.says), "{}", en.id);
            assert!(!cjk(en.names[0]), "{}", en.id);
            assert!(!seen.contains(&en.id), "{}", en.id);
            seen.push(en.id);
        }
        assert_eq!(seen.len(), terms.entries().len());
        for lang in Lang::ALL {
            let mut all: Vec<&str> = terms
                .entries()
                .iter()
                .flat_map(|one| names(one, lang))
                .collect();
            let count = all.len();
            all.sort_unstable();
            all.dedup();
            assert_eq!(all.len(), count, "a name for two things");
        }
        for text in ["", "{}", "[]", "<html>"] {
            assert_eq!(Terms::read(text), None, "{text}");
        }
    }
}
