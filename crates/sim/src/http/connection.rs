//! A client's connections: dialling, writing, reading, and what an end of stream means to whom.

use crate::host::Step;
use crate::http::client::{Client, Conn, ConnState};
use crate::http::pool::{Key, Return, Reuse};
use crate::http::retry::Attempt;
use crate::http::words::{Facts, word};
use crate::http::{says_close, socket_options, write_all};
use crate::recorder::Recorder;
use crate::syscalls::Syscalls;
use std::time::Duration;
use whyeof_trace::{
    Event, Evicted, Failure, Message, MessageKind, PoolEvent, RequestEvent, RequestId, Returned,
    SocketError, SocketId, TextId, Timer, TimerKind, TimerOf,
};

impl Client {
    /// Dials, even if the request has been served or given up since: dials are not cancelled (runtimes §1.3).
    pub(super) fn dial<R: Recorder>(
        &mut self,
        request: RequestId,
        key: Key,
        sys: &mut Syscalls<'_, R>,
    ) {
        let socket = sys.socket(key.0, key.1, socket_options(self.config.keep_alive));
        sys.note_step(Event::Pool(PoolEvent::Dial { request, socket }));
        let conn = Conn {
            key,
            state: ConnState::Dialling(request),
            reused: false,
            written: false,
            answered: false,
            head_seen: false,
            sent: 0,
            received: 0,
            consumed: 0,
        };
        self.conns.insert(socket, conn);
        sys.connect(socket);
    }

    /// connect(2) is over.
    pub(super) fn connected<R: Recorder>(&mut self, socket: SocketId, sys: &mut Syscalls<'_, R>) {
        let Some(conn) = self.conns.get_mut(&socket) else {
            return;
        };
        let ConnState::Dialling(request) = conn.state else {
            return;
        };
        let key = conn.key;
        let result = sys.connect_result(socket);
        let host = self.pool.host(key);
        let waits = host.waiting.contains(&request);
        if let Returned::Error(error) = result {
            self.discard(socket, Evicted::Broken, sys);
            if waits {
                self.pool.forget(key, request);
                self.fail(request, failure_of(error), Some(socket), sys);
            }
        } else if waits {
            self.pool.forget(key, request);
            self.assign(request, socket, Duration::ZERO, sys);
            self.write(socket, sys);
        } else {
            // Another connection was free first: this one is parked although no request has used it.
            conn.reused = true;
            self.give_back(socket, Used::Never, sys);
        }
    }

    /// Writes the request that has this connection.
    pub(super) fn write<R: Recorder>(&mut self, socket: SocketId, sys: &mut Syscalls<'_, R>) {
        let Some(conn) = self.conns.get(&socket).copied() else {
            return;
        };
        let ConnState::Busy(request) = conn.state else {
            return;
        };
        if conn.written {
            return;
        }
        let Some((index, workload)) = self.workload_of(request) else {
            return;
        };
        let body_len = workload.body;
        let attempt = self.jobs.get(&request).map_or(1, |job| job.attempt);
        let (head, head_len) = self.head(index, sys);
        let message = sys.tables().message(Message {
            sender: socket,
            request,
            attempt,
            kind: MessageKind::Request,
            offset: conn.sent,
            head,
            head_len,
            body_len,
            before: None,
        });
        if !write_all(sys, socket, head_len + body_len, message) {
            self.attempt_failed(socket, request, Failure::BrokenPipe, sys);
            return;
        }
        if let Some(conn) = self.conns.get_mut(&socket) {
            conn.written = true;
            conn.sent += head_len + body_len;
        }
        sys.note(Event::Request(RequestEvent::Written {
            request,
            socket,
            attempt,
        }));
    }

    /// Reads all there is; Go's readLoop always reads, also on an idle connection.
    pub(super) fn read<R: Recorder>(&mut self, socket: SocketId, sys: &mut Syscalls<'_, R>) {
        while self.conns.contains_key(&socket) {
            match sys.read(socket) {
                Some(Returned::Bytes(n)) => self.data(socket, n, sys),
                Some(Returned::Error(error)) => self.ended(socket, failure_of(error), sys),
                Some(_) => self.ended(socket, Failure::EndOfStream, sys),
                None => return,
            }
        }
    }

    fn data<R: Recorder>(&mut self, socket: SocketId, n: u32, sys: &mut Syscalls<'_, R>) {
        let Some(conn) = self.conns.get_mut(&socket) else {
            return;
        };
        conn.received += n;
        conn.answered = true;
        let ConnState::Busy(request) = conn.state else {
            return;
        };
        let Some((_, response)) = sys.tables().message_at(socket.peer(), conn.consumed) else {
            return;
        };
        let (head_end, end, head) = (
            response.offset + response.head_len,
            response.end(),
            response.head,
        );
        if conn.received >= head_end && !conn.head_seen {
            conn.head_seen = true;
            sys.note_step(Event::Request(RequestEvent::Head {
                request,
                status: 200,
            }));
        }
        if conn.received < end {
            return;
        }
        conn.consumed = end;
        conn.reused = true;
        let answer = sys.cause();
        if says_close(sys, head) {
            self.discard(socket, Evicted::NotReusable, sys);
        } else {
            self.give_back(socket, Used::Before, sys);
        }
        // The connection may have gone on to another request; this one ends because of its answer.
        sys.set_cause(answer);
        self.finish(request, sys);
    }

    /// The stream ended or broke.
    fn ended<R: Recorder>(
        &mut self,
        socket: SocketId,
        failure: Failure,
        sys: &mut Syscalls<'_, R>,
    ) {
        let Some(conn) = self.conns.get(&socket) else {
            return;
        };
        match conn.state {
            ConnState::Busy(request) => {
                let cut = conn.answered && failure == Failure::EndOfStream;
                let failure = if cut { Failure::Truncated } else { failure };
                self.attempt_failed(socket, request, failure, sys);
            }
            ConnState::Idle | ConnState::Dialling(_) => {
                let why = match failure {
                    Failure::EndOfStream => Evicted::ServerClosed,
                    _ => Evicted::Reset,
                };
                self.discard(socket, why, sys);
            }
        }
    }

    /// An attempt is over without a response: again, or an error for the caller.
    fn attempt_failed<R: Recorder>(
        &mut self,
        socket: SocketId,
        request: RequestId,
        failure: Failure,
        sys: &mut Syscalls<'_, R>,
    ) {
        let Some(conn) = self.conns.get(&socket).copied() else {
            return;
        };
        let Some((_, workload)) = self.workload_of(request) else {
            return;
        };
        let attempt = Attempt {
            method: workload.method,
            replayable_body: true,
            headers: &workload.headers,
            reused: conn.reused,
            written: conn.written,
            answered: conn.answered,
            failure,
        };
        let because = self.config.retry.decide(&attempt);
        self.discard(socket, Evicted::Broken, sys);
        let Some(because) = because else {
            self.fail(request, failure, Some(socket), sys);
            return;
        };
        let Some(job) = self.jobs.get_mut(&request) else {
            return;
        };
        job.attempt += 1;
        job.socket = None;
        let event = RequestEvent::Retried {
            request,
            attempt: job.attempt,
            because,
            after: failure,
        };
        sys.note_step(Event::Request(event));
        self.acquire(request, sys);
    }

    /// A connection is free: for the request that waits longest, else for the pool, else for nobody.
    fn give_back<R: Recorder>(&mut self, socket: SocketId, used: Used, sys: &mut Syscalls<'_, R>) {
        let Some(conn) = self.conns.get_mut(&socket) else {
            return;
        };
        conn.state = ConnState::Idle;
        let key = conn.key;
        match self.pool.put(key, socket, sys.now()) {
            Return::Handed(request) => {
                self.assign(request, socket, Duration::ZERO, sys);
                sys.after(self.config.latency.reuse, Step::Write(socket));
            }
            Return::Parked => {
                sys.note(Event::Pool(PoolEvent::Park {
                    socket,
                    used: used == Used::Before,
                }));
                self.start_idle_timer(socket, sys);
                if let Some(oldest) = self.pool.overflow() {
                    if let Some(timer) = oldest.timer {
                        sys.clear_timer(timer);
                    }
                    self.discard(oldest.socket, Evicted::PoolFull, sys);
                }
            }
            Return::Refused => {
                let why = match self.config.pool.reuse {
                    Reuse::KeepAlive => Evicted::PoolFull,
                    Reuse::Unpooled | Reuse::Never => Evicted::NotReusable,
                };
                self.discard(socket, why, sys);
            }
        }
    }

    fn start_idle_timer<R: Recorder>(&mut self, socket: SocketId, sys: &mut Syscalls<'_, R>) {
        let Some(deadline) = self.config.pool.idle_timeout else {
            return;
        };
        let timer = Timer {
            kind: TimerKind::ClientIdle,
            of: TimerOf::Socket(socket),
        };
        let armed = sys.set_timer(
            timer,
            deadline.after,
            self.config.latency.timer,
            deadline.setting,
        );
        let Some(conn) = self.conns.get(&socket) else {
            return;
        };
        if let Some(idle) = self
            .pool
            .host(conn.key)
            .idle
            .iter_mut()
            .find(|i| i.socket == socket)
        {
            idle.timer = Some(armed);
        }
    }

    /// `IdleConnTimeout`: the client closes first.
    pub(super) fn idle_timeout<R: Recorder>(
        &mut self,
        socket: SocketId,
        sys: &mut Syscalls<'_, R>,
    ) {
        let Some(conn) = self.conns.get(&socket).copied() else {
            return;
        };
        if let Some(idle) = self
            .pool
            .host(conn.key)
            .idle
            .iter_mut()
            .find(|i| i.socket == socket)
        {
            idle.timer = None;
            self.discard(socket, Evicted::IdleTimeout, sys);
        }
    }

    /// Closes a connection for good; the room it leaves goes to a request that waits for it.
    pub(super) fn discard<R: Recorder>(
        &mut self,
        socket: SocketId,
        why: Evicted,
        sys: &mut Syscalls<'_, R>,
    ) {
        let Some(conn) = self.conns.remove(&socket) else {
            return;
        };
        if let Some(timer) = self
            .pool
            .remove(conn.key, socket)
            .and_then(|idle| idle.timer)
        {
            sys.clear_timer(timer);
        }
        sys.note(Event::Pool(PoolEvent::Evict { socket, why }));
        sys.close(socket);
        let host = self.pool.host(conn.key);
        host.open -= 1;
        if let Some(next) = host.undialled.pop_front() {
            host.open += 1;
            self.dial_soon(next, conn.key, sys);
        }
    }

    /// The error as the program prints it.
    pub(super) fn words<R: Recorder>(
        &self,
        request: RequestId,
        failure: Failure,
        socket: Option<SocketId>,
        sys: &mut Syscalls<'_, R>,
    ) -> TextId {
        let (local, remote) = socket.map_or_else(Default::default, |s| sys.addresses(s));
        let tables = sys.tables();
        let asked = &tables.requests[request.index()];
        let facts = Facts {
            method: asked.method,
            url: &tables.texts[asked.url.index()],
            local: &local,
            remote: &remote,
        };
        let text = word(self.config.words, failure, facts);
        tables.text(text)
    }
}

/// Whether a request has used the connection that is given back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Used {
    Before,
    Never,
}

fn failure_of(error: SocketError) -> Failure {
    match error {
        SocketError::ConnectionRefused => Failure::Refused,
        SocketError::ConnectionReset => Failure::Reset,
        SocketError::BrokenPipe | SocketError::NotConnected => Failure::BrokenPipe,
        SocketError::TimedOut
        | SocketError::HostUnreachable
        | SocketError::NetUnreachable
        | SocketError::NoProtocolOption => Failure::TimedOut,
    }
}
