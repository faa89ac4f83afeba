//! The diagram alone, or beside the one before the last edit.

use super::part::part;
use super::{Tell, button, diagram, running, says, scrolled};
use crate::app::compare;
use crate::app::knob::Half;
use crate::app::lesson;
use crate::app::look::Turn;
use crate::app::model::{Dialog, From, Lane, Model, Screen};
use crate::app::msg::Msg;
use crate::later::{self, Piece};
use crate::picture::{Picture, Place};
use crate::run::Run;
use crate::text::{self, fill};
use whyeof_diagnose::{Outcome, RequestReport, Tone};
use whyeof_scenario::differences::differences;
use whyeof_scenario::{Scenario, Text};
use whyeof_trace::SortKey;
use yew::{Html, classes, html};

/// The picture or the two pictures.
pub fn view(model: &Model, tell: &Tell) -> Html {
    let Some(now) = &model.picture else {
        return html! { <>{ running::progress(model, tell) }<p class="quiet">{ model.say(text::RUNNING) }</p></> };
    };
    let onscroll = scrolled(tell);
    let stale = model.running.is_some_and(|running| running.records > 0);
    let before = model.picture_before.as_ref();
    let flips = model.env.lanes == Lane::One && before.is_some();
    let shows = |place: &&Place| !flips || model.flipped == **place;
    let names = names(model);
    let figure = |place: Place, picture: &Picture, tell: Option<&Tell>, id: &'static str| {
        html! {
            <figure class={classes!("picture", id, tone(&picture.run))}>
                if before.is_some() && !flips { <figcaption title={names[place as usize].clone()}>{ names[place as usize].clone() }</figcaption> }
                { part(model, Half::Diagram, || diagram::view(model, picture, tell, id)) }
            </figure>
        }
    };
    let two = before.is_some() && !flips;
    html! {
        <>
            { running::progress(model, tell) }
            { running::limit(model, tell) }
            if lesson::hides(model).is_none() { { part(model, Half::Around, || requests(model, tell)) } }
            if model.screen != Screen::Embedded { { later::draw(Piece::Compared, model, tell) } }
            if flips { { flip(model, tell, &names) } }
            if model.look.only.as_ref().is_some_and(Vec::is_empty) {
                <p class="parted" role="status">
                    { model.say(text::NO_CONNECTION) }{ " " }
                    { button(tell, "show-connections", "link", model.say(text::ALL_CONNECTIONS), Msg::Turn(Turn::AllConnections)) }
                </p>
            }
            <div class="with-map">
                <div id="diagram-scroll" tabindex="0" role="group" aria-label={model.say(text::DIAGRAM)}
                    class={classes!("pictures", two.then_some("two"), stale.then_some("stale"))} {onscroll}>
                    { for sides(model).iter().filter(shows).map(|side| match (side, before) {
                        (Place::Before, Some(before)) => figure(Place::Before, before, None, "before"),
                        (Place::Before, None) => Html::default(),
                        (Place::Now, _) => figure(Place::Now, now, Some(tell), "now"),
                    }) }
                </div>
                { part(model, Half::Later, || later::draw(Piece::Minimap, model, tell)) }
            </div>
        </>
    }
}

/// How a run went, as a colour.
const fn tone(run: &Run) -> &'static str {
    match run.report.verdict.tone {
        Tone::Bad => "went-bad",
        Tone::Good => "went-good",
        _ => "",
    }
}

/// From left to right: what was and what it has become, or the present run and the one that was chosen to compare it with.
fn sides(model: &Model) -> [Place; 2] {
    match model.before.as_ref().map(|before| before.from) {
        Some(From::Choice) => [Place::Now, Place::Before],
        _ => [Place::Before, Place::Now],
    }
}

/// What both runs are called: the one before, and the present one.
fn names(model: &Model) -> [String; 2] {
    match &model.before {
        Some(before) if before.from == From::Choice => [before.name.clone(), model.title()],
        _ => [text::BEFORE, text::AFTER].map(|name| model.say(name).to_owned()),
    }
}

/// On a phone one of both is shown, and the other one is a touch away.
fn flip(model: &Model, tell: &Tell, names: &[String; 2]) -> Html {
    let tab = |place: Place| {
        let run = match place {
            Place::Before => model.before.as_ref().map(|before| &before.run),
            Place::Now => model.run.as_ref(),
        };
        html! {
            <button class={classes!("tab", run.map(|run| tone(run)))} data-flip={format!("{}", place as usize)} aria-pressed={(model.flipped == place).to_string()}
                onclick={says(tell, Msg::Flip(place))}>{ names[place as usize].clone() }</button>
        }
    };
    html! { <div class="tabs flip" role="group" aria-label={model.say(text::COMPARE)}>{ for sides(model).map(tab) }</div> }
}

/// Where both runs part, in words.
pub fn parted(model: &Model, tell: &Tell) -> Html {
    let Some(before) = model.before.as_ref().filter(|_| model.compares()) else {
        return Html::default();
    };
    let Some(run) = &model.run else {
        return Html::default();
    };
    let verdict = |run: &Run| run.report.verdict.text.of(model.lang).to_owned();
    let names = names(model);
    let sides = sides(model);
    let runs = sides.map(|side| match side {
        Place::Before => &before.run,
        Place::Now => run,
    });
    let went = [0, 1].map(|at| format!("{}: {}", names[sides[at] as usize], verdict(runs[at])));
    let said = match &model.parted {
        None => html! { <p>{ model.say(text::NO_DIFFERENCE) }</p> },
        Some(parted) => {
            let act = |at: usize| {
                let nothing = model.say(text::NOTHING_MORE).to_owned();
                let words = parted.acts[at].as_ref().map_or(nothing, |act| {
                    format!("{} · {}", whyeof_render::text::moment(act.time), act.words)
                });
                html! { <li><b>{ names[at].clone() }</b>{ " " }{ words }</li> }
            };
            let title = fill(
                model.say(text::PARTED),
                &[&whyeof_render::text::moment(parted.at), &parted.host],
            );
            html! { <><p>{ button(tell, "to-difference", "link", title, Msg::ToDifference) }</p><ul>{ for sides.map(|side| act(side as usize)) }</ul></> }
        }
    };
    html! {
        <div id="parted" class="parted" role="status">
            <p class="quiet">{ went.join(" · ") }</p>
            if let Some(set) = differing(model, [&runs[0].scenario, &runs[1].scenario]) {
                <p class="quiet">{ fill(model.say(text::SET_OTHERWISE), &[&set]) }</p>
            }
            { said }
        </div>
    }
}

/// Settings that are told, of those in which two scenarios differ.
const MOST_SETTINGS: usize = 12;

/// In which settings the second scenario differs from the first; `None`: in none.
pub fn differing(model: &Model, [from, to]: [&Scenario; 2]) -> Option<String> {
    let all = differences(from, to);
    let told = all.iter().take(MOST_SETTINGS).map(|it| it.say(model.lang));
    let mut told: Vec<String> = told.collect();
    if all.len() > MOST_SETTINGS {
        told.push("…".to_owned());
    }
    (!told.is_empty()).then(|| told.join(" | "))
}

/// What to compare with.
pub fn choices(model: &Model, tell: &Tell) -> Html {
    let group = |name: Text, choices: Vec<compare::Choice>| {
        let entry = |choice: compare::Choice| {
            let msg = Msg::CompareWith(choice.name.clone(), choice.scenario);
            html! { <li key={choice.name.clone()}><button class="variant" data-with={choice.name.clone()} onclick={says(tell, msg)}>{ choice.name }</button></li> }
        };
        html! {
            if !choices.is_empty() {
                <h3>{ model.say(name) }</h3>
                <ul class="gallery small">{ for choices.into_iter().map(entry) }</ul>
            }
        }
    };
    html! {
        <>
            <p class="quiet">{ model.say(text::COMPARE_HELP) }</p>
            if let Some(before) = model.before.as_ref().filter(|before| before.from == From::Edit) {
                <button class="variant" data-with="before" onclick={says(tell, Msg::Compare)}>{ format!("{}: {}", model.say(text::COMPARE), before.name) }</button>
            }
            { group(text::COMPARE_VARIANTS, compare::variants(model)) }
            { group(text::COMPARE_RUNTIMES, compare::runtimes(model)) }
        </>
    }
}

/// Most requests that have a chip of their own.
const CHIPS: usize = 24;

/// The requests that have a chip: the first ones, but rather one that went wrong than one that went well.
fn with_chips(went_well: &[bool]) -> Vec<usize> {
    let (good, bad): (Vec<_>, Vec<_>) = (0..went_well.len()).partition(|n| went_well[*n]);
    let bad = &bad[..bad.len().min(CHIPS)];
    let good = good.into_iter().take(CHIPS - bad.len());
    let mut shown: Vec<usize> = good.chain(bad.iter().copied()).collect();
    shown.sort_by_cached_key(|n| -> SortKey { (*n as u64, 0) });
    shown
}

/// A chip a request: which failed, and where it is.
fn requests(model: &Model, tell: &Tell) -> Html {
    let Some(run) = &model.run else {
        return Html::default();
    };
    let requests = &run.report.requests;
    if requests.is_empty() && model.capture.is_some() {
        return html! { <div class="chips"></div> };
    }
    if requests.is_empty() {
        return html! { <div class="chips"><p class="quiet">{ model.say(text::NO_REQUESTS) }</p></div> };
    }
    let is_well = |r: &RequestReport| r.outcome == Outcome::Ok && r.attempts <= 1 && !r.is_bad();
    let went_well: Vec<bool> = requests.iter().map(is_well).collect();
    let chip = |n: usize| {
        let request = &requests[n];
        let (class, sign) = match request.outcome {
            _ if request.is_bad() => ("bad", "✕"),
            Outcome::Ok if request.attempts > 1 => ("fair", "↻"),
            Outcome::Ok => ("good", "✓"),
            Outcome::Failed | Outcome::Unfinished => ("fair", "…"),
        };
        let label = fill(model.say(text::REQUEST_N), &[&request.number.to_string()]);
        // What a proxy makes has the number of the one that it makes it for.
        let host = match request.parent {
            Some(_) => format!(
                "{}: ",
                run.trace
                    .program(run.trace.requests[request.id.index()].program)
                    .name
            ),
            None => String::new(),
        };
        let pressed = model.focus == Some(n);
        html! {
            <button key={n} class={classes!("chip", class)} aria-pressed={pressed.to_string()} title={label}
                onclick={says(tell, Msg::Focus((!pressed).then_some(n)))}>
                { format!("{host}{} #{} {sign}", request.method, request.number) }
            </button>
        }
    };
    let more = requests.len().saturating_sub(CHIPS);
    html! {
        <div class="chips" role="group" aria-label={model.say(text::REQUESTS)}>
          <div class="row">
            <button class="chip all" aria-pressed={model.focus.is_none().to_string()} onclick={says(tell, Msg::Focus(None))}>
                { model.say(text::WHOLE_RUN) }
            </button>
            <>{ for with_chips(&went_well).into_iter().map(chip) }</>
            if more > 0 {
                <span class="quiet">{ fill(model.say(text::MORE_REQUESTS), &[&more.to_string()]) }</span>
                <button class="link" data-view="requests" onclick={says(tell, Msg::View("requests"))}>{ model.say(text::OVER_TIME) }</button>
            }
          </div>
            if let Some(before) = &model.before {
                <button id="compare" class="chip end" aria-pressed={model.compares().to_string()} title={before.name.clone()} onclick={says(tell, Msg::Compare)}>
                    { model.say(if before.from == From::Edit { text::COMPARE } else { text::COMPARE_OTHER }) }
                </button>
            }
            // An embedded page opens no windows.
            if model.screen != Screen::Embedded && model.capture.is_none() {
                <button id="compare-with" class={classes!("chip", model.before.is_none().then_some("end"))} onclick={says(tell, Msg::Open(Some(Dialog::Compare)))}>
                    { model.say(text::COMPARE_WITH) }
                </button>
            }
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_went_wrong_has_a_chip_however_late_it_came() {
        let mut went_well = vec![true; 60];
        assert_eq!(with_chips(&went_well), (0..CHIPS).collect::<Vec<_>>());
        went_well[57] = false;
        let shown = with_chips(&went_well);
        assert_eq!((shown.len(), shown.last()), (CHIPS, Some(&57)));
        assert_eq!(with_chips(&[false; 60]).len(), CHIPS);
        assert_eq!(with_chips(&[true, false]), [0, 1]);
    }
}
