//! The eight lessons (facts/lessons.md): no exercise is passed before it is solved, its solution passes, and what it refuses does not.

use whyeof_explore::advise::edited;
use whyeof_explore::mark::{mark, mark_of_gaps};
use whyeof_explore::probe::request_of_interest;
use whyeof_explore::{Probe, prove};
use whyeof_scenario::lessons::{self, Exercise, Lesson, Pass};
use whyeof_scenario::{Scenario, build};
use whyeof_sim::world::run;

/// Whether a scenario passes, and what does not hold.
fn passes(scenario: &Scenario, exercise: &Exercise) -> Vec<Pass> {
    let trace = run(build(scenario).expect("it runs"));
    let holds = |pass: &Pass| match mark(*pass, &trace) {
        Some(mark) => mark.holds,
        None => {
            let request = request_of_interest(&trace).expect("a gap to ask about");
            let probe = Probe::about(scenario, &trace, request)
                .expect("it holds")
                .expect("a gap");
            let proof = prove(scenario, &probe).expect("it holds");
            mark_of_gaps(proof.fails_at.map(|(gap, _)| gap)).holds
        }
    };
    let failing = exercise.passes.iter().filter(|pass| !holds(pass));
    failing.copied().collect()
}

fn start<'l>(lesson: &'l Lesson, exercise: &'l Exercise) -> &'l Scenario {
    let first = &lesson.scenarios[0].1;
    exercise.scenario.as_ref().unwrap_or(first)
}

fn tried(scenario: &Scenario, edits: &[(String, String)]) -> Scenario {
    let pairs = edits
        .iter()
        .map(|(path, text)| (path.as_str(), text.as_str()));
    edited(scenario, pairs).expect("edits that hold")
}

#[test]
fn every_exercise_is_passed_by_its_solution_and_by_nothing_that_it_refuses() {
    for lesson in lessons::read(lessons::FILE).expect("the file") {
        for exercise in &lesson.exercises {
            let start = start(&lesson, exercise);
            let what = format!("lesson {}", lesson.number);
            assert!(!passes(start, exercise).is_empty(), "{what} starts solved");
            let solved = tried(start, &exercise.solution);
            assert_eq!(passes(&solved, exercise), [], "{what}");
            for (path, _) in &exercise.solution {
                let allowed = |may: &String| path == may || path.starts_with(&format!("{may}."));
                assert!(exercise.may.iter().any(allowed), "{what}: {path}");
            }
            for (edits, _) in &exercise.refused {
                let tried = tried(start, edits);
                assert!(
                    !passes(&tried, exercise).is_empty(),
                    "{what}: {edits:?} passes"
                );
            }
        }
    }
}

#[test]
fn nothing_that_tells_the_answer_happens_before_the_question() {
    for lesson in lessons::read(lessons::FILE).expect("the file") {
        for (_, scenario) in &lesson.scenarios {
            let trace = run(build(scenario).expect("it runs"));
            let later = trace.records.iter().filter(|r| r.time > lesson.until);
            assert!(
                later.count() > 5,
                "lesson {} has something left to tell",
                lesson.number
            );
        }
    }
}
