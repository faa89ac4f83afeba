//! How the server's end of a connection came to its close(2), for findings that are no races.

use crate::finding::EvidenceRole;
use crate::race::Ending;
use crate::reading::Reading;
use crate::text::Text;
use whyeof_trace::{
    Call, Event, Flags, Packet, Record, RecordId, SegmentEvent, SocketEvent, SocketId, Timer,
    TimerEvent,
};

/// The server's close(2) and what it sent.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ServerEnd {
    /// What made the program call.
    pub(crate) because: Option<RecordId>,
    /// close(2).
    pub(crate) close: RecordId,
    /// The FIN or RST that it sent.
    pub(crate) sent: RecordId,
    /// Which of them.
    pub(crate) ending: Ending,
    /// Where that arrived.
    pub(crate) arrived: Option<RecordId>,
}

impl ServerEnd {
    /// The server's close(2) of a connection that is named by the client's end, if it sent something.
    pub(crate) fn of(reading: &Reading<'_>, client: SocketId) -> Option<Self> {
        let server = client.peer();
        let mut flow = reading.of_flow(client.flow);
        let closes = |r: &&Record| {
            let called = Event::Socket(SocketEvent::Called {
                socket: server,
                call: Call::Close,
            });
            r.event == called
        };
        let close = flow.find(closes)?;
        let (sent, flags) = flow.find_map(|r| Some((r, ends(r, server)?)))?;
        let arrived = flow.find(|r| {
            let arrives = matches!(r.event, Event::Segment(SegmentEvent::Arrived(_)));
            arrives && r.cause == Some(sent.id)
        });
        Some(Self {
            because: close.cause,
            close: close.id,
            sent: sent.id,
            ending: if flags.has(Flags::RST) {
                Ending::Reset
            } else {
                Ending::Fin
            },
            arrived: arrived.map(|r| r.id),
        })
    }

    /// What close(2) sent, as a step.
    pub(crate) const fn closed(&self) -> (EvidenceRole, Text) {
        match self.ending {
            Ending::Fin => (
                EvidenceRole::FinSent,
                Text::new("close() sent FIN", "close() 发出 FIN"),
            ),
            Ending::Reset => (
                EvidenceRole::ResetSent,
                Text::new("close() sent RST", "close() 发出 RST"),
            ),
        }
    }

    /// The timer that made the program call, if one was the direct cause.
    pub(crate) fn fired(&self, reading: &Reading<'_>) -> Option<(RecordId, Timer)> {
        let because = reading.trace.record(self.because?);
        match because.event {
            Event::Timer(TimerEvent::Fired { timer, .. }) => Some((because.id, timer)),
            _ => None,
        }
    }
}

/// The flags of a FIN or RST that this end has sent.
pub(crate) fn ends(record: &Record, from: SocketId) -> Option<Flags> {
    match record.event {
        Event::Segment(SegmentEvent::Sent(Packet::Tcp(s)))
            if s.from == from.side && (s.flags.has(Flags::FIN) || s.flags.has(Flags::RST)) =>
        {
            Some(s.flags)
        }
        _ => None,
    }
}
