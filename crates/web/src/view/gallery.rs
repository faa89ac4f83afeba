//! The scenarios that come with the page, by the story that they tell.

use super::{Tell, says};
use crate::app::effect::value;
use crate::app::model::{Dialog, Lane, Model, Shelf};
use crate::app::msg::Msg;
use crate::proto::Card;
use crate::text;
use std::rc::Rc;
use whyeof_diagnose::findings;
use whyeof_scenario::presets::{self, Preset};
use whyeof_scenario::{Text, profiles};
use whyeof_trace::SortKey;
use yew::{AttrValue, Callback, Html, InputEvent, html};

/// A field that seeks, and the stories with their variants.
pub(super) fn view(model: &Model, tell: &Tell) -> Html {
    let told = tell.clone();
    let filter = Callback::from(move |event: InputEvent| told.emit(Msg::Filter(value(&event))));
    let stories: Vec<Html> = match model.shelf {
        Shelf::Story => {
            let leads = presets::ALL.iter().filter(|preset| preset.leads());
            leads.filter_map(|lead| story(model, tell, lead)).collect()
        }
        _ => shelves(model, tell),
    };
    html! {
        <>
            <p class="quiet">
                { model.say(text::GALLERY_HELP) }{ " " }
                <button class="link" data-opens="lessons" onclick={says(tell, Msg::Open(Some(Dialog::Lessons)))}>{ model.say(text::LESSONS) }</button>{ " · " }
                <button class="link" data-opens="error" onclick={says(tell, Msg::Open(Some(Dialog::Error)))}>{ model.say(text::ERROR_TITLE) }</button>{ " · " }
                <button class="link" data-opens="capture" onclick={says(tell, Msg::Open(Some(Dialog::Capture)))}>{ model.say(text::CAPTURE_TITLE) }</button>{ " · " }
                <button class="link" data-opens="cast" onclick={says(tell, Msg::Open(Some(Dialog::Cast)))}>{ model.say(text::CAST) }</button>{ " · " }
                <button class="link" data-opens="pairs" onclick={says(tell, Msg::Open(Some(Dialog::Pairs)))}>{ model.say(text::PAIRS) }</button>{ " · " }
                <button class="link" data-opens="terms" onclick={says(tell, Msg::Open(Some(Dialog::Terms)))}>{ model.say(text::TERMS) }</button>
            </p>
            <input id="filter" type="search" autofocus={model.env.lanes == Lane::Two} autocomplete="off" spellcheck="false" aria-label={model.say(text::GALLERY_FILTER)}
                placeholder={model.say(text::GALLERY_FILTER)} value={model.filter.clone()} oninput={filter} />
            { choice(model, tell) }
            if stories.is_empty() {
                <p role="status">{ model.say(text::GALLERY_NONE) }{ " " }
                    { super::button(tell, "show-every", "link", model.say(text::GALLERY_ALL), Msg::Filter(String::new())) }
                </p>
            }
            <ul class="gallery">{ for stories }</ul>
        </>
    }
}

/// Whether a scenario has all the words that are sought: in its name, or in what it stands under.
fn is_sought(model: &Model, preset: &Preset) -> bool {
    let card = model.cards.get(preset.id);
    let under = card.map_or_else(String::new, |card| {
        let symptoms = [card.symptom.as_str(), model.error(&card.symptom)];
        let names = symptoms.into_iter().chain(cause(model, card));
        let names: Vec<&str> = names.chain(runtimes(model, card)).collect();
        names.join(" ").to_ascii_lowercase()
    });
    let filter = model.filter.to_ascii_lowercase();
    let mut words = filter.split_whitespace();
    words.all(|word| preset.has(word) || under.contains(word))
}

/// How the scenarios are put together.
fn choice(model: &Model, tell: &Tell) -> Html {
    let tab = |(shelf, id, name): (Shelf, &'static str, Text)| {
        let pressed = (model.shelf == shelf).to_string();
        html! { <button {id} class="tab" aria-pressed={pressed} onclick={says(tell, Msg::Shelf(shelf))}>{ model.say(name) }</button> }
    };
    let all = [
        (Shelf::Story, "by-story", text::BY_STORY),
        (Shelf::Symptom, "by-symptom", text::BY_SYMPTOM),
        (Shelf::Runtime, "by-runtime", text::BY_RUNTIME),
        (Shelf::Cause, "by-cause", text::BY_CAUSE),
    ];
    html! { <p class="tabs shelf" role="group" aria-label={model.say(text::GALLERY_TITLE)}>{ for all.into_iter().map(tab) }</p> }
}

/// The scenarios that are sought under what they have in common, what most have first.
fn shelves(model: &Model, tell: &Tell) -> Vec<Html> {
    let mut shelves: Vec<(String, Vec<&'static Preset>)> = Vec::new();
    for preset in presets::ALL.iter().filter(|one| is_sought(model, one)) {
        let Some(card) = model.cards.get(preset.id) else {
            continue;
        };
        for name in headings(model, card) {
            match shelves.iter_mut().find(|(of, _)| *of == name) {
                Some((_, shelf)) => shelf.push(preset),
                None => shelves.push((name, vec![preset])),
            }
        }
    }
    let none = model.say(nothing(model.shelf));
    shelves.sort_by_cached_key(|(name, shelf)| -> SortKey {
        (u64::from(name == none), u64::MAX - shelf.len() as u64)
    });
    // A variant's name says nothing without its story's.
    let told = |one: &'static Preset| {
        let lead = presets::find(one.family).filter(|_| !one.leads());
        lead.map(|lead| model.say(lead.title).to_owned())
    };
    let shelf = |(name, presets): (String, Vec<&'static Preset>)| {
        html! {
            <li key={name.clone()} data-shelf={name.clone()}>
                <h3>{ name }</h3>
                <ul class="shelf-row">{ for presets.into_iter().map(|one| html! { <li key={one.id}>{ button(model, tell, one, "preset", told(one)) }</li> }) }</ul>
            </li>
        }
    };
    shelves.into_iter().map(shelf).collect()
}

/// What scenarios stand under that have nothing of the kind: they stand last.
const fn nothing(shelf: Shelf) -> Text {
    match shelf {
        Shelf::Cause => text::BY_NO_CAUSE,
        _ => text::BY_NO_ERROR,
    }
}

/// What a scenario stands under: under each of its runtimes, else under one thing.
fn headings(model: &Model, card: &Card) -> Vec<String> {
    let none = || model.say(nothing(model.shelf)).to_owned();
    match model.shelf {
        Shelf::Story => Vec::new(),
        Shelf::Symptom if card.symptom.is_empty() => vec![none()],
        Shelf::Symptom => vec![model.error(&card.symptom).to_owned()],
        Shelf::Runtime => {
            let known = runtimes(model, card).into_iter();
            let mut all: Vec<String> = known.map(str::to_owned).collect();
            if all.len() < card.runtimes.len() {
                all.push(model.say(text::BY_SOCKETS).to_owned());
            }
            all
        }
        Shelf::Cause => vec![cause(model, card).map_or_else(none, str::to_owned)],
    }
}

/// The runtimes of its programs; plain socket calls are none.
fn runtimes(model: &Model, card: &Card) -> Vec<&'static str> {
    let known = card.runtimes.iter().filter_map(|id| profiles::find(id));
    known.map(|profile| model.say(profile.label)).collect()
}

/// What is behind it.
fn cause(model: &Model, card: &Card) -> Option<&'static str> {
    let kind = findings::ALL.iter().find(|kind| kind.code == card.cause);
    kind.map(|kind| kind.title.of(model.lang))
}

/// A story and its variants, so far as they are sought.
fn story(model: &Model, tell: &Tell, lead: &'static Preset) -> Option<Html> {
    let family = presets::ALL.iter().filter(|one| one.family == lead.id);
    let sought = family.filter(|one| is_sought(model, one));
    // The story itself stands first, and whole.
    let (first, variants): (Vec<_>, Vec<_>) = sought.partition(|one| one.leads());
    if first.is_empty() && variants.is_empty() {
        return None;
    }
    let summary = |of: &Preset| {
        let stories = model.stories.as_ref()?;
        Some(stories.of(of.id, model.lang)?.summary.to_owned())
    };
    Some(html! {
        <li key={lead.id}>
            { for first.into_iter().map(|lead| button(model, tell, lead, "preset", summary(lead))) }
            if !variants.is_empty() {
                <ul class="variants">{ for variants.into_iter().map(|one| html! { <li key={one.id}>{ button(model, tell, one, "variant", None) }</li> }) }</ul>
            }
        </li>
    })
}

fn button(
    model: &Model,
    tell: &Tell,
    preset: &'static Preset,
    class: &'static str,
    summary: Option<String>,
) -> Html {
    let current = model.preset().is_some_and(|now| now.id == preset.id);
    html! {
        <button {class} data-preset={preset.id} aria-current={current.then_some("true")} onclick={says(tell, Msg::Preset(preset.id))}>
            if class == "preset" { { for model.cards.get(preset.id).map(picture) } }
            <strong>{ model.say(preset.title) }</strong>
            { for summary.map(|summary| html! { <span>{ summary }</span> }) }
        </button>
    }
}

/// A run in small, as the clerk has drawn it: without words, of a preset.
fn picture(card: &Card) -> Html {
    Html::from_html_unchecked(AttrValue::from(Rc::clone(&card.picture)))
}
