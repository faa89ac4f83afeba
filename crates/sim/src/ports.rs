//! Local ports of the connections that a host opens (`__inet_hash_connect`).
//!
//! A port is free for one destination while no connection from it to there is left, TIME-WAIT included (recorded in
//! 22-out-of-ports, `tcp_tw_reuse` 2, which is for the loopback only). Linux draws; here they count up, so that a run's first
//! connection always has the same, and which one it is decides nothing.

use crate::copy::{Map, clone_into_place};
use whyeof_trace::HostId;

/// Where a connection leads: a host's port.
type Destination = (HostId, u16);

/// `ip_local_port_range` and what is taken of it.
#[derive(Debug)]
pub struct Ports {
    first: u16,
    last: u16,
    next: u16,
    gone_round: bool,
    taken: Map<Destination, Taken>,
}

clone_into_place!(Ports {
    first,
    last,
    next,
    gone_round,
    taken
});

/// The ports from which connections lead to one destination: a bit each.
#[derive(Debug, Default)]
struct Taken {
    bits: Vec<u64>,
    count: usize,
}

clone_into_place!(Taken { bits, count });

impl Ports {
    /// All are free. `range`: `ip_local_port_range`, the first and the last.
    pub const fn new([first, last]: [u16; 2]) -> Self {
        Self {
            first,
            last,
            next: first,
            gone_round: false,
            taken: Map::new(),
        }
    }

    /// A port for a connection to there; `None`: all are taken (EADDRNOTAVAIL).
    pub fn take(&mut self, to: Destination) -> Option<u16> {
        let all = usize::from(self.last - self.first) + 1;
        let taken = self.taken.entry(to).or_default();
        if taken.count == all {
            return None;
        }
        // One is free, so this ends.
        loop {
            let port = self.next;
            self.gone_round |= port == self.last;
            self.next = if port == self.last {
                self.first
            } else {
                port + 1
            };
            if taken.put(usize::from(port - self.first), true) {
                return Some(port);
            }
        }
    }

    /// Whether a port may have been used before.
    pub const fn has_gone_round(&self) -> bool {
        self.gone_round
    }

    /// A connection is gone. A port that its program had chosen is none of these.
    pub fn give_back(&mut self, port: u16, to: Destination) {
        if (self.first..=self.last).contains(&port)
            && let Some(taken) = self.taken.get_mut(&to)
        {
            taken.put(usize::from(port - self.first), false);
        }
    }
}

impl Taken {
    /// Sets a bit; whether that changed it.
    fn put(&mut self, at: usize, set: bool) -> bool {
        let mask = 1 << (at % 64);
        if self.bits.len() <= at / 64 {
            self.bits.resize(at / 64 + 1, 0);
        }
        let word = &mut self.bits[at / 64];
        let was = *word & mask != 0;
        if was == set {
            return false;
        }
        *word ^= mask;
        if set {
            self.count += 1;
        } else {
            self.count -= 1;
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_is_taken_once_for_each_destination() {
        const A: Destination = (HostId(1), 80);
        const B: Destination = (HostId(1), 81);
        let mut ports = Ports::new([40_000, 40_003]);
        let mut take = |to, n: usize| (0..n).map(|_| ports.take(to)).collect::<Vec<_>>();
        assert_eq!(take(A, 3), [Some(40_000), Some(40_001), Some(40_002)]);
        // They count up over all destinations.
        assert_eq!(take(B, 1), [Some(40_003)]);
        assert_eq!(take(A, 2), [Some(40_003), None]);
        assert_eq!(take(B, 4), [Some(40_000), Some(40_001), Some(40_002), None]);
        ports.give_back(40_001, A);
        // Twice, and what was never theirs.
        ports.give_back(40_001, A);
        ports.give_back(80, A);
        assert_eq!((ports.take(A), ports.take(A)), (Some(40_001), None));
        assert_eq!(ports.take(B), None);
    }

    #[test]
    fn a_range_may_be_one_port_or_all() {
        const A: Destination = (HostId(0), 1);
        let mut one = Ports::new([65_535, 65_535]);
        assert_eq!((one.take(A), one.take(A)), (Some(65_535), None));
        let mut all = Ports::new([1, 65_535]);
        let taken = std::iter::from_fn(|| all.take(A)).count();
        assert_eq!(taken, 65_535);
    }
}
