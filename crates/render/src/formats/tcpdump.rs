//! Lines as `tcpdump -n -tt` (4.99) prints them, with relative time and sequence numbers from 0.
//!
//! Each packet stands there once, at the moment and in the order of its sending, as if one tcpdump ran at each
//! sender (in a capture: at the tap). Since both sides' numbers start at 0, also a SYN and a bare RST, which
//! tcpdump prints with absolute numbers, read like the rest. The first line of a message is shown on every port;
//! tcpdump does so on 80, 3128 and 8080 only.

use super::{Format, Name, Shown, Write};
use crate::text::Text;
use crate::wire::{Passage, Wire};
use std::fmt::Write as _;
use std::net::IpAddr;
use whyeof_trace::{
    Event, Flags, FlowId, Packet, RecordId, SackBlocks, Segment, SegmentEvent, Seq, SeqRange, Side,
    SocketId, SynOptions, TcpOptions, Trace, Unreachable,
};

/// The format's entry.
pub const FORMAT: Format = Format {
    name: Name {
        id: "tcpdump",
        label: Text {
            en: "tcpdump lines",
            zh: "tcpdump 输出",
        },
        // Not `txt` alone: the ladder is a text, too, and one file would take the other's place.
        extension: "tcpdump.txt",
        mime: "text/plain; charset=utf-8",
        shown: Shown::Text,
    },
    write: Write::Text(|case, _| write(case.trace)),
};

/// The whole run, a line a packet.
pub fn write(trace: &Trace) -> String {
    let wire = Wire::new(trace);
    let mut out = String::new();
    for passage in wire.captured() {
        out.push_str(&line_of(&wire, passage));
        out.push('\n');
    }
    out
}

/// The line of the packet that a record reports as sent, arrived or lost; `None` for other records.
pub fn line(trace: &Trace, record: RecordId) -> Option<String> {
    let wire = Wire::new(trace);
    wire.passage(record).map(|passage| line_of(&wire, passage))
}

/// The same where the packets have been read already.
pub fn line_of(wire: &Wire<'_>, passage: &Passage) -> String {
    let body = match passage.packet {
        Packet::Tcp(segment) => tcp(wire, &segment),
        Packet::Unreachable {
            flow,
            to,
            kind,
            quoted,
        } => icmp(wire.trace, SocketId { flow, side: to }, kind, quoted),
    };
    let ip = match wire.trace.address(passage.from).0 {
        IpAddr::V4(_) => "IP",
        IpAddr::V6(_) => "IP6",
    };
    format!("{} {ip} {body}", passage.seen())
}

fn tcp(wire: &Wire<'_>, segment: &Segment) -> String {
    let from = SocketId {
        flow: segment.flow,
        side: segment.from,
    };
    let (source, sport) = wire.trace.address(from);
    let (target, dport) = wire.trace.address(from.peer());
    let mut line = format!(
        "{source}.{sport} > {target}.{dport}: Flags [{}]",
        segment.flags
    );
    let marks = [Flags::SYN, Flags::FIN, Flags::RST];
    if segment.len > 0 || marks.iter().any(|bit| segment.flags.has(*bit)) {
        push(&mut line, format_args!(", seq {}", segment.seq));
        if segment.len > 0 {
            push(
                &mut line,
                format_args!(":{}", segment.seq + u32::from(segment.len)),
            );
        }
    }
    if segment.flags.has(Flags::ACK) {
        push(&mut line, format_args!(", ack {}", segment.ack));
    }
    push(&mut line, format_args!(", win {}", segment.window));
    let options = options(wire.trace, segment);
    if !options.is_empty() {
        push(&mut line, format_args!(", options [{options}]"));
    }
    push(&mut line, format_args!(", length {}", segment.len));
    if segment.len > 0 {
        match wire.first_line(segment) {
            "" => line.push_str(": HTTP"),
            first => push(&mut line, format_args!(": HTTP: {first}")),
        }
    }
    line
}

fn push(line: &mut String, words: std::fmt::Arguments<'_>) {
    // Writing into a String never fails.
    let _ = line.write_fmt(words);
}

/// Options in the order in which Linux writes them (net/ipv4/tcp_output.c:tcp_options_write): in a SYN MSS,
/// SACK permitted, timestamps, window scale, each filled up with NOPs; elsewhere timestamps.
fn options(trace: &Trace, segment: &Segment) -> String {
    let stamps = segment
        .timestamps
        .map(|(value, echo)| format!("TS val {value} ecr {echo}"));
    let options = segment.options.and_then(|id| trace.options.get(id.index()));
    if let Some(TcpOptions::Syn(syn)) = options {
        return syn_options(syn, stamps);
    }
    let stamps = stamps.map(|stamps| format!("nop,nop,{stamps}"));
    let sack = match options {
        Some(TcpOptions::Sack(blocks)) => Some(sack_option(blocks)),
        _ => None,
    };
    let parts: Vec<String> = stamps.into_iter().chain(sack).collect();
    parts.join(",")
}

/// tcpdump's form: the number of blocks, then the blocks in braces.
fn sack_option(blocks: &SackBlocks) -> String {
    let each = |block: &SeqRange| format!("{{{}:{}}}", block.start.0, block.end().0);
    let all: String = blocks.as_slice().iter().map(each).collect();
    format!("nop,nop,sack {} {all}", blocks.as_slice().len())
}

fn syn_options(syn: &SynOptions, stamps: Option<String>) -> String {
    let mut parts = vec![format!("mss {}", syn.mss)];
    match (syn.sack_ok, stamps) {
        (true, Some(stamps)) => parts.extend(["sackOK".to_owned(), stamps]),
        (false, Some(stamps)) => parts.push(format!("nop,nop,{stamps}")),
        (true, None) => parts.push("nop,nop,sackOK".to_owned()),
        (false, None) => {}
    }
    if let Some(shift) = syn.window_scale {
        parts.push(format!("nop,wscale {shift}"));
    }
    parts.join(",")
}

/// Bytes of IPv4 and ICMP heads.
const IP_HEAD: u32 = 20;
const ICMP_HEAD: u32 = 8;
/// Linux quotes as much as keeps the whole error within 576 bytes (net/ipv4/icmp.c:icmp_send, RFC 1812 §4.3.2.3).
const ICMP_MOST: u32 = 576 - IP_HEAD;

fn icmp(trace: &Trace, to: SocketId, kind: Unreachable, quoted: Seq) -> String {
    let (target, _) = trace.address(to);
    let (unreached, port) = trace.address(to.peer());
    let what = match kind {
        Unreachable::Net => format!("net {unreached} unreachable"),
        Unreachable::Host => format!("host {unreached} unreachable"),
        Unreachable::Port => format!("{unreached} tcp port {port} unreachable"),
        Unreachable::Protocol => format!("{unreached} protocol 6 unreachable"),
        Unreachable::Admin => format!("host {unreached} unreachable - admin prohibited filter"),
    };
    let length = (ICMP_HEAD + quoted_len(trace, to, quoted)).min(ICMP_MOST);
    format!("{unreached} > {target}: ICMP {what}, length {length}")
}

/// The length of the IP packet that an ICMP error quotes.
fn quoted_len(trace: &Trace, from: SocketId, quoted: Seq) -> u32 {
    let sent = |flow: FlowId, side: Side| {
        trace.records.iter().find_map(move |r| match r.event {
            Event::Segment(SegmentEvent::Sent(Packet::Tcp(s)))
                if s.flow == flow && s.from == side && s.seq == quoted =>
            {
                Some(s)
            }
            _ => None,
        })
    };
    let Some(segment) = sent(from.flow, from.side) else {
        return IP_HEAD;
    };
    let options: u32 = match (segment.flags.has(Flags::SYN), segment.timestamps) {
        (true, _) => 20,
        (false, Some(_)) => 12,
        (false, None) => 0,
    };
    IP_HEAD + 20 + options + u32::from(segment.len)
}
