//! A client's connections: dialling, writing, reading, and what an end of stream means to whom.

use super::pool::{Binding, Key, Return, Reuse};
use super::resolve::Dial;
use super::retry::Attempt;
use super::{Behind, Client, Conn, ConnState};
use crate::chance::Latency;
use crate::host::Step;
use crate::http::words::{Facts, word};
use crate::http::{failure_of, socket_options, write_all};
use crate::recorder::Cause;
use crate::syscalls::Syscalls;
use crate::tcp::options::SocketOptions;
use std::fmt::Display;
use std::time::Duration;
use whyeof_trace::{
    Event, Evicted, Failure, Message, MessageKind, PoolEvent, RequestEvent, RequestId, Returned,
    SocketId, TextId, Time, Timer, TimerKind, TimerOf,
};

impl Client {
    /// Dials, even if the request has been served or given up since: dials are not cancelled (runtimes §1.3).
    pub(super) fn dial(&mut self, request: RequestId, key: Key, sys: &mut Syscalls<'_>) {
        let dial = self.first_address(key, sys);
        self.dial_address(request, key, dial, sys);
    }

    /// Dials one of several addresses.
    pub(super) fn dial_address(
        &mut self,
        request: RequestId,
        key: Key,
        dial: Dial,
        sys: &mut Syscalls<'_>,
    ) {
        let Some(host) = self.host_of(key, dial) else {
            return;
        };
        let options = SocketOptions {
            user_timeout: self.config.user_timeout,
            ..socket_options(self.config.keep_alive)
        };
        let socket = sys.socket(host, key.1, options);
        sys.note_step(Event::Pool(PoolEvent::Dial { request, socket }));
        let conn = Conn {
            key,
            dial,
            state: ConnState::Dialling(request),
            reused: false,
            written: false,
            unsent: 0,
            piece: None,
            behind: None,
            quiet: None,
            due: Time::ZERO,
            patience: None,
            idle_limit: self.config.pool.idle_timeout,
            served: 0,
            answered: false,
            head_seen: false,
            sent: 0,
            received: 0,
            consumed: 0,
        };
        self.conns.insert(socket, conn);
        if self.config.pool.binding == Binding::Early
            && let Some(job) = self.jobs.get_mut(&request)
        {
            job.socket = Some(socket);
        }
        self.be_patient(socket, TimerKind::Dial, self.config.dial_timeout, sys);
        self.dial_moved(socket, sys);
        sys.connect(socket);
    }

    /// connect(2) is over.
    pub(super) fn connected(&mut self, socket: SocketId, sys: &mut Syscalls<'_>) {
        let Some(conn) = self.conns.get_mut(&socket) else {
            return;
        };
        let ConnState::Dialling(request) = conn.state else {
            return;
        };
        let key = conn.key;
        if let Some(timer) = conn.patience.take() {
            sys.clear_timer(timer);
        }
        let result = sys.connect_result(socket);
        let waits = self.waits_for(key, request);
        let Some(conn) = self.conns.get_mut(&socket) else {
            return;
        };
        if let Returned::Error(error) = result {
            let failure = match failure_of(error) {
                Failure::TimedOut => Failure::DialTimedOut,
                Failure::Errno(error) => Failure::DialErrno(error),
                failure => failure,
            };
            self.not_made(socket, failure, sys);
        } else if waits {
            self.pool.forget(key, request);
            self.dial_moved(socket, sys);
            self.assign(request, socket, Duration::ZERO, sys);
            self.write(socket, sys);
        } else {
            // Another connection was free first: this one is parked although no request has used it.
            conn.reused = true;
            self.give_back(socket, Used::Never, sys);
        }
    }

    /// A connection could not be made: an error for the request that it was dialled for, if that still waits.
    pub(super) fn not_made(&mut self, socket: SocketId, failure: Failure, sys: &mut Syscalls<'_>) {
        let Some(conn) = self.conns.get(&socket) else {
            return;
        };
        let (key, ConnState::Dialling(request)) = (conn.key, conn.state) else {
            return;
        };
        let dial = conn.dial;
        let waits = self.waits_for(key, request);
        let text = self.words(request, failure, Some(socket), sys);
        if waits && let Some(mut next) = self.next_address(key, dial) {
            self.conns.remove(&socket);
            let why = Evicted::Broken;
            sys.note(Event::Pool(PoolEvent::Evict { socket, why }));
            sys.close(socket);
            next.error.get_or_insert((failure, text));
            self.dial_address(request, key, next, sys);
            return;
        }
        self.discard(socket, Evicted::Broken, sys);
        if waits {
            self.pool.forget(key, request);
            let (failure, text) = dial.error.unwrap_or((failure, text));
            self.fail_as(request, failure, text, sys);
        }
    }

    /// Whether a request that somebody dials for has no connection yet.
    fn waits_for(&mut self, key: Key, request: RequestId) -> bool {
        match self.config.pool.binding {
            Binding::Late => self.pool.host(key).waiting.contains(&request),
            Binding::Early => self.jobs.contains_key(&request),
        }
    }

    /// Writes the request that has this connection.
    pub(super) fn write(&mut self, socket: SocketId, sys: &mut Syscalls<'_>) {
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
        let (body_len, pieces) = (workload.body, workload.pieces);
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
        let alone = self.head_goes_alone(request);
        let first = match pieces {
            None if !alone => head_len + body_len,
            _ => head_len,
        };
        if !write_all(sys, socket, first, message, self.config.write_buffer) {
            self.attempt_failed(socket, request, Failure::BrokenPipe, sys);
            return;
        }
        if let Some(conn) = self.conns.get_mut(&socket) {
            conn.written = true;
            conn.sent += head_len + body_len;
            conn.unsent = head_len + body_len - first;
        }
        self.moved(socket, sys);
        if alone {
            self.wait_for_continue(socket, sys);
        } else {
            self.piece_written(socket, request, sys);
        }
    }

    /// Writes the next piece of a body that comes slowly, or all of one that had to wait.
    pub(super) fn write_piece(&mut self, socket: SocketId, sys: &mut Syscalls<'_>) {
        let Some(conn) = self.conns.get_mut(&socket) else {
            return;
        };
        conn.piece = None;
        let ConnState::Busy(request) = conn.state else {
            return;
        };
        let (unsent, body_start) = (conn.unsent, conn.sent - conn.unsent);
        let pieces = self.workload_of(request).and_then(|(_, w)| w.pieces);
        let size = pieces.map_or(u32::MAX, |(size, _)| size);
        let Some((message, _)) = sys.tables().message_at(socket, body_start) else {
            return;
        };
        let size = size.max(1).min(unsent);
        if !write_all(sys, socket, size, message, self.config.write_buffer) {
            self.attempt_failed(socket, request, Failure::BrokenPipe, sys);
            return;
        }
        if let Some(conn) = self.conns.get_mut(&socket) {
            conn.unsent -= size;
        }
        self.piece_written(socket, request, sys);
    }

    /// A request is written, or the next piece of it comes later.
    fn piece_written(&mut self, socket: SocketId, request: RequestId, sys: &mut Syscalls<'_>) {
        let unsent = self.conns.get(&socket).map_or(0, |conn| conn.unsent);
        let pieces = self.workload_of(request).and_then(|(_, w)| w.pieces);
        if let (Some((_, pause)), 1..) = (pieces, unsent) {
            let timer = Timer {
                kind: TimerKind::BodyPiece,
                of: TimerOf::Socket(socket),
            };
            let armed = sys.set_timer(timer, pause, Latency::ZERO, None);
            if let Some(conn) = self.conns.get_mut(&socket) {
                conn.piece = Some(armed);
            }
            return;
        }
        let attempt = self.jobs.get(&request).map_or(1, |job| job.attempt);
        sys.note(Event::Request(RequestEvent::Written {
            request,
            socket,
            attempt,
        }));
        if !self.has_head(request) {
            let limit = self.config.head_timeout;
            self.be_patient(socket, TimerKind::ResponseHeader, limit, sys);
        }
    }

    /// Reads as long as somebody wants to and there is something; Go's readLoop also reads on an idle connection.
    pub(super) fn read(&mut self, socket: SocketId, sys: &mut Syscalls<'_>) {
        while let Some(most) = self.reads_most(socket) {
            match sys.read_most(socket, most) {
                Some(Returned::Bytes(n)) => {
                    self.data(socket, n, sys);
                    if self.puts_off(socket, sys.cause()) {
                        return;
                    }
                }
                Some(Returned::Error(error)) => self.ended(socket, failure_of(error), sys),
                Some(_) => self.ended(socket, Failure::EndOfStream, sys),
                None => return,
            }
        }
    }

    /// Whether what is behind a response waits until the next request is written.
    fn puts_off(&mut self, socket: SocketId, cause: Cause) -> bool {
        let Some(conn) = self.conns.get_mut(&socket) else {
            return false;
        };
        let is_to_write = matches!(conn.state, ConnState::Busy(_)) && !conn.written;
        let waits = self.config.behind == Behind::NextTurn && is_to_write;
        conn.behind = waits.then_some(cause);
        waits
    }

    /// Reads what was put off.
    pub(super) fn read_behind(&mut self, socket: SocketId, sys: &mut Syscalls<'_>) {
        let conn = self.conns.get_mut(&socket);
        if let Some(cause) = conn.and_then(|conn| conn.behind.take()) {
            sys.set_cause(cause);
            self.read(socket, sys);
        }
    }

    fn data(&mut self, socket: SocketId, n: u32, sys: &mut Syscalls<'_>) {
        let Some(conn) = self.conns.get_mut(&socket) else {
            return;
        };
        conn.received += n;
        conn.answered = true;
        let request = match conn.state {
            ConnState::Busy(request) => request,
            ConnState::Draining(_) => {
                self.drained(socket, sys);
                return;
            }
            // Nobody asked: a 408, as a rule (runtimes §1.5, §2.3).
            ConnState::Idle => {
                self.discard(socket, Evicted::ServerClosed, sys);
                return;
            }
            ConnState::Held | ConnState::Dialling(_) => return,
        };
        self.moved(socket, sys);
        let Some(conn) = self.conns.get_mut(&socket) else {
            return;
        };
        let Some((_, response)) = sys.tables().message_at(socket.peer(), conn.consumed) else {
            return;
        };
        let response = *response;
        if self.took_continue(socket, &response, sys) {
            self.data(socket, 0, sys);
            return;
        }
        let Some(conn) = self.conns.get_mut(&socket) else {
            return;
        };
        if conn.received >= response.offset + response.head_len && !conn.head_seen {
            conn.head_seen = true;
            if let Some(timer) = conn.patience.take() {
                sys.clear_timer(timer);
            }
            let status = self.heads_read.say(response.head, sys.tables()).status;
            sys.note_step(Event::Request(RequestEvent::Head { request, status }));
        }
        let received = conn.received;
        if received < response.offset + response.head_len
            || received < self.wanted(request, &response)
        {
            return;
        }
        if self.leaves(request, &response) {
            self.leave_body(socket, request, &response, sys);
            return;
        }
        let answer = sys.cause();
        self.tell_answer(request, &response, sys);
        self.response_read(socket, response.end(), response.head, sys);
        // The connection may have gone on to another request; this one ends because of its answer.
        sys.set_cause(answer);
        self.finish(request, sys);
    }

    /// A response has been read to its end: the connection is free, or of no more use.
    pub(super) fn response_read(
        &mut self,
        socket: SocketId,
        end: u32,
        head: TextId,
        sys: &mut Syscalls<'_>,
    ) {
        let Some(conn) = self.conns.get_mut(&socket) else {
            return;
        };
        conn.consumed = end;
        conn.reused = true;
        conn.served += 1;
        let spent = self
            .config
            .pool
            .max_requests
            .is_some_and(|most| conn.served >= most);
        if let Some(quiet) = conn.quiet.take() {
            sys.clear_timer(quiet);
        }
        let says = self.heads_read.say(head, sys.tables());
        let pool = &self.config.pool;
        let keeps = pool.hint.limit(pool.idle_timeout, says.keep_alive);
        conn.idle_limit = keeps.flatten();
        // A request that is not written to its end takes its connection along.
        if conn.unsent > 0 || spent || says.close {
            self.discard(socket, Evicted::NotReusable, sys);
        } else {
            let used = if keeps.is_some() {
                Used::Before
            } else {
                Used::ForTheLastTime
            };
            self.give_back(socket, used, sys);
        }
    }

    /// The stream ended or broke.
    fn ended(&mut self, socket: SocketId, failure: Failure, sys: &mut Syscalls<'_>) {
        let Some(conn) = self.conns.get(&socket) else {
            return;
        };
        match conn.state {
            ConnState::Busy(request) => {
                let failure = match (failure, conn.head_seen) {
                    (Failure::EndOfStream, true) => Failure::Truncated,
                    (Failure::Reset, true) => Failure::ResetInBody,
                    (Failure::EndOfStream, false) if conn.answered => Failure::CutInHead,
                    (failure, _) => failure,
                };
                self.attempt_failed(socket, request, failure, sys);
            }
            ConnState::Idle | ConnState::Dialling(_) | ConnState::Held | ConnState::Draining(_) => {
                let why = match failure {
                    Failure::EndOfStream => Evicted::ServerClosed,
                    _ => Evicted::Reset,
                };
                self.discard(socket, why, sys);
            }
        }
    }

    /// An attempt is over without a response: again, or an error for the caller.
    pub(super) fn attempt_failed(
        &mut self,
        socket: SocketId,
        request: RequestId,
        failure: Failure,
        sys: &mut Syscalls<'_>,
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
        let text = self.words(request, failure, Some(socket), sys);
        let Some(because) = because else {
            self.tell_failure(request, (socket, &conn), failure, sys);
            self.discard(socket, Evicted::Broken, sys);
            self.fail_as(request, failure, text, sys);
            return;
        };
        self.discard(socket, Evicted::Broken, sys);
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
            text,
        };
        sys.note_step(Event::Request(event));
        self.acquire(request, sys);
    }

    /// A connection is free: for the request that waits longest, else for the pool, else for nobody.
    fn give_back(&mut self, socket: SocketId, used: Used, sys: &mut Syscalls<'_>) {
        let Some(conn) = self.conns.get_mut(&socket) else {
            return;
        };
        conn.state = ConnState::Idle;
        let key = conn.key;
        match self.pool.put(key, socket, sys.now()) {
            Return::Handed(request) => {
                // `req.reusedSocket` is set for sockets from the free list only (recorded in 15v).
                if self.config.pool.binding == Binding::Early
                    && let Some(conn) = self.conns.get_mut(&socket)
                {
                    conn.reused = false;
                }
                self.assign(request, socket, Duration::ZERO, sys);
                sys.after(self.config.latency.reuse, Step::Write(socket));
            }
            Return::Parked if used == Used::ForTheLastTime => {
                self.discard(socket, Evicted::NotReusable, sys);
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
                    Reuse::WhileWaiting | Reuse::Unpooled | Reuse::Never => Evicted::NotReusable,
                };
                self.discard(socket, why, sys);
            }
        }
    }

    fn start_idle_timer(&mut self, socket: SocketId, sys: &mut Syscalls<'_>) {
        let limit = self.conns.get(&socket).and_then(|conn| conn.idle_limit);
        let Some(deadline) = limit else {
            return;
        };
        let timer = Timer {
            kind: TimerKind::ClientIdle,
            of: TimerOf::Socket(socket),
        };
        let Some(conn) = self.conns.get(&socket) else {
            return;
        };
        let until = self.lazily(conn.due, sys.now() + deadline.after);
        let armed = sys.set_timer(
            timer,
            until.since(sys.now()),
            self.config.latency.timer,
            deadline.setting,
        );
        if let Some(idle) = self.pool.idle(conn.key, socket) {
            idle.timer = Some(armed);
        }
    }

    /// `IdleConnTimeout`: the client closes first.
    pub(super) fn idle_timeout(&mut self, socket: SocketId, sys: &mut Syscalls<'_>) {
        let Some(conn) = self.conns.get(&socket).copied() else {
            return;
        };
        if let Some(idle) = self.pool.idle(conn.key, socket) {
            idle.timer = None;
            self.discard(socket, Evicted::IdleTimeout, sys);
        }
    }

    /// Closes a connection for good; the room it leaves goes to a request that waits for it.
    pub(super) fn discard(&mut self, socket: SocketId, why: Evicted, sys: &mut Syscalls<'_>) {
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
        if let ConnState::Draining(timer) = conn.state {
            sys.clear_timer(timer);
        }
        let timers = [conn.piece, conn.quiet, conn.patience];
        for timer in timers.into_iter().flatten() {
            sys.clear_timer(timer);
        }
        sys.note(Event::Pool(PoolEvent::Evict { socket, why }));
        sys.close(socket);
        self.pool.host(conn.key).open -= 1;
        if let Some((next, key)) = self.pool.next_dial(conn.key) {
            self.dial_soon(next, key, sys);
        }
    }

    /// The error as the program prints it.
    pub(super) fn words(
        &self,
        request: RequestId,
        failure: Failure,
        socket: Option<SocketId>,
        sys: &mut Syscalls<'_>,
    ) -> TextId {
        let ends = socket.map(|socket| sys.addresses(socket));
        let ends: [&dyn Display; 2] = match &ends {
            Some([local, remote]) => [local, remote],
            None => [&"", &""],
        };
        let conn = socket.and_then(|socket| self.conns.get(&socket));
        let tables = sys.tables();
        let cut = conn.and_then(|conn| {
            let (_, response) = tables.message_at(socket?.peer(), conn.consumed)?;
            let came = (conn.received - conn.consumed) as usize;
            tables.texts[response.head].get(..came)
        });
        let asked = &tables.requests[request.index()];
        let facts = Facts {
            method: asked.method,
            url: &tables.texts[asked.url],
            ends,
            cut: cut.unwrap_or_default(),
        };
        let text = word(self.config.words, failure, facts);
        tables.text(&text)
    }
}

/// Whether a request has used the connection that is given back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Used {
    Before,
    Never,
    /// One has, and the server's hint forbids to keep it.
    ForTheLastTime,
}
