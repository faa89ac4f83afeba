//! What is sent to a reader.

use std::fs;
use whyeof_page_tests::{Result, dist, weight};

/// What a reader waits for: bytes over the wire, as the better hosts send them. The goal for the page is 250,000; it stands
/// at 279,000 and may not grow until it is brought down there. Lower the limit with every step on the way.
#[test]
fn its_wasm_does_not_grow() -> Result {
    const LIMIT: u64 = 281_000;
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
