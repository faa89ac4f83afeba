//! nginx 1.22 as a server, and as a proxy in front of one.
//!
//! Read in ngx_http_request.c (runtimes §14) and seen in captures 14 and 14b. Left out: TLS, `keepalive_time`.

use super::{InForce, Knob, Means, Profile, ProxyParts, ProxyProfile, ServerProfile};
use crate::kind::Kind;
use crate::manual;
use crate::span::{Span, Unit};
use std::time::Duration;
use whyeof_sim::chance::Latency;
use whyeof_sim::http::client::body::{EarlyClose, Leaked};
use whyeof_sim::http::client::expect::Expect;
use whyeof_sim::http::client::pool::{Binding, Hint, PoolConfig, PoolOrder, Reuse};
use whyeof_sim::http::client::resolve::NextAddress;
use whyeof_sim::http::client::retry::RetryRule;
use whyeof_sim::http::client::{Behind, ClientConfig, ClientLatency, Dialling, OnQuiet, Quiet};
use whyeof_sim::http::codec::HeadStyle;
use whyeof_sim::http::proxy::OnLeave;
use whyeof_sim::http::server::handler::Handler;
use whyeof_sim::http::server::{Keep, Lingering, Reading, ServerConfig, ServerLatency, Stops};
use whyeof_sim::http::words::Words;
use whyeof_trace::{Failure, SocketError, Text, Value};

/// The profile.
pub(super) static PROFILE: Profile = Profile {
    id: "nginx-1.22",
    label: Text::same("nginx 1.22"),
    about: manual::says(Text::new(
        "A server that closes idle connections after 75 s, and each after 1,000 requests. As a proxy it keeps connections to the server behind only if keepalive is set; a POST that meets the end of one is a 502.",
        "空闲 75 s 关连接、每条连接最多 1000 个请求的服务器。作代理时，设了 keepalive 才保留到后端的连接；POST 撞上后端关连接就是 502。",
    )),
    unverified: manual::all(&[Text::new(
        "max_fails and fail_timeout, which take a server out for a while, are left out. As a proxy it is read in a later version's source and recorded with 1.22.1.",
        "max_fails 和 fail_timeout（暂时摘掉出错的后端）没有做。作代理的规则读自更新版本的源码，用 1.22.1 实测过。",
    )]),
    client: None,
    server: Some(ServerProfile {
        options: &ROWS,
        lower,
    }),
    proxy: Some(ProxyProfile {
        options: &PROXY_ROWS,
        lower: lower_proxy,
    }),
};

const SECONDS: Kind = Kind::Span {
    bare: Unit::Seconds,
    min: Span::ZERO,
    max: Span::of(24, Unit::Hours),
};

static ROWS: [Knob; 3] = [KEEPALIVE_TIMEOUT, KEEPALIVE_REQUESTS, CLIENT_HEADER_TIMEOUT];

static PROXY_ROWS: [Knob; 8] = [
    KEEPALIVE_TIMEOUT,
    KEEPALIVE_REQUESTS,
    CLIENT_HEADER_TIMEOUT,
    UPSTREAM_KEEPALIVE,
    UPSTREAM_KEEPALIVE_TIMEOUT,
    UPSTREAM_KEEPALIVE_REQUESTS,
    PROXY_CONNECT_TIMEOUT,
    PROXY_READ_TIMEOUT,
];

const KEEPALIVE_TIMEOUT: Knob = Knob {
    name: "keepalive_timeout",
    of: "http",
    kind: SECONDS,
    unset: Means::Is(Value::Duration(Duration::from_secs(75))),
    zero: Means::Is(Value::Duration(Duration::ZERO)),
    negative: Means::Unset,
    help: manual::says(Text::new(
        "How long a connection may wait for its next request.",
        "连接等下一个请求最多等多久。",
    )),
    signs: manual::says(Text::new("0: connections are not kept", "0：不保留连接")),
    source: manual::cites(
        "https://nginx.org/en/docs/http/ngx_http_core_module.html#keepalive_timeout",
    ),
};

const KEEPALIVE_REQUESTS: Knob = Knob {
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
    help: manual::says(Text::new(
        "Requests on one connection; the response to the last says Connection: close, and the connection ends behind it.",
        "一条连接上最多几个请求；最后一个响应带 Connection: close，随后关闭。",
    )),
    signs: manual::says(Text::same("")),
    source: manual::cites(
        "https://nginx.org/en/docs/http/ngx_http_core_module.html#keepalive_requests",
    ),
};

const CLIENT_HEADER_TIMEOUT: Knob = Knob {
    name: "client_header_timeout",
    of: "http",
    kind: SECONDS,
    unset: Means::Is(Value::Duration(Duration::from_secs(60))),
    zero: Means::Is(Value::Duration(Duration::ZERO)),
    negative: Means::Unset,
    help: manual::says(Text::new(
        "Time to read a request's head; then the connection is closed, and nothing is said.",
        "读完请求头的时限；超时直接关连接，什么也不回。",
    )),
    signs: manual::says(Text::new("0: closed at once", "0：立刻关闭")),
    source: manual::cites(
        "https://nginx.org/en/docs/http/ngx_http_core_module.html#client_header_timeout",
    ),
};

const UPSTREAM: &str = "https://nginx.org/en/docs/http/ngx_http_upstream_module.html#keepalive";

const UPSTREAM_KEEPALIVE: Knob = Knob {
    name: "upstream.keepalive",
    of: "upstream",
    kind: Kind::Count {
        unit: Text::same(""),
        min: 0,
        max: 100_000,
    },
    unset: Means::Is(Value::Count(0)),
    zero: Means::Unset,
    negative: Means::Unset,
    help: manual::says(Text::new(
        "Idle connections kept to the server behind, with proxy_http_version 1.1 and an empty Connection header; when there are more, the oldest is closed. Since 1.29.7 it is 32 unless it is set.",
        "到后端保留几条空闲连接（配合 proxy_http_version 1.1 和空的 Connection 首部），多了就关最旧的。1.29.7 起不设也有 32 条。",
    )),
    signs: manual::says(Text::new(
        "0 or not set: a new connection for each request",
        "0 或不设置：每个请求新建连接",
    )),
    source: manual::cites(UPSTREAM),
};

const UPSTREAM_KEEPALIVE_TIMEOUT: Knob = Knob {
    name: "upstream.keepalive_timeout",
    of: "upstream",
    kind: SECONDS,
    unset: Means::Is(Value::Duration(Duration::from_secs(60))),
    zero: Means::Unset,
    negative: Means::Unset,
    help: manual::says(Text::new(
        "How long a connection to the server behind may lie idle. Shorter than that server's limit: no race, no 502.",
        "到后端的连接最多空闲多久。比后端的空闲超时短，就没有竞态，也没有 502。",
    )),
    signs: manual::says(Text::new("0: 60 s", "0：60 s")),
    source: manual::cites(UPSTREAM),
};

const UPSTREAM_KEEPALIVE_REQUESTS: Knob = Knob {
    name: "upstream.keepalive_requests",
    of: "upstream",
    kind: Kind::Count {
        unit: Text::same(""),
        min: 1,
        max: 1_000_000,
    },
    unset: Means::Is(Value::Count(1_000)),
    zero: Means::Unset,
    negative: Means::Unset,
    help: manual::says(Text::new(
        "Requests on one connection to the server behind; nginx closes it after the response to the last.",
        "到后端的一条连接上最多几个请求；最后一个响应之后 nginx 关掉它。",
    )),
    signs: manual::says(Text::same("")),
    source: manual::cites(UPSTREAM),
};

const PROXY_CONNECT_TIMEOUT: Knob = Knob {
    name: "proxy_connect_timeout",
    of: "location",
    kind: SECONDS,
    unset: Means::Is(Value::Duration(Duration::from_secs(60))),
    zero: Means::Is(Value::Duration(Duration::ZERO)),
    negative: Means::Unset,
    help: manual::says(Text::new(
        "Time for a connection to the server behind; then the client gets a 504.",
        "连后端最多等多久，到时给客户端回 504。",
    )),
    signs: manual::says(Text::new("0: 504 at once", "0：立刻回 504")),
    source: manual::cites(
        "https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_connect_timeout",
    ),
};

const PROXY_READ_TIMEOUT: Knob = Knob {
    name: "proxy_read_timeout",
    of: "location",
    kind: SECONDS,
    unset: Means::Is(Value::Duration(Duration::from_secs(60))),
    zero: Means::Is(Value::Duration(Duration::ZERO)),
    negative: Means::Unset,
    help: manual::says(Text::new(
        "Time in which the server behind sends nothing; then the client gets a 504.",
        "后端多久没有任何数据就放弃，给客户端回 504。",
    )),
    signs: manual::says(Text::new("0: 504 at once", "0：立刻回 504")),
    source: manual::cites(
        "https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_read_timeout",
    ),
};

/// `NGX_TIMER_LAZY_DELAY` (ngx_event_timer.h); recorded in 19d.
const LAZY: Duration = Duration::from_millis(300);

/// Measured on recorded runs of nginx 1.22.1 (19, 19c), and like its serving side: from the SYN-ACK to the request 65 to
/// 360 us, from a FIN to its own 70 to 110 us, from the response to its client having it 120 to 250 us, both programs taken
/// together; 1.001 to 1.0128 s for a `proxy_read_timeout` of 1 s.
const UPSTREAM_LATENCY: ClientLatency = ClientLatency {
    dial: Latency::micros(50, 100, 200),
    connected: Latency::micros(50, 100, 200),
    reuse: Latency::micros(50, 100, 200),
    response: Latency::micros(50, 100, 200),
    notice: Latency::micros(50, 100, 200),
    timer: Latency::micros(0, 500, 1_000),
};

/// `lingering_timeout` and `lingering_time` with their defaults
/// (<https://nginx.org/en/docs/http/ngx_http_core_module.html#lingering_close>).
const LINGERING: Lingering = Lingering {
    timeout: Duration::from_secs(5),
    time: Duration::from_secs(30),
};

/// Its error log (ngx_http_upstream.c; runtimes §11.1).
static LOG: [Words; 15] = [
    (
        Failure::Errno(SocketError::HostUnreachable),
        "recv() failed ({errno=strerror}) while reading response header from upstream",
    ),
    (
        Failure::DialErrno(SocketError::HostUnreachable),
        "connect() failed ({errno=strerror}) while connecting to upstream",
    ),
    // connect(2) fails at once (ngx_event_connect.c).
    (
        Failure::DialErrno(SocketError::AddressNotAvailable),
        "connect() to {remote} failed ({errno=strerror}) while connecting to upstream",
    ),
    (
        Failure::EndOfStream,
        "upstream prematurely closed connection while reading response header from upstream",
    ),
    (
        Failure::CutInHead,
        "upstream prematurely closed connection while reading response header from upstream",
    ),
    (
        Failure::Reset,
        "recv() failed (104: Connection reset by peer) while reading response header from upstream",
    ),
    (
        Failure::BrokenPipe,
        "writev() failed (32: Broken pipe) while sending request to upstream",
    ),
    (
        Failure::Truncated,
        "upstream prematurely closed connection while reading upstream",
    ),
    (
        Failure::ResetInBody,
        "readv() failed (104: Connection reset by peer) while reading upstream",
    ),
    (
        Failure::Refused,
        "connect() failed (111: Connection refused) while connecting to upstream",
    ),
    (
        Failure::SocketTimeout,
        "upstream timed out (110: Connection timed out) while reading response header from upstream",
    ),
    (
        Failure::TimedOut,
        "recv() failed (110: Connection timed out) while reading response header from upstream",
    ),
    (
        Failure::DialTimeout,
        "upstream timed out (110: Connection timed out) while connecting to upstream",
    ),
    (
        Failure::DialTimedOut,
        "upstream timed out (110: Connection timed out) while connecting to upstream",
    ),
    (
        Failure::ClientLeft,
        "epoll_wait() reported that client prematurely closed connection, so upstream connection is closed too while sending request to upstream",
    ),
];

/// Bytes of `502 Bad Gateway` and `504 Gateway Time-out` as pages, with the version (ngx_http_special_response.c).
const PAGES: (u32, u32) = (157, 167);

fn lower_proxy(options: &InForce) -> ProxyParts {
    let kept = options.count("upstream.keepalive").unwrap_or_default();
    let reuse = match kept {
        0 => Reuse::Never,
        _ => Reuse::KeepAlive,
    };
    let client = ClientConfig {
        pool: PoolConfig {
            order: PoolOrder::Lifo,
            reuse,
            max_idle: Some(kept),
            max_idle_per_host: None,
            max_per_host: None,
            max_total: None,
            max_requests: options.count("upstream.keepalive_requests"),
            idle_timeout: options.deadline("upstream.keepalive_timeout"),
            hint: Hint::Ignored,
            binding: Binding::Early,
        },
        timeout: None,
        dial_timeout: options.deadline("proxy_connect_timeout"),
        head_timeout: None,
        retry: RetryRule::Nginx,
        keep_alive: None,
        user_timeout: Duration::ZERO,
        heads: HeadStyle::Nginx,
        words: &LOG,
        latency: UPSTREAM_LATENCY,
        buffer: 4_096,
        write_buffer: u32::MAX,
        quiet: options.deadline("proxy_read_timeout").map(|limit| Quiet {
            limit,
            queued: None,
            dialling: Dialling::DoesNot,
            then: OnQuiet::Destroys,
        }),
        names: Vec::new(),
        next_address: NextAddress::IsTried,
        behind: Behind::AtOnce,
        expect: Expect::Sends,
        lazy: LAZY,
        leaked: Leaked::Stays,
        early_close: EarlyClose::Close,
        workloads: Vec::new(),
        passes_on: true,
        exit: None,
    };
    ProxyParts {
        server: lower(options),
        client,
        bodies: PAGES,
        on_leave: OnLeave::GivesUp,
    }
}

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
        reading: Reading::Bytes {
            lingers: Some(LINGERING),
        },
        checks: None,
        max_requests: options.count("keepalive_requests"),
        stops: Stops::Quits,
        handler: Handler::default(),
        routes: Vec::new(),
        shutdown: None,
        exit: None,
        grace: None,
    }
}
