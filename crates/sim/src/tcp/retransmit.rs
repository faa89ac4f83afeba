//! Sending again: tail loss probe, then timeout with back-off, then giving up (linux-tcp §2.3 to §2.7).

use super::Tcb;
use super::send::{Amount, Hold};
use crate::kernel::sysctl::{RTO_MIN, TIMEOUT_INIT, TIMEOUT_MIN};
use crate::outbox::{Outbox, Output};
use whyeof_trace::{Flags, Seq, SocketError, Span, State, Time, TimerKind};

/// The slot of one timer that a socket has for sending (`icsk_pending`): a retransmission timeout, a loss probe, the wait for
/// reordered segments and a window probe replace each other. And what is known about sending again.
#[derive(Clone, Copy, Debug, Default)]
pub struct Rexmit {
    /// Which is armed.
    armed: Option<TimerKind>,
    /// When something was first sent again since all was well; give-up is measured from here (`retrans_stamp`).
    pub since: Option<Time>,
    /// Timeouts without progress (`icsk_retransmits`).
    pub count: u8,
    /// SND.NXT when a loss probe went out that has not been answered (`tlp_high_seq`).
    pub probed: Option<Seq>,
    /// Whether that probe was something sent again, and not something new.
    pub probed_again: bool,
}

impl Rexmit {
    /// Which of the four is armed.
    pub(super) const fn armed(&self) -> Option<TimerKind> {
        self.armed
    }

    /// Nothing is armed any more.
    pub(super) const fn forget(&mut self) {
        self.armed = None;
    }
}

impl Tcb {
    /// One slot: arming one of the four kinds disarms the others.
    pub(super) fn arm(&mut self, timer: TimerKind, span: Span, out: &mut Outbox) {
        if let Some(other) = self.rexmit.armed
            && other != timer
        {
            out.say(Output::Clear(other));
        }
        self.rexmit.armed = Some(timer);
        out.say(Output::Set(timer, span));
    }

    pub(super) fn disarm(&mut self, out: &mut Outbox) {
        if let Some(timer) = self.rexmit.armed.take() {
            out.say(Output::Clear(timer));
        }
    }

    /// The timeout of the oldest segment in flight, from now (`tcp_rto_delta_us`); zero if it is over.
    fn rest_of_timeout(&self, now: Time) -> Span {
        let head = self.snd.in_flight.front();
        head.map_or(Span::ZERO, |head| {
            (head.sent_at + self.rtt.timeout()).past(now)
        })
    }

    /// The span that a timeout armed now runs for: whole, or what is left of the oldest segment's if a probe or the wait for
    /// reordered segments had taken its place (`tcp_rearm_rto`).
    fn timeout_span(&self, now: Time) -> Span {
        match self.rexmit.armed {
            Some(TimerKind::LossProbe | TimerKind::Reorder) => {
                self.rest_of_timeout(now).max(Span::from_micros(1))
            }
            _ => self.rtt.timeout(),
        }
    }

    /// `tcp_rearm_rto`.
    pub(super) fn rearm_timeout(&mut self, now: Time, out: &mut Outbox) {
        if self.snd.in_flight.is_empty() {
            self.disarm(out);
        } else {
            let span = self.timeout_span(now);
            self.arm(TimerKind::Retransmit, span, out);
        }
    }

    /// New segments went out, `before` were in flight before them (`tcp_event_new_data_sent`, then
    /// `tcp_schedule_loss_probe`).
    pub(super) fn arm_after_sending(&mut self, now: Time, before: usize, out: &mut Outbox) {
        let idle = before == 0;
        let timeout = (idle || self.rexmit.armed == Some(TimerKind::LossProbe)).then(|| {
            if idle {
                self.rtt.timeout()
            } else {
                self.timeout_span(now)
            }
        });
        if let Some(span) = self.probe_span(self.rest_of_timeout(now)) {
            self.arm(TimerKind::LossProbe, span, out);
        } else if let Some(span) = timeout {
            self.arm(TimerKind::Retransmit, span, out);
        }
    }

    /// After an ACK that brought news (`tcp_set_xmit_timer`).
    pub(super) fn rearm_after_ack(&mut self, now: Time, out: &mut Outbox) {
        match self.probe_span(self.rtt.timeout()) {
            Some(span) => self.arm(TimerKind::LossProbe, span, out),
            None => self.rearm_timeout(now, out),
        }
    }

    /// PTO: two round trips, and for a lone segment the peer's worst delayed ACK on top; no later than the timeout itself.
    /// `None`: no probes now (`tcp_schedule_loss_probe`).
    fn probe_span(&self, timeout: Span) -> Option<Span> {
        let probes = matches!(self.sysctl.tcp_early_retrans, 3 | 4) && self.agreed.sack;
        if !probes || self.snd.in_flight.is_empty() || !self.recovery.may_probe() {
            return None;
        }
        let slack = if self.snd.in_flight.len() == 1 {
            Span::of(self.sysctl.tcp_rto_min_us)
        } else {
            TIMEOUT_MIN
        };
        let span = self.rtt.smoothed();
        let span = span.map_or(TIMEOUT_INIT, |srtt| srtt * 2 + slack);
        Some(if timeout.is_zero() {
            span
        } else {
            span.min(timeout)
        })
    }

    /// The probe: something new if there is, else the last segment again; a full timeout follows (`tcp_send_loss_probe`).
    pub(super) fn loss_probe(&mut self, now: Time, out: &mut Outbox) {
        if self.snd.in_flight.is_empty() {
            self.rexmit.forget();
            return;
        }
        if self.rexmit.probed.is_none() && self.send_probe(now, out) {
            self.rexmit.probed = Some(self.snd.nxt);
            self.rexmit.forget();
        } else {
            // Nothing went out: the oldest segment's own timeout goes on.
            self.rexmit.armed = Some(TimerKind::LossProbe);
        }
        self.rearm_timeout(now, out);
    }

    fn send_probe(&mut self, now: Time, out: &mut Outbox) -> bool {
        self.rexmit.probed_again = false;
        if self.snd.has_unsent() && self.write_out(now, Hold::Nothing, Amount::OneProbe, out) {
            return true;
        }
        self.rexmit.probed_again = true;
        self.send_again(now, self.snd.in_flight.len() - 1, out)
    }

    /// The timeout: the oldest segment again, and twice as long to wait (`tcp_retransmit_timer`).
    pub(super) fn retransmit_timeout(&mut self, now: Time, out: &mut Outbox) {
        self.rexmit.forget();
        if self.snd.in_flight.is_empty() {
            return;
        }
        let opening = matches!(self.state(), State::SynSent | State::SynReceived);
        let probes_window = self.snd.window == 0 && !self.is_orphan() && !opening;
        let over = if probes_window {
            self.has_probed_too_long(now)
        } else {
            self.has_given_up(now)
        };
        if over {
            let error = self.soft_error.take().unwrap_or(SocketError::TimedOut);
            self.fail(error, out);
            return;
        }
        self.enter_loss(now);
        if !probes_window {
            self.rexmit.count = self.rexmit.count.saturating_add(1);
        }
        self.send_lost(now, 0, out);
        let linear = self.state() == State::SynSent
            && self.rexmit.count <= self.sysctl.tcp_syn_linear_timeouts;
        if !linear {
            self.rtt.back_off();
        }
        let span = self.bounded_by_user_timeout(now);
        self.arm(TimerKind::Retransmit, span, out);
    }

    /// The peer has closed its window over what is in flight; what is sent again probes it, and that may go on as long as the
    /// peer answers (`tcp_rtx_probe0_timed_out`).
    fn has_probed_too_long(&self, now: Time) -> bool {
        let bound = Span::of(self.options.user_timeout);
        let head = self.snd.in_flight.front().map(|head| head.sent_at);
        let lasted = now.past(self.rexmit.since.or(head).unwrap_or(now));
        let mut patience = Span::of(self.sysctl.tcp_rto_max_ms) * 2;
        if !bound.is_zero() {
            if lasted > bound {
                return true;
            }
            patience = patience.min(bound);
        }
        now.past(self.keepalive.heard) > patience && lasted > patience
    }

    /// `tcp_clamp_rto_to_user_timeout`.
    fn bounded_by_user_timeout(&self, now: Time) -> Span {
        let (rto, bound) = (self.rtt.timeout(), Span::of(self.options.user_timeout));
        match self.rexmit.since {
            Some(since) if !bound.is_zero() => {
                let left = bound - now.past(since);
                rto.min(left.max(Span::from_micros(1)))
            }
            _ => rto,
        }
    }

    /// `tcp_write_timeout`: SYNs by count, everything by time since something was first sent again.
    fn has_given_up(&self, now: Time) -> bool {
        let sysctl = &self.sysctl;
        if matches!(self.state(), State::SynSent | State::SynReceived) {
            let linear = match self.state() {
                State::SynSent => sysctl.tcp_syn_linear_timeouts,
                _ => 0,
            };
            let most = sysctl.tcp_syn_retries.saturating_add(linear);
            return self.rexmit.count >= most
                || self.is_overdue(now, sysctl.tcp_syn_retries, TIMEOUT_INIT);
        }
        let retries = if self.is_orphan() {
            self.orphan_retries(!self.rtt.is_capped())
        } else {
            sysctl.tcp_retries2
        };
        self.is_overdue(now, retries, RTO_MIN)
    }

    /// `tcp_orphan_retries`.
    pub(super) fn orphan_retries(&self, alive: bool) -> u8 {
        match self.sysctl.tcp_orphan_retries {
            _ if self.soft_error.is_some() && !alive => 0,
            0 if alive => 8,
            retries => retries,
        }
    }

    /// `retransmits_timed_out`: TCP_USER_TIMEOUT, or the time that so many doublings take.
    fn is_overdue(&self, now: Time, retries: u8, base: Span) -> bool {
        let bound = match Span::of(self.options.user_timeout) {
            Span::ZERO => self.sysctl.model_timeout(retries, base),
            bound => bound,
        };
        let since = self.rexmit.since;
        self.rexmit.count > 0 && since.is_some_and(|since| now.past(since) >= bound)
    }

    /// Sends a segment that is in flight again; it carries today's ACK, window and timestamp (`__tcp_retransmit_skb`).
    /// `false`: it lies beyond a window that has shrunk. Of what is larger than a segment may be now, or than the window,
    /// only so much goes.
    pub(super) fn send_again(&mut self, now: Time, index: usize, out: &mut Outbox) -> bool {
        self.forget_known(index);
        let Some(segment) = self.snd.in_flight.get(index) else {
            return false;
        };
        let (edge, mss) = (self.snd.window_end(), self.current_mss());
        let room = match edge.after(segment.seq) {
            true => edge.offset_from(segment.seq),
            // The oldest one serves as a window probe.
            false if segment.seq == self.snd.una => mss,
            false => return false,
        };
        let most = room.min(mss);
        if u32::from(segment.len) > most {
            // Less than the segment's own length.
            self.split(index, most as u16);
        } else {
            self.collapse(index);
        }
        let segment = &mut self.snd.in_flight[index];
        segment.sent_at = now;
        segment.again = true;
        let (seq, len, flags) = (segment.seq, segment.len, segment.flags);
        self.data_sent(now, len);
        self.transmit(now, flags, seq, len, out);
        true
    }

    /// The peer has the beginning of it already (`tcp_trim_head`).
    fn forget_known(&mut self, index: usize) {
        let una = self.snd.una;
        let Some(segment) = self.snd.in_flight.get_mut(index) else {
            return;
        };
        if una.after(segment.seq) {
            let known = una.offset_from(segment.seq);
            segment.seq = una;
            segment.len = segment
                .len
                .saturating_sub(u16::try_from(known).unwrap_or(u16::MAX));
        }
    }

    /// `tcp_fragment`: a segment becomes two, of which the second keeps PSH and FIN.
    fn split(&mut self, index: usize, len: u16) {
        let mut second = self.snd.in_flight[index];
        let first = &mut self.snd.in_flight[index];
        first.len = len;
        first.flags = Flags(first.flags.0 & !(Flags::PSH.0 | Flags::FIN.0));
        second.seq += u32::from(len);
        second.len -= len;
        self.recovery.count_marks(&second);
        self.snd.in_flight.insert(index + 1, second);
    }

    /// `tcp_retrans_try_collapse`: small neighbours behind a segment become part of it, up to a full one.
    fn collapse(&mut self, index: usize) {
        let Some(first) = self.snd.in_flight.get(index) else {
            return;
        };
        if !self.sysctl.tcp_retrans_collapse || first.flags.has(Flags::SYN) || first.sacked {
            return;
        }
        let window = self.snd.window_end();
        let room = if window.after(first.seq) {
            window.offset_from(first.seq)
        } else {
            0
        };
        let most = room.min(self.current_mss());
        while let (Some(first), Some(next)) = (
            self.snd.in_flight.get(index).copied(),
            self.snd.in_flight.get(index + 1).copied(),
        ) {
            let len = u32::from(first.len) + u32::from(next.len);
            if next.sacked || len > most || next.end().after(window) {
                return;
            }
            self.forget_marks(index + 1);
            self.snd.in_flight.remove(index + 1);
            let first = &mut self.snd.in_flight[index];
            first.len += next.len;
            first.flags = first.flags.with(next.flags);
            first.again |= next.again;
        }
    }
}
