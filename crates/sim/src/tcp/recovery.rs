//! What counts as lost, and what is done about it: RACK, duplicate ACKs, fast retransmit, the way back (linux-tcp §2.6).
//!
//! After `tcp_recovery.c` and `tcp_fastretrans_alert` in `tcp_input.c`. Left out: reneging on SACKs, ECN, MTU probes, and the
//! growth of the reordering window with DSACKs, none of which a run of ours can bring about yet.

use super::Tcb;
use super::ack_arrives::News;
use super::send::{Hold, InFlight};
use crate::kernel::sysctl::{FASTRETRANS_THRESH, TIMEOUT_MIN};
use crate::outbox::Outbox;
use whyeof_trace::{Seq, Span, Time, TimerKind};

/// Congestion states (`icsk_ca_state`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Phase {
    /// All is well.
    #[default]
    Open,
    /// Something is odd; nothing is done about it yet.
    Disorder,
    /// The window is being reduced, without loss being repaired (after a loss probe's repair).
    Reducing,
    /// Lost segments are sent again while ACKs keep coming.
    Recovery,
    /// A timeout has fired.
    Loss,
}

/// What an odd ACK asks to be sent (REXMIT_NONE, REXMIT_LOST, REXMIT_NEW).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resend {
    /// Nothing.
    Nothing,
    /// What counts as lost.
    Lost,
    /// Something new, if there is; else what counts as lost.
    New,
}

/// What is known about losses.
#[derive(Clone, Debug, Default)]
pub struct Recovery {
    /// Where it stands.
    pub phase: Phase,
    /// The phase is over when this is acknowledged (`high_seq`).
    until: Seq,
    /// In flight and held by the peer; counted as lost; sent again since.
    pub sacked_out: u32,
    /// See `sacked_out`.
    pub lost_out: u32,
    /// See `sacked_out`.
    pub resent_out: u32,
    /// RACK: the latest sending among what has been delivered, and its end.
    latest: Option<(Time, Seq)>,
    /// RACK: the round trip of that segment.
    rtt: Span,
    /// Whether that is news.
    advanced: bool,
    /// Whether segments were ever seen to overtake each other.
    reordered: bool,
    /// Before the reduction: window and threshold, to go back to if it was needless.
    before: Option<(u32, u32)>,
    /// SND.UNA when the reduction began (`undo_marker`).
    undo_from: Option<Seq>,
    /// Segments sent again whose originals are not known to have arrived (`undo_retrans`).
    undo_resent: u32,
    /// PRR (RFC 6937): the window before, delivered and sent since.
    prior_window: u32,
    delivered: u32,
    sent: u32,
    /// F-RTO (RFC 5682) is under way.
    doubting: bool,
}

impl Recovery {
    /// One more segment with these marks.
    pub(super) fn count_marks(&mut self, segment: &InFlight) {
        self.sacked_out += u32::from(segment.sacked);
        self.lost_out += u32::from(segment.lost);
        self.resent_out += u32::from(segment.resent);
    }

    /// Nothing is in flight (the end of `tcp_clean_rtx_queue`).
    pub(super) const fn forget_counts(&mut self) {
        self.sacked_out = 0;
        self.lost_out = 0;
        self.resent_out = 0;
    }

    /// Whether nothing is wrong.
    pub(super) fn is_open(&self) -> bool {
        self.phase == Phase::Open
    }

    /// Whether tail loss probes are allowed.
    pub(super) fn may_probe(&self) -> bool {
        matches!(self.phase, Phase::Open | Phase::Reducing)
    }

    /// Whether the window is being reduced step by step (`tcp_in_cwnd_reduction`).
    pub(super) fn is_reducing(&self) -> bool {
        matches!(self.phase, Phase::Reducing | Phase::Recovery)
    }

    /// A segment that left at `sent_at` was delivered (`tcp_rack_advance`).
    pub(super) fn delivered_one(
        &mut self,
        now: Time,
        sent_at: Time,
        end: Seq,
        again: bool,
        least: Option<Span>,
    ) {
        let rtt = now.past(sent_at);
        if again && least.is_some_and(|least| rtt < least) {
            return; // the original was meant
        }
        self.advanced = true;
        self.rtt = rtt;
        if self
            .latest
            .is_none_or(|(at, last)| sent_at > at || (sent_at == at && end.after(last)))
        {
            self.latest = Some((sent_at, end));
        }
    }

    /// Whether a segment left before the latest one that was delivered (`tcp_rack_sent_after`).
    fn left_before(&self, sent_at: Time, end: Seq) -> bool {
        self.latest
            .is_some_and(|(at, last)| at > sent_at || (at == sent_at && last.after(end)))
    }

    /// A segment was held by the peer although an older one, never sent again, came after it.
    pub(super) fn saw_reordering(&mut self) {
        self.reordered = true;
    }

    /// A duplicate was reported for something sent again since the reduction began.
    pub(super) fn duplicate_reported(&mut self, end: Seq, una: Seq) {
        if self.undo_from.is_some_and(|from| end.after(from)) && una.at_or_after(end) {
            self.undo_resent = self.undo_resent.saturating_sub(1);
        }
    }
}

impl Tcb {
    /// Segments left the sender while the window was being reduced.
    pub(super) fn recovery_sent(&mut self, segments: u32) {
        if self.recovery.is_reducing() {
            self.recovery.sent += segments;
        }
    }

    /// Takes what is thought of a segment out of the sums, before it leaves the queue.
    pub(super) fn forget_marks(&mut self, index: usize) {
        let segment = &mut self.snd.in_flight[index];
        self.recovery.sacked_out -= u32::from(std::mem::take(&mut segment.sacked));
        self.recovery.lost_out -= u32::from(std::mem::take(&mut segment.lost));
        self.recovery.resent_out -= u32::from(std::mem::take(&mut segment.resent));
    }

    /// `tcp_mark_skb_lost`. A mark of having been sent again outlasts it, unless it counted as lost already (after a timeout
    /// that was taken back it does not; the kernel then counts its next sending on top).
    fn mark_lost(&mut self, index: usize) {
        let segment = &mut self.snd.in_flight[index];
        if segment.sacked {
            return;
        }
        if std::mem::replace(&mut segment.lost, true) {
            self.recovery.resent_out -= u32::from(std::mem::take(&mut segment.resent));
        } else {
            self.recovery.lost_out += 1;
        }
    }

    /// How long a segment may be overtaken before it counts as lost (`tcp_rack_reo_wnd`).
    fn reordering_window(&self) -> Span {
        let many = self.recovery.sacked_out >= FASTRETRANS_THRESH.into();
        let repairing = matches!(self.recovery.phase, Phase::Recovery | Phase::Loss);
        if !self.recovery.reordered && (repairing || many) {
            return Span::ZERO;
        }
        let quarter = self.rtt.least().unwrap_or_default() / 4;
        quarter.min(self.rtt.smoothed().unwrap_or_default())
    }

    /// `tcp_rack_detect_loss`: marks what is overdue; returns how long to wait for the rest.
    fn detect_loss(&mut self, now: Time) -> Option<Span> {
        let patience = self.recovery.rtt + self.reordering_window();
        let mut wait = None;
        for index in 0..self.snd.in_flight.len() {
            let segment = self.snd.in_flight[index];
            if segment.sacked || (segment.lost && !segment.resent) {
                continue;
            }
            if !self.recovery.left_before(segment.sent_at, segment.end()) {
                continue;
            }
            let since = now.past(segment.sent_at);
            if since >= patience {
                self.mark_lost(index);
            } else {
                wait = wait.max(Some(patience - since));
            }
        }
        wait
    }

    /// `tcp_rack_mark_lost`; says whether it armed the wait for reordered segments.
    fn mark_overdue(&mut self, now: Time, out: &mut Outbox) -> bool {
        if !std::mem::take(&mut self.recovery.advanced) {
            return false;
        }
        let Some(wait) = self.detect_loss(now) else {
            return false;
        };
        self.arm(TimerKind::Reorder, wait + TIMEOUT_MIN, out);
        true
    }

    /// `tcp_rack_reo_timeout`.
    pub(super) fn reorder_timeout(&mut self, now: Time, out: &mut Outbox) {
        // Still counts as armed: what follows re-bases the timeout on the oldest segment.
        let before = self.packets_in_flight();
        self.detect_loss(now);
        if self.packets_in_flight() != before {
            if self.recovery.phase != Phase::Recovery {
                self.enter_recovery();
                self.reduce(1, false, 0);
            }
            self.send_all_lost(now, out);
        }
        if self.rexmit.armed() != Some(TimerKind::Retransmit) {
            self.rearm_timeout(now, out);
        }
    }

    /// `tcp_identify_packet_loss`.
    fn identify_loss(&mut self, now: Time, news: &mut News, out: &mut Outbox) {
        if self.snd.in_flight.is_empty() {
            return;
        }
        if !self.agreed.sack {
            self.mark_head_lost(news);
            return;
        }
        let before = self.recovery.resent_out;
        if self.mark_overdue(now, out) {
            news.rearm = false;
        }
        news.resent_lost |= before > self.recovery.resent_out;
    }

    /// `tcp_newreno_mark_lost`: without SACK the oldest segment is lost after three duplicates, and after each partial ACK.
    fn mark_head_lost(&mut self, news: &News) {
        let phase = self.recovery.phase;
        let many = self.recovery.sacked_out >= FASTRETRANS_THRESH.into();
        let begins = !matches!(phase, Phase::Recovery | Phase::Loss) && many;
        if (begins || (phase == Phase::Recovery && news.advanced)) && !self.snd.in_flight[0].lost {
            self.mark_lost(0);
        }
    }

    /// `tcp_fastretrans_alert`: something about an ACK was odd. Says what is to be sent because of it.
    pub(super) fn alert(&mut self, now: Time, news: &mut News, out: &mut Outbox) -> Resend {
        if self.snd.in_flight.is_empty() && !self.agreed.sack {
            self.recovery.sacked_out = 0;
        }
        if self.recovery.is_open() {
            self.rexmit.since = None;
        } else if self.snd.una.at_or_after(self.recovery.until) && self.finish_phase() {
            return Resend::Nothing;
        }
        match self.recovery.phase {
            Phase::Recovery => self.go_on_recovering(now, news, out),
            Phase::Loss => self.go_on_after_timeout(now, news, out),
            _ => self.look_for_loss(now, news, out),
        }
    }

    /// What the phase waited for is acknowledged. Says whether that settles everything.
    fn finish_phase(&mut self) -> bool {
        match self.recovery.phase {
            // One more ACK beyond it, lest a late duplicate starts it anew.
            Phase::Reducing if self.snd.una != self.recovery.until => {
                self.end_reduction();
                self.recovery.phase = Phase::Open;
            }
            Phase::Recovery => {
                if !self.agreed.sack {
                    self.recovery.sacked_out = 0;
                }
                if self.undo_or_open() {
                    return true;
                }
                self.end_reduction();
            }
            _ => {}
        }
        false
    }

    /// `tcp_try_undo_recovery`. Without SACK the phase stays until something beyond it is acknowledged (RFC 6582).
    fn undo_or_open(&mut self) -> bool {
        if self.was_needless() {
            self.undo();
        } else if self.recovery.phase == Phase::Recovery {
            self.end_reduction();
        }
        if self.snd.una == self.recovery.until && !self.agreed.sack {
            return true;
        }
        self.recovery.phase = Phase::Open;
        self.rexmit.since = None;
        self.recovery.undo_from = None;
        false
    }

    fn go_on_recovering(&mut self, now: Time, news: &mut News, out: &mut Outbox) -> Resend {
        if !news.advanced {
            self.count_duplicate(news);
        }
        if self.recovery.undo_from.is_some() && self.recovery.undo_resent == 0 {
            self.undo();
            self.try_to_open();
        }
        self.identify_loss(now, news, out);
        if self.recovery.phase != Phase::Recovery {
            if self.recovery.lost_out == 0 {
                return Resend::Nothing;
            }
            self.enter_recovery();
        }
        Resend::Lost
    }

    /// `tcp_process_loss`, and what follows it.
    fn go_on_after_timeout(&mut self, now: Time, news: &mut News, out: &mut Outbox) -> Resend {
        let resend = self.doubt_timeout(news);
        self.identify_loss(now, news, out);
        if !(self.recovery.is_open() || news.resent_lost) {
            return resend;
        }
        if self.recovery.lost_out == 0 {
            self.try_to_open();
            return Resend::Nothing;
        }
        self.enter_recovery();
        Resend::Lost
    }

    /// F-RTO (RFC 5682 §3.1): an ACK of what was never sent again shows that the timeout was needless; before anything else is
    /// sent again, something new is tried.
    fn doubt_timeout(&mut self, news: &News) -> Resend {
        let recovered = self.snd.una.at_or_after(self.recovery.until);
        let doubting = self.recovery.doubting;
        if (news.advanced && self.was_needless()) || (doubting && news.original) {
            self.undo();
            self.recovery.phase = Phase::Open;
            self.rexmit.count = 0;
            return Resend::Nothing;
        }
        if doubting && self.snd.nxt.after(self.recovery.until) {
            self.recovery.doubting = !(news.sacked || news.duplicate);
        } else if doubting && news.advanced && !recovered {
            self.recovery.until = self.snd.nxt;
            if self.snd.has_unsent() && self.snd.window_end().after(self.snd.nxt) {
                return Resend::New;
            }
            self.recovery.doubting = false;
        }
        if recovered {
            self.undo_or_open();
            return Resend::Nothing;
        }
        Resend::Lost
    }

    fn look_for_loss(&mut self, now: Time, news: &mut News, out: &mut Outbox) -> Resend {
        if !self.agreed.sack && news.advanced {
            self.recovery.sacked_out = 0;
        }
        self.count_duplicate(news);
        self.identify_loss(now, news, out);
        if self.recovery.lost_out == 0 {
            self.try_to_open();
            return Resend::Nothing;
        }
        self.enter_recovery();
        Resend::Lost
    }

    /// Does what an alert asked for (`tcp_xmit_recovery`).
    pub(super) fn resend(&mut self, now: Time, what: Resend, out: &mut Outbox) {
        if what == Resend::New {
            self.push(now, Hold::Nothing, out);
            if self.snd.nxt.after(self.recovery.until) {
                return;
            }
            self.recovery.doubting = false;
        }
        if what != Resend::Nothing {
            self.send_all_lost(now, out);
        }
    }

    /// Without SACK a duplicate ACK tells of one more segment that has arrived (`tcp_add_reno_sack`).
    fn count_duplicate(&mut self, news: &mut News) {
        let out = u32::try_from(self.snd.in_flight.len()).unwrap_or(u32::MAX);
        if !self.agreed.sack && news.duplicate && self.recovery.sacked_out < out {
            self.recovery.sacked_out += 1;
            news.delivered += 1;
        }
    }

    /// `tcp_try_keep_open`.
    fn try_to_open(&mut self) {
        if self.recovery.phase == Phase::Reducing {
            return;
        }
        let odd = self.recovery.sacked_out + self.recovery.lost_out + self.recovery.resent_out > 0;
        let phase = if odd { Phase::Disorder } else { Phase::Open };
        if self.recovery.phase != phase {
            self.recovery.phase = phase;
            self.recovery.until = self.snd.nxt;
        }
    }

    /// `tcp_enter_recovery`.
    fn enter_recovery(&mut self) {
        if self.recovery.resent_out == 0 {
            self.rexmit.since = None;
        }
        self.recovery.undo_from = Some(self.snd.una);
        self.recovery.undo_resent = self.recovery.resent_out;
        if !self.recovery.is_reducing() {
            self.recovery.before = Some((self.cwnd.window, self.cwnd.threshold));
            self.begin_reduction();
        }
        self.recovery.phase = Phase::Recovery;
    }

    /// `tcp_init_cwnd_reduction`.
    fn begin_reduction(&mut self) {
        self.recovery.until = self.snd.nxt;
        self.rexmit.probed = None;
        self.recovery.prior_window = self.cwnd.window;
        self.recovery.delivered = 0;
        self.recovery.sent = 0;
        self.cwnd.lose();
    }

    /// `tcp_cwnd_reduction`: proportional rate reduction (RFC 6937).
    pub(super) fn reduce(&mut self, delivered: u32, advanced: bool, newly_lost: u32) {
        let in_flight = self.packets_in_flight();
        let threshold = self.cwnd.threshold;
        let recovery = &mut self.recovery;
        if delivered == 0 || recovery.prior_window == 0 {
            return;
        }
        recovery.delivered += delivered;
        let mut may_send = if in_flight > threshold {
            let share = u64::from(threshold) * u64::from(recovery.delivered);
            let share = share.div_ceil(u64::from(recovery.prior_window));
            u32::try_from(share)
                .unwrap_or(u32::MAX)
                .saturating_sub(recovery.sent)
        } else {
            let mut more = recovery
                .delivered
                .saturating_sub(recovery.sent)
                .max(delivered);
            more += u32::from(advanced && newly_lost == 0);
            more.min(threshold - in_flight)
        };
        if recovery.sent == 0 {
            may_send = may_send.max(1);
        }
        self.cwnd.window = (in_flight + may_send).max(1);
    }

    /// `tcp_end_cwnd_reduction`.
    fn end_reduction(&mut self) {
        let reduced = self.cwnd.threshold != u32::MAX;
        let phase = self.recovery.phase;
        if reduced && (phase == Phase::Reducing || self.recovery.undo_from.is_some()) {
            self.cwnd.window = self.cwnd.threshold;
        }
    }

    /// A loss probe has repaired a loss: the window is reduced once (`tcp_process_tlp_ack`).
    pub(super) fn probe_repaired(&mut self) {
        self.begin_reduction();
        self.recovery.phase = Phase::Reducing;
        self.end_reduction();
        let odd = self.recovery.sacked_out + self.recovery.lost_out + self.recovery.resent_out > 0;
        self.recovery.phase = if odd { Phase::Disorder } else { Phase::Open };
    }

    /// `tcp_enter_loss`: everything in flight counts as lost, except what left so recently that its ACK cannot be expected.
    pub(super) fn enter_loss(&mut self, now: Time) {
        let patience = self.recovery.rtt;
        if !self.agreed.sack {
            self.recovery.sacked_out = 0;
        }
        for index in 0..self.snd.in_flight.len() {
            let sent_at = self.snd.in_flight[index].sent_at;
            if index == 0 || now.past(sent_at) >= patience {
                self.mark_lost(index);
            }
        }
        let phase = self.recovery.phase;
        let fresh = !matches!(phase, Phase::Recovery | Phase::Loss);
        let again = phase == Phase::Loss && self.rexmit.count == 0;
        if fresh || again || self.snd.una.at_or_after(self.recovery.until) {
            self.recovery.before = Some((self.cwnd.window, self.cwnd.threshold));
            self.cwnd.lose();
            self.recovery.undo_from = Some(self.snd.una);
            self.recovery.undo_resent = self.recovery.resent_out;
        }
        self.cwnd.set(self.packets_in_flight() + 1);
        self.recovery.phase = Phase::Loss;
        self.cwnd.time_out();
        self.recovery.until = self.snd.nxt;
        self.recovery.doubting = fresh || self.rexmit.count > 0;
        self.rexmit.probed = None;
    }

    /// Whether all that was sent again was sent in vain, as duplicates or timestamps show (`tcp_may_undo`).
    fn was_needless(&self) -> bool {
        self.recovery.undo_from.is_some()
            && (self.recovery.undo_resent == 0 || self.answers_an_original())
    }

    /// `tcp_packet_delayed`: the echo is older than the first thing sent again.
    fn answers_an_original(&self) -> bool {
        let Some(since) = self.rexmit.since else {
            return false;
        };
        let first = self.timestamp(since);
        self.agreed.timestamps && self.ts_echo != 0 && Seq(first).after(Seq(self.ts_echo))
    }

    /// `tcp_undo_cwnd_reduction`.
    fn undo(&mut self) {
        if let Some((window, threshold)) = self.recovery.before.take() {
            self.cwnd.window = self.cwnd.window.max(window);
            self.cwnd.threshold = self.cwnd.threshold.max(threshold);
        }
        for index in 0..self.snd.in_flight.len() {
            let lost = std::mem::take(&mut self.snd.in_flight[index].lost);
            self.recovery.lost_out -= u32::from(lost);
        }
        self.recovery.undo_from = None;
    }

    /// A segment that counts as lost is sent again (`tcp_retransmit_skb`).
    pub(super) fn send_lost(&mut self, now: Time, index: usize, out: &mut Outbox) -> bool {
        let sent = self.send_again(now, index, out);
        if sent {
            self.snd.in_flight[index].resent = true;
            self.recovery.resent_out += 1;
        }
        self.recovery.undo_resent += 1;
        self.rexmit.since.get_or_insert(now);
        sent
    }

    /// `tcp_xmit_retransmit_queue`: all that counts as lost, oldest first, as far as the window allows.
    pub(super) fn send_all_lost(&mut self, now: Time, out: &mut Outbox) {
        let mut index = 0;
        let mut head = false;
        while index < self.snd.in_flight.len() && !self.cwnd_is_full() {
            if self.recovery.resent_out >= self.recovery.lost_out {
                break;
            }
            let segment = self.snd.in_flight[index];
            if segment.lost && !segment.resent && !segment.sacked {
                if !self.send_lost(now, index, out) {
                    break;
                }
                self.recovery_sent(1);
                head |= index == 0;
            }
            index += 1;
        }
        if head && self.rexmit.armed() != Some(TimerKind::Reorder) {
            self.arm(TimerKind::Retransmit, self.rtt.timeout(), out);
        }
    }
}
