//! How much simulation one question may cost.
//!
//! A run is bounded by its limits, and a proof is made of runs: of a story some thousand short ones, of a scenario that somebody made
//! for it as many of two million events each, or a hundred thousand, because outcomes that turn back and forth are looked into at each
//! turn. So all runs of one question draw on one allowance, and what it does not reach for is said not to have been tried.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Events of all runs of one question: a hundred times what the costliest story takes (600,000), some ten seconds' work.
pub const MOST_EVENTS: u64 = 60_000_000;

/// To lay out a plan and its world costs about as much as so many events.
const A_RUN: u64 = 200;

/// What is left for the runs of a question. Copies draw on the same.
#[derive(Clone, Debug)]
pub struct Allowance(Arc<AtomicU64>);

impl Default for Allowance {
    fn default() -> Self {
        Self::of(MOST_EVENTS)
    }
}

impl Allowance {
    /// So many events.
    pub fn of(events: u64) -> Self {
        Self(Arc::new(AtomicU64::new(events)))
    }

    /// Whether nothing is left. The run that takes the last goes on to its end.
    pub fn is_spent(&self) -> bool {
        self.left() == 0
    }

    /// Events that are left.
    pub fn left(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    /// A run took so many events.
    pub(crate) fn take(&self, events: u64) {
        let left = self.left().saturating_sub(events + A_RUN);
        self.0.store(left, Ordering::Relaxed);
    }

    /// The same of a run by its records.
    pub(crate) fn take_records(&self, records: usize) {
        self.take(records as u64);
    }
}
