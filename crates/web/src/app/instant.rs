//! The state of things at the moment that is shown: folded from the records up to it, and carried on from where it was last.

use super::model::{Model, Shown};
use crate::run::Run;
use std::rc::Rc;
use whyeof_trace::replay::Snapshot;
use whyeof_trace::{RecordId, Time};

/// A moment of a run.
#[derive(Clone, Debug)]
pub struct Instant {
    run: Rc<Run>,
    /// Records that have happened.
    count: usize,
    /// When.
    pub at: Time,
    /// The state of things.
    pub now: Snapshot,
}

/// Opens what tells of the moment, or closes it.
pub(super) fn toggle(model: &mut Model) {
    if model.instant.take().is_none() {
        model.instant = model.run.as_ref().map(|run| Instant {
            run: Rc::clone(run),
            count: 0,
            at: Time::ZERO,
            now: Snapshot::default(),
        });
        keep_up(model);
    }
}

/// Lets it tell of the moment that is shown now.
pub fn keep_up(model: &mut Model) {
    let (Some(mut instant), Some(run)) = (model.instant.take(), model.run.clone()) else {
        return;
    };
    let (count, at) = shown(model, &run);
    if !Rc::ptr_eq(&instant.run, &run) || count < instant.count {
        instant = Instant {
            run: Rc::clone(&run),
            count: 0,
            at,
            now: Snapshot::default(),
        };
    }
    for record in &run.trace.records[instant.count..count] {
        instant.now.take(record);
    }
    (instant.count, instant.at) = (count, at);
    model.instant = Some(instant);
}

/// How many records have happened at the moment that is shown, and when that is.
fn shown(model: &Model, run: &Run) -> (usize, Time) {
    let records = &run.trace.records;
    let until = |time: Time| records.partition_point(|record| record.time <= time);
    match (model.shown, &model.picture) {
        (Shown::Event(event), _) => {
            let id = run.events.get(event).copied();
            let after = id.map_or(0, |id: RecordId| id.index() + 1);
            // What comes with it at the same moment belongs to it: the timer that a segment's sending sets.
            let next = run
                .events
                .get(event + 1)
                .map_or(records.len(), |id| id.index());
            let time = run.time_of(event);
            let with = records[after..next.max(after)].iter();
            let with = with.take_while(|record| record.time == time).count();
            (after + with, time)
        }
        (Shown::Height(y), Some(picture)) => {
            let time = picture.time_at(y);
            (until(time), time)
        }
        _ => (records.len(), run.last_moment()),
    }
}
