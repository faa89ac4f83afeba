//! What lies in pools over time, and who waits for it, as a picture.

use super::{Format, Name, Shown, Write};
use crate::charts::pool;
use crate::text::Text;

/// The format's entry.
pub const FORMAT: Format = Format {
    name: Name {
        id: "pool",
        label: Text::new("Pool over time, SVG", "连接池随时间变化（SVG）"),
        extension: "pool.svg",
        mime: "image/svg+xml",
        shown: Shown::Picture,
    },
    write: Write::Text(|case, lang| pool::svg(case.trace, lang)),
};
