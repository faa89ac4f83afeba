//! The right column: how it went, why in numbered steps tied to the diagram, and what to change.

use super::compare::differing;
use super::part::part;
use super::paste::coded;
use super::terms::prose;
use super::{Tell, held, says};
use crate::app::advice::{as_proved, main_advice};
use crate::app::knob::Half;
use crate::app::lesson;
use crate::app::model::{JSON, Model};
use crate::app::msg::Msg;
use crate::later::{self, Piece};
use crate::run::Run;
use crate::text::{self, fill};
use crate::words;
use std::rc::Rc;
use std::time::Duration;
use whyeof_diagnose::{Tone, Totals, findings};
use whyeof_scenario::Text;
use whyeof_scenario::presets::{self, Preset};
use yew::{Html, classes, html};

/// The column.
pub fn view(model: &Model, tell: &Tell) -> Html {
    html! { <>{ head(model, tell) }{ reasons(model, tell) }</> }
}

/// What a reader needs first: how it went and the main fix.
pub fn head(model: &Model, tell: &Tell) -> Html {
    if model.run.is_none() {
        return html! { <p class="quiet">{ model.say(text::RUNNING) }</p> };
    }
    html! { <>{ headline(model, tell) }{ main_fix(model, tell) }</> }
}

/// Why, how often, and what to change.
pub fn reasons(model: &Model, tell: &Tell) -> Html {
    let Some(run) = &model.run else {
        return Html::default();
    };
    html! {
        <>
            { part(model, Half::Later, || later::draw(Piece::Story, model, tell)) }
            { why(model, run, tell) }
            { counts(model, run) }
            { part(model, Half::Later, || later::draw(Piece::Changes, model, tell)) }
        </>
    }
}

/// What else the run shows; what is said of all of it stands open.
pub fn others(model: &Model) -> Html {
    let Some(run) = &model.run else {
        return Html::default();
    };
    /// More are not read; the command line has them all.
    const MOST: usize = 12;
    let told = run.finding(model.focus);
    let others = told.map(|told| run.others(told)).unwrap_or_default();
    let each = others.into_iter().take(MOST).map(|finding| {
        html! {
            <details class="story" data-finding={finding.code} open={finding.request.is_none()}>
                <summary>{ finding.title.of(model.lang) }</summary>
                <p>{ prose(model, finding.explanation.of(model.lang)) }</p>
            </details>
        }
    });
    html! { <section>{ for each }</section> }
}

/// What the preset tells that the scenario is or comes from: open where the run itself has nothing to explain.
pub fn story(model: &Model, tell: &Tell) -> Html {
    let Some((run, preset)) = model.run.as_ref().zip(model.story()) else {
        return Html::default();
    };
    html! {
        <details class="story" open={run.finding(None).is_none()}>
            <summary>{ model.say(preset.title) }</summary>
            { guide(model, tell, preset) }
            if let Some(set) = differing(model, [&preset.scenario(), &model.scenario]) {
                <p class="notice fair">{ fill(model.say(text::SET_SINCE), &[&set]) }</p>
            }
            if let Some(story) = model.stories.as_ref().and_then(|all| all.of(preset.id, model.lang)) {
                <p>{ prose(model, story.summary) }</p>
                if !story.about.is_empty() { <p class="quiet">{ prose(model, story.about) }</p> }
            }
        </details>
    }
}

/// A story has steps, from what happened to its remedies and their prices: the one before, and the next one.
fn guide(model: &Model, tell: &Tell, now: &'static Preset) -> Html {
    let steps: Vec<_> = presets::ALL
        .iter()
        .filter(|one| one.family == now.family)
        .collect();
    let at = steps.iter().position(|one| one.id == now.id).unwrap_or(0);
    if steps.len() < 2 {
        return Html::default();
    }
    let step = |id: &'static str, sign: &'static str, name: Text, to: Option<&&'static Preset>| {
        html! {
            <button {id} class="tool round" disabled={to.is_none()} aria-label={model.say(name)}
                title={to.map(|to| model.say(to.title))} onclick={to.map(|to| says(tell, Msg::Preset(to.id)))}>{ sign }</button>
        }
    };
    let said = fill(
        model.say(text::STORY_STEP),
        &[&(at + 1).to_string(), &steps.len().to_string()],
    );
    html! {
        <p class="guide">
            { step("story-back", "‹", text::STORY_BACK, at.checked_sub(1).and_then(|at| steps.get(at))) }
            <span>{ said }</span>
            { step("story-on", "›", text::STORY_ON, steps.get(at + 1)) }
            if let Some(next) = steps.get(at + 1) { <span class="quiet">{ model.say(next.title) }</span> }
        </p>
    }
}

/// How it went, with the error exactly as the program prints it.
pub fn headline(model: &Model, tell: &Tell) -> Html {
    let Some(run) = &model.run else {
        return Html::default();
    };
    let verdict = &run.report.verdict;
    let (class, sign) = match verdict.tone {
        // Nothing was asked, so nothing is known to be well.
        Tone::Good if run.report.requests.is_empty() => ("plain", "–"),
        Tone::Good if would_fail(model).is_some() => ("fair", "!"),
        Tone::Good => ("good", "✓"),
        Tone::Fair => ("fair", "!"),
        Tone::Bad => ("bad", "✕"),
    };
    html! {
        <section id="verdict" class={classes!("verdict", class)} tabindex="-1" aria-live="polite" aria-label={model.say(text::VERDICT)}>
            <h2><span class="sign" aria-hidden="true">{ sign }</span>{ verdict.text.of(model.lang) }</h2>
            if let Some(error) = &verdict.error { <code class="error">{ model.error(error) }</code> }
            if let Some(name) = fixed_by(model, run) {
                <p>{ fill(model.say(if would_fail(model).is_some() { text::MOVED } else { text::FIXED }), &[name]) }</p>
            } else if let Some(finding) = run.finding(model.focus) {
                <p>{ told(model, finding.explanation.of(model.lang)) }</p>
            }
            { later::draw(Piece::Proved, model, tell) }
        </section>
    }
}

/// A text, with its terms marked as soon as they can be.
fn told(model: &Model, words: &str) -> Html {
    match later::get().filter(|_| model.terms.is_some()) {
        Some(later) => (later.prose)(model, words),
        None => coded(&held(words)),
    }
}

/// The idle gap at which a run would have failed that went well.
fn would_fail(model: &Model) -> Option<u64> {
    Some(as_proved(model)?.fails_at.as_ref()?.0)
}

/// What trying every idle gap says of a run that went well: that it cannot race, or at which gap it would.
pub fn as_it_is(model: &Model) -> Html {
    let went_well = |run: &Rc<Run>| run.report.verdict.tone == Tone::Good;
    let run = model.run.as_ref().filter(|run| went_well(run));
    let Some((_, proved)) = run.zip(as_proved(model)) else {
        return Html::default();
    };
    match &proved.fails_at {
        Some((gap, _)) => {
            let only =
                findings::only_this_traffic(&findings::gap_of(&words::span(*gap), &proved.whose));
            html! { <p class="but">{ only.of(model.lang).to_owned() }</p> }
        }
        None if let Some(gap) = proved.replays_at => {
            let only = findings::only_this_traffic_once(&findings::gap_of(
                &words::span(gap),
                &proved.whose,
            ));
            html! { <p class="but">{ only.of(model.lang).to_owned() }</p> }
        }
        None if let Some(caveat) = proved.draws.caveat() => {
            html! { <p class="but">{ caveat.of(model.lang).to_owned() }</p> }
        }
        None => {
            let gaps = (Duration::ZERO, Duration::from_nanos(proved.to));
            let finding = findings::cannot_race(gaps, proved.runs);
            html! { <p>{ prose(model, finding.explanation.of(model.lang)) }</p> }
        }
    }
}

/// The edit that turned a failure into this success.
fn fixed_by<'a>(model: &'a Model, run: &Run) -> Option<&'a str> {
    let before = model.before.as_ref()?;
    // Whoever edits the JSON may have changed the question, too.
    if before.name == JSON {
        return None;
    }
    let was_bad = before.run.report.verdict.tone == Tone::Bad;
    let is_good = run.report.verdict.tone == Tone::Good;
    (was_bad && is_good).then_some(before.name.as_str())
}

/// The best remedy as one button, so that the fix is never out of sight.
pub fn main_fix(model: &Model, tell: &Tell) -> Html {
    let Some(run) = model
        .run
        .as_ref()
        .filter(|run| run.report.verdict.tone == Tone::Bad && !lesson::is_examined(model))
    else {
        return Html::default();
    };
    let Some(best) = main_advice(model, run) else {
        return Html::default();
    };
    let promise = if best.mends() {
        text::FIX_IT
    } else {
        text::NEXT_STEP
    };
    html! {
        <button id="fix" class="primary" onclick={says(tell, Msg::FixIt)}>
            { model.say(promise) }<span class="what">{ held(best.remedy.title.of(model.lang)) }</span>
        </button>
    }
}

/// What stands between "sent" and "failed" decides whether a retry is safe.
fn counts(model: &Model, run: &Run) -> Html {
    let Totals {
        sent,
        executed,
        failed,
    } = run.report.totals();
    let count = |label, number: u32, class| {
        html! { <div class={class}><dt>{ model.say(label) }</dt><dd>{ number }</dd></div> }
    };
    let class = if failed > 0 { "bad" } else { "" };
    html! {
        <dl class="counts" aria-label={model.say(text::COUNTS)}>
            { count(text::SENT, sent, "") }
            { count(text::EXECUTED, executed, "") }
            { count(text::REPORTED_FAILED, failed, class) }
        </dl>
    }
}

/// The steps of the proof, and what else was found.
pub fn proof(model: &Model, tell: &Tell) -> Html {
    let Some(run) = &model.run else {
        return Html::default();
    };
    html! { <>{ why(model, run, tell) }{ others(model) }</> }
}

/// The steps of the proof.
fn why(model: &Model, run: &Run, tell: &Tell) -> Html {
    let Some(finding) = run.finding(model.focus).filter(|f| !f.evidence.is_empty()) else {
        return Html::default();
    };
    let step = |(n, evidence): (usize, &whyeof_diagnose::Evidence)| {
        let record = evidence.record;
        let is_selected = model.selected == Some(record);
        let is_hot = is_selected || model.lit.records.contains(&record);
        html! {
            <li key={n}>
                <button class={classes!("step", is_hot.then_some("hot"))} aria-current={is_selected.then_some("true")}
                    onclick={says(tell, Msg::Show(record))}
                    onmouseenter={says(tell, Msg::Hover(vec![record]))}
                    onmouseleave={says(tell, Msg::Hover(Vec::new()))}
                    onfocus={says(tell, Msg::Hover(vec![record]))}
                    onblur={says(tell, Msg::Hover(Vec::new()))}>
                    <span class="number" aria-hidden="true">{ n + 1 }</span>
                    <span>{ held(evidence.text.of(model.lang)) }</span>
                </button>
            </li>
        }
    };
    html! {
        <section class="why">
            <h3>{ model.say(text::WHY) }</h3>
            <ol>{ for finding.evidence.iter().enumerate().map(step) }</ol>
        </section>
    }
}
