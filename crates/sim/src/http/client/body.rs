//! What a caller does with a response's body, and what that does to the connection.
//!
//! A connection is free when its response has been read to the end. A body that is closed early costs the connection, or is
//! read to its end behind the caller's back; one that is never closed keeps it.

use super::{Caller, Client, ConnState};
use crate::chance::Latency;
use crate::syscalls::Syscalls;
use std::time::Duration;
use whyeof_trace::{
    BodyLeft, Event, Evicted, Message, RequestEvent, RequestId, SocketId, Timer, TimerKind, TimerOf,
};

/// What a caller does with a response's body.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reads {
    /// Reads it to its end.
    #[default]
    All,
    /// Reads half of it, then closes it.
    Half,
    /// Closes it unread.
    Nothing,
    /// Neither reads nor closes it.
    Leaks,
}

/// What becomes of a connection whose response's body is closed before its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EarlyClose {
    /// It is closed as well (Go 1.19; the last version that does so is not known, runtimes §1.7).
    Close,
    /// The rest is read behind the caller's back, if the body is no longer than `most` and while no more than `within`
    /// passes (Go 1.27).
    Drain {
        /// Bytes of the whole body.
        most: u32,
        /// Time.
        within: Duration,
    },
}

/// What becomes of a connection whose response's body is neither read nor closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leaked {
    /// Nobody reads it any more, so nobody hears of its end either (Go: readLoop waits for the body).
    Stays,
    /// It is read on until so many bytes wait for the caller; so the server's end is heard of where all of the body has come, and
    /// the connection is given up (Node: the stream's highWaterMark). A body of no bytes is left open like any other.
    Buffers(u32),
}

impl Client {
    /// Bytes that are read at once, if anybody reads; `None`: what comes stays in the kernel, an end of stream too.
    pub(super) fn reads_most(&self, socket: SocketId) -> Option<u32> {
        let conn = self.conns.get(&socket)?;
        match conn.state {
            ConnState::Held => match self.config.leaked {
                Leaked::Buffers(most) if conn.received - conn.consumed < most => {
                    Some(self.config.buffer)
                }
                Leaked::Buffers(_) | Leaked::Stays => None,
            },
            ConnState::Busy(request) if conn.head_seen && self.reads(request) == Reads::All => {
                Some(u32::MAX)
            }
            ConnState::Draining(_) => Some(u32::MAX),
            _ => Some(self.config.buffer),
        }
    }

    fn reads(&self, request: RequestId) -> Reads {
        let workload = self.workload_of(request);
        workload.map_or(Reads::All, |(_, workload)| workload.reads)
    }

    /// How much of a response has to come before the caller does something: all of it, or less if it does not read it all.
    pub(super) fn wanted(&self, request: RequestId, response: &Message) -> u32 {
        let body = match self.reads(request) {
            Reads::All => response.body_len,
            Reads::Half => response.body_len / 2,
            Reads::Nothing | Reads::Leaks => 0,
        };
        response.offset + response.head_len + body
    }

    /// Whether a caller leaves something of a response that has come as far as it wants.
    pub(super) fn leaves(&self, request: RequestId, response: &Message) -> bool {
        let opens_nothing = response.body_len == 0 && self.reads(request) == Reads::Leaks;
        match self.config.leaked {
            Leaked::Buffers(_) if opens_nothing => true,
            _ => self.wanted(request, response) < response.end(),
        }
    }

    /// The caller has as much as it wants, and the body goes on.
    pub(super) fn leave_body(
        &mut self,
        socket: SocketId,
        request: RequestId,
        response: &Message,
        sys: &mut Syscalls<'_>,
    ) {
        let leaks = self.reads(request) == Reads::Leaks;
        let left = if leaks {
            BodyLeft::Open
        } else {
            BodyLeft::Closed
        };
        sys.note_step(Event::Request(RequestEvent::BodyLeft {
            request,
            socket,
            left,
        }));
        if leaks {
            self.hold(socket, request, sys);
            return;
        }
        let answer = sys.cause();
        self.close_body(socket, response, sys);
        sys.set_cause(answer);
        self.finish(request, sys);
    }

    /// The connection stays with its request; a caller that still waits has its answer.
    fn hold(&mut self, socket: SocketId, request: RequestId, sys: &mut Syscalls<'_>) {
        if let Some(conn) = self.conns.get_mut(&socket) {
            conn.state = ConnState::Held;
        }
        let Some(job) = self.jobs.get_mut(&request) else {
            return;
        };
        let before = *job;
        job.caller = Caller::HasItsAnswer;
        self.hand_over(request, before, sys);
    }

    fn close_body(&mut self, socket: SocketId, response: &Message, sys: &mut Syscalls<'_>) {
        match self.config.early_close {
            EarlyClose::Drain { most, within } if response.body_len <= most => {
                let timer = Timer {
                    kind: TimerKind::Drain,
                    of: TimerOf::Socket(socket),
                };
                let armed = sys.set_timer(timer, within, Latency::ZERO, None);
                if let Some(conn) = self.conns.get_mut(&socket) {
                    conn.state = ConnState::Draining(armed);
                }
                self.drained(socket, sys);
            }
            _ => self.discard(socket, Evicted::BodyUnread, sys),
        }
    }

    /// Some more of a closed body has been read: if it is all, the connection is free.
    pub(super) fn drained(&mut self, socket: SocketId, sys: &mut Syscalls<'_>) {
        let Some(conn) = self.conns.get(&socket) else {
            return;
        };
        let ConnState::Draining(timer) = conn.state else {
            return;
        };
        let Some((_, response)) = sys.tables().message_at(socket.peer(), conn.consumed) else {
            return;
        };
        let (end, head) = (response.end(), response.head);
        if conn.received >= end {
            sys.clear_timer(timer);
            if let Some(conn) = self.conns.get_mut(&socket) {
                conn.state = ConnState::Idle;
            }
            self.response_read(socket, end, head, sys);
        }
    }

    /// The rest of a closed body did not come in time.
    pub(super) fn drain_over(&mut self, socket: SocketId, sys: &mut Syscalls<'_>) {
        let Some(conn) = self.conns.get_mut(&socket) else {
            return;
        };
        if let ConnState::Draining(_) = conn.state {
            conn.state = ConnState::Idle;
            self.discard(socket, Evicted::BodyUnread, sys);
        }
    }
}
