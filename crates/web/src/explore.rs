//! The explorer's work: the runs around a request, and the proof of each remedy.

use crate::proto::{Answer, Around, Proved, Question};
use whyeof_diagnose::{Rerun, Tally};
use whyeof_explore::advise::{edited, evades, mends, rerun};
use whyeof_explore::{Allowance, Ending, Probe, Strip, StripPoint, prove};
use whyeof_render::Lang;
use whyeof_render::charts::outcome_strip::{self, Outcome};
use whyeof_render::describe::short_error;
use whyeof_scenario::{Scenario, build};
use whyeof_sim::world::run;
use whyeof_trace::time::nanos;
use whyeof_trace::{RequestId, Trace};

/// Runs between two words of progress.
const CHUNK: u32 = 67;
/// Wider than any screen.
const MOST_PIXELS: u32 = 10_000;

/// Answers what lies around a request, bit by bit. `now` is a clock in milliseconds.
pub fn answer(question: Question, now: &dyn Fn() -> f64, say: &mut dyn FnMut(Answer)) {
    match question {
        Question::Around(question) => around(&question, now, say),
        Question::Export { .. }
        | Question::Pack { .. }
        | Question::Cards
        | Question::Risk(_)
        | Question::Orders { .. }
        | Question::Config { .. }
        | Question::Pair(_)
        | Question::Capture(_)
        | Question::Sweep(_)
        | Question::SweepPicture(_)
        | Question::Qr { .. } => say(Answer::not_mine()),
    }
}

/// A scenario given as JSON, and its run.
pub(crate) fn simulated(json: &str) -> Result<(Scenario, Trace), String> {
    let scenario = Scenario::from_json(json).map_err(|e| e.to_string())?;
    let trace = run(build(&scenario).map_err(|e| e.to_string())?);
    Ok((scenario, trace))
}

fn around(question: &Around, now: &dyn Fn() -> f64, say: &mut dyn FnMut(Answer)) {
    let id = question.id;
    let asked = simulated(&question.scenario).and_then(|(scenario, trace)| {
        let probe = about(&Allowance::default(), (&scenario, &trace), question.request)?;
        Ok((scenario, trace, probe))
    });
    let (scenario, trace, probe) = match asked {
        Ok(asked) => asked,
        Err(why) => return say(Answer::Failed { id, why }),
    };
    match &probe {
        Some(probe) => {
            if let Err(why) = strip(question, &scenario, probe, now, say) {
                return say(Answer::Failed { id, why });
            }
        }
        None => say(Answer::NoGap { id }),
    }
    remedies(question, (&scenario, &trace), probe.as_ref(), say);
    say(Answer::Done { id });
}

/// Tries each remedy: against a race on every idle gap, any other on the same traffic.
fn remedies(
    question: &Around,
    run: (&Scenario, &Trace),
    asked: Option<&Probe>,
    say: &mut dyn FnMut(Answer),
) {
    let id = question.id;
    let before = Tally::of(run.1);
    let lang = Lang::from_tag(&question.lang).unwrap_or(Lang::En);
    for (remedy, trial) in (0..).zip(&question.remedies) {
        let edits = trial.edits.iter();
        let edits = edits.map(|(path, text)| (path.as_str(), text.as_str()));
        let again = rerun(run.0, before, edits.clone()).filter(|_| !trial.edits.is_empty());
        let reran = |again: &Rerun| Answer::Reran {
            id,
            remedy,
            words: again.account().of(lang).to_owned(),
            better: again.helps(),
            clean: again.after.failed == 0,
        };
        let (Some(request), Some(probe)) = (trial.request, asked) else {
            again.iter().for_each(|again| say(reran(again)));
            continue;
        };
        let own = match request == question.request {
            true => Some(probe.clone()),
            false => about(probe.allowance(), run, request).ok().flatten(),
        };
        if let (Some(own), Some(again)) = (&own, &again)
            && evades(own, again)
        {
            say(reran(again));
            continue;
        }
        let mended = |own: &Probe| again.is_some_and(|again| mends(own, &again));
        let mends = own.as_ref().is_some_and(mended);
        let proved = own.and_then(|own| proof(&edited(run.0, edits)?, &own));
        let proved = proved.map(|proved| Proved {
            mends,
            still_failed: again.map_or(0, |again| again.after.failed),
            costs: again
                .and_then(|again| again.costs())
                .map_or_else(String::new, |it| it.of(lang).to_owned()),
            ..proved
        });
        say(Answer::Proof { id, remedy, proved });
    }
}

/// The question about one request; `None`: there is none.
pub(crate) fn about(
    allowance: &Allowance,
    (scenario, trace): (&Scenario, &Trace),
    request: u32,
) -> Result<Option<Probe>, String> {
    let request = RequestId(request);
    if request.index() >= trace.requests.len() {
        return Ok(None);
    }
    Probe::about_within(allowance, (scenario, trace), request).map_err(|e| e.to_string())
}

fn strip(
    question: &Around,
    scenario: &Scenario,
    probe: &Probe,
    now: &dyn Fn() -> f64,
    say: &mut dyn FnMut(Answer),
) -> Result<(), String> {
    let id = question.id;
    let mut strip = Strip::of(scenario, probe.clone()).map_err(|e| e.to_string())?;
    let begin = now();
    let mut runs = Vec::new();
    for n in 0..strip.count {
        // Of a scenario whose runs are too much for one question there are as many as it has.
        if n > 0 && probe.allowance().is_spent() {
            break;
        }
        runs.push(drawn(strip.run(n)));
        if (n + 1) % CHUNK == 0 {
            say(Answer::Progress {
                id,
                done: n + 1,
                of: strip.count,
            });
        }
    }
    let micros = micros(now() - begin);
    let strip = outcome_strip::Strip {
        runs: &runs,
        here: i64::try_from(nanos(probe.gap)).ok(),
        together: probe.together(),
        lang: Lang::from_tag(&question.lang).unwrap_or(Lang::En),
        width: question.width.clamp(1, MOST_PIXELS),
    };
    say(Answer::Strip {
        id,
        picture: outcome_strip::svg(&strip),
        words: outcome_strip::describe(&strip),
        runs: u32::try_from(runs.len()).unwrap_or(u32::MAX),
        micros,
    });
    Ok(())
}

/// Of milliseconds.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "it saturates"
)]
pub(crate) fn micros(millis: f64) -> u32 {
    (millis * 1_000.0) as u32
}

/// A run as the strip draws it.
fn drawn(point: StripPoint) -> outcome_strip::Run {
    let outcome = match point.ending {
        Ending::OkReused => Outcome::OkReused,
        Ending::OkNew => Outcome::OkNew,
        Ending::OkRetried => Outcome::OkRetried,
        Ending::Failed(_) => Outcome::Failed,
        Ending::Unfinished => Outcome::Unfinished,
    };
    let label = short_error(point.error.as_deref().unwrap_or_default()).to_owned();
    outcome_strip::Run {
        gap: i64::try_from(nanos(point.gap)).unwrap_or(i64::MAX),
        outcome,
        label,
    }
}

fn proof(scenario: &Scenario, probe: &Probe) -> Option<Proved> {
    let proof = prove(scenario, probe).ok()?;
    Some(Proved {
        to: nanos(proof.to),
        runs: u32::try_from(proof.runs).unwrap_or(u32::MAX),
        fails_at: proof.fails_at.map(|(gap, error)| (nanos(gap), error)),
        replays_at: proof.replays_at.map(nanos),
        whose: proof.whose,
        draws: proof.draws,
        ..Proved::default()
    })
}
