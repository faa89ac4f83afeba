//! A number that two runs share exactly when their records are equal.
//!
//! It is pinned per preset and compared between the native build and wasm, and a share link carries
//! its first eight hexadecimal digits, so that a page with another engine can say that it would draw
//! something else. It is no protection against forgery.

use crate::trace::{Record, Trace};
use std::fmt::{self, Write};

/// FNV-1a, 64 bits (Fowler, Noll, Vo; draft-eastlake-fnv): the same on every target, unlike `std`'s hashers.
struct Fnv(u64);

impl Fnv {
    fn eat(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }
}

impl Write for Fnv {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.eat(text.as_bytes());
        Ok(())
    }
}

/// The digest of a trace: of its records, and of the texts they point to.
///
/// It is taken over the `Debug` form, so that it depends on names and values and not on layout.
pub fn digest(trace: &Trace) -> u64 {
    let mut fnv = Fnv(0xcbf2_9ce4_8422_2325);
    for text in &trace.texts {
        fnv.eat(text.as_bytes());
        fnv.eat(&[0]);
    }
    for record in &trace.records {
        absorb(&mut fnv, record);
    }
    fnv.0
}

fn absorb(fnv: &mut Fnv, record: &Record) {
    // Writing into `Fnv` never fails.
    let _ = write!(fnv, "{record:?}");
}

/// The digest as links show it: its first eight hexadecimal digits.
pub fn short(digest: u64) -> String {
    format!("{:08x}", digest >> 32)
}
