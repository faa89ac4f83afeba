//! A proxy: a server whose handler is a client. Each hop has its own connections, timers and rules.
//!
//! Requests and answers are passed on whole, as nginx does with small ones (`proxy_request_buffering`, `proxy_buffering`); of a
//! response that breaks off, as much as there is. Left out: streaming, several upstream servers.

use crate::copy::clone_into_place;
use crate::host::Step;
use crate::http::client::relay::{Answer, Answered, Passed, passed_on};
use crate::http::client::{Client, ClientConfig};
use crate::http::codec::Typed;
use crate::http::server::relay::Forward;
use crate::http::server::{Server, ServerConfig};
use crate::outbox::Signal;
use crate::syscalls::Syscalls;
use std::sync::Arc;
use whyeof_trace::{Failure, ProgramId, RequestId, Side, SocketId, Timer, TimerKind, TimerOf};

/// What a proxy program is.
#[derive(Clone, Debug)]
pub struct ProxyConfig {
    /// Towards its clients; its handler forwards.
    pub server: Arc<ServerConfig>,
    /// Towards the server behind it; its first workload says where that is.
    pub client: Arc<ClientConfig>,
    /// The bodies of its own answers: 502 and 504, bytes.
    pub bodies: (u32, u32),
    /// What becomes of a request whose asker leaves before its answer.
    pub on_leave: OnLeave,
}

/// What becomes of a request whose asker leaves before its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnLeave {
    /// It is given up, and its connection closed (nginx: 499, unless `proxy_ignore_client_abort`; recorded in 19).
    GivesUp,
    /// It goes on, for nobody.
    GoesOn,
}

/// A proxy while it runs.
#[derive(Debug)]
pub struct Proxy {
    server: Server,
    client: Client,
    bodies: (u32, u32),
    on_leave: OnLeave,
    /// Requests that are with the server behind.
    waiting: Vec<(RequestId, Forward)>,
}

clone_into_place!(Proxy {
    server,
    client,
    bodies,
    on_leave,
    waiting
});

impl Proxy {
    /// A proxy that has not started.
    pub fn new(id: ProgramId, config: &ProxyConfig) -> Self {
        Self {
            server: Server::new(id, Arc::clone(&config.server)),
            client: Client::new(id, Arc::clone(&config.client)),
            bodies: config.bodies,
            on_leave: config.on_leave,
            waiting: Vec::new(),
        }
    }

    /// The program starts.
    pub fn start(&mut self, sys: &mut Syscalls<'_>) {
        self.server.start(sys);
        self.client.start(sys);
    }

    /// Whether its process has ended, or has nothing left to do before it does.
    pub fn has_ended(&self) -> bool {
        self.server.has_ended()
    }

    /// The process is gone.
    pub fn vanish(&mut self, sys: &mut Syscalls<'_>) {
        self.server.vanish();
        self.client.vanish(sys);
        self.waiting.clear();
    }

    /// A new process listens.
    pub fn start_again(&self, sys: &mut Syscalls<'_>) {
        self.server.start_again(sys);
    }

    /// Something happened on a socket.
    pub fn wake(&mut self, id: SocketId, signal: Signal, sys: &mut Syscalls<'_>) {
        match id.side {
            Side::Listener => self.server.wake(id, signal, sys),
            Side::Opener => self.client.wake(id, signal, sys),
        }
        self.pass_on(sys);
    }

    /// A timer of this program fires.
    pub fn timer(&mut self, timer: Timer, sys: &mut Syscalls<'_>) {
        match (timer.of, timer.kind) {
            (TimerOf::Socket(id), _) if id.side == Side::Listener => self.server.timer(timer, sys),
            (TimerOf::Program(_), TimerKind::Exit) => {
                self.server.timer(timer, sys);
                self.client.timer(timer, sys);
            }
            (TimerOf::Program(_), _) => self.server.timer(timer, sys),
            _ => self.client.timer(timer, sys),
        }
        self.pass_on(sys);
    }

    /// Something that was begun goes on.
    pub fn step(&mut self, step: Step, sys: &mut Syscalls<'_>) {
        match step {
            Step::Close(_) | Step::Look => self.server.step(step, sys),
            _ => self.client.step(step, sys),
        }
        self.pass_on(sys);
    }

    /// What came in goes to the server behind, and what that said goes back.
    fn pass_on(&mut self, sys: &mut Syscalls<'_>) {
        while let Some(forward) = self.server.forwards.pop() {
            let passed = passed(forward, sys);
            match self.client.pass_on(passed, sys) {
                Some(request) => self.waiting.push((request, forward)),
                None => self
                    .server
                    .forwarded(forward, page(502, self.bodies.0), sys),
            }
        }
        while let Some(forward) = self.server.left.pop() {
            self.asker_left(forward, sys);
        }
        while let Some(Answered { request, answer }) = self.client.answered.pop() {
            let waiting = self.waiting.iter().position(|(asked, _)| *asked == request);
            let Some(place) = waiting else { continue };
            let (_, forward) = self.waiting.swap_remove(place);
            let answer = answer.unwrap_or_else(|failure| self.own_answer(failure));
            self.server.forwarded(forward, answer, sys);
        }
    }

    fn asker_left(&mut self, forward: Forward, sys: &mut Syscalls<'_>) {
        let mut waiting = self.waiting.iter();
        let place = waiting.position(|(_, waiting)| *waiting == forward);
        let (Some(place), OnLeave::GivesUp) = (place, self.on_leave) else {
            return;
        };
        let (request, _) = self.waiting.swap_remove(place);
        let why = sys.cause();
        self.client.asker_left(request, sys);
        sys.set_cause(why);
        self.server.drop_asker(forward, sys);
    }

    /// What a proxy says when the server behind it said nothing: 504 if its own time was over, else 502.
    const fn own_answer(&self, failure: Failure) -> Answer {
        match failure {
            Failure::Timeout
            | Failure::TimeoutInBody
            | Failure::TimeoutInQueue
            | Failure::SocketTimeout
            | Failure::TimedOut
            | Failure::DialTimeout
            | Failure::HeadTimeout
            | Failure::DialTimedOut => page(504, self.bodies.1),
            _ => page(502, self.bodies.0),
        }
    }
}

/// An answer of the proxy's own.
const fn page(status: u16, body: u32) -> Answer {
    Answer {
        status,
        body,
        came: body,
        typed: Typed::Own,
    }
}

/// What goes to the server behind.
fn passed(forward: Forward, sys: &mut Syscalls<'_>) -> Passed {
    let tables = sys.tables();
    let message = tables.messages[forward.message.index()];
    let head = &tables.texts[message.head];
    Passed {
        method: tables.requests[message.request.index()].method,
        path: head.split(' ').nth(1).unwrap_or("/").to_owned(),
        body: message.body_len,
        headers: passed_on(head),
        parent: message.request,
    }
}
