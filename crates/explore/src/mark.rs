//! Marks an exercise: what a run must be like, held against what it is.

use std::time::Duration;
use whyeof_scenario::lessons::{Pass, Whose};
use whyeof_trace::{Event, RequestEvent, RequestId, Role, SocketEvent, State, Time, Trace};

/// A mark: whether it holds, and what the run has, as a number, a span, or nothing to tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    /// Whether it holds.
    pub holds: bool,
    /// What the run has.
    pub has: Has,
}

/// What a run has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Has {
    /// So many.
    Count(u32),
    /// So long; `None`: without an end.
    Span(Option<Duration>),
    /// TIME-WAIT at clients and at servers.
    TimeWait(u32, u32),
    /// The idle gap that fails, if one does.
    Gap(Option<Duration>),
    /// Nothing more than whether it holds.
    Nothing,
}

/// Holds what must be against a run; `None`: it takes more runs than this one.
pub fn mark(pass: Pass, trace: &Trace) -> Option<Mark> {
    let count = |has: u32, holds: bool| {
        let has = Has::Count(has);
        Some(Mark { holds, has })
    };
    match pass {
        Pass::Failed(most) => {
            let failed = failed(trace);
            count(failed, failed == most)
        }
        Pass::Connections(wanted) => {
            let dialled = dialled(trace);
            count(dialled, dialled == wanted)
        }
        Pass::ConnectionsAtMost(most) => {
            let dialled = dialled(trace);
            count(dialled, dialled <= most)
        }
        Pass::ExecutedOnce => Some(Mark {
            holds: executed(trace).iter().all(|times| *times == 1),
            has: Has::Nothing,
        }),
        Pass::TimeWait(whose) => {
            let (clients, servers) = time_wait(trace);
            let holds = match whose {
                Whose::Client => clients > 0 && servers == 0,
                Whose::Server => servers > 0 && clients == 0,
                Whose::Nobody => clients + servers == 0,
            };
            let has = Has::TimeWait(clients, servers);
            Some(Mark { holds, has })
        }
        Pass::Reused(number) => Some(Mark {
            holds: reused(trace, number),
            has: Has::Nothing,
        }),
        Pass::SlowestAtMost(most) => {
            let slowest = slowest(trace);
            let holds = slowest.is_some_and(|slowest| slowest <= most);
            let has = Has::Span(slowest);
            Some(Mark { holds, has })
        }
        Pass::AnyGap => None,
    }
}

/// What trying every idle gap says: the first one that fails, if one does.
pub const fn mark_of_gaps(fails_at: Option<Duration>) -> Mark {
    Mark {
        holds: fails_at.is_none(),
        has: Has::Gap(fails_at),
    }
}

fn is_root(trace: &Trace, id: usize) -> bool {
    trace.requests[id].parent.is_none()
}

/// Callers that were not served, a 5xx included.
fn failed(trace: &Trace) -> u32 {
    let served = trace.served();
    let failed = served.iter().enumerate();
    let failed = failed.filter(|(id, served)| **served == Some(false) && is_root(trace, *id));
    u32::try_from(failed.count()).unwrap_or(u32::MAX)
}

fn dialled(trace: &Trace) -> u32 {
    u32::try_from(trace.flows.len()).unwrap_or(u32::MAX)
}

/// How often each request ran.
fn executed(trace: &Trace) -> Vec<u32> {
    let mut times = vec![0; trace.requests.len()];
    for record in &trace.records {
        if let Event::Request(RequestEvent::Executed { request, .. }) = record.event {
            times[request.index()] += 1;
        }
    }
    times
}

/// Sockets that were in TIME-WAIT at machines of clients, and at those of servers.
fn time_wait(trace: &Trace) -> (u32, u32) {
    let mut at = (0, 0);
    for record in &trace.records {
        if let Event::Socket(SocketEvent::Entered {
            to: State::TimeWait,
            ..
        }) = record.event
        {
            let here = trace.programs.iter().filter(|p| p.host == record.host);
            let mut roles = here.map(|program| program.role);
            if roles.any(|role| role == Role::Client) {
                at.0 += 1;
            } else {
                at.1 += 1;
            }
        }
    }
    at
}

fn reused(trace: &Trace, number: u32) -> bool {
    let mut ids = trace.requests.iter().enumerate();
    let id = ids.find(|(_, request)| request.number == number && request.parent.is_none());
    let id = id.and_then(|(id, _)| u32::try_from(id).ok());
    let life = id.and_then(|id| trace.life(RequestId(id)));
    life.is_some_and(|life| life.reused && life.attempts == 1)
}

/// The longest from a start to a real end, also one that no caller waits for any more; `None`: one has no end.
fn slowest(trace: &Trace) -> Option<Duration> {
    let mut started: Vec<Option<Time>> = vec![None; trace.requests.len()];
    let mut ended = started.clone();
    for record in &trace.records {
        let Event::Request(event) = record.event else {
            continue;
        };
        let id = event.request().index();
        match event {
            RequestEvent::Started { .. } => started[id] = Some(record.time),
            RequestEvent::Finished { .. }
            | RequestEvent::Failed { .. }
            | RequestEvent::Late { .. } => ended[id] = Some(record.time),
            _ => {}
        }
    }
    let mut most = Duration::ZERO;
    for (from, to) in started.into_iter().zip(ended) {
        if let Some(from) = from {
            most = most.max(to?.since(from));
        }
    }
    Some(most)
}
