//! Random scenarios in the browser and on this machine: the same numbers must come to the same digests.

use crate::site::workspace;
use crate::{Page, Result};
use serde_json::Value;
use std::ops::Range;
use whyeof_swarm::{Seen, scenario};

/// So many at once are asked of the browser.
const BLOCK: u64 = 100;

/// A run traps by itself; what it says stands in its digest's place.
const DIGESTS: &str = "
    const all = [];
    for (let seed = FROM; seed < TO; seed++) {
        try { all.push(window.digest(seed)); } catch (error) { all.push(`${error}`); }
    }
    return all;";

/// What differs, a line each.
///
/// # Errors
///
/// The module is not built, or the browser does not start.
pub async fn differing(seeds: Range<u64>) -> Result<Vec<String>> {
    // Where `cargo xtask` leaves the module.
    let folder = workspace().join("target/swarm-page");
    let page = Page::open_folder(folder).await?;
    page.goto("").await?;
    page.wait_js("window.digest").await?;
    let mut differing = Vec::new();
    let mut from = seeds.start;
    while from < seeds.end {
        let to = seeds.end.min(from + BLOCK);
        let script = DIGESTS.replace("FROM", &from.to_string());
        let theirs = page.js(&script.replace("TO", &to.to_string())).await?;
        let theirs = theirs.as_array().ok_or("a list of digests")?;
        if theirs.len() as u64 != to - from {
            return Err("a digest for each run".into());
        }
        for (seed, theirs) in (from..to).zip(theirs.iter().map(Value::as_str)) {
            let theirs = theirs.unwrap_or_default();
            let ours = format!("{:016x}", Seen::of_seed(seed).digest());
            if theirs != ours {
                let scenario = scenario(seed).to_json();
                differing.push(format!("{seed}: here {ours}, there {theirs}: {scenario}"));
            }
        }
        from = to;
    }
    page.close().await?;
    Ok(differing)
}
