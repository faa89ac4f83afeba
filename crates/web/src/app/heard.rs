//! What a worker says, read field by field.
//!
//! By hand, because a derived reader is 9 kB of wasm over the wire, half of it the printer of floats that its error
//! messages need; and only our own worker writes here.

use crate::proto::{Answer, Proved};
use js_sys::{Array, Reflect};
use wasm_bindgen::{JsCast, JsValue};

/// The answer that [`serde_wasm_bindgen`] wrote; `None` if it is none.
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
        Some((nanos(&pair.get(0))?, pair.get(1).as_string()?))
    });
    Some(Proved {
        to: nanos(&field(said, "to")?)?,
        runs: number(&field(said, "runs")?)?,
        fails_at,
        replays_at: field(said, "replays_at").and_then(|at| nanos(&at)),
    })
}

/// A field that is there.
fn field(said: &JsValue, key: &str) -> Option<JsValue> {
    let found = Reflect::get(said, &JsValue::from_str(key)).ok()?;
    (!found.is_undefined()).then_some(found)
}

fn number(said: &JsValue) -> Option<u32> {
    u32::try_from(nanos(said)?).ok()
}

/// JavaScript's numbers hold 104 days of nanoseconds exactly; no run lasts as long.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "it saturates"
)]
fn nanos(said: &JsValue) -> Option<u64> {
    said.as_f64().map(|number| number as u64)
}
