//! TIME-WAIT, and FIN-WAIT-2 of a socket that nobody owns: 60 s each (linux-tcp §4.5, §4.6).

use super::Tcb;
use super::segment_arrives::Answer;
use crate::kernel::sysctl::TIMEWAIT_LEN;
use crate::outbox::{Outbox, Output};
use whyeof_trace::{Flags, Segment, Seq, State, Time, TimerKind};

impl Tcb {
    /// `tcp_time_wait(TCP_TIME_WAIT)`.
    pub(super) fn enter_time_wait(&mut self, out: &mut Outbox) {
        self.enter(State::TimeWait, out);
        self.stop_kernel_timers(out);
        out.say(Output::Set(TimerKind::TimeWait, TIMEWAIT_LEN));
    }

    /// `tcp_time_wait(TCP_FIN_WAIT2)`: the peer may take `tcp_fin_timeout` to close, or three and a half timeouts.
    pub(super) fn wait_for_fin(&mut self, out: &mut Outbox) {
        self.stop_kernel_timers(out);
        let patience = self.sysctl.tcp_fin_timeout.max(self.rtt.timeout() * 7 / 2);
        out.say(Output::Set(TimerKind::TimeWait, patience));
    }

    fn stop_kernel_timers(&mut self, out: &mut Outbox) {
        self.rexmit.forget();
        for timer in TimerKind::KERNEL {
            if timer != TimerKind::TimeWait {
                out.say(Output::Clear(timer));
            }
        }
    }

    /// A segment reaches the FIN-WAIT-2 of a socket that nobody owns (`tcp_timewait_state_process`, linux-tcp §4.5):
    /// any reset in the window ends it, so does data, which is reset; a bare FIN leads to TIME-WAIT.
    pub(super) fn fin_wait2_arrives(
        &mut self,
        now: Time,
        segment: &Segment,
        out: &mut Outbox,
    ) -> Answer {
        let (start, flags) = (self.rcv.nxt, segment.flags);
        let fresh = segment.end().after(start);
        let beyond = segment.seq.after(self.receive_window_end());
        if beyond || !(fresh || segment.seq == start) {
            if !flags.has(Flags::RST) {
                self.answer_limited(now, segment, out);
            }
        } else if flags.has(Flags::RST) {
            self.enter(State::Closed, out);
        } else if flags.has(Flags::SYN) {
            self.enter(State::Closed, out);
            return Answer::Reset;
        } else if flags.has(Flags::ACK) && fresh {
            if segment.len > 0 || segment.seq != start {
                self.enter(State::Closed, out);
                return Answer::Reset;
            }
            self.take_timestamp(segment);
            self.fin_arrives(now, out);
        }
        Answer::Done
    }

    /// Whether a SYN opens a new connection over this one in TIME-WAIT: it is newer by number or by clock
    /// (`tcp_timewait_state_process`, linux-tcp §4.6).
    pub fn gives_way_to(&self, segment: &Segment) -> bool {
        let flags = segment.flags;
        let bare = flags.has(Flags::SYN) && !flags.has(Flags::RST) && !flags.has(Flags::ACK);
        let younger = |value: u32| Seq(value).after(Seq(self.ts_recent));
        let clock = segment.timestamps.map(|(value, _)| value);
        let outdated = clock.is_some_and(|value| Seq(self.ts_recent).after(Seq(value)));
        self.state() == State::TimeWait
            && bare
            && !outdated
            && (segment.seq.after(self.rcv.nxt) || clock.is_some_and(younger))
    }

    /// A segment reaches TIME-WAIT (`tcp_timewait_state_process`, linux-tcp §4.6): an exact RST ends it, an exact pure
    /// ACK is silent, everything else is acknowledged again. SYNs for a new connection have a socket of their own here.
    pub(super) fn time_wait_arrives(&mut self, now: Time, segment: &Segment, out: &mut Outbox) {
        let exact = segment.seq == self.rcv.nxt;
        if segment.flags.has(Flags::RST) {
            if exact && !self.sysctl.tcp_rfc1337 {
                self.enter(State::Closed, out);
            }
            return;
        }
        if !exact || segment.seq_len() > 0 {
            self.answer_limited(now, segment, out);
        }
        if segment.flags.has(Flags::ACK) {
            out.say(Output::Set(TimerKind::TimeWait, TIMEWAIT_LEN));
        }
    }

    /// An ACK; for what takes no data, and for SYNs, at most one per 500 ms (`tcp_timewait_check_oow_rate_limit`).
    fn answer_limited(&mut self, now: Time, segment: &Segment, out: &mut Outbox) {
        if segment.seq_len() > 0 && !segment.flags.has(Flags::SYN) {
            self.send_ack(now, out);
        } else {
            self.send_ack_limited(now, out);
        }
    }
}
