//! Play, step, scrub.

use super::{Tell, button, look, says};
use crate::app::animate::{SPEEDS, Unit};
use crate::app::effect::{chosen, value};
use crate::app::lesson;
use crate::app::model::{Model, Screen, Shown};
use crate::app::msg::Msg;
use crate::text;
use yew::{Callback, Event, Html, InputEvent, html};

const PLAY: &str = "M4 2.5v11l9.5-5.5z";
const PAUSE: &str = "M4 3h3v10H4zM9 3h3v10H9z";
const BACK: &str = "M3 3h2v10H3zM13 3v10L6 8z";
const ON: &str = "M11 3h2v10h-2zM3 3v10l7-5z";

/// The row of controls.
pub fn view(model: &Model, tell: &Tell) -> Html {
    let (Some(run), Some(picture)) = (&model.run, &model.picture) else {
        return Html::default();
    };
    let (first, last) = picture.events();
    let now = match model.shown {
        Shown::All => last,
        Shown::Event(event) => event,
        Shown::Height(y) => picture.event_at(y).unwrap_or(first),
    };
    let (sign, name) = if model.play.is_some() {
        (PAUSE, text::PAUSE)
    } else {
        (PLAY, text::PLAY)
    };
    let time = match model.shown {
        Shown::All => run.last_moment(),
        _ => run.time_of(now),
    };
    // When it all ends can be the answer.
    let time = lesson::hides(model).map_or(time, |until| time.min(until));
    let time = whyeof_render::text::moment(time);
    let seek = tell.clone();
    let oninput = Callback::from(move |event: InputEvent| {
        if let Ok(event) = value(&event).parse() {
            seek.emit(Msg::Seek(event));
        }
    });
    let done = tell.clone();
    let onchange = Callback::from(move |event: Event| {
        drop(chosen(&event));
        done.emit(Msg::SeekDone);
    });
    let button = |id: &'static str, sign: &'static str, name, msg| {
        html! {
            <button {id} class="control" onclick={says(tell, msg)} aria-label={model.say(name)} title={model.say(name)}>
                <svg viewBox="0 0 16 16" aria-hidden="true"><path d={sign} /></svg>
            </button>
        }
    };
    html! {
        <>
        <div class="controls">
            { button("step-back", BACK, text::STEP_BACK, Msg::Step(-1)) }
            { button("play", sign, name, Msg::TogglePlay) }
            { button("step-on", ON, text::STEP_ON, Msg::Step(1)) }
            <input id="scrub" type="range" min={first.to_string()} max={last.to_string()} value={now.to_string()}
                aria-label={model.say(text::POSITION)} aria-valuetext={time.clone()} {oninput} {onchange} />
            <output class="clock" for="scrub">{ time }</output>
            <button id="show-all" class="control wide" disabled={model.shown == Shown::All} onclick={says(tell, Msg::ShowAll)}>
                { model.say(text::SHOW_ALL) }
            </button>
        </div>
        { more(model, tell) }
        </>
    }
}

/// How it plays, what it shows, and what else there is to see of this moment.
fn more(model: &Model, tell: &Tell) -> Html {
    if model.screen == Screen::Embedded || lesson::hides(model).is_some() {
        return Html::default();
    }
    let told = tell.clone();
    let speed = Callback::from(move |event: Event| {
        if let Ok(speed) = chosen(&event).parse() {
            told.emit(Msg::Speed(speed));
        }
    });
    let told = tell.clone();
    let unit = Callback::from(move |event: Event| {
        let id = chosen(&event);
        let unit = Unit::ALL.into_iter().find(|unit| unit.id() == id);
        told.emit(Msg::Unit(unit.unwrap_or_default()));
    });
    let speeds = (0_u8..).zip(SPEEDS).map(|(at, tenths)| {
        let words = match tenths % 10 {
            0 => format!("{}×", tenths / 10),
            part => format!("{}.{part}×", tenths / 10),
        };
        html! { <option value={at.to_string()} selected={at == model.speed}>{ words }</option> }
    });
    let units = Unit::ALL.into_iter().map(|unit| {
        let name = match unit {
            Unit::Event => text::UNIT_EVENT,
            Unit::Segment => text::UNIT_SEGMENT,
            Unit::Request => text::UNIT_REQUEST,
        };
        html! { <option value={unit.id()} selected={unit == model.unit}>{ model.say(name) }</option> }
    });
    let open = model.instant.is_some();
    html! {
        <div class="controls more">
            <select id="unit" class="control wide" aria-label={model.say(text::UNIT)} title={model.say(text::UNIT)} onchange={unit}>{ for units }</select>
            <select id="speed" class="control wide" aria-label={model.say(text::SPEED)} title={model.say(text::SPEED)} onchange={speed}>{ for speeds }</select>
            <button id="instant" class="control wide" aria-expanded={open.to_string()} onclick={says(tell, Msg::Instant)}>{ model.say(text::INSTANT) }</button>
            if model.capture.is_none() {
                { button(tell, "link-here", "control wide", model.say(text::LINK_HERE), Msg::CopyLink) }
            }
            { look::opener(model, tell) }
        </div>
    }
}
