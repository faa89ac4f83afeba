//! The trace: everything that happened in a run, in order.

use crate::event::Event;
use crate::filter::Typed;
use crate::http::{Message, Request};
use crate::id::{FlowId, HostId, LimitKind, ProgramId, RecordId, SettingId, SocketId, TextId};
use crate::options::TcpOptions;
use crate::settings::Setting;
use crate::time::Time;
use std::borrow::Cow;
use std::net::IpAddr;

/// One line of a run. `cause < id` always, so "why" is a walk that ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Record {
    /// Its own number.
    pub id: RecordId,
    /// When.
    pub time: Time,
    /// On which host.
    pub host: HostId,
    /// The earlier record that brought this one about; `None` for the start of the run, and
    /// everywhere in a capture, which does not tell.
    pub cause: Option<RecordId>,
    /// What.
    pub event: Event,
}

/// A machine with one kernel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Host {
    /// Name in the scenario.
    pub name: String,
    /// Its address.
    pub address: IpAddr,
}

/// What a program does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// Sends requests.
    Client,
    /// Answers them.
    Server,
    /// Both.
    Proxy,
}

/// A running program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Program {
    /// The host it runs on.
    pub host: HostId,
    /// Name in the scenario.
    pub name: String,
    /// What it does.
    pub role: Role,
    /// The runtime's profile: `go-1.27`.
    pub runtime: String,
    /// The port that it is made to listen on; a program of socket calls says by its calls.
    pub listens: Option<u16>,
}

/// A TCP connection, or the attempt at one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flow {
    /// The opener's and the listener's host.
    pub hosts: [HostId; 2],
    /// The opener's and the listener's port.
    pub ports: [u16; 2],
}

impl Flow {
    /// The host of one end.
    pub const fn host(&self, side: crate::Side) -> HostId {
        self.hosts[side.index()]
    }

    /// The port of one end.
    pub const fn port(&self, side: crate::Side) -> u16 {
        self.ports[side.index()]
    }
}

/// From where the run was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Vantage {
    /// A simulation: both ends of each packet and the programs.
    Everywhere,
    /// A capture at one host: a segment has one record, and the far end is unknown.
    Tap(HostId),
}

/// Why a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Stop {
    /// Nothing was left to happen.
    Quiet,
    /// The scenario's `until` was reached.
    Horizon,
    /// A bound of `Limits` was reached.
    Limit(LimitKind),
}

/// The product of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trace {
    /// Machines.
    pub hosts: Vec<Host>,
    /// Programs.
    pub programs: Vec<Program>,
    /// Settings in force.
    pub settings: Vec<Setting>,
    /// Connections in the order of their SYNs.
    pub flows: Vec<Flow>,
    /// Requests in the order in which the callers made them.
    pub requests: Vec<Request>,
    /// What the scenario calls its faults; the numbers of commands come after theirs.
    pub faults: Vec<String>,
    /// Commands in the order in which they were typed.
    pub commands: Vec<Typed>,
    /// HTTP messages in the order in which they were written.
    pub messages: Vec<Message>,
    /// Option sets that most segments do not carry.
    pub options: Vec<TcpOptions>,
    /// Texts: errors, heads, addresses.
    pub texts: Vec<String>,
    /// What happened, in order of time; `records[i].id.index() == i`.
    pub records: Vec<Record>,
    /// From where it was seen.
    pub vantage: Vantage,
    /// Why it ended.
    pub stop: Stop,
    /// When it ended.
    pub end: Time,
}

impl Trace {
    /// The record with this id.
    pub fn record(&self, id: RecordId) -> &Record {
        &self.records[id.index()]
    }

    /// The text with this id.
    pub fn text(&self, id: TextId) -> &str {
        &self.texts[id.index()]
    }

    /// The setting with this id.
    pub fn setting(&self, id: SettingId) -> &Setting {
        &self.settings[id.index()]
    }

    /// The connection with this id.
    pub fn flow(&self, id: FlowId) -> &Flow {
        &self.flows[id.index()]
    }

    /// The host with this id.
    pub fn host(&self, id: HostId) -> &Host {
        &self.hosts[id.index()]
    }

    /// The program with this id.
    pub fn program(&self, id: ProgramId) -> &Program {
        &self.programs[id.index()]
    }

    /// The command that brought a rule, by the number of [`Culprit::Rule`](crate::Culprit::Rule).
    pub fn command(&self, fault: u16) -> Option<&Typed> {
        self.commands.iter().find(|typed| typed.fault == fault)
    }

    /// What a fault is called, by its number: as in the scenario, else by the number.
    pub fn fault(&self, fault: u16) -> Cow<'_, str> {
        match self.faults.get(usize::from(fault)) {
            Some(name) if !name.is_empty() => Cow::Borrowed(name),
            _ => Cow::Owned((u32::from(fault) + 1).to_string()),
        }
    }

    /// The host of a socket.
    pub fn host_of(&self, socket: SocketId) -> HostId {
        self.flow(socket.flow).host(socket.side)
    }

    /// Address and port of a socket.
    pub fn address(&self, socket: SocketId) -> (IpAddr, u16) {
        let flow = self.flow(socket.flow);
        (
            self.host(flow.host(socket.side)).address,
            flow.port(socket.side),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_small_and_copied_freely() {
        fn copied<T: Copy>() {}
        copied::<Record>();
        assert!(size_of::<Record>() <= 64, "{} bytes", size_of::<Record>());
    }
}
