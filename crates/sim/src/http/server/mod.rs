//! An HTTP server program: accepting, reading requests, and its deadlines.

mod expect;
pub mod handler;
mod lingering;
mod pipeline;
pub mod relay;
pub mod shutdown;

use crate::chance::Latency;
use crate::copy::clone_into_place;
use crate::host::Step;
use crate::http::codec::{HeadStyle, ResponseHead};
use crate::http::connections::Connections;
use crate::http::heads::Heads;
use crate::http::{BACKLOG, Deadline, socket_options};
use crate::outbox::Signal;
use crate::recorder::Cause;
use crate::syscalls::{ProgramTimer, Syscalls};
use crate::tcp::keepalive::KeepAlive;
use handler::{Body, Handler, Handling, Route, Thought};
use pipeline::Ahead;
use relay::Forward;
use shutdown::Life;
use std::sync::Arc;
use std::time::Duration;
use whyeof_trace::time::nanos;
use whyeof_trace::{
    Event, Message, MessageId, MessageKind, ProgramId, RequestEvent, Returned, Side, SocketId,
    TextId, Time, Timer, TimerKind, TimerOf,
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
    /// Whether connections are kept after a response.
    pub keep: Keep,
    /// Kernel keepalive probes on accepted sockets.
    pub keep_alive: Option<KeepAlive>,
    /// How it writes heads.
    pub heads: HeadStyle,
    /// How long its steps take.
    pub latency: ServerLatency,
    /// Bytes that it reads at once while it waits for a head (Go: `bufio.Reader`).
    pub buffer: u32,
    /// How many bytes of a response it writes at first (Go: `bufio.Writer`).
    pub write_buffer: u32,
    /// When it reads, and what it makes of what it reads.
    pub reading: Reading,
    /// How often it looks for requests that take too long; `None`: each has a timer of its own.
    pub checks: Option<Duration>,
    /// Requests on one connection; the response to the last says `Connection: close`.
    pub max_requests: Option<u32>,
    /// What it does when it is told to shut down.
    pub stops: Stops,
    /// What it does with a request.
    pub handler: Handler,
    /// What it does with requests of certain paths instead.
    pub routes: Vec<Route>,
    /// When it is told to shut down.
    pub shutdown: Option<Duration>,
    /// When its process ends.
    pub exit: Option<Duration>,
    /// What it does on SIGTERM: it shuts down, and ends after so long at the latest; `None`: its process ends at once.
    pub grace: Option<Duration>,
}

/// When a server reads, and what it makes of what it reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    /// When somebody wants to: the loop a head, the handler a body, the background one byte (Go, runtimes §12.2). The first
    /// four bytes of a request end the idle time.
    OnDemand {
        /// What of a request's body it reads by itself after its handler: up to so many bytes; more cost the connection.
        discards: u32,
        /// Time between its FIN and close(2) if the client may still be sending (Go: `rstAvoidanceDelay`).
        linger: Duration,
    },
    /// Whatever comes. Bytes put the idle time off, a whole head ends it; a client's end ends its request (Node, runtimes
    /// §13).
    Always,
    /// Whatever comes. The first byte of a request ends the idle time (nginx, runtimes §14).
    Bytes {
        /// How it waits for the rest of a body behind its last response; `None`: it closes at once.
        lingers: Option<Lingering>,
    },
}

/// How long the rest of a request's body is read and dropped before a connection is closed (nginx: `lingering_close on`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lingering {
    /// Without a byte (`lingering_timeout`).
    pub timeout: Duration,
    /// In all (`lingering_time`).
    pub time: Duration,
}

/// What a server does when it is told to shut down, besides listening no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stops {
    /// It closes idle connections, says `Connection: close` to those at work, and looks again until none is left (Go).
    Drains,
    /// It closes idle connections; those at work go on for ever (Node 19 and later).
    ClosesIdle,
    /// It closes idle connections, says `Connection: close` to those at work, and closes them behind the answer (nginx: SIGQUIT,
    /// `ngx_exiting`; seen on 1.22.1).
    Quits,
    /// Nothing (Node 18).
    Listening,
}

/// Whether connections are kept after a response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    /// For the next request.
    Alive,
    /// Every response says `Connection: close` (Go: `SetKeepAlivesEnabled(false)`).
    No,
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

/// Where a connection is in its life (Go: StateNew, StateActive, StateIdle).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// Accepted; nothing has been read.
    New,
    /// A request's head is being read.
    Reading,
    /// The handler is at work.
    Handling(Handling),
    /// Between two requests.
    Idle,
    /// Its time is over; close(2) is a moment away.
    Closing,
    /// Its FIN is sent; close(2) waits for what the client may still be sending.
    Lingering,
    /// The response is sent; a body that nobody wants is read to its end, and then it is closed; or sooner, at this time, or after
    /// so long without a byte.
    Discarding(Option<(Time, Duration)>),
}

#[derive(Debug)]
struct Conn {
    phase: Phase,
    /// When it was accepted.
    accepted: Time,
    /// When the present request began: with accept(2) for the first one, with its first bytes for later ones.
    began: Time,
    /// Bytes read.
    received: u32,
    /// Bytes of requests that have been answered.
    consumed: u32,
    /// Where the present request ends, once its head has been read.
    expected: u32,
    /// Requests behind it whose handlers have begun.
    ahead: Vec<Ahead>,
    /// Bytes of responses written.
    written: u32,
    /// Requests that have been answered.
    served: u32,
    /// The time between two requests.
    idle: Option<ProgramTimer>,
    /// The time for a head or a whole request.
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

clone_into_place!(Conn {
    phase,
    accepted,
    began,
    received,
    consumed,
    expected,
    ahead,
    written,
    served,
    idle,
    deadline,
    overdue,
    write_deadline,
    write_expired,
    ended
});

/// A server while it runs.
#[derive(Debug)]
pub struct Server {
    config: Arc<ServerConfig>,
    id: ProgramId,
    life: Life,
    /// It has been told to shut down.
    told: bool,
    conns: Connections<Conn>,
    /// The heads of its responses, once they have been needed: few, because a server answers few lengths.
    heads: Vec<(ResponseHead, (TextId, u32))>,
    /// What it has read in heads.
    heads_read: Heads,
    /// Requests to be passed on, of a proxy.
    pub(super) forwards: Vec<Forward>,
    /// Those whose asker has left, of a proxy.
    pub(super) left: Vec<Forward>,
}

clone_into_place!(Server {
    config,
    id,
    life,
    told,
    conns,
    heads,
    heads_read,
    forwards,
    left
});

/// Go's server decides that a request has begun when it can peek four bytes (server.go `serve`).
const PEEK: u32 = 4;

impl Reading {
    /// How many bytes make a request begin.
    const fn peek(self) -> u32 {
        match self {
            Self::OnDemand { .. } => PEEK,
            Self::Always | Self::Bytes { .. } => 1,
        }
    }
}

impl Server {
    /// A server that has not started.
    pub fn new(id: ProgramId, config: Arc<ServerConfig>) -> Self {
        Self {
            id,
            life: Life::Serving,
            told: false,
            conns: Connections::new(Side::Listener),
            heads: Vec::new(),
            heads_read: Heads::default(),
            forwards: Vec::new(),
            left: Vec::new(),
            config,
        }
    }

    /// The program starts.
    pub fn start(&self, sys: &mut Syscalls<'_>) {
        self.listen(sys);
        self.plan_end(sys);
    }

    fn listen(&self, sys: &mut Syscalls<'_>) {
        sys.listen(
            self.config.listen,
            socket_options(self.config.keep_alive),
            BACKLOG,
        );
    }

    /// Something happened on a socket.
    pub fn wake(&mut self, id: SocketId, signal: Signal, sys: &mut Syscalls<'_>) {
        if self.life == Life::Exited {
            return;
        }
        if signal == Signal::Accepted {
            self.accepted(id, sys);
        }
        self.read(id, sys);
    }

    /// Reads as long as somebody wants to and there is something.
    fn read(&mut self, id: SocketId, sys: &mut Syscalls<'_>) {
        while let Some(most) = self.reads_most(id) {
            match sys.read_most(id, most) {
                Some(Returned::Bytes(n)) => self.data(id, n, sys),
                Some(_) => {
                    self.ended(id, sys);
                    return;
                }
                None => return,
            }
        }
    }

    /// Bytes that are read at once, if anybody reads. A connection whose time is over is not read any more: what came too late
    /// stays in the kernel, and close(2) resets instead of ending.
    fn reads_most(&self, id: SocketId) -> Option<u32> {
        let conn = self.conns.get(&id)?;
        match conn.phase {
            Phase::New | Phase::Reading | Phase::Idle => Some(self.config.buffer),
            Phase::Handling(handling) => self.handler_reads(conn, handling),
            Phase::Discarding(_) => Some(u32::MAX),
            Phase::Closing | Phase::Lingering => None,
        }
    }

    /// IdleTimeout does not apply to the first request: a connection that is never used is held to the time for a
    /// request's head (runtimes §12.2, recorded in 16-never-used-connection).
    fn accepted(&mut self, id: SocketId, sys: &mut Syscalls<'_>) {
        sys.accept(id);
        let deadline = self.arm(
            id,
            TimerKind::ServerReadHeader,
            self.config.read_header,
            sys,
        );
        let conn = Conn {
            phase: Phase::New,
            accepted: sys.now(),
            began: sys.now(),
            received: 0,
            consumed: 0,
            expected: 0,
            ahead: Vec::new(),
            written: 0,
            served: 0,
            idle: None,
            deadline,
            overdue: false,
            write_deadline: None,
            write_expired: None,
            ended: false,
        };
        self.conns.insert(id, conn);
    }

    fn arm(
        &self,
        id: SocketId,
        kind: TimerKind,
        deadline: Option<Deadline>,
        sys: &mut Syscalls<'_>,
    ) -> Option<ProgramTimer> {
        let deadline = deadline?;
        let timer = Timer {
            kind,
            of: TimerOf::Socket(id),
        };
        let after = match (self.config.checks, kind) {
            (Some(every), TimerKind::ServerReadHeader | TimerKind::ServerRead) => {
                next_check(sys.now(), deadline.after, every)
            }
            _ => deadline.after,
        };
        Some(sys.set_timer(timer, after, self.config.latency.timer, deadline.setting))
    }

    fn data(&mut self, id: SocketId, n: u32, sys: &mut Syscalls<'_>) {
        let Some(conn) = self.conns.get_mut(&id) else {
            return;
        };
        conn.received += n;
        match conn.phase {
            Phase::Handling(_) => {
                self.more_of_body(id, sys);
                self.begin_ahead(id, sys);
            }
            Phase::Discarding(_) => self.discarded(id, sys),
            _ => {
                self.put_off_idle(id, sys);
                self.next_request(id, sys);
            }
        }
        if self.conns.get(&id).is_some_and(|conn| conn.overdue) {
            self.time_is_over(id, sys);
        }
    }

    /// A read fails with the deadline. The handler hears of it if it reads a body; else close(2) is a moment away.
    fn time_is_over(&mut self, id: SocketId, sys: &mut Syscalls<'_>) {
        let Some(conn) = self.conns.get_mut(&id) else {
            return;
        };
        match conn.phase {
            Phase::Handling(Handling {
                body: Body::Coming, ..
            }) => self.body_fails(id, sys),
            Phase::Handling(_) | Phase::Lingering => {}
            _ => {
                conn.phase = Phase::Closing;
                sys.after(self.config.latency.close, Step::Close(id));
            }
        }
    }

    /// A time is over for which the server has an answer: a head or a whole request took too long.
    fn answers_timeout(&mut self, id: SocketId, sys: &mut Syscalls<'_>) {
        let text = self.config.heads.request_timeout();
        let Some(conn) = self.conns.get_mut(&id) else {
            return;
        };
        conn.phase = Phase::Closing;
        let (written, consumed) = (conn.written, conn.consumed);
        let tables = sys.tables();
        let asked = tables.message_at(id.peer(), consumed).map(|(_, m)| *m);
        // Where nothing has been asked, it answers whatever the client asks next on this connection, which is the request that is
        // still to come; it is booked under the last one there is.
        let (request, attempt) = match asked {
            Some(asked) => (asked.request, asked.attempt),
            None => (tables.last_request(), 1),
        };
        let len = u32::try_from(text.len()).unwrap_or(u32::MAX);
        let head = tables.text(text);
        let message = tables.message(Message {
            sender: id,
            request,
            attempt,
            kind: MessageKind::Response,
            offset: written,
            head,
            head_len: len,
            body_len: 0,
            before: None,
        });
        let _ = sys.write(id, len, Some(message));
        self.close(id, sys);
    }

    /// Node's idle time begins again with every byte until a head is complete.
    fn put_off_idle(&mut self, id: SocketId, sys: &mut Syscalls<'_>) {
        let idle = self.conns.get_mut(&id).and_then(|conn| conn.idle.take());
        let Some(idle) = idle else {
            return;
        };
        if self.config.reading != Reading::Always {
            if let Some(conn) = self.conns.get_mut(&id) {
                conn.idle = Some(idle);
            }
            return;
        }
        sys.clear_timer(idle);
        let again = self.arm(id, TimerKind::ServerIdle, self.config.idle, sys);
        if let Some(conn) = self.conns.get_mut(&id) {
            conn.idle = again;
        }
    }

    /// Goes on with the next request's head, as far as it is there.
    fn next_request(&mut self, id: SocketId, sys: &mut Syscalls<'_>) {
        let Some(conn) = self.conns.get_mut(&id) else {
            return;
        };
        // What was left of a body may still come.
        let pending = conn.received.saturating_sub(conn.consumed);
        let begins = pending >= self.config.reading.peek();
        if !matches!(conn.phase, Phase::New | Phase::Idle | Phase::Reading) || !begins {
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
            self.begin_ahead(id, sys);
        }
    }

    /// The first bytes of a request are there. The first request's time has been running since accept(2); a later one's
    /// begins now (runtimes §12.2 steps 1, 8 and 9).
    fn begin_request(&mut self, id: SocketId, whole_head: bool, sys: &mut Syscalls<'_>) {
        let Some(conn) = self.conns.get_mut(&id) else {
            return;
        };
        let first = conn.phase == Phase::New;
        conn.phase = Phase::Reading;
        if first {
            return;
        }
        conn.began = sys.now();
        if self.config.reading != Reading::Always {
            self.clear_idle(id, sys);
        }
        if !whole_head {
            // That of a request before, whose body nobody wanted and which has come by now.
            self.clear_deadline(id, sys);
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
    /// whole request has its own deadline; once it is there, no read deadline is in force (runtimes §12.2 step 4). Who shuts
    /// down by then closes without an answer (step 3).
    fn head_complete(
        &mut self,
        id: SocketId,
        message: MessageId,
        whole_request: bool,
        sys: &mut Syscalls<'_>,
    ) {
        self.clear_deadline(id, sys);
        self.clear_idle(id, sys);
        if matches!(self.life, Life::ShuttingDown(_)) {
            self.close(id, sys);
            return;
        }
        let Message {
            request, attempt, ..
        } = sys.tables().messages[message.index()];
        let began = self.begun_ahead(id, message);
        if began.is_none() {
            sys.note_step(Event::Request(RequestEvent::Executed {
                request,
                socket: id,
                attempt,
            }));
        }
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
        let end = sys.tables().messages[message.index()].end();
        if let Some(conn) = self.conns.get_mut(&id) {
            conn.expected = end;
            conn.deadline = deadline;
            conn.write_deadline = write_deadline;
            conn.write_expired = None;
        }
        self.handle(id, (message, began), whole_request, sys);
    }

    /// A timer of this program fires.
    pub fn timer(&mut self, timer: Timer, sys: &mut Syscalls<'_>) {
        if self.life == Life::Exited {
            return;
        }
        let TimerOf::Socket(id) = timer.of else {
            self.end_timer(timer.kind, sys);
            return;
        };
        let Some(conn) = self.conns.get_mut(&id) else {
            return;
        };
        match timer.kind {
            TimerKind::Handler => self.thought(id, sys),
            TimerKind::Linger => {
                conn.deadline = None;
                self.close(id, sys);
            }
            TimerKind::ServerWrite => {
                // The handler is not interrupted; its output fails (runtimes §12.3).
                conn.write_expired = Some(sys.cause());
                conn.write_deadline = None;
            }
            TimerKind::ServerReadHeader | TimerKind::ServerRead
                if !self.config.heads.request_timeout().is_empty() =>
            {
                conn.deadline = None;
                self.answers_timeout(id, sys);
            }
            kind => {
                match kind {
                    TimerKind::ServerIdle => conn.idle = None,
                    _ => conn.deadline = None,
                }
                // Node's timers run before it looks at its sockets.
                conn.overdue = self.config.reading != Reading::Always && sys.is_ready(id);
                if !conn.overdue {
                    self.time_is_over(id, sys);
                }
            }
        }
    }

    /// The moment between the deadline and close(2) is over.
    pub fn step(&mut self, step: Step, sys: &mut Syscalls<'_>) {
        match step {
            _ if self.life == Life::Exited => {}
            Step::Look => self.look(sys),
            Step::Close(id) if self.conns.contains_key(&id) => self.close(id, sys),
            _ => {}
        }
    }

    /// Between requests: the idle deadline runs from the flush of the response (runtimes §12.2 step 8).
    fn wait_for_next(&mut self, id: SocketId, sys: &mut Syscalls<'_>) {
        let deadline = self.arm(id, TimerKind::ServerIdle, self.config.idle, sys);
        if let Some(conn) = self.conns.get_mut(&id) {
            conn.phase = Phase::Idle;
            conn.idle = deadline;
        }
        self.next_request(id, sys);
        self.read(id, sys);
    }

    /// The client closed or reset. A handler at work finishes first; its context is cancelled (not modelled).
    fn ended(&mut self, id: SocketId, sys: &mut Syscalls<'_>) {
        let Some(conn) = self.conns.get_mut(&id) else {
            return;
        };
        conn.ended = true;
        match conn.phase {
            Phase::Handling(_) if self.config.reading == Reading::Always => self.close(id, sys),
            Phase::Handling(handling) if handling.thought == Thought::Forwarded => {
                self.asker_left(id, handling);
            }
            Phase::Handling(Handling {
                body: Body::Coming, ..
            }) => self.body_fails(id, sys),
            Phase::Handling(_) => {}
            _ => self.close(id, sys),
        }
    }

    fn clear_deadline(&mut self, id: SocketId, sys: &mut Syscalls<'_>) {
        let Some(conn) = self.conns.get_mut(&id) else {
            return;
        };
        conn.overdue = false;
        if let Some(deadline) = conn.deadline.take() {
            sys.clear_timer(deadline);
        }
    }

    fn clear_idle(&mut self, id: SocketId, sys: &mut Syscalls<'_>) {
        let Some(conn) = self.conns.get_mut(&id) else {
            return;
        };
        conn.overdue = false;
        if let Some(idle) = conn.idle.take() {
            sys.clear_timer(idle);
        }
    }

    fn close(&mut self, id: SocketId, sys: &mut Syscalls<'_>) {
        self.clear_deadline(id, sys);
        self.clear_idle(id, sys);
        if let Some(conn) = self.conns.remove(&id)
            && let Some(deadline) = conn.write_deadline
        {
            sys.clear_timer(deadline);
        }
        sys.close(id);
    }
}

/// How long until the first look, of one every so often since the run began, at or after a deadline.
fn next_check(now: Time, after: Duration, every: Duration) -> Duration {
    let due = nanos(now.since(Time::ZERO) + after);
    let every = nanos(every).max(1);
    let look = due.div_ceil(every) * every;
    Duration::from_nanos(look - nanos(now.since(Time::ZERO)))
}
