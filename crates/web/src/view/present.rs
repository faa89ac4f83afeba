//! The run on a wall: no form, large letters, one step a key press. What a room sees is the diagram and one sentence.

use super::lesson::parts;
use super::paste::coded;
use super::{Tell, button, diagram, scrolled};
use crate::app::lesson::{self, Learn, Sitting, Wall};
use crate::app::model::{Model, Shown};
use crate::app::msg::Msg;
use crate::text;
use whyeof_render::text::moment;
use whyeof_render::{describe, summary};
use whyeof_scenario::lessons::{Answer, Lesson};
use whyeof_trace::RecordId;
use yew::{Html, html};

/// The page while it is presented.
pub fn view(model: &Model, tell: &Tell) -> Html {
    let onscroll = scrolled(tell);
    let hides = lesson::hides(model).is_some();
    let error = model
        .run
        .as_ref()
        .and_then(|run| run.report.verdict.error.clone());
    html! {
        <main class="present">
            <header>
                <h1>{ model.title() }</h1>
                { button(tell, "present-qr", "tool", model.say(text::QR), Msg::Open(Some(crate::app::model::Dialog::Qr))) }
                { button(tell, "present-leave", "tool", model.say(text::PRESENT_LEAVE), Msg::Present) }
            </header>
            if let Some((lesson, sitting)) = lesson::lesson(model).zip(model.sitting.as_ref()) { { taught(model, tell, lesson, sitting) } }
            <div id="diagram-scroll" class="pictures" tabindex="0" role="group" aria-label={model.say(text::DIAGRAM)} {onscroll}>
                if let Some(picture) = &model.picture { { diagram::view(model, picture, Some(tell), "now") } }
            </div>
            <div class="spoken" role="status" aria-live="polite">
                <p id="present-step">{ step(model) }</p>
                if let Some(error) = error.filter(|_| !hides && model.shown == Shown::All) { <code class="error">{ error }</code> }
            </div>
        </main>
    }
}

/// What a lesson asks, and, when its end is shown, which answer is right. While somebody goes through it step by step, the room belongs to the
/// diagram.
fn taught(model: &Model, tell: &Tell, lesson: &Lesson, sitting: &Sitting) -> Html {
    let steps = matches!(model.shown, Shown::Event(_)) && sitting.wall != Wall::Answer;
    let answer = |answer: &Answer| html! { <li>{ coded(answer.text.of(model.lang)) }</li> };
    let right = lesson.answers.iter().position(|answer| answer.right);
    let right = right.and_then(|at| {
        Some((
            char::from_u32(u32::from(b'A') + u32::try_from(at).ok()?)?,
            &lesson.answers[at],
        ))
    });
    html! {
        <div class="present-lesson">
            if !steps && !sitting.told { <p class="present-setting">{ coded(lesson.setting.of(model.lang)) }</p> }
            if !steps || !sitting.told { <p class="present-question">{ coded(lesson.question.of(model.lang)) }</p> }
            if (!steps || sitting.wall == Wall::Asks) && !sitting.told { <ol class="present-answers">{ for lesson.answers.iter().map(answer) }</ol> }
            if let Some((letter, right)) = right.filter(|_| sitting.told && !steps) {
                <p class="present-setting right">{ format!("✓ {letter}. ") }{ coded(right.text.of(model.lang)) }</p>
                <p class="present-setting">{ coded(lesson.surprise.of(model.lang)) }</p>
            }
            <div class="present-parts">
                { parts(model, tell, lesson, sitting) }
                if !sitting.told { { button(tell, "present-show", "tool", model.say(text::LESSON_SHOW), Msg::Learn(Learn::Show)) } }
            </div>
        </div>
    }
}

/// What happens at this step; before the first one, how it went.
fn step(model: &Model) -> String {
    let Some(run) = &model.run else {
        return model.say(text::RUNNING).to_owned();
    };
    match model.shown {
        Shown::Event(_)
            if model
                .sitting
                .as_ref()
                .is_some_and(|it| it.wall == Wall::Asks) =>
        {
            model.say(text::PRESENT_ON).to_owned()
        }
        Shown::Event(event) => {
            let record = run.events.get(event).copied();
            record
                .map(|record| sentence(model, record))
                .unwrap_or_default()
        }
        _ if lesson::hides(model).is_some() => model.say(text::PRESENT_STEP).to_owned(),
        _ => {
            let verdict = run.report.verdict.text.of(model.lang);
            let stop = model.say(text::STOP_MARK);
            format!("{verdict}{stop}{}", model.say(text::PRESENT_STEP))
        }
    }
}

fn sentence(model: &Model, id: RecordId) -> String {
    let Some(run) = &model.run else {
        return String::new();
    };
    let wire = run.wire();
    if let Some(passage) = wire.passage(id) {
        let words = summary::packet(&wire, passage, model.lang);
        return format!("{} · {words}", moment(passage.seen()));
    }
    let record = run.trace.record(id);
    let said = describe::sentence(&run.trace, record, model.lang);
    let host = &run.trace.host(record.host).name;
    said.map_or_else(String::new, |said| {
        format!("{} · {host}: {}", moment(record.time), said.words)
    })
}
