//! One reading of a trace, which all findings share: requests, attempts, connections, races.
//!
//! Everything is gathered in one pass, so that a long run costs its length and no more.

use crate::capture::{self, Captured};
use crate::race::{self, Race};
use crate::report::{Outcome, RequestReport};
use litemap::LiteMap;
use std::time::Duration;
use whyeof_trace::{
    Event, Failure, FlowId, HostId, PoolEvent, ProgramId, Record, RecordId, RequestEvent,
    RequestId, Returned, Role, Side, SocketEvent, SocketId, Time, TimerEvent, Trace,
};

/// A trace and what one pass over it tells.
#[derive(Debug)]
pub struct Reading<'a> {
    /// The trace.
    pub trace: &'a Trace,
    /// Requests that were started.
    pub requests: LiteMap<RequestId, RequestReport>,
    /// Attempts in the order in which they got their connections.
    pub attempts: Vec<Attempt>,
    /// The last attempt of each request, by its place among them.
    last: LiteMap<RequestId, usize>,
    /// Attempts that ended because the server was closing their connection; in the order of the attempts.
    pub races: Vec<Race>,
    /// What became of each request, as far as a capture shows it; empty for a run.
    pub captured: Captured,
    /// The records of each connection.
    flows: Vec<Vec<RecordId>>,
    /// What was dialled for each request, in order.
    dials: LiteMap<RequestId, Vec<(RecordId, SocketId)>>,
}

/// One attempt of a request, on one connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// The request.
    pub request: RequestId,
    /// Which attempt of it, from 1.
    pub number: u16,
    /// The client's end of the connection.
    pub socket: SocketId,
    /// When it got the connection.
    pub checkout: RecordId,
    /// Whether the connection counted as reused.
    pub reused: bool,
    /// How long the connection had been in the pool.
    pub idle_for: Duration,
    /// Whether no attempt had had this connection before.
    pub first_on_connection: bool,
    /// When it was handed to the kernel, to its last byte.
    pub written: Option<RecordId>,
    /// `Finished`, `Failed` or `Retried`.
    pub ended: Option<RecordId>,
    /// How it failed.
    pub failure: Option<Failure>,
}

impl<'a> Reading<'a> {
    /// Reads a capture: what its packets say of each request, too.
    pub fn of_capture(trace: &'a Trace) -> Self {
        let mut reading = Self::new(trace);
        reading.captured = capture::read(&reading);
        reading.note_endings();
        reading
    }

    /// Reads a run.
    pub fn new(trace: &'a Trace) -> Self {
        let mut reading = Self {
            trace,
            requests: LiteMap::new(),
            attempts: Vec::new(),
            last: LiteMap::new(),
            races: Vec::new(),
            captured: Captured::default(),
            flows: vec![Vec::new(); trace.flows.len()],
            dials: LiteMap::new(),
        };
        let mut carried = vec![false; trace.flows.len()];
        for record in &trace.records {
            if let Some(flow) = record.event.flow() {
                reading.flows[flow.index()].push(record.id);
            }
            match record.event {
                Event::Request(event) => reading.request(record, event),
                Event::Pool(PoolEvent::Dial { request, socket }) => {
                    let dials = reading.dials.entry(request).or_default();
                    dials.push((record.id, socket));
                }
                Event::Pool(PoolEvent::Checkout {
                    request,
                    socket,
                    reused,
                    idle_for,
                }) => {
                    let carried = &mut carried[socket.flow.index()];
                    let attempt = Attempt {
                        request,
                        number: 1,
                        socket,
                        checkout: record.id,
                        reused,
                        idle_for,
                        first_on_connection: !std::mem::replace(carried, true),
                        written: None,
                        ended: None,
                        failure: None,
                    };
                    reading.checkout(attempt);
                }
                _ => {}
            }
        }
        reading.count_behind();
        reading.races = race::races(&reading);
        reading
    }

    fn checkout(&mut self, mut attempt: Attempt) {
        if let Some(request) = self.requests.get_mut(&attempt.request) {
            request.attempts = request.attempts.max(1);
            request.reused = attempt.reused;
            request.conn = Some(attempt.socket);
            attempt.number = request.attempts;
        }
        self.last.insert(attempt.request, self.attempts.len());
        self.attempts.push(attempt);
    }

    fn request(&mut self, record: &Record, event: RequestEvent) {
        let id = event.request();
        if let RequestEvent::Started { .. } = event {
            let report = RequestReport::started(self.trace, id, record);
            self.requests.insert(id, report);
            return;
        }
        // Passing on is not executing.
        let runs = match event {
            RequestEvent::Executed { socket, .. } => !self.is_proxy(socket),
            _ => false,
        };
        let Some(request) = self.requests.get_mut(&id) else {
            return;
        };
        // What comes after an attempt's end belongs to the next one, once that has a connection.
        let last = self.last.get(&id).map(|at| &mut self.attempts[*at]);
        let attempt = last.filter(|attempt| attempt.ended.is_none());
        let failure = match event {
            RequestEvent::Written { .. } => {
                request.sent += 1;
                if let Some(attempt) = attempt {
                    attempt.written = Some(record.id);
                }
                return;
            }
            RequestEvent::Executed { .. } => {
                request.executed += u16::from(runs);
                return;
            }
            RequestEvent::Head { status, .. } => {
                request.status = Some(status);
                return;
            }
            RequestEvent::Retried { attempt, after, .. } => {
                request.attempts = attempt;
                Some(after)
            }
            RequestEvent::Finished { .. } => {
                request.end(record, Outcome::Ok);
                None
            }
            RequestEvent::Failed { failure, text, .. } => {
                request.end(record, Outcome::Failed);
                request.error = Some(self.trace.text(text).to_owned());
                request.failure = Some(failure);
                Some(failure)
            }
            _ => return,
        };
        if let Some(attempt) = attempt {
            attempt.ended = Some(record.id);
            attempt.failure = failure;
        }
    }

    /// In a capture, requests end as their packets say. What the caller was told is not known.
    fn note_endings(&mut self) {
        for exchange in self
            .captured
            .conversations
            .iter()
            .flat_map(|it| &it.exchanges)
        {
            let request = exchange.request.and_then(|id| self.requests.get_mut(&id));
            let Some(request) = request else { continue };
            request.attempts = 1;
            request.reused = exchange.turn > 1;
            request.conn = Some(SocketId {
                flow: exchange.flow,
                side: Side::Opener,
            });
            if let (true, Some(end)) = (exchange.became.is_bad(), exchange.became.record()) {
                request.end(self.trace.record(end), Outcome::Failed);
            }
        }
    }

    /// Whether a connection's listener passes requests on.
    fn is_proxy(&self, socket: SocketId) -> bool {
        let flow = self.trace.flow(socket.flow);
        let (host, port) = (flow.host(Side::Listener), flow.port(Side::Listener));
        self.trace.programs.iter().any(|program| {
            program.role == Role::Proxy && program.host == host && program.listens == Some(port)
        })
    }

    /// What ran behind proxies ran for whoever asked them. Later requests are made for earlier ones.
    fn count_behind(&mut self) {
        let ids: Vec<RequestId> = self.requests.keys().rev().copied().collect();
        for id in ids {
            let made = self.requests.get(&id).map(|r| (r.parent, r.executed));
            let Some((Some(parent), executed)) = made else {
                continue;
            };
            if let Some(asked) = self.requests.get_mut(&parent) {
                asked.executed += executed;
            }
        }
    }

    /// Where a handler first began for a request, at whatever hop it ended.
    pub fn began(&self, id: RequestId) -> Option<RecordId> {
        let mut records = self.trace.records.iter();
        let found = records.find(|r| match r.event {
            Event::Request(RequestEvent::Executed {
                request, socket, ..
            }) => self.is_for(request, id) && !self.is_proxy(socket),
            _ => false,
        });
        found.map(|r| r.id)
    }

    /// The request whose handler was at work on a connection then: the earliest that had been begun and not answered.
    pub(crate) fn at_work(&self, flow: FlowId, until: RecordId) -> Option<RequestId> {
        let mut open = Vec::new();
        for record in self.of_flow(flow).take_while(|r| r.id < until) {
            match record.event {
                Event::Request(RequestEvent::Executed { request, .. }) => open.push(request),
                Event::Request(RequestEvent::Responded { request, .. }) => {
                    open.retain(|r| *r != request);
                }
                _ => {}
            }
        }
        open.first().copied()
    }

    /// Whether a request is this one, or was made for it.
    fn is_for(&self, mut request: RequestId, id: RequestId) -> bool {
        while request != id {
            match self.trace.requests[request.index()].parent {
                Some(parent) => request = parent,
                None => return false,
            }
        }
        true
    }

    /// The records of one connection, in order.
    pub fn of_flow(&self, flow: FlowId) -> impl DoubleEndedIterator<Item = &'a Record> {
        let trace = self.trace;
        self.flows[flow.index()].iter().map(|id| trace.record(*id))
    }

    /// Connections, by number.
    pub(crate) fn flow_ids(&self) -> impl Iterator<Item = FlowId> + use<> {
        (0..).zip(0..self.flows.len()).map(|(n, _)| FlowId(n))
    }

    /// When a record was made.
    pub fn time(&self, record: RecordId) -> Time {
        self.trace.record(record).time
    }

    /// The server program that a race is about: its setting tells, else the host.
    pub(crate) fn server_of(&self, race: &Race) -> Option<ProgramId> {
        let by_setting = race.setting.and_then(|s| self.trace.setting(s).program);
        by_setting.or_else(|| {
            let socket = self.attempts[race.attempt].socket;
            let host = self.trace.host_of(socket.peer());
            other_than(self.trace, Role::Client, host)
        })
    }

    /// How long the timer was set for that ended the connection of a race.
    pub(crate) fn limit_of(&self, race: &Race) -> Option<Duration> {
        let set = self.trace.record(race.set?);
        match set.event {
            Event::Timer(TimerEvent::Set { until, .. }) => Some(until.since(set.time)),
            _ => None,
        }
    }

    /// The client's runtime as people call it: `Go`.
    pub(crate) fn runtime_of(&self, request: RequestId) -> &'a str {
        let program = self.trace.requests[request.index()].program;
        runtime_name(&self.trace.program(program).runtime)
    }

    /// The last attempt of a request.
    pub(crate) fn last_attempt(&self, request: RequestId) -> Option<&Attempt> {
        self.last.get(&request).map(|at| &self.attempts[*at])
    }

    /// The last socket that was dialled for a request, by the time it ended.
    pub(crate) fn dialled(&self, request: &RequestReport) -> Option<SocketId> {
        let (dials, last) = (self.dials.get(&request.id)?, request.last?);
        let before = dials.iter().rev().find(|(dialled, _)| *dialled < last);
        before.map(|(_, socket)| *socket)
    }

    /// A request's number, as people count.
    pub(crate) fn number(&self, request: RequestId) -> u32 {
        self.trace.requests[request.index()].number
    }

    /// The read that had told the client, before an attempt got its connection, that nothing more would come on it.
    pub(crate) fn told_before(&self, attempt: &Attempt) -> Option<RecordId> {
        let tells = |r: &&Record| match r.event {
            Event::Socket(SocketEvent::Returned { socket, result, .. }) => {
                let over = matches!(result, Returned::EndOfStream | Returned::Error(_));
                socket == attempt.socket && over
            }
            _ => false,
        };
        let flow = self.of_flow(attempt.socket.flow);
        let mut before = flow.take_while(|r| r.id < attempt.checkout);
        before.find(tells).map(|r| r.id)
    }

    /// Whether a request carries a header that makes Go send it again.
    pub(crate) fn has_idempotency_key(&self, request: RequestId) -> bool {
        ["idempotency-key:", "x-idempotency-key:"]
            .iter()
            .any(|field| self.has_field(request, field))
    }

    /// Whether its client does not want the connection kept.
    pub(crate) fn asks_to_close(&self, request: RequestId) -> bool {
        self.has_field(request, "connection: close")
    }

    /// Whether a line of a request's head begins so, in lower case.
    fn has_field(&self, request: RequestId, begin: &str) -> bool {
        let mut messages = self.trace.messages.iter();
        messages
            .find(|m| m.request == request)
            .is_some_and(|message| {
                let head = self.trace.text(message.head).to_ascii_lowercase();
                head.lines().any(|line| line.starts_with(begin))
            })
    }
}

/// The program on a host that is not in this role: of those who take connections all but clients, of those who open them all but servers.
pub(crate) fn other_than(trace: &Trace, role: Role, host: HostId) -> Option<ProgramId> {
    let mut programs = (0..).map(ProgramId).zip(&trace.programs);
    let found = programs.find(|(_, it)| it.host == host && it.role != role)?;
    Some(found.0)
}

/// A runtime as people call it, from its profile's id.
pub(crate) fn runtime_name(profile: &str) -> &str {
    match profile.split('-').next() {
        Some("go") => "Go",
        Some("node") => "Node",
        Some("nginx") => "nginx",
        Some("alb") => "ALB",
        _ => profile,
    }
}
