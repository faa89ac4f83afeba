//! What a long sitting leaves behind.

use crate::{RACE, open, still};
use whyeof_page_tests::{Page, Result};

/// Sets a field so many times, each time waiting until the run of it is drawn.
const EDIT: &str = "
    const field = () => document.querySelector(\"[id='servers.pyroscope.options.IdleTimeout']\");
    const drawn = () => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
    return (async () => {
        for (let n = 0; n < COUNT; n++) {
            field().value = `${10 + n % 40}s`;
            field().dispatchEvent(new Event('change', { bubbles: true }));
            await drawn();
        }
    })()";

/// Goes from scenario to scenario.
const CHANGE: &str = "
    const drawn = () => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
    const title = () => document.querySelector('h1').innerText;
    const presets = ['two-keep-alives', 'node-six-seconds', 'shutdown-race', 'fin-lost', 'pyroscope-idle-race'];
    return (async () => {
        for (let n = 0; n < COUNT; n++) {
            const before = title();
            location.hash = `#p=${presets[n % presets.length]}`;
            while (title() === before) await drawn();
        }
    })()";

async fn act(page: &Page, script: &str, count: u32) -> Result {
    page.js(&script.replace("COUNT", &count.to_string()))
        .await?;
    // What the last one had the workers do is over.
    page.wait(".wy-strip").await?;
    Ok(())
}

/// Within a tenth, beyond what undo remembers: that is filled up first.
#[tokio::test]
async fn five_hundred_edits_and_fifty_scenarios_leave_nothing_behind() -> Result {
    let page = open(still(), RACE).await?;
    act(&page, EDIT, 220).await?;
    act(&page, CHANGE, 10).await?;
    act(&page, EDIT, 220).await?;
    let before = page.memory().await?;
    for _ in 0..5 {
        act(&page, CHANGE, 10).await?;
        act(&page, EDIT, 100).await?;
    }
    act(&page, EDIT, 220).await?;
    let after = page.memory().await?;
    for (before, after) in before.into_iter().zip(after) {
        assert!(
            after <= before + before / 10,
            "{before} bytes, and then {after}"
        );
    }
    println!("memory: {before:?}, {after:?}");
    page.close().await
}
