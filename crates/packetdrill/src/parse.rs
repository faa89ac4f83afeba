//! Text to script. Every refusal names the line and what was expected there.

use crate::script::{
    Act, Call, ERRNOS, Line, Options, Packet, Returned, Script, Setting, TcpOption, When,
};
use std::fmt;
use std::time::Duration;
use whyeof_sim::kernel::timer_wheel::Hz;
use whyeof_trace::Flags;

/// Why a script is not played.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// The line, from 1.
    pub line: usize,
    /// What was expected, and what was there.
    pub what: String,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.line, self.what)
    }
}

/// Reads a script.
///
/// # Errors
/// The first line that is outside the subset.
pub fn parse(text: &str) -> Result<Script, Refused> {
    let mut script = Script {
        hz: Hz::Hz250,
        phase: Duration::ZERO,
        tolerance: Duration::from_millis(4),
        lines: Vec::new(),
    };
    let bare = without_comments(text);
    for (number, text) in (1..).zip(bare.lines()) {
        let text = text.trim();
        let done = match text.strip_prefix("--") {
            _ if text.is_empty() => Ok(()),
            Some(option) => set_option(option, &mut script),
            None => line(number, text).map(|line| script.lines.push(line)),
        };
        done.map_err(|what| Refused { line: number, what })?;
    }
    Ok(script)
}

/// Comments become blanks, so that line numbers stay.
fn without_comments(text: &str) -> String {
    let mut bare = String::new();
    let mut rest = text;
    while let Some(start) = rest.find('/') {
        bare += &rest[..start];
        rest = &rest[start..];
        if rest.starts_with("//") {
            rest = &rest[rest.find('\n').unwrap_or(rest.len())..];
        } else if rest.starts_with("/*") {
            let end = rest.find("*/").map_or(rest.len(), |end| end + 2);
            bare.extend(rest[..end].chars().filter(|c| *c == '\n'));
            rest = &rest[end..];
        } else {
            bare.push('/');
            rest = &rest[1..];
        }
    }
    bare + rest
}

fn set_option(option: &str, script: &mut Script) -> Result<(), String> {
    let (name, value) = option.split_once('=').unwrap_or((option, ""));
    let micros = || number(value).map(Duration::from_micros);
    match name {
        "hz" => {
            script.hz = match value {
                "250" => Hz::Hz250,
                "1000" => Hz::Hz1000,
                "ideal" => Hz::Ideal,
                _ => return Err(format!("--hz is 250, 1000 or ideal, not `{value}`")),
            };
            if script.hz == Hz::Ideal {
                script.tolerance = Duration::ZERO;
            }
        }
        "phase_usecs" => script.phase = micros()?,
        "tolerance_usecs" => script.tolerance = micros()?,
        _ => return Err(format!("unknown option --{name}")),
    }
    Ok(())
}

fn line(number: usize, text: &str) -> Result<Line, String> {
    let (time, rest) = text
        .split_once(char::is_whitespace)
        .ok_or_else(|| format!("expected a time and an event, got `{text}`"))?;
    let when = when(time)?;
    let rest = rest.trim();
    let act = match rest.chars().next() {
        Some('<') => Act::Inbound(packet(&rest[1..])?),
        Some('>') => Act::Outbound(packet(&rest[1..])?),
        Some('`' | '%') => return Err("shell commands and %{ }% are not run".to_owned()),
        _ => call(rest)?,
    };
    Ok(Line { number, when, act })
}

fn when(text: &str) -> Result<When, String> {
    if text == "*" {
        return Ok(When::Any);
    }
    let relative = text.starts_with('+');
    let pair = |mark: &str| text.split_once(mark);
    let ends = |(from, to): (&str, &str)| Ok::<_, String>((seconds(from)?, seconds(to)?));
    if let Some(pair) = pair("...") {
        let (from, to) = ends(pair)?;
        return Ok(if relative {
            When::AfterBlocks(from, to)
        } else {
            When::Blocks(from, to)
        });
    }
    if let Some(pair) = pair("~") {
        let (from, to) = ends(pair)?;
        return Ok(if relative {
            When::AfterBetween(from, to)
        } else {
            When::Between(from, to)
        });
    }
    let span = seconds(text)?;
    Ok(if relative {
        When::After(span)
    } else {
        When::At(span)
    })
}

/// Seconds with up to nine decimals, exactly: `+.0105`.
fn seconds(text: &str) -> Result<Duration, String> {
    let wrong = || format!("expected seconds, got `{text}`");
    let digits = text.strip_prefix('+').unwrap_or(text);
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    if part.len() > 9 || (whole.is_empty() && part.is_empty()) {
        return Err(wrong());
    }
    let whole: u64 = if whole.is_empty() {
        0
    } else {
        whole.parse().map_err(|_| wrong())?
    };
    let nanos: u32 = format!("{part:0<9}").parse().map_err(|_| wrong())?;
    Ok(Duration::new(whole, nanos))
}

fn number<T: std::str::FromStr>(text: &str) -> Result<T, String> {
    let text = text.trim();
    text.parse()
        .map_err(|_| format!("expected a number, got `{text}`"))
}

fn packet(text: &str) -> Result<Packet, String> {
    let (head, options) = match text.split_once('<') {
        None => (text, Options::These(Vec::new())),
        Some((head, list)) => {
            let list = list.trim().strip_suffix('>');
            let list = list.ok_or("expected `>` at the end of the options")?;
            (head, options(list)?)
        }
    };
    let mut words = head.split_whitespace();
    let flags = flags(words.next().unwrap_or(""))?;
    let range = words.next().unwrap_or("");
    let (seq, len) = sequence(range)
        .ok_or_else(|| format!("expected `seq:end(len)` that adds up, got `{range}`"))?;
    let (mut ack, mut win) = (None, None);
    while let Some(word) = words.next() {
        let value = words.next().unwrap_or("");
        match word {
            "ack" => ack = Some(number(value)?),
            "win" => win = Some(number(value)?),
            _ => return Err(format!("expected ack, win or options, got `{word}`")),
        }
    }
    Ok(Packet {
        flags,
        seq,
        len,
        ack,
        win,
        options,
    })
}

fn flags(text: &str) -> Result<Flags, String> {
    let bit = |letter| match letter {
        'F' => Ok(Flags::FIN),
        'S' => Ok(Flags::SYN),
        'R' => Ok(Flags::RST),
        'P' => Ok(Flags::PSH),
        '.' => Ok(Flags::ACK),
        _ => Err(format!("expected flags of S F R P and `.`, got `{text}`")),
    };
    if text.is_empty() {
        return bit(' ');
    }
    text.chars()
        .try_fold(Flags::default(), |flags, c| Ok(flags.with(bit(c)?)))
}

/// `1:101(100)`; the end must be the start plus the length.
fn sequence(text: &str) -> Option<(u32, u16)> {
    let (seq, rest) = text.split_once(':')?;
    let (end, len) = rest.strip_suffix(')')?.split_once('(')?;
    let (seq, end, len): (u32, u32, u16) =
        (seq.parse().ok()?, end.parse().ok()?, len.parse().ok()?);
    (end == seq.wrapping_add(u32::from(len))).then_some((seq, len))
}

fn options(list: &str) -> Result<Options, String> {
    if list == "..." {
        return Ok(Options::Any);
    }
    let each = list.split(',').map(|o| option(o.trim()));
    Ok(Options::These(each.collect::<Result<_, _>>()?))
}

fn option(text: &str) -> Result<TcpOption, String> {
    let words: Vec<&str> = text.split_whitespace().collect();
    Ok(match words[..] {
        ["mss", n] => TcpOption::Mss(number(n)?),
        ["nop"] => TcpOption::Nop,
        ["sackOK"] => TcpOption::SackOk,
        ["wscale", n] => TcpOption::WindowScale(number(n)?),
        ["TS", "val", val, "ecr", ecr] => TcpOption::Timestamps(number(val)?, number(ecr)?),
        ["sack", ref blocks @ ..] => {
            let block = |b: &&str| {
                let (from, to) = b.split_once(':').ok_or("expected `sack from:to`")?;
                Ok::<_, String>((number(from)?, number(to)?))
            };
            TcpOption::Sack(blocks.iter().map(block).collect::<Result<_, _>>()?)
        }
        ["eol"] => TcpOption::Eol,
        _ => return Err(format!("unknown option `{text}`")),
    })
}

/// `read(4, ..., 1000) = 100`; what stands in for arguments that are not looked at is `...`.
fn call(text: &str) -> Result<Act, String> {
    let wrong = || format!("expected `name(arguments) = result`, got `{text}`");
    let (name, rest) = text.split_once('(').ok_or_else(wrong)?;
    let (arguments, result) = rest.rsplit_once('=').ok_or_else(wrong)?;
    let arguments = arguments.trim().strip_suffix(')').ok_or_else(wrong)?;
    let arguments: Vec<&str> = arguments.split(',').map(str::trim).collect();
    let fd = match name.trim() {
        "socket" => 0,
        _ => number(arguments[0])?,
    };
    let call = match (name.trim(), &arguments[..]) {
        ("socket", _) => Call::Socket,
        ("bind" | "fcntl", _) => Call::Ignored,
        ("listen", _) => Call::Listen,
        ("connect", _) => Call::Connect,
        ("accept", _) => Call::Accept,
        ("read", [_, _, n]) => Call::Read(number(n)?),
        ("write", [_, _, n]) => Call::Write(number(n)?),
        ("close", [_]) => Call::Close,
        ("shutdown", [_, "SHUT_WR"]) => Call::ShutdownWrite,
        ("setsockopt", [_, _, name, value, _]) => set_socket_option(name, value)?,
        ("getsockopt", [_, _, "SO_ERROR", held, _]) => {
            let held = held.trim_matches(['[', ']']);
            let returned = match errno(held) {
                Ok(errno) => Returned::Held(errno),
                Err(_) => Returned::Number(number(held)?),
            };
            return Ok(Act::Call(fd, Call::TakeError, returned));
        }
        _ => {
            return Err(format!(
                "`{name}` with these arguments is not in the subset"
            ));
        }
    };
    Ok(Act::Call(fd, call, returned(result)?))
}

fn set_socket_option(name: &str, value: &str) -> Result<Call, String> {
    let setting = match name {
        "SO_KEEPALIVE" => Setting::Probing,
        "TCP_KEEPIDLE" => Setting::Idle,
        "TCP_KEEPINTVL" => Setting::Interval,
        "TCP_KEEPCNT" => Setting::Count,
        "SO_REUSEADDR" | "TCP_NODELAY" => return Ok(Call::Ignored),
        _ => return Err(format!("socket option {name} is not in the subset")),
    };
    Ok(Call::Set(setting, number(value.trim_matches(['[', ']']))?))
}

/// `0`, `-1 EPIPE`, `-1 EPIPE (Broken pipe)`.
fn returned(text: &str) -> Result<Returned, String> {
    let mut words = text.split_whitespace();
    match words.next() {
        Some("-1") => errno(words.next().unwrap_or("")).map(Returned::Errno),
        Some(n) => number(n).map(Returned::Number),
        None => Err("expected a result after `=`".to_owned()),
    }
}

fn errno(text: &str) -> Result<&'static str, String> {
    let known = ERRNOS.iter().find(|e| **e == text);
    known
        .copied()
        .ok_or_else(|| format!("unknown errno `{text}`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str, what: &str) {
        let error = parse(text).expect_err(text);
        assert!(error.to_string().contains(what), "{text}: {error}");
    }

    #[test]
    fn what_is_outside_the_subset_is_refused_by_line_and_name() {
        refused("\n\n0 > Q 0:0(0)", "3: expected flags");
        refused(
            "0 < . 1:2(0) ack 1",
            "1: expected `seq:end(len)` that adds up",
        );
        refused(
            "/* a\n b */ soon < . 1:1(0)",
            "2: expected seconds, got `soon`",
        );
        refused("0 epoll_wait(3, ..., 1, 0) = 0", "`epoll_wait`");
        refused("0 `sysctl -w x=1`", "shell commands");
        refused("0 read(3, ..., 10) = -1 ENOPE", "unknown errno `ENOPE`");
        refused("--hz=100", "250, 1000 or ideal");
        refused("0 < S 0:0(0) <mss 1460", "expected `>`");
    }

    #[test]
    fn times_are_read_exactly() {
        let ms = Duration::from_millis;
        for (text, expected) in [
            ("0.1", When::At(ms(100))),
            ("+.01", When::After(ms(10))),
            ("+0~+.004", When::AfterBetween(ms(0), ms(4))),
            ("1...1.5", When::Blocks(ms(1_000), ms(1_500))),
            ("+0...+.5", When::AfterBlocks(ms(0), ms(500))),
            ("*", When::Any),
        ] {
            assert_eq!(when(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn packets_are_printed_as_they_are_written() {
        for text in [
            "S 0:0(0) win 64240 <mss 1460,sackOK,TS val 1 ecr 0,nop,wscale 10>",
            "P. 1:101(100) ack 1 <...>",
            ". 1:1(0) ack 201 <nop,nop,sack 211:221 231:241>",
            "R 201:201(0)",
        ] {
            assert_eq!(packet(text).expect(text).to_string(), text);
        }
    }
}
