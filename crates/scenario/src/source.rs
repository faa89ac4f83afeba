//! What a person hands over as "the scenario": the id of a preset, JSON text, or a link.

use crate::invalid::{Invalid, Problem, What};
use crate::link::{self, LinkError, Shared};
use crate::presets;
use crate::v1::Scenario;
use std::fmt;
use whyeof_trace::Lang;

/// A scenario and where it came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// The scenario.
    pub scenario: Scenario,
    /// The preset it came from, edited or not.
    pub preset: Option<&'static str>,
    /// What else a link carried.
    pub shared: Shared,
    /// What was not understood and left out.
    pub notes: Vec<Invalid>,
}

/// Why a text is no scenario.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SourceError {
    /// It is JSON, or was taken for the id of a preset, and that does not hold.
    Invalid(Invalid),
    /// It is a link, and that cannot be read.
    Link(LinkError),
    /// It is a link that carries no scenario.
    Empty,
}

impl Source {
    /// Reads a text: JSON when it begins with `{`, a link when it has a `#` or begins as one does after it, else the
    /// id of a preset.
    ///
    /// # Errors
    /// When it is none of these, or no valid one.
    pub fn parse(text: &str) -> Result<Self, SourceError> {
        let text = bare(text);
        if text.starts_with('{') {
            return Self::json(text);
        }
        if let Some(preset) = presets::find(text) {
            return Ok(Self::of(preset.scenario(), Some(preset.id)));
        }
        if text.contains('#') || text.starts_with("p=") || text.starts_with("s=") {
            let opened = link::decode(text).map_err(SourceError::Link)?;
            let scenario = opened.shared.scenario.clone().ok_or(SourceError::Empty)?;
            return Ok(Self {
                scenario,
                preset: opened.preset,
                shared: opened.shared,
                notes: opened.notes,
            });
        }
        let known: Vec<_> = presets::ALL.iter().map(|preset| preset.id).collect();
        let problem = Problem::unknown(What::Preset, text, &known);
        Err(SourceError::Invalid(Invalid::new("", problem)))
    }

    /// Reads a text that can only be JSON.
    ///
    /// # Errors
    /// When it is no scenario.
    pub fn json(text: &str) -> Result<Self, SourceError> {
        let scenario = Scenario::from_json(bare(text)).map_err(SourceError::Invalid)?;
        Ok(Self::of(scenario, None))
    }

    fn of(scenario: Scenario, preset: Option<&'static str>) -> Self {
        let shared = Shared {
            scenario: Some(scenario.clone()),
            ..Shared::default()
        };
        Self {
            scenario,
            preset,
            shared,
            notes: Vec::new(),
        }
    }
}

/// Without what editors put around a text.
fn bare(text: &str) -> &str {
    text.trim().trim_start_matches('\u{feff}')
}

impl SourceError {
    /// The fault in one line of one language.
    pub fn say(&self, lang: Lang) -> String {
        match (self, lang) {
            (Self::Invalid(invalid), lang) => invalid.say(lang),
            (Self::Link(error), lang) => error.say(lang),
            (Self::Empty, Lang::En) => "this link carries no scenario".to_owned(),
            (Self::Empty, Lang::Zh) => "这个链接里没有场景".to_owned(),
        }
    }
}

impl fmt::Display for SourceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.say(Lang::En))
    }
}

impl std::error::Error for SourceError {}
