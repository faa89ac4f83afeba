//! A request for a connection, as a listener keeps it until the final ACK (SYN-RECEIVED; `struct request_sock`).

use super::Tcb;
use super::segment_arrives::Answer;
use crate::outbox::{Outbox, Output, Signal};
use whyeof_trace::{Flags, Segment, State, TcpOptions, Time, TimerKind};

/// What the listener has to say about the final ACK.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AcceptQueue {
    /// There is room.
    Room,
    /// The queue is full.
    Full,
}

impl Tcb {
    /// A SYN reached a listener: SYN-ACK (`tcp_conn_request`). `cookie`: too many requests wait, so that no state is kept
    /// and the SYN-ACK never sent again.
    pub fn listen_arrives(
        &mut self,
        now: Time,
        syn: &Segment,
        options: Option<&TcpOptions>,
        cookie: bool,
        out: &mut Outbox,
    ) {
        self.enter(State::SynReceived, out);
        self.take_syn(syn, options);
        self.passive = true;
        self.rexmit.since = Some(now);
        self.send_new(now, Flags::SYN.with(Flags::ACK), 0, out);
        if !cookie {
            out.say(Output::Set(TimerKind::SynAck, self.rtt.timeout()));
        }
    }

    /// A segment for a request (`tcp_check_req`).
    pub(super) fn request_arrives(
        &mut self,
        now: Time,
        segment: &Segment,
        options: Option<&TcpOptions>,
        queue: AcceptQueue,
        out: &mut Outbox,
    ) -> Answer {
        let flags = segment.flags;
        let (repeated, outdated) = (segment.seq == self.rcv.irs, self.has_older_clock(segment));
        let plain_syn = flags.has(Flags::SYN) && !flags.has(Flags::ACK) && !flags.has(Flags::RST);
        if repeated && plain_syn && !outdated {
            self.synack_again(now, out);
            return Answer::Done;
        }
        if flags.has(Flags::ACK) && !flags.has(Flags::RST) && segment.ack != self.snd.nxt {
            return Answer::Reset; // by the listener
        }
        let in_window = segment.seq == self.rcv.nxt
            || (segment.end().after(self.rcv.nxt) && self.receive_window_end().after(segment.seq));
        if outdated || !in_window || (repeated && flags.has(Flags::SYN)) {
            if !flags.has(Flags::RST) {
                self.send_ack_limited(now, out);
            }
            return Answer::Done;
        }
        if flags.has(Flags::RST) {
            if segment.seq == self.rcv.nxt {
                self.vanish(out);
            } else {
                self.send_ack_limited(now, out); // challenge ACK
            }
            return Answer::Done;
        }
        if flags.has(Flags::SYN) {
            self.vanish(out);
            return Answer::Reset;
        }
        if !flags.has(Flags::ACK) {
            return Answer::Done;
        }
        self.final_ack(now, segment, options, queue, out)
    }

    /// `tcp_v4_syn_recv_sock`, then the segment's own contents.
    fn final_ack(
        &mut self,
        now: Time,
        segment: &Segment,
        options: Option<&TcpOptions>,
        queue: AcceptQueue,
        out: &mut Outbox,
    ) -> Answer {
        if queue == AcceptQueue::Full {
            if !self.sysctl.tcp_abort_on_overflow {
                return Answer::Done;
            }
            self.vanish(out);
            return Answer::Reset;
        }
        self.take_timestamp(segment);
        self.establish(now, segment, options, out);
        out.say(Output::Clear(TimerKind::SynAck));
        out.say(Output::Wake(Signal::Accepted));
        self.take_data(now, segment, out);
        Answer::Done
    }

    /// `reqsk_timer_handler`: the SYN-ACK again, up to `tcp_synack_retries` times, then the request is forgotten.
    pub(super) fn synack_timeout(&mut self, now: Time, out: &mut Outbox) {
        if self.state() != State::SynReceived {
            return;
        }
        if self.rexmit.count >= self.sysctl.tcp_synack_retries {
            self.vanish(out);
            return;
        }
        self.rexmit.count += 1;
        self.rtt.back_off();
        self.send_again(now, 0, out);
        out.say(Output::Set(TimerKind::SynAck, self.rtt.timeout()));
    }

    /// The SYN came again: so does the SYN-ACK, at most every 500 ms, and its timer starts anew.
    fn synack_again(&mut self, now: Time, out: &mut Outbox) {
        if self.limit_reached(now) {
            return;
        }
        self.send_again(now, 0, out);
        out.say(Output::Set(TimerKind::SynAck, self.rtt.timeout()));
    }
}
