//! A part of a sweep, for one of several machines.

use std::str::FromStr;

/// The cases of one of several machines: every `of`-th, so that each gets easy ones and hard ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Shard {
    /// Which, from 1.
    number: usize,
    of: usize,
}

impl Shard {
    /// All cases.
    pub(crate) const WHOLE: Self = Self { number: 1, of: 1 };
    /// More machines than anybody has.
    const MOST: usize = 1_000_000;

    /// The numbers of its cases.
    pub(crate) fn cases(self, of: usize) -> impl Iterator<Item = usize> {
        (self.number - 1..of).step_by(self.of)
    }
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let expected = || format!("expected I/N with 1 <= I <= N <= {}", Self::MOST);
        let (number, of) = text.split_once('/').ok_or_else(expected)?;
        let read = |text: &str| text.parse::<usize>().map_err(|_| expected());
        let (number, of) = (read(number)?, read(of)?);
        let holds = (1..=of).contains(&number) && of <= Self::MOST;
        holds.then_some(Self { number, of }).ok_or_else(expected)
    }
}

impl std::fmt::Display for Shard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.number, self.of)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_case_is_one_machines() {
        let cases = |text: &str| -> Vec<usize> {
            text.parse::<Shard>().expect("a shard").cases(7).collect()
        };
        assert_eq!(cases("1/3"), [0, 3, 6]);
        assert_eq!(cases("2/3"), [1, 4]);
        assert_eq!(cases("3/3"), [2, 5]);
        assert_eq!(cases("9/9"), Vec::<usize>::new());
        for wrong in ["", "1", "0/3", "4/3", "1/0", "a/b", "1/2/3", "1/9999999"] {
            assert!(wrong.parse::<Shard>().is_err(), "{wrong}");
        }
    }
}
