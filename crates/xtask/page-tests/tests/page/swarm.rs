//! Random runs: the engine and what is said of its runs are the same in the browser.

use whyeof_page_tests::{Result, swarm};

#[tokio::test]
async fn random_runs_are_the_same_in_the_browser() -> Result {
    let differing = swarm::differing(0..1_200).await?;
    assert!(differing.is_empty(), "{}", differing.join("\n"));
    Ok(())
}
