//! Go 1.27: an `http.Client` over `http.DefaultTransport`, which is also what `http.Get` uses.

use super::go_1_27::client::{self, Defaults};
use super::{ClientProfile, Knob, Means, Profile};
use crate::manual;
use std::time::Duration;
use whyeof_trace::Text;
use whyeof_trace::Value;

/// The profile.
pub(super) static PROFILE: Profile = Profile {
    id: "go-1.27-default-transport",
    label: Text::same("Go 1.27 http.DefaultTransport"),
    about: manual::says(Text::new(
        "http.Client as it comes, and http.Get: idle connections are closed after 90 s.",
        "直接用的 http.Client 和 http.Get：空闲连接 90 s 后关闭。",
    )),
    unverified: manual::all(&[Text::new(
        "Errors of a write that fails half-way are from source only.",
        "写到一半失败时的报错只来自源码，没有实测。",
    )]),
    client: Some(ClientProfile {
        options: &ROWS,
        lower: client::lower,
    }),
    server: None,
    proxy: None,
};

static ROWS: [Knob; 14] = client::rows(Defaults {
    max_idle_conns: Means::Is(Value::Count(100)),
    idle_conn_timeout: Means::Is(Value::Duration(Duration::from_secs(90))),
    keep_alive: Duration::from_secs(30),
    dial_timeout: Means::Is(Value::Duration(Duration::from_secs(30))),
    expect_continue_timeout: Means::Is(Value::Duration(Duration::from_secs(1))),
});
