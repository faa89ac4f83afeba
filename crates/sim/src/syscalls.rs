//! The only door from programs to the kernel: socket calls, timers, notes.

use crate::busy;
use crate::chance::{Draw, Latency, Who};
use crate::host::{Kernel, Step, Todo};
use crate::outbox::Outbox;
use crate::queue::Ticket;
use crate::recorder::Cause;
use crate::stack::Listener;
use crate::tables::Tables;
use crate::tcp::Tcb;
use crate::tcp::calls::{More, Shutdown};
use crate::tcp::options::{SocketOption, SocketOptions};
use crate::tcp::recv::Read;
use std::net::SocketAddrV4;
use std::time::Duration;
use whyeof_trace::{
    Call, Event, Flow, HostId, MessageId, ProgramId, Request, RequestId, Returned, SettingId, Side,
    SocketEvent, SocketId, Span, Time, Timer, TimerEvent, TimerKind, TimerOf,
};

/// The only door from programs to the kernel: socket calls, timers, notes.
pub struct Syscalls<'a> {
    /// The kernel behind the door.
    pub(crate) kernel: Kernel<'a>,
    /// Who calls.
    pub(crate) program: ProgramId,
    /// On which host.
    pub(crate) host: HostId,
}

impl Syscalls<'_> {
    /// Now.
    pub const fn now(&self) -> Time {
        self.kernel.now
    }

    /// The lists that the trace ends up with.
    pub const fn tables(&mut self) -> &mut Tables {
        &mut self.kernel.net.tables
    }

    /// Puts something on record; it does not become the cause of what follows.
    pub fn note(&mut self, event: Event) -> Cause {
        self.kernel.note(self.host, event)
    }

    /// Puts something on record, and makes it the cause of what the program does next.
    pub fn note_step(&mut self, event: Event) {
        self.kernel.cause = self.note(event);
    }

    /// What the present action goes back to.
    pub const fn cause(&self) -> Cause {
        self.kernel.cause
    }

    /// Goes back to an earlier cause.
    pub const fn set_cause(&mut self, cause: Cause) {
        self.kernel.cause = cause;
    }

    /// The run's seed, for draws with keys of their own.
    pub const fn seed(&self) -> u64 {
        self.kernel.net.seed
    }

    /// Whether one more request may be started.
    pub fn has_room_for_request(&self) -> bool {
        self.kernel.net.tables.requests.len() < self.kernel.net.limits.requests as usize
    }

    /// Enters a request, the n-th of its workload, in the run's list.
    pub fn request(&mut self, request: Request, workload: u16, number: u32) -> RequestId {
        let who = Who::request(self.program, workload, number);
        self.kernel.net.drawers.request(who);
        self.kernel.net.tables.request(request)
    }

    /// `address:port` of a socket and of its peer.
    pub fn addresses(&self, id: SocketId) -> [SocketAddrV4; 2] {
        let flow = &self.kernel.net.tables.flows[id.flow.index()];
        [id.side, id.side.peer()].map(|side| {
            let address = self.kernel.net.addresses[usize::from(flow.host(side).0)];
            SocketAddrV4::new(address, flow.port(side))
        })
    }

    /// socket(2), bind(2) and listen(2).
    pub fn listen(&mut self, port: u16, options: SocketOptions, backlog: u32) {
        let stack = &mut self.kernel.net.stacks[usize::from(self.host.0)];
        let backlog = backlog.min(stack.sysctl.somaxconn);
        let listener = Listener::new(port, self.program, options, backlog);
        stack.listeners.push(listener);
    }

    /// close(2) of a listener: connections that wait in its queue are reset.
    pub fn close_listener(&mut self, port: u16) {
        self.kernel.close_listener(self.host, port);
    }

    /// socket(2): a new connection's number. Without a free port it has port 0, and connect(2) will say so.
    pub fn socket(&mut self, to: HostId, port: u16, options: SocketOptions) -> SocketId {
        self.socket_from(None, to, port, options)
    }

    /// socket(2), and bind(2) to a port of one's own choice.
    pub fn socket_from(
        &mut self,
        local: Option<u16>,
        to: HostId,
        port: u16,
        options: SocketOptions,
    ) -> SocketId {
        let stack = &mut self.kernel.net.stacks[usize::from(self.host.0)];
        let from = local.unwrap_or_else(|| stack.ports.take((to, port)).unwrap_or(0));
        let flow = Flow {
            hosts: [self.host, to],
            ports: [from, port],
        };
        // A port is seldom used twice, and never before all have been used.
        let again = local.is_some() || stack.ports.has_gone_round();
        let flows = &mut self.kernel.net.tables.flows;
        let earlier = if again && from != 0 {
            flows.iter().rposition(|known| *known == flow)
        } else {
            None
        };
        let id = SocketId {
            flow: self.kernel.net.tables.flow(flow),
            side: Side::Opener,
        };
        self.kernel.net.sockets.open_flow(id.flow);
        self.kernel.net.drawers.open(self.program);
        let mut slot = self.kernel.slot(id, self.program, options);
        if let Some(earlier) = earlier {
            self.kernel.follow(earlier, &mut slot);
        }
        self.kernel.net.sockets.insert(slot);
        id
    }

    /// connect(2); the program hears of its end by [`Signal::Connected`](crate::outbox::Signal::Connected).
    pub fn connect(&mut self, id: SocketId) {
        let local = self.kernel.net.tables.flows[id.flow.index()].port(id.side);
        self.call(id, Call::Connect, |tcb, now, out| match local {
            0 => tcb.has_no_port(out),
            _ => tcb.connect(now, out),
        });
    }

    /// The result of connect(2), asked once after [`Signal::Connected`](crate::outbox::Signal::Connected).
    pub fn connect_result(&mut self, id: SocketId) -> Returned {
        let slot = self.kernel.net.sockets.get_mut(id);
        let error = slot.and_then(|s| s.tcb.take_error());
        let result = error.map_or(Returned::Done, Returned::Error);
        self.returned(id, Call::Connect, result);
        result
    }

    /// accept(2), after [`Signal::Accepted`](crate::outbox::Signal::Accepted).
    pub fn accept(&mut self, id: SocketId) {
        self.kernel.accept(self.host, id);
        self.returned(id, Call::Accept, Returned::Done);
    }

    /// accept(2) on a port: the connection that has waited longest; `None`: it would wait.
    pub fn accept_next(&mut self, port: u16) -> Option<SocketId> {
        let stack = &mut self.kernel.net.stacks[usize::from(self.host.0)];
        let id = stack.listener(port)?.waiting.front().copied()?;
        self.accept(id);
        Some(id)
    }

    /// shutdown(2).
    pub fn shutdown(&mut self, id: SocketId, how: Shutdown) {
        let call = match how {
            Shutdown::Read => Call::ShutdownRead,
            Shutdown::Write => Call::ShutdownWrite,
            Shutdown::Both => Call::ShutdownBoth,
        };
        let mut result = Ok(());
        self.call(id, call, |tcb, now, out| {
            result = tcb.shutdown(now, how, out)
        });
        if let Err(error) = result {
            self.returned(id, call, Returned::Error(error));
        }
    }

    /// setsockopt(2).
    pub fn set_option(&mut self, id: SocketId, option: SocketOption) {
        self.call(id, Call::SetOption(option.kind()), |tcb, now, out| {
            tcb.set_option(now, option, out);
        });
    }

    /// getsockopt(2) of SO_ERROR.
    pub fn take_error(&mut self, id: SocketId) {
        let slot = self.kernel.net.sockets.get_mut(id);
        let error = slot.and_then(|s| s.tcb.take_error());
        let result = error.map_or(Returned::Done, Returned::Error);
        self.returned(id, Call::TakeError, result);
    }

    /// write(2) of bytes, of a message if they belong to one. Fewer are taken where the send buffer has a limit.
    pub fn write(&mut self, id: SocketId, len: u32, message: Option<MessageId>) -> Returned {
        let mut result = Returned::Error(whyeof_trace::SocketError::BrokenPipe);
        let call = Call::Write { len, message };
        self.call(id, call, |tcb, now, out| {
            result = tcb
                .write(now, len, More::No, out)
                .map_or_else(Returned::Error, Returned::Bytes);
        });
        if matches!(result, Returned::Error(_)) {
            self.returned(id, call, result);
        }
        result
    }

    /// What is left of a write(2) that waits for room, after [`Signal::Room`](crate::outbox::Signal::Room).
    pub fn write_rest(&mut self, id: SocketId, len: u32) -> Returned {
        let mut result = Returned::Error(whyeof_trace::SocketError::BrokenPipe);
        self.kernel.act(id, |tcb, now, out| {
            result = tcb
                .write(now, len, More::No, out)
                .map_or_else(Returned::Error, Returned::Bytes);
        });
        if !matches!(result, Returned::Bytes(taken) if taken < len) {
            let call = Call::Write { len, message: None };
            self.returned(id, call, result);
        }
        result
    }

    /// read(2) of all there is; `None`: it would block.
    pub fn read(&mut self, id: SocketId) -> Option<Returned> {
        self.read_most(id, u32::MAX)
    }

    /// read(2) of up to `most` bytes; `None`: it would block.
    pub fn read_most(&mut self, id: SocketId, most: u32) -> Option<Returned> {
        let mut read = Read::Blocks;
        let mut out = std::mem::take(&mut self.kernel.net.outbox);
        if let Some(slot) = self.kernel.net.sockets.get_mut(id) {
            read = slot.tcb.read(self.kernel.now, most, &mut out);
        }
        let result = match read {
            Read::Returns(result) => Some(result),
            Read::Blocks => None,
        };
        // The call is on record before what it brings about.
        if let Some(result) = result {
            self.returned(id, Call::Read, result);
        }
        self.kernel.drain(id, &mut out);
        self.kernel.net.outbox = out;
        result
    }

    /// Whether the poller has told the program of something that it has not looked at yet.
    pub fn is_ready(&self, id: SocketId) -> bool {
        self.kernel
            .net
            .sockets
            .get(id)
            .is_some_and(|slot| slot.waking)
    }

    /// close(2). With SO_LINGER it may have to wait: until the time returned, or until it [lingers](Self::lingers) no more;
    /// then follows [`Self::leave`].
    pub fn close(&mut self, id: SocketId) -> Option<Time> {
        let mut wait = None;
        self.call(id, Call::Close, |tcb, now, out| wait = tcb.close(now, out));
        let wheel = self.kernel.net.stacks[usize::from(self.host.0)].wheel;
        wait.map(|span| wheel.fires_at(self.now(), Span::of(span)))
    }

    /// Whether a close(2) that waits still has something to wait for.
    pub fn lingers(&self, id: SocketId) -> bool {
        let slot = self.kernel.net.sockets.get(id);
        slot.is_some_and(|slot| slot.tcb.lingers())
    }

    /// A close(2) that had to wait returns.
    pub fn leave(&mut self, id: SocketId) {
        self.returned(id, Call::Close, Returned::Done);
        self.kernel.act(id, |tcb, now, out| tcb.leave(now, out));
    }

    /// Records the call, carries it out, and makes it the cause of what the kernel then does.
    fn call(&mut self, id: SocketId, call: Call, act: impl FnOnce(&mut Tcb, Time, &mut Outbox)) {
        let before = self.kernel.cause;
        self.note_step(Event::Socket(SocketEvent::Called { socket: id, call }));
        self.kernel.act(id, act);
        self.kernel.cause = before;
    }

    fn returned(&mut self, socket: SocketId, call: Call, result: Returned) {
        self.note_step(Event::Socket(SocketEvent::Returned {
            socket,
            call,
            result,
        }));
    }

    /// Arms a timer of this program. It fires `late` after `span`, as runtimes do.
    pub fn set_timer(
        &mut self,
        timer: Timer,
        span: Duration,
        late: Latency,
        setting: Option<SettingId>,
    ) -> ProgramTimer {
        let until = self.kernel.now + span;
        let by = self.note(Event::Timer(TimerEvent::Set {
            timer,
            until,
            setting,
        }));
        let lateness = self.kernel.latency(timer.of, Draw::Late(timer.kind), late);
        let todo = Todo::ProgramTimer {
            program: self.program,
            timer,
            setting,
            by,
        };
        let at = self.runs(until + lateness);
        let ticket = self.kernel.net.queue.schedule(at, todo);
        ProgramTimer { ticket, timer }
    }

    /// Disarms a timer of this program.
    pub fn clear_timer(&mut self, armed: ProgramTimer) {
        self.kernel.net.queue.cancel(armed.ticket);
        self.note(Event::Timer(TimerEvent::Cleared { timer: armed.timer }));
    }

    /// Goes on with something after a moment.
    pub fn after(&mut self, latency: Latency, step: Step) {
        let (of, what) = match step {
            Step::Write(socket) => (TimerOf::Socket(socket), Draw::Write),
            Step::Dial { request, .. } => (TimerOf::Request(request), Draw::Dial),
            Step::Close(socket) => (TimerOf::Socket(socket), Draw::Close),
            Step::Call | Step::Look | Step::Ask { .. } | Step::Block(_) => return,
        };
        let span = self.kernel.latency(of, what, latency);
        self.at(self.kernel.now + span, step);
    }

    /// Goes on with something at a given time.
    pub fn at(&mut self, time: Time, step: Step) {
        let todo = Todo::Step {
            program: self.program,
            step,
            cause: self.kernel.cause,
        };
        let at = self.runs(time);
        self.kernel.net.queue.schedule(at, todo);
    }

    /// A signal: the program's end comes like a timer that is due, after a while if it has one. SIGKILL does not wait for a
    /// stopped process to run again.
    pub fn deliver(&mut self, kind: TimerKind, after: Duration) {
        let of = TimerOf::Program(self.program);
        let timer = Timer { kind, of };
        if kind != TimerKind::Exit {
            self.set_timer(timer, after, Latency::ZERO, None);
            return;
        }
        let until = self.kernel.now + after;
        let by = self.note(Event::Timer(TimerEvent::Set {
            timer,
            until,
            setting: None,
        }));
        let todo = Todo::ProgramTimer {
            program: self.program,
            timer,
            setting: None,
            by,
        };
        self.kernel.net.queue.schedule(until, todo);
    }

    /// The program does not run from now on, for so long.
    pub fn block(&mut self, lasts: Duration) {
        let timer = Timer {
            kind: TimerKind::Busy,
            of: TimerOf::Program(self.program),
        };
        self.set_timer(timer, lasts, Latency::ZERO, None);
    }

    /// When the program runs that is to do so at this time.
    fn runs(&self, time: Time) -> Time {
        busy::timer(&self.kernel.net.busy[self.program.index()], time)
    }
}

/// An armed timer of a program.
#[derive(Clone, Copy, Debug)]
pub struct ProgramTimer {
    ticket: Ticket,
    timer: Timer,
}

impl ProgramTimer {
    /// Which kind.
    pub const fn kind(&self) -> TimerKind {
        self.timer.kind
    }
}
