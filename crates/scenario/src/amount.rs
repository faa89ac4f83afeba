//! Shares and bit rates as people write them: `0.1%`, `10mbit`. Exact, like spans: what is no whole number of the least unit is
//! refused, not rounded.

use crate::span::exact;
use whyeof_trace::time::decimals;

/// Parts per million in a percent.
const PERCENT: u64 = 10_000;

/// tc(8)'s words for bits a second; the largest first.
const RATES: [(&str, u64); 4] = [
    ("gbit", 1_000_000_000),
    ("mbit", 1_000_000),
    ("kbit", 1_000),
    ("bit", 1),
];

/// Bits a second that a path may carry: enough that any packet leaves within a run, and as many as anybody has.
const RATE: std::ops::RangeInclusive<u64> = 1_000..=1_000_000_000_000;

/// `0.1%` in parts per million; `None`: no such text, or more than all.
pub fn share(text: &str) -> Option<u32> {
    let number = text.trim().strip_suffix('%')?;
    let parts = exact(number.trim_end(), PERCENT)?;
    u32::try_from(parts).ok().filter(|ppm| *ppm <= 1_000_000)
}

/// Parts per million as `0.1%`.
pub fn share_text(ppm: u32) -> String {
    format!("{}%", decimals(ppm.into(), PERCENT.ilog10()))
}

/// `10mbit` in bits a second; `None`: no such text, or out of bounds.
pub fn rate(text: &str) -> Option<u64> {
    let text = text.trim();
    let end = text.find(|c: char| c.is_ascii_alphabetic())?;
    let (number, unit) = text.split_at(end);
    let (_, per) = RATES.into_iter().find(|(symbol, _)| *symbol == unit)?;
    exact(number.trim_end(), per).filter(|bits| RATE.contains(bits))
}

/// Bits a second in the largest unit of which there is at least one.
pub fn rate_text(bits: u64) -> String {
    let unit = RATES.into_iter().find(|(_, per)| bits >= *per);
    let (symbol, per) = unit.unwrap_or(("bit", 1));
    format!("{}{symbol}", decimals(bits, per.ilog10()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_exact() {
        for (text, canonical) in [
            ("0.1%", Some("0.1%")),
            ("0%", Some("0%")),
            ("100%", Some("100%")),
            ("12.50 %", Some("12.5%")),
            ("0.0001%", Some("0.0001%")),
            ("0.00001%", None),
            ("100.0001%", None),
            ("-1%", None),
            ("0.1", None),
            ("%", None),
            (".1%", None),
            ("1.%", None),
            ("1e2%", None),
            ("99999999999999999999%", None),
        ] {
            assert_eq!(share(text).map(share_text).as_deref(), canonical, "{text}");
        }
    }

    #[test]
    fn rates_have_the_words_of_tc() {
        for (text, canonical) in [
            ("10mbit", Some("10mbit")),
            ("1000kbit", Some("1mbit")),
            ("1.5mbit", Some("1.5mbit")),
            ("0.5gbit", Some("500mbit")),
            ("9600bit", Some("9.6kbit")),
            ("56 kbit", Some("56kbit")),
            ("1000gbit", Some("1000gbit")),
            ("1001gbit", None),
            ("999bit", None),
            ("0bit", None),
            ("0.0005bit", None),
            ("10", None),
            ("10Mbit", None),
            ("10mbps", None),
            ("mbit", None),
            ("-1mbit", None),
            ("99999999999999999999gbit", None),
        ] {
            assert_eq!(rate(text).map(rate_text).as_deref(), canonical, "{text}");
        }
    }
}
