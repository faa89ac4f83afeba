//! What a worker is asked, as `serde_wasm_bindgen` reads it there.

use crate::js::{list, object};
use crate::proto::{Around, Question};
use wasm_bindgen::JsValue;

/// The question as it is posted.
pub fn question(question: &Question) -> JsValue {
    let text = JsValue::from_str;
    match question {
        Question::Around(around) => object(&[("Around", self::around(around))]),
        Question::Export {
            id,
            scenario,
            format,
        } => {
            let (scenario, format) = (text(scenario), text(format));
            let fields = [
                ("id", (*id).into()),
                ("scenario", scenario),
                ("format", format),
            ];
            object(&[("Export", object(&fields))])
        }
        Question::Pack { scenario } => object(&[("Pack", object(&[("scenario", text(scenario))]))]),
        Question::Unpack { packed } => object(&[("Unpack", object(&[("packed", text(packed))]))]),
    }
}

fn around(around: &Around) -> JsValue {
    let text = JsValue::from_str;
    let edit = |(path, value): &(String, String)| list([text(path), text(value)].into_iter());
    let remedies = around
        .remedies
        .iter()
        .map(|edits| list(edits.iter().map(edit)));
    object(&[
        ("id", around.id.into()),
        ("scenario", text(&around.scenario)),
        ("request", around.request.into()),
        ("remedies", list(remedies)),
        ("lang", text(&around.lang)),
        ("width", around.width.into()),
    ])
}
