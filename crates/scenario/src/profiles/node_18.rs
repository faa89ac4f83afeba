//! Node 18: closes after 5 s what it says it closes after 5 s, and knows of no hint.

use super::node_26::{client, server};
use super::{ClientProfile, Knob, Profile, ServerProfile};
use whyeof_trace::Text;

/// The profile.
pub(super) static PROFILE: Profile = Profile {
    id: "node-18",
    label: Text::same("Node 18 http"),
    about: Text::new(
        "No buffer: the server closes at the very time that it advertises. The client does not read the hint, and server.close() leaves idle connections open.",
        "没有缓冲：服务器就在它宣布的时刻关连接。客户端不看 Keep-Alive 提示；server.close() 不关空闲连接。",
    ),
    unverified: &[],
    client: Some(ClientProfile {
        options: &CLIENT_ROWS,
        lower: client::lower_18,
    }),
    server: Some(ServerProfile {
        options: &SERVER_ROWS,
        lower: server::lower_18,
    }),
    proxy: None,
};

static CLIENT_ROWS: [Knob; 7] = client::old_rows(client::OWN_AGENT);
static SERVER_ROWS: [Knob; 5] = server::old_rows();
