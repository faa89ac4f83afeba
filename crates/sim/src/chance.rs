//! Chance is a function of (seed, who, what, number) and of nothing else.
//!
//! So an edit changes only what it must, and two runs stay comparable: one more request of one client
//! does not shift the draws of another. Probabilities and logarithms are integer arithmetic.

use crate::copy::clone_into_place;
use std::time::Duration;
use whyeof_trace::time::nanos;
use whyeof_trace::{HostId, ProgramId, Side, TimerKind, TimerOf};

/// What is drawn; part of the key, so that draws of different kinds never share a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Draw {
    /// The extra time before a workload's next request.
    RequestJitter,
    /// Where a socket's timestamp clock starts.
    TimestampOffset,
    /// How long a program takes to notice that connect(2) is over.
    Connected,
    /// How long it takes to notice that there is a connection to accept.
    Accepted,
    /// How long it takes to notice data.
    Data,
    /// How long it takes to notice an end of stream or an error.
    End,
    /// How long a client takes from having a connection to writing.
    Write,
    /// How long a client takes to dial.
    Dial,
    /// How long a server takes from a deadline to close(2).
    Close,
    /// How late a program's timer of this kind fires.
    Late(TimerKind),
    /// How much longer than usual a packet takes.
    Jitter,
    /// Whether a packet is lost.
    Loss,
    /// The time until the next request of callers who do not know of each other.
    Arrival,
    /// Which of several addresses.
    Address,
}

impl Draw {
    /// A number of its own for each; less than [`Draw::KINDS`].
    const fn index(self) -> usize {
        match self {
            Self::RequestJitter => 0,
            Self::TimestampOffset => 1,
            Self::Connected => 2,
            Self::Accepted => 3,
            Self::Data => 4,
            Self::End => 5,
            Self::Write => 6,
            Self::Dial => 7,
            Self::Close => 8,
            Self::Jitter => 9,
            Self::Loss => 10,
            Self::Arrival => 11,
            Self::Late(kind) => 12 + kind as usize,
            Self::Address => 12 + TimerKind::COUNT,
        }
    }

    /// How many there are.
    const KINDS: usize = 13 + TimerKind::COUNT;
}

/// Whose draw it is, as a number that no event elsewhere in the run can change.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Who(u64);

impl Who {
    /// A workload of a client.
    pub const fn workload(program: ProgramId, workload: u16) -> Self {
        Self((program.0 as u64) << 48 | (workload as u64) << 32)
    }

    /// The n-th request of a workload.
    pub const fn request(program: ProgramId, workload: u16, number: u32) -> Self {
        Self(Self::workload(program, workload).0 | number as u64)
    }

    /// The n-th connection that a program has opened, by both ends.
    pub const fn connection(opener: ProgramId, number: u32) -> Self {
        Self((opener.0 as u64) << 48 | (number as u64) << 1)
    }

    /// The packets from one host to another.
    pub const fn path(from: HostId, to: HostId) -> Self {
        Self(1 << 63 | (from.0 as u64) << 16 | to.0 as u64)
    }

    /// One end of that connection.
    #[must_use]
    pub const fn end(self, side: Side) -> Self {
        Self(self.0 | side.index() as u64)
    }
}

/// The key of one draw.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key {
    /// The run's seed.
    pub seed: u64,
    /// Whose draw.
    pub who: Who,
    /// What for.
    pub what: Draw,
    /// The how-manieth of this kind, of this one.
    pub number: u64,
}

/// One drawer's count of its draws, by kind, so that each has a number of its own: a draw more of one kind, or of
/// another drawer, changes no other draw.
#[derive(Clone, Copy, Debug)]
pub struct Drawer {
    who: Who,
    drawn: [u16; Draw::KINDS],
}

impl Drawer {
    /// One that has drawn nothing.
    pub const fn new(who: Who) -> Self {
        Self {
            who,
            drawn: [0; Draw::KINDS],
        }
    }

    /// The key of the next draw of this kind.
    pub const fn next(&mut self, seed: u64, what: Draw) -> Key {
        let drawn = &mut self.drawn[what.index()];
        let number = *drawn as u64;
        // After 65,536 requests on one connection its draws repeat.
        *drawn = drawn.wrapping_add(1);
        Key {
            seed,
            who: self.who,
            what,
            number,
        }
    }
}

impl Key {
    /// 64 evenly distributed bits (the finaliser of SplitMix64, applied to each part in turn).
    pub fn bits(self) -> u64 {
        let mut x = self.seed;
        for part in [self.who.0, self.what.index() as u64, self.number] {
            x = mix(x ^ mix(part.wrapping_add(0x9e37_79b9_7f4a_7c15)));
        }
        x
    }

    /// A number below `bound`, evenly distributed (multiply-shift; 0 when `bound` is 0).
    pub fn below(self, bound: u64) -> u64 {
        // The high 64 bits of the product are below `bound`, so the cast keeps the value.
        ((u128::from(self.bits()) * u128::from(bound)) >> 64) as u64
    }

    /// A span until the next of events that come at random, on average once in `mean`: exponentially distributed, at most
    /// 44 times the mean.
    pub fn exponential(self, mean: Duration) -> Duration {
        // -ln(u) = -log2(u) / log2(e), in steps of 2^-32; u is never 0.
        const LN_2: u128 = 2_977_044_472; // ln 2 × 2^32
        let bits = u128::from(minus_log2(self.bits()));
        let nanos = (u128::from(nanos(mean)) * bits * LN_2) >> 64;
        Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
    }

    /// A span from `min` to `max`, both possible.
    pub fn between(self, min: Duration, max: Duration) -> Duration {
        let width = nanos(max.saturating_sub(min));
        min + Duration::from_nanos(self.below(width.saturating_add(1)))
    }
}

/// `-log2((bits + 1) / 2^64)` in steps of 2^-32, digit by digit: squaring a number doubles its logarithm.
fn minus_log2(bits: u64) -> u64 {
    let number = u128::from(bits) + 1;
    if number == 1 << 64 {
        return 0;
    }
    let zeros = (number as u64).leading_zeros();
    // From 1 to 2, as a fraction of 63 bits.
    let mut mantissa = (number as u64) << zeros;
    let mut digits = 0u64;
    for _ in 0..32 {
        let square = (u128::from(mantissa) * u128::from(mantissa)) >> 63;
        digits <<= 1;
        if square >> 64 == 1 {
            digits |= 1;
            mantissa = (square >> 1) as u64;
        } else {
            mantissa = square as u64;
        }
    }
    let whole = u64::from(63 - zeros);
    (64 << 32) - ((whole << 32) | digits)
}

/// The drawers of a run: none where nobody draws.
#[derive(Debug, Default)]
pub struct Drawers {
    mode: LatencyMode,
    /// By connection: both ends.
    connections: Vec<[Drawer; 2]>,
    requests: Vec<Drawer>,
    /// Connections opened so far, by program.
    opened: Vec<u32>,
}

clone_into_place!(Drawers {
    mode,
    connections,
    requests,
    opened
});

impl Drawers {
    /// Of a run in which latencies are taken in this way.
    pub fn new(mode: LatencyMode) -> Self {
        Self {
            mode,
            ..Self::default()
        }
    }

    /// The next connection of a run; the run's numbers of connections are its positions here.
    pub fn open(&mut self, opener: ProgramId) {
        if self.mode == LatencyMode::Median {
            return;
        }
        let program = usize::from(opener.0);
        if self.opened.len() <= program {
            self.opened.resize(program + 1, 0);
        }
        let who = Who::connection(opener, self.opened[program]);
        self.opened[program] += 1;
        self.connections
            .push([Side::Opener, Side::Listener].map(|side| Drawer::new(who.end(side))));
    }

    /// The next request of a run.
    pub fn request(&mut self, who: Who) {
        if self.mode == LatencyMode::Sampled {
            self.requests.push(Drawer::new(who));
        }
    }

    /// The drawer of a socket or of a request; workloads draw by [`Who::workload`] and a number of their own.
    pub fn of(&mut self, of: TimerOf) -> Option<&mut Drawer> {
        match of {
            TimerOf::Socket(id) => {
                Some(&mut self.connections.get_mut(id.flow.index())?[id.side.index()])
            }
            TimerOf::Request(id) => self.requests.get_mut(id.index()),
            TimerOf::Workload(_) | TimerOf::Program(_) => None,
        }
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

/// Whether latencies stand at the profile's median or are drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LatencyMode {
    /// The profile's median, every time.
    #[default]
    Median,
    /// Drawn from the profile's spread, by key.
    Sampled,
}

impl LatencyMode {
    /// How long it takes this time; `key` is asked for only where something is drawn.
    pub(crate) fn of(self, latency: Latency, key: impl FnOnce() -> Key) -> Duration {
        match self {
            Self::Median => latency.p50,
            Self::Sampled => latency.draw(key()),
        }
    }
}

fn blend(from: Duration, to: Duration, part: u64, whole: u64) -> Duration {
    let width = to.saturating_sub(from);
    // A latency of more than a year would clip.
    let nanos = nanos(width).saturating_mul(part) / whole;
    from + Duration::from_nanos(nanos)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(number: u64) -> Key {
        Key {
            seed: 1,
            who: Who::default(),
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
    fn exponential_spans_have_their_mean_and_their_tail() {
        let mean = Duration::from_millis(10);
        let spans: Vec<Duration> = (0..20_000).map(|n| key(n).exponential(mean)).collect();
        let sum: Duration = spans.iter().sum();
        let average = sum / 20_000;
        assert!(
            (9_800..10_200).contains(&average.as_micros()),
            "{average:?}"
        );
        // One in e is longer than the mean, one in e² than twice the mean.
        let longer = |n: u32| spans.iter().filter(|span| **span > mean * n).count();
        assert!((7_160..7_560).contains(&longer(1)), "{}", longer(1));
        assert!((2_560..2_860).contains(&longer(2)), "{}", longer(2));
        assert_eq!(minus_log2(u64::MAX), 0);
        assert_eq!(minus_log2(0), 64 << 32);
        assert_eq!(minus_log2((1 << 63) - 1), 1 << 32);
    }

    #[test]
    fn every_kind_of_draw_has_a_number_of_its_own() {
        let late = [
            TimerKind::Retransmit,
            TimerKind::ServerIdle,
            TimerKind::NextRequest,
        ];
        let mut kinds = vec![
            Draw::RequestJitter,
            Draw::TimestampOffset,
            Draw::Connected,
            Draw::Accepted,
            Draw::Data,
            Draw::End,
            Draw::Write,
            Draw::Dial,
            Draw::Close,
        ];
        kinds.extend(late.map(Draw::Late));
        let mut drawer = Drawer::new(Who::connection(ProgramId(1), 3).end(Side::Listener));
        let mut bits: Vec<u64> = kinds.iter().map(|k| drawer.next(1, *k).bits()).collect();
        bits.extend(kinds.iter().map(|k| drawer.next(1, *k).bits()));
        bits.sort_unstable();
        bits.dedup();
        assert_eq!(bits.len(), 2 * kinds.len());
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
