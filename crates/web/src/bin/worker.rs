//! Runs in a dedicated Web Worker; says `Ready` first, because messages posted before that are
//! lost.

use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{DedicatedWorkerGlobalScope, MessageEvent};
use whyeof_web::explore::answer;
use whyeof_web::proto::{Answer, Question};

fn main() {
    let scope: DedicatedWorkerGlobalScope = js_sys::global().unchecked_into();
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
    say(&scope, &Answer::Ready);
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
