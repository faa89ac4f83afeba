//! What is typed at a host's shell: iptables, signals, services, the power switch.

use crate::net::filter;
use std::time::Duration;
use whyeof_trace::{HostId, ProgramId};

/// A command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// `iptables …`.
    Iptables(filter::Command),
    /// `kill -9 NAME`: the process ends, and its kernel closes its sockets.
    Kill(ProgramId),
    /// `kill NAME`, SIGTERM: a program that listens to it shuts down, any other ends.
    Terminate(ProgramId),
    /// `systemctl stop NAME`: SIGTERM and SIGCONT, so that one that is stopped hears it too (systemd.kill(5)).
    Stop(ProgramId),
    /// `systemctl start NAME`: the process begins anew, if it has ended.
    Start(ProgramId),
    /// `systemctl restart NAME`: SIGTERM and SIGCONT, and a new process once the old one has ended.
    Restart(ProgramId),
    /// `kill -STOP NAME`, `kill -CONT NAME`: when the process does not run stands in its plan (`ProgramPlan::busy`).
    Pause,
    /// `reboot -f`, `poweroff -f`: nobody closes anything, and nobody hears of it.
    PowerOff {
        /// How long it takes until the host is up again, with its programs; `None`: it stays down.
        down: Option<Duration>,
    },
    /// `ss -K dst HOST`: sockets that are connected to that host are destroyed, with a RST (`tcp_abort`).
    Destroy {
        /// That host.
        peer: HostId,
    },
}

/// A command typed at a host's shell.
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
