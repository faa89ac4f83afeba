//! Kernel constants and knobs, by their names in `net.ipv4` (linux-tcp §1.2).

use std::time::Duration;

/// TCP_TIMEOUT_INIT: the first retransmission timeout, of a SYN or SYN-ACK (RFC 6298 §2.1).
pub const TIMEOUT_INIT: Duration = Duration::from_secs(1);
/// TCP_RTO_MIN (`tcp_rto_min_us`): the floor of the variance term, not of the timeout.
pub const RTO_MIN: Duration = Duration::from_millis(200);
/// TCP_RTO_MAX (`tcp_rto_max_ms`).
pub const RTO_MAX: Duration = Duration::from_secs(120);
/// TCP_ATO_MIN and TCP_DELACK_MIN: HZ/25.
pub const DELACK_MIN: Duration = Duration::from_millis(40);
/// TCP_DELACK_MAX: HZ/5, less one jiffy in effect (`tcp_delack_max`).
pub const DELACK_MAX: Duration = Duration::from_millis(196);
/// TCP_MAX_QUICKACKS.
pub const MAX_QUICKACKS: u8 = 16;
/// `tcp_pingpong_thresh`.
pub const PINGPONG_THRESH: u8 = 1;
/// TCP_TIMEWAIT_LEN.
pub const TIMEWAIT_LEN: Duration = Duration::from_secs(60);
/// `tcp_fin_timeout`.
pub const FIN_TIMEOUT: Duration = Duration::from_secs(60);
/// `tcp_synack_retries`: SYN-ACKs sent again.
pub const SYNACK_RETRIES: u8 = 5;
/// `tcp_syn_linear_timeouts`: SYN timeouts that do not double (6.5+).
pub const SYN_LINEAR_TIMEOUTS: u8 = 4;
/// `tcp_syn_retries`; with the linear ones, 10 SYNs are sent again (linux-tcp §1.4).
pub const SYN_RETRIES: u8 = 6;
/// The bound after which data in flight is given up: `tcp_retries2` = 15 as time (linux-tcp §2.7).
pub const RETRIES2_BOUND: Duration = Duration::from_millis(924_600);
/// The same for a socket that its program has closed: `tcp_orphan_retries` 0 counts as 8.
pub const ORPHAN_BOUND: Duration = Duration::from_millis(102_200);
/// Initial congestion window, segments (RFC 6928).
pub const INITIAL_CWND: u32 = 10;
/// MSS option on Ethernet without jumbo frames: MTU 1500 less 40.
pub const MSS: u16 = 1460;
/// Payload of a full segment that carries timestamps: MSS less 12.
pub const MSS_WITH_TIMESTAMPS: u16 = 1448;
/// Window scale for `tcp_rmem[2]` of 32 MiB (6.16+; 7 before).
pub const WINDOW_SCALE: u8 = 10;
/// Window of a SYN: 44 · 1460. Never scaled.
pub const SYN_WINDOW: u16 = 64_240;
/// Window of a SYN-ACK: 45 · 1448.
pub const SYNACK_WINDOW: u16 = 65_160;
/// The opener's window field after the handshake: 64,240 rounded up to a multiple of 2^10.
pub const OPENER_WINDOW: u16 = 63;
/// The listener's: 65,160 rounded up.
pub const LISTENER_WINDOW: u16 = 64;
/// First ephemeral port (`ip_local_port_range`). Linux draws; ports do not decide anything here.
pub const FIRST_EPHEMERAL_PORT: u16 = 32_768;
/// Last ephemeral port.
pub const LAST_EPHEMERAL_PORT: u16 = 60_999;
/// `tcp_invalid_ratelimit`: dup ACKs for empty segments outside the window.
pub const INVALID_RATELIMIT: Duration = Duration::from_millis(500);
