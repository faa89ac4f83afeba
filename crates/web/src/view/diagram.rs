//! A scene as SVG: shapes become elements with classes, nothing has a style of its own.

use super::Tell;
use crate::app::model::{Model, Shown};
use crate::app::msg::Msg;
use crate::picture::{Picture, Shared};
use std::rc::Rc;
use whyeof_render::diagram::outline::{self, px};
use whyeof_render::diagram::{Anchor, Item, Point, Rect, Shape};
use whyeof_trace::RecordId;
use yew::{AttrValue, Callback, Html, KeyboardEvent, Properties, function_component, html};

/// The items of a scene; drawn anew only when it is another scene.
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct ItemsProps {
    /// The scene.
    pub scene: Rc<Shared>,
    /// Takes the record of an item that was chosen.
    pub choose: Callback<RecordId>,
}

/// All items of a scene.
#[function_component]
pub fn Items(props: &ItemsProps) -> Html {
    let items = props.scene.0.items.iter();
    html! { <g>{ for items.map(|it| item(it, &props.choose)) }</g> }
}

/// The picture, its header, and the curtain over what has not happened yet.
pub fn view(
    model: &Model,
    picture: &Picture,
    choose: &Callback<RecordId>,
    id: &'static str,
) -> Html {
    let (width, height) = (picture.width(), picture.height());
    let title = AttrValue::from(format!("{id}-summary"));
    html! {
        <>
            <svg class="diagram-head wy-diagram" viewBox={format!("0 0 {} {}", px(width), px(picture.header.0.height))} aria-hidden="true">
                <Items scene={Rc::clone(&picture.header)} choose={choose.clone()} />
            </svg>
            <svg class="diagram wy-diagram" viewBox={format!("0 0 {} {}", px(width), px(height))} role="group" aria-labelledby={title.clone()}>
                <title id={title}>{ &picture.scene.0.summary }</title>
                { hot(model, picture) }
                <Items scene={Rc::clone(&picture.scene)} choose={choose.clone()} />
                { curtain(model, picture) }
            </svg>
        </>
    }
}

/// What can be chosen in a picture tells its owner.
pub fn choose(tell: &Tell) -> Callback<RecordId> {
    let tell = tell.clone();
    Callback::from(move |record| tell.emit(Msg::Select(Some(record))))
}

/// What the pointer is over elsewhere on the page: drawn wider underneath, so that it covers nothing.
fn hot(model: &Model, picture: &Picture) -> Html {
    let is_now = model
        .picture
        .as_ref()
        .is_some_and(|now| std::ptr::eq(&**now, picture));
    if !is_now || model.hovered.is_empty() {
        return Html::default();
    }
    let is_hot = |item: &&Item| {
        item.about
            .is_some_and(|about| model.hovered.contains(&about))
    };
    let items = picture.scene.0.items.iter().filter(is_hot);
    html! {
        <g aria-hidden="true">
            { for items.map(|it| html! { <g class={format!("{} hot", it.class)}>{ shape(it) }</g> }) }
        </g>
    }
}

/// Covers what lies below the moment that is shown.
fn curtain(model: &Model, picture: &Picture) -> Html {
    let (y, time) = match model.shown {
        Shown::All => return Html::default(),
        Shown::Event(event) => (below(picture, event), picture.run.time_of(event)),
        Shown::Height(y) => (y, picture.time_at(y)),
    };
    let (width, height) = (picture.width(), picture.height());
    let rest = (height - y).max(0.0);
    html! {
        <g class="curtain" aria-hidden="true">
            <rect x="0" y={px(y)} width={px(width)} height={px(rest)} />
            <line x1="0" y1={px(y)} x2={px(width)} y2={px(y)} />
            <text x={px(width - 6.0)} y={px(y - 5.0)} text-anchor="end">
                { whyeof_render::text::moment(time) }
            </text>
        </g>
    }
}

/// The lower edge of an event: its badge is in sight, and what comes later is not.
fn below(picture: &Picture, event: usize) -> f64 {
    const HALF_A_BADGE: f64 = 12.0;
    let y = picture.height_of(event);
    let mut later = (event + 1..=picture.events().1).map(|e| picture.height_of(e));
    let next = later.find(|next| *next > y + 1.0);
    (y + HALF_A_BADGE).min(next.unwrap_or(picture.height()))
}

fn item(item: &Item, choose: &Callback<RecordId>) -> Html {
    let shape = shape(item);
    let says = (!item.says.is_empty()).then(|| html! { <title>{ &item.says }</title> });
    let Some(record) = item.about else {
        return html! { <g class={item.class.clone()}>{ for says }{ shape }</g> };
    };
    let onclick = choose.reform(move |_| record);
    // Only arrows are stops for the keyboard: the other shapes say what the event list says.
    if !matches!(item.shape, Shape::Arrow { .. }) {
        return html! {
            <g class={format!("{} about", item.class)} data-record={record.index().to_string()} {onclick}>{ for says }{ shape }</g>
        };
    }
    let chosen = choose.clone();
    let onkeydown = Callback::from(move |event: KeyboardEvent| {
        if matches!(event.key().as_str(), "Enter" | " ") {
            event.prevent_default();
            chosen.emit(record);
        }
    });
    html! {
        <g class={format!("{} about", item.class)} data-record={record.index().to_string()} role="button" tabindex="0"
            aria-label={item.says.clone()} {onclick} {onkeydown}>{ for says }{ shape }</g>
    }
}

fn shape(item: &Item) -> Html {
    match &item.shape {
        Shape::Line { from, to } => line(*from, *to),
        Shape::Arrow { from, to } => arrow(*from, *to),
        Shape::Span(at) => rect(at, 2.0),
        Shape::Fold(at) => path(outline::fold(*at)),
        Shape::Text { at, anchor, words } => {
            let anchor = match anchor {
                Anchor::Start => "start",
                Anchor::Middle => "middle",
                Anchor::End => "end",
            };
            html! { <text x={px(at.x)} y={px(at.y)} text-anchor={anchor}>{ words }</text> }
        }
        Shape::Badge { at, words } => html! {
            <>
                { rect(at, at.h / 2.0) }
                { centred(at.centre(), words) }
            </>
        },
        Shape::Shade(corners) => polygon(corners),
        Shape::Bracket { top, bottom } => path(outline::bracket(*top, *bottom)),
        Shape::Cross(at) => path(outline::cross(*at)),
        Shape::Mark { at, words } => html! {
            <>
                <circle cx={px(at.x)} cy={px(at.y)} r="8.5" />
                { centred(*at, words) }
            </>
        },
    }
}

fn line(from: Point, to: Point) -> Html {
    html! { <line x1={px(from.x)} y1={px(from.y)} x2={px(to.x)} y2={px(to.y)} /> }
}

/// With a wide invisible twin, so that a finger hits it.
fn arrow(from: Point, to: Point) -> Html {
    html! {
        <>
            <line class="grip" x1={px(from.x)} y1={px(from.y)} x2={px(to.x)} y2={px(to.y)} />
            { line(from, outline::arrow_neck(from, to)) }
            { polygon(&outline::arrow_head(from, to)) }
        </>
    }
}

fn rect(at: &Rect, r: f64) -> Html {
    html! { <rect x={px(at.x)} y={px(at.y)} width={px(at.w)} height={px(at.h)} rx={px(r)} /> }
}

fn centred(at: Point, words: &str) -> Html {
    html! { <text x={px(at.x)} y={px(at.y)} dy="0.35em" text-anchor="middle">{ words }</text> }
}

fn polygon(corners: &[Point]) -> Html {
    html! { <polygon points={outline::points(corners)} /> }
}

fn path(d: String) -> Html {
    html! { <path {d} /> }
}
