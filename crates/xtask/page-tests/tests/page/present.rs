//! In a classroom: on a wall, with a clicker, with the link as a QR code.

use crate::{RACE, open, still};
use fantoccini::key::Key;
use whyeof_page_tests::{Reader, Result};

/// The smallest letters on the wall, px: elements of the page as they are set, those of the diagram as they are scaled.
const SMALLEST: &str = "(() => { const svg = document.querySelector('svg.diagram'), k = svg.getBoundingClientRect().width / svg.viewBox.baseVal.width; return Math.min(...[...document.querySelectorAll('.present *')].filter(e => e.children.length === 0 && e.textContent.trim() && e.tagName !== 'title').map(e => parseFloat(getComputedStyle(e).fontSize) * (e instanceof SVGElement ? k : 1))) })()";

#[tokio::test]
async fn a_run_is_presented_step_by_step_with_a_clicker() -> Result {
    let wall = Reader {
        viewport: (1280, 720),
        ..still()
    };
    let page = open(wall, RACE).await?;
    page.js("document.activeElement.blur()").await?;
    page.press("p").await?;
    page.wait("main.present svg.diagram .packet").await?;
    assert_eq!(page.count("form, header.bar, .inspector").await?, 0);
    let down = String::from(char::from(Key::PageDown));
    page.press(&down).await?;
    let first = page.text("#present-step").await?;
    page.press(&down).await?;
    page.wait_js(&format!(
        "document.querySelector('#present-step').innerText !== {first:?}"
    ))
    .await?;
    page.press(&String::from(char::from(Key::PageUp))).await?;
    page.wait_js(&format!(
        "document.querySelector('#present-step').innerText === {first:?}"
    ))
    .await?;
    let smallest = page.js(&format!("return {SMALLEST}")).await?;
    assert!(smallest.as_f64().is_some_and(|px| px >= 20.0), "{smallest}");
    page.press(&String::from(char::from(Key::End))).await?;
    page.screenshot("present").await?;
    page.press("q").await?;
    page.wait("#qr").await?;
    page.screenshot("present-qr").await?;
    page.press(&String::from(char::from(Key::Escape))).await?;
    page.wait_js("!document.querySelector('dialog')").await?;
    page.press(&String::from(char::from(Key::Escape))).await?;
    page.wait("form.groups").await?;
    page.close().await
}

#[tokio::test]
async fn a_link_is_a_qr_code_unless_it_is_too_long() -> Result {
    let page = open(still(), RACE).await?;
    page.click("#share").await?;
    page.click(".qr-details summary").await?;
    page.wait("#qr").await?;
    page.wait_js("document.querySelector('#qr').naturalWidth > 100")
        .await?;
    page.close().await
}
