//! Requests that come while one before them is unanswered (pipelining, RFC 9112 §9.3.2): answers go out in order all the same. Go
//! and nginx turn to the next request when they have answered; Node begins it at once and holds its answer back. Recorded in
//! 18, 18b and 18c.

use super::{Life, Phase, Reading, Server};
use crate::syscalls::Syscalls;
use whyeof_trace::{Event, MessageId, RequestEvent, SocketId, Time};

/// A request whose handler has begun before its turn.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ahead {
    message: MessageId,
    began: Time,
}

impl Server {
    /// Begins what has come whole behind the request in hand.
    pub(super) fn begin_ahead(&mut self, id: SocketId, sys: &mut Syscalls<'_>) {
        if self.config.reading != Reading::Always || self.life != Life::Serving {
            return;
        }
        while let Some(conn) = self.conns.get_mut(&id) {
            let last = conn.ahead.last().map(|ahead| ahead.message);
            let next = last.map_or(conn.expected, |m| sys.tables().messages[m.index()].end());
            let Some((message, found)) = sys.tables().message_at(id.peer(), next) else {
                return;
            };
            let at_work = matches!(conn.phase, Phase::Handling(_));
            // Beyond maxRequestsPerSocket it would be a 503, behind an answer that closes the connection.
            let behind = u32::try_from(conn.ahead.len()).unwrap_or(u32::MAX) + 1;
            let most = self.config.max_requests.unwrap_or(u32::MAX);
            let too_many = conn.served.saturating_add(behind) >= most;
            if !at_work || too_many || conn.received < found.end() {
                return;
            }
            let (request, attempt) = (found.request, found.attempt);
            sys.note(Event::Request(RequestEvent::Executed {
                request,
                socket: id,
                attempt,
            }));
            let began = sys.now();
            conn.ahead.push(Ahead { message, began });
        }
    }

    /// When the handler of a request began whose turn it is now, if it has.
    pub(super) fn begun_ahead(&mut self, id: SocketId, message: MessageId) -> Option<Time> {
        let ahead = &mut self.conns.get_mut(&id)?.ahead;
        let is_next = ahead.first().is_some_and(|ahead| ahead.message == message);
        is_next.then(|| ahead.remove(0).began)
    }
}
