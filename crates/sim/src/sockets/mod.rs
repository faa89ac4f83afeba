//! Programs given as socket calls at times: raw recordings, lessons, and doubts about one rule.
//!
//! The words are those of the recordings' own program: its steps run in order, each not before its time; accept, connect and
//! read wait, send while a send buffer with a limit is full, and close with SO_LINGER; everything else goes on at once;
//! `reader` reads on beside the steps.

mod asking;

pub use asking::Ask;

use crate::host::Step;
use crate::outbox::Signal;
use crate::syscalls::Syscalls;
use crate::tcp::calls::Shutdown;
use crate::tcp::options::{SocketOption, SocketOptions};
use asking::Asked;
use std::sync::Arc;
use std::time::Duration;
use whyeof_trace::{HostId, ProgramId, Returned, SocketId, Time};

/// Which socket of a program: its name's position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Name(pub u16);

/// One call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SocketCall {
    /// socket(2), bind(2), listen(2).
    Listen {
        /// On which port.
        port: u16,
        /// How many connections may wait.
        backlog: u32,
    },
    /// close(2) of the listener.
    CloseListener {
        /// On which port.
        port: u16,
    },
    /// accept(2) on the program's listener; waits.
    Accept(Name),
    /// connect(2); waits.
    Connect {
        /// The new socket.
        socket: Name,
        /// The listener's host.
        to: HostId,
        /// The listener's port.
        port: u16,
        /// bind(2) to this port first; `None`: an ephemeral one.
        local: Option<u16>,
    },
    /// send(2) of so many bytes; waits for room.
    Send(Name, u32),
    /// send(2) of a request, by its position among the program's; what was asked before may still be unanswered.
    Ask(Name, u16),
    /// recv(2), once, of up to 65,536 bytes; waits.
    Read(Name),
    /// recv(2) again and again until the end, beside the steps.
    Reader(Name),
    /// shutdown(2).
    Shutdown(Name, Shutdown),
    /// close(2); waits if SO_LINGER says so.
    Close(Name),
    /// setsockopt(2).
    Set(Name, SocketOption),
    /// getsockopt(2) of SO_ERROR: takes the pending error.
    TakeError(Name),
}

/// A call and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimedCall {
    /// Not before this; `None`: as soon as the calls before it are done.
    pub at: Option<Duration>,
    /// What.
    pub call: SocketCall,
}

/// What a program of socket calls is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SocketsConfig {
    /// How many names its calls use.
    pub names: u16,
    /// The calls, in order.
    pub calls: Vec<TimedCall>,
    /// What it asks for.
    pub asks: Vec<Ask>,
}

impl SocketsConfig {
    /// Whether it waits for connections.
    pub fn listens(&self) -> bool {
        let listens = |timed: &TimedCall| matches!(timed.call, SocketCall::Listen { .. });
        self.calls.iter().any(listens)
    }
}

/// What recv(2) takes at most.
const BUFFER: u32 = 65_536;

/// What the program waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Waiting {
    Nothing,
    Accept(Name),
    Connect(SocketId),
    Read(SocketId),
    /// For room for so many bytes more.
    Send(SocketId, u32),
    /// For the other end to acknowledge our FIN, until this time.
    Close(SocketId, Time),
}

/// A program of socket calls while it runs.
#[derive(Clone, Debug)]
pub struct Sockets {
    config: Arc<SocketsConfig>,
    /// The next call.
    next: usize,
    waiting: Waiting,
    /// By name.
    sockets: Vec<Option<SocketId>>,
    /// Those that are read beside the steps.
    readers: Vec<Reader>,
    /// The port it listens on.
    listens: Option<u16>,
    /// Requests without a whole answer.
    asked: Asked,
}

/// A loop around recv(2) beside the steps.
#[derive(Clone, Copy, Debug)]
struct Reader {
    socket: SocketId,
    /// It has been told that nothing more will come, and reads again only when something more has been asked.
    over: bool,
}

impl Sockets {
    /// One that has done nothing.
    pub fn new(id: ProgramId, config: Arc<SocketsConfig>) -> Self {
        Self {
            asked: Asked::new(id),
            sockets: vec![None; usize::from(config.names)],
            config,
            next: 0,
            waiting: Waiting::Nothing,
            readers: Vec::new(),
            listens: None,
        }
    }

    /// The program starts.
    pub fn start(&mut self, sys: &mut Syscalls<'_>) {
        self.go_on(sys);
    }

    /// Its time has come.
    pub fn step(&mut self, sys: &mut Syscalls<'_>) {
        if let Waiting::Close(id, until) = self.waiting
            && until <= sys.now()
        {
            self.waiting = Waiting::Nothing;
            sys.leave(id);
        }
        self.go_on(sys);
    }

    /// Makes calls until one has to wait.
    fn go_on(&mut self, sys: &mut Syscalls<'_>) {
        while self.waiting == Waiting::Nothing {
            let Some(timed) = self.config.calls.get(self.next).copied() else {
                return;
            };
            let due = timed.at.map_or(Time::ZERO, |at| Time::ZERO + at);
            if due > sys.now() {
                sys.set_cause(None);
                sys.at(due, Step::Call);
                return;
            }
            self.next += 1;
            self.make(timed.call, sys);
        }
    }

    fn make(&mut self, call: SocketCall, sys: &mut Syscalls<'_>) {
        match call {
            SocketCall::Listen { port, backlog } => {
                sys.listen(port, SocketOptions::default(), backlog);
                self.listens = Some(port);
            }
            SocketCall::CloseListener { port } => sys.close_listener(port),
            SocketCall::Accept(name) => self.accept(name, sys),
            SocketCall::Connect {
                socket,
                to,
                port,
                local,
            } => {
                let id = sys.socket_from(local, to, port, SocketOptions::default());
                self.sockets[usize::from(socket.0)] = Some(id);
                self.waiting = Waiting::Connect(id);
                sys.connect(id);
            }
            _ => self.make_on_socket(call, sys),
        }
    }

    /// Calls on a socket that there is; on one that was never opened they do nothing.
    fn make_on_socket(&mut self, call: SocketCall, sys: &mut Syscalls<'_>) {
        let id = |name: Name| self.sockets.get(usize::from(name.0)).copied().flatten();
        match call {
            SocketCall::Send(name, len) => {
                if let Some(id) = id(name) {
                    let result = sys.write(id, len, None);
                    self.asked.wrote(id, result);
                    self.waiting = still_to_send(id, len, result);
                }
            }
            SocketCall::Ask(name, ask) => {
                if let (Some(id), Some(ask)) = (id(name), self.config.asks.get(usize::from(ask))) {
                    self.asked.ask(id, ask, sys);
                    self.read_on(id, sys);
                }
            }
            SocketCall::Read(name) => {
                if let Some(id) = id(name)
                    && self.read(id, sys).is_none()
                {
                    self.waiting = Waiting::Read(id);
                }
            }
            SocketCall::Reader(name) => {
                if let Some(id) = id(name) {
                    self.readers.push(Reader {
                        socket: id,
                        over: false,
                    });
                    self.read_on(id, sys);
                }
            }
            SocketCall::Shutdown(name, how) => {
                if let Some(id) = id(name) {
                    sys.shutdown(id, how);
                }
            }
            SocketCall::Close(name) => {
                if let Some(id) = id(name) {
                    self.readers.retain(|reader| reader.socket != id);
                    if let Some(until) = sys.close(id) {
                        self.waiting = Waiting::Close(id, until);
                        sys.at(until, Step::Call);
                    }
                }
            }
            SocketCall::Set(name, option) => {
                if let Some(id) = id(name) {
                    sys.set_option(id, option);
                }
            }
            SocketCall::TakeError(name) => {
                if let Some(id) = id(name) {
                    sys.take_error(id);
                }
            }
            _ => {}
        }
    }

    fn accept(&mut self, name: Name, sys: &mut Syscalls<'_>) {
        let port = self.listens.unwrap_or(0);
        match sys.accept_next(port) {
            Some(id) => self.sockets[usize::from(name.0)] = Some(id),
            None => self.waiting = Waiting::Accept(name),
        }
    }

    /// recv(2), if there is something.
    fn read(&mut self, id: SocketId, sys: &mut Syscalls<'_>) -> Option<Returned> {
        let result = sys.read_most(id, BUFFER)?;
        self.asked.read(id, result, sys);
        Some(result)
    }

    /// If it has a reader: reads until there is nothing more, or the end.
    fn read_on(&mut self, id: SocketId, sys: &mut Syscalls<'_>) {
        let Some(reader) = self.readers.iter().position(|r| r.socket == id) else {
            return;
        };
        while let Some(result) = self.read(id, sys) {
            if !matches!(result, Returned::Bytes(_)) {
                self.readers[reader].over = true;
                return;
            }
        }
    }

    /// Whether it makes no more calls.
    pub fn has_ended(&self) -> bool {
        self.next >= self.config.calls.len()
    }

    /// The process ends: the kernel closes its sockets.
    pub fn exit(&mut self, sys: &mut Syscalls<'_>) {
        self.vanish();
        if let Some(port) = self.listens.take() {
            sys.close_listener(port);
        }
        for id in std::mem::take(&mut self.sockets).into_iter().flatten() {
            sys.close(id);
        }
    }

    /// The process is gone, and with it its kernel.
    pub fn vanish(&mut self) {
        self.next = self.config.calls.len();
        self.waiting = Waiting::Nothing;
        self.readers.clear();
    }

    /// Something happened to a socket.
    pub fn wake(&mut self, id: SocketId, signal: Signal, sys: &mut Syscalls<'_>) {
        if self.readers.iter().any(|r| r.socket == id && !r.over) {
            self.read_on(id, sys);
        }
        let waiting = std::mem::replace(&mut self.waiting, Waiting::Nothing);
        match waiting {
            Waiting::Accept(name) if signal == Signal::Accepted => self.accept(name, sys),
            Waiting::Connect(wanted) if wanted == id => {
                sys.connect_result(id);
            }
            Waiting::Read(wanted) if wanted == id && self.read(id, sys).is_some() => {}
            Waiting::Close(wanted, _) if wanted == id && !sys.lingers(id) => sys.leave(id),
            Waiting::Send(wanted, rest) if wanted == id => {
                let result = sys.write_rest(id, rest);
                self.asked.wrote(id, result);
                self.waiting = still_to_send(id, rest, result);
            }
            _ => self.waiting = waiting,
        }
        self.go_on(sys);
    }
}

/// What is left of a send(2) waits for room; an error ends it.
const fn still_to_send(id: SocketId, len: u32, result: Returned) -> Waiting {
    match result {
        Returned::Bytes(taken) if taken < len => Waiting::Send(id, len - taken),
        _ => Waiting::Nothing,
    }
}
