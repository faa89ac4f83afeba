//! Playing a run, and the state of things at a moment of it.

use crate::{RACE, open, still};
use fantoccini::key::Key;
use whyeof_page_tests::{Reader, Result};

async fn choose(page: &whyeof_page_tests::Page, id: &str, value: &str) -> Result {
    page.js(&format!("const s = document.querySelector('#{id}'); s.value = '{value}'; s.dispatchEvent(new Event('change', {{bubbles: true}}))")).await?;
    Ok(())
}

#[tokio::test]
async fn a_run_is_stepped_through_by_event_segment_and_request() -> Result {
    let page = open(still(), RACE).await?;
    choose(&page, "unit", "request").await?;
    page.click("#step-on").await?;
    page.wait_js("document.querySelector('.inspector').innerText.includes('200 OK')")
        .await?;
    choose(&page, "unit", "segment").await?;
    page.click("#step-on").await?;
    page.wait("#tcpdump-line").await?;
    page.js("document.activeElement.blur()").await?;
    page.press(&String::from(char::from(Key::Left))).await?;
    page.wait("#tcpdump-line").await?;
    page.close().await
}

#[tokio::test]
async fn it_plays_to_the_end_at_a_hundred_times_the_pace() -> Result {
    let page = open(Reader::default(), RACE).await?;
    choose(&page, "speed", "9").await?;
    page.click("#play").await?;
    page.wait_js(
        "document.querySelector('#show-all').disabled && !document.querySelector('.curtain')",
    )
    .await?;
    page.close().await
}

#[tokio::test]
async fn the_state_of_a_moment_stands_in_tables_and_travels_in_a_link() -> Result {
    let page = open(still(), RACE).await?;
    page.click("#instant").await?;
    page.wait("[data-table='sockets']").await?;
    // The moment between the server's close() and the POST's arrival.
    page.js("[...document.querySelectorAll('.step')].find(s => s.textContent.includes('close() sent FIN')).click()").await?;
    page.click("#to-moment").await?;
    page.wait_js("document.querySelector('#instant-tables').innerText.includes('FIN-WAIT-1')")
        .await?;
    page.wait_js("document.querySelector('[data-table=pool]').innerText.includes('FIN-WAIT-1')")
        .await?;
    let shown = page.text("#instant-tables h2").await?;
    page.screenshot("instant").await?;
    // The address follows a little later.
    page.wait_js("location.hash.includes('&t=20.02')").await?;
    page.reload().await?;
    page.wait("svg.diagram .packet").await?;
    page.click("#instant").await?;
    assert_eq!(page.text("#instant-tables h2").await?, shown);
    page.close().await
}

/// What has just left is seen on its way, in front of the curtain; nothing of what has not happened is.
#[tokio::test]
async fn the_packet_of_a_step_stands_in_front_of_the_curtain() -> Result {
    let page = open(still(), "#p=pyroscope-idle-race&t=0.0003s").await?;
    page.wait("svg.diagram .curtain ~ .packet").await?;
    page.wait_js("document.querySelectorAll('svg.diagram .curtain ~ .packet').length === 1")
        .await?;
    page.wait_js(
        "[...document.querySelectorAll('.curtain ~ text')].map(t => t.textContent).join() === 'SYN'",
    )
    .await?;
    page.screenshot("in-front").await?;
    page.close().await
}

#[tokio::test]
async fn rules_count_as_they_go() -> Result {
    let page = open(still(), "#p=silent-switch-iptables-as-typed").await?;
    page.click("#instant").await?;
    page.wait_js("[...document.querySelectorAll('[data-table=rules] tbody tr')].some(r => r.innerText.includes('iptables -A') && /[1-9]/.test(r.lastElementChild.innerText))")
        .await?;
    page.screenshot("instant-rules").await?;
    page.close().await
}

/// A number's name is dragged: the page follows, and undo takes all of it back.
#[tokio::test]
async fn a_number_is_dragged_and_the_run_follows() -> Result {
    const POINTER: &str = "
        const label = document.querySelector(\"label[for='servers.pyroscope.options.IdleTimeout']\");
        const point = (name, x) => label.dispatchEvent(new PointerEvent(name, { bubbles: true, clientX: x, buttons: 1 }));";
    const VALUE: &str =
        "document.querySelector(\"[id='servers.pyroscope.options.IdleTimeout']\").value";
    const MINIMAP: &str = "[...document.querySelectorAll('#minimap svg > :not(.minimap-view)')].map(it => it.outerHTML).join('')";
    let page = open(still(), RACE).await?;
    page.js(&format!(
        "document.querySelectorAll('svg.diagram [class]').forEach(it => it.was = it.getAttribute('class'));
         window.minimap = {MINIMAP};
         {POINTER} point('pointerdown', 100); point('pointermove', 160)"
    ))
    .await?;
    page.wait_js(&format!("{VALUE} === '22s'")).await?;
    page.wait(".verdict.good, .verdict.fair").await?;
    // What is drawn alike has been moved; nothing was made into something else, and what nobody reads meanwhile is as it was.
    let moved = page
        .js("
            const old = [...document.querySelectorAll('svg.diagram [class]')].filter(it => it.was);
            return [old.length > 20, old.every(it => it.was === it.getAttribute('class'))]")
        .await?;
    assert_eq!(moved, serde_json::json!([true, true]));
    assert_eq!(
        page.js(&format!(
            "return window.minimap && {MINIMAP} === window.minimap"
        ))
        .await?,
        true
    );
    page.js(&format!("{POINTER} point('pointerup', 160)"))
        .await?;
    page.wait_js(&format!("{MINIMAP} !== window.minimap"))
        .await?;
    page.click("#undo").await?;
    page.wait_js(&format!("{VALUE} === ''")).await?;
    page.wait(".verdict.bad").await?;
    page.js("document.querySelector(\"[id='servers.pyroscope.options.IdleTimeout']\").focus()")
        .await?;
    page.press(&String::from(char::from(Key::Up))).await?;
    page.wait_js(&format!("{VALUE} === '11s'")).await?;
    page.close().await
}
