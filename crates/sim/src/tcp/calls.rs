//! What a program can ask of a socket: connect, write, close, shutdown (read is in `recv`, options are in `options`).

use super::options::FinTimeout;
use super::send::{Fin, Hold};
use super::{Owner, Tcb};
use crate::outbox::{Outbox, Output, Signal};
use std::time::Duration;
use whyeof_trace::{Flags, SocketError, State, Time, TimerKind};

/// What write(2), send(2) and sendmsg(2) are told besides the data.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum More {
    /// That is all for now.
    #[default]
    No,
    /// More follows soon (MSG_MORE): hold a small rest back.
    Follows,
}

/// Which directions shutdown(2) ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shutdown {
    /// SHUT_RD.
    Read,
    /// SHUT_WR.
    Write,
    /// SHUT_RDWR.
    Both,
}

impl Tcb {
    /// connect(2): SYN, and a second to wait for the answer (`tcp_connect`).
    pub fn connect(&mut self, now: Time, out: &mut Outbox) {
        self.enter(State::SynSent, out);
        self.rexmit.since = Some(now);
        self.send_new(now, Flags::SYN, 0, out);
        self.arm(TimerKind::Retransmit, self.rtt.timeout(), out);
    }

    /// connect(2) without a free local port (`tcp_v4_connect`, whose `inet_hash_connect` fails).
    pub fn has_no_port(&mut self, out: &mut Outbox) {
        self.enter(State::SynSent, out);
        self.fail(SocketError::AddressNotAvailable, out);
    }

    /// write(2) of `len` bytes; returns how many the send buffer takes. 0 of more: the call has to wait, for room or for the
    /// handshake.
    ///
    /// # Errors
    /// The pending error, once; EPIPE after our own FIN or the connection's end (`tcp_sendmsg_locked`).
    pub fn write(
        &mut self,
        now: Time,
        len: u32,
        more: More,
        out: &mut Outbox,
    ) -> Result<u32, SocketError> {
        if let Some(error) = self.error.take() {
            return Err(error);
        }
        if matches!(self.state(), State::SynSent | State::SynReceived) {
            return Ok(0);
        }
        if !self.can_send() || self.snd.fin != Fin::Open {
            return Err(SocketError::BrokenPipe);
        }
        if len == 0 {
            return Ok(0);
        }
        // Sequence numbers come round after 2^32 bytes; half of that may be under way at most.
        if self.snd.written.checked_add(len).is_none() {
            return Err(SocketError::BrokenPipe);
        }
        self.restart_after_idle(now);
        let hold = match more {
            More::No => Hold::ByOptions,
            More::Follows => Hold::Small,
        };
        if let Some(limit) = self.options.send_buffer {
            return Ok(self.write_within(now, len, hold, limit, out));
        }
        self.queue_write(len, more == More::Follows);
        self.push(now, hold, out);
        Ok(len)
    }

    /// close(2), by a program that holds the last reference (`__tcp_close`, linux-tcp §4.2). With SO_LINGER it may have to
    /// wait until [`Tcb::lingers`] no more, at most for the span returned; then follows [`Tcb::leave`].
    pub fn close(&mut self, now: Time, out: &mut Outbox) -> Option<Duration> {
        let linger = self.options.linger.filter(|span| !span.is_zero());
        self.owner = linger.map_or(Owner::Nobody, |_| Owner::Lingering);
        self.rcv.shut = true;
        self.begin_close(now, out);
        let wait = linger.filter(|_| self.lingers());
        if wait.is_none() {
            self.leave(now, out);
        }
        wait
    }

    /// Whether close(2) with SO_LINGER still has something to wait for (`sk_stream_closing`).
    pub const fn lingers(&self) -> bool {
        matches!(
            self.state(),
            State::FinWait1 | State::Closing | State::LastAck
        )
    }

    /// close(2) returns: what is left of the connection is an orphan (`sock_orphan`).
    pub fn leave(&mut self, now: Time, out: &mut Outbox) {
        self.owner = Owner::Nobody;
        match self.state() {
            State::FinWait2 if self.options.fin_timeout == FinTimeout::Never => {
                self.abort(now, out)
            }
            State::FinWait2 => self.wait_for_fin(out),
            _ => {}
        }
    }

    /// What close(2) does to the connection before anybody waits.
    fn begin_close(&mut self, now: Time, out: &mut Outbox) {
        // TIME-WAIT has left the socket behind: to its program it is closed.
        if matches!(self.state(), State::Closed | State::TimeWait) {
            return;
        }
        let unread = self.rcv.unread() > 0;
        let at_once = self.options.linger == Some(Duration::ZERO) && self.resets_on_disconnect();
        if unread || at_once {
            self.abort(now, out);
            return;
        }
        if self.options.linger == Some(Duration::ZERO) {
            // Nothing is left to reset (`tcp_disconnect`).
            self.enter(State::Closed, out);
            return;
        }
        match self.state() {
            State::SynSent | State::Listen => self.enter(State::Closed, out),
            _ => self.end_stream(now, out),
        }
    }

    /// shutdown(2) (linux-tcp §4.3).
    ///
    /// # Errors
    /// ENOTCONN where there is no connection.
    pub fn shutdown(
        &mut self,
        now: Time,
        how: Shutdown,
        out: &mut Outbox,
    ) -> Result<(), SocketError> {
        if self.state() == State::SynSent {
            // Disconnects (`inet_shutdown`).
            self.error = Some(SocketError::ConnectionReset);
            self.enter(State::Closed, out);
            return Ok(());
        }
        self.rcv.shut |= how != Shutdown::Write;
        // TIME-WAIT has left a closed socket behind.
        if matches!(
            self.state(),
            State::Closed | State::Listen | State::TimeWait
        ) {
            return Err(SocketError::NotConnected);
        }
        if how != Shutdown::Read {
            self.end_stream(now, out);
        }
        Ok(())
    }

    /// Our FIN, behind what is unsent (`tcp_close_state`, `tcp_send_fin`); nothing where it has gone already.
    fn end_stream(&mut self, now: Time, out: &mut Outbox) {
        match self.state() {
            State::Established => self.enter(State::FinWait1, out),
            // close(2) does not wait for the connection to open, shutdown(2) does (`tcp_shutdown`; seen on 6.18).
            State::SynReceived if self.owner == Owner::Program => {
                self.snd.fin = Fin::WhenOpen;
                return;
            }
            State::SynReceived => self.enter(State::FinWait1, out),
            State::CloseWait => self.enter(State::LastAck, out),
            _ => return,
        }
        self.snd.fin = Fin::Queued;
        self.mark_push();
        self.push(now, Hold::Nothing, out);
    }

    /// The connection has opened: what shutdown(2) asked for before is done now (`tcp_rcv_state_process`).
    pub(super) fn opened(&mut self, now: Time, out: &mut Outbox) {
        out.say(Output::Wake(Signal::Connected));
        if self.snd.fin == Fin::WhenOpen {
            self.end_stream(now, out);
        }
    }

    /// `tcp_need_reset`: where disconnecting sends a reset.
    pub(super) fn resets_on_disconnect(&self) -> bool {
        match self.state() {
            State::Established
            | State::CloseWait
            | State::FinWait1
            | State::FinWait2
            | State::SynReceived => true,
            State::Closing | State::LastAck => self.snd.fin == Fin::Queued,
            _ => false,
        }
    }

    /// Ends the connection with `R.` (`tcp_send_active_reset`): data was not read, or probes stayed unanswered.
    pub fn abort(&mut self, now: Time, out: &mut Outbox) {
        let seq = self.acceptable_seq();
        self.transmit(now, Flags::RST.with(Flags::ACK), seq, 0, out);
        self.enter(State::Closed, out);
    }
}
