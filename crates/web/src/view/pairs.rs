//! The window of pairs: who lets go of an idle connection first, of any client with any server.

use super::risk::line;
use super::{Tell, awaited, held};
use crate::app::effect::chosen;
use crate::app::model::Model;
use crate::app::msg::{Book, Msg};
use crate::app::pairs::{Cell, cells};
use crate::text;
use whyeof_explore::pair::peers;
use whyeof_scenario::Text;
use whyeof_scenario::profiles::{self, Profile};
use yew::{Callback, Event, Html, classes, html};

/// The choice, what it comes to, and the table of all.
pub fn view(model: &Model, tell: &Tell) -> Html {
    let pairs = &model.many.pairs;
    let said = match &pairs.said {
        None => html! { <p class="quiet" role="status">{ model.say(text::RUNNING) }</p> },
        Some((lines, link)) => html! {
            <>
                <div class="risk">{ for lines.lines().map(|it| line(model, it)) }</div>
                if !link.is_empty() { <p><a id="pair-open" class="link" href={page(link)}>{ model.say(text::SWEEP_OPEN) }</a></p> }
            </>
        },
    };
    html! {
        <>
            <p class="quiet">{ model.say(text::PAIRS_HELP) }</p>
            <div class="pair">
                { choice(model, tell, 0, text::CLIENT, |profile| profile.client.is_some()) }
                { choice(model, tell, 1, text::SERVER, |profile| peers(None).contains(&profile.id)) }
                { choice(model, tell, 2, text::PROXY, |profile| profile.proxy.is_some()) }
            </div>
            <div aria-live="polite">{ said }</div>
            { table(model) }
        </>
    }
}

/// One of the three.
fn choice(
    model: &Model,
    tell: &Tell,
    which: usize,
    label: Text,
    can: fn(&Profile) -> bool,
) -> Html {
    const IDS: [&str; 3] = ["pair-client", "pair-server", "pair-via"];
    let now = &model.many.pairs.chosen[which];
    let told = tell.clone();
    let onchange = Callback::from(move |event: Event| told.emit(Msg::Pair(which, chosen(&event))));
    let option = |profile: &'static Profile| {
        html! { <option value={profile.id} selected={profile.id == now}>{ profile.label.of(model.lang) }</option> }
    };
    let all = profiles::ALL.into_iter().filter(|profile| can(profile));
    html! {
        <label for={IDS[which]}>
            <span>{ model.say(label) }</span>
            <select id={IDS[which]} {onchange}>
                if which == 2 { <option value="" selected={now.is_empty()}>{ model.say(text::PAIRS_NO_PROXY) }</option> }
                { for all.map(option) }
            </select>
        </label>
    }
}

/// Clients down, servers across, behind the proxy that is chosen. Every cell opens its scenario.
fn table(model: &Model) -> Html {
    let Some(table) = &model.many.pairs.table else {
        return awaited(model, Book::Pairs);
    };
    let via = model.many.pairs.chosen[2].as_str();
    let here: Vec<Cell<'_>> = cells(table).filter(|cell| cell.of[2] == via).collect();
    let across = here.iter().take_while(|cell| cell.of[0] == here[0].of[0]);
    let across: Vec<&str> = across.map(|cell| cell.of[1]).collect();
    let row = |cells: &[Cell<'_>]| {
        html! {
            <tr><th scope="row">{ cells[0].of[0].to_owned() }</th>{ for cells.iter().map(|it| cell(model, it)) }</tr>
        }
    };
    html! {
        <>
            <div class="scrolls" tabindex="0" role="group" aria-label={model.say(text::PAIRS)}>
                <table class="pairs">
                    <thead><tr><td></td>{ for across.iter().map(|id| html! { <th scope="col">{ (*id).to_owned() }</th> }) }</tr></thead>
                    <tbody>{ for here.chunks(across.len().max(1)).map(row) }</tbody>
                </table>
            </div>
            <p class="quiet">{ held(model.say(text::PAIRS_LEGEND)) }</p>
        </>
    }
}

/// A link of this page; what begins with `#` would be taken for a way to a part of it.
fn page(link: &str) -> String {
    format!("./{link}")
}

fn cell(model: &Model, cell: &Cell<'_>) -> Html {
    let word = |margin: &str| match margin {
        "not kept" => model.say(text::PAIRS_NOT_KEPT).to_owned(),
        "nobody" => model.say(text::PAIRS_NOBODY).to_owned(),
        "client" => model.say(text::PAIRS_CLIENT).to_owned(),
        "SERVER" => model.say(text::PAIRS_SERVER).to_owned(),
        span => span.replace('-', "\u{2212}"),
    };
    let margins: Vec<String> = cell.margins.split(" | ").map(word).collect();
    let (class, sign) = match cell.is_dangerous {
        true => ("bad", "✕"),
        false => ("good", "✓"),
    };
    let [client, server, via] = model.many.pairs.chosen.each_ref();
    let is_chosen = cell.of == [client, server, via];
    html! {
        <td class={classes!(class, is_chosen.then_some("chosen"))}>
            <a href={page(cell.link)} title={format!("{} → {}", cell.of[0], cell.of[1])}>{ format!("{sign} {}", margins.join(" · ")) }</a>
        </td>
    }
}
