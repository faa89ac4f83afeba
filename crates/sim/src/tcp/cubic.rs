//! CUBIC (RFC 9438), in the integers of `tcp_cubic.c`: how the congestion window grows again after a loss.
//!
//! Left out: HyStart, which ends slow start early where a queue grows; no path of ours has a queue that others fill.

use whyeof_trace::{Span, Time};

/// `beta`: what is left of the window after a loss, of 1,024.
const BETA: u32 = 717;
/// `cube_rtt_scale`: the constant C = 0.4 in CUBIC's fixed point (`bic_scale` 41, times ten).
const CUBE_RTT_SCALE: u64 = 410;
/// `cube_factor`: its inverse, 2^40 / 410.
const CUBE_FACTOR: u64 = (1 << 40) / CUBE_RTT_SCALE;
/// `beta_scale`: how many ACKs Reno would need for one step, in eighths of the window.
const BETA_SCALE: u32 = 15;

/// One connection's curve.
#[derive(Clone, Copy, Debug, Default)]
pub struct Cubic {
    /// The window before the last loss, a little less if losses come ever earlier.
    most: u32,
    /// When the curve began; `None`: with the next ACK.
    epoch: Option<Time>,
    /// Where the curve is flat.
    origin: u32,
    /// How long after its beginning, in 1,024ths of a second.
    flat_after: u64,
    /// ACKs for one step of the window.
    acks_a_step: u32,
    /// When that was last computed, and for which window.
    computed: Option<(Time, u32)>,
    /// What Reno would have.
    reno: u32,
    /// ACKs that count towards Reno's next step.
    reno_credit: u32,
}

impl Cubic {
    /// A loss: the threshold, and where the next curve is flat (`cubictcp_recalc_ssthresh`).
    pub(super) fn threshold(&mut self, window: u32) -> u32 {
        self.epoch = None;
        self.most = if window < self.most {
            scaled(window, 1_024 + BETA, 2_048)
        } else {
            window
        };
        scaled(window, BETA, 1_024).max(2)
    }

    /// A timeout: everything is forgotten (`bictcp_reset`).
    pub(super) fn reset(&mut self) {
        *self = Self::default();
    }

    /// Nothing was sent for a while: the curve waits (`cubictcp_cwnd_event`, CA_EVENT_TX_START).
    pub(super) fn pause(&mut self, now: Time, idle: Span) {
        self.epoch = self.epoch.map(|epoch| (epoch + idle).min(now));
    }

    /// How many ACKs the next step of the window takes (`bictcp_update`). `tick` is the kernel's jiffy, which time is counted
    /// in.
    pub(super) fn acks_a_step(
        &mut self,
        now: Time,
        tick: Span,
        window: u32,
        acked: u32,
        least_rtt: Span,
    ) -> u32 {
        self.reno_credit += acked;
        let fresh = self.computed.is_some_and(|(at, for_window)| {
            for_window == window && now.past(at) <= Span::from_micros(31_250)
        });
        if fresh {
            return self.acks_a_step;
        }
        let same_tick = self.computed.is_some_and(|(at, _)| now.past(at) < tick);
        if self.epoch.is_none() || !same_tick {
            self.computed = Some((now, window));
            self.follow_curve(now, window, acked, least_rtt);
        }
        self.keep_up_with_reno(window);
        self.acks_a_step = self.acks_a_step.max(2);
        self.acks_a_step
    }

    fn follow_curve(&mut self, now: Time, window: u32, acked: u32, least_rtt: Span) {
        let epoch = *self.epoch.get_or_insert_with(|| {
            self.reno_credit = acked;
            self.reno = window;
            self.origin = self.most.max(window);
            let below = u64::from(self.origin - window);
            self.flat_after = cube_root(CUBE_FACTOR * below);
            now
        });
        let passed = now.past(epoch) + least_rtt;
        // In 1,024ths of a second; beyond 104 days it stands still.
        let passed = passed.nanos().min(1 << 53) * 1_024 / 1_000_000_000;
        let off = passed.abs_diff(self.flat_after).min(1 << 17);
        let delta = (CUBE_RTT_SCALE * off * off * off) >> 40;
        let delta = u32::try_from(delta).unwrap_or(u32::MAX);
        let target = if passed < self.flat_after {
            self.origin.saturating_sub(delta)
        } else {
            self.origin.saturating_add(delta)
        };
        self.acks_a_step = if target > window {
            window / (target - window)
        } else {
            100 * window
        };
        if self.most == 0 {
            // Nothing is known of the path yet.
            self.acks_a_step = self.acks_a_step.min(20);
        }
    }

    /// It never grows more slowly than Reno would.
    fn keep_up_with_reno(&mut self, window: u32) {
        let a_step = ((window * BETA_SCALE) >> 3).max(1);
        while self.reno_credit > a_step {
            self.reno_credit -= a_step;
            self.reno += 1;
        }
        if self.reno > window {
            self.acks_a_step = self.acks_a_step.min(window / (self.reno - window));
        }
    }
}

const fn scaled(window: u32, by: u32, of: u32) -> u32 {
    // At most twice the window.
    (window as u64 * by as u64 / of as u64) as u32
}

/// The whole part of the cube root.
fn cube_root(x: u64) -> u64 {
    let mut root = 0;
    for bit in (0..22).rev() {
        let wider = root | (1 << bit);
        if wider * wider * wider <= x {
            root = wider;
        }
    }
    root
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roots() {
        for (x, root) in [
            (0, 0),
            (1, 1),
            (7, 1),
            (8, 2),
            (26, 2),
            (27, 3),
            (1 << 60, 1 << 20),
        ] {
            assert_eq!(cube_root(x), root);
        }
    }

    /// RFC 9438 §4.2: K seconds after a loss the window is where it was, K = cube root of what was lost / 0.4.
    #[test]
    fn the_window_comes_back_after_k_seconds() {
        let mut cubic = Cubic::default();
        let mut window = cubic.threshold(1_000);
        assert_eq!(window, 700);
        let (rtt, tick) = (Span::from_millis(100), Span::from_millis(4));
        let mut now = Time::ZERO;
        let mut credit = 0;
        while window < 1_000 {
            now = now + rtt / u64::from(window);
            let steps = cubic.acks_a_step(now, tick, window, 1, rtt);
            credit += 1;
            if credit >= steps {
                credit = 0;
                window += 1;
            }
        }
        // The cube root of 300 / 0.4 is 9.1; less than a segment below the old window is rounded up to it, as in the kernel,
        // which is so 1.36 s earlier.
        let tenths = now.nanos() / 100_000_000;
        assert!((75..=79).contains(&tenths), "{tenths} tenths");
    }
}
