//! The state of things at a moment, obtained by folding the records up to it.
//!
//! This is what the time slider shows: sockets with their states, the pool, and the armed timers.
//! It asks the engine nothing.

use crate::event::{Event, PoolEvent, SocketEvent, Timer, TimerEvent};
use crate::id::{HostId, RecordId, SettingId, SocketId};
use crate::tcp::State;
use crate::time::Time;
use crate::trace::Trace;
use std::collections::BTreeMap;

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
    pub sockets: BTreeMap<SocketId, SocketNow>,
    /// Connections that a client's pool knows.
    pub pool: BTreeMap<SocketId, Pooled>,
    /// Armed timers, in the order in which they were armed.
    pub timers: Vec<Armed>,
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
            match record.event {
                Event::Socket(event) => now.socket(record.host, record.time, event),
                Event::Pool(event) => now.pool(event),
                Event::Timer(event) => now.timer(record.host, record.id, event),
                Event::Segment(_) | Event::Request(_) | Event::Fault(_) => {}
            }
        }
        now
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
                let orphan = self.sockets.get(&socket).is_some_and(|s| s.orphan);
                self.sockets.insert(
                    socket,
                    SocketNow {
                        host,
                        state: to,
                        since: time,
                        orphan,
                    },
                );
            }
            SocketEvent::Called {
                socket,
                call: crate::Call::Close,
            } => {
                if let Some(entry) = self.sockets.get_mut(&socket) {
                    entry.orphan = true;
                }
            }
            SocketEvent::Called { .. }
            | SocketEvent::Returned { .. }
            | SocketEvent::Failed { .. } => {}
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
