//! What segments alone prove: a request and the server's FIN that passed each other on the wire.
//!
//! Sequence numbers tell it wherever the tap was: the FIN does not acknowledge the request, so it was sent before the
//! request arrived; the request does not acknowledge the FIN, so it was sent before the FIN arrived. Which timer
//! closed, and what the program printed, a capture does not tell. Left out, because a capture can't tell them from
//! other causes: a request that was reset unread, and a connection that no request had used.

use crate::reading::Reading;
use whyeof_trace::{
    Event, Flags, FlowId, Packet, Record, RecordId, RequestId, Segment, SegmentEvent, Side, Vantage,
};

/// A request and a FIN that passed each other, as a capture shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Crossing {
    /// The connection.
    pub flow: FlowId,
    /// The request, if the capture's messages name it.
    pub request: Option<RequestId>,
    /// The last data from the server before its FIN.
    pub response: RecordId,
    /// The request's first segment at the tap.
    pub sent: RecordId,
    /// The server's FIN at the tap.
    pub fin: RecordId,
    /// The RST that answered the request, at the tap.
    pub reset: Option<RecordId>,
}

/// All crossings of a capture; none of a run, where causes tell more.
pub(crate) fn crossings(reading: &Reading<'_>) -> Vec<Crossing> {
    match reading.trace.vantage {
        Vantage::Everywhere => Vec::new(),
        Vantage::Tap(_) => reading
            .flow_ids()
            .filter_map(|f| crossing(reading, f))
            .collect(),
    }
}

fn crossing(reading: &Reading<'_>, flow: FlowId) -> Option<Crossing> {
    let from = |side| {
        reading
            .of_flow(flow)
            .filter_map(move |r| Some((r.id, passed(r)?)))
            .filter(move |(_, s)| s.from == side)
    };
    let (fin_at, fin) = from(Side::Listener).find(|(_, s)| s.flags.has(Flags::FIN))?;
    let (sent, request) =
        from(Side::Opener).find(|(_, s)| s.len > 0 && s.seq.at_or_after(fin.ack))?;
    if request.ack.after(fin.seq) {
        return None;
    }
    // A fresh connection is never in a race: the server must have answered before.
    let (response, _) = from(Side::Listener).rfind(|(id, s)| s.len > 0 && *id < fin_at)?;
    let reset = from(Side::Listener).find(|(_, s)| s.flags.has(Flags::RST) && s.seq == request.ack);
    let message = reading.trace.message_of(request);
    Some(Crossing {
        flow,
        request: message.map(|m| reading.trace.messages[m.index()].request),
        response,
        sent,
        fin: fin_at,
        reset: reset.map(|(id, _)| id),
    })
}

/// The segment that passed the tap.
fn passed(record: &Record) -> Option<&Segment> {
    match &record.event {
        Event::Segment(
            SegmentEvent::Sent(Packet::Tcp(s)) | SegmentEvent::Arrived(Packet::Tcp(s)),
        ) => Some(s),
        _ => None,
    }
}
