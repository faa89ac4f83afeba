//! Programs of socket calls, one call a line: `@0.5 send a 100`.
//!
//! The words are those of the recordings' own program. A table says what each call takes, so that reading, writing and
//! messages agree.

use crate::invalid::{Problem, What, shorten};
use crate::kind::{Kind, Word, is_name, target};
use crate::span::{Unit, exact};
use std::fmt;
use std::time::Duration;
use whyeof_trace::Text;
use whyeof_trace::time::{decimals, nanos};

/// The most calls of one program.
pub const MAX_CALLS: usize = 256;
/// The runtime of such programs.
pub const SOCKETS: &str = "sockets";
/// What listen(2) asks for when the call does not say.
pub(crate) const BACKLOG: u32 = 128;
/// No run is longer.
const LATEST: Duration = Duration::from_secs(3_600);

/// A socket call and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// Not before this; `None`: as soon as the calls before it are done (`@-1`).
    pub at: Option<Duration>,
    /// What.
    pub verb: Verb,
    /// On what and with what, in the order of its form.
    pub args: Vec<Arg>,
}

/// What a call is given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Arg {
    /// A socket, by the name that the program has for it.
    Socket(String),
    /// A host and a port.
    Target(String, u16),
    /// A number.
    Number(u32),
    /// A path with query.
    Path(String),
}

/// The calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    /// socket(2), bind(2), listen(2).
    Listen,
    /// close(2) of the listener.
    Unlisten,
    /// accept(2); waits.
    Accept,
    /// connect(2); waits.
    Connect,
    /// send(2).
    Send,
    /// send(2) of a GET; does not wait for its answer.
    Get,
    /// recv(2), once; waits.
    Read,
    /// recv(2) until the end, beside the other calls.
    Reader,
    /// shutdown(2) of sending.
    Shut,
    /// shutdown(2) of receiving.
    ShutRd,
    /// shutdown(2) of both.
    ShutRdWr,
    /// close(2).
    Close,
    /// SO_LINGER with no time: close(2) resets.
    Linger0,
    /// TCP_NODELAY.
    NoDelay,
    /// TCP_CORK.
    Cork,
    /// TCP_QUICKACK.
    QuickAck,
    /// SO_KEEPALIVE, and its three options.
    KeepAlive,
    /// TCP_USER_TIMEOUT.
    UserTimeout,
    /// SO_RCVLOWAT.
    LowWater,
    /// getsockopt(2) of SO_ERROR.
    Info,
}

/// What stands at a place of a call.
#[derive(Clone, Copy, Debug)]
enum Slot {
    Socket,
    Target,
    Number(u32, u32),
    Path,
}

/// How a call is written.
#[derive(Debug)]
struct Form {
    verb: Verb,
    /// Its word and what follows; in brackets what may be left out, all of it or nothing.
    usage: &'static str,
    slots: &'static [Slot],
    /// How many of them stand there at least.
    least: usize,
}

const PORT: Slot = Slot::Number(1, 65_535);
const BIT: Slot = Slot::Number(0, 1);
/// `MAX_TCP_KEEPIDLE` and `MAX_TCP_KEEPINTVL`.
const SECONDS: Slot = Slot::Number(1, 32_767);
/// `MAX_TCP_KEEPCNT`.
const PROBES: Slot = Slot::Number(1, 127);
const INT: u32 = i32::MAX as u32;

const fn form(verb: Verb, usage: &'static str, slots: &'static [Slot], least: usize) -> Form {
    Form {
        verb,
        usage,
        slots,
        least,
    }
}

static FORMS: [Form; 20] = {
    use Slot::{Number, Path, Socket, Target};
    [
        form(
            Verb::Listen,
            "`listen PORT [BACKLOG]`",
            &[PORT, Number(0, 65_535)],
            1,
        ),
        form(Verb::Unlisten, "`unlisten PORT`", &[PORT], 1),
        form(Verb::Accept, "`accept C`", &[Socket], 1),
        form(
            Verb::Connect,
            "`connect C HOST:PORT [LPORT]`",
            &[Socket, Target, PORT],
            2,
        ),
        form(Verb::Send, "`send C N`", &[Socket, Number(1, 1 << 20)], 2),
        form(Verb::Get, "`get C PATH`", &[Socket, Path], 2),
        form(Verb::Read, "`read C`", &[Socket], 1),
        form(Verb::Reader, "`reader C`", &[Socket], 1),
        form(Verb::Shut, "`shut C`", &[Socket], 1),
        form(Verb::ShutRd, "`shutrd C`", &[Socket], 1),
        form(Verb::ShutRdWr, "`shutrdwr C`", &[Socket], 1),
        form(Verb::Close, "`close C`", &[Socket], 1),
        form(Verb::Linger0, "`linger0 C`", &[Socket], 1),
        form(Verb::NoDelay, "`nodelay C`", &[Socket], 1),
        form(Verb::Cork, "`cork C 0|1`", &[Socket, BIT], 2),
        form(Verb::QuickAck, "`quickack C 0|1`", &[Socket, BIT], 2),
        form(
            Verb::KeepAlive,
            "`ka C [IDLE INTVL CNT]`",
            &[Socket, SECONDS, SECONDS, PROBES],
            1,
        ),
        form(
            Verb::UserTimeout,
            "`utimeout C MS`",
            &[Socket, Number(0, INT)],
            2,
        ),
        form(Verb::LowWater, "`lowat C N`", &[Socket, Number(0, INT)], 2),
        form(Verb::Info, "`info C`", &[Socket], 1),
    ]
};

impl Form {
    fn word(&self) -> &'static str {
        let bare = self.usage.trim_start_matches('`');
        bare.split(' ').next().unwrap_or_default()
    }

    fn expected(&self) -> Text {
        Text::same(self.usage)
    }
}

impl Verb {
    fn form(self) -> &'static Form {
        let form = FORMS.iter().find(|form| form.verb == self);
        form.unwrap_or(&FORMS[0])
    }
}

impl Verb {
    /// All of them, in the order of the list.
    pub fn all() -> impl Iterator<Item = Self> {
        FORMS.iter().map(|form| form.verb)
    }

    /// Its word and what follows; in brackets what may be left out.
    pub fn usage(self) -> &'static str {
        self.form().usage.trim_matches('`')
    }

    /// What it does.
    pub const fn about(self) -> Text {
        match self {
            Self::Listen => Text::new(
                "socket(2), bind(2), listen(2).",
                "socket(2)、bind(2)、listen(2)。",
            ),
            Self::Unlisten => Text::new("close(2) of the listener.", "对监听 socket 调 close(2)。"),
            Self::Accept => Text::new("accept(2); waits.", "accept(2)；会等。"),
            Self::Connect => Text::new("connect(2); waits.", "connect(2)；会等。"),
            Self::Send => Text::new("send(2) of N bytes.", "send(2) 发 N 字节。"),
            Self::Get => Text::new(
                "send(2) of a GET request; what was asked before may still be unanswered (pipelining).",
                "send(2) 发一个 GET 请求；前一个还没回也照发（流水线）。",
            ),
            Self::Read => Text::new("recv(2), once; waits.", "recv(2) 一次；会等。"),
            Self::Reader => Text::new(
                "recv(2) until the end, beside the other calls.",
                "一直 recv(2) 到结尾，和其他调用同时进行。",
            ),
            Self::Shut => Text::new("shutdown(2), SHUT_WR.", "shutdown(2)，SHUT_WR。"),
            Self::ShutRd => Text::new("shutdown(2), SHUT_RD.", "shutdown(2)，SHUT_RD。"),
            Self::ShutRdWr => Text::new("shutdown(2), SHUT_RDWR.", "shutdown(2)，SHUT_RDWR。"),
            Self::Close => Text::new("close(2).", "close(2)。"),
            Self::Linger0 => Text::new(
                "SO_LINGER 0: close(2) resets.",
                "SO_LINGER 设 0：close(2) 发 RST。",
            ),
            Self::NoDelay => Text::same("TCP_NODELAY."),
            Self::Cork => Text::same("TCP_CORK."),
            Self::QuickAck => Text::same("TCP_QUICKACK."),
            Self::KeepAlive => {
                Text::same("SO_KEEPALIVE, TCP_KEEPIDLE, TCP_KEEPINTVL, TCP_KEEPCNT.")
            }
            Self::UserTimeout => Text::same("TCP_USER_TIMEOUT."),
            Self::LowWater => Text::same("SO_RCVLOWAT."),
            Self::Info => Text::new("getsockopt(2) of SO_ERROR.", "getsockopt(2) 取 SO_ERROR。"),
        }
    }
}

impl Call {
    /// Reads `@0.5 send a 100`.
    ///
    /// # Errors
    /// What is wrong with it, and what was expected.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        let mut words = text.split_whitespace();
        let at = time(words.next().unwrap_or_default())?;
        let word = words.next().unwrap_or_default();
        let Some(form) = FORMS.iter().find(|form| form.word() == word) else {
            let known: Vec<_> = FORMS.iter().map(Form::word).collect();
            return Err(Problem::unknown(What::Call, word, &known));
        };
        let words: Vec<_> = words.collect();
        if words.len() != form.least && words.len() != form.slots.len() {
            let found = [&[word], words.as_slice()].concat().join(" ");
            return Err(Problem::expected(&format!("`{found}`"), form.expected()));
        }
        let args = words.iter().zip(form.slots);
        let args = args.map(|(word, slot)| slot.read(word, form));
        let mut args = args.collect::<Result<Vec<_>, _>>()?;
        if form.verb == Verb::Listen && args.get(1) == Some(&Arg::Number(BACKLOG)) {
            args.pop();
        }
        Ok(Self {
            at,
            verb: form.verb,
            args,
        })
    }

    /// The socket that it is about.
    pub(crate) fn socket(&self) -> Option<&str> {
        match self.args.first() {
            Some(Arg::Socket(name)) => Some(name),
            _ => None,
        }
    }

    /// The number at this place; `None`: left out, or something else.
    pub(crate) fn number(&self, at: usize) -> Option<u32> {
        match self.args.get(at) {
            Some(Arg::Number(number)) => Some(*number),
            _ => None,
        }
    }

    /// The host and port that it connects to.
    pub fn target(&self) -> Option<(&str, u16)> {
        self.args.iter().find_map(|arg| match arg {
            Arg::Target(host, port) => Some((host.as_str(), *port)),
            _ => None,
        })
    }

    /// The path that it asks for.
    pub(crate) fn path(&self) -> Option<&str> {
        self.args.iter().find_map(|arg| match arg {
            Arg::Path(path) => Some(path.as_str()),
            _ => None,
        })
    }

    /// Where its socket was connected to by the last of these calls that opened it.
    pub(crate) fn asks_at<'a>(&self, before: &'a [Self]) -> Option<(&'a str, u16)> {
        let opens = |call: &&Self| {
            matches!(call.verb, Verb::Accept | Verb::Connect) && call.socket() == self.socket()
        };
        before.iter().rev().find(opens)?.target()
    }

    /// The port that it listens on.
    pub fn listens(&self) -> Option<u16> {
        let port = self.number(0).filter(|_| self.verb == Verb::Listen)?;
        u16::try_from(port).ok()
    }
}

impl Slot {
    fn read(self, word: &str, form: &Form) -> Result<Arg, Problem> {
        let wrong = || Problem::expected(&format!("`{word}`"), form.expected());
        match self {
            Self::Socket if is_name(word) => Ok(Arg::Socket(word.to_owned())),
            Self::Target => {
                let (host, port) = target(word).ok_or_else(wrong)?;
                Ok(Arg::Target(host.to_owned(), port))
            }
            Self::Number(min, max) if word.bytes().all(|b| b.is_ascii_digit()) => {
                let number = word.parse().ok().filter(|n| (min..=max).contains(n));
                number.map(Arg::Number).ok_or_else(|| Problem::Range {
                    found: shorten(word),
                    min: min.to_string(),
                    max: max.to_string(),
                })
            }
            // In a text of several calls it ends one.
            Self::Path if word.contains(';') => {
                let expected = Text::new("a path without `;`", "不含 `;` 的路径");
                Err(Problem::expected(&format!("`{word}`"), expected))
            }
            Self::Path if Kind::Word(Word::Path).read_text(word).is_ok() => {
                Ok(Arg::Path(word.to_owned()))
            }
            Self::Socket | Self::Number(..) | Self::Path => Err(wrong()),
        }
    }
}

/// `@0.5`, or `@-1`.
fn time(word: &str) -> Result<Option<Duration>, Problem> {
    if word == "@-1" {
        return Ok(None);
    }
    let unit = Unit::Seconds.nanos().unsigned_abs();
    let read = word
        .strip_prefix('@')
        .and_then(|number| exact(number, unit));
    let Some(at) = read.map(Duration::from_nanos) else {
        let expected = Text::new(
            "`@` and seconds such as `@0.5`, or `@-1` for at once",
            "`@` 加秒数，例如 `@0.5`，或表示立即的 `@-1`",
        );
        return Err(Problem::expected(&format!("`{word}`"), expected));
    };
    if at > LATEST {
        return Err(Problem::Range {
            found: shorten(word),
            min: "@0".to_owned(),
            max: format!("@{}", LATEST.as_secs()),
        });
    }
    Ok(Some(at))
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.at {
            Some(at) => write!(
                f,
                "@{}",
                decimals(nanos(at), Unit::Seconds.nanos().ilog10())
            )?,
            None => f.write_str("@-1")?,
        }
        write!(f, " {}", self.verb.form().word())?;
        for arg in &self.args {
            match arg {
                Arg::Socket(name) => write!(f, " {name}")?,
                Arg::Target(host, port) => write!(f, " {host}:{port}")?,
                Arg::Number(number) => write!(f, " {number}")?,
                Arg::Path(path) => write!(f, " {path}")?,
            }
        }
        Ok(())
    }
}

/// Reads a program. The first call that is wrong is named by its number.
pub(crate) fn read<'a>(lines: impl Iterator<Item = &'a str>) -> Result<Vec<Call>, Problem> {
    let mut calls = Vec::new();
    for line in lines {
        if calls.len() == MAX_CALLS {
            return Err(Problem::TooMany { most: MAX_CALLS });
        }
        let call = Call::parse(line);
        calls.push(call.map_err(|problem| Problem::in_call(calls.len(), line, problem))?);
    }
    Ok(calls)
}

/// The calls of a text, a line each; `;` ends a line, too.
pub(crate) fn lines(text: &str) -> impl Iterator<Item = &str> {
    let lines = text.split(['\n', ';']).map(str::trim);
    lines.filter(|line| !line.is_empty())
}

/// Whether each call can be made after those before it, and goes to a machine that there is.
pub(crate) fn check(calls: &[Call], machines: &[&str]) -> Result<(), Problem> {
    if calls.len() > MAX_CALLS {
        return Err(Problem::TooMany { most: MAX_CALLS });
    }
    let mut sockets: Vec<&str> = Vec::new();
    let mut ports = Vec::new();
    for (at, call) in calls.iter().enumerate() {
        let text = call.to_string();
        let checked = Call::parse(&text)
            .and_then(|read| {
                // Only code can make one whose text is another's.
                let expected = call.verb.form().expected();
                (read == *call)
                    .then_some(())
                    .ok_or_else(|| Problem::expected(&text, expected))
            })
            .and_then(|()| check_host(call, machines))
            .and_then(|()| check_port(call, &mut ports))
            .and_then(|()| check_socket(call, &mut sockets))
            .and_then(|()| check_asks(call, &calls[..at]));
        checked.map_err(|problem| Problem::in_call(at, &text, problem))?;
    }
    Ok(())
}

fn check_host(call: &Call, machines: &[&str]) -> Result<(), Problem> {
    match call.target() {
        Some((host, _)) if !machines.contains(&host) => {
            Err(Problem::unknown(What::Host, host, machines))
        }
        _ => Ok(()),
    }
}

/// `ports`: those that are listened on.
fn check_port(call: &Call, ports: &mut Vec<u32>) -> Result<(), Problem> {
    match (call.verb, call.args.first()) {
        (Verb::Listen, Some(Arg::Number(port))) => {
            if ports.contains(port) {
                let name = port.to_string();
                return Err(Problem::Taken { name });
            }
            ports.push(*port);
        }
        (Verb::Unlisten, Some(Arg::Number(port))) => {
            if !ports.contains(port) {
                return Err(needs_listen(&format!("unlisten {port}")));
            }
            ports.retain(|known| known != port);
        }
        (Verb::Accept, _) if ports.is_empty() => return Err(needs_listen("accept")),
        _ => {}
    }
    Ok(())
}

fn needs_listen(found: &str) -> Problem {
    let expected = Text::new("a `listen` before it", "前面先有 `listen`");
    Problem::expected(&format!("`{found}`"), expected)
}

/// `sockets`: those that have been opened.
fn check_socket<'a>(call: &'a Call, sockets: &mut Vec<&'a str>) -> Result<(), Problem> {
    match (call.verb, call.socket()) {
        (Verb::Accept | Verb::Connect, Some(name)) => sockets.push(name),
        (_, Some(name)) if !sockets.contains(&name) => {
            return Err(Problem::unknown(What::Socket, name, sockets));
        }
        _ => {}
    }
    Ok(())
}

/// Only who has connected asks.
fn check_asks(call: &Call, before: &[Call]) -> Result<(), Problem> {
    if call.verb != Verb::Get || call.asks_at(before).is_some() {
        return Ok(());
    }
    let expected = Text::new(
        "a `connect` of that socket before it",
        "这个 socket 前面先有 `connect`",
    );
    Err(Problem::expected("`get`", expected))
}

/// What a client may begin with that becomes a program of calls.
pub(crate) fn of_client(target: Option<(&str, u16)>) -> Vec<Call> {
    let Some((host, port)) = target else {
        return Vec::new();
    };
    let lines = [
        &format!("@0 connect a {host}:{port}"),
        "@-1 send a 100",
        "@-1 read a",
        "@-1 close a",
    ];
    read(lines.into_iter()).unwrap_or_default()
}

/// The same for a server.
pub(crate) fn of_server(port: u16) -> Vec<Call> {
    let lines = [
        &format!("@-1 listen {port}"),
        "@-1 accept a",
        "@-1 read a",
        "@-1 send a 100",
        "@-1 close a",
    ];
    read(lines.into_iter()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use whyeof_trace::Lang;

    #[test]
    fn every_verb_has_one_form_and_reads_what_it_writes() {
        for form in &FORMS {
            assert_eq!(form.verb.form().usage, form.usage);
            let arg = |slot: &Slot| match slot {
                Slot::Socket => "a".to_owned(),
                Slot::Target => "s:80".to_owned(),
                Slot::Number(_, max) => max.to_string(),
                Slot::Path => "/report?n=1".to_owned(),
            };
            let args: Vec<_> = form.slots.iter().map(arg).collect();
            for count in [form.least, args.len()] {
                let text = format!("@1.25 {} {}", form.word(), args[..count].join(" "));
                let call = Call::parse(&text).unwrap_or_else(|p| panic!("{text}: {p:?}"));
                assert_eq!(call.to_string(), text);
            }
            let words = form.usage.split(' ').count();
            assert_eq!(words, form.slots.len() + 1, "{}", form.usage);
        }
    }

    #[test]
    fn calls_have_one_spelling() {
        for (text, canonical) in [
            (" @0.50   send  a 0100 ", "@0.5 send a 100"),
            ("@00 listen 80 128", "@0 listen 80"),
            ("@-1 listen 80 0", "@-1 listen 80 0"),
            ("@3600 connect a s:80 40001", "@3600 connect a s:80 40001"),
            ("@0.000000001 ka a", "@0.000000001 ka a"),
        ] {
            let call = Call::parse(text).map(|call| call.to_string());
            assert_eq!(call.as_deref(), Ok(canonical), "{text}");
        }
    }

    #[test]
    fn wrong_calls_are_told() {
        for (text, message) in [
            (
                "",
                "found ``, expected `@` and seconds such as `@0.5`, or `@-1` for at once",
            ),
            (
                "send a 1",
                "found `send`, expected `@` and seconds such as `@0.5`, or `@-1` for at once",
            ),
            (
                "@-2 send a 1",
                "found `@-2`, expected `@` and seconds such as `@0.5`, or `@-1` for at once",
            ),
            (
                "@1s send a 1",
                "found `@1s`, expected `@` and seconds such as `@0.5`, or `@-1` for at once",
            ),
            ("@0 get a report", "found `report`, expected `get C PATH`"),
            ("@0 get a /a;b", "found `/a;b`, expected a path without `;`"),
            ("@3600.1 send a 1", "@3600.1 is not between @0 and @3600"),
            ("@0 sned a 1", "unknown call `sned`; did you mean `send`?"),
            ("@0 send a", "found `send a`, expected `send C N`"),
            ("@0 send a x", "found `x`, expected `send C N`"),
            ("@0 send a 0", "0 is not between 1 and 1048576"),
            ("@0 send a -1", "found `-1`, expected `send C N`"),
            ("@0 send a.b 1", "found `a.b`, expected `send C N`"),
            (
                "@0 ka a 5 2",
                "found `ka a 5 2`, expected `ka C [IDLE INTVL CNT]`",
            ),
            ("@0 cork a 2", "2 is not between 0 and 1"),
            (
                "@0 connect a s",
                "found `s`, expected `connect C HOST:PORT [LPORT]`",
            ),
            (
                "@0 listen 99999999999",
                "99999999999 is not between 1 and 65535",
            ),
        ] {
            let problem = Call::parse(text).expect_err(text);
            let invalid = crate::Invalid::new("", problem);
            assert_eq!(invalid.say(Lang::En), message, "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_call_panics(text in "(@[-0-9.]{0,12} )?[a-z0-9]{0,9}( [a-z0-9:.-]{0,12}){0,5}", any in ".{0,40}") {
            if let Ok(call) = Call::parse(&text) {
                proptest::prop_assert_eq!(Call::parse(&call.to_string()), Ok(call));
            }
            let _ = Call::parse(&any);
        }
    }
}
