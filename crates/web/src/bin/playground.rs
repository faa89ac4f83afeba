//! The entry of the page, and of the explorer, which is the same program in a worker. Exports what scripts may call.

use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use wasm_split_helpers::{SplitLoaderError, wasm_split};
use web_sys::DedicatedWorkerGlobalScope;
use whyeof_web::later::{self, Later};

fn main() {
    later::comes_by(|| Box::pin(async { doors().await.map(|doors| *doors).map_err(drop) }));
    match js_sys::global().dyn_into::<DedicatedWorkerGlobalScope>() {
        // It calls `explore`.
        Ok(_) => {}
        Err(_) => drop(yew::Renderer::<whyeof_web::App>::new().render()),
    }
}

/// Here the program is cut: what only this leads to is loaded when it is first called.
#[wasm_split(later, fallible)]
fn doors() -> Result<Box<Later>, SplitLoaderError> {
    Ok(Box::new(later::DOORS))
}

/// Makes a worker the explorer, whose work is not in the first view's program.
///
/// # Errors
///
/// It does not come.
#[wasm_bindgen]
pub async fn explore() -> Result<(), JsValue> {
    let scope: DedicatedWorkerGlobalScope = js_sys::global().unchecked_into();
    (all().await?.explore)(&scope);
    Ok(())
}

/// What comes later, now.
async fn all() -> Result<Later, JsValue> {
    let gone = || js_sys::Error::new("the page's program has not come in whole");
    later::load().await.map_err(|()| gone())?;
    Ok(later::get().ok_or_else(gone)?)
}

/// Runs a scenario, given as an object or as JSON text, and promises what it shows: `digest`, `verdict`, `error`,
/// `requests`, `findings`.
///
/// # Errors
///
/// What is wrong with the scenario, in one line, or that the program does not come.
#[wasm_bindgen]
pub async fn simulate(scenario: JsValue) -> Result<JsValue, JsValue> {
    let text = match scenario.as_string() {
        Some(text) => text,
        None => js_sys::JSON::stringify(&scenario)?.into(),
    };
    let simulated = (all().await?.simulate)(&text);
    simulated.map_err(|why| js_sys::Error::new(&why).into())
}
