//! Remedies as configuration to paste, which the clerk writes when somebody asks; and beside the run as it is, without applying them.

use super::compare;
use super::model::{Config, Model, Notice};
use super::msg::Effect;
use crate::proto::{ConfigRow, Question};
use std::rc::Rc;
use whyeof_scenario::apply;

/// Edits (path and text) as questions and answers name them, a line each.
pub fn key(edits: &[(String, String)]) -> String {
    let lines = edits.iter().map(|(path, text)| format!("{path}={text}"));
    lines.collect::<Vec<_>>().join("\n")
}

/// Asks for the configuration of these edits, or puts it away.
pub(super) fn toggle(model: &mut Model, edits: &[(String, String)]) -> Vec<Effect> {
    let key = key(edits);
    let shown = model.tried.config.take();
    if shown.is_some_and(|config| config.edits == key) {
        return Vec::new();
    }
    model.tried.config = Some(Config {
        edits: key.clone(),
        rows: None,
    });
    vec![Effect::Clerk(Question::Config {
        scenario: model.scenario.to_json(),
        edits: key,
        lang: model.lang.tag().to_owned(),
    })]
}

/// The clerk has written it.
pub(super) fn hear(model: &mut Model, edits: &str, rows: Vec<ConfigRow>) {
    if let Some(config) = model.tried.config.as_mut().filter(|it| it.edits == edits) {
        config.rows = Some(rows);
    }
}

/// The run with these edits beside the present one, which stays as it is.
pub(super) fn compare(model: &mut Model, name: String, edits: &[(String, String)]) -> Vec<Effect> {
    let mut edited = (*model.scenario).clone();
    let edits = edits.iter();
    match apply(
        &mut edited,
        edits.map(|(path, text)| (path.as_str(), text.as_str())),
    ) {
        Ok(()) => {
            let mut effects = compare::with(model, name, Rc::new(edited));
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
