//! What a knob's value can be: its form, its range, how it is read from JSON and from text, and how it is written.
//!
//! Our own keys and the options of runtimes share these kinds, so a form needs one input for each.

use crate::amount::{rate, share};
use crate::calls::{self, Call};
use crate::faults::{after, flags};
use crate::invalid::{Problem, What};
use crate::names::hosts;
use crate::profiles::{self, Profile};
use crate::span::{Span, Unit};
use crate::sysctl::{CONGESTION, buffers, port_range};
use crate::v1::{Arrivals, Ends, Hz, Latency, Order, Pick, Place, Reading, Refusal, Then};
use serde_json::Value as Json;
use std::time::Duration;
use whyeof_trace::Method;
use whyeof_trace::Text;
use whyeof_trace::text::is_unprintable;

/// A value that a scenario gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Given {
    /// A span of time.
    Span(Span),
    /// A least and a greatest span, between which one is drawn.
    Spread(Duration, Duration),
    /// A number.
    Count(i64),
    /// On or off.
    Switch(bool),
    /// A word or a text.
    Word(String),
    /// Socket calls.
    Calls(Vec<Call>),
}

/// The form of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A span of time.
    Span {
        /// The unit of a bare number.
        bare: Unit,
        /// The least one.
        min: Span,
        /// The greatest one.
        max: Span,
    },
    /// `0ms..20ms`.
    Spread {
        /// The unit of bare numbers.
        bare: Unit,
        /// The greatest end.
        max: Span,
    },
    /// A whole number.
    Count {
        /// What is counted: empty or `bytes`.
        unit: Text,
        /// The least one.
        min: i64,
        /// The greatest one.
        max: i64,
    },
    /// A time that is a whole number of a unit, as sysctls have it; spans are read, too.
    Whole {
        /// The unit.
        unit: Unit,
        /// The least number.
        min: i64,
        /// The greatest number.
        max: i64,
    },
    /// 0 or 1, as sysctls have it.
    Bit,
    /// `true` or `false`.
    Switch,
    /// One word of a list.
    Choice(Choices),
    /// A text.
    Word(Word),
    /// Socket calls, one a line.
    Calls,
}

/// A list of words to choose from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choices {
    /// Whether latencies are drawn.
    Latency,
    /// How a kernel counts time.
    Hz,
    /// HTTP methods.
    Method,
    /// Where packets are dropped.
    Place,
    /// How a sender is told that its packet was.
    Refusal,
    /// What a box on the way does with what it has forgotten.
    Then,
    /// How a congestion window moves.
    Congestion,
    /// What a caller does with a response's body.
    Reading,
    /// How a handler ends.
    Ends,
    /// How the times between requests are spread.
    Arrivals,
    /// Which of several machines comes first.
    Order,
    /// What one of several machines is picked for.
    Pick,
    /// Which free socket of a Node agent is used.
    Scheduling,
    /// Runtimes that can be a client.
    ClientRuntime,
    /// Runtimes that can be a server.
    ServerRuntime,
    /// Runtimes that can be a proxy.
    ProxyRuntime,
}

/// One of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Choice {
    /// The word as scenarios have it.
    pub id: &'static str,
    /// The word as people read it.
    pub label: Text,
}

/// What a text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Word {
    /// Anything printable, up to 120 characters.
    Title,
    /// Letters, digits, `-` and `_`, up to 32, so that it can stand in a path, a URL and a link.
    Name,
    /// `pyroscope:4040`.
    Target,
    /// `/ingest?from=1`, up to 512 characters, as it stands on the request line.
    Path,
    /// Printable ASCII, up to 256 characters.
    HeaderValue,
    /// `s1 s2 s3`: machines.
    Hosts,
    /// `4096 131072 33554432`.
    Buffers,
    /// `32768 60999`.
    PortRange,
    /// `4:1 9:2`: which ties are decided otherwise, and how.
    Ties,
    /// `0.1%`.
    Share,
    /// `10mbit`.
    BitRate,
    /// `FA`: control bits.
    Flags,
    /// `m + 300ms`: a fault, and how long after it.
    After,
    /// Part of a line: printable ASCII, up to 256 characters.
    Line,
}

impl Kind {
    /// The word of its list that a text is.
    pub(crate) fn chosen(self, word: &str) -> Option<&'static str> {
        let Self::Choice(choices) = self else {
            return None;
        };
        let mut ids = choices.list().into_iter().map(|choice| choice.id);
        ids.find(|id| *id == word)
    }
}

impl Choices {
    /// The words, in the order menus show them.
    pub fn list(self) -> Vec<Choice> {
        match self {
            Self::Latency => Latency::ALL.map(Latency::choice).to_vec(),
            Self::Hz => Hz::ALL.map(Hz::choice).to_vec(),
            Self::Method => Method::ALL
                .map(|method| Choice {
                    id: method.name(),
                    label: Text::same(method.name()),
                })
                .to_vec(),
            Self::Place => Place::ALL.map(Place::choice).to_vec(),
            Self::Refusal => Refusal::ALL.map(Refusal::choice).to_vec(),
            Self::Then => Then::ALL.map(Then::choice).to_vec(),
            Self::Congestion => CONGESTION.map(|(choice, _)| choice).to_vec(),
            Self::Reading => Reading::ALL.map(Reading::choice).to_vec(),
            Self::Ends => Ends::ALL.map(Ends::choice).to_vec(),
            Self::Arrivals => Arrivals::ALL.map(Arrivals::choice).to_vec(),
            Self::Order => Order::ALL.map(Order::choice).to_vec(),
            Self::Pick => Pick::ALL.map(Pick::choice).to_vec(),
            Self::Scheduling => ["lifo", "fifo"]
                .map(|id| Choice {
                    id,
                    label: Text::same(id),
                })
                .to_vec(),
            Self::ClientRuntime => runtimes(|profile| profile.client.is_some()),
            Self::ServerRuntime => runtimes(|profile| profile.server.is_some()),
            Self::ProxyRuntime => profiles::runtimes(|profile| profile.proxy.is_some()),
        }
    }

    const fn what(self) -> What {
        match self {
            Self::ClientRuntime | Self::ServerRuntime | Self::ProxyRuntime => What::Runtime,
            Self::Latency
            | Self::Hz
            | Self::Method
            | Self::Place
            | Self::Refusal
            | Self::Then
            | Self::Congestion
            | Self::Reading
            | Self::Ends
            | Self::Arrivals
            | Self::Order
            | Self::Pick
            | Self::Scheduling => What::Word,
        }
    }
}

impl Word {
    const fn expected(self) -> Text {
        match self {
            Self::Title => Text::new("up to 120 printable characters", "不超过 120 个可打印字符"),
            Self::Name => Text::new(
                "1 to 32 letters, digits, `-` or `_`",
                " 1 到 32 个字母、数字、`-` 或 `_`",
            ),
            Self::Target => Text::new(
                "host and port such as `pyroscope:4040`",
                "主机加端口，例如 `pyroscope:4040`",
            ),
            Self::Path => Text::new(
                "a path such as `/ingest`, printable ASCII without spaces",
                "路径，例如 `/ingest`，只含可打印 ASCII 字符且没有空格",
            ),
            Self::HeaderValue | Self::Line => Text::new(
                "1 to 256 printable ASCII characters",
                " 1 到 256 个可打印 ASCII 字符",
            ),
            Self::Hosts => Text::new(
                "names of machines such as \"s1 s2 s3\", each once",
                "机器名，例如 \"s1 s2 s3\"，不能重复",
            ),
            Self::Buffers => Text::new(
                "three numbers of bytes such as \"4096 131072 33554432\"",
                "三个字节数，例如 \"4096 131072 33554432\"",
            ),
            Self::PortRange => Text::new(
                "two ports such as \"32768 60999\", the first and the last",
                "两个端口，例如 \"32768 60999\"，从几到几",
            ),
            Self::Ties => Text::new(
                "ties and who goes first in them such as \"4:1 9:2\", in order",
                "第几次并列、谁先，例如 \"4:1 9:2\"，按先后排列",
            ),
            Self::Share => Text::new(
                "a share such as \"0.1%\", at most 100%",
                "比例，例如 \"0.1%\"，不超过 100%",
            ),
            Self::BitRate => Text::new(
                "a bit rate such as \"10mbit\", from 1kbit to 1000gbit",
                "比特率，例如 \"10mbit\"，从 1kbit 到 1000gbit",
            ),
            Self::Flags => Text::new(
                "control bits such as \"FA\", letters of S, F, R, P and A",
                "标志位，例如 \"FA\"，可用字母 S、F、R、P、A",
            ),
            Self::After => Text::new(
                "the name of a fault and how long after it, such as \"m + 300ms\"",
                "故障的名字和之后多久，例如 \"m + 300ms\"",
            ),
        }
    }

    fn accepts(self, text: &str) -> bool {
        match self {
            Self::Title => text.chars().count() <= 120 && !text.chars().any(is_unprintable),
            Self::Name => is_name(text),
            Self::Target => target(text).is_some(),
            Self::Path => {
                text.starts_with('/')
                    && text.len() <= 512
                    && text.bytes().all(|b| b.is_ascii_graphic())
                    && !text.contains(['"', '#', '<', '>', '\\', '^', '`', '{', '|', '}'])
            }
            Self::HeaderValue => text.trim() == text && Self::Line.accepts(text),
            Self::Hosts => hosts(text).is_some(),
            Self::Buffers => buffers(text).is_some(),
            Self::PortRange => port_range(text).is_some(),
            Self::Ties => crate::ties::ties(text).is_some(),
            Self::Share => share(text).is_some(),
            Self::BitRate => rate(text).is_some(),
            Self::Flags => flags(text).is_some(),
            Self::After => after(text).is_some(),
            Self::Line => {
                (1..=256).contains(&text.len())
                    && text.bytes().all(|b| b.is_ascii_graphic() || b == b' ')
            }
        }
    }
}

/// The profiles that fit, and programs of socket calls, which fit everywhere.
fn runtimes(fits: fn(&Profile) -> bool) -> Vec<Choice> {
    let mut runtimes = profiles::runtimes(fits);
    runtimes.push(profiles::SOCKETS);
    runtimes
}

/// Whether a text can name a program, a request or a host.
pub(crate) fn is_name(text: &str) -> bool {
    (1..=32).contains(&text.len())
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

/// Host and port of `pyroscope:4040`.
pub(crate) fn target(text: &str) -> Option<(&str, u16)> {
    let (host, port) = text.split_once(':')?;
    let digits = (1..=5).contains(&port.len()) && port.bytes().all(|b| b.is_ascii_digit());
    let number: u16 = port.parse().ok()?;
    // One spelling a port: no leading zeros.
    let canonical = digits && !port.starts_with('0');
    (is_name(host) && canonical && number > 0).then_some((host, number))
}

impl Given {
    /// As it is written in a form, a `--set` and a link.
    pub fn text(&self) -> String {
        match self {
            Self::Span(span) => span.to_string(),
            Self::Spread(min, max) => {
                let (min, max) = (Span::from(*min), Span::from(*max));
                match (min, max) {
                    (Span::ZERO, Span::ZERO) => "0ms..0ms".to_owned(),
                    (Span::ZERO, max) => {
                        let unit = max.to_string();
                        let unit =
                            unit.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
                        format!("0{unit}..{max}")
                    }
                    (min, max) => format!("{min}..{max}"),
                }
            }
            Self::Count(count) => count.to_string(),
            Self::Switch(on) => on.to_string(),
            Self::Word(word) => word.clone(),
            Self::Calls(calls) => {
                let lines: Vec<_> = calls.iter().map(Call::to_string).collect();
                lines.join("\n")
            }
        }
    }

    pub(crate) fn json(&self) -> Json {
        match self {
            Self::Count(count) => Json::from(*count),
            Self::Switch(on) => Json::from(*on),
            Self::Calls(calls) => calls.iter().map(Call::to_string).collect(),
            Self::Span(_) | Self::Spread(..) | Self::Word(_) => Json::from(self.text()),
        }
    }

    pub(crate) fn span(span: Duration) -> Self {
        Self::Span(span.into())
    }

    pub(crate) fn duration(self) -> Option<Duration> {
        match self {
            Self::Span(span) => span.duration(),
            _ => None,
        }
    }

    pub(crate) fn calls(self) -> Option<Vec<Call>> {
        match self {
            Self::Calls(calls) => Some(calls),
            _ => None,
        }
    }

    /// A number that the kind's range has already bounded.
    pub(crate) fn count<T: TryFrom<i64>>(self) -> Option<T> {
        match self {
            Self::Count(count) => T::try_from(count).ok(),
            _ => None,
        }
    }

    pub(crate) fn word(self) -> Option<String> {
        match self {
            Self::Word(word) => Some(word),
            _ => None,
        }
    }

    /// Whether it is 0, which many runtimes take for "not set".
    pub(crate) fn is_zero(&self) -> bool {
        matches!(self, Self::Span(Span(0)) | Self::Count(0))
    }

    pub(crate) fn is_negative(&self) -> bool {
        match self {
            Self::Span(span) => *span < Span::ZERO,
            Self::Count(count) => *count < 0,
            _ => false,
        }
    }
}

impl Kind {
    /// Reads a value from JSON. `null` is the caller's.
    pub(crate) fn read_json(self, json: &Json) -> Result<Given, Problem> {
        match (self, json) {
            (Self::Switch, Json::Bool(on)) => Ok(Given::Switch(*on)),
            (Self::Count { .. }, Json::Number(number)) => self.read_text(&number.to_string()),
            (Self::Span { .. } | Self::Whole { .. } | Self::Bit, Json::Number(number)) => {
                self.read_text(&number.to_string())
            }
            (Self::Calls, Json::Array(lines)) => {
                let lines: Option<Vec<_>> = lines.iter().map(Json::as_str).collect();
                let lines = lines.ok_or_else(|| self.unexpected(&json.to_string()))?;
                calls::read(lines.into_iter()).map(Given::Calls)
            }
            (Self::Count { .. } | Self::Switch | Self::Bit | Self::Calls, _) => {
                Err(self.unexpected(&json.to_string()))
            }
            (_, Json::String(text)) => self.read_text(text),
            _ => Err(self.unexpected(&json.to_string())),
        }
    }

    /// Reads a value from text: a form's input, a `--set`, a link.
    pub fn read_text(self, text: &str) -> Result<Given, Problem> {
        let given = match self {
            Self::Span { bare, .. } => Span::parse(text, bare).map(Given::Span),
            Self::Spread { bare, .. } => read_spread(text, bare),
            Self::Count { .. } | Self::Bit => text.trim().parse().ok().map(Given::Count),
            Self::Whole { unit, .. } => read_whole(text, unit).map(Given::Count),
            Self::Switch => text.trim().parse().ok().map(Given::Switch),
            Self::Calls => return calls::read(calls::lines(text)).map(Given::Calls),
            Self::Choice(choices) => return read_choice(text.trim(), choices),
            Self::Word(word) => word.accepts(text).then(|| Given::Word(text.to_owned())),
        };
        let given = given.ok_or_else(|| self.unexpected(&format!("{text:?}")))?;
        self.bound(given)
    }

    /// The least and the greatest value, where there are such.
    pub fn range(self) -> Option<(Given, Given)> {
        match self {
            Self::Span { min, max, .. } => Some((Given::Span(min), Given::Span(max))),
            Self::Spread { max, .. } => Some((Given::Span(Span::ZERO), Given::Span(max))),
            Self::Count { min, max, .. } | Self::Whole { min, max, .. } => {
                Some((Given::Count(min), Given::Count(max)))
            }
            Self::Bit => Some((Given::Count(0), Given::Count(1))),
            Self::Switch | Self::Choice(_) | Self::Word(_) | Self::Calls => None,
        }
    }

    /// Whether a value is of this kind and in its range.
    pub(crate) fn holds(self, given: &Given) -> bool {
        match (self, given) {
            (Self::Span { min, max, .. }, Given::Span(span)) => (min..=max).contains(span),
            (Self::Count { min, max, .. } | Self::Whole { min, max, .. }, Given::Count(count)) => {
                (min..=max).contains(count)
            }
            (Self::Bit, Given::Count(count)) => (0..=1).contains(count),
            (Self::Spread { max, .. }, Given::Spread(least, most)) => {
                least <= most && Span::from(*most) <= max
            }
            (Self::Switch, Given::Switch(_)) => true,
            (Self::Choice(choices), Given::Word(word)) => {
                choices.list().iter().any(|choice| choice.id == word)
            }
            (Self::Word(kind), Given::Word(word)) => kind.accepts(word),
            // One by one they are held to their form where they are checked together.
            (Self::Calls, Given::Calls(_)) => true,
            _ => false,
        }
    }

    fn bound(self, given: Given) -> Result<Given, Problem> {
        match self.range() {
            Some((min, max)) if !self.holds(&given) => Err(Problem::Range {
                found: given.text(),
                min: min.text(),
                max: max.text(),
            }),
            _ => Ok(given),
        }
    }

    fn unexpected(self, found: &str) -> Problem {
        let expected = match self {
            Self::Span { .. } => Text::new(
                "a duration such as \"10s\" or \"5ms\"",
                "时长，例如 \"10s\"、\"5ms\"",
            ),
            Self::Spread { .. } => Text::new(
                "a range of durations such as \"0ms..20ms\"",
                "时长范围，例如 \"0ms..20ms\"",
            ),
            Self::Count { .. } => Text::new("a whole number", "整数"),
            Self::Whole { unit, .. } => whole_expected(unit),
            Self::Bit => Text::new("0 or 1", " 0 或 1"),
            Self::Switch => Text::new("true or false", " true 或 false"),
            Self::Choice(_) => Text::new("a word", "一个词"),
            Self::Word(word) => word.expected(),
            Self::Calls => Text::new(
                "a list of calls such as \"@0 connect a pyroscope:9000\"",
                "调用的数组，例如 \"@0 connect a pyroscope:9000\"",
            ),
        };
        Problem::expected(found, expected)
    }
}

/// A bare number is one of the unit; a span must be whole in it.
fn read_whole(text: &str, unit: Unit) -> Option<i64> {
    let nanos = Span::parse(text, unit)?.0;
    (nanos % unit.nanos() == 0).then_some(nanos / unit.nanos())
}

const fn whole_expected(unit: Unit) -> Text {
    match unit {
        Unit::Micros => Text::new(
            "a whole number of microseconds, or a duration such as \"200ms\"",
            "整数微秒，或时长，例如 \"200ms\"",
        ),
        Unit::Millis => Text::new(
            "a whole number of milliseconds, or a duration such as \"120s\"",
            "整数毫秒，或时长，例如 \"120s\"",
        ),
        _ => Text::new(
            "a whole number of seconds, or a duration such as \"60s\"",
            "整数秒，或时长，例如 \"60s\"",
        ),
    }
}

fn read_spread(text: &str, bare: Unit) -> Option<Given> {
    let (min, max) = text.split_once("..")?;
    let min = Span::parse(min, bare)?.duration()?;
    let max = Span::parse(max, bare)?.duration()?;
    (min <= max).then_some(Given::Spread(min, max))
}

fn read_choice(text: &str, choices: Choices) -> Result<Given, Problem> {
    let list = choices.list();
    let ids: Vec<_> = list.iter().map(|choice| choice.id).collect();
    match ids.iter().find(|id| **id == text) {
        Some(&id) => Ok(Given::Word(id.to_owned())),
        None => Err(Problem::unknown(choices.what(), text, &ids)),
    }
}
