//! The one queue of a run: everything that will happen, in one order.
//!
//! The order is `(Time, ordinal)`: at equal times, what was scheduled first happens first. What is scheduled lies in a slab and
//! stays there; what is moved about are keys. A few things are kept as a sorted list, which is fastest as long as it is short,
//! and many in a [wheel], whose cost does not grow with them: the order is the same, only the work differs
//! (measured for 10, 100 and 10,000 things: a list costs a third of a heap, a wheel grows by nothing).

mod wheel;

use self::wheel::{Links, Wheel};
use crate::copy::clone_into_place;
use std::num::NonZeroU32;
use whyeof_trace::Time;

/// How many things had been scheduled when this one was, itself included. A run's steps are bounded by some millions, and so is what they schedule.
pub type Ordinal = NonZeroU32;

/// A claim on one scheduled thing, to cancel it by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ticket {
    place: u32,
    ordinal: Ordinal,
}

/// What will happen, in order.
#[derive(Debug)]
pub struct Queue<T> {
    slab: Vec<Entry<T>>,
    free: Vec<u32>,
    order: Order,
    /// How many things are scheduled.
    pending: usize,
    next: Ordinal,
    popped: Ordinal,
}

clone_into_place!(Queue<T> { slab, free, order, pending, next, popped });

/// A place of the slab.
#[derive(Clone, Copy, Debug)]
struct Entry<T> {
    at: Time,
    /// Tells what is here from a later thing in the same place.
    ordinal: Ordinal,
    /// Where in the wheel it is.
    links: Links,
    item: Option<T>,
}

#[derive(Debug)]
enum Order {
    /// The next thing last.
    List(Vec<Key>),
    Wheel(Box<Wheel>),
}

impl Clone for Order {
    fn clone(&self) -> Self {
        match self {
            Self::List(list) => Self::List(list.clone()),
            Self::Wheel(wheel) => Self::Wheel(wheel.clone()),
        }
    }

    fn clone_from(&mut self, source: &Self) {
        match (self, source) {
            (Self::List(list), Self::List(source)) => list.clone_from(source),
            (order, source) => *order = source.clone(),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Key {
    at: Time,
    ordinal: Ordinal,
    place: u32,
}

/// More things than that go into a wheel.
const MOST_LISTED: usize = 64;
/// As few as that come back.
const FEW: usize = 16;

impl<T> Default for Queue<T> {
    fn default() -> Self {
        Self {
            slab: Vec::with_capacity(2 * FEW),
            free: Vec::with_capacity(2 * FEW),
            order: Order::List(Vec::with_capacity(2 * FEW)),
            pending: 0,
            next: Ordinal::MIN,
            popped: Ordinal::MIN,
        }
    }
}

impl<T> Queue<T> {
    /// Schedules `item` for `at`, which is no earlier than what came out last.
    #[inline]
    pub fn schedule(&mut self, at: Time, item: T) -> Ticket {
        let ordinal = self.next;
        self.next = ordinal.checked_add(1).expect("a run's steps are bounded");
        let entry = Entry {
            at,
            ordinal,
            links: Links::default(),
            item: Some(item),
        };
        let place = match self.free.pop() {
            Some(place) => {
                self.slab[place as usize] = entry;
                place
            }
            None => {
                self.slab.push(entry);
                u32::try_from(self.slab.len() - 1).expect("a run's steps are bounded below 2^32")
            }
        };
        self.pending += 1;
        match &mut self.order {
            Order::List(list) => {
                put(list, Key { at, ordinal, place });
                if self.pending > MOST_LISTED {
                    self.go_over_to_wheel();
                }
            }
            Order::Wheel(wheel) => wheel.insert(&mut self.slab, place),
        }
        Ticket { place, ordinal }
    }

    /// Takes a scheduled thing back; nothing happens if it is over already.
    pub fn cancel(&mut self, ticket: Ticket) {
        let Ticket { place, ordinal } = ticket;
        let entry = &mut self.slab[place as usize];
        if entry.ordinal != ordinal || entry.item.take().is_none() {
            return;
        }
        match &mut self.order {
            Order::List(list) => drop_from(list, ordinal),
            Order::Wheel(wheel) => wheel.remove(&mut self.slab, place),
        }
        self.free.push(place);
        self.pending -= 1;
    }

    /// Moves what `to` gives another time for; of equal times what was scheduled first still happens first.
    pub fn postpone(&mut self, to: impl Fn(&T, Time) -> Option<Time>) {
        self.come_back_to_list();
        let Order::List(list) = &mut self.order else {
            return;
        };
        for (place, entry) in (0..).zip(&mut self.slab) {
            let Some(at) = entry.item.as_ref().and_then(|item| to(item, entry.at)) else {
                continue;
            };
            let ordinal = entry.ordinal;
            entry.at = at;
            drop_from(list, ordinal);
            let after = list.partition_point(|key| (key.at, key.ordinal) > (at, ordinal));
            list.insert(after, Key { at, ordinal, place });
        }
        if self.pending > MOST_LISTED {
            self.go_over_to_wheel();
        }
    }

    /// The ordinal of what is scheduled next.
    pub const fn ordinal(&self) -> Ordinal {
        self.next
    }

    /// The ordinal of what came out last.
    pub const fn popped(&self) -> Ordinal {
        self.popped
    }

    /// When the next thing happens. Nothing that is to come before it may be scheduled from here on.
    #[inline]
    pub fn next_time(&mut self) -> Option<Time> {
        match &mut self.order {
            Order::List(list) => list.last().map(|key| key.at),
            Order::Wheel(wheel) => {
                let first = wheel.first(&mut self.slab)?;
                Some(self.slab[first as usize].at)
            }
        }
    }

    /// How many things are due at the time of the next one.
    pub fn tied(&mut self) -> usize {
        match &mut self.order {
            Order::List(list) => {
                let first = list.last().map(|key| key.at);
                let tied = list.iter().rev().take_while(|key| Some(key.at) == first);
                tied.count()
            }
            Order::Wheel(wheel) => wheel.tied(&mut self.slab).len(),
        }
    }

    /// Takes the next thing out.
    #[inline]
    pub fn pop(&mut self) -> Option<(Time, T)> {
        let place = match &mut self.order {
            Order::List(list) => list.pop()?.place,
            Order::Wheel(wheel) => {
                let place = wheel.first(&mut self.slab)?;
                wheel.remove(&mut self.slab, place);
                place
            }
        };
        self.take(place)
    }

    /// Takes out the n-th of the things that are due at the time of the next one; instead of it the first, if there is one,
    /// that must come before it whatever is chosen.
    pub fn pop_nth(&mut self, n: usize, precedes: impl Fn(&T, &T) -> bool) -> Option<(Time, T)> {
        let tied: Vec<u32> = match &mut self.order {
            Order::List(list) => {
                let first = list.last()?.at;
                let tied = list.iter().rev().take_while(|key| key.at == first);
                tied.map(|key| key.place).collect()
            }
            Order::Wheel(wheel) => wheel.tied(&mut self.slab),
        };
        let chosen = *tied.get(n.min(tied.len().checked_sub(1)?))?;
        let item = |place: u32| self.slab[place as usize].item.as_ref();
        let then = item(chosen)?;
        let first = |place: &u32| item(*place).is_some_and(|earlier| precedes(earlier, then));
        let mut before = tied.into_iter().take_while(|place| *place != chosen);
        let place = before.find(first).unwrap_or(chosen);
        let ordinal = self.slab[place as usize].ordinal;
        match &mut self.order {
            Order::List(list) => drop_from(list, ordinal),
            Order::Wheel(wheel) => wheel.remove(&mut self.slab, place),
        }
        self.take(place)
    }

    /// What is in a place that is in no order any more.
    #[inline]
    fn take(&mut self, place: u32) -> Option<(Time, T)> {
        self.free.push(place);
        self.pending -= 1;
        let entry = &mut self.slab[place as usize];
        self.popped = entry.ordinal;
        let (at, item) = (entry.at, entry.item.take());
        if self.pending == FEW {
            self.come_back_to_list();
        }
        item.map(|item| (at, item))
    }

    #[cold]
    fn go_over_to_wheel(&mut self) {
        if let Order::List(list) = &mut self.order {
            let mut wheel = Box::<Wheel>::default();
            for key in list.drain(..).rev() {
                wheel.insert(&mut self.slab, key.place);
            }
            self.order = Order::Wheel(wheel);
        }
    }

    #[cold]
    fn come_back_to_list(&mut self) {
        if let Order::Wheel(wheel) = &mut self.order {
            let mut list = Vec::with_capacity(MOST_LISTED + 1);
            while let Some(place) = wheel.first(&mut self.slab) {
                wheel.remove(&mut self.slab, place);
                let Entry { at, ordinal, .. } = self.slab[place as usize];
                list.push(Key { at, ordinal, place });
            }
            list.reverse();
            self.order = Order::List(list);
        }
    }
}

/// Puts a key into a list; of its time it is the last to come. Most are near the list's end, so it is looked for from there.
#[inline]
fn put(list: &mut Vec<Key>, key: Key) {
    list.push(key);
    let mut rest = list.as_mut_slice();
    while let [before @ .., next, last] = rest
        && next.at <= key.at
    {
        *last = *next;
        *next = key;
        let len = before.len() + 1;
        rest = &mut rest[..len];
    }
}

/// Takes the key with this ordinal out of a list.
fn drop_from(list: &mut Vec<Key>, ordinal: Ordinal) {
    if let Some(at) = list.iter().rposition(|key| key.ordinal == ordinal) {
        list.remove(at);
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

    /// More than a list takes, so that there is a wheel.
    fn crowd(queue: &mut Queue<&'static str>) {
        for n in 0..2 * MOST_LISTED as u64 {
            queue.schedule(Time(1_000_000 + 977 * n), "crowd");
        }
    }

    #[test]
    fn what_is_postponed_keeps_its_place_among_equals() {
        let mut queue = Queue::default();
        for (at, name) in [(1, "a"), (9, "b"), (5, "c"), (5, "d")] {
            queue.schedule(Time(at), name);
        }
        for crowded in [false, true] {
            let mut queue = queue.clone();
            if crowded {
                crowd(&mut queue);
            }
            queue.postpone(|name, _| (*name == "b").then_some(Time(5)));
            let order: Vec<_> = (0..4).filter_map(|_| queue.pop()).collect();
            let five = Time(5);
            let expected = [(Time(1), "a"), (five, "b"), (five, "c"), (five, "d")];
            assert_eq!(order, expected);
        }
    }

    #[test]
    fn a_tie_can_be_decided_otherwise() {
        check_ties(Queue::default());
        let mut queue = Queue::default();
        crowd(&mut queue);
        check_ties(queue);
    }

    fn check_ties(mut queue: Queue<&'static str>) {
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
