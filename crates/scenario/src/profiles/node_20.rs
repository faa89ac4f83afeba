//! Node 20: as 26, but the two buffers of one second are constants.

use super::node_26::{client, server};
use super::{ClientProfile, InForce, Knob, Profile, ServerProfile};
use crate::manual;
use whyeof_sim::http::client::ClientConfig;
use whyeof_sim::http::client::pool::Hint;
use whyeof_sim::http::server::ServerConfig;
use whyeof_trace::Text;

/// The profile.
pub(super) static PROFILE: Profile = Profile {
    id: "node-20",
    label: Text::same("Node 20 http"),
    about: manual::says(Text::new(
        "As Node 26; the buffers of one second on both sides cannot be set.",
        "与 Node 26 相同，只是两端各一秒的缓冲不能设置。",
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

/// Of the global agent as well.
pub(super) fn lower_client(options: &InForce) -> ClientConfig {
    let less = client::HINT_BUFFER;
    client::lower(options, Hint::Lowers { less }, client::LATENCY_20)
}

fn lower_server(options: &InForce) -> ServerConfig {
    server::lower(options, server::BUFFER, server::LATENCY_20)
}
