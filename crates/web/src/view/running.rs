//! A run that takes long: how far it is, and a way to end it; and a run that met a bound, with a way on.

use super::{Tell, button};
use crate::app::model::{Model, Running};
use crate::app::msg::Msg;
use crate::text::{self, fill};
use whyeof_trace::{Stop, Time};
use yew::{Html, html};

/// The run that is under way, once it has taken some 100 ms.
pub fn progress(model: &Model, tell: &Tell) -> Html {
    let Some(running) = model.running.filter(Running::is_long) else {
        return Html::default();
    };
    let until = Time::ZERO + model.scenario.until;
    let moment = whyeof_render::text::moment;
    let words = fill(
        model.say(text::RUN_SO_FAR),
        &[
            &moment(running.now),
            &moment(until),
            &running.records.to_string(),
        ],
    );
    let micros = |time: Time| (time.nanos() / 1_000).to_string();
    html! {
        <div id="progress" class="notice" role="status">
            <progress aria-label={model.say(text::RUNNING)} max={micros(until)} value={micros(running.now)} />
            <span>{ words }</span>
            { button(tell, "stop", "apply", model.say(text::STOP), Msg::Stop) }
        </div>
    }
}

/// A bound that the run met: never silent.
pub fn limit(model: &Model, tell: &Tell) -> Html {
    let run = model
        .run
        .as_ref()
        .filter(|run| matches!(run.trace.stop, Stop::Limit(_)));
    let Some((kind, at)) = run.and_then(|run| run.trace.limit()) else {
        return Html::default();
    };
    let words = fill(
        model.say(text::LIMIT_REACHED),
        &[
            &whyeof_render::text::moment(at),
            kind.words().of(model.lang),
        ],
    );
    let end = Msg::Field {
        path: "until".to_owned(),
        text: format!("{}ms", at.nanos() / 1_000_000),
    };
    html! {
        <p id="limit" class="notice fair">
            <span>{ words }</span>
            { button(tell, "end-there", "link", model.say(text::LIMIT_WAY_ON), end) }
        </p>
    }
}
