//! A number that two runs share exactly when their records are equal.
//!
//! It is pinned per preset and compared between the native build and wasm, and a share link carries
//! its first eight hexadecimal digits, so that a page with another engine can say that it would draw
//! something else. It is no protection against forgery.

use crate::trace::Trace;
use std::hash::{Hash, Hasher};

/// What FNV-1a of 64 bits begins with.
const OFFSET: u64 = 0xcbf2_9ce4_8422_2325;

/// FNV-1a, 64 bits (Fowler, Noll, Vo; draft-eastlake-fnv): the same on every target, unlike `std`'s hashers.
struct Fnv(u64);

impl Fnv {
    fn eat(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }
}

/// Numbers go in as eight bytes whatever their type, because the width of some of them differs between targets.
impl Hasher for Fnv {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        self.eat(bytes);
    }

    fn write_u8(&mut self, number: u8) {
        self.write_u64(number.into());
    }

    fn write_u16(&mut self, number: u16) {
        self.write_u64(number.into());
    }

    fn write_u32(&mut self, number: u32) {
        self.write_u64(number.into());
    }

    fn write_u64(&mut self, number: u64) {
        self.eat(&number.to_le_bytes());
    }

    fn write_usize(&mut self, number: usize) {
        self.write_u64(number as u64);
    }

    fn write_isize(&mut self, number: isize) {
        self.write_u64(number as u64);
    }
}

/// The digest of a trace: of its records, and of the texts they point to.
///
/// It is taken over values and the order of enum variants, not over memory: a variant in the midst of others makes new
/// digests, one at the end does not.
pub fn digest(trace: &Trace) -> u64 {
    let mut fnv = Fnv(OFFSET);
    for text in &trace.texts {
        fnv.eat(text.as_bytes());
        fnv.eat(&[0]);
    }
    for record in &trace.records {
        record.hash(&mut fnv);
    }
    fnv.finish()
}

/// The digest of some texts, in their order.
pub fn of_texts<'a>(texts: impl IntoIterator<Item = &'a str>) -> u64 {
    let mut fnv = Fnv(OFFSET);
    for text in texts {
        fnv.eat(text.as_bytes());
        fnv.eat(&[0]);
    }
    fnv.finish()
}

/// The digest as links show it: its first eight hexadecimal digits.
pub fn short(digest: u64) -> String {
    format!("{:08x}", digest >> 32)
}
