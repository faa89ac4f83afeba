//! SEGMENT ARRIVES (RFC 9293 §3.10.7), as Linux does it (`tcp_rcv_state_process`, `tcp_validate_incoming`, `tcp_ack`).

use super::{Owner, Tcb};
use crate::outbox::{Outbox, Output, Signal};
use std::time::Duration;
use whyeof_trace::{Flags, Segment, Seq, State, Time, TimerKind};

/// What to do with a segment after a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Go,
    Stop,
}

/// What the stack has to do after a TCB has seen a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Nothing: the TCB has said everything.
    Done,
    /// A reset in reply to this segment (`tcp_v4_send_reset`).
    Reset,
}

impl Tcb {
    /// A segment of the peer arrives. In one instant: the segment is processed, then what it lets us send is sent,
    /// then it is acknowledged, and only then is the program woken (linux-tcp §10).
    pub fn segment_arrives(&mut self, now: Time, segment: &Segment, out: &mut Outbox) -> Answer {
        match self.state() {
            State::Closed | State::Listen => return Answer::Reset,
            State::SynSent => return self.syn_sent_arrives(now, segment, out),
            State::TimeWait => {
                self.time_wait_arrives(now, segment, out);
                return Answer::Done;
            }
            _ => {}
        }
        if self.state() == State::FinWait2 && self.is_orphan() {
            return self.fin_wait2_arrives(now, segment, out);
        }
        if self.check_acceptable(now, segment, out) == Verdict::Stop {
            return Answer::Done;
        }
        if self.state() == State::SynReceived && segment.ack != self.snd.nxt {
            return Answer::Reset; // by the listener: `tcp_check_req`
        }
        self.take_timestamp(segment);
        if self.check_ack(now, segment, out) == Verdict::Stop {
            return Answer::Done;
        }
        match self.state() {
            // The ACK of our FIN ended LAST-ACK or CLOSING, or left the rest of FIN-WAIT-2 to a small stand-in.
            State::Closed | State::TimeWait => return Answer::Done,
            State::FinWait2 if self.is_orphan() && segment.seq_len() == 0 => return Answer::Done,
            _ => {}
        }
        if self.nobody_will_read(segment) {
            self.enter(State::Closed, out);
            return Answer::Reset;
        }
        self.take_data(now, segment, out);
        Answer::Done
    }

    /// SYN-SENT (`tcp_rcv_synsent_state_process`).
    fn syn_sent_arrives(&mut self, now: Time, segment: &Segment, out: &mut Outbox) -> Answer {
        let acceptable = segment.flags.has(Flags::ACK) && segment.ack == self.snd.nxt;
        if segment.flags.has(Flags::ACK) && !acceptable {
            return if segment.flags.has(Flags::RST) {
                Answer::Done
            } else {
                Answer::Reset
            };
        }
        if segment.flags.has(Flags::RST) {
            if acceptable {
                self.reset(out);
            }
            return Answer::Done;
        }
        if !segment.flags.has(Flags::SYN) || !acceptable {
            return Answer::Done;
        }
        self.rcv.nxt = segment.end();
        self.ack.sent = self.rcv.nxt;
        self.take_window(segment);
        self.take_timestamp(segment);
        self.acknowledged(now, segment, out);
        self.enter(State::Established, out);
        self.heard_peer(now);
        self.send_ack(now, out);
        self.start_keepalive(out);
        out.say(Output::Wake(Signal::Connected));
        Answer::Done
    }

    /// First to fourth check: sequence number, RST, SYN (`tcp_validate_incoming`, linux-tcp §5.2).
    fn check_acceptable(&mut self, now: Time, segment: &Segment, out: &mut Outbox) -> Verdict {
        let flags = segment.flags;
        let late_reset = flags.has(Flags::RST)
            && segment.seq + 1 == self.rcv.nxt
            && matches!(
                self.state(),
                State::CloseWait | State::LastAck | State::Closing
            );
        if late_reset {
            // Sent before our ACK of the FIN: `tcp_reset_check`.
            self.reset(out);
            return Verdict::Stop;
        }
        let in_order = segment.end().at_or_after(self.ack.sent);
        let in_window = self.receive_window_end().at_or_after(segment.seq);
        if !in_order || !in_window {
            self.not_acceptable(now, segment, out);
            return Verdict::Stop;
        }
        if flags.has(Flags::RST) {
            if segment.seq == self.rcv.nxt {
                self.reset(out);
            } else {
                self.send_ack_limited(now, out); // challenge ACK (RFC 5961 §3.2)
            }
            return Verdict::Stop;
        }
        if flags.has(Flags::SYN) {
            if self.state() == State::SynReceived && segment.seq == Seq(0) {
                self.synack_again(now, out);
            } else {
                self.send_ack_limited(now, out); // challenge ACK (RFC 5961 §4.2)
            }
            return Verdict::Stop;
        }
        if flags.has(Flags::ACK) {
            Verdict::Go
        } else {
            Verdict::Stop
        }
    }

    fn not_acceptable(&mut self, now: Time, segment: &Segment, out: &mut Outbox) {
        if segment.flags.has(Flags::RST) {
            return;
        }
        if segment.len > 0 {
            self.ack.enter_quick_mode();
            self.send_ack(now, out);
        } else {
            // A keepalive probe, for one: its number is one below what was acknowledged. It does not put off our own
            // probes (recorded in 03b: Node's probe each second, and Go's own after 15 s all the same).
            self.send_ack_limited(now, out);
        }
    }

    /// The right edge of what we offer; far away, for windows are not modelled yet.
    pub(super) fn receive_window_end(&self) -> Seq {
        self.rcv.nxt + 65_536
    }

    /// Fifth check: the ACK (`tcp_ack`).
    fn check_ack(&mut self, now: Time, segment: &Segment, out: &mut Outbox) -> Verdict {
        let behind = self.snd.una.offset_from(segment.ack);
        let too_old = self.snd.una.after(segment.ack)
            && behind > self.snd.window.min(self.snd.una.offset_from(Seq(1)));
        if segment.ack.after(self.snd.nxt) || too_old {
            self.send_ack_limited(now, out); // challenge ACK (RFC 5961 §5.2)
            return Verdict::Stop;
        }
        self.heard_peer(now);
        self.take_window(segment);
        if self.state() == State::SynReceived {
            self.acknowledged(now, segment, out);
            out.say(Output::Clear(TimerKind::SynAck));
            self.enter(State::Established, out);
            self.ack.sent = self.rcv.nxt;
            self.start_keepalive(out);
            out.say(Output::Wake(Signal::Accepted));
        } else if segment.ack.after(self.snd.una) {
            self.acknowledged(now, segment, out);
            if self.fin_is_acked() {
                self.fin_acked(out);
            }
        }
        Verdict::Go
    }

    /// Takes segments out of flight, measures the round trip, and re-arms (`tcp_clean_rtx_queue`).
    fn acknowledged(&mut self, now: Time, segment: &Segment, out: &mut Outbox) {
        let ack = segment.ack;
        self.snd.una = ack;
        let mut oldest = None;
        let mut clean = true;
        while let Some(head) = self.snd.in_flight.front() {
            if !ack.at_or_after(head.end()) {
                break;
            }
            oldest = oldest.or(Some(head.sent_at));
            clean &= !head.again;
            self.snd.in_flight.pop_front();
        }
        let sample = match (oldest, segment.timestamps) {
            (Some(sent_at), _) if clean => Some(now.since(sent_at)),
            // Sent again, so that only the echoed timestamp tells which copy was answered (`tcp_rtt_tsopt_us`).
            (_, Some((_, echo))) => {
                let ticks = self.timestamp(now).wrapping_sub(echo).max(1);
                Some(Duration::from_millis(u64::from(ticks)))
            }
            _ => None,
        };
        if let Some(sample) = sample {
            self.rtt.sample(sample, self.snd.una, self.snd.nxt);
        }
        self.rearm_after_ack(now, out);
    }

    /// Data beyond what was received, for a socket that nobody owns (linux-tcp §4.5): the kernel resets.
    fn nobody_will_read(&self, segment: &Segment) -> bool {
        let data_end = segment.seq + u32::from(segment.len);
        self.owner == Owner::Nobody
            && matches!(self.state(), State::FinWait1 | State::FinWait2)
            && segment.len > 0
            && data_end.after(self.rcv.nxt)
    }

    /// Seventh and eighth: text and FIN, then what that lets us send, then the ACK, then the program.
    fn take_data(&mut self, now: Time, segment: &Segment, out: &mut Outbox) {
        if segment.seq_len() == 0 {
            self.push_pending(now, out);
            if self.state() != State::Established {
                // Only the fast path of ESTABLISHED leaves an ACK that is owed alone (`tcp_rcv_state_process`).
                self.acknowledge(now, out);
            }
            return;
        }
        let old = self.rcv.nxt.at_or_after(segment.end());
        if old || segment.seq.after(self.rcv.nxt) {
            // Out of order: there is no queue for it yet; the sender will send it again.
            self.ack.enter_quick_mode();
            self.ack.owe();
            self.send_ack(now, out);
            return;
        }
        if self.rcv.fin {
            return; // nothing comes after a FIN
        }
        let data_end = segment.seq + u32::from(segment.len);
        let fresh = data_end.offset_from(self.rcv.nxt);
        if fresh > 0 {
            self.rcv.nxt += fresh;
            self.rcv.received += fresh;
            self.ack
                .data_received(now, fresh, segment.flags, self.rtt.timeout());
        }
        if segment.flags.has(Flags::FIN) {
            self.fin_arrives(now, out);
        }
        self.push_pending(now, out);
        self.acknowledge(now, out);
        if !self.is_orphan() {
            out.say(Output::Wake(
                if segment.flags.has(Flags::FIN) && fresh == 0 {
                    Signal::End
                } else {
                    Signal::Data
                },
            ));
        }
    }

    /// Remembers the peer's clock for the echo: that of the oldest segment not acknowledged yet (RFC 7323 §4.3,
    /// `tcp_replace_ts_recent`).
    pub(super) fn take_timestamp(&mut self, segment: &Segment) {
        if let (Some((value, _)), false) = (segment.timestamps, segment.seq.after(self.ack.sent)) {
            self.ts_recent = value;
        }
    }
}
