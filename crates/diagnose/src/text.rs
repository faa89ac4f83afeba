//! Words in both languages, side by side, so that neither is forgotten when the other is edited.
//!
//! Terms follow the project's glossary. FIN, RST, error texts, states and option names stay verbatim in both.

use std::borrow::Cow;
use whyeof_trace::Lang;

/// The same words in both languages.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Text {
    /// English.
    pub en: Cow<'static, str>,
    /// 中文.
    pub zh: Cow<'static, str>,
}

impl Text {
    /// Words that never change: English, then 中文.
    pub const fn new(en: &'static str, zh: &'static str) -> Self {
        Self {
            en: Cow::Borrowed(en),
            zh: Cow::Borrowed(zh),
        }
    }

    /// The words in a language.
    pub fn of(&self, lang: Lang) -> &str {
        match lang {
            Lang::En => &self.en,
            Lang::Zh => &self.zh,
        }
    }

    /// Words made for a run: English, then 中文.
    pub const fn made(en: String, zh: String) -> Self {
        Self {
            en: Cow::Owned(en),
            zh: Cow::Owned(zh),
        }
    }
}

impl Text {
    /// Some requests: how many, the first and the last of them.
    pub(crate) fn requests(count: usize, first: u32, last: u32) -> Self {
        match count {
            0 => Self::default(),
            1 => Self::made(format!("request {first}"), format!("第 {first} 个请求")),
            2 => Self::made(
                format!("requests {first} and {last}"),
                format!("第 {first} 个和第 {last} 个请求"),
            ),
            _ => Self::made(
                format!("{count} requests from {first} to {last}"),
                format!("第 {first} 个到第 {last} 个当中的 {count} 个请求"),
            ),
        }
    }
}

/// A number of things in English: `1 connection`, `3 connections`.
pub(crate) fn count(number: usize, thing: &str) -> String {
    match number {
        1 => format!("1 {thing}"),
        _ => match thing.strip_suffix('y') {
            Some(stem) => format!("{number} {stem}ies"),
            None => format!("{number} {thing}s"),
        },
    }
}
