//! Everything that can be opened breaks none of axe-core's rules, in both themes and both languages, wide and on a phone.

use crate::capture::choose;
use crate::{RACE, still};
use whyeof_page_tests::{Language, Page, Reader, Result, Scheme};

/// Something that a reader does, or waits for.
enum Act {
    Click(&'static str),
    Fill(&'static str, &'static str),
    Wait(&'static str),
    Press(&'static str),
    /// A recorded capture by its name, or, if there is none, some other file.
    Drop(&'static str),
}

use Act::{Click, Drop, Fill, Press, Wait};

/// What is looked at: its name, the link that it begins with, and what is done from there.
type Sight = (&'static str, &'static str, &'static [Act]);

const ESCAPE: &str = "\u{e00c}";

/// What is the same on a phone.
const EVERYWHERE: &[Sight] = &[
    (
        "first visit",
        "",
        &[Wait("svg.diagram .packet"), Wait("#fix")],
    ),
    ("first visit, fixed", "", &[Click("#fix"), Wait(".after")]),
    (
        "a race",
        RACE,
        &[Wait("#verdict"), Wait(".wy-strip"), Wait(".proof")],
    ),
    (
        "a remedy to paste",
        RACE,
        &[Click(".to-config"), Wait(".remedy .config pre")],
    ),
    (
        "a race, fixed",
        RACE,
        &[Click("#fix"), Wait(".before, .flip")],
    ),
    (
        "a silence",
        "#p=silent-switch",
        &[Wait("#verdict"), Wait(".wy-strip, .below")],
    ),
    (
        "all is well",
        "#p=pyroscope-idle-race-clean",
        &[Wait("#verdict")],
    ),
    (
        "two requests twice",
        "#p=two-keep-alives-retry",
        &[Wait("#verdict")],
    ),
    (
        "embedded",
        "#p=pyroscope-idle-race&e&x",
        &[Wait(".embedded svg.diagram .packet")],
    ),
    (
        "a term",
        RACE,
        &[Click(".verdict .term"), Wait(".tip strong")],
    ),
    (
        "a moment",
        RACE,
        &[Click("#instant"), Wait("#instant-tables")],
    ),
    ("events", RACE, &[Click(".events summary"), Wait(".event")]),
    (
        "view",
        RACE,
        &[Click("#look-open"), Wait("[id^=look] input[type=range]")],
    ),
    (
        "scenarios",
        RACE,
        &[Click("#scenarios"), Wait("#gallery-window svg.small")],
    ),
    (
        "share",
        RACE,
        &[Click("#share"), Click(".qr-details summary"), Wait("#qr")],
    ),
    ("a bad link", "#s=1.garbage", &[Wait(".notice")]),
    (
        "how likely",
        RACE,
        &[
            Wait(".wy-strip"),
            Click("#risk"),
            Wait(".risk .depth-2"),
            Fill("#gaps", "soon"),
            Wait("#risk-window .error"),
        ],
    ),
    (
        "a sweep",
        RACE,
        &[
            Wait(".wy-strip"),
            Click("#sweep"),
            Click("#sweep-go"),
            Wait(".sweep-picture svg"),
        ],
    ),
    (
        "other orders",
        "#p=silent-switch-restart",
        &[Wait(".strip"), Click("#orders"), Wait(".orders li")],
    ),
    (
        "checked against reality",
        "#reality",
        &[Wait("#reality-window .runs li")],
    ),
    (
        "a capture",
        RACE,
        &[
            Drop("15d-fin-lost-client"),
            Wait(".flows"),
            Wait("#verdict"),
        ],
    ),
    (
        "no capture",
        RACE,
        &[Drop("README"), Wait("#capture-wrong")],
    ),
    (
        "pairs",
        "#pairs",
        &[Wait("#pairs-window .pairs .bad"), Wait("#pair-open")],
    ),
    ("terms", "#terms", &[Wait("#terms-window [data-term=fin]")]),
    (
        "a lesson",
        "#lesson=3",
        &[Wait("#lesson"), Wait("svg.diagram .packet")],
    ),
    (
        "a lesson, answered",
        "#lesson=3",
        &[Click("[data-answer='1']"), Wait(".answer.wrong")],
    ),
    (
        "an exercise",
        "#lesson=3",
        &[
            Click("#lesson-show"),
            Click("[data-begin='0']"),
            Wait("#marks"),
        ],
    ),
];

const WIDE: &[Sight] = &[
    (
        "a segment",
        RACE,
        &[Click(".why .step"), Wait(".inspector dd, .inspector code")],
    ),
    ("JSON", RACE, &[Click("#as-json"), Wait("#json")]),
    (
        "compare with",
        RACE,
        &[Click("#compare-with"), Wait("#compare-window button")],
    ),
    (
        "export",
        RACE,
        &[Click("#export"), Wait("#export-window button")],
    ),
    (
        "a text",
        RACE,
        &[
            Click("#export"),
            Click("[data-view=tcpdump]"),
            Wait("pre.viewed"),
        ],
    ),
    (
        "runtimes",
        RACE,
        &[
            Click("#cast"),
            Wait("#cast-window details, #cast-window h3"),
        ],
    ),
    (
        "lessons",
        RACE,
        &[Click("#lessons"), Wait("[data-lesson='3']")],
    ),
    ("keys", RACE, &[Click("#keys"), Wait("#keys-window kbd")]),
    (
        "an error",
        RACE,
        &[
            Click("#error"),
            Fill("#error-line", "read ECONNRESET"),
            Wait("#error-found li"),
        ],
    ),
    (
        "on a wall",
        RACE,
        &[Click("#present"), Wait("main.present svg.diagram .packet")],
    ),
    (
        "on a wall, QR",
        RACE,
        &[Click("#present"), Press("q"), Wait("#qr")],
    ),
];

const PHONE: &[Sight] = &[
    (
        "settings",
        RACE,
        &[Click("#settings"), Wait("#settings-window input")],
    ),
    (
        "a segment",
        RACE,
        &[Click(".why .step"), Wait("svg.diagram .packet")],
    ),
];

async fn check(reader: Reader, sights: &[&[Sight]]) -> Result {
    let mut wrong = Vec::new();
    let page = Page::open(reader).await?;
    for (name, tail, acts) in sights.iter().copied().flatten() {
        // Another document, so that nothing of the last sight is left.
        page.goto(&format!("?{}{tail}", name.replace(' ', "-")))
            .await?;
        for act in *acts {
            match act {
                Click(css) => page.click(css).await?,
                Fill(css, text) => page.fill(css, text).await?,
                Wait(css) => drop(page.wait(css).await?),
                Press(keys) => page.press(keys).await?,
                Drop(name) => choose(&page, name).await?,
            }
        }
        let found = page.violations().await?;
        wrong.extend(found.into_iter().map(|line| format!("{name}: {line}")));
        page.press(ESCAPE).await?;
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    page.close().await
}

/// Not moving, in these colours and this language.
fn reader(scheme: Scheme, language: Language) -> Reader {
    Reader {
        scheme,
        language,
        ..still()
    }
}

fn phone(reader: Reader) -> Reader {
    Reader {
        viewport: Reader::with_phone().viewport,
        ..reader
    }
}

#[tokio::test]
async fn light_in_english() -> Result {
    check(
        reader(Scheme::Light, Language::English),
        &[EVERYWHERE, WIDE],
    )
    .await
}

#[tokio::test]
async fn dark_in_english() -> Result {
    check(reader(Scheme::Dark, Language::English), &[EVERYWHERE, WIDE]).await
}

#[tokio::test]
async fn light_in_chinese() -> Result {
    check(
        reader(Scheme::Light, Language::Chinese),
        &[EVERYWHERE, WIDE],
    )
    .await
}

#[tokio::test]
async fn dark_in_chinese() -> Result {
    check(reader(Scheme::Dark, Language::Chinese), &[EVERYWHERE, WIDE]).await
}

#[tokio::test]
async fn on_a_phone_in_both() -> Result {
    let light = phone(reader(Scheme::Light, Language::English));
    check(light, &[EVERYWHERE, PHONE]).await?;
    check(
        phone(reader(Scheme::Dark, Language::Chinese)),
        &[EVERYWHERE, PHONE],
    )
    .await
}

#[tokio::test]
async fn a_rule_that_is_broken_is_found() -> Result {
    let page = Page::open(still()).await?;
    page.goto("").await?;
    page.wait("svg.diagram .packet").await?;
    page.js("document.querySelector('main').append(document.createElement('button'))")
        .await?;
    let found = page.violations().await?;
    assert!(
        found.iter().any(|line| line.starts_with("button-name")),
        "{found:?}"
    );
    page.close().await
}
