//! What each program and host was told, where it came from, and what is in force.
//!
//! Findings read settings only here: a finding that says "IdleTimeout is unset, so ReadTimeout is
//! used" has looked at [`Origin::Fallback`], not at a profile.

use crate::id::{HostId, ProgramId};
use std::time::Duration;

/// One knob and its value in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// The host it belongs to.
    pub host: HostId,
    /// The program it belongs to; `None` for kernel and network settings.
    pub program: Option<ProgramId>,
    /// Path in the scenario: `servers.pyroscope.options.IdleTimeout`. Empty in a capture.
    pub path: String,
    /// Name in the runtime's own spelling: `IdleTimeout`.
    pub name: String,
    /// Effective value.
    pub value: Value,
    /// Where the value comes from.
    pub origin: Origin,
}

/// A value in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// No limit, no timeout, not set.
    None,
    /// A span.
    Duration(Duration),
    /// A count.
    Count(u64),
    /// A switch.
    Switch(bool),
    /// One word of a list.
    Word(&'static str),
}

impl Value {
    /// The span, if it is one.
    pub const fn duration(&self) -> Option<Duration> {
        match self {
            Self::Duration(span) => Some(*span),
            _ => None,
        }
    }
}

/// Where a value comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The scenario says so.
    Set,
    /// The scenario is silent; the runtime's default.
    ProfileDefault,
    /// The scenario is silent; this runtime uses another setting, named by its path.
    Fallback(String),
    /// A capture does not tell.
    Unknown,
}
