//! How much may be in flight: slow start, congestion avoidance, restart after idle (linux-tcp §2.8).
//!
//! CUBIC as Linux's default, or Reno: they differ in how far the window falls after a loss (to 0.7 or a half), and in how it
//! grows after one. Left out: pacing, TSO deferral, `tcp_notsent_lowat`.

use super::Tcb;
use super::cubic::Cubic;
use crate::kernel::sysctl::{CongestionControl, INITIAL_CWND};
use whyeof_trace::{Seq, Span, Time};

/// Congestion window and threshold, in segments.
#[derive(Clone, Copy, Debug)]
pub struct Congestion {
    /// `snd_cwnd`.
    pub window: u32,
    /// `snd_ssthresh`; `u32::MAX`: no loss yet.
    pub threshold: u32,
    /// ACKs towards the next step of congestion avoidance (`snd_cwnd_cnt`).
    credit: u32,
    /// Whether the window held sending back, in the flight that ends at `until`.
    limited: bool,
    /// The most segments in flight in that flight (`max_packets_out`).
    most: u32,
    until: Seq,
    /// The most in flight since `used_since`, while the program did not fill the window.
    used: u32,
    used_since: Time,
    /// When data was last sent (`lsndtime`).
    pub last_sent: Time,
    /// CUBIC's curve; `None`: Reno.
    cubic: Option<Cubic>,
}

impl Congestion {
    /// At the start of a connection whose first number is `iss`.
    pub(super) fn new(control: CongestionControl, iss: Seq) -> Self {
        Self {
            window: INITIAL_CWND,
            threshold: u32::MAX,
            credit: 0,
            limited: false,
            most: 0,
            until: iss,
            used: 0,
            used_since: Time::ZERO,
            last_sent: Time::ZERO,
            cubic: match control {
                CongestionControl::Cubic => Some(Cubic::default()),
                CongestionControl::Reno => None,
            },
        }
    }

    const fn in_slow_start(&self) -> bool {
        self.window < self.threshold
    }

    /// `tcp_is_cwnd_limited`.
    const fn is_limited(&self) -> bool {
        self.limited || (self.in_slow_start() && self.window < 2 * self.most)
    }

    /// `acked` segments were delivered (`cubictcp_cong_avoid`, `tcp_reno_cong_avoid`).
    pub(super) fn grow(&mut self, now: Time, tick: Span, mut acked: u32, least_rtt: Span) {
        if !self.is_limited() {
            return;
        }
        if self.in_slow_start() {
            let window = (self.window + acked).min(self.threshold);
            acked -= window - self.window;
            self.window = window;
            if acked == 0 {
                return;
            }
        }
        let window = self.window;
        let a_step = match &mut self.cubic {
            Some(cubic) => cubic.acks_a_step(now, tick, window, acked, least_rtt),
            None => window,
        };
        self.step(a_step.max(1), acked);
    }

    /// A step of the window for so many ACKs (`tcp_cong_avoid_ai`).
    fn step(&mut self, a_step: u32, acked: u32) {
        if self.credit >= a_step {
            self.credit = 0;
            self.window += 1;
        }
        self.credit += acked;
        let steps = self.credit / a_step;
        self.credit -= steps * a_step;
        self.window += steps;
    }

    /// A loss: the threshold falls, to half the window or CUBIC's 0.7 of it.
    pub(super) fn lose(&mut self) {
        let window = self.window;
        self.threshold = match &mut self.cubic {
            Some(cubic) => cubic.threshold(window),
            None => (window / 2).max(2),
        };
    }

    /// A timeout: the curve is forgotten.
    pub(super) fn time_out(&mut self) {
        if let Some(cubic) = &mut self.cubic {
            cubic.reset();
        }
    }

    /// The window is set anew after a loss.
    pub(super) fn set(&mut self, window: u32) {
        self.window = window.max(1);
        self.credit = 0;
    }

    /// `tcp_cwnd_restart`: a halving for each timeout that passed in silence.
    fn restart(&mut self, mut idle: Span, rto: Span, now: Time) {
        let least = INITIAL_CWND.min(self.window);
        self.threshold = self.remembered();
        while let Some(rest) = idle.checked_sub(rto)
            && !rest.is_zero()
            && self.window > least
        {
            idle = rest;
            self.window >>= 1;
        }
        self.window = self.window.max(least);
        self.used = 0;
        self.used_since = now;
    }

    /// Sending begins again after a pause.
    fn resume(&mut self, now: Time) {
        let idle = now.past(self.last_sent);
        if let Some(cubic) = &mut self.cubic {
            cubic.pause(now, idle);
        }
    }

    /// `tcp_current_ssthresh`: three quarters of the window are remembered.
    const fn remembered(&self) -> u32 {
        if self.threshold == u32::MAX {
            return u32::MAX;
        }
        let most = (self.window >> 1) + (self.window >> 2);
        if self.threshold > most {
            self.threshold
        } else {
            most
        }
    }

    /// `tcp_cwnd_application_limited`: a window that the program has not filled for a timeout shrinks towards its use.
    fn shrink_to_use(&mut self, now: Time) {
        let used = self.used.max(INITIAL_CWND);
        if used < self.window {
            self.threshold = self.remembered();
            self.window = u32::midpoint(self.window, used);
        }
        self.used = 0;
        self.used_since = now;
    }
}

impl Tcb {
    /// `tcp_packets_in_flight`.
    pub fn packets_in_flight(&self) -> u32 {
        let all = u32::try_from(self.snd.in_flight.len()).unwrap_or(u32::MAX);
        (all + self.recovery.resent_out)
            .saturating_sub(self.recovery.sacked_out + self.recovery.lost_out)
    }

    pub(super) fn cwnd_is_full(&self) -> bool {
        self.packets_in_flight() >= self.cwnd.window
    }

    /// How many segments may leave in one piece: what about a millisecond's worth of sending at twice the window's rate holds
    /// (`tcp_tso_autosize`, `tcp_update_pacing_rate`), at least `tcp_min_tso_segs`, at most half the window (`tcp_cwnd_test`).
    pub(super) fn burst_quota(&self) -> u32 {
        let (in_flight, window) = (self.packets_in_flight(), self.cwnd.window);
        if in_flight >= window {
            return 0;
        }
        let free = (window - in_flight).min((window / 2).max(1));
        free.min(self.offload_segments())
    }

    fn offload_segments(&self) -> u32 {
        /// `sk_gso_max_size`.
        const LARGEST: u64 = 65_536;
        let mss = u64::from(self.current_mss());
        let out = u32::try_from(self.snd.in_flight.len()).unwrap_or(u32::MAX);
        let percent = if self.cwnd.window < self.cwnd.threshold / 2 {
            200
        } else {
            120
        };
        let srtt = self.rtt.smoothed().map_or(1, |s| s.micros()).max(1);
        let window = u64::from(self.cwnd.window.max(out));
        let a_second = mss * window * percent * 10_000 / srtt;
        // `tcp_tso_rtt_log`: short round trips get larger bursts.
        let shift = self.rtt.least().map_or(0, |least| least.micros()) >> 9;
        let near = LARGEST
            .checked_shr(u32::try_from(shift).unwrap_or(64))
            .unwrap_or(0);
        let bytes = ((a_second >> 10) + near).min(LARGEST);
        u32::try_from(bytes / mss)
            .unwrap_or(u32::MAX)
            .max(self.sysctl.tcp_min_tso_segs.into())
    }

    /// `tcp_cwnd_validate`, after sending.
    pub(super) fn note_cwnd_use(&mut self, now: Time, limited: bool) {
        let out = u32::try_from(self.snd.in_flight.len()).unwrap_or(u32::MAX);
        let cwnd = &mut self.cwnd;
        let over = self.snd.una.at_or_after(cwnd.until);
        if over || limited || (!cwnd.limited && out > cwnd.most) {
            cwnd.limited = limited;
            cwnd.most = out;
            cwnd.until = self.snd.nxt;
        }
        if cwnd.is_limited() {
            cwnd.used = 0;
            cwnd.used_since = now;
            return;
        }
        cwnd.used = cwnd.used.max(out);
        let idle = now.past(cwnd.used_since) >= self.rtt.timeout();
        if self.sysctl.tcp_slow_start_after_idle && idle && self.recovery.is_open() {
            self.cwnd.shrink_to_use(now);
        }
    }

    /// `tcp_slow_start_after_idle_check`, when the program writes.
    pub(super) fn restart_after_idle(&mut self, now: Time) {
        let idle = now.past(self.cwnd.last_sent);
        let rto = self.rtt.timeout();
        if !self.snd.in_flight.is_empty() {
            return;
        }
        if self.sysctl.tcp_slow_start_after_idle && idle > rto {
            self.cwnd.restart(idle, rto, now);
        }
        self.cwnd.resume(now);
    }
}
