//! The connections of every host as `lsof -i -n -P` (4.95) names them, at the moments that tell: whose they are, and their ports, for
//! a rule that is about one of them. Sockets that no process has any more are not in it, as in lsof; PID, FD and DEVICE are nothing
//! that a simulation has.

use super::{Format, Name, Shown, Write};
use crate::moments;
use crate::text::Text;
use std::fmt::Write as _;
use whyeof_trace::replay::{Snapshot, SocketNow};
use whyeof_trace::{HostId, Role, Side, SocketId, State, Trace};

/// The format's entry.
pub const FORMAT: Format = Format {
    name: Name {
        id: "lsof",
        label: Text::new("lsof -i: whose connections", "lsof -i：连接是谁的"),
        extension: "lsof.txt",
        mime: "text/plain; charset=utf-8",
        shown: Shown::Text,
    },
    write: Write::Text(|case, _| moments::tables(case.trace, table)),
};

fn table(trace: &Trace, host: HostId, now: &Snapshot, out: &mut String) {
    let name = &trace.host(host).name;
    let _ = writeln!(out, "{name:<11}COMMAND    TYPE NODE NAME");
    let mut row = |command: &str, what: &str| {
        let _ = writeln!(out, "{:<11}{command:<10} IPv4  TCP {what}", "");
    };
    for program in trace.programs.iter().filter(|p| p.host == host) {
        if let Some(port) = program.listens {
            row(&program.runtime, &format!("*:{port} (LISTEN)"));
        }
    }
    // A half-open connection is nobody's yet.
    let owned = |socket: &SocketNow| !socket.orphan && socket.state != State::SynReceived;
    let open = now.sockets.iter();
    for (id, socket) in open.filter(|(_, socket)| socket.host == host && owned(socket)) {
        let end = |id: SocketId| {
            let (address, port) = trace.address(id);
            format!("{address}:{port}")
        };
        let (ours, theirs, state) = (end(*id), end(id.peer()), state(socket.state));
        row(
            owner(trace, host, id.side),
            &format!("{ours}->{theirs} ({state})"),
        );
    }
}

/// The program on this host that would have such an end: a client opens connections, a server accepts them.
fn owner(trace: &Trace, host: HostId, side: Side) -> &str {
    let here = || trace.programs.iter().filter(|p| p.host == host);
    let fits = |role: Role| match side {
        Side::Opener => role != Role::Server,
        Side::Listener => role != Role::Client,
    };
    let owner = here().find(|p| fits(p.role)).or_else(|| here().next());
    owner.map_or("-", |program| &program.runtime)
}

/// As lsof writes states.
const fn state(state: State) -> &'static str {
    match state {
        State::Established => "ESTABLISHED",
        State::SynSent => "SYN_SENT",
        State::SynReceived => "SYN_RECV",
        State::FinWait1 => "FIN_WAIT1",
        State::FinWait2 => "FIN_WAIT2",
        State::TimeWait => "TIME_WAIT",
        State::Closed => "CLOSED",
        State::CloseWait => "CLOSE_WAIT",
        State::LastAck => "LAST_ACK",
        State::Listen => "LISTEN",
        State::Closing => "CLOSING",
    }
}
