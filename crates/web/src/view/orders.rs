//! In how many ways a scenario can end, if what is due at one moment happens in other orders.

use super::{Tell, button};
use crate::app::model::Model;
use crate::app::msg::Msg;
use crate::proto::WayRow;
use crate::text;
use yew::{Html, html};

/// The ways, each with its run.
pub fn view(model: &Model, tell: &Tell) -> Html {
    let Some((words, ways)) = &model.many.orders else {
        return html! { <p class="quiet" role="status">{ model.say(text::RUNNING) }</p> };
    };
    let several = ways.len() > 1;
    html! {
        <>
            <p role="status">{ words.clone() }</p>
            if several { <ol class="orders">{ for ways.iter().map(|way| row(model, tell, way)) }</ol> }
            <p class="quiet">{ model.say(text::ORDERS_HELP) }</p>
        </>
    }
}

fn row(model: &Model, tell: &Tell, way: &WayRow) -> Html {
    let name = match way.ties.as_str() {
        "" => model.say(text::ORDERS_OWN).to_owned(),
        ties => format!("ties = {ties}"),
    };
    let edits = vec![("ties".to_owned(), way.ties.clone())];
    let opens = Msg::Apply {
        name: name.clone(),
        edits,
    };
    let line = |line: &str| html! { <p>{ line.to_owned() }</p> };
    html! {
        <li>
            <p><code>{ name }</code>{ " " }{ button(tell, "", "link", model.say(text::SWEEP_OPEN), opens) }</p>
            { for way.lines.lines().map(line) }
        </li>
    }
}
