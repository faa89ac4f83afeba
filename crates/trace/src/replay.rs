//! The state of things at a moment, obtained by folding the records up to it.
//!
//! This is what the time slider shows: sockets with their states, the pool, and the armed timers.
//! It asks the engine nothing.

use crate::event::{
    Call, Event, PoolEvent, Returned, SegmentEvent, SocketEvent, Timer, TimerEvent,
};
use crate::id::{HostId, RecordId, SettingId, SocketId};
use crate::segment::{Flags, Packet, Segment};
use crate::tcp::State;
use crate::time::Time;
use crate::trace::{Record, Trace};
use litemap::LiteMap;

/// A socket at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SocketNow {
    /// Its host.
    pub host: HostId,
    /// State.
    pub state: State,
    /// Since when.
    pub since: Time,
    /// Whether the program has closed it, so that nobody would read what comes.
    pub orphan: bool,
    /// Recv-Q of `ss`: bytes that have come in order and that the program has not read.
    pub recv_q: u32,
    /// Send-Q of `ss`: bytes that the program has written and that are not acknowledged.
    pub send_q: u32,
}

/// What one socket has written, read, sent and got, bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Streams {
    written: u32,
    acknowledged: u32,
    read: u32,
    /// How far the peer's stream has come without a gap.
    arrived: u32,
    /// What came beyond a gap: start and end.
    early: Vec<(u32, u32)>,
}

impl Streams {
    fn arrive(&mut self, start: u32, end: u32) {
        self.early.push((start, end));
        while let Some(at) = self
            .early
            .iter()
            .position(|(start, _)| *start <= self.arrived)
        {
            let (_, end) = self.early.swap_remove(at);
            self.arrived = self.arrived.max(end);
        }
    }
}

/// Where a client's connection is, as its pool sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pooled {
    /// Being dialled.
    Dialling,
    /// Carrying a request.
    InUse,
    /// Idle in the pool.
    Idle,
}

/// An armed timer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Armed {
    /// Its host.
    pub host: HostId,
    /// Which.
    pub timer: Timer,
    /// When it will fire.
    pub until: Time,
    /// The setting whose value it took.
    pub setting: Option<SettingId>,
    /// The record that armed it.
    pub by: RecordId,
}

/// The state of a run after some of its records.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Snapshot {
    /// Sockets that are not closed.
    pub sockets: LiteMap<SocketId, SocketNow>,
    /// Connections that a client's pool knows.
    pub pool: LiteMap<SocketId, Pooled>,
    /// Armed timers, in the order in which they were armed.
    pub timers: Vec<Armed>,
    streams: LiteMap<SocketId, Streams>,
}

impl Snapshot {
    /// The state after every record at or before `at`.
    pub fn at(trace: &Trace, at: Time) -> Self {
        let end = trace.records.partition_point(|r| r.time <= at);
        Self::after(trace, end)
    }

    /// The state after the first `count` records.
    pub fn after(trace: &Trace, count: usize) -> Self {
        let mut now = Self::default();
        for record in &trace.records[..count.min(trace.records.len())] {
            now.take(record);
        }
        now
    }

    /// What one more record changes.
    pub fn take(&mut self, record: &Record) {
        match record.event {
            Event::Socket(event) => self.socket(record.host, record.time, event),
            Event::Pool(event) => self.pool(event),
            Event::Timer(event) => self.timer(record.host, record.id, event),
            Event::Segment(SegmentEvent::Arrived(Packet::Tcp(segment))) => self.arrived(&segment),
            Event::Segment(_) | Event::Request(_) | Event::Fault(_) => {}
        }
    }

    fn socket(&mut self, host: HostId, time: Time, event: SocketEvent) {
        match event {
            SocketEvent::Entered {
                socket,
                to: State::Closed,
                ..
            } => {
                self.sockets.remove(&socket);
            }
            SocketEvent::Entered { socket, to, .. } => {
                let entry = self.sockets.entry(socket).or_insert(SocketNow {
                    host,
                    state: to,
                    since: time,
                    orphan: false,
                    recv_q: 0,
                    send_q: 0,
                });
                entry.state = to;
                entry.since = time;
            }
            SocketEvent::Called {
                socket,
                call: Call::Close,
            } => {
                if let Some(entry) = self.sockets.get_mut(&socket) {
                    entry.orphan = true;
                }
            }
            SocketEvent::Called {
                socket,
                call: Call::Write { len, .. },
            } => self.stream(socket, |s| s.written = s.written.saturating_add(len)),
            SocketEvent::Returned {
                socket,
                call: Call::Write { len, .. },
                result: Returned::Error(_),
            } => self.stream(socket, |s| s.written = s.written.saturating_sub(len)),
            SocketEvent::Returned {
                socket,
                call: Call::Read,
                result: Returned::Bytes(n),
            } => self.stream(socket, |s| s.read = s.read.saturating_add(n)),
            SocketEvent::Called { .. }
            | SocketEvent::Returned { .. }
            | SocketEvent::Failed { .. } => {}
        }
    }

    /// A segment reaches a socket: its data, and what it acknowledges. Numbers count from the SYN, which is 0.
    fn arrived(&mut self, segment: &Segment) {
        let id = SocketId {
            flow: segment.flow,
            side: segment.from.peer(),
        };
        if !self.sockets.contains_key(&id) || segment.flags.has(Flags::RST) {
            return;
        }
        let (start, len, ack) = (segment.seq.0, u32::from(segment.len), segment.ack.0);
        self.stream(id, |s| {
            if len > 0 {
                let start = start.saturating_sub(1);
                s.arrive(start, start.saturating_add(len));
            }
            // A FIN counts in the ACK, and is no byte.
            let acknowledged = ack.saturating_sub(1).min(s.written);
            s.acknowledged = s.acknowledged.max(acknowledged);
        });
    }

    fn stream(&mut self, id: SocketId, change: impl FnOnce(&mut Streams)) {
        let streams = self.streams.entry(id).or_default();
        change(streams);
        if let Some(entry) = self.sockets.get_mut(&id) {
            entry.recv_q = streams.arrived.saturating_sub(streams.read);
            entry.send_q = streams.written.saturating_sub(streams.acknowledged);
        }
    }

    fn pool(&mut self, event: PoolEvent) {
        match event {
            PoolEvent::Dial { socket, .. } => {
                self.pool.insert(socket, Pooled::Dialling);
            }
            PoolEvent::Checkout { socket, .. } => {
                self.pool.insert(socket, Pooled::InUse);
            }
            PoolEvent::Park { socket, .. } => {
                self.pool.insert(socket, Pooled::Idle);
            }
            PoolEvent::Evict { socket, .. } => {
                self.pool.remove(&socket);
            }
            PoolEvent::Wait { .. } => {}
        }
    }

    fn timer(&mut self, host: HostId, by: RecordId, event: TimerEvent) {
        let timer = event.timer();
        self.timers
            .retain(|armed| armed.timer != timer || armed.host != host);
        if let TimerEvent::Set { until, setting, .. } = event {
            self.timers.push(Armed {
                host,
                timer,
                until,
                setting,
                by,
            });
        }
    }
}
