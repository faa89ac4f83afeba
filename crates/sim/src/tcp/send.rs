//! The sending side: cutting the stream into segments, and putting the header on them.

use super::Tcb;
use crate::kernel::sysctl::{
    INITIAL_CWND, LISTENER_WINDOW, MSS_WITH_TIMESTAMPS, OPENER_WINDOW, SYN_WINDOW, SYNACK_WINDOW,
    WINDOW_SCALE,
};
use crate::outbox::{Outbox, Output};
use std::collections::VecDeque;
use whyeof_trace::{Flags, Segment, Seq, Side, State, Time};

/// Where our FIN is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Fin {
    /// The program has not ended the stream.
    #[default]
    Open,
    /// It has; the FIN waits behind unsent data.
    Queued,
    /// It is on its way or acknowledged.
    Sent,
}

/// A segment that is not acknowledged yet.
#[derive(Clone, Copy, Debug)]
pub struct InFlight {
    /// First sequence number.
    pub seq: Seq,
    /// Bytes of data.
    pub len: u16,
    /// Control bits.
    pub flags: Flags,
    /// When it was last sent.
    pub sent_at: Time,
    /// Whether it was sent more than once, so that its ACK gives no sample (Karn).
    pub again: bool,
}

impl InFlight {
    /// The sequence number after its last one.
    pub fn end(&self) -> Seq {
        self.seq
            + u32::from(self.len)
            + u32::from(self.flags.has(Flags::SYN))
            + u32::from(self.flags.has(Flags::FIN))
    }
}

/// The sending side (RFC 9293's SND variables, and the send queue as a count).
#[derive(Clone, Debug)]
pub struct Snd {
    /// SND.UNA: the first number not acknowledged.
    pub una: Seq,
    /// SND.NXT: the next number to be sent.
    pub nxt: Seq,
    /// Bytes that the program has written.
    pub written: u32,
    /// Bytes that have been sent at least once.
    pub sent: u32,
    /// Where our FIN is.
    pub fin: Fin,
    /// The peer's receive window, bytes.
    pub window: u32,
    /// Segments in flight, oldest first.
    pub in_flight: VecDeque<InFlight>,
    /// Congestion window, segments.
    pub cwnd: u32,
}

impl Default for Snd {
    fn default() -> Self {
        Self {
            una: Seq(0),
            nxt: Seq(0),
            written: 0,
            sent: 0,
            fin: Fin::Open,
            window: 0,
            in_flight: VecDeque::new(),
            cwnd: INITIAL_CWND,
        }
    }
}

impl Tcb {
    /// Sends what may be sent (`tcp_write_xmit`). A FIN that waits behind unsent data rides on the last of it;
    /// otherwise it is a segment of its own. TCP_NODELAY is on in every runtime modelled so far.
    pub(super) fn push_pending(&mut self, now: Time, out: &mut Outbox) {
        let mut sent = false;
        while self.snd.sent < self.snd.written && self.may_send() {
            let rest = self.snd.written - self.snd.sent;
            let len = rest.min(u32::from(MSS_WITH_TIMESTAMPS));
            let mut flags = Flags::ACK;
            if len == rest {
                flags = flags.with(Flags::PSH);
                if self.snd.fin == Fin::Queued {
                    flags = flags.with(Flags::FIN);
                    self.snd.fin = Fin::Sent;
                }
            }
            // At most one MSS.
            self.send_new(now, flags, len as u16, out);
            sent = true;
        }
        if self.snd.fin == Fin::Queued && self.snd.sent == self.snd.written {
            self.snd.fin = Fin::Sent;
            self.send_new(now, Flags::FIN.with(Flags::ACK), 0, out);
            sent = true;
        }
        if sent {
            self.arm_after_sending(now, out);
        }
    }

    fn may_send(&self) -> bool {
        let in_flight = self.snd.nxt.offset_from(self.snd.una);
        self.snd.in_flight.len() < self.snd.cwnd as usize && in_flight < self.snd.window
    }

    /// Sends a segment for the first time.
    pub(super) fn send_new(&mut self, now: Time, flags: Flags, len: u16, out: &mut Outbox) {
        let seq = self.snd.nxt;
        let segment = InFlight {
            seq,
            len,
            flags,
            sent_at: now,
            again: false,
        };
        self.snd.in_flight.push_back(segment);
        self.snd.nxt = segment.end();
        self.snd.sent += u32::from(len);
        if len > 0 {
            self.ack.data_sent(now);
        }
        self.transmit(now, flags, seq, len, out);
    }

    /// Sends a segment that is in flight again; it carries today's ACK, window and timestamp.
    pub(super) fn send_again(&mut self, now: Time, index: usize, out: &mut Outbox) {
        let Some(segment) = self.snd.in_flight.get_mut(index) else {
            return;
        };
        segment.sent_at = now;
        segment.again = true;
        let InFlight {
            seq, len, flags, ..
        } = *segment;
        if len > 0 {
            self.ack.data_sent(now);
        }
        self.transmit(now, flags, seq, len, out);
    }

    /// Puts a header on (`__tcp_transmit_skb`); an ACK in it settles what is owed.
    pub(super) fn transmit(
        &mut self,
        now: Time,
        flags: Flags,
        seq: Seq,
        len: u16,
        out: &mut Outbox,
    ) {
        let syn = flags.has(Flags::SYN);
        let acks = flags.has(Flags::ACK);
        let segment = Segment {
            flow: self.socket.flow,
            from: self.socket.side,
            flags,
            window: self.window_field(syn),
            seq,
            ack: if acks { self.rcv.nxt } else { Seq(0) },
            timestamps: Some((self.timestamp(now), if acks { self.ts_recent } else { 0 })),
            options: syn.then_some(self.syn_options),
            len,
        };
        if acks && self.ack.ack_sent(self.rcv.nxt) {
            out.say(Output::Clear(whyeof_trace::TimerKind::DelayedAck));
        }
        out.say(Output::Transmit(segment));
    }

    /// The window field. Its growth with traffic is memory accounting that decides nothing here
    /// (linux-tcp §1.3), so it stays where the recorded connections begin.
    fn window_field(&self, syn: bool) -> u16 {
        match (self.socket.side, syn) {
            (Side::Opener, true) => SYN_WINDOW,
            (Side::Listener, true) => SYNACK_WINDOW,
            (Side::Opener, false) => OPENER_WINDOW,
            (Side::Listener, false) => LISTENER_WINDOW,
        }
    }

    /// Takes the peer's window from a segment (RFC 7323 §2.3: a SYN's is not scaled).
    pub(super) fn take_window(&mut self, segment: &Segment) {
        let shift = if segment.flags.has(Flags::SYN) {
            0
        } else {
            WINDOW_SCALE
        };
        self.snd.window = u32::from(segment.window) << shift;
    }

    /// Whether our FIN is acknowledged.
    pub(super) fn fin_is_acked(&self) -> bool {
        self.snd.fin == Fin::Sent && self.snd.una == self.snd.nxt
    }

    /// Whether data may still be sent in this state.
    pub(super) const fn can_send(&self) -> bool {
        matches!(self.state(), State::Established | State::CloseWait)
    }
}
