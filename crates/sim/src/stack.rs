//! A kernel's sockets: listeners, ports, and the table in which a packet finds its socket.

use crate::copy::clone_into_place;
use crate::kernel::sysctl::Sysctl;
use crate::kernel::timer_wheel::TimerWheel;
use crate::ports::Ports;
use crate::queue::Ticket;
use crate::recorder::Cause;
use crate::tcp::Tcb;
use crate::tcp::options::SocketOptions;
use std::collections::VecDeque;
use std::mem;
use std::sync::Arc;
use whyeof_trace::{Flags, FlowId, ProgramId, Segment, Seq, SocketId, TimerKind};

/// What a host's kernel keeps besides its connected sockets.
#[derive(Debug)]
pub struct Stack {
    /// How its timers round.
    pub wheel: TimerWheel,
    /// Its knobs.
    pub sysctl: Arc<Sysctl>,
    /// Listening sockets.
    pub listeners: Vec<Listener>,
    /// Sockets in TIME-WAIT.
    pub time_waits: u32,
    /// Whether the machine runs.
    pub power: Power,
    /// Local ports of connections that are opened here.
    pub ports: Ports,
}

clone_into_place!(Stack {
    wheel,
    sysctl,
    listeners,
    time_waits,
    power,
    ports
});

/// Whether a machine runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Power {
    /// It does.
    On,
    /// What reaches it is lost.
    Off,
}

/// A listening socket.
#[derive(Debug)]
pub struct Listener {
    /// Its port.
    pub port: u16,
    /// Its program.
    pub program: ProgramId,
    /// Inherited by what it accepts.
    pub options: SocketOptions,
    /// How many connections may wait; the queue holds one more (`sk_acceptq_is_full`).
    pub backlog: u32,
    /// Handshakes that are not over.
    pub requests: u32,
    /// Connections that wait for accept(2), oldest first.
    pub waiting: VecDeque<SocketId>,
}

clone_into_place!(Listener {
    port,
    program,
    options,
    backlog,
    requests,
    waiting
});

impl Listener {
    /// listen(2).
    pub const fn new(port: u16, program: ProgramId, options: SocketOptions, backlog: u32) -> Self {
        Self {
            port,
            program,
            options,
            backlog,
            requests: 0,
            waiting: VecDeque::new(),
        }
    }

    /// Whether the accept queue takes no more.
    pub fn is_full(&self) -> bool {
        self.waiting.len() > self.backlog as usize
    }
}

impl Stack {
    /// No sockets.
    pub fn new(wheel: TimerWheel, sysctl: Sysctl) -> Self {
        Self {
            wheel,
            ports: Ports::new(sysctl.ip_local_port_range),
            sysctl: Arc::new(sysctl),
            listeners: Vec::new(),
            time_waits: 0,
            power: Power::On,
        }
    }

    /// The listener of a port.
    pub fn listener(&mut self, port: u16) -> Option<&mut Listener> {
        self.listeners.iter_mut().find(|l| l.port == port)
    }
}

/// An armed kernel timer.
#[derive(Clone, Copy, Debug)]
pub struct Armed {
    /// Its place in the queue.
    pub ticket: Ticket,
    /// The record that armed it.
    pub by: Cause,
}

/// A connected socket and what the kernel keeps about it.
#[derive(Debug)]
pub struct Slot {
    /// The connection.
    pub tcb: Tcb,
    /// The program that owns or owned it.
    pub program: ProgramId,
    /// Armed timers, in the order of [`TimerKind::KERNEL`].
    pub armed: [Option<Armed>; TimerKind::KERNEL.len()],
    /// Whether the program has been told of something and not run yet.
    pub waking: bool,
    /// How far the program has got hold of it.
    pub stage: Stage,
    /// It is one too many in TIME-WAIT.
    pub crowded: bool,
}

clone_into_place!(Slot {
    tcb,
    program,
    armed,
    waking,
    stage,
    crowded
});

/// How far a program has got hold of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// The handshake is under way, and only the listener knows.
    Request,
    /// It waits for accept(2).
    Waiting,
    /// A program has it, or had it.
    Owned,
}

/// All connected sockets of all hosts. A flow's number stands for its addresses and ports, which no two flows
/// of a run share.
#[derive(Debug, Default)]
pub struct Sockets {
    /// Where its sockets are, or [`NOWHERE`].
    by_flow: Vec<[u32; 2]>,
    /// What is gone keeps its place until another takes it: most runs that are copied into one another need no memory anew.
    slots: Vec<Slot>,
    free: Vec<u32>,
}

/// There is no socket yet, or none any more.
const NOWHERE: u32 = u32::MAX;

clone_into_place!(Sockets {
    by_flow,
    slots,
    free
});

impl Sockets {
    /// The socket, unless it is gone.
    pub fn get_mut(&mut self, id: SocketId) -> Option<&mut Slot> {
        let place = self.by_flow.get(id.flow.index())?[id.side.index()];
        self.slots.get_mut(place as usize)
    }

    /// The socket, unless it is gone.
    pub fn get(&self, id: SocketId) -> Option<&Slot> {
        let place = self.by_flow.get(id.flow.index())?[id.side.index()];
        self.slots.get(place as usize)
    }

    /// Makes room for a new flow.
    pub fn open_flow(&mut self, flow: FlowId) {
        debug_assert_eq!(self.by_flow.len(), flow.index());
        self.by_flow.push([NOWHERE; 2]);
    }

    /// Puts a socket in; one that is there gives way, as a closed one that its program still has does to a late SYN.
    pub fn insert(&mut self, slot: Slot) {
        let id = slot.tcb.socket;
        let place = &mut self.by_flow[id.flow.index()][id.side.index()];
        if *place == NOWHERE {
            *place = self.free.pop().unwrap_or_else(|| {
                u32::try_from(self.slots.len()).expect("a run's flows are bounded below 2^31")
            });
        }
        match self.slots.get_mut(*place as usize) {
            Some(old) => *old = slot,
            None => self.slots.push(slot),
        }
    }

    /// Takes a socket out; how far its program had got hold of it.
    pub fn remove(&mut self, id: SocketId) -> Option<Stage> {
        let place = &mut self.by_flow.get_mut(id.flow.index())?[id.side.index()];
        let place = mem::replace(place, NOWHERE);
        let stage = self.slots.get(place as usize)?.stage;
        self.free.push(place);
        Some(stage)
    }

    /// All of them.
    pub fn ids(&self) -> impl Iterator<Item = SocketId> + '_ {
        let places = self.by_flow.iter().flatten();
        let slots = places.filter_map(|place| self.slots.get(*place as usize));
        slots.map(|slot| slot.tcb.socket)
    }
}

/// What becomes of a segment that belongs to no connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stray {
    /// It opens one.
    Opens,
    /// Nothing.
    Ignored,
    /// It is answered by [`reset_for`].
    Reset,
}

/// What becomes of a segment that reaches a listener (LISTEN in `tcp_rcv_state_process`). Without a listener it is reset
/// (`tcp_v4_rcv`).
pub fn stray(segment: &Segment) -> Stray {
    let has = |flag| segment.flags.has(flag);
    if has(Flags::ACK) {
        Stray::Reset
    } else if has(Flags::SYN) && !has(Flags::RST) && !has(Flags::FIN) {
        Stray::Opens
    } else {
        Stray::Ignored
    }
}

/// The reset in reply to a segment that no socket wants (`tcp_v4_send_reset`, linux-tcp §5.1): no options, window 0,
/// and never in reply to a reset.
pub fn reset_for(segment: &Segment) -> Option<Segment> {
    if segment.flags.has(Flags::RST) {
        return None;
    }
    let acked = segment.flags.has(Flags::ACK);
    Some(Segment {
        flow: segment.flow,
        from: segment.from.peer(),
        flags: if acked {
            Flags::RST
        } else {
            Flags::RST.with(Flags::ACK)
        },
        window: 0,
        seq: if acked { segment.ack } else { Seq(0) },
        ack: if acked { Seq(0) } else { segment.end() },
        timestamps: None,
        options: None,
        len: 0,
    })
}
