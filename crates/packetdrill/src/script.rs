//! A script as it was read: what the kernel is set to, how strictly is compared, and what happens line by line.

pub use crate::call::{
    Argument, Call, EpollEvent, EpollOperation, How, MessageFlags, Outcome, Queue, Returned,
    SocketOption,
};
pub use crate::packet::{Options, Packet, TcpOption};

use std::fmt;
use std::time::Duration;
use whyeof_sim::kernel::timer_wheel::Hz;
use whyeof_trace::Unreachable;

/// A script.
#[derive(Clone, Debug)]
pub struct Script {
    /// How the kernel under test rounds its timers.
    pub hz: Hz,
    /// How much of a jiffy had passed at the start.
    pub phase: Duration,
    /// How strictly is compared.
    pub rules: Rules,
    /// What the init command sets, in its order.
    pub knobs: Vec<(usize, Knob)>,
    /// What happens, in order.
    pub lines: Vec<Line>,
}

/// How strictly what happens is compared with what is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// By how much an outbound segment or a result may be early or late, at least.
    pub tolerance: Duration,
    /// The same in millionths of the time since the line before; the larger of the two counts.
    pub tolerance_ppm: u32,
    /// How long a tick of TSval is; `None`: its value is not compared.
    pub ts_tick: Option<Duration>,
    /// An outbound line is one segment, never a run of them.
    pub strict_segments: bool,
    /// Every segment that is sent must be in the script, also after its last outbound line.
    pub every_segment: bool,
}

impl Default for Rules {
    /// packetdrill's.
    fn default() -> Self {
        Self {
            tolerance: Duration::from_millis(4),
            tolerance_ppm: 125_000,
            ts_tick: None,
            strict_segments: false,
            every_segment: false,
        }
    }
}

impl Rules {
    /// By how much something may be early or late that was expected so long after the line before.
    pub fn tolerance_after(&self, gap: Duration) -> Duration {
        let share = gap.as_micros() * u128::from(self.tolerance_ppm) / 1_000_000;
        let share = Duration::from_micros(u64::try_from(share).unwrap_or(u64::MAX));
        self.tolerance.max(share)
    }
}

/// What an init command sets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Knob {
    /// A sysctl of `net.ipv4`, and its value or values.
    Sysctl(String, String),
    /// `ethtool -K tun0 tso … gso …`: whether the device takes segments larger than the MSS.
    Offload(bool),
}

/// One line.
#[derive(Clone, Debug)]
pub struct Line {
    /// Its number in the file.
    pub number: usize,
    /// When.
    pub when: When,
    /// What.
    pub act: Act,
}

/// When something happens or is expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// At this time of the script: `0.1`.
    At(Duration),
    /// So long after the line before: `+.1`.
    After(Duration),
    /// At a time between these, of the script: `.1~.2`.
    Between(Duration, Duration),
    /// Between these spans after the line before: `+.1~+.2`.
    AfterBetween(Duration, Duration),
    /// A call that begins and returns at these times of the script: `0...0.01`.
    Blocks(Duration, Duration),
    /// A call that begins so long after the line before, and returns so long after that line: `+0...0.01`.
    AfterBlocks(Duration, Duration),
    /// At any time: `*`.
    Any,
}

/// What happens or must come of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Act {
    /// `<`: the other end sends this.
    Inbound(Packet),
    /// `>`: this end must send this.
    Outbound(Packet),
    /// `< icmp unreachable`: a router or the other host could not deliver a segment of ours.
    Unreachable(Icmp),
    /// A packet filter of this host's own is put in or taken out.
    Filter(Filter),
    /// The program calls on this descriptor, and this must come of it.
    Call(u32, Call, Outcome),
    /// `%{ assert … }%`: these must hold.
    Assert(Vec<Assertion>),
}

/// An ICMP packet, as scripts write it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Icmp {
    /// Its code, as packetdrill names it.
    pub code: &'static str,
    /// What it says.
    pub kind: Unreachable,
    /// Where the segment that it quotes begins.
    pub quoted: u32,
}

/// The codes of ICMP destination-unreachable that scripts may name (`icmp_packet.c`), and what they are to TCP: two stand for the
/// same where `icmp_err_convert` says so.
pub const UNREACHABLE: [(&str, Unreachable); 6] = [
    ("net_unreachable", Unreachable::Net),
    ("host_unreachable", Unreachable::Host),
    ("protocol_unreachable", Unreachable::Protocol),
    ("port_unreachable", Unreachable::Port),
    ("host_prohibited", Unreachable::Admin),
    ("packet_filtered", Unreachable::Admin),
];

/// What becomes of the packets that this host sends (`iptables … OUTPUT -p tcp -j DROP`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Filter {
    /// `-A`: they are thrown away, and TCP is told.
    Drop,
    /// `-D`: they leave.
    Accept,
}

/// One `assert`, with its line and its words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assertion {
    /// Its number in the file.
    pub number: usize,
    /// As it is written.
    pub text: String,
    /// What must not be 0.
    pub condition: Expression,
}

/// What an `assert` is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expression {
    /// A number, or a constant of Linux by its value.
    Number(i64),
    /// A field of `struct tcp_info`.
    Field(Field),
    /// `(a, b)`.
    Tuple(Vec<Self>),
    /// `a & b`.
    Mask(Box<Self>, Box<Self>),
    /// `a == b`, `a <= b <= c`.
    Compare(Box<Self>, Vec<(Comparison, Self)>),
    /// `a and b`.
    And(Vec<Self>),
}

/// How two numbers are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// `==`.
    Equal,
    /// `!=`.
    Unequal,
    /// `<`.
    Less,
    /// `<=`.
    LessOrEqual,
    /// `>`.
    Greater,
    /// `>=`.
    GreaterOrEqual,
}

/// The fields of `struct tcp_info` (`include/uapi/linux/tcp.h`) that a script may ask for.
pub const FIELDS: [Field; 25] = [
    Field("tcpi_state"),
    Field("tcpi_ca_state"),
    Field("tcpi_retransmits"),
    Field("tcpi_probes"),
    Field("tcpi_backoff"),
    Field("tcpi_options"),
    Field("tcpi_rto"),
    Field("tcpi_ato"),
    Field("tcpi_snd_mss"),
    Field("tcpi_rcv_mss"),
    Field("tcpi_unacked"),
    Field("tcpi_sacked"),
    Field("tcpi_lost"),
    Field("tcpi_retrans"),
    Field("tcpi_last_data_recv"),
    Field("tcpi_rtt"),
    Field("tcpi_rttvar"),
    Field("tcpi_snd_ssthresh"),
    Field("tcpi_snd_cwnd"),
    Field("tcpi_advmss"),
    Field("tcpi_reordering"),
    Field("tcpi_total_retrans"),
    Field("tcpi_bytes_received"),
    Field("tcpi_min_rtt"),
    Field("tcpi_delivered"),
];

/// A field of `struct tcp_info`, by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field(pub &'static str);

impl fmt::Display for Icmp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "icmp unreachable {} [{}]", self.code, self.quoted)
    }
}

impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Drop => "iptables -A OUTPUT -p tcp -j DROP",
            Self::Accept => "iptables -D OUTPUT -p tcp -j DROP",
        })
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}
