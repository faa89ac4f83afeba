//! One end of a TCP connection, as Linux keeps it: sans-IO, fed with calls, segments and timeouts.
//!
//! ```text
//!            connect            SYN-ACK                 close            ACK of FIN
//!   CLOSED ─────────▶ SYN-SENT ─────────▶ ESTABLISHED ───────▶ FIN-WAIT-1 ─────────▶ FIN-WAIT-2
//!   LISTEN ─ SYN ──▶ SYN-RECEIVED ─ ACK ──▶ │ FIN                   │ FIN                │ FIN
//!                                           ▼                       ▼                    ▼
//!                                       CLOSE-WAIT               CLOSING ──────────▶ TIME-WAIT
//!                                           │ close   ACK of FIN
//!                                           ▼        ─────────▶ CLOSED
//!                                       LAST-ACK
//! ```
//!
//! Three ways in (`calls`, `segment_arrives`, `timeout`), five words out ([`Output`]). A TCB keeps the stamps
//! that Linux keeps and whose rules read them; whether a timer is armed only the queue knows. State changes go
//! through `Tcb::enter`. Sequence numbers count from 0 at each side's SYN.
//!
//! Left out: urgent data, Fast Open, ECN, MTU probing, pacing and offloads, memory pressure.

pub mod ack;
pub mod ack_arrives;
pub mod calls;
pub mod close;
pub mod congestion;
pub mod cubic;
pub mod info;
pub mod keepalive;
pub mod options;
pub mod recovery;
pub mod recv;
pub mod request;
pub mod retransmit;
pub mod rtt;
pub mod sack;
pub mod segment_arrives;
pub mod send;
pub mod send_buffer;
pub mod time_wait;
pub mod unreachable;
pub mod window;
pub mod window_probe;

use crate::copy::clone_into_place;
use crate::kernel::sysctl::{MSS, Sysctl};
use crate::outbox::{Outbox, Output};
use options::{Agreed, SocketOptions};
use std::sync::Arc;
use whyeof_trace::{Event, Seq, SocketError, SocketEvent, SocketId, Span, State, Time, TimerKind};

/// Who owns the socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    /// A program has it open.
    Program,
    /// Its program waits in close(2) for the other end (SO_LINGER): shut both ways, and not an orphan yet.
    Lingering,
    /// Its program has closed it (SOCK_DEAD): nobody will read what comes.
    Nobody,
}

/// One end of a TCP connection.
#[derive(Debug)]
pub struct Tcb {
    /// Which socket it is.
    pub socket: SocketId,
    /// RFC 9293's state; changed by `Tcb::enter` alone.
    state: State,
    /// Its kernel's knobs.
    sysctl: Arc<Sysctl>,
    /// Length of its kernel's jiffy.
    tick: Span,
    /// What the program has set.
    options: SocketOptions,
    /// What both SYNs allow.
    agreed: Agreed,
    /// A listener made it: nobody knows of it until the handshake is over.
    passive: bool,
    /// Sending.
    snd: send::Snd,
    /// Receiving.
    rcv: recv::Rcv,
    /// Acknowledging.
    ack: ack::AckPolicy,
    /// Round trip and retransmission timeout.
    rtt: rtt::Rtt,
    /// Retransmission and probes of loss.
    rexmit: retransmit::Rexmit,
    /// What counts as lost.
    recovery: recovery::Recovery,
    /// How much may be in flight.
    cwnd: congestion::Congestion,
    /// Probing a closed window.
    probing: window_probe::WindowProbing,
    /// SO_KEEPALIVE.
    keepalive: keepalive::Probing,
    /// `sk_err`: reported once, by the next call that looks.
    error: Option<SocketError>,
    /// `sk_err_soft`: what an ICMP packet told of; reported when the connection is given up.
    soft_error: Option<SocketError>,
    /// Who owns it.
    pub owner: Owner,
    /// Added to the clock for TSval.
    ts_offset: u32,
    /// The peer's last TSval, to be echoed.
    ts_recent: u32,
    /// The peer's last echo of ours.
    ts_echo: u32,
    /// When a dup ACK for an unacceptable empty segment was last sent.
    last_oow_ack: Option<Time>,
}

clone_into_place!(Tcb {
    socket,
    state,
    sysctl,
    tick,
    options,
    agreed,
    passive,
    snd,
    rcv,
    ack,
    rtt,
    rexmit,
    recovery,
    cwnd,
    probing,
    keepalive,
    error,
    soft_error,
    owner,
    ts_offset,
    ts_recent,
    ts_echo,
    last_oow_ack
});

/// What a new TCB is made from.
#[derive(Clone, Debug)]
pub struct TcbConfig {
    /// Which socket it is.
    pub socket: SocketId,
    /// Its first sequence number: 0, but for tests of the ring's end.
    pub iss: Seq,
    /// What the program has set.
    pub options: SocketOptions,
    /// Its kernel's knobs.
    pub sysctl: Arc<Sysctl>,
    /// Length of its kernel's jiffy.
    pub tick: Span,
    /// Added to the clock for TSval.
    pub ts_offset: u32,
}

impl Tcb {
    /// A closed one.
    pub fn new(config: TcbConfig) -> Self {
        let sysctl = config.sysctl;
        let options = config.options;
        let mss = options.max_segment.map_or(MSS, |most| most.min(MSS));
        let window = window::ReceiveWindow::new(&sysctl, options.receive_buffer, mss.into());
        Self {
            socket: config.socket,
            state: State::Closed,
            tick: config.tick,
            options,
            agreed: Agreed::hoped(&sysctl),
            passive: false,
            snd: send::Snd::new(config.iss),
            rcv: recv::Rcv::new(window),
            ack: ack::AckPolicy::new(sysctl.tcp_pingpong_thresh),
            rtt: rtt::Rtt::new(&sysctl),
            rexmit: retransmit::Rexmit::default(),
            recovery: recovery::Recovery::default(),
            cwnd: congestion::Congestion::new(sysctl.tcp_congestion_control, config.iss),
            probing: window_probe::WindowProbing::default(),
            keepalive: keepalive::Probing::default(),
            error: None,
            soft_error: None,
            owner: Owner::Program,
            ts_offset: config.ts_offset,
            ts_recent: 0,
            ts_echo: 0,
            last_oow_ack: None,
            sysctl,
        }
    }

    /// RFC 9293's state.
    pub const fn state(&self) -> State {
        self.state
    }

    /// The only way to change the state; puts it on record.
    fn enter(&mut self, to: State, out: &mut Outbox) {
        if self.state == to {
            return;
        }
        let from = std::mem::replace(&mut self.state, to);
        let event = SocketEvent::Entered {
            socket: self.socket,
            from,
            to,
        };
        out.say(Output::Note(Event::Socket(event)));
        if to == State::Closed {
            for timer in TimerKind::KERNEL {
                out.say(Output::Clear(timer));
            }
        }
    }

    /// A timer of this socket fires.
    pub fn timeout(&mut self, now: Time, timer: TimerKind, out: &mut Outbox) {
        match timer {
            TimerKind::Retransmit => self.retransmit_timeout(now, out),
            TimerKind::LossProbe => self.loss_probe(now, out),
            TimerKind::DelayedAck => self.delayed_ack_timeout(now, out),
            TimerKind::KeepAlive => self.keepalive_timeout(now, out),
            TimerKind::SynAck => self.synack_timeout(now, out),
            TimerKind::TimeWait => self.enter(State::Closed, out),
            TimerKind::Persist => self.persist_timeout(now, out),
            TimerKind::Reorder => self.reorder_timeout(now, out),
            TimerKind::CompressedAck => self.compressed_ack_timeout(now, out),
            _ => unreachable!("{timer:?} is a program's timer"),
        }
    }

    /// TSval: milliseconds of this socket's clock (RFC 7323 §4; `tcp_clock_ms` plus an offset).
    fn timestamp(&self, now: Time) -> u32 {
        // The clock wraps by design.
        self.ts_offset
            .wrapping_add((now.nanos() / 1_000_000) as u32)
    }

    /// Whether data that comes now will never be read (`SOCK_DEAD` in FIN-WAIT: linux-tcp §4.5).
    fn is_orphan(&self) -> bool {
        self.owner == Owner::Nobody
    }
}
