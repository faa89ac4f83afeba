//! How moments and spans are written in sentences, and spans in edits. Integers only, the same on every target.

use std::time::Duration;
pub(crate) use whyeof_trace::time::moment;
use whyeof_trace::time::{decimals, nanos};

/// A measured span, to about three digits: `250 µs`, `3.1 ms`, `213 ms`, `9.993 s`.
pub(crate) fn span(span: Duration) -> String {
    let micros = nanos(span).saturating_add(500) / 1_000;
    match micros {
        0..1_000 => format!("{micros} µs"),
        1_000..100_000 => format!("{} ms", decimals((micros + 50) / 100, 1)),
        100_000..1_000_000 => format!("{} ms", (micros + 500) / 1_000),
        _ => format!("{} s", decimals((micros + 500) / 1_000, 3)),
    }
}

/// A span that somebody has set, exactly: `10 s`, `2.9 s`, `500 ms`.
pub(crate) fn exact(span: Duration) -> String {
    let nanos = nanos(span);
    let (places, unit) = match nanos {
        1..1_000 => (0, "ns"),
        1_000..1_000_000 => (3, "µs"),
        1_000_000..1_000_000_000 => (6, "ms"),
        _ => (9, "s"),
    };
    format!("{} {unit}", decimals(nanos, places))
}

/// The units of spans in edits, in nanoseconds, the largest first.
const UNITS: [(u64, &str); 4] = [
    (1_000_000_000, "s"),
    (1_000_000, "ms"),
    (1_000, "us"),
    (1, "ns"),
];

/// A span as a scenario reads it: `9s`, `4500ms`, `270us`.
pub(crate) fn edit(span: Duration) -> String {
    let nanos = nanos(span);
    let mut units = UNITS.into_iter();
    let whole = units.find(|(unit, _)| nanos.is_multiple_of(*unit));
    let (unit, symbol) = whole.unwrap_or((1, "ns"));
    format!("{}{symbol}", nanos / unit)
}

/// The span that [`edit`] has written; `None`: it is none.
pub(crate) fn edited(text: &str) -> Option<Duration> {
    let symbol = text.find(|c: char| !c.is_ascii_digit())?;
    let (number, symbol) = text.split_at(symbol);
    let (unit, _) = UNITS.into_iter().find(|(_, name)| *name == symbol)?;
    let nanos = number.parse::<u64>().ok()?.checked_mul(unit)?;
    Some(Duration::from_nanos(nanos))
}

#[cfg(test)]
mod tests {
    use super::*;
    use whyeof_trace::Time;

    #[test]
    fn moments_and_spans_have_sensible_precision() {
        assert_eq!(moment(Time(10_019_250_000)), "10.0193 s");
        assert_eq!(moment(Time(18_500_000)), "0.0185 s");
        for (nanos, written) in [
            (0, "0 µs"),
            (53_400, "53 µs"),
            (999_499, "999 µs"),
            (3_140_000, "3.1 ms"),
            (21_360_000, "21.4 ms"),
            (213_700_000, "214 ms"),
            (9_993_100_000, "9.993 s"),
            (10_000_200_000, "10 s"),
        ] {
            assert_eq!(span(Duration::from_nanos(nanos)), written);
        }
    }

    #[test]
    fn set_spans_are_exact() {
        for (millis, written, edited) in [
            (10_000, "10 s", "10s"),
            (2_900, "2.9 s", "2900ms"),
            (90_000, "90 s", "90s"),
            (270, "270 ms", "270ms"),
            (0, "0 s", "0s"),
        ] {
            let span = Duration::from_millis(millis);
            assert_eq!(exact(span), written);
            assert_eq!(edit(span), edited);
            assert_eq!(super::edited(edited), Some(span));
        }
        assert_eq!(exact(Duration::from_nanos(1_500)), "1.5 µs");
        assert_eq!(edit(Duration::from_micros(250)), "250us");
        assert_eq!((edited("true"), edited("10")), (None, None));
    }
}
