//! What each runtime does with its defaults: the table of the profiles, a file that is loaded when somebody opens it.

use crate::app::model::Model;
use crate::app::msg::Book;
use crate::text;
use whyeof_scenario::manual::cast::{Knob, Part};
use whyeof_scenario::profiles::{self, Profile};
use yew::{Html, html};

/// All profiles, each behind its name.
pub fn view(model: &Model) -> Html {
    let waits = match (&model.cast, model.missing) {
        (Some(_), _) => None,
        (None, Some(Book::Cast)) => Some(text::NOT_LOADED),
        (None, _) => Some(text::LOADING),
    };
    html! {
        <>
            <p class="quiet">{ model.say(text::CAST_HELP) }{ " " }<a class="link" href="#reality">{ model.say(text::REALITY) }</a></p>
            { for waits.map(|why| html! { <p role="status">{ model.say(why) }</p> }) }
            { for profiles::ALL.iter().map(|profile| entry(model, profile)) }
        </>
    }
}

fn entry(model: &Model, profile: &'static Profile) -> Html {
    let said = model.cast.as_ref();
    let said = said.and_then(|cast| cast.of(profile.id, model.lang));
    let said = said.map(|entry| {
        html! {
            <>
                <p>{ entry.about.to_owned() }</p>
                { for entry.parts.iter().map(|part| role(model, part)) }
                { for entry.unverified.iter().map(|doubt| html! {
                    <p class="doubt"><b>{ "UNVERIFIED" }</b>{ " " }{ (*doubt).to_owned() }</p>
                }) }
            </>
        }
    });
    html! {
        <details class="profile" key={profile.id} data-profile={profile.id}>
            <summary><strong>{ profile.label.of(model.lang) }</strong><code>{ profile.id }</code></summary>
            { for said }
        </details>
    }
}

fn role(model: &Model, part: &Part<'_>) -> Html {
    let row = |(aspect, value): &(&str, &str)| {
        html! { <tr><th scope="row">{ (*aspect).to_owned() }</th><td>{ (*value).to_owned() }</td></tr> }
    };
    let options = (!part.options.is_empty()).then(|| {
        html! {
            <details class="options">
                <summary>{ model.say(text::OPTIONS_IF_UNSET) }</summary>
                <table class="traits"><tbody>{ for part.options.iter().map(option) }</tbody></table>
            </details>
        }
    });
    html! {
        <>
            <table class="traits">
                <caption>{ part.role.to_owned() }</caption>
                <tbody>{ for part.traits.iter().map(row) }</tbody>
            </table>
            { for options }
        </>
    }
}

/// The name leads to where the runtime documents it.
fn option(knob: &Knob<'_>) -> Html {
    let name = format!("{} {}", knob.of, knob.name);
    html! {
        <tr>
            <th scope="row"><a href={knob.source.to_owned()} target="_blank" rel="noreferrer">{ name.trim().to_owned() }</a></th>
            <td>{ knob.unset.to_owned() }</td>
        </tr>
    }
}
