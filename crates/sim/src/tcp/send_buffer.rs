//! The send buffer's limit (SO_SNDBUF): what write(2) still takes, and when a program hears that there is room again.
//!
//! Linux counts memory, not bytes: of each socket buffer its data and its own structures. A write fills the buffer at the end of
//! the queue, however full the memory is, and takes a new one only while less than the limit is in use
//! (`tcp_sendmsg_locked`, `sk_stream_memory_free`). A program that found no room hears of it again when at least a third is free
//! (`sk_stream_write_space`: what is free must be half of what is used). A socket without a limit takes everything.
//!
//! So that this comes out to the byte, the ends of Linux's buffers are kept here, beside the engine's own count. They are cut as
//! segmentation offload cuts them when they are first sent; what happens when segments are sent again is left out
//! (`tcp_fragment` cuts once more, `tcp_retrans_try_collapse` joins), and so is a FIN's own buffer, behind which nobody writes.
//! A program also counts as having found no room when its write left less than a third free: Linux notes that only when the
//! program next polls, which a program that waits for room does.

use super::Tcb;
use super::send::{Amount, Fin, Hold};
use crate::copy::clone_into_place;
use crate::outbox::{Outbox, Output, Signal};
use std::collections::VecDeque;
use whyeof_trace::Time;

/// What a buffer takes besides its data: `sk_buff`, shared info and room for headers (`SKB_TRUESIZE` in
/// `tcp_stream_alloc_skb`; SO_MEMINFO shows 832 on 6.18 for amd64).
const BUFFER: u32 = 832;

/// The most that one buffer holds (`sk_gso_max_size` less the room for headers, `sk_setup_caps`).
const LARGEST: u32 = 65_536 - (320 + 1);

/// What a socket with a limit knows of its buffers.
#[derive(Debug, Default)]
pub struct SendBuffer {
    /// Where in the stream each buffer ends, oldest first.
    ends: VecDeque<u32>,
    /// The program waits for room (SOCK_NOSPACE).
    waits: bool,
}

clone_into_place!(SendBuffer { ends, waits });

impl SendBuffer {
    /// What was sent so far ends a buffer (`tso_fragment`).
    pub(super) fn cut(&mut self, sent: u32) {
        let at = self.ends.partition_point(|end| *end < sent);
        if self.ends.get(at).is_some_and(|end| *end > sent) {
            self.ends.insert(at, sent);
        }
    }

    /// Buffers of which everything is acknowledged are gone.
    fn free(&mut self, acked: u32) {
        while self.ends.front().is_some_and(|end| *end <= acked) {
            self.ends.pop_front();
        }
    }

    /// Where the last buffer begins and ends, if nothing of it was sent yet (`tcp_write_queue_tail`).
    fn tail(&self, sent: u32) -> Option<(u32, u32)> {
        let end = *self.ends.back()?;
        let before = self.ends.len().checked_sub(2).map_or(0, |at| self.ends[at]);
        (end > sent).then_some((before.max(sent), end))
    }
}

impl Tcb {
    /// `sk_wmem_queued`.
    fn memory_queued(&self) -> u32 {
        let buffers = u32::try_from(self.snd.buffer.ends.len()).unwrap_or(u32::MAX);
        let data = self.unacknowledged();
        data.saturating_add(buffers.saturating_mul(BUFFER))
    }

    /// `__sk_stream_is_writeable`: what is free is at least half of what is used.
    pub(super) fn has_room(&self) -> bool {
        let Some(limit) = self.options.send_buffer else {
            return true;
        };
        let used = self.memory_queued();
        used < limit && limit - used >= used / 2
    }

    /// Takes of a write what fits, a buffer at a time; each leaves when it is full. Returns how much that was.
    pub(super) fn write_within(
        &mut self,
        now: Time,
        len: u32,
        hold: Hold,
        limit: u32,
        out: &mut Outbox,
    ) -> u32 {
        // Whole segments (`tcp_xmit_size_goal`).
        let mss = self.current_mss();
        let goal = (self.bound_to_half_window(LARGEST) / mss).max(1) * mss;
        let mut rest = len;
        while rest > 0 {
            let (start, end) = match self.snd.buffer.tail(self.snd.sent) {
                Some((start, end)) if end - start < goal => (start, end),
                _ if self.memory_queued() >= limit => break,
                _ => {
                    self.snd.buffer.ends.push_back(self.snd.written);
                    (self.snd.written, self.snd.written)
                }
            };
            let taken = rest.min(goal - (end - start));
            rest -= taken;
            let marked = self.queue_write(taken, true);
            if let Some(last) = self.snd.buffer.ends.back_mut() {
                *last = self.snd.written;
            }
            if rest == 0 || end + taken - start < goal {
                continue;
            }
            if marked {
                self.push(now, Hold::Nothing, out);
            } else if start == self.snd.sent {
                self.write_out(now, Hold::Nothing, Amount::OneBurst, out);
            }
        }
        if rest == len {
            self.snd.buffer.waits = true;
            return 0;
        }
        if rest > 0 || hold != Hold::Small {
            self.mark_push();
        }
        let hold = if rest > 0 { Hold::Nothing } else { hold };
        self.push(now, hold, out);
        self.snd.buffer.waits |= rest > 0 || !self.has_room();
        len - rest
    }

    /// An ACK has freed memory (`tcp_check_space`): the program hears of it once there is enough.
    pub(super) fn tell_of_room(&mut self, out: &mut Outbox) {
        if self.options.send_buffer.is_none() {
            return;
        }
        let acked = self.snd.written - self.unacknowledged();
        self.snd.buffer.free(acked);
        if self.snd.buffer.waits && self.has_room() && self.snd.fin == Fin::Open {
            self.snd.buffer.waits = false;
            if !self.is_orphan() {
                out.say(Output::Wake(Signal::Room));
            }
        }
    }
}
