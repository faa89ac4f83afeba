//! What the programs log: a client each request and its end, a server each request that it handles. Error texts are the
//! runtime's own; a proxy's are those of its error log. What is typed at a shell stands between, with what it printed.

use super::{Format, Name, Shown, Write};
use crate::describe;
use crate::text::Text;
use std::fmt::Write as _;
use std::time::Duration;
use whyeof_trace::{Event, FaultEvent, PoolEvent, RequestEvent, RequestId, Time, Trace};

/// The format's entry.
pub const FORMAT: Format = Format {
    name: Name {
        id: "log",
        label: Text::new("program logs", "程序日志"),
        extension: "log.txt",
        mime: "text/plain; charset=utf-8",
        shown: Shown::Text,
    },
    write: Write::Text(|case, _| write(case.trace)),
};

/// The whole run.
pub fn write(trace: &Trace) -> String {
    let mut out = String::new();
    // Connections that have carried a request: Node does not call a socket reused that it hands on.
    let mut used = vec![false; trace.flows.len()];
    let mut seen = vec![Seen::default(); trace.requests.len()];
    for record in &trace.records {
        let line = match record.event {
            Event::Request(event) => {
                let seen = &mut seen[event.request().index()];
                seen.take(event, record.time);
                request(
                    trace,
                    event,
                    crate::text::span(seen.took(record.time)),
                    seen.left,
                )
            }
            Event::Pool(PoolEvent::Checkout {
                request,
                socket,
                reused,
                ..
            }) => {
                let carried = std::mem::replace(&mut used[socket.flow.index()], true);
                let how = if reused || carried { "reused" } else { "new" };
                Some(format!("{} on a {how} connection", name(trace, request)))
            }
            Event::Pool(PoolEvent::Wait { request }) => {
                Some(format!("{} waits for a connection", name(trace, request)))
            }
            Event::Fault(FaultEvent::Typed { line, output, .. }) => {
                Some(typed(trace.text(line), output.map(|text| trace.text(text))))
            }
            Event::Fault(
                event @ (FaultEvent::Started { .. } | FaultEvent::PoweredOff | FaultEvent::Booted),
            ) => Some(describe::fault(trace, event, crate::Lang::En)),
            _ => None,
        };
        if let Some(line) = line {
            let host = &trace.hosts[usize::from(record.host.0)].name;
            let _ = writeln!(out, "{} {host:<10} {line}", record.time);
        }
    }
    if out.is_empty() {
        out.push_str("# nobody made a request\n");
    }
    out
}

/// A command, and under it what it printed.
fn typed(line: &str, output: Option<&str>) -> String {
    let mut said = format!("$ {line}");
    for line in output.unwrap_or_default().lines() {
        said.push('\n');
        if !line.is_empty() {
            said.push_str("    ");
            said.push_str(line);
        }
    }
    said
}

/// What the log has said of a request so far.
#[derive(Clone, Copy, Debug, Default)]
struct Seen {
    started: Option<Time>,
    /// Its body was not read to its end.
    left: bool,
}

impl Seen {
    fn take(&mut self, event: RequestEvent, at: Time) {
        match event {
            RequestEvent::Started { .. } => self.started = Some(at),
            RequestEvent::BodyLeft { .. } => self.left = true,
            _ => {}
        }
    }

    fn took(&self, now: Time) -> Duration {
        self.started.map_or(Duration::ZERO, |at| now.since(at))
    }
}

/// What happened to a request that has taken so long.
fn request(trace: &Trace, event: RequestEvent, took: String, left: bool) -> Option<String> {
    Some(match event {
        RequestEvent::Started { request } => {
            let url = trace.text(trace.requests[request.index()].url);
            format!("{} {url}", name(trace, request))
        }
        RequestEvent::Executed { request, .. } => format!("handles {}", name(trace, request)),
        RequestEvent::Head { request, status } => {
            format!("{}: status {status}", name(trace, request))
        }
        RequestEvent::Retried {
            request,
            attempt,
            text,
            ..
        } => {
            let named = name(trace, request);
            // Only a proxy's log tells what its caller never hears.
            match trace.requests[request.index()].parent {
                Some(_) => format!("{named}: {}; attempt {attempt}", trace.text(text)),
                None => format!("{named}: attempt {attempt}"),
            }
        }
        RequestEvent::Finished { request } => {
            let what = if left {
                "as much as it wanted"
            } else {
                "whole answer"
            };
            format!("{}: {what} after {took}", name(trace, request))
        }
        RequestEvent::Failed { request, text, .. } => {
            format!(
                "{}: {} (after {took})",
                name(trace, request),
                trace.text(text)
            )
        }
        RequestEvent::BodyLeft { request, .. } => {
            format!("{}: body not read to its end", name(trace, request))
        }
        RequestEvent::Late { request, error } => {
            let what = error.map_or("whole answer", |(_, text)| trace.text(text));
            format!("{}: late: {what} (after {took})", name(trace, request))
        }
        RequestEvent::Written { .. } | RequestEvent::Responded { .. } => return None,
    })
}

/// `POST #3`.
fn name(trace: &Trace, request: RequestId) -> String {
    let request = &trace.requests[request.index()];
    format!("{} #{}", request.method, request.number)
}
