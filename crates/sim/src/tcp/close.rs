//! How a connection ends otherwise than by its program: reset, given up, FIN received.

use super::{Owner, Tcb};
use crate::outbox::{Outbox, Output, Signal};
use whyeof_trace::{Event, Flags, SocketError, SocketEvent, State, Time};

impl Tcb {
    /// Takes over what TIME-WAIT remembers of the peer: its clock, which goes into the SYN, and with it the room that
    /// timestamps take (`tcp_twsk_unique`, `tcp_connect_init`).
    pub fn inherit(&mut self, old: &Self) {
        if old.agreed.timestamps {
            self.ts_recent = old.ts_recent;
            let mss = self.receive_mss();
            self.rcv.window.start(mss);
        }
    }

    /// The connection is gone, without a word to anybody: something newer takes its place, or there is none for it.
    pub fn vanish(&mut self, out: &mut Outbox) {
        self.owner = Owner::Nobody;
        self.enter(State::Closed, out);
    }

    /// Somebody destroys the socket (`ss -K`): a RST to the peer where it may have data to lose, ECONNABORTED for the program
    /// (`tcp_abort`).
    pub fn destroy(&mut self, now: Time, out: &mut Outbox) {
        if self.resets_on_disconnect() {
            let seq = self.acceptable_seq();
            self.transmit(now, Flags::RST.with(Flags::ACK), seq, 0, out);
        }
        self.fail(SocketError::ConnectionAborted, out);
    }

    /// An acceptable RST came (`tcp_reset`): refused, broken pipe or reset, by what had come before it.
    pub(super) fn reset(&mut self, out: &mut Outbox) {
        let error = match self.state() {
            State::SynSent => SocketError::ConnectionRefused,
            // The peer's FIN was first: readers go on seeing the end of the stream, writers EPIPE.
            State::CloseWait => SocketError::BrokenPipe,
            _ => SocketError::ConnectionReset,
        };
        self.fail(error, out);
    }

    /// The connection is over, with an error for whoever asks first.
    pub(super) fn fail(&mut self, error: SocketError, out: &mut Outbox) {
        let connecting =
            !self.passive && matches!(self.state(), State::SynSent | State::SynReceived);
        let waking = !self.is_orphan();
        if waking {
            self.error = Some(error);
            let event = SocketEvent::Failed {
                socket: self.socket,
                error,
            };
            out.say(Output::Note(Event::Socket(event)));
        }
        // Both directions are shut (`tcp_done`).
        self.rcv.shut = true;
        self.enter(State::Closed, out);
        if waking {
            out.say(Output::Wake(if connecting {
                Signal::Connected
            } else {
                Signal::End
            }));
        }
    }

    /// The peer's FIN is in order (`tcp_fin`).
    pub(super) fn fin_arrives(&mut self, now: Time, out: &mut Outbox) {
        self.rcv.nxt += 1;
        self.rcv.fin = true;
        self.ack.schedule();
        match self.state() {
            State::SynReceived | State::Established => {
                // Not acknowledged at once: our own FIN may carry it (linux-tcp §3.6).
                self.ack.enter_pingpong();
                self.enter(State::CloseWait, out);
            }
            State::FinWait1 => {
                self.send_ack(now, out);
                self.enter(State::Closing, out);
            }
            State::FinWait2 => {
                self.send_ack(now, out);
                self.enter_time_wait(out);
            }
            _ => {}
        }
        // An ACK that has just gone told of it still.
        let memory = self.rcv.early.purge();
        self.rcv.window.unhold(memory);
    }

    /// Our FIN has been acknowledged.
    pub(super) fn fin_acked(&mut self, out: &mut Outbox) {
        match self.state() {
            State::FinWait1 => {
                self.enter(State::FinWait2, out);
                if self.is_orphan() {
                    self.wait_for_fin(out);
                }
            }
            State::Closing => self.enter_time_wait(out),
            State::LastAck => self.enter(State::Closed, out),
            _ => return,
        }
        if self.owner == Owner::Lingering {
            // close(2) need not wait any longer (`sk_state_change` in `tcp_rcv_state_process`).
            out.say(Output::Wake(Signal::End));
        }
    }
}
