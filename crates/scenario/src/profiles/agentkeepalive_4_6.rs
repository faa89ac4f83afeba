//! agentkeepalive 4.6: an `http.Agent` that closes free sockets before servers do, and busy ones on which nothing moves.
//!
//! Read in `lib/agent.js` of 4.6.0 (runtimes §3), on Node 26. Left out: `socketActiveTTL`.

use super::node_26::client;
use super::{ClientProfile, InForce, Knob, Means, Profile};
use crate::kind::Kind;
use crate::manual;
use crate::span::{Span, Unit};
use std::time::Duration;
use whyeof_sim::http::client::pool::{Hint, PoolConfig};
use whyeof_sim::http::client::{ClientConfig, Dialling, OnQuiet, Quiet};
use whyeof_sim::http::words::{Words, first};
use whyeof_sim::plan::Deadline;
use whyeof_trace::{Failure, Text, Value};

/// The profile.
pub(super) static PROFILE: Profile = Profile {
    id: "agentkeepalive-4.6",
    label: Text::same("agentkeepalive 4.6"),
    about: manual::says(Text::new(
        "An http.Agent for Node that closes free sockets after 4 s, before most servers do, and busy ones that are silent for 8 s.",
        "Node 的 http.Agent：空闲 socket 4 s 后就关，比多数服务器早；正在用的 socket 静默 8 s 也关。",
    )),
    unverified: manual::all(&[Text::new(
        "write EPIPE is from source only.",
        "write EPIPE 只来自源码，没有实测。",
    )]),
    client: Some(ClientProfile {
        options: &ROWS,
        lower,
    }),
    server: None,
    proxy: None,
};

const SOURCE: &str = "https://github.com/node-modules/agentkeepalive#new-agentoptions";

const MILLIS: Kind = Kind::Span {
    bare: Unit::Millis,
    min: Span::ZERO,
    max: Span::of(24, Unit::Hours),
};

static ROWS: [Knob; 8] = {
    let [
        keep_alive,
        _,
        max_sockets,
        max_free,
        max_total,
        scheduling,
        msecs,
    ] = client::old_rows(client::GLOBAL_AGENT);
    [
        keep_alive,
        free_socket_timeout(),
        timeout(),
        max_sockets,
        max_free,
        max_total,
        scheduling,
        msecs,
    ]
};

const fn free_socket_timeout() -> Knob {
    Knob {
        name: "freeSocketTimeout",
        of: "agentkeepalive",
        kind: MILLIS,
        unset: Means::Is(Value::Duration(Duration::from_secs(4))),
        zero: Means::Nothing,
        negative: Means::Unset,
        help: manual::says(Text::new(
            "How long a socket may be free before it is closed. Shorter than the server's limit: no race.",
            "socket 空闲多久后关闭。比服务器的时限短，就不会出现竞态。",
        )),
        signs: manual::says(Text::new("0: for ever", "0：永不关闭")),
        source: manual::cites(SOURCE),
    }
}

const fn timeout() -> Knob {
    Knob {
        name: "timeout",
        of: "agentkeepalive",
        kind: MILLIS,
        // And twice the freeSocketTimeout, if that is more (`busy_limit`).
        unset: Means::Is(Value::Duration(Duration::from_secs(8))),
        zero: Means::Nothing,
        negative: Means::Unset,
        help: manual::says(Text::new(
            "Time in which nothing moves on a busy socket; then it is closed, and the request fails.",
            "正在用的 socket 多久没有动静就关闭，请求报错。",
        )),
        signs: manual::says(Text::new(
            "0: none; not set: 8 s, or twice freeSocketTimeout if that is more",
            "0：没有；不设：8 s，freeSocketTimeout 的两倍更大就取两倍",
        )),
        source: manual::cites(SOURCE),
    }
}

/// What it words otherwise than Node stands first.
static WORDS: [Words; 1 + client::WORDS.len()] =
    first((Failure::SocketTimeout, "Socket timeout"), &client::WORDS);

/// `timeout`; not set: `Math.max(options.freeSocketTimeout * 2, 8000)` (lib/agent.js), whatever that is set to.
fn busy_limit(options: &InForce) -> Option<Deadline> {
    let limit = options.deadline("timeout")?;
    if options.is_set("timeout") {
        return Some(limit);
    }
    let free = options.span("freeSocketTimeout").unwrap_or_default();
    Some(Deadline {
        after: limit.after.max(free * 2),
        ..limit
    })
}

fn lower(options: &InForce) -> ClientConfig {
    let base = client::lower_26(options);
    ClientConfig {
        pool: PoolConfig {
            idle_timeout: options.deadline("freeSocketTimeout"),
            // It arms its own timer after Node has lowered it.
            hint: Hint::Forbids {
                less: client::HINT_BUFFER,
            },
            ..base.pool
        },
        quiet: busy_limit(options).map(|limit| Quiet {
            limit,
            queued: options.deadline("freeSocketTimeout"),
            dialling: Dialling::Counts,
            then: OnQuiet::Destroys,
        }),
        words: &WORDS,
        ..base
    }
}
