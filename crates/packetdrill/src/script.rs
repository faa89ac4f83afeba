//! A script as it was read: lines with a time and something that happens or must come of it.

use std::fmt;
use std::time::Duration;
use whyeof_sim::kernel::timer_wheel::Hz;
use whyeof_trace::Flags;

/// A script.
#[derive(Clone, Debug)]
pub struct Script {
    /// How the kernel under test rounds its timers.
    pub hz: Hz,
    /// How much of a jiffy had passed at the start.
    pub phase: Duration,
    /// By how much an outbound segment or a result may be early or late.
    pub tolerance: Duration,
    /// What happens, in order.
    pub lines: Vec<Line>,
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
    /// A call that begins so long after the line before, and returns so long after that line: `+0...+.01`.
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
    /// The program calls on this descriptor, and this must be returned.
    Call(u32, Call, Returned),
}

/// A segment as scripts write it. Numbers count from the ISN of whoever they belong to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Packet {
    /// Control bits.
    pub flags: Flags,
    /// First sequence number.
    pub seq: u32,
    /// Bytes of data.
    pub len: u16,
    /// Acknowledgment field.
    pub ack: Option<u32>,
    /// Window field.
    pub win: Option<u16>,
    /// Options.
    pub options: Options,
}

/// Options of a segment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Options {
    /// `<...>`: whatever they are.
    Any,
    /// These, in this order.
    These(Vec<TcpOption>),
}

/// One option.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TcpOption {
    /// `mss n`.
    Mss(u16),
    /// `nop`.
    Nop,
    /// `sackOK`.
    SackOk,
    /// `wscale n`.
    WindowScale(u8),
    /// `TS val v ecr e`.
    Timestamps(u32, u32),
    /// `sack a:b c:d`.
    Sack(Vec<(u32, u32)>),
    /// `eol`.
    Eol,
}

/// A socket call. Arguments that decide nothing here are not kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Call {
    /// socket(2).
    Socket,
    /// bind(2), and socket options without effect on what is modelled.
    Ignored,
    /// setsockopt(2) of an option that has an effect.
    Set(Setting, u32),
    /// listen(2).
    Listen,
    /// connect(2).
    Connect,
    /// accept(2).
    Accept,
    /// read(2) of at most so many bytes.
    Read(u32),
    /// write(2) of so many bytes.
    Write(u32),
    /// shutdown(2) of the sending side.
    ShutdownWrite,
    /// close(2).
    Close,
    /// getsockopt(2) of SO_ERROR.
    TakeError,
}

/// A socket option that has an effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Setting {
    /// SO_KEEPALIVE.
    Probing,
    /// TCP_KEEPIDLE, seconds.
    Idle,
    /// TCP_KEEPINTVL, seconds.
    Interval,
    /// TCP_KEEPCNT.
    Count,
}

/// What a call returns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Returned {
    /// A number: bytes, a descriptor, 0.
    Number(u32),
    /// -1 and this errno.
    Errno(&'static str),
    /// 0, and this is the errno that SO_ERROR held.
    Held(&'static str),
}

/// Errnos that scripts may name.
pub const ERRNOS: [&str; 10] = [
    "EAGAIN",
    "ECONNREFUSED",
    "ECONNRESET",
    "EHOSTUNREACH",
    "EINPROGRESS",
    "ENOTCONN",
    "EPIPE",
    "ETIMEDOUT",
    "EINVAL",
    "EBADF",
];

impl fmt::Display for Packet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (seq, end) = (self.seq, self.seq.wrapping_add(u32::from(self.len)));
        write!(f, "{} {seq}:{end}({})", self.flags, self.len)?;
        if let Some(ack) = self.ack {
            write!(f, " ack {ack}")?;
        }
        if let Some(win) = self.win {
            write!(f, " win {win}")?;
        }
        match &self.options {
            Options::Any => f.write_str(" <...>"),
            Options::These(options) if options.is_empty() => Ok(()),
            Options::These(options) => {
                let options: Vec<String> = options.iter().map(ToString::to_string).collect();
                write!(f, " <{}>", options.join(","))
            }
        }
    }
}

impl fmt::Display for TcpOption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Mss(n) => write!(f, "mss {n}"),
            Self::Nop => f.write_str("nop"),
            Self::SackOk => f.write_str("sackOK"),
            Self::WindowScale(n) => write!(f, "wscale {n}"),
            Self::Timestamps(val, ecr) => write!(f, "TS val {val} ecr {ecr}"),
            Self::Sack(blocks) => {
                f.write_str("sack")?;
                blocks.iter().try_for_each(|(a, b)| write!(f, " {a}:{b}"))
            }
            Self::Eol => f.write_str("eol"),
        }
    }
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Socket => f.write_str("socket()"),
            Self::Ignored => f.write_str("…()"),
            Self::Set(setting, value) => write!(f, "setsockopt({setting:?} {value})"),
            Self::Listen => f.write_str("listen()"),
            Self::Connect => f.write_str("connect()"),
            Self::Accept => f.write_str("accept()"),
            Self::Read(n) => write!(f, "read({n})"),
            Self::Write(n) => write!(f, "write({n})"),
            Self::ShutdownWrite => f.write_str("shutdown(SHUT_WR)"),
            Self::Close => f.write_str("close()"),
            Self::TakeError => f.write_str("getsockopt(SO_ERROR)"),
        }
    }
}

impl fmt::Display for Returned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(n) => write!(f, "= {n}"),
            Self::Errno(errno) => write!(f, "= -1 {errno}"),
            Self::Held(errno) => write!(f, "[{errno}] = 0"),
        }
    }
}
