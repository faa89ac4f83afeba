//! The kernel under test: the engine's own, with its listener, its accept queue and its timers. The other end is the script.
//!
//! There are two hosts and one flow between them. What the host under test sends is taken down and goes nowhere; what the
//! script sends arrives as if it had come over a link. A new connection of the script takes the flow of the one before, so
//! that its addresses and ports are the same.

use crate::call::{Argument, Call, EPOLL_BITS, How, MessageFlags, Outcome, Queue, SocketOption};
use crate::knobs;
use crate::packet::{Packet, TcpOption};
use crate::script::{Field, Filter, Icmp, Script};
use crate::sockopt::Options;
use crate::wire::{segment, written};
use std::collections::VecDeque;
use std::net::Ipv4Addr;
use std::time::Duration;
use whyeof_sim::chance::{Drawers, Latency, LatencyMode};
use whyeof_sim::host::{Kernel, Net, Step, Todo, WakeLatency};
use whyeof_sim::incarnations::Incarnations;
use whyeof_sim::kernel::timer_wheel::TimerWheel;
use whyeof_sim::limits::Limits;
use whyeof_sim::net::fault::{Effect, FaultPlan, Faults, Match, Place, When};
use whyeof_sim::net::link::Links;
use whyeof_sim::outbox::{Outbox, Signal};
use whyeof_sim::recorder::{Cause, Recorder};
use whyeof_sim::stack::{Listener, Slot, Sockets, Stack, Stage};
use whyeof_sim::tables::Tables;
use whyeof_sim::tcp::Tcb;
use whyeof_sim::tcp::calls::{More, Shutdown};
use whyeof_sim::tcp::info::Info;
use whyeof_sim::tcp::recovery::Phase;
use whyeof_sim::tcp::recv::Read;
use whyeof_trace::{
    self as trace, Event, Flags, Flow, FlowId, HostId, ProgramId, Segment, SegmentEvent, Seq, Side,
    SocketError, SocketId, State, Time,
};

/// Which socket: its position among those that the program has opened.
pub(crate) type SocketNumber = usize;

/// The host under test, its program, and its port if it listens.
const HERE: HostId = HostId(0);
const PROGRAM: ProgramId = ProgramId(0);
const PORT: u16 = 8_080;
/// The other end's host, and its port if it does not listen.
const THERE: HostId = HostId(1);
const THEIR_PORT: u16 = 40_000;

/// A socket of the program.
#[derive(Debug)]
struct Socket {
    kind: Kind,
    options: Options,
}

/// What a socket is so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Fresh,
    Listener,
    Connection,
    /// Its place in the kernel's table is another's by now.
    Replaced,
}

/// Keeps what the host under test sends.
#[derive(Debug, Default)]
struct Wire(Vec<Segment>);

impl Recorder for Wire {
    fn note(&mut self, _: Time, host: HostId, _: Cause, event: Event) -> Cause {
        match (host, event) {
            (HERE, Event::Segment(SegmentEvent::Sent(packet))) => self.0.extend(packet.segment()),
            // It never leaves this host.
            (HERE, Event::Segment(SegmentEvent::Dropped { .. })) => drop(self.0.pop()),
            _ => {}
        }
        None
    }
}

/// A kernel with at most one connection.
#[derive(Debug)]
pub(crate) struct Stand {
    now: Time,
    net: Net,
    wire: Wire,
    /// Which end of the flow is under test.
    side: Side,
    sockets: Vec<Socket>,
    /// What the other end scales its windows by.
    shift: u8,
    /// Sent and not looked at by the script yet.
    pub(crate) sent: VecDeque<(Time, Packet)>,
    /// What was said of sockets and not passed on yet: EPOLL… bits.
    pub(crate) woken: Vec<(SocketNumber, u32)>,
    /// How often anything was said of a socket.
    pub(crate) wakes: u32,
}

/// The fields of `struct tcp_info` that the engine knows.
pub(crate) const FIELDS_KNOWN: [&str; 19] = [
    "tcpi_state",
    "tcpi_ca_state",
    "tcpi_retransmits",
    "tcpi_probes",
    "tcpi_backoff",
    "tcpi_rto",
    "tcpi_snd_mss",
    "tcpi_rcv_mss",
    "tcpi_unacked",
    "tcpi_sacked",
    "tcpi_lost",
    "tcpi_retrans",
    "tcpi_last_data_recv",
    "tcpi_rtt",
    "tcpi_snd_ssthresh",
    "tcpi_snd_cwnd",
    "tcpi_advmss",
    "tcpi_bytes_received",
    "tcpi_min_rtt",
];

impl Stand {
    /// Nothing but a kernel.
    pub(crate) fn new(script: &Script) -> Self {
        Self {
            now: Time::ZERO,
            net: net(script),
            wire: Wire::default(),
            side: Side::Listener,
            sockets: Vec::new(),
            shift: 0,
            sent: VecDeque::new(),
            woken: Vec::new(),
            wakes: 0,
        }
    }

    /// Now.
    pub(crate) const fn now(&self) -> Time {
        self.now
    }

    /// When the next timer fires.
    pub(crate) fn next_timer(&mut self) -> Option<Time> {
        self.net.queue.next_time()
    }

    /// Lets the next timer fire.
    pub(crate) fn fire(&mut self) {
        if let Some((time, todo)) = self.net.queue.pop() {
            self.now = time;
            self.happens(todo);
            self.settle();
        }
    }

    /// Lets time pass in which no timer fires; at most 36 years, so that sums of a time and a span stay in range.
    pub(crate) fn wait(&mut self, until: Time) {
        const LAST: Time = Time(1 << 60);
        self.now = self.now.max(until.min(LAST));
    }

    /// The other end's segment arrives, with a TSecr of ours.
    pub(crate) fn arrives(&mut self, packet: &Packet) {
        if packet.flags.has(Flags::SYN) {
            let scale = packet.options().iter().find_map(|option| match option {
                TcpOption::WindowScale(shift) => Some(*shift),
                _ => None,
            });
            self.shift = scale.unwrap_or(0);
        }
        let from = self.side.peer();
        let segment = segment(packet, from, self.shift, &mut self.net.tables);
        self.kernel().arrive(HERE, &trace::Packet::Tcp(segment));
        self.settle();
    }

    /// An ICMP packet arrives.
    pub(crate) fn unreachable(&mut self, icmp: &Icmp) {
        let packet = trace::Packet::Unreachable {
            flow: FlowId(0),
            to: self.side,
            kind: icmp.kind,
            quoted: Seq(icmp.quoted),
        };
        self.kernel().arrive(HERE, &packet);
        self.settle();
    }

    /// What this host sends is thrown away by its own filter from now on, or no longer.
    pub(crate) fn filter(&mut self, filter: Filter) {
        let drop = FaultPlan {
            name: String::new(),
            when: When::ALWAYS,
            packets: Match {
                from: Some(HERE),
                ..Match::default()
            },
            nth: 1,
            count: None,
            effect: Effect::Drop,
            place: Place::Output,
        };
        self.net.faults = match filter {
            Filter::Drop => Faults::new(&[drop]),
            Filter::Accept => Faults::default(),
        };
    }

    fn kernel(&mut self) -> Kernel<'_> {
        Kernel::new(&mut self.net, &mut self.wire, self.now, None)
    }

    fn id(&self) -> SocketId {
        SocketId {
            flow: FlowId(0),
            side: self.side,
        }
    }

    /// What is due now happens now, and what was sent is written as the script would.
    fn settle(&mut self) {
        while self.net.queue.next_time().is_some_and(|t| t <= self.now) {
            if let Some((_, todo)) = self.net.queue.pop() {
                self.happens(todo);
            }
        }
        for segment in std::mem::take(&mut self.wire.0) {
            let packet = written(&segment, &self.net.tables);
            self.sent.push_back((self.now, packet));
        }
    }

    fn happens(&mut self, todo: Todo) {
        match todo {
            Todo::KernelTimer { socket, kind } => self.kernel().kernel_timer(socket, kind),
            Todo::Wake { socket, signal, .. } => {
                if let Some(slot) = self.net.sockets.get_mut(socket) {
                    slot.waking = false;
                }
                self.wake(signal);
            }
            // Only the other host would be reached by them; and no program of the engine's runs here.
            Todo::Arrive { .. }
            | Todo::Reject { .. }
            | Todo::Command(_)
            | Todo::Boot { .. }
            | Todo::Look { .. }
            | Todo::ProgramTimer { .. }
            | Todo::Step { .. } => {}
        }
    }

    fn wake(&mut self, signal: Signal) {
        let [readable, writable, error, hang_up, ended] = BITS;
        let (kind, bits) = match signal {
            Signal::Accepted => (Kind::Listener, readable),
            Signal::Data => (Kind::Connection, readable),
            Signal::Room => (Kind::Connection, writable),
            Signal::Connected => (Kind::Connection, readable | writable | error | hang_up),
            Signal::End => (
                Kind::Connection,
                readable | writable | error | hang_up | ended,
            ),
        };
        let found = self.sockets.iter().rposition(|socket| socket.kind == kind);
        if let Some(socket) = found {
            // An end that came with the data is told of in the same breath (`tcp_fin`, `sk_state_change`).
            let over = self.ready(socket) & (error | hang_up | ended);
            let all = if over == 0 { 0 } else { readable | writable };
            self.woken.push((socket, bits | over | all));
            self.wakes += 1;
        }
    }

    /// socket(2).
    pub(crate) fn socket(&mut self) -> SocketNumber {
        self.open(Kind::Fresh, Options::new(&self.net.stacks[0].sysctl))
    }

    fn open(&mut self, kind: Kind, options: Options) -> SocketNumber {
        self.sockets.push(Socket { kind, options });
        self.sockets.len() - 1
    }

    /// The place of the flow's connection is a new one's.
    fn replace(&mut self) {
        for socket in &mut self.sockets {
            if socket.kind == Kind::Connection {
                socket.kind = Kind::Replaced;
            }
        }
    }

    /// accept(2): a new socket or an errno; `None`: there is no connection yet.
    pub(crate) fn accept(
        &mut self,
        socket: SocketNumber,
    ) -> Option<Result<SocketNumber, &'static str>> {
        if self.sockets[socket].kind != Kind::Listener {
            return Some(Err("EINVAL"));
        }
        let listener = self.net.stacks[0].listener(PORT)?;
        let id = *listener.waiting.front()?;
        self.kernel().accept(HERE, id);
        self.settle();
        self.replace();
        let options = self.sockets[socket].options;
        Some(Ok(self.open(Kind::Connection, options)))
    }

    /// connect(2): what it comes to; `None`: it is on its way. `again`: this call has begun already, and asks how it goes.
    pub(crate) fn connect(&mut self, socket: SocketNumber, again: bool) -> Option<Outcome> {
        match self.sockets[socket].kind {
            Kind::Fresh => self.dial(socket)?,
            Kind::Connection if again || !self.is_opening() => {}
            Kind::Connection => return Some(Outcome::errno("EALREADY")),
            _ => return Some(Outcome::errno("EISCONN")),
        }
        if self.is_opening() {
            return None;
        }
        let slot = self.net.sockets.get_mut(self.id())?;
        let Some(error) = slot.tcb.take_error() else {
            return Some(Outcome::DONE);
        };
        // The socket is as if it had never been connected (`__inet_stream_connect`, `tcp_disconnect`).
        self.act(|tcb, _, out| tcb.vanish(out));
        self.sockets[socket].kind = Kind::Fresh;
        Some(failed(error))
    }

    /// Our SYN leaves; what is left of the connection before gives way (`tcp_twsk_unique`).
    fn dial(&mut self, socket: SocketNumber) -> Option<()> {
        let old = self.id();
        self.kernel().act(old, |tcb, _, out| tcb.vanish(out));
        self.replace();
        self.side = Side::Opener;
        self.net.tables.flows[0] = flow(self.side);
        let options = self.sockets[socket].options.engine;
        let id = self.id();
        let slot = self.kernel().slot(id, PROGRAM, options);
        self.net.sockets.insert(slot);
        self.sockets[socket].kind = Kind::Connection;
        self.act(|tcb, now, out| tcb.connect(now, out));
        Some(())
    }

    fn is_opening(&self) -> bool {
        let opening = |s: &Slot| matches!(s.tcb.state(), State::SynSent | State::SynReceived);
        self.slot().is_some_and(opening)
    }

    /// close(2); `Some`: with SO_LINGER it has to wait, until then at most.
    pub(crate) fn close(&mut self, socket: SocketNumber) -> Option<Time> {
        let mut wait = None;
        match std::mem::replace(&mut self.sockets[socket].kind, Kind::Replaced) {
            Kind::Connection => self.act(|tcb, now, out| wait = tcb.close(now, out)),
            Kind::Listener => {
                self.kernel().close_listener(HERE, PORT);
                self.settle();
            }
            Kind::Fresh | Kind::Replaced => {}
        }
        let until = self.net.stacks[0]
            .wheel
            .fires_at(self.now, trace::Span::of(wait?));
        // So that time stops there, and the call is looked at.
        let todo = Todo::Step {
            program: PROGRAM,
            step: Step::Call,
            cause: None,
        };
        self.net.queue.schedule(until, todo);
        Some(until)
    }

    /// Whether a close(2) that waits may return; then the connection is an orphan.
    pub(crate) fn left(&mut self, until: Time) -> bool {
        if self.now < until && self.slot().is_some_and(|slot| slot.tcb.lingers()) {
            return false;
        }
        self.act(|tcb, now, out| tcb.leave(now, out));
        true
    }

    /// Any other call; `None`: it would block.
    pub(crate) fn call(&mut self, socket: SocketNumber, call: Call) -> Option<Outcome> {
        let kind = self.sockets[socket].kind;
        match (kind, call) {
            (_, Call::Bind) => Some(Outcome::DONE),
            (_, Call::Set(option, value)) => Some(self.set(socket, option, value)),
            (_, Call::Get(option)) => Some(Outcome::filled(self.get(socket, option))),
            (Kind::Fresh, Call::Listen(backlog)) => {
                self.listen(socket, backlog);
                Some(Outcome::DONE)
            }
            (Kind::Fresh | Kind::Listener, Call::Write(..)) => Some(Outcome::errno("EPIPE")),
            (Kind::Fresh | Kind::Listener, Call::Read(..) | Call::Shutdown(_)) => {
                Some(Outcome::errno("ENOTCONN"))
            }
            (Kind::Connection | Kind::Replaced, _) => self.connection_call(kind, call),
            _ => Some(Outcome::errno("EINVAL")),
        }
    }

    fn listen(&mut self, socket: SocketNumber, backlog: u32) {
        self.sockets[socket].kind = Kind::Listener;
        let stack = &mut self.net.stacks[0];
        let options = self.sockets[socket].options.engine;
        let backlog = backlog.min(stack.sysctl.somaxconn);
        let listener = Listener::new(PORT, PROGRAM, options, backlog);
        stack.listeners.push(listener);
    }

    fn connection_call(&mut self, kind: Kind, call: Call) -> Option<Outcome> {
        if kind == Kind::Replaced || self.slot().is_none() {
            return Some(of_nothing(call));
        }
        let mut outcome = Some(Outcome::DONE);
        match call {
            Call::Read(most, _) => self.act(|tcb, now, out| {
                outcome = match tcb.read(now, most, out) {
                    Read::Blocks => None,
                    Read::Returns(trace::Returned::Bytes(n)) => Some(Outcome::number(n.into())),
                    Read::Returns(trace::Returned::Error(e)) => Some(failed(e)),
                    Read::Returns(_) => Some(Outcome::DONE),
                };
            }),
            Call::Write(len, flags) => self.act(|tcb, now, out| {
                outcome = match tcb.write(now, len, more(flags), out) {
                    Ok(0) if len > 0 => None,
                    Ok(n) => Some(Outcome::number(n.into())),
                    Err(error) => Some(failed(error)),
                };
            }),
            Call::Shutdown(how) => self.act(|tcb, now, out| {
                let done = tcb.shutdown(now, shutdown(how), out);
                outcome = Some(done.map_or_else(failed, |()| Outcome::DONE));
            }),
            Call::Count(queue) => {
                let tcb = &self.slot()?.tcb;
                let bytes = match queue {
                    Queue::In => tcb.unread(),
                    Queue::Out => tcb.unacknowledged(),
                };
                outcome = Some(Outcome::filled(Argument::Number(bytes.into())));
            }
            _ => outcome = Some(Outcome::errno("EINVAL")),
        }
        outcome
    }

    /// setsockopt(2): remembered, and told to a listener or an open connection.
    fn set(&mut self, number: SocketNumber, option: SocketOption, value: Argument) -> Outcome {
        let socket = &mut self.sockets[number];
        let told = match socket.options.set(option, value) {
            Ok(told) => told,
            Err(wrong) => return wrong,
        };
        let engine = socket.options.engine;
        match (socket.kind, told) {
            (Kind::Listener, _) => {
                if let Some(listener) = self.net.stacks[0].listener(PORT) {
                    listener.options = engine;
                }
            }
            (Kind::Connection, Some(told)) => {
                self.act(|tcb, now, out| tcb.set_option(now, told, out));
            }
            _ => {}
        }
        Outcome::DONE
    }

    /// getsockopt(2).
    fn get(&mut self, number: SocketNumber, option: SocketOption) -> Argument {
        let socket = &self.sockets[number];
        let id = self.id();
        let slot = self.net.sockets.get_mut(id);
        let slot = slot.filter(|slot| slot.stage == Stage::Owned);
        match (option, slot) {
            (SocketOption::Error, Some(slot)) if socket.kind == Kind::Connection => {
                let held = slot.tcb.take_error();
                held.map_or(Argument::Number(0), |e| Argument::Errno(e.name()))
            }
            (SocketOption::MaxSegment, Some(slot)) if socket.kind == Kind::Connection => {
                Argument::Number(slot.tcb.send_mss().into())
            }
            _ => socket.options.get(option),
        }
    }

    /// EPOLL… bits that hold of a socket now (`tcp_poll`).
    pub(crate) fn ready(&self, socket: SocketNumber) -> u32 {
        let [readable, writable, error, hang_up, ended] = BITS;
        let slot = match self.sockets[socket].kind {
            Kind::Fresh => return writable | hang_up,
            Kind::Listener => {
                let listener = self.net.stacks[0].listeners.first();
                let waits = listener.is_some_and(|l| !l.waiting.is_empty());
                return if waits { readable } else { 0 };
            }
            Kind::Connection => self.slot(),
            Kind::Replaced => None,
        };
        let Some(slot) = slot else {
            return readable | writable | hang_up | ended;
        };
        let is = slot.tcb.readiness();
        let bits = [
            (is.readable, readable),
            (is.writable, writable),
            (is.error, error),
            (is.hung_up, hang_up),
            (is.ended, ended),
        ];
        let held = bits.iter().filter(|(holds, _)| *holds);
        held.fold(0, |sum, (_, bit)| sum | bit)
    }

    /// A field of the connection's `struct tcp_info`.
    pub(crate) fn field(&self, field: Field) -> i64 {
        let Some(slot) = self.slot() else {
            let closed = state_number(State::Closed);
            return if field.0 == "tcpi_state" { closed } else { 0 };
        };
        match field.0 {
            "tcpi_state" => state_number(slot.tcb.state()),
            name => field_of(&slot.tcb.info(), name, self.now),
        }
    }

    /// The connection, once it is the program's.
    fn slot(&self) -> Option<&Slot> {
        let slot = self.net.sockets.get(self.id());
        slot.filter(|slot| slot.stage == Stage::Owned)
    }

    /// Lets the connection act, and carries out what it says.
    fn act(&mut self, act: impl FnOnce(&mut Tcb, Time, &mut Outbox)) {
        let id = self.id();
        self.kernel().act(id, act);
        self.settle();
    }
}

/// Two hosts, of which the first is under test, and what could be a flow between them.
fn net(script: &Script) -> Net {
    let sysctl = knobs::sysctl(script.knobs.iter().map(|(_, knob)| knob));
    let wheel = TimerWheel {
        hz: script.hz,
        phase: script.phase,
    };
    let at_once = WakeLatency {
        connected: Latency::ZERO,
        accepted: Latency::ZERO,
        data: Latency::ZERO,
        end: Latency::ZERO,
    };
    let mut net = Net {
        queue: whyeof_sim::queue::Queue::default(),
        stacks: vec![Stack::new(wheel, sysctl), Stack::new(wheel, sysctl)],
        sockets: Sockets::default(),
        tables: Tables::default(),
        links: Links::new(2, Duration::ZERO, &[], 0),
        faults: Faults::default(),
        filters: whyeof_sim::net::filter::Filters::default(),
        incarnations: Incarnations::default(),
        seed: 0,
        latency: LatencyMode::Median,
        busy: vec![Vec::new()],
        wake_latency: [[at_once; 2]].into(),
        drawers: Drawers::default(),
        addresses: [Ipv4Addr::new(192, 0, 2, 1), Ipv4Addr::new(192, 0, 2, 2)].into(),
        limits: Limits::default(),
        outbox: Outbox::default(),
    };
    let id = net.tables.flow(flow(Side::Listener));
    net.sockets.open_flow(id);
    net
}

/// The flow, by the side that is under test.
const fn flow(side: Side) -> Flow {
    match side {
        Side::Opener => Flow {
            hosts: [HERE, THERE],
            ports: [THEIR_PORT, PORT],
        },
        Side::Listener => Flow {
            hosts: [THERE, HERE],
            ports: [THEIR_PORT, PORT],
        },
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

/// A call on a connection that the kernel has let go of.
fn of_nothing(call: Call) -> Outcome {
    match call {
        Call::Write(..) => Outcome::errno("EPIPE"),
        Call::Shutdown(_) => Outcome::errno("ENOTCONN"),
        Call::Count(_) => Outcome::filled(Argument::Number(0)),
        Call::Read(..) => Outcome::DONE,
        _ => Outcome::errno("EINVAL"),
    }
}

fn failed(error: SocketError) -> Outcome {
    Outcome::errno(error.name())
}

const fn more(flags: MessageFlags) -> More {
    if flags.more { More::Follows } else { More::No }
}

const fn shutdown(how: How) -> Shutdown {
    match how {
        How::Read => Shutdown::Read,
        How::Write => Shutdown::Write,
        How::Both => Shutdown::Both,
    }
}

fn field_of(info: &Info, name: &str, now: Time) -> i64 {
    let micros = |span: Duration| i64::try_from(span.as_micros()).unwrap_or(i64::MAX);
    match name {
        "tcpi_ca_state" => match info.ca_state {
            Phase::Open => 0,
            Phase::Disorder => 1,
            Phase::Reducing => 2,
            Phase::Recovery => 3,
            Phase::Loss => 4,
        },
        "tcpi_retransmits" => info.retransmits.into(),
        "tcpi_probes" => info.probes.into(),
        "tcpi_backoff" => info.backoff.into(),
        "tcpi_rto" => micros(info.rto),
        "tcpi_snd_mss" => info.snd_mss.into(),
        "tcpi_rcv_mss" => info.rcv_mss.into(),
        "tcpi_unacked" => info.unacked.into(),
        "tcpi_sacked" => info.sacked.into(),
        "tcpi_lost" => info.lost.into(),
        "tcpi_retrans" => info.retrans.into(),
        "tcpi_last_data_recv" => {
            let at = Time::ZERO + info.last_data_recv;
            micros(now.since(at)) / 1_000
        }
        "tcpi_rtt" => micros(info.rtt),
        // TCP_INFINITE_SSTHRESH.
        "tcpi_snd_ssthresh" => info.snd_ssthresh.min(0x7fff_ffff).into(),
        "tcpi_snd_cwnd" => info.snd_cwnd.into(),
        "tcpi_advmss" => info.advmss.into(),
        "tcpi_bytes_received" => info.bytes_received.into(),
        "tcpi_min_rtt" => micros(info.min_rtt),
        _ => 0,
    }
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
