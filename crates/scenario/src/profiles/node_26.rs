//! Node 26: `http.createServer`, and `http.request` over an `http.Agent` of one's own.
//!
//! The other versions differ in a few values, and take the rest from here.

pub(super) mod client;
pub(super) mod server;

use super::{ClientProfile, Knob, Profile, ServerProfile};
use crate::kind::Kind;
use crate::manual;
use crate::span::{Span, Unit};
use whyeof_trace::Text;

/// The profile.
pub(super) static PROFILE: Profile = Profile {
    id: "node-26",
    label: Text::same("Node 26 http"),
    about: manual::says(Text::new(
        "http.createServer, and http.request with an Agent of its own: without keepAlive every request has its own connection, with it idle sockets are kept for ever unless timeout is set.",
        "http.createServer，以及自己 new 的 http.Agent：不开 keepAlive 就是短连接，开了而没设 timeout，空闲 socket 永远不关。",
    )),
    unverified: manual::all(&[Text::new(
        "write EPIPE is from source only.",
        "write EPIPE 只来自源码，没有实测。",
    )]),
    client: Some(ClientProfile {
        options: &CLIENT_ROWS,
        lower: client::lower_26,
    }),
    server: Some(ServerProfile {
        options: &SERVER_ROWS,
        lower: server::lower_26,
    }),
    proxy: None,
};

static CLIENT_ROWS: [Knob; 8] = client::rows(client::OWN_AGENT);
static SERVER_ROWS: [Knob; 6] = server::rows();

/// Milliseconds, as every option of Node.
const MILLIS: Kind = Kind::Span {
    bare: Unit::Millis,
    min: Span::ZERO,
    max: Span::of(24, Unit::Hours),
};

/// A count; 0 means "not set".
const COUNT: Kind = Kind::Count {
    unit: Text::same(""),
    min: 0,
    max: 100_000,
};
