//! A hierarchical timing wheel (Varghese and Lauck, scheme 7): eleven levels of 64 slots, of 1 ns, 64 ns, 4,096 ns …
//!
//! A thing goes to the level of the highest of its time's digits (of six bits) that differs from the present, and to the slot of
//! that digit. When the present comes to a slot, what is in it moves to lower levels, in its order; so things of one time lie in
//! one slot in the order in which they came, whatever levels they came through. Nothing is ever rounded. The things themselves
//! lie in the queue's slab, and so do the links between those of a slot.

use super::Entry;
use whyeof_trace::Time;

/// Six bits of a time choose a slot.
const BITS: u32 = 6;
const SLOTS: usize = 1 << BITS;
/// As many as 64 bits have digits.
const LEVELS: usize = 11;
/// No place.
const NONE: u32 = u32::MAX;

/// Which slots have what, by places in the slab.
#[derive(Clone, Debug)]
pub(super) struct Wheel {
    /// What has passed; nothing is earlier.
    now: Time,
    /// By level: which slots have something.
    occupied: [u64; LEVELS],
    /// The first and the last of each slot.
    slots: Vec<[u32; 2]>,
}

/// Where in a wheel something is: its slot, and its neighbours there.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Links {
    before: u32,
    after: u32,
    slot: u32,
}

impl Default for Wheel {
    fn default() -> Self {
        Self {
            now: Time::ZERO,
            occupied: [0; LEVELS],
            slots: vec![[NONE; 2]; LEVELS * SLOTS],
        }
    }
}

impl Wheel {
    /// Puts what is in a place into the slot of its time, behind the others.
    pub(super) fn insert<T>(&mut self, slab: &mut [Entry<T>], place: u32) {
        let entry = &mut slab[place as usize];
        let (at, now) = (entry.at.nanos(), self.now.nanos());
        debug_assert!(at >= now, "nothing is scheduled before what has passed");
        // The lowest level for what is due now.
        let level = ((at ^ now) | 1).ilog2() / BITS;
        let digit = (at >> (level * BITS)) as usize % SLOTS;
        let slot = level as usize * SLOTS + digit;
        let last = std::mem::replace(&mut self.slots[slot][1], place);
        entry.links = Links {
            before: last,
            after: NONE,
            slot: slot as u32,
        };
        match last {
            NONE => {
                self.slots[slot][0] = place;
                self.occupied[level as usize] |= 1 << digit;
            }
            last => slab[last as usize].links.after = place,
        }
    }

    /// Takes what is in a place out of its slot.
    pub(super) fn remove<T>(&mut self, slab: &mut [Entry<T>], place: u32) {
        let Links {
            before,
            after,
            slot,
        } = slab[place as usize].links;
        let slot = slot as usize;
        match before {
            NONE => self.slots[slot][0] = after,
            before => slab[before as usize].links.after = after,
        }
        match after {
            NONE => self.slots[slot][1] = before,
            after => slab[after as usize].links.before = before,
        }
        if self.slots[slot][0] == NONE {
            self.occupied[slot / SLOTS] &= !(1 << (slot % SLOTS));
        }
    }

    /// What comes next; the wheel turns to where it is.
    pub(super) fn first<T>(&mut self, slab: &mut [Entry<T>]) -> Option<u32> {
        loop {
            let level = self.occupied.iter().position(|slots| *slots != 0)?;
            let digit = self.occupied[level].trailing_zeros() as usize;
            let [first, last] = self.slots[level * SLOTS + digit];
            if level == 0 {
                return Some(first);
            }
            if first == last {
                // Alone: it is the next, whatever its lower digits are.
                let at = slab[first as usize].at;
                self.turn(slab, level, digit, at);
                return Some(first);
            }
            let (width, above) = (level as u32 * BITS, (level as u32 + 1) * BITS);
            let passed = match self.now.nanos().checked_shr(above) {
                Some(digits) => digits << above,
                None => 0,
            };
            self.turn(slab, level, digit, Time(passed | (digit as u64) << width));
        }
    }

    /// All that is due at the next time, in its order.
    pub(super) fn tied<T>(&mut self, slab: &mut [Entry<T>]) -> Vec<u32> {
        let mut tied = Vec::new();
        let mut next = self.first(slab).unwrap_or(NONE);
        while next != NONE {
            tied.push(next);
            next = slab[next as usize].links.after;
        }
        tied
    }

    /// The present comes to a slot: what is there goes where it belongs now.
    fn turn<T>(&mut self, slab: &mut [Entry<T>], level: usize, digit: usize, now: Time) {
        self.now = now;
        let slot = &mut self.slots[level * SLOTS + digit];
        let [mut next, _] = std::mem::replace(slot, [NONE; 2]);
        self.occupied[level] &= !(1 << digit);
        while next != NONE {
            let place = next;
            next = slab[place as usize].links.after;
            self.insert(slab, place);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::queue::Ordinal;

    /// Against a list that is sorted: things come and go at random, near and far, and often tie.
    #[test]
    fn all_comes_out_in_order() {
        let mut wheel = Wheel::default();
        let mut slab: Vec<Entry<()>> = Vec::new();
        let mut sorted: Vec<(u64, u32, u32)> = Vec::new();
        let (mut free, mut chance, mut now) = (Vec::new(), 1u64, 0u64);
        for ordinal in 1..=20_000 {
            chance = chance
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            let far = (chance >> 33) % (1 << ((chance >> 20) % 40));
            let at = now + far / 8 * 8;
            let entry = Entry {
                at: Time(at),
                ordinal: Ordinal::new(ordinal).expect("more than 0"),
                links: Links::default(),
                item: Some(()),
            };
            let place = free.pop().unwrap_or_else(|| {
                slab.push(entry);
                slab.len() as u32 - 1
            });
            slab[place as usize] = entry;
            wheel.insert(&mut slab, place);
            let key = (at, ordinal, place);
            sorted.insert(sorted.partition_point(|other| *other < key), key);
            if chance.is_multiple_of(3) {
                let (_, _, gone) = sorted.remove((chance >> 40) as usize % sorted.len());
                wheel.remove(&mut slab, gone);
                free.push(gone);
            }
            while sorted.len() > (chance >> 50) as usize % 200 {
                let (at, _, place) = sorted.remove(0);
                let tied = sorted.iter().take_while(|other| other.0 == at).count();
                assert_eq!(wheel.tied(&mut slab).len(), tied + 1);
                assert_eq!(wheel.first(&mut slab), Some(place));
                wheel.remove(&mut slab, place);
                free.push(place);
                now = at;
            }
        }
    }
}
