//! Which of a run's records belong to the connections that are drawn.

use litemap::LiteMap;
use whyeof_trace::{FlowId, HostId, Record, RequestId, Side, SocketId, Trace};

/// A run, or some of its connections with all that happened to them.
#[derive(Debug)]
pub(crate) struct Part {
    /// The connections, in order; `None`: all.
    only: Option<Vec<FlowId>>,
    /// The requests that went out on them.
    requests: LiteMap<RequestId, ()>,
    /// The hosts at their ends.
    hosts: LiteMap<HostId, ()>,
}

impl Part {
    /// `only`: the connections, in order; `None`: all.
    pub(crate) fn new(trace: &Trace, only: Option<&[FlowId]>) -> Self {
        let mut part = Self {
            only: only.map(<[FlowId]>::to_vec),
            requests: LiteMap::new(),
            hosts: LiteMap::new(),
        };
        let Some(only) = &part.only else {
            return part;
        };
        for flow in only.iter().filter(|flow| flow.index() < trace.flows.len()) {
            let socket = SocketId {
                flow: *flow,
                side: Side::Opener,
            };
            for end in [socket, socket.peer()] {
                part.hosts.insert(trace.host_of(end), ());
            }
        }
        for record in &trace.records {
            if let (Some(flow), Some(request)) = (record.event.flow(), record.event.request())
                && only.binary_search(&flow).is_ok()
            {
                part.requests.insert(request, ());
            }
        }
        part
    }

    /// Whether a host has a lane.
    pub(crate) fn shows(&self, host: HostId) -> bool {
        self.only.is_none() || self.hosts.contains_key(&host)
    }

    /// Whether a record belongs to it. What nobody in particular did, such as a fault, belongs to every part.
    pub(crate) fn has(&self, record: &Record) -> bool {
        let Some(only) = &self.only else {
            return true;
        };
        if !self.hosts.contains_key(&record.host) {
            return false;
        }
        match (record.event.flow(), record.event.request()) {
            (Some(flow), _) => only.binary_search(&flow).is_ok(),
            (None, Some(request)) => self.requests.contains_key(&request),
            (None, None) => true,
        }
    }
}
