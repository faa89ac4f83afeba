//! nginx 1.22 as a server.
//!
//! Read in ngx_http_request.c (runtimes §14) and seen in captures 14 and 14b. Left out: lingering close, TLS, `keepalive_time`.

use super::{InForce, Knob, Means, Profile, ServerProfile};
use crate::kind::Kind;
use crate::span::{Span, Unit};
use std::time::Duration;
use whyeof_sim::chance::Latency;
use whyeof_sim::http::codec::HeadStyle;
use whyeof_sim::http::server::handler::Handler;
use whyeof_sim::http::server::{Keep, Reading, ServerConfig, ServerLatency, Stops};
use whyeof_trace::{Text, Value};

/// The profile.
pub(super) static PROFILE: Profile = Profile {
    id: "nginx-1.22",
    label: Text::same("nginx 1.22"),
    about: Text::new(
        "A server that closes idle connections after 75 s, and each after 1,000 requests.",
        "空闲 75 s 关连接、每条连接最多 1000 个请求的服务器。",
    ),
    unverified: &[],
    client: None,
    server: Some(ServerProfile {
        options: &ROWS,
        lower,
    }),
};

const SECONDS: Kind = Kind::Span {
    bare: Unit::Seconds,
    min: Span::ZERO,
    max: Span::of(24, Unit::Hours),
};

static ROWS: [Knob; 3] = [
    Knob {
        name: "keepalive_timeout",
        of: "http",
        kind: SECONDS,
        unset: Means::Is(Value::Duration(Duration::from_secs(75))),
        zero: Means::Is(Value::Duration(Duration::ZERO)),
        negative: Means::Unset,
        help: Text::new(
            "How long a connection may wait for its next request.",
            "连接等下一个请求最多等多久。",
        ),
        signs: Text::new("0: connections are not kept", "0：不保留连接"),
        source: "https://nginx.org/en/docs/http/ngx_http_core_module.html#keepalive_timeout",
    },
    Knob {
        name: "keepalive_requests",
        of: "http",
        kind: Kind::Count {
            unit: Text::same(""),
            min: 1,
            max: 1_000_000,
        },
        unset: Means::Is(Value::Count(1_000)),
        zero: Means::Unset,
        negative: Means::Unset,
        help: Text::new(
            "Requests on one connection; the response to the last says Connection: close, and the connection ends behind it.",
            "一条连接上最多几个请求；最后一个响应带 Connection: close，随后关闭。",
        ),
        signs: Text::same(""),
        source: "https://nginx.org/en/docs/http/ngx_http_core_module.html#keepalive_requests",
    },
    Knob {
        name: "client_header_timeout",
        of: "http",
        kind: SECONDS,
        unset: Means::Is(Value::Duration(Duration::from_secs(60))),
        zero: Means::Unset,
        negative: Means::Unset,
        help: Text::new(
            "Time to read a request's head; then the connection is closed, and nothing is said.",
            "读完请求头的时限；超时直接关连接，什么也不回。",
        ),
        signs: Text::new("0: 60 s", "0：60 s"),
        source: "https://nginx.org/en/docs/http/ngx_http_core_module.html#client_header_timeout",
    },
];

/// Measured on a recorded run of nginx 1.22.1 (captures 14 and 14b): tenth, fiftieth and ninetieth percentile.
const LATENCY: ServerLatency = ServerLatency {
    // It logs no accept; as quick as its reading.
    accept: Latency::micros(30, 60, 120),
    // A request's arrival to its response, .1/.2/.4 ms, in two halves.
    read: Latency::micros(30, 60, 120),
    respond: Latency::micros(60, 120, 250),
    // 3 s and -.5/.5/1.3 ms from the response to the FIN: its clock has whole milliseconds.
    timer: Latency::micros(0, 500, 1_300),
    // None of 67 failing requests was reset.
    close: Latency::micros(5, 10, 20),
};

fn lower(options: &InForce) -> ServerConfig {
    let idle = options.deadline("keepalive_timeout");
    let keep = match idle {
        Some(limit) if limit.after.is_zero() => Keep::No,
        _ => Keep::Alive,
    };
    ServerConfig {
        listen: 0,
        read_header: options.deadline("client_header_timeout"),
        read: None,
        write: None,
        idle,
        keep,
        keep_alive: None,
        heads: HeadStyle::Nginx,
        latency: LATENCY,
        buffer: 1_024,
        write_buffer: u32::MAX,
        reading: Reading::Bytes,
        checks: None,
        max_requests: options.count("keepalive_requests"),
        stops: Stops::ClosesIdle,
        handler: Handler::default(),
        routes: Vec::new(),
        shutdown: None,
        exit: None,
    }
}
