//! A program as a dedicated Web Worker: what it starts from, and how it hears questions and posts answers.

use crate::app::{asked, heard};
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

/// What a worker does with a question: a clock in milliseconds, and where its answers go.
pub type Work = fn(Question, &dyn Fn() -> f64, &mut dyn FnMut(Answer));

/// The same for the clerk's program, which is loaded from this address of its bindings.
pub fn start_from(bindings: &str) -> JsValue {
    // wasm-bindgen's names for the two halves of a program.
    let program = bindings.replacen(".js", "_bg.wasm", 1);
    object(&[("bindings", bindings.into()), ("program", program.into())])
}

/// Answers whatever is asked from now on; says `Ready` first, because messages posted before that are lost.
pub fn serve(scope: &DedicatedWorkerGlobalScope, work: Work) {
    let own = scope.clone();
    let on_message = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
        match asked::read(&event.data()) {
            Some(question) => {
                work(question, &|| clock(&own), &mut |answer| say(&own, &answer));
            }
            None => say(
                &own,
                &Answer::Failed {
                    id: 0,
                    why: "this is no question".to_owned(),
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
    scope
        .post_message(&heard::said(answer))
        .expect("a worker can post to its page");
}
