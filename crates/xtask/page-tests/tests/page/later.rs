//! What waits for acts of the reader, and is loaded when the first diagram stands.

use crate::still;
use whyeof_page_tests::{Page, Result};

#[tokio::test]
async fn what_does_not_come_is_told_and_comes_the_next_time() -> Result {
    let page = Page::open(still()).await?;
    page.block("*/later-*.wasm").await?;
    page.goto("").await?;
    // The first view is whole without it.
    page.wait(".verdict.bad .error").await?;
    page.wait(".picture svg").await?;
    page.click("#scenarios").await?;
    page.wait(".notice.bad").await?;
    page.screenshot("not-loaded").await?;
    assert_eq!(page.count("dialog").await?, 0);
    page.block("").await?;
    page.click("#scenarios").await?;
    page.wait("#gallery-window").await?;
    assert_eq!(page.count(".notice.bad").await?, 0);
    // Behind the diagram, and for the act.
    page.wait_complaints(2).await?;
    page.close().await
}

#[tokio::test]
async fn a_workbench_that_misses_a_part_says_so_and_has_it_after_the_next_act() -> Result {
    let page = Page::open(still()).await?;
    page.block("*/later-*.wasm").await?;
    page.goto("#p=pyroscope-idle-race").await?;
    page.wait(".verdict.bad .error").await?;
    page.wait(".picture svg").await?;
    page.wait(".notice.bad").await?;
    assert_eq!(page.count(".form .groups").await?, 0);
    page.block("").await?;
    page.click("#scenarios").await?;
    page.wait(".form .groups").await?;
    page.wait("#play").await?;
    assert_eq!(page.count(".notice.bad").await?, 0);
    page.wait_complaints(2).await?;
    page.close().await
}
