//! `Expect: 100-continue`, seen from the server: asking for a body, and what follows if nobody does (RFC 9110 §10.1.1).

use super::handler::{Body, Handling, Reads};
use super::{Phase, Reading, Server};
use crate::http::codec::CONTINUE;
use crate::syscalls::Syscalls;
use whyeof_trace::{Message, MessageKind, SocketId};

impl Server {
    /// Whether a request's body waits to be asked for.
    fn is_asked_first(&mut self, handling: Handling, sys: &mut Syscalls<'_>) -> bool {
        let message = sys.tables().messages[handling.message.index()];
        message.body_len > 0
            && self
                .heads_read
                .say(message.head, sys.tables())
                .expects_continue
    }

    /// Asks for a body that waits, even if it is here by now: Node before the handler begins, nginx before it reads, Go when
    /// the handler reads (server.go `expectContinueReader`). Recorded in 17, 17b and 14c.
    pub(super) fn ask_for_body(
        &mut self,
        id: SocketId,
        handling: Handling,
        sys: &mut Syscalls<'_>,
    ) {
        if self.leaves_body(handling, sys) || !self.is_asked_first(handling, sys) {
            return;
        }
        let asked = sys.tables().messages[handling.message.index()];
        let Some(conn) = self.conns.get_mut(&id) else {
            return;
        };
        let len = u32::try_from(CONTINUE.len()).unwrap_or(u32::MAX);
        let head = sys.tables().text(CONTINUE);
        let message = sys.tables().message(Message {
            sender: id,
            request: asked.request,
            attempt: asked.attempt,
            kind: MessageKind::Interim,
            offset: conn.written,
            head,
            head_len: len,
            body_len: 0,
            before: None,
        });
        conn.written += len;
        let _ = sys.write(id, len, Some(message));
    }

    /// Whether a body that waits is never asked for: then the response says `Connection: close` (Go, recorded in 17).
    pub(super) fn leaves_body(&mut self, handling: Handling, sys: &mut Syscalls<'_>) -> bool {
        matches!(self.config.reading, Reading::OnDemand { .. })
            && self.handler(handling.route).reads == Reads::Nothing
            && self.is_asked_first(handling, sys)
    }

    /// After a response without the body: it is read all the same, for it may be on its way (server.go `finishRequest`:
    /// `reqBody.Close`), and then the connection is closed. Recorded in 17: a client that has its answer sends no body but
    /// its FIN, and only that is answered.
    pub(super) fn read_unasked_body(
        &mut self,
        id: SocketId,
        handling: Handling,
        sys: &mut Syscalls<'_>,
    ) {
        if handling.body == Body::Here {
            self.close(id, sys);
            return;
        }
        if let Some(conn) = self.conns.get_mut(&id) {
            conn.phase = Phase::Discarding(None);
        }
        self.read(id, sys);
    }
}
