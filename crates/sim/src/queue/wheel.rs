//! A hierarchical timing wheel (Varghese and Lauck, scheme 7): eleven levels of 64 slots, of 1 ns, 64 ns, 4,096 ns …
//!
//! A key goes to the level of the highest of its time's digits (of six bits) that differs from the present, and to the slot of
//! that digit. When the present comes to a slot, its keys move to lower levels, in their order; so keys of one time lie in one
//! slot in the order in which they came, whatever levels they came through. Nothing is ever rounded.

use super::Key;
use whyeof_trace::Time;

/// Six bits of a time choose a slot.
const BITS: u32 = 6;
const SLOTS: usize = 1 << BITS;
/// As many as 64 bits have digits.
const LEVELS: usize = 11;
/// No node.
const NONE: u32 = u32::MAX;

/// Keys in their order.
#[derive(Clone, Debug)]
pub(super) struct Wheel {
    /// What has passed; no key is earlier.
    now: Time,
    /// By level: which slots have keys.
    occupied: [u64; LEVELS],
    /// First and last node of each slot.
    slots: Vec<[u32; 2]>,
    /// By place in the slab.
    nodes: Vec<Node>,
}

/// A key and its neighbours in its slot.
#[derive(Clone, Copy, Debug)]
struct Node {
    key: Key,
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
            nodes: Vec::new(),
        }
    }
}

impl Wheel {
    /// Puts a key in, behind those of its time.
    pub(super) fn insert(&mut self, key: Key) {
        let node = key.place as usize;
        if self.nodes.len() <= node {
            let empty = Node {
                key,
                before: NONE,
                after: NONE,
                slot: 0,
            };
            self.nodes.resize(node + 1, empty);
        }
        self.nodes[node].key = key;
        self.append(key.place);
    }

    /// Puts a node into the slot of its time.
    fn append(&mut self, place: u32) {
        let at = self.nodes[place as usize].key.at.nanos();
        let now = self.now.nanos();
        debug_assert!(at >= now, "nothing is scheduled before what has passed");
        // The lowest level for a key of now.
        let highest = ((at ^ now) | 1).ilog2();
        let level = highest / BITS;
        let digit = (at >> (level * BITS)) as usize % SLOTS;
        let slot = level as usize * SLOTS + digit;
        let last = std::mem::replace(&mut self.slots[slot][1], place);
        let node = &mut self.nodes[place as usize];
        (node.before, node.after, node.slot) = (last, NONE, slot as u32);
        match last {
            NONE => {
                self.slots[slot][0] = place;
                self.occupied[level as usize] |= 1 << digit;
            }
            last => self.nodes[last as usize].after = place,
        }
    }

    /// Takes a key out.
    pub(super) fn remove(&mut self, key: Key) {
        let Node {
            before,
            after,
            slot,
            ..
        } = self.nodes[key.place as usize];
        let slot = slot as usize;
        match before {
            NONE => self.slots[slot][0] = after,
            before => self.nodes[before as usize].after = after,
        }
        match after {
            NONE => self.slots[slot][1] = before,
            after => self.nodes[after as usize].before = before,
        }
        if self.slots[slot][0] == NONE {
            self.occupied[slot / SLOTS] &= !(1 << (slot % SLOTS));
        }
    }

    /// The next key; the wheel turns to where it is.
    pub(super) fn first(&mut self) -> Option<Key> {
        loop {
            let level = self.occupied.iter().position(|slots| *slots != 0)?;
            let digit = self.occupied[level].trailing_zeros() as usize;
            let [first, last] = self.slots[level * SLOTS + digit];
            let key = self.nodes[first as usize].key;
            if level == 0 {
                return Some(key);
            }
            if first == last {
                // Alone: it is the next, whatever its lower digits are.
                self.turn(level, digit, key.at);
                return Some(key);
            }
            let (width, above) = (level as u32 * BITS, (level as u32 + 1) * BITS);
            let passed = match self.now.nanos().checked_shr(above) {
                Some(digits) => digits << above,
                None => 0,
            };
            self.turn(level, digit, Time(passed | (digit as u64) << width));
        }
    }

    /// All keys of the next time, in their order.
    pub(super) fn tied(&mut self) -> Vec<Key> {
        let mut tied = Vec::new();
        let mut next = self.first().map_or(NONE, |key| key.place);
        while next != NONE {
            let Node { key, after, .. } = self.nodes[next as usize];
            tied.push(key);
            next = after;
        }
        tied
    }

    /// The present comes to a slot: its keys go where they belong now.
    fn turn(&mut self, level: usize, digit: usize, now: Time) {
        self.now = now;
        let slot = &mut self.slots[level * SLOTS + digit];
        let [mut next, _] = std::mem::replace(slot, [NONE; 2]);
        self.occupied[level] &= !(1 << digit);
        while next != NONE {
            let place = next;
            next = self.nodes[place as usize].after;
            self.append(place);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Against a list that is sorted: keys come and go at random, near and far.
    #[test]
    fn keys_come_out_in_order() {
        let mut wheel = Wheel::default();
        let mut sorted: Vec<Key> = Vec::new();
        let (mut free, mut chance, mut now) = (Vec::new(), 1u64, 0u64);
        for ordinal in 0..20_000 {
            chance = chance
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            let far = (chance >> 33) % (1 << ((chance >> 20) % 40));
            let place = free.pop().unwrap_or(sorted.len() as u32);
            let key = Key {
                // Ties often.
                at: Time(now + far / 8 * 8),
                ordinal,
                place,
            };
            wheel.insert(key);
            sorted.insert(sorted.partition_point(|other| *other < key), key);
            if chance.is_multiple_of(3) {
                let gone = sorted.remove((chance >> 40) as usize % sorted.len());
                wheel.remove(gone);
                free.push(gone.place);
            }
            while sorted.len() > (chance >> 50) as usize % 200 {
                let first = sorted.remove(0);
                let tied = sorted.iter().take_while(|key| key.at == first.at).count();
                assert_eq!(wheel.tied().len(), tied + 1);
                assert_eq!(wheel.first(), Some(first));
                wheel.remove(first);
                free.push(first.place);
                now = first.at.nanos();
            }
        }
    }
}
