//! The server side of a proxy: requests that it hands on, and the answers that come back.

use super::handler::{Handling, Thought};
use super::{Phase, Server};
use crate::http::client::relay::Answer;
use crate::syscalls::Syscalls;
use whyeof_trace::{MessageId, SocketId};

/// A request that a proxy has to pass on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Forward {
    /// The connection that it came on.
    pub socket: SocketId,
    /// It.
    pub message: MessageId,
}

impl Server {
    /// Its handler asks another server.
    pub(super) fn forward(&mut self, id: SocketId, handling: Handling) {
        let thought = Thought::Forwarded;
        self.set_handling(
            id,
            Handling {
                thought,
                ..handling
            },
        );
        let message = handling.message;
        self.forwards.push(Forward {
            socket: id,
            message,
        });
    }

    /// What the other server said, or what the proxy says because that said nothing.
    pub fn forwarded(&mut self, forward: Forward, answer: Answer, sys: &mut Syscalls<'_>) {
        let Some(conn) = self.conns.get(&forward.socket) else {
            return;
        };
        if let Phase::Handling(handling) = conn.phase
            && handling.message == forward.message
        {
            self.respond_with(forward.socket, handling, answer, sys);
        }
    }

    /// Whoever asked has left before its answer.
    pub(super) fn asker_left(&mut self, id: SocketId, handling: Handling) {
        let message = handling.message;
        self.left.push(Forward {
            socket: id,
            message,
        });
    }

    /// Nobody waits for this answer any more: the connection is closed.
    pub(in crate::http) fn drop_asker(&mut self, forward: Forward, sys: &mut Syscalls<'_>) {
        if self.conns.contains_key(&forward.socket) {
            self.close(forward.socket, sys);
        }
    }
}
