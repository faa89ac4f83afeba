//! Names with several addresses: which of them a request gets, or a dial, and which is tried after one that refuses.

use super::Client;
use super::pool::Key;
use super::workload::Workload;
use crate::chance::{self, Draw, Who};
use crate::syscalls::Syscalls;
use crate::target::Target;
use whyeof_trace::{Failure, HostId, TextId};

/// A name for several machines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NameConfig {
    /// Machines, and what a URL calls each.
    pub hosts: Vec<(HostId, String)>,
    /// Which of them comes first.
    pub order: Order,
    /// Who chooses.
    pub chooser: Chooser,
}

/// Which of several addresses comes first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// Each in its turn.
    #[default]
    RoundRobin,
    /// Any.
    Random,
    /// Always the first.
    First,
}

/// Who chooses among several addresses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Chooser {
    /// The caller, for each request: the URL names the machine, so the client has a pool for each.
    #[default]
    Caller,
    /// The dialler, for each connection, from what the resolver says: the client has one pool for the name.
    Dialler,
}

/// What a runtime does when a connection to one of several addresses cannot be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NextAddress {
    /// It dials the next one; the error is that of the first (Go: net/dial.go `dialSerial`).
    IsTried,
    /// It gives up: it took the first address only (Node before 20: no `autoSelectFamily`).
    IsNot,
}

/// A workload for one address of a name.
#[derive(Clone, Copy, Debug)]
pub(in crate::http) struct Addressed {
    /// The configured one.
    of: u16,
    host: HostId,
    /// This one.
    index: u16,
}

/// Where among several addresses a dial is.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::http) struct Dial {
    /// The position of the first address that it tried.
    first: u16,
    /// How many it has tried before the present one.
    tried: u16,
    /// How the first one failed.
    pub(super) error: Option<(Failure, TextId)>,
}

impl Client {
    /// The workload of this request of `workload`: itself, or one for the address whose turn it is.
    pub(super) fn addressed(&mut self, workload: u16, sys: &Syscalls<'_>) -> u16 {
        let Target::Name(name) = self.workload(workload).to else {
            return workload;
        };
        let Some(config) = self.config.names.get(usize::from(name)) else {
            return workload;
        };
        if config.chooser == Chooser::Dialler {
            return workload;
        }
        let turn = self.turn(name, sys);
        let Some((host, called)) = self.address(name, turn) else {
            return workload;
        };
        let mut known = self.addressed.iter();
        if let Some(known) = known.find(|a| a.of == workload && a.host == host) {
            return known.index;
        }
        let base = self.workload(workload).clone();
        let index = self.add_workload(Workload {
            to: Target::Host(host),
            authority: format!("{called}:{}", base.port),
            ..base
        });
        let of = workload;
        self.addressed.push(Addressed { of, host, index });
        index
    }

    /// Where a dial begins.
    pub(super) fn first_address(&mut self, key: Key, sys: &Syscalls<'_>) -> Dial {
        match key.0 {
            Target::Host(_) => Dial::default(),
            Target::Name(name) => Dial {
                first: self.turn(name, sys),
                ..Dial::default()
            },
        }
    }

    /// The machine that a dial tries.
    pub(super) fn host_of(&self, key: Key, dial: Dial) -> Option<HostId> {
        match key.0 {
            Target::Host(host) => Some(host),
            Target::Name(name) => Some(self.address(name, dial.first + dial.tried)?.0),
        }
    }

    /// The same dial with the next address, if there is one that it has not tried.
    pub(super) fn next_address(&self, key: Key, dial: Dial) -> Option<Dial> {
        let Target::Name(name) = key.0 else {
            return None;
        };
        let tried = dial.tried + 1;
        let most = self.config.names.get(usize::from(name))?.hosts.len();
        let more = usize::from(tried) < most && self.config.next_address == NextAddress::IsTried;
        more.then_some(Dial { tried, ..dial })
    }

    /// The position whose turn it is.
    fn turn(&mut self, name: u16, sys: &Syscalls<'_>) -> u16 {
        let (order, count) = match self.config.names.get(usize::from(name)) {
            Some(config) => (config.order, config.hosts.len().max(1)),
            None => return 0,
        };
        let number = self.turns[usize::from(name)];
        self.turns[usize::from(name)] = number.wrapping_add(1);
        let position = match order {
            Order::First => 0,
            Order::RoundRobin => number as usize % count,
            Order::Random => {
                let key = chance::Key {
                    seed: sys.seed(),
                    who: Who::workload(self.id, name),
                    what: Draw::Address,
                    number: u64::from(number),
                };
                usize::try_from(key.below(count as u64)).unwrap_or_default()
            }
        };
        u16::try_from(position).unwrap_or_default()
    }

    fn address(&self, name: u16, position: u16) -> Option<(HostId, &str)> {
        let hosts = &self.config.names.get(usize::from(name))?.hosts;
        let (host, called) = hosts.get(usize::from(position) % hosts.len().max(1))?;
        Some((*host, called))
    }

    /// One more workload than there were.
    pub(super) fn add_workload(&mut self, workload: Workload) -> u16 {
        let index = self.config.workloads.len() + self.passed_on.len();
        self.passed_on.push(workload);
        self.texts.push(None);
        self.started.push(0);
        self.asked.push(0);
        u16::try_from(index).unwrap_or(u16::MAX)
    }
}
