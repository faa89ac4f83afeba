//! Requests served and failed over time, as a picture.

use super::{Format, Name, Shown, Write};
use crate::charts::requests;
use crate::text::Text;

/// The format's entry.
pub const FORMAT: Format = Format {
    name: Name {
        id: "requests",
        label: Text::new("Requests over time, SVG", "请求随时间变化（SVG）"),
        extension: "requests.svg",
        mime: "image/svg+xml",
        shown: Shown::Picture,
    },
    write: Write::Text(|case, lang| requests::svg(case.trace, lang)),
};
