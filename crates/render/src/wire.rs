//! The packets of a run, each once: when it left, where it ended, what it carries.
//!
//! A trace has a record for the sending and one for the arrival; every picture and every list wants both at
//! once, and wants to know whose first line a segment carries. One pass answers that for all of them.

use crate::text::{self, Lang};
use litemap::LiteMap;
use std::rc::Rc;
use std::time::Duration;
use whyeof_trace::{
    Culprit, Event, Flags, FlowId, HostId, Message, Packet, Record, RecordId, Segment,
    SegmentEvent, Seq, Side, SocketId, SortKey, TcpOptions, Time, Trace,
};

/// Where a packet ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It arrived.
    Arrived {
        /// The record of its arrival.
        record: RecordId,
        /// When.
        time: Time,
    },
    /// It was lost.
    Lost {
        /// The record of its loss.
        record: RecordId,
        /// When.
        time: Time,
        /// By whom.
        by: Culprit,
    },
    /// It was still under way when the run ended.
    InFlight,
    /// A capture at the sender does not tell.
    Unknown,
}

/// What a packet is for, as pictures colour it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// SYN or SYN ACK.
    Open,
    /// Data.
    Data,
    /// Nothing but an acknowledgment.
    Ack,
    /// A keepalive probe: its number lies one below what was sent.
    Probe,
    /// FIN, also with data.
    Close,
    /// RST.
    Reset,
    /// An ICMP error.
    Error,
    /// A probe of a closed window: the same segment, to a peer that has no room.
    WindowProbe,
}

impl Kind {
    /// Its class name in pictures.
    pub const fn class(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Data => "data",
            Self::Ack => "ack",
            Self::Probe | Self::WindowProbe => "probe",
            Self::Close => "fin",
            Self::Reset => "rst",
            Self::Error => "icmp",
        }
    }
}

/// One packet's way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Passage {
    /// Its first record: of its sending; in a capture the only one.
    pub record: RecordId,
    /// What travels.
    pub packet: Packet,
    /// The end it comes from.
    pub from: SocketId,
    /// When it left; `None` where a capture saw only its arrival.
    pub sent: Option<Time>,
    /// Where it ended.
    pub fate: Fate,
    /// What it is for.
    pub kind: Kind,
    /// Whether its sequence numbers had been sent before.
    pub again: Again,
}

/// Whether something was sent before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Again {
    /// For the first time.
    First,
    /// A retransmission.
    Retransmitted,
}

impl Passage {
    /// The moment of its first record.
    pub fn seen(&self) -> Time {
        self.sent.or(self.arrived()).unwrap_or_default()
    }

    /// When it arrived, if it did.
    pub const fn arrived(&self) -> Option<Time> {
        match self.fate {
            Fate::Arrived { time, .. } => Some(time),
            _ => None,
        }
    }

    /// When it arrived or was lost.
    pub const fn ended(&self) -> Option<Time> {
        match self.fate {
            Fate::Arrived { time, .. } | Fate::Lost { time, .. } => Some(time),
            Fate::InFlight | Fate::Unknown => None,
        }
    }

    /// How long it travelled, if it arrived and was seen leaving.
    pub fn flight(&self) -> Option<Duration> {
        Some(self.arrived()?.since(self.sent?))
    }

    /// The segment, unless it is an ICMP error.
    pub const fn segment(&self) -> Option<&Segment> {
        self.packet.segment()
    }
}

/// The packets of a run in the order of their first records, with what reading them needs. Owned, so that a page keeps it beside
/// its run.
#[derive(Clone, Debug, Default)]
pub struct Packets {
    /// The packets.
    pub passages: Vec<Passage>,
    /// Which passage a segment record belongs to, in the order of the records.
    of_record: Vec<(RecordId, usize)>,
    /// The messages of each stream by their position in the trace, in the order of their bytes.
    messages: LiteMap<SocketId, Vec<usize>>,
    /// Window scale of each connection's ends, where both offered one.
    scales: LiteMap<FlowId, [Option<u8>; 2]>,
    /// Whether a socket's last segment closed its window.
    shut: LiteMap<SocketId, bool>,
}

/// A run and its packets.
#[derive(Clone, Debug)]
pub struct Wire<'a> {
    /// The run.
    pub trace: &'a Trace,
    packets: Rc<Packets>,
}

impl std::ops::Deref for Wire<'_> {
    type Target = Packets;

    fn deref(&self) -> &Packets {
        &self.packets
    }
}

impl Packets {
    /// Reads a run's packets, or only those of some connections, which stand in order. Time and room are linear in the records.
    pub fn new(trace: &Trace, only: Option<&[FlowId]>) -> Self {
        let mut packets = Self::default();
        for (index, message) in trace.messages.iter().enumerate() {
            let stream = packets.messages.entry(message.sender).or_default();
            stream.push(index);
        }
        for (_, stream) in packets.messages.iter_mut() {
            stream.sort_by_cached_key(|m| -> SortKey { (trace.messages[*m].offset.into(), 0) });
        }
        let mut sent_up_to = LiteMap::new();
        let wanted = |flow: FlowId| only.is_none_or(|only| only.binary_search(&flow).is_ok());
        for record in &trace.records {
            if let Event::Segment(event) = record.event
                && wanted(event.packet().flow())
            {
                packets.take(trace, record, event, &mut sent_up_to);
            }
        }
        packets
    }

    fn take(
        &mut self,
        trace: &Trace,
        record: &Record,
        event: SegmentEvent,
        sent_up_to: &mut LiteMap<SocketId, Seq>,
    ) {
        let time = record.time;
        let ended = match event {
            SegmentEvent::Sent(_) => None,
            SegmentEvent::Arrived(_) => Some(Fate::Arrived {
                record: record.id,
                time,
            }),
            SegmentEvent::Dropped { by, .. } => Some(Fate::Lost {
                record: record.id,
                time,
                by,
            }),
        };
        let known = record.cause.and_then(|cause| self.index_of(cause));
        if let (Some(fate), Some(index)) = (ended, known) {
            // Only the sending itself is a packet's beginning: an arrival also causes answers.
            if self.passages[index].record == record.cause.unwrap_or(record.id) {
                // A copy that the network made comes later, and has no arrow of its own yet.
                if self.passages[index].ended().is_none() {
                    self.passages[index].fate = fate;
                }
                self.of_record.push((record.id, index));
                return;
            }
        }
        let (SegmentEvent::Sent(packet)
        | SegmentEvent::Arrived(packet)
        | SegmentEvent::Dropped { packet, .. }) = event;
        let arrived_only = matches!(event, SegmentEvent::Arrived(_));
        let from = sender(&packet);
        let (kind, again) = self.classify(trace, &packet, from, sent_up_to);
        self.of_record.push((record.id, self.passages.len()));
        self.passages.push(Passage {
            record: record.id,
            packet,
            from,
            sent: (!arrived_only).then_some(time),
            fate: ended.unwrap_or(match trace.vantage {
                whyeof_trace::Vantage::Everywhere => Fate::InFlight,
                whyeof_trace::Vantage::Tap(_) => Fate::Unknown,
            }),
            kind,
            again,
        });
    }

    fn classify(
        &mut self,
        trace: &Trace,
        packet: &Packet,
        from: SocketId,
        sent_up_to: &mut LiteMap<SocketId, Seq>,
    ) -> (Kind, Again) {
        let Packet::Tcp(segment) = packet else {
            return (Kind::Error, Again::First);
        };
        self.note_scale(trace, segment);
        let flags = segment.flags;
        let before = sent_up_to.get(&from).copied();
        let taken = segment.seq_len() > 0;
        let old = before.is_some_and(|end| end.at_or_after(segment.end()));
        let below = before.is_some_and(|end| end == segment.seq + 1);
        if taken && !old {
            sent_up_to.insert(from, segment.end());
        }
        let kind = if flags.has(Flags::RST) {
            Kind::Reset
        } else if flags.has(Flags::SYN) {
            Kind::Open
        } else if flags.has(Flags::FIN) {
            Kind::Close
        } else if segment.len > 0 {
            Kind::Data
        } else if below && self.is_shut(from.peer()) {
            Kind::WindowProbe
        } else if below {
            Kind::Probe
        } else {
            Kind::Ack
        };
        self.shut.insert(from, segment.window == 0);
        let again = if taken && old && kind != Kind::Reset {
            Again::Retransmitted
        } else {
            Again::First
        };
        (kind, again)
    }

    /// Whether this end's last segment closed its window.
    fn is_shut(&self, socket: SocketId) -> bool {
        self.shut.get(&socket).is_some_and(|shut| *shut)
    }

    fn note_scale(&mut self, trace: &Trace, segment: &Segment) {
        let Some(options) = segment.options.filter(|_| segment.flags.has(Flags::SYN)) else {
            return;
        };
        let options = trace.options.get(options.index());
        if let Some(syn) = options.and_then(TcpOptions::syn) {
            self.scales.entry(segment.flow).or_default()[segment.from.index()] = syn.window_scale;
        }
    }

    fn index_of(&self, record: RecordId) -> Option<usize> {
        let at = self
            .of_record
            .binary_search_by_key(&record, |(id, _)| *id)
            .ok()?;
        Some(self.of_record[at].1)
    }

    /// The packet that this record reports as sent, arrived or lost.
    pub fn passage(&self, record: RecordId) -> Option<&Passage> {
        Some(&self.passages[self.index_of(record)?])
    }
}

impl<'a> Wire<'a> {
    /// Reads a run's packets. Time and room are linear in the records.
    pub fn new(trace: &'a Trace) -> Self {
        Self::with(trace, Rc::new(Packets::new(trace, None)))
    }

    /// The packets, for [`Wire::with`].
    pub fn packets(&self) -> Rc<Packets> {
        Rc::clone(&self.packets)
    }

    /// A run with packets that have been read of it before.
    pub const fn with(trace: &'a Trace, packets: Rc<Packets>) -> Self {
        Self { trace, packets }
    }

    /// The packets that a capture shows: what a machine's own filter takes never reaches a tap.
    pub fn captured(&self) -> impl Iterator<Item = &Passage> {
        let left = |passage: &&Passage| {
            let by = match passage.fate {
                Fate::Lost { by, .. } => Some(by),
                _ => None,
            };
            !matches!(by, Some(Culprit::OwnRule(_)))
        };
        self.passages.iter().filter(left)
    }

    /// The window in bytes: scaled as both ends agreed, except in a SYN (RFC 7323 §2.2).
    pub fn window(&self, segment: &Segment) -> u32 {
        let both = self.scales.get(&segment.flow);
        let shift = match both {
            Some(&[Some(opener), Some(listener)]) if !segment.flags.has(Flags::SYN) => {
                [opener, listener][segment.from.index()]
            }
            _ => 0,
        };
        u32::from(segment.window) << shift.min(14)
    }

    /// The first line of the message that begins in this segment; empty otherwise.
    pub fn first_line(&self, segment: &Segment) -> &'a str {
        let begins = |it: &&Message| it.offset >= segment.payload().offset;
        let message = self.messages_in(segment).find(begins);
        let line = message.and_then(|it| self.trace.text(it.head).lines().next());
        line.unwrap_or("")
    }

    /// The messages of which a segment carries bytes, in their order.
    pub fn messages_in(&self, segment: &Segment) -> impl Iterator<Item = &'a Message> {
        let sender = sender(&Packet::Tcp(*segment));
        let range = segment.payload();
        let stream = self.messages.get(&sender).map_or(&[][..], Vec::as_slice);
        let over = |m: &usize| self.trace.messages[*m].end() <= range.offset;
        let trace = self.trace;
        let rest = stream[stream.partition_point(over)..]
            .iter()
            .map(move |m| &trace.messages[*m]);
        rest.take_while(move |it| it.offset < range.end())
    }

    /// The message whose bytes a segment begins with.
    pub fn message(&self, segment: &Segment) -> Option<&'a Message> {
        let first = self.messages_in(segment).next();
        first.filter(|it| it.offset <= segment.payload().offset)
    }

    /// What a reader calls a packet: `SYN`, `POST /ingest`, `200 OK`, `FIN ACK`, `RST`, `keep-alive probe`.
    pub fn name(&self, passage: &Passage, lang: Lang) -> String {
        let Some(segment) = passage.segment() else {
            return text::ICMP.of(lang).to_owned();
        };
        match passage.kind {
            Kind::Probe => return text::PROBE.of(lang).to_owned(),
            Kind::WindowProbe => return text::WINDOW_PROBE.of(lang).to_owned(),
            Kind::Ack => return self.ack_name(segment, lang),
            _ => {}
        }
        let line = message_name(self.first_line(segment));
        if line.is_empty() {
            flag_words(segment)
        } else {
            line.to_owned()
        }
    }

    /// An ACK, and what else it tells: `ACK · SACK`, `ACK · window 0`.
    fn ack_name(&self, segment: &Segment, lang: Lang) -> String {
        let mut name = flag_words(segment);
        let options = segment.options;
        let options = options.and_then(|id| self.trace.options.get(id.index()));
        if options.is_some_and(|o| !o.sack().is_empty()) {
            name.push_str(" · SACK");
        }
        if segment.window == 0 {
            name.push_str(" · ");
            name.push_str(text::NO_WINDOW.of(lang));
        }
        name
    }

    /// The name with the control bits before it where they are not the name itself: `PSH ACK · POST /ingest`.
    pub fn long_name(&self, passage: &Passage, lang: Lang) -> String {
        let name = self.name(passage, lang);
        let name = match passage.again {
            Again::First => name,
            Again::Retransmitted => text::AGAIN.fill(lang, &[("what", &name)]),
        };
        match passage.segment() {
            Some(segment) if !self.first_line(segment).is_empty() => {
                format!("{} · {name}", bits(segment.flags))
            }
            _ => name,
        }
    }

    /// The least that still says what it is, where there is no room for [`Self::name`]: `POST`, `502`, `FIN`, `probe`.
    pub fn short_name(&self, passage: &Passage, lang: Lang) -> String {
        let name = self.name(passage, lang);
        match passage.kind {
            Kind::Probe => text::PROBE_SHORT.of(lang).to_owned(),
            Kind::Open | Kind::WindowProbe => name,
            // A number of bytes.
            _ if name.ends_with(" B") => name,
            _ => name.split(' ').next().unwrap_or_default().to_owned(),
        }
    }

    /// The host a packet comes from and the one it goes to.
    pub fn hosts(&self, passage: &Passage) -> (HostId, HostId) {
        (
            self.trace.host_of(passage.from),
            self.trace.host_of(passage.from.peer()),
        )
    }
}

/// `POST /ingest` of `POST /ingest HTTP/1.1`, `200 OK` of `HTTP/1.1 200 OK`.
pub(crate) fn message_name(line: &str) -> &str {
    let line = line.strip_prefix("HTTP/1.1 ").unwrap_or(line);
    line.strip_suffix(" HTTP/1.1").unwrap_or(line)
}

/// Who threw a packet away: `-A INPUT -s api -j DROP`, `fault switch`, `the link`.
pub(crate) fn culprit(trace: &Trace, by: Culprit, lang: Lang) -> String {
    let number = match by.rule() {
        Some(n) => match trace.command(n) {
            Some(typed) => return typed_rule(trace.text(typed.line)),
            None => trace.fault(n).into_owned(),
        },
        None => String::new(),
    };
    text::culprit(by).fill(lang, &[("n", &number)])
}

/// A rule as a label: its command without what all of them begin with.
fn typed_rule(line: &str) -> String {
    const MOST: usize = 56;
    let line = line.trim_start();
    let line = line.strip_prefix("sudo").unwrap_or(line).trim_start();
    let line = line.strip_prefix("iptables").unwrap_or(line).trim_start();
    match line.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line.to_owned(),
    }
}

fn bits(flags: Flags) -> String {
    const ORDER: [(Flags, &str); 5] = [
        (Flags::SYN, "SYN"),
        (Flags::FIN, "FIN"),
        (Flags::RST, "RST"),
        (Flags::PSH, "PSH"),
        (Flags::ACK, "ACK"),
    ];
    let set: Vec<&str> = ORDER
        .iter()
        .filter(|(bit, _)| flags.has(*bit))
        .map(|(_, word)| *word)
        .collect();
    set.join(" ")
}

fn flag_words(segment: &Segment) -> String {
    if segment.len > 0 && !segment.flags.has(Flags::FIN) {
        return format!("{} B", segment.len);
    }
    bits(segment.flags)
}

pub(crate) const fn sender(packet: &Packet) -> SocketId {
    match packet {
        Packet::Tcp(segment) => SocketId {
            flow: segment.flow,
            side: segment.from,
        },
        Packet::Unreachable { flow, to, .. } => SocketId {
            flow: *flow,
            side: match to {
                Side::Opener => Side::Listener,
                Side::Listener => Side::Opener,
            },
        },
    }
}
