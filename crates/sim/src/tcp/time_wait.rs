//! TIME-WAIT, and FIN-WAIT-2 of a socket that nobody owns: 60 s each (linux-tcp §4.5, §4.6).

use super::Tcb;
use super::options::FinTimeout;
use super::segment_arrives::Answer;
use crate::kernel::sysctl::TIMEWAIT_LEN;
use crate::outbox::{Outbox, Output};
use whyeof_trace::{Flags, Segment, Seq, Span, State, Time, TimerKind};

impl Tcb {
    /// `tcp_time_wait(TCP_TIME_WAIT)`.
    pub(super) fn enter_time_wait(&mut self, out: &mut Outbox) {
        if !(self.state() == State::FinWait2 && self.is_orphan()) {
            self.last_oow_ack = None; // a new stand-in knows of no earlier answers
        }
        self.enter(State::TimeWait, out);
        self.stop_kernel_timers(out);
        out.say(Output::Set(TimerKind::TimeWait, TIMEWAIT_LEN));
    }

    /// `tcp_time_wait(TCP_FIN_WAIT2)`: the peer may take TCP_LINGER2 or `tcp_fin_timeout` to close, or three
    /// and a half timeouts.
    pub(super) fn wait_for_fin(&mut self, out: &mut Outbox) {
        self.last_oow_ack = None;
        self.stop_kernel_timers(out);
        let patience = match self.options.fin_timeout {
            FinTimeout::Span(span) => Span::of(span),
            FinTimeout::Sysctl | FinTimeout::Never => Span::of(self.sysctl.tcp_fin_timeout),
        };
        let patience = patience.max(self.rtt.timeout() * 7 / 2);
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
    /// any reset in the window ends it, so does data, which is reset; a bare FIN leads to TIME-WAIT. What does not fit is
    /// answered, even a reset (seen on 6.18).
    pub(super) fn fin_wait2_arrives(
        &mut self,
        now: Time,
        segment: &Segment,
        out: &mut Outbox,
    ) -> Answer {
        let (start, flags) = (self.rcv.nxt, segment.flags);
        let fresh = segment.end().after(start);
        if self.has_older_clock(segment) || !self.is_in_window(segment) {
            self.answer_limited(now, segment, out);
        } else if flags.has(Flags::RST) {
            self.enter(State::Closed, out);
        } else if flags.has(Flags::SYN) && segment.seq.at_or_after(start) {
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

    /// `tcp_in_window`.
    fn is_in_window(&self, segment: &Segment) -> bool {
        let (start, edge) = (self.rcv.nxt, self.receive_window_end());
        segment.seq == start
            || (segment.end().after(start) && edge.after(segment.seq))
            || (segment.seq == edge && segment.seq_len() == 0)
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
        let (outdated, resets) = (self.has_older_clock(segment), segment.flags.has(Flags::RST));
        let exact = segment.seq == self.rcv.nxt && (resets || segment.seq_len() == 0);
        let exact = exact && !outdated;
        if exact && resets && !self.sysctl.tcp_rfc1337 {
            self.enter(State::Closed, out);
            return;
        }
        if exact && let Some((value, _)) = segment.timestamps {
            self.ts_recent = value;
        }
        if resets {
            return;
        }
        if !exact {
            self.answer_limited(now, segment, out);
        }
        if exact || outdated || segment.flags.has(Flags::ACK) {
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
