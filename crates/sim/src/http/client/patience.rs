//! How long a client waits: for a connection to be made, for a response's head, for anything at all to move.

use super::workload::OnTimeout;
use super::{Client, ConnState, Dialling, OnQuiet};
use crate::http::Deadline;
use crate::syscalls::{ProgramTimer, Syscalls};
use whyeof_trace::{Evicted, Failure, RequestId, SocketId, Time, Timer, TimerKind, TimerOf};

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

    /// A connection begins to be made, or has been made: that counts as movement, too, where dialling counts.
    pub(super) fn dial_moved(&mut self, socket: SocketId, sys: &mut Syscalls<'_>) {
        let dialling = self.config.quiet.map(|quiet| quiet.dialling);
        if dialling == Some(Dialling::Counts) {
            self.moved(socket, sys);
        }
    }

    /// Something moved on a busy connection: the time without begins again.
    pub(super) fn moved(&mut self, socket: SocketId, sys: &mut Syscalls<'_>) {
        let (Some(quiet), Some(conn)) = (self.config.quiet, self.conns.get(&socket)) else {
            return;
        };
        let due = conn.due;
        let limit = match conn.state {
            ConnState::Busy(request) | ConnState::Dialling(request) => {
                let queued = self.jobs.get(&request).is_some_and(|job| job.queued);
                quiet.queued.filter(|_| queued).unwrap_or(quiet.limit)
            }
            _ => quiet.limit,
        };
        let until = self.lazily(due, sys.now() + limit.after);
        let Some(conn) = self.conns.get_mut(&socket) else {
            return;
        };
        if until == due && conn.quiet.is_some() {
            return;
        }
        if let Some(armed) = conn.quiet.take() {
            sys.clear_timer(armed);
        }
        let armed = self.arm(socket, TimerKind::SocketTimeout, limit, sys);
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

    /// A connection on which nothing moves is given up before it is made: no other address is tried.
    fn stops_dialling(&mut self, socket: SocketId, request: RequestId, sys: &mut Syscalls<'_>) {
        let failure = Failure::SocketTimeout;
        let text = self.words(request, failure, Some(socket), sys);
        self.discard(socket, Evicted::Broken, sys);
        self.fail_as(request, failure, text, sys);
    }

    /// Nothing has moved on a busy connection for too long.
    pub(super) fn quiet(&mut self, socket: SocketId, sys: &mut Syscalls<'_>) {
        let Some(conn) = self.conns.get_mut(&socket) else {
            return;
        };
        conn.quiet = None;
        let emits = self.config.quiet.map(|quiet| quiet.then) == Some(OnQuiet::Emits);
        let destroys = match (emits, conn.state) {
            (false, _) => true,
            (_, ConnState::Busy(request) | ConnState::Dialling(request)) => {
                let workload = self.workload_of(request);
                workload.is_some_and(|(_, w)| w.on_timeout == OnTimeout::Destroys)
            }
            _ => false,
        };
        let Some(conn) = self.conns.get(&socket) else {
            return;
        };
        match conn.state {
            _ if !destroys => {}
            ConnState::Busy(request) => {
                let failure = if emits && conn.head_seen {
                    Failure::GaveUpInBody
                } else {
                    Failure::SocketTimeout
                };
                self.attempt_failed(socket, request, failure, sys);
            }
            ConnState::Dialling(request) => self.stops_dialling(socket, request, sys),
            // A body that nobody reads: the caller has heard, the connection goes all the same.
            ConnState::Held => self.discard(socket, Evicted::Broken, sys),
            _ => {}
        }
    }
}
