//! SEGMENT ARRIVES (RFC 9293 §3.10.7), as Linux does it (`tcp_rcv_state_process`, `tcp_validate_incoming`, `tcp_ack`).

use super::options::FinTimeout;
use super::request::AcceptQueue;
use super::{Owner, Tcb};
use crate::kernel::sysctl::INITIAL_CWND;
use crate::outbox::{Outbox, Output, Signal};
use whyeof_trace::{Flags, Segment, Seq, SocketError, State, TcpOptions, Time, TimerKind};

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
    /// A segment of the peer arrives, with its options other than timestamps. In one instant: the segment is processed, then
    /// what it lets us send is sent, then it is acknowledged, and only then is the program woken (linux-tcp §10).
    /// `queue` is the listener's word on a request's final ACK.
    pub fn segment_arrives(
        &mut self,
        now: Time,
        segment: &Segment,
        options: Option<&TcpOptions>,
        queue: AcceptQueue,
        out: &mut Outbox,
    ) -> Answer {
        match self.state() {
            State::Closed | State::Listen => return Answer::Reset,
            State::SynSent => return self.syn_sent_arrives(now, segment, options, out),
            State::SynReceived if self.passive => {
                return self.request_arrives(now, segment, options, queue, out);
            }
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
        // An ACK of nothing at all is no wrong one, and opens the connection (`tcp_ack`; seen on 6.18).
        let right = segment.ack == self.snd.nxt || segment.ack == self.snd.una;
        if self.state() == State::SynReceived && !right {
            return Answer::Reset;
        }
        if self.check_ack(now, segment, options, out) == Verdict::Stop {
            return Answer::Done;
        }
        self.text_arrives(now, segment, out)
    }

    /// Sixth to eighth: text and FIN (the end of `tcp_rcv_state_process`).
    fn text_arrives(&mut self, now: Time, segment: &Segment, out: &mut Outbox) -> Answer {
        let (state, fin) = (self.state(), segment.flags.has(Flags::FIN));
        if matches!(state, State::Closed | State::TimeWait) {
            return Answer::Done; // the ACK of our FIN ended LAST-ACK or CLOSING
        }
        let after_fin = matches!(state, State::CloseWait | State::Closing | State::LastAck);
        if after_fin && segment.seq.at_or_after(self.rcv.nxt) {
            // Nothing comes after a FIN.
            self.send_and_acknowledge(now, true, out);
            return Answer::Done;
        }
        if self.nobody_will_read(segment) || self.nobody_will_wait() {
            self.reset(out);
            return Answer::Reset;
        }
        if state == State::FinWait2 && self.is_orphan() && !fin {
            return Answer::Done; // the ACK of our FIN left the rest to a small stand-in
        }
        self.take_data(now, segment, out);
        Answer::Done
    }

    /// SYN-SENT (`tcp_rcv_synsent_state_process`).
    fn syn_sent_arrives(
        &mut self,
        now: Time,
        segment: &Segment,
        options: Option<&TcpOptions>,
        out: &mut Outbox,
    ) -> Answer {
        let flags = segment.flags;
        if flags.has(Flags::ACK) {
            if segment.ack != self.snd.nxt {
                return self.wrong_ack_of_syn(flags, out);
            }
            if flags.has(Flags::RST) {
                self.reset(out);
                return Answer::Done;
            }
            if !flags.has(Flags::SYN) {
                return Answer::Done;
            }
            self.take_syn(segment, options);
            self.establish(now, segment, None, out);
            self.send_ack(now, out);
            out.say(Output::Wake(Signal::Connected));
        } else if flags.has(Flags::SYN) && !flags.has(Flags::RST) {
            // Simultaneous open: our SYN goes out once more, as a SYN-ACK.
            self.take_syn(segment, options);
            self.enter(State::SynReceived, out);
            if let Some(syn) = self.snd.in_flight.front_mut() {
                syn.flags = Flags::SYN.with(Flags::ACK);
            }
            self.send_again(now, 0, out);
        }
        Answer::Done
    }

    /// It answers no SYN of ours: reset, unless it is a reset itself; and the SYN goes out again soon, once, so that a peer
    /// that still held an old connection gets the new one quickly (linux-tcp §1.4).
    fn wrong_ack_of_syn(&mut self, flags: Flags, out: &mut Outbox) -> Answer {
        if self.rexmit.count == 0 {
            // TCP_TIMEOUT_MIN: two jiffies.
            self.arm(TimerKind::Retransmit, self.tick * 2, out);
        }
        if flags.has(Flags::RST) {
            Answer::Done
        } else {
            Answer::Reset
        }
    }

    /// Takes the peer's SYN: its number, window, clock and options.
    pub(super) fn take_syn(&mut self, syn: &Segment, options: Option<&TcpOptions>) {
        self.agree(syn, options);
        self.rcv.irs = syn.seq;
        self.rcv.nxt = syn.seq + 1;
        self.ack.sent = self.rcv.nxt;
        if let Some((value, _)) = syn.timestamps {
            self.ts_recent = value;
        }
        if self.state() == State::SynReceived {
            self.rcv.window.start(self.receive_mss());
        }
        self.take_window(syn);
    }

    /// The handshake is over: the SYN is acknowledged.
    pub(super) fn establish(
        &mut self,
        now: Time,
        segment: &Segment,
        options: Option<&TcpOptions>,
        out: &mut Outbox,
    ) {
        let again = self.snd.in_flight.front().is_some_and(|syn| syn.again);
        let lost = self.rexmit.count > 1 && !self.answers_first_syn(segment);
        self.enter(State::Established, out);
        self.rexmit.since = None;
        if self.passive {
            // What the SYN offered does not count (`tcp_create_openreq_child`, `tcp_rcv_state_process`).
            self.snd.window_most = 0;
        }
        self.take_window(segment);
        self.ack_arrives(now, segment, options, out);
        self.rtt.reset_backoff();
        if again && !self.agreed.timestamps {
            self.rtt.fall_back();
        }
        // `tcp_init_transfer`.
        self.cwnd.set(if lost { 1 } else { INITIAL_CWND });
        self.cwnd.last_sent = now;
        let mss = self.receive_mss();
        self.rcv
            .window
            .established(now, mss, self.agreed.receive_shift);
        self.ack
            .start(mss.min(self.send_mss()), self.rcv.window.offered);
        self.heard_peer(now);
        self.start_keepalive(out);
    }

    /// The echo is that of the first of several SYNs: those after it were sent too early, nothing was lost
    /// (`tcp_try_undo_spurious_syn`, seen on 6.18).
    fn answers_first_syn(&self, segment: &Segment) -> bool {
        let echo = segment.timestamps.filter(|_| self.agreed.timestamps);
        let first = self.rexmit.since.map(|at| self.timestamp(at));
        echo.is_some_and(|(_, echo)| first == Some(echo))
    }

    /// First to fourth check: timestamp, sequence number, RST, SYN (`tcp_validate_incoming`, linux-tcp §5.2).
    fn check_acceptable(&mut self, now: Time, segment: &Segment, out: &mut Outbox) -> Verdict {
        let flags = segment.flags;
        if self.is_outdated(segment) && !flags.has(Flags::RST) {
            self.not_acceptable(now, segment, out);
            return Verdict::Stop;
        }
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
        if !in_order || !in_window || self.sticks_out(segment) {
            self.not_acceptable(now, segment, out);
            return Verdict::Stop;
        }
        if flags.has(Flags::RST) {
            if segment.seq == self.rcv.nxt || self.rcv.early.last_end() == Some(segment.seq) {
                self.reset(out);
            } else {
                self.send_ack_limited(now, out); // challenge ACK (RFC 5961 §3.2)
            }
            return Verdict::Stop;
        }
        if flags.has(Flags::SYN) && !self.answers_simultaneous_open(segment) {
            self.send_ack_limited(now, out); // challenge ACK (RFC 5961 §4.2)
            return Verdict::Stop;
        }
        if flags.has(Flags::ACK) {
            Verdict::Go
        } else {
            Verdict::Stop
        }
    }

    /// PAWS (RFC 7323 §5; `tcp_paws_discard`): an older clock than the last one seen, by more than TCP_PAWS_WINDOW.
    fn is_outdated(&self, segment: &Segment) -> bool {
        const WINDOW: u32 = 1;
        self.clock_lag(segment) > WINDOW && !self.is_disordered_ack(segment)
    }

    /// PAWS while the connection is a request: any older clock (`tcp_paws_reject`, seen on 6.18).
    pub(super) fn has_older_clock(&self, segment: &Segment) -> bool {
        self.clock_lag(segment) > 0
    }

    /// By how much a segment's timestamp is older than the last one taken, in its clock's milliseconds. 0 for those without
    /// one: they pass (linux-tcp §5.2).
    fn clock_lag(&self, segment: &Segment) -> u32 {
        let stamp = segment.timestamps.filter(|_| self.agreed.timestamps);
        stamp.map_or(0, |(value, _)| {
            let newer = Seq(value).at_or_after(Seq(self.ts_recent));
            if newer {
                0
            } else {
                self.ts_recent.wrapping_sub(value)
            }
        })
    }

    /// `tcp_disordered_ack`: a duplicate ACK that others have overtaken, not older than 1.2 timeouts.
    fn is_disordered_ack(&self, segment: &Segment) -> bool {
        let replay = self.rtt.timeout().millis() * 6 / 5;
        segment.flags.has(Flags::ACK)
            && segment.seq_len() == 0
            && segment.seq == self.rcv.nxt
            && segment.ack == self.snd.una
            && !self.may_update_window(segment)
            && u64::from(self.clock_lag(segment)) <= replay
    }

    /// Data beyond the window's edge is refused, unless nothing at all waits to be read (6.17+; linux-tcp §5.2).
    fn sticks_out(&self, segment: &Segment) -> bool {
        let end = segment.seq + u32::from(segment.len);
        end.after(self.receive_window_end()) && self.rcv.unread() > 0
    }

    /// Both ends sent a SYN, and this is the peer's answer to ours.
    fn answers_simultaneous_open(&self, segment: &Segment) -> bool {
        self.state() == State::SynReceived
            && segment.flags.has(Flags::ACK)
            && segment.end() == self.rcv.nxt
            && segment.seq_len() == 1
            && segment.ack == self.snd.nxt
    }

    /// `tcp_send_dupack`, and its limits.
    fn not_acceptable(&mut self, now: Time, segment: &Segment, out: &mut Outbox) {
        if segment.flags.has(Flags::RST) {
            return;
        }
        if segment.flags.has(Flags::SYN) {
            self.send_ack_limited(now, out); // challenge ACK
            return;
        }
        if segment.len == 0 {
            // A keepalive probe, for one: its number is one below what was acknowledged. It does not put off our own
            // probes (recorded in 03b: Node's probe each second, and Go's own after 15 s all the same).
            if self.limit_reached(now) {
                return;
            }
        }
        let next = self.rcv.nxt;
        if segment.seq_len() > 0 && next.after(segment.seq) {
            self.ack.enter_quick_mode(self.rcv.window.offered);
            let end = segment.end();
            self.set_duplicate(segment.seq, if end.after(next) { next } else { end });
        }
        self.send_ack(now, out);
    }

    /// Fifth check: the ACK (`tcp_ack`).
    fn check_ack(
        &mut self,
        now: Time,
        segment: &Segment,
        options: Option<&TcpOptions>,
        out: &mut Outbox,
    ) -> Verdict {
        let behind = self.snd.una.offset_from(segment.ack);
        let old = self.snd.una.after(segment.ack);
        let acked = self.snd.una.offset_from(self.snd.iss + 1);
        if old && behind > self.snd.window_most.min(acked) {
            self.send_ack_limited(now, out); // challenge ACK (RFC 5961 §5.2)
            return Verdict::Stop;
        }
        if segment.ack.after(self.snd.nxt) {
            if self.sysctl.challenges_acks_of_unsent {
                self.send_ack_limited(now, out);
            }
            return Verdict::Stop;
        }
        self.take_timestamp(segment);
        if old {
            self.old_ack_arrives(now, options, out);
            return Verdict::Go;
        }
        self.heard_peer(now);
        if self.state() == State::SynReceived {
            self.establish(now, segment, options, out);
            self.opened(now, out);
            return Verdict::Go;
        }
        self.ack_arrives(now, segment, options, out);
        if self.fin_is_acked() {
            self.fin_acked(out);
        }
        Verdict::Go
    }

    /// Data beyond what was received, for a socket that nobody will read from (linux-tcp §4.5): the kernel resets.
    fn nobody_will_read(&self, segment: &Segment) -> bool {
        let data_end = segment.seq + u32::from(segment.len);
        (self.owner == Owner::Nobody || self.rcv.shut || self.rcv.fin)
            && self.state() != State::Established
            && segment.seq_len() > 0
            && data_end.after(self.rcv.nxt)
    }

    /// TCP_LINGER2 below 0: an orphan does not wait for the peer's FIN (`tcp_rcv_state_process`).
    fn nobody_will_wait(&self) -> bool {
        self.state() == State::FinWait2
            && self.is_orphan()
            && self.options.fin_timeout == FinTimeout::Never
    }

    /// Remembers the peer's clock for the echo: that of the oldest segment not acknowledged yet (RFC 7323 §4.3,
    /// `tcp_replace_ts_recent`).
    pub(super) fn take_timestamp(&mut self, segment: &Segment) {
        let Some((value, echo)) = segment.timestamps else {
            return;
        };
        self.ts_echo = echo;
        if !segment.seq.after(self.ack.sent) && !Seq(self.ts_recent).after(Seq(value)) {
            self.ts_recent = value;
        }
    }

    /// The error of a call on a socket that a reset has ended, for programs that ask while it is still theirs.
    pub const fn pending_error(&self) -> Option<SocketError> {
        self.error
    }
}
