//! One connection of a recording beside one of a run: the same segments in the same order, and each at its time.

use crate::exceptions::Depth;
use crate::packet::{HOSTS, Packet};
use crate::timing;
use whyeof_trace::Trace;

/// A data segment of at least so many bytes belongs to a bulk transfer: there ACKs and PSH fall by chance.
const BULK: u32 = 1_200;

/// One connection: the recorded one and ours.
#[derive(Clone, Copy, Debug)]
pub struct Connection<'p> {
    /// The recorded one's place.
    pub place: usize,
    /// The number of ours.
    pub flow: u32,
    /// The recorded packets,
    pub real: &'p [Packet],
    /// and ours.
    pub ours: &'p [Packet],
}

impl Connection<'_> {
    /// Per host the same segments in the same order.
    ///
    /// # Errors
    /// The first difference, both lines side by side.
    pub fn segments(&self, depth: Depth) -> Result<(), String> {
        if depth == Depth::Outcomes {
            return Ok(());
        }
        for host in HOSTS {
            let (a, b) = (lines(self.real, host), lines(self.ours, host));
            if let Some(n) = first_difference(&a, &b) {
                let at = |lines: &[String]| lines.get(n).cloned().unwrap_or("nothing".to_owned());
                return Err(format!(
                    "{host}, segment {}: {}\n    ours: {}",
                    n + 1,
                    at(&a),
                    at(&b)
                ));
            }
        }
        Ok(())
    }

    /// Each segment as long after what triggered it, unless it is a bulk transfer.
    ///
    /// # Errors
    /// The first that is not.
    pub fn times(&self, trace: &Trace, depth: Depth) -> Result<(), String> {
        let bulk = self.real.iter().any(|p| p.len >= BULK);
        if bulk || depth != Depth::Times {
            return Ok(());
        }
        HOSTS.into_iter().try_for_each(|host| {
            let times = timing::check_times(trace, self.flow, host, self.real, self.ours);
            times.map_err(|e| format!("{host}, {e}"))
        })
    }
}

fn first_difference(a: &[String], b: &[String]) -> Option<usize> {
    let most = a.len().max(b.len());
    (0..most).find(|n| a.get(*n) != b.get(*n))
}

/// What one host sent. Data of a bulk transfer is one line as long as it goes on, and its ACKs are the last of each stretch.
pub fn lines(packets: &[Packet], host: &str) -> Vec<String> {
    let bulk_of = |from: &str| packets.iter().any(|p| p.from == from && p.len >= BULK);
    let (sends_bulk, reads_bulk) = (
        bulk_of(host),
        packets.iter().any(|p| p.len >= BULK && p.from != host),
    );
    let mut lines = Vec::new();
    let mut before: Option<Packet> = None;
    for packet in packets.iter().filter(|p| p.from == host) {
        let mut packet = packet.clone();
        let pure_ack = packet.flags == "A" && packet.len == 0;
        if let Some(last) = &before {
            let goes_on =
                sends_bulk && last.len > 0 && packet.len > 0 && last.seq + last.len == packet.seq;
            let stretch = reads_bulk && pure_ack && last.flags == "A" && last.len == 0;
            if goes_on {
                packet.seq = last.seq;
                packet.len += last.len;
                packet.flags = packet.flags.replace('P', "");
            }
            if goes_on || stretch {
                lines.pop();
            }
        }
        if sends_bulk && packet.len >= BULK {
            packet.flags = packet.flags.replace('P', "");
        }
        lines.push(packet.words());
        before = Some(packet);
    }
    lines
}
