//! What a worker says, as `serde_wasm_bindgen` writes it there.

use crate::js::{field, whole};
use crate::proto::{Answer, Proved};
use js_sys::Array;
use wasm_bindgen::{JsCast, JsValue};

/// The answer that was posted; `None` if it is none.
pub fn answer(said: &JsValue) -> Option<Answer> {
    let number = |key| number(&field(said, key)?);
    let text = |key| field(said, key)?.as_string();
    let id = number("id");
    Some(match text("kind")?.as_str() {
        "Ready" => Answer::Ready,
        "NoGap" => Answer::NoGap { id: id? },
        "Progress" => Answer::Progress {
            id: id?,
            done: number("done")?,
            of: number("of")?,
        },
        "Strip" => Answer::Strip {
            id: id?,
            picture: text("picture")?,
            words: text("words")?,
            runs: number("runs")?,
            micros: number("micros")?,
        },
        "Proof" => Answer::Proof {
            id: id?,
            remedy: number("remedy")?,
            proved: field(said, "proved").and_then(|found| proved(&found)),
        },
        "Done" => Answer::Done { id: id? },
        "Exported" => Answer::Exported {
            format: text("format")?,
            text: text("text")?,
        },
        "Packed" => Answer::Packed {
            scenario: text("scenario")?,
            packed: text("packed")?,
        },
        "Unpacked" => Answer::Unpacked {
            packed: text("packed")?,
            scenario: text("scenario"),
        },
        "Failed" => Answer::Failed {
            id: id?,
            why: text("why")?,
        },
        _ => return None,
    })
}

fn proved(said: &JsValue) -> Option<Proved> {
    let fails_at = field(said, "fails_at").and_then(|at| {
        let pair = at.dyn_into::<Array>().ok()?;
        Some((whole(&pair.get(0))?, pair.get(1).as_string()?))
    });
    Some(Proved {
        to: whole(&field(said, "to")?)?,
        runs: number(&field(said, "runs")?)?,
        fails_at,
        replays_at: field(said, "replays_at").and_then(|at| whole(&at)),
    })
}

fn number(said: &JsValue) -> Option<u32> {
    u32::try_from(whole(said)?).ok()
}
