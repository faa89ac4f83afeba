//! The page as a function of the model.

pub mod by_hand;
pub mod capture;
pub mod cast;
pub mod changes;
pub mod compare;
pub mod controls;
pub mod diagram;
pub mod dialogs;
pub mod events;
pub mod fields;
pub mod files;
pub mod first;
pub mod form;
pub mod gallery;
pub mod inspector;
pub mod instant;
pub mod lesson;
pub mod look;
pub mod notice;
pub mod orders;
pub mod pairs;
pub mod part;
pub mod paste;
pub mod pieces;
pub mod present;
pub mod reality;
pub mod risk;
pub mod running;
pub mod strip;
pub mod sweep;
pub mod terms;
pub mod toolbar;
pub mod verdict;

use crate::app::knob::Half;
use crate::app::lesson::hides;
use crate::app::model::{Dialog, Lane, Model, Screen};
use crate::app::msg::{Book, Msg};
use crate::app::viewport::visible;
use crate::later::{self, Piece};
use crate::text;
use part::part;
use std::rc::Rc;
use yew::{AttrValue, Callback, Event, Html, classes, html};

/// What views tell their owner.
pub type Tell = Callback<Msg>;

/// A callback that says the same whatever the event.
pub fn says<E: 'static>(tell: &Tell, msg: Msg) -> Callback<E> {
    let (tell, msg) = (tell.clone(), Rc::new(msg));
    Callback::from(move |_: E| tell.emit(Msg::Said(Rc::clone(&msg))))
}

/// Tells which part of the diagram is in view when it has been scrolled.
fn scrolled(tell: &Tell) -> Callback<Event> {
    let tell = tell.clone();
    Callback::from(move |event: Event| {
        let (from, room) = visible(&event);
        tell.emit(Msg::Scrolled(from, room));
    })
}

/// A file is still on its way, or did not come.
fn awaited(model: &Model, book: Book) -> Html {
    let said = if model.missing == Some(book) {
        text::NOT_LOADED
    } else {
        text::LOADING
    };
    html! { <p class="quiet" role="status">{ model.say(said) }</p> }
}

/// Words beside a place on the screen, px; the page puts them there when they are drawn.
fn beside((x, y): (i32, i32), words: Html) -> Html {
    html! { <div class="tip" aria-hidden="true" data-x={x.to_string()} data-y={y.to_string()}>{ words }</div> }
}

/// A text in which no line ends between a number and its unit, and one may end within the long name of an option.
fn held(words: &str) -> String {
    /// Shorter names fit a line.
    const LONG: usize = 20;
    const UNITS: [&str; 8] = ["s", "ms", "µs", "ns", "min", "h", "KiB", "MiB"];
    let mut held = String::new();
    for word in words.split_inclusive(' ') {
        let unit = word
            .split(|c: char| !c.is_ascii_alphabetic() && c != 'µ')
            .next();
        let counted = held
            .strip_suffix(' ')
            .is_some_and(|it| it.ends_with(|c: char| c.is_ascii_digit()));
        if counted && unit.is_some_and(|unit| UNITS.contains(&unit)) {
            held.pop();
            held.push('\u{a0}');
        }
        match word.len() > LONG && word.is_ascii() {
            true => held.push_str(&word.replace('_', "_\u{200b}").replace('.', ".\u{200b}")),
            false => held.push_str(word),
        }
    }
    held
}

/// A plain button; without an id if that is empty. One function, because each `html!` of its own is half a kilobyte of program.
pub fn button(
    tell: &Tell,
    id: &'static str,
    class: &'static str,
    words: impl Into<AttrValue>,
    msg: Msg,
) -> Html {
    plain(tell, [id, class], words.into(), msg)
}

fn plain(tell: &Tell, [id, class]: [&'static str; 2], words: AttrValue, msg: Msg) -> Html {
    let id = (!id.is_empty()).then_some(id);
    html! { <button {id} {class} onclick={says(tell, msg)}>{ words }</button> }
}

/// The whole page.
pub fn page(model: &Model, tell: &Tell) -> Html {
    let body = match model.screen {
        // Nothing has been run yet, and what the form has is not what the link brings.
        _ if model.run.is_none() && model.capture.is_none() && model.wanted.is_some() => {
            opening(model)
        }
        Screen::Bench if model.presents => later::draw(Piece::Present, model, tell),
        Screen::Capture => later::draw(Piece::Capture, model, tell),
        Screen::First => first::view(model, tell),
        Screen::Bench => bench(model, tell),
        Screen::Embedded => embedded(model, tell),
    };
    let bar = model.screen != Screen::Embedded && !model.presents;
    let bar = bar.then(|| toolbar::view(model, tell));
    html! {
        <>
            if has_verdict(model) { <a class="skip" href="#verdict" onclick={skip(tell)}>{ model.say(text::SKIP) }</a> }
            { for bar }
            { notice::view(model, tell) }
            { body }
            { later::draw(Piece::Window, model, tell) }
            { later::draw(Piece::Tips, model, tell) }
        </>
    }
}

/// Whether there is a verdict to skip to.
fn has_verdict(model: &Model) -> bool {
    model.run.is_some() && hides(model).is_none() && !model.presents
}

/// The link must not become the address: that is where the scenario stands.
fn skip(tell: &Tell) -> Callback<yew::MouseEvent> {
    let tell = tell.clone();
    Callback::from(move |event: yew::MouseEvent| {
        event.prevent_default();
        tell.emit(Msg::FocusOn("verdict"));
    })
}

fn opening(model: &Model) -> Html {
    html! { <main class="bench"><p class="card quiet" role="status">{ model.say(text::LINK_OPENING) }</p></main> }
}

fn bench(model: &Model, tell: &Tell) -> Html {
    match model.env.lanes {
        Lane::Two => wide(model, tell),
        Lane::One => narrow(model, tell),
    }
}

fn wide(model: &Model, tell: &Tell) -> Html {
    let in_lesson = model.sitting.is_some();
    if hides(model).is_some() {
        return html! { <main class="bench taught asked">{ view_lesson(model, tell) }{ middle(model, tell) }</main> };
    }
    let form = || match in_lesson {
        true => view_lesson(model, tell),
        false => form::view(model, tell),
    };
    let side = || {
        // Only what is chosen takes room of its own.
        let (with, apart) = match inspector::selected(model) {
            Some(_) => (Html::default(), inspector::view(model, tell)),
            None => (inspector::view(model, tell), Html::default()),
        };
        html! {
            <aside class="card side">
                <div class="because">{ verdict::view(model, tell) }{ with }</div>
                { apart }
            </aside>
        }
    };
    html! {
        <main class={classes!("bench", in_lesson.then_some("taught"))}>
            { part(model, Half::Around, form) }
            { middle(model, tell) }
            { part(model, Half::Around, side) }
            { part(model, Half::Around, || below(model, tell)) }
        </main>
    }
}

fn below(model: &Model, tell: &Tell) -> Html {
    html! {
        <>
            { later::draw(Piece::Tables, model, tell) }
            <section class="card below">{ later::draw(Piece::Strip, model, tell) }</section>
            <section class="card below">{ events::view(model, tell) }</section>
        </>
    }
}

/// The lesson, and, where something is to be changed, the form under it.
fn view_lesson(model: &Model, tell: &Tell) -> Html {
    let works = model
        .sitting
        .as_ref()
        .is_some_and(|sitting| sitting.exercise.is_some());
    html! {
        <div class="form-column">
            { later::draw(Piece::Lesson, model, tell) }
            if works { { form::view(model, tell) } }
        </div>
    }
}

/// On a phone: verdict and main fix, diagram, and then the rest; the form behind a button.
fn narrow(model: &Model, tell: &Tell) -> Html {
    let in_lesson = model.sitting.is_some();
    if hides(model).is_some() {
        return html! { <main class="bench">{ later::draw(Piece::Lesson, model, tell) }{ middle(model, tell) }</main> };
    }
    html! {
        <main class="bench">
            if in_lesson { { later::draw(Piece::Lesson, model, tell) } }
            <section class="card side">{ verdict::head(model, tell) }</section>
            { middle(model, tell) }
            { later::draw(Piece::Tables, model, tell) }
            <section class="card side">{ verdict::reasons(model, tell) }</section>
            <section class="card below">{ later::draw(Piece::Strip, model, tell) }</section>
            <section class="card below">{ events::view(model, tell) }</section>
            <div class="bottom-bar">
                { toolbar::history(model, tell) }
                <button id="settings" class="primary" onclick={says(tell, Msg::Open(Some(Dialog::Settings)))}>
                    { model.say(text::SETTINGS) }
                </button>
            </div>
        </main>
    }
}

fn middle(model: &Model, tell: &Tell) -> Html {
    let steering = || {
        html! {
            <>
                { later::draw(Piece::Controls, model, tell) }
                { look::view(model, tell) }
            </>
        }
    };
    html! {
        <section class="card middle" aria-label={model.say(text::DIAGRAM)}>
            { compare::view(model, tell) }
            { part(model, Half::Around, steering) }
        </section>
    }
}

fn embedded(model: &Model, tell: &Tell) -> Html {
    html! {
        <main class="embedded">
            <section class="card side">
                <h1 class="title">{ model.title() }</h1>
                { verdict::headline(model, tell) }
                { later::draw(Piece::Whole, model, tell) }
            </section>
            <section class="card middle">
                { compare::view(model, tell) }
                { later::draw(Piece::Controls, model, tell) }
            </section>
        </main>
    }
}

/// The same in a window of its own.
fn whole(model: &Model) -> Html {
    html! {
        <a class="open-full" href={crate::link::whole(model)} target="_blank" rel="noopener">{ model.say(text::OPEN_FULL) }</a>
    }
}

#[cfg(test)]
mod tests {
    use super::held;

    #[test]
    fn a_number_stays_with_its_unit() {
        for (words, expected) in [
            ("after 10 s of rest", "after 10\u{a0}s of rest"),
            ("5 s, then 1.5 ms.", "5\u{a0}s, then 1.5\u{a0}ms."),
            ("空闲 350 s之后", "空闲 350\u{a0}s之后"),
            ("3 sockets, 2 hosts", "3 sockets, 2 hosts"),
        ] {
            assert_eq!(held(words), expected);
        }
    }
}
