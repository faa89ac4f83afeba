//! The connections of a capture, as its packets come: who opened which, its numbers counted from the ISNs, its messages.
//!
//! A SYN with another ISN begins another connection with the same addresses and ports. What a capture shows twice (several interfaces, one packet)
//! is left out and counted. Bounded: so many connections and messages, and no more.

use super::file::Way;
use super::http::{Head, Heard, Line, Parser, Speech};
use super::packet::{End, Tcp};
use super::stream::Stream;
use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;
use whyeof_trace::text::is_unprintable;
use whyeof_trace::{
    Flags, FlowId, MessageKind, Method, OptionsId, Packet, SackBlocks, Segment, Seq, SeqRange,
    Side, TcpOptions, Time, Unreachable,
};

/// How much is kept; what is beyond is counted.
struct Most {
    /// Packets, in about a gigabyte.
    packets: usize,
    /// Connections.
    flows: usize,
    /// Messages, at some 800 bytes each with what is told of them. The answer to a request that is kept is kept, too.
    messages: usize,
    /// Bytes of a head, and of all heads.
    head: usize,
    heads: usize,
    /// Bytes of a first line where there is no more room for heads.
    line: usize,
}

impl Default for Most {
    fn default() -> Self {
        Self {
            packets: 8_000_000,
            flows: 250_000,
            messages: 250_000,
            head: 8 << 10,
            heads: 24 << 20,
            line: 256,
        }
    }
}

/// A packet of the capture. Its `from` counts ends as its connection does.
pub(super) struct Seen {
    pub(super) time: Time,
    pub(super) packet: Packet,
}

/// The packets of a capture, in pieces, so that each can be let go when it has been used.
#[derive(Default)]
pub(super) struct Chunks {
    chunks: Vec<Vec<Seen>>,
    count: usize,
}

impl Chunks {
    const SIZE: usize = 1 << 16;

    pub(super) const fn len(&self) -> usize {
        self.count
    }

    fn push(&mut self, seen: Seen) {
        if self.count.is_multiple_of(Self::SIZE) {
            self.chunks.push(Vec::new());
        }
        if let Some(last) = self.chunks.last_mut() {
            last.push(seen);
            self.count += 1;
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Seen> {
        self.chunks.iter().flatten()
    }

    pub(super) fn into_iter(self) -> impl Iterator<Item = Seen> {
        self.chunks.into_iter().flatten()
    }

    /// In the order of time; what `order` says is which packet comes at each place.
    pub(super) fn sorted(self) -> (Self, Vec<u32>) {
        let mut all: Vec<(u32, Seen)> = (0..).zip(self.into_iter()).collect();
        all.sort_by_key(|(_, it)| it.time);
        let mut chunks = Self::default();
        let mut order = Vec::with_capacity(all.len());
        for (number, seen) in all {
            order.push(number);
            chunks.push(seen);
        }
        (chunks, order)
    }
}

/// What happened to a message, at which packet.
#[derive(Clone, Copy)]
pub(super) struct Mark {
    /// The packet, by its number.
    pub(super) seen: u32,
    /// Which message, by its number.
    pub(super) message: u32,
    pub(super) what: Marked,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Marked {
    /// Its first byte.
    Begins,
    /// Its head is whole.
    Head,
    /// Its last byte.
    Ends,
}

/// A message.
pub(super) struct Told {
    pub(super) flow: FlowId,
    /// Which end of the connection sent it.
    pub(super) end: usize,
    pub(super) kind: MessageKind,
    /// The request that it is or answers, by its number.
    pub(super) request: u32,
    pub(super) offset: u32,
    /// Its text, by its number.
    pub(super) head: u32,
    pub(super) head_len: u32,
    /// Where it ends, if that was seen; else how far it is known to go.
    pub(super) to: u32,
    pub(super) status: u16,
}

/// A request.
pub(super) struct Asked {
    pub(super) method: Method,
    /// Its text, by its number.
    pub(super) url: u32,
}

/// What a capture tells about where it was taken.
#[derive(Clone, Copy, Default)]
pub(super) struct Signs {
    /// Packets of each end that the file says left the machine, less those that it says came to it.
    pub(super) left: [i32; 2],
    /// Hops that each end's packets may still go.
    pub(super) hops: [Option<u8>; 2],
    /// When SYN, SYN-ACK and the ACK of it were seen, ns.
    pub(super) handshake: [Option<u64>; 3],
}

/// One connection.
pub(super) struct Connection {
    pub(super) ends: [End; 2],
    /// The end that opened it: by its SYN, or because it asks.
    pub(super) opener: Option<usize>,
    pub(super) has_syn: bool,
    isn: [Option<u32>; 2],
    talk: Option<Box<[Talk; 2]>>,
    asked: VecDeque<u32>,
    pub(super) speech: Speech,
    recent: [Option<Copied>; 4],
    pub(super) signs: Signs,
}

/// One direction.
#[derive(Default)]
struct Talk {
    stream: Stream,
    parser: Parser,
    /// The message that has not ended.
    open: Option<u32>,
    /// The last segment that carried data.
    last: u32,
}

/// What tells a packet from its copies.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Copied {
    from: usize,
    numbers: (u32, u32),
    flags: Flags,
    len: u16,
    identification: u16,
    stamp: Option<u32>,
    time: Time,
}

/// What there is.
#[derive(Default)]
pub(super) struct Table {
    newest: BTreeMap<[End; 2], u32>,
    pub(super) connections: Vec<Connection>,
    pub(super) seen: Chunks,
    pub(super) options: Vec<TcpOptions>,
    pub(super) told: Vec<Told>,
    pub(super) asked: Vec<Asked>,
    pub(super) marks: Vec<Mark>,
    /// Heads and URLs, each once.
    pub(super) texts: Vec<Rc<str>>,
    text_ids: BTreeMap<Rc<str>, u32>,
    heads: usize,
    pub(super) copies: u64,
    /// Less in a test.
    most: Most,
    /// Packets beyond that, and those of connections beyond the bound.
    pub(super) left_out: u64,
    /// Messages beyond the bound.
    pub(super) unheard: u64,
    /// Heads of which only the beginning is kept.
    pub(super) cut_heads: u64,
}

impl Table {
    /// A packet beyond the bound is counted, and that is all.
    fn is_full(&mut self) -> bool {
        let is_full = self.seen.len() >= self.most.packets;
        self.left_out += u64::from(is_full);
        is_full
    }

    /// A TCP packet.
    pub(super) fn tcp(&mut self, time: Time, packet: &Tcp<'_>) {
        if self.is_full() {
            return;
        }
        let Some((flow, from)) = self.connection_of(packet) else {
            self.left_out += 1;
            return;
        };
        let line = &mut self.connections[flow.index()];
        if line.is_copy(from, packet, time) {
            self.copies += 1;
            return;
        }
        line.note_signs(from, packet, time);
        let segment = line.segment(flow, from, packet);
        let options = self.options(packet, flow, from);
        let segment = Segment { options, ..segment };
        let seen = u32::try_from(self.seen.len()).unwrap_or(u32::MAX);
        self.seen.push(Seen {
            time,
            packet: Packet::Tcp(segment),
        });
        self.talk((flow, from), seen, packet, &segment);
    }

    /// An error about a packet that went from the first end to the second.
    pub(super) fn unreachable(&mut self, time: Time, ends: [End; 2], seq: u32, kind: Unreachable) {
        let (key, _) = sorted(ends);
        let Some(number) = self.newest.get(&key).copied() else {
            return;
        };
        if self.is_full() {
            return;
        }
        let line = &self.connections[number as usize];
        let from = usize::from(line.ends[0] != ends[0]);
        let quoted = Seq(seq.wrapping_sub(line.isn[from].unwrap_or(seq)));
        self.seen.push(Seen {
            time,
            packet: Packet::Unreachable {
                flow: FlowId(number),
                to: side(from),
                kind,
                quoted,
            },
        });
    }

    /// The connection of a packet, and which of its ends sent it.
    fn connection_of(&mut self, packet: &Tcp<'_>) -> Option<(FlowId, usize)> {
        let (key, _) = sorted(packet.ends);
        let is_syn = packet.flags.has(Flags::SYN) && !packet.flags.has(Flags::ACK);
        if let Some(number) = self.newest.get(&key).copied() {
            let line = &self.connections[number as usize];
            let from = usize::from(line.ends[0] != packet.ends[0]);
            let is_other = is_syn && line.isn[from].is_some_and(|isn| isn != packet.seq);
            if !is_other {
                return Some((FlowId(number), from));
            }
        }
        if self.connections.len() >= self.most.flows {
            return None;
        }
        let number = u32::try_from(self.connections.len()).ok()?;
        self.newest.insert(key, number);
        self.connections.push(Connection::new(packet));
        Some((FlowId(number), 0))
    }

    /// The packet's entry in the side table, if it needs one.
    fn options(&mut self, packet: &Tcp<'_>, flow: FlowId, from: usize) -> Option<OptionsId> {
        let options = if packet.flags.has(Flags::SYN) {
            TcpOptions::Syn(packet.syn)
        } else if packet.sack.as_slice().is_empty() {
            return None;
        } else {
            // Blocks are about what the peer sends.
            let isn = self.connections[flow.index()].isn[1 - from].unwrap_or(0);
            let counted = |block: &SeqRange| SeqRange {
                start: block.start - isn,
                len: block.len,
            };
            let blocks: SackBlocks = packet.sack.as_slice().iter().map(counted).collect();
            TcpOptions::Sack(blocks)
        };
        self.options.push(options);
        Some(OptionsId::from_index(self.options.len() - 1))
    }

    /// What the packet says in HTTP.
    fn talk(
        &mut self,
        (flow, from): (FlowId, usize),
        seen: u32,
        packet: &Tcp<'_>,
        segment: &Segment,
    ) {
        let line = &mut self.connections[flow.index()];
        if line.talk.is_none() {
            if segment.len == 0 {
                return;
            }
            line.talk = Some(Box::new([0, 1].map(|end| line.begin(end))));
        }
        let Some(mut talk) = self.connections[flow.index()].talk.take() else {
            return;
        };
        if segment.flags.has(Flags::ACK) {
            let to = segment.ack.0.wrapping_sub(1);
            let Talk { stream, parser, .. } = &mut talk[1 - from];
            let mut heard = Vec::new();
            let connection = &self.connections[flow.index()];
            let answers = self.answered(connection);
            stream.acknowledged(to, &mut |at, next| {
                let mut framing = |head: &Head| head.framing(answers);
                parser.take((at, seen), &next, &mut framing, &mut |it| heard.push(it));
            });
            self.hear((flow, 1 - from), seen, &mut talk[1 - from], heard);
        }
        if segment.len > 0 {
            self.data((flow, from), seen, packet, segment, &mut talk[from]);
        }
        if segment.flags.has(Flags::FIN) {
            let at = segment.end().0.wrapping_sub(2);
            talk[from].stream.ends(at);
            let mut heard = Vec::new();
            talk[from].parser.close(at, &mut |it| heard.push(it));
            self.hear((flow, from), seen, &mut talk[from], heard);
        }
        self.connections[flow.index()].talk = Some(talk);
    }

    fn data(
        &mut self,
        (flow, from): (FlowId, usize),
        seen: u32,
        packet: &Tcp<'_>,
        segment: &Segment,
        talk: &mut Talk,
    ) {
        let payload = segment.payload();
        let mut pieces = Vec::new();
        let len = payload.len;
        // A probe's byte was sent before; its number says so.
        talk.stream.push(
            segment.seq.0.wrapping_sub(1),
            len,
            packet.data,
            &mut |at, next| {
                pieces.push((at, Owned::from(next)));
            },
        );
        talk.last = seen;
        for (at, piece) in pieces {
            let answers = self.answered(&self.connections[flow.index()]);
            let mut heard = Vec::new();
            let mut framing = |head: &Head| head.framing(answers);
            let next = piece.next();
            let parser = &mut talk.parser;
            parser.take((at, seen), &next, &mut framing, &mut |it| heard.push(it));
            self.hear((flow, from), seen, talk, heard);
        }
    }

    /// What the next response answers.
    fn answered(&self, line: &Connection) -> Option<Method> {
        let request = line.asked.front()?;
        Some(self.asked[*request as usize].method)
    }

    fn hear(
        &mut self,
        (flow, from): (FlowId, usize),
        seen: u32,
        talk: &mut Talk,
        heard: Vec<Heard>,
    ) {
        for heard in heard {
            match heard {
                Heard::Head(head) => self.head((flow, from), seen, talk, &head),
                Heard::End(to) => self.end(seen, talk, to),
                Heard::Strange(speech) => {
                    let line = &mut self.connections[flow.index()];
                    if line.speech == Speech::Silent {
                        line.speech = speech;
                    }
                }
            }
        }
    }

    fn end(&mut self, seen: u32, talk: &mut Talk, to: u32) {
        let Some(message) = talk.open.take() else {
            return;
        };
        self.told[message as usize].to = to;
        self.mark(seen, message, Marked::Ends);
    }

    fn mark(&mut self, seen: u32, message: u32, what: Marked) {
        self.marks.push(Mark {
            seen,
            message,
            what,
        });
    }

    fn head(&mut self, (flow, from): (FlowId, usize), seen: u32, talk: &mut Talk, head: &Head) {
        let line = &mut self.connections[flow.index()];
        line.speech = Speech::Http1;
        let (kind, status) = match head.line {
            Line::Request(_) => (MessageKind::Request, 0),
            Line::Status(status) if (100..200).contains(&status) && status != 101 => {
                (MessageKind::Interim, status)
            }
            Line::Status(status) => (MessageKind::Response, status),
        };
        let asks = usize::from((kind == MessageKind::Request) != (from == 0));
        line.opener.get_or_insert(asks);
        // Without its answer a request that is kept would be told as one that got none.
        let answers = kind == MessageKind::Response && !line.asked.is_empty();
        if self.told.len() >= self.most.messages && !answers {
            self.unheard += 1;
            return;
        }
        let request = match (kind, head.line) {
            (MessageKind::Request, Line::Request(method)) => {
                let url = self.text(&url(head));
                let number = self.ask(method, url);
                self.connections[flow.index()].asked.push_back(number);
                number
            }
            (MessageKind::Interim, _) => match line.asked.front() {
                Some(number) => *number,
                None => self.ask_unseen(),
            },
            _ => match line.asked.pop_front() {
                Some(number) => number,
                // The capture has not what it answers.
                None => self.ask_unseen(),
            },
        };
        let number = u32::try_from(self.told.len()).unwrap_or(u32::MAX);
        let head_len = u32::try_from(head.bytes.len()).unwrap_or(u32::MAX);
        let text = self.keep(&head.bytes);
        self.told.push(Told {
            flow,
            end: from,
            kind,
            request,
            offset: head.offset,
            head: text,
            head_len,
            to: head.offset.wrapping_add(head_len),
            status,
        });
        self.mark(head.began, number, Marked::Begins);
        self.mark(seen, number, Marked::Head);
        talk.open = Some(number);
    }

    /// A request that the capture has not.
    fn ask_unseen(&mut self) -> u32 {
        let url = self.text("");
        self.ask(Method::Other, url)
    }

    /// The number of a text; the same text has the same.
    fn text(&mut self, text: &str) -> u32 {
        if let Some(number) = self.text_ids.get(text) {
            return *number;
        }
        let number = u32::try_from(self.texts.len()).unwrap_or(u32::MAX);
        let text: Rc<str> = text.into();
        self.heads += text.len();
        self.texts.push(Rc::clone(&text));
        self.text_ids.insert(text, number);
        number
    }

    fn ask(&mut self, method: Method, url: u32) -> u32 {
        self.asked.push(Asked { method, url });
        u32::try_from(self.asked.len() - 1).unwrap_or(u32::MAX)
    }

    /// A head as a text in which nothing steers a terminal.
    fn keep(&mut self, bytes: &[u8]) -> u32 {
        let most = if self.heads < self.most.heads {
            self.most.head
        } else {
            let first_line = bytes.iter().position(|b| *b == b'\n');
            first_line.unwrap_or(usize::MAX).min(self.most.line)
        };
        self.cut_heads += u64::from(bytes.len() > most);
        let text = String::from_utf8_lossy(&bytes[..bytes.len().min(most)]);
        // A line may end in both; one of them alone would take a terminal back to the line's beginning.
        let shown = |c| match c {
            '\n' | '\t' => c,
            c if is_unprintable(c) => char::REPLACEMENT_CHARACTER,
            c => c,
        };
        let lines = text.trim_end_matches('\r').split("\r\n");
        let lines: Vec<String> = lines
            .map(|line| line.chars().map(shown).collect())
            .collect();
        self.text(&lines.join("\r\n"))
    }

    /// No packet comes any more.
    pub(super) fn finish(&mut self) {
        for number in 0..self.connections.len() {
            let flow = FlowId(u32::try_from(number).unwrap_or(u32::MAX));
            let Some(mut talk) = self.connections[number].talk.take() else {
                continue;
            };
            for (from, talk) in talk.iter_mut().enumerate() {
                let mut heard = Vec::new();
                talk.parser.finish(&mut |it| heard.push(it));
                let last = talk.last;
                self.hear((flow, from), last, talk, heard);
            }
        }
    }
}

fn url(head: &Head) -> String {
    let target: String = head
        .target()
        .chars()
        .filter(|c| !is_unprintable(*c))
        .take(512)
        .collect();
    match head.field("host") {
        Some(host) if target.starts_with('/') => {
            let host: String = host
                .chars()
                .filter(|c| !is_unprintable(*c))
                .take(255)
                .collect();
            format!("http://{host}{target}")
        }
        _ => target,
    }
}

/// A piece of a stream that outlives its segment.
enum Owned {
    Bytes(Vec<u8>, super::stream::Begins),
    Gap(u32),
}

impl From<super::stream::Next<'_>> for Owned {
    fn from(next: super::stream::Next<'_>) -> Self {
        match next {
            super::stream::Next::Bytes(bytes, begins) => Self::Bytes(bytes.to_vec(), begins),
            super::stream::Next::Gap(gap) => Self::Gap(gap),
        }
    }
}

impl Owned {
    fn next(&self) -> super::stream::Next<'_> {
        match self {
            Self::Bytes(bytes, begins) => super::stream::Next::Bytes(bytes, *begins),
            Self::Gap(gap) => super::stream::Next::Gap(*gap),
        }
    }
}

/// The two ends in order, and whether that turned them about.
fn sorted(ends: [End; 2]) -> ([End; 2], bool) {
    if ends[0] <= ends[1] {
        (ends, false)
    } else {
        ([ends[1], ends[0]], true)
    }
}

/// An end as a side, until it is known who opened the connection.
pub(super) const fn side(end: usize) -> Side {
    match end {
        0 => Side::Opener,
        _ => Side::Listener,
    }
}

impl Connection {
    fn new(packet: &Tcp<'_>) -> Self {
        let is_syn = packet.flags.has(Flags::SYN);
        let answers = is_syn && packet.flags.has(Flags::ACK);
        Self {
            ends: packet.ends,
            opener: is_syn.then_some(usize::from(answers)),
            has_syn: is_syn,
            isn: [None; 2],
            talk: None,
            asked: VecDeque::new(),
            speech: Speech::Silent,
            recent: [None; 4],
            signs: Signs::default(),
        }
    }

    /// Where one direction is read from: from its SYN, or from wherever the capture begins.
    fn begin(&self, _end: usize) -> Talk {
        let mut talk = Talk::default();
        if self.has_syn {
            talk.stream.begins(0);
        } else {
            talk.parser = Parser::lost();
        }
        talk
    }

    /// The packet with its numbers counted from the ISNs; of what the capture has not, from the first that it has.
    fn segment(&mut self, flow: FlowId, from: usize, packet: &Tcp<'_>) -> Segment {
        let is_syn = packet.flags.has(Flags::SYN);
        let first = if is_syn {
            packet.seq
        } else {
            packet.seq.wrapping_sub(1)
        };
        let isn = *self.isn[from].get_or_insert(first);
        let has_ack = packet.flags.has(Flags::ACK);
        let peer = has_ack.then(|| *self.isn[1 - from].get_or_insert(packet.ack.wrapping_sub(1)));
        Segment {
            flow,
            from: side(from),
            flags: packet.flags,
            window: packet.window,
            seq: Seq(packet.seq.wrapping_sub(isn)),
            ack: Seq(peer.map_or(0, |isn| packet.ack.wrapping_sub(isn))),
            timestamps: packet.stamps,
            options: None,
            len: packet.len,
        }
    }

    /// Whether the same packet was seen before, on another interface: its identification is the same, or, in IPv6, all that it says.
    fn is_copy(&mut self, from: usize, packet: &Tcp<'_>, time: Time) -> bool {
        /// A packet takes no longer through one machine.
        const NEAR: u64 = 5_000_000;
        /// Without an identification only what comes at once is taken for a copy.
        const AT_ONCE: u64 = 100_000;
        let it = Copied {
            from,
            numbers: (packet.seq, packet.ack),
            flags: packet.flags,
            len: packet.len,
            identification: packet.identification,
            stamp: packet.stamps.map(|(value, _)| value),
            time,
        };
        let near = match packet.identification {
            0 => AT_ONCE,
            _ => NEAR,
        };
        let is_same = |other: &Copied| {
            *other
                == Copied {
                    time: other.time,
                    ..it
                }
                && time.nanos().abs_diff(other.time.nanos()) < near
        };
        let tells = packet.identification != 0 || packet.stamps.is_some();
        if tells && self.recent.iter().flatten().any(is_same) {
            return true;
        }
        self.recent.rotate_right(1);
        self.recent[0] = Some(it);
        false
    }

    fn note_signs(&mut self, from: usize, packet: &Tcp<'_>, time: Time) {
        let signs = &mut self.signs;
        match packet.way {
            Some(Way::Out) => signs.left[from] += 1,
            Some(Way::In) => signs.left[from] -= 1,
            None => {}
        }
        signs.hops[from].get_or_insert(packet.hops);
        let has = |bit| packet.flags.has(bit);
        let step = match (has(Flags::SYN), has(Flags::ACK)) {
            (true, false) => 0,
            (true, true) => 1,
            (false, _) => 2,
        };
        if step < 2 && self.isn[from].is_some_and(|isn| isn == packet.seq) {
            // One that was sent again measures nothing.
            signs.handshake = [None; 3];
            return;
        }
        let is_next =
            step == 0 || signs.handshake[step - 1].is_some() && signs.handshake[step].is_none();
        if is_next {
            signs.handshake[step] = Some(time.nanos());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::{IpAddr, Ipv4Addr};
    use whyeof_trace::SynOptions;

    /// A packet of one connection from either end, with all of its data.
    fn packet(from: usize, seq: u32, data: &[u8]) -> Tcp<'_> {
        let end = |last| (IpAddr::V4(Ipv4Addr::new(10, 0, 0, last)), 80);
        let ends = [end(1), end(2)];
        Tcp {
            ends: [ends[from], ends[1 - from]],
            flags: Flags::ACK,
            seq,
            ack: 1,
            window: 1_000,
            stamps: None,
            syn: SynOptions::default(),
            sack: SackBlocks::default(),
            len: u16::try_from(data.len()).expect("a packet"),
            data,
            hops: 64,
            identification: 0,
            way: None,
        }
    }

    /// What is kept of packets from these ends with this data.
    fn kept(most: Most, said: &[(usize, &str)]) -> Table {
        let mut table = Table {
            most,
            ..Table::default()
        };
        let mut seq = [1, 1];
        for (time, (from, data)) in (0..).zip(said) {
            table.tcp(Time(time), &packet(*from, seq[*from], data.as_bytes()));
            seq[*from] += u32::try_from(data.len()).expect("a packet");
        }
        table
    }

    #[test]
    fn packets_beyond_the_bound_are_counted() {
        let most = Most {
            packets: 3,
            ..Most::default()
        };
        let table = kept(most, &[(0, ""); 5]);
        assert_eq!((table.seen.len(), table.left_out), (3, 2));
    }

    #[test]
    fn messages_beyond_the_bound_are_counted_and_answers_to_kept_requests_kept() {
        const ASKS: (usize, &str) = (0, "GET / HTTP/1.1\r\n\r\n");
        const ANSWERS: (usize, &str) = (1, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        let most = Most {
            messages: 2,
            ..Most::default()
        };
        let said = [ASKS, ASKS, ASKS, ANSWERS, ANSWERS, ANSWERS];
        let table = kept(most, &said);
        let kinds: Vec<_> = table.told.iter().map(|it| it.kind).collect();
        use MessageKind::{Request, Response};
        assert_eq!(kinds, [Request, Request, Response, Response]);
        assert_eq!(table.unheard, 2);
    }

    #[test]
    fn heads_beyond_the_bound_keep_little_and_are_counted() {
        let most = Most {
            head: 60,
            heads: 100,
            line: 10,
            ..Most::default()
        };
        let head = |n: u8| format!("GET /{n} HTTP/1.1\r\nX: {}\r\n\r\n", "x".repeat(200));
        let heads: Vec<String> = (0..5).map(head).collect();
        let said: Vec<_> = heads.iter().map(|it| (0, it.as_str())).collect();
        let table = kept(most, &said);
        let lens = table
            .told
            .iter()
            .map(|it| table.texts[it.head as usize].len());
        assert_eq!(lens.collect::<Vec<_>>(), [60, 60, 10, 10, 10]);
        assert_eq!(table.cut_heads, 5);
    }
}
