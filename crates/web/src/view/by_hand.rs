//! What a reader can let happen to the packet that is selected.

use super::{Tell, says};
use crate::app::by_hand::delay;
use crate::app::effect::value;
use crate::app::model::{Model, Screen};
use crate::app::msg::Msg;
use crate::run::Run;
use crate::text;
use whyeof_render::wire::{Fate, Passage};
use whyeof_scenario::Text;
use whyeof_scenario::by_hand::{Act, name_of_rule};
use whyeof_trace::Culprit;
use yew::{Callback, Html, InputEvent, html};

/// Buttons below a packet's facts. A packet that a fault took away can be let pass.
pub fn view(model: &Model, tell: &Tell, run: &Run, passage: &Passage) -> Html {
    let is_sent = passage.sent.is_some() && passage.segment().is_some();
    if model.screen != Screen::Bench || !is_sent {
        return Html::default();
    }
    let act = |act| Msg::ByHand(passage.record, act);
    let body = match passage.fate {
        Fate::Lost { by, .. } => lost(model, tell, run, by),
        Fate::Arrived { .. } | Fate::InFlight | Fate::Unknown => html! {
            <>
                { button(model, tell, "drop-it", (text::HAND_DROP, text::HAND_DROP_HELP), act(Act::Drop)) }
                { delay_by(model, tell, passage) }
                { button(model, tell, "drop-like", (text::HAND_LIKE, text::HAND_LIKE_HELP), act(Act::DropLike)) }
                { button(model, tell, "silence", (text::HAND_SILENCE, text::HAND_SILENCE_HELP), act(Act::Silence)) }
            </>
        },
    };
    html! { <div class="by-hand" role="group" aria-label={model.say(text::HAND)}>{ body }</div> }
}

fn lost(model: &Model, tell: &Tell, run: &Run, by: Culprit) -> Html {
    let Some(rule) = by.rule() else {
        return Html::default();
    };
    let Some(name) = name_of_rule(&run.scenario, rule) else {
        return Html::default();
    };
    let words = (text::HAND_PASS, text::TAKE_AWAY_HELP);
    button(
        model,
        tell,
        "let-pass",
        words,
        Msg::TakeAway(name.to_owned()),
    )
}

fn button(
    model: &Model,
    tell: &Tell,
    id: &'static str,
    (name, help): (Text, Text),
    msg: Msg,
) -> Html {
    html! {
        <button {id} class="apply" title={model.say(help)} onclick={says(tell, msg)}>{ model.say(name) }</button>
    }
}

fn delay_by(model: &Model, tell: &Tell, passage: &Passage) -> Html {
    let by = delay(model);
    let told = tell.clone();
    let oninput = Callback::from(move |event: InputEvent| told.emit(Msg::DelayBy(value(&event))));
    let onclick = by.map(|by| says(tell, Msg::ByHand(passage.record, Act::Delay(by))));
    html! {
        <span class="delay">
            <button id="delay-it" class="apply" title={model.say(text::HAND_DELAY_HELP)} disabled={by.is_none()} {onclick}>
                { model.say(text::HAND_DELAY) }
            </button>
            <input id="delay-by" value={model.delay.clone()} {oninput} autocomplete="off" spellcheck="false"
                aria-label={model.say(text::HAND_DELAY_BY)} aria-invalid={by.is_none().to_string()} />
        </span>
    }
}
