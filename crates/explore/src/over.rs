//! What a sweep varies: `path=from..to/step`.

use std::fmt;
use whyeof_scenario::amount;
use whyeof_scenario::invalid::shorten;
use whyeof_scenario::span::{Span, Unit};

/// A knob and the values it takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Over {
    /// Path in the scenario.
    pub path: String,
    /// Values, as text that the scenario reads.
    pub values: Vec<String>,
}

/// What is wrong with a `path=from..to/step`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OverError {
    /// It has another form.
    Form,
    /// One of the three is no span, whole number, share or bit rate, or none of the form of the others.
    Value(String),
    /// The step is not above zero, or `to` lies before `from`.
    Empty,
    /// More values than a sweep may have.
    TooMany(u64),
}

/// Values that one sweep may have.
pub const MOST_VALUES: u64 = 10_001;

impl fmt::Display for OverError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Form => f.write_str("--over: expected path=from..to/step"),
            Self::Value(text) => {
                write!(
                    f,
                    "--over: `{}`: expected a span such as 9.5s, a whole number, a share such as 0.1%, or a bit rate such as 10mbit",
                    shorten(text)
                )
            }
            Self::Empty => f.write_str("--over: expected from <= to and a step above zero"),
            Self::TooMany(count) => {
                write!(f, "--over: {count} values; expected at most {MOST_VALUES}")
            }
        }
    }
}

impl std::error::Error for OverError {}

impl Over {
    /// Reads `clients.agent.requests.upload.every=9.988s..10.012s/0.12ms`. Both ends are among the values when the
    /// step fits.
    ///
    /// # Errors
    /// Another form, a value that is of no known form, an empty or a too long range.
    pub fn parse(text: &str) -> Result<Self, OverError> {
        let (path, range) = text.split_once('=').ok_or(OverError::Form)?;
        let (ends, step) = range.rsplit_once('/').ok_or(OverError::Form)?;
        let (from, to) = ends.split_once("..").ok_or(OverError::Form)?;
        let three = [from, to, step];
        let read = FORMS.iter().find_map(|form| {
            let [from, to, step] = three.map(form.read);
            Some((from?, to?, step?, form.write))
        });
        let Some((from, to, step, write)) = read else {
            let is_none = |text: &&str| FORMS.iter().all(|form| (form.read)(text).is_none());
            // Each alone may be a value: then they are of different forms.
            let wrong = three.into_iter().find(is_none).unwrap_or(step);
            return Err(OverError::Value(wrong.trim().to_owned()));
        };
        let values = steps(from, to, step)?.map(write).collect();
        Ok(Self {
            path: path.trim().to_owned(),
            values,
        })
    }
}

/// What a knob's values can look like: numbers under the texts.
struct Form {
    read: fn(&str) -> Option<i64>,
    write: fn(i64) -> String,
}

/// Whole numbers first: a bare one is no span of nanoseconds.
const FORMS: [Form; 4] = [
    Form {
        read: |text| text.trim().parse().ok(),
        write: |n| n.to_string(),
    },
    Form {
        read: |text| Some(Span::parse(text, Unit::Nanos)?.0),
        write: |n| Span(n).to_string(),
    },
    Form {
        read: |text| amount::share(text).map(i64::from),
        write: |n| amount::share_text(u32::try_from(n).unwrap_or_default()),
    },
    Form {
        read: |text| i64::try_from(amount::rate(text)?).ok(),
        write: |n| amount::rate_text(n.unsigned_abs()),
    },
];

fn steps(from: i64, to: i64, step: i64) -> Result<impl Iterator<Item = i64>, OverError> {
    if step <= 0 || to < from {
        return Err(OverError::Empty);
    }
    let count = from.abs_diff(to) / step.unsigned_abs() + 1;
    if count > MOST_VALUES {
        return Err(OverError::TooMany(count));
    }
    // At most MOST_VALUES steps, none beyond `to`.
    Ok((0..count as i64).map(move |n| from + n * step))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Result<&[&str], OverError>) {
        let got = Over::parse(text);
        let got = got
            .as_ref()
            .map(|o| o.values.iter().map(String::as_str).collect::<Vec<_>>());
        assert_eq!(got, expected.as_ref().map(|v| v.to_vec()), "{text}");
    }

    #[test]
    fn ranges_are_read_and_bounded() {
        check("a.b=9s..10s/500ms", Ok(&["9s", "9.5s", "10s"]));
        check("a.b=1..7/3", Ok(&["1", "4", "7"]));
        check("a.b=0ms..1ms/0.4ms", Ok(&["0s", "400us", "800us"]));
        check("a.b=1..1/1", Ok(&["1"]));
        check("a.b=0%..0.5%/0.2%", Ok(&["0%", "0.2%", "0.4%"]));
        check(
            "a.b=1mbit..2mbit/500kbit",
            Ok(&["1mbit", "1.5mbit", "2mbit"]),
        );
        check("a.b=1%..10s/1s", Err(OverError::Value("1s".to_owned())));
        check("a.b=9s..10s", Err(OverError::Form));
        check("9s..10s/1s", Err(OverError::Form));
        check("a.b=x..10s/1s", Err(OverError::Value("x".to_owned())));
        check("a.b=10s..9s/1s", Err(OverError::Empty));
        check("a.b=1s..2s/0s", Err(OverError::Empty));
        check("a.b=0s..1h/1us", Err(OverError::TooMany(3_600_000_001)));
    }

    #[test]
    fn what_is_quoted_is_printable() {
        let error = Over::parse("a.b=\u{1b}[31m..10s/1s").expect_err("no span");
        let said = "--over: `\u{fffd}[31m`: expected a span such as 9.5s, a whole number, a share such as 0.1%, or a bit rate such as 10mbit";
        assert_eq!(error.to_string(), said);
    }
}
