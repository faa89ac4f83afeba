//! How likely: which idle gaps before a request are dangerous, what makes them so, and how many requests of a day that is.

use super::Tell;
use super::paste::coded;
use super::terms::prose;
use crate::app::effect::value;
use crate::app::model::Model;
use crate::app::msg::Msg;
use crate::text;
use yew::{Callback, Html, InputEvent, html};

/// A field for the gaps, and what runs say of them.
pub fn view(model: &Model, tell: &Tell) -> Html {
    let told = tell.clone();
    let oninput = Callback::from(move |event: InputEvent| told.emit(Msg::Gaps(value(&event))));
    let said = match &model.many.likely.said {
        None => html! { <p class="quiet" role="status">{ model.say(text::RUNNING) }</p> },
        Some(Err(wrong)) => html! { <p class="about error" role="alert">{ wrong }</p> },
        Some(Ok(lines)) => {
            html! { <div class="risk">{ for lines.lines().map(|it| line(model, it)) }</div> }
        }
    };
    html! {
        <>
            <div aria-live="polite">{ said }</div>
            <label for="gaps">{ coded(model.say(text::RISK_GAPS)) }</label>
            <textarea id="gaps" rows="3" spellcheck="false" autocomplete="off" value={model.many.likely.gaps.clone()} {oninput} />
        </>
    }
}

/// A line stands as far in as it comes.
pub(super) fn line(model: &Model, line: &str) -> Html {
    let words = line.trim_start();
    let depth = (line.len() - words.len()) / 2;
    html! { <p class={format!("depth-{depth}")}>{ prose(model, words) }</p> }
}
