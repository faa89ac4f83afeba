//! The one queue of a run: everything that will happen, in one order.
//!
//! The order is `(Time, ordinal)`: at equal times, what was scheduled first happens first. Payloads
//! lie in a slab beside the heap, which halves the cost of moving heap entries about, and makes
//! cancelling O(1): the entry's slab place is emptied and the heap entry skipped when it comes up.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use whyeof_trace::Time;

/// A claim on one scheduled thing, to cancel it by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ticket {
    place: u32,
    ordinal: u64,
}

/// What will happen, in order.
#[derive(Clone, Debug)]
pub struct Queue<T> {
    heap: BinaryHeap<Reverse<(Time, u64, u32)>>,
    /// `ordinal` tells an entry from a later one in the same place.
    slab: Vec<(u64, Option<T>)>,
    free: Vec<u32>,
    next: u64,
    popped: u64,
}

impl<T> Default for Queue<T> {
    fn default() -> Self {
        Self {
            heap: BinaryHeap::new(),
            slab: Vec::new(),
            free: Vec::new(),
            next: 0,
            popped: 0,
        }
    }
}

impl<T> Queue<T> {
    /// Schedules `item` for `at`.
    pub fn schedule(&mut self, at: Time, item: T) -> Ticket {
        let ordinal = self.next;
        self.next += 1;
        let place = match self.free.pop() {
            Some(place) => {
                self.slab[place as usize] = (ordinal, Some(item));
                place
            }
            None => {
                self.slab.push((ordinal, Some(item)));
                u32::try_from(self.slab.len() - 1).expect("a run's steps are bounded below 2^32")
            }
        };
        self.heap.push(Reverse((at, ordinal, place)));
        Ticket { place, ordinal }
    }

    /// Takes a scheduled thing back; nothing happens if it is over already.
    pub fn cancel(&mut self, ticket: Ticket) {
        let entry = &mut self.slab[ticket.place as usize];
        if entry.0 == ticket.ordinal {
            entry.1 = None;
        }
    }

    /// The ordinal of what is scheduled next.
    pub const fn ordinal(&self) -> u64 {
        self.next
    }

    /// The ordinal of what came out last.
    pub const fn popped(&self) -> u64 {
        self.popped
    }

    /// When the next thing happens.
    pub fn next_time(&mut self) -> Option<Time> {
        self.drop_cancelled();
        self.heap.peek().map(|Reverse((time, _, _))| *time)
    }

    /// How many things are due at the time of the next one.
    pub fn tied(&mut self) -> usize {
        let Some(first) = self.next_time() else {
            return 0;
        };
        self.heap
            .iter()
            .filter(|Reverse((time, ordinal, place))| {
                *time == first
                    && self.slab[*place as usize].0 == *ordinal
                    && self.slab[*place as usize].1.is_some()
            })
            .count()
    }

    /// Takes the next thing out.
    pub fn pop(&mut self) -> Option<(Time, T)> {
        self.drop_cancelled();
        let Reverse((time, ordinal, place)) = self.heap.pop()?;
        self.popped = ordinal;
        let item = self.slab[place as usize].1.take();
        self.free.push(place);
        item.map(|item| (time, item))
    }

    /// Takes out the n-th of the things that are due at the time of the next one; instead of it the first, if there is one,
    /// that must come before it whatever is chosen.
    pub fn pop_nth(&mut self, n: usize, precedes: impl Fn(&T, &T) -> bool) -> Option<(Time, T)> {
        let mut tied = Vec::new();
        while tied.len() <= n {
            self.drop_cancelled();
            let Some(entry) = self.heap.pop() else { break };
            tied.push(entry);
        }
        let item = |entry: &Reverse<(Time, u64, u32)>| self.slab[entry.0.2 as usize].1.as_ref();
        let chosen = tied.last().and_then(item)?;
        let first = |entry: &_| item(entry).is_some_and(|earlier| precedes(earlier, chosen));
        let found = tied.iter().position(first).unwrap_or(tied.len() - 1);
        let Reverse((time, ordinal, place)) = tied.remove(found);
        self.popped = ordinal;
        self.heap.extend(tied);
        self.free.push(place);
        self.slab[place as usize].1.take().map(|item| (time, item))
    }

    fn drop_cancelled(&mut self) {
        while let Some(Reverse((_, _, place))) = self.heap.peek() {
            if self.slab[*place as usize].1.is_some() {
                return;
            }
            let place = *place;
            self.heap.pop();
            self.free.push(place);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_times_come_out_in_the_order_they_went_in() {
        let mut queue = Queue::default();
        for (at, name) in [(2, "c"), (1, "a"), (2, "d"), (1, "b"), (2, "e")] {
            queue.schedule(Time(at), name);
        }
        let order: Vec<_> = std::iter::from_fn(|| queue.pop())
            .map(|(_, name)| name)
            .collect();
        assert_eq!(order, ["a", "b", "c", "d", "e"]);
    }

    #[test]
    fn cancelling_removes_one_thing_and_only_while_it_waits() {
        let mut queue = Queue::default();
        let a = queue.schedule(Time(1), "a");
        queue.schedule(Time(2), "b");
        queue.cancel(a);
        assert_eq!(queue.next_time(), Some(Time(2)));
        assert_eq!(queue.pop(), Some((Time(2), "b")));
        let c = queue.schedule(Time(3), "c");
        queue.cancel(a); // long over; its place is c's now
        assert_eq!(queue.pop(), Some((Time(3), "c")));
        queue.cancel(c);
        assert_eq!(queue.pop(), None);
    }

    #[test]
    fn a_tie_can_be_decided_otherwise() {
        let mut queue = Queue::default();
        for name in ["a", "b", "c"] {
            queue.schedule(Time(1), name);
        }
        queue.schedule(Time(2), "d");
        assert_eq!(queue.tied(), 3);
        let after_a = |first: &&str, _: &&str| *first == "a";
        assert_eq!(queue.clone().pop_nth(2, after_a), Some((Time(1), "a")));
        assert_eq!(queue.pop_nth(2, |_, _| false), Some((Time(1), "c")));
        assert_eq!(queue.pop(), Some((Time(1), "a")));
        assert_eq!(queue.pop(), Some((Time(1), "b")));
        assert_eq!(queue.pop(), Some((Time(2), "d")));
    }
}
