//! Requests under way by their numbers. The oldest ends first as a rule, and ten thousands may wait at once: taking one out moves no others.

use super::Job;
use crate::copy::clone_into_place;
use std::collections::VecDeque;
use whyeof_trace::RequestId;

/// A client's requests, in the order of their numbers, which is that of their starts.
#[derive(Debug, Default)]
pub(super) struct Jobs {
    /// `None`: it is over; at neither end.
    all: VecDeque<(RequestId, Option<Job>)>,
}

clone_into_place!(Jobs { all });

impl Jobs {
    pub(super) const fn new() -> Self {
        Self {
            all: VecDeque::new(),
        }
    }

    fn place(&self, request: RequestId) -> Option<usize> {
        let all = &self.all;
        all.binary_search_by_key(&request, |(its, _)| *its).ok()
    }

    pub(super) fn get(&self, request: &RequestId) -> Option<&Job> {
        self.all[self.place(*request)?].1.as_ref()
    }

    pub(super) fn get_mut(&mut self, request: &RequestId) -> Option<&mut Job> {
        let place = self.place(*request)?;
        self.all[place].1.as_mut()
    }

    pub(super) fn contains_key(&self, request: &RequestId) -> bool {
        self.get(request).is_some()
    }

    /// A request that has just been made.
    pub(super) fn insert(&mut self, request: RequestId, job: Job) {
        debug_assert!(self.all.back().is_none_or(|(last, _)| *last < request));
        self.all.push_back((request, Some(job)));
    }

    pub(super) fn remove(&mut self, request: &RequestId) -> Option<Job> {
        let place = self.place(*request)?;
        let job = self.all[place].1.take();
        while self.all.pop_front_if(|(_, job)| job.is_none()).is_some() {}
        while self.all.pop_back_if(|(_, job)| job.is_none()).is_some() {}
        job
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&RequestId, &Job)> {
        let all = self.all.iter();
        all.filter_map(|(request, job)| Some((request, job.as_ref()?)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::client::Caller;
    use whyeof_trace::Time;

    fn job(tries: u16) -> Job {
        Job {
            workload: 0,
            asked_by: 0,
            started: Time::ZERO,
            tries,
            attempt: 1,
            socket: None,
            timeout: None,
            give_up: None,
            caller: Caller::Waits,
            queued: false,
        }
    }

    #[test]
    fn requests_may_end_in_any_order() {
        let mut jobs = Jobs::new();
        for n in [2, 3, 5, 8, 9] {
            jobs.insert(RequestId(n), job(u16::try_from(n).expect("small")));
        }
        for n in [5, 3, 9] {
            let tries = jobs.remove(&RequestId(n)).map(|job| u32::from(job.tries));
            assert_eq!(tries, Some(n));
            assert!(jobs.remove(&RequestId(n)).is_none() && !jobs.contains_key(&RequestId(n)));
        }
        let left: Vec<u32> = jobs.iter().map(|(request, _)| request.0).collect();
        assert_eq!(left, [2, 8]);
        jobs.insert(RequestId(9), job(9));
        assert!(jobs.get(&RequestId(9)).is_some() && jobs.get(&RequestId(1)).is_none());
        for n in [2, 8, 9] {
            assert!(jobs.remove(&RequestId(n)).is_some());
        }
        assert!(jobs.all.is_empty());
    }
}
