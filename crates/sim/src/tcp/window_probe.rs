//! Probing a closed window (the persist timer, PROBE0): also what is held back by TCP_CORK, or kept back by this host's own
//! packet filter, waits for it (linux-tcp §3.9, §7.4).

use super::Tcb;
use super::send::Fin;
use crate::outbox::Outbox;
use whyeof_trace::{Flags, SocketError, Span, Time, TimerKind};

/// The probing of one socket (`icsk_probes_out`, `icsk_probes_tstamp`).
#[derive(Clone, Copy, Debug, Default)]
pub struct WindowProbing {
    /// Probes since the peer was last heard.
    pub unanswered: u8,
    /// When the first of them went out.
    since: Option<Time>,
}

impl Tcb {
    /// Something waits, nothing is in flight and no timer runs: a probe will ask (`tcp_check_probe_timer`).
    pub(super) fn await_window(&mut self, _now: Time, out: &mut Outbox) {
        if self.rexmit.armed().is_none() {
            // `tcp_probe0_base`: the timeout in force, doubled or not.
            let span = self.rtt.timeout().max(crate::kernel::sysctl::RTO_MIN);
            self.arm(TimerKind::Persist, span, out);
        }
    }

    /// An ACK came while nothing was in flight (`tcp_ack_probe`).
    pub(super) fn window_news(&mut self, now: Time, out: &mut Outbox) {
        if !self.snd.has_unsent() {
            return;
        }
        let end = self.snd.nxt + self.snd.unsent().min(self.current_mss());
        if self.snd.window_end().at_or_after(end) {
            self.rtt.backoff = 0;
            self.probing.since = None;
            if self.rexmit.armed() == Some(TimerKind::Persist) {
                self.disarm(out);
            }
        } else {
            let span = self.probe_span_within_user_timeout(now);
            self.arm(TimerKind::Persist, span, out);
        }
    }

    /// `tcp_probe_timer`.
    pub(super) fn persist_timeout(&mut self, now: Time, out: &mut Outbox) {
        self.rexmit.forget();
        if !self.snd.in_flight.is_empty() || !self.snd.has_unsent() {
            self.probing = WindowProbing::default();
            return;
        }
        let since = *self.probing.since.get_or_insert(now);
        let bound = Span::of(self.options.user_timeout);
        let overdue = !bound.is_zero() && now.past(since) >= bound;
        let alive = self.rtt.probe_timeout() < Span::of(self.sysctl.tcp_rto_max_ms);
        let (most, abandoned) = if self.is_orphan() {
            let most = self.orphan_retries(alive);
            // Answers do not help it any more once the timeout has grown to its cap.
            (most, !alive && self.rtt.backoff >= most)
        } else {
            (self.sysctl.tcp_retries2, false)
        };
        if overdue || abandoned || self.probing.unanswered >= most {
            let error = self.soft_error.take().unwrap_or(SocketError::TimedOut);
            self.fail(error, out);
            return;
        }
        self.send_window_probe(now, out);
    }

    /// `tcp_send_probe0`.
    fn send_window_probe(&mut self, now: Time, out: &mut Outbox) {
        self.wake_peer(now, out);
        if !self.snd.in_flight.is_empty() || !self.snd.has_unsent() {
            self.probing = WindowProbing::default();
            self.rtt.backoff = 0;
            return;
        }
        self.probing.unanswered = self.probing.unanswered.saturating_add(1);
        if self.rtt.backoff < self.sysctl.tcp_retries2 {
            self.rtt.back_off_probe();
        }
        let span = self.probe_span_within_user_timeout(now);
        self.arm(TimerKind::Persist, span, out);
    }

    /// `tcp_write_wakeup`: as much of the next segment as the window takes; if it takes nothing, an empty one with an old
    /// number, which the peer must answer.
    fn wake_peer(&mut self, now: Time, out: &mut Outbox) {
        let end = self.snd.window_end();
        if !end.after(self.snd.nxt) {
            let seq = self.snd.una - 1;
            self.transmit(now, Flags::ACK, seq, 0, out);
            return;
        }
        let room = end.offset_from(self.snd.nxt);
        let rest = self.snd.unsent();
        let len = rest.min(room).min(self.current_mss());
        let fin = len == rest && self.snd.fin == Fin::Queued && len < room;
        let mut flags = Flags::ACK.with(Flags::PSH);
        if fin {
            flags = flags.with(Flags::FIN);
        }
        // At most one MSS.
        if self.send_new(now, flags, len as u16, out) {
            if fin {
                self.snd.fin = Fin::Sent;
            }
            // A timeout, not a loss probe: only `tcp_write_xmit` schedules those.
            self.arm(TimerKind::Retransmit, self.rtt.timeout(), out);
        }
    }

    /// `tcp_clamp_probe0_to_user_timeout`.
    fn probe_span_within_user_timeout(&self, now: Time) -> Span {
        let span = self.rtt.probe_timeout();
        match (Span::of(self.options.user_timeout), self.probing.since) {
            (Span::ZERO, _) | (_, None) => span,
            (bound, Some(since)) => {
                let left = bound - now.past(since);
                span.min(left.max(Span::from_millis(1)))
            }
        }
    }
}
