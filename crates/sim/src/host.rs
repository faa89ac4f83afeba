//! The wiring of the hosts: packets to sockets, and sockets' words to the queue.

use crate::chance::LatencyMode;
use crate::chance::{Draw, Drawers, Key, Latency, Who};
use crate::kernel::sysctl::{MSS, WINDOW_SCALE};
use crate::limits::Limits;
use crate::net::link::Links;
use crate::outbox::{Outbox, Output, Signal};
use crate::queue::Queue;
use crate::recorder::{Cause, Recorder};
use crate::stack::{Armed, Slot, Sockets, Stack, Stray, reset_for, stray};
use crate::tables::Tables;
use crate::tcp::keepalive::KeepAlive;
use crate::tcp::segment_arrives::Answer;
use crate::tcp::{Owner, Tcb, TcbConfig};
use std::net::Ipv4Addr;
use std::time::Duration;
use whyeof_trace::{
    Event, HostId, OptionsId, Packet, ProgramId, RequestId, Segment, SegmentEvent, SettingId, Side,
    SocketId, State, SynOptions, Time, Timer, TimerEvent, TimerKind, TimerOf,
};

/// What the queue holds.
#[derive(Clone, Copy, Debug)]
pub enum Todo {
    /// A packet reaches a host.
    Arrive {
        /// Which host.
        to: HostId,
        /// What.
        packet: Packet,
        /// The record of its sending.
        sent: Cause,
    },
    /// A kernel timer fires.
    KernelTimer {
        /// Whose.
        socket: SocketId,
        /// Which.
        kind: TimerKind,
    },
    /// A program runs because of a socket.
    Wake {
        /// Which program.
        program: ProgramId,
        /// Which socket.
        socket: SocketId,
        /// What it is told.
        signal: Signal,
        /// What brought it about.
        cause: Cause,
    },
    /// A program's timer fires.
    ProgramTimer {
        /// Whose.
        program: ProgramId,
        /// Which.
        timer: Timer,
        /// The setting whose value it took.
        setting: Option<SettingId>,
        /// The record that armed it.
        by: Cause,
    },
    /// A program goes on with something it has begun.
    Step {
        /// Which program.
        program: ProgramId,
        /// With what.
        step: Step,
        /// What brought it about.
        cause: Cause,
    },
}

/// What a program goes on with after a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Client: write the request that has this connection.
    Write(SocketId),
    /// Client: dial for this request, which may be over by then.
    Dial {
        /// Which request.
        request: RequestId,
        /// The server's host.
        to: HostId,
        /// The server's port.
        port: u16,
    },
    /// Server: close this connection, whose time is over.
    Close(SocketId),
}

/// Everything of a run but its programs.
#[derive(Clone, Debug)]
pub struct Net {
    /// What will happen.
    pub queue: Queue<Todo>,
    /// One kernel a host.
    pub stacks: Vec<Stack>,
    /// Connected sockets.
    pub sockets: Sockets,
    /// Lists that the trace ends up with.
    pub tables: Tables,
    /// Between the hosts.
    pub links: Links,
    /// Seed of all draws.
    pub seed: u64,
    /// Whether latencies are drawn.
    pub latency: LatencyMode,
    /// How long each program takes to notice, by signal.
    pub wake_latency: Vec<WakeLatency>,
    /// Who has drawn how often.
    pub drawers: Drawers,
    /// Addresses of the hosts.
    pub addresses: Vec<Ipv4Addr>,
    /// Bounds.
    pub limits: Limits,
    /// Reused for every event.
    pub outbox: Outbox,
    /// Options of SYNs and SYN-ACKs.
    pub syn_options: OptionsId,
}

/// How long a program takes to notice, by what there is to see.
#[derive(Clone, Copy, Debug)]
pub struct WakeLatency {
    /// connect(2) is over.
    pub connected: Latency,
    /// There is a connection to accept.
    pub accepted: Latency,
    /// There is data.
    pub data: Latency,
    /// There is an end or an error.
    pub end: Latency,
}

impl WakeLatency {
    const fn of(&self, signal: Signal) -> Latency {
        match signal {
            Signal::Connected => self.connected,
            Signal::Accepted => self.accepted,
            Signal::Data => self.data,
            Signal::End => self.end,
        }
    }
}

/// The options this project's kernels put on a SYN (linux-tcp §1.3).
pub const SYN_OPTIONS: SynOptions = SynOptions {
    mss: MSS,
    sack_ok: true,
    window_scale: Some(WINDOW_SCALE),
};

/// The net while one event is handled: what time it is, who takes notes, and what brought it about.
#[derive(Debug)]
pub struct Kernel<'a, R> {
    /// Everything but the programs.
    pub net: &'a mut Net,
    /// Takes notes.
    pub recorder: &'a mut R,
    /// Now.
    pub now: Time,
    /// What brought the present action about.
    pub cause: Cause,
}

impl<R: Recorder> Kernel<'_, R> {
    /// Puts something on record.
    pub fn note(&mut self, host: HostId, event: Event) -> Cause {
        self.recorder.note(self.now, host, self.cause, event)
    }

    /// A packet reaches a host.
    pub fn arrive(&mut self, to: HostId, packet: Packet) {
        self.cause = self.note(to, Event::Segment(SegmentEvent::Arrived(packet)));
        let Packet::Tcp(segment) = packet else { return };
        let id = SocketId {
            flow: segment.flow,
            side: segment.from.peer(),
        };
        let mut out = std::mem::take(&mut self.net.outbox);
        let answer = match self.net.sockets.get_mut(id) {
            Some(slot) => slot.tcb.segment_arrives(self.now, &segment, &mut out),
            None => self.no_socket(to, &segment, &mut out),
        };
        self.drain(id, &mut out);
        self.net.outbox = out;
        if answer == Answer::Reset
            && let Some(reset) = reset_for(&segment)
        {
            self.transmit(reset);
        }
    }

    /// No connection: a listener takes a SYN.
    fn no_socket(&mut self, to: HostId, segment: &Segment, out: &mut Outbox) -> Answer {
        let port = self.net.tables.flows[segment.flow.index()].port(segment.from.peer());
        let listener = self.net.stacks[usize::from(to.0)].listener(port);
        match (listener, stray(listener.is_some(), segment)) {
            (Some(listener), Stray::Opens) => {
                let id = SocketId {
                    flow: segment.flow,
                    side: Side::Listener,
                };
                let mut slot = self.slot(id, listener.program, listener.keep_alive);
                slot.tcb.listen_arrives(self.now, segment, out);
                self.net.sockets.insert(slot);
                Answer::Done
            }
            (_, Stray::Ignored) => Answer::Done,
            _ => Answer::Reset,
        }
    }

    pub(crate) fn slot(
        &mut self,
        id: SocketId,
        program: ProgramId,
        keep_alive: Option<KeepAlive>,
    ) -> Slot {
        let key = self.key(TimerOf::Socket(id), Draw::TimestampOffset);
        let config = TcbConfig {
            socket: id,
            keep_alive,
            // 31 bits, so that no run of a day wraps.
            ts_offset: key.below(1 << 31) as u32,
            syn_options: self.net.syn_options,
        };
        Slot {
            tcb: Tcb::new(config),
            program,
            armed: [None; TimerKind::KERNEL.len()],
            waking: false,
        }
    }

    /// A kernel timer fires.
    pub fn kernel_timer(&mut self, id: SocketId, kind: TimerKind) {
        let host = self.host_of(id);
        let Some(slot) = self.net.sockets.get_mut(id) else {
            return;
        };
        let armed = slot.armed[timer_index(kind)].take();
        self.cause = armed.and_then(|a| a.by);
        let timer = Timer {
            kind,
            of: TimerOf::Socket(id),
        };
        self.cause = self.note(
            host,
            Event::Timer(TimerEvent::Fired {
                timer,
                setting: None,
            }),
        );
        let mut out = std::mem::take(&mut self.net.outbox);
        if let Some(slot) = self.net.sockets.get_mut(id) {
            slot.tcb.timeout(self.now, kind, &mut out);
        }
        self.drain(id, &mut out);
        self.net.outbox = out;
    }

    /// Carries out what a TCB said, in its order.
    pub(crate) fn drain(&mut self, id: SocketId, out: &mut Outbox) {
        let host = self.host_of(id);
        for output in out.said.drain(..) {
            match output {
                Output::Transmit(segment) => self.transmit(segment),
                Output::Set(kind, span) => self.set_kernel_timer(host, id, kind, span),
                Output::Clear(kind) => self.clear_kernel_timer(host, id, kind),
                Output::Wake(signal) => self.wake(id, signal),
                Output::Note(event) => {
                    self.note(host, event);
                }
            }
        }
        let gone =
            |slot: &Slot| slot.tcb.state() == State::Closed && slot.tcb.owner == Owner::Nobody;
        if self.net.sockets.get(id).is_some_and(gone) {
            self.net.sockets.remove(id);
        }
    }

    fn transmit(&mut self, segment: Segment) {
        let flow = &self.net.tables.flows[segment.flow.index()];
        let (from, to) = (flow.host(segment.from), flow.host(segment.from.peer()));
        let packet = Packet::Tcp(segment);
        let sent = self.note(from, Event::Segment(SegmentEvent::Sent(packet)));
        let at = self.now + self.net.links.delay(from, to);
        self.net
            .queue
            .schedule(at, Todo::Arrive { to, packet, sent });
    }

    fn set_kernel_timer(&mut self, host: HostId, id: SocketId, kind: TimerKind, span: Duration) {
        let until = self.net.stacks[usize::from(host.0)]
            .wheel
            .fires_at(self.now, span);
        let timer = Timer {
            kind,
            of: TimerOf::Socket(id),
        };
        let by = self.note(
            host,
            Event::Timer(TimerEvent::Set {
                timer,
                until,
                setting: None,
            }),
        );
        let ticket = self
            .net
            .queue
            .schedule(until, Todo::KernelTimer { socket: id, kind });
        if let Some(slot) = self.net.sockets.get_mut(id) {
            let old = slot.armed[timer_index(kind)].replace(Armed { ticket, by });
            if let Some(old) = old {
                self.net.queue.cancel(old.ticket);
            }
        }
    }

    fn clear_kernel_timer(&mut self, host: HostId, id: SocketId, kind: TimerKind) {
        let Some(slot) = self.net.sockets.get_mut(id) else {
            return;
        };
        if let Some(old) = slot.armed[timer_index(kind)].take() {
            self.net.queue.cancel(old.ticket);
            let timer = Timer {
                kind,
                of: TimerOf::Socket(id),
            };
            self.note(host, Event::Timer(TimerEvent::Cleared { timer }));
        }
    }

    /// The program will run, some time later; what comes until then it finds as well.
    fn wake(&mut self, id: SocketId, signal: Signal) {
        let Some(slot) = self.net.sockets.get_mut(id) else {
            return;
        };
        if slot.waking {
            return;
        }
        slot.waking = true;
        let program = slot.program;
        let latency = self.net.wake_latency[usize::from(program.0)].of(signal);
        let span = self.latency(TimerOf::Socket(id), draw_of(signal), latency);
        let todo = Todo::Wake {
            program,
            socket: id,
            signal,
            cause: self.cause,
        };
        self.net.queue.schedule(self.now + span, todo);
    }

    /// The time that something takes, at its median or drawn.
    pub fn latency(&mut self, of: TimerOf, what: Draw, latency: Latency) -> Duration {
        self.net.latency.of(latency, || self.key(of, what))
    }

    fn key(&mut self, of: TimerOf, what: Draw) -> Key {
        let seed = self.net.seed;
        self.net.drawers.of(of).map_or(
            Key {
                seed,
                who: Who::default(),
                what,
                number: 0,
            },
            |drawer| drawer.next(seed, what),
        )
    }

    /// The host of a socket.
    pub fn host_of(&self, id: SocketId) -> HostId {
        self.net.tables.flows[id.flow.index()].host(id.side)
    }
}

const fn draw_of(signal: Signal) -> Draw {
    match signal {
        Signal::Connected => Draw::Connected,
        Signal::Accepted => Draw::Accepted,
        Signal::Data => Draw::Data,
        Signal::End => Draw::End,
    }
}

fn timer_index(kind: TimerKind) -> usize {
    TimerKind::KERNEL
        .iter()
        .position(|k| *k == kind)
        .expect("only kernel timers are set by a TCB")
}
