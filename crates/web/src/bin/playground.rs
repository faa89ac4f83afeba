//! The entry of the page, and of the explorer, which is the same program in a worker. Exports what scripts may call.

use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use wasm_split_helpers::{SplitLoaderError, wasm_split};
use web_sys::DedicatedWorkerGlobalScope;
use whyeof_web::later::{self, Later};

fn main() {
    match js_sys::global().dyn_into::<DedicatedWorkerGlobalScope>() {
        Ok(scope) => whyeof_web::worker::serve(&scope, whyeof_web::explore::answer),
        Err(_) => {
            later::comes_by(|| Box::pin(async { doors().await.map(|doors| *doors).map_err(drop) }));
            yew::Renderer::<whyeof_web::App>::new().render();
        }
    }
}

/// Here the program is cut: what only this leads to is loaded when it is first called.
#[wasm_split(later, fallible)]
fn doors() -> Result<Box<Later>, SplitLoaderError> {
    Ok(Box::new(later::DOORS))
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
