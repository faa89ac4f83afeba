//! Random scenarios, as people can write them, and what must hold of the run of each.
//!
//! A number makes a scenario ([`draw`]), for ever the same one, on every target. [`Seen`] is what came of it, its digest what a browser and
//! this machine compare, and [`invariants::ALL`] what must hold. What breaks one is made as small as it can be ([`minimise`]) and told as a
//! link that anybody can open.

mod dice;
pub mod draw;
#[cfg(not(target_arch = "wasm32"))]
pub mod invariants;
#[cfg(not(target_arch = "wasm32"))]
pub mod minimise;
mod seen;
#[cfg(not(target_arch = "wasm32"))]
pub mod tally;
#[cfg(target_arch = "wasm32")]
pub mod wasm;

pub use draw::scenario;
pub use seen::{LIMITS, Seen, combined};
