//! The trace of a capture.

use super::flows::{Chunks, Connection, Marked, Table, Told};
use super::http::Speech;
use super::invalid::Invalid;
use super::tap::{self, How};
use super::{Capture, Counts};
use litemap::LiteMap;
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;
use whyeof_trace::{
    Event, FlowId, Host, HostId, Message, MessageId, MessageKind, Packet, Program, ProgramId,
    Record, RecordId, Request, RequestEvent, RequestId, Role, Segment, SegmentEvent, Side,
    SocketId, Stop, TextId, Time, Trace, Vantage,
};

/// A connection of a capture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flow {
    /// Its number in the capture.
    pub id: FlowId,
    /// Address and port of the opener and the listener.
    pub ends: [(IpAddr, u16); 2],
    /// Whether the capture has its SYN.
    pub is_whole: bool,
    /// The end that the tap stood at.
    pub tap: Side,
    /// What it was used for.
    pub speech: Speech,
}

/// The capture of what has been read.
pub(super) fn capture(
    mut table: Table,
    counts: Counts,
    began: Duration,
    at: Option<IpAddr>,
    broken: Option<Invalid>,
) -> Capture {
    in_order(&mut table);
    let openers = table.connections.iter().map(|it| {
        // Who asks is a client; else whoever has the higher port, as clients' ports are.
        it.opener
            .unwrap_or_else(|| usize::from(it.ends[1].1 > it.ends[0].1))
    });
    let sides: Vec<Side> = openers.map(super::flows::side).collect();
    let (taps, how) = locate(&table, &sides, at);
    let flows = flows(&table, &sides, &taps);
    table.connections = Vec::new();
    let seen = std::mem::take(&mut table.seen);
    let (trace, asked_on) = Assembly::new(&table, &flows, &sides).whole(seen);
    Capture {
        trace,
        flows,
        asked_on,
        counts,
        began,
        how,
        broken,
    }
}

fn flows(table: &Table, sides: &[Side], taps: &[Side]) -> Vec<Flow> {
    let each = table.connections.iter().zip(sides.iter().zip(taps));
    let flow = |(n, (it, (opener, tap))): (u32, (&Connection, (&Side, &Side)))| {
        let [a, b] = it.ends;
        Flow {
            id: FlowId(n),
            ends: match opener {
                Side::Opener => [a, b],
                Side::Listener => [b, a],
            },
            is_whole: it.has_syn,
            tap: *tap,
            speech: it.speech,
        }
    };
    (0..).zip(each).map(flow).collect()
}

/// Packets in the order of their times, and marks in the order of their packets. Captures of several interfaces are not always in order.
fn in_order(table: &mut Table) {
    let times = table.seen.iter().map(|it| it.time);
    if !times.is_sorted() {
        let (seen, order) = std::mem::take(&mut table.seen).sorted();
        table.seen = seen;
        let mut place = vec![0; order.len()];
        for (to, from) in (0..).zip(&order) {
            place[*from as usize] = to;
        }
        for mark in &mut table.marks {
            mark.seen = place.get(mark.seen as usize).copied().unwrap_or(mark.seen);
        }
    }
    table.marks.sort_by_key(|it| it.seen);
}

/// The side of each connection that the tap stood at, and how that is known.
fn locate(table: &Table, sides: &[Side], at: Option<IpAddr>) -> (Vec<Side>, How) {
    let mut votes: LiteMap<(IpAddr, How), u32> = LiteMap::new();
    let mut present: LiteMap<IpAddr, u32> = LiteMap::new();
    for it in &table.connections {
        let [a, b] = it.ends.map(|end| end.0);
        *present.entry(a).or_default() += 1;
        if a != b {
            *present.entry(b).or_default() += 1;
        }
        if let Some((end, how)) = tap::votes(&it.signs) {
            *votes.entry((it.ends[end].0, how)).or_default() += 1;
        }
    }
    let count = |address: IpAddr, how: How| votes.get(&(address, how)).copied().unwrap_or(0);
    let is_common = |address: IpAddr| {
        let all = u32::try_from(table.connections.len()).unwrap_or(u32::MAX);
        all > 1 && present.get(&address) == Some(&all)
    };
    let mut best = How::Assumed;
    let mut taps = Vec::with_capacity(sides.len());
    for (it, opener) in table.connections.iter().zip(sides) {
        let ends = match opener {
            Side::Opener => it.ends,
            Side::Listener => [it.ends[1], it.ends[0]],
        };
        let [a, b] = ends.map(|end| end.0);
        let (tap, how) = match at {
            Some(at) if a == at => (Side::Opener, How::Told),
            Some(at) if b == at => (Side::Listener, How::Told),
            _ => {
                let ways = [How::Direction, How::Hops, How::Handshake];
                let told = ways.into_iter().find_map(|how| {
                    let (a, b) = (count(a, how), count(b, how));
                    let tap = if a > b { Side::Opener } else { Side::Listener };
                    (a != b).then_some((tap, how))
                });
                told.unwrap_or(match (is_common(a), is_common(b)) {
                    (true, false) => (Side::Opener, How::Common),
                    (false, true) => (Side::Listener, How::Common),
                    _ => (Side::Opener, How::Assumed),
                })
            }
        };
        best = best.min(how);
        taps.push(tap);
    }
    (taps, best)
}

/// A trace that is being put together.
struct Assembly<'a> {
    table: &'a Table,
    flows: &'a [Flow],
    sides: &'a [Side],
    cast: Cast,
    /// Numbers in the trace by numbers in the table.
    requests: Vec<Option<RequestId>>,
    asked_on: Vec<FlowId>,
    last: LiteMap<SocketId, MessageId>,
    trace: Trace,
}

impl<'a> Assembly<'a> {
    fn new(table: &'a Table, flows: &'a [Flow], sides: &'a [Side]) -> Self {
        Self {
            table,
            flows,
            sides,
            cast: Cast::default(),
            requests: vec![None; table.asked.len()],
            asked_on: Vec::with_capacity(table.asked.len()),
            last: LiteMap::new(),
            trace: empty(),
        }
    }

    /// The trace, and the connection of each of its requests.
    fn whole(mut self, seen: Chunks) -> (Trace, Vec<FlowId>) {
        for flow in self.flows {
            self.cast.flow(&mut self.trace, flow);
        }
        name_hosts(&mut self.trace);
        programs(&mut self.trace);
        self.trace.options.clone_from(&self.table.options);
        self.trace.texts = self
            .table
            .texts
            .iter()
            .map(|it| it.as_ref().to_owned())
            .collect();
        self.trace
            .records
            .reserve_exact(seen.len() + self.table.marks.len());
        let mut marks = self.table.marks.iter().peekable();
        for (number, seen) in (0_u32..).zip(seen.into_iter()) {
            self.packet(seen.time, &seen.packet);
            while let Some(mark) = marks.next_if(|it| it.seen <= number) {
                self.mark(seen.time, mark.message, mark.what);
            }
        }
        self.trace.end = self.trace.records.last().map_or(Time::ZERO, |it| it.time);
        (self.trace, self.asked_on)
    }

    /// Something at the host that a connection was seen at.
    fn record(&mut self, time: Time, flow: FlowId, event: Event) {
        let host = self.trace.flow(flow).host(self.flows[flow.index()].tap);
        record(&mut self.trace, time, host, event);
    }

    /// An end of a connection, as the table counts them, as the side that it is.
    fn side(&self, flow: FlowId, end: Side) -> Side {
        match self.sides[flow.index()] {
            Side::Opener => end,
            Side::Listener => end.peer(),
        }
    }

    fn packet(&mut self, time: Time, packet: &Packet) {
        let flow = packet.flow();
        let tap = self.flows[flow.index()].tap;
        let (packet, left) = match *packet {
            Packet::Tcp(segment) => {
                let from = self.side(flow, segment.from);
                (Packet::Tcp(Segment { from, ..segment }), from == tap)
            }
            Packet::Unreachable {
                to, kind, quoted, ..
            } => {
                let to = self.side(flow, to);
                let packet = Packet::Unreachable {
                    flow,
                    to,
                    kind,
                    quoted,
                };
                (packet, to != tap)
            }
        };
        let event = if left {
            SegmentEvent::Sent(packet)
        } else {
            SegmentEvent::Arrived(packet)
        };
        self.record(time, flow, Event::Segment(event));
    }

    fn mark(&mut self, time: Time, message: u32, what: Marked) {
        let told = &self.table.told[message as usize];
        let request = self.request(time, told);
        if what == Marked::Begins {
            self.message(request, told);
        }
        let event = match (told.kind, what) {
            (MessageKind::Request, Marked::Ends) => RequestEvent::Written {
                request,
                socket: SocketId {
                    flow: told.flow,
                    side: Side::Opener,
                },
                attempt: 1,
            },
            (MessageKind::Response, Marked::Head) => RequestEvent::Head {
                request,
                status: told.status,
            },
            (MessageKind::Response, Marked::Ends) => RequestEvent::Finished { request },
            _ => return,
        };
        self.record(time, told.flow, Event::Request(event));
    }

    /// The request that a message is or answers; it starts with the first that is seen of it.
    fn request(&mut self, time: Time, told: &Told) -> RequestId {
        if let Some(request) = self.requests[told.request as usize] {
            return request;
        }
        let asked = &self.table.asked[told.request as usize];
        let number = u32::try_from(self.trace.requests.len()).unwrap_or(u32::MAX);
        let id = RequestId(number);
        let client = self.trace.flow(told.flow).host(Side::Opener);
        self.trace.requests.push(Request {
            program: ProgramId(client.0),
            method: asked.method,
            url: TextId(asked.url),
            body: 0,
            parent: None,
            tries: 0,
            number: number + 1,
        });
        self.asked_on.push(told.flow);
        self.requests[told.request as usize] = Some(id);
        let started = Event::Request(RequestEvent::Started { request: id });
        self.record(time, told.flow, started);
        id
    }

    fn message(&mut self, request: RequestId, told: &Told) {
        let end = super::flows::side(told.end);
        let sender = SocketId {
            flow: told.flow,
            side: self.side(told.flow, end),
        };
        let id = MessageId(u32::try_from(self.trace.messages.len()).unwrap_or(u32::MAX));
        let len = told.to.wrapping_sub(told.offset).max(told.head_len);
        let body_len = len - told.head_len;
        if told.kind == MessageKind::Request {
            self.trace.requests[request.index()].body = body_len;
        }
        let before = self.last.insert(sender, id);
        self.trace.messages.push(Message {
            sender,
            request,
            attempt: 1,
            kind: told.kind,
            offset: told.offset,
            head: TextId(told.head),
            head_len: told.head_len,
            body_len,
            before,
        });
    }
}

/// A trace in which nothing has happened yet.
pub(super) const fn empty() -> Trace {
    Trace {
        hosts: Vec::new(),
        programs: Vec::new(),
        settings: Vec::new(),
        flows: Vec::new(),
        requests: Vec::new(),
        faults: Vec::new(),
        commands: Vec::new(),
        messages: Vec::new(),
        options: Vec::new(),
        texts: Vec::new(),
        records: Vec::new(),
        vantage: Vantage::Tap(HostId(0)),
        stop: Stop::Horizon,
        end: Time::ZERO,
    }
}

/// The hosts of a trace by their addresses.
#[derive(Default)]
pub(super) struct Cast {
    hosts: BTreeMap<(IpAddr, Option<Side>), HostId>,
}

impl Cast {
    /// Adds a connection, and its hosts where they are new.
    pub(super) fn flow(&mut self, trace: &mut Trace, flow: &Flow) {
        let [a, b] = flow.ends.map(|end| end.0);
        let on_one = a == b;
        let hosts = [Side::Opener, Side::Listener].map(|side| {
            let address = flow.ends[side.index()].0;
            self.host(trace, address, on_one.then_some(side))
        });
        if trace.flows.is_empty() {
            trace.vantage = Vantage::Tap(hosts[flow.tap.index()]);
        }
        trace.flows.push(whyeof_trace::Flow {
            hosts,
            ports: flow.ends.map(|end| end.1),
        });
    }

    /// The host with this address; of a connection within one machine each end is one. With more hosts than ids the last one stands for the rest.
    fn host(&mut self, trace: &mut Trace, address: IpAddr, side: Option<Side>) -> HostId {
        if let Some(host) = self.hosts.get(&(address, side)) {
            return *host;
        }
        let id = HostId(u16::try_from(trace.hosts.len()).unwrap_or(u16::MAX));
        if id.0 == u16::MAX {
            return HostId(u16::MAX - 1);
        }
        trace.hosts.push(Host {
            name: address.to_string(),
            address,
        });
        self.hosts.insert((address, side), id);
        id
    }
}

/// Where there is one of each, hosts are called what they are; among several, by their addresses.
pub(super) fn name_hosts(trace: &mut Trace) {
    let first = trace.flows.first().map(|it| it.hosts);
    let alike = trace.flows.iter().all(|it| Some(it.hosts) == first);
    if let (true, Some(hosts)) = (alike, first) {
        for (host, name) in hosts.iter().zip(["client", "server"]) {
            name.clone_into(&mut trace.hosts[host.index()].name);
        }
    }
}

/// A program for each host: it asks, or answers, or both.
pub(super) fn programs(trace: &mut Trace) {
    let mut listens: Vec<Option<u16>> = vec![None; trace.hosts.len()];
    let mut asks = vec![false; trace.hosts.len()];
    for flow in &trace.flows {
        asks[flow.host(Side::Opener).index()] = true;
        listens[flow.host(Side::Listener).index()].get_or_insert(flow.port(Side::Listener));
    }
    let each = trace.hosts.iter().zip(asks.iter().zip(listens));
    let program = |(id, (host, (asks, listens))): (u16, (&Host, (&bool, Option<u16>)))| Program {
        host: HostId(id),
        name: host.name.clone(),
        role: match (asks, listens) {
            (true, Some(_)) => Role::Proxy,
            (false, Some(_)) => Role::Server,
            (_, None) => Role::Client,
        },
        runtime: String::new(),
        listens,
    };
    trace.programs = (0..).zip(each).map(program).collect();
}

pub(super) fn record(trace: &mut Trace, time: Time, host: HostId, event: Event) {
    let id = RecordId::from_index(trace.records.len());
    trace.records.push(Record {
        id,
        time,
        host,
        cause: None,
        event,
    });
}
