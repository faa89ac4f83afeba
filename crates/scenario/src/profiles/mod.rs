//! Runtimes: the options each has, what they mean there, and how long its steps take. One file a profile.
//!
//! Fallbacks are resolved here and nowhere else: the engine gets effective values, and the trace's settings
//! say where each came from.

mod agentkeepalive_4_6;
mod alb;
mod go_1_19;
mod go_1_27;
mod go_1_27_default_transport;
mod nginx_1_22;
mod node_18;
mod node_20;
mod node_20_global_agent;
mod node_26;
mod node_26_global_agent;
#[cfg(feature = "manual")]
pub mod table;

use crate::calls;
use crate::kind::{Choice, Given, Kind};
use crate::span::Span;
use crate::v1::Options;
use std::time::Duration;
use whyeof_sim::http::client::ClientConfig;
use whyeof_sim::http::proxy::OnLeave;
use whyeof_sim::http::server::ServerConfig;
use whyeof_sim::plan::Deadline;
use whyeof_trace::{Lang, Text};
use whyeof_trace::{Origin, SettingId, Value};

/// All profiles, in the order menus show them.
pub static ALL: [&Profile; 11] = [
    &go_1_27::PROFILE,
    &go_1_27_default_transport::PROFILE,
    &go_1_19::PROFILE,
    &node_26::PROFILE,
    &node_26_global_agent::PROFILE,
    &node_20::PROFILE,
    &node_20_global_agent::PROFILE,
    &node_18::PROFILE,
    &agentkeepalive_4_6::PROFILE,
    &nginx_1_22::PROFILE,
    &alb::PROFILE,
];

/// A runtime in one version and one way to use it.
#[derive(Debug)]
pub struct Profile {
    /// As scenarios name it: `go-1.27`.
    pub id: &'static str,
    /// As people read it.
    pub label: Text,
    /// What it is, in one sentence; empty without the feature `manual`.
    pub about: Text,
    /// What of it nobody has seen or read for certain; empty without the feature `manual`.
    pub unverified: &'static [Text],
    /// What it is as a client, if it can be one.
    pub client: Option<ClientProfile>,
    /// What it is as a server, if it can be one.
    pub server: Option<ServerProfile>,
    /// What it is as a proxy, if it can be one.
    pub proxy: Option<ProxyProfile>,
}

/// A runtime as a proxy.
#[derive(Debug)]
pub struct ProxyProfile {
    /// Its options, in the order of forms and settings.
    pub options: &'static [Knob],
    /// The proxy that options in force make; ports and targets are the caller's.
    pub(crate) lower: fn(&InForce) -> ProxyParts,
}

/// What a proxy is made of.
#[derive(Debug)]
pub(crate) struct ProxyParts {
    pub(crate) server: ServerConfig,
    pub(crate) client: ClientConfig,
    /// Bytes of its own 502 and 504.
    pub(crate) bodies: (u32, u32),
    /// What becomes of a request whose asker leaves.
    pub(crate) on_leave: OnLeave,
}

/// A runtime as a client.
#[derive(Debug)]
pub struct ClientProfile {
    /// Its options, in the order of forms and settings.
    pub options: &'static [Knob],
    /// The client that options in force make, without workloads.
    pub(crate) lower: fn(&InForce) -> ClientConfig,
}

/// A runtime as a server.
#[derive(Debug)]
pub struct ServerProfile {
    /// Its options, in the order of forms and settings.
    pub options: &'static [Knob],
    /// The server that options in force make; port and handler are the caller's.
    pub(crate) lower: fn(&InForce) -> ServerConfig,
}

/// An option of a runtime.
#[derive(Debug, PartialEq, Eq)]
pub struct Knob {
    /// In the runtime's spelling: `IdleConnTimeout`.
    pub name: &'static str,
    /// What it is a field of: `http.Transport`.
    pub of: &'static str,
    /// Form and range.
    pub kind: Kind,
    /// What it means when it is not set.
    pub unset: Means,
    /// What 0 means.
    pub zero: Means,
    /// What a negative value means.
    pub negative: Means,
    /// What it does.
    pub help: Text,
    /// What 0 and negative values mean, in words; empty for a switch.
    pub signs: Text,
    /// Where the runtime documents it; empty without the feature `manual`.
    pub source: &'static str,
}

/// What a special value of an option means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Means {
    /// No limit, no timeout, off.
    Nothing,
    /// The same as this value.
    Is(Value),
    /// The same as another option of the same program.
    SameAs(&'static str),
    /// The same as not setting it.
    Unset,
}

/// A value in force and where it comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Effective {
    /// The value.
    pub value: Value,
    /// Its origin.
    pub origin: Origin,
}

/// What is no profile: a program of socket calls, as they stand in the scenario.
pub const SOCKETS: Choice = Choice {
    id: calls::SOCKETS,
    label: Text::new("socket calls", "socket 调用"),
};

/// The profile of this id.
pub fn find(id: &str) -> Option<&'static Profile> {
    ALL.into_iter().find(|profile| profile.id == id)
}

/// The option rows of a client that follows this profile; none if no client can.
pub fn client_options(runtime: &str) -> &'static [Knob] {
    let client = find(runtime).and_then(|profile| profile.client.as_ref());
    client.map_or(&[], |client| client.options)
}

/// The option rows of a server that follows this profile; none if no server can.
pub fn server_options(runtime: &str) -> &'static [Knob] {
    let server = find(runtime).and_then(|profile| profile.server.as_ref());
    server.map_or(&[], |server| server.options)
}

/// The option rows of a proxy that follows this profile; none if no proxy can.
pub fn proxy_options(runtime: &str) -> &'static [Knob] {
    let proxy = find(runtime).and_then(|profile| profile.proxy.as_ref());
    proxy.map_or(&[], |proxy| proxy.options)
}

pub(crate) fn runtimes(fits: fn(&Profile) -> bool) -> Vec<Choice> {
    let fitting = ALL.into_iter().filter(|profile| fits(profile));
    let choice = |profile: &'static Profile| Choice {
        id: profile.id,
        label: profile.label,
    };
    fitting.map(choice).collect()
}

impl Knob {
    /// The value in force among these rows and options, whose paths begin with `prefix`
    /// (`servers.pyroscope.options.`).
    pub fn effective(&self, rows: &[Self], options: &Options, prefix: &str) -> Effective {
        let (means, origin) = match options.get(self.name) {
            None => (&self.unset, Origin::ProfileDefault),
            Some(given) if given.is_zero() => (&self.zero, Origin::Set),
            Some(given) if given.is_negative() => (&self.negative, Origin::Set),
            Some(given) => return Effective::set(self.kind, given),
        };
        let (means, origin) = match means {
            Means::Unset => (&self.unset, Origin::ProfileDefault),
            means => (means, origin),
        };
        match means {
            Means::Nothing | Means::Unset => Effective {
                value: Value::None,
                origin,
            },
            Means::Is(value) => Effective {
                value: value.clone(),
                origin,
            },
            // No profile's fallbacks form a circle (a test).
            Means::SameAs(other) => match rows.iter().find(|row| row.name == *other) {
                Some(row) => row.lend(rows, options, prefix, origin),
                None => Effective {
                    value: Value::None,
                    origin,
                },
            },
        }
    }

    /// This option's value in force, for another option that falls back to it.
    fn lend(&self, rows: &[Self], options: &Options, prefix: &str, origin: Origin) -> Effective {
        let lent = self.effective(rows, options, prefix);
        let origin = match lent.value {
            // Nothing to fall back to: the option's own silence decides.
            Value::None => origin,
            _ => Origin::Fallback(format!("{prefix}{}", self.name)),
        };
        Effective {
            value: lent.value,
            origin,
        }
    }
}

impl Effective {
    fn set(kind: Kind, given: &Given) -> Self {
        let value = match given {
            Given::Span(span) => span.duration().map_or(Value::None, Value::Duration),
            Given::Count(count) => u64::try_from(*count).map_or(Value::None, Value::Count),
            Given::Switch(on) => Value::Switch(*on),
            Given::Word(word) => kind.chosen(word).map_or(Value::None, Value::Word),
            Given::Spread(..) | Given::Calls(_) => Value::None,
        };
        Self {
            value,
            origin: Origin::Set,
        }
    }

    /// In words, for the field's hint: `unset → ReadTimeout: 10 s`. `given` is what the field itself says.
    pub fn say(&self, given: Option<&Given>, lang: Lang) -> String {
        let value = self.value_text(lang);
        let said = match given {
            None => Text::new("unset", "未设置").of(lang).to_owned(),
            Some(given) => given.text(),
        };
        match &self.origin {
            Origin::Fallback(path) => {
                let other = path.rsplit('.').next().unwrap_or(path);
                match lang {
                    Lang::En => format!("{said} → {other}: {value}"),
                    Lang::Zh => format!("{said} → {other}：{value}"),
                }
            }
            Origin::ProfileDefault => match lang {
                Lang::En => format!("{said} → default: {value}"),
                Lang::Zh => format!("{said} → 默认：{value}"),
            },
            Origin::Set | Origin::Unknown => value,
        }
    }

    fn value_text(&self, lang: Lang) -> String {
        match &self.value {
            Value::None => Text::new("none", "无").of(lang).to_owned(),
            Value::Duration(span) => Span::from(*span).spaced(),
            Value::Count(count) => count.to_string(),
            Value::Switch(true) => Text::new("on", "开").of(lang).to_owned(),
            Value::Switch(false) => Text::new("off", "关").of(lang).to_owned(),
            Value::Word(word) => (*word).to_owned(),
        }
    }
}

/// A program's options in force, by name; each is a setting of the plan.
#[derive(Clone, Debug)]
pub(crate) struct InForce {
    pub(crate) options: Vec<(&'static str, Effective)>,
    /// The setting of the first option; the others follow.
    pub(crate) first: usize,
}

impl InForce {
    fn value(&self, name: &str) -> Option<(usize, &Value)> {
        let found = self.options.iter().position(|(n, _)| *n == name);
        found.map(|at| (self.first + at, &self.options[at].1.value))
    }

    /// A time limit with the setting it stands for; `None`: no limit.
    pub(crate) fn deadline(&self, name: &str) -> Option<Deadline> {
        let (setting, value) = self.value(name)?;
        Some(Deadline {
            after: value.duration()?,
            setting: u16::try_from(setting).ok().map(SettingId),
        })
    }

    /// Whether the scenario sets it.
    pub(crate) fn is_set(&self, name: &str) -> bool {
        let mut options = self.options.iter();
        options.any(|(n, option)| *n == name && option.origin == Origin::Set)
    }

    pub(crate) fn span(&self, name: &str) -> Option<Duration> {
        self.value(name)?.1.duration()
    }

    /// A count; `None`: no limit.
    pub(crate) fn count(&self, name: &str) -> Option<u32> {
        match self.value(name)?.1 {
            Value::Count(count) => Some(u32::try_from(*count).unwrap_or(u32::MAX)),
            _ => None,
        }
    }

    /// A word; `None`: not set.
    pub(crate) fn word(&self, name: &str) -> Option<&str> {
        match self.value(name)?.1 {
            Value::Word(word) => Some(word),
            _ => None,
        }
    }

    pub(crate) fn is_on(&self, name: &str) -> bool {
        matches!(self.value(name), Some((_, Value::Switch(true))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    const PREFIX: &str = "servers.s.options.";

    fn check(rows: &[Knob], given: &[(&str, Given)], name: &str, value: Value, origin: Origin) {
        let options: Options = given
            .iter()
            .map(|(name, given)| ((*name).to_owned(), given.clone()))
            .collect();
        let row = rows.iter().find(|row| row.name == name).expect(name);
        let expected = Effective { value, origin };
        assert_eq!(
            row.effective(rows, &options, PREFIX),
            expected,
            "{name} of {given:?}"
        );
    }

    fn span(seconds: i64) -> Given {
        Given::Span(Span::seconds(seconds))
    }

    fn lasts(seconds: u64) -> Value {
        Value::Duration(Duration::from_secs(seconds))
    }

    fn falls_back(name: &str) -> Origin {
        Origin::Fallback(format!("{PREFIX}{name}"))
    }

    /// runtimes §12.1: 0 falls back or is none; negative is none, also for those that fall back.
    #[test]
    fn go_server_fallbacks() {
        use Origin::{ProfileDefault, Set};
        let rows = server_options("go-1.27");
        let read = ("ReadTimeout", span(10));
        for name in ["IdleTimeout", "ReadHeaderTimeout"] {
            check(rows, &[], name, Value::None, ProfileDefault);
            let fallback = falls_back("ReadTimeout");
            check(
                rows,
                std::slice::from_ref(&read),
                name,
                lasts(10),
                fallback.clone(),
            );
            check(
                rows,
                &[read.clone(), (name, span(0))],
                name,
                lasts(10),
                fallback,
            );
            check(
                rows,
                &[read.clone(), (name, span(30))],
                name,
                lasts(30),
                Set,
            );
            check(
                rows,
                &[read.clone(), (name, span(-1))],
                name,
                Value::None,
                Set,
            );
            let never = ("ReadTimeout", span(-1));
            check(rows, &[never], name, Value::None, ProfileDefault);
        }
        check(rows, &[], "WriteTimeout", Value::None, ProfileDefault);
        let zero = [("WriteTimeout", span(0))];
        check(rows, &zero, "WriteTimeout", Value::None, ProfileDefault);
        let negative = [("WriteTimeout", span(-1))];
        check(rows, &negative, "WriteTimeout", Value::None, Set);
    }

    /// runtimes §1.1: the two columns, and what 0 and negative values mean.
    #[test]
    fn go_client_defaults() {
        use Origin::{ProfileDefault, Set};
        let zero = client_options("go-1.27");
        let default = client_options("go-1.27-default-transport");
        let none = Value::None;
        let count = Value::Count;
        for (name, in_zero, in_default) in [
            ("MaxIdleConns", none.clone(), count(100)),
            ("MaxIdleConnsPerHost", count(2), count(2)),
            ("MaxConnsPerHost", none.clone(), none.clone()),
            ("IdleConnTimeout", none.clone(), lasts(90)),
            (
                "DisableKeepAlives",
                Value::Switch(false),
                Value::Switch(false),
            ),
            ("KeepAlive", lasts(15), lasts(30)),
            ("Timeout", none.clone(), none.clone()),
        ] {
            check(zero, &[], name, in_zero, ProfileDefault);
            check(default, &[], name, in_default, ProfileDefault);
        }
        for rows in [zero, default] {
            let negative = [("IdleConnTimeout", span(-1))];
            check(rows, &negative, "IdleConnTimeout", none.clone(), Set);
            let off = [("KeepAlive", span(-1))];
            check(rows, &off, "KeepAlive", none.clone(), Set);
            let per_host = [("MaxIdleConnsPerHost", Given::Count(0))];
            check(
                rows,
                &per_host,
                "MaxIdleConnsPerHost",
                count(2),
                ProfileDefault,
            );
            let pooling_off = [("MaxIdleConnsPerHost", Given::Count(-1))];
            check(rows, &pooling_off, "MaxIdleConnsPerHost", count(0), Set);
        }
        let forever = [("IdleConnTimeout", span(0))];
        check(zero, &forever, "IdleConnTimeout", none.clone(), Set);
        check(default, &forever, "IdleConnTimeout", none, Set);
        let short = [("KeepAlive", span(0))];
        check(default, &short, "KeepAlive", lasts(15), Set);
    }

    #[test]
    fn hints_say_where_a_value_comes_from() {
        let rows = server_options("go-1.27");
        let row = &rows[rows
            .iter()
            .position(|r| r.name == "IdleTimeout")
            .expect("a row")];
        let say = |options: &Options, lang| {
            let effective = row.effective(rows, options, PREFIX);
            effective.say(options.get("IdleTimeout"), lang)
        };
        let mut options = Options::new();
        assert_eq!(say(&options, Lang::En), "unset → default: none");
        options.insert("ReadTimeout".to_owned(), span(10));
        assert_eq!(say(&options, Lang::En), "unset → ReadTimeout: 10 s");
        assert_eq!(say(&options, Lang::Zh), "未设置 → ReadTimeout：10 s");
        options.insert("IdleTimeout".to_owned(), span(0));
        assert_eq!(say(&options, Lang::En), "0s → ReadTimeout: 10 s");
        options.insert("IdleTimeout".to_owned(), span(30));
        assert_eq!(say(&options, Lang::En), "30 s");
    }

    #[test]
    fn rows_have_names_of_their_own_and_fall_back_to_rows_that_exist() {
        for profile in ALL {
            let client = profile.client.as_ref().map_or(&[][..], |c| c.options);
            let server = profile.server.as_ref().map_or(&[][..], |s| s.options);
            let proxy = profile.proxy.as_ref().map_or(&[][..], |p| p.options);
            for rows in [client, server, proxy] {
                for (at, row) in rows.iter().enumerate() {
                    assert!(rows[..at].iter().all(|other| other.name != row.name));
                    for means in [&row.unset, &row.zero, &row.negative] {
                        if let Means::SameAs(other) = means {
                            let lender = rows.iter().find(|r| r.name == *other).expect(other);
                            let lent = [&lender.unset, &lender.zero, &lender.negative];
                            let circle = lent.iter().any(|m| matches!(m, Means::SameAs(_)));
                            assert!(!circle, "{}: {}", profile.id, row.name);
                        }
                    }
                    assert!(row.source.starts_with("https://"), "{}", row.name);
                }
            }
        }
    }
}
