//! How likely: the share of requests that meet a risk window, and how many of them fail a day, for a shape of traffic.

use crate::risk::{Harm, Risk, RiskWindow, Stretch};
use std::fmt;
use std::time::Duration;
use whyeof_scenario::invalid::shorten;
use whyeof_scenario::span::{Span, Unit};
use whyeof_scenario::{Lang, Text};

/// Lines of a histogram.
const MOST_LINES: usize = 10_000;
/// Gaps of one length that a histogram may have: more are no count, and sums of them would be no number.
const MOST_GAPS: f64 = 1e15;
/// Seconds of a day.
const DAY: f64 = 86_400.0;

/// How often a day, if so much time lies between one and the next.
pub(crate) fn a_day(every: Duration) -> f64 {
    DAY / every.as_secs_f64().max(1e-6)
}

/// How long connections lie idle between two requests.
#[derive(Clone, Debug, PartialEq)]
pub enum Shape {
    /// Any gap between these, each as likely: a period that wanders.
    Even(Duration, Duration),
    /// Requests that know nothing of each other, this long apart on average.
    Poisson(Duration),
    /// As measured: how many gaps lay between two lengths.
    Histogram(Vec<Bin>),
}

/// A bar of a histogram: gaps of one length where both ends are the same.
#[derive(Clone, Debug, PartialEq)]
pub struct Bin {
    /// The shortest gap in it.
    pub from: Duration,
    /// The longest.
    pub to: Duration,
    /// How many.
    pub count: f64,
}

/// How long a request takes by itself, which is not part of the gap behind it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Leads {
    /// One that dials a connection: gaps are given behind such a one.
    pub dialled: Duration,
    /// One that uses a connection again: the gap behind it is so much longer than that behind one that dials as it takes less time.
    pub reused: Duration,
    /// One that the runtime sends again by itself: the gap behind it is shorter.
    pub again: Duration,
}

impl Leads {
    /// Of gaps that were measured or typed: they are what they are, whatever the request before took.
    pub const fn alike(self) -> Self {
        Self {
            reused: self.dialled,
            again: self.dialled,
            ..self
        }
    }

    /// Which gaps of a shape fall into a stretch: behind a request that dialled, behind one that used its connection again, where they turn
    /// out longer, and behind one that was sent again. A stretch without an end has none.
    pub(crate) fn behind(self, (from, to): Stretch) -> [Stretch; 3] {
        [self.dialled, self.reused, self.again].map(|lead| {
            let moved = |gap: Duration| (gap + lead).saturating_sub(self.dialled);
            let end = if to == Duration::MAX { to } else { moved(to) };
            (moved(from), end)
        })
    }
}

/// A shape of traffic, and how long requests take in it.
#[derive(Clone, Debug, PartialEq)]
pub struct Traffic {
    /// The shape: of the question's own row, where there are several.
    pub shape: Shape,
    /// Where it comes from.
    pub source: Source,
    /// How long requests take by themselves.
    pub leads: Leads,
    /// Whether gaps alone tell how often a window is met.
    pub decides: Decides,
}

impl Traffic {
    /// What becomes of such requests on one connection after another: of those that come to this harm.
    pub(crate) fn odds(&self, risk: &Risk, harm: Harm) -> Odds {
        self.shape.odds(risk, harm, self.leads)
    }
}

/// Where a shape of traffic comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// The scenario has a series of requests.
    Own,
    /// Somebody gave it.
    Given,
    /// Nobody: requests at given times have none, and are taken as if they came at random, as far apart as they do.
    Assumed,
}

/// What decides how often a window is met.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decides {
    /// The gaps on one connection.
    Gaps,
    /// A proxy stands between: connections of two hops at once.
    Proxy,
    /// Several connections are used in turn: by several rows, workers or callers at random, or because a name has several machines.
    Several,
}

/// What a shape of traffic comes to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Odds {
    /// The share of gaps that lie in a window, from 0 to 1: behind a request that dialled, one that used its connection again, and one that was
    /// sent again.
    pub met: [f64; 3],
    /// The share of requests that come to this harm in the long run: behind a failure the next one dials, and no gap can harm it.
    pub share: f64,
    /// Requests a day, one connection.
    pub requests: f64,
    /// Those of them that meet the window.
    pub hit: f64,
}

/// What is wrong with a pasted histogram.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HistogramError {
    /// Nothing in it.
    Empty,
    /// Too many lines.
    TooLong,
    /// This line, from 1, is none.
    Line(usize, String),
}

impl HistogramError {
    /// What was expected, and on which line.
    pub fn say(&self, lang: Lang) -> String {
        let text = match self {
            Self::Empty => Text::new(
                "expected a line such as `9.5s..10s 120` for each length of gaps",
                "每种间隔写一行，例如 `9.5s..10s 120`",
            ),
            Self::TooLong => Text::new("expected at most {number} lines", "最多 {number} 行"),
            Self::Line(..) => Text::new(
                "line {number}: `{found}`: expected a gap or two and how many, such as `10s 3` or `9.5s..10s 120`",
                "第 {number} 行：`{found}`：应为间隔（或两个）和次数，例如 `10s 3`、`9.5s..10s 120`",
            ),
        };
        let (number, found) = match self {
            Self::Empty => (0, String::new()),
            Self::TooLong => (MOST_LINES, String::new()),
            Self::Line(number, text) => (*number, shorten(text)),
        };
        let number = number.to_string();
        text.fill(lang, &[("number", &number), ("found", &found)])
    }
}

impl fmt::Display for HistogramError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.say(Lang::En))
    }
}

impl std::error::Error for HistogramError {}

impl Shape {
    /// A pasted histogram: a line for each length or range of lengths, with how many gaps it had; what follows `#` is left out.
    ///
    /// # Errors
    /// The first line that is none.
    pub fn histogram(text: &str) -> Result<Self, HistogramError> {
        let mut bins = Vec::new();
        for (at, line) in text.lines().enumerate() {
            let line = line.split('#').next().unwrap_or_default().trim();
            if line.is_empty() {
                continue;
            }
            if bins.len() == MOST_LINES {
                return Err(HistogramError::TooLong);
            }
            let bin = bin(line).ok_or_else(|| HistogramError::Line(at + 1, line.to_owned()))?;
            bins.push(bin);
        }
        let any = bins.iter().any(|bin: &Bin| bin.count > 0.0);
        any.then_some(Self::Histogram(bins))
            .ok_or(HistogramError::Empty)
    }

    /// `9.98s..10.02s`, or `poisson:10s`; `None`: neither.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if let Some(mean) = text.strip_prefix("poisson:") {
            let mean = gap(mean).filter(|mean| !mean.is_zero());
            return mean.map(Self::Poisson);
        }
        let (from, to) = text.split_once("..")?;
        let (from, to) = (gap(from)?, gap(to)?);
        (from <= to).then_some(Self::Even(from, to))
    }

    /// The share of gaps between two lengths, from 0 to 1.
    pub fn share(&self, from: Duration, to: Duration) -> f64 {
        match self {
            Self::Even(low, high) => overlap(*low, *high, from, to),
            Self::Poisson(mean) => {
                let beyond =
                    |gap: Duration| (-gap.as_secs_f64() / mean.as_secs_f64().max(1e-9)).exp();
                beyond(from) - beyond(to)
            }
            Self::Histogram(bins) => {
                let all: f64 = bins.iter().map(|bin| bin.count).sum();
                let within = bins
                    .iter()
                    .map(|bin| bin.count * overlap(bin.from, bin.to, from, to));
                within.sum::<f64>() / all
            }
        }
    }

    /// The gap on average.
    pub fn mean(&self) -> Duration {
        match self {
            Self::Even(low, high) => (*low + *high) / 2,
            Self::Poisson(mean) => *mean,
            Self::Histogram(bins) => {
                let all: f64 = bins.iter().map(|bin| bin.count).sum();
                let middle = |bin: &Bin| ((bin.from + bin.to) / 2).as_secs_f64() * bin.count;
                Duration::from_secs_f64(bins.iter().map(middle).sum::<f64>() / all)
            }
        }
    }

    /// The gap than which this share of all is shorter, from 0 to 1.
    pub(crate) fn quantile(&self, share: f64) -> Duration {
        let between = |low: Duration, high: Duration, part: f64| {
            low + high.saturating_sub(low).mul_f64(part.clamp(0.0, 1.0))
        };
        match self {
            Self::Even(low, high) => between(*low, *high, share),
            Self::Poisson(mean) => mean.mul_f64(-(-share.clamp(0.0, 1.0 - 1e-9)).ln_1p()),
            Self::Histogram(bins) => {
                let mut left = share * bins.iter().map(|bin| bin.count).sum::<f64>();
                let bin = bins.iter().find(|bin| {
                    let within = left <= bin.count;
                    left -= if within { 0.0 } else { bin.count };
                    within
                });
                let found = bin.or(bins.last());
                found.map_or(Duration::ZERO, |bin| {
                    between(bin.from, bin.to, left / bin.count.max(f64::MIN_POSITIVE))
                })
            }
        }
    }

    /// From the start of one request to the start of the next, on average.
    fn interval(&self, leads: Leads) -> Duration {
        match self {
            // Who comes at random waits for nobody's end.
            Self::Poisson(mean) => *mean,
            Self::Even(..) | Self::Histogram(_) => self.mean() + leads.dialled,
        }
    }

    /// What becomes of such requests on one connection after another: of those that come to this harm.
    pub fn odds(&self, risk: &Risk, harm: Harm, leads: Leads) -> Odds {
        // Chance is drawn anew for each request: what the draws come to on average.
        let mean = |shares: &mut dyn Iterator<Item = Shares>| {
            let draws = (risk.drawn.len() + 1) as f64;
            shares.fold([0.0; 3], |sum: Shares, share| {
                [0, 1, 2].map(|at| sum[at] + share[at] / draws)
            })
        };
        let of = |harm: Harm| {
            mean(&mut risk.draws().map(|(windows, _)| {
                let windows = windows.iter().filter(|window| window.harm == harm);
                let all: Vec<Stretch> = windows.map(RiskWindow::stretch).collect();
                self.shares(&all, leads)
            }))
        };
        let [met, fails, again] = [harm, Harm::Fails, Harm::Replays].map(of);
        let renewed = mean(&mut risk.draws().map(|(_, renewed)| self.shares(renewed, leads)));
        let share = dot(long_run(fails, renewed, again), met);
        let requests = a_day(self.interval(leads));
        Odds {
            met,
            share,
            requests,
            hit: share * requests,
        }
    }

    /// The share of gaps within any of these stretches.
    fn shares(&self, stretches: &[Stretch], leads: Leads) -> Shares {
        [0, 1, 2].map(|at| {
            let within = stretches.iter().map(|stretch| leads.behind(*stretch)[at]);
            let within = within.map(|(from, to)| self.share(from, to));
            within.sum::<f64>().min(1.0)
        })
    }
}

/// Shares from 0 to 1: behind a request that dialled, behind one that used its connection again, and behind one that was sent again.
type Shares = [f64; 3];

/// Which share of requests comes behind each kind; the rest comes behind a failure. What is given are shares of the gaps behind each, after which a
/// request fails, goes well on another connection, or is sent again by the runtime itself.
fn long_run(fails: Shares, renewed: Shares, again: Shares) -> Shares {
    /// Each step halves what is left of where it began.
    const STEPS: usize = 200;
    let mut kinds = [1.0, 0.0, 0.0];
    for _ in 0..STEPS {
        let failed = 1.0 - kinds.iter().sum::<f64>();
        let renews = dot(kinds, renewed) + failed;
        let sent_again = dot(kinds, again);
        let goes_on = (1.0 - renews - sent_again - dot(kinds, fails)).max(0.0);
        let next = [renews, goes_on, sent_again];
        kinds = [0, 1, 2].map(|at| f64::midpoint(kinds[at], next[at]));
    }
    kinds
}

fn dot(one: Shares, other: Shares) -> f64 {
    one.iter().zip(other).map(|(one, other)| one * other).sum()
}

/// The share of an even spread that lies between two lengths; all or nothing where it has but one.
fn overlap(low: Duration, high: Duration, from: Duration, to: Duration) -> f64 {
    let (begin, end) = (low.max(from), high.min(to));
    if high <= low {
        return f64::from(u8::from(from <= low && low <= to));
    }
    end.saturating_sub(begin).as_secs_f64() / (high - low).as_secs_f64()
}

fn gap(text: &str) -> Option<Duration> {
    let span = Span::parse(text.trim(), Unit::Millis)?.0;
    u64::try_from(span).ok().map(Duration::from_nanos)
}

/// `10s 3` or `9.5s..10s 120`.
fn bin(line: &str) -> Option<Bin> {
    let (gaps, count) = line.rsplit_once(|c: char| c.is_whitespace() || c == ',')?;
    let count: f64 = count.parse().ok()?;
    let gaps = gaps.trim().trim_end_matches(',');
    let (from, to) = match gaps.split_once("..") {
        Some((from, to)) => (gap(from)?, gap(to)?),
        None => (gap(gaps)?, gap(gaps)?),
    };
    let holds = from <= to && (0.0..=MOST_GAPS).contains(&count);
    holds.then_some(Bin { from, to, count })
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    #[test]
    fn shares_are_what_the_arithmetic_says() {
        let near = |one: f64, two: f64| assert!((one - two).abs() < 1e-9, "{one} {two}");
        let even = Shape::Even(ms(9_990), ms(10_010));
        near(even.share(ms(9_995), ms(10_005)), 0.5);
        near(even.share(ms(0), ms(9_000)), 0.0);
        near(even.share(ms(0), ms(60_000)), 1.0);
        near(Shape::Even(ms(5), ms(5)).share(ms(5), ms(6)), 1.0);
        let poisson = Shape::Poisson(ms(10_000));
        near(poisson.share(ms(0), ms(10_000)), 1.0 - (-1.0_f64).exp());
        let measured = Shape::histogram("9s..10s 30 # the usual\n\n10s 10\n20s, 60").expect("one");
        near(measured.share(ms(9_500), ms(10_000)), 0.25);
        near(
            measured.mean().as_secs_f64(),
            (9.5 * 30.0 + 10.0 * 10.0 + 20.0 * 60.0) / 100.0,
        );
    }

    #[test]
    fn what_is_no_histogram_is_told_by_its_line() {
        for (text, expected) in [
            ("", HistogramError::Empty),
            ("# nothing", HistogramError::Empty),
            ("10s 0", HistogramError::Empty),
            (
                "10s 1\nsoon 3",
                HistogramError::Line(2, "soon 3".to_owned()),
            ),
            ("10s", HistogramError::Line(1, "10s".to_owned())),
            ("10s..9s 3", HistogramError::Line(1, "10s..9s 3".to_owned())),
            ("10s -3", HistogramError::Line(1, "10s -3".to_owned())),
            ("10s inf", HistogramError::Line(1, "10s inf".to_owned())),
            ("10s 1e308", HistogramError::Line(1, "10s 1e308".to_owned())),
        ] {
            assert_eq!(Shape::histogram(text), Err(expected), "{text}");
        }
        assert_eq!(
            Shape::histogram(&"1s 1\n".repeat(10_001)),
            Err(HistogramError::TooLong)
        );
    }
}
