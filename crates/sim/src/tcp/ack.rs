//! When to acknowledge: quick ACKs, delayed ACKs, pingpong mode (linux-tcp §3).

use super::Tcb;
use crate::kernel::sysctl::{
    DELACK_MAX, DELACK_MIN, INVALID_RATELIMIT, MAX_QUICKACKS, MSS, PINGPONG_THRESH,
};
use crate::outbox::{Outbox, Output};
use std::time::Duration;
use whyeof_trace::{Flags, Seq, State, Time, TimerKind};

/// The receiver's state that decides about ACKs (`inet_connection_sock.icsk_ack`).
#[derive(Clone, Copy, Debug)]
pub struct AckPolicy {
    /// ACKs that may still go out at once.
    quick: u8,
    /// Data segments sent shortly after receiving: an interactive session, whose ACKs ride on replies.
    pingpong: u8,
    /// Delayed-ACK timeout; zero before the first data.
    ato: Duration,
    /// When data last came.
    last_data: Option<Time>,
    /// Estimate of the peer's segment size.
    rcv_mss: u32,
    /// An ACK is owed.
    scheduled: bool,
    /// When the delayed ACK was asked to go out, while its timer runs.
    due: Option<Time>,
    /// A small segment came since the last ACK; a second one (ICSK_ACK_PUSHED, PUSHED2).
    pushed: bool,
    pushed_twice: bool,
    /// What the last ACK sent acknowledged (`rcv_wup`).
    pub sent: Seq,
}

impl Default for AckPolicy {
    fn default() -> Self {
        Self {
            quick: 0,
            pingpong: 0,
            ato: Duration::ZERO,
            last_data: None,
            rcv_mss: 536,
            scheduled: false,
            due: None,
            pushed: false,
            pushed_twice: false,
            sent: Seq(0),
        }
    }
}

impl AckPolicy {
    const fn is_pingpong(&self) -> bool {
        self.pingpong >= PINGPONG_THRESH
    }

    /// `tcp_event_data_recv`: in-order data came.
    pub(super) fn data_received(&mut self, now: Time, len: u32, flags: Flags, rto: Duration) {
        self.scheduled = true;
        self.measure_mss(len, flags);
        match self.last_data {
            Some(last) if !self.ato.is_zero() => {
                let gap = now.since(last);
                if gap <= DELACK_MIN / 2 {
                    self.ato = self.ato / 2 + DELACK_MIN / 2;
                } else if gap < self.ato {
                    self.ato = (self.ato / 2 + gap).min(rto);
                } else if gap > rto {
                    self.quick = MAX_QUICKACKS;
                }
            }
            _ => {
                self.quick = MAX_QUICKACKS;
                self.ato = DELACK_MIN;
            }
        }
        self.last_data = Some(now);
    }

    /// `tcp_measure_rcv_mss`.
    fn measure_mss(&mut self, len: u32, flags: Flags) {
        if len >= self.rcv_mss {
            self.rcv_mss = len.min(u32::from(MSS));
            self.pushed |= flags.has(Flags::PSH);
        } else {
            self.pushed_twice |= self.pushed;
            self.pushed = true;
        }
    }

    /// `tcp_event_data_sent`: we sent data; soon after receiving makes it an interactive session.
    pub(super) fn data_sent(&mut self, now: Time) {
        if self
            .last_data
            .is_some_and(|last| now.since(last) < self.ato)
        {
            self.pingpong = self.pingpong.saturating_add(1);
        }
    }

    /// `tcp_event_ack_sent`: a segment with an ACK went out. Returns whether a timer must be cleared.
    pub(super) fn ack_sent(&mut self, rcv_nxt: Seq) -> bool {
        if self.scheduled && self.quick > 0 {
            self.quick -= 1;
            if self.quick == 0 {
                self.ato = DELACK_MIN;
            }
        }
        self.scheduled = false;
        self.pushed = false;
        self.pushed_twice = false;
        self.sent = rcv_nxt;
        self.due.take().is_some()
    }

    /// Old or misplaced data came: answer at once for a while (`tcp_enter_quickack_mode`).
    pub(super) fn enter_quick_mode(&mut self) {
        self.quick = MAX_QUICKACKS;
        self.pingpong = 0;
        self.ato = DELACK_MIN;
    }

    /// An ACK is owed (`inet_csk_schedule_ack`).
    pub(super) const fn owe(&mut self) {
        self.scheduled = true;
    }

    /// `tcp_fin` in ESTABLISHED: an ACK is owed, and it may wait for our own reply.
    pub(super) fn fin_received(&mut self) {
        self.scheduled = true;
        self.pingpong = self.pingpong.max(PINGPONG_THRESH);
    }
}

impl Tcb {
    /// `__tcp_ack_snd_check`, after everything that the segment let us send has been sent.
    pub(super) fn acknowledge(&mut self, now: Time, out: &mut Outbox) {
        if !self.ack.scheduled {
            return;
        }
        let unacked = self.rcv.nxt.offset_from(self.ack.sent);
        let quick = self.ack.quick > 0 && !self.ack.is_pingpong();
        if unacked > self.ack.rcv_mss || quick {
            self.send_ack(now, out);
        } else {
            self.delay_ack(now, out);
        }
    }

    /// `tcp_send_delayed_ack`.
    fn delay_ack(&mut self, now: Time, out: &mut Outbox) {
        let mut delay = self.ack.ato;
        if delay > DELACK_MIN {
            let mut most = Duration::from_millis(500);
            if self.ack.is_pingpong() || self.ack.pushed {
                most = Duration::from_millis(200);
            }
            if let Some(srtt) = self.rtt.smoothed() {
                most = most.min(srtt.max(DELACK_MIN));
            }
            delay = delay.min(most);
        }
        let delay = delay.min(DELACK_MAX);
        if let Some(due) = self.ack.due {
            if due <= now + delay / 4 {
                self.send_ack(now, out);
                return;
            }
            if due <= now + delay {
                return;
            }
        }
        self.ack.due = Some(now + delay);
        out.say(Output::Set(TimerKind::DelayedAck, delay));
    }

    /// `tcp_delack_timer_handler`.
    pub(super) fn delayed_ack_timeout(&mut self, now: Time, out: &mut Outbox) {
        self.ack.due = None;
        if !self.ack.scheduled || self.state() == State::Closed {
            return;
        }
        if self.ack.is_pingpong() {
            // The reply did not come in time: no interactive session after all.
            self.ack.pingpong = 0;
            self.ack.ato = DELACK_MIN;
        } else {
            self.ack.ato = (self.ack.ato * 2).min(self.rtt.timeout());
        }
        self.send_ack(now, out);
    }

    /// `__tcp_cleanup_rbuf`: the program has read; an ACK still owed may go now.
    pub(super) fn ack_after_read(&mut self, now: Time, out: &mut Outbox) {
        if !self.ack.scheduled {
            return;
        }
        let unacked = self.rcv.nxt.offset_from(self.ack.sent);
        let pushed = self.ack.pushed_twice || (self.ack.pushed && !self.ack.is_pingpong());
        if unacked > self.ack.rcv_mss || (self.rcv.unread() == 0 && pushed) {
            self.send_ack(now, out);
        }
    }

    /// A pure ACK. Also answers probes and stray segments.
    pub(super) fn send_ack(&mut self, now: Time, out: &mut Outbox) {
        let seq = self.snd.nxt;
        self.transmit(now, Flags::ACK, seq, 0, out);
    }

    /// A dup ACK for an empty segment that does not fit, at most one per 500 ms (`tcp_oow_rate_limited`).
    pub(super) fn send_ack_limited(&mut self, now: Time, out: &mut Outbox) {
        if !self.limit_reached(now) {
            self.send_ack(now, out);
        }
    }

    /// Whether such an answer went out in the last 500 ms; if not, this is one.
    pub(super) fn limit_reached(&mut self, now: Time) -> bool {
        let last = self.last_oow_ack;
        if last.is_some_and(|last| now.since(last) < INVALID_RATELIMIT) {
            return true;
        }
        self.last_oow_ack = Some(now);
        false
    }
}
