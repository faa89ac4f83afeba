//! The states of the tap's own end of a connection, as its kernel must have had them: each follows from a packet that passed.
//!
//! What the program did is not seen; only what its kernel sent for it. Left out: the far end, whose packets may still be lost or under way.

use whyeof_trace::{Flags, Segment, Seq, State};

/// The tap's end of a connection.
#[derive(Clone, Copy)]
pub(super) struct Own {
    state: State,
    /// Behind its own FIN.
    closed_at: Option<Seq>,
    /// What it has of the peer's, without a gap.
    received: Option<Seq>,
    /// Where the peer's FIN stands, while something before it is missing.
    waiting: Option<Seq>,
}

impl Own {
    /// An end of which the capture has the beginning, or (`open`) not.
    pub(super) const fn new(open: bool) -> Self {
        Self {
            state: if open {
                State::Established
            } else {
                State::Closed
            },
            closed_at: None,
            received: None,
            waiting: None,
        }
    }

    /// The state before.
    pub(super) const fn state(&self) -> State {
        self.state
    }

    /// A segment that it sent.
    pub(super) fn sent(&mut self, segment: &Segment) {
        use State::{CloseWait, Established, FinWait1, LastAck, SynReceived, SynSent};
        let has = |bit| segment.flags.has(bit);
        if has(Flags::RST) {
            // An RST with ACK ends it (tcp_send_active_reset); one without answers a packet that belongs to no connection.
            self.state = State::Closed;
            return;
        }
        if has(Flags::ACK) && self.waiting.is_some_and(|fin| segment.ack.after(fin)) {
            self.peer_closed();
        }
        self.state = match (self.state, has(Flags::SYN), has(Flags::FIN)) {
            (State::Closed | State::Listen, true, _) if has(Flags::ACK) => SynReceived,
            (State::Closed, true, _) => SynSent,
            (Established | SynReceived, _, true) => FinWait1,
            (CloseWait, _, true) => LastAck,
            (state, ..) => state,
        };
        if has(Flags::FIN) {
            self.closed_at.get_or_insert(segment.end());
        }
    }

    /// A segment that came.
    pub(super) fn arrived(&mut self, segment: &Segment) {
        use State::{
            Closed, Closing, Established, FinWait1, FinWait2, LastAck, SynReceived, SynSent,
            TimeWait,
        };
        let has = |bit| segment.flags.has(bit);
        if has(Flags::RST) {
            self.state = Closed;
            return;
        }
        let acknowledges =
            |at: Option<Seq>| has(Flags::ACK) && at.is_some_and(|at| segment.ack.at_or_after(at));
        self.state = match self.state {
            Closed if has(Flags::SYN) && !has(Flags::ACK) => State::Listen,
            SynSent if has(Flags::SYN) && has(Flags::ACK) => Established,
            SynReceived if has(Flags::ACK) && !has(Flags::SYN) => Established,
            FinWait1 if acknowledges(self.closed_at) => FinWait2,
            Closing if acknowledges(self.closed_at) => TimeWait,
            LastAck if acknowledges(self.closed_at) => Closed,
            state => state,
        };
        let expected = *self.received.get_or_insert(segment.seq);
        let fin_at = segment.end() - u32::from(has(Flags::FIN));
        if expected.at_or_after(segment.seq) {
            if segment.end().after(expected) {
                self.received = Some(segment.end());
            }
            if has(Flags::FIN) && !expected.after(fin_at) {
                self.peer_closed();
            }
        } else if has(Flags::FIN) {
            self.waiting = Some(fin_at);
        }
    }

    fn peer_closed(&mut self) {
        self.waiting = None;
        self.state = match self.state {
            State::Established | State::SynReceived => State::CloseWait,
            State::FinWait1 => State::Closing,
            State::FinWait2 => State::TimeWait,
            state => state,
        };
    }
}
