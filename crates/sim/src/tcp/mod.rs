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
//! Left out so far: out-of-order queues and SACK blocks, which no link of today needs, because none loses or reorders; and
//! slow start and the growth of windows, which a body of more than ten segments would need: it takes longer here than on
//! Linux (15n recorded 200 kB within 47 ms at a round trip of 10 ms; ten segments a round trip take 135 ms).

pub mod ack;
pub mod calls;
pub mod close;
pub mod keepalive;
pub mod recv;
pub mod retransmit;
pub mod rtt;
pub mod segment_arrives;
pub mod send;
pub mod time_wait;

use crate::outbox::{Outbox, Output};
use crate::tcp::keepalive::KeepAlive;
use whyeof_trace::{Event, OptionsId, SocketError, SocketEvent, SocketId, State, Time, TimerKind};

/// Who owns the socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    /// A program has it open.
    Program,
    /// Its program has closed it (SOCK_DEAD): nobody will read what comes.
    Nobody,
}

/// One end of a TCP connection.
#[derive(Clone, Debug)]
pub struct Tcb {
    /// Which socket it is.
    pub socket: SocketId,
    /// RFC 9293's state; changed by `Tcb::enter` alone.
    state: State,
    /// Sending.
    pub snd: send::Snd,
    /// Receiving.
    pub rcv: recv::Rcv,
    /// Acknowledging.
    pub ack: ack::AckPolicy,
    /// Round trip and retransmission timeout.
    pub rtt: rtt::Rtt,
    /// Retransmission and probes of loss.
    pub rexmit: retransmit::Rexmit,
    /// SO_KEEPALIVE.
    pub keepalive: keepalive::Probing,
    /// `sk_err`: reported once, by the next call that looks.
    pub error: Option<SocketError>,
    /// Who owns it.
    pub owner: Owner,
    /// Added to the clock for TSval.
    pub ts_offset: u32,
    /// The peer's last TSval, to be echoed.
    pub ts_recent: u32,
    /// Options of our SYN or SYN-ACK.
    pub syn_options: OptionsId,
    /// When a dup ACK for an unacceptable empty segment was last sent.
    pub last_oow_ack: Option<Time>,
}

/// What a new TCB is made from.
#[derive(Clone, Copy, Debug)]
pub struct TcbConfig {
    /// Which socket it is.
    pub socket: SocketId,
    /// SO_KEEPALIVE.
    pub keep_alive: Option<KeepAlive>,
    /// Added to the clock for TSval.
    pub ts_offset: u32,
    /// Options of our SYN or SYN-ACK.
    pub syn_options: OptionsId,
}

impl Tcb {
    /// A closed one.
    pub fn new(config: TcbConfig) -> Self {
        Self {
            socket: config.socket,
            state: State::Closed,
            snd: send::Snd::default(),
            rcv: recv::Rcv::default(),
            ack: ack::AckPolicy::default(),
            rtt: rtt::Rtt::default(),
            rexmit: retransmit::Rexmit::default(),
            keepalive: keepalive::Probing::new(config.keep_alive),
            error: None,
            owner: Owner::Program,
            ts_offset: config.ts_offset,
            ts_recent: 0,
            syn_options: config.syn_options,
            last_oow_ack: None,
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
