//! Paste your error.

use crate::{RACE, open, still};
use whyeof_page_tests::Result;

#[tokio::test]
async fn a_pasted_error_leads_to_causes_and_a_scenario() -> Result {
    let page = open(still(), RACE).await?;
    page.click("#error").await?;
    page.fill(
        "#error-line",
        "12:03 ERROR Post \"http://pyroscope:4040/ingest\": EOF",
    )
    .await?;
    page.wait("[data-symptom='go-eof-post']").await?;
    page.screenshot("error").await?;
    let race = "document.querySelector('#error-found').innerText.includes('Keep-alive race')";
    page.wait_js(race).await?;
    // On a fresh connection it is no race.
    page.click("#fresh-fresh").await?;
    page.wait_js(&format!("!({race})")).await?;
    page.fill(
        "#error-line",
        "upstream prematurely closed connection while reading response header from upstream",
    )
    .await?;
    page.wait("[data-symptom='nginx-premature']").await?;
    page.fill("#error-line", "<img src=x onerror=alert(1)> hello")
        .await?;
    page.wait_js("document.querySelector('#error-found').innerText.length > 20")
        .await?;
    assert_eq!(page.count("#error-found img, .symptom").await?, 0);
    page.fill("#error-line", "Error: socket hang up").await?;
    page.click("[data-shows]").await?;
    page.wait_js("!document.querySelector('dialog') && location.hash.startsWith('#p=')")
        .await?;
    page.close().await
}
