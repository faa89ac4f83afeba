//! What a sweep varies: `path=from..to/step`.

use std::fmt;
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
    /// One of the three is neither a span nor a whole number.
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
                    "--over: `{}`: expected a span such as 9.5s, or a whole number",
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
    /// Another form, a value that is neither span nor whole number, an empty or a too long range.
    pub fn parse(text: &str) -> Result<Self, OverError> {
        let (path, range) = text.split_once('=').ok_or(OverError::Form)?;
        let (ends, step) = range.rsplit_once('/').ok_or(OverError::Form)?;
        let (from, to) = ends.split_once("..").ok_or(OverError::Form)?;
        let values = match [from, to, step].map(|text| text.trim().parse::<i64>().ok()) {
            [Some(from), Some(to), Some(step)] => {
                steps(from, to, step)?.map(|n| n.to_string()).collect()
            }
            _ => {
                let [from, to, step] = [from, to, step].map(span);
                steps(from?.0, to?.0, step?.0)?
                    .map(|n| Span(n).to_string())
                    .collect()
            }
        };
        Ok(Self {
            path: path.trim().to_owned(),
            values,
        })
    }
}

fn span(text: &str) -> Result<Span, OverError> {
    Span::parse(text, Unit::Nanos).ok_or_else(|| OverError::Value(text.trim().to_owned()))
}

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
        let said = "--over: `\u{fffd}[31m`: expected a span such as 9.5s, or a whole number";
        assert_eq!(error.to_string(), said);
    }
}
