//! What holds in every run, whatever the plan.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;
use whyeof_sim::http::client::ClientConfig;
use whyeof_sim::http::client::body::Reads;
use whyeof_sim::http::server::ServerConfig;
use whyeof_sim::net::fault::Effect;
use whyeof_sim::plan::{HostPlan, Plan, ProgramPlan, RolePlan};
use whyeof_trace::replay::{Pooled, Snapshot};
use whyeof_trace::{
    Call, Culprit, Event, Failure, FaultEvent, Flags, Flow, FlowId, HostId, Packet, PoolEvent,
    Record, RecordId, RequestEvent, RequestId, Returned, Segment, SegmentEvent, Side, SocketEvent,
    SocketId, State, Stop, Time, Timer, TimerEvent, TimerKind, TimerOf, Trace,
};

/// The invariant.
pub(super) const INVARIANT: super::Invariant = super::Invariant {
    name: "the laws of TCP and of programs hold",
    every: 1,
    holds: |seen| hold(&seen.plan, &seen.trace),
};

/// Holds a trace against every law.
///
/// # Errors
/// The first law that is broken, and where.
pub fn hold(plan: &Plan, trace: &Trace) -> Result<(), String> {
    let mut books = Books {
        weather: Weather::of(plan),
        ..Books::default()
    };
    let mut last = Time::ZERO;
    for (index, record) in trace.records.iter().enumerate() {
        let law = |ok: bool, what: &str| {
            let broken = || format!("record {index}: {what}: {record:?}");
            if ok { Ok(()) } else { Err(broken()) }
        };
        law(record.id.index() == index, "ids count up")?;
        law(record.time >= last, "time goes forward")?;
        last = record.time;
        let because = record.cause.map(|c| trace.record(c));
        let forward = |c: &Record| c.id < record.id && c.time <= record.time;
        law(because.is_none_or(forward), "causes come before")?;
        let found = match record.event {
            Event::Segment(event) => books.segment(plan, trace, record, event),
            Event::Socket(event) => books.socket(trace, record, event),
            Event::Timer(event) => books.timer(record, event),
            Event::Pool(event) => books.pool(plan, trace, event),
            Event::Request(event) => books.request(trace, record, event),
            Event::Fault(FaultEvent::PoweredOff) => {
                books.powered_off(trace, record.host);
                Ok(())
            }
            Event::Fault(_) => Ok(()),
        };
        found.or_else(|what| law(false, &what))?;
    }
    books.at_end(plan, trace)
}

/// What a plan lets happen.
#[derive(Clone, Copy, Default)]
struct Weather {
    /// Some packets overtake others.
    reorders: bool,
    /// Some come twice.
    doubles: bool,
    /// Somebody on the way, or a host that rejects, speaks in the name of others.
    speaks_for_others: bool,
    /// A program of socket calls does what it was told to, and not what it should.
    told_when: bool,
    /// Somebody ends a process, or a machine.
    processes_end: bool,
    /// Nothing goes wrong, and programs read and close when they should and not when they are told to.
    is_fair: bool,
}

impl Weather {
    fn of(plan: &Plan) -> Self {
        let any = |wanted: fn(&Effect) -> bool| plan.faults.iter().any(|f| wanted(&f.effect));
        let answers = |e: &Effect| matches!(e, Effect::Reject(_) | Effect::Forget(_));
        let lossless = plan.paths.iter().all(|p| p.path.loss_ppm == 0);
        Self {
            reorders: any(|e| matches!(e, Effect::Delay(_))),
            doubles: any(|e| *e == Effect::Duplicate),
            speaks_for_others: any(answers) || !plan.commands.is_empty(),
            told_when: plan
                .programs
                .iter()
                .any(|p| matches!(p.role, RolePlan::Sockets(_))),
            processes_end: !plan.commands.is_empty() || plan.programs.iter().any(ends),
            is_fair: plan.faults.is_empty()
                && plan.commands.is_empty()
                && lossless
                && plan.hosts.iter().all(takes_data)
                && plan.programs.iter().all(is_prompt),
        }
    }
}

/// Whether a machine has room for what comes: with a buffer of some bytes its window never opens, and what finds the queue for accept(2) full is
/// thrown away.
const fn takes_data(host: &HostPlan) -> bool {
    host.sysctl.tcp_rmem[0] >= 4_096 && host.sysctl.somaxconn >= crate::LIMITS.flows
}

/// Whether a program's process ends while it is simulated.
fn ends(program: &ProgramPlan) -> bool {
    match &program.role {
        RolePlan::Client(config) => config.exit.is_some(),
        RolePlan::Server(config) => config.exit.is_some(),
        RolePlan::Proxy(_) | RolePlan::Sockets(_) => false,
    }
}

/// What of a program asks others through a pool.
fn client_of(program: &ProgramPlan) -> Option<&ClientConfig> {
    match &program.role {
        RolePlan::Client(config) => Some(config),
        RolePlan::Proxy(config) => Some(&config.client),
        RolePlan::Server(_) | RolePlan::Sockets(_) => None,
    }
}

/// Whether a program does what it should when it should.
fn is_prompt(program: &ProgramPlan) -> bool {
    let reads = |config: &ClientConfig| {
        let mut rows = config.workloads.iter();
        config.exit.is_none() && rows.all(|row| row.reads == Reads::All)
    };
    let answers = |config: &ServerConfig| config.exit.is_none() && config.shutdown.is_none();
    let role = match &program.role {
        RolePlan::Client(config) => reads(config),
        RolePlan::Server(config) => answers(config),
        RolePlan::Proxy(config) => reads(&config.client) && answers(&config.server),
        RolePlan::Sockets(_) => false,
    };
    role && program.busy.is_empty()
}

/// Whether whoever is said to have lost a packet can have done so.
fn may_lose(plan: &Plan, by: Culprit) -> bool {
    let is_there = |n: u16| usize::from(n) < plan.faults.len() + plan.commands.len();
    match by {
        Culprit::Link => plan.paths.iter().any(|p| p.path.loss_ppm > 0),
        Culprit::Rule(n) | Culprit::OwnRule(n) => is_there(n),
        Culprit::Box(n) => {
            let fault = plan.faults.get(usize::from(n));
            fault.is_some_and(|f| matches!(f.effect, Effect::Forget(_)))
        }
        // It is down.
        Culprit::Host(_) => !plan.commands.is_empty(),
    }
}

/// What the laws need to remember.
#[derive(Default)]
struct Books {
    weather: Weather,
    /// Ranges of a sender's stream that arrived ahead of their turn.
    early: BTreeMap<SocketId, BTreeSet<(u32, u32)>>,
    /// The highest number acknowledged to a sender.
    acked: BTreeMap<SocketId, u32>,
    states: BTreeMap<SocketId, State>,
    /// Bytes that the program wrote; that arrived from it in order; that the other end's program read.
    streams: BTreeMap<SocketId, [u32; 3]>,
    /// Segments that have been sent and have not arrived.
    under_way: BTreeSet<RecordId>,
    /// When data of this end last arrived.
    arrived_at: BTreeMap<SocketId, Time>,
    /// When a socket took on its state.
    since: BTreeMap<SocketId, Time>,
    /// Sockets that their programs have from connect(2) or accept(2).
    given: BTreeSet<SocketId>,
    /// Sockets that their programs have closed.
    closed: BTreeSet<SocketId>,
    last_arrived: BTreeMap<SocketId, RecordId>,
    /// Sockets that ever had a timer.
    timed: BTreeSet<SocketId>,
    armed: BTreeMap<(HostId, TimerKind, TimerOf), (RecordId, Time)>,
    pooled: BTreeMap<SocketId, Pooled>,
    /// The program that opened a connection, and where to, as its URLs have it: a name for several machines has one pool.
    owners: BTreeMap<SocketId, (usize, String)>,
    requests: BTreeMap<RequestId, Ask>,
}

#[derive(Default)]
struct Ask {
    attempts: u16,
    executed: u16,
    responded: u16,
    heads: u16,
    /// Its caller has stopped waiting and cancelled nothing.
    abandoned: bool,
    ended: u16,
}

type Law = Result<(), String>;

fn law(ok: bool, what: impl Into<String>) -> Law {
    if ok { Ok(()) } else { Err(what.into()) }
}

impl Books {
    fn segment(&mut self, plan: &Plan, trace: &Trace, record: &Record, event: SegmentEvent) -> Law {
        match event {
            SegmentEvent::Sent(packet) => {
                self.under_way.insert(record.id);
                match packet {
                    Packet::Tcp(segment) => self.sent(trace, record, &segment),
                    Packet::Unreachable { .. } => law(
                        self.weather.speaks_for_others,
                        "nobody rejects a packet unless told to",
                    ),
                }
            }
            SegmentEvent::Arrived(packet) => {
                self.leaves_the_wire(trace, record, packet)?;
                match packet {
                    Packet::Tcp(segment) => self.arrived(record, &segment),
                    Packet::Unreachable { .. } => Ok(()),
                }
            }
            SegmentEvent::Dropped { packet, by } => {
                law(may_lose(plan, by), "nobody loses a packet who need not")?;
                self.leaves_the_wire(trace, record, packet)
            }
        }
    }

    fn sent(&mut self, trace: &Trace, record: &Record, s: &Segment) -> Law {
        let from = SocketId {
            flow: s.flow,
            side: s.from,
        };
        let open = self.states.get(&from).is_some_and(|s| *s != State::Closed);
        law(
            open || s.flags.has(Flags::RST) || has_twin(trace, s.flow),
            "no segment but a reset after the socket is gone",
        )?;
        law(record.host == trace.host_of(from), "sent by its host")?;
        let written = self.streams.entry(from).or_default()[0];
        law(
            s.len == 0 || s.payload().end() <= written || has_twin(trace, s.flow),
            "sends what was written",
        )
    }

    /// A packet arrives or is lost, as it was sent, once.
    fn leaves_the_wire(&mut self, trace: &Trace, record: &Record, packet: Packet) -> Law {
        let cause = record.cause.ok_or("it was sent before")?;
        let because = trace.record(cause);
        if because.event != Event::Segment(SegmentEvent::Sent(packet)) {
            // A box on the way speaks in the name of the other end, and one socket's segment may meet another's.
            let refuses = packet.segment().is_none_or(|s| s.flags.has(Flags::RST));
            let from_a_box = refuses && self.weather.speaks_for_others;
            let twin = has_twin(trace, packet.flow());
            return law(from_a_box || twin, "leaves the wire as it was sent");
        }
        let first = self.under_way.remove(&cause);
        law(first || self.weather.doubles, "leaves the wire once")
    }

    fn arrived(&mut self, record: &Record, s: &Segment) -> Law {
        let from = SocketId {
            flow: s.flow,
            side: s.from,
        };
        let before = record
            .cause
            .and_then(|sent| Some((self.last_arrived.insert(from, sent)?, sent)));
        let in_order = before.is_none_or(|(before, sent)| before < sent);
        let Weather {
            reorders,
            doubles,
            speaks_for_others,
            ..
        } = self.weather;
        law(
            in_order || reorders || doubles || speaks_for_others,
            "nothing overtakes",
        )?;
        if s.flags.has(Flags::ACK) {
            let acked = self.acked.entry(from.peer()).or_default();
            *acked = (*acked).max(s.ack.0);
        }
        self.data_arrives(from, (s.payload().offset, s.payload().end()), record.time);
        law(
            !s.flags.has(Flags::RST) || s.len == 0,
            "a reset carries nothing",
        )
    }

    /// Part of a stream arrives; what is in order counts, and what waited for it.
    fn data_arrives(&mut self, from: SocketId, range: (u32, u32), now: Time) {
        if range.0 == range.1 {
            return;
        }
        let early = self.early.entry(from).or_default();
        early.insert(range);
        let [_, arrived, _] = self.streams.entry(from).or_default();
        while let Some(first) = early.first().copied()
            && first.0 <= *arrived
        {
            early.pop_first();
            if first.1 > *arrived {
                *arrived = first.1;
                self.arrived_at.insert(from, now);
            }
        }
    }

    fn socket(&mut self, trace: &Trace, record: &Record, event: SocketEvent) -> Law {
        match event {
            SocketEvent::Entered { socket, from, to } => {
                let known = self.states.insert(socket, to).unwrap_or(State::Closed);
                self.since.insert(socket, record.time);
                self.timed.remove(&socket);
                if from == State::Closed {
                    // An old SYN may open it once more.
                    self.given.remove(&socket);
                    self.closed.remove(&socket);
                }
                law(known == from, format!("leaves the state it is in, {known}"))?;
                law(record.host == trace.host_of(socket), "on its host")?;
                law(may_follow(from, to), "a step of the state diagram")
            }
            SocketEvent::Called {
                socket,
                call: Call::Write { len, .. },
            } => {
                // A write that fails is taken back when it returns.
                self.streams.entry(socket).or_default()[0] += len;
                Ok(())
            }
            SocketEvent::Returned {
                socket,
                call: Call::Write { len, .. },
                result: Returned::Error(_),
            } => {
                self.streams.entry(socket).or_default()[0] -= len;
                Ok(())
            }
            SocketEvent::Returned {
                socket,
                call: Call::Read,
                result: Returned::Bytes(n),
            } => {
                let [written, arrived, read] = self.streams.entry(socket.peer()).or_default();
                *read += n;
                law(n > 0, "reads something")?;
                law(
                    read <= arrived && arrived <= written || has_twin(trace, socket.flow),
                    "reads a prefix of what was written",
                )
            }
            SocketEvent::Called {
                socket,
                call: Call::Close,
            } => {
                // Who is told to may close again: EBADF.
                let told = self.weather.told_when;
                law(self.closed.insert(socket) || told, "closes once")
            }
            SocketEvent::Returned {
                socket,
                call: Call::Connect | Call::Accept,
                ..
            } => law(self.given.insert(socket), "connects once"),
            SocketEvent::Called { .. }
            | SocketEvent::Returned { .. }
            | SocketEvent::Failed { .. } => Ok(()),
        }
    }

    fn timer(&mut self, record: &Record, event: TimerEvent) -> Law {
        let timer = event.timer();
        let kernel = timer.kind.is_kernel();
        let key = (record.host, timer.kind, timer.of);
        if !is_one(timer) {
            return Ok(());
        }
        match event {
            TimerEvent::Set { until, .. } => {
                let old = self.armed.insert(key, (record.id, until));
                law(kernel || old.is_none(), "only kernel timers are replaced")?;
                law(until >= record.time, "ends later")?;
            }
            TimerEvent::Cleared { .. } => {
                law(self.armed.remove(&key).is_some(), "was armed")?;
            }
            TimerEvent::Fired { .. } => {
                let (by, until) = self.armed.remove(&key).ok_or("was armed")?;
                law(record.cause == Some(by), "fires because it was armed")?;
                law(record.time >= until, "is never early")?;
                law(!kernel || record.time == until, "fires on the wheel")?;
            }
        }
        let TimerOf::Socket(socket) = timer.of else {
            return Ok(());
        };
        self.timed.insert(socket);
        let state = self.states.get(&socket).copied();
        let open = state.is_some_and(|s| s != State::Closed);
        let clears = matches!(event, TimerEvent::Cleared { .. });
        law(
            !kernel || clears || open,
            "no kernel timer of a closed socket",
        )
    }

    fn pool(&mut self, plan: &Plan, trace: &Trace, event: PoolEvent) -> Law {
        match event {
            PoolEvent::Dial { request, socket } => {
                self.within_limits(plan)?;
                let asked = &trace.requests[request.index()];
                let program = usize::from(asked.program.0);
                let has_names = client_of(&plan.programs[program])
                    .is_some_and(|config| !config.names.is_empty());
                let to = if has_names {
                    trace
                        .text(asked.url)
                        .split('/')
                        .nth(2)
                        .unwrap_or_default()
                        .to_owned()
                } else {
                    let flow = trace.flow(socket.flow);
                    format!("{:?}:{}", flow.hosts[1], flow.ports[1])
                };
                let owner = (program, to);
                self.owners.insert(socket, owner);
                let old = self.pooled.insert(socket, Pooled::Dialling);
                law(old.is_none(), "dials a new connection")?;
                self.within_limits(plan)
            }
            PoolEvent::Checkout {
                request, socket, ..
            } => {
                self.within_limits(plan)?;
                let old = self.pooled.insert(socket, Pooled::InUse);
                self.requests.entry(request).or_default().attempts += 1;
                let asker = usize::from(trace.requests[request.index()].program.0);
                if matches!(plan.programs[asker].role, RolePlan::Sockets(_)) {
                    // It has no pool, and asks again whenever it was told to.
                    return Ok(());
                }
                law(old.is_some(), "the pool has it")?;
                // A connection that is handed on goes from request to request without being idle.
                let handed = old == Some(Pooled::InUse);
                law(
                    !handed || !self.has_request(trace, socket),
                    "has no other request",
                )
            }
            PoolEvent::Park { socket, .. } => {
                let old = self.pooled.insert(socket, Pooled::Idle);
                law(
                    matches!(old, Some(Pooled::InUse | Pooled::Dialling)),
                    "parks what was in use",
                )
            }
            PoolEvent::Evict { socket, .. } => {
                law(self.pooled.remove(&socket).is_some(), "the pool had it")
            }
            PoolEvent::Wait { .. } => Ok(()),
        }
    }

    /// The programs of a machine are gone without a word; its kernel clears what it had.
    fn powered_off(&mut self, trace: &Trace, host: HostId) {
        self.pooled
            .retain(|socket, _| trace.host_of(*socket) != host);
        self.armed
            .retain(|(of, kind, _), _| *of != host || kind.is_kernel());
    }

    /// Whether a request that was given this connection has not got its response yet: more requests than responses read.
    fn has_request(&self, trace: &Trace, socket: SocketId) -> bool {
        let read = self.streams.get(&socket.peer()).map_or(0, |s| s[2]);
        let asked = trace
            .messages
            .iter()
            .filter(|m| m.sender == socket && m.offset < self.streams[&socket][0]);
        let answered = trace
            .messages
            .iter()
            .filter(|m| m.sender == socket.peer() && m.end() <= read);
        asked.count() > answered.count()
    }

    fn within_limits(&self, plan: &Plan) -> Law {
        for (number, program) in plan.programs.iter().enumerate() {
            let Some(config) = client_of(program) else {
                continue;
            };
            let mut open: BTreeMap<_, u32> = BTreeMap::new();
            let mut idle: BTreeMap<_, u32> = BTreeMap::new();
            for (socket, state) in &self.pooled {
                if let Some((owner, to)) = self.owners.get(socket)
                    && *owner == number
                {
                    *open.entry(to).or_default() += 1;
                    *idle.entry(to).or_default() += u32::from(*state == Pooled::Idle);
                }
            }
            let within = |count: u32, most: Option<u32>| most.is_none_or(|most| count <= most);
            let pool = &config.pool;
            law(
                open.values().all(|n| within(*n, pool.max_per_host)),
                "MaxConnsPerHost holds",
            )?;
            law(
                idle.values().all(|n| within(*n, pool.max_idle_per_host)),
                "MaxIdleConnsPerHost holds",
            )?;
            law(
                within(idle.values().sum(), pool.max_idle),
                "MaxIdleConns holds",
            )?;
        }
        Ok(())
    }

    fn request(&mut self, trace: &Trace, record: &Record, event: RequestEvent) -> Law {
        let started = matches!(event, RequestEvent::Started { .. });
        let known = self.requests.contains_key(&event.request());
        law(known != started, "starts once and before anything else")?;
        let ask = self.requests.entry(event.request()).or_default();
        match event {
            RequestEvent::Started { .. } => {}
            RequestEvent::Written { attempt, .. } => {
                law(attempt == ask.attempts, "writes the present attempt")?;
            }
            RequestEvent::Executed { attempt, .. } => {
                ask.executed += 1;
                law(attempt <= ask.attempts, "runs an attempt that was made")?;
                law(ask.executed <= ask.attempts, "an attempt runs once")?;
            }
            RequestEvent::Responded { .. } => {
                ask.responded += 1;
                law(ask.responded <= ask.executed, "answers what ran")?;
            }
            RequestEvent::Head { .. } => ask.heads += 1,
            RequestEvent::Retried { .. } => {
                law(ask.ended == 0 || ask.abandoned, "not after its end")?;
            }
            RequestEvent::Finished { .. } => {
                ask.ended += 1;
                law(ask.heads > 0, "ends well with a response")?;
                let answered = because_of(trace, record.id);
                let of_it = answered.is_some_and(|it| is_part(trace, it, event.request()));
                // What was lost or had to wait goes out when something else has come.
                law(of_it || !self.weather.is_fair, "ends because of it")?;
            }
            RequestEvent::Failed { failure, .. } => {
                ask.ended += 1;
                ask.abandoned = failure == Failure::Abandoned;
            }
            RequestEvent::Late { .. } => law(ask.ended == 1, "late after its end")?,
            RequestEvent::BodyLeft { .. } => law(
                ask.ended == 0 || ask.abandoned,
                "leaves a body before its end",
            )?,
        }
        law(ask.ended <= 1, "ends once")
    }

    fn at_end(&self, plan: &Plan, trace: &Trace) -> Law {
        let now = Snapshot::after(trace, trace.records.len());
        let open = self.states.iter().filter(|(_, s)| **s != State::Closed);
        let open: Vec<_> = open.map(|(id, state)| (*id, *state)).collect();
        let replayed = now.sockets.iter().map(|(id, s)| (*id, s.state));
        law(replayed.eq(open.iter().copied()), "replay: sockets")?;
        let places = now.pool.iter().map(|(id, now)| (id, &now.place));
        law(places.eq(&self.pooled), "replay: pool")?;
        let timers = now.timers.iter();
        let mut timers: Vec<_> = timers
            .filter(|t| is_one(t.timer))
            .map(|t| (t.by, t.until))
            .collect();
        timers.sort_unstable();
        let mut armed: Vec<_> = self.armed.values().copied().collect();
        armed.sort_unstable();
        law(timers == armed, "replay: timers")?;
        let kernel = self.armed.keys().filter(|(_, kind, _)| kind.is_kernel());
        let of_open = |of: &TimerOf| match of {
            TimerOf::Socket(id) => self.states[id] != State::Closed,
            _ => false,
        };
        law(
            kernel.map(|(_, _, of)| of).all(of_open),
            "no kernel timer stays armed on a closed socket",
        )?;
        self.somebody_will_act(trace, &open)?;
        self.programs_are_told(trace)?;
        let waiting = self.requests.iter().filter(|(_, ask)| ask.ended == 0);
        let waiting: Vec<_> = waiting.map(|(id, _)| *id).collect();
        if trace.stop == Stop::Quiet {
            let fair = self.weather.is_fair;
            law(
                waiting.is_empty() || !fair,
                "quiet: every request has ended",
            )?;
            // A process that ends says nothing of its timers.
            let mut armed = self.armed.keys();
            let ends = self.weather.processes_end;
            law(
                armed.all(|(_, kind, _)| ends && !kind.is_kernel()),
                "quiet: no timer is armed",
            )?;
            law(self.under_way.is_empty(), "quiet: nothing is under way")?;
        }
        waiting.iter().try_for_each(|id| in_time(plan, trace, *id))
    }
}

/// Whether no other timer has the same name: two clients of one host have the same for their workloads', and a signal reaches a process like a
/// timer that is due.
const fn is_one(timer: Timer) -> bool {
    !matches!(timer.of, TimerOf::Workload(_) | TimerOf::Program(_))
}

/// Longer than any program takes to notice.
const A_WHILE: Duration = Duration::from_millis(20);

impl Books {
    /// A socket that waits for an answer to something of its own has a timer.
    fn somebody_will_act(&self, trace: &Trace, open: &[(SocketId, State)]) -> Law {
        for (socket, state) in open {
            // What a twin is sent is booked under the latest connection of its addresses and ports.
            if has_twin(trace, socket.flow) {
                continue;
            }
            let timers = self.armed.keys();
            let armed = timers
                .filter(|(_, kind, of)| kind.is_kernel() && *of == TimerOf::Socket(*socket))
                .count();
            let written = self.streams.get(socket).map_or(0, |s| s[0]);
            let acked = self.acked.get(socket).copied().unwrap_or(0);
            let waits = match state {
                State::Established | State::CloseWait => acked <= written,
                State::FinWait2 | State::Listen | State::Closed => false,
                // Answered with a cookie, without keeping state (`tcp_syncookies`).
                State::SynReceived => self.timed.contains(socket),
                _ => true,
            };
            law(
                !waits || armed > 0,
                format!(
                    "{socket:?} in {state} has a timer: {written} written, {acked} acknowledged"
                ),
            )?;
        }
        Ok(())
    }

    /// What arrived a while ago has been read, and a client that was left has left too.
    fn programs_are_told(&self, trace: &Trace) -> Law {
        if !self.weather.is_fair {
            // What arrived may have been refused, and the last ACK of a handshake lost.
            return Ok(());
        }
        let a_while_ago = |time: Time| trace.end.since(time) > A_WHILE;
        for (sender, [_, arrived, read]) in &self.streams {
            let reader = sender.peer();
            let open = self
                .states
                .get(&reader)
                .is_some_and(|s| *s != State::Closed);
            // While a handler is at work one byte is read, in the background; behind a FIN of one's own nothing.
            let busy = self.armed.keys().any(|(_, kind, of)| {
                matches!(kind, TimerKind::Handler | TimerKind::Linger)
                    && *of == TimerOf::Socket(reader)
            });
            let told = arrived == read || !open || busy || self.closed.contains(&reader);
            law(
                told || !a_while_ago(self.arrived_at[sender]),
                format!("{reader:?} has read what arrived"),
            )?;
        }
        for (socket, state) in &self.states {
            let new = *state == State::Established && !self.given.contains(socket);
            law(
                !new || !a_while_ago(self.since[socket]),
                format!("the program has {socket:?}"),
            )?;
            let left = *state == State::CloseWait && socket.side == Side::Opener;
            law(
                !left || !a_while_ago(self.since[socket]),
                format!("{socket:?} closes when the server has"),
            )?;
        }
        Ok(())
    }
}

/// The nearest request among what brought a record about.
fn because_of(trace: &Trace, record: RecordId) -> Option<RequestId> {
    trace.causes(record).skip(1).find_map(|r| match r.event {
        Event::Request(event) => Some(event.request()),
        Event::Pool(PoolEvent::Checkout { request, .. }) => Some(request),
        _ => None,
    })
}

/// Whether the first was made for the second, be it by several hops, or is it.
fn is_part(trace: &Trace, part: RequestId, whole: RequestId) -> bool {
    let parent = |id: &RequestId| trace.requests[id.index()].parent;
    std::iter::successors(Some(part), parent).any(|id| id == whole)
}

/// Whether another connection has the same addresses and ports: a segment of one may then meet a socket of the other.
fn has_twin(trace: &Trace, flow: FlowId) -> bool {
    let own = trace.flow(flow);
    let ends = |f: &Flow| (f.hosts, f.ports);
    trace.flows.iter().filter(|f| ends(f) == ends(own)).count() > 1
}

/// A request that has not ended has not run out of time either, unless its program does not run.
fn in_time(plan: &Plan, trace: &Trace, request: RequestId) -> Law {
    let program = &plan.programs[usize::from(trace.requests[request.index()].program.0)];
    let config = match &program.role {
        RolePlan::Client(config) => config,
        RolePlan::Proxy(config) => &config.client,
        RolePlan::Server(_) => return Err("asked by a client".to_owned()),
        RolePlan::Sockets(_) => return Ok(()),
    };
    if !program.busy.is_empty() || !plan.commands.is_empty() {
        return Ok(());
    }
    let life = trace.life(request).ok_or("started")?;
    let started = trace.record(life.started).time;
    let late = Duration::from_millis(5);
    law(
        config
            .timeout
            .is_none_or(|t| trace.end.since(started) <= t.after + late),
        format!("{request:?} ended when its time was over"),
    )
}

/// RFC 9293 figure 5, with Linux's short cuts to CLOSED.
fn may_follow(from: State, to: State) -> bool {
    use State::{
        CloseWait, Closed, Closing, Established, FinWait1, FinWait2, LastAck, SynReceived, SynSent,
        TimeWait,
    };
    match from {
        Closed => matches!(to, SynSent | SynReceived),
        SynSent => matches!(to, Established | SynReceived | Closed),
        SynReceived => matches!(to, Established | Closed | FinWait1 | CloseWait),
        Established => matches!(to, FinWait1 | CloseWait | Closed),
        FinWait1 => matches!(to, FinWait2 | Closing | TimeWait | Closed),
        FinWait2 => matches!(to, TimeWait | Closed),
        CloseWait => matches!(to, LastAck | Closed),
        Closing => matches!(to, TimeWait | Closed),
        LastAck | TimeWait => to == Closed,
        State::Listen => false,
    }
}
