//! The left column: the scenario as fields, and as JSON.

use super::fields::{self, Role};
use super::{Tell, says};
use crate::app::edits::json_text;
use crate::app::effect::value;
use crate::app::model::{Model, Pane};
use crate::app::msg::{Book, Msg};
use crate::later::{self, Piece};
use crate::text;
use whyeof_scenario::{Field, Group, fields as rows};
use whyeof_trace::{Event, Origin, TimerEvent};
use yew::{Callback, FocusEvent, Html, InputEvent, PointerEvent, html};

/// The column.
pub fn view(model: &Model, tell: &Tell) -> Html {
    html! { <section class="card form" aria-label={model.say(text::SETTINGS)}>{ later::draw(Piece::Form, model, tell) }</section> }
}

/// What stands in the column, and on a phone in a window.
pub fn body(model: &Model, tell: &Tell) -> Html {
    let tab = |pane, name| {
        let pressed = (model.pane == pane).to_string();
        let id = match pane {
            Pane::Form => "as-form",
            Pane::Json => "as-json",
        };
        html! { <button {id} class="tab" aria-pressed={pressed} onclick={says(tell, Msg::Pane(pane))}>{ model.say(name) }</button> }
    };
    html! {
        <>
            <div class="tabs" role="group" aria-label={model.say(text::SETTINGS)}>
                { tab(Pane::Form, text::AS_FORM) }
                { tab(Pane::Json, text::AS_JSON) }
            </div>
            if model.pane == Pane::Form { { groups(model, tell) } } else { { json(model, tell) } }
        </>
    }
}

fn groups(model: &Model, tell: &Tell) -> Html {
    let all = rows(&model.scenario);
    let drag = model.knob.drag.as_ref();
    let in_play = drag.map_or_else(|| in_play(model), |drag| drag.in_sight.clone());
    let drawn = set_in_drawn(model);
    let mut order: Vec<&Group> = Vec::new();
    // What the run as a whole is called and drawn from comes last: it is seldom changed.
    let (run, rest): (Vec<&Field>, Vec<&Field>) = all.iter().partition(|f| f.group == Group::Run);
    for field in rest.iter().chain(&run) {
        if !order.contains(&&field.group) {
            order.push(&field.group);
        }
    }
    let group = |group: &&Group| {
        let fields: Vec<_> = all.iter().filter(|f| f.group == **group).collect();
        view_group(model, tell, group, &fields, [&in_play, &drawn])
    };
    // What fields do is told in a tip, so it is loaded when a pointer or the focus comes near.
    let wanted = model.help.is_none();
    let near = wanted.then(|| says::<PointerEvent>(tell, Msg::Read(Book::Help)));
    let focus = wanted.then(|| says::<FocusEvent>(tell, Msg::Read(Book::Help)));
    html! { <form class="groups" onsubmit={stay()} onpointerenter={near} onfocusin={focus}>{ for order.iter().map(group) }</form> }
}

/// Enter in a field takes the value over; it sends nothing anywhere.
fn stay() -> Callback<yew::SubmitEvent> {
    Callback::from(|event: yew::SubmitEvent| event.prevent_default())
}

fn view_group(
    model: &Model,
    tell: &Tell,
    group: &Group,
    fields: &[&Field],
    [in_play, drawn]: [&[String]; 2],
) -> Html {
    let (name, id) = heading(model, group);
    let role = |field: &Field| {
        if in_play.contains(&field.path) {
            Role::InPlay
        } else {
            Role::Bystander
        }
    };
    let is_shown = |field: &&&Field| {
        role(field) == Role::InPlay
            || !field.is_default()
            || drawn.contains(&field.path)
            || model.drafts.contains_key(&field.path)
            || model.played.paths.contains(&field.path)
            || *group == Group::Network
    };
    let is_open = model.is_open(&id);
    let common = fields.iter().filter(is_shown).count();
    let shown = fields.iter().filter(|f| is_open || is_shown(f));
    html! {
        <fieldset key={id.clone()}>
            <legend>{ name }{ for take_away(model, tell, group) }</legend>
            // A list of its own: among unkeyed siblings keys would be places, and a new row would take the focus away.
            <>{ for shown.map(|field| fields::view(model, tell, field, role(field))) }</>
            { fields::more(model, tell, &id, fields.len() - common) }
        </fieldset>
    }
}

/// Paths that the drawn run's scenario sets, while another run is under way: what undo takes back stays in sight until it is known whether it
/// decides there.
fn set_in_drawn(model: &Model) -> Vec<String> {
    let run = model.run.as_ref().filter(|_| model.running.is_some());
    let fields = run.map(|run| rows(&run.scenario));
    let set = fields
        .into_iter()
        .flatten()
        .filter(|field| !field.is_default());
    set.map(|field| field.path).collect()
}

/// Faults are added by hand, too, so they can be taken away by hand.
fn take_away(model: &Model, tell: &Tell, group: &Group) -> Option<Html> {
    let Group::Fault(_, name) = group else {
        return None;
    };
    let words = format!("{} {name}", model.say(text::TAKE_AWAY));
    let onclick = says(tell, Msg::TakeAway(name.clone()));
    Some(html! {
        <button type="button" class="link take-away" title={model.say(text::TAKE_AWAY_HELP)} aria-label={words} {onclick}>{ "✕" }</button>
    })
}

fn heading(model: &Model, group: &Group) -> (String, String) {
    let say = |text| model.say(text);
    match group {
        Group::Run => (say(text::RUN).to_owned(), "run".to_owned()),
        Group::Client(name) => (
            format!("{} · {name}", say(text::CLIENT)),
            format!("client {name}"),
        ),
        Group::Request(client, name) => {
            let words = format!("{} · {name}", say(text::REQUESTS));
            (words, format!("request {client} {name}"))
        }
        Group::Server(name) => (
            format!("{} · {name}", say(text::SERVER)),
            format!("server {name}"),
        ),
        Group::Proxy(name) => (
            format!("{} · {name}", say(text::PROXY)),
            format!("proxy {name}"),
        ),
        Group::Route(server, name) => (
            format!("{} · {server} · {name}", say(text::HANDLER)),
            format!("route {server} {name}"),
        ),
        Group::Name(name) => (
            format!("{} · {name}", say(text::NAME)),
            format!("name {name}"),
        ),
        Group::Host(name) => (
            format!("{} · {name}", say(text::HOST)),
            format!("host {name}"),
        ),
        Group::Path(from, to) => {
            let words = format!("{} · {from} → {to}", say(text::NETWORK));
            (words, format!("path {from} {to}"))
        }
        Group::Fault(effect, name) => (
            format!("{} · {effect} {name}", say(text::FAULT)),
            format!("fault {name}"),
        ),
        Group::Network => (say(text::NETWORK).to_owned(), "network".to_owned()),
    }
}

/// Paths of the knobs that decide: a timer that fired took its value from there, or a remedy would change it.
pub fn in_play(model: &Model) -> Vec<String> {
    let Some(run) = &model.run else {
        return Vec::new();
    };
    let mut paths: Vec<String> = run
        .remedies()
        .into_iter()
        .flat_map(|(_, edits)| edits.into_iter().map(|(path, _)| path))
        .collect();
    for record in &run.trace.records {
        if let Event::Timer(TimerEvent::Fired {
            setting: Some(id), ..
        }) = record.event
        {
            let setting = run.trace.setting(id);
            let fallback = match &setting.origin {
                Origin::Fallback(path) => Some(path),
                _ => None,
            };
            for path in std::iter::once(&setting.path).chain(fallback) {
                if !paths.contains(path) {
                    paths.push(path.clone());
                }
            }
        }
    }
    paths
}

fn json(model: &Model, tell: &Tell) -> Html {
    let told = tell.clone();
    let oninput = Callback::from(move |event: InputEvent| told.emit(Msg::Json(value(&event))));
    let wrong = model.json.as_ref().and_then(|draft| draft.wrong.as_ref());
    let changed = model.json.is_some();
    html! {
        <div class="json">
            <label for="json">{ model.say(text::JSON_HELP) }</label>
            <textarea id="json" spellcheck="false" autocomplete="off" value={json_text(model)} {oninput}
                aria-invalid={wrong.is_some().to_string()} aria-describedby="json-wrong" />
            if let Some(wrong) = wrong {
                <p id="json-wrong" class="about error" role="alert">{ wrong.say(model.lang) }</p>
            }
            <button id="run-json" class="primary" disabled={!changed || wrong.is_some()} onclick={says(tell, Msg::RunJson)}>
                { model.say(text::JSON_APPLY) }
            </button>
        </div>
    }
}
