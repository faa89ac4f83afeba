//! The field's terms, beside the words that name them and as a page.

use crate::{RACE, open, still};
use fantoccini::key::Key;
use whyeof_page_tests::{Language, Page, Reader, Result};

const HOVER: &str = "document.querySelector('.verdict .term').dispatchEvent(new PointerEvent('pointerover', { bubbles: true }))";
const LEAVE: &str = "document.querySelector('.verdict .term').dispatchEvent(new PointerEvent('pointerout', { bubbles: true }))";

#[tokio::test]
async fn a_term_is_explained_to_pointer_finger_and_keyboard() -> Result {
    let page = open(still(), RACE).await?;
    page.wait(".verdict .term").await?;
    page.js(HOVER).await?;
    let said = page.text(".tip").await?;
    assert!(said.starts_with("FIN\n"), "{said}");
    page.js(LEAVE).await?;
    page.wait_js("!document.querySelector('.tip')").await?;
    page.js("document.querySelector('.verdict .term').focus()")
        .await?;
    page.wait(".tip strong").await?;
    page.screenshot("term").await?;
    page.press(&String::from(char::from(Key::Escape))).await?;
    page.wait_js("!document.querySelector('.tip')").await?;
    page.become_reader(Reader {
        viewport: Reader::with_phone().viewport,
        ..still()
    })
    .await?;
    page.js("document.activeElement.blur()").await?;
    page.click(".remedy .term").await?;
    page.wait_js("(box => box && box.left >= 0 && box.right <= 390 && box.bottom <= 844)(document.querySelector('.tip')?.getBoundingClientRect())").await?;
    page.close().await
}

#[tokio::test]
async fn all_terms_have_a_page_in_both_languages() -> Result {
    for language in [Language::English, Language::Chinese] {
        let page = Page::open(Reader {
            language,
            ..still()
        })
        .await?;
        page.goto("#terms").await?;
        page.wait("#terms-window [data-term=time-wait]").await?;
        let said = page.text("#terms-window [data-term=keep-alive]").await?;
        assert!(
            said.contains("HTTP keep-alive") && said.contains("长连接"),
            "{said}"
        );
        assert!(page.count("#terms-window dt").await? > 30);
        page.screenshot(&format!("terms-{language:?}").to_lowercase())
            .await?;
        page.press(&String::from(char::from(Key::Escape))).await?;
        page.wait_js("!document.querySelector('dialog')").await?;
        page.close().await?;
    }
    Ok(())
}
