//! A sweep for programs.

use crate::output::RequestJson;
use serde::Serialize;
use whyeof_explore::edges::{MOST_EDGES, stopped};
use whyeof_explore::{Closer, Edge, Sweep, SweepRun};

#[derive(Serialize)]
pub(super) struct SweepJson<'a> {
    over: OneOrMore<&'a str>,
    runs: Vec<RunJson<'a>>,
    windows: Vec<WindowJson>,
    edges: Vec<EdgeJson<'a>>,
    /// So many are looked for along each knob; there only where that was not enough.
    #[serde(skip_serializing_if = "Option::is_none")]
    edges_at_most: Option<usize>,
}

/// One knob's as it is, two knobs' as a list.
#[derive(Serialize)]
#[serde(untagged)]
enum OneOrMore<T> {
    One(T),
    More(Vec<T>),
}

impl<T> OneOrMore<T> {
    fn of(mut all: Vec<T>) -> Self {
        match all.pop() {
            Some(only) if all.is_empty() => Self::One(only),
            last => {
                all.extend(last);
                Self::More(all)
            }
        }
    }
}

#[derive(Serialize)]
struct RunJson<'a> {
    value: OneOrMore<String>,
    seed: u64,
    requests: Vec<RequestJson<'a>>,
}

#[derive(Serialize)]
struct WindowJson {
    from: String,
    to: String,
    outcome: &'static str,
}

#[derive(Serialize)]
struct EdgeJson<'a> {
    /// Between values of which knob, where there are two.
    #[serde(skip_serializing_if = "Option::is_none")]
    along: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    beside: Option<&'a str>,
    below: &'a str,
    above: &'a str,
    from: &'static str,
    /// Who had closed the connection before, where the last request got a new one.
    #[serde(skip_serializing_if = "Option::is_none")]
    from_closed_first: Option<&'static str>,
    to: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    to_closed_first: Option<&'static str>,
}

pub(super) fn json<'a>(sweep: &'a Sweep, edges: &'a [Edge]) -> SweepJson<'a> {
    let overs = sweep.grid.overs().iter();
    let windows = sweep.windows().into_iter();
    SweepJson {
        over: OneOrMore::of(overs.map(|over| over.path.as_str()).collect()),
        runs: sweep.runs.iter().map(|run| run_json(sweep, run)).collect(),
        windows: windows
            .map(|window| WindowJson {
                from: window.from,
                to: window.to,
                outcome: window.ending.code(),
            })
            .collect(),
        edges: edges.iter().map(|edge| edge_json(sweep, edge)).collect(),
        edges_at_most: stopped(edges).then_some(MOST_EDGES),
    }
}

fn edge_json<'a>(sweep: &'a Sweep, edge: &'a Edge) -> EdgeJson<'a> {
    let knob = sweep.grid.overs().get(edge.along);
    EdgeJson {
        along: knob
            .filter(|_| edge.beside.is_some())
            .map(|over| over.path.as_str()),
        beside: edge.beside.as_deref(),
        below: &edge.below,
        above: &edge.above,
        from: edge.from.ending.code(),
        from_closed_first: edge.from.closer.map(Closer::code),
        to: edge.to.ending.code(),
        to_closed_first: edge.to.closer.map(Closer::code),
    }
}

fn run_json<'a>(sweep: &Sweep, run: &'a SweepRun) -> RunJson<'a> {
    let case = sweep.grid.case(run.case);
    RunJson {
        value: OneOrMore::of(sweep.grid.values(&case)),
        seed: case.seed,
        requests: run.requests.iter().map(RequestJson::of).collect(),
    }
}
