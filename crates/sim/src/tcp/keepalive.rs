//! SO_KEEPALIVE: kernel probes on a silent connection (linux-tcp §6). They are answered by the peer's kernel, and no
//! HTTP program at either end ever hears of them.

use super::Tcb;
use crate::outbox::{Outbox, Output};
use std::time::Duration;
use whyeof_trace::{Flags, SocketError, State, Time, TimerKind};

/// SO_KEEPALIVE and its three options (tcp(7)).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeepAlive {
    /// TCP_KEEPIDLE: silence before the first probe.
    pub idle: Duration,
    /// TCP_KEEPINTVL: time between probes.
    pub interval: Duration,
    /// TCP_KEEPCNT: unanswered probes before the connection is given up.
    pub count: u8,
}

/// The probing of one socket.
#[derive(Clone, Copy, Debug)]
pub struct Probing {
    /// SO_KEEPALIVE and its options; `None`: off.
    config: Option<KeepAlive>,
    /// Probes sent since the peer was last heard.
    unanswered: u8,
    /// When the peer was last heard: data, or an acceptable ACK.
    pub heard: Time,
}

impl Probing {
    /// Off, or on with these options.
    pub(super) const fn new(config: Option<KeepAlive>) -> Self {
        Self {
            config,
            unanswered: 0,
            heard: Time::ZERO,
        }
    }
}

impl Tcb {
    /// The connection is established: the first probe is a full idle time away.
    pub(super) fn start_keepalive(&self, out: &mut Outbox) {
        if let Some(config) = self.keepalive.config {
            out.say(Output::Set(TimerKind::KeepAlive, config.idle));
        }
    }

    /// An acceptable segment came.
    pub(super) fn heard_peer(&mut self, now: Time) {
        self.keepalive.heard = now;
        self.keepalive.unanswered = 0;
    }

    /// `tcp_keepalive_timer`.
    pub(super) fn keepalive_timeout(&mut self, now: Time, out: &mut Outbox) {
        let Some(config) = self.keepalive.config else {
            return;
        };
        if matches!(self.state(), State::Closed | State::SynSent) {
            return;
        }
        if !self.snd.in_flight.is_empty() || self.snd.sent < self.snd.written {
            // Data in flight: the retransmission timer will find out.
            out.say(Output::Set(TimerKind::KeepAlive, config.idle));
            return;
        }
        let silent = now.since(self.keepalive.heard);
        if silent < config.idle {
            out.say(Output::Set(TimerKind::KeepAlive, config.idle - silent));
        } else if self.keepalive.unanswered >= config.count {
            let seq = self.snd.nxt;
            self.transmit(now, Flags::RST.with(Flags::ACK), seq, 0, out);
            self.fail(SocketError::TimedOut, out);
        } else {
            self.keepalive.unanswered += 1;
            let seq = self.snd.una - 1;
            self.transmit(now, Flags::ACK, seq, 0, out);
            out.say(Output::Set(TimerKind::KeepAlive, config.interval));
        }
    }
}
