//! A scene as SVG: shapes become elements with classes, nothing has a style of its own.

use super::Tell;
use crate::app::lesson::hides;
use crate::app::model::{Model, Shown};
use crate::app::msg::Msg;
use crate::app::viewport::at_pointer;
use crate::later;
use crate::picture::{Picture, Shared};
use litemap::LiteMap;
use std::cell::Cell;
use std::rc::Rc;
use whyeof_render::diagram::outline::{self, px};
use whyeof_render::diagram::{Item, Point, Shape};
use whyeof_trace::{RecordId, Time};
use yew::virtual_dom::{Key, VTag};
use yew::{
    AttrValue, Callback, Html, MouseEvent, PointerEvent, Properties, function_component, html,
};

/// How far from a thing a click may be and still mean it, px of the picture: a fingertip.
const FINGER: f64 = 14.0;
/// The same of a pointer that moves.
const POINTER: f64 = 5.0;

/// The items of a scene; drawn anew only when it is another scene.
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct ItemsProps {
    /// The scene.
    pub scene: Rc<Shared>,
}

/// All items of a scene.
#[function_component]
pub fn Items(props: &ItemsProps) -> Html {
    let mut alike: LiteMap<&str, usize> = LiteMap::new();
    let items = props.scene.0.items.iter().flat_map(|it| {
        let nth = alike.get(&*it.class).copied().unwrap_or_default();
        alike.insert(&it.class, nth + 1);
        item(it, &it.class, Some(nth))
    });
    html! { <>{ for items }</> }
}

/// The picture, its header, and the curtain over what has not happened yet.
pub fn view(model: &Model, picture: &Picture, tell: Option<&Tell>, id: &'static str) -> Html {
    let (width, height) = (picture.width(), picture.paper());
    let title = AttrValue::from(format!("{id}-summary"));
    let onclick = tell.map(|tell| choose(tell, &picture.scene));
    let onpointermove = tell.map(|tell| point(model, tell, &picture.scene));
    let onpointerleave = tell.map(|tell| super::says::<PointerEvent>(tell, Msg::Point(None)));
    html! {
        <>
            <svg class="diagram-head wy-diagram" viewBox={format!("0 0 {} {}", px(width), px(picture.header.0.height))} aria-hidden="true">
                <Items scene={Rc::clone(&picture.header)} />
            </svg>
            <svg class="diagram wy-diagram" viewBox={format!("0 0 {} {}", px(width), px(height))} role="img" aria-labelledby={title.clone()}
                {onclick} {onpointermove} {onpointerleave}>
                <title id={title}>{ later::get().map(|later| (later.summary)(picture)).unwrap_or_default() }</title>
                if tell.is_some() { { lit(model, picture) } }
                <Items scene={Rc::clone(&picture.scene)} />
                { parting(model, picture) }
                { curtain(model, picture) }
            </svg>
        </>
    }
}

/// What is chosen is what was clicked, or else what is nearest to it.
fn choose(tell: &Tell, scene: &Rc<Shared>) -> Callback<MouseEvent> {
    let (tell, scene) = (tell.clone(), Rc::clone(scene));
    Callback::from(move |event: MouseEvent| {
        let (clicked, at) = at_pointer(&event);
        let nearest = || scene.0.at(Point { x: at.0, y: at.1 }, FINGER);
        let clicked = clicked.map(RecordId::from_index);
        if let Some(record) = clicked.or_else(nearest) {
            tell.emit(Msg::Select(Some(record)));
        }
    })
}

/// Tells what the pointer is over when that is something else than before.
fn point(model: &Model, tell: &Tell, scene: &Rc<Shared>) -> Callback<PointerEvent> {
    let (tell, scene) = (tell.clone(), Rc::clone(scene));
    let lit = model.lit.records.first().filter(|_| model.lit.at.is_some());
    let last = Cell::new(lit.copied());
    Callback::from(move |event: PointerEvent| {
        if event.pointer_type() == "touch" {
            return;
        }
        let (_, (x, y)) = at_pointer(&event);
        let record = scene.0.at(Point { x, y }, POINTER);
        if last.replace(record) != record {
            let at = (event.client_x(), event.client_y());
            tell.emit(Msg::Point(record.map(|record| (record, at))));
        }
    })
}

/// What is pointed at, here or elsewhere on the page, with what led to it and what it led to: drawn wider underneath, so that it
/// covers nothing.
fn lit(model: &Model, picture: &Picture) -> Html {
    let lit = &model.lit;
    let class = |about: RecordId| {
        if lit.records.contains(&about) {
            Some("hot")
        } else if lit.causes.contains(&about) {
            Some("hot led")
        } else if lit.effects.contains(&about) {
            Some("hot leads")
        } else {
            None
        }
    };
    let is_form = |item: &&Item| !matches!(item.shape, Shape::Text { .. });
    let items = picture.scene.0.items.iter().filter(is_form);
    let items = items.filter_map(|it| Some((it, class(it.about?)?)));
    html! {
        <>{ for items.flat_map(|(it, class)| item(it, &format!("{} {class}", it.class), None).into_iter().take(1)) }</>
    }
}

/// What is pointed at, in words beside the pointer.
pub fn tip(model: &Model) -> Html {
    let at = model.lit.at.zip(model.lit.records.first());
    let scene = model.picture.as_ref().map(|picture| &picture.scene.0);
    let Some((place, record)) = at else {
        return Html::default();
    };
    let mine = |item: &&Item| item.about == Some(*record) && !item.says.is_empty();
    let Some(item) = scene.and_then(|scene| scene.items.iter().find(mine)) else {
        return Html::default();
    };
    super::beside(place, html! { item.says.clone() })
}

const HALF_A_BADGE: f64 = 12.0;

fn is_now(model: &Model, picture: &Picture) -> bool {
    let now = model.run.as_ref();
    now.is_some_and(|now| Rc::ptr_eq(now, &picture.run))
}

/// Where both runs part: a line across.
fn parting(model: &Model, picture: &Picture) -> Html {
    let shown = |at: Time| model.compares() && picture.view().range.contains(at);
    let Some(parted) = model.parted.as_ref().filter(|parted| shown(parted.at)) else {
        return Html::default();
    };
    let y = px(picture.y(parted.at) - HALF_A_BADGE);
    html! { <line class="parting" x1="0" x2={px(picture.width())} y1={y.clone()} y2={y} /> }
}

/// Width of a letter of the curtain's time, which is in a fixed pitch, px.
const LETTER: f64 = 7.3;

/// Covers what lies below the moment that is shown.
fn curtain(model: &Model, picture: &Picture) -> Html {
    let (y, time) = match model.shown {
        Shown::All => return Html::default(),
        Shown::Event(event) if is_now(model, picture) => {
            (below(picture, event), picture.run.time_of(event))
        }
        // Both runs are shown up to the same moment.
        Shown::Event(event) => {
            let time = model
                .run
                .as_ref()
                .map_or(Time::ZERO, |run| run.time_of(event));
            (picture.y(time) + HALF_A_BADGE, time)
        }
        Shown::Height(y) => (y, picture.time_at(y)),
    };
    let (width, height) = (picture.width(), picture.height());
    let rest = (height - y).max(0.0);
    let time = whyeof_render::text::moment(time);
    // Over the column of times, in which it is one: elsewhere it would lie on what happens now.
    let time = time.trim_end_matches(" s").to_owned();
    let letters = u8::try_from(time.chars().count()).unwrap_or(u8::MAX);
    let room = f64::from(letters) * LETTER + 8.0;
    // Below the line, where all is pale: above it, it would cut the times of what has happened.
    let low = if y + 20.0 <= height {
        y + 2.0
    } else {
        y - 19.0
    };
    html! {
        <>
        <g class="curtain" aria-hidden="true">
            <rect x="0" y={px(y)} width={px(width)} height={px(rest)} />
            <line x1="0" y1={px(y)} x2={px(width)} y2={px(y)} />
            <rect class="curtain-time" x="0" y={px(low)} width={px(room)} height="17" rx="3" />
            <text x="4" y={px(low + 13.0)}>{ time }</text>
        </g>
        { in_front(model, picture, y) }
        </>
    }
}

/// What the curtain must not cover: the packet that has just left, on its way, and badges of what has happened whose lower half it would cut. A
/// stay in the pool or a handler's work that begins now goes on behind it. While a lesson asks, where a packet ends may be the answer.
fn in_front(model: &Model, picture: &Picture, y: f64) -> Html {
    let Shown::Event(event) = model.shown else {
        return Html::default();
    };
    if !is_now(model, picture) || hides(model).is_some() {
        return Html::default();
    }
    let Some(now) = picture.run.events.get(event).copied() else {
        return Html::default();
    };
    let is_cut = |item: &Item| match item.shape {
        Shape::Badge { at, .. } => at.y < y && at.bottom() > y,
        _ => false,
    };
    let is_whole = |item: &Item| {
        matches!(
            item.shape,
            Shape::Arrow { .. } | Shape::Cross(_) | Shape::Badge { .. } | Shape::Text { .. }
        )
    };
    let stays = |item: &&Item| {
        let about = item.about;
        about == Some(now) && is_whole(item) || about.is_some_and(|it| it < now) && is_cut(item)
    };
    let items = picture.scene.0.items.iter().filter(stays);
    html! { <>{ for items.flat_map(|it| item(it, &it.class, None)) }</> }
}

/// The lower edge of an event: its badge is in sight, and what comes later is not.
fn below(picture: &Picture, event: usize) -> f64 {
    let y = picture.height_of(event);
    let mut later = (event + 1..=picture.events().1).map(|e| picture.height_of(e));
    let next = later.find(|next| *next > y + 1.0);
    (y + HALF_A_BADGE).min(next.unwrap_or(picture.height()))
}

/// An item as elements, one or two. Of those that are drawn alike it is the `nth`: a change of the picture moves them, and makes only those anew
/// that are more than before.
fn item(item: &Item, class: &str, nth: Option<usize>) -> Vec<Html> {
    let elements = outline::elements(&item.shape).into_iter();
    let drawn = elements.map(|element| {
        let mut tag = VTag::new(element.name);
        tag.key = nth.map(|nth| Key::from(format!("{class} {} {nth}", element.name)));
        tag.add_attribute("class", class.to_owned());
        if let Some(record) = item.about {
            tag.add_attribute("data-record", record.index().to_string());
        }
        for (name, value) in element.form {
            tag.add_attribute(name, value);
        }
        if let Some(words) = element.words {
            tag.add_child(html! { words.to_owned() });
        }
        Html::from(tag)
    });
    drawn.collect()
}
