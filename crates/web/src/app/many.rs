//! The windows that many runs answer: how likely it is, what becomes of it for other numbers, and how else it can end.

use super::sweep;
use crate::app::model::{Dialog, Model};
use crate::app::msg::Effect;
use crate::proto::{AboutRisk, Answer, Question};

/// One of these windows opens.
pub(super) fn open(model: &mut Model, window: Dialog) -> Option<Effect> {
    match window {
        Dialog::Risk => {
            model.many.likely.said = None;
            ask_risk(model)
        }
        Dialog::Orders => {
            model.many.orders = None;
            ask_orders(model)
        }
        _ => {
            sweep::open(model);
            None
        }
    }
}

/// Asks which idle gaps are dangerous.
pub(super) fn ask_risk(model: &Model) -> Option<Effect> {
    let run = model.run.as_ref()?;
    Some(Effect::Clerk(Question::Risk(AboutRisk {
        id: model.ticket,
        scenario: run.scenario.to_json(),
        request: model.story.or(run.interest)?.0,
        gaps: model.many.likely.gaps.clone(),
        lang: model.lang.tag().to_owned(),
    })))
}

fn ask_orders(model: &Model) -> Option<Effect> {
    let run = model.run.as_ref()?;
    Some(Effect::Clerk(Question::Orders {
        id: model.ticket,
        scenario: run.scenario.to_json(),
        lang: model.lang.tag().to_owned(),
    }))
}

/// Those who run say something.
pub(super) fn hear(model: &mut Model, answer: Answer) -> Vec<Effect> {
    let now = model.ticket;
    match answer {
        // Not what was typed before the last letter: the next answer is on its way.
        Answer::Risk {
            id,
            gaps,
            lines,
            wrong,
        } if id == now && gaps == model.many.likely.gaps => {
            model.many.likely.said = Some(match wrong.is_empty() {
                true => Ok(lines),
                false => Err(wrong),
            });
        }
        Answer::Orders { id, words, ways } if id == now => {
            model.many.orders = Some((words, ways));
        }
        other => return sweep::hear(model, other),
    }
    Vec::new()
}
