//! A scene as SVG: shapes become elements with classes, nothing has a style of its own.

use super::Tell;
use crate::app::model::{Model, Shown};
use crate::app::msg::Msg;
use crate::picture::{Picture, Shared};
use std::rc::Rc;
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
            <svg class="diagram-head" viewBox={format!("0 0 {} {}", px(width), px(picture.header.0.height))} aria-hidden="true">
                <Items scene={Rc::clone(&picture.header)} choose={choose.clone()} />
            </svg>
            <svg class="diagram" viewBox={format!("0 0 {} {}", px(width), px(height))} role="group" aria-labelledby={title.clone()}>
                <title id={title}>{ &picture.scene.0.summary }</title>
                <defs>
                    { for ARROWS.iter().map(|kind| marker(kind)) }
                </defs>
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

/// Kinds of arrows, each with a head of its own colour: a marker does not take its line's.
const ARROWS: [&str; 8] = [
    "crossed", "open", "data", "ack", "probe", "fin", "rst", "icmp",
];

fn marker(kind: &str) -> Html {
    html! {
        <marker id={format!("head-{kind}")} class={format!("head {kind}")} viewBox="0 0 10 10" refX="9.5" refY="5"
            markerWidth="9" markerHeight="9" markerUnits="userSpaceOnUse" orient="auto">
            <path d="M0 0.8 L10 5 L0 9.2 z" />
        </marker>
    }
}

/// Covers what lies below the moment that is shown.
fn curtain(model: &Model, picture: &Picture) -> Html {
    let y = match model.shown {
        Shown::All => return Html::default(),
        Shown::Event(event) => picture.height_of(event) + 1.0,
        Shown::Height(y) => y,
    };
    let (width, height) = (picture.width(), picture.height());
    let time = picture.time_at(y);
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
        Shape::Arrow { from, to } => arrow(item, *from, *to),
        Shape::Span(at) => rect(at, 2.0),
        Shape::Fold(at) => fold(at),
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
                <text x={px(at.centre().x)} y={px(at.centre().y)} dy="0.35em" text-anchor="middle">{ words }</text>
            </>
        },
        Shape::Shade(corners) => {
            let points: Vec<_> = corners
                .iter()
                .map(|p| format!("{},{}", px(p.x), px(p.y)))
                .collect();
            html! { <polygon points={points.join(" ")} /> }
        }
        Shape::Bracket { top, bottom } => bracket(*top, *bottom),
        Shape::Cross(at) => {
            let (x, y) = (at.x, at.y);
            let d = format!("M{} {}l10 10m0 -10l-10 10", px(x - 5.0), px(y - 5.0));
            html! { <path {d} /> }
        }
        Shape::Mark { at, words } => html! {
            <>
                <circle cx={px(at.x)} cy={px(at.y)} r="8.5" />
                <text x={px(at.x)} y={px(at.y)} dy="0.35em" text-anchor="middle">{ words }</text>
            </>
        },
    }
}

fn line(from: Point, to: Point) -> Html {
    html! { <line x1={px(from.x)} y1={px(from.y)} x2={px(to.x)} y2={px(to.y)} /> }
}

/// With a wide invisible twin, so that a finger hits it.
fn arrow(item: &Item, from: Point, to: Point) -> Html {
    let has = |kind: &&&str| item.class.split(' ').any(|class| class == **kind);
    let kind = ARROWS.iter().find(has).unwrap_or(&"ack");
    let is_lost = item.class.split(' ').any(|class| class == "lost");
    let head = (!is_lost).then(|| AttrValue::from(format!("url(#head-{kind})")));
    let (x1, y1, x2, y2) = (px(from.x), px(from.y), px(to.x), px(to.y));
    html! {
        <>
            <line class="grip" x1={x1.clone()} y1={y1.clone()} x2={x2.clone()} y2={y2.clone()} />
            <line class="shaft" {x1} {y1} {x2} {y2} marker-end={head} />
        </>
    }
}

fn rect(at: &Rect, r: f64) -> Html {
    html! { <rect x={px(at.x)} y={px(at.y)} width={px(at.w)} height={px(at.h)} rx={px(r)} /> }
}

/// Torn paper: two waves.
fn fold(at: &Rect) -> Html {
    const WAVE: f64 = 60.0;
    let wave = |y: f64, from: f64, to: f64| {
        let step = if to > from { WAVE } else { -WAVE };
        let count = ((to - from) / step).ceil().max(1.0);
        let step = (to - from) / count;
        let mut d = String::new();
        let mut x = from;
        let mut up = 1.0;
        while (to - x).abs() > 0.01 {
            d.push_str(&format!(
                "Q{} {} {} {}",
                px(x + step / 2.0),
                px(y - 9.0 * up),
                px(x + step),
                px(y)
            ));
            x += step;
            up = -up;
        }
        d
    };
    let (left, right) = (at.x, at.right());
    let upper = wave(at.y, left, right);
    let lower = wave(at.bottom(), right, left);
    let d = format!(
        "M{} {}{upper}L{} {}{lower}Z",
        px(left),
        px(at.y),
        px(right),
        px(at.bottom())
    );
    html! { <path {d} /> }
}

/// A timer: begins with a tick, runs down, ends where it fires.
fn bracket(top: Point, bottom: f64) -> Html {
    let (x, y) = (top.x, top.y);
    let d = format!("M{} {}h10m-5 0V{}", px(x - 5.0), px(y), px(bottom));
    html! { <path {d} /> }
}

/// A number for an attribute: to a tenth of a pixel, by whole numbers, which take less room than floats to print.
fn px(number: f64) -> String {
    #[expect(clippy::cast_possible_truncation, reason = "pixels of a picture")]
    let tenths = (number * 10.0).round() as i64;
    let sign = if tenths < 0 { "-" } else { "" };
    let tenths = tenths.unsigned_abs();
    match tenths % 10 {
        0 => format!("{sign}{}", tenths / 10),
        tenth => format!("{sign}{}.{tenth}", tenths / 10),
    }
}

#[cfg(test)]
mod tests {
    use super::px;

    #[test]
    fn pixels_have_one_decimal_at_most() {
        for (number, text) in [
            (0.0, "0"),
            (12.34, "12.3"),
            (-0.26, "-0.3"),
            (-3.0, "-3"),
            (9.96, "10"),
        ] {
            assert_eq!(px(number), text);
        }
    }
}
