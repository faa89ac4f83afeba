//! When faults begin and end. Nothing happens at those moments, so the queue knows nothing of them; the trace tells them all the same.

use crate::copy::clone_into_place;
use crate::net::fault::Faults;
use whyeof_trace::{FaultEvent, SortKey, Time};

/// Beginnings and ends of faults that are still to be told.
#[derive(Debug, Default)]
pub(super) struct Turns {
    /// Those whose time is known, the next one last.
    ahead: Vec<(Time, FaultEvent)>,
    /// Faults that begin after another one has met something, by their number.
    waiting: Vec<u16>,
}

clone_into_place!(Turns { ahead, waiting });

impl Turns {
    pub(super) fn new(faults: &Faults) -> Self {
        let mut turns = Self {
            ahead: Vec::new(),
            waiting: faults.told().collect(),
        };
        turns.learn(faults);
        turns
    }

    /// Some faults may have met something: those that waited for it have a time now.
    pub(super) fn learn(&mut self, faults: &Faults) {
        let Self { ahead, waiting } = self;
        let before = ahead.len();
        waiting.retain(|&fault| {
            let Some((from, until)) = faults.window(usize::from(fault)) else {
                return true;
            };
            // What was there from the start has no beginning.
            let begins = (from > Time::ZERO).then_some((from, FaultEvent::Applied { fault }));
            let ends = until.map(|until| (until, FaultEvent::Lifted { fault }));
            ahead.extend(begins.into_iter().chain(ends));
            false
        });
        if ahead.len() > before {
            // Of one moment by their numbers, a beginning before an end.
            let order = |event: &FaultEvent| match *event {
                FaultEvent::Applied { fault } => u64::from(fault) * 2,
                FaultEvent::Lifted { fault } => u64::from(fault) * 2 + 1,
                _ => 0,
            };
            ahead.sort_by_cached_key(|(at, event)| -> SortKey {
                (u64::MAX - at.nanos(), u64::MAX - order(event))
            });
        }
    }

    /// Whether any fault waits for another.
    pub(super) const fn wait(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// The next one up to this moment.
    pub(super) fn next(&mut self, now: Time) -> Option<(Time, FaultEvent)> {
        self.ahead.pop_if(|(at, _)| *at <= now)
    }
}
