//! Links that somebody made to harm whoever opens them: their words are words, wherever the page shows them, and also where it refuses them.

use crate::{open, still};
use serde_json::Value;
use whyeof_page_tests::{Page, Result};
use whyeof_scenario::Scenario;
use whyeof_scenario::link::{Shared, encode};

/// Every element and attribute that words of a link could have brought along: none of them does the page draw by itself.
const BROUGHT: &str = "
    const kinds = 'script:not([src]):not([type=module]), iframe, object, embed, base, form[action], a[href^=\"javascript:\"], [srcdoc], img:not(#qr)';
    const found = [...document.querySelectorAll(kinds)].filter(it => /hack|evil|<|onerror/.test(it.outerHTML));
    const handlers = [...document.querySelectorAll('*')].filter(it => [...it.attributes].some(a => /^on/i.test(a.name)));
    return [...found, ...handlers].map(it => it.outerHTML.slice(0, 200))";

/// Letters that steer, in anything that the page shows or says to whoever hears it.
const STEERS: &str = "
    const bad = /[\\u0000-\\u0008\\u000b-\\u001f\\u007f-\\u009f\\u061c\\u200b-\\u200f\\u2028-\\u202e\\u2060-\\u206f\\ufeff]/;
    const said = [document.title, document.body.innerText];
    for (const it of document.querySelectorAll('*')) for (const a of it.attributes) said.push(a.value);
    return said.filter(text => bad.test(text)).map(text => JSON.stringify(text.slice(0, 200)))";

/// Titles that a scenario may have, and what follows where it shows in other forms.
const TITLES: [&str; 6] = [
    "<img src=x onerror=\"window.hacked = 1\">",
    "</title></text></svg><script>window.hacked = 1</script>",
    "]]><script>window.hacked = 1</script>",
    "[evil](javascript:window.hacked=1) ![x](https://evil.example/x.png)",
    "&lt;img src=x onerror=window.hacked=1&gt; &#60;b&#62;",
    "{0} ${window.hacked=1} {{constructor.constructor('window.hacked=1')()}}",
];

fn link(title: &str) -> String {
    let json = serde_json::json!({
        "version": 1, "title": title, "until": "25s",
        "clients": [{ "name": "__proto__", "runtime": "go-1.27", "requests": [{
            "name": "constructor", "to": "toString:4040", "method": "POST", "path": "/a';window.hacked=1;//&x=%3Cimg%20src=x%3E", "body": 90,
            "headers": { "X-Note": title }, "every": "10.003s", "count": 2 }] }],
        "servers": [{ "name": "toString", "listen": 4040, "runtime": "go-1.27", "options": { "ReadTimeout": "10s" } }],
        "faults": [{ "name": "gone", "at": "20s", "drop": { "contains": title } },
            { "name": "typed", "at": "21s", "on": "toString", "run": "iptables -A INPUT -p tcp --dport 4040 -j DROP" }],
    });
    let scenario = Scenario::from_json(&json.to_string()).expect("a scenario");
    encode(&Shared {
        scenario: Some(scenario),
        ..Shared::default()
    })
}

/// Nothing of the link has become more than words.
async fn harmless(page: &Page, what: &str) -> Result {
    let none = Value::Array(Vec::new());
    assert_eq!(page.js(BROUGHT).await?, none, "{what}");
    assert_eq!(page.js(STEERS).await?, none, "{what}");
    assert_eq!(
        page.js("return typeof window.hacked").await?,
        "undefined",
        "{what}"
    );
    Ok(())
}

#[tokio::test]
async fn words_of_a_link_are_words_wherever_they_show() -> Result {
    for (number, title) in TITLES.into_iter().enumerate() {
        let page = open(still(), &link(title)).await?;
        let shown = page.text("h1").await?;
        assert!(shown.contains(title), "{shown}");
        harmless(&page, title).await?;
        // As a card among the drafts, in the exports, on the wall, and inside another page.
        page.click("#export").await?;
        page.wait("dialog").await?;
        harmless(&page, title).await?;
        page.press(&String::from(char::from(fantoccini::key::Key::Escape)))
            .await?;
        page.wait_js("!document.querySelector('dialog')").await?;
        page.js("document.activeElement.blur()").await?;
        page.press("p").await?;
        page.wait("main.present svg.diagram .packet").await?;
        harmless(&page, title).await?;
        page.goto(&format!("?{number}{}&e", link(title))).await?;
        page.wait("svg.diagram .packet").await?;
        harmless(&page, title).await?;
        page.close().await?;
    }
    Ok(())
}

/// What cannot be opened is refused with its words in it.
#[tokio::test]
async fn words_of_a_link_that_is_refused_are_words() -> Result {
    const IMG: &str = "%3Cimg%20src=x%20onerror=%22window.hacked=1%22%3E";
    let page = Page::open(still()).await?;
    for tail in [
        format!("#p={IMG}"),
        format!("#s={IMG}.AAAA"),
        format!("#s=1.{IMG}"),
        format!("#p=pyroscope-idle-race&{IMG}=1"),
        format!("#p=pyroscope-idle-race&title=%1b%5B31m{IMG}%E2%80%AE"),
        format!("#p=pyroscope-idle-race&clients.agent.requests.upload.path={IMG}"),
        format!("#p=pyroscope-idle-race&clients.{IMG}.options.Timeout=1s"),
        format!("#p=pyroscope-idle-race&t={IMG}&sel={IMG}&lang={IMG}&v={IMG}"),
        format!("#lesson={IMG}"),
        format!("#{IMG}"),
    ] {
        // Loaded anew each time, and heard of while it runs.
        for again in ["", "?again"] {
            page.goto(&format!("{again}{tail}")).await?;
            page.wait("h1").await?;
            page.wait_js("document.readyState === 'complete'").await?;
            page.js("return new Promise(done => setTimeout(done, 300))")
                .await?;
            harmless(&page, &tail).await?;
        }
    }
    page.close().await
}
