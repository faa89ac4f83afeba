//! A connection of a capture, cut into exchanges: a request, as far as it was seen, and what came back.

use super::became::{Became, Refused, became, refused};
use crate::reading::Reading;
use crate::report::Outcome;
use litemap::LiteMap;
use std::time::Duration;
use whyeof_trace::{
    Event, Flags, FlowId, Message, MessageKind, Packet, Record, RecordId, RequestId, Segment,
    SegmentEvent, Seq, Side, SocketId, Trace, Unreachable,
};

/// A request on its connection, and what came back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exchange {
    /// The connection.
    pub flow: FlowId,
    /// The request, if the capture's messages name it.
    pub request: Option<RequestId>,
    /// Which one on its connection, from 1.
    pub turn: u32,
    /// Its first segment at the tap.
    pub sent: RecordId,
    /// Where its first byte stands.
    pub first: Seq,
    /// Behind its last byte, as far as it was seen.
    pub end: Seq,
    /// The last data from the server before it.
    pub before: Option<RecordId>,
    /// The first data that came back.
    pub answer: Option<RecordId>,
    /// Behind the last byte of the answer, as far as it was seen.
    pub answer_end: Option<Seq>,
    /// Whether all of the answer was seen; of what is not HTTP, whether anything was.
    pub is_answered: bool,
    /// What became of it.
    pub became: Became,
}

/// What a capture shows of one connection.
#[derive(Debug)]
pub struct Conversation {
    /// In order.
    pub exchanges: Vec<Exchange>,
    /// Why it was never made, if so.
    pub refused: Option<Refused>,
    /// The client's first SYN and its last one.
    pub syns: Option<(RecordId, RecordId)>,
    /// The way there and back, as the handshake measured it; zero if it was not seen.
    pub round_trip: Duration,
    /// How long it had been idle when its server closed it, if nothing was under way.
    pub idle_at_close: Option<Duration>,
    /// The same when its client did.
    pub left_idle: Option<Duration>,
}

/// What passed the tap on one connection, while it is read.
#[derive(Debug, Default)]
pub(super) struct Packets {
    /// The client's SYNs.
    pub(super) syns: Vec<RecordId>,
    /// The first FIN of each end.
    pub(super) fins: [Option<RecordId>; 2],
    /// The RSTs of each end.
    pub(super) resets: [Vec<RecordId>; 2],
    /// Errors about the client's packets.
    pub(super) errors: Vec<(RecordId, Unreachable)>,
    /// The last data of each end.
    pub(super) data: [Option<RecordId>; 2],
    /// The last packet of each end.
    pub(super) last: [Option<RecordId>; 2],
    /// The first record at which each sequence number had been sent.
    reached: [Vec<(Seq, RecordId)>; 2],
    /// The highest that the server has acknowledged, and when.
    acknowledged: Vec<(Seq, RecordId)>,
    /// The client's first packet behind the SYN-ACK.
    shook: Option<RecordId>,
    /// Segments of the client's that were sent again.
    pub(super) again: Vec<RecordId>,
    /// The same of the server's.
    pub(super) answered_again: Vec<RecordId>,
    /// The highest that the client has acknowledged.
    pub(super) read_to: Option<Seq>,
}

/// The messages of each stream, in the order of their bytes.
pub(super) type Messages<'a> = LiteMap<SocketId, Vec<&'a Message>>;

pub(super) fn messages(trace: &Trace) -> Messages<'_> {
    let mut all = Messages::new();
    for message in &trace.messages {
        all.entry(message.sender).or_default().push(message);
    }
    all
}

/// The segment that passed the tap.
pub(crate) fn passed(record: &Record) -> Option<&Segment> {
    match &record.event {
        Event::Segment(
            SegmentEvent::Sent(Packet::Tcp(s)) | SegmentEvent::Arrived(Packet::Tcp(s)),
        ) => Some(s),
        _ => None,
    }
}

impl Conversation {
    pub(super) fn of(reading: &Reading<'_>, flow: FlowId, messages: &Messages<'_>) -> Self {
        let packets = Packets::of(reading, flow);
        let of = |side| messages.get(&SocketId { flow, side }).map(Vec::as_slice);
        let mut exchanges = match [Side::Opener, Side::Listener].map(of) {
            [None, None] => packets.of_bytes(reading, flow),
            [asked, answers] => packets.of_http(
                reading,
                flow,
                asked.unwrap_or_default(),
                answers.unwrap_or_default(),
            ),
        };
        for exchange in &mut exchanges {
            exchange.became = became(reading, &packets, exchange);
        }
        let all_answered = exchanges.iter().all(|it| it.is_answered);
        Self {
            refused: refused(&packets),
            syns: packets
                .syns
                .first()
                .copied()
                .zip(packets.syns.last().copied()),
            round_trip: packets.round_trip(reading),
            idle_at_close: packets
                .idle_at(reading, Side::Listener)
                .filter(|_| all_answered),
            left_idle: packets
                .idle_at(reading, Side::Opener)
                .filter(|_| all_answered),
            exchanges,
        }
    }
}

impl Packets {
    fn of(reading: &Reading<'_>, flow: FlowId) -> Self {
        let mut packets = Self::default();
        for record in reading.of_flow(flow) {
            match record.event {
                Event::Segment(
                    SegmentEvent::Arrived(Packet::Unreachable { to, kind, .. })
                    | SegmentEvent::Sent(Packet::Unreachable { to, kind, .. }),
                ) if to == Side::Opener => packets.errors.push((record.id, kind)),
                _ => {
                    if let Some(segment) = passed(record) {
                        packets.take(record.id, segment);
                    }
                }
            }
        }
        packets
    }

    fn take(&mut self, id: RecordId, segment: &Segment) {
        let side = segment.from.index();
        let has = |bit| segment.flags.has(bit);
        self.last[side] = Some(id);
        if has(Flags::RST) {
            self.resets[side].push(id);
            if segment.from == Side::Listener && has(Flags::ACK) {
                self.note_acknowledged(id, segment);
            }
            return;
        }
        if has(Flags::SYN) && segment.from == Side::Opener {
            self.syns.push(id);
        }
        if segment.from == Side::Opener && has(Flags::ACK) && !self.is_silent(Side::Listener) {
            self.shook.get_or_insert(id);
        }
        if has(Flags::FIN) {
            self.fins[side].get_or_insert(id);
        }
        if segment.len > 0 {
            self.data[side] = Some(id);
        }
        let reached = self.reached[side].last().map(|it| it.0);
        if segment.seq_len() > 0 {
            let is_new = reached.is_none_or(|to| segment.end().after(to));
            if is_new {
                self.reached[side].push((segment.end(), id));
            } else if segment.len > 0 {
                match segment.from {
                    Side::Opener => self.again.push(id),
                    Side::Listener => self.answered_again.push(id),
                }
            }
        }
        if segment.from == Side::Listener && has(Flags::ACK) {
            self.note_acknowledged(id, segment);
        }
        if segment.from == Side::Opener && has(Flags::ACK) {
            self.read_to = match self.read_to {
                Some(to) if !segment.ack.after(to) => Some(to),
                _ => Some(segment.ack),
            };
        }
    }

    fn note_acknowledged(&mut self, id: RecordId, segment: &Segment) {
        let before = self.acknowledged.last().map(|it| it.0);
        if before.is_none_or(|to| segment.ack.after(to)) {
            self.acknowledged.push((segment.ack, id));
        }
    }

    /// The first packet of an end that brought the byte with this number.
    fn brought(&self, side: Side, at: Seq) -> Option<RecordId> {
        let all = &self.reached[side.index()];
        let place = all.partition_point(|(to, _)| !to.after(at));
        all.get(place).map(|(_, id)| *id)
    }

    /// When the server had acknowledged everything before this number.
    pub(super) fn heard(&self, to: Seq) -> Option<RecordId> {
        let all = &self.acknowledged;
        let place = all.partition_point(|(ack, _)| !ack.at_or_after(to));
        all.get(place).map(|it| it.1)
    }

    fn of_http(
        &self,
        reading: &Reading<'_>,
        flow: FlowId,
        asked: &[&Message],
        answers: &[&Message],
    ) -> Vec<Exchange> {
        let mut exchanges: Vec<Exchange> = Vec::new();
        let answers = answers.iter().filter(|it| it.kind == MessageKind::Response);
        let answers: LiteMap<RequestId, &Message> = answers.map(|it| (it.request, *it)).collect();
        let requests = asked.iter().filter(|it| it.kind == MessageKind::Request);
        for (turn, message) in (1..).zip(requests) {
            let first = Seq(message.offset.wrapping_add(1));
            let Some(sent) = self.brought(Side::Opener, first) else {
                continue;
            };
            let response = answers.get(&message.request).copied();
            let at = |offset: u32| self.brought(Side::Listener, Seq(offset.wrapping_add(1)));
            let report = reading.requests.get(&message.request);
            // A head that the snap length cut does not tell where its message ends, nor is each told.
            let is_cut = |it: &Message| self.is_cut(reading, it);
            let cut = is_cut(message) || response.is_some_and(is_cut);
            let answer = response.and_then(|it| at(it.offset));
            let answer = answer.or_else(|| self.data_behind(reading, sent).filter(|_| cut));
            let is_answered = match (report, response) {
                _ if cut => answer.is_some(),
                (Some(report), _) => report.outcome == Outcome::Ok,
                (None, Some(response)) => {
                    let last = response.end().wrapping_sub(1);
                    !response.is_empty() && at(last).is_some()
                }
                (None, None) => false,
            };
            exchanges.push(Exchange {
                flow,
                request: Some(message.request),
                turn,
                sent,
                first,
                end: Seq(message.end().wrapping_add(1)),
                before: self.before(reading, sent),
                answer,
                answer_end: response.map(|it| Seq(it.end().wrapping_add(1))),
                is_answered,
                became: Became::Open,
            });
        }
        // Whoever asks on, and is answered, has had the answers before: what is missing of them, the capture has not.
        let last = exchanges.iter().rposition(|it| it.is_answered).unwrap_or(0);
        for earlier in &mut exchanges[..last] {
            earlier.is_answered = true;
        }
        exchanges
    }

    /// Whether the capture has only the beginning of a message's head: there was more in its segment.
    fn is_cut(&self, reading: &Reading<'_>, message: &Message) -> bool {
        let head = reading.trace.text(message.head);
        let first = self.brought(message.sender.side, Seq(message.offset.wrapping_add(1)));
        let first = first.and_then(|id| passed(reading.trace.record(id)));
        let goes_on = first
            .is_some_and(|it| it.payload().end() > message.offset.saturating_add(message.head_len));
        goes_on && !head.ends_with("\r\n\r\n") && head.len() >= message.head_len as usize
    }

    /// The server's first data behind a record, if the client asks nothing else before.
    fn data_behind(&self, reading: &Reading<'_>, sent: RecordId) -> Option<RecordId> {
        let is_data =
            |id: &RecordId| passed(reading.trace.record(*id)).is_some_and(|it| it.len > 0);
        let next = |side: Side| {
            let all = &self.reached[side.index()];
            let from = all.partition_point(|(_, id)| *id <= sent);
            all.get(from).map(|it| it.1)
        };
        let answer = next(Side::Listener).filter(is_data)?;
        next(Side::Opener)
            .is_none_or(|other| answer < other)
            .then_some(answer)
    }

    /// The server's last data before a record.
    fn before(&self, reading: &Reading<'_>, sent: RecordId) -> Option<RecordId> {
        let all = &self.reached[Side::Listener.index()];
        let until = all.partition_point(|(_, id)| *id < sent);
        let is_data =
            |id: RecordId| passed(reading.trace.record(id)).is_some_and(|segment| segment.len > 0);
        let mut before = all[..until].iter().rev().map(|it| it.1);
        before.find(|id| is_data(*id))
    }

    /// What the client sent before the server spoke is a request, whatever it says.
    fn of_bytes(&self, reading: &Reading<'_>, flow: FlowId) -> Vec<Exchange> {
        let mut exchanges: Vec<Exchange> = Vec::new();
        let mut all: Vec<(RecordId, Side, Seq)> = Vec::new();
        for side in [Side::Opener, Side::Listener] {
            let of = self.reached[side.index()].iter();
            all.extend(of.map(|(to, id)| (*id, side, *to)));
        }
        all.sort_by_key(|it| it.0);
        for (id, side, to) in all {
            let Some(segment) = passed(reading.trace.record(id)).filter(|it| it.len > 0) else {
                continue;
            };
            let open = exchanges.last_mut().filter(|it| it.answer.is_none());
            match (side, open) {
                (Side::Opener, Some(open)) => open.end = to,
                (Side::Opener, None) => {
                    let turn = u32::try_from(exchanges.len() + 1).unwrap_or(u32::MAX);
                    exchanges.push(Exchange {
                        flow,
                        request: None,
                        turn,
                        sent: id,
                        first: segment.seq,
                        end: to,
                        before: self.before(reading, id),
                        answer: None,
                        answer_end: None,
                        is_answered: false,
                        became: Became::Open,
                    });
                }
                (Side::Listener, Some(open)) => {
                    open.answer = Some(id);
                    open.is_answered = true;
                }
                (Side::Listener, None) => {}
            }
        }
        exchanges
    }

    /// Whether an end never sent anything that takes a sequence number, a SYN included.
    pub(super) fn is_silent(&self, side: Side) -> bool {
        self.reached[side.index()].is_empty()
    }

    /// The way there and back, as the handshake measured it; zero if it was not seen.
    pub(super) fn round_trip(&self, reading: &Reading<'_>) -> Duration {
        let (Some(syn), Some((_, answer))) = (
            self.syns.last(),
            self.reached[Side::Listener.index()].first(),
        ) else {
            return Duration::ZERO;
        };
        let (syn, answer) = (reading.time(*syn), reading.time(*answer));
        let shook = self.shook.map_or(answer, |id| reading.time(id));
        answer.since(syn).max(shook.since(answer))
    }

    /// How long it had been idle when this end closed it first.
    fn idle_at(&self, reading: &Reading<'_>, closer: Side) -> Option<Duration> {
        let fin = self.fins[closer.index()]?;
        if self.fins[closer.peer().index()].is_some_and(|other| other < fin) {
            return None;
        }
        let last = self.data[Side::Listener.index()].filter(|data| *data < fin)?;
        let gap = reading.time(fin).since(reading.time(last));
        // What is closed at once was not idle.
        (gap >= Duration::from_millis(100)).then_some(gap)
    }
}
