//! What of a recording a run cannot repeat, and why: a list beside the recording.

use crate::word::both;
use serde::Deserialize;
use whyeof_trace::Lang;

/// How much of a connection is compared. What is left out, and why, says whoever asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Depth {
    /// Segments and their times.
    Times,
    /// Segments in their order.
    Segments,
    /// Nothing but what the programs say.
    Outcomes,
}

/// What is left out of one comparison; empty: nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Exceptions(Vec<Exception>);

/// Connections of which not everything is compared.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exception {
    /// Their numbers, in the order of their SYNs, from 1; empty: all that no earlier exception names.
    #[serde(default)]
    pub connections: Vec<u32>,
    /// Requests of which it is not repeatable whether their connection was new, by number from 1.
    #[serde(default)]
    pub requests: Vec<u32>,
    /// What is compared all the same.
    pub depth: Depth,
    #[serde(deserialize_with = "both")]
    why: [String; 2],
}

impl Exception {
    /// Why the rest is not repeatable.
    pub fn why(&self, lang: Lang) -> &str {
        match lang {
            Lang::En => &self.why[0],
            Lang::Zh => &self.why[1],
        }
    }
}

impl Exceptions {
    /// Reads `exceptions.json`.
    ///
    /// # Errors
    /// The line and column at which it is none, and what was expected.
    pub fn read(json: &str) -> Result<Self, String> {
        serde_json::from_str(json).map_err(|e| e.to_string())
    }

    /// Each of them.
    pub fn all(&self) -> &[Exception] {
        &self.0
    }

    /// Whether it is repeatable if a request's connection is new, or used again.
    pub fn compares_connection_of(&self, request: u32) -> bool {
        !self.0.iter().any(|it| it.requests.contains(&request))
    }

    /// How deep a connection is compared.
    pub fn depth(&self, connection: u32) -> Depth {
        let names =
            |it: &&Exception| it.connections.is_empty() || it.connections.contains(&connection);
        let first = self.0.iter().find(names);
        first.map_or(Depth::Times, |exception| exception.depth)
    }
}
