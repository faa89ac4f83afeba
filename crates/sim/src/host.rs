//! The wiring of the hosts: packets to sockets, and sockets' words to the queue.

use crate::busy::{self, Busy};
use crate::chance::LatencyMode;
use crate::chance::{Draw, Drawers, Key, Latency, Who};
use crate::copy::clone_into_place;
use crate::incarnations::Incarnations;
use crate::limits::Limits;
use crate::net::fault::{Faults, Forgotten, Passing, Place, Refusal, Verdict};
use crate::net::filter::Filters;
use crate::net::link::Links;
use crate::net::memory::{self, Met, Then};
use crate::outbox::{Outbox, Output, Signal};
use crate::queue::Queue;
use crate::recorder::{Cause, Keeps, Recorder};
use crate::stack::{Armed, Listener, Power, Slot, Sockets, Stack, Stage, Stray, reset_for, stray};
use crate::tables::Tables;
use crate::target::Target;
use crate::tcp::options::SocketOptions;
use crate::tcp::request::AcceptQueue;
use crate::tcp::segment_arrives::Answer;
use crate::tcp::{Owner, Tcb, TcbConfig};
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;
use whyeof_trace::filter::{Chain, Seen, Verdict as Filtered};
use whyeof_trace::{
    Culprit, Event, FaultEvent, FlowId, HostId, Packet, ProgramId, RequestId, Segment,
    SegmentEvent, Seq, SettingId, Side, SocketEvent, SocketId, Span, State, TcpOptions, Time,
    Timer, TimerEvent, TimerKind, TimerOf,
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
    /// A packet reaches a host whose filter rejects it.
    Reject {
        /// Which host.
        by: HostId,
        /// What.
        packet: Packet,
        /// The record of its sending.
        sent: Cause,
        /// Which fault.
        fault: u16,
        /// How its sender is told.
        how: Refusal,
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
    /// Somebody types a command, by its position in the plan.
    Command(u16),
    /// A box on the way looks whether it still remembers a connection.
    Look {
        /// Which fault it is.
        fault: u16,
        /// Which connection.
        flow: FlowId,
    },
    /// A machine is up again.
    Boot {
        /// Which.
        host: HostId,
        /// What brought it about.
        cause: Cause,
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
        /// Where to.
        to: Target,
        /// The server's port.
        port: u16,
    },
    /// Client: ask once more, for a worker that is free, or for a caller that tries again.
    Ask {
        /// The workload.
        workload: u16,
        /// How often the caller has tried before.
        tries: u16,
    },
    /// Server: look what there is left to close, for it is shutting down.
    Look,
    /// Server: close this connection, whose time is over.
    Close(SocketId),
    /// Program of socket calls: the next one's time has come.
    Call,
    /// The program does not run from now on, for so long.
    Block(Duration),
}

/// How far a new connection's numbers begin beyond those of one in TIME-WAIT (`tcp_twsk_unique`: 65,535 + 2).
const TIMEWAIT_LEAP: u32 = 65_537;

/// Everything of a run but its programs.
#[derive(Debug)]
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
    /// What goes wrong there.
    pub faults: Faults,
    /// The hosts' packet filters.
    pub filters: Filters,
    /// Connections that share their addresses and ports.
    pub incarnations: Incarnations,
    /// Seed of all draws.
    pub seed: u64,
    /// Whether latencies are drawn.
    pub latency: LatencyMode,
    /// When each program does not run.
    pub busy: Vec<Vec<Busy>>,
    /// How long each program takes to notice, by side of the connection and by signal.
    pub wake_latency: Arc<[[WakeLatency; 2]]>,
    /// Who has drawn how often.
    pub drawers: Drawers,
    /// Addresses of the hosts.
    pub addresses: Arc<[Ipv4Addr]>,
    /// Bounds.
    pub limits: Limits,
    /// Reused for every event.
    pub outbox: Outbox,
}

clone_into_place!(Net {
    queue,
    stacks,
    sockets,
    tables,
    links,
    faults,
    filters,
    incarnations,
    seed,
    latency,
    busy,
    wake_latency,
    drawers,
    addresses,
    limits,
    outbox
});

/// How long a program takes to notice, by what there is to see.
#[derive(Clone, Copy, Debug)]
pub struct WakeLatency {
    /// connect(2) is over.
    pub connected: Latency,
    /// There is a connection to accept.
    pub accepted: Latency,
    /// There is data, or room for more.
    pub data: Latency,
    /// There is an end or an error.
    pub end: Latency,
}

impl WakeLatency {
    const fn of(&self, signal: Signal) -> Latency {
        match signal {
            Signal::Connected => self.connected,
            Signal::Accepted => self.accepted,
            Signal::Data | Signal::Room => self.data,
            Signal::End => self.end,
        }
    }
}

/// The net while one event is handled: what time it is, who takes notes, and what brought it about.
pub struct Kernel<'a> {
    /// Everything but the programs.
    pub net: &'a mut Net,
    /// Takes notes.
    recorder: &'a mut dyn Recorder,
    /// What of it is wanted.
    keeps: Keeps,
    /// Now.
    pub now: Time,
    /// What brought the present action about.
    pub cause: Cause,
}

impl<'a> Kernel<'a> {
    /// The net at this moment.
    #[inline]
    pub fn new(net: &'a mut Net, recorder: &'a mut dyn Recorder, now: Time, cause: Cause) -> Self {
        let keeps = recorder.keeps();
        Self {
            net,
            recorder,
            keeps,
            now,
            cause,
        }
    }
}

impl Kernel<'_> {
    /// Puts something on record.
    #[inline]
    pub fn note(&mut self, host: HostId, event: Event) -> Cause {
        if !self.keeps.wants(&event) {
            return None;
        }
        self.recorder.note(self.now, host, self.cause, event)
    }

    /// A packet reaches a host.
    pub fn arrive(&mut self, to: HostId, packet: &Packet) {
        self.cause = self.note(to, Event::Segment(SegmentEvent::Arrived(*packet)));
        match *packet {
            Packet::Tcp(ref segment) => self.segment_arrives(to, segment),
            Packet::Unreachable {
                flow,
                to: side,
                kind,
                quoted,
            } => {
                let id = SocketId { flow, side };
                self.act(id, |tcb, now, out| {
                    tcb.unreachable_arrives(now, kind, quoted, out);
                });
            }
        }
    }

    fn segment_arrives(&mut self, to: HostId, segment: &Segment) {
        let options = segment.options;
        let options = options.and_then(|o| self.net.tables.options.get(o.index()).copied());
        let own = SocketId {
            flow: segment.flow,
            side: segment.from.peer(),
        };
        let renumbered;
        let (id, seen) = match self.find(own) {
            Some(id) => {
                renumbered = self.net.incarnations.renumber(segment, id.flow);
                (id, &renumbered)
            }
            None => (own, segment),
        };
        let queue = self.accept_queue(to, id);
        let mut answer = Answer::Done;
        if self.leaves_time_wait(to, id, seen) {
            self.act(id, |tcb, _, out| tcb.vanish(out));
        }
        let options = options.as_ref();
        if self.is_open(id) {
            self.act(id, |tcb, now, out| {
                answer = tcb.segment_arrives(now, seen, options, queue, out);
            });
        } else {
            answer = self.no_socket(to, own, segment, options);
        }
        if answer == Answer::Reset
            && let Some(reset) = reset_for(segment)
        {
            self.transmit(&reset, None);
        }
    }

    /// Whether packets find this socket: one that is CLOSED belongs to its program only.
    fn is_open(&self, id: SocketId) -> bool {
        let open = |slot: &Slot| slot.tcb.state() != State::Closed;
        self.net.sockets.get(id).is_some_and(open)
    }

    /// The socket that a segment meets if it is not its own connection's, but that of an earlier one with the same addresses and
    /// ports.
    fn find(&self, own: SocketId) -> Option<SocketId> {
        let all = &self.net.incarnations;
        if all.is_empty() || self.is_open(own) {
            return None;
        }
        let others = all.others(own.flow);
        let mut others = others.map(|flow| SocketId { flow, ..own });
        others.find(|id| self.is_open(*id))
    }

    /// What a request's listener has to say about its final ACK.
    fn accept_queue(&mut self, host: HostId, id: SocketId) -> AcceptQueue {
        let request = |slot: &Slot| slot.stage == Stage::Request;
        if !self.net.sockets.get(id).is_some_and(request) {
            return AcceptQueue::Room;
        }
        match self.listener_of(host, id) {
            Some(listener) if listener.is_full() => AcceptQueue::Full,
            _ => AcceptQueue::Room,
        }
    }

    /// The listener on this socket's port.
    fn listener_of(&mut self, host: HostId, id: SocketId) -> Option<&mut Listener> {
        let port = self.net.tables.flows[id.flow.index()].port(id.side);
        self.net.stacks[usize::from(host.0)].listener(port)
    }

    /// Whether a SYN takes the place of a connection in TIME-WAIT: it is newer, and there is a listener.
    fn leaves_time_wait(&mut self, host: HostId, id: SocketId, segment: &Segment) -> bool {
        let gives_way = |slot: &Slot| slot.tcb.gives_way_to(segment);
        self.net.sockets.get(id).is_some_and(gives_way) && self.listener_of(host, id).is_some()
    }

    /// No connection: a listener takes a SYN.
    fn no_socket(
        &mut self,
        host: HostId,
        id: SocketId,
        segment: &Segment,
        options: Option<&TcpOptions>,
    ) -> Answer {
        let cookies = self.net.stacks[usize::from(host.0)].sysctl.tcp_syncookies;
        let Some(listener) = self.listener_of(host, id) else {
            return Answer::Reset;
        };
        match stray(segment) {
            Stray::Opens if listener.is_full() => Answer::Done,
            Stray::Opens => {
                let cookie = cookies && listener.requests >= listener.backlog;
                let (program, inherited) = (listener.program, listener.options);
                listener.requests += 1;
                let mut slot = self.slot(id, program, inherited);
                slot.stage = Stage::Request;
                self.net.sockets.insert(slot);
                self.act(id, |tcb, now, out| {
                    tcb.listen_arrives(now, segment, options, cookie, out);
                });
                Answer::Done
            }
            Stray::Ignored => Answer::Done,
            Stray::Reset => Answer::Reset,
        }
    }

    /// A socket that has sent and received nothing.
    pub fn slot(&mut self, id: SocketId, program: ProgramId, options: SocketOptions) -> Slot {
        let flow = &self.net.tables.flows[id.flow.index()];
        // The same for all connections between two hosts, so that a later one has the younger clock (`secure_tcp_ts_off`).
        let key = Key {
            seed: self.net.seed,
            who: Who::path(flow.host(id.side), flow.host(id.side.peer())),
            what: Draw::TimestampOffset,
            number: 0,
        };
        let stack = &self.net.stacks[usize::from(self.host_of(id).0)];
        let config = TcbConfig {
            socket: id,
            iss: Seq(0),
            options,
            sysctl: Arc::clone(&stack.sysctl),
            tick: stack.wheel.hz.tick(),
            // 31 bits, so that no run of a day wraps.
            ts_offset: key.below(1 << 31) as u32,
        };
        Slot {
            tcb: Tcb::new(config),
            program,
            armed: [None; TimerKind::KERNEL.len()],
            waking: false,
            stage: Stage::Owned,
            crowded: false,
        }
    }

    /// A new socket has the addresses and ports of an earlier connection. What is left of that in TIME-WAIT gives way, and
    /// the new numbers begin beyond the old ones (`tcp_twsk_unique`).
    pub fn follow(&mut self, earlier: usize, slot: &mut Slot) {
        let later = slot.tcb.socket.flow;
        let flow = FlowId(u32::try_from(earlier).unwrap_or(u32::MAX));
        let side = |side| SocketId { flow, side };
        let next = |slot: Option<&Slot>| slot.map(|slot| slot.tcb.info().snd_nxt);
        let old = self.net.sockets.get(side(Side::Opener));
        // Without an old socket the number is drawn anew; how far it is from the old ones decides nothing.
        let ours = next(old).map_or(Seq(1 << 30), |next| next + TIMEWAIT_LEAP);
        let theirs = next(self.net.sockets.get(side(Side::Listener))).unwrap_or_default();
        if let Some(old) = old {
            slot.tcb.inherit(&old.tcb);
        }
        self.net.incarnations.follow(flow, later, [ours, theirs]);
        self.act(side(Side::Opener), |tcb, _, out| tcb.vanish(out));
    }

    /// Lets a socket act, and carries out what it says.
    pub fn act(&mut self, id: SocketId, act: impl FnOnce(&mut Tcb, Time, &mut Outbox)) {
        let mut out = std::mem::take(&mut self.net.outbox);
        out.filtered = self.meets_rules() && self.is_filtered(id);
        if let Some(slot) = self.net.sockets.get_mut(id) {
            act(&mut slot.tcb, self.now, &mut out);
        }
        self.drain(id, &mut out);
        self.net.outbox = out;
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
        self.act(id, |tcb, now, out| tcb.timeout(now, kind, out));
    }

    /// Carries out what a TCB said, in its order.
    pub(crate) fn drain(&mut self, id: SocketId, out: &mut Outbox) {
        let host = self.host_of(id);
        for output in &out.said {
            match output {
                Output::Transmit(segment, options) => self.transmit(segment, options.as_ref()),
                Output::Set(kind, span) => self.set_kernel_timer(host, id, *kind, *span),
                Output::Clear(kind) => self.clear_kernel_timer(host, id, *kind),
                Output::Wake(signal) => self.wake(host, id, *signal),
                Output::Note(event) => {
                    self.note(host, *event);
                    self.count_time_waits(host, event);
                }
            }
        }
        out.said.clear();
        let Some(slot) = self.net.sockets.get_mut(id) else {
            return;
        };
        if std::mem::take(&mut slot.crowded) {
            slot.tcb.vanish(out);
            self.drain(id, out);
        } else if slot.tcb.state() == State::Closed && slot.tcb.owner == Owner::Nobody {
            self.forget(host, id);
        }
    }

    /// A socket is gone.
    fn forget(&mut self, host: HostId, id: SocketId) {
        let stage = self.net.sockets.remove(id);
        if id.side == Side::Opener {
            let flow = &self.net.tables.flows[id.flow.index()];
            let to = (flow.hosts[1], flow.ports[1]);
            self.net.stacks[usize::from(host.0)]
                .ports
                .give_back(flow.ports[0], to);
        }
        let Some(listener) = self.listener_of(host, id) else {
            return;
        };
        match stage {
            Some(Stage::Request) => listener.requests -= 1,
            Some(Stage::Waiting) => listener.waiting.retain(|waiting| *waiting != id),
            _ => {}
        }
    }

    /// `tcp_max_tw_buckets`: beyond it a socket is closed instead of waiting.
    fn count_time_waits(&mut self, host: HostId, event: &Event) {
        let Event::Socket(SocketEvent::Entered { socket, from, to }) = *event else {
            return;
        };
        let stack = &mut self.net.stacks[usize::from(host.0)];
        if from == State::TimeWait {
            stack.time_waits -= 1;
        }
        if to == State::TimeWait {
            stack.time_waits += 1;
            if stack.time_waits > stack.sysctl.tcp_max_tw_buckets
                && let Some(slot) = self.net.sockets.get_mut(socket)
            {
                slot.crowded = true;
            }
        }
    }

    /// Sends a segment, with its options besides timestamps.
    fn transmit(&mut self, segment: &Segment, options: Option<&TcpOptions>) {
        let mut segment = *segment;
        if !self.net.incarnations.is_empty() {
            // On the wire only the latest connection of its addresses and ports can be told.
            let latest = self.net.incarnations.latest(segment.flow);
            segment = self.net.incarnations.renumber(&segment, latest);
        }
        segment.options = options.map(|options| self.net.tables.options(*options));
        let flow = &self.net.tables.flows[segment.flow.index()];
        let (from, to) = (flow.host(segment.from), flow.host(segment.from.peer()));
        let packet = Packet::Tcp(segment);
        if self.meets_rules() {
            self.meet_rules(from, to, packet);
        } else {
            self.put_on_the_wire(from, to, packet);
        }
    }

    /// Whether there is anything but the path itself that could hold a packet up.
    const fn meets_rules(&self) -> bool {
        !(self.net.faults.is_empty() && self.net.filters.is_empty())
    }

    /// Sends a packet that nothing but the path itself can hold up.
    fn put_on_the_wire(&mut self, from: HostId, to: HostId, packet: Packet) {
        let sent = self.note(from, Event::Segment(SegmentEvent::Sent(packet)));
        let none = Duration::ZERO;
        match self.net.links.carry(self.now, from, to, &packet, none) {
            Some(at) => {
                let todo = Todo::Arrive { to, packet, sent };
                self.net.queue.schedule(at, todo);
            }
            None => self.loses(from, packet, sent, Culprit::Link),
        }
    }

    fn loses(&mut self, from: HostId, packet: Packet, sent: Cause, by: Culprit) {
        let lost = Event::Segment(SegmentEvent::Dropped { packet, by });
        self.recorder.note(self.now, from, sent, lost);
    }

    /// Sends a packet past all faults, and past the sender's own filter.
    fn meet_rules(&mut self, from: HostId, to: HostId, packet: Packet) {
        let Packet::Tcp(segment) = packet else { return };
        let mut verdict = self.meet_faults(from, to, &packet);
        let own = self.filter(from, Chain::Output, &segment);
        if let (Filtered::Drop | Filtered::Reject(_), rule) = own {
            verdict.dropped.get_or_insert((rule, Place::Output));
        }
        let sent = self.note(from, Event::Segment(SegmentEvent::Sent(packet)));
        if let Some((fault, at)) = verdict.look {
            let flow = segment.flow;
            self.net.queue.schedule(at, Todo::Look { fault, flow });
        }
        if let (Some((fault, met)), None) = (verdict.forgotten, verdict.dropped) {
            self.forgotten(&segment, sent, fault, met);
            return;
        }
        let extra = verdict.extra;
        for _ in 0..=verdict.copies {
            let arrival = match verdict.dropped {
                Some((fault, Place::Output)) => Err(Culprit::OwnRule(fault)),
                Some((fault, _)) => Err(Culprit::Rule(fault)),
                None => {
                    let arrival = self.net.links.carry(self.now, from, to, &packet, extra);
                    arrival.ok_or(Culprit::Link)
                }
            };
            match arrival {
                Ok(at) => {
                    let todo = match verdict.rejected {
                        None => Todo::Arrive { to, packet, sent },
                        Some((fault, how)) => Todo::Reject {
                            by: to,
                            packet,
                            sent,
                            fault,
                            how,
                        },
                    };
                    self.net.queue.schedule(at, todo);
                }
                Err(by) => self.loses(from, packet, sent, by),
            }
        }
        if let (Filtered::Reject(how), _) = own {
            self.reject_here(from, &segment, how, sent);
        }
    }

    /// A packet of a connection that a box on the way has forgotten: lost there, half-way, and its sender may be told.
    fn forgotten(&mut self, segment: &Segment, sent: Cause, fault: u16, met: Met) {
        let flow = &self.net.tables.flows[segment.flow.index()];
        let from = flow.host(segment.from);
        let lost = Event::Segment(SegmentEvent::Dropped {
            packet: Packet::Tcp(*segment),
            by: Culprit::Box(fault),
        });
        let lost = self.recorder.note(self.now, from, sent, lost);
        if met == Met::Reset
            && let Some(reset) = reset_for(segment)
        {
            self.inject(reset, lost);
        }
    }

    /// A box looks whether it still remembers a connection, and may tell its ends that it does not.
    pub fn look(&mut self, fault: u16, flow: FlowId) {
        match self.net.faults.look(self.now, fault, flow) {
            None => {}
            Some(Err(again)) => {
                self.net.queue.schedule(again, Todo::Look { fault, flow });
            }
            Some(Ok(Forgotten { memory, expects })) => {
                let host = self.net.tables.flows[flow.index()].host(Side::Opener);
                if memory.then == Then::Learns {
                    return;
                }
                self.cause = None;
                let event = Event::Fault(FaultEvent::Forgot { fault, flow });
                let forgot = self.note(host, event);
                if memory.then == Then::ResetsBoth {
                    for side in [Side::Opener, Side::Listener] {
                        if let Some(seq) = expects[side.index()] {
                            self.inject(memory::reset(flow, side, seq), forgot);
                        }
                    }
                }
            }
        }
    }

    /// A box on the way, half-way, sends a segment as if the other end had.
    fn inject(&mut self, segment: Segment, cause: Cause) {
        let flow = &self.net.tables.flows[segment.flow.index()];
        let (from, to) = (flow.host(segment.from), flow.host(segment.from.peer()));
        let at = self.now + self.net.links.delay(from, to) / 2;
        let packet = Packet::Tcp(segment);
        let todo = Todo::Arrive {
            to,
            packet,
            sent: cause,
        };
        self.net.queue.schedule(at, todo);
    }

    /// A host's own OUTPUT chain rejects what it sends: it hears of it at once, and nobody else does.
    fn reject_here(&mut self, host: HostId, segment: &Segment, how: Refusal, sent: Cause) {
        let packet = match how {
            Refusal::TcpReset => match reset_for(segment) {
                Some(reset) => Packet::Tcp(reset),
                None => return,
            },
            Refusal::Unreachable(kind) => Packet::Unreachable {
                flow: segment.flow,
                to: segment.from,
                kind,
                quoted: segment.seq,
            },
        };
        let to = host;
        self.net
            .queue
            .schedule(self.now, Todo::Arrive { to, packet, sent });
    }

    /// What a host's filter makes of a segment, and which rule.
    fn filter(&mut self, host: HostId, chain: Chain, segment: &Segment) -> (Filtered, u16) {
        if self.net.filters.is_empty() {
            return (Filtered::Accept, 0);
        }
        let seen = self.seen(segment);
        self.net.filters.meet(host, chain, &seen)
    }

    /// A segment as a filter sees it, with its sender's and its receiver's address and port.
    fn seen<'s>(&self, segment: &'s Segment) -> Seen<'s> {
        let flow = &self.net.tables.flows[segment.flow.index()];
        let sides = [segment.from, segment.from.peer()];
        Seen {
            addresses: sides.map(|side| self.net.addresses[flow.host(side).index()].into()),
            ports: sides.map(|side| flow.port(side)),
            segment,
        }
    }

    /// Whether a packet reaches a machine that is down, where nobody hears it.
    fn is_dark(&mut self, host: HostId, packet: &Packet) -> bool {
        let dark = self.net.stacks[usize::from(host.0)].power == Power::Off;
        if dark {
            let (packet, by) = (*packet, Culprit::Host(host));
            let lost = Event::Segment(SegmentEvent::Dropped { packet, by });
            self.note(host, lost);
        }
        dark
    }

    /// A segment has reached a host: its INPUT chain comes first.
    pub fn reaches(&mut self, to: HostId, packet: &Packet) {
        if self.is_dark(to, packet) {
            return;
        }
        let Packet::Tcp(segment) = packet else {
            self.arrive(to, packet);
            return;
        };
        match self.filter(to, Chain::Input, segment) {
            (Filtered::Accept, _) => self.arrive(to, packet),
            (Filtered::Drop, rule) => {
                let (packet, by) = (*packet, Culprit::Rule(rule));
                let lost = Event::Segment(SegmentEvent::Dropped { packet, by });
                self.note(to, lost);
            }
            (Filtered::Reject(how), rule) => {
                self.reject(to, packet, rule, how);
            }
        }
    }

    /// A packet reaches a host whose filter rejects it: it is lost there, and its sender hears of it.
    pub fn reject(&mut self, by: HostId, packet: &Packet, fault: u16, how: Refusal) {
        if self.is_dark(by, packet) {
            return;
        }
        let lost = SegmentEvent::Dropped {
            packet: *packet,
            by: Culprit::Rule(fault),
        };
        self.cause = self.note(by, Event::Segment(lost));
        let Packet::Tcp(segment) = packet else { return };
        match how {
            Refusal::TcpReset => {
                if let Some(reset) = reset_for(segment) {
                    self.transmit(&reset, None);
                }
            }
            Refusal::Unreachable(kind) => {
                let flow = &self.net.tables.flows[segment.flow.index()];
                let to = flow.host(segment.from);
                let packet = Packet::Unreachable {
                    flow: segment.flow,
                    to: segment.from,
                    kind,
                    quoted: segment.seq,
                };
                self.put_on_the_wire(by, to, packet);
            }
        }
    }

    fn meet_faults(&mut self, from: HostId, to: HostId, packet: &Packet) -> Verdict {
        if self.net.faults.is_empty() {
            return Verdict::default();
        }
        let Packet::Tcp(segment) = packet else {
            return Verdict::default();
        };
        let tables = &self.net.tables;
        let line = if self.net.faults.read_text() && segment.len > 0 {
            tables.first_line(segment)
        } else {
            ""
        };
        let passing = Passing {
            from,
            to,
            ports: tables.flows[segment.flow.index()].ports,
            packet,
            line,
        };
        self.net.faults.meet(self.now, &passing)
    }

    /// Whether this host's own filter throws away what the socket sends.
    fn is_filtered(&self, id: SocketId) -> bool {
        if self.is_filtered_by_rules(id) {
            return true;
        }
        if self.net.faults.is_empty() {
            return false;
        }
        let flow = &self.net.tables.flows[id.flow.index()];
        let (from, to) = (flow.host(id.side), flow.host(id.side.peer()));
        self.net
            .faults
            .keep_back(self.now, from, to, flow.ports, id.flow)
    }

    /// The same of its OUTPUT chain.
    fn is_filtered_by_rules(&self, id: SocketId) -> bool {
        if self.net.filters.is_empty() {
            return false;
        }
        let data = Segment::data_of(id);
        let host = self.net.tables.flows[id.flow.index()].host(id.side);
        self.net.filters.would_drop(host, &self.seen(&data))
    }

    fn set_kernel_timer(&mut self, host: HostId, id: SocketId, kind: TimerKind, span: Span) {
        let wheel = self.net.stacks[usize::from(host.0)].wheel;
        let until = match kind {
            // A high-resolution timer, which the wheel does not round.
            TimerKind::CompressedAck => self.now + span,
            _ => wheel.fires_at(self.now, span),
        };
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
    fn wake(&mut self, host: HostId, id: SocketId, signal: Signal) {
        if signal == Signal::Accepted {
            self.queue_for_accept(host, id);
        }
        let Some(slot) = self.net.sockets.get_mut(id) else {
            return;
        };
        if slot.waking {
            return;
        }
        slot.waking = true;
        let program = slot.program;
        let latency = self.net.wake_latency[usize::from(program.0)][id.side.index()].of(signal);
        let span = self.latency(TimerOf::Socket(id), draw_of(signal), latency);
        let todo = Todo::Wake {
            program,
            socket: id,
            signal,
            cause: self.cause,
        };
        let busy = &self.net.busy[usize::from(program.0)];
        let at = busy::socket(busy, self.now + span, span);
        self.net.queue.schedule(at, todo);
    }

    /// The handshake is over: the connection waits for accept(2).
    fn queue_for_accept(&mut self, host: HostId, id: SocketId) {
        if let Some(slot) = self.net.sockets.get_mut(id) {
            slot.stage = Stage::Waiting;
        }
        if let Some(listener) = self.listener_of(host, id) {
            listener.requests -= 1;
            listener.waiting.push_back(id);
        }
    }

    /// accept(2): the program takes a connection out of the queue.
    pub fn accept(&mut self, host: HostId, id: SocketId) {
        if let Some(slot) = self.net.sockets.get_mut(id) {
            slot.stage = Stage::Owned;
        }
        let Some(listener) = self.listener_of(host, id) else {
            return;
        };
        // As a rule it is the one that has waited longest.
        match listener.waiting.front() {
            Some(first) if *first == id => drop(listener.waiting.pop_front()),
            _ => listener.waiting.retain(|waiting| *waiting != id),
        }
    }

    /// close(2) of a listener: connections that wait are reset, handshakes forgotten (`inet_csk_listen_stop`).
    pub fn close_listener(&mut self, host: HostId, port: u16) {
        self.net.stacks[usize::from(host.0)]
            .listeners
            .retain(|l| l.port != port);
        let here = |id: &SocketId| {
            let flow = &self.net.tables.flows[id.flow.index()];
            id.side == Side::Listener && flow.host(id.side) == host && flow.port(id.side) == port
        };
        let ids: Vec<SocketId> = self.net.sockets.ids().filter(here).collect();
        for id in ids {
            let stage = self.net.sockets.get(id).map(|slot| slot.stage);
            match stage {
                Some(Stage::Waiting) => self.act(id, |tcb, now, out| {
                    tcb.owner = Owner::Nobody;
                    tcb.abort(now, out);
                }),
                Some(Stage::Request) => self.act(id, |tcb, _, out| tcb.vanish(out)),
                _ => {}
            }
        }
    }

    /// A machine loses power: its sockets, listeners and rules are gone, and nobody is told.
    pub fn power_off(&mut self, host: HostId) {
        self.cause = self.note(host, Event::Fault(FaultEvent::PoweredOff));
        self.net.filters.forget(host);
        let stack = &mut self.net.stacks[usize::from(host.0)];
        stack.power = Power::Off;
        stack.listeners.clear();
        for id in self.sockets_of(host, None) {
            self.act(id, |tcb, _, out| tcb.vanish(out));
        }
    }

    /// `ss -K`: sockets that are connected to a host are destroyed, and their programs told (`tcp_abort`).
    pub fn destroy(&mut self, host: HostId, peer: HostId) {
        for id in self.sockets_of(host, Some(peer)) {
            self.act(id, |tcb, now, out| tcb.destroy(now, out));
        }
    }

    /// A host's sockets; those that are connected to one other, if that is given.
    fn sockets_of(&self, host: HostId, peer: Option<HostId>) -> Vec<SocketId> {
        let flows = &self.net.tables.flows;
        let here = |id: &SocketId| {
            let flow = &flows[id.flow.index()];
            flow.host(id.side) == host && peer.is_none_or(|peer| flow.host(id.side.peer()) == peer)
        };
        self.net.sockets.ids().filter(here).collect()
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
        Signal::Data | Signal::Room => Draw::Data,
        Signal::End => Draw::End,
    }
}

/// In [`TimerKind::KERNEL`], whose kinds stand first: only they are set by a TCB.
const fn timer_index(kind: TimerKind) -> usize {
    debug_assert!(kind.is_kernel());
    kind as usize
}
