//! What lies at an edge. A server's idle timer is late by some tenths of a millisecond, each time by others (ground-truth §2), ours by their
//! median: a request that comes within half a millisecond of the end of its connection may meet either side of it, and so may what its pool does
//! from then on.

use crate::outcome::Asked;
use crate::packet::{HOSTS, Packet};

/// So near is near, s: DESIGN §3.
pub const NEAR: f64 = 0.000_5;
/// From a program's call to the packet, s: the medians of Go (0.212 ms) and Node (0.179 ms).
const WRITE: f64 = 0.000_2;
/// From a server's last look at a connection to its FIN, s: Go 0.05 ms, Node 0.3 ms.
const CLOSE: f64 = 0.000_3;
/// So long a client may need to notice a FIN, s: Node up to 3 ms, for its timers come first (ground-truth §2).
const NOTICE: [(&str, f64); 2] = [("node-", 0.003), ("", NEAR)];
/// Where a recorded answer, or the server's end behind it, comes by so much earlier or later than is usual in the same recording, s, the machine or
/// the relay stood still for a moment (ground-truth §0), and what the pool meets next has moved by as much.
const OFF: f64 = 0.001;

/// Why what became of a request is not repeatable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Chance {
    /// It came to an edge.
    Edge,
    /// The recording machine stood still before it.
    StoodStill,
}

/// How long things usually take in a recording, s: medians; `None`: too few tell.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Usual {
    /// From a caller's call to the answer's leaving the server: on a connection that is dialled for it, and on one that there was.
    answer: [Option<f64>; 2],
    /// From the server's last answer to its own end of the connection.
    end: Option<f64>,
}

impl Usual {
    /// Read off a recording.
    pub(crate) fn of(recording: &[Vec<Packet>], asked: &[Asked]) -> Self {
        let all: Vec<Answer> = recording.iter().flat_map(|it| answers(it, asked)).collect();
        let took = |dialled: bool| {
            let own = all.iter().filter(|it| it.dialled == dialled);
            median(own.map(|it| it.took).collect())
        };
        Self {
            answer: [true, false].map(took),
            end: median(recording.iter().filter_map(|it| idle(it)).collect()),
        }
    }

    /// When a server's FIN would usually have left, and arrived, had no request come at this time.
    fn end_of(self, packets: &[Packet], asked: &[Asked], at: f64) -> Option<(f64, f64)> {
        let answers = answers(packets, asked);
        let last = answers.filter(|it| it.asked < at).last()?;
        let first = packets.first()?;
        let leaves = last.sent + self.end?;
        Some((leaves, leaves + (first.t_recv? - first.t_send)))
    }

    /// Whether something was off on this connection before a time.
    fn is_off(self, packets: &[Packet], asked: &[Asked], at: f64) -> bool {
        let apart =
            |took: f64, usual: Option<f64>| usual.is_some_and(|usual| (took - usual).abs() > OFF);
        let late = |it: &Answer| apart(it.took, self.answer[usize::from(!it.dialled)]);
        let answers = answers(packets, asked);
        answers.filter(|it| it.asked <= at).any(|it| late(&it))
            || idle(packets).is_some_and(|took| apart(took, self.end))
    }
}

/// Answers or ends that tell what is usual, at least.
const FEWEST: usize = 15;

fn median(mut all: Vec<f64>) -> Option<f64> {
    all.sort_by(f64::total_cmp);
    all.get(all.len() / 2)
        .copied()
        .filter(|_| all.len() >= FEWEST)
}

/// A server's answer.
struct Answer {
    /// When the caller asked,
    asked: f64,
    /// when it left,
    sent: f64,
    /// and how long that took.
    took: f64,
    /// Whether it is the first on its connection.
    dialled: bool,
}

/// The answers on a connection to requests whose programs say that they went there.
fn answers(packets: &[Packet], asked: &[Asked]) -> impl Iterator<Item = Answer> {
    let port = packets.first().map(Packet::client_port);
    let sent = packets
        .iter()
        .filter(|it| it.from == HOSTS[1] && it.len > 0);
    sent.enumerate().filter_map(move |(n, it)| {
        let here = |request: &&Asked| port.is_some_and(|port| request.ports.contains(&port));
        let mut before = asked.iter().filter(|request| request.at < it.t_send);
        let request = before.rfind(here)?;
        Some(Answer {
            asked: request.at,
            sent: it.t_send,
            took: it.t_send - request.at,
            dialled: n == 0,
        })
    })
}

/// From a server's last answer to its end of the connection, if it was the first to end it.
fn idle(packets: &[Packet]) -> Option<f64> {
    let end = end(packets)?;
    let ends = |it: &&Packet| it.flags.contains(['F', 'R']) && it.from == HOSTS[0];
    let by_client = packets.iter().find(ends).and_then(|it| it.t_recv);
    let mut data = packets
        .iter()
        .filter(|it| it.from == HOSTS[1] && it.len > 0);
    let last = data.rfind(|it| it.t_send < end.t_send)?;
    (by_client.is_none_or(|by| by > end.t_send)).then_some(end.t_send - last.t_send)
}

/// Why what became of a request that was asked for at this time is not repeatable; `None`: it is. Its pool's connections are given in the recording
/// and in the run, one beside the other.
pub(crate) fn chance(
    at: f64,
    connections: &[(&[Packet], &[Packet])],
    runtime: &str,
    (usual, asked): (Usual, &[Asked]),
) -> Option<Chance> {
    let mut notice = NOTICE.iter().filter(|(name, _)| runtime.starts_with(name));
    let notice = notice.next().map_or(NEAR, |(_, span)| *span);
    let ends = connections.iter().flat_map(|(real, ours)| {
        let seen = [end(real), end(ours)].into_iter().flatten();
        let seen = seen.map(|it| (it.t_send, it.t_recv.unwrap_or(f64::INFINITY)));
        seen.chain(usual.end_of(real, asked, at))
    });
    let is_near = |(leaves, arrives): (f64, f64)| {
        let [sent, comes] = [at + WRITE, at + WRITE + (arrives - leaves)];
        (leaves - CLOSE - NEAR..leaves + NEAR).contains(&comes)
            || (arrives - NEAR..arrives + notice).contains(&sent)
    };
    if ends.into_iter().any(is_near) {
        return Some(Chance::Edge);
    }
    let begun = |packets: &[Packet]| packets.first().is_some_and(|it| it.t_send <= at);
    let mut before = connections.iter().filter(|(real, _)| begun(real));
    let is_off = before
        .next_back()
        .is_some_and(|(real, _)| usual.is_off(real, asked, at));
    is_off.then_some(Chance::StoodStill)
}

/// The server's FIN, or its RST.
fn end(packets: &[Packet]) -> Option<&Packet> {
    let ends = |it: &&Packet| it.flags.contains(['F', 'R']);
    packets.iter().filter(|it| it.from == HOSTS[1]).find(ends)
}
