//! What became of a request at every hop: a proxy asks others on its behalf, and what they come to is part of what it comes to.

use whyeof_sim::recorder::Outcome;
use whyeof_sim::world::World;
use whyeof_trace::RequestId;

/// What became of the requests that proxies made for one.
#[derive(Clone, Copy)]
pub(crate) struct Behind {
    /// The most attempts of one.
    attempts: u16,
    /// Executions, where the last hop ends.
    executed: u16,
    /// Whether all of them found a connection.
    reused: bool,
    /// How many did.
    kept: u16,
}

/// What became of requests behind proxies, by the request that they were made for.
pub(crate) fn behind(world: &World, outcomes: &[Outcome]) -> Vec<Option<Behind>> {
    let mut behind: Vec<Option<Behind>> = vec![None; outcomes.len()];
    // Later requests are made for earlier ones: from the last on, each has heard of all behind it.
    for (index, outcome) in outcomes.iter().enumerate().rev() {
        let id = RequestId(u32::try_from(index).unwrap_or(u32::MAX));
        let Some(parent) = world.request(id).parent else {
            continue;
        };
        let own = with_hops(*outcome, behind[index]);
        let own_kept = kept(outcome, behind[index]);
        let others = &mut behind[parent.index()];
        *others = Some(Behind {
            attempts: others.map_or(0, |it| it.attempts).max(own.attempts),
            executed: others.map_or(0, |it| it.executed) + own.executed,
            reused: others.is_none_or(|it| it.reused) && own.reused,
            kept: others.map_or(0, |it| it.kept) + own_kept,
        });
    }
    behind
}

/// Connections that a request and what proxies made of it found in a pool.
pub(crate) fn kept(outcome: &Outcome, behind: Option<Behind>) -> u16 {
    u16::from(outcome.reused) + behind.map_or(0, |it| it.kept)
}

/// A request that proxies pass on is sent again where any hop does so, is executed where the last hop ends, and reuses a connection where
/// every hop does.
pub(crate) fn with_hops(outcome: Outcome, behind: Option<Behind>) -> Outcome {
    match behind {
        Some(behind) => Outcome {
            attempts: outcome.attempts.max(behind.attempts),
            executed: behind.executed,
            reused: outcome.reused && behind.reused,
            ..outcome
        },
        None => outcome,
    }
}
