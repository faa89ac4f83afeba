//! Round-trip estimate and retransmission timeout, in Linux's integers (`tcp_rtt_estimator`, `tcp_set_rto`).
//!
//! RFC 6298's algorithm with Linux's differences: the variance term never sinks below 200 ms, so RTO is at
//! least the smoothed round trip plus 200 ms; there is no separate floor (linux-tcp §2.2).

use crate::kernel::sysctl::{RTO_MAX, RTO_MIN, TIMEOUT_INIT};
use std::time::Duration;
use whyeof_trace::Seq;

/// The estimator. Microseconds, as in the kernel; `srtt8` is eight times the smoothed round trip.
#[derive(Clone, Copy, Debug, Default)]
pub struct Rtt {
    srtt8: u64,
    mdev: u64,
    mdev_max: u64,
    rttvar: u64,
    /// The round of `mdev_max` ends when this is acknowledged.
    round: Seq,
    /// How often the timeout has been doubled.
    pub backoff: u8,
}

fn rto_min_us() -> u64 {
    micros(RTO_MIN)
}

fn micros(span: Duration) -> u64 {
    u64::try_from(span.as_micros()).unwrap_or(u64::MAX)
}

impl Rtt {
    /// Takes a sample. `una` is the highest byte acknowledged, `nxt` the next to be sent.
    pub fn sample(&mut self, span: Duration, una: Seq, nxt: Seq) {
        let m = micros(span).max(1);
        self.backoff = 0;
        if self.srtt8 == 0 {
            self.srtt8 = m * 8;
            self.mdev = m * 2;
            self.rttvar = self.mdev.max(rto_min_us());
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
            self.mdev_max = rto_min_us();
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
    pub fn smoothed(&self) -> Option<Duration> {
        (self.srtt8 > 0).then(|| Duration::from_micros(self.srtt8 / 8))
    }

    /// The retransmission timeout, without back-off.
    pub fn base_timeout(&self) -> Duration {
        if self.srtt8 == 0 {
            return TIMEOUT_INIT;
        }
        Duration::from_micros(self.srtt8 / 8 + self.rttvar).min(RTO_MAX)
    }

    /// The retransmission timeout in force.
    pub fn timeout(&self) -> Duration {
        self.base_timeout()
            .saturating_mul(1 << self.backoff.min(20))
            .min(RTO_MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Values seen on a live kernel (linux-tcp §2.2), before rounding up to jiffies.
    #[test]
    fn timeouts_are_the_round_trip_plus_200_ms() {
        for (rtt_us, rto_us) in [(100, 200_100), (10_000, 210_000), (100_000, 300_000)] {
            let mut rtt = Rtt::default();
            assert_eq!(rtt.timeout(), Duration::from_secs(1));
            for n in 1..20 {
                rtt.sample(Duration::from_micros(rtt_us), Seq(n * 10), Seq(n * 10 + 10));
            }
            assert_eq!(micros(rtt.timeout()), rto_us);
        }
    }

    #[test]
    fn a_sample_ends_the_back_off_and_the_cap_holds() {
        let mut rtt = Rtt::default();
        rtt.sample(Duration::from_millis(10), Seq(1), Seq(2));
        rtt.backoff = 1;
        assert_eq!(rtt.timeout(), Duration::from_millis(420));
        rtt.backoff = 15;
        assert_eq!(rtt.timeout(), RTO_MAX);
        rtt.sample(Duration::from_millis(10), Seq(2), Seq(3));
        assert_eq!(rtt.backoff, 0);
    }
}
