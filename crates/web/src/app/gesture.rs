//! The diagram under wheel, fingers and mouse: Ctrl and wheel or two fingers zoom, a mouse drags.

use crate::app::effect::document;
use crate::app::msg::Msg;
use crate::app::viewport::{scale, scroller};
use gloo::events::{EventListener, EventListenerOptions, EventListenerPhase};
use gloo::render::{AnimationFrame, request_animation_frame};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use wasm_bindgen::JsCast;
use web_sys::{Element, Event, PointerEvent, TouchEvent, WheelEvent};
use yew::Callback;

/// How far a mouse moves before it drags, px.
const DRAGS: i32 = 4;
/// Pixels of the wheel that make everything twice as high or half as high.
const WHEEL: f64 = 240.0;
/// Pixels in a line, for wheels that turn in lines.
const LINE: f64 = 16.0;

/// Zooming that waits for the next frame: a wheel turns oftener than a page can draw.
#[derive(Default)]
struct Waiting {
    by: Cell<f64>,
    frame: RefCell<Option<AnimationFrame>>,
}

/// Listens from now on.
pub(super) fn listen(tell: &Callback<Msg>) -> Vec<EventListener> {
    let waiting = Rc::new(Waiting::default());
    let mut listeners = vec![on_wheel(tell, &waiting)];
    listeners.extend(on_pinch(tell, &waiting));
    listeners.extend(on_drag());
    listeners
}

fn zoom(tell: &Callback<Msg>, waiting: &Rc<Waiting>, by: f64, client_y: f64) {
    let Some((scroller, picture)) = scroller() else {
        return;
    };
    let so_far = waiting.by.get();
    waiting.by.set(if so_far > 0.0 { so_far * by } else { by });
    let at = (client_y - scroller.get_bounding_client_rect().top()) * scale(&picture);
    let (tell, later) = (tell.clone(), Rc::clone(waiting));
    let frame = request_animation_frame(move |_| {
        tell.emit(Msg::Zoom(later.by.replace(0.0), Some(at.max(0.0))));
    });
    *waiting.frame.borrow_mut() = Some(frame);
}

fn is_inside(event: &Event) -> bool {
    let target = event.target().and_then(|t| t.dyn_into::<Element>().ok());
    let found = target.and_then(|element| element.closest("#diagram-scroll").ok().flatten());
    found.is_some()
}

fn on(
    name: &'static str,
    options: EventListenerOptions,
    hear: impl FnMut(&Event) + 'static,
) -> EventListener {
    EventListener::new_with_options(&document(), name, options, hear)
}

fn on_wheel(tell: &Callback<Msg>, waiting: &Rc<Waiting>) -> EventListener {
    let (tell, waiting) = (tell.clone(), Rc::clone(waiting));
    let options = EventListenerOptions::enable_prevent_default();
    on("wheel", options, move |event| {
        let wheel: &WheelEvent = event.unchecked_ref();
        if !(wheel.ctrl_key() || wheel.meta_key()) || !is_inside(event) {
            return;
        }
        event.prevent_default();
        let lines = if wheel.delta_mode() == 0 { 1.0 } else { LINE };
        let turned = wheel.delta_y() * lines / WHEEL;
        let by = 1.0 + turned.abs();
        let by = if turned > 0.0 { 1.0 / by } else { by };
        zoom(&tell, &waiting, by, f64::from(wheel.client_y()));
    })
}

/// How far two fingers are apart vertically and in all, and where their middle is.
fn fingers(event: &TouchEvent) -> Option<(f64, f64)> {
    let touches = event.touches();
    let (one, two) = (touches.item(0)?, touches.item(1)?);
    let at = |touch: &web_sys::Touch| (f64::from(touch.client_x()), f64::from(touch.client_y()));
    let (one, two) = (at(&one), at(&two));
    let apart = (one.0 - two.0).hypot(one.1 - two.1);
    Some((apart.max(1.0), f64::midpoint(one.1, two.1)))
}

fn on_pinch(tell: &Callback<Msg>, waiting: &Rc<Waiting>) -> [EventListener; 2] {
    let (tell, waiting) = (tell.clone(), Rc::clone(waiting));
    let last = Rc::new(Cell::new(None));
    let ended = Rc::clone(&last);
    let options = EventListenerOptions::enable_prevent_default();
    let moves = on("touchmove", options, move |event| {
        let Some((apart, middle)) = fingers(event.unchecked_ref()).filter(|_| is_inside(event))
        else {
            last.set(None);
            return;
        };
        event.prevent_default();
        if let Some(before) = last.replace(Some(apart)) {
            zoom(&tell, &waiting, apart / before, middle);
        }
    });
    let ends = on("touchend", EventListenerOptions::default(), move |_| {
        ended.set(None)
    });
    [moves, ends]
}

/// A drag of the mouse moves the diagram, and is no click.
fn on_drag() -> [EventListener; 3] {
    let from: Rc<Cell<Option<i32>>> = Rc::default();
    let dragged: Rc<Cell<bool>> = Rc::default();
    let began = (Rc::clone(&from), Rc::clone(&dragged));
    let down = on(
        "pointerdown",
        EventListenerOptions::default(),
        move |event| {
            let pointer: &PointerEvent = event.unchecked_ref();
            let is_ours = pointer.pointer_type() == "mouse" && pointer.button() == 0;
            let is_ours = is_ours && is_inside(event);
            began.0.set(is_ours.then(|| pointer.client_y()));
            began.1.set(false);
        },
    );
    let moved = Rc::clone(&dragged);
    let moves = on(
        "pointermove",
        EventListenerOptions::default(),
        move |event| {
            let pointer: &PointerEvent = event.unchecked_ref();
            let Some(last) = from.get().filter(|_| pointer.buttons() & 1 == 1) else {
                from.set(None);
                return;
            };
            let by = pointer.client_y() - last;
            if !moved.get() && by.abs() < DRAGS {
                return;
            }
            moved.set(true);
            from.set(Some(pointer.client_y()));
            if let Some((scroller, _)) = scroller() {
                scroller.set_scroll_top(scroller.scroll_top() - by);
            }
        },
    );
    let options = EventListenerOptions {
        phase: EventListenerPhase::Capture,
        passive: false,
    };
    let clicks = on("click", options, move |event| {
        if dragged.replace(false) {
            event.stop_propagation();
        }
    });
    [down, moves, clicks]
}
