//! The receiving side: what has come, what the program has read.

use super::Tcb;
use crate::outbox::Outbox;
use whyeof_trace::{Returned, Seq, SocketError, State, Time};

/// The receiving side (RFC 9293's RCV variables, and the receive queue as a count).
#[derive(Clone, Copy, Debug, Default)]
pub struct Rcv {
    /// RCV.NXT: the next sequence number expected.
    pub nxt: Seq,
    /// Bytes of data received in order.
    pub received: u32,
    /// Bytes that the program has read.
    pub read: u32,
    /// The peer's FIN was reached (SOCK_DONE).
    pub fin: bool,
}

impl Rcv {
    /// Recv-Q: bytes that the program has not read.
    pub const fn unread(&self) -> u32 {
        self.received - self.read
    }
}

/// What read(2) would say right now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Read {
    /// It returns.
    Returns(Returned),
    /// It would block (EAGAIN).
    Blocks,
}

impl Tcb {
    /// read(2) of everything there is (`tcp_recvmsg_locked`): data, then end of stream if a FIN ever came, then
    /// the pending error, once, then end of stream (linux-tcp §4.7).
    pub fn read(&mut self, now: Time, out: &mut Outbox) -> Read {
        let unread = self.rcv.unread();
        if unread > 0 {
            self.rcv.read = self.rcv.received;
            self.ack_after_read(now, out);
            return Read::Returns(Returned::Bytes(unread));
        }
        if self.rcv.fin {
            return Read::Returns(Returned::EndOfStream);
        }
        if let Some(error) = self.error.take() {
            return Read::Returns(Returned::Error(error));
        }
        if self.state() == State::Closed {
            return Read::Returns(Returned::EndOfStream);
        }
        Read::Blocks
    }

    /// SO_ERROR: returns the pending error and forgets it.
    pub fn take_error(&mut self) -> Option<SocketError> {
        self.error.take()
    }
}
