//! TCP's state names and the errors a socket call can return.

use std::fmt;

/// The eleven states of RFC 9293 §3.3.2.
///
/// Linux's "timewait socket in sub-state FIN-WAIT-2" is [`State::FinWait2`] here; that nobody owns
/// the socket any more is seen from its `close()`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum State {
    /// No connection.
    Closed,
    /// Waiting for SYNs.
    Listen,
    /// SYN sent.
    SynSent,
    /// SYN received and answered.
    SynReceived,
    /// Both directions open.
    Established,
    /// We sent FIN first; it is not acknowledged yet.
    FinWait1,
    /// Our FIN is acknowledged; the peer's has not come.
    FinWait2,
    /// The peer's FIN came first; our program has not closed.
    CloseWait,
    /// Both FINs crossed; ours is not acknowledged yet.
    Closing,
    /// The peer closed first, then we; our FIN is not acknowledged yet.
    LastAck,
    /// Everything is acknowledged; old segments are waited out.
    TimeWait,
}

impl State {
    /// RFC 9293's spelling: `FIN-WAIT-1`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Closed => "CLOSED",
            Self::Listen => "LISTEN",
            Self::SynSent => "SYN-SENT",
            Self::SynReceived => "SYN-RECEIVED",
            Self::Established => "ESTABLISHED",
            Self::FinWait1 => "FIN-WAIT-1",
            Self::FinWait2 => "FIN-WAIT-2",
            Self::CloseWait => "CLOSE-WAIT",
            Self::Closing => "CLOSING",
            Self::LastAck => "LAST-ACK",
            Self::TimeWait => "TIME-WAIT",
        }
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Errors of socket calls, by their errno names (errno(3)).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SocketError {
    /// The SYN was answered by RST.
    ConnectionRefused,
    /// A RST came while no FIN had come before it.
    ConnectionReset,
    /// Writing where the peer has reset, or after our own FIN.
    BrokenPipe,
    /// Retransmissions or keepalive probes stayed unanswered.
    TimedOut,
    /// An ICMP host-unreachable, reported when the connection was given up.
    HostUnreachable,
    /// An ICMP net-unreachable, reported likewise.
    NetUnreachable,
    /// An ICMP protocol-unreachable, reported likewise.
    NoProtocolOption,
    /// Writing to or shutting down a socket that is not connected.
    NotConnected,
    /// Somebody destroyed the socket (`ss -K`).
    ConnectionAborted,
    /// All local ports are taken by connections to the same place.
    AddressNotAvailable,
}

impl SocketError {
    /// The errno name: `ECONNRESET`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ConnectionRefused => "ECONNREFUSED",
            Self::ConnectionReset => "ECONNRESET",
            Self::BrokenPipe => "EPIPE",
            Self::TimedOut => "ETIMEDOUT",
            Self::HostUnreachable => "EHOSTUNREACH",
            Self::NetUnreachable => "ENETUNREACH",
            Self::NoProtocolOption => "ENOPROTOOPT",
            Self::NotConnected => "ENOTCONN",
            Self::ConnectionAborted => "ECONNABORTED",
            Self::AddressNotAvailable => "EADDRNOTAVAIL",
        }
    }

    /// The number on Linux (asm-generic/errno.h).
    pub const fn number(self) -> u8 {
        match self {
            Self::BrokenPipe => 32,
            Self::NoProtocolOption => 92,
            Self::AddressNotAvailable => 99,
            Self::NetUnreachable => 101,
            Self::ConnectionAborted => 103,
            Self::ConnectionReset => 104,
            Self::NotConnected => 107,
            Self::TimedOut => 110,
            Self::ConnectionRefused => 111,
            Self::HostUnreachable => 113,
        }
    }

    /// What strerror(3) says, in the C locale and lower case as Go prints it.
    pub const fn text(self) -> &'static str {
        match self {
            Self::ConnectionRefused => "connection refused",
            Self::ConnectionReset => "connection reset by peer",
            Self::BrokenPipe => "broken pipe",
            Self::TimedOut => "connection timed out",
            Self::HostUnreachable => "no route to host",
            Self::NetUnreachable => "network is unreachable",
            Self::NoProtocolOption => "protocol not available",
            Self::NotConnected => "transport endpoint is not connected",
            Self::ConnectionAborted => "software caused connection abort",
            Self::AddressNotAvailable => "cannot assign requested address",
        }
    }
}

impl fmt::Display for SocketError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
