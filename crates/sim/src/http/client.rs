//! An HTTP client program: its workloads, its pool, its attempts.

use crate::chance::Latency;
use crate::http::codec::HeadStyle;
use crate::http::pool::PoolConfig;
use crate::http::retry::RetryRule;
use crate::http::words::Words;
use crate::plan::{Deadline, KeepAlive};
use std::time::Duration;
use whyeof_trace::{HostId, Method};

/// What a client program is.
#[derive(Clone, Debug)]
pub struct ClientConfig {
    /// The pool's rules and limits.
    pub pool: PoolConfig,
    /// Time for a whole request, from the caller's call on (Go: `Client.Timeout`).
    pub timeout: Option<Deadline>,
    /// When it sends again by itself.
    pub retry: RetryRule,
    /// Kernel keepalive probes on its sockets.
    pub keep_alive: Option<KeepAlive>,
    /// How it writes heads.
    pub heads: HeadStyle,
    /// How it words failures.
    pub words: &'static [Words],
    /// How long its steps take.
    pub latency: ClientLatency,
    /// What it asks for.
    pub workloads: Vec<Workload>,
}

/// How long a client's steps take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClientLatency {
    /// From the call to the SYN of a new connection.
    pub dial: Latency,
    /// From the SYN-ACK's arrival to the first byte of the request.
    pub connected: Latency,
    /// From the call to the first byte of the request on a connection from the pool.
    pub reuse: Latency,
    /// From the response's arrival to the caller having it and the connection being in the pool.
    pub response: Latency,
    /// From the arrival of a FIN or RST to the program acting on it.
    pub notice: Latency,
    /// How late a timer fires.
    pub timer: Latency,
}

/// Requests of one kind.
#[derive(Clone, Debug)]
pub struct Workload {
    /// The server's host.
    pub to: HostId,
    /// The server's port.
    pub port: u16,
    /// Host and port as the URL has them: `pyroscope:4040`.
    pub authority: String,
    /// Method.
    pub method: Method,
    /// Path with query.
    pub path: String,
    /// Body bytes.
    pub body: u32,
    /// Own header fields.
    pub headers: Vec<(String, String)>,
    /// When the first request starts.
    pub at: Duration,
    /// Time from one start to the next; `None`: only one.
    pub every: Option<Duration>,
    /// Drawn per request, except the first, and added to `every`: least and most.
    pub plus: (Duration, Duration),
    /// How many.
    pub count: u32,
}
