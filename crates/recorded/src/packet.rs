//! Packets of a connection, as a relay between the hosts recorded them and as a run sends them.

use crate::word::word;
use serde::Deserialize;
use std::collections::BTreeMap;
use whyeof_trace::{Culprit, Event, Flags, FlowId, Packet as OnWire, Record, SegmentEvent, Trace};

/// Both ends, as recordings name them.
pub const HOSTS: [&str; 2] = ["client", "server"];

/// One packet.
#[derive(Clone, Debug, Deserialize, PartialEq)]
pub struct Packet {
    /// When it left its host, s.
    pub t_send: f64,
    /// When it reached the other host, s; `None`: lost.
    pub t_recv: Option<f64>,
    /// `client` or `server`.
    #[serde(deserialize_with = "word")]
    pub from: String,
    /// The connection's number, in the order of the SYNs, from 1.
    pub conn: u32,
    /// The sender's port; 0: not told.
    #[serde(default)]
    pub sport: u16,
    /// The receiver's.
    #[serde(default)]
    pub dport: u16,
    /// Control bits by their letters: S, F, R, P, A.
    #[serde(deserialize_with = "word")]
    pub flags: String,
    /// Sequence number, counted from the sender's first one.
    pub seq: u32,
    /// Acknowledgment number, counted from the receiver's first one.
    pub ack: u32,
    /// Bytes of data.
    pub len: u32,
    /// The window offered, scaled.
    pub win: u32,
    /// The first line of the message that begins in it.
    #[serde(deserialize_with = "word")]
    pub line: String,
}

impl Packet {
    /// The port at the client's end.
    pub fn client_port(&self) -> u16 {
        match self.from == HOSTS[0] {
            true => self.sport,
            false => self.dport,
        }
    }

    /// What is compared: `PA 1+134 ack 120`.
    pub fn words(&self) -> String {
        let lost = if self.t_recv.is_none() { " lost" } else { "" };
        let Self {
            flags,
            seq,
            len,
            ack,
            ..
        } = self;
        format!("{flags} {seq}+{len} ack {ack}{lost}")
    }
}

/// The packets of each recorded connection by its number, one JSON object a line.
///
/// # Errors
/// The first line that is no packet.
pub fn recorded(ladder: &str) -> Result<BTreeMap<u32, Vec<Packet>>, serde_json::Error> {
    let mut by_number: BTreeMap<u32, Vec<Packet>> = BTreeMap::new();
    for line in ladder.lines() {
        let packet: Packet = serde_json::from_str(line)?;
        by_number.entry(packet.conn).or_default().push(packet);
    }
    Ok(by_number)
}

/// The packets of a run's connection, by its position.
pub fn simulated(trace: &Trace, flow: u32) -> Vec<Packet> {
    let seconds = |record: &Record| record.time.nanos() as f64 / 1e9;
    let mut packets: Vec<Packet> = Vec::new();
    let mut places = BTreeMap::new();
    for record in trace.of_flow(FlowId(flow)) {
        match record.event {
            Event::Segment(SegmentEvent::Sent(OnWire::Tcp(s))) => {
                places.insert(record.id, packets.len());
                packets.push(Packet {
                    t_send: seconds(record),
                    t_recv: None,
                    from: HOSTS[s.from.index()].to_owned(),
                    conn: flow + 1,
                    sport: trace.flow(s.flow).port(s.from),
                    dport: trace.flow(s.flow).port(s.from.peer()),
                    flags: s.flags.letters(),
                    seq: s.seq.0,
                    ack: s.ack.0,
                    len: u32::from(s.len),
                    // Both ends of every run here offer a shift of 10.
                    win: u32::from(s.window) << if s.flags.has(Flags::SYN) { 0 } else { 10 },
                    line: trace.first_line(&s).to_owned(),
                });
            }
            // It never left: no recording could have it.
            Event::Segment(SegmentEvent::Dropped {
                by: Culprit::OwnRule(_),
                ..
            }) => {
                packets.pop();
            }
            Event::Segment(SegmentEvent::Arrived(_)) => {
                if let Some(place) = record.cause.and_then(|sent| places.get(&sent)) {
                    packets[*place].t_recv.get_or_insert(seconds(record));
                }
            }
            _ => {}
        }
    }
    packets
}
