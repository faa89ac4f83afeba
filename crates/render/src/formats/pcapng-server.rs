//! A run as a [capture](super::pcapng) at its first server.

use super::{Format, Name, Write, pcapng};
use crate::text::Text;
use whyeof_trace::Role;

/// The format's entry.
pub const FORMAT: Format = Format {
    name: Name {
        id: "pcapng-server",
        label: Text {
            en: "Capture at the server, pcapng",
            zh: "服务器抓包，pcapng",
        },
        extension: "server.pcapng",
        ..pcapng::FORMAT.name
    },
    write: Write::Bytes(|case, lang| pcapng::write(case, Role::Server, lang)),
};
