//! What `iptables -L` prints, as iptables v1.8.9 (nf_tables) printed it at a shell: columns, words and their order.

use super::filter::{Count, Installed, Table};
use std::fmt::Write;
use std::net::Ipv4Addr;
use whyeof_trace::filter::{Block, By, Chain, Is, Match, Refusal, Rule, State, States, Verdict};
use whyeof_trace::{Flags, Unreachable};

/// How a table is listed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Style {
    /// `-v`: packets and bytes too.
    pub verbose: bool,
    /// `-n`: numbers instead of names.
    pub numeric: bool,
    /// `--line-numbers`.
    pub line_numbers: bool,
}

/// The name of a machine, by its address.
pub type Names<'a> = &'a dyn Fn(Ipv4Addr) -> Option<String>;

/// Ports that a machine's list of services has a name for: the few that these scenarios listen on (/etc/services).
const SERVICES: [(u16, &str); 4] = [
    (22, "ssh"),
    (80, "http"),
    (443, "https"),
    (8080, "http-alt"),
];

struct Listing<'a> {
    style: Style,
    name: Names<'a>,
    out: String,
}

/// A host's chains, or one of them.
pub(super) fn list(
    table: &Table,
    chain: Option<Chain>,
    style: Style,
    count: &dyn Fn(&Installed) -> Count,
    name: Names<'_>,
) -> String {
    let mut listing = Listing {
        style,
        name,
        out: String::new(),
    };
    let chains = Chain::ALL.into_iter();
    for (n, of) in chains
        .filter(|c| chain.is_none_or(|chain| chain == *c))
        .enumerate()
    {
        if n > 0 {
            listing.out.push('\n');
        }
        let (policy, _) = table.policies[of.index()];
        listing.heading(of, policy, table.rest[of.index()]);
        for (number, installed) in (1..).zip(&table.chains[of.index()]) {
            listing.rule(number, &installed.rule, count(installed));
        }
    }
    listing.out.truncate(listing.out.trim_end().len());
    listing.out
}

impl Listing<'_> {
    fn heading(&mut self, chain: Chain, policy: Verdict, rest: Count) {
        let (chain, policy) = (chain.name(), policy.name());
        let Count { packets, bytes } = rest;
        let _ = match self.style.verbose {
            true => writeln!(
                self.out,
                "Chain {chain} (policy {policy} {packets} packets, {bytes} bytes)"
            ),
            false => writeln!(self.out, "Chain {chain} (policy {policy})"),
        };
        if self.style.line_numbers {
            self.out.push_str("num  ");
        }
        if self.style.verbose {
            self.out.push_str(" pkts bytes ");
        }
        self.out.push_str("target     prot opt ");
        if self.style.verbose {
            self.out.push_str("in     out     ");
        }
        self.out.push_str("source               destination\n");
    }

    fn rule(&mut self, number: u16, rule: &Rule, count: Count) {
        if self.style.line_numbers {
            let _ = write!(self.out, "{number:<4} ");
        }
        if self.style.verbose {
            let (packets, bytes) = (short(count.packets), short(count.bytes));
            let _ = write!(self.out, "{packets:>5} {bytes:>5} ");
        }
        let matches = &rule.matches;
        let protocol = match (matches.is_tcp, self.style.numeric) {
            (true, true) => "6",
            (true, false) => "tcp",
            (false, true) => "0",
            (false, false) => "all",
        };
        let target = rule.verdict.map_or("", Verdict::name);
        let _ = write!(self.out, "{target:<10} {protocol:<4} -- ");
        if self.style.verbose {
            self.out.push_str(" *      *      ");
        }
        for end in [matches.source, matches.destination] {
            let not = if end.is_some_and(|end| end.not) {
                "!"
            } else {
                " "
            };
            let address = self.address(end.map(|end| end.value));
            let _ = write!(self.out, "{not}{address:<20}");
        }
        self.conditions(matches);
        if let Some(Verdict::Reject(with)) = rule.verdict {
            let _ = write!(self.out, " reject-with {}", refusal(with));
        }
        self.out.truncate(self.out.trim_end_matches(' ').len());
        self.out.push('\n');
    }

    fn address(&self, block: Option<Block>) -> String {
        let anywhere = match self.style.numeric {
            true => "0.0.0.0/0",
            false => "anywhere",
        };
        match block {
            None | Some(Block { bits: 0, .. }) => anywhere.to_owned(),
            Some(block) if block.bits == 32 => {
                let name = (self.name)(block.address).filter(|_| !self.style.numeric);
                name.unwrap_or_else(|| block.address.to_string())
            }
            Some(block) => format!("{}/{}", block.network(), block.bits),
        }
    }

    fn conditions(&mut self, matches: &Match) {
        let ports = [("sp", matches.sport), ("dp", matches.dport)];
        if matches.flags.is_some() || ports.iter().any(|(_, ports)| ports.is_some()) {
            self.out.push_str(" tcp");
        }
        for (side, ports) in ports {
            let Some(Is { not, value }) = ports else {
                continue;
            };
            let not = if not { "!" } else { "" };
            let _ = match value {
                (from, to) if from == to => write!(self.out, " {side}t:{not}{}", self.port(from)),
                (from, to) => write!(
                    self.out,
                    " {side}ts:{not}{}:{}",
                    self.port(from),
                    self.port(to)
                ),
            };
        }
        if let Some(Is {
            not,
            value: (mask, set),
        }) = matches.flags
        {
            let not = if not { "!" } else { "" };
            let _ = match self.style.numeric {
                true => write!(self.out, " flags:{not}0x{:02X}/0x{:02X}", mask.0, set.0),
                false => write!(self.out, " flags:{not}{}/{}", bits(mask), bits(set)),
            };
        }
        if let Some(Is { not, value }) = matches.states {
            let not = if not { " !" } else { "" };
            let _ = write!(self.out, "{not} {}", states(value));
        }
    }

    fn port(&self, port: u16) -> String {
        let known = SERVICES.iter().find(|(of, _)| *of == port);
        match known.filter(|_| !self.style.numeric) {
            Some((_, name)) => (*name).to_owned(),
            None => port.to_string(),
        }
    }
}

/// Counts of more than five digits in thousands, millions and so on (xshared.c `xtables_print_num`).
fn short(number: u64) -> String {
    let mut number = number;
    let mut unit = "";
    for next in ["K", "M", "G", "T"] {
        let most = if unit.is_empty() { 99_999 } else { 9_999 };
        if number <= most {
            break;
        }
        number = (number + 500) / 1_000;
        unit = next;
    }
    format!("{number}{unit}")
}

const fn refusal(with: Refusal) -> &'static str {
    match with {
        Refusal::TcpReset => "tcp-reset",
        Refusal::Unreachable(Unreachable::Port) => "icmp-port-unreachable",
        Refusal::Unreachable(Unreachable::Host) => "icmp-host-unreachable",
        Refusal::Unreachable(Unreachable::Net) => "icmp-net-unreachable",
        Refusal::Unreachable(Unreachable::Protocol) => "icmp-proto-unreachable",
        Refusal::Unreachable(Unreachable::Admin) => "icmp-admin-prohibited",
    }
}

fn states(States { any, by }: States) -> String {
    let word = match by {
        By::State => "state",
        By::Conntrack => "ctstate",
    };
    let named = State::ALL.iter().zip(any).filter(|(_, is)| *is);
    let names: Vec<_> = named.map(|(state, _)| state.name()).collect();
    format!("{word} {}", names.join(","))
}

/// Control bits in the order of libxt_tcp.c.
fn bits(flags: Flags) -> String {
    const ORDER: [(Flags, &str); 6] = [
        (Flags::FIN, "FIN"),
        (Flags::SYN, "SYN"),
        (Flags::RST, "RST"),
        (Flags::PSH, "PSH"),
        (Flags::ACK, "ACK"),
        (Flags::URG, "URG"),
    ];
    let set = ORDER.iter().filter(|(flag, _)| flags.has(*flag));
    let names: Vec<_> = set.map(|(_, name)| *name).collect();
    match names.is_empty() {
        true => "NONE".to_owned(),
        false => names.join(","),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_counts_are_short() {
        let all = [99_999, 100_000, 9_999_499, 9_999_500, 123_456_789_012];
        let expected = ["99999", "100K", "9999K", "10M", "123G"];
        assert_eq!(all.map(short), expected);
    }
}
