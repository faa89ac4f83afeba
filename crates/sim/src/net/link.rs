//! A link: how long a packet takes.

use std::time::Duration;
use whyeof_trace::HostId;

/// All links of a run: the same delay between any two hosts, none within one. Nothing is lost and nothing overtakes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Links {
    /// Delay one way between two different hosts.
    pub one_way: Duration,
}

/// How long a packet takes within one host: the loopback device hands it over in the same softirq, some
/// microseconds later (ground-truth §0 has no recording of it; it decides nothing but the order).
const LOOPBACK: Duration = Duration::from_micros(10);

impl Links {
    /// How long a packet takes from one host to another.
    pub fn delay(&self, from: HostId, to: HostId) -> Duration {
        if from == to { LOOPBACK } else { self.one_way }
    }
}
