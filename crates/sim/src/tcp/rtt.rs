//! Round-trip estimate and retransmission timeout, in Linux's integers (`tcp_rtt_estimator`, `tcp_set_rto`).
//!
//! RFC 6298's algorithm with Linux's differences: the variance term never sinks below 200 ms, so RTO is at
//! least the smoothed round trip plus 200 ms; there is no separate floor (linux-tcp §2.2).

use crate::kernel::sysctl::{RTO_MIN, Sysctl, TIMEOUT_FALLBACK, TIMEOUT_INIT};
use whyeof_trace::{Seq, Span};

/// The estimator. Microseconds, as in the kernel; `srtt8` is eight times the smoothed round trip.
#[derive(Clone, Copy, Debug)]
pub struct Rtt {
    srtt8: u64,
    mdev: u64,
    mdev_max: u64,
    rttvar: u64,
    /// The round of `mdev_max` ends when this is acknowledged.
    round: Seq,
    /// The least sample so far, µs; 0: none.
    least: u64,
    /// Timeout before the first sample.
    initial: Span,
    /// `tcp_rto_min_us`, µs.
    floor: u64,
    /// `tcp_rto_max_ms`.
    cap: Span,
    /// The timeout in force (`icsk_rto`).
    rto: Span,
    /// How often it has been doubled (`icsk_backoff`).
    pub backoff: u8,
}

impl Rtt {
    /// No sample yet.
    pub fn new(sysctl: &Sysctl) -> Self {
        Self {
            srtt8: 0,
            mdev: 0,
            mdev_max: 0,
            rttvar: 0,
            round: Seq(0),
            least: 0,
            initial: TIMEOUT_INIT,
            floor: Span::of(sysctl.tcp_rto_min_us).micros(),
            cap: Span::of(sysctl.tcp_rto_max_ms),
            rto: TIMEOUT_INIT,
            backoff: 0,
        }
    }

    /// The handshake gave no sample and never will: three seconds from now on (`tcp_init_metrics`).
    pub(super) fn fall_back(&mut self) {
        self.initial = TIMEOUT_FALLBACK;
        self.reset_backoff();
    }

    /// The timeout is the computed one again.
    pub(super) fn reset_backoff(&mut self) {
        self.backoff = 0;
        self.rto = self.base_timeout();
    }

    /// A timeout has passed: the next is twice as long.
    pub(super) fn back_off(&mut self) {
        self.backoff = self.backoff.saturating_add(1);
        self.rto = (self.rto * 2).min(self.cap);
    }

    /// A window probe went out: the next one waits twice as long, and the timeout stays as it is (`tcp_send_probe0`).
    pub(super) fn back_off_probe(&mut self) {
        self.backoff = self.backoff.saturating_add(1);
    }

    /// One doubling is taken back: an ICMP packet says that the path, not the queues, is the trouble (RFC 6069).
    pub(super) fn take_back(&mut self) {
        self.backoff = self.backoff.saturating_sub(1);
        let shift = u32::from(self.backoff.min(20));
        self.rto = (self.base_timeout() * (1 << shift)).min(self.cap);
    }

    /// The least round trip seen.
    pub(super) fn least(&self) -> Option<Span> {
        (self.least > 0).then(|| Span::from_micros(self.least))
    }

    /// A sample that counts for the least only.
    pub(super) fn note_least(&mut self, span: Span) {
        let m = span.micros().max(1);
        self.least = if self.least == 0 {
            m
        } else {
            self.least.min(m)
        };
    }

    /// Takes a sample. `una` is the highest byte acknowledged, `nxt` the next to be sent.
    pub fn sample(&mut self, span: Span, una: Seq, nxt: Seq) {
        let m = span.micros().max(1);
        self.estimate(m, una, nxt);
        self.reset_backoff();
    }

    fn estimate(&mut self, m: u64, una: Seq, nxt: Seq) {
        if self.srtt8 == 0 {
            self.srtt8 = m * 8;
            self.mdev = m * 2;
            self.rttvar = self.mdev.max(self.floor);
            self.mdev_max = self.rttvar;
            self.round = nxt;
            return;
        }
        let srtt = self.srtt8 / 8;
        let falling = m < srtt;
        let error = m.abs_diff(srtt);
        self.srtt8 = if falling {
            self.srtt8 - error
        } else {
            self.srtt8 + error
        };
        self.deviate(error, falling);
        if una.after(self.round) {
            if self.mdev_max < self.rttvar {
                self.rttvar -= (self.rttvar - self.mdev_max) / 4;
            }
            self.round = nxt;
            self.mdev_max = self.floor;
        }
    }

    fn deviate(&mut self, error: u64, falling: bool) {
        let mean = self.mdev / 4;
        if error > mean {
            // A falling round trip widens the variance slowly.
            let step = if falling {
                (error - mean) / 8
            } else {
                error - mean
            };
            self.mdev += step;
        } else {
            self.mdev -= mean - error;
        }
        if self.mdev > self.mdev_max {
            self.mdev_max = self.mdev;
            self.rttvar = self.rttvar.max(self.mdev_max);
        }
    }

    /// The smoothed round trip; `None` before the first sample.
    pub fn smoothed(&self) -> Option<Span> {
        (self.srtt8 > 0).then(|| Span::from_micros(self.srtt8 / 8))
    }

    /// The retransmission timeout, without back-off.
    pub fn base_timeout(&self) -> Span {
        if self.srtt8 == 0 {
            return self.initial;
        }
        Span::from_micros(self.srtt8 / 8 + self.rttvar).min(self.cap)
    }

    /// The retransmission timeout in force.
    pub const fn timeout(&self) -> Span {
        self.rto
    }

    /// Whether the timeout has grown to its cap.
    pub(super) fn is_capped(&self) -> bool {
        self.rto >= self.cap
    }

    /// A time that doubles with the back-off, from a base of at least 200 ms (`tcp_probe0_when`).
    pub(super) fn probe_timeout(&self) -> Span {
        let shift = u32::from(self.backoff.min(20));
        let base = self.rto.max(RTO_MIN);
        (base * (1 << shift)).min(self.cap)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Values seen on a live kernel (linux-tcp §2.2), before rounding up to jiffies.
    #[test]
    fn timeouts_are_the_round_trip_plus_200_ms() {
        for (rtt_us, rto_us) in [(100, 200_100), (10_000, 210_000), (100_000, 300_000)] {
            let mut rtt = Rtt::new(&Sysctl::default());
            assert_eq!(rtt.timeout(), Span::from_secs(1));
            for n in 1..20 {
                rtt.sample(Span::from_micros(rtt_us), Seq(n * 10), Seq(n * 10 + 10));
            }
            assert_eq!(rtt.timeout().micros(), rto_us);
        }
    }

    #[test]
    fn a_sample_ends_the_back_off_and_the_cap_holds() {
        let mut rtt = Rtt::new(&Sysctl::default());
        rtt.sample(Span::from_millis(10), Seq(1), Seq(2));
        rtt.back_off();
        assert_eq!(rtt.timeout(), Span::from_millis(420));
        (0..15).for_each(|_| rtt.back_off());
        assert_eq!(rtt.timeout(), Span::from_secs(120));
        assert!(rtt.is_capped());
        rtt.sample(Span::from_millis(10), Seq(2), Seq(3));
        assert_eq!(rtt.backoff, 0);
    }
}
