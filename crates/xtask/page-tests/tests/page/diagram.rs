//! The diagram under a reader's hands. The pictures are for people: `target/screenshots`.

use crate::{RACE, open, still};
use whyeof_page_tests::{Page, Result};

/// Some 20,000 segments.
const LONG: &str = "#p=pyroscope-idle-race-clean&clients.agent.requests.upload.count=2900&clients.agent.requests.upload.every=1s&until=3600s";
const NODES: &str = "document.querySelectorAll('svg.diagram *').length";
const SCROLLER: &str = "document.querySelector('#diagram-scroll')";

async fn height(page: &Page) -> Result<f64> {
    let height = page.js(&format!("return {SCROLLER}.scrollHeight")).await?;
    Ok(height.as_f64().ok_or("a height")?)
}

#[tokio::test]
async fn the_axis_is_compressed_true_to_scale_or_in_equal_steps() -> Result {
    let page = open(still(), RACE).await?;
    let compressed = height(&page).await?;
    page.click("#look-open").await?;
    page.wait("#axis-nonlinear[aria-pressed='true']").await?;
    page.screenshot("look").await?;
    page.click("#axis-even").await?;
    page.wait("#axis-even[aria-pressed='true']").await?;
    page.screenshot("look-even").await?;
    page.click("#axis-equal").await?;
    page.wait("#axis-equal[aria-pressed='true']").await?;
    page.screenshot("look-equal").await?;
    page.click("#axis-nonlinear").await?;
    page.js("let s = document.querySelector('#stretch'); s.value = 6; s.dispatchEvent(new Event('input', {bubbles: true}))").await?;
    page.wait_js(&format!("{SCROLLER}.scrollHeight > {}", compressed * 1.1))
        .await?;
    page.click("#folds").await?;
    page.wait("svg.diagram:not(:has(.fold))").await?;
    page.click("#look-reset").await?;
    page.wait("svg.diagram .fold").await?;
    page.wait_js(&format!("{SCROLLER}.scrollHeight === {compressed}"))
        .await?;
    page.close().await
}

#[tokio::test]
async fn layers_lanes_and_connections_are_turned_off_and_on() -> Result {
    let page = open(still(), RACE).await?;
    page.click("#look-open").await?;
    page.click("#layer-requests").await?;
    page.wait("svg.diagram:not(:has(.badge.error))").await?;
    page.click("#layer-requests").await?;
    page.wait("svg.diagram .badge.error").await?;
    page.click("#lanes-one").await?;
    page.wait_js("document.querySelectorAll('.diagram-head .lane').length === 2")
        .await?;
    page.click("#lanes-auto").await?;
    page.wait_js("document.querySelectorAll('.diagram-head .lane').length === 4")
        .await?;
    page.click("[data-alone='2']").await?;
    page.wait("svg.diagram:not(:has(.badge.error))").await?;
    page.wait("#look-open.turned").await?;
    page.screenshot("one-connection").await?;
    page.click("#all-connections").await?;
    page.wait("svg.diagram .badge.error").await?;
    // A request in focus brings its connections along.
    page.click(".chip.bad").await?;
    page.wait("#follow[aria-pressed='false']").await?;
    page.click("#follow").await?;
    page.wait("#follow[aria-pressed='true']").await?;
    page.close().await
}

#[tokio::test]
async fn wheel_and_keys_zoom_and_keep_the_place() -> Result {
    let page = open(still(), RACE).await?;
    let before = height(&page).await?;
    page.js("document.activeElement.blur()").await?;
    page.press("+").await?;
    page.wait_js(&format!("{SCROLLER}.scrollHeight > {}", before * 1.2))
        .await?;
    page.press("0").await?;
    page.wait_js(&format!("{SCROLLER}.scrollHeight === {before}"))
        .await?;
    page.js(&format!("const s = {SCROLLER}, r = s.getBoundingClientRect(); s.querySelector('svg.diagram').dispatchEvent(new WheelEvent('wheel', {{bubbles: true, cancelable: true, ctrlKey: true, deltaY: -240, clientX: r.left + 200, clientY: r.top + 150}}))")).await?;
    page.wait_js(&format!("{SCROLLER}.scrollHeight > {}", before * 1.2))
        .await?;
    page.close().await
}

#[tokio::test]
async fn what_is_pointed_at_is_told_and_its_causes_and_effects_are_lit() -> Result {
    let page = open(still(), RACE).await?;
    let in_sight = format!(
        "(() => {{ const s = {SCROLLER}.getBoundingClientRect(), p = document.querySelector('svg.diagram .packet.crossed')?.getBoundingClientRect(); return p && p.top > s.top && p.bottom < s.bottom }})()"
    );
    page.wait_js(&in_sight).await?;
    page.js("const p = document.querySelector('svg.diagram .packet.crossed'), r = p.getBoundingClientRect(); p.dispatchEvent(new PointerEvent('pointermove', {bubbles: true, pointerType: 'mouse', clientX: r.left + r.width / 4, clientY: r.top + r.height * 3 / 4}))").await?;
    page.wait(".tip").await?;
    page.wait("svg.diagram .hot.led").await?;
    page.wait("svg.diagram .hot.leads").await?;
    page.screenshot("lit").await?;
    page.close().await
}

#[tokio::test]
async fn the_minimap_marks_errors_and_leads_to_them() -> Result {
    let page = open(still(), RACE).await?;
    page.wait("#minimap .mini-error").await?;
    page.wait("#minimap .minimap-view[height]").await?;
    page.js(&format!("{SCROLLER}.scrollTop = 0")).await?;
    page.js("const m = document.querySelector('#minimap'), r = m.getBoundingClientRect(); m.dispatchEvent(new PointerEvent('pointerdown', {bubbles: true, buttons: 1, clientX: r.left + 5, clientY: r.bottom - 3}))").await?;
    page.wait_js(&format!("{SCROLLER}.scrollTop > 300")).await?;
    page.close().await
}

#[tokio::test]
async fn twenty_thousand_segments_scroll_with_at_most_400_nodes() -> Result {
    let page = open(still(), LONG).await?;
    page.wait_js("parseInt(document.querySelector('.events summary .quiet').textContent) > 20000")
        .await?;
    for share in ["0", "0.2", "0.5", "0.83", "1"] {
        page.js(&format!(
            "const s = {SCROLLER}; s.scrollTop = s.scrollHeight * {share}"
        ))
        .await?;
        // What is in sight is drawn anew when it has been scrolled to.
        let seen = format!(
            "(() => {{ const r = {SCROLLER}.getBoundingClientRect(); return [...document.querySelectorAll('svg.diagram .packet')].some(p => {{ const q = p.getBoundingClientRect(); return q.bottom > r.top && q.top < r.bottom }}) }})()"
        );
        page.wait_js(&seen).await?;
        let nodes = page.js(&format!("return {NODES}")).await?;
        assert!(
            nodes.as_u64().is_some_and(|n| n <= 400),
            "{nodes} at {share}"
        );
    }
    page.screenshot("long-run").await?;
    // Neither does a look from far away draw more.
    page.click("#look-open").await?;
    for _ in 0..5 {
        page.click("#zoom-out").await?;
    }
    page.click("#axis-equal").await?;
    page.wait("#axis-equal[aria-pressed='true']").await?;
    let nodes = page.js(&format!("return {NODES}")).await?;
    assert!(
        nodes.as_u64().is_some_and(|n| n <= 400),
        "{nodes} from afar"
    );
    page.screenshot("long-run-from-afar").await?;
    page.close().await
}

/// On paper nothing scrolls: between `beforeprint` and `afterprint` the whole diagram stands there, on the screen what can be seen.
#[tokio::test]
async fn a_printed_page_has_the_whole_diagram() -> Result {
    let page = open(still(), "#p=silent-switch").await?;
    page.wait("svg.diagram .packet").await?;
    let lowest = "Math.max(...[...document.querySelectorAll('svg.diagram .packet')].map(e => e.getBBox().y))";
    let bottom = "document.querySelector('svg.diagram').viewBox.baseVal.height - 200";
    assert_eq!(
        page.js(&format!("return {lowest} > {bottom}")).await?,
        false
    );
    page.js("window.dispatchEvent(new Event('beforeprint'))")
        .await?;
    page.wait_js(&format!("{lowest} > {bottom}")).await?;
    page.js("window.dispatchEvent(new Event('afterprint'))")
        .await?;
    page.wait_js(&format!("{lowest} < {bottom}")).await?;
    page.close().await
}

/// An empty picture says why, and how to fill it again.
#[tokio::test]
async fn without_a_connection_the_picture_says_so() -> Result {
    let page = open(still(), RACE).await?;
    page.click("#look-open").await?;
    page.wait("input[id^='connection-']").await?;
    for _ in 0..8 {
        let left = "document.querySelector(\"input[id^='connection-']:checked\")";
        if page.js(&format!("return !{left}")).await? == true {
            break;
        }
        page.js(&format!("{left}.click()")).await?;
    }
    page.click("#show-connections").await?;
    page.wait("svg.diagram .packet").await?;
    page.close().await
}
