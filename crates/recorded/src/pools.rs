//! Which recorded connection is which of ours. Pools of one process open theirs within moments of each other, so their order alone does not tell;
//! the programs' logs do, which name the port that each request went from.

use crate::outcome::Asked;
use crate::packet::Packet;
use whyeof_trace::{Event, PoolEvent, ProgramId, RequestId, Trace};

/// A client's requests and connections, in the recording and in the run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Pool {
    /// Requests, by their places among all.
    pub requests: Vec<usize>,
    /// Recorded connections, in the order of their SYNs, by their places.
    pub real: Vec<usize>,
    /// Ours, by their numbers.
    pub ours: Vec<u32>,
}

/// The pools of a recording, each with a client of the scenario; all in one where the logs do not say whose a connection is.
pub(crate) fn pools(
    trace: &Trace,
    flows: &[u32],
    real: &[Vec<Packet>],
    asked: &[Asked],
    made: &[RequestId],
) -> Vec<Pool> {
    told(trace, flows, real, asked, made).unwrap_or_else(|| {
        vec![Pool {
            requests: (0..asked.len()).collect(),
            real: (0..real.len()).collect(),
            ours: flows.to_vec(),
        }]
    })
}

fn told(
    trace: &Trace,
    flows: &[u32],
    real: &[Vec<Packet>],
    asked: &[Asked],
    made: &[RequestId],
) -> Option<Vec<Pool>> {
    if asked.len() != made.len() {
        return None;
    }
    let client = |request: RequestId| trace.requests[request.index()].program;
    let mut pools: Vec<(ProgramId, Pool)> = Vec::new();
    let mut of = |client: ProgramId, put: &dyn Fn(&mut Pool)| {
        let place = pools.iter().position(|(it, _)| *it == client);
        let place = place.unwrap_or_else(|| {
            pools.push((client, Pool::default()));
            pools.len() - 1
        });
        put(&mut pools[place].1);
    };
    for (at, request) in made.iter().enumerate() {
        of(client(*request), &|pool| pool.requests.push(at));
    }
    for (at, packets) in real.iter().enumerate() {
        let request = made.get(user(packets, asked)?)?;
        of(client(*request), &|pool| pool.real.push(at));
    }
    for flow in flows {
        of(dialler(trace, *flow)?, &|pool| pool.ours.push(*flow));
    }
    Some(pools.into_iter().map(|(_, pool)| pool).collect())
}

/// The first request that went on this connection: the one that was given its port while it lived.
fn user(packets: &[Packet], asked: &[Asked]) -> Option<usize> {
    let (first, last) = packets.first().zip(packets.last())?;
    let port = first.client_port();
    let lived = |it: &Asked| it.at <= last.t_send && it.ports.contains(&port);
    // A port may have had another connection before.
    let since = asked
        .iter()
        .rposition(|it| lived(it) && it.at <= first.t_send);
    since.or_else(|| asked.iter().position(lived))
}

/// Whose connection it is.
fn dialler(trace: &Trace, flow: u32) -> Option<ProgramId> {
    trace.records.iter().find_map(|record| match record.event {
        Event::Pool(PoolEvent::Dial { request, socket }) if socket.flow.0 == flow => {
            Some(trace.requests[request.index()].program)
        }
        _ => None,
    })
}
