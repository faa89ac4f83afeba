//! JSON lines with the keys of the recorded runs' `ladder.jsonl`, so that one tool reads both.
//!
//! A line a packet in the order of sending. `win` is in bytes (a SYN's as it stands), `conn` counts SYNs from 1,
//! `seq` and `ack` count from the ISNs, times are seconds.

use super::{Format, Name, Shown, Write};
use crate::names;
use crate::text::Text;
use crate::wire::{Fate, Passage, Wire};
use serde::Serialize;
use whyeof_trace::{Culprit, Segment, SeqRange, TcpOptions, Time, Trace};

/// The format's entry.
pub const FORMAT: Format = Format {
    name: Name {
        id: "ladder",
        label: Text {
            en: "Ladder, JSON lines",
            zh: "逐包列表（JSON lines）",
        },
        extension: "jsonl",
        mime: "application/x-ndjson",
        shown: Shown::Elsewhere,
    },
    write: Write::Text(|case, _| write(case.trace)),
};

/// One packet.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Line<'a> {
    /// When it left, seconds; `null` where a capture saw only its arrival.
    pub t_send: Option<f64>,
    /// When it arrived, seconds; `null`: it did not, or a capture does not tell.
    pub t_recv: Option<f64>,
    /// `client` or `server`.
    pub from: &'static str,
    /// Number of the connection in the order of SYNs, from 1.
    pub conn: u32,
    /// Source port.
    pub sport: u16,
    /// Destination port.
    pub dport: u16,
    /// Letters in the order S F R P A.
    pub flags: String,
    /// First sequence number, the sender's SYN being 0.
    pub seq: u32,
    /// Acknowledgment, the peer's SYN being 0; 0 without the flag.
    pub ack: u32,
    /// Bytes of data.
    pub len: u16,
    /// Window in bytes.
    pub win: u32,
    /// TCP options.
    pub opt: Options,
    /// First line of the message that begins in it.
    pub line: &'a str,
    /// What dropped it; `in-flight-at-end` when the run ended first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
}

/// TCP options of a packet; absent ones are left out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Options {
    /// Maximum segment size, bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mss: Option<u16>,
    /// 1: SACK permitted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sackok: Option<u8>,
    /// Timestamp value and echo, ms.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ts: Option<[u32; 2]>,
    /// Window scale shift.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ws: Option<u8>,
    /// SACK blocks, first and after last number of each.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sack: Vec<[u32; 2]>,
}

/// The whole run. ICMP errors are not TCP's and have no line.
pub fn write(trace: &Trace) -> String {
    let wire = Wire::new(trace);
    let mut out = String::new();
    for line in lines(&wire) {
        // These types have no map with odd keys and no failing writer.
        out.push_str(&serde_json::to_string(&line).unwrap_or_default());
        out.push('\n');
    }
    out
}

/// The lines as values.
pub fn lines<'a>(wire: &'a Wire<'_>) -> impl Iterator<Item = Line<'a>> {
    wire.captured()
        .filter_map(|passage| Some(line(wire, passage, passage.segment()?)))
}

fn line<'a>(wire: &'a Wire<'_>, passage: &Passage, segment: &Segment) -> Line<'a> {
    let (_, sport) = wire.trace.address(passage.from);
    let (_, dport) = wire.trace.address(passage.from.peer());
    Line {
        t_send: passage.sent.map(seconds),
        t_recv: passage.arrived().map(seconds),
        from: names::side(passage.from.side),
        conn: segment.flow.0 + 1,
        sport,
        dport,
        flags: segment.flags.letters(),
        seq: segment.seq.0,
        ack: segment.ack.0,
        len: segment.len,
        win: wire.window(segment),
        opt: options(wire.trace, segment),
        line: wire.first_line(segment),
        rule: rule(passage.fate),
    }
}

/// Seconds with microseconds, as the recordings have them.
fn seconds(time: Time) -> f64 {
    let micros = (time.nanos() + 500) / 1_000;
    // A run is far shorter than 2^53 microseconds (285 years), so this is exact.
    micros as f64 / 1e6
}

fn options(trace: &Trace, segment: &Segment) -> Options {
    let options = segment.options.and_then(|id| trace.options.get(id.index()));
    let syn = options.and_then(TcpOptions::syn);
    let blocks = options.map_or(&[][..], TcpOptions::sack);
    let ends = |block: &SeqRange| [block.start.0, block.end().0];
    Options {
        mss: syn.map(|o| o.mss),
        sackok: syn.filter(|o| o.sack_ok).map(|_| 1),
        ts: segment.timestamps.map(|(value, echo)| [value, echo]),
        ws: syn.and_then(|o| o.window_scale),
        sack: blocks.iter().map(ends).collect(),
    }
}

fn rule(fate: Fate) -> Option<String> {
    match fate {
        Fate::Lost { by, .. } => Some(match by {
            Culprit::Rule(n) | Culprit::OwnRule(n) => format!("rule-{}", n + 1),
            Culprit::Link => "link".to_owned(),
            Culprit::Host(_) => "no-host".to_owned(),
            Culprit::Box(n) => format!("box-{}", n + 1),
        }),
        Fate::InFlight => Some("in-flight-at-end".to_owned()),
        Fate::Arrived { .. } | Fate::Unknown => None,
    }
}
