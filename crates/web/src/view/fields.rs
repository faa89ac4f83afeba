//! One row of the form: a knob with its unit, where its value comes from, and what is wrong with it.

use super::{Tell, says};
use crate::app::edits::wrong_with;
use crate::app::effect::{chosen, value};
use crate::app::model::Model;
use crate::app::msg::Msg;
use crate::text::{self, fill};
use whyeof_scenario::kind::Kind;
use whyeof_scenario::nudge::is_number;
use whyeof_scenario::{Field, Invalid};
use yew::{Callback, Event, Html, InputEvent, classes, html};

/// Whether a knob decides over the race that the page shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// A timer that fired took its value, or a remedy would change it.
    InPlay,
    /// It does not.
    Bystander,
}

/// The path of a field whose number can be turned.
fn knob(field: &Field) -> Option<String> {
    is_number(field).then(|| field.path.clone())
}

/// Whether what stands in a field needs the whole width: lines of a program, names of runtimes.
fn is_wide(model: &Model, kind: &Kind) -> bool {
    const MOST: usize = 12;
    match kind {
        Kind::Calls => true,
        Kind::Choice(choices) => {
            let mut names = choices.list().into_iter().map(|it| model.say(it.label));
            names.any(|name| name.chars().count() > MOST)
        }
        _ => false,
    }
}

/// The row.
pub fn view(model: &Model, tell: &Tell, field: &Field, role: Role) -> Html {
    // The row itself says where.
    let wrong = wrong_with(model, &field.path)
        .map(|wrong| Invalid::new("", wrong.problem.clone()).say(model.lang));
    let hint = wrong.is_none().then(|| hint(model, field)).flatten();
    let id = field.path.clone();
    let about = format!("{id}-about");
    let label = model.say(field.label);
    let help = model.help.as_ref();
    let help = help
        .and_then(|all| all.of(field, model.lang))
        .map(str::to_owned);
    let in_play = (role == Role::InPlay).then_some("in-play");
    let wide = is_wide(model, &field.kind).then_some("wide");
    html! {
        <div key={id.clone()} class={classes!("field", wide, in_play, wrong.is_some().then_some("wrong"))}>
            <label for={id.clone()} title={help} data-knob={knob(field)}>{ breakable(label) }</label>
            <span class="input">{ input(model, tell, field, &about, wrong.is_some()) }</span>
            if let Some(wrong) = wrong {
                <p id={about} class="about error" role="alert">{ wrong }</p>
            } else if let Some(hint) = hint {
                <p id={about} class="about">{ hint }</p>
            }
        </div>
    }
}

/// A name in which a line may end where a word does: `MaxIdleConns`, `PerHost`. Copied, it is still one.
fn breakable(name: &str) -> Html {
    /// Shorter ones have room.
    const LONG: usize = 14;
    if name.len() < LONG || name.contains(' ') || !name.is_ascii() {
        return html! { name.to_owned() };
    }
    let begins = |(at, pair): (usize, &[u8])| {
        let [before, here] = [pair[0], pair[1]];
        let word = here.is_ascii_uppercase() && before.is_ascii_lowercase();
        (word || matches!(before, b'_' | b'.')).then_some(at + 1)
    };
    let mut ends: Vec<usize> = name
        .as_bytes()
        .windows(2)
        .enumerate()
        .filter_map(begins)
        .collect();
    ends.push(name.len());
    let mut from = 0;
    let pieces = ends.into_iter().map(|end| {
        let piece = name[std::mem::replace(&mut from, end)..end].to_owned();
        html! { <>{ piece }<wbr /></> }
    });
    html! { <>{ for pieces }</> }
}

/// Where the value in force comes from, when the field itself does not say it.
fn hint(model: &Model, field: &Field) -> Option<String> {
    let hint = field.hint(model.lang)?;
    let plain = field
        .given
        .as_ref()
        .map(|given| match given.text().as_str() {
            "true" => model.say(text::ON).to_owned(),
            "false" => model.say(text::OFF).to_owned(),
            other => other.to_owned(),
        });
    let told = plain.is_some_and(|given| given.replace(' ', "") == hint.replace(' ', ""));
    (!told).then_some(hint)
}

fn input(model: &Model, tell: &Tell, field: &Field, about: &str, is_wrong: bool) -> Html {
    let id = field.path.clone();
    let draft = model.drafts.get(&field.path);
    let text = draft.map_or_else(|| field.text(), |draft| draft.text.clone());
    let commit = {
        let (tell, path) = (tell.clone(), field.path.clone());
        Callback::from(move |event: Event| {
            tell.emit(Msg::Field {
                path: path.clone(),
                text: chosen(&event),
            });
        })
    };
    let invalid = is_wrong.to_string();
    let about = about.to_owned();
    match field.kind {
        Kind::Choice(choices) => {
            let option = |choice: &whyeof_scenario::kind::Choice| {
                html! { <option value={choice.id} selected={choice.id == text}>{ model.say(choice.label) }</option> }
            };
            html! {
                <select {id} onchange={commit} aria-describedby={about} aria-invalid={invalid}>
                    { for choices.list().iter().map(option) }
                </select>
            }
        }
        Kind::Switch => {
            let option = |value: &'static str, words: String| {
                html! { <option {value} selected={value == text}>{ words }</option> }
            };
            html! {
                <select {id} onchange={commit} aria-describedby={about} aria-invalid={invalid}>
                    { option("", model.say(text::UNSET).to_owned()) }
                    { option("true", model.say(text::ON).to_owned()) }
                    { option("false", model.say(text::OFF).to_owned()) }
                </select>
            }
        }
        kind => {
            let typing = {
                let (tell, path) = (tell.clone(), field.path.clone());
                Callback::from(move |event: InputEvent| {
                    tell.emit(Msg::Typing {
                        path: path.clone(),
                        text: value(&event),
                    });
                })
            };
            if kind == Kind::Calls {
                return html! {
                    <textarea {id} value={text} rows="8" autocomplete="off" spellcheck="false" autocapitalize="off"
                        oninput={typing} onchange={commit} aria-describedby={about} aria-invalid={invalid} />
                };
            }
            let placeholder = placeholder(model, field);
            let unit = match kind {
                Kind::Count { unit, .. } => model.say(unit),
                Kind::Whole { unit, .. } => unit.symbol(),
                _ => "",
            };
            let mode = matches!(kind, Kind::Count { .. } | Kind::Bit).then_some("numeric");
            html! {
                <>
                    <input {id} type="text" data-knob={knob(field)} data-has={field.text()} value={text} {placeholder} inputmode={mode} autocomplete="off" spellcheck="false"
                        autocapitalize="off" oninput={typing} onchange={commit} aria-describedby={about} aria-invalid={invalid} />
                    if !unit.is_empty() { <span class="unit">{ unit }</span> }
                </>
            }
        }
    }
}

fn placeholder(model: &Model, field: &Field) -> String {
    match &field.default {
        Some(default) => fill(model.say(text::DEFAULT_IS), &[&default.text()]),
        None => model.say(text::UNSET).to_owned(),
    }
}

/// A group's heading with the switch for its rare fields.
pub fn more(model: &Model, tell: &Tell, group: &str, hidden: usize) -> Html {
    let is_open = model.is_open(group);
    if hidden == 0 {
        return Html::default();
    }
    let words = if is_open {
        model.say(text::FEWER).to_owned()
    } else {
        fill(model.say(text::MORE), &[&hidden.to_string()])
    };
    html! {
        <button type="button" class="link more" aria-expanded={is_open.to_string()} onclick={says(tell, Msg::More(group.to_owned()))}>
            { words }
        </button>
    }
}
