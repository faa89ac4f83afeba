//! What a reader does on the page, all of it once a round.

use std::future::Future;
use std::path::Path;
use std::pin::Pin;
use whyeof_page_tests::{Page, Result};

/// Does something and tells how many acts that was.
type Act = for<'a> fn(&'a Page) -> Pin<Box<dyn Future<Output = Result<u32>> + 'a>>;

/// A round.
pub(crate) const ROUND: [(&str, Act); 12] = [
    ("edits", |page| Box::pin(edits(page))),
    ("play", |page| Box::pin(play(page))),
    ("moments", |page| Box::pin(moments(page))),
    ("looks", |page| Box::pin(looks(page))),
    ("compares", |page| Box::pin(compares(page))),
    ("sweeps", |page| Box::pin(sweeps(page))),
    ("imports", |page| Box::pin(imports(page))),
    ("lessons", |page| Box::pin(lessons(page))),
    ("JSON", |page| Box::pin(json(page))),
    ("scenarios", |page| Box::pin(scenarios(page))),
    ("windows", |page| Box::pin(windows(page))),
    ("languages", |page| Box::pin(languages(page))),
];

/// Goes to a story, without another document.
async fn story(page: &Page, preset: &str) -> Result {
    page.js(&format!(
        "location.hash = '#lesson=0'; location.hash = '#p={preset}'"
    ))
    .await?;
    page.wait_js(&format!("location.hash.startsWith('#p={preset}')"))
        .await?;
    page.wait("svg.diagram .packet").await?;
    page.wait("form.groups").await?;
    Ok(())
}

async fn edits(page: &Page) -> Result<u32> {
    const EDIT: &str = "
        const field = () => document.querySelector(\"[id='servers.pyroscope.options.IdleTimeout']\");
        const drawn = () => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
        return (async () => {
            for (let n = 0; n < 40; n++) {
                field().value = `${10 + n}s`;
                field().dispatchEvent(new Event('change', { bubbles: true }));
                await drawn();
            }
            for (let n = 0; n < 20; n++) {
                document.querySelector('#undo').click();
                await drawn();
            }
            for (let n = 0; n < 10; n++) {
                document.querySelector('#redo').click();
                await drawn();
            }
        })()";
    story(page, "pyroscope-idle-race").await?;
    page.js(EDIT).await?;
    page.wait(".wy-strip").await?;
    Ok(70)
}

async fn play(page: &Page) -> Result<u32> {
    const PLAY: &str = "
        const speed = document.querySelector('#speed');
        speed.value = '9';
        speed.dispatchEvent(new Event('change', { bubbles: true }));";
    story(page, "pyroscope-idle-race").await?;
    page.js(PLAY).await?;
    page.click("#play").await?;
    page.wait_js(
        "document.querySelector('#show-all').disabled && !document.querySelector('.curtain')",
    )
    .await?;
    for _ in 0..10 {
        page.click("#step-back").await?;
    }
    page.click("#show-all").await?;
    Ok(13)
}

async fn moments(page: &Page) -> Result<u32> {
    story(page, "two-keep-alives-elb").await?;
    page.click("#instant").await?;
    page.wait("[data-table='sockets']").await?;
    for _ in 0..10 {
        page.click("#step-back").await?;
    }
    page.wait("#instant-tables h2").await?;
    page.click("#instant").await?;
    Ok(13)
}

async fn looks(page: &Page) -> Result<u32> {
    story(page, "silent-switch").await?;
    page.click("#look-open").await?;
    page.wait("#look").await?;
    for axis in ["#axis-even", "#axis-equal", "#axis-nonlinear"] {
        page.click(axis).await?;
        page.wait(&format!("{axis}[aria-pressed='true']")).await?;
    }
    page.click("#look-reset").await?;
    page.click("#look-open").await?;
    Ok(7)
}

async fn compares(page: &Page) -> Result<u32> {
    const NODE: &str = "[...document.querySelectorAll('[data-with]')].find(b => b.dataset.with.includes('Node')).click()";
    story(page, "pyroscope-idle-race").await?;
    page.click("#compare-with").await?;
    page.wait("#compare-window").await?;
    page.js(NODE).await?;
    page.wait("figure.before svg.diagram .packet").await?;
    page.click("#compare").await?;
    page.wait_js("!document.querySelector('figure.before')")
        .await?;
    page.click(".remedy .apply").await?;
    page.wait(".verdict.good").await?;
    page.click("#compare").await?;
    page.wait("figure.before svg.diagram").await?;
    page.click("#undo").await?;
    page.wait(".verdict.bad").await?;
    Ok(6)
}

async fn sweeps(page: &Page) -> Result<u32> {
    story(page, "pyroscope-idle-race").await?;
    page.click("#sweep").await?;
    page.click("#sweep-go").await?;
    page.wait(".sweep-picture svg").await?;
    page.click("#sweep-window .close").await?;
    page.wait_js("!document.querySelector('dialog')").await?;
    Ok(3)
}

async fn imports(page: &Page) -> Result<u32> {
    const FIELD: &str = "
        const field = Object.assign(document.createElement('input'), { type: 'file', id: 'chosen', className: 'open-file' });
        Object.assign(field.style, { position: 'fixed', top: 0, left: 0, zIndex: 9 });
        document.body.append(field)";
    let recorded = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../recorded/pcaps");
    let file = recorded
        .join("01-go-idle-race-client.pcap")
        .canonicalize()?;
    page.js(FIELD).await?;
    page.wait("#chosen")
        .await?
        .send_keys(&file.to_string_lossy())
        .await?;
    page.js("document.querySelector('#chosen').remove()")
        .await?;
    page.wait(".flow[aria-current]").await?;
    for flow in ["1", "10", "20", "30"] {
        page.click(&format!(".flow[data-flow='{flow}']")).await?;
        page.wait(&format!(".flow[data-flow='{flow}'][aria-current]"))
            .await?;
    }
    page.click(".flow[data-flow='10']").await?;
    page.wait(".verdict.bad").await?;
    page.click("#simulate").await?;
    page.wait("form.groups").await?;
    Ok(7)
}

async fn lessons(page: &Page) -> Result<u32> {
    for number in [1, 3, 5, 8] {
        page.js(&format!("location.hash = '#lesson={number}'"))
            .await?;
        let here = format!("/^{number}\\./.test(document.querySelector('#lesson h2')?.innerText)");
        page.wait_js(&here).await?;
        page.click("#lesson-show").await?;
        page.wait(".surprise").await?;
    }
    page.click("#lesson-leave").await?;
    page.wait("form.groups").await?;
    Ok(9)
}

async fn json(page: &Page) -> Result<u32> {
    const TYPE: &str = "
        const field = document.querySelector('#json');
        field.value = field.value.replace(/\"seed\": ?\\d+/, `\"seed\": ${Math.floor(Math.random() * 1000) + 100}`);
        field.dispatchEvent(new InputEvent('input', { bubbles: true }))";
    story(page, "pyroscope-idle-race").await?;
    page.click("#as-json").await?;
    page.wait("#json").await?;
    page.js(TYPE).await?;
    page.click("#run-json").await?;
    page.click("#as-form").await?;
    page.wait("form.groups").await?;
    Ok(4)
}

async fn scenarios(page: &Page) -> Result<u32> {
    let presets = [
        "two-keep-alives",
        "node-six-seconds",
        "shutdown-race",
        "fin-lost",
        "nat-350s",
        "body-leak",
    ];
    page.click("#scenarios").await?;
    page.wait("#gallery-window").await?;
    page.click("#gallery-window .close").await?;
    page.wait_js("!document.querySelector('dialog')").await?;
    for preset in presets {
        story(page, preset).await?;
    }
    Ok(8)
}

async fn windows(page: &Page) -> Result<u32> {
    for (button, window) in [
        ("#lessons", "#lessons-window"),
        ("#error", "#error-window"),
        ("#cast", "#cast-window"),
        ("#share", "#share-window"),
        ("#export", "#export-window"),
        ("#keys", "#keys-window"),
    ] {
        page.click(button).await?;
        page.wait(window).await?;
        page.click(&format!("{window} .close")).await?;
        page.wait_js("!document.querySelector('dialog')").await?;
    }
    Ok(12)
}

async fn languages(page: &Page) -> Result<u32> {
    const PRESS: &str =
        "[...document.querySelectorAll('button')].find(b => b.innerText === 'WORD').click()";
    for (word, lang) in [("中文", "zh"), ("EN", "en")] {
        page.js(&PRESS.replace("WORD", word)).await?;
        page.wait_js(&format!(
            "document.documentElement.lang.startsWith('{lang}')"
        ))
        .await?;
    }
    for _ in 0..3 {
        page.click("#theme").await?;
    }
    Ok(5)
}
