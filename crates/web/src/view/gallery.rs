//! The scenarios that come with the page, by the story that they tell.

use super::{Tell, says};
use crate::app::effect::value;
use crate::app::model::{Dialog, Model};
use crate::app::msg::Msg;
use crate::text;
use whyeof_scenario::presets::{self, Preset};
use yew::{Callback, Html, InputEvent, html};

/// A field that seeks, and the stories with their variants.
pub(super) fn view(model: &Model, tell: &Tell) -> Html {
    let told = tell.clone();
    let filter = Callback::from(move |event: InputEvent| told.emit(Msg::Filter(value(&event))));
    let stories = presets::ALL.iter().filter(|preset| preset.leads());
    let stories: Vec<Html> = stories
        .filter_map(|lead| story(model, tell, lead))
        .collect();
    html! {
        <>
            <p class="quiet">
                { model.say(text::GALLERY_HELP) }{ " " }
                <button class="link" data-opens="error" onclick={says(tell, Msg::Open(Some(Dialog::Error)))}>{ model.say(text::ERROR_TITLE) }</button>{ " · " }
                <button class="link" data-opens="cast" onclick={says(tell, Msg::Open(Some(Dialog::Cast)))}>{ model.say(text::CAST) }</button>
            </p>
            <input id="filter" type="search" autocomplete="off" spellcheck="false" aria-label={model.say(text::GALLERY_FILTER)}
                placeholder={model.say(text::GALLERY_FILTER)} value={model.filter.clone()} oninput={filter} />
            if stories.is_empty() { <p role="status">{ model.say(text::GALLERY_NONE) }</p> }
            <ul class="gallery">{ for stories }</ul>
        </>
    }
}

/// A story and its variants, so far as they are sought.
fn story(model: &Model, tell: &Tell, lead: &'static Preset) -> Option<Html> {
    let family = presets::ALL.iter().filter(|one| one.family == lead.id);
    let sought = family.filter(|one| one.has(&model.filter));
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
            <strong>{ model.say(preset.title) }</strong>
            { for summary.map(|summary| html! { <span>{ summary }</span> }) }
        </button>
    }
}
