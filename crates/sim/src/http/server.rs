//! An HTTP server program: accepting, reading, answering, closing.

use crate::chance::Latency;
use crate::host::Step;
use crate::http::Deadline;
use crate::http::codec::HeadStyle;
use crate::http::{BACKLOG, says_close, socket_options, write_all};
use crate::outbox::Signal;
use crate::recorder::{Cause, Recorder};
use crate::syscalls::{ProgramTimer, Syscalls};
use crate::tcp::keepalive::KeepAlive;
use litemap::LiteMap;
use std::sync::Arc;
use std::time::Duration;
use whyeof_trace::{
    Event, Message, MessageId, MessageKind, Method, RequestEvent, Returned, SocketId, TextId, Time,
    Timer, TimerKind, TimerOf,
};

/// What a server program is. Its deadlines are the effective ones: fallbacks are resolved by the profile.
#[derive(Clone, Debug)]
pub struct ServerConfig {
    /// Port it listens on.
    pub listen: u16,
    /// Time for a request's head; on a connection's first request from accept on (Go: ReadHeaderTimeout, else
    /// ReadTimeout).
    pub read_header: Option<Deadline>,
    /// Time for a whole request from its first byte on (Go: ReadTimeout).
    pub read: Option<Deadline>,
    /// Time for the response from the end of the request's head on (Go: WriteTimeout).
    pub write: Option<Deadline>,
    /// Time between two requests (Go: IdleTimeout, else ReadTimeout). Not for the first request.
    pub idle: Option<Deadline>,
    /// Kernel keepalive probes on accepted sockets.
    pub keep_alive: Option<KeepAlive>,
    /// How it writes heads.
    pub heads: HeadStyle,
    /// How long its steps take.
    pub latency: ServerLatency,
    /// What it does with a request.
    pub handler: Handler,
}

/// How long a server's steps take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ServerLatency {
    /// From the handshake's last ACK to the program having the connection.
    pub accept: Latency,
    /// From the arrival of data or a FIN to the program reading it.
    pub read: Latency,
    /// From reading a request to handing over the response, the handler's own time apart.
    pub respond: Latency,
    /// How late a timer fires.
    pub timer: Latency,
    /// From a read deadline's end to close(2): a request that arrives in between is reset, not answered.
    pub close: Latency,
}

/// What a server does with a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Handler {
    /// How long it thinks.
    pub think: Duration,
    /// Bytes of the response's body.
    pub body: u32,
}

/// Where a connection is in its life (Go: StateNew, StateActive, StateIdle).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// Accepted; nothing has been read.
    New,
    /// A request is being read.
    Reading,
    /// The handler is at work on this message.
    Handling(MessageId),
    /// Between two requests.
    Idle,
    /// Its time is over; close(2) is a moment away.
    Closing,
}

#[derive(Clone, Debug)]
struct Conn {
    phase: Phase,
    /// When the present request began: with accept(2) for the first one, with its first bytes for later ones.
    began: Time,
    /// Bytes read.
    received: u32,
    /// Bytes of requests that have been answered.
    consumed: u32,
    /// Bytes of responses written.
    written: u32,
    /// The head of the request being read has been seen.
    head_done: bool,
    /// The read deadline: idle, header or whole request.
    deadline: Option<ProgramTimer>,
    /// The read deadline has passed while data was waiting to be read: what is there is read, the next read fails.
    overdue: bool,
    /// The write deadline.
    write_deadline: Option<ProgramTimer>,
    /// The write deadline has passed.
    write_expired: Option<Cause>,
    /// An end or an error was read while the handler was at work.
    ended: bool,
}

/// A server while it runs.
#[derive(Clone, Debug)]
pub struct Server {
    config: Arc<ServerConfig>,
    conns: LiteMap<SocketId, Conn>,
    /// The heads of the response, without and with `Connection: close`, once they have been needed.
    heads: [Option<(TextId, u32)>; 2],
}

/// Go's server decides that a request has begun when it can peek four bytes (server.go `serve`).
const PEEK: u32 = 4;

impl Server {
    /// A server that has not started.
    pub fn new(config: Arc<ServerConfig>) -> Self {
        Self {
            config,
            conns: LiteMap::new(),
            heads: [None; 2],
        }
    }

    /// The program starts.
    pub fn start<R: Recorder>(&self, sys: &mut Syscalls<'_, R>) {
        sys.listen(
            self.config.listen,
            socket_options(self.config.keep_alive),
            BACKLOG,
        );
    }

    /// Something happened on a socket.
    pub fn wake<R: Recorder>(&mut self, id: SocketId, signal: Signal, sys: &mut Syscalls<'_, R>) {
        if signal == Signal::Accepted {
            self.accepted(id, sys);
        }
        // A connection whose time is over is not read any more: what came too late stays in the kernel, and
        // close(2) resets instead of ending.
        while self
            .conns
            .get(&id)
            .is_some_and(|c| c.phase != Phase::Closing)
        {
            match sys.read(id) {
                Some(Returned::Bytes(n)) => self.data(id, n, sys),
                Some(_) => {
                    self.ended(id, sys);
                    return;
                }
                None => return,
            }
        }
    }

    /// IdleTimeout does not apply to the first request: a connection that is never used is held to the time for a
    /// request's head (runtimes §12.2, recorded in 16-never-used-connection).
    fn accepted<R: Recorder>(&mut self, id: SocketId, sys: &mut Syscalls<'_, R>) {
        sys.accept(id);
        let deadline = self.arm(
            id,
            TimerKind::ServerReadHeader,
            self.config.read_header,
            sys,
        );
        let conn = Conn {
            phase: Phase::New,
            began: sys.now(),
            received: 0,
            consumed: 0,
            written: 0,
            head_done: false,
            deadline,
            overdue: false,
            write_deadline: None,
            write_expired: None,
            ended: false,
        };
        self.conns.insert(id, conn);
    }

    fn arm<R: Recorder>(
        &self,
        id: SocketId,
        kind: TimerKind,
        deadline: Option<Deadline>,
        sys: &mut Syscalls<'_, R>,
    ) -> Option<ProgramTimer> {
        let deadline = deadline?;
        let timer = Timer {
            kind,
            of: TimerOf::Socket(id),
        };
        Some(sys.set_timer(
            timer,
            deadline.after,
            self.config.latency.timer,
            deadline.setting,
        ))
    }

    fn data<R: Recorder>(&mut self, id: SocketId, n: u32, sys: &mut Syscalls<'_, R>) {
        let Some(conn) = self.conns.get_mut(&id) else {
            return;
        };
        conn.received += n;
        self.next_request(id, sys);
        let waits = |c: &Conn| c.overdue && !matches!(c.phase, Phase::Handling(_));
        if self.conns.get(&id).is_some_and(waits) {
            self.time_is_over(id, sys);
        }
    }

    /// A read has failed with the deadline: close(2) is a moment away.
    fn time_is_over<R: Recorder>(&mut self, id: SocketId, sys: &mut Syscalls<'_, R>) {
        if let Some(conn) = self.conns.get_mut(&id) {
            conn.phase = Phase::Closing;
            sys.after(self.config.latency.close, Step::Close(id));
        }
    }

    /// Goes on with reading, if no handler is at work: requests are served in order.
    fn next_request<R: Recorder>(&mut self, id: SocketId, sys: &mut Syscalls<'_, R>) {
        let Some(conn) = self.conns.get_mut(&id) else {
            return;
        };
        let pending = conn.received - conn.consumed;
        if !matches!(conn.phase, Phase::New | Phase::Idle | Phase::Reading) || pending < PEEK {
            return;
        }
        let Some((message, found)) = sys.tables().message_at(id.peer(), conn.consumed) else {
            return;
        };
        let (head_len, len) = (found.head_len, found.len());
        if conn.phase != Phase::Reading {
            self.begin_request(id, pending >= head_len, sys);
        }
        if pending >= head_len {
            self.head_complete(id, message, pending >= len, sys);
        }
        if pending >= len {
            self.handle(id, message, sys);
        }
    }

    /// The first bytes of a request are there. The first request's time has been running since accept(2); a later one's
    /// begins now (runtimes §12.2 steps 1, 8 and 9).
    fn begin_request<R: Recorder>(
        &mut self,
        id: SocketId,
        whole_head: bool,
        sys: &mut Syscalls<'_, R>,
    ) {
        let Some(conn) = self.conns.get_mut(&id) else {
            return;
        };
        let first = conn.phase == Phase::New;
        conn.phase = Phase::Reading;
        conn.head_done = false;
        if first {
            return;
        }
        conn.began = sys.now();
        self.clear_deadline(id, sys);
        if !whole_head {
            let deadline = self.arm(
                id,
                TimerKind::ServerReadHeader,
                self.config.read_header,
                sys,
            );
            if let Some(conn) = self.conns.get_mut(&id) {
                conn.deadline = deadline;
            }
        }
    }

    /// The head is read: the handler starts, and the write deadline with it. While the body is still to come, the
    /// whole request has its own deadline; once it is there, no read deadline is in force (runtimes §12.2 step 4).
    fn head_complete<R: Recorder>(
        &mut self,
        id: SocketId,
        message: MessageId,
        whole_request: bool,
        sys: &mut Syscalls<'_, R>,
    ) {
        if self.conns.get(&id).is_none_or(|c| c.head_done) {
            if whole_request {
                self.clear_deadline(id, sys);
            }
            return;
        }
        self.clear_deadline(id, sys);
        let Message {
            request, attempt, ..
        } = sys.tables().messages[message.index()];
        sys.note_step(Event::Request(RequestEvent::Executed {
            request,
            socket: id,
            attempt,
        }));
        let deadline = match self.config.read {
            Some(read) if !whole_request => {
                let began = self.conns.get(&id).map_or(sys.now(), |c| c.began);
                let after = read.after.saturating_sub(sys.now().since(began));
                self.arm(
                    id,
                    TimerKind::ServerRead,
                    Some(Deadline { after, ..read }),
                    sys,
                )
            }
            _ => None,
        };
        let write_deadline = self.arm(id, TimerKind::ServerWrite, self.config.write, sys);
        if let Some(conn) = self.conns.get_mut(&id) {
            conn.head_done = true;
            conn.deadline = deadline;
            conn.write_deadline = write_deadline;
            conn.write_expired = None;
        }
    }

    fn handle<R: Recorder>(&mut self, id: SocketId, message: MessageId, sys: &mut Syscalls<'_, R>) {
        if let Some(conn) = self.conns.get_mut(&id) {
            conn.phase = Phase::Handling(message);
        }
        let timer = Timer {
            kind: TimerKind::Handler,
            of: TimerOf::Socket(id),
        };
        sys.set_timer(
            timer,
            self.config.handler.think,
            self.config.latency.respond,
            None,
        );
    }

    /// A timer of this program fires.
    pub fn timer<R: Recorder>(&mut self, timer: Timer, sys: &mut Syscalls<'_, R>) {
        let TimerOf::Socket(id) = timer.of else {
            return;
        };
        let Some(conn) = self.conns.get_mut(&id) else {
            return;
        };
        match timer.kind {
            TimerKind::Handler => self.respond(id, sys),
            TimerKind::ServerWrite => {
                // The handler is not interrupted; its output fails (runtimes §12.3).
                conn.write_expired = Some(sys.cause());
                conn.write_deadline = None;
            }
            _ => {
                conn.deadline = None;
                conn.overdue = sys.is_ready(id);
                if !conn.overdue {
                    self.time_is_over(id, sys);
                }
            }
        }
    }

    /// The moment between the deadline and close(2) is over.
    pub fn step<R: Recorder>(&mut self, step: Step, sys: &mut Syscalls<'_, R>) {
        if let Step::Close(id) = step
            && self.conns.contains_key(&id)
        {
            self.close(id, sys);
        }
    }

    fn respond<R: Recorder>(&mut self, id: SocketId, sys: &mut Syscalls<'_, R>) {
        let Some(conn) = self.conns.get_mut(&id) else {
            return;
        };
        let Phase::Handling(asked) = conn.phase else {
            return;
        };
        if let Some(deadline) = conn.write_deadline.take() {
            sys.clear_timer(deadline);
        }
        if let Some(expired) = conn.write_expired {
            sys.set_cause(expired);
            self.close(id, sys);
            return;
        }
        let request = sys.tables().messages[asked.index()];
        let close = says_close(sys, request.head);
        let method = sys.tables().requests[request.request.index()].method;
        // HEAD: the same head, and no body (RFC 9110 §9.3.2).
        let body_len = if method == Method::Head {
            0
        } else {
            self.config.handler.body
        };
        let (head, head_len) = self.head(close, sys);
        let Some(conn) = self.conns.get_mut(&id) else {
            return;
        };
        let message = sys.tables().message(Message {
            sender: id,
            request: request.request,
            attempt: request.attempt,
            kind: MessageKind::Response,
            offset: conn.written,
            head,
            head_len,
            body_len,
            before: None,
        });
        let len = head_len + body_len;
        conn.written += len;
        conn.consumed = request.end();
        conn.phase = Phase::Idle;
        conn.head_done = false;
        let ended = conn.ended;
        let wrote = write_all(sys, id, len, message);
        if wrote {
            let event = RequestEvent::Responded {
                request: request.request,
                socket: id,
            };
            sys.note_step(Event::Request(event));
        }
        if close || ended || !wrote {
            self.close(id, sys);
        } else {
            self.wait_for_next(id, sys);
        }
    }

    /// Between requests: the idle deadline runs from the flush of the response (runtimes §12.2 step 8).
    fn wait_for_next<R: Recorder>(&mut self, id: SocketId, sys: &mut Syscalls<'_, R>) {
        let deadline = self.arm(id, TimerKind::ServerIdle, self.config.idle, sys);
        if let Some(conn) = self.conns.get_mut(&id) {
            conn.deadline = deadline;
        }
        self.next_request(id, sys);
    }

    fn head<R: Recorder>(&mut self, close: bool, sys: &mut Syscalls<'_, R>) -> (TextId, u32) {
        let config = &self.config;
        *self.heads[usize::from(close)].get_or_insert_with(|| {
            let head = config.heads.response(config.handler.body, close);
            let len = u32::try_from(head.len()).unwrap_or(u32::MAX);
            (sys.tables().text(head), len)
        })
    }

    /// The client closed or reset. A handler at work finishes first; its context is cancelled (not modelled).
    fn ended<R: Recorder>(&mut self, id: SocketId, sys: &mut Syscalls<'_, R>) {
        let Some(conn) = self.conns.get_mut(&id) else {
            return;
        };
        if matches!(conn.phase, Phase::Handling(_)) {
            conn.ended = true;
        } else {
            self.close(id, sys);
        }
    }

    fn clear_deadline<R: Recorder>(&mut self, id: SocketId, sys: &mut Syscalls<'_, R>) {
        let Some(conn) = self.conns.get_mut(&id) else {
            return;
        };
        conn.overdue = false;
        if let Some(deadline) = conn.deadline.take() {
            sys.clear_timer(deadline);
        }
    }

    fn close<R: Recorder>(&mut self, id: SocketId, sys: &mut Syscalls<'_, R>) {
        self.clear_deadline(id, sys);
        if let Some(conn) = self.conns.remove(&id)
            && let Some(deadline) = conn.write_deadline
        {
            sys.clear_timer(deadline);
        }
        sys.close(id);
    }
}
