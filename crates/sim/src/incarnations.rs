//! Connections that have the same addresses and ports, one after another: a packet of one may meet a socket of another.
//!
//! Each connection of a trace counts its sequence numbers from its own SYNs. On the wire there is one number space for both,
//! so that a late socket and a new one can talk to each other: here each connection remembers where on that ring its SYNs
//! stood, and a segment that meets a socket of another connection is renumbered. Only programs that choose their local port
//! bring this about.

use whyeof_trace::{Flags, FlowId, Segment, Seq};

/// Where on the wire's ring a connection's numbers begin, by side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Incarnation {
    flow: FlowId,
    base: [Seq; 2],
}

/// All connections that share their addresses and ports with another, in the order of their SYNs.
#[derive(Clone, Debug, Default)]
pub struct Incarnations {
    groups: Vec<Vec<Incarnation>>,
}

impl Incarnations {
    /// Whether there is none, which is the rule.
    pub const fn is_empty(&self) -> bool {
        self.groups.is_empty()
    }

    /// A connection follows another. `starts`: where its own SYNs stand, in the numbers of the earlier one.
    pub fn follow(&mut self, earlier: FlowId, later: FlowId, starts: [Seq; 2]) {
        let known = |group: &Vec<Incarnation>| group.iter().any(|i| i.flow == earlier);
        let at = self.groups.iter().position(known).unwrap_or_else(|| {
            let first = Incarnation {
                flow: earlier,
                base: [Seq(0); 2],
            };
            self.groups.push(vec![first]);
            self.groups.len() - 1
        });
        let base = self.base(earlier);
        let group = &mut self.groups[at];
        group.push(Incarnation {
            flow: later,
            base: [base[0] + starts[0].0, base[1] + starts[1].0],
        });
    }

    fn group(&self, flow: FlowId) -> &[Incarnation] {
        let found = self
            .groups
            .iter()
            .find(|group| group.iter().any(|i| i.flow == flow));
        found.map_or(&[], Vec::as_slice)
    }

    fn base(&self, flow: FlowId) -> [Seq; 2] {
        let group = self.group(flow).iter();
        let mut found = group.filter(|i| i.flow == flow);
        found.next().map_or([Seq(0); 2], |i| i.base)
    }

    /// The others, latest first.
    pub fn others(&self, flow: FlowId) -> impl Iterator<Item = FlowId> + '_ {
        let group = self.group(flow).iter().rev();
        group.map(|i| i.flow).filter(move |other| *other != flow)
    }

    /// The latest one.
    pub fn latest(&self, flow: FlowId) -> FlowId {
        self.group(flow).last().map_or(flow, |i| i.flow)
    }

    /// A segment in the numbers of another connection.
    pub fn renumber(&self, segment: &Segment, flow: FlowId) -> Segment {
        let (from, to) = (self.base(segment.flow), self.base(flow));
        let shift = |seq: Seq, side: usize| seq + from[side].offset_from(to[side]);
        let (here, there) = (segment.from.index(), segment.from.peer().index());
        Segment {
            flow,
            seq: shift(segment.seq, here),
            ack: if segment.flags.has(Flags::ACK) {
                shift(segment.ack, there)
            } else {
                segment.ack
            },
            ..*segment
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use whyeof_trace::Side;

    /// 15k, connection 3: the client's new SYN stands 65,537 beyond its old numbers, and the old socket's challenge ACK is
    /// 65,537 below it.
    #[test]
    fn numbers_wrap_as_recorded() {
        let mut all = Incarnations::default();
        all.follow(FlowId(0), FlowId(1), [Seq(2 + 65_537), Seq(1)]);
        let challenge = Segment {
            flow: FlowId(0),
            from: Side::Listener,
            flags: Flags::ACK,
            window: 64,
            seq: Seq(1),
            ack: Seq(2),
            timestamps: None,
            options: None,
            len: 0,
        };
        let seen = all.renumber(&challenge, FlowId(1));
        assert_eq!((seen.seq, seen.ack), (Seq(0), Seq(4_294_901_759)));
        assert_eq!(all.renumber(&seen, FlowId(0)), challenge);
        assert_eq!(all.latest(FlowId(0)), FlowId(1));
        assert_eq!(all.others(FlowId(1)).collect::<Vec<_>>(), [FlowId(0)]);
    }
}
