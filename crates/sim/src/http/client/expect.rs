//! `Expect: 100-continue`: a body that waits until the server asks for it (RFC 9110 §10.1.1).

use super::{Client, Conn};
use crate::http::Deadline;
use crate::http::codec::expects_continue;
use crate::syscalls::Syscalls;
use whyeof_trace::{Message, MessageKind, RequestId, SocketId, TimerKind};

/// What a runtime does with the body of a request that says `Expect: 100-continue`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expect {
    /// Nothing special: it follows the head (Node, unless the program waits for `continue`; recorded in 17b).
    Sends,
    /// The head goes alone, and the body waits so long for `100 Continue`; `None`: not at all (Go: transport.go
    /// `waitForContinue`; recorded in 17).
    Waits(Option<Deadline>),
}

impl Client {
    /// Whether this request's head goes alone.
    pub(super) fn head_goes_alone(&self, request: RequestId) -> bool {
        let workload = self.workload_of(request).map(|(_, workload)| workload);
        matches!(self.config.expect, Expect::Waits(_))
            && workload.is_some_and(|w| w.body > 0 && expects_continue(&w.headers))
    }

    /// The head is written; the body waits.
    pub(super) fn wait_for_continue(&mut self, socket: SocketId, sys: &mut Syscalls<'_>) {
        let Expect::Waits(Some(limit)) = self.config.expect else {
            self.write_piece(socket, sys);
            return;
        };
        let armed = self.arm(socket, TimerKind::Continue, limit, sys);
        if let Some(conn) = self.conns.get_mut(&socket) {
            conn.piece = Some(armed);
        }
    }

    /// Takes a `100 Continue` off the stream, if that is what comes next and it is all there: a body that waits for it goes on.
    pub(super) fn took_continue(
        &mut self,
        socket: SocketId,
        next: &Message,
        sys: &mut Syscalls<'_>,
    ) -> bool {
        let Some(conn) = self.conns.get_mut(&socket) else {
            return false;
        };
        if next.kind != MessageKind::Interim || conn.received < next.end() {
            return false;
        }
        conn.consumed = next.end();
        if let Some(waits) = body_waits(conn) {
            sys.clear_timer(waits);
            self.write_piece(socket, sys);
        }
        true
    }
}

/// The timer of a body of which nothing has been written.
fn body_waits(conn: &mut Conn) -> Option<crate::syscalls::ProgramTimer> {
    conn.piece
        .take_if(|timer| timer.kind() == TimerKind::Continue)
}
