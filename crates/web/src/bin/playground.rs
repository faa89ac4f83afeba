//! The entry of the page, and of the explorer, which is the same program in a worker. Exports what scripts may call.

use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::DedicatedWorkerGlobalScope;

fn main() {
    match js_sys::global().dyn_into::<DedicatedWorkerGlobalScope>() {
        Ok(scope) => whyeof_web::worker::serve(&scope, whyeof_web::explore::answer),
        Err(_) => {
            yew::Renderer::<whyeof_web::App>::new().render();
        }
    }
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
