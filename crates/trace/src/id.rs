//! Small names for the things of a run: each is an index into one list of the [`Trace`](crate::Trace).

use crate::text::Text;
use std::fmt;
use std::num::NonZeroU32;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident($int:ty);)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub $int);

        impl $name {
            /// Position in the list that this id points into.
            pub const fn index(self) -> usize {
                self.0 as usize
            }
        }
    )*};
}

ids! {
    /// A machine with one kernel: index into `Trace::hosts`.
    HostId(u16);
    /// A running program: index into `Trace::programs`.
    ProgramId(u16);
    /// A TCP connection, numbered in the order of the SYNs: index into `Trace::flows`.
    FlowId(u32);
    /// What a program was asked to do once, however many attempts it took: index into `Trace::requests`.
    RequestId(u32);
    /// One HTTP message on one connection: index into `Trace::messages`.
    MessageId(u32);
    /// A setting in force: index into `Trace::settings`.
    SettingId(u16);
    /// A text (error, message head): index into `Trace::texts`.
    TextId(u32);
}

macro_rules! dense_ids {
    ($($(#[$doc:meta])* $name:ident($nonzero:ty, $int:ty);)*) => {$(
        $(#[$doc])*
        ///
        /// Kept as index + 1, so that an `Option` of it takes no more room (a record is at most 64 bytes).
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name($nonzero);

        impl $name {
            /// The id of the entry at this position; the last position the type can name stands in
            /// for all that lie beyond it.
            pub fn from_index(index: usize) -> Self {
                let number = <$int>::try_from(index + 1).unwrap_or(<$int>::MAX);
                Self(<$nonzero>::new(number).unwrap_or(<$nonzero>::MAX))
            }

            /// Position in the list that this id points into.
            pub const fn index(self) -> usize {
                self.0.get() as usize - 1
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.index())
            }
        }
    )*};
}

dense_ids! {
    /// A line of the run: index into `Trace::records`.
    RecordId(NonZeroU32, u32);
    /// A set of TCP options that most segments do not carry: index into `Trace::options`.
    OptionsId(NonZeroU32, u32);
}

/// Which end of a connection: the one that sent the SYN, or the one that was listening.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Side {
    /// The active opener; in this project always an HTTP client or a proxy's upstream side.
    Opener,
    /// The passive opener, behind a listening socket.
    Listener,
}

impl Side {
    /// The other end.
    pub const fn peer(self) -> Self {
        match self {
            Self::Opener => Self::Listener,
            Self::Listener => Self::Opener,
        }
    }

    /// 0 for the opener, 1 for the listener: for arrays of two.
    pub const fn index(self) -> usize {
        self as usize
    }
}

/// One end of one connection: a connected socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SocketId {
    /// The connection.
    pub flow: FlowId,
    /// Which end of it.
    pub side: Side,
}

impl SocketId {
    /// The socket at the other end of the connection.
    pub const fn peer(self) -> Self {
        Self {
            flow: self.flow,
            side: self.side.peer(),
        }
    }
}

/// Connection numbers are shown from 1, as in the recordings: `1.client`.
impl fmt::Display for SocketId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let side = match self.side {
            Side::Opener => "client",
            Side::Listener => "server",
        };
        write!(f, "{}.{side}", self.flow.0 + 1)
    }
}

/// Which bound of `Limits` ended or clipped a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LimitKind {
    /// The number of records.
    Records,
    /// The number of events handled.
    Steps,
    /// The number of connections.
    Flows,
    /// The number of requests.
    Requests,
}

impl LimitKind {
    /// As machine-readable output names it, and as `Limits` spells it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Records => "records",
            Self::Steps => "steps",
            Self::Flows => "flows",
            Self::Requests => "requests",
        }
    }

    /// What the run had too much of, in words.
    pub const fn words(self) -> Text {
        match self {
            Self::Records => Text::new("too many records", "记录太多"),
            Self::Steps => Text::new("too many steps", "步数太多"),
            Self::Flows => Text::new("too many connections", "连接太多"),
            Self::Requests => Text::new("too many requests", "请求太多"),
        }
    }
}
