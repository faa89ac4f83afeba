//! Two runs side by side.

use crate::{RACE, open, still};
use whyeof_page_tests::{Motion, Reader, Result};

const LEVEL: &str = "(() => { const [a, b] = [...document.querySelectorAll('svg.diagram')].map(s => s.getBoundingClientRect()); return Math.abs(a.top - b.top) < 1 && Math.abs(a.height - b.height) < 1 && a.left !== b.left })()";

#[tokio::test]
async fn before_and_after_stand_on_one_axis_with_their_difference_marked() -> Result {
    let page = open(still(), RACE).await?;
    page.click(".remedy .apply").await?;
    page.wait(".verdict.good").await?;
    page.click("#compare").await?;
    page.wait("figure.before svg.diagram").await?;
    page.wait_js(LEVEL).await?;
    page.wait_js("document.querySelectorAll('svg.diagram .parting').length === 2")
        .await?;
    let parted = page.text("#parted").await?;
    assert!(
        parted.contains("agent") && parted.contains("pool timer"),
        "{parted}"
    );
    page.screenshot("compare-axis").await?;
    // In lock-step: both are covered from the same moment on.
    page.click("#step-back").await?;
    page.wait_js("document.querySelectorAll('svg.diagram .curtain').length === 2")
        .await?;
    page.close().await
}

#[tokio::test]
async fn go_and_node_reject_and_drop() -> Result {
    let page = open(still(), RACE).await?;
    page.click("#compare-with").await?;
    page.wait("#compare-window").await?;
    page.screenshot("compare-with").await?;
    page.js("[...document.querySelectorAll('[data-with]')].find(b => b.dataset.with.includes('Node')).click()")
        .await?;
    page.wait("figure.before svg.diagram .packet").await?;
    page.wait_js("document.querySelector('#parted').innerText.includes('Node')")
        .await?;
    page.screenshot("compare-go-node").await?;
    page.goto("#p=firewall-drop").await?;
    page.wait_js("document.querySelector('h1').innerText.includes('DROP')")
        .await?;
    page.click("#compare-with").await?;
    page.js("[...document.querySelectorAll('[data-with]')].find(b => b.dataset.with.includes('REJECT')).click()")
        .await?;
    page.wait_js("document.querySelector('figure.before figcaption').innerText.includes('REJECT')")
        .await?;
    page.screenshot("compare-drop-reject").await?;
    page.close().await
}

#[tokio::test]
async fn on_a_phone_one_of_both_is_shown_and_the_other_a_touch_away() -> Result {
    let reader = Reader {
        motion: Motion::Reduced,
        ..Reader::with_phone()
    };
    let page = open(reader, RACE).await?;
    page.click("#fix").await?;
    page.wait(".flip").await?;
    assert_eq!(page.count("svg.diagram").await?, 1);
    page.click("[data-flip='0']").await?;
    page.wait("figure.before svg.diagram .badge.error").await?;
    page.screenshot("phone-compare").await?;
    page.click("[data-flip='1']").await?;
    page.wait("figure.now svg.diagram").await?;
    page.close().await
}

#[tokio::test]
async fn a_remedy_can_be_seen_beside_the_run_and_pasted() -> Result {
    let page = open(still(), RACE).await?;
    page.click(".remedy .beside").await?;
    page.wait("figure.before svg.diagram .packet").await?;
    let parted = page.text("#parted").await?;
    assert!(parted.contains("IdleConnTimeout = 9 s"), "{parted}");
    assert_eq!(page.count(".verdict.bad").await?, 1, "nothing was applied");
    page.click(".remedy .to-config").await?;
    page.wait(".remedy .config pre").await?;
    let pasted = page.text(".remedy .config pre").await?;
    assert!(
        pasted.contains("transport.IdleConnTimeout = 9 * time.Second"),
        "{pasted}"
    );
    page.screenshot("config").await?;
    page.click(".remedy .to-config").await?;
    page.wait_js("!document.querySelector('.remedy .config')")
        .await?;
    page.close().await
}
