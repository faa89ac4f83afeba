//! The program as a dedicated Web Worker: what it starts from, and how it hears questions and posts answers.

use crate::explore::answer;
use crate::js::{field, object};
use crate::proto::{Answer, Question};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{DedicatedWorkerGlobalScope, MessageEvent};

#[wasm_bindgen]
extern "C" {
    /// Knows the address of the file that it stands in: the program's bindings.
    #[wasm_bindgen(thread_local_v2, js_namespace = import, js_name = meta)]
    static IMPORT_META: JsValue;
}

/// The first message to a worker, which `www/worker.js` awaits: this program as it is compiled, and where its bindings
/// are.
pub fn start() -> JsValue {
    let bindings = IMPORT_META.with(|meta| field(meta, "url"));
    object(&[
        ("bindings", bindings.unwrap_or_default()),
        ("program", wasm_bindgen::module()),
    ])
}

/// Answers whatever is asked from now on; says `Ready` first, because messages posted before that are lost.
pub fn serve(scope: &DedicatedWorkerGlobalScope) {
    let asked = scope.clone();
    let on_message = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
        match serde_wasm_bindgen::from_value::<Question>(event.data()) {
            Ok(question) => answer(question, || clock(&asked), |answer| say(&asked, &answer)),
            Err(error) => say(
                &asked,
                &Answer::Failed {
                    id: 0,
                    why: error.to_string(),
                },
            ),
        }
    });
    scope.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
    on_message.forget();
    say(scope, &Answer::Ready);
}

fn clock(scope: &DedicatedWorkerGlobalScope) -> f64 {
    scope
        .performance()
        .map_or(0.0, |performance| performance.now())
}

fn say(scope: &DedicatedWorkerGlobalScope, answer: &Answer) {
    let value = serde_wasm_bindgen::to_value(answer).expect("plain data");
    scope
        .post_message(&value)
        .expect("a worker can post to its page");
}
