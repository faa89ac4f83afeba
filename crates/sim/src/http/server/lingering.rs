//! How a connection ends while its client may still be sending: close(2) at once would reset what the client has yet to read.

use super::handler::{Body, Handling};
use super::{Phase, Reading, Server};
use crate::chance::Latency;
use crate::syscalls::Syscalls;
use crate::tcp::calls::Shutdown;
use std::time::Duration;
use whyeof_trace::{SocketId, Timer, TimerKind, TimerOf};

impl Server {
    /// The client may still be sending: the FIN goes out, and close(2), which would reset, waits a while.
    pub(super) fn linger(&mut self, id: SocketId, time: Duration, sys: &mut Syscalls<'_>) {
        self.clear_deadline(id, sys);
        sys.shutdown(id, Shutdown::Write);
        if let Some(conn) = self.conns.get_mut(&id) {
            conn.phase = Phase::Lingering;
        }
        let timer = Timer {
            kind: TimerKind::Linger,
            of: TimerOf::Socket(id),
        };
        sys.set_timer(timer, time, Latency::ZERO, None);
    }

    /// Behind the last response of a connection. While a body is still coming nginx reads and drops it, so that close(2) does not
    /// reset what the client has yet to read (ngx_http_request_body.c `ngx_http_discarded_request_body_handler`; recorded in
    /// 23-nginx-lingering).
    pub(super) fn close_behind(
        &mut self,
        id: SocketId,
        handling: Handling,
        sys: &mut Syscalls<'_>,
    ) {
        let lingers = match self.config.reading {
            Reading::Bytes { lingers } if handling.body == Body::Coming => lingers,
            _ => None,
        };
        let Some(lingers) = lingers else {
            self.close(id, sys);
            return;
        };
        self.clear_deadline(id, sys);
        if let Some(conn) = self.conns.get_mut(&id) {
            conn.phase = Phase::Discarding(Some((sys.now() + lingers.time, lingers.timeout)));
        }
        self.wait_for_more(id, sys);
        self.read(id, sys);
    }

    /// Some more has come of a body that nobody wants.
    pub(super) fn discarded(&mut self, id: SocketId, sys: &mut Syscalls<'_>) {
        let conn = self.conns.get(&id);
        if conn.is_some_and(|conn| conn.received >= conn.expected) {
            self.close(id, sys);
        } else {
            self.wait_for_more(id, sys);
        }
    }

    fn wait_for_more(&mut self, id: SocketId, sys: &mut Syscalls<'_>) {
        let phase = self.conns.get(&id).map(|conn| conn.phase);
        let Some(Phase::Discarding(Some((until, timeout)))) = phase else {
            return;
        };
        self.clear_deadline(id, sys);
        let left = until.since(sys.now()).min(timeout);
        let timer = Timer {
            kind: TimerKind::Linger,
            of: TimerOf::Socket(id),
        };
        let deadline = sys.set_timer(timer, left, self.config.latency.timer, None);
        if let Some(conn) = self.conns.get_mut(&id) {
            conn.deadline = Some(deadline);
        }
    }
}
