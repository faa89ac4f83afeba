//! The window we offer: how much the receive buffer still holds, by Linux's memory accounting.
//!
//! A receive buffer counts memory, not bytes: each segment is charged what its packet buffer takes (`truesize`), and the
//! window offered is what the rest of the buffer would hold at the ratio seen so far (`tcp_select_window`,
//! `tcp_grow_window`, `tcp_rcv_space_adjust`). What a packet buffer takes depends on the network card; here it is as on the
//! recorded machine, whose window fields 15n's first flight reproduces one by one. Left out: memory pressure, coalescing of
//! small segments, `tcp_shrink_window`.

use super::Tcb;
use crate::copy::clone_into_place;
use crate::kernel::sysctl::{INITIAL_CWND, Sysctl};
use std::collections::VecDeque;
use whyeof_trace::{Seq, Span, Time};

/// The receive buffer and the window (`sk_rcvbuf`, `rcv_wnd` and what they are made from).
#[derive(Debug)]
pub struct ReceiveWindow {
    /// `rcv_wnd`: what was offered with the last ACK, bytes.
    pub offered: u32,
    /// `rcv_ssthresh`: how much may be offered at most; grows with what comes.
    threshold: u32,
    /// `window_clamp`: how much the buffer could ever hold.
    clamp: u32,
    /// `sk_rcvbuf`: size of the buffer, in memory.
    buffer: u32,
    /// Whether the program has fixed it (SO_RCVBUF).
    fixed: bool,
    /// `scaling_ratio`: bytes of data in 256 of memory.
    ratio: u32,
    /// `sk_rmem_alloc`: memory taken by what waits to be read or to become in order.
    held: u32,
    /// In order and unread: bytes and memory, a segment each.
    waiting: VecDeque<(u32, u32)>,
    reading: Reading,
}

clone_into_place!(ReceiveWindow {
    offered,
    threshold,
    clamp,
    buffer,
    fixed,
    ratio,
    held,
    waiting,
    reading
});

/// How fast the program reads (`rcvq_space`, `rcv_rtt_est`).
#[derive(Clone, Copy, Debug, Default)]
struct Reading {
    /// Most bytes read within one round trip so far.
    most: u32,
    /// Where this round trip's count began: bytes, time.
    from: u32,
    since: Time,
    /// Eight times the round trip as the receiver sees it, µs.
    rtt8: u64,
    /// The echo that gave the last sample.
    echo: u32,
}

/// TCP_DEFAULT_SCALING_RATIO: half of the memory is data until a full segment tells better.
const DEFAULT_RATIO: u32 = 128;

/// What the packet buffer of a segment takes (`truesize`): 256 bytes of `sk_buff`, and an object of the allocator that holds the
/// data, its headers, the driver's headroom and `skb_shared_info`. Measured on 6.18 behind a TUN device: 832 bytes for data
/// of up to 150 bytes, 1,280 for 400 and 600, 2,304 for 1,000 and 1,448.
fn memory(len: u32) -> u32 {
    const HEADERS_AND_HEADROOM: u32 = 52 + 64;
    const SHARED_INFO: u32 = 320;
    const SK_BUFF: u32 = 256;
    let needed = len + HEADERS_AND_HEADROOM + SHARED_INFO;
    // The smallest heads have a cache of their own (`SKB_SMALL_HEAD_CACHE_SIZE`).
    let object = if needed <= 576 {
        576
    } else {
        needed.next_power_of_two()
    };
    object + SK_BUFF
}

impl ReceiveWindow {
    /// Of a socket that has received nothing. `mss`: as it stands when the SYN goes out (`tcp_select_initial_window`).
    pub fn new(sysctl: &Sysctl, fixed: Option<u32>, mss: u32) -> Self {
        let buffer = fixed.unwrap_or(sysctl.tcp_rmem[0]);
        let mut window = Self {
            offered: 0,
            threshold: 0,
            clamp: 0,
            buffer,
            fixed: fixed.is_some(),
            ratio: DEFAULT_RATIO,
            held: 0,
            waiting: VecDeque::new(),
            reading: Reading::default(),
        };
        window.start(mss);
        window
    }

    /// The first window: as many full segments as the buffer holds. The SYN's field shows no more than 65,535 of it.
    pub(super) fn start(&mut self, mss: u32) {
        self.clamp = self.data(self.buffer);
        let mss = mss.max(1);
        let whole = if self.clamp > mss {
            self.clamp - self.clamp % mss
        } else {
            self.clamp
        };
        self.offered = whole;
        self.threshold = self.offered;
    }

    /// `tcp_win_from_space`.
    fn data(&self, memory: u32) -> u32 {
        let data = (u64::from(memory) * u64::from(self.ratio)) >> 8;
        u32::try_from(data).unwrap_or(u32::MAX)
    }

    /// `tcp_space_from_win`.
    fn space_for(&self, data: u64) -> u32 {
        u32::try_from((data << 8) / u64::from(self.ratio.max(1))).unwrap_or(u32::MAX)
    }

    /// `tcp_space`.
    fn free(&self) -> u32 {
        self.data(self.buffer.saturating_sub(self.held))
    }

    /// The most that the buffer could ever let us offer.
    pub(super) const fn largest(&self) -> u32 {
        self.clamp
    }

    /// The connection is established: one segment of the buffer is kept back (`tcp_init_buffer_space`, `tcp_app_win`).
    pub(super) fn established(&mut self, now: Time, mss: u32, shift: u8) {
        let whole = self.data(self.buffer);
        self.clamp = whole.min(65_535 << shift);
        if self.clamp > 2 * mss && self.clamp + mss > whole {
            self.clamp = (2 * mss).max(whole.saturating_sub(mss));
        }
        self.threshold = self.threshold.min(self.clamp);
        self.reading.most = self.threshold.min(self.offered).min(INITIAL_CWND * mss);
        self.reading.since = now;
    }

    /// A segment in order: charged, and the threshold grows (`tcp_grow_window`). `rcv_mss` is the estimate so far. Says
    /// whether it grew.
    fn take(&mut self, len: u32, most: u32, advertised: u32, rcv_mss: u32) -> bool {
        let memory = self.hold(len);
        self.waiting.push_back((len, memory));
        if len > rcv_mss {
            self.measure(len, memory);
        }
        let rcv_mss = rcv_mss.max(len.min(advertised));
        len >= 128 && self.grow(len, memory, most, advertised, rcv_mss)
    }

    /// `tcp_measure_rcv_mss`: how much of a full segment's memory is data, whenever a larger one comes.
    fn measure(&mut self, len: u32, memory: u32) {
        let ratio = ((len << 8) / memory).clamp(1, 255);
        if std::mem::replace(&mut self.ratio, ratio) == ratio {
            return;
        }
        self.set_clamp(self.data(self.buffer));
        self.reading.most = self.reading.most.min(self.clamp);
    }

    /// `tcp_set_window_clamp`: the threshold follows it down, and up as far as the window offered.
    fn set_clamp(&mut self, clamp: u32) {
        /// SOCK_MIN_RCVBUF / 2.
        const LEAST: u32 = 1_152;
        let clamp = clamp.max(LEAST);
        let before = std::mem::replace(&mut self.clamp, clamp);
        if clamp < before {
            self.threshold = self.threshold.min(clamp);
        } else if clamp > before {
            self.threshold = self.threshold.max(self.offered.min(clamp));
        }
    }

    fn grow(&mut self, len: u32, memory: u32, most: u32, advertised: u32, rcv_mss: u32) -> bool {
        let room = self.clamp.min(self.free());
        if room <= self.threshold {
            return false;
        }
        let step = if self.data(memory) <= len {
            2 * advertised
        } else {
            self.step_for_small(len, memory, most, rcv_mss)
        };
        if step > 0 {
            self.threshold += step.max(2 * len).min(room - self.threshold);
        }
        step > 0
    }

    /// `__tcp_grow_window`: small segments waste memory; while the buffer is far from full they may all the same.
    fn step_for_small(&self, len: u32, memory: u32, most: u32, rcv_mss: u32) -> u32 {
        let (mut waste, mut window) = (self.data(memory) >> 1, self.data(most) >> 1);
        while self.threshold <= window {
            if waste <= len {
                return 2 * rcv_mss;
            }
            waste >>= 1;
            window >>= 1;
        }
        0
    }

    /// The program has read `bytes`; their memory is free once their whole segment is read.
    fn release(&mut self, mut bytes: u32) {
        while let Some((len, memory)) = self.waiting.front_mut() {
            if *len > bytes {
                *len -= bytes;
                return;
            }
            bytes -= *len;
            self.held -= *memory;
            self.waiting.pop_front();
        }
    }

    /// A segment out of order is charged as well; returns how much.
    pub(super) fn hold(&mut self, len: u32) -> u32 {
        let memory = memory(len);
        self.held += memory;
        memory
    }

    /// Memory of what is thrown away.
    pub(super) fn unhold(&mut self, memory: u32) {
        self.held -= memory;
    }

    /// `tcp_rcv_rtt_measure_ts`: the round trip from the echo of our own timestamp, by full segments.
    fn sample(&mut self, span: Span, echo: u32) {
        if self.reading.echo == echo {
            return;
        }
        self.reading.echo = echo;
        let sample = span.micros();
        let old = self.reading.rtt8;
        self.reading.rtt8 = if old == 0 {
            sample << 3
        } else {
            old - (old >> 3) + sample
        };
    }

    /// `tcp_rcv_space_adjust`, `tcp_rcvbuf_grow`: once a round trip, the buffer grows to twice what was read in it, and
    /// further by twice the rate at which that grew, so that a sender in slow start can go on doubling.
    fn adjust(&mut self, now: Time, read: u32, unread: u32, sysctl: &Sysctl) {
        let reading = &mut self.reading;
        let rtt = Span::from_micros(reading.rtt8 >> 3);
        if reading.rtt8 == 0 || now.past(reading.since) < rtt {
            return;
        }
        let copied = (read - reading.from).saturating_sub(unread);
        reading.from = read;
        reading.since = now;
        if copied <= reading.most {
            return;
        }
        let before = std::mem::replace(&mut reading.most, copied);
        if self.fixed || !sysctl.tcp_moderate_rcvbuf {
            return;
        }
        let twice = 2 * u64::from(copied);
        let growth = twice * u64::from(copied - before) / u64::from(before.max(1));
        let buffer = self.space_for(twice + 2 * growth);
        let buffer = buffer.min(sysctl.tcp_rmem[1]);
        if buffer > self.buffer {
            self.buffer = buffer;
            self.clamp = self.data(buffer);
        }
    }
}

impl Tcb {
    /// Data that came in order goes into the buffer.
    pub(super) fn queue_data(&mut self, len: u32) {
        let (most, advertised) = (self.sysctl.tcp_rmem[1], self.receive_mss());
        let rcv_mss = self.ack.rcv_mss();
        if self.rcv.window.take(len, most, advertised, rcv_mss) {
            self.ack.window_grew();
        }
        self.rcv.advance(len);
    }

    /// Data that waited for a gap to be filled has its turn.
    pub(super) fn queue_waiting(&mut self, len: u32, memory: u32) {
        self.rcv.window.waiting.push_back((len, memory));
        self.rcv.advance(len);
    }

    /// The program reads (`tcp_recvmsg_locked`).
    pub(super) fn unqueue_data(&mut self, now: Time, len: u32) {
        self.rcv.read = self.rcv.read.wrapping_add(len);
        self.rcv.window.release(len);
        let (read, unread) = (self.rcv.read, self.rcv.unread());
        self.rcv.window.adjust(now, read, unread, &self.sysctl);
    }

    /// A full segment tells the receiver how long a round trip is.
    pub(super) fn sample_receive_rtt(&mut self, now: Time, len: u32, echo: u32) {
        if len >= self.ack.rcv_mss() && self.agreed.timestamps {
            let ticks = self.timestamp(now).wrapping_sub(echo).max(1);
            let span = Span::from_millis(u64::from(ticks));
            self.rcv.window.sample(span, echo);
        }
    }

    /// `tcp_receive_window`: what of the window last offered is still open.
    pub(super) fn receive_window(&self) -> u32 {
        let end = self.ack.sent + self.rcv.window.offered;
        if end.after(self.rcv.nxt) {
            end.offset_from(self.rcv.nxt)
        } else {
            0
        }
    }

    /// The right edge of what we have offered.
    pub(super) fn receive_window_end(&self) -> Seq {
        self.rcv.nxt + self.receive_window()
    }

    /// `__tcp_select_window`: the window that could be offered now. Also ends quick ACKs when the buffer is half full.
    pub(super) fn offerable(&mut self) -> u32 {
        let window = &self.rcv.window;
        let whole = window.clamp.min(window.data(window.buffer));
        let mut free = window.free();
        let mss = self.ack.rcv_mss().min(whole);
        let unit = 1u32 << self.agreed.receive_shift;
        if free < whole / 2 {
            free -= free % unit;
            if free < whole / 16 || free < mss {
                self.ack.buffer_fills();
                return 0;
            }
        }
        let (offered, threshold) = (window.offered, window.threshold);
        if window.free() < whole / 2 {
            self.ack.buffer_fills();
        }
        let free = free.min(threshold);
        if unit > 1 {
            return free.next_multiple_of(unit);
        }
        if offered + mss <= free || offered > free {
            free - free % mss.max(1)
        } else {
            offered
        }
    }

    /// `tcp_select_window`: the window field; what was offered is never taken back.
    pub(super) fn select_window(&mut self) -> u16 {
        let unit = 1u32 << self.agreed.receive_shift;
        let open = self.receive_window();
        let mut window = self.offerable();
        if window < open {
            window = open.next_multiple_of(unit);
        }
        // What the field cannot hold counts as offered all the same.
        self.rcv.window.offered = window;
        u16::try_from(window >> self.agreed.receive_shift).unwrap_or(u16::MAX)
    }
}
