//! `out-of-ports`: a host has no local port left for one more connection to the same place.
//!
//! Said of a request whose connect(2) failed with EADDRNOTAVAIL. Each connection to one address and port needs a local port of its
//! own, also in TIME-WAIT. Recorded in 22-out-of-ports, with four ports: established ones and then TIME-WAIT take them.

use crate::evidence::Steps;
use crate::finding::{EvidenceRole, Finding, FindingKind, Found, Severity};
use crate::reading::Reading;
use crate::report::RequestReport;
use crate::text::{Text, count};
use litemap::LiteMap;
use whyeof_trace::{
    Event, Failure, Flow, RequestEvent, SocketError, SocketEvent, SocketId, State, Trace,
};

/// The kind.
pub(super) static KIND: FindingKind = FindingKind {
    code: "out-of-ports",
    title: Text::new("No local port is left", "本地端口用完了"),
    #[cfg(feature = "manual")]
    manual: Text::new(
        "A connection is told by both ends' addresses and ports. To one server and port only the local port can differ, so there are as many connections as ip_local_port_range has ports, 28,232 by default; one in TIME-WAIT, 60 s long, takes its port, too. Who closes first has the TIME-WAIT: a client that opens a connection for each request and closes it runs out at about 470 a second. With none left connect(2) fails at once with EADDRNOTAVAIL, and nothing is sent. Connections that are reused cure it; a wider range puts it off.",
        "一条连接由两端的地址和端口区分。到同一台服务器的同一个端口，只有本地端口可以不同，所以 ip_local_port_range 里有多少端口，最多就有多少条连接，默认 28,232 个；TIME-WAIT 的 60 s 里端口也占着。谁先关，TIME-WAIT 就留在谁那里：每个请求新建一条连接、用完自己先关的客户端，每秒约 470 条就会用完。用完以后 connect(2) 立刻报 EADDRNOTAVAIL，什么也不会发出去。复用连接才能根治；扩大范围只是推迟。",
    ),
    severity: Severity::Failure,
    root: None,
    find,
};

fn find(reading: &Reading<'_>, found: &mut Found) {
    let without = Failure::DialErrno(SocketError::AddressNotAvailable);
    let hit = |request: &&RequestReport| request.failure == Some(without);
    if !reading.requests.values().any(|request| hit(&request)) {
        return;
    }
    // Sockets that are not CLOSED, as they are when each of these requests fails.
    let mut states: LiteMap<SocketId, State> = LiteMap::new();
    for record in &reading.trace.records {
        match record.event {
            Event::Socket(SocketEvent::Entered { socket, to, .. }) => {
                if to == State::Closed {
                    states.remove(&socket);
                } else {
                    states.insert(socket, to);
                }
            }
            Event::Request(RequestEvent::Failed { request, .. }) => {
                let request = reading.requests.get(&request).filter(hit);
                let told = request.filter(|request| !found.explains(request.id));
                if let Some(request) = told {
                    let taken = Taken::of(reading, request, &states);
                    found.add(&KIND, Some(request.id), || word(reading, request, &taken));
                }
            }
            _ => {}
        }
    }
}

/// Connections from one host to one place.
struct Taken {
    to: String,
    open: usize,
    time_wait: usize,
}

impl Taken {
    fn of(
        reading: &Reading<'_>,
        request: &RequestReport,
        states: &LiteMap<SocketId, State>,
    ) -> Self {
        let trace = reading.trace;
        let dialled = reading.dialled(request);
        let place = |flow: &Flow| (flow.hosts, flow.ports[1]);
        let asked = dialled.map(|socket| place(&trace.flows[socket.flow.index()]));
        let there = |socket: &SocketId| Some(place(&trace.flows[socket.flow.index()])) == asked;
        let host = asked.map(|([from, _], _)| from);
        let mine = states
            .iter()
            .filter(|(socket, _)| there(socket) && Some(trace.host_of(**socket)) == host);
        let (waiting, open): (Vec<_>, Vec<_>) =
            mine.partition(|(_, state)| **state == State::TimeWait);
        Self {
            to: asked.map_or_else(String::new, |([_, to], port)| name(trace, to, port)),
            open: open.len(),
            time_wait: waiting.len(),
        }
    }
}

impl Taken {
    /// `3 open, 1 in TIME-WAIT`.
    fn which(&self) -> Text {
        let Self {
            open, time_wait, ..
        } = self;
        match (open, time_wait) {
            (_, 0) => Text::made(format!("{open} open"), format!("{open} 条开着")),
            (0, _) => Text::made(
                format!("{time_wait} in TIME-WAIT"),
                format!("{time_wait} 条在 TIME-WAIT"),
            ),
            _ => Text::made(
                format!("{open} open, {time_wait} in TIME-WAIT"),
                format!("{open} 条开着，{time_wait} 条在 TIME-WAIT"),
            ),
        }
    }
}

fn name(trace: &Trace, host: whyeof_trace::HostId, port: u16) -> String {
    format!("{}:{port}", trace.host(host).name)
}

fn word(reading: &Reading<'_>, request: &RequestReport, taken: &Taken) -> Finding {
    let (number, method) = (request.number, request.method);
    let to = &taken.to;
    let all = count(taken.open + taken.time_wait, "connection");
    let all_zh = taken.open + taken.time_wait;
    let which = taken.which();
    let again = match taken.time_wait {
        0 => Text::default(),
        _ => Text::new(
            " TIME-WAIT takes 60 s at the end that closed first.",
            "先关的一端要在 TIME-WAIT 里等 60 s。",
        ),
    };
    let mut steps = Steps::new(reading);
    steps.add(
        Some(request.first),
        EvidenceRole::Asked,
        Text::new("the caller made the request", "调用方发起请求"),
    );
    steps.failed(request);
    Finding {
        code: KIND.code,
        severity: KIND.severity,
        request: Some(request.id),
        title: Text::made(
            format!("Request {number} found no local port"),
            format!("第 {number} 个请求找不到空闲的本地端口"),
        ),
        explanation: Text::made(
            format!(
                "connect() failed at once: all local ports are taken by {all} to {to} ({}). Nothing of the {method} was sent, and no handler ran.{}",
                which.en, again.en
            ),
            format!(
                "connect() 立刻失败：到 {to} 的 {all_zh} 条连接占满了本地端口（{}）。{method} 根本没发出去，处理函数没有执行。{}",
                which.zh, again.zh
            ),
        ),
        evidence: steps.in_order(),
        remedies: Vec::new(),
    }
}
