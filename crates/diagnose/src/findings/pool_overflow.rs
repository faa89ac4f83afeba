//! `pool-overflow`: more connections came back than a client's pool keeps idle, and it closed the others.
//!
//! Said once of each client program. Nothing fails: the next burst dials again, and the client, which closes first, collects
//! TIME-WAITs.
//! Facts: runtimes §1.4 (`putIdleConn: too many idle connections for host`); ground-truth §7. Recorded: 07.

use crate::evidence::Steps;
use crate::finding::{Evidence, EvidenceRole, Finding, FindingKind, Found, Root, Severity};
use crate::reading::{Reading, runtime_name};
use crate::remedy::pool_size;
use crate::steps::why;
use crate::text::{Text, count};
use litemap::LiteMap;
use whyeof_trace::{
    Call, Event, Evicted, Flags, FlowId, HostId, Packet, PoolEvent, ProgramId, Record, RecordId,
    Segment, SegmentEvent, Setting, SocketEvent, SocketId, State, Value,
};

/// The kind.
pub(super) static KIND: FindingKind = FindingKind {
    code: "pool-overflow",
    title: Text::new(
        "The pool was too small for the burst",
        "连接池太小，多出来的连接都关了",
    ),
    #[cfg(feature = "manual")]
    manual: Text::new(
        "A pool keeps only so many idle connections: MaxIdleConnsPerHost is 2 in Go unless it is set (in all: MaxIdleConns, 100 in http.DefaultTransport); in Node, maxFreeSockets is 256. A burst dials as many connections as it needs; when they come back, the pool keeps that many and closes the others at once. The next burst dials again. The client closes first, so the TIME-WAITs are on its side, and each holds a local port for a minute.",
        "连接池只留这么多空闲连接：Go 里 MaxIdleConnsPerHost 不设就是 2（总数是 MaxIdleConns，http.DefaultTransport 里是 100），Node 里 maxFreeSockets 是 256。一波并发要多少条就新建多少条，用完放回时池里只留上限那么多，其余当场关掉，下一波又得重新建。是客户端主动关闭，所以 TIME-WAIT 都在客户端，每个占住一个本地端口一分钟。",
    ),
    severity: Severity::Cause,
    root: Some(Root::Call),
    find,
};

/// What became of one client's connections.
#[derive(Default)]
struct Overflow {
    /// Connections that found no room, and whether they had been in the pool before.
    evicted: Vec<(SocketId, RecordId, bool)>,
    /// Connections to each host and port that are open now.
    open: LiteMap<(HostId, u16), u32>,
    /// Most of them at once, to one host and port.
    most_there: u32,
    /// Most of them at once, wherever they lead.
    most: u32,
    dialled: usize,
    parked: LiteMap<FlowId, ()>,
}

impl Overflow {
    fn take(&mut self, reading: &Reading<'_>, id: RecordId, event: PoolEvent) {
        let key = |socket: SocketId| {
            let flow = reading.trace.flow(socket.flow);
            (flow.host(socket.side.peer()), flow.port(socket.side.peer()))
        };
        match event {
            PoolEvent::Dial { socket, .. } => {
                self.dialled += 1;
                let open = self.open.entry(key(socket)).or_default();
                *open += 1;
                self.most_there = self.most_there.max(*open);
                self.most = self.most.max(self.open.values().sum());
            }
            PoolEvent::Checkout { socket, .. } => {
                self.parked.remove(&socket.flow);
            }
            PoolEvent::Park { socket, .. } => {
                self.parked.insert(socket.flow, ());
            }
            PoolEvent::Evict { socket, why } => {
                let was_parked = self.parked.remove(&socket.flow).is_some();
                if why == Evicted::PoolFull {
                    self.evicted.push((socket, id, was_parked));
                }
                if let Some(open) = self.open.get_mut(&key(socket)) {
                    *open = open.saturating_sub(1);
                }
            }
            PoolEvent::Wait { .. } => {}
        }
    }
}

fn find(reading: &Reading<'_>, found: &mut Found) {
    let full = |r: &Record| {
        matches!(
            r.event,
            Event::Pool(PoolEvent::Evict {
                why: Evicted::PoolFull,
                ..
            })
        )
    };
    if !reading.trace.records.iter().any(full) {
        return;
    }
    let mut clients: LiteMap<ProgramId, Overflow> = LiteMap::new();
    let mut whose: LiteMap<FlowId, ProgramId> = LiteMap::new();
    // What found no local port never was a connection.
    let has_port = |socket: SocketId| reading.trace.flows[socket.flow.index()].ports[0] != 0;
    for record in &reading.trace.records {
        let Event::Pool(event) = record.event else {
            continue;
        };
        let client = match event {
            PoolEvent::Dial { socket, .. } if !has_port(socket) => None,
            PoolEvent::Dial { request, socket } => {
                let client = reading.trace.requests[request.index()].program;
                whose.insert(socket.flow, client);
                Some(client)
            }
            PoolEvent::Wait { .. } => None,
            PoolEvent::Checkout { socket, .. }
            | PoolEvent::Park { socket, .. }
            | PoolEvent::Evict { socket, .. } => whose.get(&socket.flow).copied(),
        };
        if let Some(client) = client {
            let overflow = clients.entry(client).or_default();
            overflow.take(reading, record.id, event);
        }
    }
    for (client, overflow) in clients.iter() {
        if let Some((socket, id, was_parked)) = overflow.evicted.first().copied() {
            let limit = limit(reading, *client, was_parked);
            found.add(&KIND, None, || {
                let evidence = steps(reading, socket, id, limit);
                word(reading, *client, overflow, limit, evidence)
            });
        }
    }
}

/// Which limit it was: one that had found room before was put out by the sum over all hosts (transport.go `tryPutIdleConn`).
fn limit<'a>(reading: &Reading<'a>, client: ProgramId, was_parked: bool) -> Option<&'a Setting> {
    let names: &[&str] = match was_parked {
        true => &["MaxIdleConns", "upstream.keepalive"],
        false => &[
            "MaxIdleConnsPerHost",
            "maxFreeSockets",
            "upstream.keepalive",
        ],
    };
    let mut settings = reading.trace.settings.iter();
    settings.find(|s| s.program == Some(client) && names.contains(&s.name.as_str()))
}

fn word(
    reading: &Reading<'_>,
    client: ProgramId,
    overflow: &Overflow,
    limit: Option<&Setting>,
    evidence: Vec<Evidence>,
) -> Finding {
    let program = reading.trace.program(client);
    let (name, runtime) = (&program.name, runtime_name(&program.runtime));
    let closed = overflow.evicted.len();
    let most = match limit {
        Some(limit) if limit.name == "MaxIdleConns" => overflow.most,
        _ => overflow.most_there,
    };
    let option = limit.map(|s| why(s, None)).unwrap_or_default();
    let kept = match limit.map(|s| &s.value) {
        Some(Value::Count(n)) => n.to_string(),
        _ => String::new(),
    };
    let dialled = overflow.dialled;
    let waits = time_waits(reading, overflow);
    let connections = count(closed, "connection");
    Finding {
        code: KIND.code,
        severity: KIND.severity,
        request: None,
        title: Text::made(
            format!("The pool had no room for {connections}"),
            format!("连接池放不下，关掉了 {closed} 条连接"),
        ),
        explanation: Text::made(
            format!(
                "{name} had up to {most} connections at once, and its pool keeps {kept} idle ({}): {runtime} closed {closed} that found no room, dialled {dialled} in all, and left {waits} in TIME-WAIT on the client.",
                option.en
            ),
            format!(
                "{name} 最多同时用 {most} 条连接，池里只留 {kept} 条空闲的（{}）：放不下的 {closed} 条被 {runtime} 关掉，前后一共新建 {dialled} 条，客户端留下 {waits} 个 TIME-WAIT。",
                option.zh
            ),
        ),
        evidence,
        remedies: pool_size(reading, client, limit, (overflow.most_there, overflow.most)),
    }
}

/// How many of these connections the client kept in TIME-WAIT: it had closed first.
fn time_waits(reading: &Reading<'_>, overflow: &Overflow) -> usize {
    let waits = overflow.evicted.iter().filter(|(of, ..)| {
        reading.of_flow(of.flow).any(|r| {
            matches!(
                r.event,
                Event::Socket(SocketEvent::Entered { socket, to: State::TimeWait, .. }) if socket == *of
            )
        })
    });
    waits.count()
}

/// The first of them.
fn steps(
    reading: &Reading<'_>,
    socket: SocketId,
    evicted: RecordId,
    limit: Option<&Setting>,
) -> Vec<Evidence> {
    let after = || reading.of_flow(socket.flow).filter(|r| r.id >= evicted);
    let closes = Event::Socket(SocketEvent::Called {
        socket,
        call: Call::Close,
    });
    let close = after().find(|r| r.event == closes).map(|r| r.id);
    let ends = |s: &Segment| s.from == socket.side && s.flags.has(Flags::FIN);
    let fin = after().find(
        |r| matches!(&r.event, Event::Segment(SegmentEvent::Sent(Packet::Tcp(s))) if ends(s)),
    );
    let name = limit.map_or("", |s| s.name.as_str());
    let mut steps = Steps::new(reading);
    steps.add(
        Some(evicted),
        EvidenceRole::NoRoom,
        Text::made(
            format!("the first of them found no room: {name} was reached"),
            format!("第一条放不下的连接：已经到 {name} 的上限"),
        ),
    );
    steps.add(
        close,
        EvidenceRole::Closed,
        Text::new("the client closed it", "客户端把它关掉"),
    );
    steps.add(
        fin.map(|r| r.id),
        EvidenceRole::FinSent,
        Text::new(
            "close() sent FIN: the client closes first, so TIME-WAIT is on its side",
            "close() 发出 FIN：客户端主动关闭，TIME-WAIT 就在客户端",
        ),
    );
    steps.in_order()
}
