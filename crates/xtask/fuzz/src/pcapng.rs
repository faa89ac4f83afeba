//! A capture as Wireshark writes it, and as we do.

use crate::{Target, capture};

pub(crate) const TARGET: Target = Target {
    name: "pcapng",
    check: capture::check,
};
