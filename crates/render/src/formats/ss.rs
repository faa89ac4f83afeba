//! The sockets of every host as `ss -tan state connected` (iproute2 6) lists them, at the moments that tell.

use super::{Format, Name, Shown, Write};
use crate::instant::state_of_ss;
use crate::moments;
use crate::text::Text;
use std::fmt::Write as _;
use whyeof_trace::replay::{Snapshot, SocketNow};
use whyeof_trace::{HostId, SocketId, Trace};

/// The format's entry.
pub const FORMAT: Format = Format {
    name: Name {
        id: "ss",
        label: Text::new("ss: sockets, Recv-Q, Send-Q", "ss：socket、Recv-Q、Send-Q"),
        extension: "ss.txt",
        mime: "text/plain; charset=utf-8",
        shown: Shown::Text,
    },
    write: Write::Text(|case, _| moments::tables(case.trace, table)),
};

fn table(trace: &Trace, host: HostId, now: &Snapshot, out: &mut String) {
    let name = &trace.hosts[usize::from(host.0)].name;
    let _ = writeln!(
        out,
        "{name:<11}State      Recv-Q Send-Q {:<22} {:<22}",
        "Local Address:Port", "Peer Address:Port"
    );
    let here = now.sockets.iter().filter(|(_, socket)| socket.host == host);
    for (id, socket) in here {
        let _ = writeln!(out, "{:<11}{}", "", line(trace, *id, socket));
    }
}

fn line(trace: &Trace, id: SocketId, socket: &SocketNow) -> String {
    let address = |id| {
        let (address, port) = trace.address(id);
        format!("{address}:{port}")
    };
    let (local, peer) = (address(id), address(id.peer()));
    let (recv_q, send_q) = socket.queues();
    let row = format!(
        "{:<10} {recv_q:<6} {send_q:<6} {local:<22} {peer:<22}",
        state_of_ss(socket.state),
    );
    row.trim_end().to_owned()
}
