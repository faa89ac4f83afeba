//! Real captures on the page, and the page that holds ours against real runs.

use crate::{RACE, open, still};
use std::path::{Path, PathBuf};
use whyeof_page_tests::{Page, Result};

/// A recorded capture by its name; of a name that none has, a text.
fn file(name: &str) -> PathBuf {
    let recorded = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../recorded");
    let capture = recorded.join("pcaps").join(format!("{name}.pcap"));
    match capture.is_file() {
        true => capture,
        false => recorded.join("README.md"),
    }
}

/// Chooses a file as a reader would who has opened the window: by its field, of which one is put up, since a phone's bar has no room for the button.
pub(crate) async fn choose(page: &Page, name: &str) -> Result {
    // What stands in the document before the page does is taken away by it.
    page.wait("main").await?;
    page.js(
        "const field = Object.assign(document.createElement('input'), {type: 'file', id: 'chosen', className: 'open-file', ariaLabel: 'file'}); Object.assign(field.style, {position: 'fixed', top: 0, left: 0, zIndex: 9}); document.querySelector('#chosen')?.remove(); document.body.append(field)",
    )
    .await?;
    let path = file(name).canonicalize()?;
    let field = page.wait("#chosen").await?;
    field.send_keys(&path.to_string_lossy()).await?;
    page.js("document.querySelector('#chosen').remove()")
        .await?;
    Ok(())
}

#[tokio::test]
async fn a_capture_is_listed_told_and_simulated() -> Result {
    let page = open(still(), RACE).await?;
    page.click("#capture").await?;
    page.wait("#capture-file").await?;
    choose(&page, "01-go-idle-race-client").await?;
    page.wait(".flow[aria-current]").await?;
    assert_eq!(page.count(".flow").await?, 103);
    let verdict = page.text("#capture-verdict").await?;
    assert!(
        verdict.starts_with("21 of 173 requests got no answer"),
        "{verdict}"
    );
    let told = page.text("#verdict").await?;
    assert!(told.contains("a capture at one end cannot know"), "{told}");
    assert!(page.count(".why li").await? >= 4);
    // Another connection: all is well there.
    page.click(".flow[data-flow='1']").await?;
    page.wait(".verdict.good").await?;
    page.screenshot("capture").await?;
    // The address says nothing of it.
    assert!(page.tail().await?.starts_with("#p=pyroscope-idle-race"));
    page.click(".flow[data-flow='10']").await?;
    page.wait(".verdict.bad").await?;
    page.click("#simulate").await?;
    page.wait("form.groups").await?;
    page.wait(".verdict.bad .error").await?;
    page.wait_tail("s=1.").await?;
    // Nothing is lost: one step back is the scenario from before.
    page.click("#undo").await?;
    page.wait_tail("#p=pyroscope-idle-race").await?;
    page.close().await
}

#[tokio::test]
async fn what_is_no_capture_is_said_and_closed() -> Result {
    let page = open(still(), RACE).await?;
    choose(&page, "no such capture").await?;
    let wrong = page.text("#capture-wrong").await?;
    assert!(
        wrong.starts_with("byte 0: expected the beginning"),
        "{wrong}"
    );
    page.click("#close-capture").await?;
    page.wait("form.groups").await?;
    page.wait(".verdict.bad").await?;
    page.close().await
}

#[tokio::test]
async fn every_recorded_run_is_on_the_page() -> Result {
    let runs =
        std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../recorded/runs"))?;
    let page = open(still(), "#reality").await?;
    page.wait(".reality .runs li").await?;
    assert_eq!(page.count(".reality [data-run]").await?, runs.count());
    assert!(page.count(".reality .said.good").await? > 100);
    assert_eq!(page.count(".reality .said.bad").await?, 0);
    page.screenshot("reality").await?;
    page.close().await
}
