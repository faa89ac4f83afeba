//! The address bar: what is shown stands in it, a moment later.

use crate::app::effect::{after, window};
use crate::app::msg::Msg;
use gloo::events::EventListener;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use wasm_bindgen::JsValue;
use yew::Callback;

/// Between two changes, ms. Browsers take only so many of a page: Safari a hundred in thirty seconds, Chrome two hundred in ten, and after
/// that none, not even a reader's.
const PAUSE: i32 = 350;

/// The address bar.
pub(super) struct AddressBar {
    state: Rc<State>,
    _listener: EventListener,
}

struct State {
    /// What waits to be written, from `#` on.
    next: RefCell<Option<String>>,
    /// What stands there as far as the page has heard: what a reader has put there meanwhile goes first.
    known: RefCell<String>,
    /// Whether the last change is less than [`PAUSE`] ago.
    rests: Cell<bool>,
}

impl AddressBar {
    /// Tells from now on when the reader changes it.
    pub(super) fn listen(tell: Callback<Msg>) -> Self {
        let state = Rc::new(State {
            next: RefCell::default(),
            known: RefCell::new(hash()),
            rests: Cell::default(),
        });
        let hears = Rc::clone(&state);
        let listener = EventListener::new(&window(), "hashchange", move |_| {
            hears.known.replace(hash());
            tell.emit(Msg::AddressChanged(hash()));
        });
        Self {
            state,
            _listener: listener,
        }
    }

    /// Shows this from `#` on (empty: nothing), now or soon.
    pub(super) fn show(&self, fragment: String) {
        self.state.next.replace(Some(fragment));
        if !self.state.rests.get() {
            self.flush();
        }
    }

    /// Shows now what waits, for the page may end.
    pub(super) fn flush(&self) {
        State::write(&self.state);
    }
}

impl State {
    fn write(state: &Rc<Self>) {
        let Some(fragment) = state.next.take() else {
            return;
        };
        if hash() != *state.known.borrow() {
            return;
        }
        let address = if fragment.is_empty() { "#" } else { &fragment };
        let history = window().history().expect("a page has a history");
        // A sandboxed frame may refuse; the share window still shows the link.
        let _ = history.replace_state_with_url(&JsValue::NULL, "", Some(address));
        // As the browser writes it.
        state.known.replace(hash());
        state.rests.set(true);
        let later = Rc::clone(state);
        after(PAUSE, move || {
            later.rests.set(false);
            Self::write(&later);
        });
    }
}

fn hash() -> String {
    window().location().hash().unwrap_or_default()
}
