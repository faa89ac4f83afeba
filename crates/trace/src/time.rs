//! Simulated time: nanoseconds since the start of a run.

use std::fmt;
use std::ops::{Add, AddAssign, Div, Mul, Sub};
use std::time::Duration;

/// A moment of a run, in nanoseconds since its start. Spans are [`Duration`].
///
/// 64 bits hold 584 years, so ordinary arithmetic cannot overflow; additions saturate all the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time(pub u64);

impl Time {
    /// The start of every run.
    pub const ZERO: Self = Self(0);
    /// Later than every moment of every run.
    pub const NEVER: Self = Self(u64::MAX);

    /// The moment `n` microseconds after the start.
    pub const fn from_micros(n: u64) -> Self {
        Self(n * 1_000)
    }

    /// The moment `n` milliseconds after the start.
    pub const fn from_millis(n: u64) -> Self {
        Self(n * 1_000_000)
    }

    /// The moment `n` seconds after the start.
    pub const fn from_secs(n: u64) -> Self {
        Self(n * 1_000_000_000)
    }

    /// Nanoseconds since the start.
    pub const fn nanos(self) -> u64 {
        self.0
    }

    /// What [`Self::since`] says, for arithmetic that is done for every event.
    pub const fn past(self, earlier: Self) -> Span {
        Span(self.0.saturating_sub(earlier.0))
    }

    /// The span from `earlier` to `self`; zero when `earlier` is in fact later.
    pub const fn since(self, earlier: Self) -> Duration {
        Duration::from_nanos(self.0.saturating_sub(earlier.0))
    }
}

/// A span in nanoseconds, for arithmetic that is done for every event: a [`Duration`] keeps its seconds apart, and each sum or
/// comparison of it takes several times as long. Nothing here wraps: sums saturate, and differences do not go below zero.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span(u64);

impl Span {
    /// No time.
    pub const ZERO: Self = Self(0);

    /// So many nanoseconds.
    pub const fn from_nanos(n: u64) -> Self {
        Self(n)
    }

    /// So many microseconds.
    pub const fn from_micros(n: u64) -> Self {
        Self(n.saturating_mul(1_000))
    }

    /// So many milliseconds.
    pub const fn from_millis(n: u64) -> Self {
        Self(n.saturating_mul(1_000_000))
    }

    /// So many seconds.
    pub const fn from_secs(n: u64) -> Self {
        Self(n.saturating_mul(1_000_000_000))
    }

    /// A [`Duration`].
    pub const fn of(duration: Duration) -> Self {
        Self(nanos(duration))
    }

    /// Nanoseconds.
    pub const fn nanos(self) -> u64 {
        self.0
    }

    /// Whole microseconds.
    pub const fn micros(self) -> u64 {
        self.0 / 1_000
    }

    /// Whole milliseconds.
    pub const fn millis(self) -> u64 {
        self.0 / 1_000_000
    }

    /// Whether it is no time.
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// What is left of it after another; `None`: that is longer.
    pub const fn checked_sub(self, other: Self) -> Option<Self> {
        match self.0.checked_sub(other.0) {
            Some(left) => Some(Self(left)),
            None => None,
        }
    }
}

impl From<Span> for Duration {
    fn from(span: Span) -> Self {
        Self::from_nanos(span.0)
    }
}

impl Add for Span {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl Sub for Span {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl Mul<u64> for Span {
    type Output = Self;
    fn mul(self, times: u64) -> Self {
        Self(self.0.saturating_mul(times))
    }
}

impl Div<u64> for Span {
    type Output = Self;
    fn div(self, parts: u64) -> Self {
        Self(self.0 / parts)
    }
}

impl Add<Span> for Time {
    type Output = Self;
    fn add(self, span: Span) -> Self {
        Self(self.0.saturating_add(span.0))
    }
}

/// As a [`Duration`].
impl fmt::Debug for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Duration::from(*self).fmt(f)
    }
}

/// The nanoseconds of a span; `u64::MAX` for one of 584 years or more, which no run lasts.
///
/// In 64 bits, because wasm has no others: `Duration::as_nanos` calls a multiplication of 128 bits.
pub const fn nanos(span: Duration) -> u64 {
    const SECOND: u64 = 1_000_000_000;
    if span.as_secs() >= u64::MAX / SECOND {
        return u64::MAX;
    }
    span.as_secs() * SECOND + span.subsec_nanos() as u64
}

/// A number given in units of its last decimal, without zeros at its end: `decimals(2_900, 3)` is `2.9`.
///
/// Integers only, so it is the same on every target. `places` is at most 19.
pub fn decimals(number: u64, places: u32) -> String {
    let one = 10_u64.pow(places);
    let (whole, rest) = (number / one, number % one);
    if rest == 0 {
        return whole.to_string();
    }
    let rest = format!("{rest:0width$}", width = places as usize);
    format!("{whole}.{}", rest.trim_end_matches('0'))
}

/// A moment in seconds, to a tenth of a millisecond and without its unit: `10.0193`.
pub fn clock(at: Time) -> String {
    let tenths = (at.nanos() + 50_000) / 100_000;
    format!("{}.{:04}", tenths / 10_000, tenths % 10_000)
}

/// A moment with its unit, the same in both languages, to a tenth of a millisecond: `10.0193 s`.
pub fn moment(at: Time) -> String {
    format!("{} s", clock(at))
}

impl Add<Duration> for Time {
    type Output = Self;
    fn add(self, span: Duration) -> Self {
        Self(self.0.saturating_add(nanos(span)))
    }
}

impl AddAssign<Duration> for Time {
    fn add_assign(&mut self, span: Duration) {
        *self = *self + span;
    }
}

impl Sub<Duration> for Time {
    type Output = Self;
    fn sub(self, span: Duration) -> Self {
        Self(self.0.saturating_sub(nanos(span)))
    }
}

/// Seconds with six decimals, as tcpdump prints relative time: `10.019300`.
impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}.{:06}",
            self.0 / 1_000_000_000,
            self.0 % 1_000_000_000 / 1_000
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_seconds_with_microseconds() {
        assert_eq!(Time(10_019_300_999).to_string(), "10.019300");
        assert_eq!(Time::ZERO.to_string(), "0.000000");
    }

    #[test]
    fn nanoseconds_do_not_wrap() {
        assert_eq!(nanos(Duration::new(10, 19_300_999)), 10_019_300_999);
        let last = Duration::new(u64::MAX / 1_000_000_000 - 1, 999_999_999);
        assert_eq!(u128::from(nanos(last)), last.as_nanos());
        assert_eq!(nanos(last + Duration::from_nanos(1)), u64::MAX);
        assert_eq!(nanos(Duration::MAX), u64::MAX);
    }

    #[test]
    fn decimals_end_in_no_zero() {
        for (number, places, text) in [(2_900, 3, "2.9"), (5, 1, "0.5"), (70, 0, "70"), (0, 2, "0")]
        {
            assert_eq!(decimals(number, places), text);
        }
        assert_eq!(decimals(u64::MAX, 19), "1.8446744073709551615");
    }

    #[test]
    fn differences_do_not_go_below_zero_and_sums_do_not_wrap() {
        assert_eq!(Time(5).since(Time(7)), Duration::ZERO);
        assert_eq!(Time::NEVER + Duration::from_secs(1), Time::NEVER);
        assert_eq!(Time(5) - Duration::from_secs(1), Time::ZERO);
    }
}
