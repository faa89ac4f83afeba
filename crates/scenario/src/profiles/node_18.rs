//! Node 18: closes after 5 s what it says it closes after 5 s, and knows of no hint.

use super::node_26::{client, server};
use super::{ClientProfile, InForce, Knob, Profile, ServerProfile};
use crate::manual;
use std::time::Duration;
use whyeof_sim::http::client::ClientConfig;
use whyeof_sim::http::client::pool::Hint;
use whyeof_sim::http::client::resolve::NextAddress;
use whyeof_sim::http::server::{ServerConfig, Stops};
use whyeof_trace::Text;

/// The profile.
pub(super) static PROFILE: Profile = Profile {
    id: "node-18",
    label: Text::same("Node 18 http"),
    about: manual::says(Text::new(
        "No buffer: the server closes at the very time that it advertises. The client does not read the hint, and server.close() leaves idle connections open.",
        "没有缓冲：服务器就在它宣布的时刻关连接。客户端不看 Keep-Alive 提示；server.close() 不关空闲连接。",
    )),
    unverified: manual::all(&[Text::new(
        "write EPIPE is from source only.",
        "write EPIPE 只来自源码，没有实测。",
    )]),
    client: Some(ClientProfile {
        options: &CLIENT_ROWS,
        lower: lower_client,
    }),
    server: Some(ServerProfile {
        options: &SERVER_ROWS,
        lower: lower_server,
    }),
    proxy: None,
};

static CLIENT_ROWS: [Knob; 7] = client::old_rows(client::OWN_AGENT);
static SERVER_ROWS: [Knob; 5] = server::old_rows();

/// No hint: `keepSocketAlive` of 18.20.8 does not read it (runtimes §2.2).
fn lower_client(options: &InForce) -> ClientConfig {
    ClientConfig {
        // `autoSelectFamily` is on since 20: before, connect() took the first address only (UNVERIFIED).
        next_address: NextAddress::IsNot,
        ..client::lower(options, Hint::Ignored, client::LATENCY_20)
    }
}

/// No buffer, and `server.close()` leaves idle connections open (runtimes §13).
fn lower_server(options: &InForce) -> ServerConfig {
    ServerConfig {
        stops: Stops::Listening,
        ..server::lower(options, Duration::ZERO, server::LATENCY_20)
    }
}
