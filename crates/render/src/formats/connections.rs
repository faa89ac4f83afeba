//! Open sockets and new connections per second over time, as a picture.

use super::{Format, Name, Shown, Write};
use crate::charts::connections;
use crate::text::Text;

/// The format's entry.
pub const FORMAT: Format = Format {
    name: Name {
        id: "connections",
        label: Text::new("Connections over time, SVG", "连接数随时间变化（SVG）"),
        extension: "connections.svg",
        mime: "image/svg+xml",
        shown: Shown::Picture,
    },
    write: Write::Text(|case, lang| connections::svg(case.trace, lang)),
};
