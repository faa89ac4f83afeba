//! A worker as the page sees it: asked, heard, and ended when it is let go.

use super::effect::named;
use super::msg::Msg;
use super::{asked, heard};
use crate::proto::{Answer, Question};
use crate::worker;
use std::cell::RefCell;
use std::rc::Rc;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{MessageEvent, Worker};
use yew::{Callback, Event};

/// What a worker is for.
#[derive(Clone, Copy)]
pub(super) enum Trade {
    /// Runs around a request: the page's own program.
    Explorer,
    /// Files and packed links: a program of its own.
    Clerk,
}

/// A worker of its own.
pub(super) struct Colleague {
    worker: Worker,
    state: Rc<RefCell<Asked>>,
    _on_message: Closure<dyn FnMut(MessageEvent)>,
    _on_error: Closure<dyn FnMut(Event)>,
}

/// What the worker has been asked.
#[derive(Default)]
struct Asked {
    ready: bool,
    /// Wait for `Ready`: a message posted before that is lost.
    waiting: Vec<JsValue>,
    /// Questions under way.
    open: u32,
}

impl Colleague {
    pub(super) fn spawn(trade: Trade, tell: Callback<Msg>) -> Result<Self, JsValue> {
        let worker = Worker::new(&named("worker")?)?;
        worker.post_message(&match trade {
            Trade::Explorer => worker::start(),
            Trade::Clerk => worker::start_from(&named("clerk")?),
        })?;
        let state = Rc::new(RefCell::new(Asked::default()));
        let (asked, posts, told) = (Rc::clone(&state), worker.clone(), tell.clone());
        let on_message = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
            let Some(answer) = heard::answer(&event.data()) else {
                told.emit(Msg::WorkerFailed(
                    "an answer that cannot be read".to_owned(),
                ));
                return;
            };
            hear(&mut asked.borrow_mut(), &posts, &answer);
            told.emit(Msg::Worker(answer));
        });
        worker.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        let on_error = Closure::<dyn FnMut(Event)>::new(move |event: Event| {
            let error = event.dyn_ref::<web_sys::ErrorEvent>();
            tell.emit(Msg::WorkerFailed(
                error.map(|e| e.message()).unwrap_or_default(),
            ));
        });
        worker.set_onerror(Some(on_error.as_ref().unchecked_ref()));
        Ok(Self {
            worker,
            state,
            _on_message: on_message,
            _on_error: on_error,
        })
    }

    pub(super) fn is_busy(&self) -> bool {
        self.state.borrow().open > 0
    }

    pub(super) fn ask(&self, question: &Question) {
        let mut state = self.state.borrow_mut();
        let value = asked::question(question);
        state.open = 1;
        if state.ready {
            // It fails only for what cannot be copied.
            let _ = self.worker.post_message(&value);
        } else {
            state.waiting.push(value);
        }
    }
}

impl Drop for Colleague {
    fn drop(&mut self) {
        self.worker.set_onmessage(None);
        self.worker.set_onerror(None);
        self.worker.terminate();
    }
}

fn hear(state: &mut Asked, worker: &Worker, answer: &Answer) {
    match answer {
        Answer::Ready => {
            state.ready = true;
            for question in state.waiting.drain(..) {
                let _ = worker.post_message(&question);
            }
        }
        Answer::Done { .. } | Answer::Failed { .. } => state.open = 0,
        _ => {}
    }
}
