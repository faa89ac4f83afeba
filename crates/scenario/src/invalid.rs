//! What is wrong with a scenario: where, what was found, and what was expected.

use std::fmt;
use whyeof_trace::text::is_unprintable;
use whyeof_trace::{Lang, Text};

/// A fault in a scenario, found while reading, editing or checking it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invalid {
    /// Where: `clients[0].options` while JSON is read, `clients.agent.options.Timeout` otherwise. Empty for the
    /// scenario as a whole.
    pub path: String,
    /// What.
    pub problem: Problem,
}

/// What is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    /// The text is no JSON.
    NotJson {
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
    },
    /// A key stands twice in one object.
    Twice {
        /// As it was written, shortened.
        key: String,
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
    },
    /// A field, option, host … that does not exist.
    Unknown {
        /// What it was taken for.
        what: What,
        /// As it was written, shortened.
        name: String,
        /// The existing one that is spelled most like it.
        nearest: Option<String>,
        /// The first of the existing ones, when none is near.
        known: Vec<String>,
        /// How many more there are.
        more: usize,
    },
    /// A field without which there is nothing to run.
    Missing,
    /// A value of another form.
    Expected {
        /// As it was written, shortened.
        found: String,
        /// The form that was expected.
        expected: Text,
    },
    /// A value of the right form that is too small or too large.
    Range {
        /// The value.
        found: String,
        /// The least one.
        min: String,
        /// The greatest one.
        max: String,
    },
    /// A name that is taken.
    Taken {
        /// The name.
        name: String,
    },
    /// More entries than there may be.
    TooMany {
        /// How many there may be.
        most: usize,
    },
    /// JSON in more brackets than are read.
    TooDeep {
        /// From 1.
        line: usize,
        /// From 1.
        column: usize,
    },
    /// More bytes than there may be.
    TooLarge {
        /// How many there may be.
        most: usize,
    },
    /// Something wrong with one of a program's calls.
    InCall {
        /// Which, from 1.
        number: usize,
        /// As it was written, shortened.
        call: String,
        /// What.
        problem: Box<Self>,
    },
    /// Something that another runtime has, or another action.
    NotWith {
        /// The runtime or action that does not.
        name: String,
    },
    /// A part of the format that this version reads but cannot run.
    NotYet,
}

/// What an unknown name was taken for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// One of our own keys.
    Field,
    /// An option of a runtime.
    Option,
    /// A knob of a kernel.
    Sysctl,
    /// A runtime.
    Runtime,
    /// One of a list of words.
    Word,
    /// A host of this scenario.
    Host,
    /// A program on a machine.
    Program,
    /// A fault of this scenario.
    Fault,
    /// A socket call.
    Call,
    /// A socket of a program.
    Socket,
    /// A path to a field.
    Path,
    /// A preset.
    Preset,
    /// A key of a share link.
    LinkKey,
}

impl What {
    const fn text(self) -> Text {
        match self {
            Self::Field => Text::new("field", "字段"),
            Self::Program => Text::new("program on this machine", "这台机器上的程序"),
            Self::Option => Text::new("option", "选项"),
            Self::Sysctl => Text::same("sysctl"),
            Self::Runtime => Text::new("runtime", "运行时"),
            Self::Word => Text::new("value", "取值"),
            Self::Host => Text::new("host", "主机"),
            Self::Fault => Text::new("fault", "故障"),
            Self::Call => Text::new("call", "调用"),
            Self::Socket => Text::new("socket", "socket"),
            Self::Path => Text::new("path", "路径"),
            Self::Preset => Text::new("preset", "预设"),
            Self::LinkKey => Text::new("link key", "链接参数"),
        }
    }
}

impl Invalid {
    /// A problem at a place.
    pub fn new(path: impl Into<String>, problem: Problem) -> Self {
        Self {
            path: path.into(),
            problem,
        }
    }

    /// The fault in one line of one language: where, what, what was expected.
    pub fn say(&self, lang: Lang) -> String {
        let problem = self.problem.say(lang);
        match (self.path.as_str(), lang) {
            ("", _) => problem,
            (path, Lang::En) => format!("{path}: {problem}"),
            (path, Lang::Zh) => format!("{path}：{problem}"),
        }
    }
}

impl Problem {
    /// An unknown name and, of those that exist, the one it was probably meant to be.
    pub fn unknown(what: What, name: &str, known: &[&str]) -> Self {
        let nearest = nearest(name, known).map(str::to_owned);
        let listed = if nearest.is_none() { 12 } else { 0 };
        let more = known.len().saturating_sub(listed);
        let known = known.iter().take(listed).map(|&name| name.to_owned());
        Self::Unknown {
            what,
            name: shorten(name),
            nearest,
            known: known.collect(),
            more,
        }
    }

    /// An unknown name where the existing ones are too many to list.
    pub(crate) fn unknown_near(what: What, name: &str, nearest: Option<&str>) -> Self {
        Self::Unknown {
            what,
            name: shorten(name),
            nearest: nearest.map(str::to_owned),
            known: Vec::new(),
            more: 0,
        }
    }

    /// Something wrong with the call at this position.
    pub(crate) fn in_call(at: usize, call: &str, problem: Self) -> Self {
        Self::InCall {
            number: at + 1,
            call: shorten(call),
            problem: Box::new(problem),
        }
    }

    /// Another form than expected.
    pub fn expected(found: &str, expected: Text) -> Self {
        Self::Expected {
            found: shorten(found),
            expected,
        }
    }

    fn say(&self, lang: Lang) -> String {
        match lang {
            Lang::En => self.english(),
            Lang::Zh => self.chinese(),
        }
    }

    fn english(&self) -> String {
        match self {
            Self::NotJson { line, column } => {
                format!("this is not JSON: line {line}, column {column}")
            }
            Self::Twice { key, line, column } => {
                format!("`{key}` stands twice in one object: line {line}, column {column}")
            }
            Self::Unknown {
                what,
                name,
                nearest,
                known,
                more,
            } => {
                let said = format!("unknown {} `{name}`", what.text().en);
                match (nearest, known.as_slice()) {
                    (Some(nearest), _) => format!("{said}; did you mean `{nearest}`?"),
                    (None, []) => said,
                    (None, known) if *more == 0 => {
                        format!("{said}; there is {}", quoted(known, ", "))
                    }
                    (None, known) => {
                        format!("{said}; there is {} and {more} more", quoted(known, ", "))
                    }
                }
            }
            Self::Missing => "is missing".to_owned(),
            Self::Expected { found, expected } => {
                format!("found {found}, expected {}", expected.en)
            }
            Self::Range { found, min, max } => format!("{found} is not between {min} and {max}"),
            Self::Taken { name } => format!("`{name}` is there twice"),
            Self::TooMany { most } => format!("more than {most} entries"),
            Self::TooDeep { line, column } => {
                format!("too many brackets within each other at line {line}, column {column}")
            }
            Self::TooLarge { most } => format!("longer than {most} bytes"),
            Self::InCall {
                number,
                call,
                problem,
            } => format!("call {number}, `{call}`: {}", problem.english()),
            Self::NotWith { name } => format!("does not go with `{name}`; leave it out"),
            Self::NotYet => "not supported yet; leave it out".to_owned(),
        }
    }

    fn chinese(&self) -> String {
        match self {
            Self::NotJson { line, column } => format!("这不是 JSON：第 {line} 行第 {column} 列"),
            Self::Twice { key, line, column } => {
                format!("同一个对象里 `{key}` 写了两次：第 {line} 行第 {column} 列")
            }
            Self::Unknown {
                what,
                name,
                nearest,
                known,
                more,
            } => {
                let said = format!("没有{} `{name}`", what.text().zh);
                match (nearest, known.as_slice()) {
                    (Some(nearest), _) => format!("{said}，是不是想写 `{nearest}`？"),
                    (None, []) => said,
                    (None, known) if *more == 0 => {
                        format!("{said}，可用的有 {}", quoted(known, "、"))
                    }
                    (None, known) => {
                        format!("{said}，可用的有 {}，还有 {more} 个", quoted(known, "、"))
                    }
                }
            }
            Self::Missing => "缺少这一项".to_owned(),
            Self::Expected { found, expected } => format!("写的是 {found}，应为{}", expected.zh),
            Self::Range { found, min, max } => format!("{found} 不在 {min} 到 {max} 之间"),
            Self::Taken { name } => format!("`{name}` 重复了"),
            Self::TooMany { most } => format!("超过了 {most} 项"),
            Self::TooDeep { line, column } => format!("第 {line} 行第 {column} 列括号套得太深"),
            Self::TooLarge { most } => format!("超过了 {most} 字节"),
            Self::InCall {
                number,
                call,
                problem,
            } => format!("第 {number} 个调用 `{call}`：{}", problem.chinese()),
            Self::NotWith { name } => format!("`{name}` 没有这一项，请去掉"),
            Self::NotYet => "暂不支持，请去掉".to_owned(),
        }
    }
}

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.say(Lang::En))
    }
}

impl std::error::Error for Invalid {}

fn quoted(names: &[String], between: &str) -> String {
    let names: Vec<_> = names.iter().map(|name| format!("`{name}`")).collect();
    names.join(between)
}

/// What was written, short and printable, for a message.
pub fn shorten(text: &str) -> String {
    shorten_to(48, text)
}

/// The same of at most so many letters.
pub fn shorten_to(most: usize, text: &str) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => printable(&text[..end]) + "…",
        None => printable(text),
    }
}

/// What was written, with `�` for everything that would steer a terminal or does not show.
pub fn printable(text: &str) -> String {
    let shown = |c| if is_unprintable(c) { '\u{fffd}' } else { c };
    text.chars().map(shown).collect()
}

/// The known name that is spelled most like the given one, if any is near enough to be meant.
pub(crate) fn nearest<'a>(name: &str, known: &[&'a str]) -> Option<&'a str> {
    // Distances cost the product of the lengths; no name of ours is half as long.
    let name: Vec<char> = name
        .chars()
        .take(160)
        .map(|c| c.to_ascii_lowercase())
        .collect();
    let most = (name.len() / 3).max(1);
    known
        .iter()
        .map(|candidate| (distance(&name, candidate), *candidate))
        .filter(|(distance, _)| *distance <= most)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// Letters to replace, add, remove or swap with their neighbour (optimal string alignment), letter case apart.
fn distance(name: &[char], candidate: &str) -> usize {
    let candidate: Vec<char> = candidate.chars().map(|c| c.to_ascii_lowercase()).collect();
    // Rows of the table: the one before the last, the last, the present one.
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=name.len()).collect();
    for (i, c) in candidate.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, n) in name.iter().enumerate() {
            let replaced = last[j] + usize::from(n != c);
            let mut least = replaced.min(last[j + 1] + 1).min(row[j] + 1);
            let swapped = i > 0 && j > 0 && *n == candidate[i - 1] && name[j - 1] == *c;
            if swapped {
                least = least.min(before[j - 1] + 1);
            }
            row.push(least);
        }
        before = std::mem::replace(&mut last, row);
    }
    last[name.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_found_or_none() {
        let known = ["IdleConnTimeout", "MaxIdleConns", "Timeout"];
        for (name, expected) in [
            ("IdleConnTimout", Some("IdleConnTimeout")),
            ("idleconntimeout", Some("IdleConnTimeout")),
            ("MaxIdleConn", Some("MaxIdleConns")),
            ("timeout", Some("Timeout")),
            ("Tiemout", Some("Timeout")),
            ("KeepAlive", None),
            ("", None),
        ] {
            assert_eq!(nearest(name, &known), expected, "{name}");
        }
    }

    #[test]
    fn messages_name_the_place_and_what_was_expected() {
        let known = ["IdleConnTimeout"];
        let invalid = Invalid::new(
            "clients[0].options",
            Problem::unknown(What::Option, "IdleConnTimout", &known),
        );
        assert_eq!(
            invalid.to_string(),
            "clients[0].options: unknown option `IdleConnTimout`; did you mean `IdleConnTimeout`?"
        );
        assert_eq!(
            invalid.say(Lang::Zh),
            "clients[0].options：没有选项 `IdleConnTimout`，是不是想写 `IdleConnTimeout`？"
        );
    }

    #[test]
    fn hostile_texts_are_shortened_and_made_printable() {
        assert_eq!(shorten("a\nb\u{202e}c"), "a\u{fffd}b\u{fffd}c");
        for hidden in [
            '\u{1b}',
            '\u{7f}',
            '\u{9b}',
            '\u{ad}',
            '\u{61c}',
            '\u{180e}',
            '\u{200b}',
            '\u{200d}',
            '\u{200f}',
            '\u{2028}',
            '\u{2066}',
            '\u{3164}',
            '\u{feff}',
            '\u{fffe}',
            '\u{ffff}',
            '\u{1fffe}',
            '\u{e0000}',
            '\u{e0041}',
            '\u{e007f}',
        ] {
            assert_eq!(shorten(&format!("a{hidden}b")), "a\u{fffd}b", "{hidden:?}");
        }
        for shown in [
            "长连接，真的",
            "naïve — “a” … ½",
            "→ ▶ ✓",
            "e\u{301}",
            "한글",
            "❤\u{fe0f}",
            "\u{fffd}",
        ] {
            assert_eq!(shorten(shown), shown);
        }
        assert_eq!(shorten(&"x".repeat(1_000)).chars().count(), 49);
    }
}
