//! What the explorer is asked beside each run, and what workers say.

use super::lesson::Learn;
use super::model::{Model, Reran, Screen, Strip};
use super::msg::{Effect, Msg};
use super::update::{address, happen};
use super::{capture, config, files, many, pairs};
use crate::link;
use crate::proto::{Answer, Around, Trial};
use std::ops::ControlFlow;

/// Asks the worker what lies around this run.
pub(super) fn explore(model: &mut Model) -> Vec<Effect> {
    // A capture has no scenario to try.
    let run = model.run.as_ref().filter(|_| model.capture.is_none());
    let Some(run) = run else {
        return Vec::new();
    };
    let asked = model.story.or(run.interest);
    let Some(request) = asked.filter(|_| model.screen != Screen::Embedded) else {
        model.strip = Strip::None;
        return Vec::new();
    };
    let remedies = run
        .advice()
        .into_iter()
        .map(|(finding, remedy, edits)| Trial {
            // What has nothing to do with idle gaps is not tried on them.
            request: remedy
                .kind
                .is_about_races()
                .then(|| finding.request.unwrap_or(request).0),
            edits,
        });
    // Last: the scenario as it is.
    let as_it_is = Trial {
        request: Some(request.0),
        edits: Vec::new(),
    };
    let remedies = remedies.chain([as_it_is]).collect();
    let question = Around {
        id: model.ticket,
        scenario: run.scenario.to_json(),
        request: request.0,
        remedies,
        lang: model.lang.tag().to_owned(),
        width: model.strip_width(),
    };
    model.strip = Strip::Busy(0, 0);
    vec![Effect::Explore(Box::new(question))]
}

/// What is asked beside each run.
fn beside(model: &mut Model, answer: Answer) -> ControlFlow<Vec<Effect>, Answer> {
    let now = model.ticket;
    match answer {
        Answer::NoGap { id } if id == now => model.strip = Strip::None,
        Answer::Progress { id, done, of } if id == now => model.strip = Strip::Busy(done, of),
        Answer::Strip {
            id,
            picture,
            words,
            runs,
            micros,
        } if id == now => {
            model.strip = Strip::Done {
                picture: picture.into(),
                words,
                runs,
                micros,
            };
        }
        Answer::Proof { id, remedy, proved } if id == now => {
            model.tried.proofs.insert(remedy, proved);
            if model.sitting.is_some() {
                return ControlFlow::Break(happen(model, Msg::Learn(Learn::Ran)));
            }
        }
        Answer::Reran {
            id,
            remedy,
            words,
            better,
            clean,
        } if id == now => {
            let reran = Reran {
                words,
                better,
                clean,
            };
            model.tried.reruns.insert(remedy, reran);
        }
        Answer::Failed { id, why } if id == now => model.strip = Strip::Failed(why),
        // Late ones, and Ready, which only its client needs.
        Answer::NoGap { .. }
        | Answer::Progress { .. }
        | Answer::Strip { .. }
        | Answer::Proof { .. }
        | Answer::Reran { .. }
        | Answer::Failed { .. }
        | Answer::Done { .. }
        | Answer::Ready => {}
        other => return ControlFlow::Continue(other),
    }
    ControlFlow::Break(Vec::new())
}

/// What a worker says.
pub(super) fn worker(model: &mut Model, answer: Answer) -> Vec<Effect> {
    match beside(model, answer) {
        ControlFlow::Break(effects) => effects,
        ControlFlow::Continue(answer) => asked_for(model, answer),
    }
}

/// What was asked for.
fn asked_for(model: &mut Model, answer: Answer) -> Vec<Effect> {
    match answer {
        Answer::Capture { id, said } => return capture::hear(model, id, said),
        Answer::Packed { scenario, packed } => {
            model.packed = Some((scenario, packed));
            // Of an earlier scenario: the answer for this one is on its way.
            let shown = link::of(model).map(|_| address(model));
            return shown.into_iter().collect();
        }
        Answer::Exported { format, file } => return files::written(model, &format, file),
        Answer::Card { preset, card } => {
            model.cards.insert(preset, card);
        }
        answer @ (Answer::Risk { .. }
        | Answer::Orders { .. }
        | Answer::Swept { .. }
        | Answer::SweepDrawn { .. }
        | Answer::SweepWrong { .. }) => return many::hear(model, answer),
        Answer::Pair { of, lines, link } => pairs::hear(model, &of, lines, link),
        Answer::Config { edits, rows } => config::hear(model, &edits, rows),
        Answer::Qr { link, picture } => model.qr = Some((link, picture)),
        // Said beside a run.
        _ => {}
    }
    Vec::new()
}
