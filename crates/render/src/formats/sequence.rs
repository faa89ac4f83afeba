//! The bytes of one connection over time, as a picture.

use super::{Format, Name, Shown, Write};
use crate::charts::sequence;
use crate::text::Text;

/// The format's entry.
pub const FORMAT: Format = Format {
    name: Name {
        id: "sequence",
        label: Text::new("Time–sequence graph, SVG", "时间–序号图（SVG）"),
        extension: "sequence.svg",
        mime: "image/svg+xml",
        shown: Shown::Picture,
    },
    write: Write::Text(|case, lang| sequence::svg(case.trace, lang)),
};
