//! Numbers under pointer and keys: a number's name is dragged sideways, arrow keys turn it in its field.

use crate::app::effect::document;
use crate::app::msg::Msg;
use gloo::events::{EventListener, EventListenerOptions};
use gloo::timers::callback::Timeout;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use wasm_bindgen::JsCast;
use web_sys::{Element, Event, KeyboardEvent, PointerEvent};
use yew::Callback;

/// Pixels to a turn.
const TURN: i32 = 5;

/// A knob that has been taken hold of.
struct Held {
    path: String,
    /// Of several fingers the one that took it.
    pointer: i32,
    from: i32,
    turns: i32,
    /// Whether it has been turned at all, and maybe back.
    moved: bool,
    /// Tells of the last turn: after the pointer's own event, which the browser hears as part of a frame, so that a frame and a run are two
    /// tasks. Of turns that come faster than runs the last one counts.
    later: Option<Timeout>,
}

/// Listens from now on: one ear for all numbers.
pub(super) fn listen(tell: &Callback<Msg>) -> Vec<EventListener> {
    let mut listeners = vec![on_arrows(tell)];
    listeners.extend(on_drag(tell));
    listeners
}

fn knob(event: &Event, element: &str) -> Option<String> {
    let target: Element = event.target()?.dyn_into().ok()?;
    target.closest(element).ok()??.get_attribute("data-knob")
}

fn on_drag(tell: &Callback<Msg>) -> [EventListener; 5] {
    let held = Rc::new(RefCell::new(None::<Held>));
    let (takes, moves) = (Rc::clone(&held), Rc::clone(&held));
    let dragged = Rc::new(Cell::new(false));
    let on = |name: &'static str, hear: Box<dyn Fn(&PointerEvent)>| {
        EventListener::new(&document(), name, move |event| hear(event.unchecked_ref()))
    };
    let told = tell.clone();
    let take = move |event: &PointerEvent| {
        let mut held = takes.borrow_mut();
        // It was let go where nobody could hear it, outside of the window.
        if held
            .take_if(|held| held.pointer == event.pointer_id())
            .is_some()
        {
            told.emit(Msg::Dropped);
        }
        // Another finger takes nothing away.
        if held.is_none() {
            *held = knob(event, "label[data-knob]").map(|path| Held {
                path,
                pointer: event.pointer_id(),
                from: event.client_x(),
                turns: 0,
                moved: false,
                later: None,
            });
        }
    };
    let told = tell.clone();
    let turn = move |event: &PointerEvent| {
        let mut held = moves.borrow_mut();
        let is_it =
            |held: &&mut Held| held.pointer == event.pointer_id() && event.buttons() & 1 == 1;
        let Some(held) = held.as_mut().filter(is_it) else {
            return;
        };
        let turns = (event.client_x() - held.from) / TURN;
        if std::mem::replace(&mut held.turns, turns) != turns {
            let (told, path) = (told.clone(), held.path.clone());
            let tell = move || told.emit(Msg::Dragged(path, turns));
            held.later = Some(Timeout::new(0, tell));
            held.moved = true;
        }
    };
    let release = |held: Rc<RefCell<Option<Held>>>, tell: Callback<Msg>| {
        let dragged = Rc::clone(&dragged);
        move |event: &PointerEvent| {
            let is_it = |held: &mut Held| held.pointer == event.pointer_id();
            let Some(held) = held.borrow_mut().take_if(is_it) else {
                return;
            };
            dragged.set(held.moved);
            // The last turn may still be to be told: here, and not later.
            if held.later.is_some() {
                tell.emit(Msg::Dragged(held.path, held.turns));
            }
            tell.emit(Msg::Dropped);
        }
    };
    [
        on("pointerdown", Box::new(take)),
        on("pointermove", Box::new(turn)),
        on(
            "pointerup",
            Box::new(release(Rc::clone(&held), tell.clone())),
        ),
        on("pointercancel", Box::new(release(held, tell.clone()))),
        on_click(dragged),
    ]
}

/// The click that ends a drag on the name where it began is none: it would put the focus into the field, and its keys with it.
fn on_click(dragged: Rc<Cell<bool>>) -> EventListener {
    let options = EventListenerOptions::enable_prevent_default();
    EventListener::new_with_options(&document(), "click", options, move |event| {
        if dragged.take() && knob(event, "label[data-knob]").is_some() {
            event.prevent_default();
        }
    })
}

fn on_arrows(tell: &Callback<Msg>) -> EventListener {
    let tell = tell.clone();
    let options = EventListenerOptions::enable_prevent_default();
    EventListener::new_with_options(&document(), "keydown", options, move |event| {
        let key: &KeyboardEvent = event.unchecked_ref();
        let turns = match key.key().as_str() {
            "ArrowUp" => 1,
            "ArrowDown" => -1,
            "PageUp" => 10,
            "PageDown" => -10,
            _ => return,
        };
        if let Some(path) = knob(event, "input[data-knob]") {
            event.prevent_default();
            tell.emit(Msg::Turned(path, turns));
        }
    })
}
