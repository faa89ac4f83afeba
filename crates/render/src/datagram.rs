//! A packet as it stood on the wire, byte by byte: IPv4, TCP or ICMP, checksums and options, heads of messages as they were, bodies of filler.

use crate::wire::{Wire, sender};
use etherparse::icmpv4::DestUnreachableHeader;
use etherparse::icmpv6::DestUnreachableCode;
use etherparse::{
    Icmpv4Type, Icmpv6Type, IpDscp, IpEcn, IpFragOffset, IpNumber, Ipv4Header, Ipv4Options,
    Ipv6Header, PacketBuilder, TcpOptionElement,
};
use std::net::{IpAddr, Ipv6Addr};
use whyeof_trace::{
    Flags, Packet, SackBlocks, Segment, Seq, SocketId, SynOptions, TcpOptions, Trace, Unreachable,
};

/// Linux's own (`net.ipv4.ip_default_ttl`).
const TTL: u8 = 64;
/// What bodies consist of.
const FILLER: u8 = b'.';
/// Bytes of a TCP header that an ICMP error quotes at least (RFC 792).
const QUOTED: usize = 8;

/// The packet's bytes, from its IP header on.
pub(crate) fn bytes(wire: &Wire<'_>, packet: &Packet) -> Vec<u8> {
    let trace = wire.trace;
    match packet {
        Packet::Tcp(segment) => tcp(wire, segment),
        Packet::Unreachable {
            flow,
            to,
            kind,
            quoted,
        } => icmp(
            trace,
            (
                SocketId {
                    flow: *flow,
                    side: *to,
                },
                *quoted,
            ),
            *kind,
        ),
    }
}

fn tcp(wire: &Wire<'_>, segment: &Segment) -> Vec<u8> {
    let trace = wire.trace;
    let from = sender(&Packet::Tcp(*segment));
    let ((source, sport), (target, dport)) = (trace.address(from), trace.address(from.peer()));
    let has = |bit: Flags| segment.flags.has(bit);
    let mut builder =
        PacketBuilder::ip(header(source, target)).tcp(sport, dport, segment.seq.0, segment.window);
    for (bit, set) in [
        (Flags::SYN, (|it| it.syn()) as fn(Builder) -> Builder),
        (Flags::FIN, |it| it.fin()),
        (Flags::RST, |it| it.rst()),
        (Flags::PSH, |it| it.psh()),
    ] {
        if has(bit) {
            builder = set(builder);
        }
    }
    if has(Flags::ACK) {
        builder = builder.ack(segment.ack.0);
    }
    // What stands in a trace fits: options of at most 40 bytes.
    let options = options(trace, segment);
    let Ok(builder) = builder.options(&options) else {
        return Vec::new();
    };
    let payload = payload(wire, segment);
    let mut out = Vec::with_capacity(builder.size(payload.len()));
    // Writing into a Vec fails only if the packet were longer than IP allows.
    let _ = builder.write(&mut out, &payload);
    out
}

type Builder = etherparse::PacketBuilderStep<etherparse::TcpHeader>;

/// Of two families there is no packet; the second address is then left empty.
fn header(source: IpAddr, target: IpAddr) -> etherparse::IpHeaders {
    let (source, target) = match (source, target) {
        (IpAddr::V4(source), IpAddr::V4(target)) => (source.octets(), target.octets()),
        (IpAddr::V4(source), IpAddr::V6(_)) => (source.octets(), [0; 4]),
        (IpAddr::V6(source), target) => return header_v6(source, target),
    };
    let header = Ipv4Header {
        dscp: IpDscp::ZERO,
        ecn: IpEcn::ZERO,
        total_len: 0,
        identification: 0,
        // Linux asks for no fragments of what has its path's MTU (`ip_no_pmtu_disc` = 0), and needs no identification then (RFC 6864).
        dont_fragment: true,
        more_fragments: false,
        fragment_offset: IpFragOffset::ZERO,
        time_to_live: TTL,
        protocol: IpNumber::TCP,
        header_checksum: 0,
        source,
        destination: target,
        options: Ipv4Options::new(),
    };
    etherparse::IpHeaders::Ipv4(header, etherparse::Ipv4Extensions::default())
}

fn header_v6(source: Ipv6Addr, target: IpAddr) -> etherparse::IpHeaders {
    let target = match target {
        IpAddr::V6(target) => target,
        IpAddr::V4(_) => Ipv6Addr::UNSPECIFIED,
    };
    let header = Ipv6Header {
        hop_limit: TTL,
        next_header: IpNumber::TCP,
        source: source.octets(),
        destination: target.octets(),
        ..Ipv6Header::default()
    };
    etherparse::IpHeaders::Ipv6(header, etherparse::Ipv6Extensions::default())
}

/// In the order in which Linux writes them (net/ipv4/tcp_output.c:tcp_options_write).
fn options(trace: &Trace, segment: &Segment) -> Vec<TcpOptionElement> {
    use TcpOptionElement::{Noop, Timestamp};
    let stamps = segment
        .timestamps
        .map(|(value, echo)| Timestamp(value, echo));
    let options = segment.options.and_then(|id| trace.options.get(id.index()));
    if let Some(TcpOptions::Syn(syn)) = options {
        return syn_options(syn, stamps);
    }
    let stamps = stamps.into_iter().flat_map(|stamps| [Noop, Noop, stamps]);
    let sack = match options {
        Some(TcpOptions::Sack(blocks)) => sack(blocks),
        _ => None,
    };
    let sack = sack.into_iter().flat_map(|sack| [Noop, Noop, sack]);
    stamps.chain(sack).collect()
}

fn sack(blocks: &SackBlocks) -> Option<TcpOptionElement> {
    let mut all = blocks.as_slice().iter().map(|it| (it.start.0, it.end().0));
    let first = all.next()?;
    Some(TcpOptionElement::SelectiveAcknowledgement(
        first,
        [all.next(), all.next(), all.next()],
    ))
}

fn syn_options(syn: &SynOptions, stamps: Option<TcpOptionElement>) -> Vec<TcpOptionElement> {
    use TcpOptionElement::{
        MaximumSegmentSize, Noop, SelectiveAcknowledgementPermitted, WindowScale,
    };
    let mut options = vec![MaximumSegmentSize(syn.mss)];
    match (syn.sack_ok, stamps) {
        (true, Some(stamps)) => options.extend([SelectiveAcknowledgementPermitted, stamps]),
        (false, Some(stamps)) => options.extend([Noop, Noop, stamps]),
        (true, None) => options.extend([Noop, Noop, SelectiveAcknowledgementPermitted]),
        (false, None) => {}
    }
    options.extend(
        syn.window_scale
            .into_iter()
            .flat_map(|shift| [Noop, WindowScale(shift)]),
    );
    options
}

/// The bytes that a segment carries.
fn payload(wire: &Wire<'_>, segment: &Segment) -> Vec<u8> {
    let range = segment.payload();
    let mut bytes = vec![FILLER; range.len as usize];
    for message in wire.messages_in(segment) {
        let head = wire.trace.text(message.head).as_bytes();
        // What of the head lies in the segment, counted from the beginning of each.
        let skipped = range.offset.saturating_sub(message.offset) as usize;
        let begins = message.offset.saturating_sub(range.offset) as usize;
        let head = head.get(skipped..).unwrap_or_default();
        let room = bytes.get_mut(begins..).unwrap_or_default();
        let len = head.len().min(room.len());
        room[..len].copy_from_slice(&head[..len]);
    }
    bytes
}

/// An error about a segment of this socket's that began there: it quotes its headers.
fn icmp(trace: &Trace, (to, quoted): (SocketId, Seq), kind: Unreachable) -> Vec<u8> {
    let ((source, sport), (target, dport)) = (trace.address(to), trace.address(to.peer()));
    let mut about = Vec::new();
    let builder = PacketBuilder::ip(header(source, target));
    let _ = builder
        .tcp(sport, dport, quoted.0, 0)
        .write(&mut about, &[]);
    let mut out = Vec::new();
    let error = PacketBuilder::ip(header(target, source));
    let _ = match source {
        IpAddr::V4(_) => {
            about.truncate(Ipv4Header::MIN_LEN + QUOTED);
            let kind = Icmpv4Type::DestinationUnreachable(code(kind));
            error.icmpv4(kind).write(&mut out, &about)
        }
        IpAddr::V6(_) => {
            let kind = Icmpv6Type::DestinationUnreachable(code_v6(kind));
            error.icmpv6(kind).write(&mut out, &about)
        }
    };
    out
}

const fn code(kind: Unreachable) -> DestUnreachableHeader {
    match kind {
        Unreachable::Net => DestUnreachableHeader::Network,
        Unreachable::Host => DestUnreachableHeader::Host,
        Unreachable::Port => DestUnreachableHeader::Port,
        Unreachable::Protocol => DestUnreachableHeader::Protocol,
        Unreachable::Admin => DestUnreachableHeader::FilterProhibited,
    }
}

/// RFC 4443 §3.1. An unknown protocol is another error there (a parameter problem): told as a port's.
const fn code_v6(kind: Unreachable) -> DestUnreachableCode {
    match kind {
        Unreachable::Net => DestUnreachableCode::NoRoute,
        Unreachable::Host => DestUnreachableCode::Address,
        Unreachable::Port | Unreachable::Protocol => DestUnreachableCode::Port,
        Unreachable::Admin => DestUnreachableCode::Prohibited,
    }
}
