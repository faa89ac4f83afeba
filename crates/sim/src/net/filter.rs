//! A host's packet filter, as iptables(8) keeps it in its table `filter`: chains of rules, the first that matches decides.
//!
//! INPUT sees what has reached the host, OUTPUT what its own programs and kernel send (linux-tcp §7.4). Nothing is forwarded between
//! hosts here, so FORWARD sees nothing.

use std::net::Ipv4Addr;
use std::time::Duration;
use whyeof_trace::{Flags, HostId, Segment};

use super::fault::Refusal;

/// A built-in chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Chain {
    /// Packets for this host.
    Input,
    /// Packets of this host.
    Output,
    /// Packets that pass through.
    Forward,
}

impl Chain {
    /// All of them, in the order in which they are listed.
    pub const ALL: [Self; 3] = [Self::Input, Self::Forward, Self::Output];

    /// As iptables names it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Input => "INPUT",
            Self::Output => "OUTPUT",
            Self::Forward => "FORWARD",
        }
    }

    const fn index(self) -> usize {
        match self {
            Self::Input => 0,
            Self::Forward => 1,
            Self::Output => 2,
        }
    }
}

/// What becomes of a packet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Verdict {
    /// It goes on.
    #[default]
    Accept,
    /// It is thrown away.
    Drop,
    /// It is thrown away, and its sender is told.
    Reject(Refusal),
}

/// A value, or (`!`) any other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Is<T> {
    /// `!`.
    pub not: bool,
    /// The value.
    pub value: T,
}

/// Addresses: `10.0.0.2/24`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Block {
    /// The address.
    pub address: Ipv4Addr,
    /// How many of its bits count, at most 32.
    pub bits: u8,
}

/// What of a connection a packet is, as conntrack says; here by its flags: a SYN begins one, all else belongs to one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It begins one.
    New,
    /// It belongs to one.
    Established,
}

/// Which packets a rule is about. What is not said matches everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Match {
    /// `-s`.
    pub source: Option<Is<Block>>,
    /// `-d`.
    pub destination: Option<Is<Block>>,
    /// `--sport`: from and to.
    pub sport: Option<Is<(u16, u16)>>,
    /// `--dport`.
    pub dport: Option<Is<(u16, u16)>>,
    /// `--tcp-flags`: which are looked at, and which of them are set.
    pub flags: Option<Is<(Flags, Flags)>>,
    /// `--state`, `--ctstate`: any of these.
    pub states: Option<Is<[Option<State>; 2]>>,
}

/// A rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Which packets.
    pub matches: Match,
    /// What becomes of them; `None`: they are only counted.
    pub verdict: Option<Verdict>,
}

/// A command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// `-A`.
    Append(Chain, Rule),
    /// `-I`: before the rule of this number, from 1.
    Insert(Chain, u16, Rule),
    /// `-D` of a number.
    DeleteAt(Chain, u16),
    /// `-D` of a rule.
    Delete(Chain, Rule),
    /// `-F`; `None`: of all chains.
    Flush(Option<Chain>),
    /// `-P`.
    Policy(Chain, Verdict),
}

/// A command that somebody types at a host's shell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommandPlan {
    /// When.
    pub at: Duration,
    /// Where.
    pub host: HostId,
    /// What.
    pub command: Command,
    /// As it was typed.
    pub line: String,
}

/// A packet, as a filter sees it.
#[derive(Clone, Copy, Debug)]
pub struct Seen<'a> {
    /// Sender and receiver.
    pub addresses: [Ipv4Addr; 2],
    /// Their ports.
    pub ports: [u16; 2],
    /// The segment.
    pub segment: &'a Segment,
}

/// A rule that is in force.
#[derive(Clone, Debug)]
struct Installed {
    rule: Rule,
    /// The number of the command that brought it.
    by: u16,
    packets: u64,
}

/// One host's chains.
#[derive(Clone, Debug, Default)]
struct Table {
    chains: [Vec<Installed>; 3],
    /// What becomes of a packet that no rule decides on, and the command that said so.
    policies: [(Verdict, u16); 3],
}

/// All hosts' filters.
#[derive(Clone, Debug, Default)]
pub struct Filters {
    tables: Vec<Table>,
    /// Whether any rule or policy has ever been set.
    used: bool,
}

impl Filters {
    /// Empty ones.
    pub fn new(hosts: usize) -> Self {
        Self {
            tables: vec![Table::default(); hosts],
            used: false,
        }
    }

    /// Whether nothing has been set yet.
    pub const fn is_empty(&self) -> bool {
        !self.used
    }

    /// Carries out a command, the `by`-th of the scenario. Deleting what there is not does nothing, as the shell's error would.
    pub fn run(&mut self, host: HostId, command: &Command, by: u16) {
        self.used = true;
        let Some(table) = self.tables.get_mut(host.index()) else {
            return;
        };
        let installed = |rule: &Rule| Installed {
            rule: rule.clone(),
            by,
            packets: 0,
        };
        match command {
            Command::Append(chain, rule) => table.chains[chain.index()].push(installed(rule)),
            Command::Insert(chain, number, rule) => {
                let rules = &mut table.chains[chain.index()];
                let at = usize::from(number.saturating_sub(1)).min(rules.len());
                rules.insert(at, installed(rule));
            }
            Command::DeleteAt(chain, number) => {
                let rules = &mut table.chains[chain.index()];
                let at = usize::from(number.saturating_sub(1));
                if at < rules.len() {
                    rules.remove(at);
                }
            }
            Command::Delete(chain, rule) => {
                let rules = &mut table.chains[chain.index()];
                if let Some(at) = rules.iter().position(|known| known.rule == *rule) {
                    rules.remove(at);
                }
            }
            Command::Flush(chain) => {
                for of in Chain::ALL {
                    if chain.is_none_or(|chain| chain == of) {
                        table.chains[of.index()].clear();
                    }
                }
            }
            Command::Policy(chain, verdict) => table.policies[chain.index()] = (*verdict, by),
        }
    }

    /// What a chain makes of a packet, and the command that said so; every rule that matches counts it.
    pub fn meet(&mut self, host: HostId, chain: Chain, seen: &Seen<'_>) -> (Verdict, u16) {
        let Some(table) = self.tables.get_mut(host.index()) else {
            return (Verdict::Accept, 0);
        };
        for installed in &mut table.chains[chain.index()] {
            if !installed.rule.matches.fits(seen) {
                continue;
            }
            installed.packets += 1;
            if let Some(verdict) = installed.rule.verdict {
                return (verdict, installed.by);
            }
        }
        table.policies[chain.index()]
    }

    /// Whether OUTPUT would throw a packet away, without counting it.
    pub fn would_drop(&self, host: HostId, seen: &Seen<'_>) -> bool {
        let Some(table) = self.tables.get(host.index()) else {
            return false;
        };
        let chain = Chain::Output.index();
        let mut rules = table.chains[chain].iter();
        let decides = rules.find_map(|installed| {
            let rule = &installed.rule;
            rule.verdict.filter(|_| rule.matches.fits(seen))
        });
        decides.unwrap_or(table.policies[chain].0) != Verdict::Accept
    }
}

impl<T> Is<T> {
    fn holds(&self, is: impl Fn(&T) -> bool) -> bool {
        is(&self.value) != self.not
    }
}

impl Block {
    fn contains(&self, address: Ipv4Addr) -> bool {
        let mask = u32::MAX
            .checked_shl(32 - u32::from(self.bits.min(32)))
            .unwrap_or(0);
        u32::from(self.address) & mask == u32::from(address) & mask
    }
}

impl Match {
    fn fits(&self, seen: &Seen<'_>) -> bool {
        let ([from, to], [sport, dport]) = (seen.addresses, seen.ports);
        let within = |port: u16| move |range: &(u16, u16)| (range.0..=range.1).contains(&port);
        let flags = seen.segment.flags;
        let begins = flags.has(Flags::SYN) && !flags.has(Flags::ACK);
        let state = if begins {
            State::New
        } else {
            State::Established
        };
        self.source
            .is_none_or(|s| s.holds(|block| block.contains(from)))
            && self
                .destination
                .is_none_or(|d| d.holds(|block| block.contains(to)))
            && self.sport.is_none_or(|s| s.holds(within(sport)))
            && self.dport.is_none_or(|d| d.holds(within(dport)))
            && self
                .flags
                .is_none_or(|f| f.holds(|(mask, set)| flags.0 & mask.0 == set.0))
            && self
                .states
                .is_none_or(|s| s.holds(|any| any.contains(&Some(state))))
    }
}
