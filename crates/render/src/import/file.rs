//! The frames of a pcap or pcapng file, as its bytes come in, piece by piece.
//!
//! A file need not be whole in memory: what cannot be read yet waits for the next piece. Errors name the byte. Left out: what is compressed, and
//! blocks of pcapng that hold no packets, besides the descriptions of interfaces.

use super::invalid::{Invalid, What};
use pcap_file::DataLink;
use pcap_file::pcap::{PcapParseError, PcapParser, PcapTsResolution, RawPcapPacket};
use pcap_file::pcapng::blocks::enhanced_packet::EnhancedPacketOption;
use pcap_file::pcapng::{Block, PcapNgParseError, PcapNgParser};
use std::time::Duration;

/// No packet or block is longer: tcpdump's own bound is 256 KiB (`MAXIMUM_SNAPLEN`), Wireshark's for blocks 16 MiB.
pub(super) const MOST_BLOCK: u64 = 16 << 20;

/// Whether a packet left the machine that it was captured on, or came to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// It came.
    In,
    /// It left.
    Out,
}

/// A captured packet from its link layer on.
pub(super) struct Frame<'a> {
    /// Since 1970.
    pub(super) time: Duration,
    /// What it begins with.
    pub(super) link: DataLink,
    /// Its bytes, as many as were kept.
    pub(super) data: &'a [u8],
    /// What the file itself says of its way.
    pub(super) way: Option<Way>,
}

enum Kind {
    Pcap(PcapParser),
    PcapNg(PcapNgParser),
}

/// A file that is being read.
#[derive(Default)]
pub(super) struct Framing {
    kind: Option<Kind>,
    /// What has come and is not read yet.
    rest: Vec<u8>,
    /// Where in the file `rest` begins.
    offset: u64,
    /// How many bytes `rest` must have before it can be read on.
    needed: u64,
}

/// What came of reading on.
enum Step {
    /// So many bytes have been read.
    Read(usize),
    /// So many are needed.
    Needs(usize),
}

impl Framing {
    /// How much of the file has been read.
    pub(super) const fn offset(&self) -> u64 {
        self.offset
    }

    /// Reads on.
    pub(super) fn feed(
        &mut self,
        bytes: &[u8],
        each: &mut dyn FnMut(&Frame<'_>),
    ) -> Result<(), Invalid> {
        self.rest.extend_from_slice(bytes);
        let mut at = 0;
        let done = loop {
            let rest = &self.rest[at..];
            if rest.is_empty() {
                break Ok(());
            }
            match step(&mut self.kind, rest, each) {
                Ok(Step::Read(read)) => at += read,
                Ok(Step::Needs(needed)) => {
                    self.needed = needed as u64;
                    if self.needed <= MOST_BLOCK {
                        break Ok(());
                    }
                    break Err(What::TooLong(self.needed));
                }
                Err(what) => break Err(what),
            }
        };
        self.rest.drain(..at);
        self.offset += at as u64;
        done.map_err(|what| self.invalid(what))
    }

    /// That nothing more comes: nothing may be left.
    pub(super) fn end(&self) -> Result<(), Invalid> {
        let more = self.needed.saturating_sub(self.rest.len() as u64).max(1);
        match (self.rest.is_empty(), &self.kind) {
            (true, Some(_)) => Ok(()),
            (_, None) => Err(self.invalid(What::NoCapture)),
            (false, Some(_)) => Err(self.invalid(What::EndsWithin(more))),
        }
    }

    const fn invalid(&self, what: What) -> Invalid {
        Invalid {
            offset: self.offset,
            what,
        }
    }
}

fn step(
    kind: &mut Option<Kind>,
    rest: &[u8],
    each: &mut dyn FnMut(&Frame<'_>),
) -> Result<Step, What> {
    match kind {
        None => begin(kind, rest),
        Some(Kind::Pcap(parser)) => pcap(parser, rest, each),
        Some(Kind::PcapNg(parser)) => pcapng(parser, rest, each),
    }
}

/// A reader that got so far into the rest says what it needs from there on.
fn more(rest: &[u8], needed: usize, had: usize) -> Step {
    Step::Needs(rest.len() + needed.saturating_sub(had).max(1))
}

/// The first four bytes tell which format it is.
fn begin(kind: &mut Option<Kind>, rest: &[u8]) -> Result<Step, What> {
    let Some(magic) = rest.first_chunk::<4>() else {
        return Ok(Step::Needs(4));
    };
    let left = if *magic == [0x0a, 0x0d, 0x0d, 0x0a] {
        match PcapNgParser::new(rest) {
            Ok((left, parser)) => {
                *kind = Some(Kind::PcapNg(parser));
                left
            }
            Err(PcapNgParseError::IncompleteBuffer(needed, had)) => {
                return Ok(more(rest, needed, had));
            }
            Err(error) => return Err(malformed(&error)),
        }
    } else if is_pcap(*magic) {
        match PcapParser::new(rest) {
            Ok((left, parser)) => {
                *kind = Some(Kind::Pcap(parser));
                left
            }
            Err(PcapParseError::IncompleteBuffer(needed, had)) => {
                return Ok(more(rest, needed, had));
            }
            Err(error) => return Err(malformed(&error)),
        }
    } else if magic.starts_with(&[0x1f, 0x8b]) || *magic == [0x28, 0xb5, 0x2f, 0xfd] {
        // gzip and zstd, as other tools write captures.
        return Err(What::Compressed);
    } else {
        return Err(What::NoCapture);
    };
    Ok(Step::Read(rest.len() - left.len()))
}

/// Microseconds or nanoseconds, in either order of bytes.
fn is_pcap(magic: [u8; 4]) -> bool {
    let either = [u32::from_be_bytes(magic), u32::from_le_bytes(magic)];
    either
        .iter()
        .any(|it| [0xa1b2_c3d4, 0xa1b2_3c4d].contains(it))
}

fn pcap(parser: &PcapParser, rest: &[u8], each: &mut dyn FnMut(&Frame<'_>)) -> Result<Step, What> {
    let (left, packet) = match parser.next_raw_packet(rest) {
        Ok(read) => read,
        Err(PcapParseError::IncompleteBuffer(needed, had)) => {
            return Ok(more(rest, needed, had));
        }
        Err(error) => return Err(malformed(&error)),
    };
    let header = parser.header();
    each(&Frame {
        time: time_of(&packet, header.ts_resolution)?,
        link: header.datalink,
        data: &packet.data,
        way: None,
    });
    Ok(Step::Read(rest.len() - left.len()))
}

fn time_of(packet: &RawPcapPacket<'_>, resolution: PcapTsResolution) -> Result<Duration, What> {
    let (unit, most) = match resolution {
        PcapTsResolution::MicroSecond => (1_000, 1_000_000),
        PcapTsResolution::NanoSecond => (1, 1_000_000_000),
    };
    if packet.ts_frac >= most {
        let words = format!(
            "{} parts of a second; expected less than {most}",
            packet.ts_frac
        );
        return Err(What::Malformed(words));
    }
    Ok(Duration::new(packet.ts_sec.into(), packet.ts_frac * unit))
}

fn pcapng(
    parser: &mut PcapNgParser,
    rest: &[u8],
    each: &mut dyn FnMut(&Frame<'_>),
) -> Result<Step, What> {
    let (left, block) = match parser.next_block(rest) {
        Ok(read) => read,
        Err(PcapNgParseError::IncompleteBuffer(needed, had)) => {
            return Ok(more(rest, needed, had));
        }
        Err(error) => return Err(malformed(&error)),
    };
    let link = |interface: u32| {
        let interface = parser.interfaces().get(interface as usize);
        interface.map(|it| it.linktype)
    };
    match &block {
        Block::EnhancedPacket(packet) => {
            let flags = packet.options.iter().find_map(|option| match option {
                EnhancedPacketOption::Flags(flags) => Some(*flags),
                _ => None,
            });
            if let Some(link) = link(packet.interface_id) {
                each(&Frame {
                    time: packet.timestamp,
                    link,
                    data: &packet.data,
                    way: flags.and_then(way),
                });
            }
        }
        Block::Packet(packet) => {
            if let Some(link) = link(packet.interface_id.into()) {
                each(&Frame {
                    time: packet.timestamp,
                    link,
                    data: &packet.data,
                    way: None,
                });
            }
        }
        _ => {}
    }
    Ok(Step::Read(rest.len() - left.len()))
}

/// The two lowest bits of a packet's flags (draft-ietf-opsawg-pcapng §4.3.1).
const fn way(flags: u32) -> Option<Way> {
    match flags & 3 {
        1 => Some(Way::In),
        2 => Some(Way::Out),
        _ => None,
    }
}

fn malformed(error: &dyn std::error::Error) -> What {
    let mut words = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_words = cause.to_string();
        if !words.contains(&cause_words) {
            words.push_str(": ");
            words.push_str(&cause_words);
        }
        source = cause.source();
    }
    What::Malformed(words)
}
