//! Reading helpers that everyone shares: causes, effects, one request, one connection.

use crate::event::{
    Event, FaultEvent, PoolEvent, RequestEvent, SegmentEvent, SocketEvent, TimerEvent, TimerOf,
};
use crate::id::{FlowId, HostId, LimitKind, MessageId, RecordId, RequestId, SocketId};
use crate::segment::{Flags, Packet, Segment};
use crate::trace::{Record, Trace};
use crate::{MessageKind, SortKey, Time, not_served};

/// A request's life in short.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestLife {
    /// When the caller asked.
    pub started: RecordId,
    /// `Finished` or `Failed`; `None` while the run was cut off before.
    pub ended: Option<RecordId>,
    /// Attempts the client made (at least 1 once it has a connection).
    pub attempts: u16,
    /// Times its last byte was handed to the client's kernel.
    pub sent: u16,
    /// Times a handler ran.
    pub executed: u16,
    /// Whether the last attempt's connection counted as reused.
    pub reused: bool,
    /// The connection of the last attempt, by the client's end.
    pub socket: Option<SocketId>,
    /// The `Checkout` record of the last attempt.
    pub checkout: Option<RecordId>,
}

impl RequestLife {
    /// The record that failed it, if the caller got an error.
    pub fn failed<'a>(&self, trace: &'a Trace) -> Option<&'a Record> {
        self.ended
            .map(|id| trace.record(id))
            .filter(|r| matches!(r.event, Event::Request(RequestEvent::Failed { .. })))
    }
}

impl Trace {
    /// The first bound of `Limits` that the run met, and when: it ended there, or left out requests from there on.
    pub fn limit(&self) -> Option<(LimitKind, Time)> {
        self.records.iter().find_map(|r| match r.event {
            Event::Fault(FaultEvent::Limit { kind }) => Some((kind, r.time)),
            _ => None,
        })
    }

    /// The record, the record that caused it, and so on to the root.
    pub fn causes(&self, from: RecordId) -> impl Iterator<Item = &Record> {
        let mut next = Some(from);
        std::iter::from_fn(move || {
            let record = self.record(next?);
            next = record.cause;
            Some(record)
        })
    }

    /// The records that this one brought about directly, in order.
    pub fn effects(&self, of: RecordId) -> impl Iterator<Item = &Record> {
        self.records[of.index() + 1..]
            .iter()
            .filter(move |r| r.cause == Some(of))
    }

    /// Whether `effect` came about because of `cause`, over however many steps.
    pub fn is_because_of(&self, effect: RecordId, cause: RecordId) -> bool {
        self.causes(effect).any(|r| r.id == cause)
    }

    /// The records of one connection, in order.
    pub fn of_flow(&self, flow: FlowId) -> impl DoubleEndedIterator<Item = &Record> {
        self.records
            .iter()
            .filter(move |r| r.event.flow() == Some(flow))
    }

    /// The records of one request's own family, in order.
    pub fn of_request(
        &self,
        request: RequestId,
    ) -> impl DoubleEndedIterator<Item = (&Record, RequestEvent)> {
        self.records.iter().filter_map(move |r| match r.event {
            Event::Request(event) if event.request() == request => Some((r, event)),
            _ => None,
        })
    }

    /// The connections that a request went out on, in order, with those of the requests that a proxy made of it and of the one that
    /// it was made of: its way through all hops.
    pub fn connections_of(&self, request: RequestId) -> Vec<FlowId> {
        let parent = |id: RequestId| self.requests.get(id.index()).and_then(|r| r.parent);
        let root = |id| std::iter::successors(Some(id), |id| parent(*id)).last();
        let whole = root(request);
        let mut flows: Vec<FlowId> = Vec::new();
        for record in &self.records {
            if let Event::Pool(
                PoolEvent::Dial { request, socket }
                | PoolEvent::Checkout {
                    request, socket, ..
                },
            ) = record.event
                && root(request) == whole
            {
                flows.push(socket.flow);
            }
        }
        flows.sort_by_cached_key(|flow| -> SortKey { (flow.0.into(), 0) });
        flows.dedup();
        flows
    }

    /// Of each request, whether its caller was served; `None`: it had not ended when the run did.
    pub fn served(&self) -> Vec<Option<bool>> {
        let mut served = vec![None; self.requests.len()];
        let mut statuses = vec![0; self.requests.len()];
        for record in &self.records {
            match record.event {
                Event::Request(RequestEvent::Head { request, status }) => {
                    statuses[request.index()] = status;
                }
                Event::Request(RequestEvent::Finished { request }) => {
                    served[request.index()] = Some(!not_served(statuses[request.index()]));
                }
                Event::Request(RequestEvent::Failed { request, .. }) => {
                    served[request.index()] = Some(false);
                }
                _ => {}
            }
        }
        served
    }

    /// Which of its client's workloads asked for a request: the one whose timer it goes back to.
    pub fn workload_of(&self, started: RecordId) -> Option<u16> {
        self.causes(started).find_map(|r| match r.event {
            Event::Timer(TimerEvent::Fired { timer, .. }) => match timer.of {
                TimerOf::Workload(number) => Some(number),
                _ => None,
            },
            _ => None,
        })
    }

    /// A request's life in short; `None` if it never started.
    pub fn life(&self, request: RequestId) -> Option<RequestLife> {
        let mut life: Option<RequestLife> = None;
        for record in &self.records {
            match record.event {
                Event::Request(event) if event.request() == request => match event {
                    RequestEvent::Started { .. } => life = Some(RequestLife::new(record.id)),
                    _ => life.as_mut()?.take(record.id, event),
                },
                Event::Pool(PoolEvent::Checkout {
                    request: r,
                    socket,
                    reused,
                    ..
                }) if r == request => {
                    let life = life.as_mut()?;
                    life.attempts = life.attempts.max(1);
                    life.reused = reused;
                    life.socket = Some(socket);
                    life.checkout = Some(record.id);
                }
                _ => {}
            }
        }
        life
    }

    /// Where a sent packet arrived, or was lost.
    pub fn fate(&self, sent: RecordId) -> Option<&Record> {
        self.effects(sent).find(|r| {
            matches!(
                r.event,
                Event::Segment(SegmentEvent::Arrived(_) | SegmentEvent::Dropped { .. })
            )
        })
    }

    /// Every segment of one end of a connection in the order of sending, with the record of its sending
    /// (in a capture: of its passing the tap). Their positions are the numbers that links and the
    /// inspector use, from 1.
    pub fn segments(&self, from: SocketId) -> impl Iterator<Item = (RecordId, &Segment)> {
        self.of_flow(from.flow).filter_map(move |r| match &r.event {
            Event::Segment(SegmentEvent::Sent(Packet::Tcp(s))) if s.from == from.side => {
                Some((r.id, s))
            }
            Event::Segment(SegmentEvent::Arrived(Packet::Tcp(s)))
                if s.from == from.side && r.cause.is_none() =>
            {
                Some((r.id, s))
            }
            _ => None,
        })
    }

    /// The first record at or after `at` that `wanted` accepts.
    pub fn first_from(&self, at: Time, wanted: impl Fn(&Record) -> bool) -> Option<&Record> {
        let start = self.records.partition_point(|r| r.time < at);
        self.records[start..].iter().find(|r| wanted(r))
    }

    /// The message whose bytes a segment carries or begins with; `None` for a segment without data.
    pub fn message_of(&self, segment: &Segment) -> Option<MessageId> {
        let at = segment.payload().offset;
        let found = self.messages.iter().position(|m| {
            m.sender.flow == segment.flow
                && m.sender.side == segment.from
                && (m.offset..m.end()).contains(&at)
        })?;
        (segment.len > 0).then_some(MessageId(u32::try_from(found).ok()?))
    }

    /// The first line of the message that begins in this segment; empty otherwise, as in the recordings.
    pub fn first_line(&self, segment: &Segment) -> &str {
        let begins = |m: &&crate::Message| {
            m.sender.flow == segment.flow
                && m.sender.side == segment.from
                && m.offset >= segment.payload().offset
                && m.offset < segment.payload().end()
        };
        self.messages
            .iter()
            .find(begins)
            .and_then(|m| self.text(m.head).lines().next())
            .unwrap_or("")
    }

    /// What a reader calls a segment: `SYN`, `SYN ACK`, `POST /ingest`, `200 OK`, `FIN ACK`, `RST`, `ACK`,
    /// `keep-alive probe` when its number lies one below what was sent.
    pub fn label(&self, segment: &Segment) -> String {
        let line = self.first_line(segment);
        if !line.is_empty() {
            return match line.strip_prefix("HTTP/1.1 ") {
                Some(status) => status.to_owned(),
                None => line.strip_suffix(" HTTP/1.1").unwrap_or(line).to_owned(),
            };
        }
        let flags = segment.flags;
        let mut words = Vec::new();
        for (bit, word) in [
            (Flags::SYN, "SYN"),
            (Flags::FIN, "FIN"),
            (Flags::RST, "RST"),
        ] {
            if flags.has(bit) {
                words.push(word);
            }
        }
        if segment.len > 0 {
            words.push("data");
        }
        if flags.has(Flags::ACK) {
            words.push("ACK");
        }
        words.join(" ")
    }

    /// The message of a request's attempt, or of the answer to it.
    pub fn message(
        &self,
        request: RequestId,
        attempt: u16,
        kind: MessageKind,
    ) -> Option<MessageId> {
        let found = self
            .messages
            .iter()
            .position(|m| m.request == request && m.attempt == attempt && m.kind == kind)?;
        Some(MessageId(u32::try_from(found).ok()?))
    }

    /// The last state change of a socket at or before a record.
    pub fn state_at(&self, socket: SocketId, at: RecordId) -> crate::State {
        self.records[..=at.index()]
            .iter()
            .rev()
            .find_map(|r| match r.event {
                Event::Socket(SocketEvent::Entered { socket: s, to, .. }) if s == socket => {
                    Some(to)
                }
                _ => None,
            })
            .unwrap_or(crate::State::Closed)
    }

    /// The record that armed the timer which this record reports as fired.
    pub fn armed_by(&self, fired: RecordId) -> Option<&Record> {
        let Event::Timer(TimerEvent::Fired { timer, .. }) = self.record(fired).event else {
            return None;
        };
        self.causes(fired).skip(1).find(
            |r| matches!(r.event, Event::Timer(TimerEvent::Set { timer: t, .. }) if t == timer),
        )
    }

    /// The records of one host, in order.
    pub fn of_host(&self, host: HostId) -> impl DoubleEndedIterator<Item = &Record> {
        self.records.iter().filter(move |r| r.host == host)
    }
}

impl RequestLife {
    const fn new(started: RecordId) -> Self {
        Self {
            started,
            ended: None,
            attempts: 0,
            sent: 0,
            executed: 0,
            reused: false,
            socket: None,
            checkout: None,
        }
    }

    fn take(&mut self, id: RecordId, event: RequestEvent) {
        match event {
            RequestEvent::Written { .. } => self.sent += 1,
            RequestEvent::Executed { .. } => self.executed += 1,
            RequestEvent::Retried { attempt, .. } => self.attempts = attempt,
            RequestEvent::Finished { .. } | RequestEvent::Failed { .. } => self.ended = Some(id),
            RequestEvent::Started { .. }
            | RequestEvent::Responded { .. }
            | RequestEvent::Head { .. }
            | RequestEvent::BodyLeft { .. }
            | RequestEvent::Late { .. } => {}
        }
    }
}
