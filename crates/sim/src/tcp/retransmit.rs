//! Sending again: tail loss probe, then timeout with back-off, then giving up (linux-tcp §2.3 to §2.7).

use super::{Owner, Tcb};
use crate::kernel::sysctl::{
    ORPHAN_BOUND, RETRIES2_BOUND, RTO_MIN, SYN_LINEAR_TIMEOUTS, SYN_RETRIES, SYNACK_RETRIES,
};
use crate::outbox::{Outbox, Output};
use std::time::Duration;
use whyeof_trace::{SocketError, State, Time, TimerKind};

/// What is known about sending again. One slot: a loss probe and a retransmission timeout replace each other.
#[derive(Clone, Copy, Debug, Default)]
pub struct Rexmit {
    /// Which of the two is armed, and for when it was asked.
    armed: Option<(TimerKind, Time)>,
    /// When the first timeout of this episode sent something again; give-up is measured from here.
    since: Option<Time>,
    /// Timeouts of this episode.
    count: u8,
    /// A probe of this episode is out.
    probed: bool,
}

impl Rexmit {
    /// Nothing is armed any more.
    pub(super) fn forget(&mut self) {
        self.armed = None;
    }
}

impl Tcb {
    /// One slot: arming one of the two kinds disarms the other.
    pub(super) fn arm(&mut self, now: Time, timer: TimerKind, span: Duration, out: &mut Outbox) {
        if let Some((other, _)) = self.rexmit.armed
            && other != timer
        {
            out.say(Output::Clear(other));
        }
        self.rexmit.armed = Some((timer, now + span));
        out.say(Output::Set(timer, span));
    }

    fn disarm(&mut self, out: &mut Outbox) {
        if let Some((timer, _)) = self.rexmit.armed.take() {
            out.say(Output::Clear(timer));
        }
    }

    /// New segments went out: a probe, bounded by the head's own timeout (`tcp_schedule_loss_probe`).
    pub(super) fn arm_after_sending(&mut self, now: Time, out: &mut Outbox) {
        let rto = match self.snd.in_flight.front() {
            Some(head) => (head.sent_at + self.rtt.timeout()).since(now),
            None => return,
        };
        if self.rexmit.count > 0 || self.rexmit.probed {
            if self.rexmit.armed.is_none() {
                self.arm(now, TimerKind::Retransmit, rto, out);
            }
            return;
        }
        let probe = self.probe_timeout().min(rto);
        self.arm(now, TimerKind::LossProbe, probe, out);
    }

    /// PTO: two round trips, and for a lone segment the peer's worst delayed ACK on top.
    fn probe_timeout(&self) -> Duration {
        let slack = if self.snd.in_flight.len() == 1 {
            RTO_MIN
        } else {
            Duration::from_millis(2)
        };
        self.rtt
            .smoothed()
            .map_or(Duration::from_secs(1), |srtt| srtt * 2 + slack)
    }

    /// New data was acknowledged (`tcp_rearm_rto`, after `tcp_clean_rtx_queue`).
    pub(super) fn rearm_after_ack(&mut self, now: Time, out: &mut Outbox) {
        self.rexmit.count = 0;
        self.rexmit.since = None;
        self.rexmit.probed = false;
        if self.snd.in_flight.is_empty() {
            self.disarm(out);
        } else {
            let probe = self.probe_timeout().min(self.rtt.timeout());
            self.arm(now, TimerKind::LossProbe, probe, out);
        }
    }

    /// The probe: the last segment again; a full timeout follows (`tcp_send_loss_probe`).
    pub(super) fn loss_probe(&mut self, now: Time, out: &mut Outbox) {
        self.rexmit.armed = None;
        if self.snd.in_flight.is_empty() {
            return;
        }
        self.rexmit.probed = true;
        self.send_again(now, self.snd.in_flight.len() - 1, out);
        self.arm(now, TimerKind::Retransmit, self.rtt.base_timeout(), out);
    }

    /// The timeout: the oldest segment again, and twice as long to wait (`tcp_retransmit_timer`).
    pub(super) fn retransmit_timeout(&mut self, now: Time, out: &mut Outbox) {
        self.rexmit.armed = None;
        if self.snd.in_flight.is_empty() {
            return;
        }
        if self.has_given_up(now) {
            self.fail(SocketError::TimedOut, out);
            return;
        }
        self.send_again(now, 0, out);
        self.rexmit.since.get_or_insert(now);
        self.rexmit.count = self.rexmit.count.saturating_add(1);
        let linear = self.state() == State::SynSent && self.rexmit.count <= SYN_LINEAR_TIMEOUTS;
        if !linear {
            self.rtt.backoff = self.rtt.backoff.saturating_add(1);
        }
        self.arm(now, TimerKind::Retransmit, self.rtt.timeout(), out);
    }

    /// `tcp_write_timeout`: SYNs by count, data by time since the first timeout's retransmission.
    fn has_given_up(&self, now: Time) -> bool {
        if self.state() == State::SynSent {
            return self.rexmit.count >= SYN_RETRIES + SYN_LINEAR_TIMEOUTS;
        }
        let bound = if self.is_orphan() {
            ORPHAN_BOUND
        } else {
            RETRIES2_BOUND
        };
        self.rexmit
            .since
            .is_some_and(|since| now.since(since) >= bound)
    }

    /// `reqsk_timer_handler`: the SYN-ACK again, up to five times, then the request is forgotten.
    pub(super) fn synack_timeout(&mut self, now: Time, out: &mut Outbox) {
        if self.state() != State::SynReceived {
            return;
        }
        if self.rexmit.count >= SYNACK_RETRIES {
            self.owner = Owner::Nobody;
            self.enter(State::Closed, out);
            return;
        }
        self.rexmit.count += 1;
        self.rtt.backoff += 1;
        self.send_again(now, 0, out);
        out.say(Output::Set(TimerKind::SynAck, self.rtt.timeout()));
    }

    /// The SYN came again: so does the SYN-ACK, at most every 500 ms, and its timer starts anew (`tcp_check_req`).
    pub(super) fn synack_again(&mut self, now: Time, out: &mut Outbox) {
        if self.limit_reached(now) {
            return;
        }
        self.send_again(now, 0, out);
        out.say(Output::Set(TimerKind::SynAck, self.rtt.timeout()));
    }
}
