//! Programs that do not run for a while.

use std::time::Duration;
use whyeof_trace::Time;

/// A time in which a program does not run: its event loop is blocked, or it gets no processor.
///
/// What is due meanwhile is done when it is over: timers first, in the order in which they were due, and only then what
/// came in on sockets. Of ten idle connections of a stopped Go server (SIGSTOP) whose time was over meanwhile, and which had a request
/// waiting, seven were closed when it went on (RST), and three answered: here all are closed. So libuv has it (`uv_run`: `uv__run_timers` before `uv__io_poll`; Node's documentation of the event
/// loop; recorded as "event loop blocked 150 ms across a FIN", runtimes §2.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Busy {
    /// When it begins.
    pub at: Duration,
    /// How long it takes.
    pub lasts: Duration,
}

/// When a timer's work is done that is due at `time`, of a program that does not run at these times.
pub fn timer(all: &[Busy], time: Time) -> Time {
    all.iter().fold(time, |time, busy| busy.timer(time))
}

/// When such a program hears of a socket that it would hear of at `time`, after `latency`.
pub fn socket(all: &[Busy], time: Time, latency: Duration) -> Time {
    all.iter()
        .fold(time, |time, busy| busy.socket(time, latency))
}

impl Busy {
    /// When a timer's work is done that is due at `time`. A millionth of the stretch keeps them in their order.
    pub fn timer(&self, time: Time) -> Time {
        match self.inside(time) {
            Some(since) => self.end() + since / 1_000_000,
            None => time,
        }
    }

    /// When a program hears of a socket that it would hear of at `time`, after `latency`.
    pub fn socket(&self, time: Time, latency: Duration) -> Time {
        match self.inside(time) {
            Some(_) => self.end() + self.lasts / 1_000_000 + latency,
            None => time,
        }
    }

    fn inside(&self, time: Time) -> Option<Duration> {
        let begins = Time::ZERO + self.at;
        (begins < time && time < self.end()).then(|| time.since(begins))
    }

    fn end(&self) -> Time {
        Time::ZERO + self.at + self.lasts
    }
}
