//! What a run can be written as: each format a const in its own file and a line in [`ALL`].

pub mod calls;
pub mod connections;
pub mod json;
pub mod ladder;
pub mod log;
pub mod lsof;
pub mod markdown;
pub mod mermaid;
pub mod pcapng;
#[path = "pcapng-server.rs"]
pub mod pcapng_server;
pub mod plantuml;
pub mod pool;
pub mod requests;
pub mod retransmissions;
pub mod sequence;
pub mod ss;
pub mod svg;
pub mod tcpdump;
pub mod text;

use whyeof_diagnose::Background;
use whyeof_trace::{HostId, Lang, Trace};

/// One way of writing a run down.
#[derive(Clone, Copy, Debug)]
pub struct Format {
    /// What it is called.
    pub name: Name,
    /// Writes the whole run.
    pub write: Write,
}

/// How a format writes a run. Pictures speak the language; what is made to be pasted is in English.
#[derive(Clone, Copy, Debug)]
pub enum Write {
    /// A text; it ends with a newline.
    Text(fn(&Case<'_>, Lang) -> String),
    /// For programs only.
    Bytes(fn(&Case<'_>, Lang) -> Vec<u8>),
}

/// A file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Written {
    /// A text.
    Text(String),
    /// For programs only.
    Bytes(Vec<u8>),
}

impl Format {
    /// A run in this format.
    pub fn of(&self, case: &Case<'_>, lang: Lang) -> Written {
        match self.write {
            Write::Text(write) => Written::Text(write(case, lang)),
            Write::Bytes(write) => Written::Bytes(write(case, lang)),
        }
    }

    /// The same as a text; empty if it is none.
    pub fn text(&self, case: &Case<'_>, lang: Lang) -> String {
        match self.of(case, lang) {
            Written::Text(text) => text,
            Written::Bytes(_) => String::new(),
        }
    }
}

impl Written {
    /// What stands in the file.
    pub fn bytes(&self) -> &[u8] {
        match self {
            Self::Text(text) => text.as_bytes(),
            Self::Bytes(bytes) => bytes,
        }
    }
}

/// A run and what is known of it.
#[derive(Clone, Copy)]
pub struct Case<'a> {
    /// What happened.
    pub trace: &'a Trace,
    /// Tells the rest; only formats that need it ask, because remedies are tried for it. A capture has none.
    pub background: &'a dyn Fn() -> Option<Background>,
    /// Where a capture stands; `None`: where its format says.
    pub host: Option<HostId>,
}

impl<'a> From<&'a Trace> for Case<'a> {
    fn from(trace: &'a Trace) -> Self {
        Self {
            trace,
            background: &|| None,
            host: None,
        }
    }
}

/// What a format is called, by people and by programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Name {
    /// Name on the command line and in menus' ids: `tcpdump`.
    pub id: &'static str,
    /// What a menu says, in both languages.
    pub label: crate::text::Text,
    /// File name extension, without the dot.
    pub extension: &'static str,
    /// Media type.
    pub mime: &'static str,
    /// How the page can show it, besides keeping it.
    pub shown: Shown,
}

/// How the page can show a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// As a text to read.
    Text,
    /// As a picture.
    Picture,
    /// It is for other programs, or on the page already.
    Elsewhere,
}

/// All formats, in the order of menus.
pub const ALL: &[Format] = &[
    markdown::FORMAT,
    text::FORMAT,
    tcpdump::FORMAT,
    pcapng::FORMAT,
    pcapng_server::FORMAT,
    ss::FORMAT,
    lsof::FORMAT,
    log::FORMAT,
    calls::FORMAT,
    svg::FORMAT,
    mermaid::FORMAT,
    plantuml::FORMAT,
    requests::FORMAT,
    connections::FORMAT,
    pool::FORMAT,
    retransmissions::FORMAT,
    sequence::FORMAT,
    ladder::FORMAT,
    json::FORMAT,
];

/// The names of [`ALL`], for a menu.
pub const NAMES: [Name; ALL.len()] = {
    let mut names = [ALL[0].name; ALL.len()];
    let mut at = 0;
    while at < names.len() {
        names[at] = ALL[at].name;
        at += 1;
    }
    names
};

/// Formats that tell nothing a capture does not show: the others need what programs did.
const OF_CAPTURES: [&str; 11] = [
    "text",
    "tcpdump",
    "pcapng",
    "svg",
    "mermaid",
    "plantuml",
    "retransmissions",
    "sequence",
    "ladder",
    "json",
    "connections",
];

/// Whether a capture can be written in a format.
pub fn knows(id: &str) -> bool {
    OF_CAPTURES.contains(&id)
}

/// The format with this id.
pub fn by_id(id: &str) -> Option<&'static Format> {
    ALL.iter().find(|format| format.name.id == id)
}
