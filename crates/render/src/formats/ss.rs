//! The sockets of every host as `ss -tan` (iproute2 6) lists them, at the moments that tell: when a socket is closed with
//! bytes unread, when a request fails, and at the end.

use super::{Format, Name, Shown};
use crate::text::Text;
use std::fmt::Write;
use whyeof_trace::replay::{Snapshot, SocketNow};
use whyeof_trace::{
    Call, Event, HostId, Record, RequestEvent, SocketEvent, SocketId, State, Trace,
};

/// The format's entry.
pub const FORMAT: Format = Format {
    name: Name {
        id: "ss",
        label: Text::new("ss: sockets, Recv-Q, Send-Q", "ss：socket、Recv-Q、Send-Q"),
        extension: "ss.txt",
        mime: "text/plain; charset=utf-8",
        shown: Shown::Text,
    },
    write: |trace, _| write(trace),
};

/// Tables at most.
const MOST: usize = 12;

/// The tables.
pub fn write(trace: &Trace) -> String {
    let mut out = String::new();
    let mut now = Snapshot::default();
    let mut tables = 0;
    for record in &trace.records {
        // Before the record happens: it is what the table explains.
        if tables + 1 < MOST
            && let Some(why) = tells(trace, record, &now)
        {
            tables += 1;
            all(trace, &now, &format!("{} s: {why}", record.time), &mut out);
        }
        now.take(record);
    }
    let end = format!("{} s: the end of the run", trace.end);
    all(trace, &now, &end, &mut out);
    out
}

/// Whether the sockets are worth a look before this record, and why.
fn tells(trace: &Trace, record: &Record, now: &Snapshot) -> Option<String> {
    match record.event {
        Event::Socket(SocketEvent::Called {
            socket,
            call: Call::Close,
        }) if now.sockets.get(&socket).is_some_and(|s| s.recv_q > 0) => {
            let name = &trace.hosts[usize::from(record.host.0)].name;
            let conn = socket.flow.0 + 1;
            Some(format!("{name} closes connection {conn} with bytes unread"))
        }
        Event::Request(RequestEvent::Failed { request, .. }) => {
            let number = trace.requests[request.index()].number;
            Some(format!("request {number} fails"))
        }
        _ => None,
    }
}

fn all(trace: &Trace, now: &Snapshot, heading: &str, out: &mut String) {
    let _ = writeln!(out, "# {heading}");
    for host in (0..).map(HostId).take(trace.hosts.len()) {
        table(trace, host, now, out);
    }
    out.push('\n');
}

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
    let row = format!(
        "{:<10} {:<6} {:<6} {local:<22} {peer:<22}",
        name(socket.state),
        socket.recv_q,
        socket.send_q
    );
    row.trim_end().to_owned()
}

/// As `ss` writes states.
const fn name(state: State) -> &'static str {
    match state {
        State::Established => "ESTAB",
        State::SynSent => "SYN-SENT",
        State::SynReceived => "SYN-RECV",
        State::FinWait1 => "FIN-WAIT-1",
        State::FinWait2 => "FIN-WAIT-2",
        State::TimeWait => "TIME-WAIT",
        State::Closed => "UNCONN",
        State::CloseWait => "CLOSE-WAIT",
        State::LastAck => "LAST-ACK",
        State::Listen => "LISTEN",
        State::Closing => "CLOSING",
    }
}
