//! The receiving side: what has come, what waits for a gap to be filled, what the program has read.

use super::Tcb;
use super::ack::DataArrival;
use super::sack::OutOfOrder;
use super::window::ReceiveWindow;
use crate::copy::clone_into_place;
use crate::outbox::{Outbox, Output, Signal};
use whyeof_trace::{Flags, Returned, Segment, Seq, SeqRange, SocketError, State, Time};

/// The receiving side (RFC 9293's RCV variables, and the receive queue as a count).
#[derive(Debug)]
pub struct Rcv {
    /// IRS: the peer's first sequence number.
    pub irs: Seq,
    /// RCV.NXT: the next sequence number expected.
    pub nxt: Seq,
    /// Bytes of data received in order.
    pub received: u32,
    /// Bytes that the program has read.
    pub read: u32,
    /// The peer's FIN was reached (SOCK_DONE).
    pub fin: bool,
    /// The program has shut reading down (RCV_SHUTDOWN without a FIN).
    pub shut: bool,
    /// What came ahead of its turn.
    pub early: OutOfOrder,
    /// The buffer and the window.
    pub window: ReceiveWindow,
}

clone_into_place!(Rcv {
    irs,
    nxt,
    received,
    read,
    fin,
    shut,
    early,
    window
});

impl Rcv {
    /// Nothing received.
    pub fn new(window: ReceiveWindow) -> Self {
        Self {
            irs: Seq(0),
            nxt: Seq(0),
            received: 0,
            read: 0,
            fin: false,
            shut: false,
            early: OutOfOrder::default(),
            window,
        }
    }

    /// So much more has come in order.
    pub(super) fn advance(&mut self, len: u32) {
        self.nxt += len;
        self.received = self.received.wrapping_add(len);
    }

    /// Recv-Q: bytes that the program has not read.
    pub const fn unread(&self) -> u32 {
        self.received.wrapping_sub(self.read)
    }
}

/// What read(2) would say right now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Read {
    /// It returns.
    Returns(Returned),
    /// It would block (EAGAIN).
    Blocks,
}

impl Tcb {
    /// read(2) into a buffer of `most` bytes (`tcp_recvmsg_locked`): data, then end of stream if a FIN ever came, then
    /// the pending error, once, then end of stream (linux-tcp §4.7).
    pub fn read(&mut self, now: Time, most: u32, out: &mut Outbox) -> Read {
        let bytes = self.rcv.unread().min(most);
        if bytes > 0 {
            self.unqueue_data(now, bytes);
            self.ack_after_read(now, out);
            return Read::Returns(Returned::Bytes(bytes));
        }
        if self.rcv.fin {
            return Read::Returns(Returned::EndOfStream);
        }
        if let Some(error) = self.error.take() {
            return Read::Returns(Returned::Error(error));
        }
        if self.rcv.shut {
            return Read::Returns(Returned::EndOfStream);
        }
        match self.state() {
            State::Closed if self.snd.una == self.snd.iss => {
                Read::Returns(Returned::Error(SocketError::NotConnected))
            }
            State::Closed => Read::Returns(Returned::EndOfStream),
            _ => Read::Blocks,
        }
    }

    /// SO_ERROR: returns the pending error and forgets it; without one the last that an ICMP packet told of.
    pub fn take_error(&mut self) -> Option<SocketError> {
        self.error.take().or_else(|| self.soft_error.take())
    }

    /// Seventh and eighth: text and FIN, then what that lets us send, then the ACK, then the program.
    pub(super) fn take_data(&mut self, now: Time, segment: &Segment, out: &mut Outbox) {
        let before = (self.rcv.received, self.rcv.fin);
        if segment.seq_len() > 0 {
            self.queue_segment(now, segment, out);
        }
        self.send_and_acknowledge(now, segment.seq_len() > 0, out);
        let (data, end) = (self.rcv.received != before.0, self.rcv.fin != before.1);
        if !self.is_orphan() && (data || end) {
            out.say(Output::Wake(if data { Signal::Data } else { Signal::End }));
        }
    }

    /// What the segment let us send goes out, then the ACK. Only the fast path of ESTABLISHED leaves an ACK that is owed alone
    /// (`tcp_rcv_state_process`).
    pub(super) fn send_and_acknowledge(&mut self, now: Time, text: bool, out: &mut Outbox) {
        self.push_pending(now, out);
        self.tell_of_room(out);
        if text || self.state() != State::Established {
            self.acknowledge(now, out);
        }
    }

    /// `tcp_data_queue`.
    fn queue_segment(&mut self, now: Time, segment: &Segment, out: &mut Outbox) {
        let (seq, end, next) = (segment.seq, segment.end(), self.rcv.nxt);
        let bare_fin = segment.len == 0;
        if next.at_or_after(end) {
            self.set_duplicate(seq, end);
            self.out_of_window();
        } else if self.receive_window() == 0 && !(bare_fin && seq == next) {
            if next.after(seq) {
                self.set_duplicate(seq, next);
            }
            self.out_of_window();
        } else if next.at_or_after(seq) {
            if next.after(seq) {
                self.set_duplicate(seq, next);
            }
            self.queue_in_order(now, segment, out);
        } else if seq.at_or_after(self.receive_window_end()) {
            self.out_of_window();
        } else {
            self.queue_early(segment);
        }
    }

    /// Nothing of it is wanted: answered at once, and so are the next ones.
    fn out_of_window(&mut self) {
        self.ack.enter_quick_mode(self.rcv.window.offered);
        self.ack.schedule();
    }

    /// The part that is new joins the stream, and with it what waited for it.
    fn queue_in_order(&mut self, now: Time, segment: &Segment, out: &mut Outbox) {
        let data_end = segment.seq + u32::from(segment.len);
        if data_end.after(self.rcv.nxt) {
            let fresh = data_end.offset_from(self.rcv.nxt);
            self.event_data_received(now, fresh, segment);
        }
        if segment.flags.has(Flags::FIN) {
            self.fin_arrives(now, out);
        }
        self.join_early(now, out);
    }

    /// `tcp_event_data_recv`, around queueing.
    fn event_data_received(&mut self, now: Time, fresh: u32, segment: &Segment) {
        if let Some((_, echo)) = segment.timestamps {
            self.sample_receive_rtt(now, fresh, echo);
        }
        self.queue_data(fresh);
        let arrival = DataArrival {
            len: fresh,
            flags: segment.flags,
            header: self.header_len(),
            most: self.receive_mss(),
            window: self.rcv.window.offered,
            rto: self.rtt.timeout(),
        };
        self.ack.data_received(now, arrival);
    }

    /// `tcp_ofo_queue`: what follows without a gap now is in order as well.
    fn join_early(&mut self, now: Time, out: &mut Outbox) {
        if self.rcv.early.is_empty() {
            return;
        }
        let mut known = self.rcv.nxt;
        while let Some((range, memory)) = self.rcv.early.take_reached(self.rcv.nxt) {
            if known.after(range.start) {
                // What just came holds some of it as well.
                let end = range.end();
                let twice = if known.after(end) { end } else { known };
                self.extend_duplicate(range.start, twice);
                known = end;
            }
            if range.end().after(self.rcv.nxt) {
                self.queue_waiting(range.end().offset_from(self.rcv.nxt), memory);
            } else {
                self.rcv.window.unhold(memory);
            }
        }
        if self.rcv.early.fin() == Some(self.rcv.nxt) {
            self.fin_arrives(now, out);
        }
        if self.rcv.early.is_empty() {
            // The gap is filled: said at once.
            self.ack.at_once();
        }
    }

    /// `tcp_data_queue_ofo`.
    fn queue_early(&mut self, segment: &Segment) {
        let range = SeqRange {
            start: segment.seq,
            len: u32::from(segment.len),
        };
        let fin = segment.flags.has(Flags::FIN);
        self.ack.schedule();
        if self.rcv.early.holds(range, fin) {
            self.set_duplicate(range.start, segment.end());
            return;
        }
        for (n, (start, end)) in self.rcv.early.overlaps(range).into_iter().enumerate() {
            if n == 0 && start == range.start {
                self.set_duplicate(start, end);
            } else {
                self.extend_duplicate(start, end);
            }
        }
        let memory = if range.len > 0 {
            self.rcv.window.hold(range.len)
        } else {
            0
        };
        self.rcv.early.insert(range, memory, fin);
    }
}
