//! Go 1.27: `http.Server`, and an `http.Client` over a `Transport` of one's own.
//!
//! A zero `Transport{}`, or one that sets a few fields only, never closes idle connections: that is the client of
//! the pyroscope story.

pub(super) mod client;
pub(super) mod server;

use super::{ClientProfile, Knob, Means, Profile, ServerProfile};
use crate::kind::Kind;
use crate::manual;
use crate::span::{Span, Unit};
use client::Defaults;
use std::time::Duration;
use whyeof_sim::plan::KeepAlive;
use whyeof_trace::Text;

/// The profile.
pub(super) static PROFILE: Profile = Profile {
    id: "go-1.27",
    label: Text::same("Go 1.27 net/http"),
    about: manual::says(Text::new(
        "http.Server, and http.Client with a Transport of its own: fields that are not set are zero, so idle connections are kept for ever.",
        "http.Server，以及自己构造 Transport 的 http.Client：没写的字段都是零值，空闲连接永远不关。",
    )),
    unverified: manual::all(&[Text::new(
        "Errors of a write that fails half-way are from source only.",
        "写到一半失败时的报错只来自源码，没有实测。",
    )]),
    client: Some(ClientProfile {
        options: &CLIENT_ROWS,
        lower: client::lower,
    }),
    server: Some(ServerProfile {
        options: &server::ROWS,
        lower: server::lower,
    }),
    proxy: None,
};

static CLIENT_ROWS: [Knob; 14] = client::rows(Defaults {
    max_idle_conns: Means::Nothing,
    idle_conn_timeout: Means::Nothing,
    keep_alive: Duration::from_secs(15),
    dial_timeout: Means::Nothing,
    expect_continue_timeout: Means::Nothing,
});

/// `time.Duration`, whose bare numbers are nanoseconds.
const SECONDS: Kind = Kind::Span {
    bare: Unit::Nanos,
    min: Span::of(-1, Unit::Hours),
    max: Span::of(24, Unit::Hours),
};

/// `int`.
const COUNT: Kind = Kind::Count {
    unit: Text::same(""),
    min: -1,
    max: 100_000,
};

/// `bufio.Reader` as both ends have it (transport.go `readBufferSize`, server.go `newBufioReader`).
const BUFFER: u32 = 4_096;

/// What a listener, and a zero `net.Dialer`, set on their sockets.
pub(super) const LISTENER_KEEP_ALIVE: KeepAlive = KeepAlive {
    idle: Duration::from_secs(15),
    interval: Duration::from_secs(15),
    count: 9,
};
