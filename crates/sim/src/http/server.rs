//! An HTTP server program: accepting, reading, answering, closing.

use crate::chance::Latency;
use crate::http::codec::HeadStyle;
use crate::plan::{Deadline, KeepAlive};
use std::time::Duration;

/// What a server program is. Its deadlines are the effective ones: fallbacks are resolved by the profile.
#[derive(Clone, Debug)]
pub struct ServerConfig {
    /// Port it listens on.
    pub listen: u16,
    /// Time for a request's head; on a connection's first request from accept on (Go: ReadHeaderTimeout, else
    /// ReadTimeout).
    pub read_header: Option<Deadline>,
    /// Time for a whole request from its first byte on (Go: ReadTimeout).
    pub read: Option<Deadline>,
    /// Time for the response from the end of the request's head on (Go: WriteTimeout).
    pub write: Option<Deadline>,
    /// Time between two requests (Go: IdleTimeout, else ReadTimeout). Not for the first request.
    pub idle: Option<Deadline>,
    /// Kernel keepalive probes on accepted sockets.
    pub keep_alive: Option<KeepAlive>,
    /// How it writes heads.
    pub heads: HeadStyle,
    /// How long its steps take.
    pub latency: ServerLatency,
    /// What it does with a request.
    pub handler: Handler,
}

/// How long a server's steps take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ServerLatency {
    /// From the handshake's last ACK to the program having the connection.
    pub accept: Latency,
    /// From the arrival of data or a FIN to the program reading it.
    pub read: Latency,
    /// From reading a request to handing over the response, the handler's own time apart.
    pub respond: Latency,
    /// How late a timer fires.
    pub timer: Latency,
    /// From a read deadline's end to close(2): a request that arrives in between is reset, not answered.
    pub close: Latency,
}

/// What a server does with a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Handler {
    /// How long it thinks.
    pub think: Duration,
    /// Bytes of the response's body.
    pub body: u32,
}
