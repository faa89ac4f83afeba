//! What a program sets on a socket, and what two ends agree on in their SYNs.

use super::Tcb;
use super::keepalive::KeepAlive;
use crate::kernel::sysctl::{MSS, MSS_DEFAULT, Sysctl, TIMESTAMPS_LEN};
use crate::outbox::Outbox;
use std::time::Duration;
use whyeof_trace::{OptionName, Segment, SynOptions, TcpOptions, Time};

/// The options of a socket, by their names in socket(7) and tcp(7).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SocketOptions {
    /// SO_KEEPALIVE with TCP_KEEPIDLE, TCP_KEEPINTVL and TCP_KEEPCNT; `None`: off.
    pub keep_alive: Option<KeepAlive>,
    /// TCP_NODELAY.
    pub no_delay: bool,
    /// TCP_CORK.
    pub cork: bool,
    /// TCP_USER_TIMEOUT; zero: none.
    pub user_timeout: Duration,
    /// SO_LINGER: how long close(2) waits; zero resets. `None`: off.
    pub linger: Option<Duration>,
    /// TCP_MAXSEG before the connection: the largest segment to send and to ask for.
    pub max_segment: Option<u16>,
    /// SO_RCVBUF as the kernel keeps it, twice what was asked for; `None`: grows by itself.
    pub receive_buffer: Option<u32>,
    /// SO_SNDBUF as the kernel keeps it, twice what was asked for; `None`: takes everything.
    pub send_buffer: Option<u32>,
    /// SO_RCVLOWAT; 0 counts as 1.
    pub receive_low_water: u32,
    /// TCP_LINGER2.
    pub fin_timeout: FinTimeout,
}

/// TCP_LINGER2: how long a closed socket waits for the peer's FIN.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FinTimeout {
    /// `tcp_fin_timeout`.
    #[default]
    Sysctl,
    /// So long; at most 120 s (TCP_FIN_TIMEOUT_MAX).
    Span(Duration),
    /// Not at all: it resets.
    Never,
}

/// One call of setsockopt(2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SocketOption {
    /// SO_KEEPALIVE and its three numbers; `None`: off.
    KeepAlive(Option<KeepAlive>),
    /// TCP_NODELAY.
    NoDelay(bool),
    /// TCP_CORK.
    Cork(bool),
    /// TCP_USER_TIMEOUT; zero: none.
    UserTimeout(Duration),
    /// SO_LINGER.
    Linger(Option<Duration>),
    /// TCP_QUICKACK.
    QuickAck(bool),
    /// SO_RCVLOWAT.
    ReceiveLowWater(u32),
    /// SO_SNDBUF as the kernel keeps it.
    SendBuffer(u32),
    /// TCP_LINGER2.
    FinTimeout(FinTimeout),
}

impl SocketOption {
    /// Its name.
    pub const fn kind(self) -> OptionName {
        match self {
            Self::KeepAlive(_) => OptionName::KeepAlive,
            Self::NoDelay(_) => OptionName::NoDelay,
            Self::Cork(_) => OptionName::Cork,
            Self::UserTimeout(_) => OptionName::UserTimeout,
            Self::Linger(_) => OptionName::Linger,
            Self::QuickAck(_) => OptionName::QuickAck,
            Self::ReceiveLowWater(_) => OptionName::ReceiveLowWater,
            Self::SendBuffer(_) => OptionName::SendBuffer,
            Self::FinTimeout(_) => OptionName::FinTimeout,
        }
    }
}

/// What both SYNs together allow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Agreed {
    /// The peer's MSS option; 536 without.
    pub mss: u16,
    /// Selective acknowledgments.
    pub sack: bool,
    /// Timestamps.
    pub timestamps: bool,
    /// What the peer's window field is shifted by.
    pub send_shift: u8,
    /// What ours is.
    pub receive_shift: u8,
}

impl Agreed {
    /// Before the peer's SYN: everything this end would like.
    pub fn hoped(sysctl: &Sysctl) -> Self {
        Self {
            mss: MSS_DEFAULT,
            sack: sysctl.tcp_sack,
            timestamps: sysctl.tcp_timestamps,
            send_shift: 0,
            receive_shift: if sysctl.tcp_window_scaling {
                sysctl.window_shift()
            } else {
                0
            },
        }
    }
}

impl Tcb {
    /// setsockopt(2) on an open socket.
    pub fn set_option(&mut self, now: Time, option: SocketOption, out: &mut Outbox) {
        match option {
            SocketOption::KeepAlive(config) => self.set_keepalive(now, config, out),
            SocketOption::NoDelay(on) => {
                self.options.no_delay = on;
                if on {
                    // Also lets a tail go that is held back already (`__tcp_sock_set_nodelay`).
                    self.snd.push_once = true;
                    self.push_pending(now, out);
                }
            }
            SocketOption::Cork(on) => {
                self.options.cork = on;
                if !on {
                    self.snd.push_once |= self.options.no_delay;
                    self.push_pending(now, out);
                }
            }
            SocketOption::UserTimeout(span) => self.options.user_timeout = span,
            SocketOption::Linger(span) => self.options.linger = span,
            SocketOption::ReceiveLowWater(bytes) => self.options.receive_low_water = bytes,
            SocketOption::SendBuffer(bytes) => self.options.send_buffer = Some(bytes),
            SocketOption::FinTimeout(timeout) => self.options.fin_timeout = timeout,
            SocketOption::QuickAck(on) => self.set_quick_ack(now, on, out),
        }
    }

    /// Takes the peer's SYN options (`tcp_parse_options`, and what becomes of them).
    pub(super) fn agree(&mut self, syn: &Segment, options: Option<&TcpOptions>) {
        let theirs = options.and_then(|o| o.syn().copied());
        let mut agreed = Agreed::hoped(&self.sysctl);
        agreed.timestamps &= syn.timestamps.is_some();
        agreed.sack &= theirs.is_some_and(|o| o.sack_ok);
        agreed.mss = theirs.map_or(MSS_DEFAULT, |o| o.mss);
        match theirs.and_then(|o| o.window_scale) {
            // RFC 7323 §2.3: larger shifts count as 14.
            Some(shift) if self.sysctl.tcp_window_scaling => agreed.send_shift = shift.min(14),
            _ => agreed.receive_shift = 0,
        }
        self.agreed = agreed;
    }

    /// The options of our SYN, or of our SYN-ACK.
    pub(super) fn syn_options(&self) -> SynOptions {
        let offers = self.syn_offers();
        SynOptions {
            mss: self.advertised_mss(),
            sack_ok: offers.sack,
            window_scale: (offers.receive_shift > 0).then_some(offers.receive_shift),
        }
    }

    /// A listener answers with what the SYN offered (`tcp_synack_options`); a SYN-ACK to a SYN that crossed our own is our own SYN
    /// once more (`tcp_syn_options`).
    pub(super) fn syn_offers(&self) -> Agreed {
        if self.passive {
            self.agreed
        } else {
            Agreed::hoped(&self.sysctl)
        }
    }

    /// The MSS option we send: TCP_MAXSEG, or what the link takes.
    pub(super) fn advertised_mss(&self) -> u16 {
        self.options.max_segment.map_or(MSS, |most| most.min(MSS))
    }

    /// `tp->advmss`: data in a full segment of the peer.
    pub(super) fn receive_mss(&self) -> u32 {
        u32::from(self.advertised_mss() - self.stamps_len())
    }

    /// Data in a full segment of ours (`tcp_sync_mss`): SACK blocks take more of it (`tcp_current_mss`).
    pub fn send_mss(&self) -> u32 {
        /// `tcp_min_snd_mss`: a full set of options and 8 bytes.
        const LEAST: u16 = 48;
        let whole = self.agreed.mss.min(self.advertised_mss()).max(LEAST);
        let mss = u32::from(whole - self.stamps_len());
        self.bound_to_half_window(mss)
    }

    /// `tcp_bound_to_half_wnd`: at most half of the largest window the peer ever offered, or all of a tiny one.
    pub(super) fn bound_to_half_window(&self, mss: u32) -> u32 {
        let most = self.snd.window_most;
        let cutoff = if most > MSS_DEFAULT.into() {
            most / 2
        } else {
            most
        };
        if cutoff == 0 {
            return mss;
        }
        mss.min(cutoff.max(68 - self.header_len()))
    }

    fn stamps_len(&self) -> u16 {
        if self.agreed.timestamps {
            TIMESTAMPS_LEN
        } else {
            0
        }
    }
}
