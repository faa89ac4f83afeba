//! The nouns of a run, and the record of it that everything else reads.
//!
//! A run has one product, its [`Trace`]. The diagram, the findings, the exports, the tests and the
//! time slider read it and ask the engine nothing, so a capture of a real run can take its place.
//! This crate knows no clock, no IO, no float and no hash order, and depends on nothing but `std`.
#![cfg_attr(not(test), warn(clippy::float_arithmetic))]

pub mod digest;
pub mod event;
pub mod filter;
pub mod http;
pub mod id;
pub mod options;
pub mod read;
pub mod replay;
pub mod segment;
pub mod seq;
pub mod settings;
pub mod tcp;
pub mod text;
pub mod time;
pub mod trace;

pub use event::{
    Call, Culprit, Event, Evicted, FaultEvent, OptionName, PoolEvent, RequestEvent, Returned,
    SegmentEvent, SocketEvent, Timer, TimerEvent, TimerKind, TimerOf,
};
pub use http::{BodyLeft, Failure, Message, MessageKind, Method, Request, RetryReason, not_served};
pub use id::{
    FlowId, HostId, LimitKind, MessageId, OptionsId, ProgramId, RecordId, RequestId, SettingId,
    Side, SocketId, TextId,
};
pub use options::{SackBlocks, SynOptions, TcpOptions};
pub use segment::{Flags, Packet, Payload, Segment, Unreachable};
pub use seq::{Seq, SeqRange};
pub use settings::{Origin, Setting, Value};
pub use tcp::{SocketError, State};
pub use text::{Lang, Text};
pub use time::{Span, Time};
pub use trace::{Flow, Host, Program, Record, Role, Stop, Trace, Vantage};

/// What lists are put in order by: `sort_by_cached_key` with keys of this type shares one sort, while a sort of each
/// type by each key would bring 4 kB of wasm to the page, twenty times.
pub type SortKey = (u64, u64);

/// The key that puts spans of time in order.
pub fn by_length(span: &std::time::Duration) -> SortKey {
    (span.as_secs(), span.subsec_nanos().into())
}
