//! Draws and writes a trace: diagram, charts, file formats.
//!
//! Pure functions of a [`Trace`](whyeof_trace::Trace): no clock, no IO, and no way to ask the engine. What a run
//! and an imported capture have in common is drawn by the same code.

pub mod because;
pub mod charts;
mod datagram;
pub mod describe;
pub mod diagram;
pub mod difference;
pub mod effects;
pub mod formats;
pub mod import;
pub mod instant;
mod moments;
mod names;
mod record_json;
mod sequence;
pub mod summary;
pub mod text;
pub mod wire;

pub use text::Lang;
