//! A lesson as its learner sees it, and the list of all of them.

use super::paste::coded;
use super::terms::prose;
use super::{Tell, awaited, button, says};
use crate::app::lesson::{self, Learn, Sitting, Standing};
use crate::app::model::Model;
use crate::app::msg::{Book, Msg};
use crate::text::{self, fill};
use whyeof_explore::mark::{Has, Mark};
use whyeof_render::text::span;
use whyeof_scenario::Text;
use whyeof_scenario::lessons::{Answer, Both, Exercise, Lesson, Pass, Whose};
use yew::{Html, classes, html};

/// The lesson that somebody is in.
pub fn view(model: &Model, tell: &Tell) -> Html {
    let (Some(lesson), Some(sitting)) = (lesson::lesson(model), &model.sitting) else {
        return Html::default();
    };
    let title = format!("{}. {}", lesson.number, lesson.title.of(model.lang));
    html! {
        <section id="lesson" class="card lesson" tabindex="-1" aria-label={model.say(text::LESSONS)}>
            <p class="quiet">{ fill(model.say(text::LESSON_OF), &[&lesson.number.to_string(), &count(model)]) }</p>
            <h2>{ title }</h2>
            <p>{ prose(model, lesson.setting.of(model.lang)) }</p>
            { parts(model, tell, lesson, sitting) }
            if sitting.exercise.is_none() {
                <h3>{ of(model, &lesson.question) }</h3>
                { answers(model, tell, &lesson.answers, (sitting.chosen, sitting.told), Learn::Choose) }
            }
            if !sitting.told {
                { learn(model, tell, "lesson-show", text::LESSON_SHOW, Learn::Show) }
            } else {
                { told(model, lesson, sitting) }
                { exercises(model, tell, lesson, sitting) }
            }
            { foot(model, tell, lesson, sitting.told) }
        </section>
    }
}

/// A text in the reader's language, with code in it.
fn of(model: &Model, both: &Both) -> Html {
    coded(both.of(model.lang))
}

fn count(model: &Model) -> String {
    model
        .lessons
        .as_ref()
        .map_or(0, |all| all.len())
        .to_string()
}

fn learn(model: &Model, tell: &Tell, id: &'static str, name: Text, what: Learn) -> Html {
    button(tell, id, "apply", model.say(name), Msg::Learn(what))
}

/// The lesson's scenarios, where it has several.
pub(super) fn parts(model: &Model, tell: &Tell, lesson: &Lesson, sitting: &Sitting) -> Html {
    if lesson.scenarios.len() < 2 || sitting.exercise.is_some() {
        return Html::default();
    }
    let part = |(at, (name, _)): (usize, &(Both, _))| {
        let pressed = (at == sitting.part).to_string();
        html! { <button class="chip" data-part={at.to_string()} aria-pressed={pressed} onclick={says(tell, Msg::Learn(Learn::Part(at)))}>{ of(model, name) }</button> }
    };
    html! { <p class="parts">{ for lesson.scenarios.iter().enumerate().map(part) }</p> }
}

/// Answers to choose from; the one that was chosen with what there is to say to it, and the right one marked.
fn answers(
    model: &Model,
    tell: &Tell,
    all: &[Answer],
    (chosen, told): (Option<usize>, bool),
    what: fn(usize) -> Learn,
) -> Html {
    let answer = |(at, answer): (usize, &Answer)| {
        let mine = chosen == Some(at);
        let class = match (told, answer.right) {
            (true, true) => "right",
            (true, false) if mine => "wrong",
            _ => "",
        };
        let sign = match class {
            "right" => "✓ ",
            "wrong" => "✕ ",
            _ => "",
        };
        html! {
            <li>
                <button class={classes!("answer", class)} data-answer={at.to_string()} aria-pressed={mine.to_string()} onclick={says(tell, Msg::Learn(what(at)))}>
                    { sign }{ of(model, &answer.text) }
                </button>
                if mine { <p role="status">{ of(model, &answer.reply) }</p> }
            </li>
        }
    };
    html! { <ol class="answers">{ for all.iter().enumerate().map(answer) }</ol> }
}

fn told(model: &Model, lesson: &Lesson, sitting: &Sitting) -> Html {
    if sitting.exercise.is_some() {
        return Html::default();
    }
    html! {
        <>
            <p class="surprise"><strong>{ of(model, &lesson.surprise) }</strong></p>
            <h3>{ model.say(text::WHY) }</h3>
            <ol class="reasons">{ for lesson.why.iter().map(|why| html! { <li>{ prose(model, why.of(model.lang)) }</li> }) }</ol>
        </>
    }
}

fn exercises(model: &Model, tell: &Tell, lesson: &Lesson, sitting: &Sitting) -> Html {
    let now = sitting.exercise.as_ref().map(|(at, _)| *at);
    let each = |(at, exercise): (usize, &Exercise)| {
        html! {
            <li data-exercise={at.to_string()}>
                <p>{ prose(model, exercise.task.of(model.lang)) }</p>
                if now == Some(at) {
                    { at_work(model, tell, exercise, sitting) }
                    <p>
                        if !sitting.hinted { { learn(model, tell, "lesson-hint", text::LESSON_HINT, Learn::Hint) } }
                        { " " }{ learn(model, tell, "lesson-again", text::LESSON_AGAIN, Learn::Exercise(at)) }
                    </p>
                } else {
                    <button class="apply" data-begin={at.to_string()} onclick={says(tell, Msg::Learn(Learn::Exercise(at)))}>{ model.say(text::LESSON_TRY) }</button>
                }
            </li>
        }
    };
    html! {
        <>
            <h3>{ model.say(text::LESSON_EXERCISE) }</h3>
            <ol class="exercises">{ for lesson.exercises.iter().enumerate().map(each) }</ol>
        </>
    }
}

/// A path as the form has it: `pyroscope · ReadTimeout`.
fn called(path: &str) -> String {
    let mut parts = path.split('.').skip(1);
    let of = parts.next().unwrap_or_default();
    let rest: Vec<&str> = parts.collect();
    let rest = match rest.as_slice() {
        ["options", name @ ..] if !name.is_empty() => name.join("."),
        ["requests", rest @ ..] => rest.join(" "),
        rest => rest.join("."),
    };
    format!("{of} · {rest}")
}

fn at_work(model: &Model, tell: &Tell, exercise: &Exercise, sitting: &Sitting) -> Html {
    let standing = lesson::standing(model);
    let passes = standing.as_ref().is_some_and(Standing::passes);
    let said = match standing {
        None => html! { <p class="quiet">{ model.say(text::RUNNING) }</p> },
        Some(Standing::Untouched) => {
            html! { <p class="quiet">{ model.say(text::LESSON_UNTOUCHED) }</p> }
        }
        Some(Standing::Refused(at)) => {
            let because = exercise
                .refused
                .get(at)
                .map(|(_, because)| of(model, because));
            html! { <p class="wrong">{ "✕ " }{ because.unwrap_or_default() }</p> }
        }
        Some(Standing::NotThat(path)) => {
            let may: Vec<String> = exercise.may.iter().map(|path| called(path)).collect();
            let said = fill(
                model.say(text::LESSON_NOT_THAT),
                &[&called(&path), &may.join(", ")],
            );
            html! { <p class="wrong">{ "✕ " }{ said }</p> }
        }
        Some(Standing::Marked(marks)) => {
            html! { <ul class="marks">{ for marks.iter().map(|(pass, mark)| marked(model, *pass, *mark)) }</ul> }
        }
    };
    html! {
        <div id="marks" role="status">
            if sitting.hinted { <p class="hint">{ of(model, &exercise.hint) }</p> }
            { said }
            if passes { <p class="right"><strong>{ "✓ " }{ model.say(text::LESSON_PASSED) }</strong></p> }
            if let Some((question, all)) = exercise.asks.as_ref().filter(|_| passes) {
                <h3>{ of(model, question) }</h3>
                { answers(model, tell, all, (sitting.asked, sitting.asked.is_some()), Learn::Ask) }
            }
        </div>
    }
}

fn marked(model: &Model, pass: Pass, mark: Option<Mark>) -> Html {
    let wanted = match pass {
        Pass::Failed(n) => fill(model.say(text::PASS_FAILED), &[&n.to_string()]),
        Pass::Connections(n) => fill(model.say(text::PASS_CONNECTIONS), &[&n.to_string()]),
        Pass::ConnectionsAtMost(n) => fill(model.say(text::PASS_AT_MOST), &[&n.to_string()]),
        Pass::ExecutedOnce => model.say(text::PASS_ONCE).to_owned(),
        Pass::TimeWait(Whose::Client) => model.say(text::PASS_TIME_WAIT_CLIENT).to_owned(),
        Pass::TimeWait(Whose::Server) => model.say(text::PASS_TIME_WAIT_SERVER).to_owned(),
        Pass::TimeWait(Whose::Nobody) => model.say(text::PASS_TIME_WAIT_NOBODY).to_owned(),
        Pass::Reused(n) => fill(model.say(text::PASS_REUSED), &[&n.to_string()]),
        Pass::SlowestAtMost(most) => fill(model.say(text::PASS_SLOWEST), &[&span(most)]),
        Pass::AnyGap => model.say(text::PASS_ANY_GAP).to_owned(),
    };
    let has = mark.map(|mark| match mark.has {
        Has::Count(n) => fill(model.say(text::HAS), &[&n.to_string()]),
        Has::Span(Some(most)) => fill(model.say(text::HAS), &[&span(most)]),
        Has::Span(None) => model.say(text::HAS_NO_END).to_owned(),
        Has::TimeWait(clients, servers) => fill(
            model.say(text::HAS_TIME_WAIT),
            &[&clients.to_string(), &servers.to_string()],
        ),
        Has::Gap(Some(gap)) => fill(model.say(text::HAS_GAP), &[&span(gap)]),
        Has::Gap(None) | Has::Nothing => String::new(),
    });
    let (sign, class) = match mark {
        Some(mark) if mark.holds => ("✓", "right"),
        Some(_) => ("✕", "wrong"),
        None => ("…", "quiet"),
    };
    html! { <li {class}>{ format!("{sign} {wanted} {}", has.unwrap_or_default()) }</li> }
}

/// What a teacher may say, which tells the answer, and the ways on.
fn foot(model: &Model, tell: &Tell, lesson: &Lesson, told: bool) -> Html {
    let next = lesson.number + 1;
    let has_next = model
        .lessons
        .as_ref()
        .is_some_and(|all| all.iter().any(|l| l.number == next));
    html! {
        <>
            if told {
                <details class="teacher">
                    <summary>{ model.say(text::LESSON_TEACHER) }</summary>
                    <ul>{ for lesson.teacher.iter().map(|note| html! { <li>{ prose(model, note.of(model.lang)) }</li> }) }</ul>
                </details>
            }
            <p>
                { learn(model, tell, "lesson-leave", text::LESSON_LEAVE, Learn::Leave) }{ " " }
                if has_next { { learn(model, tell, "lesson-next", text::LESSON_NEXT, Learn::Open(next)) } }
            </p>
        </>
    }
}

/// All lessons, with those that are done.
pub fn list(model: &Model, tell: &Tell) -> Html {
    let Some(lessons) = &model.lessons else {
        return awaited(model, Book::Lessons);
    };
    let entry = |lesson: &Lesson| {
        let done = model.done.contains(&lesson.number);
        html! {
            <li key={lesson.number}>
                <button class="preset" data-lesson={lesson.number.to_string()} onclick={says(tell, Msg::Learn(Learn::Open(lesson.number)))}>
                    <strong>{ format!("{}. {}", lesson.number, lesson.title.of(model.lang)) }</strong>
                    <span>{ of(model, &lesson.question) }</span>
                    if done { <span class="right">{ "✓ " }{ model.say(text::LESSON_DONE) }</span> }
                </button>
            </li>
        }
    };
    html! {
        <>
            <p class="quiet">{ model.say(text::LESSONS_HELP) }</p>
            <ul class="gallery">{ for lessons.iter().map(entry) }</ul>
        </>
    }
}
