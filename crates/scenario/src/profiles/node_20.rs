//! Node 20: as 26, but the two buffers of one second are constants.

use super::node_26::{client, server};
use super::{ClientProfile, Knob, Profile, ServerProfile};
use whyeof_trace::Text;

/// The profile.
pub(super) static PROFILE: Profile = Profile {
    id: "node-20",
    label: Text::same("Node 20 http"),
    about: Text::new(
        "As Node 26; the buffers of one second on both sides cannot be set.",
        "与 Node 26 相同，只是两端各一秒的缓冲不能设置。",
    ),
    unverified: &[],
    client: Some(ClientProfile {
        options: &CLIENT_ROWS,
        lower: client::lower_20,
    }),
    server: Some(ServerProfile {
        options: &SERVER_ROWS,
        lower: server::lower_20,
    }),
    proxy: None,
};

static CLIENT_ROWS: [Knob; 7] = client::old_rows(client::OWN_AGENT);
static SERVER_ROWS: [Knob; 5] = server::old_rows();
