//! Paste your error: what a log line can mean, how to tell, and a scenario of each cause. Nothing of it leaves the browser.

use super::{Tell, awaited, button, says};
use crate::app::effect::value;
use crate::app::model::{Dialog, Freshness, Model};
use crate::app::msg::{Book, Msg};
use crate::text;
use whyeof_scenario::symptoms::{Cause, Symptom};
use yew::{Callback, Html, InputEvent, html};

/// A field for the line, one question, and what is found.
pub fn view(model: &Model, tell: &Tell) -> Html {
    let told = tell.clone();
    let oninput =
        Callback::from(move |event: InputEvent| told.emit(Msg::PasteError(value(&event))));
    let choice = |id: &'static str, which: Freshness, name| {
        let pressed = (model.fresh.is == which).to_string();
        html! { <button {id} class="tab" aria-pressed={pressed} onclick={says(tell, Msg::Fresh(which))}>{ model.say(name) }</button> }
    };
    html! {
        <>
            <label for="error-line">{ model.say(text::ERROR_HELP) }</label>
            <textarea id="error-line" autofocus=true rows="4" spellcheck="false" autocomplete="off" placeholder="Post \"http://api/ingest\": EOF" value={model.error.clone()} {oninput} />
            <div class="turn"><span>{ model.say(text::ERROR_CONNECTION) }</span>
                <span class="tabs" role="group" aria-label={model.say(text::ERROR_CONNECTION)}>
                    { choice("fresh-unknown", Freshness::Unknown, text::ERROR_UNKNOWN) }
                    { choice("fresh-reused", Freshness::Reused, text::ERROR_REUSED) }
                    { choice("fresh-fresh", Freshness::Fresh, text::ERROR_FRESH) }
                </span>
            </div>
            <p class="quiet">{ model.say(text::ERROR_OR_CAPTURE) }{ " " }
                { button(tell, "or-capture", "link", model.say(text::CAPTURE_TITLE), Msg::Open(Some(Dialog::Capture))) }
            </p>
            <div id="error-found" aria-live="polite">{ found(model, tell) }</div>
        </>
    }
}

fn found(model: &Model, tell: &Tell) -> Html {
    if model.error.trim().is_empty() {
        return html! {};
    }
    let Some(symptoms) = &model.symptoms else {
        return awaited(model, Book::Symptoms);
    };
    let found = symptoms.matching(&model.error, model.lang);
    if found.is_empty() {
        return html! {
            <p>{ model.say(text::ERROR_NOTHING) }{ " " }
                { button(tell, "", "link", model.say(text::SCENARIOS), Msg::Open(Some(Dialog::Gallery))) }
            </p>
        };
    }
    html! { <>{ for found.iter().take(MOST).map(|it| symptom(model, tell, it)) }</> }
}

/// Most meanings that are shown.
const MOST: usize = 4;

fn symptom(model: &Model, tell: &Tell, symptom: &Symptom<'_>) -> Html {
    // What needs a reused connection is not behind an error on a fresh one.
    let may = |cause: &&Cause<'_>| model.fresh.is != Freshness::Fresh || !cause.reused_only;
    let causes: Vec<&Cause<'_>> = symptom.causes.iter().filter(may).collect();
    html! {
        <section class="symptom" data-symptom={symptom.id.to_owned()}>
            <h3>{ symptom.who.to_owned() }</h3>
            <p>{ coded(symptom.says) }</p>
            if causes.is_empty() { <p>{ coded(model.say(text::ERROR_NO_FRESH)) }</p> }
            <ol class="causes">{ for causes.into_iter().map(|it| cause(model, tell, it)) }</ol>
        </section>
    }
}

fn cause(model: &Model, tell: &Tell, cause: &Cause<'_>) -> Html {
    let is_fresh = model.fresh.is == Freshness::Fresh;
    html! {
        <li>
            <strong>{ coded(cause.name) }</strong>
            <p>{ coded(cause.tell) }</p>
            if let Some(preset) = cause.preset.filter(|_| !(is_fresh && cause.shows_reused)) {
                <button class="link" data-shows={preset.id} onclick={says(tell, Msg::Preset(preset.id))}>
                    { format!("{}: {}", model.say(text::ERROR_SHOW), model.say(preset.title)) }
                </button>
            }
        </li>
    }
}

/// A text; what stands between backticks in it is code.
pub(super) fn coded(words: &str) -> Html {
    coded_with(words, &|plain| html! { plain.to_owned() })
}

/// The same, where what is no code is drawn in a way of its own.
pub(super) fn coded_with(words: &str, plain: &dyn Fn(&str) -> Html) -> Html {
    let part = |(at, words): (usize, &str)| match at % 2 {
        0 => plain(words),
        _ => html! { <code>{ words.to_owned() }</code> },
    };
    html! { <>{ for words.split('`').enumerate().map(part) }</> }
}
