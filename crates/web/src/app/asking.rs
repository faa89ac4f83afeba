//! Asking what a term is: a pointer over it, a finger on it, or the focus.

use crate::app::effect::document;
use crate::app::msg::Msg;
use gloo::events::EventListener;
use std::cell::Cell;
use std::rc::Rc;
use wasm_bindgen::JsCast;
use web_sys::{Element, Event, KeyboardEvent};
use yew::Callback;

/// Listens from now on: one ear for all terms.
pub(super) fn listen(tell: &Callback<Msg>) -> Vec<EventListener> {
    let is_told = Rc::new(Cell::new(false));
    let on = |name: &'static str, hear: fn(&Event) -> Option<Option<Msg>>| {
        let (tell, is_told) = (tell.clone(), Rc::clone(&is_told));
        EventListener::new(&document(), name, move |event| match hear(event) {
            Some(Some(asked)) => {
                is_told.set(true);
                tell.emit(asked);
            }
            Some(None) if is_told.replace(false) => tell.emit(Msg::Term(None)),
            _ => {}
        })
    };
    vec![
        on("pointerover", |event| asked(event).map(Some)),
        on("focusin", |event| Some(asked(event))),
        on("pointerout", |event| asked(event).map(|_| None)),
        on("focusout", |_| Some(None)),
        on("keydown", |event| {
            let key: &KeyboardEvent = event.unchecked_ref();
            (key.key() == "Escape").then_some(None)
        }),
    ]
}

/// The term that an event happened to, and where it stands: what is told of it stands below.
fn asked(event: &Event) -> Option<Msg> {
    let target: Element = event.target()?.dyn_into().ok()?;
    let at = target.get_attribute("data-asks")?;
    let place = target.get_bounding_client_rect();
    #[expect(clippy::cast_possible_truncation, reason = "it saturates")]
    let place = (place.left() as i32, place.bottom() as i32);
    Some(Msg::Term(Some((at.parse().ok()?, place))))
}
