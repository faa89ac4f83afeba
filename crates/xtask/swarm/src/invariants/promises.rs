//! What programs' settings promise: how long, how many.

use super::{Invariant, law};
use std::collections::BTreeMap;
use std::time::Duration;
use whyeof_sim::chance::Latency;
use whyeof_sim::http::client::ClientConfig;
use whyeof_sim::http::server::ServerConfig;
use whyeof_sim::plan::{Plan, ProgramPlan, RolePlan};
use whyeof_trace::{
    Call, Event, FaultEvent, FlowId, PoolEvent, ProgramId, Record, RequestEvent, RequestId,
    SocketEvent, SocketId, Stop, Time, Trace,
};

pub(super) const INVARIANT: Invariant = Invariant {
    name: "settings are kept",
    every: 1,
    holds: |seen| {
        let mut books = Books {
            plan: &seen.plan,
            trace: &seen.trace,
            due: BTreeMap::new(),
            pooled: BTreeMap::new(),
            served: BTreeMap::new(),
        };
        for record in &seen.trace.records {
            let held = books.take(record);
            held.map_err(|what| format!("{what}: {record:?}"))?;
        }
        books.at_end()
    },
};

/// A connection that a program has dialled and not left.
struct Pooled {
    program: ProgramId,
    /// How many requests have been given it.
    uses: u32,
    /// Until when it may stay without a request, if it has none.
    idle_until: Option<Time>,
}

struct Books<'a> {
    plan: &'a Plan,
    trace: &'a Trace,
    /// Until when each request that is under way must have ended for its caller.
    due: BTreeMap<RequestId, Time>,
    pooled: BTreeMap<SocketId, Pooled>,
    /// Requests that a server has begun on a connection.
    served: BTreeMap<FlowId, u32>,
}

type Law = Result<(), String>;

impl Books<'_> {
    fn take(&mut self, record: &Record) -> Law {
        match record.event {
            Event::Request(RequestEvent::Started { request }) => {
                let due = self.patience(request).map(|span| record.time + span);
                self.due.extend(due.map(|due| (request, due)));
                Ok(())
            }
            Event::Request(
                RequestEvent::Finished { request } | RequestEvent::Failed { request, .. },
            ) => {
                let due = self.due.remove(&request);
                in_time(due, record.time, WAITS)
            }
            Event::Request(RequestEvent::Executed { socket, .. }) => self.executed(socket),
            // The same connection, opened once more by an old SYN.
            Event::Socket(SocketEvent::Returned {
                socket,
                call: Call::Accept,
                ..
            }) => {
                self.served.remove(&socket.flow);
                Ok(())
            }
            Event::Pool(event) => self.pool(event, record.time),
            Event::Fault(FaultEvent::PoweredOff) => {
                // Nobody is there to keep anything.
                let here = |of: ProgramId| self.plan.programs[of.index()].host == record.host;
                let trace = self.trace;
                self.due
                    .retain(|request, _| !here(trace.requests[request.index()].program));
                self.pooled.retain(|_, conn| !here(conn.program));
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// How long the caller of a request waits at most, its timer's lateness included. Rows that ask for the same are not told apart.
    fn patience(&self, request: RequestId) -> Option<Duration> {
        let asked = &self.trace.requests[request.index()];
        let program = &self.plan.programs[asked.program.index()];
        let RolePlan::Client(config) = &program.role else {
            return None;
        };
        let url = self.trace.text(asked.url);
        let rows = config.workloads.iter().filter(|row| {
            (row.method, row.body) == (asked.method, asked.body) && url.ends_with(&row.path)
        });
        let spans = rows.map(|row| row.give_up.map(|deadline| deadline.after));
        let longest = spans.collect::<Option<Vec<_>>>()?.into_iter().max()?;
        Some(longest + late(program, config.latency.timer))
    }

    fn executed(&mut self, socket: SocketId) -> Law {
        let most = self
            .server(socket.flow)
            .and_then(|config| config.max_requests);
        let served = self.served.entry(socket.flow).or_default();
        *served += 1;
        law(most.is_none_or(|most| *served <= most), || {
            format!("a server takes {served} requests on a connection, of {most:?}")
        })
    }

    /// The server at the end of a connection.
    fn server(&self, flow: FlowId) -> Option<&ServerConfig> {
        let flow = self.trace.flow(flow);
        let here = self
            .plan
            .programs
            .iter()
            .filter(|p| p.host == flow.hosts[1]);
        let mut servers = here.filter_map(|program| match &program.role {
            RolePlan::Server(config) => Some(&**config),
            RolePlan::Proxy(config) => Some(&*config.server),
            RolePlan::Client(_) | RolePlan::Sockets(_) => None,
        });
        servers.find(|config| config.listen == flow.ports[1])
    }

    /// The client that a program is or has.
    fn client(&self, program: ProgramId) -> Option<(&ProgramPlan, &ClientConfig)> {
        let program = &self.plan.programs[program.index()];
        match &program.role {
            RolePlan::Client(config) => Some((program, config)),
            RolePlan::Proxy(config) => Some((program, &config.client)),
            RolePlan::Server(_) | RolePlan::Sockets(_) => None,
        }
    }

    fn pool(&mut self, event: PoolEvent, now: Time) -> Law {
        match event {
            PoolEvent::Dial { request, socket } => {
                let program = self.trace.requests[request.index()].program;
                let conn = Pooled {
                    program,
                    uses: 0,
                    idle_until: None,
                };
                self.pooled.insert(socket, conn);
                let all = self.pooled.values().filter(|it| it.program == program);
                let all = all.count() as u64;
                let most = self.client(program).and_then(|(_, it)| it.pool.max_total);
                law(most.is_none_or(|most| all <= most.into()), || {
                    format!("a client has {all} connections, of {most:?}")
                })
            }
            PoolEvent::Checkout { socket, .. } => {
                let Some(conn) = self.pooled.get_mut(&socket) else {
                    // Of a program of socket calls, which has no pool.
                    return Ok(());
                };
                conn.uses += 1;
                let (idle, uses, program) = (conn.idle_until.take(), conn.uses, conn.program);
                let most = self
                    .client(program)
                    .and_then(|(_, it)| it.pool.max_requests);
                law(most.is_none_or(|most| uses <= most), || {
                    format!("a client makes {uses} requests on a connection, of {most:?}")
                })?;
                in_time(idle, now, IDLE)
            }
            PoolEvent::Park { socket, .. } => {
                let program = self.pooled.get(&socket).map(|conn| conn.program);
                let until = program.and_then(|program| self.idle_until(program, now));
                if let Some(conn) = self.pooled.get_mut(&socket) {
                    conn.idle_until = until;
                }
                Ok(())
            }
            PoolEvent::Evict { socket, .. } => {
                let conn = self.pooled.remove(&socket);
                in_time(conn.and_then(|conn| conn.idle_until), now, IDLE)
            }
            PoolEvent::Wait { .. } => Ok(()),
        }
    }

    /// Until when a connection may be idle from now on. A server's hint only makes it shorter.
    fn idle_until(&self, program: ProgramId, now: Time) -> Option<Time> {
        let (program, config) = self.client(program)?;
        let limit = config.pool.idle_timeout?;
        Some(now + limit.after + config.lazy + late(program, config.latency.timer))
    }

    fn at_end(&self) -> Law {
        // Where nothing is left to happen, nothing ends it any more.
        let over = |until: Time| self.trace.stop == Stop::Quiet || self.trace.end > until;
        let mut idle = self.pooled.iter();
        let idle = idle.find(|(_, conn)| conn.idle_until.is_some_and(over));
        law(idle.is_none(), || {
            format!("{IDLE}, until the end: {:?}", idle.map(|it| it.0))
        })?;
        let due = self.due.iter().find(|(_, due)| over(**due));
        law(due.is_none(), || format!("{WAITS}, until the end: {due:?}"))
    }
}

const WAITS: &str = "a caller waits for longer than its deadline";
const IDLE: &str = "a connection is idle for longer than the client's limit";

/// At most so late is what a program does when a timer is due: it may be kept from running, and then does it behind the others' (`busy::timer`).
fn late(program: &ProgramPlan, timer: Latency) -> Duration {
    let busy = program.busy.iter();
    let busy = busy.map(|busy| busy.lasts + busy.lasts / 1_000_000);
    timer.p10.max(timer.p50).max(timer.p90) + busy.sum::<Duration>()
}

fn in_time(until: Option<Time>, now: Time, what: &str) -> Law {
    law(until.is_none_or(|until| now <= until), || what.to_owned())
}
