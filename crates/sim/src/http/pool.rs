//! A client's pool of idle connections: order, limits, eviction.

use crate::plan::Deadline;

/// The pool's rules and limits. `None` is "no limit".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PoolConfig {
    /// Which idle connection a request gets.
    pub order: PoolOrder,
    /// Whether connections are kept at all (Go: not `DisableKeepAlives`).
    pub reuse: Reuse,
    /// Idle connections to all hosts together (Go: `MaxIdleConns`).
    pub max_idle: Option<u32>,
    /// Idle connections per host and port (Go: `MaxIdleConnsPerHost`).
    pub max_idle_per_host: Option<u32>,
    /// Connections per host and port, dialling and busy ones included (Go: `MaxConnsPerHost`).
    pub max_per_host: Option<u32>,
    /// How long a connection may be idle (Go: `IdleConnTimeout`).
    pub idle_timeout: Option<Deadline>,
}

/// Which idle connection a request gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PoolOrder {
    /// The one that became idle last.
    Lifo,
}

/// Whether connections are used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reuse {
    /// Kept after a response.
    KeepAlive,
    /// Closed after each response; every request says `Connection: close`.
    Never,
}
