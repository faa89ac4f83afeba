//! A kernel's knobs by their sysctl names, with Linux's defaults, and the constants beside them (linux-tcp §1.2).

use std::time::Duration;
use whyeof_trace::Span;

/// One host's knobs: `net.ipv4.*`, and `net.core.somaxconn`. What has no effect on the wire at this project's scale
/// (`tcp_retries1`, memory pressure, pacing, metrics) is left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sysctl {
    /// SYNs sent again, besides those of `tcp_syn_linear_timeouts`.
    pub tcp_syn_retries: u8,
    /// SYN timeouts that do not double (6.5+; before: 0).
    pub tcp_syn_linear_timeouts: u8,
    /// SYN-ACKs sent again.
    pub tcp_synack_retries: u8,
    /// When data in flight is given up: not a count but the time that so many doublings of 200 ms take.
    pub tcp_retries2: u8,
    /// The same for sockets that nobody owns; 0 counts as 8 until the timeout has grown to its cap.
    pub tcp_orphan_retries: u8,
    /// How long a socket that nobody owns waits for the peer's FIN.
    pub tcp_fin_timeout: Duration,
    /// Sockets in TIME-WAIT; beyond it they are closed at once.
    pub tcp_max_tw_buckets: u32,
    /// Whether a RST does not end TIME-WAIT (RFC 1337).
    pub tcp_rfc1337: bool,
    /// Whether the final ACK of a handshake is reset when the accept queue is full, instead of ignored.
    pub tcp_abort_on_overflow: bool,
    /// `net.core.somaxconn`: cap of listen(2)'s backlog.
    pub somaxconn: u32,
    /// Whether SYNs are answered without keeping state when too many requests wait.
    pub tcp_syncookies: bool,
    /// TCP_KEEPIDLE where a program sets none.
    pub tcp_keepalive_time: Duration,
    /// TCP_KEEPINTVL where a program sets none.
    pub tcp_keepalive_intvl: Duration,
    /// TCP_KEEPCNT where a program sets none.
    pub tcp_keepalive_probes: u8,
    /// Answers to empty segments that do not fit: at most one in this time.
    pub tcp_invalid_ratelimit: Duration,
    /// Whether a congestion window shrinks while nothing is sent.
    pub tcp_slow_start_after_idle: bool,
    /// How the congestion window moves.
    pub tcp_congestion_control: CongestionControl,
    /// 3 or 4: tail loss probes; else none.
    pub tcp_early_retrans: u8,
    /// Segments that leave in one piece at least, however slow the path.
    pub tcp_min_tso_segs: u8,
    /// Whether small segments are merged when they are sent again.
    pub tcp_retrans_collapse: bool,
    /// Selective acknowledgments.
    pub tcp_sack: bool,
    /// Duplicates reported by selective acknowledgments.
    pub tcp_dsack: bool,
    /// Timestamps.
    pub tcp_timestamps: bool,
    /// Window scaling.
    pub tcp_window_scaling: bool,
    /// Whether receive buffers grow with what programs read.
    pub tcp_moderate_rcvbuf: bool,
    /// First and last local port of connections whose program does not choose one.
    pub ip_local_port_range: [u16; 2],
    /// Receive buffer, bytes: at first, and at most.
    pub tcp_rmem: [u32; 2],
    /// Floor of the timeout's variance term (not of the timeout).
    pub tcp_rto_min_us: Duration,
    /// Cap of the backed-off timeout.
    pub tcp_rto_max_ms: Duration,
    /// Replies after which a connection counts as interactive.
    pub tcp_pingpong_thresh: u8,
    /// Whether an acknowledgment of what was never sent is answered. No sysctl but a change of the kernel: 6.18 does,
    /// 6.12 drops it silently (linux-tcp §9).
    pub challenges_acks_of_unsent: bool,
}

/// `tcp_congestion_control`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CongestionControl {
    /// Linux's default.
    #[default]
    Cubic,
    /// RFC 5681.
    Reno,
}

impl Default for Sysctl {
    /// Linux 6.18's, as on the recorded machine.
    fn default() -> Self {
        Self {
            tcp_syn_retries: 6,
            tcp_syn_linear_timeouts: 4,
            tcp_synack_retries: 5,
            tcp_retries2: 15,
            tcp_orphan_retries: 0,
            tcp_fin_timeout: Duration::from_secs(60),
            tcp_max_tw_buckets: 131_072,
            tcp_rfc1337: false,
            tcp_abort_on_overflow: false,
            somaxconn: 4_096,
            tcp_syncookies: true,
            tcp_keepalive_time: Duration::from_secs(7_200),
            tcp_keepalive_intvl: Duration::from_secs(75),
            tcp_keepalive_probes: 9,
            tcp_invalid_ratelimit: Duration::from_millis(500),
            tcp_slow_start_after_idle: true,
            tcp_congestion_control: CongestionControl::Cubic,
            tcp_early_retrans: 3,
            tcp_min_tso_segs: 2,
            tcp_retrans_collapse: true,
            tcp_sack: true,
            tcp_dsack: true,
            tcp_timestamps: true,
            tcp_window_scaling: true,
            tcp_moderate_rcvbuf: true,
            ip_local_port_range: [32_768, 60_999],
            tcp_rmem: [131_072, 33_554_432],
            tcp_rto_min_us: Duration::from_millis(200),
            tcp_rto_max_ms: Duration::from_secs(120),
            tcp_pingpong_thresh: 1,
            challenges_acks_of_unsent: true,
        }
    }
}

impl Sysctl {
    /// `tcp_model_timeout`: how long `retries` timeouts last that begin at `base` and double up to the cap.
    pub fn model_timeout(&self, retries: u8, base: Span) -> Span {
        let cap = Span::of(self.tcp_rto_max_ms);
        // ilog2(cap / base): doublings that stay below the cap.
        let ratio = cap.micros() / base.micros().max(1);
        let doublings = ratio.checked_ilog2().unwrap_or(0);
        let retries = u32::from(retries);
        if retries <= doublings {
            return base * ((2 << retries) - 1);
        }
        base * ((2 << doublings) - 1) + cap * u64::from(retries - doublings)
    }

    /// The shift a kernel offers for windows: the least that makes its largest buffer fit in 16 bits
    /// (`tcp_select_initial_window`).
    pub fn window_shift(&self) -> u8 {
        let space = self.tcp_rmem[1].max(65_535);
        // 0 to 14, so it fits.
        (space.ilog2().saturating_sub(15)).min(14) as u8
    }
}

/// TCP_TIMEOUT_INIT: the first retransmission timeout, of a SYN or SYN-ACK (RFC 6298 §2.1).
pub const TIMEOUT_INIT: Span = Span::from_secs(1);
/// TCP_TIMEOUT_FALLBACK: the timeout after a handshake that gave no sample, because a SYN was sent again and there are no
/// timestamps (`tcp_init_metrics`).
pub const TIMEOUT_FALLBACK: Span = Span::from_secs(3);
/// TCP_RTO_MIN, where the kernel uses the constant and not the knob (`retransmits_timed_out`, `tcp_probe0_base`).
pub const RTO_MIN: Span = Span::from_millis(200);
/// TCP_TIMEOUT_MIN: two jiffies, 2 ms where it is counted in microseconds.
pub const TIMEOUT_MIN: Span = Span::from_millis(2);
/// TCP_ATO_MIN and TCP_DELACK_MIN: HZ/25.
pub const DELACK_MIN: Span = Span::from_millis(40);
/// TCP_DELACK_MAX: HZ/5.
pub const DELACK_MAX: Span = Span::from_millis(200);
/// TCP_MAX_QUICKACKS.
pub const MAX_QUICKACKS: u8 = 16;
/// TCP_TIMEWAIT_LEN.
pub const TIMEWAIT_LEN: Span = Span::from_secs(60);
/// TCP_FASTRETRANS_THRESH: duplicate ACKs that are sent at once before they are held back (`__tcp_ack_snd_check`), and the
/// first `tp->reordering`.
pub const FASTRETRANS_THRESH: u8 = 3;
/// `tcp_comp_sack_delay_ns`: how long a duplicate ACK is held back at most.
pub const COMP_SACK_DELAY: Span = Span::from_millis(1);
/// `tcp_comp_sack_nr`: how many are held back at most.
pub const COMP_SACK_NR: u8 = 44;
/// Initial congestion window, segments (TCP_INIT_CWND, RFC 6928).
pub const INITIAL_CWND: u32 = 10;
/// MSS option on Ethernet without jumbo frames: MTU 1500 less 40.
pub const MSS: u16 = 1_460;
/// What a peer that sends no MSS option takes (RFC 9293 §3.7.1; TCP_MSS_DEFAULT).
pub const MSS_DEFAULT: u16 = 536;
/// TCP_MIN_MSS: what is left of the least IP packet.
pub const MSS_MIN: u32 = 88;
/// What the timestamps option takes of each segment (TCPOLEN_TSTAMP_ALIGNED).
pub const TIMESTAMPS_LEN: u16 = 12;

#[cfg(test)]
mod tests {
    use super::*;

    /// linux-tcp §2.7.
    #[test]
    fn the_bounds_are_times() {
        let sysctl = Sysctl::default();
        for (retries, ms) in [(0, 200), (3, 3_000), (8, 102_200), (15, 924_600)] {
            let bound = sysctl.model_timeout(retries, RTO_MIN);
            assert_eq!(bound.millis(), ms, "{retries}");
        }
        let syn = sysctl.model_timeout(6, TIMEOUT_INIT);
        assert_eq!(syn, Span::from_secs(127));
    }

    /// linux-tcp §1.3: 7 for 6 MiB, 10 for 32 MiB.
    #[test]
    fn window_shifts() {
        for (most, shift) in [(6 << 20, 7), (32 << 20, 10), (65_535, 0)] {
            let sysctl = Sysctl {
                tcp_rmem: [131_072, most],
                ..Sysctl::default()
            };
            assert_eq!(sysctl.window_shift(), shift, "{most}");
        }
    }
}
