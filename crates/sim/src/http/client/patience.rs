//! How long a client waits: for a connection to be made, for a response's head, for anything at all to move.

use super::{Client, ConnState, OnQuiet};
use crate::http::Deadline;
use crate::syscalls::{ProgramTimer, Syscalls};
use whyeof_trace::{Evicted, Failure, SocketId, Time, Timer, TimerKind, TimerOf};

impl Client {
    /// Sets a timer of a connection.
    pub(super) fn arm(
        &self,
        socket: SocketId,
        kind: TimerKind,
        limit: Deadline,
        sys: &mut Syscalls<'_>,
    ) -> ProgramTimer {
        let of = TimerOf::Socket(socket);
        let late = self.config.latency.timer;
        sys.set_timer(Timer { kind, of }, limit.after, late, limit.setting)
    }

    /// Waits so long for what comes next on a connection, if there is a limit.
    pub(super) fn be_patient(
        &mut self,
        socket: SocketId,
        kind: TimerKind,
        limit: Option<Deadline>,
        sys: &mut Syscalls<'_>,
    ) {
        let (Some(limit), true) = (limit, self.conns.contains_key(&socket)) else {
            return;
        };
        let armed = self.arm(socket, kind, limit, sys);
        if let Some(conn) = self.conns.get_mut(&socket) {
            conn.patience = Some(armed);
        }
    }

    /// The connection was not made in time (Go: `dial tcp …: i/o timeout`).
    pub(super) fn dial_timed_out(&mut self, socket: SocketId, sys: &mut Syscalls<'_>) {
        if let Some(conn) = self.conns.get_mut(&socket) {
            conn.patience = None;
        }
        self.not_made(socket, Failure::DialTimeout, sys);
    }

    /// The response's head has not come in time (runtimes §1.8: the connection is closed, and nothing sent again).
    pub(super) fn no_head(&mut self, socket: SocketId, sys: &mut Syscalls<'_>) {
        let Some(conn) = self.conns.get_mut(&socket) else {
            return;
        };
        conn.patience = None;
        if let ConnState::Busy(request) = conn.state {
            self.attempt_failed(socket, request, Failure::HeadTimeout, sys);
        }
    }

    /// Something moved on a busy connection: the time without begins again.
    pub(super) fn moved(&mut self, socket: SocketId, sys: &mut Syscalls<'_>) {
        let (Some(quiet), Some(conn)) = (self.config.quiet, self.conns.get(&socket)) else {
            return;
        };
        let due = conn.due;
        let until = self.lazily(due, sys.now() + quiet.limit.after);
        let Some(conn) = self.conns.get_mut(&socket) else {
            return;
        };
        if until == due && conn.quiet.is_some() {
            return;
        }
        if let Some(armed) = conn.quiet.take() {
            sys.clear_timer(armed);
        }
        let armed = self.arm(socket, TimerKind::SocketTimeout, quiet.limit, sys);
        if let Some(conn) = self.conns.get_mut(&socket) {
            conn.quiet = Some(armed);
            conn.due = until;
        }
    }

    /// When a timer that is due then is due if it is set again to `until` (recorded in 19d: one for the next request that stays
    /// where the one for the response was, unless the response took longer than that).
    pub(super) fn lazily(&self, due: Time, until: Time) -> Time {
        let apart = due.since(until).max(until.since(due));
        if apart < self.config.lazy { due } else { until }
    }

    /// Nothing has moved on a busy connection for too long.
    pub(super) fn quiet(&mut self, socket: SocketId, sys: &mut Syscalls<'_>) {
        let Some(conn) = self.conns.get_mut(&socket) else {
            return;
        };
        conn.quiet = None;
        let destroys = self.config.quiet.map(|quiet| quiet.then) == Some(OnQuiet::Destroys);
        match conn.state {
            _ if !destroys => {}
            ConnState::Busy(request) => {
                self.attempt_failed(socket, request, Failure::SocketTimeout, sys);
            }
            // A body that nobody reads: the caller has heard, the connection goes all the same.
            ConnState::Held => self.discard(socket, Evicted::Broken, sys),
            _ => {}
        }
    }
}
