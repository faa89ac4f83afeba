//! Remedies as configuration to paste, which the clerk writes when somebody asks; and beside the run as it is, without applying them.

use super::compare;
use super::edits::edited;
use super::model::{Config, Model, Notice};
use super::msg::Effect;
use crate::proto::{ConfigRow, Question};

/// Asks for the configuration of these edits, or puts it away.
pub(super) fn toggle(model: &mut Model, edits: &[(String, String)]) -> Vec<Effect> {
    let shown = model.tried.config.take();
    if shown.is_some_and(|config| config.edits == edits) {
        return Vec::new();
    }
    model.tried.config = Some(Config {
        edits: edits.to_vec(),
        rows: None,
    });
    vec![Effect::Clerk(Question::Config {
        scenario: model.scenario.to_json(),
        edits: edits.to_vec(),
        lang: model.lang.tag().to_owned(),
    })]
}

/// The clerk has written it.
pub(super) fn hear(model: &mut Model, edits: &[(String, String)], rows: Vec<ConfigRow>) {
    if let Some(config) = model.tried.config.as_mut().filter(|it| it.edits == edits) {
        config.rows = Some(rows);
    }
}

/// The run with these edits beside the present one, which stays as it is.
pub(super) fn compare(model: &mut Model, name: String, edits: &[(String, String)]) -> Vec<Effect> {
    match edited(model, edits) {
        Ok(edited) => {
            let mut effects = compare::with(model, name, edited);
            // The button stands far from where both are drawn.
            effects.push(Effect::FocusOn("diagram-scroll"));
            effects
        }
        Err(wrong) => {
            model.notice = Some(Notice::Wrong(wrong));
            Vec::new()
        }
    }
}
