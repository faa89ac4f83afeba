//! Node 20: `http.request` without an agent of one's own, that is with `http.globalAgent`.

use super::node_20::lower_client;
use super::node_26::client;
use super::{ClientProfile, Knob, Profile};
use crate::manual;
use whyeof_trace::Text;

/// The profile.
pub(super) static PROFILE: Profile = Profile {
    id: "node-20-global-agent",
    label: Text::same("Node 20 http.globalAgent"),
    about: manual::says(Text::new(
        "http.request as it comes: keepAlive, and a timeout of 5 s, which the server's hint lowers to 4 s.",
        "不传 agent 的 http.request：开着 keepAlive，timeout 5 s，服务器的提示会把它降到 4 s。",
    )),
    unverified: manual::all(&[Text::new(
        "write EPIPE is from source only.",
        "write EPIPE 只来自源码，没有实测。",
    )]),
    client: Some(ClientProfile {
        options: &ROWS,
        lower: lower_client,
    }),
    server: None,
    proxy: None,
};

static ROWS: [Knob; 7] = client::old_rows(client::GLOBAL_AGENT);
