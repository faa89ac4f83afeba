//! What the user edits, and what it means: versioned scenarios, runtime profiles, presets and the share link.
//!
//! [`Scenario`] is the newest version; [`build`] lowers it to the engine's plan. Faults come back as [`Invalid`], which
//! names the place and what was expected; hostile input never panics, and everything is bounded.

pub mod amount;
pub mod by_hand;
pub mod calls;
pub mod check;
pub mod differences;
mod faults;
pub mod fields;
pub mod invalid;
pub mod iptables;
mod json;
pub mod kind;
pub mod lessons;
pub mod link;
pub mod lower;
pub mod manual;
pub mod names;
pub mod nudge;
mod once;
pub mod paste;
pub mod presets;
pub mod profiles;
mod rows;
pub(crate) mod shell;
pub mod source;
pub mod span;
pub mod symptoms;
mod sysctl;
pub mod terms;
pub mod ties;
pub mod v1;
pub mod vocabulary;

pub use check::check;
pub use fields::{Field, Group, apply, fields, get, set};
pub use invalid::Invalid;
pub use lower::{build, build_untold};
pub use source::Source;
pub use v1::Scenario;
pub use whyeof_trace::{Lang, Text};
