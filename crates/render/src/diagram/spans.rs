//! What lasts: states on lifelines, armed timers, connections in the pool, handlers at work.
//!
//! The trace tells beginnings and ends; pictures draw what lies between.

use super::part::Part;
use super::view::{Bars, View};
use litemap::LiteMap;
use whyeof_trace::{
    Call, Event, HostId, PoolEvent, Record, RecordId, RequestEvent, RequestId, SegmentEvent,
    SettingId, SocketEvent, SocketId, SortKey, State, Time, Timer, TimerEvent, TimerKind, TimerOf,
    Trace,
};

/// A socket in one state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Bar {
    pub socket: SocketId,
    pub state: State,
    pub from: Time,
    pub to: Time,
    /// The record that entered it.
    pub record: RecordId,
}

/// How an armed timer ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TimerEnd {
    Fired(RecordId),
    Cleared,
    /// It was still armed when the run ended.
    Open,
}

/// A timer while it is armed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Armed {
    pub host: HostId,
    pub timer: Timer,
    pub setting: Option<SettingId>,
    pub from: Time,
    pub to: Time,
    /// When it is due.
    pub until: Time,
    pub armed: RecordId,
    pub end: TimerEnd,
}

/// A connection while it is idle in its client's pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Parked {
    pub socket: SocketId,
    pub host: HostId,
    pub from: Time,
    pub to: Time,
    pub record: RecordId,
    /// Since when the server's end had been closed while it lay there.
    pub dead_from: Option<Time>,
}

/// A request being handled by the server's program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Handling {
    pub request: RequestId,
    pub host: HostId,
    pub from: Time,
    pub to: Time,
    pub record: RecordId,
}

/// Everything that lasts, in the order of its beginning, as far as it meets a stretch of time.
#[derive(Clone, Debug, Default)]
pub(crate) struct Spans {
    pub bars: Vec<Bar>,
    pub timers: Vec<Armed>,
    pub parked: Vec<Parked>,
    pub handling: Vec<Handling>,
    /// Which of several bars side by side a socket has at its host.
    pub slots: LiteMap<SocketId, usize>,
    /// The most bars that stand outside the first one, at each host that has any.
    pub most_slots: LiteMap<HostId, usize>,
    /// Which of several lines side by side a stay in the pool has, by its record.
    pub pool_slots: LiteMap<RecordId, usize>,
}

impl Spans {
    pub(crate) fn new(trace: &Trace, view: &View, part: &Part) -> Self {
        let range = view.range;
        let mut reader = Reader {
            end: trace.end,
            ..Reader::default()
        };
        for record in &trace.records {
            if record.time > range.to {
                reader.end = record.time;
                break;
            }
            if part.has(record) {
                reader.take(record);
            }
        }
        let mut spans = reader.finish();
        spans.bars.retain(|s| range.meets(s.from, s.to));
        spans.timers.retain(|s| range.meets(s.from, s.to));
        spans.parked.retain(|s| range.meets(s.from, s.to));
        spans.handling.retain(|s| range.meets(s.from, s.to));
        spans.bars.sort_by_cached_key(|s| by(s.from, s.record));
        spans.timers.sort_by_cached_key(|s| by(s.from, s.armed));
        spans.parked.sort_by_cached_key(|s| by(s.from, s.record));
        if view.bars == Bars::Apart {
            spans.slots = slots(trace, &spans.bars);
            for (socket, slot) in spans.slots.iter() {
                let most = spans.most_slots.entry(trace.host_of(*socket)).or_default();
                *most = (*most).max(*slot);
            }
            let stays = spans.parked.iter().map(|p| (p.record, p.from, p.to));
            side_by_side(stays.collect(), &mut spans.pool_slots);
        }
        spans
    }
}

/// Spans whose end is not yet known.
#[derive(Default)]
struct Reader {
    end: Time,
    done: Spans,
    bars: LiteMap<SocketId, Bar>,
    timers: LiteMap<(HostId, TimerKind, TimerOf), Armed>,
    parked: LiteMap<SocketId, Parked>,
    /// By the server's end of the connection.
    handling: LiteMap<SocketId, Handling>,
    /// The records that led directly to a packet.
    fruitful: LiteMap<RecordId, ()>,
    /// When each server's end left ESTABLISHED by closing first.
    closing: LiteMap<SocketId, Time>,
}

impl Reader {
    fn take(&mut self, record: &Record) {
        match record.event {
            Event::Socket(SocketEvent::Entered { socket, to, .. }) => {
                self.entered(record, socket, to);
            }
            Event::Timer(event) => self.timer(record, event),
            Event::Segment(SegmentEvent::Sent(_)) => {
                if let Some(cause) = record.cause {
                    self.fruitful.insert(cause, ());
                }
            }
            Event::Pool(PoolEvent::Park { socket, .. }) => {
                self.parked.insert(
                    socket,
                    Parked {
                        socket,
                        host: record.host,
                        from: record.time,
                        to: record.time,
                        record: record.id,
                        dead_from: None,
                    },
                );
            }
            Event::Pool(PoolEvent::Checkout { socket, .. } | PoolEvent::Evict { socket, .. }) => {
                self.unpark(socket, record.time);
            }
            Event::Request(RequestEvent::Executed {
                request, socket, ..
            }) => {
                let (host, from, id) = (record.host, record.time, record.id);
                self.handling.insert(
                    socket,
                    Handling {
                        request,
                        host,
                        from,
                        to: from,
                        record: id,
                    },
                );
            }
            // A handler answers, or ends the connection.
            Event::Request(RequestEvent::Responded { socket, .. })
            | Event::Socket(SocketEvent::Called {
                socket,
                call: Call::Close,
            }) => {
                if let Some(mut handling) = self.handling.remove(&socket) {
                    handling.to = record.time;
                    self.done.handling.push(handling);
                }
            }
            _ => {}
        }
    }

    fn entered(&mut self, record: &Record, socket: SocketId, state: State) {
        let time = record.time;
        if let Some(mut bar) = self.bars.remove(&socket) {
            bar.to = time;
            self.done.bars.push(bar);
        }
        if state == State::FinWait1 {
            self.closing.insert(socket, time);
        }
        if state != State::Closed {
            self.bars.insert(
                socket,
                Bar {
                    socket,
                    state,
                    from: time,
                    to: time,
                    record: record.id,
                },
            );
        }
    }

    fn timer(&mut self, record: &Record, event: TimerEvent) {
        let name = event.timer();
        let key = (record.host, name.kind, name.of);
        if let Some(mut armed) = self.timers.remove(&key) {
            armed.to = record.time;
            armed.end = match event {
                TimerEvent::Fired { .. } => TimerEnd::Fired(record.id),
                TimerEvent::Set { .. } | TimerEvent::Cleared { .. } => TimerEnd::Cleared,
            };
            // Kernel timers are armed and cleared with every segment; only those that fire tell something.
            if armed.end != TimerEnd::Cleared || !event.timer().kind.is_kernel() {
                self.done.timers.push(armed);
            }
        }
        if let TimerEvent::Set {
            timer,
            setting,
            until,
        } = event
        {
            let armed = Armed {
                host: record.host,
                timer,
                setting,
                from: record.time,
                to: record.time,
                until,
                armed: record.id,
                end: TimerEnd::Open,
            };
            self.timers.insert(key, armed);
        }
    }

    fn unpark(&mut self, socket: SocketId, time: Time) {
        if let Some(mut parked) = self.parked.remove(&socket) {
            parked.to = time;
            let closed = self.closing.get(&socket.peer()).copied();
            parked.dead_from = closed.filter(|at| *at < time).map(|at| at.max(parked.from));
            self.done.parked.push(parked);
        }
    }

    fn finish(mut self) -> Spans {
        let end = self.end;
        let parked: Vec<SocketId> = self.parked.keys().copied().collect();
        for socket in parked {
            self.unpark(socket, end);
        }
        let mut done = self.done;
        // A kernel timer that fires and sends nothing has only looked at its watch.
        let fruitful = self.fruitful;
        done.timers.retain(|armed| match armed.end {
            TimerEnd::Fired(record) => {
                !armed.timer.kind.is_kernel() || fruitful.contains_key(&record)
            }
            TimerEnd::Cleared | TimerEnd::Open => true,
        });
        let bars = self.bars.into_iter();
        done.bars
            .extend(bars.map(|(_, bar)| Bar { to: end, ..bar }));
        let timers = self.timers.into_iter();
        let open = timers.filter(|(_, armed)| !armed.timer.kind.is_kernel());
        done.timers
            .extend(open.map(|(_, armed)| Armed { to: end, ..armed }));
        let handled = self.handling.into_iter();
        done.handling
            .extend(handled.map(|(_, h)| Handling { to: end, ..h }));
        done
    }
}

/// Gives the sockets of a host that live at the same time different places, the lowest that is free.
fn slots(trace: &Trace, bars: &[Bar]) -> LiteMap<SocketId, usize> {
    let mut lives: LiteMap<SocketId, (Time, Time)> = LiteMap::new();
    for bar in bars {
        let life = lives.entry(bar.socket).or_insert((bar.from, bar.to));
        life.0 = life.0.min(bar.from);
        life.1 = life.1.max(bar.to);
    }
    let mut hosts: LiteMap<HostId, Vec<(SocketId, Time, Time)>> = LiteMap::new();
    for (socket, (from, to)) in lives {
        let host = hosts.entry(trace.host_of(socket)).or_default();
        host.push((socket, from, to));
    }
    let mut slots = LiteMap::new();
    for (_, lives) in hosts {
        side_by_side(lives, &mut slots);
    }
    slots
}

/// In the order of the records of a moment.
fn by(time: Time, record: RecordId) -> SortKey {
    (time.nanos(), record.index() as u64)
}

/// The lowest place that is free for each of some spans; of several that begin together, the first has the choice.
fn side_by_side<K: Ord>(mut spans: Vec<(K, Time, Time)>, slots: &mut LiteMap<K, usize>) {
    spans.sort_by_cached_key(|(_, from, _)| -> SortKey { (from.nanos(), 0) });
    let mut busy_to: Vec<Time> = Vec::new();
    for (key, from, to) in spans {
        let free = busy_to.iter().position(|busy| *busy < from);
        let slot = free.unwrap_or(busy_to.len());
        match busy_to.get_mut(slot) {
            Some(busy) => *busy = to,
            None => busy_to.push(to),
        }
        slots.insert(key, slot);
    }
}
