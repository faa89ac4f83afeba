//! An HTTP client program: its requests, its pool, its attempts.

pub mod body;
mod connection;
pub mod expect;
mod jobs;
mod patience;
pub mod pool;
pub mod relay;
pub mod resolve;
pub mod retry;
pub mod workload;

use self::jobs::Jobs;
use crate::chance::Latency;
use crate::copy::clone_into_place;
use crate::host::Step;
use crate::http::Deadline;
use crate::http::codec::HeadStyle;
use crate::http::connections::Connections;
use crate::http::heads::Heads;
use crate::http::words::Words;
use crate::outbox::Signal;
use crate::recorder::Cause;
use crate::syscalls::{ProgramTimer, Syscalls};
use crate::tcp::keepalive::KeepAlive;
use body::{EarlyClose, Leaked};
use expect::Expect;
use pool::{Binding, Key, Pool, PoolConfig, Reuse};
use relay::Answered;
use resolve::{Addressed, Dial, NameConfig, NextAddress};
use retry::RetryRule;
use std::sync::Arc;
use std::time::Duration;
use whyeof_trace::{
    Event, Evicted, Failure, PoolEvent, ProgramId, RequestEvent, RequestId, Side, SocketId, TextId,
    Time, Timer, TimerKind, TimerOf,
};
use workload::{End, GivesUp, Texts, Workload};

/// What a client program is.
#[derive(Clone, Debug)]
pub struct ClientConfig {
    /// The pool's rules and limits.
    pub pool: PoolConfig,
    /// Time for a whole request, from the caller's call on (Go: `Client.Timeout`).
    pub timeout: Option<Deadline>,
    /// Time for making a connection (Go: `net.Dialer.Timeout`).
    pub dial_timeout: Option<Deadline>,
    /// Time from a request that is written to the head of its response (Go: `ResponseHeaderTimeout`).
    pub head_timeout: Option<Deadline>,
    /// Names with several addresses that its workloads go to.
    pub names: Vec<NameConfig>,
    /// What it does when a connection to one of several addresses cannot be made.
    pub next_address: NextAddress,
    /// When it sends again by itself.
    pub retry: RetryRule,
    /// Kernel keepalive probes on its sockets.
    pub keep_alive: Option<KeepAlive>,
    /// TCP_USER_TIMEOUT on its sockets; zero: none.
    pub user_timeout: Duration,
    /// How it writes heads.
    pub heads: HeadStyle,
    /// How it words failures.
    pub words: &'static [Words],
    /// How long its steps take.
    pub latency: ClientLatency,
    /// How many bytes it reads at once before it knows a response's head (Go: `bufio.Reader`).
    pub buffer: u32,
    /// How many bytes of a request it writes at first (Go: `bufio.Writer`).
    pub write_buffer: u32,
    /// What becomes of a busy connection on which nothing moves.
    pub quiet: Option<Quiet>,
    /// What it does with a body of which the server is asked first.
    pub expect: Expect,
    /// A timer for what comes next on a connection that is set again to within so much of when it is due stays as it is (nginx:
    /// ngx_event_timer.h `NGX_TIMER_LAZY_DELAY`); zero: it never does.
    pub lazy: Duration,
    /// When it reads what came right behind a response.
    pub behind: Behind,
    /// What becomes of a connection whose response's body the caller closes early.
    pub early_close: EarlyClose,
    /// What becomes of one whose response's body is neither read nor closed.
    pub leaked: Leaked,
    /// What it asks for.
    pub workloads: Vec<Workload>,
    /// Whether it asks for somebody else: the upstream side of a proxy. Then its first workload is a pattern, and its
    /// `count` 0.
    pub passes_on: bool,
    /// When its process ends.
    pub exit: Option<Duration>,
}

/// What becomes of a busy connection on which nothing moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quiet {
    /// For how long.
    pub limit: Deadline,
    /// For how long on a connection whose request has waited for it; `None`: as long.
    pub queued: Option<Deadline>,
    /// Whether time spent on dialling counts.
    pub dialling: Dialling,
    /// What happens then.
    pub then: OnQuiet,
}

/// When a client reads what came right behind a response, as a rule a FIN, while another request waits for the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Behind {
    /// At once.
    AtOnce,
    /// In the next turn of its event loop, after that request was written (libuv: a short read(2) is the last of a turn; recorded
    /// in 21: the queued POST left between the response and the EOF).
    NextTurn,
}

/// Whether a limit for connections on which nothing moves counts while they are dialled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialling {
    /// From the SYN on (Node: `net.connect` arms the socket's timer; recorded in 08d and 08f).
    Counts,
    /// Dialling has a limit of its own (nginx: `proxy_connect_timeout`).
    DoesNot,
}

/// What happens when nothing has moved on a busy connection for too long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnQuiet {
    /// An event that nobody listens to (Node http.Agent: `timeout`; runtimes §2.2).
    Emits,
    /// It is closed, and the request fails (agentkeepalive, runtimes §3).
    Destroys,
}

/// How long a client's steps take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClientLatency {
    /// From the call to the SYN of a new connection.
    pub dial: Latency,
    /// From the SYN-ACK's arrival to the first byte of the request.
    pub connected: Latency,
    /// From the call to the first byte of the request on a connection from the pool.
    pub reuse: Latency,
    /// From the response's arrival to the caller having it and the connection being in the pool.
    pub response: Latency,
    /// From the arrival of a FIN or RST to the program acting on it.
    pub notice: Latency,
    /// How late a timer fires.
    pub timer: Latency,
}

/// A request while it is on its way.
#[derive(Clone, Copy, Debug)]
pub(super) struct Job {
    pub(super) workload: u16,
    /// The workload whose caller asked: the same, unless that goes to a name and this to one of its addresses.
    pub(super) asked_by: u16,
    /// When the caller asked.
    pub(super) started: Time,
    /// How often the caller had tried before.
    pub(super) tries: u16,
    /// Attempt, from 1.
    pub(super) attempt: u16,
    /// The connection it has.
    pub(super) socket: Option<SocketId>,
    /// `Client.Timeout`.
    timeout: Option<ProgramTimer>,
    /// The caller's own time for this one request.
    give_up: Option<ProgramTimer>,
    /// Whether the caller still waits.
    pub(super) caller: Caller,
    /// Whether it has waited for a connection that somebody else had.
    pub(super) queued: bool,
}

/// Whether the caller of a request still waits for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Caller {
    Waits,
    /// It has what it wants of the response; the connection is still with the request.
    HasItsAnswer,
    /// It has stopped waiting and cancelled nothing.
    Left,
}

/// A client's connection.
#[derive(Clone, Copy, Debug)]
pub(super) struct Conn {
    pub(super) key: Key,
    /// Which of several addresses it goes to, and which were tried before it.
    pub(super) dial: Dial,
    pub(super) state: ConnState,
    /// Go counts a connection as reused once it has been offered to the pool, even if no request used it.
    pub(super) reused: bool,
    /// The present attempt has handed a byte to the kernel.
    pub(super) written: bool,
    /// What is left to write of the present request's body, and when it goes on.
    pub(super) unsent: u32,
    pub(super) piece: Option<ProgramTimer>,
    /// Something may have come right behind a response: it is read after the next request is written, because of this.
    pub(super) behind: Option<Cause>,
    /// Nothing has moved since it was armed.
    pub(super) quiet: Option<ProgramTimer>,
    /// When that timer is due, or was when the response came.
    pub(super) due: Time,
    /// Time for the connection to be made, then time for a response's head.
    pub(super) patience: Option<ProgramTimer>,
    /// How long it may be idle after the last response.
    pub(super) idle_limit: Option<Deadline>,
    /// Responses that have been read to their end.
    pub(super) served: u32,
    /// A byte of the present response has been read.
    pub(super) answered: bool,
    /// The present response's head has been seen.
    pub(super) head_seen: bool,
    /// Bytes written, read, and read of finished responses.
    pub(super) sent: u32,
    pub(super) received: u32,
    pub(super) consumed: u32,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum ConnState {
    /// Being dialled; for this request, if it still waits when the dial is over.
    Dialling(RequestId),
    /// This request has it.
    Busy(RequestId),
    /// In the pool.
    Idle,
    /// A caller keeps the body open, and nobody reads.
    Held,
    /// The rest of a closed body is read, to be able to use the connection again.
    Draining(ProgramTimer),
}

/// A client while it runs.
#[derive(Debug)]
pub struct Client {
    pub(super) config: Arc<ClientConfig>,
    id: ProgramId,
    pub(super) pool: Pool,
    pub(super) conns: Connections<Conn>,
    jobs: Jobs,
    texts: Vec<Option<Texts>>,
    /// Workloads that are not in the configuration: what a proxy passes on.
    passed_on: Vec<Workload>,
    /// Workloads for single addresses of a name, and the configured ones that they come from.
    pub(super) addressed: Vec<Addressed>,
    /// How often each name has been looked up.
    pub(super) turns: Vec<u32>,
    /// Requests of a proxy that are over.
    pub(super) answered: Vec<Answered>,
    /// Requests started, by workload.
    started: Vec<u32>,
    /// The same without those of callers that tried again.
    asked: Vec<u32>,
    /// What it has read in heads.
    pub(super) heads_read: Heads,
    /// Its process has ended.
    exited: bool,
}

clone_into_place!(Client {
    config,
    id,
    pool,
    conns,
    jobs,
    texts,
    passed_on,
    addressed,
    turns,
    answered,
    started,
    asked,
    heads_read,
    exited
});

impl Client {
    /// A client that has not started.
    pub fn new(id: ProgramId, config: Arc<ClientConfig>) -> Self {
        let workloads = config.workloads.len();
        Self {
            pool: Pool::new(config.pool),
            id,
            conns: Connections::new(Side::Opener),
            jobs: Jobs::new(),
            texts: vec![None; workloads],
            passed_on: Vec::new(),
            addressed: Vec::new(),
            turns: vec![0; config.names.len()],
            answered: Vec::new(),
            started: vec![0; workloads],
            asked: vec![0; workloads],
            heads_read: Heads::default(),
            exited: false,
            config,
        }
    }

    /// The program starts: every workload waits for its first request.
    pub fn start(&self, sys: &mut Syscalls<'_>) {
        self.plan_requests(sys);
        if let Some(exit) = self.config.exit {
            let timer = Timer {
                kind: TimerKind::Exit,
                of: TimerOf::Program(self.id),
            };
            sys.set_timer(timer, exit, Latency::ZERO, None);
        }
    }

    /// A timer of this program fires.
    pub fn timer(&mut self, timer: Timer, sys: &mut Syscalls<'_>) {
        if self.exited {
            return;
        }
        match (timer.of, timer.kind) {
            (TimerOf::Workload(index), _) => self.on_time(index, sys),
            (TimerOf::Request(request), TimerKind::GiveUp) => self.gives_up(request, sys),
            (TimerOf::Request(request), _) => self.timed_out(request, sys),
            (TimerOf::Socket(socket), TimerKind::Drain) => self.drain_over(socket, sys),
            (TimerOf::Socket(socket), TimerKind::BodyPiece | TimerKind::Continue) => {
                self.write_piece(socket, sys);
            }
            (TimerOf::Socket(socket), TimerKind::SocketTimeout) => self.quiet(socket, sys),
            (TimerOf::Socket(socket), TimerKind::Dial) => self.dial_timed_out(socket, sys),
            (TimerOf::Socket(socket), TimerKind::ResponseHeader) => self.no_head(socket, sys),
            (TimerOf::Socket(socket), _) => self.idle_timeout(socket, sys),
            (TimerOf::Program(_), _) => self.exit(sys),
        }
    }

    /// Something happened on a socket.
    pub fn wake(&mut self, id: SocketId, signal: Signal, sys: &mut Syscalls<'_>) {
        if self.exited {
            return;
        }
        if signal == Signal::Connected {
            self.connected(id, sys);
        }
        self.read(id, sys);
    }

    /// Something that was begun goes on.
    pub fn step(&mut self, step: Step, sys: &mut Syscalls<'_>) {
        if self.exited {
            return;
        }
        match step {
            Step::Write(socket) => {
                self.write(socket, sys);
                self.read_behind(socket, sys);
            }
            Step::Dial { request, to, port } => self.dial(request, (to, port), sys),
            Step::Ask { workload, tries } => self.ask(workload, tries, sys),
            Step::Close(_) | Step::Call | Step::Look | Step::Block(_) => {}
        }
    }

    /// Whether its process has ended.
    pub const fn has_ended(&self) -> bool {
        self.exited
    }

    /// The process ends: the kernel closes its sockets, and callers hear nothing more.
    fn exit(&mut self, sys: &mut Syscalls<'_>) {
        if self.exited {
            return;
        }
        let sockets: Vec<SocketId> = self.conns.keys().collect();
        for socket in sockets {
            sys.note(Event::Pool(PoolEvent::Evict {
                socket,
                why: Evicted::ProcessExit,
            }));
            sys.close(socket);
        }
        self.vanish(sys);
    }

    /// The process is gone, and with it its callers.
    pub fn vanish(&mut self, sys: &mut Syscalls<'_>) {
        self.exited = true;
        let waiting = self
            .jobs
            .iter()
            .filter(|(_, job)| job.caller == Caller::Waits);
        let waiting: Vec<RequestId> = waiting.map(|(request, _)| *request).collect();
        for request in waiting {
            self.fail(request, Failure::ProcessExit, None, sys);
        }
    }

    /// Gets a connection: the newest idle one; else whichever comes first of a new one and one that another request
    /// gives back (runtimes §1.3).
    pub(super) fn acquire(&mut self, request: RequestId, sys: &mut Syscalls<'_>) {
        let key = self.key_of(request);
        while self.config.pool.reuse == Reuse::KeepAlive
            && let Some(idle) = self.pool.checkout(key)
        {
            if let Some(timer) = idle.timer {
                sys.clear_timer(timer);
            }
            let idle_for = sys.now().since(idle.since);
            // Timers are late; Go looks at the clock as well (transport.go `queueForIdleConn`).
            if (self.config.pool.idle_timeout).is_some_and(|limit| idle_for > limit.after) {
                self.discard(idle.socket, Evicted::IdleTimeout, sys);
                continue;
            }
            self.assign(request, idle.socket, idle_for, sys);
            sys.after(self.config.latency.reuse, Step::Write(idle.socket));
            return;
        }
        let may_dial = self.pool.may_dial(key);
        let host = self.pool.host(key);
        if !may_dial || self.config.pool.binding == Binding::Late {
            host.waiting.push_back(request);
        }
        if may_dial {
            host.open += 1;
            self.dial_soon(request, key, sys);
        } else {
            host.undialled.push_back(request);
            if let Some(job) = self.jobs.get_mut(&request) {
                job.queued = true;
            }
            sys.note(Event::Pool(PoolEvent::Wait { request }));
        }
    }

    pub(super) fn dial_soon(&self, request: RequestId, (to, port): Key, sys: &mut Syscalls<'_>) {
        sys.after(self.config.latency.dial, Step::Dial { request, to, port });
    }

    /// Gives a connection to a request.
    pub(super) fn assign(
        &mut self,
        request: RequestId,
        socket: SocketId,
        idle_for: Duration,
        sys: &mut Syscalls<'_>,
    ) {
        let Some(conn) = self.conns.get_mut(&socket) else {
            return;
        };
        conn.state = ConnState::Busy(request);
        conn.written = false;
        conn.due = Time::ZERO;
        conn.answered = false;
        conn.head_seen = false;
        let reused = conn.reused;
        if let Some(job) = self.jobs.get_mut(&request) {
            job.socket = Some(socket);
        }
        sys.note_step(Event::Pool(PoolEvent::Checkout {
            request,
            socket,
            reused,
            idle_for,
        }));
    }

    /// The caller has its response.
    pub(super) fn finish(&mut self, request: RequestId, sys: &mut Syscalls<'_>) {
        let Some(job) = self.end_job(request, sys) else {
            return;
        };
        self.hand_over(request, job, sys);
    }

    /// A caller that still waits has its answer now.
    pub(super) fn hand_over(&self, request: RequestId, job: Job, sys: &mut Syscalls<'_>) {
        match job.caller {
            Caller::Waits => {
                let by = sys.note(Event::Request(RequestEvent::Finished { request }));
                self.heard(job, End::Good, by, sys);
            }
            Caller::Left => {
                let error = None;
                sys.note(Event::Request(RequestEvent::Late { request, error }));
            }
            Caller::HasItsAnswer => {}
        }
    }

    /// The caller gets an error.
    pub(super) fn fail(
        &mut self,
        request: RequestId,
        failure: Failure,
        socket: Option<SocketId>,
        sys: &mut Syscalls<'_>,
    ) {
        let text = self.words(request, failure, socket, sys);
        self.fail_as(request, failure, text, sys);
    }

    /// The caller gets this error.
    pub(super) fn fail_as(
        &mut self,
        request: RequestId,
        failure: Failure,
        text: TextId,
        sys: &mut Syscalls<'_>,
    ) {
        self.tell(request, Err(failure));
        let Some(job) = self.end_job(request, sys) else {
            return;
        };
        match job.caller {
            Caller::Waits => {
                let by = sys.note(Event::Request(RequestEvent::Failed {
                    request,
                    failure,
                    text,
                }));
                self.heard(job, End::Bad, by, sys);
            }
            Caller::Left => {
                let error = Some((failure, text));
                sys.note(Event::Request(RequestEvent::Late { request, error }));
            }
            Caller::HasItsAnswer => {}
        }
    }

    /// A request is over for the client.
    fn end_job(&mut self, request: RequestId, sys: &mut Syscalls<'_>) -> Option<Job> {
        let job = self.jobs.remove(&request)?;
        for timer in [job.timeout, job.give_up].into_iter().flatten() {
            sys.clear_timer(timer);
        }
        Some(job)
    }

    /// `Client.Timeout`: covers everything from the call on, a body that is kept open too. A dial that is under way goes on
    /// without its request.
    fn timed_out(&mut self, request: RequestId, sys: &mut Syscalls<'_>) {
        let Some(job) = self.jobs.get_mut(&request) else {
            return;
        };
        job.timeout = None;
        let failure = match (job.socket, self.has_head(request)) {
            (Some(_), true) => Failure::TimeoutInBody,
            (Some(_), false) => Failure::Timeout,
            (None, _) => Failure::TimeoutInQueue,
        };
        self.cancel(request, failure, sys);
    }

    /// The caller's own time for this one request is over (Go: the deadline of its context).
    fn gives_up(&mut self, request: RequestId, sys: &mut Syscalls<'_>) {
        let Some(job) = self.jobs.get_mut(&request) else {
            return;
        };
        job.give_up = None;
        if self.workload_of(request).map(|(_, w)| w.gives_up) == Some(GivesUp::Leaves) {
            self.abandon(request, sys);
            return;
        }
        let failure = if self.has_head(request) {
            Failure::GaveUpInBody
        } else {
            Failure::GaveUp
        };
        self.cancel(request, failure, sys);
    }

    /// The caller stops waiting, unless it has its answer. The request does not know, and goes on.
    fn abandon(&mut self, request: RequestId, sys: &mut Syscalls<'_>) {
        let waits = |job: &Job| job.caller == Caller::Waits;
        if !self.jobs.get(&request).is_some_and(waits) {
            return;
        }
        let failure = Failure::Abandoned;
        let text = self.words(request, failure, None, sys);
        let by = sys.note(Event::Request(RequestEvent::Failed {
            request,
            failure,
            text,
        }));
        if let Some(job) = self.jobs.get_mut(&request) {
            job.caller = Caller::Left;
            let job = *job;
            self.heard(job, End::Bad, by, sys);
        }
    }

    pub(super) fn has_head(&self, request: RequestId) -> bool {
        let socket = self.jobs.get(&request).and_then(|job| job.socket);
        let conn = socket.and_then(|socket| self.conns.get(&socket));
        conn.is_some_and(|conn| conn.head_seen)
    }

    /// A request is over before its time, and with it the connection that it has. Who has its response already gets no error.
    fn cancel(&mut self, request: RequestId, failure: Failure, sys: &mut Syscalls<'_>) {
        let Some(job) = self.jobs.get(&request).copied() else {
            return;
        };
        let key = self.key_of(request);
        self.pool.forget(key, request);
        if let Some(socket) = job.socket {
            self.discard(socket, Evicted::Broken, sys);
        }
        if job.caller == Caller::HasItsAnswer {
            self.end_job(request, sys);
        } else {
            self.fail(request, failure, job.socket, sys);
        }
    }

    /// Where a request goes.
    pub(super) fn key_of(&self, request: RequestId) -> Key {
        let workload = self.jobs.get(&request).map_or(0, |job| job.workload);
        let workload = self.workload(workload);
        (workload.to, workload.port)
    }

    /// The workload that a request belongs to.
    pub(super) fn workload_of(&self, request: RequestId) -> Option<(u16, &Workload)> {
        let index = self.jobs.get(&request)?.workload;
        Some((index, self.workload(index)))
    }
}
