//! A socket call as scripts write it, and what comes of it.

use std::fmt;

/// A socket call. Arguments that decide nothing here are not kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Call {
    /// socket(2).
    Socket,
    /// bind(2).
    Bind,
    /// listen(2) with this backlog.
    Listen(u32),
    /// connect(2).
    Connect,
    /// accept(2).
    Accept,
    /// read(2), recv(2) of at most so many bytes.
    Read(u32, MessageFlags),
    /// write(2), send(2), sendmsg(2) of so many bytes.
    Write(u32, MessageFlags),
    /// shutdown(2).
    Shutdown(How),
    /// close(2).
    Close,
    /// fcntl(2) `F_GETFL`.
    GetFlags,
    /// fcntl(2) `F_SETFL`; whether with `O_NONBLOCK`.
    SetFlags(bool),
    /// setsockopt(2) to this value.
    Set(SocketOption, Argument),
    /// getsockopt(2); the value is part of the [`Outcome`].
    Get(SocketOption),
    /// ioctl(2) that counts bytes of a queue; the number is part of the [`Outcome`].
    Count(Queue),
    /// epoll_create(2).
    EpollCreate,
    /// epoll_ctl(2) on this descriptor, for these events.
    EpollControl(EpollOperation, u32, u32),
    /// epoll_wait(2) for one event; whether it waits (timeout -1) or not (0).
    EpollWait(bool),
}

/// Flags of send(2) and recv(2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MessageFlags {
    /// MSG_MORE: there is more to come.
    pub more: bool,
    /// MSG_DONTWAIT: as if the descriptor had O_NONBLOCK.
    pub do_not_wait: bool,
}

/// Which directions shutdown(2) ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// SHUT_RD.
    Read,
    /// SHUT_WR.
    Write,
    /// SHUT_RDWR.
    Both,
}

/// Which queue an ioctl(2) counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Queue {
    /// SIOCINQ: received and not read.
    In,
    /// SIOCOUTQ: written and not acknowledged.
    Out,
}

/// What epoll_ctl(2) does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EpollOperation {
    /// EPOLL_CTL_ADD.
    Add,
    /// EPOLL_CTL_MOD.
    Modify,
    /// EPOLL_CTL_DEL.
    Delete,
}

/// A socket option, by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SocketOption {
    /// SO_REUSEADDR.
    ReuseAddress,
    /// SO_ERROR.
    Error,
    /// SO_KEEPALIVE.
    KeepAlive,
    /// SO_SNDBUF, as it is set; Linux keeps twice that.
    SendBuffer,
    /// SO_RCVBUF, as it is set; Linux keeps twice that.
    ReceiveBuffer,
    /// SO_RCVLOWAT, bytes.
    ReceiveLowWater,
    /// SO_LINGER, seconds.
    Linger,
    /// TCP_NODELAY.
    NoDelay,
    /// TCP_CORK.
    Cork,
    /// TCP_MAXSEG, bytes.
    MaxSegment,
    /// TCP_USER_TIMEOUT, milliseconds.
    UserTimeout,
    /// TCP_KEEPIDLE, seconds.
    KeepIdle,
    /// TCP_KEEPINTVL, seconds.
    KeepInterval,
    /// TCP_KEEPCNT.
    KeepCount,
    /// TCP_LINGER2, seconds.
    Linger2,
    /// TCP_QUICKACK.
    QuickAck,
}

impl SocketOption {
    /// All, with their level and their names in C.
    pub const ALL: [(Self, &'static str, &'static str); 16] = [
        (Self::ReuseAddress, "SOL_SOCKET", "SO_REUSEADDR"),
        (Self::Error, "SOL_SOCKET", "SO_ERROR"),
        (Self::KeepAlive, "SOL_SOCKET", "SO_KEEPALIVE"),
        (Self::SendBuffer, "SOL_SOCKET", "SO_SNDBUF"),
        (Self::ReceiveBuffer, "SOL_SOCKET", "SO_RCVBUF"),
        (Self::ReceiveLowWater, "SOL_SOCKET", "SO_RCVLOWAT"),
        (Self::Linger, "SOL_SOCKET", "SO_LINGER"),
        (Self::NoDelay, "SOL_TCP", "TCP_NODELAY"),
        (Self::Cork, "SOL_TCP", "TCP_CORK"),
        (Self::MaxSegment, "SOL_TCP", "TCP_MAXSEG"),
        (Self::UserTimeout, "SOL_TCP", "TCP_USER_TIMEOUT"),
        (Self::KeepIdle, "SOL_TCP", "TCP_KEEPIDLE"),
        (Self::KeepInterval, "SOL_TCP", "TCP_KEEPINTVL"),
        (Self::KeepCount, "SOL_TCP", "TCP_KEEPCNT"),
        (Self::Linger2, "SOL_TCP", "TCP_LINGER2"),
        (Self::QuickAck, "SOL_TCP", "TCP_QUICKACK"),
    ];

    /// Its name in C.
    pub fn name(self) -> &'static str {
        let found = Self::ALL.iter().find(|(option, ..)| *option == self);
        found.map_or("", |(.., name)| name)
    }
}

/// What a call takes or fills in besides numbers that scripts state as plain arguments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Argument {
    /// `[1100]`.
    Number(i64),
    /// `[ECONNRESET]`: what SO_ERROR holds.
    Errno(&'static str),
    /// `{onoff=1, linger=5}`: seconds, unless it is off.
    Linger(Option<u32>),
    /// `{events=EPOLLIN, fd=4}`.
    Event(EpollEvent),
}

/// What epoll_wait(2) says of one descriptor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EpollEvent {
    /// EPOLL… bits; 0 where there is no event.
    pub events: u32,
    /// The descriptor.
    pub fd: u32,
}

/// EPOLL… bits and their names (`include/uapi/linux/eventpoll.h`).
pub const EPOLL_BITS: [(&str, u32); 10] = [
    ("EPOLLIN", 0x1),
    ("EPOLLPRI", 0x2),
    ("EPOLLOUT", 0x4),
    ("EPOLLERR", 0x8),
    ("EPOLLHUP", 0x10),
    ("EPOLLRDNORM", 0x40),
    ("EPOLLWRNORM", 0x100),
    ("EPOLLRDHUP", 0x2000),
    ("EPOLLONESHOT", 1 << 30),
    ("EPOLLET", 1 << 31),
];

/// What comes of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// What it returns.
    pub returned: Returned,
    /// What it fills in.
    pub filled: Option<Argument>,
}

/// What a call returns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Returned {
    /// A number: bytes, a descriptor, 0.
    Number(i64),
    /// -1 and this errno.
    Errno(&'static str),
}

/// Errnos that scripts may name.
pub const ERRNOS: [&str; 18] = [
    "EADDRINUSE",
    "EAGAIN",
    "EALREADY",
    "EBADF",
    "ECONNABORTED",
    "ECONNREFUSED",
    "ECONNRESET",
    "EEXIST",
    "EHOSTUNREACH",
    "EINPROGRESS",
    "EINVAL",
    "EISCONN",
    "ENETUNREACH",
    "ENOENT",
    "ENOPROTOOPT",
    "ENOTCONN",
    "EPIPE",
    "ETIMEDOUT",
];

impl From<Returned> for Outcome {
    fn from(returned: Returned) -> Self {
        Self {
            returned,
            filled: None,
        }
    }
}

impl Outcome {
    /// 0, and nothing filled in.
    pub const DONE: Self = Self {
        returned: Returned::Number(0),
        filled: None,
    };

    /// This number.
    pub const fn number(n: i64) -> Self {
        Self {
            returned: Returned::Number(n),
            filled: None,
        }
    }

    /// -1 and this errno.
    pub const fn errno(name: &'static str) -> Self {
        Self {
            returned: Returned::Errno(name),
            filled: None,
        }
    }

    /// 0, and this filled in.
    pub const fn filled(argument: Argument) -> Self {
        Self {
            returned: Returned::Number(0),
            filled: Some(argument),
        }
    }
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Socket => f.write_str("socket()"),
            Self::Bind => f.write_str("bind()"),
            Self::Listen(backlog) => write!(f, "listen({backlog})"),
            Self::Connect => f.write_str("connect()"),
            Self::Accept => f.write_str("accept()"),
            Self::Read(n, flags) => write!(f, "read({n}{flags})"),
            Self::Write(n, flags) => write!(f, "write({n}{flags})"),
            Self::Shutdown(How::Read) => f.write_str("shutdown(SHUT_RD)"),
            Self::Shutdown(How::Write) => f.write_str("shutdown(SHUT_WR)"),
            Self::Shutdown(How::Both) => f.write_str("shutdown(SHUT_RDWR)"),
            Self::Close => f.write_str("close()"),
            Self::GetFlags => f.write_str("fcntl(F_GETFL)"),
            Self::SetFlags(false) => f.write_str("fcntl(F_SETFL)"),
            Self::SetFlags(true) => f.write_str("fcntl(F_SETFL O_NONBLOCK)"),
            Self::Set(option, value) => write!(f, "setsockopt({} {value})", option.name()),
            Self::Get(option) => write!(f, "getsockopt({})", option.name()),
            Self::Count(Queue::In) => f.write_str("ioctl(SIOCINQ)"),
            Self::Count(Queue::Out) => f.write_str("ioctl(SIOCOUTQ)"),
            Self::EpollCreate => f.write_str("epoll_create()"),
            Self::EpollControl(operation, fd, events) => {
                write!(f, "epoll_ctl({operation:?} {fd} {})", bits(*events))
            }
            Self::EpollWait(_) => f.write_str("epoll_wait()"),
        }
    }
}

impl fmt::Display for MessageFlags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.more {
            f.write_str(" MSG_MORE")?;
        }
        if self.do_not_wait {
            f.write_str(" MSG_DONTWAIT")?;
        }
        Ok(())
    }
}

impl fmt::Display for Argument {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(n) => write!(f, "[{n}]"),
            Self::Errno(name) => write!(f, "[{name}]"),
            Self::Linger(None) => f.write_str("{onoff=0}"),
            Self::Linger(Some(seconds)) => write!(f, "{{onoff=1, linger={seconds}}}"),
            Self::Event(EpollEvent { events: 0, .. }) => f.write_str("{}"),
            Self::Event(EpollEvent { events, fd }) => {
                write!(f, "{{events={}, fd={fd}}}", bits(*events))
            }
        }
    }
}

/// `EPOLLIN|EPOLLOUT`.
fn bits(events: u32) -> String {
    let named = EPOLL_BITS.iter().filter(|(_, bit)| events & bit != 0);
    let named: Vec<&str> = named.map(|(name, _)| *name).collect();
    named.join("|")
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(filled) = self.filled {
            write!(f, "{filled} ")?;
        }
        match self.returned {
            Returned::Number(n) => write!(f, "= {n}"),
            Returned::Errno(errno) => write!(f, "= -1 {errno}"),
        }
    }
}
