//! What can happen: six families of events.

use crate::http::{BodyLeft, Failure, RetryReason};
use crate::id::{
    FlowId, HostId, LimitKind, MessageId, ProgramId, RequestId, SettingId, SocketId, TextId,
};
use crate::segment::{Packet, Segment};
use crate::tcp::{SocketError, State};
use crate::time::Time;
use std::time::Duration;

/// One thing that happened on one host.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Event {
    /// Something on the wire.
    Segment(SegmentEvent),
    /// A socket call, its result, or a state change.
    Socket(SocketEvent),
    /// A timer, of the kernel or of a program.
    Timer(TimerEvent),
    /// A client's connection pool.
    Pool(PoolEvent),
    /// A request, as the programs see it.
    Request(RequestEvent),
    /// Something done to the run from outside, or a bound it met.
    Fault(FaultEvent),
}

/// A packet leaves, arrives or is lost. In a capture there is one record a packet, at the tap.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SegmentEvent {
    /// It left this host.
    Sent(Packet),
    /// It reached this host. Its cause is the record of its sending.
    Arrived(Packet),
    /// It will not arrive.
    Dropped {
        /// What is lost.
        packet: Packet,
        /// Who threw it away.
        by: Culprit,
    },
}

/// Who threw a packet away.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Culprit {
    /// A fault on the way or a rule of the receiver's packet filter, by its number in the scenario.
    Rule(u16),
    /// The link between two hosts.
    Link,
    /// The host has no such address, or is down.
    Host(HostId),
    /// A box on the way that has forgotten the connection, by the number of its fault in the scenario.
    Box(u16),
    /// A rule of the sender's own packet filter, by its number in the scenario: the packet never left, and no capture shows it.
    OwnRule(u16),
}

impl Culprit {
    /// The number of the fault or the command.
    pub const fn rule(self) -> Option<u16> {
        match self {
            Self::Rule(n) | Self::OwnRule(n) => Some(n),
            Self::Link | Self::Host(_) | Self::Box(_) => None,
        }
    }
}

/// A call that a program makes on a socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Call {
    /// connect(2).
    Connect,
    /// accept(2).
    Accept,
    /// read(2).
    Read,
    /// write(2) of so many bytes, part of this message.
    Write {
        /// Bytes handed over.
        len: u32,
        /// The message they belong to; `None`: plain bytes.
        message: Option<MessageId>,
    },
    /// shutdown(2) of the sending direction.
    ShutdownWrite,
    /// close(2).
    Close,
    /// shutdown(2) of the receiving direction.
    ShutdownRead,
    /// shutdown(2) of both.
    ShutdownBoth,
    /// setsockopt(2).
    SetOption(OptionName),
    /// getsockopt(2) of SO_ERROR.
    TakeError,
}

/// A socket option.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OptionName {
    /// SO_KEEPALIVE, with TCP_KEEPIDLE, TCP_KEEPINTVL and TCP_KEEPCNT.
    KeepAlive,
    /// TCP_NODELAY.
    NoDelay,
    /// TCP_CORK.
    Cork,
    /// TCP_USER_TIMEOUT.
    UserTimeout,
    /// SO_LINGER.
    Linger,
    /// TCP_QUICKACK.
    QuickAck,
    /// SO_RCVLOWAT.
    ReceiveLowWater,
    /// SO_SNDBUF.
    SendBuffer,
    /// TCP_LINGER2.
    FinTimeout,
}

impl OptionName {
    /// As setsockopt(2) spells it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::KeepAlive => "SO_KEEPALIVE",
            Self::NoDelay => "TCP_NODELAY",
            Self::Cork => "TCP_CORK",
            Self::UserTimeout => "TCP_USER_TIMEOUT",
            Self::Linger => "SO_LINGER",
            Self::QuickAck => "TCP_QUICKACK",
            Self::ReceiveLowWater => "SO_RCVLOWAT",
            Self::SendBuffer => "SO_SNDBUF",
            Self::FinTimeout => "TCP_LINGER2",
        }
    }
}

/// What a call returned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Returned {
    /// 0 of connect(2), a socket of accept(2).
    Done,
    /// Bytes read or written; reading 0 bytes is [`Returned::EndOfStream`].
    Bytes(u32),
    /// read(2) returned 0: the peer's FIN was reached.
    EndOfStream,
    /// An error.
    Error(SocketError),
}

/// A socket call, its result, a state change, or an error noted by the kernel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SocketEvent {
    /// The program calls.
    Called {
        /// On which socket.
        socket: SocketId,
        /// What.
        call: Call,
    },
    /// A call returns to the program.
    Returned {
        /// On which socket.
        socket: SocketId,
        /// Which call, without its arguments: `Read`, `Connect`, `Accept`, or a failed `Write`.
        call: Call,
        /// What it returned.
        result: Returned,
    },
    /// The connection changes its state.
    Entered {
        /// Which socket.
        socket: SocketId,
        /// Before.
        from: State,
        /// Now.
        to: State,
    },
    /// The kernel notes an error for the next call (`sk_err`).
    Failed {
        /// Which socket.
        socket: SocketId,
        /// Which error.
        error: SocketError,
    },
}

/// Which timer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TimerKind {
    /// Kernel: retransmission timeout (RFC 6298).
    Retransmit,
    /// Kernel: tail loss probe (RFC 8985 §7).
    LossProbe,
    /// Kernel: delayed ACK.
    DelayedAck,
    /// Kernel: SO_KEEPALIVE.
    KeepAlive,
    /// Kernel: SYN-ACK retransmission of a request socket.
    SynAck,
    /// Kernel: end of TIME-WAIT, or of an orphan's FIN-WAIT-2.
    TimeWait,
    /// Kernel: probe of a closed window, or of what this host's own packet filter keeps back (`tcp_probe_timer`).
    Persist,
    /// Kernel: time given to reordered segments before they count as lost (RFC 8985 §6.2).
    Reorder,
    /// Kernel: a duplicate ACK held back to be sent with others (`tcp_compressed_ack_kick`).
    CompressedAck,
    /// Server program: idle time between two requests.
    ServerIdle,
    /// Server program: time for the request's head.
    ServerReadHeader,
    /// Server program: time for the whole request.
    ServerRead,
    /// Server program: time for the response.
    ServerWrite,
    /// Server program: the handler is at work until then.
    Handler,
    /// Client program: an idle connection's life in the pool.
    ClientIdle,
    /// Client program: time for the whole request (`Client.Timeout`).
    ClientRequest,
    /// Client program: the workload's next request.
    NextRequest,
    /// Client program: time to read the rest of a body that its caller has closed.
    Drain,
    /// Client program: the caller gives this one request up.
    GiveUp,
    /// Client program: the next piece of a request's body.
    BodyPiece,
    /// Server program: time between its FIN and close(2), for what is still on its way.
    Linger,
    /// Server program: it is told to shut down, and looks from then on what is left to close.
    Shutdown,
    /// The process ends.
    Exit,
    /// Client program: time in which nothing moves on a busy connection (Node: `timeout` of an agent).
    SocketTimeout,
    /// The program's event loop is blocked until then.
    Busy,
    /// Client program: time for making a connection (Go: `net.Dialer.Timeout`).
    Dial,
    /// Client program: time from a request that is written to the head of its response (Go: `ResponseHeaderTimeout`).
    ResponseHeader,
    /// Client program: time for the `100 Continue` that a body waits for (Go: `ExpectContinueTimeout`).
    Continue,
}

impl TimerKind {
    /// How many there are. A new kind stands last, and is named here.
    pub const COUNT: usize = Self::Continue as usize + 1;

    /// Those of a socket in the kernel, which stand first; arrays that hold one of each have this order.
    pub const KERNEL: [Self; 9] = [
        Self::Retransmit,
        Self::LossProbe,
        Self::DelayedAck,
        Self::KeepAlive,
        Self::SynAck,
        Self::TimeWait,
        Self::Persist,
        Self::Reorder,
        Self::CompressedAck,
    ];

    /// Whether the kernel owns it (and the timer wheel rounds it).
    pub const fn is_kernel(self) -> bool {
        (self as usize) < Self::KERNEL.len()
    }
}

/// What a timer belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TimerOf {
    /// A socket.
    Socket(SocketId),
    /// A request.
    Request(RequestId),
    /// A program's workload, by its number.
    Workload(u16),
    /// A program.
    Program(ProgramId),
}

/// One timer of a host. At most one with the same `kind` and `of` is armed at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Timer {
    /// Which.
    pub kind: TimerKind,
    /// Whose.
    pub of: TimerOf,
}

/// A timer's life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TimerEvent {
    /// Armed; replaces one of the same name.
    Set {
        /// Which.
        timer: Timer,
        /// When it will fire.
        until: Time,
        /// The setting whose value it took.
        setting: Option<SettingId>,
    },
    /// Disarmed.
    Cleared {
        /// Which.
        timer: Timer,
    },
    /// Its time has come. Its cause is the record that armed it.
    Fired {
        /// Which.
        timer: Timer,
        /// The setting whose value it took.
        setting: Option<SettingId>,
    },
}

impl TimerEvent {
    /// Which timer.
    pub const fn timer(&self) -> Timer {
        match self {
            Self::Set { timer, .. } | Self::Cleared { timer } | Self::Fired { timer, .. } => *timer,
        }
    }
}

/// Why a connection left the pool for good.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Evicted {
    /// Idle for too long: the client closes.
    IdleTimeout,
    /// The pool is full.
    PoolFull,
    /// The server closed it while it was idle, and the client saw that in time.
    ServerClosed,
    /// A reset came while it was idle, and the client saw that in time.
    Reset,
    /// Keep-alive is off, or a message said `Connection: close`.
    NotReusable,
    /// The request on it failed.
    Broken,
    /// The caller closed a response's body before its end.
    BodyUnread,
    /// The process ended.
    ProcessExit,
}

/// A client's connection pool. Sockets are named by the client's end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PoolEvent {
    /// No connection is free: a new one is dialled for this request.
    Dial {
        /// For whom.
        request: RequestId,
        /// The new connection.
        socket: SocketId,
    },
    /// The request waits because the limit of connections is reached.
    Wait {
        /// Who.
        request: RequestId,
    },
    /// The request gets a connection.
    Checkout {
        /// Who.
        request: RequestId,
        /// Which connection.
        socket: SocketId,
        /// Whether it counts as reused (Go also says so of one that was parked unused).
        reused: bool,
        /// How long it had been in the pool, as the client measures it; zero when fresh.
        idle_for: Duration,
    },
    /// A connection is put into the pool.
    Park {
        /// Which.
        socket: SocketId,
        /// False for a spare one that no request has ever used.
        used: bool,
    },
    /// A connection leaves the pool for good.
    Evict {
        /// Which.
        socket: SocketId,
        /// Why.
        why: Evicted,
    },
}

/// A request's life. Each request has one `Started` and ends in one of `Finished` and `Failed`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RequestEvent {
    /// The caller asks.
    Started {
        /// Which.
        request: RequestId,
    },
    /// An attempt is handed to the kernel, to its last byte.
    Written {
        /// Which.
        request: RequestId,
        /// On which connection.
        socket: SocketId,
        /// Attempt, from 1.
        attempt: u16,
    },
    /// Server: the handler begins. This counts as an execution.
    Executed {
        /// Which.
        request: RequestId,
        /// On which connection (the server's end).
        socket: SocketId,
        /// Which attempt reached it.
        attempt: u16,
    },
    /// Server: the response is handed to the kernel, to its last byte.
    Responded {
        /// Which.
        request: RequestId,
        /// On which connection (the server's end).
        socket: SocketId,
    },
    /// Client: the response's head is complete.
    Head {
        /// Which.
        request: RequestId,
        /// Status code.
        status: u16,
    },
    /// Client: the runtime sends the request again by itself.
    Retried {
        /// Which.
        request: RequestId,
        /// The attempt that begins, from 2.
        attempt: u16,
        /// Why it may.
        because: RetryReason,
        /// What ended the attempt before.
        after: Failure,
        /// The error that this would have been, as the program words it: a proxy logs it.
        text: TextId,
    },
    /// Client: the caller has the whole response.
    Finished {
        /// Which.
        request: RequestId,
    },
    /// Client: the caller gets an error.
    Failed {
        /// Which.
        request: RequestId,
        /// What kind.
        failure: Failure,
        /// The error exactly as the program prints it.
        text: TextId,
    },
    /// Client: the caller has the response's head and does not read the body to its end.
    BodyLeft {
        /// Which.
        request: RequestId,
        /// On which connection.
        socket: SocketId,
        /// What it does with the rest.
        left: BodyLeft,
    },
    /// Client: what comes of a request whose caller had stopped waiting; nobody hears of it.
    Late {
        /// Which.
        request: RequestId,
        /// The error that the caller would have had; `None`: the whole response is there.
        error: Option<(Failure, TextId)>,
    },
}

impl SegmentEvent {
    /// What left, arrived or was lost.
    pub const fn packet(&self) -> &Packet {
        let (Self::Sent(packet) | Self::Arrived(packet) | Self::Dropped { packet, .. }) = self;
        packet
    }
}

impl RequestEvent {
    /// Which request.
    pub const fn request(&self) -> RequestId {
        match *self {
            Self::Started { request }
            | Self::Written { request, .. }
            | Self::Executed { request, .. }
            | Self::Responded { request, .. }
            | Self::Head { request, .. }
            | Self::Retried { request, .. }
            | Self::Finished { request }
            | Self::Failed { request, .. }
            | Self::BodyLeft { request, .. }
            | Self::Late { request, .. } => request,
        }
    }
}

/// Something done to the run from outside, or a bound it met.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FaultEvent {
    /// A fault of the scenario takes effect.
    Applied {
        /// Its number in the scenario.
        fault: u16,
    },
    /// A fault ends.
    Lifted {
        /// Its number in the scenario.
        fault: u16,
    },
    /// A bound was reached; what it cut is not simulated.
    Limit {
        /// Which bound.
        kind: LimitKind,
    },
    /// Somebody typed a command at a host's shell.
    Typed {
        /// Its number, after those of the scenario's other faults.
        fault: u16,
        /// The command.
        line: TextId,
        /// What it printed.
        output: Option<TextId>,
    },
    /// A program starts again: a new process, that knows of nothing.
    Started {
        /// Which.
        program: ProgramId,
    },
    /// The machine loses power.
    PoweredOff,
    /// The machine is up again.
    Booted,
    /// A box on the way forgets a connection that has been idle for too long.
    Forgot {
        /// Its number in the scenario.
        fault: u16,
        /// Which connection.
        flow: FlowId,
    },
}

impl Event {
    /// The segment that left, arrived or was lost.
    pub const fn segment(&self) -> Option<&Segment> {
        match self {
            Self::Segment(event) => event.packet().segment(),
            _ => None,
        }
    }

    /// The request concerned, where there is exactly one.
    pub const fn request(&self) -> Option<RequestId> {
        match self {
            Self::Request(event) => Some(event.request()),
            Self::Pool(
                PoolEvent::Dial { request, .. }
                | PoolEvent::Wait { request }
                | PoolEvent::Checkout { request, .. },
            ) => Some(*request),
            Self::Timer(event) => match event.timer().of {
                TimerOf::Request(request) => Some(request),
                TimerOf::Socket(_) | TimerOf::Workload(_) | TimerOf::Program(_) => None,
            },
            _ => None,
        }
    }

    /// The connection concerned, where there is exactly one.
    pub const fn flow(&self) -> Option<FlowId> {
        match self {
            Self::Segment(event) => Some(event.packet().flow()),
            Self::Socket(
                SocketEvent::Called { socket, .. }
                | SocketEvent::Returned { socket, .. }
                | SocketEvent::Entered { socket, .. }
                | SocketEvent::Failed { socket, .. },
            )
            | Self::Pool(
                PoolEvent::Dial { socket, .. }
                | PoolEvent::Checkout { socket, .. }
                | PoolEvent::Park { socket, .. }
                | PoolEvent::Evict { socket, .. },
            )
            | Self::Request(
                RequestEvent::Written { socket, .. }
                | RequestEvent::Executed { socket, .. }
                | RequestEvent::Responded { socket, .. }
                | RequestEvent::BodyLeft { socket, .. },
            ) => Some(socket.flow),
            Self::Timer(event) => match event.timer().of {
                TimerOf::Socket(socket) => Some(socket.flow),
                TimerOf::Request(_) | TimerOf::Workload(_) | TimerOf::Program(_) => None,
            },
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernels_timers_stand_first() {
        for (place, kind) in TimerKind::KERNEL.into_iter().enumerate() {
            assert_eq!(kind as usize, place, "{kind:?}");
            assert!(kind.is_kernel());
        }
        assert!(!TimerKind::ServerIdle.is_kernel());
    }
}
