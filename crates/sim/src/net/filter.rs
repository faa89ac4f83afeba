//! A host's packet filter, as iptables(8) keeps it in its table `filter`: chains of rules, the first that matches decides.
//!
//! INPUT sees what has reached the host, OUTPUT what its own programs and kernel send (linux-tcp §7.4). Nothing is forwarded between
//! hosts here, so FORWARD sees nothing.

use super::link::ip_len;
use super::listing::{self, Style};
use whyeof_trace::filter::{Chain, Rule, Seen, Verdict};
use whyeof_trace::{HostId, Packet};

/// What `-D` of a rule that is not there says.
const NO_SUCH_RULE: &str = "iptables: Bad rule (does a matching rule exist in that chain?).";

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
    /// `-L`; `None`: all chains.
    List(Option<Chain>, Style),
}

impl Command {
    /// The rule that it brings, and into which chain.
    pub fn brings(&self) -> Option<(Chain, &Rule)> {
        match self {
            Self::Append(chain, rule) | Self::Insert(chain, _, rule) => Some((*chain, rule)),
            _ => None,
        }
    }
}

/// Packets, and bytes of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// Packets.
    pub packets: u64,
    /// Bytes of their IPv4 packets.
    pub bytes: u64,
}

impl Count {
    fn take(&mut self, seen: &Seen<'_>) {
        self.packets += 1;
        self.bytes += u64::from(ip_len(&Packet::Tcp(*seen.segment)));
    }
}

/// A rule that is in force.
#[derive(Clone, Debug)]
pub(super) struct Installed {
    pub(super) rule: Rule,
    /// The number of the command that brought it.
    by: u16,
}

/// One host's chains.
#[derive(Clone, Debug, Default)]
pub(super) struct Table {
    pub(super) chains: [Vec<Installed>; 3],
    /// What becomes of a packet that no rule decides on, and the command that said so.
    pub(super) policies: [(Verdict, u16); 3],
    /// What that was.
    pub(super) rest: [Count; 3],
}

/// All hosts' filters.
#[derive(Clone, Debug, Default)]
pub struct Filters {
    tables: Vec<Table>,
    /// What has met each command's rule: also one that has been deleted.
    counts: Vec<Count>,
    /// Whether any rule or policy has ever been set.
    used: bool,
}

impl Filters {
    /// Empty ones, for so many hosts and so many commands. Without any nothing is kept, so a copy of a run copies nothing.
    pub fn new(hosts: usize, commands: usize) -> Self {
        if commands == 0 {
            return Self::default();
        }
        Self {
            tables: vec![Table::default(); hosts],
            counts: vec![Count::default(); commands],
            used: false,
        }
    }

    /// What has met the rule of a command.
    pub fn count(&self, by: u16) -> Count {
        self.counts
            .get(usize::from(by))
            .copied()
            .unwrap_or_default()
    }

    /// Whether nothing has been set yet.
    pub const fn is_empty(&self) -> bool {
        !self.used
    }

    /// A host forgets its rules, as when it loses power.
    pub fn forget(&mut self, host: HostId) {
        if let Some(table) = self.tables.get_mut(host.index()) {
            *table = Table::default();
        }
    }

    /// Carries out a command, the `by`-th that can be typed, and says what it prints. `name`: of a machine, by its address.
    ///
    /// The errors are those of iptables v1.8.9 (nf_tables), seen at a shell.
    pub fn run(
        &mut self,
        host: HostId,
        command: &Command,
        by: u16,
        name: listing::Names<'_>,
    ) -> Option<String> {
        self.used = true;
        let table = self.tables.get_mut(host.index())?;
        let installed = |rule: &Rule| Installed {
            rule: rule.clone(),
            by,
        };
        let mut said = None;
        match command {
            Command::Append(chain, rule) => table.chains[chain.index()].push(installed(rule)),
            Command::Insert(chain, number, rule) => {
                let rules = &mut table.chains[chain.index()];
                let at = usize::from(number.saturating_sub(1));
                match at <= rules.len() {
                    true => rules.insert(at, installed(rule)),
                    false => said = Some("iptables: Index of insertion too big."),
                }
            }
            Command::DeleteAt(chain, number) => {
                let rules = &mut table.chains[chain.index()];
                let at = usize::from(number.saturating_sub(1));
                match at < rules.len() {
                    true => drop(rules.remove(at)),
                    false => said = Some("iptables: Index of deletion too big."),
                }
            }
            Command::Delete(chain, rule) => {
                let rules = &mut table.chains[chain.index()];
                match rules.iter().position(|known| known.rule == *rule) {
                    Some(at) => drop(rules.remove(at)),
                    None => said = Some(NO_SUCH_RULE),
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
            Command::List(chain, style) => {
                let counts = &self.counts;
                let count = |installed: &Installed| counts[usize::from(installed.by)];
                return Some(listing::list(table, *chain, *style, &count, name));
            }
        }
        said.map(str::to_owned)
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
            if let Some(count) = self.counts.get_mut(usize::from(installed.by)) {
                count.take(seen);
            }
            if let Some(verdict) = installed.rule.verdict {
                return (verdict, installed.by);
            }
        }
        table.rest[chain.index()].take(seen);
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
