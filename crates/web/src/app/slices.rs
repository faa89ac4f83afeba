//! Runs in slices, so that the page answers in between.

use super::effect::performance;
use super::msg::Msg;
use crate::run::Sliced;
use gloo::timers::callback::Timeout;
use std::cell::RefCell;
use std::rc::Rc;
use whyeof_scenario::Scenario;
use whyeof_sim::world::Progress;
use yew::Callback;

/// A slice of a run, in milliseconds.
const SLICE: f64 = 8.0;
/// Events between two looks at the clock.
const BUDGET: u32 = 2_000;

/// A run in slices, each a task of its own, and one more to tell of it, so that what is drawn then does not come on top. A new run takes the
/// place of the old, whose next slice then never comes: it is dropped with what would wake it.
#[derive(Default)]
pub(super) struct Slices(Rc<RefCell<Option<Timeout>>>);

impl Slices {
    pub(super) fn begin(&self, ticket: u32, scenario: Rc<Scenario>, tell: Callback<Msg>) {
        let sliced = match Sliced::new(scenario) {
            Ok(sliced) => sliced,
            // Every scenario has been checked before it comes here.
            Err(wrong) => unreachable!("an edit or a choice let {wrong} pass"),
        };
        Self::go_on(&self.0, ticket, sliced, tell);
    }

    /// What would wake it holds the place where it is kept: it goes when it is taken out.
    pub(super) fn stop(&self) {
        self.0.borrow_mut().take();
    }

    fn go_on(
        next: &Rc<RefCell<Option<Timeout>>>,
        ticket: u32,
        mut sliced: Sliced,
        tell: Callback<Msg>,
    ) {
        let start = performance().now();
        while sliced.advance(BUDGET) == Progress::Running {
            if performance().now() - start < SLICE {
                continue;
            }
            tell.emit(Msg::StillRunning(ticket, sliced.records(), sliced.now()));
            let then = Rc::clone(next);
            let go_on = move || Self::go_on(&then, ticket, sliced, tell);
            *next.borrow_mut() = Some(Timeout::new(0, go_on));
            return;
        }
        let run = Rc::new(sliced.finish());
        let told = move || tell.emit(Msg::Ran(ticket, run));
        *next.borrow_mut() = Some(Timeout::new(0, told));
    }
}
