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

/// What is published says nothing of the machine that built it.
#[test]
fn no_program_names_a_folder_of_this_machine() -> Result {
    let sources = concat!("registry", "/src/");
    for entry in fs::read_dir(dist()?)? {
        let path = entry?.path();
        let bytes = fs::read(&path)?;
        let names = |folder: &str| bytes.windows(folder.len()).any(|w| w == folder.as_bytes());
        let own = dist()?
            .parent()
            .and_then(|root| root.to_str())
            .map(str::to_owned);
        let own = own.ok_or("a folder that has a name")?;
        assert!(!names(&own), "{} names {own}", path.display());
        assert!(!names(sources), "{} names {sources}", path.display());
    }
    Ok(())
}
