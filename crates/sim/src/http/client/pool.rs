//! A client's pool of idle connections: order, limits, eviction.

use crate::copy::clone_into_place;
use crate::http::Deadline;
use crate::syscalls::ProgramTimer;
use crate::target::Target;
use std::collections::VecDeque;
use std::time::Duration;
use whyeof_trace::{RequestId, SocketId, Time};

/// The pool's rules and limits. `None` is "no limit".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PoolConfig {
    /// Which idle connection a request gets.
    pub order: PoolOrder,
    /// Whether connections are used again at all.
    pub reuse: Reuse,
    /// Idle connections to all hosts together (Go: `MaxIdleConns`).
    pub max_idle: Option<u32>,
    /// Idle connections per host and port (Go: `MaxIdleConnsPerHost`).
    pub max_idle_per_host: Option<u32>,
    /// Connections per host and port, dialling and busy ones included (Go: `MaxConnsPerHost`).
    pub max_per_host: Option<u32>,
    /// Connections to all hosts together, dialling and busy ones included (Node: `maxTotalSockets`).
    pub max_total: Option<u32>,
    /// How long a connection may be idle (Go: `IdleConnTimeout`).
    pub idle_timeout: Option<Deadline>,
    /// Requests on one connection (nginx: `keepalive_requests` of an upstream).
    pub max_requests: Option<u32>,
    /// What a server's `Keep-Alive: timeout=` does to the idle time.
    pub hint: Hint,
    /// Whose a connection is that was dialled for a request.
    pub binding: Binding,
}

/// What a server's `Keep-Alive: timeout=` does to the idle limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hint {
    /// Nothing.
    Ignored,
    /// It lowers a limit that is set, less so much; a hint that leaves nothing forbids keeping the connection (Node,
    /// `keepSocketAlive`; runtimes §2.2).
    Lowers {
        /// What is taken off.
        less: Duration,
    },
    /// As it lowers the limit it is put back again; only one that leaves nothing counts (agentkeepalive, runtimes §3).
    Forbids {
        /// What is taken off.
        less: Duration,
    },
}

/// Whose a connection is that was dialled for a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Binding {
    /// Nobody's: the request takes it or one that is free before (Go).
    Late,
    /// That request's (Node).
    Early,
}

impl Hint {
    /// The idle limit after a response with this hint, in seconds; `None`: the connection is not kept.
    pub fn limit(self, set: Option<Deadline>, hint: Option<u32>) -> Option<Option<Deadline>> {
        let (Self::Lowers { less } | Self::Forbids { less }, Some(hint)) = (self, hint) else {
            return Some(set);
        };
        let left = Duration::from_secs(hint.into()).saturating_sub(less);
        if left.is_zero() {
            return None;
        }
        Some(match (self, set) {
            (Self::Lowers { .. }, Some(limit)) if left < limit.after => Some(Deadline {
                after: left,
                setting: limit.setting,
            }),
            _ => set,
        })
    }
}

/// Which idle connection a request gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PoolOrder {
    /// The one that became idle last.
    Lifo,
    /// The one that became idle first.
    Fifo,
}

/// Whether connections are used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reuse {
    /// Handed on or kept after a response.
    KeepAlive,
    /// Handed on while requests wait, else closed (Node: an agent without `keepAlive`, with `maxSockets`).
    WhileWaiting,
    /// Closed after each response, without a word about it in the request (Go: `MaxIdleConnsPerHost` < 0).
    Unpooled,
    /// Closed after each response; every request says `Connection: close` (Go: `DisableKeepAlives`).
    Never,
}

/// Where a connection leads: connections of different keys are never exchanged.
pub type Key = (Target, u16);

/// A connection that waits for its next request.
#[derive(Clone, Debug)]
pub struct Idle {
    /// Which.
    pub socket: SocketId,
    /// Since when.
    pub since: Time,
    /// Its idle timer.
    pub timer: Option<ProgramTimer>,
}

/// Connections to one host and port.
#[derive(Debug)]
pub struct HostPool {
    /// Where they lead.
    pub key: Key,
    /// Idle ones; the newest is last.
    pub idle: Vec<Idle>,
    /// Requests that wait for a connection, whichever comes first; the longest waiting is first.
    pub waiting: VecDeque<RequestId>,
    /// Those among them for which no dial could be started because of the limit.
    pub undialled: VecDeque<RequestId>,
    /// Connections that exist: dialling, busy and idle.
    pub open: u32,
}

clone_into_place!(HostPool {
    key,
    idle,
    waiting,
    undialled,
    open
});

/// A client's pool.
#[derive(Debug)]
pub struct Pool {
    /// Rules and limits.
    pub config: PoolConfig,
    /// By host and port, in the order of first use.
    pub hosts: Vec<HostPool>,
}

clone_into_place!(Pool { config, hosts });

/// What becomes of a connection whose response has been read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Return {
    /// A waiting request gets it at once; it is never idle.
    Handed(RequestId),
    /// It is idle now.
    Parked,
    /// There is no room for it, or connections are not kept.
    Refused,
}

impl Pool {
    /// An empty pool.
    pub const fn new(config: PoolConfig) -> Self {
        Self {
            config,
            hosts: Vec::new(),
        }
    }

    /// The connections to a host and port.
    pub fn host(&mut self, key: Key) -> &mut HostPool {
        let found = self.hosts.iter().position(|h| h.key == key);
        let index = found.unwrap_or_else(|| {
            self.hosts.push(HostPool {
                key,
                idle: Vec::new(),
                waiting: VecDeque::new(),
                undialled: VecDeque::new(),
                open: 0,
            });
            self.hosts.len() - 1
        });
        &mut self.hosts[index]
    }

    /// An idle connection for a request; it leaves the pool.
    pub fn checkout(&mut self, key: Key) -> Option<Idle> {
        let order = self.config.order;
        let idle = &mut self.host(key).idle;
        match order {
            PoolOrder::Lifo => idle.pop(),
            PoolOrder::Fifo if idle.is_empty() => None,
            PoolOrder::Fifo => Some(idle.remove(0)),
        }
    }

    /// Whether one more connection may be dialled.
    pub fn may_dial(&mut self, key: Key) -> bool {
        let (most, total) = (self.config.max_per_host, self.config.max_total);
        let open: u32 = self.hosts.iter().map(|host| host.open).sum();
        most.is_none_or(|most| self.host(key).open < most) && total.is_none_or(|most| open < most)
    }

    /// A connection to this host is gone: the request that may dial now, and where to. Another host's can only where all
    /// share a limit.
    pub fn next_dial(&mut self, key: Key) -> Option<(RequestId, Key)> {
        if let Some(request) = self.next_dial_to(key) {
            return Some((request, key));
        }
        self.config.max_total?;
        (0..self.hosts.len()).find_map(|n| {
            let key = self.hosts[n].key;
            Some((self.next_dial_to(key)?, key))
        })
    }

    fn next_dial_to(&mut self, key: Key) -> Option<RequestId> {
        if !self.may_dial(key) {
            return None;
        }
        let binding = self.config.binding;
        let host = self.host(key);
        let request = host.undialled.pop_front()?;
        if binding == Binding::Early {
            take_out(&mut host.waiting, request);
        }
        host.open += 1;
        Some(request)
    }

    /// Takes back a connection (transport.go `tryPutIdleConn`). Who keeps none does not hand it on either; a full pool turns
    /// the newcomer away only if nobody waits for it.
    pub fn put(&mut self, key: Key, socket: SocketId, now: Time) -> Return {
        if matches!(self.config.reuse, Reuse::Unpooled | Reuse::Never) {
            return Return::Refused;
        }
        let keeps = self.config.reuse == Reuse::KeepAlive;
        let most = self.config.max_idle_per_host;
        let host = self.host(key);
        if let Some(request) = host.waiting.pop_front() {
            take_out(&mut host.undialled, request);
            return Return::Handed(request);
        }
        if !keeps || most.is_some_and(|most| host.idle.len() >= most as usize) {
            return Return::Refused;
        }
        host.idle.push(Idle {
            socket,
            since: now,
            timer: None,
        });
        Return::Parked
    }

    /// The connection that has been idle longest, if there are now more than `MaxIdleConns`; it leaves the pool.
    pub fn overflow(&mut self) -> Option<Idle> {
        let most = self.config.max_idle?;
        let count: usize = self.hosts.iter().map(|h| h.idle.len()).sum();
        if count <= most as usize {
            return None;
        }
        let oldest = |h: &&mut HostPool| h.idle.first().map_or(Time::NEVER, |i| i.since);
        let host = self.hosts.iter_mut().min_by_key(oldest)?;
        (!host.idle.is_empty()).then(|| host.idle.remove(0))
    }

    /// A connection, if it is idle.
    pub fn idle(&mut self, key: Key, socket: SocketId) -> Option<&mut Idle> {
        let idle = &mut self.host(key).idle;
        idle.iter_mut().find(|i| i.socket == socket)
    }

    /// Takes an idle connection out, if it is idle.
    pub fn remove(&mut self, key: Key, socket: SocketId) -> Option<Idle> {
        let idle = &mut self.host(key).idle;
        let index = idle.iter().position(|i| i.socket == socket)?;
        Some(idle.remove(index))
    }

    /// A request no longer waits.
    pub fn forget(&mut self, key: Key, request: RequestId) {
        let host = self.host(key);
        take_out(&mut host.waiting, request);
        take_out(&mut host.undialled, request);
    }
}

/// Takes a request out of those that wait, where it stands once at most. Who waits longest gives up first as a rule, and thousands may
/// wait: it is looked for from the front, and what is behind it stays where it is.
fn take_out(waiting: &mut VecDeque<RequestId>, request: RequestId) {
    if let Some(at) = waiting.iter().position(|waits| *waits == request) {
        waiting.remove(at);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use whyeof_trace::{FlowId, HostId, Side};

    const KEY: Key = (Target::Host(HostId(1)), 80);

    fn socket(n: u32) -> SocketId {
        SocketId {
            flow: FlowId(n),
            side: Side::Opener,
        }
    }

    fn pool(max_idle: Option<u32>, per_host: Option<u32>, reuse: Reuse) -> Pool {
        Pool::new(PoolConfig {
            order: PoolOrder::Lifo,
            reuse,
            max_idle,
            max_idle_per_host: per_host,
            max_per_host: None,
            max_total: None,
            idle_timeout: None,
            max_requests: None,
            hint: Hint::Ignored,
            binding: Binding::Late,
        })
    }

    /// runtimes §1.2 to §1.4: limits, requests that wait, connections put back in this order, what became of each, who comes
    /// out first.
    #[test]
    fn go_pool_table() {
        use Return::{Handed, Parked, Refused};
        use Reuse::{KeepAlive, Never, Unpooled};
        let waits = RequestId(0);
        let table = [
            (
                Some(2),
                KeepAlive,
                0,
                vec![Parked, Parked, Refused],
                Some(1),
            ),
            (Some(2), KeepAlive, 1, vec![Handed(waits), Parked], Some(1)),
            (None, KeepAlive, 0, vec![Parked, Parked, Parked], Some(2)),
            (Some(0), KeepAlive, 0, vec![Refused], None),
            (Some(0), KeepAlive, 1, vec![Handed(waits), Refused], None),
            (Some(0), Unpooled, 0, vec![Refused], None),
            (Some(0), Unpooled, 1, vec![Refused], None),
            (Some(2), Never, 0, vec![Refused], None),
            (Some(2), Never, 1, vec![Refused], None),
        ];
        for (per_host, reuse, waiting, expected, first) in table {
            let mut pool = pool(None, per_host, reuse);
            (pool.host(KEY).waiting).extend((0..waiting).map(RequestId));
            let got: Vec<_> = (0..expected.len())
                .map(|n| {
                    let n = u32::try_from(n).expect("small");
                    pool.put(KEY, socket(n), Time(u64::from(n)))
                })
                .collect();
            assert_eq!(got, expected, "{per_host:?} {reuse:?} {waiting}");
            assert_eq!(pool.checkout(KEY).map(|i| i.socket), first.map(socket));
        }
    }

    /// runtimes §2.2 and §3, recorded in 09e and 09f: limit, hint, Node's and agentkeepalive's.
    #[test]
    fn hint_table() {
        let less = Duration::from_secs(1);
        let seconds = |n: u64| Deadline {
            after: Duration::from_secs(n),
            setting: None,
        };
        let table = [
            (None, Some(5), Some(None), Some(None)),
            (Some(60), Some(5), Some(Some(4)), Some(Some(60))),
            (Some(5), Some(30), Some(Some(5)), Some(Some(5))),
            (Some(5), None, Some(Some(5)), Some(Some(5))),
            (Some(5), Some(1), None, None),
            (None, Some(1), None, None),
        ];
        for (set, hint, node, agentkeepalive) in table {
            let set = set.map(seconds);
            let say = |limit: Option<Option<u64>>| limit.map(|limit| limit.map(seconds));
            assert_eq!(Hint::Lowers { less }.limit(set, hint), say(node));
            assert_eq!(Hint::Forbids { less }.limit(set, hint), say(agentkeepalive));
            assert_eq!(Hint::Ignored.limit(set, hint), Some(set));
        }
    }

    #[test]
    fn a_waiting_request_gets_the_connection_before_the_pool_does() {
        let mut pool = pool(None, Some(2), Reuse::KeepAlive);
        pool.host(KEY).waiting.extend([RequestId(7), RequestId(8)]);
        pool.host(KEY).undialled.push_back(RequestId(7));
        assert_eq!(
            pool.put(KEY, socket(0), Time(1)),
            Return::Handed(RequestId(7))
        );
        assert!(pool.host(KEY).undialled.is_empty());
        assert_eq!(
            pool.put(KEY, socket(0), Time(2)),
            Return::Handed(RequestId(8))
        );
        assert_eq!(pool.put(KEY, socket(0), Time(3)), Return::Parked);
    }

    #[test]
    fn too_many_idle_connections_cost_the_oldest_its_place() {
        let mut pool = pool(Some(2), None, Reuse::KeepAlive);
        let other: Key = (Target::Host(HostId(2)), 80);
        for (n, key) in [(0, other), (1, KEY), (2, KEY)] {
            assert_eq!(pool.put(key, socket(n), Time(u64::from(n))), Return::Parked);
        }
        assert_eq!(pool.overflow().map(|i| i.socket), Some(socket(0)));
        assert!(pool.overflow().is_none());
    }
}
