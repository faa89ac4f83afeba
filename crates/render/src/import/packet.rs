//! What of a frame is TCP, or an error about TCP: Ethernet with VLANs, raw IP, Linux cooked, BSD loopback; IPv4 and IPv6.
//!
//! A snap length cuts packets: what is left of the data is read, and how long it was stands in the IP header. Left out: fragments, tunnels.

use super::file::{Frame, Way};
use etherparse::{
    EtherType, Icmpv4Type, Icmpv6Type, IpNumber, LaxIpSlice, LaxNetSlice, LaxSlicedPacket,
    LinkSlice, LinuxSllPacketType, TcpHeader, TcpOptionElement, TransportSlice,
    icmpv4::DestUnreachableHeader, icmpv6::DestUnreachableCode,
};
use pcap_file::DataLink;
use std::net::IpAddr;
use whyeof_trace::{Flags, SackBlocks, Seq, SeqRange, SynOptions, Unreachable};

/// An address and a port.
pub(super) type End = (IpAddr, u16);

/// A TCP packet.
pub(super) struct Tcp<'a> {
    /// Sender and receiver.
    pub(super) ends: [End; 2],
    pub(super) flags: Flags,
    pub(super) seq: u32,
    pub(super) ack: u32,
    pub(super) window: u16,
    pub(super) stamps: Option<(u32, u32)>,
    pub(super) syn: SynOptions,
    pub(super) sack: SackBlocks,
    /// Bytes of data on the wire.
    pub(super) len: u16,
    /// As many of them as were kept.
    pub(super) data: &'a [u8],
    /// Hops that it may still go.
    pub(super) hops: u8,
    /// IPv4's identification; 0 in IPv6.
    pub(super) identification: u16,
    /// What the frame says of its way.
    pub(super) way: Option<Way>,
}

/// What a frame holds.
pub(super) enum Read<'a> {
    /// A TCP packet.
    Tcp(Tcp<'a>),
    /// An error about one that went from the first end to the second.
    Unreachable {
        ends: [End; 2],
        seq: u32,
        kind: Unreachable,
    },
    /// A part of a packet.
    Fragment,
    /// Something else.
    Other,
}

/// Reads a frame.
pub(super) fn read<'a>(frame: &Frame<'a>) -> Read<'a> {
    let Some((packet, way)) = sliced(frame) else {
        return Read::Other;
    };
    let Some(ip) = packet.net.as_ref().and_then(ip_of) else {
        return Read::Other;
    };
    if ip.is_fragmenting_payload() {
        return Read::Fragment;
    }
    match (&packet.transport, ip.payload_ip_number()) {
        (_, IpNumber::TCP) => tcp(&ip, way).map_or(Read::Other, Read::Tcp),
        (Some(TransportSlice::Icmpv4(icmp)), _) => match icmp.icmp_type() {
            Icmpv4Type::DestinationUnreachable(code) => {
                unreachable(icmp.payload(), kind_v4(&code)).unwrap_or(Read::Other)
            }
            _ => Read::Other,
        },
        (Some(TransportSlice::Icmpv6(icmp)), _) => match icmp.icmp_type() {
            Icmpv6Type::DestinationUnreachable(code) => {
                unreachable(icmp.payload(), kind_v6(code)).unwrap_or(Read::Other)
            }
            _ => Read::Other,
        },
        _ => Read::Other,
    }
}

fn ip_of<'a>(net: &LaxNetSlice<'a>) -> Option<LaxIpSlice<'a>> {
    match net {
        LaxNetSlice::Ipv4(ip) => Some(LaxIpSlice::Ipv4(ip.clone())),
        LaxNetSlice::Ipv6(ip) => Some(LaxIpSlice::Ipv6(ip.clone())),
        LaxNetSlice::Arp(_) => None,
    }
}

/// The frame's layers, and what its link layer says of its way.
fn sliced<'a>(frame: &Frame<'a>) -> Option<(LaxSlicedPacket<'a>, Option<Way>)> {
    let data = frame.data;
    let raw = |data| LaxSlicedPacket::from_ip(data).ok();
    let packet = match frame.link {
        DataLink::ETHERNET => LaxSlicedPacket::from_ethernet(data).ok()?,
        DataLink::RAW | DataLink::IPV4 | DataLink::IPV6 => raw(data)?,
        // Four bytes of address family, in the order of whichever machine it was: what follows tells better.
        DataLink::NULL | DataLink::LOOP => raw(data.get(4..)?)?,
        DataLink::LINUX_SLL => return cooked(data),
        DataLink::LINUX_SLL2 => return cooked_2(data),
        _ => return None,
    };
    Some((packet, frame.way))
}

/// `LINKTYPE_LINUX_SLL`.
fn cooked(data: &[u8]) -> Option<(LaxSlicedPacket<'_>, Option<Way>)> {
    let link = LinkSlice::LinuxSll(etherparse::LinuxSllSlice::from_slice(data).ok()?);
    let LinkSlice::LinuxSll(sll) = &link else {
        return None;
    };
    let way = way(sll.packet_type());
    let kind = u16::from_be_bytes(*data.get(14..16)?.first_chunk()?);
    let packet = LaxSlicedPacket::from_ether_type(EtherType(kind), data.get(16..)?);
    Some((packet, way))
}

/// `LINKTYPE_LINUX_SLL2`: protocol, 2 unused, interface (4), hardware type (2), packet type (1), address length (1), address (8).
fn cooked_2(data: &[u8]) -> Option<(LaxSlicedPacket<'_>, Option<Way>)> {
    let kind = u16::from_be_bytes(*data.first_chunk()?);
    let way = LinuxSllPacketType::try_from(u16::from(*data.get(10)?));
    let packet = LaxSlicedPacket::from_ether_type(EtherType(kind), data.get(20..)?);
    Some((packet, way.ok().and_then(self::way)))
}

const fn way(kind: LinuxSllPacketType) -> Option<Way> {
    match kind {
        LinuxSllPacketType::HOST => Some(Way::In),
        LinuxSllPacketType::OUTGOING => Some(Way::Out),
        _ => None,
    }
}

/// Bytes of a TCP header without options.
const SHORTEST: usize = 20;

fn tcp<'a>(ip: &LaxIpSlice<'a>, way: Option<Way>) -> Option<Tcp<'a>> {
    let bytes = ip.payload().payload;
    let (header, data) = match TcpHeader::from_slice(bytes) {
        Ok(read) => read,
        Err(_) => (cut(bytes)?, &bytes[bytes.len()..]),
    };
    let head = 4 * usize::from(bytes.get(12)? >> 4);
    let whole = length(ip, bytes.len());
    let mut packet = Tcp {
        ends: [
            (ip.source_addr(), header.source_port),
            (ip.destination_addr(), header.destination_port),
        ],
        flags: flags(&header),
        seq: header.sequence_number,
        ack: header.acknowledgment_number,
        window: header.window_size,
        stamps: None,
        syn: SynOptions::default(),
        sack: SackBlocks::default(),
        len: u16::try_from(whole.saturating_sub(head)).unwrap_or(u16::MAX),
        data,
        hops: match ip {
            LaxIpSlice::Ipv4(v4) => v4.header().ttl(),
            LaxIpSlice::Ipv6(v6) => v6.header().hop_limit(),
        },
        identification: match ip {
            LaxIpSlice::Ipv4(v4) => v4.header().identification(),
            LaxIpSlice::Ipv6(_) => 0,
        },
        way,
    };
    // What lies behind the packet in its frame is padding.
    packet.data = packet.data.get(..packet.len.into()).unwrap_or(packet.data);
    // Options that do not hold are left out: Linux ignores them, too (net/ipv4/tcp_input.c:tcp_parse_options).
    for option in header.options_iterator().map_while(Result::ok) {
        packet.option(&option);
    }
    Some(packet)
}

/// The header without its options, of which the snap length has left too little.
fn cut(bytes: &[u8]) -> Option<TcpHeader> {
    let mut fixed = *bytes.first_chunk::<SHORTEST>()?;
    // Five words long.
    fixed[12] = 5 << 4 | (fixed[12] & 0x0f);
    TcpHeader::from_slice(&fixed).ok().map(|(header, _)| header)
}

/// Bytes of TCP header and data on the wire. Where the card cuts packets, the length in the header can be 0 before it does.
fn length(ip: &LaxIpSlice<'_>, kept: usize) -> usize {
    let said = match ip {
        LaxIpSlice::Ipv4(v4) => {
            let header = v4.header();
            usize::from(header.total_len()).checked_sub(4 * usize::from(header.ihl()))
        }
        LaxIpSlice::Ipv6(v6) => {
            let extensions = v6.extensions().slice().len();
            usize::from(v6.header().payload_length()).checked_sub(extensions)
        }
    };
    said.filter(|said| *said > 0).unwrap_or(kept)
}

fn flags(header: &TcpHeader) -> Flags {
    let bits = [
        (header.fin, Flags::FIN),
        (header.syn, Flags::SYN),
        (header.rst, Flags::RST),
        (header.psh, Flags::PSH),
        (header.ack, Flags::ACK),
        (header.urg, Flags::URG),
    ];
    let set = bits.iter().filter(|(is_set, _)| *is_set);
    set.fold(Flags::default(), |all, (_, bit)| all.with(*bit))
}

impl Tcp<'_> {
    fn option(&mut self, option: &TcpOptionElement) {
        match *option {
            TcpOptionElement::MaximumSegmentSize(mss) => self.syn.mss = mss,
            TcpOptionElement::WindowScale(shift) => self.syn.window_scale = Some(shift.min(14)),
            TcpOptionElement::SelectiveAcknowledgementPermitted => self.syn.sack_ok = true,
            TcpOptionElement::Timestamp(value, echo) => self.stamps = Some((value, echo)),
            TcpOptionElement::SelectiveAcknowledgement(first, more) => {
                for (start, end) in more.into_iter().flatten().fold(vec![first], |mut all, it| {
                    all.push(it);
                    all
                }) {
                    self.sack.push(SeqRange {
                        start: Seq(start),
                        len: end.wrapping_sub(start),
                    });
                }
            }
            TcpOptionElement::Noop => {}
        }
    }
}

/// An error quotes the IP header of what it is about, and 8 bytes behind it at least (RFC 792, RFC 4443 §3.1).
fn unreachable<'a>(quoted: &[u8], kind: Unreachable) -> Option<Read<'a>> {
    let (ip, _) = LaxIpSlice::from_slice(quoted).ok()?;
    if ip.payload_ip_number() != IpNumber::TCP {
        return None;
    }
    let tcp = ip.payload().payload.first_chunk::<8>()?;
    let [a, b, c, d, seq @ ..] = *tcp;
    Some(Read::Unreachable {
        ends: [
            (ip.source_addr(), u16::from_be_bytes([a, b])),
            (ip.destination_addr(), u16::from_be_bytes([c, d])),
        ],
        seq: u32::from_be_bytes(seq),
        kind,
    })
}

/// As Linux maps codes to errors (net/ipv4/icmp.c:icmp_err_convert), as far as the trace tells them apart.
const fn kind_v4(code: &DestUnreachableHeader) -> Unreachable {
    use DestUnreachableHeader::{
        FilterProhibited, HostPrecedenceViolation, HostProhibited, NetworkProhibited, Port,
        PrecedenceCutoff, Protocol,
    };
    match code {
        Port => Unreachable::Port,
        Protocol => Unreachable::Protocol,
        DestUnreachableHeader::Network
        | DestUnreachableHeader::NetworkUnknown
        | DestUnreachableHeader::TosNetwork => Unreachable::Net,
        FilterProhibited
        | HostProhibited
        | NetworkProhibited
        | HostPrecedenceViolation
        | PrecedenceCutoff => Unreachable::Admin,
        _ => Unreachable::Host,
    }
}

const fn kind_v6(code: DestUnreachableCode) -> Unreachable {
    match code {
        DestUnreachableCode::NoRoute => Unreachable::Net,
        DestUnreachableCode::Port => Unreachable::Port,
        DestUnreachableCode::Prohibited
        | DestUnreachableCode::SourceAddressFailedPolicy
        | DestUnreachableCode::RejectRoute => Unreachable::Admin,
        _ => Unreachable::Host,
    }
}
