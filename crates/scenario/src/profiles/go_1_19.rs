//! Go 1.19: as 1.27 (recorded in 01b, and 04 with both), but what nobody has read of a response's body costs the connection.
//!
//! Read in the source of go1.19.8 and seen in its runs (runtimes §1.7). Which version began to drain is not known exactly:
//! 1.27 does, and the change is of January 2026.

use super::go_1_27::client::{self, Defaults};
use super::go_1_27::{LISTENER_KEEP_ALIVE, server};
use super::{ClientProfile, InForce, Knob, Means, Profile, ServerProfile};
use crate::manual;
use std::time::Duration;
use whyeof_sim::http::client::ClientConfig;
use whyeof_sim::http::client::body::EarlyClose;
use whyeof_sim::http::words::{Words, first};
use whyeof_sim::plan::KeepAlive;
use whyeof_trace::{Failure, Text};

/// The profile.
pub(super) static PROFILE: Profile = Profile {
    id: "go-1.19",
    label: Text::same("Go 1.19 net/http"),
    about: manual::says(Text::new(
        "As Go 1.27, but a response's body that is closed before its end costs the connection.",
        "与 Go 1.27 相同，只是响应体没读完就关闭时，连接也一起关掉。",
    )),
    unverified: manual::all(&[
        Text::new(
            "Errors of a write that fails half-way are from source only.",
            "写到一半失败时的报错只来自源码，没有实测。",
        ),
        Text::new(
            "KeepAlive sets the probes' interval as well as the idle time.",
            "KeepAlive 同时设定探测间隔和静默时间。",
        ),
        Text::new(
            "The first version that reads on after Close is not known; 1.27 does.",
            "从哪个版本开始 Close 之后继续读，不确定；1.27 是这样。",
        ),
    ]),
    client: Some(ClientProfile {
        options: &CLIENT_ROWS,
        lower,
    }),
    server: Some(ServerProfile {
        options: &server::ROWS,
        lower: server::lower,
    }),
    proxy: None,
};

static CLIENT_ROWS: [Knob; 11] = client::old_rows(Defaults {
    max_idle_conns: Means::Nothing,
    idle_conn_timeout: Means::Nothing,
    keep_alive: Duration::from_secs(15),
    dial_timeout: Means::Nothing,
    expect_continue_timeout: Means::Nothing,
});

/// What 1.19 words otherwise stands first.
static WORDS: [Words; 1 + client::WORDS.len()] = first(
    (
        Failure::TimeoutInQueue,
        r#"{Method} "{url}": dial tcp {to}: i/o timeout (Client.Timeout exceeded while awaiting headers)"#,
    ),
    &client::WORDS,
);

fn lower(options: &InForce) -> ClientConfig {
    // `KeepAlive` set the idle time and the interval alike before 1.23 (UNVERIFIED, runtimes §1.1).
    let keep_alive = options.span("KeepAlive").map(|span| KeepAlive {
        idle: client::whole_seconds(span),
        interval: client::whole_seconds(span),
        ..LISTENER_KEEP_ALIVE
    });
    ClientConfig {
        early_close: EarlyClose::Close,
        words: &WORDS,
        keep_alive,
        ..client::lower(options)
    }
}
