//! The five words in which a TCP speaks: transmit, set, clear, wake, note.

use std::time::Duration;
use whyeof_trace::{Event, Segment, TimerKind};

/// What a TCB wants done, in the order in which it wants it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Output {
    /// Send this segment.
    Transmit(Segment),
    /// Arm this timer to run for a span; replaces one of the same kind. The kernel's wheel says when it fires.
    Set(TimerKind, Duration),
    /// Disarm this timer.
    Clear(TimerKind),
    /// Tell the program that owns the socket.
    Wake(Signal),
    /// Put this on record.
    Note(Event),
}

/// What a program is told about a socket. It learns of it when it next runs, some wake-up time later.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// connect(2) is over: connected, or failed.
    Connected,
    /// A connection can be accepted.
    Accepted,
    /// There is data to read.
    Data,
    /// There is an end of stream or an error to read.
    End,
}

/// Outputs in order. Kept and reused, so that handling an event allocates nothing.
#[derive(Clone, Debug, Default)]
pub struct Outbox {
    /// What was said, oldest first.
    pub said: Vec<Output>,
}

impl Outbox {
    /// Says one more thing.
    pub fn say(&mut self, output: Output) {
        self.said.push(output);
    }
}
