//! Against races on several hops of a chain: a change on one of them leaves the window of the others.

use super::race::Cast;
use super::{Edit, Grade, Remedy, RemedyKind, set};
use crate::reading::other_than;
use crate::text::Text;
use crate::times::{edited, exact};
use whyeof_trace::{ProgramId, Role, Trace};

/// One way to make every hop safe; `None`: the others are, or there is no way that does not undo itself.
pub(super) fn every_hop(cast: &Cast<'_>) -> Option<Remedy> {
    // In the order of the connections, so that it is the same from wherever one looks.
    let all = hops(cast.trace).into_iter().filter_map(|hop| {
        if hop == (cast.client, cast.server) {
            return Some(*cast);
        }
        let other = cast.on(hop.0, hop.1?);
        (!other.is_safe()).then_some(other)
    });
    let all: Vec<Cast<'_>> = all.collect();
    if all.len() < 2 {
        return lowered(cast);
    }
    let mut edits: Vec<Edit> = Vec::new();
    for hop in &all {
        let elsewhere: Vec<&str> = all
            .iter()
            .filter(|other| other.client != hop.client)
            .flat_map(|other| other.limits())
            .collect();
        // What another hop goes by stays: a proxy may have one limit for both of its sides.
        let stays = |way: &Remedy| {
            let mut paths = way.edits.iter().map(|edit| edit.path.as_str());
            !paths.any(|path| elsewhere.contains(&path))
        };
        edits.extend(hop.safe_ways().into_iter().find(stays)?.edits);
    }
    let edits = shortest_each(edits);
    // One change alone stands beside this one.
    (edits.len() > 1).then(|| remedy(edits))
}

/// Of several times for one option the shortest: a client has one pool for all its servers.
fn shortest_each(edits: Vec<Edit>) -> Vec<Edit> {
    let mut kept: Vec<Edit> = Vec::new();
    for edit in edits {
        match kept.iter_mut().find(|it| it.path == edit.path) {
            Some(same) if edited(&edit.value) < edited(&same.value) => *same = edit,
            Some(_) => {}
            None => kept.push(edit),
        }
    }
    kept
}

/// A proxy that has one limit for both of its sides lets go before its server, and its callers before it: for those who cannot change the
/// server.
fn lowered(cast: &Cast<'_>) -> Option<Remedy> {
    let (own, limit) = cast.below(cast.server_limit()?.1, cast.early())?;
    let is_shared = |hop: &Cast<'_>| hop.limits().contains(&own.path.as_str());
    let callers = hops(cast.trace).into_iter();
    let callers = callers.filter(|(_, to)| *to == Some(cast.client));
    let callers = callers.filter_map(|(from, to)| Some(cast.on(from, to?)));
    let callers: Vec<Cast<'_>> = callers.filter(is_shared).collect();
    if callers.is_empty() {
        return None;
    }
    let mut edits = vec![set(own, limit)];
    for caller in callers {
        let (option, value) = caller.below(limit, caller.early())?;
        let now = option.value.duration();
        if now.is_none_or(|now| now.is_zero() || now > value) {
            edits.push(set(option, value));
        }
    }
    Some(remedy(edits))
}

fn remedy(edits: Vec<Edit>) -> Remedy {
    let title = title(&edits);
    Remedy::new(
        RemedyKind::EveryHop,
        Grade::Green,
        Text::made(format!("Every hop: {title}"), format!("每一跳：{title}")),
        Text::new(
            "Safe for every gap: on each hop who dials lets go before who listens. A change on one hop alone leaves the other's window.",
            "任何间隔都安全：每一跳都是拨号的一方先关。只改一跳，另一跳的窗口还在。",
        ),
        edits,
    )
}

/// Who dials whom.
pub(super) fn hops(trace: &Trace) -> Vec<(ProgramId, Option<ProgramId>)> {
    let mut hops = Vec::new();
    for flow in &trace.flows {
        let [from, to] = flow.hosts;
        let Some(opener) = other_than(trace, Role::Server, from) else {
            continue;
        };
        let hop = (opener, other_than(trace, Role::Client, to));
        if !hops.contains(&hop) {
            hops.push(hop);
        }
    }
    hops
}

/// `agent: IdleConnTimeout = 54 s; app: keepAliveTimeout = 80 s`.
fn title(edits: &[Edit]) -> String {
    let parts = edits.iter().map(|edit| {
        let mut path = edit.path.splitn(4, '.');
        let (_, program, _, name) = (path.next(), path.next(), path.next(), path.next());
        let [program, name] = [program, name].map(Option::unwrap_or_default);
        let value = edited(&edit.value).map_or_else(|| edit.value.clone(), exact);
        format!("{program}: {name} = {value}")
    });
    parts.collect::<Vec<_>>().join("; ")
}
