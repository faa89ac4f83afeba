//! The kernel under test: one TCB, its timers on a wheel, its listener. The other end is the script.
//!
//! This is the only file that knows the engine. What the engine does not model is named in [`lacks`].

use crate::call::{Argument, Call, EPOLL_BITS, How, Outcome, Queue, SocketOption};
use crate::packet::{Options, Packet, TcpOption};
use crate::script::{Act, Field, Knob, Script};
use std::collections::VecDeque;
use std::time::Duration;
use whyeof_sim::host::SYN_OPTIONS;
use whyeof_sim::kernel::sysctl::{LISTENER_WINDOW, SYN_WINDOW};
use whyeof_sim::kernel::timer_wheel::TimerWheel;
use whyeof_sim::outbox::{Outbox, Output, Signal};
use whyeof_sim::plan::KeepAlive;
use whyeof_sim::queue::{Queue as TimerQueue, Ticket};
use whyeof_sim::stack::{Stray, reset_for, stray};
use whyeof_sim::tcp::recv::Read;
use whyeof_sim::tcp::segment_arrives::Answer;
use whyeof_sim::tcp::{Owner, Tcb, TcbConfig};
use whyeof_trace::{
    self as trace, Flags, FlowId, OptionsId, Segment, Seq, Side, SocketError, SocketId, State,
    Time, TimerKind,
};

/// Which socket: its position among those that the program has opened.
pub(crate) type SocketNumber = usize;

/// What a socket is so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Fresh,
    Listener,
    Connection,
}

/// A kernel with at most one connection.
#[derive(Debug)]
pub(crate) struct Stand {
    now: Time,
    wheel: TimerWheel,
    timers: TimerQueue<TimerKind>,
    armed: [Option<Ticket>; TimerKind::KERNEL.len()],
    sockets: Vec<Kind>,
    tcb: Option<Tcb>,
    /// A connection waits in the accept queue.
    acceptable: bool,
    keep_alive: KeepAlive,
    probes: bool,
    /// Sent and not looked at by the script yet.
    pub(crate) sent: VecDeque<(Time, Packet)>,
    /// What was said of sockets and not passed on yet: EPOLL… bits.
    pub(crate) woken: Vec<(SocketNumber, u32)>,
    outbox: Outbox,
}

/// What of a script the engine does not model, or not yet.
pub(crate) fn lacks(act: &Act) -> Option<String> {
    let what = match act {
        Act::Call(_, Call::Set(option, _) | Call::Get(option), _) if !is_modelled(*option) => {
            option.name().to_owned()
        }
        Act::Call(_, Call::Shutdown(How::Read | How::Both), _) => "SHUT_RD".to_owned(),
        Act::Call(_, Call::Write(_, flags), _) if flags.more => "MSG_MORE".to_owned(),
        Act::Call(_, Call::Count(Queue::Out), _) => "SIOCOUTQ".to_owned(),
        Act::Assert(assertions) => {
            let mut fields = assertions.iter().flat_map(|a| a.condition.fields());
            fields.find(|f| f.0 != "tcpi_state")?.to_string()
        }
        _ => return None,
    };
    Some(format!("{what} is not modelled yet"))
}

const fn is_modelled(option: SocketOption) -> bool {
    use SocketOption::{
        Error, KeepAlive, KeepCount, KeepIdle, KeepInterval, NoDelay, ReuseAddress,
    };
    matches!(
        option,
        ReuseAddress | Error | KeepAlive | KeepIdle | KeepInterval | KeepCount | NoDelay
    )
}

/// Why the kernel under test cannot be set like this.
pub(crate) fn rejects(knob: &Knob) -> Option<String> {
    match knob {
        Knob::Sysctl(name, _) if !name.starts_with("tcp_") => {
            Some(format!("sysctl net.ipv4.{name} is not in the subset"))
        }
        Knob::Sysctl(..) | Knob::Offload(_) => None,
    }
}

impl Stand {
    /// Nothing but a kernel.
    pub(crate) fn new(script: &Script) -> Self {
        Self {
            now: Time::ZERO,
            wheel: TimerWheel {
                hz: script.hz,
                phase: script.phase,
            },
            timers: TimerQueue::default(),
            armed: [None; TimerKind::KERNEL.len()],
            sockets: Vec::new(),
            tcb: None,
            acceptable: false,
            keep_alive: KeepAlive {
                idle: Duration::from_secs(7_200),
                interval: Duration::from_secs(75),
                count: 9,
            },
            probes: false,
            sent: VecDeque::new(),
            woken: Vec::new(),
            outbox: Outbox::default(),
        }
    }

    /// Now.
    pub(crate) const fn now(&self) -> Time {
        self.now
    }

    /// When the next timer fires.
    pub(crate) fn next_timer(&mut self) -> Option<Time> {
        self.timers.next_time()
    }

    /// Lets the next timer fire.
    pub(crate) fn fire(&mut self) {
        let Some((time, kind)) = self.timers.pop() else {
            return;
        };
        self.now = time;
        self.armed[index(kind)] = None;
        self.with_tcb(|tcb, now, out| tcb.timeout(now, kind, out));
    }

    /// Lets time pass in which no timer fires; at most 36 years, so that sums of a time and a span stay in range.
    pub(crate) fn wait(&mut self, until: Time) {
        const LAST: Time = Time(1 << 60);
        self.now = self.now.max(until.min(LAST));
    }

    /// The other end's segment arrives, with a TSecr of ours.
    pub(crate) fn arrives(&mut self, packet: &Packet) {
        let opener = self
            .tcb
            .as_ref()
            .is_some_and(|t| t.socket.side == Side::Opener);
        let from = if opener { Side::Listener } else { Side::Opener };
        let segment = segment(packet, from);
        let mut answer = Answer::Reset;
        if self.tcb.is_some() {
            self.with_tcb(|tcb, now, out| answer = tcb.segment_arrives(now, &segment, out));
        } else {
            match stray(self.sockets.contains(&Kind::Listener), &segment) {
                Stray::Opens => {
                    self.tcb = Some(self.new_tcb(Side::Listener));
                    self.with_tcb(|tcb, now, out| tcb.listen_arrives(now, &segment, out));
                    return;
                }
                Stray::Ignored => return,
                Stray::Reset => {}
            }
        }
        if answer == Answer::Reset
            && let Some(reset) = reset_for(&segment)
        {
            self.sent.push_back((self.now, written(&reset)));
        }
    }

    fn new_tcb(&self, side: Side) -> Tcb {
        Tcb::new(TcbConfig {
            socket: SocketId {
                flow: FlowId(0),
                side,
            },
            keep_alive: self.probes.then_some(self.keep_alive),
            ts_offset: 0,
            syn_options: OptionsId::from_index(0),
        })
    }

    /// socket(2).
    pub(crate) fn socket(&mut self) -> SocketNumber {
        self.sockets.push(Kind::Fresh);
        self.sockets.len() - 1
    }

    /// accept(2): a new socket or an errno; `None`: there is no connection yet.
    pub(crate) fn accept(
        &mut self,
        socket: SocketNumber,
    ) -> Option<Result<SocketNumber, &'static str>> {
        if self.sockets[socket] != Kind::Listener {
            return Some(Err("EINVAL"));
        }
        if !std::mem::take(&mut self.acceptable) {
            return None;
        }
        self.sockets.push(Kind::Connection);
        Some(Ok(self.sockets.len() - 1))
    }

    /// connect(2): what it comes to; `None`: it is on its way. `again`: this call has begun already, and asks how it goes.
    pub(crate) fn connect(&mut self, socket: SocketNumber, again: bool) -> Option<Outcome> {
        if self.sockets[socket] == Kind::Fresh {
            self.sockets[socket] = Kind::Connection;
            self.tcb = Some(self.new_tcb(Side::Opener));
            self.with_tcb(|tcb, now, out| tcb.connect(now, out));
        } else if !again && self.state() == State::SynSent {
            return Some(Outcome::errno("EALREADY"));
        }
        let tcb = self.tcb.as_mut()?;
        if tcb.state() == State::SynSent {
            return None;
        }
        Some(tcb.take_error().map_or(Outcome::DONE, failed))
    }

    /// close(2).
    pub(crate) fn close(&mut self, socket: SocketNumber) {
        let was = std::mem::replace(&mut self.sockets[socket], Kind::Fresh);
        if was == Kind::Connection {
            self.with_tcb(Tcb::close);
        }
    }

    /// Any other call; `None`: it would block.
    pub(crate) fn call(&mut self, socket: SocketNumber, call: Call) -> Option<Outcome> {
        match (self.sockets[socket], call) {
            (_, Call::Bind) => {}
            (_, Call::Set(option, Argument::Number(value))) => self.set(option, value),
            (Kind::Fresh, Call::Listen(_)) => self.sockets[socket] = Kind::Listener,
            (Kind::Connection, _) => return self.connection_call(call),
            _ => return Some(Outcome::errno("EINVAL")),
        }
        Some(Outcome::DONE)
    }

    fn connection_call(&mut self, call: Call) -> Option<Outcome> {
        let mut outcome = Some(Outcome::DONE);
        match call {
            Call::Read(..) => self.with_tcb(|tcb, now, out| {
                outcome = match tcb.read(now, out) {
                    Read::Blocks => None,
                    Read::Returns(trace::Returned::Bytes(n)) => Some(Outcome::number(n.into())),
                    Read::Returns(trace::Returned::Error(e)) => Some(failed(e)),
                    Read::Returns(_) => Some(Outcome::DONE),
                };
            }),
            Call::Write(len, _) => self.with_tcb(|tcb, now, out| {
                let written = tcb.write(now, len, out);
                outcome = Some(written.map_or_else(failed, |n| Outcome::number(n.into())));
            }),
            Call::Shutdown(_) => self.with_tcb(Tcb::shutdown_write),
            Call::Get(SocketOption::Error) => {
                let held = self.tcb.as_mut().and_then(Tcb::take_error);
                let held = held.map_or(Argument::Number(0), |e| Argument::Errno(e.name()));
                outcome = Some(Outcome::filled(held));
            }
            Call::Count(Queue::In) => {
                let unread = self.tcb.as_ref().map_or(0, |tcb| tcb.rcv.unread());
                outcome = Some(Outcome::filled(Argument::Number(unread.into())));
            }
            _ => return Some(Outcome::errno("EINVAL")),
        }
        outcome
    }

    fn set(&mut self, option: SocketOption, value: i64) {
        let seconds = Duration::from_secs(u64::try_from(value).unwrap_or(0));
        match option {
            SocketOption::KeepAlive => self.probes = value != 0,
            SocketOption::KeepIdle => self.keep_alive.idle = seconds,
            SocketOption::KeepInterval => self.keep_alive.interval = seconds,
            SocketOption::KeepCount => {
                self.keep_alive.count = u8::try_from(value).unwrap_or(u8::MAX);
            }
            _ => {}
        }
    }

    /// EPOLL… bits that hold of a socket now (`tcp_poll`).
    pub(crate) fn ready(&self, socket: SocketNumber) -> u32 {
        let [readable, writable, error, hang_up, ended] = BITS;
        match (self.sockets[socket], &self.tcb) {
            (Kind::Fresh, _) => writable | hang_up,
            (Kind::Listener, _) if self.acceptable => readable,
            (Kind::Listener, _) => 0,
            (Kind::Connection, None) => readable | writable | hang_up | ended,
            (Kind::Connection, Some(tcb)) => {
                let mut bits = 0;
                if tcb.state() == State::Closed {
                    bits |= readable | hang_up | ended;
                }
                if tcb.rcv.fin {
                    bits |= readable | ended;
                }
                if tcb.rcv.unread() > 0 {
                    bits |= readable;
                }
                if tcb.state() != State::SynSent {
                    bits |= writable;
                }
                if tcb.error.is_some() {
                    bits |= error;
                }
                bits
            }
        }
    }

    /// A field of the connection's `struct tcp_info`.
    pub(crate) fn field(&self, field: Field) -> i64 {
        match field.0 {
            "tcpi_state" => state_number(self.state()),
            _ => 0,
        }
    }

    fn state(&self) -> State {
        self.tcb.as_ref().map_or(State::Closed, Tcb::state)
    }

    /// Lets the TCB act, and carries out what it says.
    fn with_tcb(&mut self, act: impl FnOnce(&mut Tcb, Time, &mut Outbox)) {
        let mut out = std::mem::take(&mut self.outbox);
        if let Some(tcb) = &mut self.tcb {
            act(tcb, self.now, &mut out);
        }
        for output in out.said.drain(..) {
            match output {
                Output::Transmit(segment) => self.sent.push_back((self.now, written(&segment))),
                Output::Set(kind, span) => {
                    let at = self.wheel.fires_at(self.now, span);
                    let ticket = self.timers.schedule(at, kind);
                    if let Some(old) = self.armed[index(kind)].replace(ticket) {
                        self.timers.cancel(old);
                    }
                }
                Output::Clear(kind) => {
                    if let Some(old) = self.armed[index(kind)].take() {
                        self.timers.cancel(old);
                    }
                }
                Output::Wake(signal) => self.wake(signal),
                Output::Note(_) => {}
            }
        }
        self.outbox = out;
        let gone = |t: &Tcb| t.state() == State::Closed && t.owner == Owner::Nobody;
        if self.tcb.as_ref().is_some_and(gone) {
            self.tcb = None;
        }
    }

    fn wake(&mut self, signal: Signal) {
        let [readable, writable, error, hang_up, ended] = BITS;
        let (kind, bits) = match signal {
            Signal::Accepted => {
                self.acceptable = true;
                (Kind::Listener, readable)
            }
            Signal::Data => (Kind::Connection, readable),
            Signal::Connected => (Kind::Connection, readable | writable | error | hang_up),
            Signal::End => (
                Kind::Connection,
                readable | writable | error | hang_up | ended,
            ),
        };
        let found = self.sockets.iter().rposition(|socket| *socket == kind);
        self.woken.extend(found.map(|socket| (socket, bits)));
    }
}

/// EPOLLIN with EPOLLRDNORM, EPOLLOUT with EPOLLWRNORM, EPOLLERR, EPOLLHUP, EPOLLRDHUP.
const BITS: [u32; 5] = [
    EPOLL_BITS[0].1 | EPOLL_BITS[5].1,
    EPOLL_BITS[2].1 | EPOLL_BITS[6].1,
    EPOLL_BITS[3].1,
    EPOLL_BITS[4].1,
    EPOLL_BITS[7].1,
];

fn failed(error: SocketError) -> Outcome {
    Outcome::errno(error.name())
}

/// `include/net/tcp_states.h`.
const fn state_number(state: State) -> i64 {
    match state {
        State::Established => 1,
        State::SynSent => 2,
        State::SynReceived => 3,
        State::FinWait1 => 4,
        State::FinWait2 => 5,
        State::TimeWait => 6,
        State::Closed => 7,
        State::CloseWait => 8,
        State::LastAck => 9,
        State::Listen => 10,
        State::Closing => 11,
    }
}

fn index(kind: TimerKind) -> usize {
    let found = TimerKind::KERNEL.iter().position(|k| *k == kind);
    found.expect("a TCB sets kernel timers only")
}

/// A script's segment as the engine takes it.
fn segment(packet: &Packet, from: Side) -> Segment {
    let syn = packet.flags.has(Flags::SYN);
    let window = if syn { SYN_WINDOW } else { LISTENER_WINDOW };
    Segment {
        flow: FlowId(0),
        from,
        flags: packet.flags,
        window: packet.win.unwrap_or(window),
        seq: Seq(packet.seq),
        ack: Seq(packet.ack.unwrap_or(0)),
        timestamps: packet.timestamps(),
        options: None,
        len: packet.len,
    }
}

/// The engine's segment as a script would write it.
fn written(segment: &Segment) -> Packet {
    let mut options = Vec::new();
    let stamps = segment.timestamps;
    let stamps = stamps.map(|(val, ecr)| TcpOption::Timestamps(val, ecr));
    if segment.options.is_some() {
        options.push(TcpOption::Mss(SYN_OPTIONS.mss));
        options.push(TcpOption::SackOk);
        options.extend(stamps);
        if let Some(scale) = SYN_OPTIONS.window_scale {
            options.extend([TcpOption::Nop, TcpOption::WindowScale(scale)]);
        }
    } else if let Some(stamps) = stamps {
        options.extend([TcpOption::Nop, TcpOption::Nop, stamps]);
    }
    Packet {
        flags: segment.flags,
        seq: segment.seq.0,
        len: segment.len,
        ack: segment.flags.has(Flags::ACK).then_some(segment.ack.0),
        win: Some(segment.window),
        options: Options::These(options),
    }
}
