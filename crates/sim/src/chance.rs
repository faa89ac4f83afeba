//! Chance is a function of (seed, who, what, number) and of nothing else.
//!
//! So an edit changes only what it must, and two runs stay comparable: one more request of one client
//! does not shift the draws of another. Probabilities and logarithms are integer arithmetic.

use std::time::Duration;

/// What is drawn; part of the key, so that draws of different kinds never share a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Draw {
    /// The extra time before a workload's next request.
    RequestJitter = 1,
    /// How late a program's timer fires.
    TimerLateness = 2,
    /// How long a program takes to notice what the kernel has.
    WakeUp = 3,
    /// How long a program takes from noticing to acting.
    Act = 4,
    /// Where a socket's timestamp clock starts.
    TimestampOffset = 5,
}

/// The key of one draw.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key {
    /// The run's seed.
    pub seed: u64,
    /// Whose draw: a program, a workload, a socket, as a number of its own.
    pub who: u64,
    /// What for.
    pub what: Draw,
    /// The how-manieth of this kind.
    pub number: u64,
}

impl Key {
    /// 64 evenly distributed bits (the finaliser of SplitMix64, applied to each part in turn).
    pub fn bits(self) -> u64 {
        let mut x = self.seed;
        for part in [self.who, self.what as u64, self.number] {
            x = mix(x ^ mix(part.wrapping_add(0x9e37_79b9_7f4a_7c15)));
        }
        x
    }

    /// A number below `bound`, evenly distributed (multiply-shift; 0 when `bound` is 0).
    pub fn below(self, bound: u64) -> u64 {
        // The high 64 bits of the product are below `bound`, so the cast keeps the value.
        ((u128::from(self.bits()) * u128::from(bound)) >> 64) as u64
    }

    /// A span from `min` to `max`, both possible.
    pub fn between(self, min: Duration, max: Duration) -> Duration {
        let width = max.saturating_sub(min).as_nanos();
        let width = u64::try_from(width).unwrap_or(u64::MAX - 1);
        min + Duration::from_nanos(self.below(width + 1))
    }
}

const fn mix(mut x: u64) -> u64 {
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

/// How long something takes on the machines that were recorded: tenth, fiftieth and ninetieth
/// percentile.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Latency {
    /// One in ten is shorter.
    pub p10: Duration,
    /// The median.
    pub p50: Duration,
    /// One in ten is longer.
    pub p90: Duration,
}

impl Latency {
    /// Takes no time.
    pub const ZERO: Self = Self::micros(0, 0, 0);

    /// Percentiles in microseconds.
    pub const fn micros(p10: u64, p50: u64, p90: u64) -> Self {
        Self {
            p10: Duration::from_micros(p10),
            p50: Duration::from_micros(p50),
            p90: Duration::from_micros(p90),
        }
    }

    /// Straight lines between the percentiles, a fifth beyond the outer ones cut off: the recorded tails
    /// belong to the recording machine's stalls (ground-truth §0), not to the runtime.
    pub fn draw(self, key: Key) -> Duration {
        let share = key.below(1_000);
        match share {
            0..100 => self.p10,
            100..500 => blend(self.p10, self.p50, share - 100, 400),
            500..900 => blend(self.p50, self.p90, share - 500, 400),
            _ => self.p90,
        }
    }
}

fn blend(from: Duration, to: Duration, part: u64, whole: u64) -> Duration {
    let width = to.saturating_sub(from);
    let nanos = width.as_nanos() * u128::from(part) / u128::from(whole);
    from + Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(number: u64) -> Key {
        Key {
            seed: 1,
            who: 0,
            what: Draw::RequestJitter,
            number,
        }
    }

    #[test]
    fn draws_depend_on_their_key_alone_and_fill_their_range() {
        let mut seen = [false; 21];
        for number in 0..2_000 {
            let n = key(number).below(21);
            assert_eq!(n, key(number).below(21));
            seen[usize::try_from(n).expect("below 21")] = true;
        }
        assert!(seen.iter().all(|s| *s));
        assert_eq!(key(0).below(0), 0);
    }

    #[test]
    fn drawn_latencies_stay_between_the_outer_percentiles() {
        let latency = Latency::micros(10, 50, 200);
        for number in 0..500 {
            let span = latency.draw(key(number));
            assert!(latency.p10 <= span && span <= latency.p90);
        }
    }
}
