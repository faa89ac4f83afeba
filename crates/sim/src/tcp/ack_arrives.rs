//! What an ACK says about what we sent (`tcp_ack`): delivered, held beyond a gap, come twice; and what that allows.

use super::Tcb;
use super::recovery::Resend;
use crate::outbox::Outbox;
use whyeof_trace::{Segment, Seq, SeqRange, Span, TcpOptions, Time};

/// What an ACK brought (the FLAG_ bits of `tcp_input.c`).
#[derive(Clone, Copy, Debug, Default)]
pub struct News {
    /// SND.UNA moved.
    pub advanced: bool,
    /// The segment carries data or changes the window: no duplicate ACK.
    pub not_duplicate: bool,
    /// Neither data nor window nor progress: a duplicate ACK.
    pub duplicate: bool,
    /// Something was acknowledged.
    pub acked: bool,
    /// Data was acknowledged.
    pub data_acked: bool,
    /// Something new is held by the peer.
    pub sacked: bool,
    /// Something came twice.
    pub twice: bool,
    /// It was the loss probe.
    pub probe_twice: bool,
    /// Something that was sent only once arrived, from before the last loss.
    pub original: bool,
    /// Something that was sent again counts as lost once more.
    pub resent_lost: bool,
    /// The timer has to be set anew.
    pub rearm: bool,
    /// Segments delivered.
    pub delivered: u32,
}

/// Round trips that an ACK tells of.
#[derive(Clone, Copy, Debug, Default)]
struct Samples {
    /// From the oldest and the newest segment acknowledged, if none was ever sent again.
    acked: Option<(Time, Time)>,
    /// Something sent again was acknowledged.
    again: bool,
    /// From the oldest segment newly held.
    sacked: Option<Time>,
}

impl Tcb {
    /// An acceptable ACK, at or after SND.UNA, and the blocks that come with it.
    pub(super) fn ack_arrives(
        &mut self,
        now: Time,
        segment: &Segment,
        options: Option<&TcpOptions>,
        out: &mut Outbox,
    ) {
        let before = self.snd.una;
        let in_flight_before = !self.snd.in_flight.is_empty();
        let lost_before = self.recovery.lost_out;
        let mut news = News {
            advanced: segment.ack.after(before),
            not_duplicate: segment.seq_len() > 0,
            ..News::default()
        };
        if news.advanced {
            self.rexmit.count = 0;
        }
        news.not_duplicate |= self.update_window(now, segment);
        let mut samples = Samples::default();
        self.snd.una = segment.ack;
        self.take_blocks(now, before, options, &mut news, &mut samples);
        self.soft_error = None;
        self.probing.unanswered = 0;
        if in_flight_before {
            self.take_acked(now, &mut news, &mut samples);
            self.take_samples(now, segment, &mut news, samples);
        }
        self.answer_probe(segment.ack, &news);
        if !in_flight_before {
            self.window_news(now, out);
            return;
        }
        let odd = !(news.not_duplicate || news.acked) || news.sacked || news.twice;
        news.duplicate = !(news.advanced || news.not_duplicate || news.acked || news.twice);
        let mut resend = Resend::Nothing;
        if odd || !self.recovery.is_open() {
            resend = self.alert(now, &mut news, out);
        }
        if news.rearm {
            self.rearm_after_ack(now, out);
        }
        self.steer(now, &news, lost_before);
        self.resend(now, resend, out);
    }

    /// An ACK below SND.UNA brings nothing but its blocks.
    pub(super) fn old_ack_arrives(
        &mut self,
        now: Time,
        options: Option<&TcpOptions>,
        out: &mut Outbox,
    ) {
        let mut news = News::default();
        let mut samples = Samples::default();
        self.take_blocks(now, self.snd.una, options, &mut news, &mut samples);
        if news.sacked || news.twice {
            let resend = self.alert(now, &mut news, out);
            self.resend(now, resend, out);
        }
    }

    /// `tcp_cong_control`.
    fn steer(&mut self, now: Time, news: &News, lost_before: u32) {
        if self.recovery.is_reducing() {
            let newly_lost = self.recovery.lost_out.saturating_sub(lost_before);
            self.reduce(news.delivered, news.advanced, newly_lost);
        } else if news.data_acked {
            let least = self.rtt.least().unwrap_or_default();
            self.cwnd.grow(now, self.tick, news.delivered, least);
        }
    }

    /// `tcp_sacktag_write_queue`: blocks of what the peer holds; the first may tell of a duplicate (RFC 2883 §4).
    fn take_blocks(
        &mut self,
        now: Time,
        una_before: Seq,
        options: Option<&TcpOptions>,
        news: &mut News,
        samples: &mut Samples,
    ) {
        let blocks = options.map_or(&[][..], TcpOptions::sack);
        if !self.agreed.sack {
            return;
        }
        for (n, block) in blocks.iter().enumerate() {
            let twice = n == 0 && is_duplicate(block, blocks.get(1), self.snd.una);
            if twice {
                news.twice = true;
                news.probe_twice |= self.rexmit.probed_again
                    && self
                        .rexmit
                        .probed
                        .is_some_and(|probed| probed == block.end());
                self.recovery.duplicate_reported(block.end(), una_before);
            } else if block.end().after(self.snd.una) && self.snd.nxt.at_or_after(block.end()) {
                self.mark_sacked(now, block, news, samples);
            }
        }
    }

    fn mark_sacked(&mut self, now: Time, block: &SeqRange, news: &mut News, samples: &mut Samples) {
        let least = self.rtt.least();
        let recovery = &mut self.recovery;
        let mut beyond = false;
        for segment in self.snd.in_flight.iter_mut().rev() {
            beyond |= segment.sacked;
            let within =
                segment.seq.at_or_after(block.start) && block.end().at_or_after(segment.end());
            if !within || segment.sacked {
                continue;
            }
            segment.sacked = true;
            recovery.sacked_out += 1;
            recovery.lost_out -= u32::from(std::mem::take(&mut segment.lost));
            recovery.resent_out -= u32::from(std::mem::take(&mut segment.resent));
            recovery.delivered_one(now, segment.sent_at, segment.end(), segment.again, least);
            news.sacked = true;
            news.delivered += 1;
            if !segment.again {
                news.original = true;
                samples.sacked = Some(
                    samples
                        .sacked
                        .map_or(segment.sent_at, |at| at.min(segment.sent_at)),
                );
                if beyond {
                    recovery.saw_reordering();
                }
            }
        }
    }

    /// `tcp_clean_rtx_queue`: takes out of flight what is acknowledged.
    fn take_acked(&mut self, now: Time, news: &mut News, samples: &mut Samples) {
        let least = self.rtt.least();
        let mut taken = 0;
        while let Some(head) = self.snd.in_flight.front().copied() {
            if !self.snd.una.at_or_after(head.end()) {
                break;
            }
            if head.again {
                samples.again = true;
            } else if !head.sacked {
                let oldest = samples.acked.map_or(head.sent_at, |(oldest, _)| oldest);
                samples.acked = Some((oldest, head.sent_at));
                news.original = true;
            }
            if self.agreed.sack && !head.sacked {
                news.delivered += 1;
                self.recovery
                    .delivered_one(now, head.sent_at, head.end(), head.again, least);
            }
            news.acked = true;
            news.data_acked |= head.len > 0 || !head.flags.has(whyeof_trace::Flags::SYN);
            taken += 1;
            if self.agreed.sack {
                self.forget_marks(0);
            } else {
                self.forget_loss_marks(0);
            }
            self.snd.in_flight.pop_front();
        }
        if !self.agreed.sack {
            self.forget_duplicates(taken, news);
        }
        if self.agreed.sack && self.snd.in_flight.is_empty() {
            // Whatever was counted twice.
            self.recovery.forget_counts();
        }
        news.rearm |= news.acked;
    }

    /// Without SACK a segment has no mark of its own that the peer holds it; only the sum is known.
    fn forget_loss_marks(&mut self, index: usize) {
        let segment = &mut self.snd.in_flight[index];
        self.recovery.lost_out -= u32::from(std::mem::take(&mut segment.lost));
        self.recovery.resent_out -= u32::from(std::mem::take(&mut segment.resent));
    }

    /// `tcp_remove_reno_sacks`: what duplicates had told of counts as delivered already.
    fn forget_duplicates(&mut self, taken: u32, news: &mut News) {
        if taken == 0 {
            return;
        }
        let known = self.recovery.sacked_out;
        news.delivered += taken.saturating_sub(known).max(1);
        self.recovery.sacked_out = known.saturating_sub(taken - 1);
    }

    /// `tcp_ack_update_rtt`: the times of what was sent once, else the echo of a timestamp (Karn).
    fn take_samples(&mut self, now: Time, segment: &Segment, news: &mut News, samples: Samples) {
        let acked = samples.acked.filter(|_| !samples.again);
        let span = acked.map(|(oldest, _)| now.past(oldest));
        let sacked = samples.sacked.map(|at| now.past(at));
        let mut newest = acked.map(|(_, newest)| now.past(newest));
        let mut sample = span.or(sacked);
        if let (None, true, true, Some((_, echo))) = (
            sample,
            news.acked,
            self.agreed.timestamps,
            segment.timestamps,
        ) {
            let ticks = self.timestamp(now).wrapping_sub(echo).max(1);
            sample = Some(Span::from_millis(u64::from(ticks)));
            newest = sample;
        }
        if let Some(least) = newest.or(sacked) {
            self.rtt.note_least(least);
        }
        if let Some(sample) = sample {
            self.rtt.sample(sample, self.snd.una, self.snd.nxt);
        }
        // News of what left after the oldest segment was last sent: its timeout may start again.
        let head = self.snd.in_flight.front();
        if let (Some(span), Some(head)) = (sacked, head)
            && !news.acked
        {
            news.rearm |= span > now.past(head.sent_at);
        }
    }

    /// `tcp_process_tlp_ack`: whether the loss probe was needed.
    fn answer_probe(&mut self, ack: Seq, news: &News) {
        let Some(probed) = self.rexmit.probed else {
            return;
        };
        if probed.after(ack) {
            return;
        }
        if !self.rexmit.probed_again || news.probe_twice {
            self.rexmit.probed = None;
        } else if ack.after(probed) {
            self.rexmit.probed = None;
            self.probe_repaired();
        } else if !(news.advanced || news.not_duplicate || news.acked || news.sacked) {
            self.rexmit.probed = None;
        }
    }
}

/// Whether the first block tells of a duplicate: it lies below the ACK, or within the second (`tcp_check_dsack`).
fn is_duplicate(first: &SeqRange, second: Option<&SeqRange>, ack: Seq) -> bool {
    ack.after(first.start)
        || second
            .is_some_and(|s| first.start.at_or_after(s.start) && s.end().at_or_after(first.end()))
}
