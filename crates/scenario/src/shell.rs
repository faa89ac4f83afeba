//! What people type at a machine's shell: iptables, signals, services, the power switch, `ss -K`.
//!
//! The words are those of the commands' own pages: kill(1), pkill(1), systemctl(1), reboot(8), ss(8). A process is named by its
//! program's name, where kill(1) wants its number. Only the sudden kinds of reboot and power-off are here, in which nobody closes
//! anything: an orderly one is `kill` for each program, and then that.

use crate::invalid::{Invalid, Problem, What, shorten};
use crate::iptables;
use crate::kind::{Given, Kind, Word};
use crate::manual;
use crate::rows::{HOUR, Need, Row, span};
use crate::span::{Span, Unit};
use crate::v1::{Scenario, Typed};
use std::time::Duration;
use whyeof_sim::net::filter;
use whyeof_trace::Text;

/// The longest command.
const MAX_LINE: usize = 256;

/// How long a machine is down that reboots, if nobody says: what small virtual machines take.
const BOOT: Duration = Duration::from_secs(30);

/// The name of the command at this position when it is given none.
pub(crate) fn default_name(position: usize) -> String {
    format!("c{}", position + 1)
}

/// Keys of a command.
pub(crate) static TYPED: [Row<Typed>; 4] = [
    Row {
        key: "at",
        label: Text::new("At", "时刻"),
        help: manual::says(Text::new(
            "When it is typed, counted from the start of the run.",
            "什么时刻敲下这条命令，从运行开始算起。",
        )),
        kind: span(HOUR),
        need: Need::Optional,
        get: |t| Some(Given::span(t.at)),
        put: |t, given| t.at = given.and_then(Given::duration).unwrap_or_default(),
    },
    Row {
        key: "on",
        label: Text::new("On", "在哪台机器"),
        help: manual::says(Text::new(
            "The machine at whose shell it is typed.",
            "在哪台机器的 shell 里敲。",
        )),
        kind: Kind::Word(Word::Name),
        need: Need::Required,
        get: |t| Some(Given::Word(t.on.clone())),
        put: |t, given| t.on = given.and_then(Given::word).unwrap_or_default(),
    },
    Row {
        key: "run",
        label: Text::new("Command", "命令"),
        help: manual::says(Text::new(
            "As it is typed, with names in place of addresses and process numbers: iptables …, kill -9|-TERM|-STOP|-CONT NAME, systemctl start|stop|restart NAME, reboot -f, poweroff -f, ss -K dst HOST.",
            "照平时敲的样子写，地址和进程号直接写名字：iptables …、kill -9|-TERM|-STOP|-CONT 程序、systemctl start|stop|restart 程序、reboot -f、poweroff -f、ss -K dst 机器。",
        )),
        kind: Kind::Word(Word::Line),
        need: Need::Required,
        get: |t| Some(Given::Word(t.run.clone())),
        put: |t, given| t.run = given.and_then(Given::word).unwrap_or_default(),
    },
    Row {
        key: "for",
        label: Text::new("Lasts", "持续"),
        help: manual::says(Text::new(
            "How long a machine is down (reboot -f: 30 s if not set; poweroff -f: for good), or a process stopped (kill -STOP).",
            "机器停机多久（reboot -f 不设就是 30 s，poweroff -f 不设就不再开机），或进程停多久（kill -STOP）。",
        )),
        kind: Kind::Span {
            bare: Unit::Millis,
            min: Span(1),
            max: HOUR,
        },
        need: Need::Optional,
        get: |t| t.lasts.map(Given::span),
        put: |t, given| t.lasts = given.and_then(Given::duration),
    },
];

/// A command as it was read; names are not looked up yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Command<'a> {
    Iptables(filter::Command),
    /// To a program.
    Signal(Signal, &'a str),
    /// Of a program.
    Service(Service, &'a str),
    Power(Power),
    /// `ss -K`: connections to a machine.
    Destroy(&'a str),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Signal {
    Kill,
    Terminate,
    Stop,
    Continue,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Service {
    Start,
    Stop,
    Restart,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Power {
    Reboot,
    Off,
}

impl Power {
    /// How long the machine is down; `None`: for good.
    pub(crate) fn down(self, lasts: Option<Duration>) -> Option<Duration> {
        match self {
            Self::Reboot => Some(lasts.unwrap_or(BOOT)),
            Self::Off => lasts,
        }
    }
}

/// Reads a command.
///
/// # Errors
/// The word that is wrong, and what was expected.
pub(crate) fn parse<'a>(line: &'a str, scenario: &Scenario) -> Result<Command<'a>, Problem> {
    if line.len() > MAX_LINE {
        return Err(Problem::TooLarge { most: MAX_LINE });
    }
    let mut words: Vec<&str> = line.split_whitespace().collect();
    if words.first() == Some(&"sudo") {
        words.remove(0);
    }
    let Some((name, rest)) = words.split_first() else {
        return Err(expected(None, COMMANDS));
    };
    match *name {
        "iptables" => {
            let address = |machine: &str| scenario.address(machine);
            iptables::parse(rest, &address).map(Command::Iptables)
        }
        "kill" | "pkill" | "killall" => signal(rest),
        "systemctl" => service(rest),
        "reboot" => power(rest, Power::Reboot),
        "poweroff" => power(rest, Power::Off),
        "ss" => destroy(rest),
        name => Err(expected(Some(name), COMMANDS)),
    }
}

const COMMANDS: Text = Text::new(
    "`iptables`, `kill`, `systemctl`, `reboot -f`, `poweroff -f` or `ss -K`",
    "`iptables`、`kill`、`systemctl`、`reboot -f`、`poweroff -f` 或 `ss -K`",
);

const PROGRAM: Text = Text::new("the name of a program", "程序的名字");

pub(crate) fn expected(word: Option<&str>, text: Text) -> Problem {
    let found = word.map_or_else(String::new, shorten);
    Problem::expected(&format!("`{found}`"), text)
}

/// `-9 NAME`, `-s KILL NAME`, `NAME`.
fn signal<'a>(words: &[&'a str]) -> Result<Command<'a>, Problem> {
    let (signal, rest) = match words {
        ["-s" | "--signal", name, rest @ ..] => (named(name)?, rest),
        [word, rest @ ..] if word.starts_with('-') => (named(&word[1..])?, rest),
        rest => (Signal::Terminate, rest),
    };
    match rest {
        [program] => Ok(Command::Signal(signal, program)),
        [] => Err(expected(None, PROGRAM)),
        [_, more, ..] => Err(expected(Some(more), NOTHING)),
    }
}

const NOTHING: Text = Text::new("nothing more", "到此为止");

fn named(name: &str) -> Result<Signal, Problem> {
    let bare = name.strip_prefix("SIG").unwrap_or(name);
    match bare {
        "9" | "KILL" => Ok(Signal::Kill),
        "15" | "TERM" | "2" | "INT" => Ok(Signal::Terminate),
        "19" | "STOP" => Ok(Signal::Stop),
        "18" | "CONT" => Ok(Signal::Continue),
        _ => {
            let known = Text::same("-9, -KILL, -TERM, -INT, -STOP, -CONT");
            Err(expected(Some(name), known))
        }
    }
}

fn service<'a>(words: &[&'a str]) -> Result<Command<'a>, Problem> {
    let what = match words.first() {
        Some(&"start") => Service::Start,
        Some(&"stop") => Service::Stop,
        Some(&"restart") => Service::Restart,
        word => {
            let known = Text::same("start, stop, restart");
            return Err(expected(word.copied(), known));
        }
    };
    match &words[1..] {
        [unit] => {
            let program = unit.strip_suffix(".service").unwrap_or(unit);
            Ok(Command::Service(what, program))
        }
        [] => Err(expected(None, PROGRAM)),
        [_, more, ..] => Err(expected(Some(more), NOTHING)),
    }
}

fn power<'a>(words: &[&'a str], what: Power) -> Result<Command<'a>, Problem> {
    match words {
        ["-f" | "--force"] => Ok(Command::Power(what)),
        _ => {
            let forced = Text::new(
                "-f: only the sudden kind is simulated; `kill` the programs first for an orderly one",
                "-f：只模拟突然断电；要按步骤关机，先 `kill` 各个程序",
            );
            Err(expected(words.first().copied(), forced))
        }
    }
}

fn destroy<'a>(words: &[&'a str]) -> Result<Command<'a>, Problem> {
    match words {
        ["-K", "dst", host] => Ok(Command::Destroy(host)),
        _ => {
            let usage = Text::same("`-K dst HOST`");
            Err(expected(words.first().copied(), usage))
        }
    }
}

/// Whether a command can be carried out where it is typed.
///
/// # Errors
/// The field that is wrong.
pub(crate) fn check(typed: &Typed, scenario: &Scenario, path: &str) -> Result<(), Invalid> {
    let wrong = |problem| Invalid::new(format!("{path}.run"), problem);
    let command = parse(&typed.run, scenario).map_err(wrong)?;
    match command {
        Command::Signal(_, program) | Command::Service(_, program) => {
            let here = scenario.programs_on(&typed.on);
            if !here.contains(&program) {
                return Err(wrong(Problem::unknown(What::Program, program, &here)));
            }
        }
        Command::Destroy(host) => {
            let machines = scenario.machines();
            if !machines.contains(&host) {
                return Err(wrong(Problem::unknown(What::Host, host, &machines)));
            }
        }
        Command::Iptables(_) | Command::Power(_) => {}
    }
    let lasts = matches!(
        command,
        Command::Power(_) | Command::Signal(Signal::Stop, _)
    );
    match typed.lasts {
        Some(given) if !lasts => {
            let expected = Text::new(
                "no time, except with reboot -f, poweroff -f and kill -STOP",
                "不带时间，只有 reboot -f、poweroff -f、kill -STOP 可以带",
            );
            let problem = Problem::expected(&Given::span(given).text(), expected);
            Err(Invalid::new(format!("{path}.for"), problem))
        }
        _ => Ok(()),
    }
}
