//! TCP sequence numbers: 32 bits that wrap, without an order of their own (RFC 9293 §3.4).

use std::fmt;
use std::ops::{Add, AddAssign, Sub};

/// A sequence number. It has no `Ord`: on a ring, "smaller" is only meant within a window, so ask
/// [`SeqRange::contains`] or [`Seq::after`] and say which window you mean.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Seq(pub u32);

impl Seq {
    /// How far `self` lies ahead of `earlier`, going up the ring; wraps.
    pub const fn offset_from(self, earlier: Self) -> u32 {
        self.0.wrapping_sub(earlier.0)
    }

    /// Whether `self` lies less than half the ring ahead of `other` and differs from it
    /// (Linux `after()`, include/net/tcp.h).
    pub const fn after(self, other: Self) -> bool {
        let ahead = self.offset_from(other);
        ahead != 0 && ahead < 1 << 31
    }

    /// Whether `self` equals `other` or lies less than half the ring ahead of it.
    pub const fn at_or_after(self, other: Self) -> bool {
        self.offset_from(other) < 1 << 31
    }
}

impl Add<u32> for Seq {
    type Output = Self;
    fn add(self, n: u32) -> Self {
        Self(self.0.wrapping_add(n))
    }
}

impl AddAssign<u32> for Seq {
    fn add_assign(&mut self, n: u32) {
        *self = *self + n;
    }
}

impl Sub<u32> for Seq {
    type Output = Self;
    fn sub(self, n: u32) -> Self {
        Self(self.0.wrapping_sub(n))
    }
}

impl fmt::Display for Seq {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A run of sequence numbers, `start` included, `start + len` not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct SeqRange {
    /// First number of the range.
    pub start: Seq,
    /// How many numbers it holds.
    pub len: u32,
}

impl SeqRange {
    /// Whether `seq` lies in the range.
    pub const fn contains(self, seq: Seq) -> bool {
        seq.offset_from(self.start) < self.len
    }

    /// The number after the last one.
    pub fn end(self) -> Seq {
        self.start + self.len
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_cross_the_wrap() {
        for start in [0u32, 1, 5, u32::MAX - 3, u32::MAX] {
            for len in 0..6 {
                let range = SeqRange {
                    start: Seq(start),
                    len,
                };
                for probe in 0..12u32 {
                    let seq = Seq(start) + probe;
                    assert_eq!(range.contains(seq), probe < len, "{start} {len} {probe}");
                }
                assert!(!range.contains(Seq(start) - 1));
            }
        }
    }

    #[test]
    fn after_is_relative_to_half_the_ring() {
        assert!(Seq(1).after(Seq(u32::MAX)));
        assert!(!Seq(u32::MAX).after(Seq(1)));
        assert!(!Seq(7).after(Seq(7)));
        assert!(Seq(7).at_or_after(Seq(7)));
    }
}
