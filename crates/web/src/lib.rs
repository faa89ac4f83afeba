//! The playground page: a model, messages that change it, views of it, and the one place that touches the browser.
//!
//! Every knob sends the same message with the whole scenario, so undo is a list and the address always shows what the
//! page shows. The page runs the scenario itself, in slices; its worker tries what lies around the run.

pub mod api;
pub mod app;
pub mod captures;
pub mod clerk;
pub mod explore;
pub mod js;
pub mod keys;
pub mod later;
pub mod link;
pub mod picture;
pub mod proto;
pub mod run;
pub mod sweeps;
pub mod text;
pub mod view;
pub mod words;
pub mod worker;

pub use app::App;
