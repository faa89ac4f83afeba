//! A TCP segment as it crosses the wire, and its text form, packetdrill's: `P. 1:135(134) ack 120`.

use crate::id::{FlowId, OptionsId, Side, SocketId};
use crate::seq::Seq;
use std::fmt;

/// The control bits this project uses, in packetdrill's letters (`.` is ACK).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Flags(pub u8);

impl Flags {
    /// No more data from the sender.
    pub const FIN: Self = Self(0x01);
    /// Synchronize sequence numbers.
    pub const SYN: Self = Self(0x02);
    /// Reset the connection.
    pub const RST: Self = Self(0x04);
    /// Push function.
    pub const PSH: Self = Self(0x08);
    /// The acknowledgment field counts.
    pub const ACK: Self = Self(0x10);
    /// The urgent pointer counts; nobody sets it here, but filters may ask for it.
    pub const URG: Self = Self(0x20);

    /// Whether every bit of `other` is set.
    pub const fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Both sets of bits.
    #[must_use]
    pub const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// The recordings' letters in their order: `S A F R P` as in `PA`, `FA`, `SA`.
    pub fn letters(self) -> String {
        const ORDER: [(Flags, char); 5] = [
            (Flags::SYN, 'S'),
            (Flags::FIN, 'F'),
            (Flags::RST, 'R'),
            (Flags::PSH, 'P'),
            (Flags::ACK, 'A'),
        ];
        ORDER
            .iter()
            .filter(|(bit, _)| self.has(*bit))
            .map(|(_, letter)| letter)
            .collect()
    }
}

/// tcpdump's and packetdrill's form: `S.`, `P.`, `F.`, `R`, `.`.
impl fmt::Display for Flags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (bit, letter) in [
            (Self::FIN, "F"),
            (Self::SYN, "S"),
            (Self::RST, "R"),
            (Self::PSH, "P"),
            (Self::ACK, "."),
        ] {
            if self.has(bit) {
                f.write_str(letter)?;
            }
        }
        Ok(())
    }
}

/// The bytes a segment carries, as a range of its sender's stream. The bytes themselves are never
/// stored: message heads stand once in `Trace::messages`, bodies are filler made at export.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Payload {
    /// Bytes of this direction that come before it (0 for the first byte after the SYN).
    pub offset: u32,
    /// Number of bytes.
    pub len: u32,
}

impl Payload {
    /// The offset after the last byte.
    pub const fn end(self) -> u32 {
        self.offset.saturating_add(self.len)
    }
}

/// A TCP segment. Sequence numbers count from the sender's ISN, acknowledgments from the peer's, so a
/// SYN is 0 and the first byte 1, as tcpdump prints them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Segment {
    /// The connection of the socket that sent it.
    pub flow: FlowId,
    /// The end that sent it.
    pub from: Side,
    /// Control bits.
    pub flags: Flags,
    /// Window field as it stands in the header: not scaled.
    pub window: u16,
    /// First sequence number.
    pub seq: Seq,
    /// Acknowledgment field; 0 where [`Flags::ACK`] is not set.
    pub ack: Seq,
    /// TCP timestamps option (RFC 7323 §3): TSval in ms of the sender's clock, TSecr. `None`: no option.
    pub timestamps: Option<(u32, u32)>,
    /// SYN options or SACK blocks, where there are any.
    pub options: Option<OptionsId>,
    /// Bytes of data; an IPv4 packet holds fewer than 65,536.
    pub len: u16,
}

impl Segment {
    /// Data of a socket as a packet filter would see it: what is not in headers that filters look at is left empty.
    pub const fn data_of(socket: SocketId) -> Self {
        Self {
            flow: socket.flow,
            from: socket.side,
            flags: Flags::PSH.with(Flags::ACK),
            window: 0,
            seq: Seq(0),
            ack: Seq(0),
            timestamps: None,
            options: None,
            len: 1,
        }
    }

    /// The data it carries, as a range of the sender's stream: its first byte has sequence number 1.
    pub const fn payload(&self) -> Payload {
        Payload {
            offset: self.seq.0.saturating_sub(1),
            len: self.len as u32,
        }
    }

    /// Sequence space taken: data, and one for each of SYN and FIN (RFC 9293 §3.4).
    pub const fn seq_len(&self) -> u32 {
        self.len as u32 + self.flags.has(Flags::SYN) as u32 + self.flags.has(Flags::FIN) as u32
    }

    /// The sequence number after the last one taken.
    pub fn end(&self) -> Seq {
        self.seq + self.seq_len()
    }
}

impl fmt::Display for Segment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let end = self.seq + u32::from(self.len);
        write!(f, "{} {}:{end}({})", self.flags, self.seq, self.len as u32)?;
        if self.flags.has(Flags::ACK) {
            write!(f, " ack {}", self.ack)?;
        }
        Ok(())
    }
}

/// Why an ICMP destination-unreachable came (RFC 792; errno mapping: linux-tcp §7.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Unreachable {
    /// Code 0.
    Net,
    /// Code 1.
    Host,
    /// Code 3, what `iptables -j REJECT` sends unless told otherwise.
    Port,
    /// Code 2.
    Protocol,
    /// Code 13, communication administratively prohibited.
    Admin,
}

/// What a link carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Packet {
    /// A TCP segment.
    Tcp(Segment),
    /// An ICMP error that quotes a segment of this flow.
    Unreachable {
        /// The connection quoted.
        flow: FlowId,
        /// The end whose segment is quoted; the error travels to it.
        to: Side,
        /// Which error.
        kind: Unreachable,
        /// Sequence number quoted.
        quoted: Seq,
    },
}

impl Packet {
    /// The segment, unless it is an ICMP error.
    pub const fn segment(&self) -> Option<&Segment> {
        match self {
            Self::Tcp(segment) => Some(segment),
            Self::Unreachable { .. } => None,
        }
    }

    /// The connection that it belongs to or quotes.
    pub const fn flow(&self) -> FlowId {
        match self {
            Self::Tcp(segment) => segment.flow,
            Self::Unreachable { flow, .. } => *flow,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_as_packetdrill() {
        let segment = Segment {
            flow: FlowId(0),
            from: Side::Opener,
            flags: Flags::PSH.with(Flags::ACK),
            window: 63,
            seq: Seq(1),
            ack: Seq(120),
            timestamps: None,
            options: None,
            len: 134,
        };
        assert_eq!(segment.to_string(), "P. 1:135(134) ack 120");
        assert_eq!(segment.flags.letters(), "PA");
        let reset = Segment {
            flags: Flags::RST,
            len: 0,
            ..segment
        };
        assert_eq!(reset.to_string(), "R 1:1(0)");
    }
}
