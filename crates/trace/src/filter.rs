//! A packet filter's rules, in the words of iptables(8): which packets a rule is about, and what becomes of them.

use crate::id::{HostId, TextId};
use crate::segment::{Flags, Segment, Unreachable};
use std::net::{IpAddr, Ipv4Addr};

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

    /// Its place in [`Chain::ALL`].
    pub const fn index(self) -> usize {
        match self {
            Self::Input => 0,
            Self::Forward => 1,
            Self::Output => 2,
        }
    }
}

/// How a sender is told that its packet was thrown away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// By ICMP.
    Unreachable(Unreachable),
    /// By a reset in the receiver's name.
    TcpReset,
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

impl Verdict {
    /// The target of `-j`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Accept => "ACCEPT",
            Self::Drop => "DROP",
            Self::Reject(_) => "REJECT",
        }
    }
}

/// A value, or (`!`) any other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Is<T> {
    /// `!`.
    pub not: bool,
    /// The value.
    pub value: T,
}

impl<T> Is<T> {
    fn holds(&self, is: impl Fn(&T) -> bool) -> bool {
        is(&self.value) != self.not
    }
}

/// Addresses: `10.0.0.2/24`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Block {
    /// The address.
    pub address: Ipv4Addr,
    /// How many of its bits count, at most 32.
    pub bits: u8,
}

impl Block {
    /// Whether an address is one of these; of IPv6 none is (those are ip6tables').
    pub fn contains(&self, address: IpAddr) -> bool {
        let mask = self.mask();
        match address {
            IpAddr::V4(address) => u32::from(self.address) & mask == u32::from(address) & mask,
            IpAddr::V6(_) => false,
        }
    }

    /// The address with the bits that do not count taken away.
    pub fn network(&self) -> Ipv4Addr {
        Ipv4Addr::from(u32::from(self.address) & self.mask())
    }

    fn mask(&self) -> u32 {
        u32::MAX
            .checked_shl(32 - u32::from(self.bits.min(32)))
            .unwrap_or(0)
    }
}

/// What of a connection a packet is, as conntrack says; here by its flags: a SYN begins one, all else belongs to one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It is of no connection; no packet is, here.
    Invalid,
    /// It begins one.
    New,
    /// It begins one that another asked for; no packet does, here.
    Related,
    /// It belongs to one.
    Established,
}

impl State {
    /// All of them, in the order in which they are listed.
    pub const ALL: [Self; 4] = [Self::Invalid, Self::New, Self::Related, Self::Established];

    /// As iptables names it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Invalid => "INVALID",
            Self::New => "NEW",
            Self::Related => "RELATED",
            Self::Established => "ESTABLISHED",
        }
    }
}

/// Which module looks at states: they differ in their words only.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum By {
    /// `-m state --state`.
    #[default]
    State,
    /// `-m conntrack --ctstate`.
    Conntrack,
}

/// States, by their places in [`State::ALL`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct States {
    /// Which of them.
    pub any: [bool; 4],
    /// Who looks.
    pub by: By,
}

/// Which packets a rule is about. What is not said matches everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Match {
    /// `-p tcp`.
    pub is_tcp: bool,
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
    pub states: Option<Is<States>>,
}

/// A TCP packet, as a filter sees it.
#[derive(Clone, Copy, Debug)]
pub struct Seen<'a> {
    /// Sender and receiver.
    pub addresses: [IpAddr; 2],
    /// Their ports.
    pub ports: [u16; 2],
    /// The segment.
    pub segment: &'a Segment,
}

impl Seen<'_> {
    fn state(&self) -> State {
        let flags = self.segment.flags;
        match flags.has(Flags::SYN) && !flags.has(Flags::ACK) {
            true => State::New,
            false => State::Established,
        }
    }
}

impl Match {
    /// Whether a packet is one of these.
    pub fn fits(&self, seen: &Seen<'_>) -> bool {
        let ([from, to], [sport, dport]) = (seen.addresses, seen.ports);
        let within = |port: u16| move |range: &(u16, u16)| (range.0..=range.1).contains(&port);
        let flags = seen.segment.flags;
        let state = State::ALL.iter().position(|s| *s == seen.state());
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
                .is_none_or(|s| s.holds(|states| state.is_some_and(|at| states.any[at])))
    }

    /// The same with the two ends changed about: what goes the other way.
    #[must_use]
    pub fn reversed(&self) -> Self {
        Self {
            source: self.destination,
            destination: self.source,
            sport: self.dport,
            dport: self.sport,
            ..self.clone()
        }
    }
}

/// A rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Which packets.
    pub matches: Match,
    /// What becomes of them; `None`: they are only counted.
    pub verdict: Option<Verdict>,
}

/// A command that was typed, and what came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Typed {
    /// Its number, as [`Culprit::Rule`](crate::Culprit::Rule) has it.
    pub fault: u16,
    /// Where.
    pub host: HostId,
    /// The command.
    pub line: TextId,
    /// The rule that it brought, and into which chain.
    pub rule: Option<(Chain, Rule)>,
    /// Packets that matched that rule by the end of the run, or until it was deleted.
    pub packets: u64,
    /// Bytes of their IPv4 packets.
    pub bytes: u64,
}
