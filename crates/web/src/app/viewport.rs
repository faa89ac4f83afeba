//! What can be seen of the page: which part of the diagram, and where on the screen things stand.
//!
//! To know that, the browser lays the page out. It does so once a frame anyway, so what has to be read is read then, and not after every
//! change.

use crate::app::effect::{document, window};
use crate::app::msg::Msg;
use crate::picture::MINIMAP;
use gloo::render::{AnimationFrame, request_animation_frame};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Element, HtmlElement, MouseEvent, SvgsvgElement};
use whyeof_render::diagram::outline::px;
use yew::{Callback, Event, TargetCast};

/// What scrolls the diagram.
const SCROLLER: &str = "diagram-scroll";

/// What is to be done and told when the page is next laid out.
pub(super) struct Viewport {
    state: Rc<State>,
    frame: RefCell<Option<AnimationFrame>>,
}

struct State {
    tell: Callback<Msg>,
    /// How the diagram is to be moved.
    scrolls: RefCell<Vec<(f64, Scroll)>>,
    /// Height of what scrolls the diagram, px, as it was told last.
    room: Cell<i32>,
}

impl Viewport {
    pub(super) fn new(tell: Callback<Msg>) -> Self {
        let state = State {
            tell,
            scrolls: RefCell::default(),
            room: Cell::default(),
        };
        Self {
            state: Rc::new(state),
            frame: RefCell::default(),
        }
    }

    /// Moves the diagram so that this height is seen, once the page is drawn.
    pub(super) fn scroll(&self, y: f64, how: Scroll) {
        self.state.scrolls.borrow_mut().push((y, how));
    }

    /// With the next frame what is seen is told, though it be the same.
    pub(super) fn tell_anew(&self) {
        self.state.room.set(0);
    }

    /// The page has been drawn: with the next frame all of that is done.
    pub(super) fn settle(&self) {
        let state = Rc::clone(&self.state);
        let frame = request_animation_frame(move |_| {
            for (y, how) in state.scrolls.take() {
                scroll(y, how);
            }
            state.tell_room();
            mark_view();
            place_tip();
        });
        *self.frame.borrow_mut() = Some(frame);
    }
}

impl State {
    /// Tells how much of the diagram can be seen, when that is another part than before: it has just been drawn, or has another size.
    fn tell_room(&self) {
        let Some((scroller, picture)) = scroller() else {
            return;
        };
        let room = scroller.client_height();
        if self.room.replace(room) != room {
            let (top, room) = seen(&scroller, scale(&picture));
            self.tell.emit(Msg::Scrolled(top, room));
        }
    }
}

/// Where in its view a height stands that the diagram has been brought to, as a share of it.
pub(super) const THERE: f64 = 0.2;

/// How the diagram is to be moved.
#[derive(Clone, Copy)]
pub(super) enum Scroll {
    /// To [`THERE`].
    There,
    /// To the top.
    Top,
    /// To the middle.
    Centre,
    /// Only if something between it and this height is out of sight.
    IntoSight(f64),
}

/// Between what is to be seen and the edges of its view, px.
const ABOVE: f64 = 30.0;
const BELOW: f64 = 40.0;

/// Moves the diagram.
fn scroll(y: f64, how: Scroll) {
    let Some((scroller, picture)) = scroller() else {
        return;
    };
    let (scale, top) = (scale(&picture), f64::from(scroller.scroll_top()));
    let (at, whole) = (y / scale, f64::from(scroller.client_height()));
    // The names of the lanes stay where they are, and cover what scrolls beneath them.
    let head = scroller.query_selector(".diagram-head").ok().flatten();
    let head = head.map_or(0.0, |head| head.get_bounding_client_rect().height());
    let room = whole - head;
    let to = match how {
        Scroll::There => at - whole * THERE,
        Scroll::Top => at,
        Scroll::Centre => at - room / 2.0,
        Scroll::IntoSight(end) => {
            let end = (end / scale).max(at);
            if at >= top + ABOVE && end <= top + room - BELOW {
                return;
            }
            // What is longer than the view is shown from where it begins.
            let spare = (room - (end - at)) / 2.0;
            at - spare.max(ABOVE)
        }
    };
    #[expect(clippy::cast_possible_truncation, reason = "pixels of a page")]
    scroller.set_scroll_top(to.max(0.0) as i32);
}

/// What scrolls the diagram, and the diagram.
pub(super) fn scroller() -> Option<(Element, Element)> {
    let scroller = document().get_element_by_id(SCROLLER)?;
    let picture = scroller.query_selector("svg.diagram").ok().flatten()?;
    Some((scroller, picture))
}

/// What of the diagram an event of the pointer happened to, by the position of its record, and where, in the diagram's own units.
pub fn at_pointer(event: &MouseEvent) -> (Option<usize>, (f64, f64)) {
    let target = event.target().and_then(|t| t.dyn_into::<Element>().ok());
    let record = target
        .as_ref()
        .and_then(|it| it.get_attribute("data-record"));
    let record = record.and_then(|record| record.parse().ok());
    let picture = target.and_then(|it| it.closest("svg.diagram").ok().flatten());
    let at = picture.map_or((0.0, 0.0), |picture| {
        let (area, scale) = (picture.get_bounding_client_rect(), scale(&picture));
        let from = |client: i32, edge: f64| (f64::from(client) - edge) * scale;
        (
            from(event.client_x(), area.left()),
            from(event.client_y(), area.top()),
        )
    });
    (record, at)
}

/// How far down in this element an event of the pointer happened, as a share of its height.
pub fn height_share(event: &MouseEvent, element: &str) -> Option<f64> {
    let target: Element = event.target()?.dyn_into().ok()?;
    let element = target.closest(element).ok().flatten()?;
    let area = element.get_bounding_client_rect();
    let share = (f64::from(event.client_y()) - area.top()) / area.height().max(1.0);
    Some(share.clamp(0.0, 1.0))
}

/// Lets the minimap show which part of the diagram is in view. Not drawn by the page itself, which would have to draw all of it anew
/// with every pixel that is scrolled.
fn mark_view() {
    let view = document().query_selector(".minimap-view").ok().flatten();
    let (Some(view), Some((scroller, _))) = (view, scroller()) else {
        return;
    };
    let whole = f64::from(scroller.scroll_height()).max(1.0);
    let share = |part: i32| px(f64::from(part) / whole * MINIMAP.1);
    // Both are attributes that every rectangle may have.
    let all = scroller.client_height() >= scroller.scroll_height();
    let room = if all { 0 } else { scroller.client_height() };
    for (name, value) in [("y", share(scroller.scroll_top())), ("height", share(room))] {
        // To set what is set already makes the browser find styles and lay out a second time in this frame.
        if view.get_attribute(name).as_deref() != Some(value.as_str()) {
            let _ = view.set_attribute(name, &value);
        }
    }
}

/// Puts the words beside the pointer, inside the window. By a script, for the page's policy allows no styles in elements.
fn place_tip() {
    const BESIDE: f64 = 14.0;
    let tip = document().query_selector(".tip").ok().flatten();
    let Some(tip) = tip.and_then(|tip| tip.dyn_into::<HtmlElement>().ok()) else {
        return;
    };
    let at = |name| tip.get_attribute(name)?.parse::<i32>().ok().map(f64::from);
    let size = |side: Result<JsValue, JsValue>| side.ok().and_then(|side| side.as_f64());
    let room = (size(window().inner_width()), size(window().inner_height()));
    let (Some(x), Some(y), (Some(wide), Some(high))) = (at("data-x"), at("data-y"), room) else {
        return;
    };
    let own = tip.get_bounding_client_rect();
    let left = (x + BESIDE).min(wide - own.width() - BESIDE).max(0.0);
    let below = y + BESIDE;
    let top = if below + own.height() > high {
        y - BESIDE - own.height()
    } else {
        below
    };
    // Both are properties that every element has.
    let _ = tip.style().set_property("left", &format!("{}px", px(left)));
    let _ = tip
        .style()
        .set_property("top", &format!("{}px", px(top.max(0.0))));
}

/// Which part of the diagram is visible, in its own units: first pixel and how many.
pub fn visible(event: &Event) -> (f64, f64) {
    mark_view();
    let scroller: Element = event.target_unchecked_into();
    let picture = scroller.query_selector("svg.diagram").ok().flatten();
    seen(&scroller, picture.as_ref().map_or(1.0, scale))
}

fn seen(scroller: &Element, scale: f64) -> (f64, f64) {
    let (top, room) = (
        f64::from(scroller.scroll_top()),
        f64::from(scroller.client_height()),
    );
    (top * scale, room * scale)
}

/// Units of a picture in a pixel of the page.
pub(super) fn scale(picture: &Element) -> f64 {
    let shown = picture.get_bounding_client_rect().height();
    let whole = picture.dyn_ref::<SvgsvgElement>();
    let whole = whole.and_then(|svg| svg.view_box().base_val());
    whole.map_or(1.0, |whole| f64::from(whole.height()) / shown.max(1.0))
}
