//! TCP options that most segments do not carry, and that therefore lie in a side table: a SYN's, and SACK blocks.
//! (Timestamps are in the segment itself.)

use crate::seq::{Seq, SeqRange};
use std::fmt;

/// One entry of the side table, `Trace::options`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TcpOptions {
    /// Of a SYN or SYN-ACK.
    Syn(SynOptions),
    /// What the receiver holds beyond its acknowledgment (RFC 2018), a duplicate first (RFC 2883).
    Sack(SackBlocks),
}

impl TcpOptions {
    /// The options of a SYN, if it is such an entry.
    pub const fn syn(&self) -> Option<&SynOptions> {
        match self {
            Self::Syn(syn) => Some(syn),
            Self::Sack(_) => None,
        }
    }

    /// The blocks; none for a SYN's options.
    pub fn sack(&self) -> &[SeqRange] {
        match self {
            Self::Syn(_) => &[],
            Self::Sack(blocks) => blocks.as_slice(),
        }
    }
}

/// Options of a SYN or SYN-ACK besides timestamps (order on the wire: linux-tcp §1.3).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct SynOptions {
    /// Maximum segment size, bytes.
    pub mss: u16,
    /// SACK permitted.
    pub sack_ok: bool,
    /// Window scale shift, 0 to 14.
    pub window_scale: Option<u8>,
}

/// Up to four blocks of one SACK option: three beside timestamps, four without (RFC 2018 §3).
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct SackBlocks {
    blocks: [SeqRange; Self::MOST],
    count: u8,
}

impl SackBlocks {
    /// As many as 40 bytes of options hold.
    pub const MOST: usize = 4;

    /// The blocks in their order on the wire.
    pub fn as_slice(&self) -> &[SeqRange] {
        &self.blocks[..usize::from(self.count)]
    }

    /// Puts one more block at the end; a fifth does not fit and is left out.
    pub fn push(&mut self, block: SeqRange) {
        if let Some(free) = self.blocks.get_mut(usize::from(self.count)) {
            *free = block;
            self.count += 1;
        }
    }
}

impl FromIterator<SeqRange> for SackBlocks {
    fn from_iter<I: IntoIterator<Item = SeqRange>>(blocks: I) -> Self {
        let mut all = Self::default();
        blocks.into_iter().for_each(|block| all.push(block));
        all
    }
}

/// packetdrill's form: `211:221 231:241`.
impl fmt::Display for SackBlocks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, block) in self.as_slice().iter().enumerate() {
            let space = if n > 0 { " " } else { "" };
            let (Seq(start), Seq(end)) = (block.start, block.end());
            write!(f, "{space}{start}:{end}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for SackBlocks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SackBlocks({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fifth_block_does_not_fit() {
        let block = |n: u32| SeqRange {
            start: Seq(n * 10),
            len: 5,
        };
        let blocks: SackBlocks = (1..=5).map(block).collect();
        assert_eq!(blocks.to_string(), "10:15 20:25 30:35 40:45");
    }
}
