//! When a Linux kernel timer really fires: on a jiffy, late by up to one step of the timer wheel.
//!
//! `kernel/time/timer.c`: `calc_wheel_index`, `calc_index` (LVL_BITS 6, LVL_CLK_SHIFT 3). A timer that is
//! `d` jiffies away goes to level n, where d < 63·8^n, and fires at `(floor(expires/8^n)+1)·8^n`, on a grid
//! that all sockets share. Read in source and measured: linux-tcp §1.1, ground-truth §0.

use std::time::Duration;
use whyeof_trace::{Span, Time};

/// How a kernel counts time (CONFIG_HZ).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Hz {
    /// 250 ticks a second: Debian, Ubuntu, and the recorded machine.
    #[default]
    Hz250,
    /// 1000 ticks a second.
    Hz1000,
    /// Timers fire exactly when they were asked to: no Linux does that, but drawings of the rules do.
    Ideal,
}

impl Hz {
    /// Length of a jiffy where a kernel's rule counts in them; the ideal clock has that of 250.
    pub const fn tick(self) -> Span {
        match self {
            Self::Hz250 | Self::Ideal => Span::from_millis(4),
            Self::Hz1000 => Span::from_millis(1),
        }
    }

    /// Length of a jiffy; `None` for the ideal clock.
    pub const fn jiffy(self) -> Option<Duration> {
        match self {
            Self::Hz250 => Some(Duration::from_millis(4)),
            Self::Hz1000 => Some(Duration::from_millis(1)),
            Self::Ideal => None,
        }
    }
}

/// A host's timer wheel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimerWheel {
    /// How the kernel counts.
    pub hz: Hz,
    /// How much of a jiffy had passed when the run began.
    pub phase: Duration,
}

/// Levels of the wheel beyond which Linux clips (`LVL_DEPTH` 9 at HZ > 100).
const LEVELS: u32 = 9;

impl TimerWheel {
    /// When a timer that is set at `now` to run for `span` fires. Spans are first rounded up to jiffies
    /// (`usecs_to_jiffies`).
    pub fn fires_at(self, now: Time, span: Span) -> Time {
        match self.hz {
            // Divisions by numbers that the compiler knows.
            Hz::Hz250 => self.fires_on::<4_000_000>(now, span),
            Hz::Hz1000 => self.fires_on::<1_000_000>(now, span),
            Hz::Ideal => now + span,
        }
    }

    /// The same with jiffies of so many nanoseconds.
    fn fires_on<const JIFFY: u64>(self, now: Time, span: Span) -> Time {
        let phase = clipped(Span::of(self.phase));
        let now_jiffies = (now.nanos() + phase) / JIFFY;
        let wait = clipped(span).div_ceil(JIFFY);
        let expires = now_jiffies + wait;
        let level = (0..LEVELS)
            .find(|n| wait < 63 << (3 * n))
            .unwrap_or(LEVELS - 1);
        let shift = 3 * level;
        let fires = ((expires >> shift) + 1) << shift;
        Time((fires * JIFFY).saturating_sub(phase))
    }
}

/// Beyond 2^60 ns (36 years) no timer of a run matters; clipping keeps the sums in range.
fn clipped(span: Span) -> u64 {
    span.nanos().min(1 << 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn late(hz: Hz, span_ms: u64) -> (u64, u64) {
        let (mut least, mut most) = (u64::MAX, 0);
        for start in 0..5_000u64 {
            let now = Time::from_micros(start * 997);
            let wheel = TimerWheel {
                hz,
                phase: Duration::ZERO,
            };
            let fires = wheel.fires_at(now, Span::from_millis(span_ms));
            let late = fires.since(now + Duration::from_millis(span_ms));
            least = least.min(u64::try_from(late.as_micros()).expect("small"));
            most = most.max(u64::try_from(late.as_micros()).expect("small"));
        }
        (least, most)
    }

    /// The table of linux-tcp §1.1: late by up to one step, never early.
    #[test]
    fn lateness_is_bounded_by_the_step_of_the_level() {
        for (span_ms, step_ms) in [
            (40, 4),
            (200, 4),
            (1_000, 32),
            (5_000, 256),
            (15_000, 256),
            (60_000, 2_048),
        ] {
            let (least, most) = late(Hz::Hz250, span_ms);
            assert!(least < 1_000 * step_ms / 4, "{span_ms}: least {least}");
            assert!(most <= 1_000 * (step_ms + 4), "{span_ms}: most {most}");
        }
        assert!(late(Hz::Hz1000, 40).1 <= 1_000);
        assert_eq!(late(Hz::Ideal, 40), (0, 0));
    }

    /// ground-truth §16: retransmissions that back off to 120 s are 120.832 s apart, 59 steps of 2.048 s.
    #[test]
    fn the_longest_backoff_is_59_steps() {
        let wheel = TimerWheel {
            hz: Hz::Hz250,
            phase: Duration::ZERO,
        };
        let first = wheel.fires_at(Time::from_secs(100), Span::from_secs(120));
        let second = wheel.fires_at(first, Span::from_secs(120));
        assert_eq!(second.since(first), Duration::from_millis(120_832));
    }
}
