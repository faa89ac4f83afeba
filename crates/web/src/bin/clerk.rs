//! The entry of the clerk's program, which runs in a worker only.

use wasm_bindgen::JsCast;
use web_sys::DedicatedWorkerGlobalScope;

fn main() {
    if let Ok(scope) = js_sys::global().dyn_into::<DedicatedWorkerGlobalScope>() {
        whyeof_web::worker::serve(&scope, whyeof_web::clerk::answer);
    }
}
