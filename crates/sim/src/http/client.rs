//! An HTTP client program: its workloads, its pool, its attempts.

use crate::chance::{self, Draw, Latency, Who};
use crate::host::Step;
use crate::http::Deadline;
use crate::http::codec::{HeadStyle, RequestHead};
use crate::http::pool::{Key, Pool, PoolConfig, Reuse};
use crate::http::retry::RetryRule;
use crate::http::words::Words;
use crate::outbox::Signal;
use crate::recorder::Recorder;
use crate::syscalls::{ProgramTimer, Syscalls};
use crate::tcp::keepalive::KeepAlive;
use litemap::LiteMap;
use std::sync::Arc;
use std::time::Duration;
use whyeof_trace::{
    Event, Evicted, Failure, HostId, LimitKind, Method, PoolEvent, ProgramId, Request,
    RequestEvent, RequestId, SocketId, TextId, Timer, TimerKind, TimerOf,
};

/// What a client program is.
#[derive(Clone, Debug)]
pub struct ClientConfig {
    /// The pool's rules and limits.
    pub pool: PoolConfig,
    /// Time for a whole request, from the caller's call on (Go: `Client.Timeout`).
    pub timeout: Option<Deadline>,
    /// When it sends again by itself.
    pub retry: RetryRule,
    /// Kernel keepalive probes on its sockets.
    pub keep_alive: Option<KeepAlive>,
    /// How it writes heads.
    pub heads: HeadStyle,
    /// How it words failures.
    pub words: &'static [Words],
    /// How long its steps take.
    pub latency: ClientLatency,
    /// What it asks for.
    pub workloads: Vec<Workload>,
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

/// Requests of one kind.
#[derive(Clone, Debug)]
pub struct Workload {
    /// The server's host.
    pub to: HostId,
    /// The server's port.
    pub port: u16,
    /// Host and port as the URL has them: `pyroscope:4040`.
    pub authority: String,
    /// Method.
    pub method: Method,
    /// Path with query.
    pub path: String,
    /// Body bytes.
    pub body: u32,
    /// Own header fields.
    pub headers: Vec<(String, String)>,
    /// When the first request starts.
    pub at: Duration,
    /// Time from one start to the next; `None`: only one.
    pub every: Option<Duration>,
    /// Drawn per request, except the first, and added to `every`: least and most.
    pub plus: (Duration, Duration),
    /// How many.
    pub count: u32,
}

/// A request while it is on its way.
#[derive(Clone, Copy, Debug)]
pub(super) struct Job {
    pub(super) workload: u16,
    /// Attempt, from 1.
    pub(super) attempt: u16,
    /// The connection it has.
    pub(super) socket: Option<SocketId>,
    timeout: Option<ProgramTimer>,
}

/// A client's connection.
#[derive(Clone, Copy, Debug)]
pub(super) struct Conn {
    pub(super) key: (HostId, u16),
    pub(super) state: ConnState,
    /// Go counts a connection as reused once it has been offered to the pool, even if no request used it.
    pub(super) reused: bool,
    /// The present attempt has handed a byte to the kernel.
    pub(super) written: bool,
    /// A byte of the present response has been read.
    pub(super) answered: bool,
    /// The present response's head has been seen.
    pub(super) head_seen: bool,
    /// Bytes written, read, and read of finished responses.
    pub(super) sent: u32,
    pub(super) received: u32,
    pub(super) consumed: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ConnState {
    /// Being dialled; for this request, if it still waits when the dial is over.
    Dialling(RequestId),
    /// This request has it.
    Busy(RequestId),
    /// In the pool.
    Idle,
}

/// What is the same for every request of a workload.
#[derive(Clone, Copy, Debug)]
struct Texts {
    url: TextId,
    head: TextId,
    head_len: u32,
}

/// A client while it runs.
#[derive(Clone, Debug)]
pub struct Client {
    pub(super) config: Arc<ClientConfig>,
    id: ProgramId,
    pub(super) pool: Pool,
    pub(super) conns: LiteMap<SocketId, Conn>,
    pub(super) jobs: LiteMap<RequestId, Job>,
    texts: Vec<Option<Texts>>,
    /// Requests started, by workload.
    started: Vec<u32>,
}

impl Client {
    /// A client that has not started.
    pub fn new(id: ProgramId, config: Arc<ClientConfig>) -> Self {
        let workloads = config.workloads.len();
        Self {
            pool: Pool::new(config.pool),
            id,
            conns: LiteMap::new(),
            jobs: LiteMap::new(),
            texts: vec![None; workloads],
            started: vec![0; workloads],
            config,
        }
    }

    /// The program starts: every workload waits for its first request.
    pub fn start<R: Recorder>(&self, sys: &mut Syscalls<'_, R>) {
        for (index, workload) in (0..).zip(&self.config.workloads) {
            if workload.count > 0 {
                next_request(sys, index, workload.at);
            }
        }
    }

    /// A timer of this program fires.
    pub fn timer<R: Recorder>(&mut self, timer: Timer, sys: &mut Syscalls<'_, R>) {
        match timer.of {
            TimerOf::Workload(index) => self.start_request(index, sys),
            TimerOf::Request(request) => self.timed_out(request, sys),
            TimerOf::Socket(socket) => self.idle_timeout(socket, sys),
        }
    }

    /// Something happened on a socket.
    pub fn wake<R: Recorder>(&mut self, id: SocketId, signal: Signal, sys: &mut Syscalls<'_, R>) {
        if signal == Signal::Connected {
            self.connected(id, sys);
        }
        self.read(id, sys);
    }

    /// Something that was begun goes on.
    pub fn step<R: Recorder>(&mut self, step: Step, sys: &mut Syscalls<'_, R>) {
        match step {
            Step::Write(socket) => self.write(socket, sys),
            Step::Dial { request, to, port } => self.dial(request, (to, port), sys),
            Step::Close(_) | Step::Call => {}
        }
    }

    fn start_request<R: Recorder>(&mut self, index: u16, sys: &mut Syscalls<'_, R>) {
        let config = Arc::clone(&self.config);
        let workload = &config.workloads[usize::from(index)];
        let number = self.started[usize::from(index)];
        if !sys.has_room_for_request() {
            sys.note(Event::Fault(whyeof_trace::FaultEvent::Limit {
                kind: LimitKind::Requests,
            }));
            return;
        }
        self.started[usize::from(index)] = number + 1;
        if let (Some(every), true) = (workload.every, number + 1 < workload.count) {
            let key = chance::Key {
                seed: sys.seed(),
                who: Who::workload(self.id, index),
                what: Draw::RequestJitter,
                number: u64::from(number),
            };
            let (least, most) = workload.plus;
            next_request(sys, index, every + key.between(least, most));
        }
        let url = self.texts(index, sys).url;
        let request = Request {
            program: self.id,
            method: workload.method,
            url,
            body: workload.body,
        };
        let request = sys.request(request, index, number);
        sys.note_step(Event::Request(RequestEvent::Started { request }));
        let timer = Timer {
            kind: TimerKind::ClientRequest,
            of: TimerOf::Request(request),
        };
        let timeout = self
            .config
            .timeout
            .map(|d| sys.set_timer(timer, d.after, config.latency.timer, d.setting));
        self.jobs.insert(
            request,
            Job {
                workload: index,
                attempt: 1,
                socket: None,
                timeout,
            },
        );
        self.acquire(request, sys);
    }

    /// Gets a connection: the newest idle one; else whichever comes first of a new one and one that another request
    /// gives back (runtimes §1.3).
    pub(super) fn acquire<R: Recorder>(&mut self, request: RequestId, sys: &mut Syscalls<'_, R>) {
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
        self.pool.host(key).waiting.push_back(request);
        if self.pool.may_dial(key) {
            self.pool.host(key).open += 1;
            self.dial_soon(request, key, sys);
        } else {
            self.pool.host(key).undialled.push_back(request);
            sys.note(Event::Pool(PoolEvent::Wait { request }));
        }
    }

    pub(super) fn dial_soon<R: Recorder>(
        &self,
        request: RequestId,
        (to, port): Key,
        sys: &mut Syscalls<'_, R>,
    ) {
        sys.after(self.config.latency.dial, Step::Dial { request, to, port });
    }

    /// Gives a connection to a request.
    pub(super) fn assign<R: Recorder>(
        &mut self,
        request: RequestId,
        socket: SocketId,
        idle_for: Duration,
        sys: &mut Syscalls<'_, R>,
    ) {
        let Some(conn) = self.conns.get_mut(&socket) else {
            return;
        };
        conn.state = ConnState::Busy(request);
        conn.written = false;
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
    pub(super) fn finish<R: Recorder>(&mut self, request: RequestId, sys: &mut Syscalls<'_, R>) {
        self.end_job(request, sys);
        sys.note(Event::Request(RequestEvent::Finished { request }));
    }

    /// The caller gets an error.
    pub(super) fn fail<R: Recorder>(
        &mut self,
        request: RequestId,
        failure: Failure,
        socket: Option<SocketId>,
        sys: &mut Syscalls<'_, R>,
    ) {
        self.end_job(request, sys);
        let text = self.words(request, failure, socket, sys);
        sys.note(Event::Request(RequestEvent::Failed {
            request,
            failure,
            text,
        }));
    }

    fn end_job<R: Recorder>(&mut self, request: RequestId, sys: &mut Syscalls<'_, R>) {
        if let Some(timeout) = self.jobs.remove(&request).and_then(|job| job.timeout) {
            sys.clear_timer(timeout);
        }
    }

    /// `Client.Timeout`: covers everything from the call on. A dial that is under way goes on without its request.
    fn timed_out<R: Recorder>(&mut self, request: RequestId, sys: &mut Syscalls<'_, R>) {
        let Some(job) = self.jobs.get_mut(&request) else {
            return;
        };
        job.timeout = None;
        let socket = job.socket;
        let conn = socket.and_then(|s| self.conns.get(&s));
        let failure = if conn.is_some_and(|c| c.head_seen) {
            Failure::TimeoutInBody
        } else {
            Failure::Timeout
        };
        let key = self.key_of(request);
        self.pool.forget(key, request);
        if let Some(socket) = socket {
            self.discard(socket, Evicted::Broken, sys);
        }
        self.fail(request, failure, socket, sys);
    }

    /// Where a request goes.
    pub(super) fn key_of(&self, request: RequestId) -> (HostId, u16) {
        let workload = self.jobs.get(&request).map_or(0, |job| job.workload);
        let workload = &self.config.workloads[usize::from(workload)];
        (workload.to, workload.port)
    }

    /// The workload that a request belongs to.
    pub(super) fn workload_of(&self, request: RequestId) -> Option<(u16, &Workload)> {
        let index = self.jobs.get(&request)?.workload;
        Some((index, &self.config.workloads[usize::from(index)]))
    }

    /// The head of a workload's requests: made once, the same for all.
    pub(super) fn head<R: Recorder>(
        &mut self,
        index: u16,
        sys: &mut Syscalls<'_, R>,
    ) -> (TextId, u32) {
        let texts = self.texts(index, sys);
        (texts.head, texts.head_len)
    }

    fn texts<R: Recorder>(&mut self, index: u16, sys: &mut Syscalls<'_, R>) -> Texts {
        let config = &self.config;
        let workload = &config.workloads[usize::from(index)];
        *self.texts[usize::from(index)].get_or_insert_with(|| {
            let head = config.heads.request(RequestHead {
                method: workload.method,
                path: &workload.path,
                host: &workload.authority,
                body: workload.body,
                headers: &workload.headers,
                close: config.pool.reuse == Reuse::Never,
            });
            let url = format!("http://{}{}", workload.authority, workload.path);
            Texts {
                head_len: u32::try_from(head.len()).unwrap_or(u32::MAX),
                url: sys.tables().text(url),
                head: sys.tables().text(head),
            }
        })
    }
}

fn next_request<R: Recorder>(sys: &mut Syscalls<'_, R>, index: u16, span: Duration) {
    let timer = Timer {
        kind: TimerKind::NextRequest,
        of: TimerOf::Workload(index),
    };
    sys.set_timer(timer, span, Latency::ZERO, None);
}
