//! The five words in which a TCP speaks: transmit, set, clear, wake, note.

use crate::copy::clone_into_place;
use whyeof_trace::{Event, Segment, Span, TcpOptions, TimerKind};

/// What a TCB wants done, in the order in which it wants it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Output {
    /// Send this segment with these options besides timestamps.
    Transmit(Segment, Option<TcpOptions>),
    /// Arm this timer to run for a span; replaces one of the same kind. The kernel's wheel says when it fires.
    Set(TimerKind, Span),
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
    /// The send buffer takes more again.
    Room,
}

/// Outputs in order. Kept and reused, so that handling an event allocates nothing.
#[derive(Debug, Default)]
pub struct Outbox {
    /// What was said, oldest first.
    pub said: Vec<Output>,
    /// Whether this host's own packet filter throws away what the socket sends (OUTPUT DROP). The socket learns of that at
    /// once, and keeps new data as unsent (linux-tcp §7.4).
    pub filtered: bool,
}

clone_into_place!(Outbox { said, filtered });

impl Outbox {
    /// With room for what an event brings about as a rule.
    pub fn with_room() -> Self {
        Self {
            said: Vec::with_capacity(16),
            ..Self::default()
        }
    }

    /// Whether new data would not leave this host.
    pub const fn keeps_back(&self) -> bool {
        self.filtered
    }

    /// Says one more thing.
    pub fn say(&mut self, output: Output) {
        self.said.push(output);
    }
}
