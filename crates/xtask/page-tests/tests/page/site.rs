//! The site as such, whatever stands on the page: it loads and keeps to itself.

use whyeof_page_tests::{Complaint, Language, Page, Reader, Result, Scheme};

#[tokio::test]
async fn it_loads_below_a_sub_path() -> Result {
    let page = Page::open(Reader::default()).await?;
    page.goto("").await?;
    page.wait("h1").await?;
    assert_eq!(page.tail().await?, "");
    page.screenshot("loaded").await?;
    page.close().await
}

#[tokio::test]
async fn its_worker_answers() -> Result {
    const START: &str = "
        const address = document.querySelector('meta[name=worker]').content;
        const [bindings, wasm] = ['modulepreload', 'preload']
            .map(rel => document.querySelector(`link[rel=${rel}]`).href);
        const worker = new Worker(address);
        return WebAssembly.compileStreaming(fetch(wasm)).then(program => new Promise((resolve, reject) => {
            worker.onmessage = () => resolve(address);
            worker.onerror = reject;
            worker.postMessage({ bindings, program });
        }))";
    let page = Page::open(Reader::default()).await?;
    page.goto("").await?;
    let address = page.js(START).await?;
    let address = address.as_str().expect("an address");
    assert!(address.starts_with("./worker.js?v="), "{address}");
    page.close().await
}

#[tokio::test]
async fn a_worker_that_does_not_start_says_so() -> Result {
    const START: &str = "
        const worker = new Worker(document.querySelector('meta[name=worker]').content);
        return new Promise((resolve, reject) => {
            worker.onmessage = reject;
            worker.onerror = error => resolve(error.message);
            worker.postMessage({ bindings: './gone.js' });
        })";
    let page = Page::open(Reader::default()).await?;
    page.goto("").await?;
    let message = page.js(START).await?;
    let message = message.as_str().expect("a message");
    assert!(message.contains("gone.js"), "{message}");
    page.wait_complaints(1).await?;
    page.close().await
}

#[tokio::test]
async fn its_policy_forbids_inline_scripts_and_other_origins() -> Result {
    const VIOLATE: &str = "
        const script = document.createElement('script');
        script.textContent = '0';
        document.body.append(script);
        return fetch('http://127.0.0.1:9/').catch(() => 0)";
    let page = Page::open(Reader::default()).await?;
    page.goto("").await?;
    page.js(VIOLATE).await?;
    // One of the script, two of the address.
    let complaints = page.wait_complaints(3).await?;
    let forbidden = complaints
        .iter()
        .filter(|c| matches!(c, Complaint::Policy(_)))
        .count();
    assert_eq!(forbidden, 3, "{complaints:#?}");
    page.close().await
}

#[tokio::test]
async fn a_phone_in_chinese_in_the_dark_is_what_the_page_sees() -> Result {
    let reader = Reader {
        scheme: Scheme::Dark,
        language: Language::Chinese,
        ..Reader::with_phone()
    };
    let page = Page::open(reader).await?;
    page.goto("").await?;
    page.wait("h1").await?;
    assert_eq!(
        page.js("return [innerWidth, innerHeight]").await?,
        serde_json::json!([390, 844])
    );
    assert_eq!(
        page.js("return navigator.languages").await?,
        serde_json::json!(["zh-CN", "zh"])
    );
    assert_eq!(
        page.js("return matchMedia('(prefers-color-scheme: dark)').matches")
            .await?,
        true
    );
    assert_eq!(
        page.js("return matchMedia('(hover: none)').matches")
            .await?,
        true
    );
    page.screenshot("phone").await?;
    page.close().await
}
