//! The page's entry: puts the app into the document's body, and exports what scripts may call.

use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

fn main() {
    yew::Renderer::<whyeof_web::App>::new().render();
}

/// Runs a scenario, given as an object or as JSON text, and returns what it shows: `digest`, `verdict`, `error`,
/// `requests`, `findings`.
///
/// # Errors
///
/// What is wrong with the scenario, in one line.
#[wasm_bindgen]
pub fn simulate(scenario: JsValue) -> Result<JsValue, JsValue> {
    let text = match scenario.as_string() {
        Some(text) => text,
        None => js_sys::JSON::stringify(&scenario)?.into(),
    };
    whyeof_web::api::simulate(&text).map_err(|why| js_sys::Error::new(&why).into())
}
