//! A knob or two are swept by workers, with progress, while the page goes on; it can be stopped, and what was found opens.

use crate::{RACE, open, still};
use whyeof_page_tests::Result;

#[tokio::test]
async fn a_sweep_runs_in_workers_and_its_values_open() -> Result {
    let page = open(still(), RACE).await?;
    page.click("#sweep").await?;
    page.click("#sweep-go").await?;
    page.wait(".sweep-picture svg").await?;
    page.screenshot("sweep").await?;
    let said = page.text("#sweep-window").await?;
    assert!(
        said.contains("1681 runs") && said.contains("had closed first"),
        "{said}"
    );
    // A click into the middle of the map opens what lies there.
    page.click(".sweep-picture svg").await?;
    page.wait_js("!document.querySelector('#sweep-window')")
        .await?;
    page.wait_js("location.hash.includes('servers.pyroscope.options.IdleTimeout=')")
        .await?;
    page.click("#undo").await?;
    page.wait("#verdict").await?;
    page.close().await
}

#[tokio::test]
async fn a_long_sweep_says_how_far_it_is_and_can_be_stopped() -> Result {
    let page = open(still(), RACE).await?;
    page.click("#sweep").await?;
    page.fill("#sweep-seeds", "500").await?;
    page.click("#sweep-go").await?;
    // 840,500 runs: it is still at it.
    page.wait_js("document.querySelector('.sweep progress')?.value > 0")
        .await?;
    page.click("#sweep-stop").await?;
    page.wait("#sweep-go").await?;
    assert_eq!(page.count(".sweep progress").await?, 0);
    // What cannot be says why, and what was typed stays.
    page.fill("#sweep-0-to", "soon").await?;
    page.click("#sweep-go").await?;
    page.wait(".sweep .bad").await?;
    assert!(page.text(".sweep .bad").await?.contains("soon"));
    page.close().await
}

#[tokio::test]
async fn words_are_swept_as_a_list() -> Result {
    let page = open(still(), RACE).await?;
    page.click("#sweep").await?;
    page.js("const choose = (id, value) => { const it = document.querySelector(id); it.value = value; it.dispatchEvent(new Event('change', { bubbles: true })) };
        choose('#sweep-0-path', 'clients.agent.runtime')")
        .await?;
    page.wait("#sweep-0-listed").await?;
    // Another runtime has other options: the second knob was one of this one's.
    page.wait_js("document.querySelector('#sweep-1-path').value === ''")
        .await?;
    page.fill("#sweep-0-listed", "go-1.27, node-20, agentkeepalive-4.6")
        .await?;
    page.click("#sweep-go").await?;
    page.wait("table.edges").await?;
    let said = page.text("#sweep-window").await?;
    assert!(
        said.contains("3 runs")
            && said.contains("clients.agent.runtime=go-1.27,node-20,agentkeepalive-4.6"),
        "{said}"
    );
    page.screenshot("sweep-words").await?;
    page.click("table.edges tr td:nth-child(3) button").await?;
    page.wait_js("location.hash.includes('clients.agent.runtime=node-20')")
        .await?;
    page.close().await
}

#[tokio::test]
async fn any_client_with_any_server_and_every_cell_opens_its_scenario() -> Result {
    let page = open(still(), "#pairs").await?;
    page.wait("#pair-open").await?;
    let said = page.text("#pairs-window").await?;
    assert!(said.contains("the server goes first, by 84"), "{said}");
    assert_eq!(page.count("table.pairs td a").await?, 9 * 7);
    page.screenshot("pairs").await?;
    page.js("const via = document.querySelector('#pair-via'); via.value = 'alb'; via.dispatchEvent(new Event('change', { bubbles: true }))")
        .await?;
    page.wait_js("document.querySelector('#pairs-window').innerText.includes('proxy → server')")
        .await?;
    page.click("table.pairs .bad a").await?;
    page.wait(".verdict.bad").await?;
    let verdict = page.text("#verdict").await?;
    assert!(verdict.contains("http://proxy:80/call"), "{verdict}");
    page.close().await
}
