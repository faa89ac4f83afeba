//! When to acknowledge: quick ACKs, delayed ACKs, pingpong mode (linux-tcp §3).

use super::Tcb;
use crate::kernel::sysctl::{
    COMP_SACK_DELAY, COMP_SACK_NR, DELACK_MAX, DELACK_MIN, FASTRETRANS_THRESH, MAX_QUICKACKS,
    MSS_DEFAULT, MSS_MIN,
};
use crate::outbox::{Outbox, Output};
use whyeof_trace::{Flags, Seq, Span, State, Time, TimerKind};

/// The receiver's state that decides about ACKs (`inet_connection_sock.icsk_ack`).
#[derive(Clone, Copy, Debug)]
pub struct AckPolicy {
    /// ACKs that may still go out at once.
    quick: u8,
    /// Data segments sent shortly after receiving: an interactive session, whose ACKs ride on replies.
    pingpong: u8,
    /// `tcp_pingpong_thresh`.
    pingpong_thresh: u8,
    /// Delayed-ACK timeout; zero before the first data.
    ato: Span,
    /// When data last came.
    last_data: Option<Time>,
    /// Estimate of the peer's segment size.
    rcv_mss: u32,
    /// Size of the last segment that might be a full one of a smaller path (`last_seg_size`).
    last_len: u32,
    /// An ACK is owed.
    scheduled: bool,
    /// It is owed at once (ICSK_ACK_NOW).
    urgent: bool,
    /// When the delayed ACK was asked to go out, while its timer runs.
    due: Option<Time>,
    /// A small segment came since the last ACK; a second one (ICSK_ACK_PUSHED, PUSHED2).
    pushed: bool,
    pushed_twice: bool,
    /// What the last ACK sent acknowledged (`rcv_wup`).
    pub sent: Seq,
    /// Duplicate ACKs since the stream last advanced, and how many more are held back.
    duplicates: u8,
    duplicates_at: Seq,
    held_back: u8,
}

/// In-order data, as the policy sees it.
#[derive(Clone, Copy, Debug)]
pub struct DataArrival {
    /// New bytes.
    pub len: u32,
    /// The segment's control bits.
    pub flags: Flags,
    /// Bytes of its TCP header when it carries nothing unusual.
    pub header: u32,
    /// Data of a full segment that we asked for.
    pub most: u32,
    /// The window offered.
    pub window: u32,
    /// The retransmission timeout in force.
    pub rto: Span,
}

impl AckPolicy {
    /// Of a socket that has received nothing (`tcp_initialize_rcv_mss`).
    pub fn new(pingpong_thresh: u8) -> Self {
        Self {
            quick: 0,
            pingpong: 0,
            pingpong_thresh,
            ato: Span::ZERO,
            last_data: None,
            rcv_mss: MSS_DEFAULT.into(),
            last_len: 0,
            scheduled: false,
            urgent: false,
            due: None,
            pushed: false,
            pushed_twice: false,
            sent: Seq(0),
            duplicates: 0,
            duplicates_at: Seq(0),
            held_back: 0,
        }
    }

    /// Whether duplicate ACKs are held back now.
    pub(super) const fn compresses(&self) -> bool {
        self.held_back > 0
    }

    const fn is_pingpong(&self) -> bool {
        self.pingpong >= self.pingpong_thresh
    }

    /// Estimate of the peer's segment size.
    pub(super) const fn rcv_mss(&self) -> u32 {
        self.rcv_mss
    }

    /// When data last came.
    pub(super) const fn last_data(&self) -> Option<Time> {
        self.last_data
    }

    /// The estimate's first value: half a window, 536 bytes, or the peer's own MSS (`tcp_initialize_rcv_mss`).
    pub(super) fn start(&mut self, mss: u32, window: u32) {
        let hint = mss.min(window / 2).min(MSS_DEFAULT.into());
        self.rcv_mss = hint.max(MSS_MIN);
    }

    /// `tcp_event_data_recv`: in-order data came.
    pub(super) fn data_received(&mut self, now: Time, data: DataArrival) {
        self.scheduled = true;
        self.measure_mss(data);
        match self.last_data {
            Some(last) if !self.ato.is_zero() => {
                let gap = now.past(last);
                if gap <= DELACK_MIN / 2 {
                    self.ato = self.ato / 2 + DELACK_MIN / 2;
                } else if gap < self.ato {
                    self.ato = (self.ato / 2 + gap).min(data.rto);
                } else if gap > data.rto {
                    self.more_quick(data.window);
                }
            }
            _ => {
                self.more_quick(data.window);
                self.ato = DELACK_MIN;
            }
        }
        self.last_data = Some(now);
    }

    /// `tcp_incr_quickack`: as many as half the window has segments, at least 2, at most 16.
    fn more_quick(&mut self, window: u32) {
        let half = (window / (2 * self.rcv_mss)).min(MAX_QUICKACKS.into());
        let credit = if half == 0 { 2 } else { half as u8 };
        self.quick = self.quick.max(credit);
    }

    /// `tcp_measure_rcv_mss`.
    fn measure_mss(&mut self, data: DataArrival) {
        let (len, last) = (data.len, std::mem::take(&mut self.last_len));
        let psh = data.flags.has(Flags::PSH);
        if len >= self.rcv_mss {
            self.rcv_mss = len.min(data.most);
            self.pushed |= psh;
            return;
        }
        // A smaller size counts as the path's once two segments in a row have it.
        let whole = len + data.header;
        let plain = !psh && !data.flags.has(Flags::FIN);
        if whole >= u32::from(MSS_DEFAULT) + 20 || (whole >= MSS_MIN + 20 && plain) {
            self.last_len = len;
            if len == last {
                self.rcv_mss = len;
                return;
            }
        }
        self.pushed_twice |= self.pushed;
        self.pushed = true;
    }

    /// `tcp_event_data_sent`: we sent data; soon after receiving makes it an interactive session.
    pub(super) fn data_sent(&mut self, now: Time) {
        if self.last_data.is_some_and(|last| now.past(last) < self.ato) {
            self.pingpong = self.pingpong.saturating_add(1);
        }
    }

    /// `tcp_event_ack_sent`: a segment with an ACK went out. Returns whether a timer must be cleared.
    pub(super) fn ack_sent(&mut self, rcv_nxt: Seq) -> bool {
        self.held_back = 0;
        if self.scheduled && self.quick > 0 {
            self.quick -= 1;
            if self.quick == 0 {
                self.ato = DELACK_MIN;
            }
        }
        self.scheduled = false;
        self.urgent = false;
        self.pushed = false;
        self.pushed_twice = false;
        self.sent = rcv_nxt;
        self.due.take().is_some()
    }

    /// Old or misplaced data came: answer at once for a while (`tcp_enter_quickack_mode`).
    pub(super) fn enter_quick_mode(&mut self, window: u32) {
        self.more_quick(window);
        self.pingpong = 0;
        self.ato = DELACK_MIN;
    }

    /// The receive buffer is half full: no more quick ACKs (`__tcp_select_window`).
    pub(super) const fn buffer_fills(&mut self) {
        self.quick = 0;
    }

    /// The window grew: at least this ACK goes at once, to say so (`tcp_grow_window`).
    pub(super) const fn window_grew(&mut self) {
        self.quick |= 1;
    }

    /// An ACK is owed (`inet_csk_schedule_ack`).
    pub(super) const fn schedule(&mut self) {
        self.scheduled = true;
    }

    /// An ACK is owed at once (ICSK_ACK_NOW).
    pub(super) const fn at_once(&mut self) {
        self.urgent = true;
    }

    /// An interactive session (`inet_csk_enter_pingpong_mode`).
    pub(super) fn enter_pingpong(&mut self) {
        self.pingpong = self.pingpong.max(self.pingpong_thresh);
    }

    /// A duplicate ACK is due: whether it goes at once. The first three do, the others are held back a little
    /// (`__tcp_ack_snd_check`).
    fn duplicate_goes(&mut self, next: Seq, sack: bool) -> bool {
        if !sack || self.held_back >= COMP_SACK_NR {
            return true;
        }
        if self.duplicates_at != next {
            self.duplicates_at = next;
            self.duplicates = 0;
        }
        if self.duplicates < FASTRETRANS_THRESH {
            self.duplicates += 1;
            return true;
        }
        self.held_back += 1;
        false
    }
}

impl Tcb {
    /// `__tcp_ack_snd_check`, after everything that the segment let us send has been sent.
    pub(super) fn acknowledge(&mut self, now: Time, out: &mut Outbox) {
        if !self.ack.scheduled {
            return;
        }
        let quick = self.ack.quick > 0 && !self.ack.is_pingpong();
        if quick || self.ack.urgent || self.more_than_a_segment() {
            self.send_ack(now, out);
        } else if self.rcv.early.is_empty() {
            self.delay_ack(now, out);
        } else if self.ack.duplicate_goes(self.rcv.nxt, self.agreed.sack) {
            self.send_ack(now, out);
        } else if self.ack.held_back == 1 {
            // A twentieth of the round trip (`tcp_ack_snd_check`, comp_sack).
            let rtt = self.rtt.smoothed().unwrap_or(COMP_SACK_DELAY);
            let delay = (rtt / 20).min(COMP_SACK_DELAY);
            out.say(Output::Set(TimerKind::CompressedAck, delay));
        }
    }

    /// More than a full segment waits for its ACK, and the program either wants more or has made room.
    fn more_than_a_segment(&mut self) -> bool {
        let unacked = self.rcv.nxt.offset_from(self.ack.sent);
        unacked > self.ack.rcv_mss
            && (self.rcv.unread() < self.options.receive_low_water.max(1)
                || self.offerable() >= self.rcv.window.offered)
    }

    /// `tcp_compressed_ack_kick`.
    pub(super) fn compressed_ack_timeout(&mut self, now: Time, out: &mut Outbox) {
        if self.ack.held_back > 0 && self.state() != State::Closed {
            self.send_ack(now, out);
        }
    }

    /// TCP_QUICKACK (`__tcp_sock_set_quickack`).
    pub(super) fn set_quick_ack(&mut self, now: Time, on: bool, out: &mut Outbox) {
        if !on {
            self.ack.enter_pingpong();
            return;
        }
        self.ack.pingpong = 0;
        if self.can_send() && self.ack.scheduled {
            self.ack.pushed = true;
            self.ack_after_read(now, out);
        }
    }

    /// `tcp_send_delayed_ack`.
    fn delay_ack(&mut self, now: Time, out: &mut Outbox) {
        let mut delay = self.ack.ato;
        if delay > DELACK_MIN {
            let mut most = Span::from_millis(500);
            if self.ack.is_pingpong() || self.ack.pushed {
                most = Span::from_millis(200);
            }
            if let Some(srtt) = self.rtt.smoothed() {
                most = most.min(srtt.max(DELACK_MIN));
            }
            delay = delay.min(most);
        }
        let delay = delay.min(self.delayed_ack_most());
        if let Some(due) = self.ack.due {
            if due <= now + delay / 4 {
                self.send_ack(now, out);
                return;
            }
            if due <= now + delay {
                return;
            }
        }
        self.ack.due = Some(now + delay);
        out.say(Output::Set(TimerKind::DelayedAck, delay));
    }

    /// `tcp_delack_max`: HZ/5, and less than the peer's least timeout.
    fn delayed_ack_most(&self) -> Span {
        DELACK_MAX.min(Span::of(self.sysctl.tcp_rto_min_us) - self.tick)
    }

    /// `tcp_delack_timer_handler`.
    pub(super) fn delayed_ack_timeout(&mut self, now: Time, out: &mut Outbox) {
        self.ack.due = None;
        if !self.ack.scheduled || self.state() == State::Closed {
            return;
        }
        if self.ack.is_pingpong() {
            // The reply did not come in time: no interactive session after all.
            self.ack.pingpong = 0;
            self.ack.ato = DELACK_MIN;
        } else {
            self.ack.ato = (self.ack.ato * 2).min(self.rtt.timeout());
        }
        self.send_ack(now, out);
    }

    /// `__tcp_cleanup_rbuf`: the program has read; an ACK still owed may go now, and so may news of a window that opened.
    pub(super) fn ack_after_read(&mut self, now: Time, out: &mut Outbox) {
        let unacked = self.rcv.nxt.offset_from(self.ack.sent);
        let pushed = self.ack.pushed_twice || (self.ack.pushed && !self.ack.is_pingpong());
        let owed = self.ack.scheduled
            && (unacked > self.ack.rcv_mss || (self.rcv.unread() == 0 && pushed));
        if owed || (!self.rcv.shut && !self.rcv.fin && self.window_opened()) {
            self.send_ack(now, out);
        }
    }

    /// Whether twice the window that is still open could be offered.
    fn window_opened(&mut self) -> bool {
        let open = self.receive_window();
        if 2 * open > self.rcv.window.largest() {
            return false;
        }
        let offerable = self.offerable();
        offerable > 0 && offerable >= 2 * open
    }

    /// A pure ACK. Also answers probes and stray segments.
    pub(super) fn send_ack(&mut self, now: Time, out: &mut Outbox) {
        if self.state() == State::Closed {
            return; // what it still held is read
        }
        let seq = self.acceptable_seq();
        self.transmit(now, Flags::ACK, seq, 0, out);
    }

    /// SND.NXT, unless the peer's window has shrunk far below it (`tcp_acceptable_seq`).
    pub(super) fn acceptable_seq(&self) -> Seq {
        let (edge, next) = (self.snd.window_end(), self.snd.nxt);
        let rounding = 1u32 << self.agreed.receive_shift;
        if edge.at_or_after(next) || (rounding > 1 && next.offset_from(edge) < rounding) {
            next
        } else {
            edge
        }
    }

    /// A dup ACK for an empty segment that does not fit, at most one per 500 ms (`tcp_oow_rate_limited`).
    pub(super) fn send_ack_limited(&mut self, now: Time, out: &mut Outbox) {
        if !self.limit_reached(now) {
            self.send_ack(now, out);
        }
    }

    /// Whether such an answer went out in the last 500 ms; if not, this is one.
    pub(super) fn limit_reached(&mut self, now: Time) -> bool {
        let last = self.last_oow_ack;
        if last.is_some_and(|last| now.past(last) < Span::of(self.sysctl.tcp_invalid_ratelimit)) {
            return true;
        }
        self.last_oow_ack = Some(now);
        false
    }
}
