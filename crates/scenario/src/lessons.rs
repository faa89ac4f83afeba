//! The eight lessons, in a file of their own that the page loads when somebody wants to learn: each a scenario, a prediction before the
//! run, the run, why, exercises that the simulator marks, and notes for a teacher.

use crate::span::{Span, Unit};
use crate::v1::Scenario;
use serde_json::Value as Json;
use std::time::Duration;
use whyeof_trace::{Lang, Time};

/// The file.
pub const FILE: &str = include_str!("lessons.json");

/// A text in English and 中文.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Both([String; 2]);

impl Both {
    /// In one of them.
    pub fn of(&self, lang: Lang) -> &str {
        &self.0[lang.place()]
    }
}

/// A lesson.
#[derive(Clone, Debug, PartialEq)]
pub struct Lesson {
    /// From 1, as links have it: `#lesson=3`.
    pub number: u8,
    /// Its title.
    pub title: Both,
    /// What is run, each under its name; the question is about the first one, or about all of them.
    pub scenarios: Vec<(Both, Scenario)>,
    /// Who, what, and which settings.
    pub setting: Both,
    /// What is to be predicted.
    pub question: Both,
    /// What happens later would tell the answer.
    pub until: Time,
    /// The answers to choose from; one is right.
    pub answers: Vec<Answer>,
    /// What most people do not expect, in a sentence.
    pub surprise: Both,
    /// Why, step by step.
    pub why: Vec<Both>,
    /// What to do now.
    pub exercises: Vec<Exercise>,
    /// Notes for a teacher.
    pub teacher: Vec<Both>,
}

/// An answer to choose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// What it says.
    pub text: Both,
    /// Whether it is right.
    pub right: bool,
    /// What to say to somebody who chose it.
    pub reply: Both,
}

/// An exercise that the simulator marks.
#[derive(Clone, Debug, PartialEq)]
pub struct Exercise {
    /// What to do.
    pub task: Both,
    /// For those who do not know where to begin.
    pub hint: Both,
    /// What it starts from; `None`: the lesson's first scenario.
    pub scenario: Option<Scenario>,
    /// What may be changed: fields whose paths begin with one of these.
    pub may: Vec<String>,
    /// What must hold then.
    pub passes: Vec<Pass>,
    /// An answer: paths and texts.
    pub solution: Vec<(String, String)>,
    /// Answers that people try, and what is wrong with them.
    pub refused: Vec<(Vec<(String, String)>, Both)>,
    /// What is asked in words.
    pub asks: Option<(Both, Vec<Answer>)>,
}

/// Whose TIME-WAIT.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose {
    /// Only the client's.
    Client,
    /// Only the server's.
    Server,
    /// Nobody's.
    Nobody,
}

/// What must hold of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pass {
    /// So many callers are not served.
    Failed(u32),
    /// So many connections are dialled.
    Connections(u32),
    /// At most so many connections are dialled.
    ConnectionsAtMost(u32),
    /// Every request runs once.
    ExecutedOnce,
    /// TIME-WAIT is there and nowhere else.
    TimeWait(Whose),
    /// The request of this number goes out once, on a reused connection.
    Reused(u32),
    /// No request takes longer to its real end.
    SlowestAtMost(Duration),
    /// No idle gap makes a request fail: found by many runs.
    AnyGap,
}

/// Reads the file; `None`: it is none.
pub fn read(file: &str) -> Option<Vec<Lesson>> {
    let json: Json = serde_json::from_str(file).ok()?;
    list(&json, "lessons", lesson)
}

fn list<T>(json: &Json, key: &str, each: impl Fn(&Json) -> Option<T>) -> Option<Vec<T>> {
    json.get(key)?.as_array()?.iter().map(each).collect()
}

fn both(json: &Json) -> Option<Both> {
    let [en, zh] = json.as_array()?.as_slice() else {
        return None;
    };
    Some(Both([en.as_str()?.to_owned(), zh.as_str()?.to_owned()]))
}

fn scenario(json: &Json) -> Option<Scenario> {
    Scenario::from_json(&json.to_string()).ok()
}

fn span(text: &str) -> Option<Duration> {
    Span::parse(text, Unit::Seconds)?.duration()
}

fn lesson(json: &Json) -> Option<Lesson> {
    let number = u8::try_from(json.get("number")?.as_u64()?).ok()?;
    let until = span(json.get("until")?.as_str()?)?;
    let scenarios = |one: &Json| Some((both(one.get("name")?)?, scenario(one.get("scenario")?)?));
    Some(Lesson {
        number,
        title: both(json.get("title")?)?,
        scenarios: list(json, "scenarios", scenarios)?,
        setting: both(json.get("setting")?)?,
        question: both(json.get("question")?)?,
        until: Time::ZERO + until,
        answers: list(json, "answers", answer)?,
        surprise: both(json.get("surprise")?)?,
        why: list(json, "why", both)?,
        exercises: list(json, "exercises", exercise)?,
        teacher: list(json, "teacher", both)?,
    })
}

fn answer(json: &Json) -> Option<Answer> {
    Some(Answer {
        text: both(json.get("text")?)?,
        right: json.get("right").and_then(Json::as_bool).unwrap_or(false),
        reply: both(json.get("reply")?)?,
    })
}

fn exercise(json: &Json) -> Option<Exercise> {
    let asks = |asked: &Json| {
        Some((
            both(asked.get("question")?)?,
            list(asked, "answers", answer)?,
        ))
    };
    let refused = |one: &Json| Some((edits(one.get("edits")?)?, both(one.get("because")?)?));
    Some(Exercise {
        task: both(json.get("task")?)?,
        hint: both(json.get("hint")?)?,
        scenario: match json.get("scenario") {
            Some(own) => Some(scenario(own)?),
            None => None,
        },
        may: list(json, "may", |path| Some(path.as_str()?.to_owned()))?,
        passes: list(json, "passes", pass)?,
        solution: edits(json.get("solution")?)?,
        refused: list(json, "refused", refused)?,
        asks: match json.get("asks") {
            Some(asked) => Some(asks(asked)?),
            None => None,
        },
    })
}

fn edits(json: &Json) -> Option<Vec<(String, String)>> {
    let edit = |pair: &Json| {
        let [path, text] = pair.as_array()?.as_slice() else {
            return None;
        };
        Some((path.as_str()?.to_owned(), text.as_str()?.to_owned()))
    };
    json.as_array()?.iter().map(edit).collect()
}

fn pass(json: &Json) -> Option<Pass> {
    let (name, value) = json.as_object()?.iter().next()?;
    let number = || u32::try_from(value.as_u64()?).ok();
    Some(match name.as_str() {
        "failed" => Pass::Failed(number()?),
        "connections" => Pass::Connections(number()?),
        "connections_at_most" => Pass::ConnectionsAtMost(number()?),
        "executed" if value == "once" => Pass::ExecutedOnce,
        "time_wait" => Pass::TimeWait(match value.as_str()? {
            "client" => Whose::Client,
            "server" => Whose::Server,
            "nowhere" => Whose::Nobody,
            _ => return None,
        }),
        "reused" => Pass::Reused(number()?),
        "slowest_at_most" => Pass::SlowestAtMost(span(value.as_str()?)?),
        "any_gap" => Pass::AnyGap,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_holds_eight_lessons_in_both_languages() {
        let lessons = read(FILE).expect("the file");
        let numbers: Vec<u8> = lessons.iter().map(|lesson| lesson.number).collect();
        assert_eq!(numbers, [1, 2, 3, 4, 5, 6, 7, 8]);
        let cjk = |text: &str| text.chars().any(|c| ('一'..='鿿').contains(&c));
        for lesson in &lessons {
            let of = |both: &Both| {
                assert!(
                    !both.of(Lang::En).is_empty() && !cjk(both.of(Lang::En)),
                    "{both:?}"
                );
                assert!(!both.of(Lang::Zh).is_empty(), "{both:?}");
            };
            for both in [
                &lesson.title,
                &lesson.setting,
                &lesson.question,
                &lesson.surprise,
            ] {
                of(both);
                assert!(cjk(both.of(Lang::Zh)), "{both:?}");
            }
            lesson.why.iter().chain(&lesson.teacher).for_each(of);
            assert_eq!(lesson.teacher.len(), 3, "{}", lesson.number);
            let right = |answers: &[Answer]| answers.iter().filter(|answer| answer.right).count();
            assert_eq!(right(&lesson.answers), 1, "{}", lesson.number);
            assert!(!lesson.exercises.is_empty() && !lesson.scenarios.is_empty());
            for exercise in &lesson.exercises {
                of(&exercise.task);
                of(&exercise.hint);
                assert!(!exercise.passes.is_empty() && !exercise.refused.is_empty());
                let asked = exercise
                    .asks
                    .as_ref()
                    .map_or(1, |(_, answers)| right(answers));
                assert_eq!(asked, 1);
            }
        }
    }

    #[test]
    fn what_is_no_file_of_lessons_is_none() {
        for text in ["", "{}", "[]", r#"{"lessons":[{}]}"#, "<html>"] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
