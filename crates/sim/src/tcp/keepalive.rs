//! SO_KEEPALIVE: kernel probes on a silent connection (linux-tcp §6). They are answered by the peer's kernel, and no
//! HTTP program at either end ever hears of them.

use super::Tcb;
use crate::outbox::{Outbox, Output};
use std::time::Duration;
use whyeof_trace::{Flags, SocketError, Span, State, Time, TimerKind};

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
#[derive(Clone, Copy, Debug, Default)]
pub struct Probing {
    /// Probes sent since the peer was last heard.
    unanswered: u8,
    /// When the peer was last heard: data, or an acceptable ACK.
    pub heard: Time,
}

impl Tcb {
    /// The connection is established: the first probe is a full idle time away.
    pub(super) fn start_keepalive(&self, out: &mut Outbox) {
        if let Some(config) = self.options.keep_alive {
            out.say(Output::Set(TimerKind::KeepAlive, Span::of(config.idle)));
        }
    }

    /// SO_KEEPALIVE is switched on or off, or TCP_KEEPIDLE changed: what has passed of the silence counts.
    pub(super) fn set_keepalive(&mut self, now: Time, config: Option<KeepAlive>, out: &mut Outbox) {
        let old = std::mem::replace(&mut self.options.keep_alive, config);
        // TIME-WAIT has left a closed socket behind (`tcp_set_keepalive`; seen on 6.18).
        if matches!(
            self.state(),
            State::Closed | State::Listen | State::SynSent | State::TimeWait
        ) {
            return;
        }
        match (old, config) {
            (None, Some(new)) => out.say(Output::Set(TimerKind::KeepAlive, Span::of(new.idle))),
            (Some(old), Some(new)) if old.idle != new.idle => {
                let left = Span::of(new.idle) - self.silence(now);
                out.say(Output::Set(TimerKind::KeepAlive, left));
            }
            (Some(_), None) => out.say(Output::Clear(TimerKind::KeepAlive)),
            _ => {}
        }
    }

    /// How long ago the peer was last heard (`keepalive_time_elapsed`).
    fn silence(&self, now: Time) -> Span {
        let data = self.ack.last_data().unwrap_or(Time::ZERO);
        now.past(self.keepalive.heard.max(data))
    }

    /// An acceptable segment came.
    pub(super) fn heard_peer(&mut self, now: Time) {
        self.keepalive.heard = now;
        self.keepalive.unanswered = 0;
    }

    /// `tcp_keepalive_timer`.
    pub(super) fn keepalive_timeout(&mut self, now: Time, out: &mut Outbox) {
        let Some(config) = self.options.keep_alive else {
            return;
        };
        if matches!(self.state(), State::Closed | State::SynSent) {
            return;
        }
        if !self.snd.in_flight.is_empty() || self.snd.has_unsent() {
            // Data in flight: the retransmission timer will find out.
            out.say(Output::Set(TimerKind::KeepAlive, Span::of(config.idle)));
            return;
        }
        let silent = self.silence(now);
        if silent < Span::of(config.idle) {
            out.say(Output::Set(
                TimerKind::KeepAlive,
                Span::of(config.idle) - silent,
            ));
        } else if self.peer_counts_as_dead(config, silent) {
            let seq = self.snd.nxt;
            self.transmit(now, Flags::RST.with(Flags::ACK), seq, 0, out);
            let error = self.soft_error.take().unwrap_or(SocketError::TimedOut);
            self.fail(error, out);
        } else {
            self.keepalive.unanswered += 1;
            let seq = self.snd.una - 1;
            self.transmit(now, Flags::ACK, seq, 0, out);
            out.say(Output::Set(TimerKind::KeepAlive, Span::of(config.interval)));
        }
    }

    /// With TCP_USER_TIMEOUT the time counts and not the number of probes (linux-tcp §6.1).
    fn peer_counts_as_dead(&self, config: KeepAlive, silent: Span) -> bool {
        let (bound, probes) = (self.options.user_timeout, self.keepalive.unanswered);
        if bound.is_zero() {
            probes >= config.count
        } else {
            probes > 0 && silent >= Span::of(bound)
        }
    }
}
