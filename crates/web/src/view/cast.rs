//! What each runtime does with its defaults: the table of the profiles, read off what the engine gets.

use crate::app::model::Model;
use crate::text;
use whyeof_scenario::Text;
use whyeof_scenario::profiles::table::{self, Trait};
use whyeof_scenario::profiles::{self, Profile};
use yew::{Html, html};

/// All profiles, each behind its name.
pub fn view(model: &Model) -> Html {
    html! {
        <>
            <p class="quiet">{ model.say(text::CAST_HELP) }</p>
            { for profiles::ALL.iter().map(|profile| entry(model, profile)) }
        </>
    }
}

fn entry(model: &Model, profile: &'static Profile) -> Html {
    let lang = model.lang;
    let [front, behind] = table::as_proxy(profile, lang);
    let roles = [
        (text::CLIENT, table::as_client(profile, lang)),
        (text::SERVER, table::as_server(profile, lang)),
        (text::TO_CLIENTS, front),
        (text::TO_UPSTREAM, behind),
    ];
    let doubt = |doubt: &Text| {
        html! { <p class="doubt"><b>{ "UNVERIFIED" }</b>{ " " }{ doubt.of(lang) }</p> }
    };
    html! {
        <details class="profile" key={profile.id} data-profile={profile.id}>
            <summary><strong>{ profile.label.of(lang) }</strong><code>{ profile.id }</code></summary>
            <p>{ profile.about.of(lang) }</p>
            { for roles.iter().filter(|(_, traits)| !traits.is_empty()).map(|(role, traits)| part(model, *role, traits)) }
            { for profile.unverified.iter().map(doubt) }
        </details>
    }
}

fn part(model: &Model, role: Text, traits: &[Trait]) -> Html {
    let row = |line: &Trait| {
        html! { <tr><th scope="row">{ line.aspect.of(model.lang) }</th><td>{ &line.value }</td></tr> }
    };
    html! {
        <table class="traits">
            <caption>{ model.say(role) }</caption>
            <tbody>{ for traits.iter().map(row) }</tbody>
        </table>
    }
}
