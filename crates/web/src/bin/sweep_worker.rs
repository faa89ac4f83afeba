//! Runs in a dedicated Web Worker; says `Ready` first, because messages posted before that are
//! lost.

use wasm_bindgen::{JsCast, JsValue};
use web_sys::DedicatedWorkerGlobalScope;

fn main() {
    let scope: DedicatedWorkerGlobalScope = js_sys::global().unchecked_into();
    scope
        .post_message(&JsValue::from_str("Ready"))
        .expect("a worker can post to its page");
}
