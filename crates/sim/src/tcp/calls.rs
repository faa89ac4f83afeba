//! What a program can ask of a socket: connect, write, close, shutdown (read is in `recv`).

use super::send::Fin;
use super::{Owner, Tcb};
use crate::outbox::{Outbox, Output};
use whyeof_trace::{Flags, Segment, SocketError, State, Time, TimerKind};

impl Tcb {
    /// connect(2): SYN, and a second to wait for the answer (`tcp_connect`).
    pub fn connect(&mut self, now: Time, out: &mut Outbox) {
        self.enter(State::SynSent, out);
        self.send_new(now, Flags::SYN, 0, out);
        self.arm(now, TimerKind::Retransmit, self.rtt.timeout(), out);
    }

    /// A SYN reached a listener: SYN-ACK (`tcp_conn_request`). Linux keeps no full socket yet; what can be seen
    /// on the wire is the same.
    pub fn listen_arrives(&mut self, now: Time, syn: &Segment, out: &mut Outbox) {
        self.enter(State::SynReceived, out);
        self.rcv.nxt = syn.end();
        self.take_window(syn);
        self.take_timestamp(syn);
        self.send_new(now, Flags::SYN.with(Flags::ACK), 0, out);
        out.say(Output::Set(TimerKind::SynAck, self.rtt.timeout()));
    }

    /// write(2) of `len` bytes. The send buffer takes everything: its limits are not modelled yet.
    ///
    /// # Errors
    /// The pending error, once; EPIPE after our own FIN or the connection's end (`tcp_sendmsg_locked`).
    pub fn write(&mut self, now: Time, len: u32, out: &mut Outbox) -> Result<u32, SocketError> {
        if let Some(error) = self.error.take() {
            return Err(error);
        }
        if !self.can_send() || self.snd.fin != Fin::Open {
            return Err(SocketError::BrokenPipe);
        }
        self.snd.written = self.snd.written.saturating_add(len);
        self.push_pending(now, out);
        Ok(len)
    }

    /// close(2), by a program that holds the last reference (`__tcp_close`, linux-tcp §4.2).
    pub fn close(&mut self, now: Time, out: &mut Outbox) {
        self.owner = Owner::Nobody;
        // TIME-WAIT has left the socket behind: to its program it is closed.
        if matches!(self.state(), State::Closed | State::TimeWait) {
            return;
        }
        if self.rcv.unread() > 0 {
            self.abort(now, out);
            return;
        }
        match self.state() {
            State::Established | State::SynReceived => {
                self.enter(State::FinWait1, out);
                self.end_stream(now, out);
            }
            State::CloseWait => {
                self.enter(State::LastAck, out);
                self.end_stream(now, out);
            }
            State::FinWait2 => self.wait_for_fin(out),
            State::SynSent | State::Listen => self.enter(State::Closed, out),
            _ => {}
        }
    }

    /// shutdown(SHUT_WR): FIN, and reading goes on. No program of ours asks for it yet: it is here for the scripts that were
    /// recorded with it.
    pub fn shutdown_write(&mut self, now: Time, out: &mut Outbox) {
        match self.state() {
            State::Established => self.enter(State::FinWait1, out),
            State::CloseWait => self.enter(State::LastAck, out),
            _ => return,
        }
        self.end_stream(now, out);
    }

    fn end_stream(&mut self, now: Time, out: &mut Outbox) {
        self.snd.fin = Fin::Queued;
        self.push_pending(now, out);
    }

    /// Ends the connection with `R.` (`tcp_send_active_reset`): data was not read, or probes stayed unanswered.
    pub(super) fn abort(&mut self, now: Time, out: &mut Outbox) {
        let seq = self.snd.nxt;
        self.transmit(now, Flags::RST.with(Flags::ACK), seq, 0, out);
        self.enter(State::Closed, out);
    }
}
