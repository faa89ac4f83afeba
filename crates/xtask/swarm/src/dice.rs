//! A source of numbers: the engine's own draws, which depend on nothing but their key and are the same on every target.

use whyeof_sim::chance::{Draw, Key, Who};

/// What a seed throws, one after the other.
#[derive(Clone, Debug)]
pub(crate) struct Dice {
    seed: u64,
    thrown: u64,
}

impl Dice {
    pub(crate) const fn new(seed: u64) -> Self {
        Self { seed, thrown: 0 }
    }

    /// A number below `bound`; 0 if that is 0.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.thrown += 1;
        let key = Key {
            seed: self.seed,
            who: Who::default(),
            what: Draw::RequestJitter,
            number: self.thrown,
        };
        key.below(bound)
    }

    /// True so many times of so many.
    pub(crate) fn happens(&mut self, times: u64, of: u64) -> bool {
        self.below(of) < times
    }

    /// True once in `n` times.
    pub(crate) fn once_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }

    /// A place in a list of this length.
    pub(crate) fn place(&mut self, len: usize) -> usize {
        usize::try_from(self.below(len as u64)).unwrap_or_default()
    }

    /// One of these, of which there is at least one.
    pub(crate) fn one_of<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.place(of.len())]
    }

    /// How many: both ends possible.
    pub(crate) fn between(&mut self, least: u64, most: u64) -> u64 {
        least + self.below(most.saturating_sub(least) + 1)
    }

    /// Both ends possible, each order of magnitude as often as the next.
    pub(crate) fn any_size(&mut self, least: i64, most: i64) -> i64 {
        let width = most.abs_diff(least);
        let digits = u64::from(u64::BITS - width.leading_zeros());
        let most_here = 1_u64.checked_shl(u32::try_from(self.below(digits + 1)).unwrap_or(0));
        let offset = self.below(most_here.unwrap_or(u64::MAX)).min(width);
        least.saturating_add_unsigned(offset)
    }
}
