//! What many runs come to: digests in their order, counts, and what does not hold.

use crate::invariants::{Broken, check};
use crate::{Seen, combined, draw};
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::ops::Range;
use whyeof_diagnose::Outcome;
use whyeof_scenario::link::{Shared, encode};
use whyeof_scenario::{Group, Scenario, fields};
use whyeof_trace::{Event, SegmentEvent, Stop};

/// What some runs come to.
#[derive(Debug, Default)]
pub struct Tally {
    /// Runs.
    pub runs: u64,
    /// Connections.
    pub connections: u64,
    /// Packets that left.
    pub packets: u64,
    /// Requests.
    pub requests: u64,
    /// Records.
    pub records: u64,
    /// Failed requests, by how.
    pub failed: BTreeMap<String, u64>,
    /// How runs ended.
    pub stops: BTreeMap<String, u64>,
    /// Findings, by their codes.
    pub findings: BTreeMap<&'static str, u64>,
    /// The digest of each run, in their order; 0 where it has none.
    pub digests: Vec<u64>,
    /// What does not hold, by the number of the run.
    pub broken: Vec<(u64, Broken)>,
}

impl Tally {
    /// Of the runs of these numbers, on all cores.
    pub fn of(seeds: Range<u64>) -> Self {
        let parts = seeds.into_par_iter().map(Self::of_one);
        parts
            .collect::<Vec<_>>()
            .into_iter()
            .fold(Self::default(), Self::with)
    }

    fn of_one(seed: u64) -> Self {
        let mut tally = Self {
            runs: 1,
            ..Self::default()
        };
        match check(seed) {
            Ok(seen) => tally.count(&seen),
            Err(broken) => {
                tally.broken.push((seed, broken));
                tally.digests.push(0);
            }
        }
        tally
    }

    fn count(&mut self, seen: &Seen) {
        let trace = &seen.trace;
        self.connections += trace.flows.len() as u64;
        self.requests += trace.requests.len() as u64;
        self.records += trace.records.len() as u64;
        let sent = |event: &Event| matches!(event, Event::Segment(SegmentEvent::Sent(_)));
        self.packets += trace.records.iter().filter(|r| sent(&r.event)).count() as u64;
        for request in seen
            .report
            .requests
            .iter()
            .filter(|r| r.outcome == Outcome::Failed)
        {
            let how = request
                .failure
                .map_or_else(String::new, |failure| format!("{failure:?}"));
            *self.failed.entry(how).or_default() += 1;
        }
        let stop = match trace.stop {
            Stop::Limit(kind) => format!("{kind:?}"),
            stop => format!("{stop:?}"),
        };
        *self.stops.entry(stop).or_default() += 1;
        for finding in &seen.report.findings {
            *self.findings.entry(finding.code).or_default() += 1;
        }
        self.digests.push(seen.digest());
    }

    /// Both together; `next` are the runs that follow.
    #[must_use]
    pub fn with(mut self, mut next: Self) -> Self {
        self.runs += next.runs;
        self.connections += next.connections;
        self.packets += next.packets;
        self.requests += next.requests;
        self.records += next.records;
        for (how, count) in next.failed {
            *self.failed.entry(how).or_default() += count;
        }
        for (how, count) in next.stops {
            *self.stops.entry(how).or_default() += count;
        }
        for (code, count) in next.findings {
            *self.findings.entry(code).or_default() += count;
        }
        self.digests.append(&mut next.digests);
        self.broken.append(&mut next.broken);
        self
    }

    /// One number for all of them.
    pub fn digest(&self) -> u64 {
        combined(&self.digests)
    }
}

/// What a scenario says, without the names in it: the fields that it sets, and who follows which profile.
pub fn said(scenario: &Scenario) -> Vec<String> {
    let mut said: Vec<String> = Vec::new();
    let clients = scenario.clients.iter().map(|c| ("client", &c.runtime));
    let proxies = scenario.proxies.iter().map(|p| ("proxy", &p.runtime));
    let servers = scenario.servers.iter().map(|s| ("server", &s.runtime));
    said.extend(
        clients
            .chain(proxies)
            .chain(servers)
            .map(|(role, id)| format!("{role} {id}")),
    );
    said.extend(
        scenario
            .faults
            .iter()
            .map(|fault| format!("fault {}", fault.effect.key())),
    );
    let set = fields(scenario)
        .into_iter()
        .filter(|field| !field.is_default());
    said.extend(set.map(|field| nameless(scenario, &field.path, &field.group)));
    let calls = scenario
        .clients
        .iter()
        .map(|c| &c.calls)
        .chain(scenario.servers.iter().map(|s| &s.calls));
    said.extend(
        calls
            .flatten()
            .map(|call| format!("call {}", call.verb.usage())),
    );
    said
}

/// A field's path with stars for names, and behind it whose option it is.
pub fn nameless(scenario: &Scenario, path: &str, group: &Group) -> String {
    let name = |part: &str| {
        let mut letters = part.chars();
        let first = letters.next().is_some_and(|c| "cpsnrhft".contains(c));
        first && !letters.as_str().is_empty() && letters.all(|c| c.is_ascii_digit())
    };
    let parts = path
        .split('.')
        .map(|part| if name(part) { "*" } else { part });
    let path = parts.collect::<Vec<_>>().join(".");
    let runtime = match group {
        Group::Client(name) => scenario
            .clients
            .iter()
            .find(|c| c.name == *name)
            .map(|c| &c.runtime),
        Group::Proxy(name) => scenario
            .proxies
            .iter()
            .find(|p| p.name == *name)
            .map(|p| &p.runtime),
        Group::Server(name) => scenario
            .servers
            .iter()
            .find(|s| s.name == *name)
            .map(|s| &s.runtime),
        _ => None,
    };
    match runtime.filter(|_| path.contains(".options.")) {
        Some(runtime) => format!("{path} of {runtime}"),
        None => path,
    }
}

/// A link to the scenario of a number.
pub fn link_of(seed: u64) -> String {
    link(&draw::scenario(seed))
}

/// A link that anybody can open.
pub fn link(scenario: &Scenario) -> String {
    encode(&Shared {
        scenario: Some(scenario.clone()),
        ..Shared::default()
    })
}
