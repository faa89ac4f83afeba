//! The paths between hosts: delay, jitter, loss, bandwidth. Packets of one path never overtake each other, unless a fault
//! makes them.

use crate::chance::{Draw, Key, Who};
use crate::copy::clone_into_place;
use std::time::Duration;
use whyeof_trace::{HostId, Packet, Time, time};

/// What one direction between two hosts is like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Path {
    /// Time that a packet takes.
    pub delay: Duration,
    /// Up to so much more, drawn for each packet. A packet that would overtake another arrives with it.
    pub jitter: Duration,
    /// Packets lost, in parts per million.
    pub loss_ppm: u32,
    /// Bits a second; `None`: as many as there are. Packets wait for each other in a queue without end.
    pub bandwidth: Option<u64>,
}

impl Path {
    /// A path that only takes time.
    pub const fn of_delay(delay: Duration) -> Self {
        Self {
            delay,
            jitter: Duration::ZERO,
            loss_ppm: 0,
            bandwidth: None,
        }
    }
}

/// How long a packet takes within one host: the loopback device hands it over in the same softirq, some
/// microseconds later (ground-truth §0 has no recording of it; it decides nothing but the order).
const LOOPBACK: Path = Path::of_delay(Duration::from_micros(10));

/// One direction between two hosts, and what is on it.
#[derive(Clone, Copy, Debug)]
struct Wire {
    path: Path,
    /// When the last packet will have arrived.
    last: Time,
    /// When the sender's interface is free again.
    free: Time,
    /// Packets so far.
    count: u64,
}

impl Wire {
    const fn new(path: Path) -> Self {
        Self {
            path,
            last: Time::ZERO,
            free: Time::ZERO,
            count: 0,
        }
    }
}

/// All paths of a run.
#[derive(Debug)]
pub struct Links {
    hosts: usize,
    /// By sender, then by receiver: one more than the place in `wires`; 0: nothing has gone that way.
    places: Vec<u32>,
    /// Those that differ from the others, and those that something has gone over.
    wires: Vec<Wire>,
    /// What any other path is like.
    common: Path,
    seed: u64,
}

clone_into_place!(Links {
    hosts,
    places,
    wires,
    common,
    seed
});

/// A path that differs from the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PathPlan {
    /// The sender.
    pub from: HostId,
    /// The receiver.
    pub to: HostId,
    /// What it is like.
    pub path: Path,
}

impl Links {
    /// The same delay between any two of the hosts, except where a path is given.
    pub fn new(hosts: usize, one_way: Duration, paths: &[PathPlan], seed: u64) -> Self {
        let mut links = Self {
            hosts,
            places: vec![0; hosts * hosts],
            wires: Vec::with_capacity(2),
            common: Path::of_delay(one_way),
            seed,
        };
        for plan in paths {
            if plan.from.index() < hosts && plan.to.index() < hosts {
                links.wire(plan.from, plan.to).path = plan.path;
            }
        }
        links
    }

    /// The wire from one host to another.
    fn wire(&mut self, from: HostId, to: HostId) -> &mut Wire {
        let at = from.index() * self.hosts + to.index();
        if self.places[at] == 0 {
            self.wires.push(Wire::new(self.other_path(from, to)));
            self.places[at] = u32::try_from(self.wires.len()).unwrap_or(u32::MAX);
        }
        let place = self.places[at] as usize - 1;
        &mut self.wires[place]
    }

    /// How long a packet takes from one host to another, at the least.
    pub fn delay(&self, from: HostId, to: HostId) -> Duration {
        match self.places[from.index() * self.hosts + to.index()] {
            0 => self.other_path(from, to).delay,
            place => self.wires[place as usize - 1].path.delay,
        }
    }

    const fn other_path(&self, from: HostId, to: HostId) -> Path {
        if from.0 == to.0 {
            LOOPBACK
        } else {
            self.common
        }
    }

    /// When a packet that leaves now arrives; `None`: the path loses it. `extra`: a fault holds it up by so much, and others
    /// may overtake it.
    pub fn carry(
        &mut self,
        now: Time,
        from: HostId,
        to: HostId,
        packet: &Packet,
        extra: Duration,
    ) -> Option<Time> {
        let seed = self.seed;
        let wire = self.wire(from, to);
        let number = wire.count;
        wire.count += 1;
        let key = |what| Key {
            seed,
            who: Who::path(from, to),
            what,
            number,
        };
        let leaves = wire.free.max(now) + wire.path.time_to_send(packet);
        wire.free = leaves;
        // Where there is nothing to draw for, nothing is drawn: a draw is nobody else's.
        if wire.path.loss_ppm > 0
            && key(Draw::Loss).below(1_000_000) < u64::from(wire.path.loss_ppm)
        {
            return None;
        }
        let mut arrives = leaves + wire.path.delay;
        if !wire.path.jitter.is_zero() {
            let most = time::nanos(wire.path.jitter).saturating_add(1);
            arrives += Duration::from_nanos(key(Draw::Jitter).below(most));
        }
        if !extra.is_zero() {
            return Some(arrives + extra);
        }
        wire.last = wire.last.max(arrives);
        Some(wire.last)
    }
}

impl Path {
    /// How long the sender's interface is busy with a packet.
    fn time_to_send(&self, packet: &Packet) -> Duration {
        let Some(bandwidth) = self.bandwidth else {
            return Duration::ZERO;
        };
        let bits = 8 * u64::from(ip_len(packet));
        let nanos = u128::from(bits) * 1_000_000_000 / u128::from(bandwidth.max(1));
        Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
    }
}

/// Bytes of the IPv4 packet. SYN options and SACK blocks count as one timestamp would: they decide nothing here.
pub(super) fn ip_len(packet: &Packet) -> u32 {
    match packet {
        Packet::Tcp(segment) => {
            let stamps = if segment.timestamps.is_some() { 12 } else { 0 };
            let options = if segment.options.is_some() { 12 } else { 0 };
            40 + stamps + options + u32::from(segment.len)
        }
        Packet::Unreachable { .. } => 56,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use whyeof_trace::{Flags, FlowId, Segment, Seq, Side};

    const A: HostId = HostId(0);
    const B: HostId = HostId(1);

    fn packet(len: u16) -> Packet {
        Packet::Tcp(Segment {
            flow: FlowId(0),
            from: Side::Opener,
            flags: Flags::ACK,
            window: 0,
            seq: Seq(1),
            ack: Seq(1),
            timestamps: None,
            options: None,
            len,
        })
    }

    fn arrivals(path: Path, packets: u32) -> Vec<Option<u64>> {
        let plan = PathPlan {
            from: A,
            to: B,
            path,
        };
        let mut links = Links::new(2, Duration::from_millis(5), &[plan], 7);
        let carry = |_| {
            links
                .carry(Time::ZERO, A, B, &packet(960), Duration::ZERO)
                .map(|t| t.nanos() / 1_000)
        };
        (0..packets).map(carry).collect()
    }

    #[test]
    fn bandwidth_spaces_packets() {
        let path = Path {
            bandwidth: Some(8_000_000), // a byte a microsecond
            ..Path::of_delay(Duration::from_millis(5))
        };
        let spaced = [Some(6_000), Some(7_000), Some(8_000)];
        assert_eq!(arrivals(path, 3), spaced);
    }

    #[test]
    fn jitter_never_reorders_and_loss_is_as_frequent_as_it_says() {
        let path = Path {
            jitter: Duration::from_millis(3),
            loss_ppm: 250_000,
            ..Path::of_delay(Duration::from_millis(5))
        };
        let all = arrivals(path, 4_000);
        let lost = all.iter().filter(|a| a.is_none()).count();
        assert!((900..1_100).contains(&lost), "{lost} of 4,000");
        let times: Vec<u64> = all.into_iter().flatten().collect();
        assert!(times.is_sorted());
        assert!(times.iter().all(|t| (5_000..=8_000).contains(t)));
    }

    #[test]
    fn what_a_fault_holds_up_is_overtaken() {
        let mut links = Links::new(2, Duration::from_millis(5), &[], 7);
        let mut carry = |extra| links.carry(Time::ZERO, A, B, &packet(1), extra);
        let late = carry(Duration::from_millis(9));
        let next = carry(Duration::ZERO);
        assert_eq!(late, Some(Time::from_millis(14)));
        assert_eq!(next, Some(Time::from_millis(5)));
    }
}
