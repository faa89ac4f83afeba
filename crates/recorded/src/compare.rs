//! A run held against a recording: every connection of both, and every request.

use crate::connection::Connection;
use crate::edges::{Chance, Usual, chance};
use crate::exceptions::Exceptions;
use crate::outcome::{self, Asked, Outcome};
use crate::packet::{Packet, recorded, simulated};
use crate::pools::{Pool, pools};
use serde::Serialize;
use std::fmt;
use std::ops::AddAssign;
use whyeof_scenario::invalid::shorten_to;
use whyeof_scenario::{Scenario, build};
use whyeof_sim::world::run;
use whyeof_trace::{Flow, RequestId, Side, Trace};

/// A recorded run, as texts.
#[derive(Clone, Copy, Debug)]
pub struct Recording<'a> {
    /// The scenario that reproduces it.
    pub scenario: &'a str,
    /// Its packets, a JSON object a line.
    pub ladder: &'a str,
    /// What its client programs said, a JSON object a line.
    pub log: &'a str,
}

/// What came of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Comparison {
    /// What was compared.
    pub held: Held,
    /// Where the run is not equal, a line or two each; empty: equal.
    pub differences: Vec<String>,
    /// What came to an edge, so that it may have either outcome, and what followed in the same pool.
    pub at_edges: Held,
    /// What met a standstill of the recording machine, and what followed in the same pool.
    pub stood_still: Held,
}

impl Comparison {
    /// Whether something was not repeatable.
    pub fn has_chance(&self) -> bool {
        [self.at_edges, self.stood_still]
            .iter()
            .any(|it| *it != Held::default())
    }
}

/// How much of a recording.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Held {
    /// Connections.
    pub connections: u32,
    /// Segments.
    pub segments: u32,
    /// Requests.
    pub requests: u32,
}

impl AddAssign for Held {
    fn add_assign(&mut self, other: Self) {
        self.connections += other.connections;
        self.segments += other.segments;
        self.requests += other.requests;
    }
}

impl fmt::Display for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            connections,
            segments,
            requests,
        } = self;
        write!(
            f,
            "{connections} connections, {segments} segments, {requests} requests"
        )
    }
}

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verdict = if self.differences.is_empty() {
            "equal"
        } else {
            "not equal"
        };
        write!(f, "{verdict}: {}", self.held)?;
        let mut differences = self.differences.iter();
        differences.try_for_each(|line| write!(f, "\n  {line}"))
    }
}

/// Runs the scenario of a recording and compares what can be repeated.
///
/// # Errors
/// A text that is not what it should be.
pub fn compare(recording: Recording<'_>, exceptions: &Exceptions) -> Result<Comparison, String> {
    let scenario = Scenario::from_json(recording.scenario).map_err(|e| e.to_string())?;
    let until = scenario.until.as_secs_f64();
    let trace = run(build(&scenario).map_err(|e| e.to_string())?);
    let flows = crossing(&scenario, &trace);
    let mut real = recorded(recording.ladder).map_err(|e| format!("ladder: {e}"))?;
    let real: Vec<_> = (1..).map_while(|conn| real.remove(&conn)).collect();
    let asked = outcome::recorded(recording.log).map_err(|e| format!("log: {e}"))?;
    let made = outcome::simulated(&trace);
    let mut both = Both {
        trace: &trace,
        until,
        exceptions,
        real: &real,
        usual: Usual::of(&real, &asked),
        asked: &asked,
        made: &made,
        found: Comparison::default(),
    };
    let requests: Vec<RequestId> = made.iter().map(|(id, _)| *id).collect();
    if asked.len() != made.len() {
        both.differ(format!("{} requests, ours {}", asked.len(), made.len()));
    }
    for pool in pools(&trace, &flows, &real, &asked, &requests) {
        both.hold(&pool);
    }
    both.log(recording.log);
    Ok(both.found)
}

/// The connections that cross the recorded network: a client in front of a proxy shares the proxy's machine, and one that found
/// no local port sent nothing.
fn crossing(scenario: &Scenario, trace: &Trace) -> Vec<u32> {
    let proxies = scenario.proxies.iter().map(|proxy| proxy.host_name());
    let proxies: Vec<&str> = proxies.collect();
    let crosses = |flow: &Flow| {
        let opener = &trace.host(flow.host(Side::Opener)).name;
        let has_port = flow.port(Side::Opener) != 0;
        has_port && (proxies.is_empty() || proxies.contains(&opener.as_str()))
    };
    let flows = (0u32..).zip(&trace.flows);
    flows
        .filter(|(_, flow)| crosses(flow))
        .map(|(n, _)| n)
        .collect()
}

/// A recording and a run.
struct Both<'a> {
    trace: &'a Trace,
    /// When the run ends, s.
    until: f64,
    exceptions: &'a Exceptions,
    /// The recorded connections,
    real: &'a [Vec<Packet>],
    /// how long their server usually takes,
    usual: Usual,
    /// the recorded requests,
    asked: &'a [Asked],
    /// and ours.
    made: &'a [(RequestId, Option<Outcome>)],
    found: Comparison,
}

/// A connection's packets in the recording, and in the run.
type Pair<'p> = (&'p [Packet], &'p [Packet]);

/// How much a recorded connection is.
fn held(packets: &[Packet]) -> Held {
    Held {
        connections: 1,
        segments: u32::try_from(packets.len()).unwrap_or(u32::MAX),
        requests: 0,
    }
}

impl Both<'_> {
    /// A pool's requests and connections, up to the first request that is not repeatable and comes out otherwise.
    fn hold(&mut self, pool: &Pool) {
        let within = |mut packets: Vec<Packet>| {
            packets.retain(|p| p.t_send < self.until);
            packets
        };
        let real = pool.real.iter().map(|at| within(self.real[*at].clone()));
        let real: Vec<Vec<Packet>> = real.collect();
        let ours = pool.ours.iter();
        let ours = ours.map(|flow| within(simulated(self.trace, *flow)));
        let ours: Vec<Vec<Packet>> = ours.collect();
        let pairs = real.iter().zip(&ours);
        let pairs: Vec<Pair<'_>> = pairs.map(|(real, ours)| (&**real, &**ours)).collect();
        let parts = self.requests(pool, &pairs);
        if parts.is_none() && real.len() != ours.len() {
            self.differ(format!("{} connections, ours {}", real.len(), ours.len()));
        }
        for (n, place) in pool.real.iter().enumerate() {
            let is_over = |at| real[n].last().is_some_and(|it| it.t_send < at);
            if let Some((_, why)) = parts.filter(|(at, _)| !is_over(*at)) {
                let size = held(&self.real[*place]);
                *self.apart(why) += size;
            } else if let Some((flow, (real, ours))) = pool.ours.get(n).zip(pairs.get(n)) {
                let (place, flow) = (*place, *flow);
                let both = Connection {
                    place,
                    flow,
                    real,
                    ours,
                };
                self.connection(both, (pool, &pairs));
            }
        }
    }

    /// Holds a pool's requests. Returns when, and why, what became of one is not repeatable, and came out otherwise.
    fn requests(&mut self, pool: &Pool, pairs: &[Pair<'_>]) -> Option<(f64, Chance)> {
        let mut parts: Option<(f64, Chance)> = None;
        for place in &pool.requests {
            let one = Held {
                requests: 1,
                ..Held::default()
            };
            let (Some(asked), Some((id, ours))) = (self.asked.get(*place), self.made.get(*place))
            else {
                continue;
            };
            let number = u32::try_from(place + 1).unwrap_or(u32::MAX);
            let connection = self.exceptions.compares_connection_of(number);
            let is_same = is_same(asked.outcome.as_ref(), ours.as_ref(), connection);
            if parts.is_none() && !is_same {
                let why = chance(
                    asked.at,
                    pairs,
                    self.runtime_of(*id),
                    (self.usual, self.asked),
                );
                parts = why.map(|why| (asked.at, why));
            }
            if let Some((_, why)) = parts {
                *self.apart(why) += one;
                continue;
            }
            self.found.held += one;
            if !is_same {
                let say = |outcome: &Option<Outcome>| {
                    let words = outcome.as_ref().map(Outcome::to_string);
                    words.unwrap_or_else(|| "no end".to_owned())
                };
                let (real, ours) = (say(&asked.outcome), say(ours));
                self.differ(format!("{}: {real}\n    ours: {ours}", asked.what));
            }
        }
        parts
    }

    /// Holds a connection, unless it has other segments because a request on it came to an edge.
    fn connection(&mut self, both: Connection<'_>, (pool, pairs): (&Pool, &[Pair<'_>])) {
        let size = held(&self.real[both.place]);
        let number = u32::try_from(both.place + 1).unwrap_or(u32::MAX);
        let depth = self.exceptions.depth(number);
        let said = match both.segments(depth) {
            Err(_) if let Some(why) = self.chance_on(&both, pool, pairs) => {
                *self.apart(why) += size;
                return;
            }
            Err(difference) => Err(difference),
            Ok(()) => both.times(self.trace, depth),
        };
        self.found.held += size;
        if let Err(difference) = said {
            self.differ(format!("connection {number}, {difference}"));
        }
    }

    /// Why what became of a request on a connection is not repeatable; `None`: all of them are.
    fn chance_on(&self, both: &Connection<'_>, pool: &Pool, pairs: &[Pair<'_>]) -> Option<Chance> {
        let (first, last) = both.real.first().zip(both.real.last())?;
        let lived = first.t_send..last.t_send;
        let mut on_it = pool.requests.iter().filter_map(|at| {
            let (asked, (id, _)) = (self.asked.get(*at)?, self.made.get(*at)?);
            lived.contains(&asked.at).then_some((asked, *id))
        });
        on_it.find_map(|(asked, id)| {
            chance(
                asked.at,
                pairs,
                self.runtime_of(id),
                (self.usual, self.asked),
            )
        })
    }

    fn runtime_of(&self, request: RequestId) -> &str {
        let program = self.trace.requests[request.index()].program;
        &self.trace.program(program).runtime
    }

    fn apart(&mut self, why: Chance) -> &mut Held {
        match why {
            Chance::Edge => &mut self.found.at_edges,
            Chance::StoodStill => &mut self.found.stood_still,
        }
    }

    /// What a proxy wrote to its error log of requests that failed for good, in any order.
    fn log(&mut self, log: &str) {
        let mut real = outcome::logged(log);
        for (what, error) in outcome::failed_behind(self.trace) {
            let found = real
                .iter()
                .position(|(asked, said)| *asked == what && *said == error);
            match found {
                Some(place) => drop(real.swap_remove(place)),
                None => self.differ(format!("{what}: not in the log: {error}")),
            }
        }
    }

    /// Of each line as much as a reader takes in: a recorded word may have any length.
    fn differ(&mut self, lines: String) {
        const MOST: usize = 400;
        let lines: Vec<String> = lines.lines().map(|line| shorten_to(MOST, line)).collect();
        self.found.differences.push(lines.join("\n"));
    }
}

/// What the program does not say is not compared; nor, unless it is repeatable, whether the connection was new.
fn is_same(real: Option<&Outcome>, ours: Option<&Outcome>, connection: bool) -> bool {
    let (Some(real), Some(ours)) = (real, ours) else {
        return real.is_none() && ours.is_none();
    };
    real.error == ours.error
        && real.late == ours.late
        && (real.status.is_none() || ours.status.is_none() || real.status == ours.status)
        && (real.attempts.is_none() || real.attempts == ours.attempts)
        && (!connection
            || real.reused.is_none()
            || real.reused == ours.reused
            || never_made(real, ours))
}

/// Node calls the connection that a request dials for new, also where it is never made.
fn never_made(real: &Outcome, ours: &Outcome) -> bool {
    real.reused == Some(false) && ours.attempts == Some(0)
}
