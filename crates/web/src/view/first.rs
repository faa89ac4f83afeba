//! The first visit: the headline, the race already drawn, one button, and then the ways on.

use super::{Tell, button, diagram, says, verdict};
use crate::app::model::{Dialog, Model, Motion};
use crate::app::msg::Msg;
use crate::picture::LAST_MOMENTS;
use crate::text::{self, fill};
use whyeof_diagnose::Tone;
use whyeof_scenario::Text;
use yew::{Html, classes, html};

/// The page of the first visit.
pub fn view(model: &Model, tell: &Tell) -> Html {
    let is_fixed = model.picture_before.is_some();
    let span = whyeof_render::text::span(LAST_MOMENTS);
    let end = model
        .run
        .as_ref()
        .map_or(whyeof_trace::Time::ZERO, |run| run.trace.end);
    let whole = whyeof_render::text::about(end.since(whyeof_trace::Time::ZERO));
    html! {
        <main class={classes!("first", is_fixed.then_some("fixed"))}>
            <header class="hero">
                <h1>{ model.say(text::HEADLINE) }</h1>
                <p class="sub">{ model.say(text::SUBLINE) }</p>
            </header>
            <div class="stage">
                <section class="card middle">
                    { pictures(model, tell) }
                    <p class="quiet caption">
                        { fill(model.say(text::LAST_MOMENTS), &[&span, &whole]) }{ " · " }{ model.say(text::LOCALHOST) }
                    </p>
                </section>
                <section class="card side">
                    { verdict::headline(model, tell) }
                    { act(model, tell) }
                </section>
            </div>
            if is_fixed { { ways(model, tell) } }
            <p class="caption checked">
                { model.say(text::REALITY_WHY) }{ " " }
                { button(tell, "reality", "link", model.say(text::REALITY), Msg::Open(Some(Dialog::Reality))) }
            </p>
        </main>
    }
}

fn pictures(model: &Model, tell: &Tell) -> Html {
    let Some(now) = &model.picture else {
        return html! { <p class="quiet">{ model.say(text::RUNNING) }</p> };
    };
    match &model.picture_before {
        None => html! {
            <div class="pictures"><figure class="picture">{ diagram::view(model, now, Some(tell), "now") }</figure></div>
        },
        Some(before) => html! {
            <div class="pictures two">
                <figure class="picture before">
                    <figcaption>{ model.say(text::BEFORE) }</figcaption>
                    { diagram::view(model, before, None, "before") }
                </figure>
                <figure class="picture after">
                    <figcaption>{ model.say(text::AFTER) }</figcaption>
                    { diagram::view(model, now, Some(tell), "now") }
                </figure>
            </div>
        },
    }
}

/// The one main button; after it, the way back.
fn act(model: &Model, tell: &Tell) -> Html {
    let Some(run) = &model.run else {
        return Html::default();
    };
    if run.report.verdict.tone != Tone::Bad {
        return html! {
            <div class="act">
                <button id="undo-fix" onclick={says(tell, Msg::Undo)}>{ model.say(text::UNDO) }</button>
            </div>
        };
    }
    let may_move = model.env.motion == Motion::Full;
    html! {
        <div class="act">
            { verdict::main_fix(model, tell) }
            if may_move {
                <button id="play-again" disabled={model.play.is_some()} onclick={says(tell, Msg::TogglePlay)}>{ model.say(text::PLAY_AGAIN) }</button>
            }
            { button(tell, "open-bench", "link", model.say(text::SEE_WHY), Msg::Workbench) }
        </div>
    }
}

fn ways(model: &Model, tell: &Tell) -> Html {
    let way = |id: &'static str, name: Text, why: Text, msg: Msg| {
        html! {
            <button {id} class="card way" onclick={says(tell, msg)}>
                <strong>{ model.say(name) }</strong><span>{ model.say(why) }</span>
            </button>
        }
    };
    html! {
        <section class="ways" aria-label={model.say(text::WAYS_ON)}>
            <h2>{ model.say(text::WAYS_ON) }</h2>
            <div>
                { way("way-error", text::ERROR_TITLE, text::WAY_ERROR_WHY, Msg::Open(Some(Dialog::Error))) }
                { way("way-settings", text::WAY_SETTINGS, text::WAY_SETTINGS_WHY, Msg::Workbench) }
                { way("way-lessons", text::WAY_LESSONS, text::WAY_LESSONS_WHY, Msg::Open(Some(Dialog::Lessons))) }
            </div>
        </section>
    }
}
