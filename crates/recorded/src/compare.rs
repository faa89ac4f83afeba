//! A run held against a recording: every connection of both, and every request.

use crate::exceptions::Exceptions;
use crate::outcome::{self, Outcome};
use crate::packet::{HOSTS, Packet, recorded, simulated};
use crate::timing;
use serde::Deserialize;
use std::fmt;
use whyeof_scenario::{Scenario, build};
use whyeof_sim::world::run;
use whyeof_trace::{Flow, Side, Trace};

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
    /// Connections compared.
    pub connections: u32,
    /// Segments of the recording.
    pub segments: u32,
    /// Requests of the recording.
    pub requests: u32,
    /// Where the run is not equal, a line or two each; empty: equal.
    pub differences: Vec<String>,
}

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            connections,
            segments,
            requests,
            differences,
        } = self;
        let verdict = if differences.is_empty() {
            "equal"
        } else {
            "not equal"
        };
        write!(
            f,
            "{verdict}: {connections} connections, {segments} segments, {requests} requests"
        )?;
        differences
            .iter()
            .try_for_each(|line| write!(f, "\n  {line}"))
    }
}

/// How much of a connection is compared. What is left out, and why, says whoever asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Depth {
    /// Segments and their times.
    Times,
    /// Segments in their order.
    Segments,
    /// Nothing but what the programs say.
    Outcomes,
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
    let mut comparison = Comparison::default();
    let packets = recorded_all(recording.ladder).map_err(|e| format!("ladder: {e}"))?;
    comparison.connections(&trace, (&flows, &packets), until, exceptions);
    let requests = outcome::recorded(recording.log).map_err(|e| format!("log: {e}"))?;
    comparison.requests(&trace, &requests, exceptions);
    comparison.log(&trace, recording.log);
    Ok(comparison)
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

/// By connection.
fn recorded_all(ladder: &str) -> Result<Vec<Vec<Packet>>, serde_json::Error> {
    let mut all = Vec::new();
    loop {
        let conn = u32::try_from(all.len() + 1).unwrap_or(u32::MAX);
        let packets = recorded(ladder, conn)?;
        if packets.is_empty() {
            return Ok(all);
        }
        all.push(packets);
    }
}

impl Comparison {
    fn connections(
        &mut self,
        trace: &Trace,
        (flows, real): (&[u32], &[Vec<Packet>]),
        until: f64,
        exceptions: &Exceptions,
    ) {
        if flows.len() != real.len() {
            let ours = flows.len();
            self.differ(format!("{} connections, ours {ours}", real.len()));
        }
        for ((number, flow), packets) in (1u32..).zip(flows.iter().copied()).zip(real) {
            self.connections += 1;
            self.segments += u32::try_from(packets.len()).unwrap_or(u32::MAX);
            let mut real = packets.clone();
            let mut ours = simulated(trace, flow);
            real.retain(|p| p.t_send < until);
            ours.retain(|p| p.t_send < until);
            let depth = exceptions.depth(number);
            if let Err(difference) = connection(trace, flow, &real, &ours, depth) {
                self.differ(format!("connection {number}, {difference}"));
            }
        }
    }

    fn requests(
        &mut self,
        trace: &Trace,
        real: &[(String, Option<Outcome>)],
        exceptions: &Exceptions,
    ) {
        let ours = outcome::simulated(trace);
        if ours.len() != real.len() {
            self.differ(format!("{} requests, ours {}", real.len(), ours.len()));
        }
        for ((what, real), (_, ours)) in real.iter().zip(&ours) {
            self.requests += 1;
            let connection = exceptions.compares_connection_of(self.requests);
            if !is_same(real.as_ref(), ours.as_ref(), connection) {
                let say = |outcome: &Option<Outcome>| {
                    outcome
                        .as_ref()
                        .map_or("no end".to_owned(), Outcome::to_string)
                };
                self.differ(format!("{what}: {}\n    ours: {}", say(real), say(ours)));
            }
        }
    }

    /// What a proxy wrote to its error log of requests that failed for good, in any order.
    fn log(&mut self, trace: &Trace, log: &str) {
        let mut real = outcome::logged(log);
        for (what, error) in outcome::failed_behind(trace) {
            let found = real
                .iter()
                .position(|(asked, said)| *asked == what && *said == error);
            match found {
                Some(place) => drop(real.swap_remove(place)),
                None => self.differ(format!("{what}: not in the log: {error}")),
            }
        }
    }

    fn differ(&mut self, line: String) {
        self.differences.push(line);
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

/// A data segment of at least so many bytes belongs to a bulk transfer: there ACKs and PSH fall by chance.
const BULK: u32 = 1_200;

/// One connection: per host the same segments in the same order, then their times, unless it is a bulk transfer.
///
/// # Errors
/// The first difference, both lines side by side.
pub fn connection(
    trace: &Trace,
    flow: u32,
    real: &[Packet],
    ours: &[Packet],
    depth: Depth,
) -> Result<(), String> {
    if depth == Depth::Outcomes {
        return Ok(());
    }
    let bulk = real.iter().any(|p| p.len >= BULK);
    for host in HOSTS {
        let (a, b) = (lines(real, host), lines(ours, host));
        if let Some(n) = first_difference(&a, &b) {
            let at = |lines: &[String]| lines.get(n).cloned().unwrap_or("nothing".to_owned());
            return Err(format!(
                "{host}, segment {}: {}\n    ours: {}",
                n + 1,
                at(&a),
                at(&b)
            ));
        }
        if !bulk && depth == Depth::Times {
            timing::check_times(trace, flow, host, real, ours)
                .map_err(|e| format!("{host}, {e}"))?;
        }
    }
    Ok(())
}

fn first_difference(a: &[String], b: &[String]) -> Option<usize> {
    let most = a.len().max(b.len());
    (0..most).find(|n| a.get(*n) != b.get(*n))
}

/// What one host sent. Data of a bulk transfer is one line as long as it goes on, and its ACKs are the last of each stretch.
pub fn lines(packets: &[Packet], host: &str) -> Vec<String> {
    let bulk_of = |from: &str| packets.iter().any(|p| p.from == from && p.len >= BULK);
    let (sends_bulk, reads_bulk) = (
        bulk_of(host),
        packets.iter().any(|p| p.len >= BULK && p.from != host),
    );
    let mut lines = Vec::new();
    let mut before: Option<Packet> = None;
    for packet in packets.iter().filter(|p| p.from == host) {
        let mut packet = packet.clone();
        let pure_ack = packet.flags == "A" && packet.len == 0;
        if let Some(last) = &before {
            let goes_on =
                sends_bulk && last.len > 0 && packet.len > 0 && last.seq + last.len == packet.seq;
            let stretch = reads_bulk && pure_ack && last.flags == "A" && last.len == 0;
            if goes_on {
                packet.seq = last.seq;
                packet.len += last.len;
                packet.flags = packet.flags.replace('P', "");
            }
            if goes_on || stretch {
                lines.pop();
            }
        }
        if sends_bulk && packet.len >= BULK {
            packet.flags = packet.flags.replace('P', "");
        }
        lines.push(packet.words());
        before = Some(packet);
    }
    lines
}
