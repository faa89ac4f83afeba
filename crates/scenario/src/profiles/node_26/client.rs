//! Node's HTTP client: `http.request` over `http.Agent`.
//!
//! Defaults and rules were read in `_http_agent.js` and `_http_client.js` of 18.20.8, 20.20.2 and 26.10.0 and seen in recorded
//! runs. Left out: TLS, `path`-less pipes, `localAddress`, Expect.

use super::{COUNT, MILLIS};
use crate::kind::{Choices, Kind};
use crate::manual;
use crate::profiles::{InForce, Knob, Means};
use std::time::Duration;
use whyeof_sim::chance::Latency;
use whyeof_sim::http::client::body::{EarlyClose, Leaked};
use whyeof_sim::http::client::expect::Expect;
use whyeof_sim::http::client::pool::{Binding, Hint, PoolConfig, PoolOrder, Reuse};
use whyeof_sim::http::client::resolve::NextAddress;
use whyeof_sim::http::client::retry::RetryRule;
use whyeof_sim::http::client::{Behind, ClientConfig, ClientLatency, Dialling, OnQuiet, Quiet};
use whyeof_sim::http::codec::HeadStyle;
use whyeof_sim::http::words::Words;
use whyeof_sim::plan::KeepAlive;
use whyeof_trace::{Failure, SocketError, Text, Value};

const AGENT: &str = "https://nodejs.org/api/http.html#new-agentoptions";

/// What ways to get an agent differ in.
pub(in crate::profiles) struct Defaults {
    pub(in crate::profiles) keep_alive: bool,
    pub(in crate::profiles) timeout: Means,
}

/// `new http.Agent()`.
pub(in crate::profiles) const OWN_AGENT: Defaults = Defaults {
    keep_alive: false,
    timeout: Means::Nothing,
};

/// `http.globalAgent` since Node 19.
pub(in crate::profiles) const GLOBAL_AGENT: Defaults = Defaults {
    keep_alive: true,
    timeout: Means::Is(Value::Duration(Duration::from_secs(5))),
};

/// The option rows, in the order of forms and settings.
pub(in crate::profiles) const fn rows(defaults: Defaults) -> [Knob; 8] {
    let [a, b, c, d, e, f, g] = old_rows(defaults);
    [a, b, c, d, e, f, g, buffer()]
}

/// Those without `agentKeepAliveTimeoutBuffer`, which is a constant in 20.
pub(in crate::profiles) const fn old_rows(defaults: Defaults) -> [Knob; 7] {
    [
        keep_alive(defaults.keep_alive),
        timeout(defaults.timeout),
        max_sockets(),
        max_free_sockets(),
        max_total_sockets(),
        scheduling(),
        keep_alive_msecs(),
    ]
}

const fn keep_alive(unset: bool) -> Knob {
    Knob {
        name: "keepAlive",
        of: "http.Agent",
        kind: Kind::Switch,
        unset: Means::Is(Value::Switch(unset)),
        zero: Means::Unset,
        negative: Means::Unset,
        help: manual::says(Text::new(
            "Keeps sockets for further requests. It also switches the kernel's TCP keepalive probes on, which are another thing.",
            "保留 socket 供后面的请求用。它还会顺带打开内核的 TCP 保活探测，那是另一回事。",
        )),
        signs: manual::says(Text::same("")),
        source: manual::cites(AGENT),
    }
}

const fn timeout(unset: Means) -> Knob {
    Knob {
        name: "timeout",
        of: "http.Agent",
        kind: MILLIS,
        unset,
        zero: Means::Nothing,
        negative: Means::Nothing,
        help: manual::says(Text::new(
            "Time in which nothing moves on a socket. A free one is closed then; a busy one only emits an event. Only if it is set does the server's Keep-Alive hint count.",
            "socket 上多久没有动静。空闲的到时关闭；正在用的只触发一个事件。设了它，服务器的 Keep-Alive 提示才有效。",
        )),
        signs: manual::says(Text::new("0: none", "0：没有")),
        source: manual::cites(AGENT),
    }
}

const fn max_sockets() -> Knob {
    Knob {
        name: "maxSockets",
        of: "http.Agent",
        kind: COUNT,
        unset: Means::Nothing,
        zero: Means::Unset,
        negative: Means::Unset,
        help: manual::says(Text::new(
            "Sockets to one host and port; requests beyond it wait in a queue, without a limit of time.",
            "到同一主机和端口的 socket 数；超出的请求排队等待，没有时限。",
        )),
        signs: manual::says(Text::new("0: no limit (Infinity)", "0：不限（Infinity）")),
        source: manual::cites(AGENT),
    }
}

const fn max_free_sockets() -> Knob {
    Knob {
        name: "maxFreeSockets",
        of: "http.Agent",
        kind: COUNT,
        unset: Means::Is(Value::Count(256)),
        zero: Means::Unset,
        negative: Means::Unset,
        help: manual::says(Text::new(
            "Free sockets kept per host and port.",
            "每个主机和端口最多保留几个空闲 socket。",
        )),
        signs: manual::says(Text::new("0: 256", "0：取 256")),
        source: manual::cites(AGENT),
    }
}

const fn max_total_sockets() -> Knob {
    Knob {
        name: "maxTotalSockets",
        of: "http.Agent",
        // 0 throws ERR_OUT_OF_RANGE (_http_agent.js `validateNumber`; seen on 20 and 26).
        kind: Kind::Count {
            unit: Text::same(""),
            min: 1,
            max: 100_000,
        },
        unset: Means::Nothing,
        zero: Means::Unset,
        negative: Means::Unset,
        help: manual::says(Text::new(
            "Sockets to all hosts together; requests beyond it wait.",
            "到所有主机的 socket 总数；超出的请求排队等待。",
        )),
        signs: manual::says(Text::new("1 or more", "至少为 1")),
        source: manual::cites(AGENT),
    }
}

const fn scheduling() -> Knob {
    Knob {
        name: "scheduling",
        of: "http.Agent",
        kind: Kind::Choice(Choices::Scheduling),
        unset: Means::Nothing,
        zero: Means::Unset,
        negative: Means::Unset,
        help: manual::says(Text::new(
            "Which free socket a request gets: the one used last (lifo), or the one used longest ago (fifo).",
            "请求用哪个空闲 socket：最近用过的（lifo），还是闲得最久的（fifo）。",
        )),
        signs: manual::says(Text::new("not set: lifo", "不设置：lifo")),
        source: manual::cites(AGENT),
    }
}

const fn keep_alive_msecs() -> Knob {
    Knob {
        name: "keepAliveMsecs",
        of: "http.Agent",
        kind: MILLIS,
        unset: Means::Is(Value::Duration(Duration::from_secs(1))),
        zero: Means::Unset,
        negative: Means::Unset,
        help: manual::says(Text::new(
            "Silence before the kernel's first TCP keepalive probe; further ones follow every second. It is no HTTP timer.",
            "静默多久后内核发第一个 TCP 保活探测包，之后每秒一个。它不是 HTTP 的定时器。",
        )),
        signs: manual::says(Text::new("0: 1 s", "0：1 s")),
        source: manual::cites(AGENT),
    }
}

const fn buffer() -> Knob {
    Knob {
        name: "agentKeepAliveTimeoutBuffer",
        of: "http.Agent",
        kind: MILLIS,
        unset: Means::Is(Value::Duration(HINT_BUFFER)),
        zero: Means::Is(Value::Duration(Duration::ZERO)),
        negative: Means::Unset,
        help: manual::says(Text::new(
            "Taken off the server's Keep-Alive hint, so that the client closes first.",
            "从服务器的 Keep-Alive 提示里减去这么多，好让客户端先关。",
        )),
        signs: manual::says(Text::new("0: the hint as it is", "0：提示原样使用")),
        source: manual::cites(AGENT),
    }
}

/// `agentKeepAliveTimeoutBuffer`: an option since 22, a constant in 20 (runtimes §2.1).
pub(in crate::profiles) const HINT_BUFFER: Duration = Duration::from_secs(1);

/// Measured on recorded runs of Node 26.10.0 (capture 09c): tenth, fiftieth and ninetieth percentile.
const LATENCY_26: ClientLatency = ClientLatency {
    // http.request to the SYN.
    dial: Latency::micros(108, 151, 252),
    // The SYN-ACK's arrival to the first byte of the request.
    connected: Latency::micros(195, 298, 627),
    // http.request to the request's segment.
    reuse: Latency::micros(146, 179, 266),
    // The response's arrival to the caller having its end.
    response: Latency::micros(315, 402, 680),
    // The server's FIN arriving to the client's own FIN.
    notice: Latency::micros(135, 259, 455),
    // Derived, not measured: libuv's clock has whole milliseconds.
    timer: Latency::micros(0, 500, 1_000),
};

/// The same of Node 20.20.2 (capture 09); the notice is that of 26, for no FIN met a client there.
pub(in crate::profiles) const LATENCY_20: ClientLatency = ClientLatency {
    dial: Latency::micros(146, 185, 291),
    connected: Latency::micros(270, 326, 522),
    reuse: Latency::micros(176, 207, 293),
    response: Latency::micros(346, 430, 631),
    ..LATENCY_26
};

/// `error.message` (runtimes §2.4); the code is ECONNRESET for the first five.
pub(in crate::profiles) static WORDS: [Words; 17] = [
    (Failure::Errno(SocketError::HostUnreachable), "read {errno}"),
    (
        Failure::DialErrno(SocketError::HostUnreachable),
        "connect {errno} {remote}",
    ),
    // Recorded in 22b-out-of-ports-node.
    (
        Failure::DialErrno(SocketError::AddressNotAvailable),
        "connect {errno} {remote} - Local (0.0.0.0:0)",
    ),
    (Failure::EndOfStream, "socket hang up"),
    (Failure::Reset, "read ECONNRESET"),
    (Failure::CutInHead, "socket hang up"),
    (Failure::Truncated, "aborted"),
    (Failure::ResetInBody, "read ECONNRESET"),
    (Failure::BrokenPipe, "write EPIPE"),
    (Failure::Refused, "connect ECONNREFUSED {remote}"),
    (Failure::TimedOut, "read ETIMEDOUT"),
    (Failure::DialTimedOut, "connect ETIMEDOUT {remote}"),
    // req.destroy().
    (Failure::GaveUp, "socket hang up"),
    (Failure::SocketTimeout, "socket hang up"),
    (Failure::GaveUpInBody, "aborted"),
    (Failure::Abandoned, "(the caller stopped waiting)"),
    (Failure::ProcessExit, "(the process ended)"),
];

/// Bytes that a response's stream takes before its socket pauses (`getDefaultHighWaterMark`: 64 KiB since Node 22; on 20 it is 16
/// KiB, but a first read of up to 64 KiB comes whole. Seen on 20.20.2 and 26.10.0: 40 kB free the socket with the server's FIN,
/// 70 kB do not).
const HIGH_WATER_MARK: u32 = 65_536;

/// Of the global agent and of agents built on this one as well.
pub(in crate::profiles) fn lower_26(options: &InForce) -> ClientConfig {
    let less = options.span("agentKeepAliveTimeoutBuffer");
    let less = less.unwrap_or(HINT_BUFFER);
    lower(options, Hint::Lowers { less }, LATENCY_26)
}

/// The client that options in force make, with what a version does about the hint and how quick it is.
pub(in crate::profiles) fn lower(
    options: &InForce,
    hint: Hint,
    latency: ClientLatency,
) -> ClientConfig {
    let (keeps, max_per_host) = (options.is_on("keepAlive"), options.count("maxSockets"));
    let reuse = match (keeps, max_per_host) {
        (true, _) => Reuse::KeepAlive,
        (false, Some(_)) => Reuse::WhileWaiting,
        (false, None) => Reuse::Never,
    };
    let order = match options.word("scheduling") {
        Some("fifo") => PoolOrder::Fifo,
        _ => PoolOrder::Lifo,
    };
    let timeout = options.deadline("timeout");
    ClientConfig {
        pool: PoolConfig {
            order,
            reuse,
            max_idle: None,
            max_idle_per_host: options.count("maxFreeSockets"),
            max_per_host,
            max_total: options.count("maxTotalSockets"),
            max_requests: None,
            idle_timeout: timeout,
            hint,
            binding: Binding::Early,
        },
        timeout: None,
        dial_timeout: None,
        head_timeout: None,
        retry: RetryRule::Never,
        keep_alive: options.span("keepAliveMsecs").filter(|_| keeps).map(probes),
        user_timeout: Duration::ZERO,
        heads: HeadStyle::Node {
            hint: None,
            max: None,
        },
        words: &WORDS,
        latency,
        // libuv reads up to 64 KiB; head and body leave in one writev(2).
        buffer: 65_536,
        write_buffer: u32::MAX,
        quiet: timeout.map(|limit| Quiet {
            limit,
            queued: None,
            dialling: Dialling::Counts,
            then: OnQuiet::Emits,
        }),
        names: Vec::new(),
        next_address: NextAddress::IsTried,
        behind: Behind::NextTurn,
        expect: Expect::Sends,
        lazy: Duration::ZERO,
        leaked: Leaked::Buffers(HIGH_WATER_MARK),
        early_close: EarlyClose::Close,
        workloads: Vec::new(),
        passes_on: false,
        exit: None,
    }
}

/// libuv `uv__tcp_keepalive`: whole seconds, then one a second, ten in all (recorded in 03b and 08a).
fn probes(idle: Duration) -> KeepAlive {
    KeepAlive {
        idle: Duration::from_secs(idle.as_secs().max(1)),
        interval: Duration::from_secs(1),
        count: 10,
    }
}
