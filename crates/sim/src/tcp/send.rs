//! The sending side: cutting the stream into segments, holding small ones back, and putting the header on.
//!
//! The send queue is a count of bytes, never bytes. Unlike Linux's it has no buffers of its own: each segment is cut when it
//! leaves, so that small writes merge up to a full segment until then, as they do in Linux's tail buffer.

use super::Tcb;
use super::send_buffer::SendBuffer;
use crate::copy::clone_into_place;
use crate::outbox::{Outbox, Output};
use std::collections::VecDeque;
use whyeof_trace::{Flags, Segment, Seq, State, TcpOptions, Time, TimerKind};

/// Where our FIN is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Fin {
    /// The program has not ended the stream.
    #[default]
    Open,
    /// It has, before the connection was open: the FIN waits for that.
    WhenOpen,
    /// It has; the FIN waits behind unsent data.
    Queued,
    /// It is on its way or acknowledged.
    Sent,
}

/// A segment that is not acknowledged yet, and what is thought of it (`TCP_SKB_CB(skb)->sacked`).
#[derive(Clone, Copy, Debug)]
pub struct InFlight {
    /// First sequence number.
    pub seq: Seq,
    /// Bytes of data.
    pub len: u16,
    /// Control bits.
    pub flags: Flags,
    /// When it was last sent.
    pub sent_at: Time,
    /// Whether it was sent more than once, so that its ACK gives no sample (Karn; TCPCB_EVER_RETRANS).
    pub again: bool,
    /// The peer holds it (TCPCB_SACKED_ACKED).
    pub sacked: bool,
    /// It counts as lost (TCPCB_LOST).
    pub lost: bool,
    /// It was sent again since it counted as lost (TCPCB_SACKED_RETRANS).
    pub resent: bool,
}

impl InFlight {
    /// The sequence number after its last one.
    pub fn end(&self) -> Seq {
        self.seq
            + u32::from(self.len)
            + u32::from(self.flags.has(Flags::SYN))
            + u32::from(self.flags.has(Flags::FIN))
    }
}

/// The sending side (RFC 9293's SND variables, and the send queue as a count).
#[derive(Debug)]
pub struct Snd {
    /// ISS: our first sequence number.
    pub iss: Seq,
    /// SND.UNA: the first number not acknowledged.
    pub una: Seq,
    /// SND.NXT: the next number to be sent.
    pub nxt: Seq,
    /// Bytes that the program has written.
    pub written: u32,
    /// Bytes that have been sent at least once.
    pub sent: u32,
    /// Where our FIN is.
    pub fin: Fin,
    /// SND.WND: the peer's receive window, bytes.
    pub window: u32,
    /// The largest window the peer ever offered.
    pub window_most: u32,
    /// SND.WL1: the segment that last updated the window.
    pub window_seq: Seq,
    /// Segments in flight, oldest first (the retransmission queue).
    pub in_flight: VecDeque<InFlight>,
    /// The end of the last small segment (Minshall's `snd_sml`).
    small: Seq,
    /// Where in the stream the program's last write ended, without MSG_MORE: the byte before it carries PSH.
    pushed: u32,
    /// What is queued goes out at the next occasion, however small (TCP_NAGLE_PUSH).
    pub push_once: bool,
    /// What SO_SNDBUF counts.
    pub(super) buffer: SendBuffer,
}

clone_into_place!(Snd {
    iss,
    una,
    nxt,
    written,
    sent,
    fin,
    window,
    window_most,
    window_seq,
    in_flight,
    small,
    pushed,
    push_once,
    buffer
});

impl Snd {
    /// Nothing sent.
    pub fn new(iss: Seq) -> Self {
        Self {
            iss,
            una: iss,
            nxt: iss,
            written: 0,
            sent: 0,
            fin: Fin::Open,
            window: 0,
            window_most: 0,
            window_seq: Seq(0),
            in_flight: VecDeque::new(),
            small: iss,
            pushed: 0,
            push_once: false,
            buffer: SendBuffer::default(),
        }
    }

    /// Bytes that wait to be sent for the first time.
    pub const fn unsent(&self) -> u32 {
        self.written.wrapping_sub(self.sent)
    }

    /// Whether anything waits to be sent for the first time (`tcp_send_head`).
    pub fn has_unsent(&self) -> bool {
        self.unsent() > 0 || self.fin == Fin::Queued
    }

    /// `tcp_wnd_end`.
    pub fn window_end(&self) -> Seq {
        self.una + self.window
    }

    /// How much the peer's window still takes.
    fn room(&self) -> u32 {
        let end = self.window_end();
        if end.after(self.nxt) {
            end.offset_from(self.nxt)
        } else {
            0
        }
    }
}

/// How strictly small segments are held back now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hold {
    /// As the socket's options say.
    ByOptions,
    /// All that is small (MSG_MORE).
    Small,
    /// Nothing (TCP_NAGLE_OFF: a FIN is behind it, or a probe asks).
    Nothing,
}

/// How much may be sent at one occasion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Amount {
    /// What both windows allow.
    All,
    /// What leaves in one piece (`tcp_push_one`).
    OneBurst,
    /// One segment, whatever the congestion window says (a tail loss probe).
    OneProbe,
}

/// What leaves in one piece: segmentation offload cuts it up.
#[derive(Clone, Copy, Debug)]
struct Burst {
    /// Bytes of data.
    bytes: u32,
    /// Whether the FIN rides on it.
    fin: bool,
}

impl Tcb {
    /// Sends what may be sent (`tcp_push_pending_frames`).
    pub(super) fn push_pending(&mut self, now: Time, out: &mut Outbox) {
        self.push(now, Hold::ByOptions, out);
    }

    /// `__tcp_push_pending_frames`: if nothing goes and nothing is in flight that could bring news, a probe will ask.
    pub(super) fn push(&mut self, now: Time, hold: Hold, out: &mut Outbox) {
        if !self.snd.has_unsent() || self.state() == State::Closed {
            return;
        }
        let sent = self.write_out(now, hold, Amount::All, out);
        if !sent && self.snd.in_flight.is_empty() {
            self.await_window(now, out);
        }
    }

    /// `tcp_write_xmit`. Says whether anything went out. A FIN that waits behind unsent data rides on the last of it;
    /// otherwise it is a segment of its own.
    pub(super) fn write_out(
        &mut self,
        now: Time,
        hold: Hold,
        amount: Amount,
        out: &mut Outbox,
    ) -> bool {
        let first = self.snd.in_flight.len();
        let mut sent = 0;
        let mut limited = false;
        while self.snd.has_unsent() {
            let quota = match amount {
                Amount::All | Amount::OneBurst => self.burst_quota(),
                Amount::OneProbe => 1,
            };
            if quota == 0 {
                limited = true;
                break;
            }
            let Some(burst) = self.next_burst(hold, quota) else {
                break;
            };
            let segments = self.send_burst(now, burst, out);
            sent += segments;
            if segments == 0 || amount != Amount::All {
                break;
            }
        }
        self.snd.push_once &= self.snd.has_unsent();
        limited |= self.cwnd_is_full();
        if sent > 0 || limited {
            self.note_cwnd_use(now, limited);
        }
        self.recovery_sent(sent);
        if sent > 0 && amount != Amount::OneProbe {
            self.arm_after_sending(now, first, out);
        }
        sent > 0
    }

    /// What goes next in one piece, `quota` segments at most; `None`: it has to wait (`tcp_snd_wnd_test`,
    /// `tcp_mss_split_point`).
    fn next_burst(&self, hold: Hold, quota: u32) -> Option<Burst> {
        let (rest, mss, room) = (self.snd.unsent(), self.current_mss(), self.snd.room());
        let ends = self.snd.fin == Fin::Queued;
        if rest <= mss {
            let waits =
                rest + u32::from(ends) > room || (rest < mss && !ends && self.holds_small(hold));
            return (!waits).then_some(Burst {
                bytes: rest,
                fin: ends,
            });
        }
        if room < mss {
            return None;
        }
        let bytes = rest.min(room).min(quota.saturating_mul(mss));
        let small = bytes % mss;
        if small > 0 && !(ends && bytes == rest) && self.holds_small(hold) {
            return Some(Burst {
                bytes: bytes - small,
                fin: false,
            });
        }
        Some(Burst {
            bytes,
            fin: ends && bytes == rest,
        })
    }

    /// Sends a burst; returns how many segments it took. Segmentation offload sets PSH on the last of several
    /// (`__tcp_transmit_skb`).
    fn send_burst(&mut self, now: Time, burst: Burst, out: &mut Outbox) -> u32 {
        let mss = self.current_mss();
        let mut rest = burst.bytes;
        let mut sent = 0;
        loop {
            let len = rest.min(mss);
            rest -= len;
            let mut flags = Flags::ACK;
            let marked = len > 0 && self.snd.sent + len == self.snd.pushed;
            if marked || (rest == 0 && sent > 0) {
                flags = flags.with(Flags::PSH);
            }
            let fin = rest == 0 && burst.fin;
            if fin {
                flags = flags.with(Flags::FIN);
            }
            // At most one MSS.
            if !self.send_new(now, flags, len as u16, out) {
                return sent;
            }
            sent += 1;
            if !marked && let Some(kept) = self.snd.in_flight.back_mut() {
                // Offload's mark is on the wire only: sent again, the segment goes without.
                kept.flags = Flags(kept.flags.0 & !Flags::PSH.0);
            }
            if fin {
                self.snd.fin = Fin::Sent;
            }
            if len < mss {
                self.snd.small = self.snd.nxt;
            }
            if rest == 0 {
                self.snd.buffer.cut(self.snd.sent);
                return sent;
            }
        }
    }

    /// Whether a small segment has to wait (`tcp_nagle_test`).
    fn holds_small(&self, hold: Hold) -> bool {
        let earlier_small = self.snd.small.after(self.snd.una)
            && self.snd.nxt.at_or_after(self.snd.small)
            && !self.snd.in_flight.is_empty();
        match hold {
            Hold::Nothing => false,
            Hold::Small => true,
            Hold::ByOptions if self.snd.push_once => false,
            Hold::ByOptions => self.options.cork || (!self.options.no_delay && earlier_small),
        }
    }

    /// The size of a full segment now (`tcp_current_mss`).
    pub(super) fn current_mss(&self) -> u32 {
        self.send_mss().saturating_sub(self.sack_len()).max(8)
    }

    /// Sends a segment for the first time; `false`: this host's own packet filter keeps it back, and it stays unsent.
    pub(super) fn send_new(&mut self, now: Time, flags: Flags, len: u16, out: &mut Outbox) -> bool {
        let seq = self.snd.nxt;
        if out.keeps_back() && !flags.has(Flags::SYN) {
            // The rule meets it and counts it; only this end's books say that it was never sent.
            self.data_sent(now, len);
            self.transmit(now, flags, seq, len, out);
            return false;
        }
        let segment = InFlight {
            seq,
            len,
            flags,
            sent_at: now,
            again: false,
            sacked: false,
            lost: false,
            resent: false,
        };
        self.snd.in_flight.push_back(segment);
        self.snd.nxt = segment.end();
        self.snd.sent += u32::from(len);
        self.data_sent(now, len);
        self.transmit(now, flags, seq, len, out);
        true
    }

    /// `tcp_event_data_sent`.
    pub(super) fn data_sent(&mut self, now: Time, len: u16) {
        if len > 0 {
            self.cwnd.last_sent = now;
            self.ack.data_sent(now);
        }
    }

    /// A write of `len` bytes joins the queue; `more` (MSG_MORE) leaves its end unmarked. A mark also goes in whenever half
    /// of the peer's largest window has been queued without one (`forced_push`); says whether it did.
    pub(super) fn queue_write(&mut self, len: u32, more: bool) -> bool {
        self.snd.push_once = false;
        self.snd.written += len;
        let forced = self.snd.written.wrapping_sub(self.snd.pushed) > self.snd.window_most / 2;
        if !more || forced {
            self.snd.pushed = self.snd.written;
        }
        forced
    }

    /// Whatever is queued gets PSH at its end (`tcp_mark_push`).
    pub(super) fn mark_push(&mut self) {
        self.snd.pushed = self.snd.written;
    }

    /// Puts a header on (`__tcp_transmit_skb`); an ACK in it settles what is owed.
    pub(super) fn transmit(
        &mut self,
        now: Time,
        flags: Flags,
        seq: Seq,
        len: u16,
        out: &mut Outbox,
    ) {
        let syn = flags.has(Flags::SYN);
        let acks = flags.has(Flags::ACK);
        let echo = if acks || syn { self.ts_recent } else { 0 };
        let stamp = self.timestamp(now);
        let timestamps = if syn {
            self.syn_offers().timestamps
        } else {
            self.agreed.timestamps
        };
        let options = if syn {
            Some(TcpOptions::Syn(self.syn_options()))
        } else {
            self.sack_option()
        };
        let segment = Segment {
            flow: self.socket.flow,
            from: self.socket.side,
            flags,
            window: if syn {
                u16::try_from(self.rcv.window.offered).unwrap_or(u16::MAX)
            } else {
                self.select_window()
            },
            seq,
            ack: if acks { self.rcv.nxt } else { Seq(0) },
            timestamps: timestamps.then_some((stamp, echo)),
            options: None,
            len,
        };
        if acks {
            if self.ack.compresses() {
                out.say(Output::Clear(TimerKind::CompressedAck));
            }
            if self.ack.ack_sent(self.rcv.nxt) {
                out.say(Output::Clear(TimerKind::DelayedAck));
            }
        }
        out.say(Output::Transmit(segment, options));
    }

    /// Takes the peer's window from a segment (RFC 7323 §2.3: a SYN's is not scaled). Whether it changed.
    pub(super) fn take_window(&mut self, segment: &Segment) -> bool {
        let shift = if segment.flags.has(Flags::SYN) {
            0
        } else {
            self.agreed.send_shift
        };
        let window = u32::from(segment.window) << shift;
        self.snd.window_seq = segment.seq;
        self.snd.window_most = self.snd.window_most.max(window);
        std::mem::replace(&mut self.snd.window, window) != window
    }

    /// `tcp_ack_update_window`: only a segment that is no older than the last that did may change the window. One that
    /// changes it ends a pause in sending as a write does.
    pub(super) fn update_window(&mut self, now: Time, segment: &Segment) -> bool {
        if !self.may_update_window(segment) {
            return false;
        }
        if self.take_window(segment) && self.snd.has_unsent() {
            self.restart_after_idle(now);
        }
        true
    }

    /// `tcp_may_update_window`.
    pub(super) fn may_update_window(&self, segment: &Segment) -> bool {
        let window = u32::from(segment.window) << self.agreed.send_shift;
        segment.ack.after(self.snd.una)
            || segment.seq.after(self.snd.window_seq)
            || (segment.seq == self.snd.window_seq && (window > self.snd.window || window == 0))
    }

    /// Whether our FIN is acknowledged.
    pub(super) fn fin_is_acked(&self) -> bool {
        self.snd.fin == Fin::Sent && self.snd.una == self.snd.nxt
    }

    /// Whether data may still be sent in this state.
    pub(super) const fn can_send(&self) -> bool {
        matches!(self.state(), State::Established | State::CloseWait)
    }

    /// Bytes of a TCP header with nothing unusual.
    pub(super) const fn header_len(&self) -> u32 {
        if self.agreed.timestamps { 32 } else { 20 }
    }
}
