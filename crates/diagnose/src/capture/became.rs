//! What became of a request, by the packets that followed it.

use super::exchange::{Exchange, Packets, passed};
use crate::reading::Reading;
use std::time::Duration;
use whyeof_trace::{Flags, RecordId, Segment, Side, Unreachable};

/// What became of a request, as a capture shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Became {
    /// It was answered.
    Answered,
    /// It was answered late, because packets were lost.
    Delayed {
        /// The beginning of the answer.
        answer: RecordId,
        /// Times that it was sent again.
        again: u32,
    },
    /// It and the server's FIN passed each other.
    Crossed {
        /// The FIN.
        fin: RecordId,
        /// The RST that the request got.
        reset: Option<RecordId>,
        /// Whether the FIN had come when it was sent, and the program had had no time to notice.
        had_come: bool,
    },
    /// The server had closed long before, and its FIN had not come.
    Stale {
        /// The FIN.
        fin: RecordId,
    },
    /// It was sent when the client's kernel had the server's FIN.
    AfterEnd {
        /// The FIN.
        fin: RecordId,
    },
    /// The server had some of it, and closed without an answer.
    Closed {
        /// The FIN.
        fin: RecordId,
        /// Whether it had all of it.
        whole: bool,
    },
    /// A socket of the server's reset the connection: the RST has ACK.
    Reset {
        /// The RST.
        reset: RecordId,
    },
    /// A kernel without such a connection answered: the RST has no ACK, and no FIN had come.
    Unknown {
        /// The RST.
        reset: RecordId,
        /// Whether a kernel that knew it had acknowledged the request before.
        had: bool,
    },
    /// An ICMP error came back.
    Error {
        /// The error.
        error: RecordId,
        /// Which.
        kind: Unreachable,
    },
    /// The answer had begun, and the server ended the connection in its midst.
    Cut {
        /// The FIN or RST.
        end: RecordId,
    },
    /// The client ended the connection before the answer was whole.
    Left {
        /// The client's FIN or RST.
        end: RecordId,
        /// Whether the answer had begun.
        begun: bool,
        /// When the server's kernel had acknowledged all of the request.
        heard: Option<RecordId>,
    },
    /// Nothing came back any more, though the client sent it again, or left.
    Silence {
        /// The client's last packet about it.
        last: RecordId,
        /// Times that it was sent again.
        again: u32,
    },
    /// The answer was sent again and again, and the client acknowledged nothing of it.
    Undelivered {
        /// The last time that it was sent.
        last: RecordId,
        /// Times that it was sent again.
        again: u32,
    },
    /// Only the client's direction was captured: nothing can be said.
    OneSided,
    /// The capture ends before.
    Open,
}

impl Became {
    /// Whether its caller can have had no answer. One that left in the midst of it may have had enough.
    pub const fn is_bad(&self) -> bool {
        !matches!(
            self,
            Self::Answered
                | Self::Delayed { .. }
                | Self::OneSided
                | Self::Open
                | Self::Left { begun: true, .. }
        )
    }

    /// The record that ended it.
    pub const fn record(&self) -> Option<RecordId> {
        match *self {
            Self::Crossed { fin: id, .. }
            | Self::AfterEnd { fin: id }
            | Self::Stale { fin: id }
            | Self::Closed { fin: id, .. }
            | Self::Reset { reset: id }
            | Self::Unknown { reset: id, .. }
            | Self::Error { error: id, .. }
            | Self::Cut { end: id }
            | Self::Left { end: id, .. }
            | Self::Delayed { answer: id, .. }
            | Self::Undelivered { last: id, .. }
            | Self::Silence { last: id, .. } => Some(id),
            Self::Answered | Self::OneSided | Self::Open => None,
        }
    }
}

/// Why a connection was never made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// A RST answered the SYN.
    Reset(RecordId),
    /// An ICMP error did.
    Error(RecordId, Unreachable),
    /// Nothing did, though it was sent so many times.
    Silence(u32),
}

/// Why a connection was never made, if so.
pub(super) fn refused(packets: &Packets) -> Option<Refused> {
    let syn = *packets.syns.first()?;
    let came_back = packets.last[Side::Listener.index()];
    let reset = packets.resets[Side::Listener.index()].first().copied();
    match (came_back, reset, packets.errors.first()) {
        (Some(_), Some(reset), _) if reset > syn && packets.is_silent(Side::Listener) => {
            Some(Refused::Reset(reset))
        }
        (None, _, Some((error, kind))) => Some(Refused::Error(*error, *kind)),
        (None, ..) if packets.syns.len() > 1 => Some(Refused::Silence(
            u32::try_from(packets.syns.len()).unwrap_or(u32::MAX),
        )),
        _ => None,
    }
    .filter(|_| packets.data[Side::Opener.index()].is_none())
}

/// A server's time between a packet that comes and the one that it sends for it. A FIN that follows an answer so closely was sent with it.
pub(crate) const AT_ONCE: Duration = Duration::from_millis(2);

/// What became of it. Of bytes that are no HTTP that can be read it is not known whether they ask for an answer: only what their kernels said of
/// them counts, and a FIN that crossed them where an answer had come before.
pub(super) fn became(reading: &Reading<'_>, packets: &Packets, exchange: &Exchange) -> Became {
    let became = as_request(reading, packets, exchange);
    let is_sure = match became {
        Became::Crossed { .. } => exchange.before.is_some(),
        Became::AfterEnd { .. }
        | Became::Closed { .. }
        | Became::Cut { .. }
        | Became::Left { .. } => false,
        _ => true,
    };
    if exchange.request.is_some() || is_sure {
        became
    } else {
        Became::Open
    }
}

fn as_request(reading: &Reading<'_>, packets: &Packets, exchange: &Exchange) -> Became {
    if packets.last[Side::Listener.index()].is_none() && packets.errors.is_empty() {
        return Became::OneSided;
    }
    if exchange.is_answered {
        return answered(reading, packets, exchange);
    }
    let segment = |id: RecordId| passed(reading.trace.record(id));
    let (opener, listener) = (Side::Opener.index(), Side::Listener.index());
    let fin = packets.fins[listener];
    let later = |ids: &[RecordId]| ids.iter().copied().find(|id| *id > exchange.sent);
    let reset = later(&packets.resets[listener]);
    let left = packets.fins[opener]
        .into_iter()
        .chain(later(&packets.resets[opener]));
    let left = left.filter(|id| *id > exchange.sent).min();
    if let Some(answer) = exchange.answer {
        return begun(answer, [fin, reset].into_iter().flatten().min(), left);
    }
    if let (Some(at), Some(fin)) = (fin, fin.and_then(segment))
        && let Some(request) = segment(exchange.sent)
    {
        let later = reading.time(exchange.sent).since(reading.time(at));
        let trip = packets.round_trip(reading);
        let had_come = request.ack.after(fin.end() - 1);
        // Without a handshake it is not known how long a way is.
        let most = match (had_come, trip.is_zero()) {
            (false, false) => ON_THE_WAY,
            _ => NOTICED,
        };
        let is_late = later.saturating_sub(trip) > most;
        let own = closed(exchange, (at, fin), (had_come, is_late), reset);
        return match (own, left) {
            // The server's is the answer to the client's.
            (Became::Closed { .. }, Some(left)) if left < at => Became::Left {
                end: left,
                begun: false,
                heard: packets.heard(exchange.end),
            },
            _ => own,
        };
    }
    let error = packets.errors.iter().find(|(id, _)| *id > exchange.sent);
    if let Some((at, flags)) = reset.and_then(|id| Some((id, segment(id)?.flags)))
        // What answers the client's own end does not end the request.
        && left.is_none_or(|left| at < left)
    {
        return match flags.has(Flags::ACK) {
            true => Became::Reset { reset: at },
            false => Became::Unknown {
                reset: at,
                had: packets.heard(exchange.end).is_some(),
            },
        };
    }
    unanswered(packets, exchange, left, error.copied())
}

/// From this delay on a reader wants to know where it comes from: longer than what one lost packet costs (TLP and a first RTO, linux-tcp §2).
const LATE: Duration = Duration::from_secs(1);

fn answered(reading: &Reading<'_>, packets: &Packets, exchange: &Exchange) -> Became {
    let Some(answer) = exchange.answer else {
        return Became::Answered;
    };
    if let Some(end) = left_before(reading, packets, exchange, answer) {
        return Became::Left {
            end,
            begun: false,
            heard: packets.heard(exchange.end),
        };
    }
    if let Some(lost) = undelivered(packets, exchange, answer) {
        return lost;
    }
    let after = reading.time(answer).since(reading.time(exchange.sent));
    let from = packets.again.partition_point(|id| *id <= exchange.sent);
    let to = packets.again.partition_point(|id| *id < answer);
    match u32::try_from(to.saturating_sub(from)).unwrap_or(u32::MAX) {
        again @ 1.. if after >= LATE => Became::Delayed { answer, again },
        _ => Became::Answered,
    }
}

/// The client's end of the connection, where the answer came later and met a RST: nobody read it.
fn left_before(
    reading: &Reading<'_>,
    packets: &Packets,
    exchange: &Exchange,
    answer: RecordId,
) -> Option<RecordId> {
    let opener = Side::Opener.index();
    let resets = &packets.resets[opener];
    let met = resets.iter().copied().find(|id| *id > exchange.sent)?;
    let fin = packets.fins[opener].filter(|fin| *fin > exchange.sent && *fin < answer);
    // What the server had sent before it can have heard of the end is an answer all the same.
    let end = fin.or((met < answer).then_some(met))?;
    let since = reading.time(answer).since(reading.time(end));
    (since > packets.round_trip(reading)).then_some(end)
}

/// The answer was sent again, and nothing of it was acknowledged.
fn undelivered(packets: &Packets, exchange: &Exchange, answer: RecordId) -> Option<Became> {
    let mut again = packets.answered_again.iter().filter(|id| **id > answer);
    let count = again.clone().count();
    let last = again.next_back().copied()?;
    let end = exchange.answer_end?;
    let read = packets.read_to.is_some_and(|to| to.at_or_after(end));
    (!read).then_some(Became::Undelivered {
        last,
        again: u32::try_from(count).unwrap_or(u32::MAX),
    })
}

/// The answer had begun.
fn begun(answer: RecordId, end: Option<RecordId>, left: Option<RecordId>) -> Became {
    match (end, left) {
        (Some(end), left) if left.is_none_or(|left| end < left) => Became::Cut { end },
        (_, Some(end)) => Became::Left {
            end,
            begun: answer < end,
            heard: None,
        },
        _ => Became::Open,
    }
}

/// Programs notice within this time that a connection has ended: an event loop that is busy for longer is rare.
const NOTICED: Duration = Duration::from_millis(100);

/// Packets of one connection differ by less on the way, as long as none is lost.
const ON_THE_WAY: Duration = Duration::from_millis(20);

/// The server sent FIN, and no answer: whether the FIN had come when the request was sent, and whether that was so late that it must have.
fn closed(
    exchange: &Exchange,
    (fin, end): (RecordId, &Segment),
    (had_come, is_late): (bool, bool),
    reset: Option<RecordId>,
) -> Became {
    if end.ack.after(exchange.first) {
        return Became::Closed {
            fin,
            whole: end.ack.at_or_after(exchange.end),
        };
    }
    match (had_come, is_late) {
        (true, true) => Became::AfterEnd { fin },
        (false, true) => Became::Stale { fin },
        (_, false) => Became::Crossed {
            fin,
            reset,
            had_come,
        },
    }
}

/// No FIN and no RST came back.
fn unanswered(
    packets: &Packets,
    exchange: &Exchange,
    left: Option<RecordId>,
    error: Option<(RecordId, Unreachable)>,
) -> Became {
    let heard = packets.heard(exchange.first + 1);
    let again = packets
        .again
        .iter()
        .filter(|id| **id > exchange.sent)
        .count();
    match (left, heard, error) {
        (Some(end), Some(_), _) => Became::Left {
            end,
            begun: false,
            heard: packets.heard(exchange.end),
        },
        (_, None, Some((error, kind))) => Became::Error { error, kind },
        (left, None, None)
            if again > 0 || left.is_some() && packets.resets[Side::Listener.index()].is_empty() =>
        {
            Became::Silence {
                last: packets
                    .again
                    .last()
                    .copied()
                    .into_iter()
                    .chain(left)
                    .max()
                    .unwrap_or(exchange.sent),
                again: u32::try_from(again).unwrap_or(u32::MAX),
            }
        }
        _ => Became::Open,
    }
}
