//! The diagram alone, or beside the one before the last edit.

use super::{Tell, diagram, look, says};
use crate::app::effect::visible;
use crate::app::model::Model;
use crate::app::msg::Msg;
use crate::text::{self, fill};
use whyeof_diagnose::{Outcome, RequestReport};
use whyeof_trace::{SortKey, Stop};
use yew::{Callback, Event, Html, classes, html};

/// The picture or the two pictures.
pub fn view(model: &Model, tell: &Tell) -> Html {
    let Some(now) = &model.picture else {
        return html! { <p class="quiet">{ model.say(text::RUNNING) }</p> };
    };
    let before = model.picture_before.as_ref().map(|before| {
        html! {
            <figure class="picture before">
                <figcaption>{ model.say(text::BEFORE) }</figcaption>
                { diagram::view(model, before, None, "before") }
            </figure>
        }
    });
    let caption = before
        .is_some()
        .then(|| html! { <figcaption>{ model.say(text::AFTER) }</figcaption> });
    let told = tell.clone();
    let onscroll = Callback::from(move |event: Event| {
        let (from, room) = visible(&event);
        told.emit(Msg::Scrolled(from, room));
    });
    let stale = model.running.is_some_and(|running| running.records > 0);
    html! {
        <>
            { limit(model) }
            { requests(model, tell) }
            <div class="with-map">
                <div id="diagram-scroll" tabindex="0" role="group" aria-label={model.say(text::DIAGRAM)}
                    class={classes!("pictures", before.is_some().then_some("two"), stale.then_some("stale"))} {onscroll}>
                    { for before }
                    <figure class="picture">
                        { for caption }
                        { diagram::view(model, now, Some(tell), "now") }
                    </figure>
                </div>
                if !model.compares() { { look::minimap(model, tell) } }
            </div>
        </>
    }
}

/// A bound that the run met: never silent.
fn limit(model: &Model) -> Html {
    let stop = model.run.as_ref().map(|run| run.trace.stop);
    let Some(Stop::Limit(kind)) = stop else {
        return Html::default();
    };
    let what = fill(
        model.say(text::LIMIT_REACHED),
        &[kind.words().of(model.lang)],
    );
    html! { <p class="notice fair">{ what }</p> }
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
            <button class="chip" aria-pressed={model.focus.is_none().to_string()} onclick={says(tell, Msg::Focus(None))}>
                { model.say(text::WHOLE_RUN) }
            </button>
            <>{ for with_chips(&went_well).into_iter().map(chip) }</>
            if more > 0 {
                <span class="quiet">{ fill(model.say(text::MORE), &[&more.to_string()]) }</span>
                <button class="link" data-view="requests" onclick={says(tell, Msg::View("requests"))}>{ model.say(text::OVER_TIME) }</button>
            }
            if model.before.is_some() {
                <button id="compare" class="chip end" aria-pressed={model.compares().to_string()} onclick={says(tell, Msg::Compare)}>
                    { model.say(text::COMPARE) }
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
