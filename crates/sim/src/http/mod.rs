//! HTTP/1.1 programs on top of socket calls: what a runtime's client and server do with connections.

pub mod client;
pub mod codec;
mod connections;
mod heads;
pub mod proxy;
pub mod server;
pub mod words;

use crate::syscalls::Syscalls;
use crate::tcp::keepalive::KeepAlive;
use crate::tcp::options::SocketOptions;
use std::time::Duration;
use whyeof_trace::{Failure, MessageId, Returned, SettingId, SocketError, SocketId};

/// A time limit, and the setting that it took its value from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deadline {
    /// How long.
    pub after: Duration,
    /// The setting in force.
    pub setting: Option<SettingId>,
}

/// What a program's listener asks for: Go reads `net.core.somaxconn`, which caps it in any case.
const BACKLOG: u32 = 4_096;

/// Go and Node both set TCP_NODELAY on every connection (runtimes §1, §3).
fn socket_options(keep_alive: Option<KeepAlive>) -> SocketOptions {
    SocketOptions {
        keep_alive,
        no_delay: true,
        ..SocketOptions::default()
    }
}

/// Hands a whole message to the kernel as a writer with a buffer of so many bytes does: what fits goes in one write(2); of
/// more, the first bufferful goes in one and the rest past the empty buffer in another (Go: bufio.go `Write` with 4,096 bytes;
/// recorded in 15n, whose first segments are 1448 + 1448 + 1200 and then full). Returns whether every write succeeded.
fn write_all(
    sys: &mut Syscalls<'_>,
    id: SocketId,
    len: u32,
    message: MessageId,
    buffer: u32,
) -> bool {
    let first = len.min(buffer);
    [first, len - first]
        .into_iter()
        .all(|part| part == 0 || !matches!(sys.write(id, part, Some(message)), Returned::Error(_)))
}

/// What an error of a call means for the request.
pub(crate) const fn failure_of(error: SocketError) -> Failure {
    match error {
        SocketError::ConnectionRefused => Failure::Refused,
        SocketError::ConnectionReset => Failure::Reset,
        SocketError::BrokenPipe | SocketError::NotConnected => Failure::BrokenPipe,
        SocketError::TimedOut => Failure::TimedOut,
        SocketError::HostUnreachable
        | SocketError::NetUnreachable
        | SocketError::NoProtocolOption
        | SocketError::ConnectionAborted
        | SocketError::AddressNotAvailable => Failure::Errno(error),
    }
}
