//! What is sent to a reader.

use std::fs;
use whyeof_page_tests::{Result, dist, weight};

/// What a reader waits for: bytes over the wire, as the better hosts send them.
#[test]
fn each_program_is_small() -> Result {
    const LIMIT: u64 = 250_000;
    for entry in fs::read_dir(dist()?)? {
        let path = entry?.path();
        if path.extension().is_some_and(|e| e == "wasm") {
            let bytes = weight(&path)?;
            println!("{}: {bytes} bytes (brotli)", path.display());
            assert!(
                bytes <= LIMIT,
                "{} has {bytes} bytes (brotli), more than {LIMIT}",
                path.display()
            );
        }
    }
    Ok(())
}
