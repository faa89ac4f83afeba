//! What only a manual says: sentences about profiles and the places where runtimes document their options. The command line has
//! them in it (the feature `manual`); the page's program does without and loads [`crate::profiles::cast`].

use whyeof_trace::Text;

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
