//! iptables commands as people type them: `sudo iptables -A INPUT -p tcp -s 10.0.0.2 --dport 8080 -j DROP`.
//!
//! The words are those of iptables(8) and iptables-extensions(8). What is not understood is an error that names the word.

use crate::invalid::{Problem, What};
use crate::shell::expected;
use crate::v1::Scenario;
use std::net::Ipv4Addr;
use whyeof_sim::net::filter::Command;
use whyeof_sim::net::listing::Style;
use whyeof_trace::filter::{Block, By, Chain, Is, Match, Refusal, Rule, State, States, Verdict};
use whyeof_trace::{Flags, Text, Unreachable};

impl Scenario {
    /// The address of a machine: 10.0.0.1, 10.0.0.2 … in their order.
    pub fn address(&self, machine: &str) -> Option<Ipv4Addr> {
        let place = self.machines().iter().position(|name| *name == machine)?;
        let number = u8::try_from(place + 1).ok()?;
        Some(Ipv4Addr::new(10, 0, 0, number))
    }
}

/// Reads the words behind `iptables`. `address`: of a machine, by its name.
///
/// # Errors
/// The word that is wrong, and what was expected.
pub(crate) fn parse(
    words: &[&str],
    address: &dyn Fn(&str) -> Option<Ipv4Addr>,
) -> Result<Command, Problem> {
    let words = command_first(words);
    let mut reader = Words {
        words: &words,
        next: 0,
        address,
    };
    reader.command()
}

/// The same words with `-A CHAIN` and the like in front, where it may stand anywhere; `-v`, which changes nothing but what is printed,
/// and `-w`, with its seconds or without, are left out.
fn command_first<'a>(words: &[&'a str]) -> Vec<&'a str> {
    let lists = words.iter().any(|word| is_list(word));
    let (mut tables, mut rest): (Vec<&str>, Vec<&str>) = (Vec::new(), Vec::new());
    // `--dport=80` is `--dport 80`.
    let split = words.iter().flat_map(|word| match word.split_once('=') {
        Some((option, value)) if option.starts_with("--") => vec![option, value],
        _ => vec![*word],
    });
    let mut words = split.peekable();
    while let Some(word) = words.next() {
        match word {
            "-v" | "--verbose" if !lists => {}
            "-w" | "--wait" => {
                words.next_if(|next| next.parse::<u32>().is_ok());
            }
            "-t" | "--table" => {
                tables.push("-t");
                tables.extend(words.next());
            }
            word => rest.push(word),
        }
    }
    let at = rest.iter().position(|word| ADDS.contains(word));
    if let Some(at) = at {
        // The command, its chain, and a rule's number.
        let numbered = rest
            .get(at + 2)
            .is_some_and(|word| word.parse::<u16>().is_ok());
        let end = (at + 2 + usize::from(numbered)).min(rest.len());
        rest[..end].rotate_left(at);
    }
    tables.extend(rest);
    tables
}

fn is_list(word: &str) -> bool {
    match word.strip_prefix("--") {
        Some(long) => long == "list",
        None => word.starts_with('-') && word.contains('L'),
    }
}

/// What adds or takes away a rule.
const ADDS: [&str; 6] = ["-A", "--append", "-I", "--insert", "-D", "--delete"];

/// What is still to be read.
struct Words<'a> {
    words: &'a [&'a str],
    next: usize,
    address: &'a dyn Fn(&str) -> Option<Ipv4Addr>,
}

/// What only `-p tcp` knows; without it, iptables v1.8.9 says `unknown option "--dport"`.
const OF_TCP: [&str; 6] = [
    "--sport",
    "--source-port",
    "--dport",
    "--destination-port",
    "--tcp-flags",
    "--syn",
];

/// What a rule is made of.
const OPTIONS: [&str; 12] = [
    "-p",
    "-s",
    "-d",
    "--sport",
    "--dport",
    "--tcp-flags",
    "--syn",
    "-m",
    "--state",
    "--ctstate",
    "-j",
    "--reject-with",
];

const TARGETS: [&str; 3] = ["DROP", "ACCEPT", "REJECT"];

/// What the words of a rule have said so far.
#[derive(Default)]
struct Draft<'a> {
    matches: Match,
    target: Option<Verdict>,
    refusal: Option<Refusal>,
    not: bool,
    /// Options that have been said.
    said: Vec<&'static str>,
    /// Extensions that have been loaded.
    loaded: Vec<&'a str>,
}

impl Draft<'_> {
    /// An option comes.
    fn say(&mut self, word: &str) -> Result<(), Problem> {
        let Some(name) = once(word) else {
            return Ok(());
        };
        if self.said.contains(&name) {
            let text = Text::new("each option once", "每个选项只写一次");
            return Err(expected(Some(word), text));
        }
        self.said.push(name);
        Ok(())
    }
}

impl<'a> Words<'a> {
    fn take(&mut self) -> Option<&'a str> {
        let word = self.words.get(self.next).copied();
        self.next += 1;
        word
    }

    fn peek(&self) -> Option<&'a str> {
        self.words.get(self.next).copied()
    }

    fn command(&mut self) -> Result<Command, Problem> {
        // It is the one that is meant if nothing is said.
        while self.peek() == Some("-t") {
            self.next += 1;
            match self.take() {
                Some("filter") => {}
                word => return Err(expected(word, Text::same("`filter`"))),
            }
        }
        if let Some(command) = self.list()? {
            return Ok(command);
        }
        match self.take() {
            Some("-A" | "--append") => {
                let chain = self.chain()?;
                Ok(Command::Append(chain, self.rule()?))
            }
            Some("-I" | "--insert") => {
                let chain = self.chain()?;
                let number = self.number().unwrap_or(1);
                Ok(Command::Insert(chain, number, self.rule()?))
            }
            Some("-D" | "--delete") => {
                let chain = self.chain()?;
                match self.number() {
                    Some(number) => self.end(Command::DeleteAt(chain, number)),
                    None => Ok(Command::Delete(chain, self.rule()?)),
                }
            }
            Some("-F" | "--flush") => {
                let chain = match self.peek() {
                    Some(_) => Some(self.chain()?),
                    None => None,
                };
                self.end(Command::Flush(chain))
            }
            Some("-P" | "--policy") => {
                let chain = self.chain()?;
                let verdict = match self.take() {
                    Some("ACCEPT") => Verdict::Accept,
                    Some("DROP") => Verdict::Drop,
                    word => return Err(expected(word, Text::same("`ACCEPT`, `DROP`"))),
                };
                self.end(Command::Policy(chain, verdict))
            }
            word => Err(expected(
                word,
                Text::same("`-A`, `-I`, `-D`, `-F`, `-P`, `-L`"),
            )),
        }
    }

    /// `-L`, `-nvL INPUT`, `-n -L -v --line-numbers`: the options come in any order.
    fn list(&mut self) -> Result<Option<Command>, Problem> {
        if !self.words[self.next..].iter().any(|word| is_list(word)) {
            return Ok(None);
        }
        let (mut chain, mut style) = (None, Style::default());
        while let Some(word) = self.take() {
            match word {
                "--list" | "-L" => {}
                "--verbose" => style.verbose = true,
                "--numeric" => style.numeric = true,
                "--line-numbers" => style.line_numbers = true,
                _ => {
                    let letters = word.strip_prefix('-').unwrap_or_default();
                    if letters.is_empty() || letters.contains(|c| !"Lvnw".contains(c)) {
                        let known = ["-L", "-v", "-n", "--line-numbers"];
                        return Err(Problem::unknown(What::Word, word, &known));
                    }
                    style.verbose |= letters.contains('v');
                    style.numeric |= letters.contains('n');
                }
            }
            let names_chain = word == "--list" || word.ends_with('L');
            if names_chain && self.peek().is_some_and(|next| !next.starts_with('-')) {
                chain = Some(self.chain()?);
            }
        }
        Ok(Some(Command::List(chain, style)))
    }

    fn end(&mut self, command: Command) -> Result<Command, Problem> {
        match self.take() {
            None => Ok(command),
            word => Err(expected(word, Text::new("nothing more", "到此为止"))),
        }
    }

    fn chain(&mut self) -> Result<Chain, Problem> {
        let word = self.take();
        let found = Chain::ALL
            .into_iter()
            .find(|chain| Some(chain.name()) == word);
        found.ok_or_else(|| {
            let known = Chain::ALL.map(Chain::name);
            match word {
                Some(word) => Problem::unknown(What::Word, word, &known),
                None => expected(None, Text::same("`INPUT`, `OUTPUT`, `FORWARD`")),
            }
        })
    }

    /// The number of a rule, if one comes next.
    fn number(&mut self) -> Option<u16> {
        let number = self.peek()?.parse().ok().filter(|n| *n > 0)?;
        self.next += 1;
        Some(number)
    }

    fn rule(&mut self) -> Result<Rule, Problem> {
        let mut draft = Draft::default();
        while let Some(word) = self.take() {
            if word == "!" {
                draft.not = true;
                continue;
            }
            if OF_TCP.contains(&word) && !draft.matches.is_tcp {
                let text = Text::new("`-p tcp` before it", "前面先有 `-p tcp`");
                return Err(expected(Some(word), text));
            }
            self.part(word, &mut draft)?;
            draft.not = false;
        }
        if draft.not {
            return Err(expected(Some("!"), CONDITION));
        }
        let states = ["state", "conntrack"].map(|name| draft.loaded.contains(&name));
        if states != [false; 2] && draft.matches.states.is_none() {
            return Err(expected(None, Text::same("`--state`, `--ctstate`")));
        }
        let verdict = match (draft.target, draft.refusal) {
            (Some(Verdict::Reject(_)), Some(with)) => Some(Verdict::Reject(with)),
            (_, Some(_)) => return Err(expected(Some("--reject-with"), Text::same("`-j REJECT`"))),
            (verdict, None) => verdict,
        };
        if draft.refusal == Some(Refusal::TcpReset) && !draft.matches.is_tcp {
            let text = Text::new("`-p tcp` with it", "同时有 `-p tcp`");
            return Err(expected(Some("tcp-reset"), text));
        }
        Ok(Rule {
            matches: draft.matches,
            verdict,
        })
    }

    /// One condition, or what becomes of the packet.
    fn part(&mut self, word: &str, draft: &mut Draft<'a>) -> Result<(), Problem> {
        let not = draft.not;
        draft.say(word)?;
        let is = |value| Some(Is { not, value });
        match word {
            "-p" | "--protocol" if !not => match self.take() {
                Some(tcp) if tcp.eq_ignore_ascii_case("tcp") || tcp == "6" => {
                    draft.matches.is_tcp = true;
                }
                Some("all" | "0") => {}
                word => return Err(expected(word, Text::same("`tcp`"))),
            },
            "-s" | "--source" | "--src" => {
                let block = self.block()?;
                draft.matches.source = some_of(not, block);
            }
            "-d" | "--destination" | "--dst" => {
                let block = self.block()?;
                draft.matches.destination = some_of(not, block);
            }
            "--sport" | "--source-port" => {
                let ports = self.ports()?;
                draft.matches.sport = Some(Is { not, value: ports });
            }
            "--dport" | "--destination-port" => {
                let ports = self.ports()?;
                draft.matches.dport = Some(Is { not, value: ports });
            }
            "--syn" => {
                let mask = flags("SYN,RST,ACK,FIN").unwrap_or_default();
                draft.matches.flags = is((mask, Flags::SYN));
            }
            "--tcp-flags" => {
                let value = (self.flags()?, self.flags()?);
                draft.matches.flags = is(value);
            }
            "-m" | "--match" => match self.take() {
                Some(name @ ("tcp" | "state" | "conntrack")) if !not => draft.loaded.push(name),
                word => {
                    return Err(expected(word, Text::same("`tcp`, `state`, `conntrack`")));
                }
            },
            "--state" | "--ctstate" => {
                let (by, of, load) = match word {
                    "--state" => (By::State, "state", "`-m state` before it"),
                    _ => (By::Conntrack, "conntrack", "`-m conntrack` before it"),
                };
                if !draft.loaded.contains(&of) {
                    return Err(expected(Some(word), Text::same(load)));
                }
                let any = self.states()?;
                let states = States { any, by };
                draft.matches.states = Some(Is { not, value: states });
            }
            "-j" | "--jump" if !not => draft.target = Some(self.target()?),
            "--reject-with" if !not => draft.refusal = Some(self.refusal()?),
            _ if not && once(word).is_some() => return Err(expected(Some(word), CONDITION)),
            _ => return Err(Problem::unknown(What::Word, word, &OPTIONS)),
        }
        Ok(())
    }

    /// An address, a network, or a machine by its name.
    fn block(&mut self) -> Result<Block, Problem> {
        let word = self.take();
        let read = |word: &str| {
            let (host, bits) = match word.split_once('/') {
                Some((host, mask)) => (host, prefix(mask)?),
                None => (word, 32),
            };
            let address: Ipv4Addr = host.parse().ok().or_else(|| (self.address)(host))?;
            // What the mask leaves: `10.0.0.7/24` is `10.0.0.0/24`.
            let kept = u32::MAX.checked_shl(32 - u32::from(bits)).unwrap_or(0);
            let address = Ipv4Addr::from(u32::from(address) & kept);
            Some(Block { address, bits })
        };
        word.and_then(read).ok_or_else(|| {
            let text = Text::new(
                "a machine of this scenario, or an address such as `10.0.0.2` or `10.0.0.0/24`",
                "场景里的机器，或者地址，例如 `10.0.0.2`、`10.0.0.0/24`",
            );
            expected(word, text)
        })
    }

    /// `8080`, or `8000:8100`.
    fn ports(&mut self) -> Result<(u16, u16), Problem> {
        let word = self.take();
        let read = |word: &str| {
            let (from, to) = word.split_once(':').unwrap_or((word, word));
            let end = |text: &str, open: u16| match text {
                "" if word.len() > 1 => Some(open),
                text => text.parse().ok(),
            };
            let range: (u16, u16) = (end(from, 0)?, end(to, u16::MAX)?);
            (range.0 <= range.1).then_some(range)
        };
        word.and_then(read).ok_or_else(|| {
            let text = Text::new(
                "a port such as `8080`, or a range such as `8000:8100`",
                "端口，例如 `8080`，或者范围，例如 `8000:8100`",
            );
            expected(word, text)
        })
    }

    fn flags(&mut self) -> Result<Flags, Problem> {
        let word = self.take();
        word.and_then(flags).ok_or_else(|| {
            let text = Text::new(
                "control bits such as `SYN,ACK`, `ALL` or `NONE`",
                "标志位，例如 `SYN,ACK`、`ALL` 或 `NONE`",
            );
            expected(word, text)
        })
    }

    fn states(&mut self) -> Result<[bool; 4], Problem> {
        let word = self.take();
        let mut states = [false; 4];
        for name in word.unwrap_or_default().split(',') {
            let is = |state: &State| state.name().eq_ignore_ascii_case(name);
            match State::ALL.iter().position(is) {
                Some(at) => states[at] = true,
                None => {
                    let known = State::ALL.map(State::name);
                    return Err(Problem::unknown(What::Word, name, &known));
                }
            }
        }
        Ok(states)
    }

    fn target(&mut self) -> Result<Verdict, Problem> {
        match self.take() {
            Some("DROP") => Ok(Verdict::Drop),
            Some("ACCEPT") => Ok(Verdict::Accept),
            Some("REJECT") => Ok(Verdict::Reject(Refusal::Unreachable(Unreachable::Port))),
            Some(word) => Err(Problem::unknown(What::Word, word, &TARGETS)),
            None => Err(expected(None, Text::same("`DROP`, `ACCEPT`, `REJECT`"))),
        }
    }

    fn refusal(&mut self) -> Result<Refusal, Problem> {
        match self.take() {
            Some("tcp-reset") => Ok(Refusal::TcpReset),
            Some("icmp-port-unreachable" | "port-unreach") => {
                Ok(Refusal::Unreachable(Unreachable::Port))
            }
            Some("icmp-host-unreachable" | "host-unreach") => {
                Ok(Refusal::Unreachable(Unreachable::Host))
            }
            word => Err(expected(
                word,
                Text::same("`tcp-reset`, `icmp-port-unreachable`, `icmp-host-unreachable`"),
            )),
        }
    }
}

const CONDITION: Text = Text::new(
    "a condition after `!`, but not `-p`",
    "`!` 后面跟一个条件（`-p` 除外）",
);

/// The option that may stand once only, whatever it is called.
fn once(word: &str) -> Option<&'static str> {
    Some(match word {
        "-p" | "--protocol" => "-p",
        "-s" | "--source" | "--src" => "-s",
        "-d" | "--destination" | "--dst" => "-d",
        "--sport" | "--source-port" => "--sport",
        "--dport" | "--destination-port" => "--dport",
        "--syn" | "--tcp-flags" => "--tcp-flags",
        "--state" | "--ctstate" => "--state",
        "-j" | "--jump" => "-j",
        "--reject-with" => "--reject-with",
        _ => return None,
    })
}

/// All addresses are no condition.
fn some_of(not: bool, value: Block) -> Option<Is<Block>> {
    (not || value.bits > 0).then_some(Is { not, value })
}

/// `24`, or `255.255.255.0`.
fn prefix(mask: &str) -> Option<u8> {
    if let Ok(bits) = mask.parse::<u8>() {
        return (bits <= 32).then_some(bits);
    }
    let mask = u32::from(mask.parse::<Ipv4Addr>().ok()?);
    let ones = mask.leading_ones();
    (ones + mask.trailing_zeros().min(32 - ones) == 32).then_some(u8::try_from(ones).ok()?)
}

/// `SYN,ACK`.
fn flags(word: &str) -> Option<Flags> {
    let bit = |name: &str| match name.to_ascii_uppercase().as_str() {
        "SYN" => Some(Flags::SYN),
        "ACK" => Some(Flags::ACK),
        "FIN" => Some(Flags::FIN),
        "RST" => Some(Flags::RST),
        "PSH" => Some(Flags::PSH),
        "URG" => Some(Flags::URG),
        "NONE" => Some(Flags::default()),
        "ALL" => flags("SYN,ACK,FIN,RST,PSH,URG"),
        _ => None,
    };
    let mut all = Flags::default();
    for name in word.split(',') {
        all = all.with(bit(name)?);
    }
    Some(all)
}
