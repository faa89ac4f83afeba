//! The kernel under test: one TCB, its timers on a wheel, and the descriptors of its program. The other end is the script.

use crate::script::{Call, Options, Packet, Returned, Script, Setting, TcpOption};
use std::collections::VecDeque;
use std::time::Duration;
use whyeof_sim::host::SYN_OPTIONS;
use whyeof_sim::kernel::sysctl::{LISTENER_WINDOW, SYN_WINDOW};
use whyeof_sim::kernel::timer_wheel::TimerWheel;
use whyeof_sim::outbox::{Outbox, Output, Signal};
use whyeof_sim::plan::KeepAlive;
use whyeof_sim::queue::{Queue, Ticket};
use whyeof_sim::stack::{Stray, reset_for, stray};
use whyeof_sim::tcp::recv::Read;
use whyeof_sim::tcp::segment_arrives::Answer;
use whyeof_sim::tcp::{Owner, Tcb, TcbConfig};
use whyeof_trace::{
    self as trace, Flags, FlowId, OptionsId, Segment, Seq, Side, SocketId, State, Time, TimerKind,
};

/// What a descriptor stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Descriptor {
    Fresh,
    Listener,
    Connection,
}

/// A kernel with at most one connection.
#[derive(Debug)]
pub(crate) struct Stand {
    now: Time,
    wheel: TimerWheel,
    timers: Queue<TimerKind>,
    armed: [Option<Ticket>; TimerKind::KERNEL.len()],
    tcb: Option<Tcb>,
    /// A connection waits in the accept queue.
    acceptable: bool,
    descriptors: Vec<(u32, Descriptor)>,
    keep_alive: KeepAlive,
    probes: bool,
    /// Sent and not looked at by the script yet.
    pub(crate) sent: VecDeque<(Time, Segment)>,
    outbox: Outbox,
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
            timers: Queue::default(),
            armed: [None; TimerKind::KERNEL.len()],
            tcb: None,
            acceptable: false,
            descriptors: Vec::new(),
            keep_alive: KeepAlive {
                idle: Duration::from_secs(7_200),
                interval: Duration::from_secs(75),
                count: 9,
            },
            probes: false,
            sent: VecDeque::new(),
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

    /// Lets time pass in which no timer fires.
    pub(crate) fn wait(&mut self, until: Time) {
        self.now = self.now.max(until);
    }

    /// The other end's segment arrives. `shift` is what a script's TSval is ahead of ours.
    pub(crate) fn arrives(&mut self, packet: &Packet, shift: u32) {
        let opener = self
            .tcb
            .as_ref()
            .is_some_and(|t| t.socket.side == Side::Opener);
        let from = if opener { Side::Listener } else { Side::Opener };
        let segment = segment(packet, from, shift);
        let mut answer = Answer::Reset;
        if self.tcb.is_some() {
            self.with_tcb(|tcb, now, out| answer = tcb.segment_arrives(now, &segment, out));
        } else {
            match stray(self.has(Descriptor::Listener), &segment) {
                Stray::Opens => {
                    self.tcb = Some(self.socket(Side::Listener));
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
            self.sent.push_back((self.now, reset));
        }
    }

    fn socket(&self, side: Side) -> Tcb {
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

    fn has(&self, what: Descriptor) -> bool {
        self.descriptors.iter().any(|(_, d)| *d == what)
    }

    /// The program calls; `None`: it would block. `wanted` names the descriptor of a new socket.
    pub(crate) fn call(&mut self, fd: u32, call: Call, wanted: Returned) -> Option<Returned> {
        if call == Call::Socket {
            let Returned::Number(new) = wanted else {
                return Some(Returned::Errno("EINVAL"));
            };
            self.descriptors.push((new, Descriptor::Fresh));
            return Some(wanted);
        }
        let Some(at) = self.descriptors.iter().position(|(n, _)| *n == fd) else {
            return Some(Returned::Errno("EBADF"));
        };
        match (self.descriptors[at].1, call) {
            (_, Call::Ignored) => {}
            (_, Call::Set(setting, value)) => self.set(setting, value),
            (Descriptor::Fresh, Call::Listen) => self.descriptors[at].1 = Descriptor::Listener,
            (Descriptor::Fresh, Call::Connect) => {
                self.descriptors[at].1 = Descriptor::Connection;
                self.tcb = Some(self.socket(Side::Opener));
                self.with_tcb(|tcb, now, out| tcb.connect(now, out));
                return self.connected();
            }
            (Descriptor::Connection, Call::Connect) => return self.connected(),
            (Descriptor::Listener, Call::Accept) => {
                if !std::mem::take(&mut self.acceptable) {
                    return None;
                }
                if let Returned::Number(new) = wanted {
                    self.descriptors.push((new, Descriptor::Connection));
                }
                return Some(wanted);
            }
            (Descriptor::Connection, _) => return self.connection_call(at, call),
            _ => return Some(Returned::Errno("EINVAL")),
        }
        Some(Returned::Number(0))
    }

    /// What connect(2) has to say, once it is over.
    fn connected(&mut self) -> Option<Returned> {
        let tcb = self.tcb.as_mut()?;
        if tcb.state() == State::SynSent {
            return None;
        }
        let errno = |e: trace::SocketError| Returned::Errno(e.name());
        Some(tcb.take_error().map_or(Returned::Number(0), errno))
    }

    fn connection_call(&mut self, at: usize, call: Call) -> Option<Returned> {
        let errno = |e: trace::SocketError| Returned::Errno(e.name());
        let mut returned = Some(Returned::Number(0));
        match call {
            Call::Read(_) => self.with_tcb(|tcb, now, out| {
                returned = match tcb.read(now, out) {
                    Read::Blocks => None,
                    Read::Returns(trace::Returned::Bytes(n)) => Some(Returned::Number(n)),
                    Read::Returns(trace::Returned::Error(e)) => Some(errno(e)),
                    Read::Returns(_) => Some(Returned::Number(0)),
                };
            }),
            Call::Write(len) => self.with_tcb(|tcb, now, out| {
                let written = tcb.write(now, len, out);
                returned = Some(written.map_or_else(errno, Returned::Number));
            }),
            Call::ShutdownWrite => self.with_tcb(Tcb::shutdown_write),
            Call::TakeError => {
                let held = self.tcb.as_mut().and_then(Tcb::take_error);
                returned = held.map(|e| Returned::Held(e.name())).or(returned);
            }
            Call::Close => {
                self.descriptors.remove(at);
                self.with_tcb(Tcb::close);
            }
            _ => return Some(Returned::Errno("EINVAL")),
        }
        returned
    }

    fn set(&mut self, setting: Setting, value: u32) {
        let seconds = Duration::from_secs(value.into());
        match setting {
            Setting::Probing => self.probes = value != 0,
            Setting::Idle => self.keep_alive.idle = seconds,
            Setting::Interval => self.keep_alive.interval = seconds,
            Setting::Count => self.keep_alive.count = u8::try_from(value).unwrap_or(u8::MAX),
        }
    }

    /// Lets the TCB act, and carries out what it says.
    fn with_tcb(&mut self, act: impl FnOnce(&mut Tcb, Time, &mut Outbox)) {
        let mut out = std::mem::take(&mut self.outbox);
        if let Some(tcb) = &mut self.tcb {
            act(tcb, self.now, &mut out);
        }
        for output in out.said.drain(..) {
            match output {
                Output::Transmit(segment) => self.sent.push_back((self.now, segment)),
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
                Output::Wake(signal) => self.acceptable |= signal == Signal::Accepted,
                Output::Note(_) => {}
            }
        }
        self.outbox = out;
        let gone = |t: &Tcb| t.state() == State::Closed && t.owner == Owner::Nobody;
        if self.tcb.as_ref().is_some_and(gone) {
            self.tcb = None;
        }
    }
}

fn index(kind: TimerKind) -> usize {
    let found = TimerKind::KERNEL.iter().position(|k| *k == kind);
    found.expect("a TCB sets kernel timers only")
}

fn segment(packet: &Packet, from: Side, shift: u32) -> Segment {
    let stamps = match &packet.options {
        Options::Any => None,
        Options::These(options) => options.iter().find_map(|o| match o {
            TcpOption::Timestamps(val, ecr) => Some((*val, ecr.wrapping_sub(shift))),
            _ => None,
        }),
    };
    let syn = packet.flags.has(Flags::SYN);
    let window = if syn { SYN_WINDOW } else { LISTENER_WINDOW };
    Segment {
        flow: FlowId(0),
        from,
        flags: packet.flags,
        window: packet.win.unwrap_or(window),
        seq: Seq(packet.seq),
        ack: Seq(packet.ack.unwrap_or(0)),
        timestamps: stamps,
        options: None,
        len: packet.len,
    }
}

/// A segment as a script would write it.
pub(crate) fn packet(segment: &Segment, shift: u32) -> Packet {
    let mut options = Vec::new();
    let stamps = segment
        .timestamps
        .map(|(val, ecr)| TcpOption::Timestamps(val.wrapping_add(shift), ecr));
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
