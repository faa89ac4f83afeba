//! Spans of time as people write them: `10s`, `5ms`, `1.5s`, `250us`, `1m30s`.
//!
//! Reading is integer arithmetic, so that the same text is the same span on every target, and exact: a
//! fraction of a nanosecond is refused, not rounded.

use std::fmt;
use std::time::Duration;
use whyeof_trace::time::{decimals, nanos};

/// A span in nanoseconds. It may be negative, because a runtime's options may be; 64 bits hold 292 years.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span(pub i64);

/// A unit of time: the one in which an option's bare number is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// ns: the unit of Go's `time.Duration`.
    Nanos,
    /// us.
    Micros,
    /// ms.
    Millis,
    /// s.
    Seconds,
    /// m.
    Minutes,
    /// h.
    Hours,
}

impl Unit {
    const ALL: [(&'static str, Self); 7] = [
        ("ns", Self::Nanos),
        ("us", Self::Micros),
        ("µs", Self::Micros),
        ("ms", Self::Millis),
        ("s", Self::Seconds),
        ("m", Self::Minutes),
        ("h", Self::Hours),
    ];

    /// Nanoseconds in one.
    pub const fn nanos(self) -> i64 {
        match self {
            Self::Nanos => 1,
            Self::Micros => 1_000,
            Self::Millis => 1_000_000,
            Self::Seconds => 1_000_000_000,
            Self::Minutes => 60_000_000_000,
            Self::Hours => 3_600_000_000_000,
        }
    }

    /// Its symbol: `ms`.
    pub const fn symbol(self) -> &'static str {
        match self {
            Self::Nanos => "ns",
            Self::Micros => "us",
            Self::Millis => "ms",
            Self::Seconds => "s",
            Self::Minutes => "m",
            Self::Hours => "h",
        }
    }
}

impl Span {
    /// No time.
    pub const ZERO: Self = Self(0);

    /// So many of a unit; clipped to what 64 bits hold.
    pub const fn of(count: i64, unit: Unit) -> Self {
        Self(count.saturating_mul(unit.nanos()))
    }

    /// So many milliseconds.
    pub const fn millis(count: i64) -> Self {
        Self::of(count, Unit::Millis)
    }

    /// So many seconds.
    pub const fn seconds(count: i64) -> Self {
        Self::of(count, Unit::Seconds)
    }

    /// The span as `std` has it; `None` when it is negative.
    pub fn duration(self) -> Option<Duration> {
        u64::try_from(self.0).ok().map(Duration::from_nanos)
    }

    /// Reads `10s`, `-1s`, `1m30s`, or a bare number in the unit given. `None`: not a span, finer than a nanosecond,
    /// or longer than 292 years.
    pub fn parse(text: &str, bare: Unit) -> Option<Self> {
        let text = text.trim();
        let (sign, text) = match text.strip_prefix('-') {
            Some(rest) => (-1, rest),
            None => (1, text.strip_prefix('+').unwrap_or(text)),
        };
        let mut rest = text;
        let mut sum: u64 = 0;
        while !rest.is_empty() {
            let end = rest
                .find(|c: char| !c.is_ascii_digit() && c != '.')
                .unwrap_or(rest.len());
            let (number, tail) = rest.split_at(end);
            let is_bare = tail.is_empty() && rest.len() == text.len();
            let (unit, tail) = match take_unit(tail) {
                Some(found) => found,
                None if is_bare => (bare, tail),
                None => return None,
            };
            sum = sum.checked_add(exact_nanos(number, unit)?)?;
            rest = tail;
        }
        if text.is_empty() {
            return None;
        }
        i64::try_from(sum).ok().map(|sum| Self(sign * sum))
    }

    /// As people read it, with a space before the unit: `10 s`.
    pub fn spaced(self) -> String {
        let (number, unit) = self.parts();
        format!("{number} {}", unit.symbol())
    }

    /// The number in the largest unit, up to seconds, of which there is at least one.
    fn parts(self) -> (String, Unit) {
        let magnitude = self.0.unsigned_abs();
        let unit = [Unit::Seconds, Unit::Millis, Unit::Micros]
            .into_iter()
            .find(|unit| magnitude >= unit.nanos().unsigned_abs())
            .unwrap_or(if self.0 == 0 {
                Unit::Seconds
            } else {
                Unit::Nanos
            });
        let per = unit.nanos().unsigned_abs();
        let sign = if self.0 < 0 { "-" } else { "" };
        let number = decimals(magnitude, per.ilog10());
        (format!("{sign}{number}"), unit)
    }
}

/// Splits a leading unit off; the longest symbol wins, so `ms` is not `m` and an `s`.
fn take_unit(text: &str) -> Option<(Unit, &str)> {
    let end = text
        .find(|c: char| c.is_ascii_digit() || c == '.')
        .unwrap_or(text.len());
    let (symbol, tail) = text.split_at(end);
    // People write `9 s`, and so does the page.
    let symbol = symbol.trim();
    let (_, unit) = Unit::ALL.into_iter().find(|(s, _)| *s == symbol)?;
    Some((unit, tail))
}

/// `1.5` of a unit in nanoseconds.
fn exact_nanos(number: &str, unit: Unit) -> Option<u64> {
    exact(number, unit.nanos().unsigned_abs())
}

/// `1.5` times `per`, or `None` when that is no whole number or the text no decimal number.
pub(crate) fn exact(number: &str, per: u64) -> Option<u64> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    // `parse` takes a sign, too.
    if number.ends_with('.') || !number.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let mut part = 0;
    // From the last digit on, each step comes out even or the whole does not.
    for digit in fraction.chars().rev() {
        let tenths = part + u64::from(digit.to_digit(10)?) * per;
        if !tenths.is_multiple_of(10) {
            return None;
        }
        part = tenths / 10;
    }
    whole
        .parse::<u64>()
        .ok()?
        .checked_mul(per)?
        .checked_add(part)
}

impl From<Duration> for Span {
    /// Clipped to what 64 bits hold.
    fn from(span: Duration) -> Self {
        Self(i64::try_from(nanos(span)).unwrap_or(i64::MAX))
    }
}

/// The canonical text: the largest unit up to seconds of which there is at least one, and exact.
impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (number, unit) = self.parts();
        write!(f, "{number}{}", unit.symbol())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_become_spans_and_canonical_texts() {
        for (text, canonical) in [
            ("10s", Some("10s")),
            ("5ms", Some("5ms")),
            ("1.5s", Some("1.5s")),
            ("1500ms", Some("1.5s")),
            ("250us", Some("250us")),
            ("250µs", Some("250us")),
            ("1m", Some("60s")),
            ("1m30s", Some("90s")),
            ("1h", Some("3600s")),
            ("-1s", Some("-1s")),
            ("-1.5ms", Some("-1.5ms")),
            ("0", Some("0s")),
            ("0ms", Some("0s")),
            ("7", Some("7ms")),
            ("2.5", Some("2.5ms")),
            ("10.0055s", Some("10.0055s")),
            ("999ns", Some("999ns")),
            ("1.000s", Some("1s")),
            (" 3s ", Some("3s")),
            ("10 s", Some("10s")),
            ("", None),
            ("-", None),
            ("s", None),
            ("1 0s", None),
            ("1s5", None),
            ("10x", None),
            (".5s", None),
            ("5.s", None),
            ("1e3s", None),
            ("0.1ns", None),
            ("1.2.3s", None),
            ("--1s", None),
            ("99999999999999999999h", None),
            ("999999999999999999999999999s", None),
            ("٣s", None),
        ] {
            let read = Span::parse(text, Unit::Millis);
            assert_eq!(
                read.map(|span| span.to_string()).as_deref(),
                canonical,
                "{text}"
            );
        }
    }

    proptest::proptest! {
        #[test]
        fn every_span_survives_its_text(nanos: i64) {
            let span = Span(nanos);
            proptest::prop_assert_eq!(Span::parse(&span.to_string(), Unit::Hours), Some(span));
        }

        #[test]
        fn no_text_panics(text in ".{0,40}") {
            let _ = Span::parse(&text, Unit::Hours);
        }
    }
}
