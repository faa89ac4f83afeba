//! The eight lessons, as a learner goes through them. The pictures are for people: `target/screenshots`.

use crate::still;
use fantoccini::key::Key;
use whyeof_page_tests::{Language, Motion, Page, Reader, Result, Scheme};

async fn lesson(reader: Reader, number: u8) -> Result<Page> {
    let page = Page::open(reader).await?;
    page.goto(&format!("#lesson={number}")).await?;
    page.wait("#lesson").await?;
    page.wait("svg.diagram .packet").await?;
    Ok(page)
}

#[tokio::test]
async fn a_lesson_is_predicted_told_solved_and_remembered() -> Result {
    let page = lesson(still(), 3).await?;
    assert_eq!(page.count(".verdict").await?, 0, "it would tell the answer");
    assert_eq!(page.count("svg.diagram .badge.error").await?, 0);
    page.screenshot("lesson-question").await?;
    page.click("[data-answer='1']").await?;
    page.wait(".answer.wrong").await?;
    page.wait(".answer.right").await?;
    page.wait("svg.diagram .badge.error").await?;
    page.screenshot("lesson-told").await?;
    page.click("[data-begin='0']").await?;
    page.wait("form.groups").await?;
    assert_eq!(page.count("#fix, .remedy").await?, 0, "they would solve it");
    let idle = "input[id='clients.agent.options.IdleConnTimeout']";
    page.fill(idle, "10s").await?;
    page.press(&String::from(char::from(Key::Enter))).await?;
    page.wait("#marks .wrong").await?;
    page.fill(idle, "9s").await?;
    page.press(&String::from(char::from(Key::Enter))).await?;
    page.wait_js("document.querySelector('#marks strong')")
        .await?;
    page.screenshot("lesson-solved").await?;
    page.reload().await?;
    page.wait("#lesson").await?;
    page.click("#lessons").await?;
    page.wait("[data-lesson='3'] .right").await?;
    page.screenshot("lessons").await?;
    page.close().await
}

#[tokio::test]
async fn every_lesson_fits_dark_chinese_and_a_phone() -> Result {
    const TOO_WIDE: &str = "document.documentElement.scrollWidth > innerWidth";
    let chinese = Reader {
        language: Language::Chinese,
        scheme: Scheme::Dark,
        ..still()
    };
    let phone = Reader {
        motion: Motion::Reduced,
        ..Reader::with_phone()
    };
    for (reader, name) in [(chinese, "zh"), (phone, "phone")] {
        let page = Page::open(reader).await?;
        for number in 1..=8_u8 {
            page.goto(&format!("#lesson={number}")).await?;
            page.wait_js(&format!(
                "/^{number}\\./.test(document.querySelector('#lesson h2')?.innerText)"
            ))
            .await?;
            page.click("#lesson-show").await?;
            page.wait(".surprise").await?;
            page.wait_js(&format!("!({TOO_WIDE})")).await?;
            page.screenshot(&format!("lesson-{number}-{name}")).await?;
        }
        page.close().await?;
    }
    Ok(())
}

#[tokio::test]
async fn a_story_has_steps() -> Result {
    let page = crate::open(still(), crate::RACE).await?;
    page.js("document.querySelector('details.story').open = true")
        .await?;
    page.click("#story-on").await?;
    page.wait_js("location.hash.startsWith('#p=pyroscope-idle-race-client-idle-9s')")
        .await?;
    page.close().await
}
