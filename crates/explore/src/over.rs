//! What a sweep varies: `path=from..to/step`, or a number of values in even steps (`/lin50`) or by an even factor (`/log50`); or a list of whatever a
//! field takes: `path=go-1.27,node-20`.

use std::fmt;
use whyeof_scenario::amount;
use whyeof_scenario::invalid::shorten;
use whyeof_scenario::kind::Kind;
use whyeof_scenario::span::{Span, Unit};
use whyeof_scenario::{Lang, Text};

/// A knob and the values it takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Over {
    /// Path in the scenario.
    pub path: String,
    form: Form,
    numbers: Vec<i64>,
    /// What the numbers of a list stand for.
    listed: Vec<String>,
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
    /// Values by an even factor from zero or less.
    NoFactor,
    /// More values than a sweep may have.
    TooMany(u64),
    /// More values than a list may have.
    TooLong,
}

/// Values that one sweep may have.
pub const MOST_VALUES: u64 = 10_001;
/// Values that a list may have.
pub const MOST_LISTED: usize = 256;

impl OverError {
    /// What was expected.
    pub fn say(&self, lang: Lang) -> String {
        let text = match self {
            Self::Form => Text::new(
                "expected path=from..to/step, /lin50 or /log50 for so many values, or a list: path=one,other",
                "应写成 path=from..to/step，用 /lin50、/log50 说明取几个值，或列出来：path=一个,另一个",
            ),
            Self::Value(_) => Text::new(
                "`{found}`: expected a span such as 9.5s, a whole number, a share such as 0.1%, or a bit rate such as 10mbit",
                "`{found}`：应为时长（如 9.5s）、整数、比例（如 0.1%）或速率（如 10mbit）",
            ),
            Self::Empty => Text::new(
                "expected from <= to and a step above zero",
                "起点不能大于终点，步长要大于 0",
            ),
            Self::NoFactor => {
                Text::new("log: expected from above zero", "按等比取值，起点要大于 0")
            }
            Self::TooMany(_) => Text::new(
                "{found} values; expected at most {most}",
                "共 {found} 个值，最多 {most} 个",
            ),
            Self::TooLong => Text::new(
                "expected at most {most} values in a list",
                "列表最多 {most} 个值",
            ),
        };
        let found = match self {
            Self::Value(text) => shorten(text),
            Self::TooMany(count) => count.to_string(),
            Self::Form | Self::Empty | Self::NoFactor | Self::TooLong => String::new(),
        };
        let most = match self {
            Self::TooLong => MOST_LISTED.to_string(),
            _ => MOST_VALUES.to_string(),
        };
        text.fill(lang, &[("found", &found), ("most", &most)])
    }
}

impl fmt::Display for OverError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "--over: {}", self.say(Lang::En))
    }
}

impl std::error::Error for OverError {}

impl Over {
    /// Reads `clients.agent.requests.upload.every=9.988s..10.012s/0.12ms`. Both ends are among the values when the
    /// step fits, and always where a number of values is given. Values with commas between them stand for themselves.
    ///
    /// # Errors
    /// Another form, a value that is of no known form, an empty or a too long range.
    pub fn parse(text: &str) -> Result<Self, OverError> {
        Self::parse_for(text, None)
    }

    /// The same for a field of this kind: bare numbers in its unit are times that can be halved, and times of a field that takes whole numbers of
    /// a unit are those.
    ///
    /// # Errors
    /// As [`Self::parse`].
    pub fn parse_for(text: &str, kind: Option<Kind>) -> Result<Self, OverError> {
        let (path, range) = text.split_once('=').ok_or(OverError::Form)?;
        if range.contains(',') {
            return Self::list(path, range);
        }
        let (ends, step) = range.rsplit_once('/').ok_or(OverError::Form)?;
        let (from, to) = ends.split_once("..").ok_or(OverError::Form)?;
        let (form, numbers) = match counted(step.trim()) {
            Some((spread, count)) => {
                let (form, [from, to]) = fitted(read([from, to])?, kind);
                (form, spread(from, to, count?)?)
            }
            None => {
                let (form, [from, to, step]) = fitted(read([from, to, step])?, kind);
                (form, steps(from, to, step)?)
            }
        };
        Ok(Self {
            path: path.trim().to_owned(),
            form,
            numbers,
            listed: Vec::new(),
        })
    }

    fn list(path: &str, values: &str) -> Result<Self, OverError> {
        let values = values.split(',').map(str::trim);
        let mut listed: Vec<String> = Vec::new();
        for value in values.filter(|value| !value.is_empty()) {
            if !listed.iter().any(|other| other == value) {
                listed.push(value.to_owned());
            }
            if listed.len() > MOST_LISTED {
                return Err(OverError::TooLong);
            }
        }
        if listed.is_empty() {
            return Err(OverError::Form);
        }
        Ok(Self {
            path: path.trim().to_owned(),
            form: Form::Listed,
            numbers: (0..listed.len() as i64).collect(),
            listed,
        })
    }

    /// How many values.
    pub fn count(&self) -> usize {
        self.numbers.len()
    }

    /// The n-th value, as text that the scenario reads.
    pub fn value(&self, n: usize) -> String {
        self.text(self.numbers[n])
    }

    /// The n-th value as closely as its neighbours can be told from it, to be read and not to be set.
    pub fn label(&self, n: usize) -> String {
        let number = self.numbers[n];
        if self.form == Form::Listed {
            return self.text(number);
        }
        let neighbours = [n.checked_sub(1), Some(n + 1)].into_iter().flatten();
        let steps = neighbours.filter_map(|at| self.numbers.get(at).map(|it| it.abs_diff(number)));
        let step = steps.filter(|step| *step > 0).min().unwrap_or(1);
        let unit = 10_i64.pow(step.ilog10().saturating_sub(1));
        self.text((number + unit / 2).div_euclid(unit).saturating_mul(unit))
    }

    /// All of them, to be read.
    pub fn labels(&self) -> Vec<String> {
        (0..self.count()).map(|n| self.label(n)).collect()
    }

    /// All of them.
    pub fn values(&self) -> impl Iterator<Item = String> + '_ {
        self.numbers.iter().map(|number| self.text(*number))
    }

    /// The n-th value as a number of this knob's least units.
    pub fn number(&self, n: usize) -> i64 {
        self.numbers[n]
    }

    /// A value of this knob that need not be among those of the sweep.
    pub fn text(&self, number: i64) -> String {
        match self.form {
            Form::Whole => number.to_string(),
            Form::Span => Span(number).to_string(),
            Form::Share => amount::share_text(u32::try_from(number).unwrap_or_default()),
            Form::Rate => amount::rate_text(number.unsigned_abs()),
            Form::Listed => {
                let at = usize::try_from(number).ok();
                at.and_then(|at| self.listed.get(at))
                    .cloned()
                    .unwrap_or_default()
            }
        }
    }

    /// How closely it is worth looking: 1 µs, or one of what there are whole ones of; nothing lies between two values of a list.
    pub const fn finest(&self) -> u64 {
        match self.form {
            Form::Span => 1_000,
            Form::Whole | Form::Share | Form::Rate | Form::Listed => 1,
        }
    }
}

/// What a knob's values can look like, and what the numbers under the texts are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// Themselves.
    Whole,
    /// Nanoseconds.
    Span,
    /// Parts per million.
    Share,
    /// Bits a second.
    Rate,
    /// Places in a list.
    Listed,
}

impl Form {
    /// Those of ranges. Whole numbers first: a bare one is no span of nanoseconds.
    const ALL: [Self; 4] = [Self::Whole, Self::Span, Self::Share, Self::Rate];

    fn read(self, text: &str) -> Option<i64> {
        match self {
            Self::Whole => text.trim().parse().ok(),
            Self::Span => Some(Span::parse(text, Unit::Nanos)?.0),
            Self::Share => amount::share(text).map(i64::from),
            Self::Rate => i64::try_from(amount::rate(text)?).ok(),
            Self::Listed => None,
        }
    }
}

/// Numbers of one form.
fn read<const N: usize>(texts: [&str; N]) -> Result<(Form, [i64; N]), OverError> {
    for form in Form::ALL {
        let numbers = texts.map(|text| form.read(text));
        if numbers.iter().all(Option::is_some) {
            return Ok((form, numbers.map(Option::unwrap_or_default)));
        }
    }
    let is_none = |text: &&str| Form::ALL.iter().all(|form| form.read(text).is_none());
    // Each alone may be a value: then they are of different forms.
    let wrong = texts.into_iter().find(is_none).unwrap_or(texts[N - 1]);
    Err(OverError::Value(wrong.trim().to_owned()))
}

/// Numbers as a field of this kind takes them. What does not fit is left for the scenario to refuse, with the field's bounds.
fn fitted<const N: usize>(
    (form, numbers): (Form, [i64; N]),
    kind: Option<Kind>,
) -> (Form, [i64; N]) {
    let (to, fit): (Form, [Option<i64>; N]) = match (form, kind) {
        (Form::Whole, Some(Kind::Span { bare, .. })) => (
            Form::Span,
            numbers.map(|number| number.checked_mul(bare.nanos())),
        ),
        (Form::Span, Some(Kind::Whole { unit, .. })) => {
            let per = unit.nanos();
            (
                Form::Whole,
                numbers.map(|nanos| (nanos % per == 0).then_some(nanos / per)),
            )
        }
        _ => return (form, numbers),
    };
    match fit.iter().all(Option::is_some) {
        true => (to, fit.map(Option::unwrap_or_default)),
        false => (form, numbers),
    }
}

/// So many values between two.
type Spread = fn(i64, i64, u64) -> Result<Vec<i64>, OverError>;

/// How a number of values is spread, and how many; `None`: it is a step.
fn counted(step: &str) -> Option<(Spread, Result<u64, OverError>)> {
    let (spread, count): (Spread, _) = match (step.strip_prefix("lin"), step.strip_prefix("log")) {
        (Some(count), _) => (evenly, count),
        (_, Some(count)) => (by_factor, count),
        _ => return None,
    };
    let count = count.parse().map_err(|_| OverError::Form);
    let count = count.and_then(|count| match count {
        0 => Err(OverError::Empty),
        1..=MOST_VALUES => Ok(count),
        _ => Err(OverError::TooMany(count)),
    });
    Some((spread, count))
}

fn steps(from: i64, to: i64, step: i64) -> Result<Vec<i64>, OverError> {
    if step <= 0 || to < from {
        return Err(OverError::Empty);
    }
    let count = from.abs_diff(to) / step.unsigned_abs() + 1;
    if count > MOST_VALUES {
        return Err(OverError::TooMany(count));
    }
    // At most MOST_VALUES steps, none beyond `to`.
    Ok((0..count as i64).map(|n| from + n * step).collect())
}

fn evenly(from: i64, to: i64, count: u64) -> Result<Vec<i64>, OverError> {
    if to < from {
        return Err(OverError::Empty);
    }
    let (gaps, wide) = (
        i128::from(count.max(2) - 1),
        i128::from(to) - i128::from(from),
    );
    let value = |n: u64| i128::from(from) + wide * i128::from(n) / gaps;
    let mut values: Vec<i64> = (0..count)
        .filter_map(|n| i64::try_from(value(n)).ok())
        .collect();
    values.dedup();
    Ok(values)
}

fn by_factor(from: i64, to: i64, count: u64) -> Result<Vec<i64>, OverError> {
    if from <= 0 {
        return Err(OverError::NoFactor);
    }
    if to < from {
        return Err(OverError::Empty);
    }
    let ratio = to as f64 / from as f64;
    let gaps = (count.max(2) - 1) as f64;
    let value = |n: u64| match n + 1 == count {
        true if count > 1 => to,
        _ => (from as f64 * power(ratio, n as f64 / gaps)).round() as i64,
    };
    let mut values: Vec<i64> = (0..count).map(value).collect();
    values.dedup();
    Ok(values)
}

/// `base` to a power between 0 and 1, by square roots, which are the same everywhere.
fn power(base: f64, mut exponent: f64) -> f64 {
    let (mut power, mut root) = (1.0, base);
    for _ in 0..40 {
        root = root.sqrt();
        exponent *= 2.0;
        if exponent >= 1.0 {
            exponent -= 1.0;
            power *= root;
        }
    }
    power
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Result<&[&str], OverError>) {
        let got = Over::parse(text);
        let got = got.map(|over| over.values().collect::<Vec<_>>());
        let expected = expected.map(|all| all.iter().map(|it| (*it).to_owned()).collect());
        assert_eq!(got, expected, "{text}");
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
        check("a.b=0s..1s/lin3", Ok(&["0s", "500ms", "1s"]));
        check("a.b=1..3/lin9", Ok(&["1", "2", "3"]));
        check("a.b=1ms..1s/log4", Ok(&["1ms", "10ms", "100ms", "1s"]));
        check("a.b=5s..5s/log1", Ok(&["5s"]));
        check("a.b=0s..1s/log4", Err(OverError::NoFactor));
        check("a.b=1s..0s/lin4", Err(OverError::Empty));
        check("a.b=0s..1s/lin0", Err(OverError::Empty));
        check("a.b=0s..1s/lin", Err(OverError::Form));
        check("a.b=0s..1s/lin20000", Err(OverError::TooMany(20_000)));
        check("a.b=1%..10s/1s", Err(OverError::Value("1s".to_owned())));
        check("a.b=9s..10s", Err(OverError::Form));
        check("9s..10s/1s", Err(OverError::Form));
        check("a.b=x..10s/1s", Err(OverError::Value("x".to_owned())));
        check("a.b=10s..9s/1s", Err(OverError::Empty));
        check("a.b=1s..2s/0s", Err(OverError::Empty));
        check("a.b=0s..1h/1us", Err(OverError::TooMany(3_600_000_001)));
        check("a.b=go-1.27, node-20,go-1.27", Ok(&["go-1.27", "node-20"]));
        check("a.b=0ms..20ms,", Ok(&["0ms..20ms"]));
        check("a.b=,", Err(OverError::Form));
        let long = (0..300).map(|n| format!("{n},")).collect::<String>();
        check(&format!("a.b={long}"), Err(OverError::TooLong));
    }

    #[test]
    fn values_are_as_their_field_takes_them() {
        let check = |text: &str, kind, expected: &[&str], finest| {
            let over = Over::parse_for(text, Some(kind)).expect("a range");
            assert_eq!(over.values().collect::<Vec<_>>(), expected, "{text}");
            assert_eq!(over.finest(), finest, "{text}");
        };
        let (min, max) = (Span::ZERO, Span(i64::MAX));
        let bare = Unit::Millis;
        let span = Kind::Span { bare, min, max };
        check("a.b=4000..5000/500", span, &["4s", "4.5s", "5s"], 1_000);
        check("a.b=4s..5s/1s", span, &["4s", "5s"], 1_000);
        check("a.b=4..5/lin3", span, &["4ms", "4.5ms", "5ms"], 1_000);
        let unit = Unit::Seconds;
        let whole = Kind::Whole {
            unit,
            min: 1,
            max: 9,
        };
        check("a.b=4s..6s/1s", whole, &["4", "5", "6"], 1);
        check("a.b=4s..5s/500ms", whole, &["4s", "4.5s", "5s"], 1_000);
    }

    #[test]
    fn labels_are_as_close_as_steps_are() {
        let over = Over::parse("a.b=1s..20s/lin40").expect("a range");
        assert_eq!(over.value(34), "17.564102564s");
        assert_eq!(over.label(34), "17.56s");
        let even = Over::parse("a.b=0s..20s/lin41").expect("a range");
        assert_eq!(even.label(3), "1.5s");
        let near = Over::parse("a.b=9.99s..10.01s/lin201").expect("a range");
        assert_eq!(near.label(1), "9.9901s");
        let only = Over::parse("a.b=7..7/1").expect("a range");
        assert_eq!(only.label(0), "7");
        let listed = Over::parse("a.b=true,false").expect("a list");
        assert_eq!(listed.labels(), ["true", "false"]);
    }

    #[test]
    fn what_is_quoted_is_printable() {
        let error = Over::parse("a.b=\u{1b}[31m..10s/1s").expect_err("no span");
        let said = "--over: `\u{fffd}[31m`: expected a span such as 9.5s, a whole number, a share such as 0.1%, or a bit rate such as 10mbit";
        assert_eq!(error.to_string(), said);
    }
}
