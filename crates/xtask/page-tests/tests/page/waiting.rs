//! What takes long says so and can be ended; what meets a bound says where, and has a way on; what was begun survives a reload.

use crate::{RACE, open, still};
use whyeof_page_tests::Result;

/// More traffic than a run may have: a request a millisecond.
const TOO_MUCH: &str = "#p=pyroscope-idle-race&clients.agent.requests.upload.every=1ms&clients.agent.requests.upload.plus=&clients.agent.requests.upload.count=10000";
const IDLE: &str = "[id='servers.pyroscope.options.IdleTimeout']";

/// Presses *Stop* the first time that there is one, where it tells how far the run is.
const STOP: &str = "
    const stops = new MutationObserver(() => {
        if (!document.querySelector('#progress progress[value]')) return;
        stops.disconnect();
        document.querySelector('#stop').click();
    });
    stops.observe(document.body, { subtree: true, childList: true })";

#[tokio::test]
async fn a_long_run_shows_how_far_it_is_and_can_be_stopped() -> Result {
    let page = open(still(), RACE).await?;
    page.wait(".wy-strip").await?;
    // On a page this slow a test would come too late.
    page.js(STOP).await?;
    page.slow_down(20).await?;
    page.goto(TOO_MUCH).await?;
    page.wait("#run-again").await?;
    page.slow_down(1).await?;
    assert_eq!(page.count("#progress").await?, 0);
    page.wait("svg.diagram .packet").await?;
    page.click("#run-again").await?;
    page.wait("#limit").await?;
    page.close().await
}

#[tokio::test]
async fn a_bound_is_told_with_its_place_and_a_way_on() -> Result {
    let page = open(still(), TOO_MUCH).await?;
    let said = page.text("#limit").await?;
    assert!(
        said.contains("cut short at ") && said.contains("too many records"),
        "{said}"
    );
    page.screenshot("limit").await?;
    page.click("#end-there").await?;
    page.wait_js("!document.querySelector('#limit')").await?;
    page.wait("svg.diagram .packet").await?;
    page.click("#undo").await?;
    page.wait("#limit").await?;
    page.close().await
}

#[tokio::test]
async fn undo_and_drafts_survive_a_reload() -> Result {
    let page = open(still(), RACE).await?;
    page.fill(IDLE, "20s\t").await?;
    page.wait_js("document.querySelector('#undo:not([disabled])')")
        .await?;
    let timeout = "[id='clients.agent.options.Timeout']";
    page.fill(timeout, "soon\t").await?;
    page.wait(".field.wrong").await?;
    page.reload().await?;
    page.wait("svg.diagram .packet").await?;
    page.wait(".field.wrong").await?;
    let kept = format!(
        "document.querySelector(\"{timeout}\").value === 'soon' && document.querySelector(\"{IDLE}\").value === '20s'"
    );
    page.wait_js(&kept).await?;
    page.click("#undo").await?;
    page.wait_js(&format!("document.querySelector(\"{IDLE}\").value === ''"))
        .await?;
    page.click("#redo").await?;
    page.wait_js(&format!(
        "document.querySelector(\"{IDLE}\").value === '20s'"
    ))
    .await?;
    page.close().await
}

#[tokio::test]
async fn a_field_stays_in_sight_while_the_run_that_needs_it_is_under_way() -> Result {
    let field = "servers.pyroscope.options.IdleTimeout";
    // Here its value alone keeps it in sight; in the race itself a timer that fired does.
    let race = format!("{RACE}&clients.agent.requests.upload.count=1000&until=3600s");
    let page = open(still(), &format!("{race}&{field}=20s")).await?;
    page.wait(IDLE).await?;
    page.js(&format!(
        "
        new MutationObserver(() => window.gone ||= !document.getElementById('{field}'))
            .observe(document.body, {{ subtree: true, childList: true, attributes: true }})"
    ))
    .await?;
    // Slow enough for a run to take more than one slice.
    page.slow_down(20).await?;
    page.goto(&race).await?;
    page.wait(".verdict.bad").await?;
    page.slow_down(1).await?;
    assert_eq!(page.js("return !!window.gone").await?, false);
    page.close().await
}

#[tokio::test]
async fn json_that_is_being_written_survives_a_reload() -> Result {
    let page = open(still(), RACE).await?;
    page.click("#as-json").await?;
    page.fill("#json", "{ \"version\": 1 ").await?;
    let wrong = page.text("#json-wrong").await?;
    assert!(wrong.contains("line 1"), "{wrong}");
    page.reload().await?;
    page.wait("#json-wrong").await?;
    page.wait_js("document.querySelector('#json').value === '{ \"version\": 1 '")
        .await?;
    page.close().await
}

#[tokio::test]
async fn a_file_that_is_saved_is_named() -> Result {
    let page = open(still(), RACE).await?;
    page.click("#export").await?;
    page.click("[data-format=markdown]").await?;
    page.wait_js("document.querySelector('.notice')?.innerText.includes('pyroscope-idle-race.md')")
        .await?;
    page.close().await
}
