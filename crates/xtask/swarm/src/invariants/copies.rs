//! A run depends on its plan and on nothing else: not on when it is run, nor in which slices, nor on whether it is a copy that goes on.

use super::{Invariant, law};
use std::sync::Arc;
use whyeof_sim::recorder::TraceRecorder;
use whyeof_sim::world::{Progress, World, run};
use whyeof_trace::digest::digest;

/// The same plan again.
pub(super) const AGAIN: Invariant = Invariant {
    name: "a run can be repeated",
    every: 8,
    holds: |seen| {
        let again = run(seen.plan.clone());
        law(again == seen.trace, || {
            format!(
                "{:016x}, and again {:016x}",
                digest(&seen.trace),
                digest(&again)
            )
        })
    },
};

/// A copy, made half-way.
pub(super) const HALF_WAY: Invariant = Invariant {
    name: "a copy goes on to the same end",
    every: 4,
    holds: |seen| {
        let mut recorder = TraceRecorder::new(seen.plan.limits);
        let mut world = World::new(Arc::new(seen.plan.clone()), &mut recorder);
        let half = seen.trace.records.len() / 2;
        while recorder.records.len() < half && world.advance(1, &mut recorder) == Progress::Running
        {
        }
        let (mut copy, mut copied) = (world.clone(), recorder.clone());
        drop((world, recorder));
        while copy.advance(1_000, &mut copied) == Progress::Running {}
        let copy = copy.into_trace(copied);
        law(copy == seen.trace, || {
            format!(
                "{:016x}, and of the copy {:016x}",
                digest(&seen.trace),
                digest(&copy)
            )
        })
    },
};
