//! The moments at which a list of sockets tells something: before a command is typed, when a socket is closed with bytes unread,
//! when a request fails, and at the end.

use std::fmt::Write;
use whyeof_trace::replay::Snapshot;
use whyeof_trace::{Call, Event, FaultEvent, HostId, Record, RequestEvent, SocketEvent, Trace};

/// Tables at most.
const MOST: usize = 12;

/// Writes a host's sockets.
type Table = fn(&Trace, HostId, &Snapshot, &mut String);

/// A table of each host at each of these moments.
pub(crate) fn tables(trace: &Trace, table: Table) -> String {
    let mut out = String::new();
    let mut now = Snapshot::default();
    let mut tables = 0;
    for record in &trace.records {
        // Before the record happens: it is what the table explains.
        if tables + 1 < MOST
            && let Some(why) = tells(trace, record, &now)
        {
            tables += 1;
            let heading = format!("{} s: {why}", record.time);
            all(trace, &now, &heading, table, &mut out);
        }
        now.take(record);
    }
    let end = format!("{} s: the end of the run", trace.end);
    all(trace, &now, &end, table, &mut out);
    out
}

/// Whether the sockets are worth a look before this record, and why.
fn tells(trace: &Trace, record: &Record, now: &Snapshot) -> Option<String> {
    let name = || &trace.host(record.host).name;
    match record.event {
        Event::Socket(SocketEvent::Called {
            socket,
            call: Call::Close,
        }) if now.sockets.get(&socket).is_some_and(|s| s.recv_q > 0) => {
            let conn = socket.flow.0 + 1;
            Some(format!(
                "{} closes connection {conn} with bytes unread",
                name()
            ))
        }
        Event::Request(RequestEvent::Failed { request, .. }) => {
            let number = trace.requests[request.index()].number;
            Some(format!("request {number} fails"))
        }
        Event::Fault(FaultEvent::Typed { line, .. }) => {
            Some(format!("{} $ {}", name(), trace.text(line)))
        }
        _ => None,
    }
}

fn all(trace: &Trace, now: &Snapshot, heading: &str, table: Table, out: &mut String) {
    let _ = writeln!(out, "# {heading}");
    for host in (0..).map(HostId).take(trace.hosts.len()) {
        table(trace, host, now, out);
    }
    out.push('\n');
}
