//! The state of things at the moment that is shown.

use super::{Tell, button};
use crate::app::lesson;
use crate::app::model::Model;
use crate::app::msg::Msg;
use crate::text::{self, fill};
use whyeof_render::instant::{MOST, Row, Table, tables};
use whyeof_render::text::moment;
use yew::{Html, html};

/// The tables, while the reader wants to see them.
pub fn view(model: &Model, tell: &Tell) -> Html {
    let open = model
        .instant
        .as_ref()
        .filter(|_| lesson::hides(model).is_none());
    let (Some(instant), Some(run)) = (open, &model.run) else {
        return Html::default();
    };
    let tables = tables(&run.trace, &instant.now, instant.at, model.lang);
    let title = fill(model.say(text::AT_INSTANT), &[&moment(instant.at)]);
    html! {
        <section id="instant-tables" class="card below" aria-label={model.say(text::INSTANT)}>
            <h2>{ title }</h2>
            { for tables.iter().map(|it| table(model, tell, it)) }
            if tables.is_empty() { <p class="quiet">{ model.say(text::INSTANT_NOTHING) }</p> }
        </section>
    }
}

fn table(model: &Model, tell: &Tell, table: &Table) -> Html {
    let heads: Vec<&'static str> = table.columns.iter().map(|c| model.say(*c)).collect();
    let more = table.rows.len().saturating_sub(MOST);
    let row = |row: &Row| {
        let cell = |(at, words): (usize, &String)| {
            let words = match row.by.filter(|_| at == 0) {
                Some(record) => button(tell, "", "link", words.clone(), Msg::Show(record)),
                None => html! { words },
            };
            html! { <td data-name={heads[at]}>{ words }</td> }
        };
        html! { <tr>{ for row.cells.iter().enumerate().map(cell) }</tr> }
    };
    html! {
        <div class="instant" data-table={table.id} tabindex="0" role="group" aria-label={model.say(table.name)}>
            <table>
                <caption>{ model.say(table.name) }</caption>
                <thead><tr>{ for heads.iter().map(|head| html! { <th scope="col">{ *head }</th> }) }</tr></thead>
                <tbody>{ for table.rows.iter().take(MOST).map(row) }</tbody>
            </table>
            if more > 0 { <p class="quiet">{ fill(model.say(text::MORE), &[&more.to_string()]) }</p> }
        </div>
    }
}
