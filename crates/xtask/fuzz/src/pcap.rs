//! A capture as tcpdump writes it.

use crate::{Target, capture};

pub(crate) const TARGET: Target = Target {
    name: "pcap",
    check: capture::check,
};
