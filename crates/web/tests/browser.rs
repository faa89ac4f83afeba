//! What only wasm in a browser can answer: the engine gives the same bytes there, and the page draws.
#![cfg(target_arch = "wasm32")]

use std::rc::Rc;
use wasm_bindgen::JsValue;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};
use web_sys::{Element, window};
use whyeof_diagnose::Basis;
use whyeof_render::formats::Written;
use whyeof_scenario::presets;
use whyeof_web::App;
use whyeof_web::app::{asked, heard};
use whyeof_web::later;
use whyeof_web::proto::{Answer, Around, Proved, Question, Trial};
use whyeof_web::run::Run;

wasm_bindgen_test_configure!(run_in_browser);

/// What the native build pins: a preset and its digest a line.
const DIGESTS: &str = include_str!("../../cli/tests/digests.txt");

#[wasm_bindgen_test]
fn every_preset_has_the_digest_that_it_has_natively() {
    let mut pinned = 0;
    for line in DIGESTS.lines() {
        let (id, digest) = line.split_once(' ').expect("a preset and its digest");
        let preset = presets::find(id).expect("a preset");
        let run = Run::whole(Rc::new(preset.scenario())).expect("a valid preset");
        assert_eq!(format!("{:016x}", run.digest), digest, "{id}");
        pinned += 1;
    }
    assert_eq!(pinned, presets::ALL.len());
}

async fn drawn() -> Element {
    let document = window().expect("a window").document().expect("a document");
    let root = document.create_element("div").expect("an element");
    yew::Renderer::<App>::with_root(root.clone()).render();
    for _ in 0..3 {
        yew::platform::time::sleep(std::time::Duration::ZERO).await;
    }
    root
}

#[wasm_bindgen_test]
async fn the_page_has_one_heading_and_a_picture() {
    let root = drawn().await;
    let count = |css| root.query_selector_all(css).expect("a selector").length();
    assert_eq!(count("h1"), 1);
    assert_eq!(count("svg.diagram"), 1);
    assert!(count("svg.diagram .packet") >= 5);
}

#[wasm_bindgen_test]
async fn nothing_has_a_style_of_its_own() {
    // The page's policy forbids it.
    let root = drawn().await;
    let styled = root
        .query_selector_all("[style], style")
        .expect("a selector");
    assert_eq!(styled.length(), 0);
}

#[wasm_bindgen_test]
fn scripts_can_simulate() {
    let preset = &presets::ALL[0];
    let shown = whyeof_web::api::simulate(preset.json).expect("a valid preset");
    let get = |key: &str| js_sys::Reflect::get(&shown, &key.into()).expect("a key");
    let error = get("error").as_string();
    assert_eq!(
        error.as_deref(),
        Some("Post \"http://pyroscope:4040/ingest\": EOF")
    );
    assert!(whyeof_web::api::simulate("{").is_err());
}

fn proved(fails_at: Option<(u64, String)>, replays_at: Option<u64>) -> Proved {
    Proved {
        to: 20_000_000_000,
        runs: 2_001,
        fails_at,
        replays_at,
        whose: "d, POST a:80/".to_owned(),
        draws: Basis {
            count: 8,
            lossy: true,
            untried: 3,
            stopped: true,
        },
        still_failed: 2,
        mends: true,
        costs: String::new(),
    }
}

#[wasm_bindgen_test]
async fn the_page_reads_what_its_worker_says() {
    // Nothing is cut off a test's program.
    later::comes_by(|| Box::pin(async { Ok(later::DOORS) }));
    later::load().await.expect("it is here");
    let proof = |proved| Answer::Proof {
        id: 7,
        remedy: 1,
        proved,
    };
    let text = || "EOF 擦肩而过".to_owned();
    let answers = [
        Answer::Ready,
        Answer::NoGap { id: 0 },
        Answer::Progress {
            id: 7,
            done: 67,
            of: 201,
        },
        Answer::Strip {
            id: u32::MAX,
            picture: text(),
            words: text(),
            runs: 201,
            micros: 8_000,
        },
        proof(None),
        proof(Some(proved(None, None))),
        proof(Some(proved(Some((9_999_999_999, text())), Some(1)))),
        Answer::Reran {
            id: 7,
            remedy: 2,
            words: text(),
            clean: false,
            better: true,
        },
        Answer::Done { id: 7 },
        Answer::Exported {
            format: text(),
            file: Written::Text(text()),
        },
        Answer::Exported {
            format: text(),
            file: Written::Bytes(vec![0x0a, 0x0d, 0x0d, 0x0a, 0xff]),
        },
        Answer::Packed {
            scenario: text(),
            packed: text(),
        },
        Answer::Failed { id: 7, why: text() },
    ];
    for answer in answers {
        assert_eq!(heard::answer(&heard::said(&answer)), Some(answer));
    }
    for other in [
        JsValue::NULL,
        JsValue::from_str("Ready"),
        JsValue::from_f64(1.0),
    ] {
        assert_eq!(heard::answer(&other), None);
    }
}

#[wasm_bindgen_test]
fn a_worker_reads_what_it_is_asked() {
    let text = || "{\"title\":\"擦肩而过\"}".to_owned();
    let around = |remedies| {
        Question::Around(Around {
            id: 7,
            scenario: text(),
            request: 1,
            remedies,
            lang: "zh-CN".to_owned(),
            width: u32::MAX,
        })
    };
    let trial = |request, edits| Trial { request, edits };
    let edit = || ("servers.0.options.IdleTimeout".to_owned(), text());
    let questions = [
        around(Vec::new()),
        around(vec![
            trial(Some(3), vec![edit(), edit()]),
            trial(Some(u32::MAX), Vec::new()),
            trial(None, vec![edit()]),
        ]),
        Question::Export {
            id: 0,
            scenario: text(),
            format: text(),
            lang: "zh-CN".to_owned(),
            base: "https://example.org/".to_owned(),
        },
        Question::Pack { scenario: text() },
        Question::Qr { link: text() },
    ];
    for question in questions {
        assert_eq!(asked::read(&asked::question(&question)), Some(question));
    }
    for other in [
        JsValue::NULL,
        JsValue::from_str("Pack"),
        JsValue::from_f64(1.0),
    ] {
        assert_eq!(asked::read(&other), None);
    }
}
