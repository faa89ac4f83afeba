//! The program of a script: its descriptors, and calls that wait.

use crate::call::{Argument, Call, EPOLL_BITS, EpollEvent, Outcome, Returned};
use crate::epoll::Epoll;
use crate::script::Script;
use crate::stand::{SocketNumber, Stand};
use whyeof_trace::Time;

/// A call from its start to its return.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pending {
    /// The descriptor that it is on.
    pub(crate) fd: u32,
    /// What it asks for.
    pub(crate) call: Call,
    /// What must come of it; names the descriptor of a new socket.
    pub(crate) wanted: Outcome,
    /// Whether it has been tried before.
    started: bool,
    /// Bytes that it has written so far.
    done: u32,
    /// How often the kernel had woken anybody when it began to wait for room.
    waits_since: Option<u32>,
    /// Until when it waits in close(2), at most.
    lingers_until: Option<Time>,
}

impl Pending {
    /// A call that was not tried yet.
    pub(crate) const fn new(fd: u32, call: Call, wanted: Outcome) -> Self {
        Self {
            fd,
            call,
            wanted,
            started: false,
            done: 0,
            waits_since: None,
            lingers_until: None,
        }
    }

    /// What it returns if it may not wait.
    pub(crate) fn at_once(&self) -> Outcome {
        match self.call {
            Call::Connect => Outcome::errno("EINPROGRESS"),
            Call::EpollWait(_) => NO_EVENT,
            Call::Write(..) if self.done > 0 => Outcome::number(self.done.into()),
            _ => Outcome::errno("EAGAIN"),
        }
    }
}

const NO_EVENT: Outcome = Outcome::filled(Argument::Event(EpollEvent { events: 0, fd: 0 }));

/// F_GETFL's O_RDWR and O_NONBLOCK (`include/uapi/asm-generic/fcntl.h`).
const O_RDWR: i64 = 0o2;
const O_NONBLOCK: i64 = 0o4000;

#[derive(Clone, Debug)]
enum Descriptor {
    Socket {
        socket: SocketNumber,
        non_blocking: bool,
    },
    Epoll(Epoll),
}

/// A program with its kernel below it.
#[derive(Debug)]
pub(crate) struct Process {
    /// The kernel under test.
    pub(crate) kernel: Stand,
    descriptors: Vec<(u32, Descriptor)>,
}

impl Process {
    /// A program that has opened nothing.
    pub(crate) fn new(script: &Script) -> Self {
        Self {
            kernel: Stand::new(script),
            descriptors: Vec::new(),
        }
    }

    /// Whether a call on this descriptor may wait.
    pub(crate) fn may_wait(&self, pending: &Pending) -> bool {
        let told_not_to = match pending.call {
            Call::Read(_, flags) | Call::Write(_, flags) => flags.do_not_wait,
            Call::EpollWait(waits) => !waits,
            // SO_LINGER waits whatever O_NONBLOCK says.
            Call::Close => return true,
            _ => false,
        };
        let found = self.descriptors.iter().find(|(fd, _)| *fd == pending.fd);
        let is_non_blocking = found.is_some_and(|(_, descriptor)| {
            matches!(
                descriptor,
                Descriptor::Socket {
                    non_blocking: true,
                    ..
                }
            )
        });
        !told_not_to && !is_non_blocking
    }

    /// Carries a call as far as it goes; `None`: it waits.
    pub(crate) fn go_on(&mut self, pending: &mut Pending) -> Option<Outcome> {
        let started = std::mem::replace(&mut pending.started, true);
        if let Some(until) = pending.lingers_until {
            return self.kernel.left(until).then_some(Outcome::DONE);
        }
        match pending.call {
            Call::Socket => {
                let socket = self.kernel.socket();
                return Some(self.open(pending.wanted, socket));
            }
            Call::EpollCreate => {
                return Some(self.install(pending.wanted, Descriptor::Epoll(Epoll::default())));
            }
            _ => {}
        }
        let at = self.descriptors.iter().position(|(n, _)| *n == pending.fd);
        let Some(at) = at else {
            return Some(Outcome::errno("EBADF"));
        };
        match &mut self.descriptors[at].1 {
            Descriptor::Epoll(_) => self.on_epoll(at, pending),
            Descriptor::Socket {
                socket,
                non_blocking,
            } => {
                let socket = *socket;
                match pending.call {
                    Call::GetFlags => {
                        let flags = if *non_blocking { O_NONBLOCK } else { 0 };
                        Some(Outcome::number(O_RDWR | flags))
                    }
                    Call::SetFlags(on) => {
                        *non_blocking = on;
                        Some(Outcome::DONE)
                    }
                    Call::Close => {
                        pending.lingers_until = self.close(at);
                        pending.lingers_until.is_none().then_some(Outcome::DONE)
                    }
                    Call::Accept => {
                        let new = self.kernel.accept(socket)?;
                        Some(new.map_or_else(Outcome::errno, |s| self.open(pending.wanted, s)))
                    }
                    Call::Connect => self.kernel.connect(socket, started),
                    Call::Write(len, flags) => {
                        let rest = Call::Write(len - pending.done, flags);
                        self.written(socket, rest, len, pending)
                    }
                    call => self.kernel.call(socket, call),
                }
            }
        }
    }

    /// write(2) that goes on where it had to wait.
    fn written(
        &mut self,
        socket: SocketNumber,
        rest: Call,
        len: u32,
        pending: &mut Pending,
    ) -> Option<Outcome> {
        if pending.waits_since == Some(self.kernel.wakes) {
            // Not before it is woken, which is when a good part is free (`sk_stream_wait_memory`).
            return None;
        }
        let error = EPOLL_BITS[3].1;
        if pending.done > 0 && self.kernel.ready(socket) & error != 0 {
            // What was written is reported, and the error at the next call (`do_error` in `tcp_sendmsg_locked`).
            return Some(Outcome::number(pending.done.into()));
        }
        let outcome = self.kernel.call(socket, rest);
        pending.waits_since = Some(self.kernel.wakes);
        let outcome = outcome?;
        let Returned::Number(n) = outcome.returned else {
            return Some(if pending.done > 0 {
                Outcome::number(pending.done.into())
            } else {
                outcome
            });
        };
        pending.done += u32::try_from(n).unwrap_or(0);
        (pending.done == len).then(|| Outcome::number(len.into()))
    }

    fn open(&mut self, wanted: Outcome, socket: SocketNumber) -> Outcome {
        let descriptor = Descriptor::Socket {
            socket,
            non_blocking: false,
        };
        self.install(wanted, descriptor)
    }

    /// A new descriptor has the number that the script gives it.
    fn install(&mut self, wanted: Outcome, descriptor: Descriptor) -> Outcome {
        let Returned::Number(n) = wanted.returned else {
            return Outcome::errno("EINVAL");
        };
        match u32::try_from(n) {
            Ok(fd) if self.descriptors.iter().all(|(taken, _)| *taken != fd) => {
                self.descriptors.push((fd, descriptor));
                Outcome::number(n)
            }
            _ => Outcome::errno("EBADF"),
        }
    }

    /// close(2); `Some`: it waits until then at most. The descriptor is free at once.
    fn close(&mut self, at: usize) -> Option<Time> {
        let (fd, descriptor) = self.descriptors.remove(at);
        let wait = match descriptor {
            Descriptor::Socket { socket, .. } => self.kernel.close(socket),
            Descriptor::Epoll(_) => None,
        };
        for (_, other) in &mut self.descriptors {
            if let Descriptor::Epoll(epoll) = other {
                epoll.forget(fd);
            }
        }
        wait
    }

    fn socket_of(&self, fd: u32) -> Option<SocketNumber> {
        self.descriptors.iter().find_map(|(n, d)| match d {
            Descriptor::Socket { socket, .. } if *n == fd => Some(*socket),
            _ => None,
        })
    }

    fn on_epoll(&mut self, at: usize, pending: &Pending) -> Option<Outcome> {
        self.pass_on_wakes();
        match pending.call {
            Call::Close => {
                self.close(at);
                Some(Outcome::DONE)
            }
            Call::EpollControl(operation, fd, events) => {
                let Some(socket) = self.socket_of(fd) else {
                    return Some(Outcome::errno("EBADF"));
                };
                let now = self.kernel.ready(socket);
                let epoll = self.epoll(at)?;
                Some(epoll.control(operation, fd, events, now))
            }
            Call::EpollWait(_) => {
                let mut epoll = std::mem::take(self.epoll(at)?);
                let ready = |fd| self.socket_of(fd).map_or(0, |s| self.kernel.ready(s));
                let event = epoll.next(ready);
                *self.epoll(at)? = epoll;
                event.map(|event| Outcome {
                    returned: Returned::Number(1),
                    filled: Some(Argument::Event(event)),
                })
            }
            _ => Some(Outcome::errno("EINVAL")),
        }
    }

    fn epoll(&mut self, at: usize) -> Option<&mut Epoll> {
        match &mut self.descriptors[at].1 {
            Descriptor::Epoll(epoll) => Some(epoll),
            Descriptor::Socket { .. } => None,
        }
    }

    /// What the kernel said of sockets since the last time goes to the epolls that watch them.
    pub(crate) fn pass_on_wakes(&mut self) {
        for (socket, events) in std::mem::take(&mut self.kernel.woken) {
            let is_it =
                |d: &Descriptor| matches!(d, Descriptor::Socket { socket: s, .. } if *s == socket);
            let found = self.descriptors.iter().find(|(_, d)| is_it(d));
            let Some(fd) = found.map(|(fd, _)| *fd) else {
                continue;
            };
            for (_, other) in &mut self.descriptors {
                if let Descriptor::Epoll(epoll) = other {
                    epoll.wake(fd, events);
                }
            }
        }
    }
}
