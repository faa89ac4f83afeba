//! The page as its readers use it. The pictures are for people: `target/screenshots`.

use crate::{RACE, open, still};
use fantoccini::key::Key;
use whyeof_page_tests::{Language, Motion, Reader, Result, Scheme};

const ERROR: &str = "Post \"http://pyroscope:4040/ingest\": EOF";
const IDLE: &str = "input[id='clients.agent.options.IdleConnTimeout']";

#[tokio::test]
async fn a_first_visit_shows_the_race_and_one_click_fixes_it() -> Result {
    let page = open(still(), "").await?;
    assert_eq!(page.text("h1").await?, "Why did my request get EOF?");
    assert_eq!(page.text(".verdict .error").await?, ERROR);
    assert_eq!(page.count("form.groups").await?, 0, "the form is closed");
    page.screenshot("first").await?;
    page.click("#fix").await?;
    page.wait(".verdict.good").await?;
    assert_eq!(page.count("svg.diagram").await?, 2, "before and after");
    page.screenshot("first-fixed").await?;
    page.wait_tail("IdleConnTimeout=9s").await?;
    page.click("#way-settings").await?;
    page.wait("form.groups").await?;
    page.close().await
}

#[tokio::test]
async fn it_plays_once_and_stops_on_the_error() -> Result {
    let page = open(Reader::default(), "").await?;
    page.wait_js("document.querySelector('.curtain')").await?;
    page.wait_js("!document.querySelector('.curtain')").await?;
    assert_eq!(page.text(".verdict .error").await?, ERROR);
    page.close().await
}

#[tokio::test]
async fn a_link_opens_verdict_reasons_and_remedies() -> Result {
    let page = open(still(), RACE).await?;
    assert_eq!(page.text(".verdict .error").await?, ERROR);
    assert_eq!(page.count("h1").await?, 1);
    assert!(page.count(".why li").await? >= 5);
    assert!(page.count(".remedy.green").await? >= 1);
    // The worker's runs: the strip, and what they say of the remedies.
    page.wait(".strip-picture svg").await?;
    page.wait(".remedy .proof").await?;
    page.screenshot("workbench").await?;
    page.close().await
}

#[tokio::test]
async fn what_is_selected_is_told_in_tcpdumps_words() -> Result {
    let page = open(still(), RACE).await?;
    page.js("document.querySelector('svg.diagram .packet.crossed, svg.diagram .packet.fin').dispatchEvent(new MouseEvent('click', {bubbles: true}))").await?;
    let line = page.text("#tcpdump-line").await?;
    assert!(line.contains("Flags [F.]"), "{line}");
    page.wait_tail("sel=").await?;
    page.screenshot("selected").await?;
    page.reload().await?;
    assert_eq!(page.text("#tcpdump-line").await?, line);
    page.close().await
}

#[tokio::test]
async fn a_packet_is_dropped_by_hand_and_undo_brings_it_back() -> Result {
    let page = open(still(), RACE).await?;
    page.js("document.querySelector('svg.diagram .packet.crossed').dispatchEvent(new MouseEvent('click', {bubbles: true}))").await?;
    let error = page.text(".verdict").await?;
    page.click("#drop-it").await?;
    // Without the FIN the RST is what the client hears of.
    page.wait_js(
        "document.querySelector('.verdict').innerText.includes('connection reset by peer')",
    )
    .await?;
    page.wait("#let-pass").await?;
    page.screenshot("dropped-by-hand").await?;
    page.click("#undo").await?;
    page.wait("#drop-it").await?;
    assert_eq!(page.text(".verdict").await?, error);
    page.close().await
}

#[tokio::test]
async fn a_reason_points_at_what_it_speaks_of() -> Result {
    let page = open(still(), RACE).await?;
    let on_fin = "[...document.querySelectorAll('.step')].find(s => s.textContent.includes('close() sent FIN'))";
    page.js(&format!(
        "{on_fin}.dispatchEvent(new MouseEvent('mouseenter'))"
    ))
    .await?;
    page.wait("svg.diagram .packet.crossed.hot").await?;
    page.screenshot("pointed").await?;
    page.js(&format!(
        "{on_fin}.dispatchEvent(new MouseEvent('mouseleave'))"
    ))
    .await?;
    page.wait("svg.diagram:not(:has(.hot))").await?;
    page.close().await
}

/// The panel of what is selected takes room of its own: one reason after the other can be clicked, and the one that was stays in sight.
#[tokio::test]
async fn reasons_are_read_one_after_the_other_beside_what_they_select() -> Result {
    let page = open(still(), RACE).await?;
    for n in [4, 7, 8] {
        let step = format!("document.querySelectorAll('.why .step')[{}]", n - 1);
        page.js(&format!("{step}.click()")).await?;
        page.wait_js(&format!(
            "document.querySelector('.inspector.chosen') && {step}.ariaCurrent === 'true' && (() => {{
                const at = {step}.getBoundingClientRect();
                return {step}.contains(document.elementFromPoint(at.x + at.width / 2, at.y + at.height / 2));
            }})()"
        ))
        .await?;
    }
    page.screenshot("reasons").await?;
    page.close().await
}

#[tokio::test]
async fn an_edit_is_undone_and_survives_a_reload() -> Result {
    let page = open(still(), RACE).await?;
    page.fill(IDLE, "9s").await?;
    page.press(&String::from(char::from(Key::Enter))).await?;
    page.wait(".verdict.good").await?;
    page.wait_tail("IdleConnTimeout=9s").await?;
    let link = page.tail().await?;
    page.reload().await?;
    page.wait(".verdict.good").await?;
    assert_eq!(page.tail().await?, link);
    page.fill(IDLE, "nine").await?;
    page.press(&String::from(char::from(Key::Enter))).await?;
    page.wait(".field.wrong").await?;
    assert_eq!(page.tail().await?, link, "what is wrong is not taken over");
    page.screenshot("wrong-text").await?;
    page.fill(IDLE, "11s").await?;
    page.press(&String::from(char::from(Key::Enter))).await?;
    page.wait(".verdict.bad").await?;
    page.click("#undo").await?;
    page.wait(".verdict.good").await?;
    page.wait_tail("IdleConnTimeout=9s").await?;
    assert_eq!(page.tail().await?, link);
    page.close().await
}

#[tokio::test]
async fn apply_redo_and_compare() -> Result {
    let page = open(still(), RACE).await?;
    page.click(".remedy .apply").await?;
    page.wait(".verdict.good").await?;
    page.click("#compare").await?;
    page.wait("figure.before svg.diagram").await?;
    page.screenshot("compare").await?;
    page.click("#undo").await?;
    page.wait(".verdict.bad").await?;
    page.click("#redo").await?;
    page.wait(".verdict.good").await?;
    page.close().await
}

#[tokio::test]
async fn the_keyboard_does_everything() -> Result {
    let page = open(still(), RACE).await?;
    page.js("document.activeElement.blur()").await?;
    let right = String::from(char::from(Key::Right));
    page.press(&right).await?;
    page.press(&right).await?;
    page.wait_js("document.querySelector('#scrub').value === '1'")
        .await?;
    page.wait_js("location.hash.includes('&t=')").await?;
    page.press("]").await?;
    page.wait_js("document.querySelectorAll('.chip')[4].getAttribute('aria-pressed') === 'true'")
        .await?;
    page.press("?").await?;
    page.wait("dialog[open] .keys").await?;
    page.screenshot("keys").await?;
    page.press(&String::from(char::from(Key::Escape))).await?;
    page.wait_js("!document.querySelector('dialog')").await?;
    page.close().await
}

#[tokio::test]
async fn a_hostile_link_is_told_and_the_page_goes_on() -> Result {
    for tail in ["#s=1.AAAA", "#p=nonsense", "#s=9.x"] {
        let page = open(still(), tail).await?;
        page.wait(".notice.bad").await?;
        page.fill(IDLE, "9s").await?;
        page.press(&String::from(char::from(Key::Enter))).await?;
        page.wait(".verdict.good").await?;
        page.close().await?;
    }
    Ok(())
}

#[tokio::test]
async fn on_ones_own_machine_the_share_window_says_that_others_cannot_open_it() -> Result {
    let page = open(still(), RACE).await?;
    page.click("#share").await?;
    page.wait("#share-local").await?;
    page.screenshot("share").await?;
    let part = "document.querySelector('#share-part').value";
    page.wait_js(&format!("{part}.startsWith('#p=pyroscope-idle-race')"))
        .await?;
    page.fill("#paste", "#p=pyroscope-idle-race-clean").await?;
    page.click("#paste-open").await?;
    page.wait(".verdict.fair").await?;
    page.wait_tail("#p=pyroscope-idle-race-clean").await?;
    page.close().await
}

#[tokio::test]
async fn scenarios_are_chosen_from_a_list() -> Result {
    let page = open(still(), RACE).await?;
    page.click("#scenarios").await?;
    // A story's summary is loaded when the list is opened.
    page.wait(".preset[data-preset='silent-switch'] span")
        .await?;
    // Small pictures, of the runs themselves.
    page.wait(".preset[data-preset='silent-switch'] svg.small .packet")
        .await?;
    page.wait_js("document.querySelectorAll('.preset svg.small').length === document.querySelectorAll('.preset').length").await?;
    page.screenshot("scenarios").await?;
    page.click("#by-symptom").await?;
    page.wait("[data-shelf='EOF'] [data-preset='pyroscope-idle-race'] svg.small")
        .await?;
    page.screenshot("scenarios-by-error").await?;
    page.click("#by-cause").await?;
    page.wait_js("document.querySelectorAll('[data-shelf]').length > 8")
        .await?;
    page.click("#by-runtime").await?;
    page.wait_js("[...document.querySelectorAll('[data-shelf]')].some(s => s.dataset.shelf.includes('Node'))").await?;
    // Under those of its servers and proxies, too.
    page.wait("[data-shelf*='ALB'] [data-preset='two-keep-alives-elb']")
        .await?;
    page.click("#by-story").await?;
    page.fill("#filter", "aws probes").await?;
    page.wait_js("document.querySelectorAll('[data-preset]').length === 1")
        .await?;
    page.fill("#filter", "eof dial").await?;
    page.wait(".gallery:not(:has(.variant))").await?;
    page.click("[data-preset='pyroscope-never-used-connection']")
        .await?;
    page.wait_js("location.hash.startsWith('#p=pyroscope-never-used-connection')")
        .await?;
    page.wait(".verdict.bad").await?;
    page.screenshot("second-act").await?;
    page.close().await
}

#[tokio::test]
async fn the_page_tells_what_its_runtimes_and_fields_do() -> Result {
    let page = open(still(), RACE).await?;
    page.click("#scenarios").await?;
    page.click("[data-opens='cast']").await?;
    let nginx = "[data-profile='nginx-1.22']";
    page.wait(nginx).await?;
    page.js(&format!("document.querySelector(\"{nginx}\").open = true"))
        .await?;
    let told = page.text(&format!("{nginx} .traits")).await?;
    assert!(told.contains("75 s"), "{told}");
    page.screenshot("runtimes").await?;
    page.click("dialog .close").await?;
    // The help of fields is loaded when the focus comes near.
    page.js(&format!("document.querySelector(\"{IDLE}\").focus()"))
        .await?;
    page.wait("label[title*='idle in the pool'][for='clients.agent.options.IdleConnTimeout']")
        .await?;
    page.close().await
}

#[tokio::test]
async fn json_stands_beside_the_form() -> Result {
    let page = open(still(), RACE).await?;
    page.click("#as-json").await?;
    page.fill("#json", "{ \"version\": 1 ").await?;
    page.wait("#json-wrong").await?;
    page.screenshot("json").await?;
    page.close().await
}

#[tokio::test]
async fn it_speaks_chinese_and_shows_itself_in_the_dark() -> Result {
    let reader = Reader {
        language: Language::Chinese,
        scheme: Scheme::Dark,
        ..still()
    };
    let page = open(reader, "").await?;
    assert_eq!(page.text("h1").await?, "请求为什么报 EOF？");
    assert_eq!(page.text(".verdict .error").await?, ERROR, "verbatim");
    page.screenshot("first-chinese-dark").await?;
    page.click("#open-bench").await?;
    page.wait(".strip-picture svg").await?;
    page.screenshot("workbench-chinese-dark").await?;
    page.click("#lang-en").await?;
    page.wait_js("document.documentElement.lang === 'en'")
        .await?;
    page.reload().await?;
    page.wait_js("document.documentElement.lang === 'en'")
        .await?;
    page.close().await
}

#[tokio::test]
async fn it_fits_a_phone() -> Result {
    const TOO_WIDE: &str = "document.documentElement.scrollWidth > innerWidth";
    let reader = Reader {
        motion: Motion::Reduced,
        ..Reader::with_phone()
    };
    let page = open(reader, "").await?;
    page.wait_js(&format!("!({TOO_WIDE})")).await?;
    page.screenshot("phone-first").await?;
    page.click("#fix").await?;
    page.wait(".verdict.good").await?;
    page.wait_js(&format!("!({TOO_WIDE})")).await?;
    page.goto(RACE).await?;
    page.wait(".verdict.bad").await?;
    page.wait_js(&format!("!({TOO_WIDE})")).await?;
    page.screenshot("phone-workbench").await?;
    page.click("#settings").await?;
    page.wait("dialog[open] form.groups").await?;
    page.screenshot("phone-settings").await?;
    page.click("dialog .close").await?;
    // A word of a sentence is as high as its line.
    let small = page
        .js("return [...document.querySelectorAll('button:not(.term)')].filter(b => b.offsetHeight && b.offsetHeight < 44).map(b => b.outerHTML)")
        .await?;
    assert_eq!(small, serde_json::json!([]), "targets of 44 px");
    page.close().await
}

#[tokio::test]
async fn it_can_stand_in_another_page() -> Result {
    let page = open(still(), &format!("{RACE}&e")).await?;
    assert_eq!(page.count("header.bar").await?, 0);
    page.wait(".verdict.bad").await?;
    page.screenshot("embedded").await?;
    page.close().await
}

#[tokio::test]
async fn the_embed_snippet_leads_to_verdict_and_diagram_alone() -> Result {
    let page = open(still(), RACE).await?;
    page.click("#share").await?;
    page.wait("#share-embed").await?;
    let tail = page
        .js("const d = document.createElement('template'); d.innerHTML = document.querySelector('#share-embed').value; return new URL(d.content.firstChild.getAttribute('src')).hash")
        .await?;
    let tail = tail.as_str().ok_or("a link")?.to_owned();
    page.goto(&tail).await?;
    page.wait("main.embedded svg.diagram .packet").await?;
    assert_eq!(page.count("header.bar").await?, 0);
    page.close().await
}

#[tokio::test]
async fn the_diagram_is_kept_as_png_in_light_or_dark() -> Result {
    let page = open(still(), RACE).await?;
    page.js("window.kept = []; const old = URL.createObjectURL; URL.createObjectURL = b => { window.kept.push(b); return old.call(URL, b) }").await?;
    for button in ["#png-light", "#png-dark"] {
        page.click("#export").await?;
        page.click(button).await?;
        page.wait_js("window.kept.some(b => b.type === 'image/png' && b.size > 20000) && window.kept.splice(0)").await?;
    }
    page.close().await
}
