//! The bar at the top: name, scenario, share, language, theme.

use super::{Tell, button, says};
use crate::app::lesson;
use crate::app::model::{Dialog, Lane, Model, Screen, Theme};
use crate::app::msg::Msg;
use crate::text;
use whyeof_scenario::Lang;
use yew::{Html, html};

/// The bar.
pub fn view(model: &Model, tell: &Tell) -> Html {
    let opens = |dialog| says(tell, Msg::Open(Some(dialog)));
    let is_bench = model.screen == Screen::Bench;
    let is_capture = model.screen == Screen::Capture;
    let narrow = model.env.lanes == Lane::One;
    html! {
        <header class="bar">
            <button class="logo" aria-label={model.say(text::HOME)} title={model.say(text::HOME)} onclick={says(tell, Msg::Home)}>
                { "why" }<b>{ "EOF" }</b>
            </button>
            if (is_bench || is_capture) && !narrow { <h1 class="title" title={model.title()}>{ model.title() }</h1> }
            <nav class="tools">
                if is_bench && !narrow { { history(model, tell) } }
                { button(tell, "scenarios", "tool", model.say(text::SCENARIOS), Msg::Open(Some(Dialog::Gallery))) }
                if !narrow {
                    { button(tell, "lessons", "tool", model.say(text::LESSONS), Msg::Open(Some(Dialog::Lessons))) }
                    { button(tell, "error", "tool", model.say(text::ERROR_TITLE), Msg::Open(Some(Dialog::Error))) }
                    { button(tell, "capture", "tool", model.say(text::CAPTURE), Msg::Open(Some(Dialog::Capture))) }
                    { button(tell, "cast", "tool", model.say(text::CAST), Msg::Open(Some(Dialog::Cast))) }
                }
                // A capture is its reader's own.
                if !is_capture {
                    { button(tell, "share", "tool", model.say(text::SHARE), Msg::Open(Some(Dialog::Share))) }
                }
                if is_bench && !narrow {
                    { button(tell, "present", "tool", model.say(text::PRESENT), Msg::Present) }
                    // Files would tell what a lesson still asks.
                    if lesson::hides(model).is_none() {
                        { button(tell, "export", "tool", model.say(text::EXPORT), Msg::Open(Some(Dialog::Export))) }
                    }
                }
                { languages(model, tell, narrow) }
                { theme(model, tell) }
                if !narrow {
                    <button id="keys" class="tool round" aria-label={model.say(text::KEYS)} title={model.say(text::KEYS)} onclick={opens(Dialog::Keys)}>{ "?" }</button>
                }
            </nav>
            if (is_bench || is_capture) && narrow { <h1 class="title" title={model.title()}>{ model.title() }</h1> }
        </header>
    }
}

/// Both languages, or where there is little room only the other one.
fn languages(model: &Model, tell: &Tell, narrow: bool) -> Html {
    let shown = |lang| !narrow || model.lang != lang;
    html! {
        <span class="tool-group" role="group" aria-label={model.say(text::LANGUAGE)}>
            if shown(Lang::En) { { language(model, tell, Lang::En, "EN") } }
            if shown(Lang::Zh) { { language(model, tell, Lang::Zh, "中文") } }
        </span>
    }
}

/// Undo and redo.
pub fn history(model: &Model, tell: &Tell) -> Html {
    html! {
        <span class="tool-group">
            <button id="undo" class="tool round" disabled={model.past.is_empty()} onclick={says(tell, Msg::Undo)}
                aria-label={model.say(text::UNDO)} title={model.say(text::UNDO)}>{ "↶" }</button>
            <button id="redo" class="tool round" disabled={model.future.is_empty()} onclick={says(tell, Msg::Redo)}
                aria-label={model.say(text::REDO)} title={model.say(text::REDO)}>{ "↷" }</button>
        </span>
    }
}

fn language(model: &Model, tell: &Tell, lang: Lang, name: &'static str) -> Html {
    let pressed = (model.lang == lang).to_string();
    html! {
        <button id={format!("lang-{}", lang.tag())} class="tool" lang={lang.tag()} aria-pressed={pressed}
            onclick={says(tell, Msg::Language(lang))}>{ name }</button>
    }
}

fn theme(model: &Model, tell: &Tell) -> Html {
    let (sign, name) = match model.theme {
        Theme::Auto => ("◐", text::THEME_AUTO),
        Theme::Light => ("☀", text::THEME_LIGHT),
        Theme::Dark => ("☾", text::THEME_DARK),
    };
    let label = format!("{}: {}", model.say(text::THEME), model.say(name));
    html! {
        <button id="theme" class="tool round" aria-label={label.clone()} title={label}
            onclick={says(tell, Msg::Theme(model.theme.next()))}>{ sign }</button>
    }
}
