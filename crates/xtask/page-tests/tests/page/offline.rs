//! The page without a network, and a newer version of it.

use crate::{RACE, open, still};
use whyeof_page_tests::{Host, Reader, Result};

/// The files have been kept, and this page is answered from them.
const KEPT: &str = "navigator.serviceWorker.controller && navigator.serviceWorker.controller.state === 'activated'";
const ACTIVE: &str =
    "window.kept ??= (navigator.serviceWorker.ready.then(() => window.kept = 1), 0)";

/// Waits until the site is kept, and comes back: the first visit is answered by the host.
async fn kept(reader: Reader, tail: &str) -> Result<whyeof_page_tests::Page> {
    let page = open(reader, tail).await?;
    page.wait_js(ACTIVE).await?;
    page.reload().await?;
    page.wait_js(KEPT).await?;
    page.wait("svg.diagram .packet").await?;
    Ok(page)
}

#[tokio::test]
async fn everything_works_without_a_network() -> Result {
    let page = kept(still(), RACE).await?;
    page.host(Host::Down);
    page.reload().await?;
    page.wait("svg.diagram .packet").await?;
    page.wait(".wy-strip").await?;
    // The clerk's program, and a file of words: neither had been loaded before.
    page.click("#export").await?;
    page.click("[data-view=markdown]").await?;
    page.wait("pre.viewed").await?;
    page.click(".close").await?;
    page.click("#lessons").await?;
    page.click("[data-lesson='1']").await?;
    page.wait("#lesson").await?;
    page.goto("?another-address").await?;
    page.wait("svg.diagram .packet").await?;
    page.close().await
}

#[tokio::test]
async fn a_newer_version_waits_until_it_is_taken_and_loses_nothing() -> Result {
    let page = kept(still(), RACE).await?;
    page.click("#fix").await?;
    page.wait(".before").await?;
    page.wait_js("location.hash.includes('IdleConnTimeout')")
        .await?;
    let link = page.tail().await?;
    page.host(Host::Newer);
    page.js("navigator.serviceWorker.getRegistration().then(found => found.update())")
        .await?;
    page.click("#take-over").await?;
    let newer = "caches.keys().then(names => window.names = names.join()), (window.names ?? '').includes(' newer-')";
    page.wait_js(newer).await?;
    page.wait_js("performance.getEntriesByType('navigation')[0].type === 'reload'")
        .await?;
    page.wait("svg.diagram .packet").await?;
    assert_eq!(page.tail().await?, link);
    page.wait_js("window.names.split(',').length === 1").await?;
    page.close().await
}

/// What a browser asks of an application that it can install.
#[tokio::test]
async fn it_can_be_installed() -> Result {
    const ICONS: &str = "
        const manifest = document.querySelector('link[rel=manifest]').href;
        return fetch(manifest).then(answer => answer.json()).then(async ({ name, start_url, display, icons }) => {
            const sizes = await Promise.all(icons.map(async icon => {
                const picture = await createImageBitmap(await fetch(new URL(icon.src, manifest)).then(a => a.blob())).catch(() => null);
                return icon.type === 'image/png' && picture ? `${picture.width}x${picture.height}` === icon.sizes : icon.sizes === 'any';
            }));
            return name === 'whyeof' && start_url === './' && display === 'standalone' && sizes.length === 3 && sizes.every(Boolean);
        })";
    let page = open(still(), RACE).await?;
    assert_eq!(page.js(ICONS).await?, true);
    page.close().await
}
