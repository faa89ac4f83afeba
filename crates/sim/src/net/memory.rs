//! Boxes on the way that know each connection and forget it when it has been idle for too long: NAT, load balancers, firewalls
//! (linux-tcp §7.5).
//!
//! A box learns of a connection from its first packet and forgets it when no packet has passed for its time, either way. What comes
//! afterwards is lost, or answered with a RST that the other end never sent; a box can also reset both ends as it forgets. A SYN
//! is a new connection. Left out: mappings that are made anew with another port, limits other than the idle one.

use litemap::LiteMap;
use std::time::Duration;
use whyeof_trace::{Flags, FlowId, Segment, Seq, Side, Time};

/// What a box does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Memory {
    /// How long a connection may be idle.
    pub idle: Duration,
    /// What becomes of it then.
    pub then: Then,
}

/// What a box does with a connection that it has forgotten.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Then {
    /// Its packets are lost, and nobody is told.
    Drops,
    /// Who sends a packet gets a RST for it, as if the other end had no such connection.
    Resets,
    /// Both ends get a RST as it forgets.
    ResetsBoth,
    /// A packet in mid-stream is taken for a connection, and passes (`nf_conntrack_tcp_loose`).
    Learns,
}

/// A connection as a box knows it.
#[derive(Clone, Copy, Debug)]
struct Entry {
    /// When a packet last passed.
    last: Time,
    /// What each end, by its side, expects next: a RST with this number is taken.
    expects: [Option<Seq>; 2],
    /// Whether it has been forgotten.
    forgotten: bool,
    /// Whether somebody looks when its time is over.
    watched: bool,
}

/// The connections of one box.
#[derive(Clone, Debug, Default)]
pub struct Entries(LiteMap<FlowId, Entry>);

/// What a box makes of a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Met {
    /// It passes; from now on somebody has to look at this time whether the connection is still remembered.
    Learnt(Time),
    /// It passes.
    Known,
    /// It is lost.
    Lost,
    /// It is lost, and its sender gets a RST.
    Reset,
}

impl Entries {
    /// A packet comes by.
    pub fn meet(&mut self, now: Time, memory: Memory, segment: &Segment) -> Met {
        let opens = segment.flags.has(Flags::SYN) && !segment.flags.has(Flags::ACK);
        let learns = opens || memory.then == Then::Learns;
        let entry = self.0.entry(segment.flow).or_insert(Entry {
            last: now,
            expects: [None; 2],
            forgotten: false,
            watched: false,
        });
        if entry.forgotten && !learns {
            let answers = memory.then == Then::Resets && !segment.flags.has(Flags::RST);
            return if answers { Met::Reset } else { Met::Lost };
        }
        entry.forgotten = false;
        entry.last = now;
        if segment.flags.has(Flags::ACK) {
            entry.expects[segment.from.index()] = Some(segment.ack);
        }
        if entry.watched {
            return Met::Known;
        }
        entry.watched = true;
        Met::Learnt(now + memory.idle)
    }

    /// Somebody looks at a connection: when to look again, or that it has just been forgotten, and what its ends expect.
    ///
    /// # Errors
    /// It has not been idle for long enough: the time to look again.
    pub fn look(
        &mut self,
        now: Time,
        memory: Memory,
        flow: FlowId,
    ) -> Result<[Option<Seq>; 2], Time> {
        let Some(entry) = self.0.get_mut(&flow) else {
            return Ok([None; 2]);
        };
        let due = entry.last + memory.idle;
        if now < due {
            return Err(due);
        }
        entry.forgotten = true;
        entry.watched = false;
        Ok(entry.expects)
    }
}

/// The RST that a box sends one end, as if it came from the other.
pub fn reset(flow: FlowId, to: Side, seq: Seq) -> Segment {
    Segment {
        flow,
        from: to.peer(),
        flags: Flags::RST,
        window: 0,
        seq,
        ack: Seq(0),
        timestamps: None,
        options: None,
        len: 0,
    }
}
