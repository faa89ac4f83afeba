//! What the packets of a capture prove: what became of each request, read off sequence numbers and flags.
//!
//! They tell it wherever the tap was. A FIN that does not acknowledge the request was sent before the request arrived; a request that does not
//! acknowledge the FIN was sent before the FIN arrived; a RST with ACK was sent by a socket, one without by a kernel that found none. Which timer
//! closed, what a program did and printed, and what became of a packet behind the tap, a capture at one end cannot know: findings say so.
//! A connection that speaks no HTTP that can be read (TLS) has exchanges all the same: what the client sent before the server spoke.

mod became;
mod exchange;
mod steps;
mod tell;
mod verdict;

pub use became::{Became, Refused};
pub use exchange::Exchange;

pub use exchange::Conversation;

pub(crate) use became::AT_ONCE;
pub(crate) use tell::{Words, tell_dials, tell_exchanges};
pub(crate) use verdict::verdict;

use crate::reading::Reading;
use litemap::LiteMap;
use std::net::IpAddr;
use std::time::Duration;
use whyeof_trace::{FlowId, MessageKind, RecordId, RequestId, Side, SocketId, TextId};

/// All that is read off a capture.
#[derive(Debug, Default)]
pub struct Captured {
    /// Connections with their exchanges, in the order of the connections.
    pub conversations: Vec<Conversation>,
    /// How long connections were idle when their server closed them, where nobody was hurt.
    pub(crate) idle_limits: Vec<Duration>,
    /// Which servers refused connections, and when.
    refusals: LiteMap<(IpAddr, u16), Vec<RecordId>>,
    /// The heads of requests.
    heads: LiteMap<RequestId, TextId>,
    /// Requests in the order of time: their connections, their first segments.
    in_order: Vec<(FlowId, RecordId, RequestId)>,
}

impl Captured {
    /// All exchanges, in the order of their connections.
    pub fn exchanges(&self) -> impl Iterator<Item = &Exchange> {
        self.conversations.iter().flat_map(|it| &it.exchanges)
    }

    /// Whether the capture has the beginning of a connection.
    pub(crate) fn has_syn(&self, flow: FlowId) -> bool {
        let talk = self.conversations.get(flow.index());
        talk.is_some_and(|it| it.syns.is_some())
    }

    /// What looks like the same request once more, on another connection, as soon as its client can know of the end of this one.
    pub(crate) fn sent_again(&self, reading: &Reading<'_>, of: &Exchange) -> Option<&Exchange> {
        /// A runtime needs less to dial on the same machine, or to take another connection.
        const RIGHT_AWAY: Duration = Duration::from_millis(5);
        let head = self
            .heads
            .get(&of.request?)
            .map(|it| reading.trace.text(*it))?;
        let round_trip = self.conversations.get(of.flow.index())?.round_trip;
        let end = reading.time(of.became.record()?);
        // Dialling takes a round trip, and so does the news where the tap is at the server.
        let until = end + round_trip * 2 + RIGHT_AWAY;
        let first = self.in_order.partition_point(|it| reading.time(it.1) < end);
        let later = self.in_order[first..].iter();
        let near = later.take_while(|it| reading.time(it.1) <= until);
        let mut same = near.filter(|(flow, _, request)| {
            let other = self.heads.get(request).map(|it| reading.trace.text(*it));
            *flow != of.flow && other == Some(head)
        });
        let (flow, _, request) = same.next()?;
        let talk = self.conversations.get(flow.index())?;
        talk.exchanges
            .iter()
            .find(|it| it.request == Some(*request))
    }

    /// Whether the server of a connection was seen to refuse others within some seconds behind a moment: nobody listened there any more.
    pub(crate) fn stopped(&self, reading: &Reading<'_>, flow: FlowId, at: RecordId) -> bool {
        const SOON: Duration = Duration::from_secs(5);
        let refusals = self.refusals.get(&server(reading, flow));
        let refusals = refusals.map_or(&[][..], Vec::as_slice);
        let next = refusals.partition_point(|it| *it <= at);
        let next = refusals.get(next).map(|it| reading.time(*it));
        next.is_some_and(|next| next.since(reading.time(at)) <= SOON)
    }

    /// Whether this server was seen to close idle connections after about this time. Two machines' clocks differ by less, and so do a program's timers.
    pub(crate) fn is_idle_limit(&self, gap: Duration) -> bool {
        let near = Duration::from_millis(20).max(gap / 200);
        self.idle_limits
            .iter()
            .any(|limit| limit.abs_diff(gap) <= near)
    }
}

/// All there is in a capture.
pub(crate) fn read(reading: &Reading<'_>) -> Captured {
    let messages = exchange::messages(reading.trace);
    let conversations: Vec<Conversation> = reading
        .flow_ids()
        .map(|flow| Conversation::of(reading, flow, &messages))
        .collect();
    let idle_limits = conversations
        .iter()
        .filter_map(|it| it.idle_at_close)
        .collect();
    let requests = reading.trace.messages.iter();
    let requests = requests.filter(|it| it.kind == MessageKind::Request);
    let exchanges = conversations.iter().flat_map(|it| &it.exchanges);
    let mut in_order: Vec<_> = exchanges
        .filter_map(|it| Some((it.flow, it.sent, it.request?)))
        .collect();
    in_order.sort_by_key(|it| it.1);
    let mut refusals: LiteMap<_, Vec<RecordId>> = LiteMap::new();
    for (flow, talk) in reading.flow_ids().zip(&conversations) {
        if let Some(Refused::Reset(reset)) = talk.refused {
            refusals
                .entry(server(reading, flow))
                .or_default()
                .push(reset);
        }
    }
    for (_, resets) in refusals.iter_mut() {
        resets.sort();
    }
    Captured {
        in_order,
        refusals,
        conversations,
        idle_limits,
        heads: requests.map(|it| (it.request, it.head)).collect(),
    }
}

/// Address and port of a connection's server.
fn server(reading: &Reading<'_>, flow: FlowId) -> (IpAddr, u16) {
    let side = Side::Listener;
    reading.trace.address(SocketId { flow, side })
}
