//! Real captures: pcap and pcapng files as traces, so that the same diagram, findings and formats read them.
//!
//! A file comes in piece by piece ([`Import::feed`]); what is kept is its packets' headers and the heads of its HTTP messages. It has been seen at one
//! host ([`Vantage::Tap`](whyeof_trace::Vantage::Tap)): a packet is one record there, nothing has a cause, and what programs did is not known; states
//! are those that the tap's own kernel must have had. Everything is bounded, and an error names the byte.

mod about;
mod assemble;
mod file;
mod flows;
mod http;
mod invalid;
mod list;
mod packed;
mod packet;
mod part;
mod states;
mod stream;
mod tap;
mod window;

pub use assemble::Flow;
pub use http::Speech;
pub use invalid::{Invalid, What};
pub use list::{Ended, Listed, list};
pub use packed::Packed;
pub use tap::How;
pub use window::window;

use file::Framing;
use flows::Table;
use packet::Read;
use std::net::IpAddr;
use std::time::Duration;
use whyeof_trace::{FlowId, Time, Trace};

/// A capture that is being read.
#[derive(Default)]
pub struct Import {
    framing: Framing,
    table: Table,
    counts: Counts,
    /// When its first packet was seen, since 1970.
    began: Option<Duration>,
    /// Where reading ended before the file did.
    broken: Option<Invalid>,
}

/// What a capture has besides TCP.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Packets in all.
    pub packets: u64,
    /// Of TCP.
    pub tcp: u64,
    /// Parts of packets, which are not put together.
    pub fragments: u64,
    /// Packets that were captured twice.
    pub copies: u64,
    /// Packets beyond the bounds: too many, or of too many connections.
    pub left_out: u64,
    /// Messages beyond the bound.
    pub unheard: u64,
    /// Heads of which only the beginning is kept.
    pub cut_heads: u64,
}

/// A capture that has been read.
pub struct Capture {
    /// What happened, without the states, which [`Capture::part`] infers.
    pub trace: Trace,
    /// Its connections, in the order of their first packets.
    pub flows: Vec<Flow>,
    /// The connection of each request.
    asked_on: Vec<FlowId>,
    /// What else there is.
    pub counts: Counts,
    /// When its first packet was seen, since 1970: the trace's start.
    pub began: Duration,
    /// How it is known where it was taken.
    pub how: How,
    /// Where reading ended before the file did, and why.
    pub broken: Option<Invalid>,
}

impl Import {
    /// Reads on. After an error nothing more is read; what came before it is kept.
    ///
    /// # Errors
    ///
    /// The file is no capture, or is damaged there.
    pub fn feed(&mut self, bytes: &[u8]) -> Result<(), Invalid> {
        if let Some(broken) = &self.broken {
            return Err(broken.clone());
        }
        let Self {
            table,
            counts,
            began,
            ..
        } = self;
        let done = self.framing.feed(bytes, &mut |frame| {
            counts.packets += 1;
            let start = *began.get_or_insert(frame.time);
            let time = Time(whyeof_trace::time::nanos(frame.time.saturating_sub(start)));
            match packet::read(frame) {
                Read::Tcp(tcp) => {
                    counts.tcp += 1;
                    table.tcp(time, &tcp);
                }
                Read::Unreachable { ends, seq, kind } => table.unreachable(time, ends, seq, kind),
                Read::Fragment => counts.fragments += 1,
                Read::Other => {}
            }
        });
        if let Err(broken) = &done {
            self.broken = Some(broken.clone());
        }
        done
    }

    /// How many bytes have been read.
    pub const fn offset(&self) -> u64 {
        self.framing.offset()
    }

    /// That nothing more comes. `at` tells where the capture was taken, if somebody knows.
    ///
    /// # Errors
    ///
    /// There is not one TCP packet. A file that breaks off later is no error: see [`Capture::broken`].
    pub fn finish(mut self, at: Option<IpAddr>) -> Result<Capture, Invalid> {
        let broken = match self.broken.take() {
            Some(broken) => Some(broken),
            None => self.framing.end().err(),
        };
        if self.table.seen.len() == 0 {
            return Err(broken.unwrap_or(Invalid {
                offset: self.framing.offset(),
                what: What::NoTcp(self.counts.packets),
            }));
        }
        self.table.finish();
        let counts = Counts {
            copies: self.table.copies,
            left_out: self.table.left_out,
            unheard: self.table.unheard,
            cut_heads: self.table.cut_heads,
            ..self.counts
        };
        let began = self.began.unwrap_or_default();
        Ok(assemble::capture(self.table, counts, began, at, broken))
    }
}

/// Reads a whole capture.
///
/// # Errors
///
/// See [`Import::finish`].
pub fn open(bytes: &[u8]) -> Result<Capture, Invalid> {
    let mut import = Import::default();
    // What is wrong is told at the end, where it is known whether anything was read.
    let _ = import.feed(bytes);
    import.finish(None)
}
