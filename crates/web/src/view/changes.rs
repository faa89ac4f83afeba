//! What to change: each remedy with what runs have shown of it, what it is in somebody's configuration, and a way to see it first.

use super::terms::prose;
use super::{Tell, button, held, says};
use crate::app::advice::{Advice, advice};
use crate::app::lesson;
use crate::app::model::{Config, Model};
use crate::app::msg::Msg;
use crate::proto::{ConfigRow, Proved};
use crate::text::{self, fill};
use crate::words;
use whyeof_diagnose::findings::gap_of;
use yew::{Html, classes, html};

/// What to change, best first.
pub fn view(model: &Model, tell: &Tell) -> Html {
    let Some(run) = &model.run else {
        return Html::default();
    };
    let all = advice(model, run);
    if all.is_empty() || lesson::is_examined(model) {
        return Html::default();
    }
    let each = all.into_iter().map(|advice| {
        let Advice { remedy, edits, confirmed, reran, costs, .. } = advice;
        let name = remedy.title.of(model.lang).to_owned();
        let grade = remedy.grade.name();
        let shown = model.tried.config.as_ref().filter(|it| it.edits == edits);
        let config = shown.map(|it| config(model, tell, it));
        let beside = Msg::CompareFix { name: name.clone(), edits: edits.clone() };
        let open = Msg::Config(edits.clone());
        let is_open = shown.is_some();
        let apply = Msg::Apply { name: name.clone(), edits };
        html! {
            <li key={name.clone()} class={classes!("remedy", grade)}>
                <div>
                    <strong>{ held(&name) }</strong>
                    <p>{ prose(model, remedy.note.of(model.lang)) }</p>
                    { for confirmed.map(|proved| proof(model, proved)) }
                    { for costs.map(|costs| html! { <p class="proof">{ held(costs) }</p> }) }
                    { for reran.map(|reran| html! { <p class="proof">{ reran.words.clone() }</p> }) }
                    <p class="remedy-more">
                        <button class="link to-config" aria-expanded={is_open.to_string()} onclick={says(tell, open)}
                            aria-label={format!("{}: {name}", model.say(text::CONFIG))}>{ model.say(text::CONFIG) }</button>
                        { " · " }
                        <button class="link beside" onclick={says(tell, beside)}
                            aria-label={format!("{}: {name}", model.say(text::COMPARE_FIX))}>{ model.say(text::COMPARE_FIX) }</button>
                    </p>
                </div>
                <button class="apply" onclick={says(tell, apply)} aria-label={format!("{} {name}", model.say(text::APPLY))}>
                    { model.say(text::APPLY) }
                </button>
                { for config }
            </li>
        }
    });
    html! {
        <section class="changes">
            <h3>{ model.say(text::CHANGE) }</h3>
            <ul>{ for each }</ul>
        </section>
    }
}

/// A remedy as configuration to paste.
fn config(model: &Model, tell: &Tell, config: &Config) -> Html {
    let Some(rows) = &config.rows else {
        return html! { <p class="config" role="status">{ model.say(text::LOADING) }</p> };
    };
    let row = |row: &ConfigRow| {
        html! {
            <>
                <p class="config-of"><b>{ row.of.clone() }</b>{ button(tell, "", "link", model.say(text::COPY), Msg::Copy(row.lines.clone())) }</p>
                <pre tabindex="0">{ row.lines.clone() }</pre>
            </>
        }
    };
    html! {
        <div class="config">
            { for rows.iter().map(row) }
            if rows.is_empty() { <p>{ model.say(text::CONFIG_NONE) }</p> }
        </div>
    }
}

fn proof(model: &Model, proved: &Proved) -> Html {
    let span = |nanos| words::span(nanos);
    let at = |gap| gap_of(&span(gap), &proved.whose);
    let runs = proved.runs.to_string();
    let said = match (&proved.fails_at, proved.replays_at) {
        (Some((gap, error)), _) => fill(model.say(text::STILL_FAILS), &[&at(*gap), error]),
        (None, Some(gap)) => fill(model.say(text::STILL_REPLAYS), &[&at(gap)]),
        (None, None) => fill(model.say(text::PROVED), &[&runs, &span(proved.to)]),
    };
    let others = proved.still_failed;
    let others = (others > 0).then(|| fill(model.say(text::OTHERS_FAIL), &[&others.to_string()]));
    let is_clean = proved.fails_at.is_none() && proved.replays_at.is_none();
    let chance = proved.draws.caveat().filter(|_| is_clean);
    let chance = chance.map(|caveat| format!(" {}", caveat.of(model.lang)));
    html! { <p class="proof">{ held(&said) }{ others }{ chance }</p> }
}
