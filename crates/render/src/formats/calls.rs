//! The calls that each program makes, as `strace -f -e trace=network,read,write,close -ttt` prints them, a line a call.
//!
//! File descriptors are the lowest that are free, from 3 on, as Linux gives them. A call stands where it returns.

use super::{Format, Name, Shown, Write};
use crate::text::Text;
use litemap::LiteMap;
use std::fmt::Write as _;
use std::net::SocketAddr;
use whyeof_trace::{
    Call, Event, HostId, MessageId, Returned, SocketError, SocketEvent, SocketId, Trace,
};

/// The format's entry.
pub const FORMAT: Format = Format {
    name: Name {
        id: "calls",
        label: Text::new("system calls (strace)", "系统调用（strace）"),
        extension: "strace.txt",
        mime: "text/plain; charset=utf-8",
        shown: Shown::Text,
    },
    write: Write::Text(|case, _| write(case.trace)),
};

/// The whole run.
pub fn write(trace: &Trace) -> String {
    let mut files = Files::default();
    let mut out = String::new();
    for record in &trace.records {
        let Event::Socket(event) = record.event else {
            continue;
        };
        let line = match event {
            SocketEvent::Called { socket, call } => {
                let file = files.of(record.host, socket);
                called(trace, socket, call, file)
            }
            SocketEvent::Returned {
                socket,
                call,
                result,
            } => {
                let file = files.of(record.host, socket);
                returned(trace, socket, call, result, file)
            }
            SocketEvent::Entered { .. } | SocketEvent::Failed { .. } => None,
        };
        if let Some(line) = line {
            let host = &trace.hosts[usize::from(record.host.0)].name;
            let _ = writeln!(out, "{} {host:<10} {line}", record.time);
        }
        if let SocketEvent::Called {
            socket,
            call: Call::Close,
        } = event
        {
            files.free(record.host, socket);
        }
    }
    out
}

/// The numbers of open sockets, by host.
#[derive(Default)]
struct Files(LiteMap<HostId, Vec<Option<SocketId>>>);

impl Files {
    fn of(&mut self, host: HostId, socket: SocketId) -> usize {
        // 0 to 2 are taken; a listener would have 3.
        const FIRST: usize = 4;
        let files = self.0.entry(host).or_default();
        let known = files.iter().position(|file| *file == Some(socket));
        let place = known.unwrap_or_else(|| {
            let free = files.iter().position(Option::is_none);
            free.unwrap_or_else(|| {
                files.push(None);
                files.len() - 1
            })
        });
        files[place] = Some(socket);
        FIRST + place
    }

    fn free(&mut self, host: HostId, socket: SocketId) {
        let files = self.0.entry(host).or_default();
        if let Some(place) = files.iter().position(|file| *file == Some(socket)) {
            files[place] = None;
        }
    }
}

/// Calls that say nothing when they return.
fn called(trace: &Trace, socket: SocketId, call: Call, file: usize) -> Option<String> {
    Some(match call {
        Call::Write { len, message } => {
            let text = message.map_or("\"\"...".to_owned(), |id| begins(trace, id));
            format!("write({file}, {text}, {len}) = {len}")
        }
        Call::ShutdownWrite => format!("shutdown({file}, SHUT_WR) = 0"),
        Call::ShutdownRead => format!("shutdown({file}, SHUT_RD) = 0"),
        Call::ShutdownBoth => format!("shutdown({file}, SHUT_RDWR) = 0"),
        Call::SetOption(option) => format!("setsockopt({file}, {}, ...) = 0", option.name()),
        Call::Close => format!("close({file}) = 0"),
        Call::Connect => {
            let peer = SocketAddr::from(trace.address(socket.peer()));
            format!("connect({file}, {{{peer}}}) = -1 EINPROGRESS")
        }
        Call::Accept | Call::Read | Call::TakeError => return None,
    })
}

fn returned(
    trace: &Trace,
    socket: SocketId,
    call: Call,
    result: Returned,
    file: usize,
) -> Option<String> {
    Some(match (call, result) {
        (Call::Accept, _) => {
            let peer = SocketAddr::from(trace.address(socket.peer()));
            format!("accept4(3, {{{peer}}}) = {file}")
        }
        (Call::Read, Returned::Bytes(n)) => format!("read({file}, ..., {n}) = {n}"),
        (Call::Read, Returned::EndOfStream) => format!("read({file}, \"\", ...) = 0"),
        (Call::Read, Returned::Error(error)) => format!("read({file}, ...) = {}", number(error)),
        (Call::Write { len, .. }, Returned::Error(error)) => {
            format!("write({file}, ..., {len}) = {}", number(error))
        }
        (Call::Connect | Call::TakeError, result) => {
            let error = match result {
                Returned::Error(error) => error.name(),
                _ => "0",
            };
            format!("getsockopt({file}, SOL_SOCKET, SO_ERROR, [{error}]) = 0")
        }
        _ => return None,
    })
}

fn number(error: SocketError) -> String {
    format!("-1 {}", error.name())
}

/// The first line of a message, as strace cuts it.
fn begins(trace: &Trace, id: MessageId) -> String {
    const MOST: usize = 32;
    let head = trace.text(trace.messages[id.index()].head);
    let line: String = head.chars().take(MOST).collect();
    format!("{:?}...", line)
}
