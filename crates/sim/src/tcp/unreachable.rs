//! ICMP destination-unreachable arrives (`tcp_v4_err`, linux-tcp §7.3): it ends a connect or a request at once and no
//! connection ever; there it is remembered, and while timeouts back off it takes one doubling back.

use super::Tcb;
use crate::outbox::Outbox;
use whyeof_trace::{Seq, SocketError, State, Time, TimerKind, Unreachable};

/// The errno of each code (`icmp_err_convert`).
const fn error_of(kind: Unreachable) -> SocketError {
    match kind {
        Unreachable::Net => SocketError::NetUnreachable,
        Unreachable::Host | Unreachable::Admin => SocketError::HostUnreachable,
        Unreachable::Protocol => SocketError::NoProtocolOption,
        Unreachable::Port => SocketError::ConnectionRefused,
    }
}

/// No route to it: it may come back, unlike a port that is closed.
const fn is_about_routes(kind: Unreachable) -> bool {
    matches!(kind, Unreachable::Net | Unreachable::Host)
}

impl Tcb {
    /// An ICMP packet quotes a segment of ours that began at `quoted`.
    pub fn unreachable_arrives(
        &mut self,
        now: Time,
        kind: Unreachable,
        quoted: Seq,
        out: &mut Outbox,
    ) {
        let in_flight = quoted.at_or_after(self.snd.una) && self.snd.nxt.at_or_after(quoted);
        match self.state() {
            State::Closed | State::Listen | State::TimeWait => {}
            _ if !in_flight => {}
            State::SynReceived if self.passive => {
                // `tcp_req_err`: the listener's program never hears of it; seen on 6.18.
                if is_about_routes(kind) && quoted == self.snd.una {
                    self.vanish(out);
                }
            }
            State::SynSent | State::SynReceived => self.fail(error_of(kind), out),
            _ => {
                if is_about_routes(kind) && quoted == self.snd.una {
                    self.revert_backoff(now, out);
                }
                self.soft_error = Some(error_of(kind));
            }
        }
    }

    /// `tcp_ld_RTO_revert` (RFC 6069): the path was the trouble, not a queue.
    fn revert_backoff(&mut self, now: Time, out: &mut Outbox) {
        let Some(head) = self.snd.in_flight.front() else {
            return;
        };
        if self.rtt.backoff == 0 || self.rexmit.count == 0 {
            return;
        }
        self.rtt.take_back();
        let left = (head.sent_at + self.rtt.timeout()).past(now);
        if left.is_zero() {
            // The shorter timeout is over already.
            self.disarm(out);
            self.retransmit_timeout(now, out);
        } else {
            self.arm(TimerKind::Retransmit, left, out);
        }
    }
}
