//! The state of things at a moment, obtained by folding the records up to it.
//!
//! This is what the time slider shows: sockets with their states, the pool, the armed timers, and what rules have thrown away.
//! It asks the engine nothing.

use crate::event::{
    Call, Event, FaultEvent, PoolEvent, RequestEvent, Returned, SegmentEvent, SocketEvent, Timer,
    TimerEvent, TimerKind,
};
use crate::id::{HostId, RecordId, RequestId, SettingId, SocketId};
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
    /// Bytes that have come in order and that the program has not read.
    pub recv_q: u32,
    /// Bytes that the program has written and that are not acknowledged.
    pub send_q: u32,
    /// Whether the program has read the end of the peer's stream.
    pub read_end: bool,
    /// How often its first unacknowledged data has been sent again by a timer, as far as the trace tells: the kernel's `icsk_retransmits`, but for
    /// what F-RTO takes back and what meets a closed window.
    retransmits: u8,
    /// Probes since the peer was last heard of: the kernel's `icsk_probes_out`.
    probes: u8,
    /// The highest number that the peer has acknowledged.
    acknowledged: u32,
}

impl SocketNow {
    /// Retransmissions and probes that nobody has answered so far: the last number of `ss -o` (net/ipv4/inet_diag.c, `inet_sk_diag_fill`).
    pub const fn tried(&self) -> [u8; 2] {
        [self.retransmits, self.probes]
    }

    /// The peer is heard of: no probe is out, and where it acknowledges more, nothing has been sent again (net/ipv4/tcp_input.c, `tcp_ack`).
    fn heard(&mut self, ack: u32) {
        self.probes = 0;
        if ack > self.acknowledged {
            self.acknowledged = ack;
            self.retransmits = 0;
        }
    }

    /// Recv-Q and Send-Q of `ss`, which count sequence numbers (net/ipv4/tcp_diag.c, `tcp_diag_get_info`): a FIN that was not read is one,
    /// and so is a SYN or FIN that was not acknowledged. So recorded: SYN-SENT 0 1, FIN-WAIT-1 0 1, CLOSE-WAIT 1 0.
    pub const fn queues(&self) -> (u32, u32) {
        let unread = matches!(self.state, State::CloseWait | State::LastAck) && !self.read_end;
        let unacknowledged = matches!(
            self.state,
            State::SynSent | State::FinWait1 | State::Closing | State::LastAck
        );
        (
            self.recv_q + unread as u32,
            self.send_q + unacknowledged as u32,
        )
    }
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

/// A client's connection at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PooledNow {
    /// The machine of the program whose pool it is.
    pub host: HostId,
    /// Where it is.
    pub place: Pooled,
    /// Since when.
    pub since: Time,
    /// The request that it is dialled for or carries, or that it carried last.
    pub request: Option<RequestId>,
}

/// A fault of the scenario, or a rule that was typed, at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RuleNow {
    /// Since when it holds.
    pub since: Time,
    /// When it was taken away.
    pub until: Option<Time>,
    /// Packets that it has thrown away so far.
    pub packets: u32,
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
    pub pool: LiteMap<SocketId, PooledNow>,
    /// Requests that wait for a connection, in the order in which they began to.
    pub waiting: Vec<RequestId>,
    /// Faults and typed rules that have taken effect, by their number in the scenario.
    pub rules: LiteMap<u16, RuleNow>,
    /// Armed timers, in the order in which they were armed.
    pub timers: Vec<Armed>,
    streams: LiteMap<SocketId, Streams>,
    /// The timer that fired last, and its record: what it sends comes right behind.
    fired: Option<(RecordId, TimerKind)>,
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
            Event::Pool(event) => self.pool(record.host, record.time, event),
            Event::Segment(SegmentEvent::Dropped { by, .. }) => {
                if let Some(rule) = by.rule() {
                    // One that nobody has told of was there from the start.
                    self.rule(rule, Time::ZERO).packets += 1;
                }
            }
            Event::Fault(event) => self.fault(record, event),
            Event::Request(RequestEvent::Failed { request, .. }) => {
                self.waiting.retain(|waits| *waits != request);
            }
            Event::Timer(event) => self.timer(record.host, record.id, event),
            Event::Segment(SegmentEvent::Arrived(Packet::Tcp(segment))) => self.arrived(&segment),
            Event::Segment(SegmentEvent::Sent(Packet::Tcp(segment))) => {
                self.sent(&segment, record.cause);
            }
            Event::Segment(_) | Event::Request(_) => {}
        }
    }

    fn rule(&mut self, number: u16, time: Time) -> &mut RuleNow {
        self.rules.entry(number).or_insert(RuleNow {
            since: time,
            until: None,
            packets: 0,
        })
    }

    fn fault(&mut self, record: &Record, event: FaultEvent) {
        let time = record.time;
        match event {
            // Its programs are gone without a word; its kernel clears what it had.
            FaultEvent::PoweredOff => {
                let host = record.host;
                self.pool.retain(|_, now| now.host != host);
                self.timers
                    .retain(|armed| armed.host != host || armed.timer.kind.is_kernel());
            }
            FaultEvent::Applied { fault } => {
                let rule = self.rule(fault, time);
                (rule.since, rule.until) = (time, None);
            }
            FaultEvent::Typed { fault, .. } => drop(self.rule(fault, time)),
            FaultEvent::Lifted { fault } => self.rule(fault, Time::ZERO).until = Some(time),
            _ => {}
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
                    read_end: false,
                    retransmits: 0,
                    probes: 0,
                    acknowledged: 0,
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
            SocketEvent::Returned {
                socket,
                call: Call::Read,
                result: Returned::EndOfStream,
            } => {
                if let Some(entry) = self.sockets.get_mut(&socket) {
                    entry.read_end = true;
                }
            }
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
        if let Some(entry) = self.sockets.get_mut(&id) {
            entry.heard(ack);
        }
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

    /// A segment that a timer has sent: once more, or as a probe.
    fn sent(&mut self, segment: &Segment, cause: Option<RecordId>) {
        let id = SocketId {
            flow: segment.flow,
            side: segment.from,
        };
        let Some((_, kind)) = self.fired.filter(|(by, _)| Some(*by) == cause) else {
            return;
        };
        self.fired = None;
        let Some(entry) = self.sockets.get_mut(&id) else {
            return;
        };
        match kind {
            TimerKind::Retransmit | TimerKind::SynAck => {
                entry.retransmits = entry.retransmits.saturating_add(1);
            }
            TimerKind::Persist | TimerKind::KeepAlive => {
                entry.probes = entry.probes.saturating_add(1);
            }
            _ => {}
        }
    }

    fn stream(&mut self, id: SocketId, change: impl FnOnce(&mut Streams)) {
        let streams = self.streams.entry(id).or_default();
        change(streams);
        if let Some(entry) = self.sockets.get_mut(&id) {
            entry.recv_q = streams.arrived.saturating_sub(streams.read);
            entry.send_q = streams.written.saturating_sub(streams.acknowledged);
        }
    }

    fn pool(&mut self, host: HostId, time: Time, event: PoolEvent) {
        let (socket, place, request) = match event {
            PoolEvent::Dial { socket, request } => (socket, Pooled::Dialling, Some(request)),
            PoolEvent::Checkout {
                socket, request, ..
            } => (socket, Pooled::InUse, Some(request)),
            PoolEvent::Park { socket, .. } => {
                let last = self.pool.get(&socket).and_then(|now| now.request);
                (socket, Pooled::Idle, last)
            }
            PoolEvent::Evict { socket, .. } => {
                self.pool.remove(&socket);
                return;
            }
            PoolEvent::Wait { request } => {
                self.waiting.push(request);
                return;
            }
        };
        if place == Pooled::InUse {
            self.waiting.retain(|waits| Some(*waits) != request);
        }
        let now = PooledNow {
            host,
            place,
            since: time,
            request,
        };
        self.pool.insert(socket, now);
    }

    fn timer(&mut self, host: HostId, by: RecordId, event: TimerEvent) {
        let timer = event.timer();
        if matches!(event, TimerEvent::Fired { .. }) {
            self.fired = Some((by, timer.kind));
        }
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
