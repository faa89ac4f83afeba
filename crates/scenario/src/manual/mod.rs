//! What only a manual says: what fields do, what profiles are, where runtimes document their options.
//!
//! The command line has the sentences in it (the feature `manual`). The page's program does without: they are files that it
//! loads when somebody wants to read them, so that a sentence more costs a first look nothing.

pub mod cast;
pub mod help;

use serde_json::Value as Json;
use whyeof_trace::{Lang, Text};

/// What a file says in a language: English stands first of two.
pub(crate) fn said(both: &Json, lang: Lang) -> Option<&str> {
    both.get(lang.place())?.as_str()
}

/// A sentence of the manual; empty where the manual is left out.
pub(crate) const fn says(text: Text) -> Text {
    if cfg!(feature = "manual") {
        text
    } else {
        Text::same("")
    }
}

/// Several sentences of the manual; none where it is left out.
pub(crate) const fn all(texts: &'static [Text]) -> &'static [Text] {
    if cfg!(feature = "manual") { texts } else { &[] }
}

/// Where a runtime documents an option; empty where the manual is left out.
pub(crate) const fn cites(address: &'static str) -> &'static str {
    if cfg!(feature = "manual") {
        address
    } else {
        ""
    }
}
