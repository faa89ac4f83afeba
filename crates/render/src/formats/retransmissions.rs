//! The segment that was sent most often, each time a row, as a picture.

use super::{Format, Name, Shown, Write};
use crate::charts::retransmissions;
use crate::text::Text;

/// The format's entry.
pub const FORMAT: Format = Format {
    name: Name {
        id: "retransmissions",
        label: Text::new("Retransmission ladder, SVG", "重传阶梯图（SVG）"),
        extension: "retransmissions.svg",
        mime: "image/svg+xml",
        shown: Shown::Picture,
    },
    write: Write::Text(|case, lang| retransmissions::svg(case.trace, lang)),
};
