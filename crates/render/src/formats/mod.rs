//! What a run can be written as: each format a const in its own file and a line in [`ALL`].

pub mod json;
pub mod ladder;
pub mod svg;
pub mod tcpdump;
pub mod text;

use whyeof_trace::Trace;

/// One way of writing a run down.
#[derive(Clone, Copy, Debug)]
pub struct Format {
    /// Name on the command line and in menus' ids: `tcpdump`.
    pub id: &'static str,
    /// What a menu says, in both languages.
    pub label: crate::text::Text,
    /// File name extension, without the dot.
    pub extension: &'static str,
    /// Media type.
    pub mime: &'static str,
    /// Writes the whole run; the text ends with a newline.
    pub write: fn(&Trace) -> String,
}

/// All formats, in the order of menus.
pub const ALL: &[Format] = &[
    text::FORMAT,
    tcpdump::FORMAT,
    svg::FORMAT,
    ladder::FORMAT,
    json::FORMAT,
];

/// The format with this id.
pub fn by_id(id: &str) -> Option<&'static Format> {
    ALL.iter().find(|format| format.id == id)
}
