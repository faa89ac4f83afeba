//! The diagram as an ordered list, a line an event: for those who cannot see it, and for those who want to read it.

use super::{Tell, says};
use crate::app::model::Model;
use crate::app::msg::Msg;
use crate::later::{self, Piece};
use crate::text::{self, fill};
use web_sys::HtmlDetailsElement;
use whyeof_render::summary::{self, EventLine};
use yew::{Callback, Event, Html, TargetCast, classes, html};

/// Most lines drawn; the run goes on in the diagram.
const MOST: usize = 400;
/// Its name among what is open.
const GROUP: &str = "events";

/// The list of what the diagram shows; its lines are drawn when somebody has opened it.
pub fn view(model: &Model, tell: &Tell) -> Html {
    let Some(picture) = &model.picture else {
        return Html::default();
    };
    let (first, last) = picture.events();
    let count = (last + 1).saturating_sub(first);
    let is_open = model.is_open(GROUP);
    html! {
        <details class="events" open={is_open} ontoggle={opened(tell, is_open)}>
            <summary>
                <h2>{ model.say(text::EVENTS) }</h2>
                <span class="quiet">{ fill(model.say(text::EVENTS_COUNT), &[&count.to_string()]) }</span>
            </summary>
            if is_open { { later::draw(Piece::Events, model, tell) } }
        </details>
    }
}

/// Tells that it has been opened or closed, which the browser does by itself.
fn opened(tell: &Tell, was_open: bool) -> Callback<Event> {
    let tell = tell.clone();
    Callback::from(move |event: Event| {
        let details: HtmlDetailsElement = event.target_unchecked_into();
        if details.open() != was_open {
            tell.emit(Msg::More(GROUP.to_owned()));
        }
    })
}

/// Its lines.
pub fn list(model: &Model, tell: &Tell) -> Html {
    let (Some(run), Some(picture)) = (&model.run, &model.picture) else {
        return Html::default();
    };
    let wire = run.wire();
    let lines = summary::events(&wire, picture.view().range, model.lang, MOST);
    let drawn = |line: &&EventLine| picture.has(run.trace.record(line.record));
    let line = |line: &EventLine| {
        let record = line.record;
        let is_selected = model.selected == Some(record);
        let current = is_selected.then_some("true");
        html! {
            <li key={record.index()}>
                <button class={classes!("event", is_selected.then_some("hot"))} aria-current={current} onclick={says(tell, Msg::Show(record))}>
                    { &line.words }
                </button>
            </li>
        }
    };
    html! {
        <>
            <p class="quiet">{ picture.summary() }</p>
            <ol>{ for lines.iter().filter(drawn).map(line) }</ol>
        </>
    }
}
