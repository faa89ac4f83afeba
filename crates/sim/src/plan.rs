//! What to run: plain structs, already valid. Where values come from is the scenario's business.

pub use crate::busy::Busy;
pub use crate::chance::LatencyMode;
pub use crate::http::Deadline;
pub use crate::kernel::sysctl::Sysctl;
pub use crate::net::fault::FaultPlan;
pub use crate::net::link::{Path, PathPlan};
pub use crate::shell::{Command, CommandPlan};
pub use crate::tcp::keepalive::KeepAlive;

use crate::http::client::ClientConfig;
use crate::http::proxy::ProxyConfig;
use crate::http::server::ServerConfig;
use crate::kernel::timer_wheel::Hz;
use crate::limits::Limits;
use crate::sockets::SocketsConfig;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;
use whyeof_trace::{HostId, Setting};

/// Everything a run depends on.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Machines; a [`HostId`] is a position here.
    pub hosts: Vec<HostPlan>,
    /// Programs; a `ProgramId` is a position here.
    pub programs: Vec<ProgramPlan>,
    /// Settings in force, for the trace; timers point here.
    pub settings: Vec<Setting>,
    /// Time that a packet takes between two different hosts, each way. Packets of one direction
    /// never overtake each other.
    pub one_way: Duration,
    /// Paths that differ from that.
    pub paths: Vec<PathPlan>,
    /// What goes wrong between the hosts; a fault's number is its position here.
    pub faults: Vec<FaultPlan>,
    /// What is typed at the hosts' shells, in order of time; their numbers follow the faults'.
    pub commands: Vec<CommandPlan>,
    /// Seed of all draws.
    pub seed: u64,
    /// Whether wake-ups and timers take their usual time or a drawn one.
    pub latency: LatencyMode,
    /// Which of several events of one instant comes first.
    pub ties: Ties,
    /// When the run ends, whatever is still to come.
    pub until: Duration,
    /// Bounds.
    pub limits: Limits,
}

/// A machine with one kernel.
#[derive(Clone, Debug)]
pub struct HostPlan {
    /// Name in the scenario.
    pub name: String,
    /// Its address.
    pub address: Ipv4Addr,
    /// How its kernel counts time.
    pub hz: Hz,
    /// How far the kernel's clock was beyond a step of its timer wheel when the run began. A jiffy is the least step; longer
    /// timers have steps of 8, 64, 512 … jiffies.
    pub phase: Duration,
    /// Its knobs.
    pub sysctl: Sysctl,
}

/// A program.
#[derive(Clone, Debug)]
pub struct ProgramPlan {
    /// The host it runs on.
    pub host: HostId,
    /// Name in the scenario.
    pub name: String,
    /// The runtime's profile: `go-1.27`.
    pub runtime: String,
    /// What it does.
    pub role: RolePlan,
    /// When something else keeps it from running, in order of time.
    pub busy: Vec<Busy>,
}

/// What a program does.
#[derive(Clone, Debug)]
pub enum RolePlan {
    /// Sends requests.
    Client(Arc<ClientConfig>),
    /// Answers them.
    Server(Arc<ServerConfig>),
    /// Answers them with what another server says.
    Proxy(Arc<ProxyConfig>),
    /// Makes socket calls at given times.
    Sockets(Arc<SocketsConfig>),
}

/// Which of several events of one instant comes first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Ties {
    /// The one that was scheduled first.
    #[default]
    Fifo,
    /// The n-th decision takes the event at this position among the tied ones (clipped to their number);
    /// when the list ends, first in first out again.
    Choices(Vec<u16>),
}
