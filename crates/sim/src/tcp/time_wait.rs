//! TIME-WAIT, and FIN-WAIT-2 of a socket that nobody owns: 60 s each (linux-tcp §4.5, §4.6).

use super::Tcb;
use crate::kernel::sysctl::{FIN_TIMEOUT, TIMEWAIT_LEN};
use crate::outbox::{Outbox, Output};
use whyeof_trace::{Flags, Segment, Seq, State, Time, TimerKind};

impl Tcb {
    /// `tcp_time_wait(TCP_TIME_WAIT)`.
    pub(super) fn enter_time_wait(&mut self, out: &mut Outbox) {
        self.enter(State::TimeWait, out);
        self.stop_kernel_timers(out);
        out.say(Output::Set(TimerKind::TimeWait, TIMEWAIT_LEN));
    }

    /// `tcp_time_wait(TCP_FIN_WAIT2)`: the peer may take `tcp_fin_timeout` to close.
    pub(super) fn wait_for_fin(&mut self, out: &mut Outbox) {
        self.stop_kernel_timers(out);
        out.say(Output::Set(TimerKind::TimeWait, FIN_TIMEOUT));
    }

    fn stop_kernel_timers(&mut self, out: &mut Outbox) {
        self.rexmit.forget();
        for timer in [
            TimerKind::Retransmit,
            TimerKind::LossProbe,
            TimerKind::DelayedAck,
            TimerKind::KeepAlive,
        ] {
            out.say(Output::Clear(timer));
        }
    }

    /// A segment reaches TIME-WAIT (`tcp_timewait_state_process`): an exact RST ends it, an exact pure ACK is silent,
    /// everything else is acknowledged again. SYNs for a new connection have a socket of their own here.
    pub(super) fn time_wait_arrives(&mut self, now: Time, segment: &Segment, out: &mut Outbox) {
        if segment.flags.has(Flags::RST) {
            if segment.seq == self.rcv.nxt {
                self.enter(State::Closed, out);
            }
            return;
        }
        if !segment.flags.has(Flags::ACK) {
            return;
        }
        let exact: Seq = self.rcv.nxt;
        if segment.seq_len() > 0 {
            self.send_ack(now, out);
        } else if segment.seq != exact {
            self.send_ack_limited(now, out);
        }
        out.say(Output::Set(TimerKind::TimeWait, TIMEWAIT_LEN));
    }
}
