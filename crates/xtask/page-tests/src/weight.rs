//! What a reader waits for: bytes over the wire.
//!
//! Here and not in the test that asks, because the compressor is generic: it is built where it is
//! used, and here that is once.

use crate::Result;
use std::fs::File;
use std::io::{self, BufReader};
use std::path::Path;

/// The size of a file in bytes after brotli at its strongest, as the better hosts send it.
///
/// # Errors
///
/// The file cannot be read.
pub fn weight(file: &Path) -> Result<u64> {
    let mut counter = brotli::CompressorWriter::new(Counter(0), 1 << 16, 11, 22);
    io::copy(&mut BufReader::new(File::open(file)?), &mut counter)?;
    Ok(counter.into_inner().0)
}

/// Counts what is written to it.
struct Counter(u64);

impl io::Write for Counter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
