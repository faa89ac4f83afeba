//! Go's HTTP client: `http.Client` over `http.Transport` over `net.Dialer`.
//!
//! Defaults, meanings of 0 and error texts were read in the source of go1.27.3 (`net/http/transport.go`,
//! `client.go`, `net/dial.go`) and seen in recorded runs. Left out: TLS, proxies, HTTP/2.

use super::{COUNT, SECONDS};
use crate::kind::Kind;
use crate::manual;
use crate::profiles::{InForce, Knob, Means};
use std::time::Duration;
use whyeof_sim::chance::Latency;
use whyeof_sim::http::client::body::{EarlyClose, Leaked};
use whyeof_sim::http::client::expect::Expect;
use whyeof_sim::http::client::pool::{Binding, Hint, PoolConfig, PoolOrder, Reuse};
use whyeof_sim::http::client::resolve::NextAddress;
use whyeof_sim::http::client::retry::RetryRule;
use whyeof_sim::http::client::{Behind, ClientConfig, ClientLatency};
use whyeof_sim::http::codec::HeadStyle;
use whyeof_sim::http::words::Words;
use whyeof_sim::plan::KeepAlive;
use whyeof_trace::Text;
use whyeof_trace::{Failure, SocketError, Value};

/// What the two ways to make a transport differ in.
pub(in crate::profiles) struct Defaults {
    pub(in crate::profiles) max_idle_conns: Means,
    pub(in crate::profiles) idle_conn_timeout: Means,
    pub(in crate::profiles) keep_alive: Duration,
    pub(in crate::profiles) dial_timeout: Means,
    pub(in crate::profiles) expect_continue_timeout: Means,
}

/// `net.Dialer` with KeepAlive 0, and the listener: TCP_KEEPIDLE and TCP_KEEPINTVL 15 s, 9 probes.
const KEEP_IDLE: Duration = Duration::from_secs(15);

/// The option rows, in the order of forms and settings.
pub(in crate::profiles) const fn rows(defaults: Defaults) -> [Knob; 14] {
    let [a, b, c, d, e, f, g, h, i, j, user] = old_rows(defaults);
    let (idle, interval, count) = (keep_alive_idle(), keep_alive_interval(), keep_alive_count());
    [a, b, c, d, e, f, g, h, i, j, idle, interval, count, user]
}

/// Those that Go had before 1.23.
pub(in crate::profiles) const fn old_rows(defaults: Defaults) -> [Knob; 11] {
    [
        max_conns_per_host(),
        max_idle_conns_per_host(),
        max_idle_conns(defaults.max_idle_conns),
        idle_conn_timeout(defaults.idle_conn_timeout),
        disable_keep_alives(),
        timeout(),
        response_header_timeout(),
        expect_continue_timeout(defaults.expect_continue_timeout),
        dial_timeout(defaults.dial_timeout),
        keep_alive(defaults.keep_alive),
        user_timeout(),
    ]
}

const fn max_conns_per_host() -> Knob {
    Knob {
        name: "MaxConnsPerHost",
        of: "http.Transport",
        kind: COUNT,
        unset: Means::Nothing,
        zero: Means::Unset,
        negative: Means::Nothing,
        help: manual::says(Text::new(
            "Connections to one host and port, dialling and busy ones included; requests beyond it wait.",
            "到同一主机和端口的连接总数，正在建立的和正在用的都算；超出的请求排队等待。",
        )),
        signs: manual::says(Text::new("0 or negative: no limit", "0 或负数：不限")),
        source: manual::cites("https://pkg.go.dev/net/http#Transport.MaxConnsPerHost"),
    }
}

const fn max_idle_conns_per_host() -> Knob {
    Knob {
        name: "MaxIdleConnsPerHost",
        of: "http.Transport",
        kind: COUNT,
        unset: Means::Is(Value::Count(2)),
        zero: Means::Unset,
        negative: Means::Is(Value::Count(0)),
        help: manual::says(Text::new(
            "Idle connections kept per host and port; when there are as many, the newcomer is closed.",
            "每个主机和端口最多保留几条空闲连接；满了以后，新放回来的连接会被关掉。",
        )),
        signs: manual::says(Text::new(
            "0: 2 (DefaultMaxIdleConnsPerHost); negative: each connection is closed after its response",
            "0：取 2（DefaultMaxIdleConnsPerHost）；负数：每条连接用一次就关",
        )),
        source: manual::cites("https://pkg.go.dev/net/http#Transport.MaxIdleConnsPerHost"),
    }
}

const fn max_idle_conns(unset: Means) -> Knob {
    Knob {
        name: "MaxIdleConns",
        of: "http.Transport",
        kind: COUNT,
        unset,
        zero: Means::Nothing,
        // `idleLRU.len() > MaxIdleConns` holds for each connection that comes back.
        negative: Means::Is(Value::Count(0)),
        help: manual::says(Text::new(
            "Idle connections kept in all; when there are more, the one that was idle longest is closed.",
            "总共最多保留几条空闲连接；超出时关掉闲得最久的那条。",
        )),
        signs: manual::says(Text::new(
            "0: no limit; negative: none is kept",
            "0：不限；负数：一条也不留",
        )),
        source: manual::cites("https://pkg.go.dev/net/http#Transport.MaxIdleConns"),
    }
}

const fn idle_conn_timeout(unset: Means) -> Knob {
    Knob {
        name: "IdleConnTimeout",
        of: "http.Transport",
        kind: SECONDS,
        unset,
        zero: Means::Nothing,
        negative: Means::Nothing,
        help: manual::says(Text::new(
            "How long a connection may lie idle in the pool before the client closes it. Shorter than the server's limit: no race.",
            "连接在池里最多空闲多久，到时客户端主动关闭。比服务器的时限短，就不会出现竞态。",
        )),
        signs: manual::says(Text::new(
            "0 or negative: never; the server closes first",
            "0 或负数：永不关闭，总是服务器先关",
        )),
        source: manual::cites("https://pkg.go.dev/net/http#Transport.IdleConnTimeout"),
    }
}

const fn disable_keep_alives() -> Knob {
    Knob {
        name: "DisableKeepAlives",
        of: "http.Transport",
        kind: Kind::Switch,
        unset: Means::Is(Value::Switch(false)),
        zero: Means::Unset,
        negative: Means::Unset,
        help: manual::says(Text::new(
            "A new connection for each request. Nothing is reused, so nothing can race; every request pays for a handshake.",
            "每个请求都新建连接，即短连接。不复用就没有竞态，但每次都要多一次握手。",
        )),
        signs: manual::says(Text::same("")),
        source: manual::cites("https://pkg.go.dev/net/http#Transport.DisableKeepAlives"),
    }
}

const fn timeout() -> Knob {
    Knob {
        name: "Timeout",
        of: "http.Client",
        kind: SECONDS,
        unset: Means::Nothing,
        zero: Means::Unset,
        negative: Means::Nothing,
        help: manual::says(Text::new(
            "Time for a whole request, from the call on: waiting for a connection, dialling, and the body included.",
            "整个请求的时限，从调用算起，等连接、建连接、读响应体都算在内。",
        )),
        signs: manual::says(Text::new("0 or negative: no limit", "0 或负数：不限")),
        source: manual::cites("https://pkg.go.dev/net/http#Client.Timeout"),
    }
}

const fn response_header_timeout() -> Knob {
    Knob {
        name: "ResponseHeaderTimeout",
        of: "http.Transport",
        kind: SECONDS,
        unset: Means::Nothing,
        zero: Means::Nothing,
        negative: Means::Nothing,
        help: manual::says(Text::new(
            "Time from the request being written, its body included, to the head of the response. Then the connection is closed; nothing is sent again.",
            "请求（连同请求体）写完之后，等响应头的时限。到时关闭连接，不会重试。",
        )),
        signs: manual::says(Text::new("0 or negative: no limit", "0 或负数：不限")),
        source: manual::cites("https://pkg.go.dev/net/http#Transport.ResponseHeaderTimeout"),
    }
}

const fn expect_continue_timeout(unset: Means) -> Knob {
    Knob {
        name: "ExpectContinueTimeout",
        of: "http.Transport",
        kind: SECONDS,
        unset,
        zero: Means::Nothing,
        negative: Means::Nothing,
        help: manual::says(Text::new(
            "How long the body of a request with Expect: 100-continue waits for the server's 100 Continue; then it is sent all the same.",
            "带 Expect: 100-continue 的请求，请求体等服务器的 100 Continue 最多等多久；到时不等了，照发。",
        )),
        signs: manual::says(Text::new(
            "0 or not set: the body follows at once",
            "0 或不设置：请求体紧跟着就发",
        )),
        source: manual::cites("https://pkg.go.dev/net/http#Transport.ExpectContinueTimeout"),
    }
}

const fn dial_timeout(unset: Means) -> Knob {
    Knob {
        name: "Dialer.Timeout",
        of: "net.Dialer",
        kind: SECONDS,
        unset,
        zero: Means::Nothing,
        negative: Means::Is(Value::Duration(Duration::ZERO)),
        help: manual::says(Text::new(
            "Time for making a connection.",
            "建立一条连接的时限。",
        )),
        signs: manual::says(Text::new(
            "0: no limit but the kernel's; negative: over at once",
            "0：只受内核限制；负数：立刻超时",
        )),
        source: manual::cites("https://pkg.go.dev/net#Dialer.Timeout"),
    }
}

const fn keep_alive(unset: Duration) -> Knob {
    Knob {
        name: "KeepAlive",
        of: "net.Dialer",
        kind: SECONDS,
        unset: Means::Is(Value::Duration(unset)),
        zero: Means::Is(Value::Duration(KEEP_IDLE)),
        negative: Means::Nothing,
        help: manual::says(Text::new(
            "Silence before the kernel's first TCP keepalive probe. Probes find dead peers; they do not reset anyone's idle timeout.",
            "静默多久后内核发第一个 TCP 保活探测包。它用来发现对端已经不在，不会重置任何一端的空闲超时。",
        )),
        signs: manual::says(Text::new(
            "0: 15 s; negative: no probes",
            "0：15 s；负数：不发保活探测包",
        )),
        source: manual::cites("https://pkg.go.dev/net#Dialer.KeepAlive"),
    }
}

const KEEP_ALIVE_CONFIG: &str = "https://pkg.go.dev/net#KeepAliveConfig";

const fn keep_alive_idle() -> Knob {
    Knob {
        name: "KeepAliveConfig.Idle",
        of: "net.Dialer",
        kind: SECONDS,
        unset: Means::SameAs("KeepAlive"),
        zero: Means::Is(Value::Duration(KEEP_IDLE)),
        negative: Means::Is(Value::Duration(KEEP_IDLE)),
        help: manual::says(Text::new(
            "Silence before the first probe, when KeepAliveConfig is used instead of KeepAlive.",
            "改用 KeepAliveConfig 时，静默多久后发第一个探测包。",
        )),
        signs: manual::says(Text::new("0 or negative: 15 s", "0 或负数：15 s")),
        source: manual::cites(KEEP_ALIVE_CONFIG),
    }
}

const fn keep_alive_interval() -> Knob {
    Knob {
        name: "KeepAliveConfig.Interval",
        of: "net.Dialer",
        kind: SECONDS,
        unset: Means::Is(Value::Duration(KEEP_IDLE)),
        zero: Means::Unset,
        negative: Means::Unset,
        help: manual::says(Text::new(
            "Time between two probes that nobody answers.",
            "没人回应时两次探测之间的间隔。",
        )),
        signs: manual::says(Text::new("0 or negative: 15 s", "0 或负数：15 s")),
        source: manual::cites(KEEP_ALIVE_CONFIG),
    }
}

const fn keep_alive_count() -> Knob {
    Knob {
        name: "KeepAliveConfig.Count",
        of: "net.Dialer",
        kind: COUNT,
        unset: Means::Is(Value::Count(9)),
        zero: Means::Unset,
        negative: Means::Unset,
        help: manual::says(Text::new(
            "Probes without an answer before the kernel gives the connection up.",
            "连续多少个探测包没有回应，内核就放弃这条连接。",
        )),
        signs: manual::says(Text::new("0 or negative: 9", "0 或负数：9")),
        source: manual::cites(KEEP_ALIVE_CONFIG),
    }
}

const fn user_timeout() -> Knob {
    Knob {
        name: "TCP_USER_TIMEOUT",
        of: "net.Dialer.Control",
        kind: SECONDS,
        unset: Means::Nothing,
        zero: Means::Unset,
        negative: Means::Unset,
        help: manual::says(Text::new(
            "How long data or probes may stay unacknowledged before the kernel ends the connection, set with setsockopt(2) in Dialer.Control. Without it tcp_retries2 decides: about 15 minutes.",
            "数据或探测多久没人确认，内核就结束连接；在 Dialer.Control 里用 setsockopt(2) 设置。不设就由 tcp_retries2 决定，大约 15 分钟。",
        )),
        signs: manual::says(Text::new(
            "0: tcp_retries2 decides",
            "0：由 tcp_retries2 决定",
        )),
        source: manual::cites("https://man7.org/linux/man-pages/man7/tcp.7.html"),
    }
}

/// Measured on recorded runs of go1.27.3 (captures 01 and 02, an idle machine): tenth, fiftieth and ninetieth percentile.
const LATENCY: ClientLatency = ClientLatency {
    // The call to connect(2) starting (02), and from there to the SYN (01).
    dial: Latency::micros(150, 230, 300),
    // The SYN-ACK's arrival to the first byte of the request (01).
    connected: Latency::micros(206, 302, 392),
    // The call to the request's segment (01).
    reuse: Latency::micros(144, 212, 319),
    // The response's arrival to the connection being back in the pool (01).
    response: Latency::micros(130, 184, 241),
    // The server's FIN arriving to the client's own FIN (01).
    notice: Latency::micros(53, 97, 140),
    // Derived, not measured: the poller rounds up to whole milliseconds, evenly spread.
    timer: Latency::micros(0, 500, 1_000),
};

/// `url.Error` around `net.OpError` and the transport's own errors, as go1.27.3 prints them.
pub(in crate::profiles) static WORDS: [Words; 21] = [
    (
        Failure::Errno(SocketError::HostUnreachable),
        r#"{Method} "{url}": read tcp {local}->{remote}: read: {strerror}"#,
    ),
    (
        Failure::DialErrno(SocketError::HostUnreachable),
        r#"{Method} "{url}": dial tcp {remote}: connect: {strerror}"#,
    ),
    (Failure::EndOfStream, r#"{Method} "{url}": EOF"#),
    (
        Failure::Reset,
        r#"{Method} "{url}": read tcp {local}->{remote}: read: connection reset by peer"#,
    ),
    (
        Failure::ServerClosedIdle,
        r#"{Method} "{url}": http: server closed idle connection"#,
    ),
    (
        Failure::BrokenPipe,
        r#"{Method} "{url}": write tcp {local}->{remote}: write: broken pipe"#,
    ),
    // Body.Read returns it; no url.Error is around it.
    (Failure::Truncated, "unexpected EOF"),
    (
        Failure::ResetInBody,
        "read tcp {local}->{remote}: read: connection reset by peer",
    ),
    (
        Failure::CutInHead,
        r#"{Method} "{url}": net/http: HTTP/1.x transport connection broken: {cut}"#,
    ),
    (
        Failure::Timeout,
        r#"{Method} "{url}": context deadline exceeded (Client.Timeout exceeded while awaiting headers)"#,
    ),
    (
        Failure::TimeoutInQueue,
        r#"{Method} "{url}": context deadline exceeded (Client.Timeout exceeded while awaiting headers)"#,
    ),
    (
        Failure::GaveUp,
        r#"{Method} "{url}": context deadline exceeded"#,
    ),
    (Failure::GaveUpInBody, "context deadline exceeded"),
    // What Body.Read returns; no url.Error is around it (client.go `cancelTimerBody.Read`).
    (
        Failure::TimeoutInBody,
        "context deadline exceeded (Client.Timeout or context cancellation while reading body)",
    ),
    (
        Failure::Refused,
        r#"{Method} "{url}": dial tcp {remote}: connect: connection refused"#,
    ),
    (
        Failure::TimedOut,
        r#"{Method} "{url}": read tcp {local}->{remote}: read: connection timed out"#,
    ),
    (
        Failure::DialTimedOut,
        r#"{Method} "{url}": dial tcp {remote}: connect: connection timed out"#,
    ),
    (
        Failure::HeadTimeout,
        r#"{Method} "{url}": net/http: timeout awaiting response headers"#,
    ),
    (
        Failure::DialTimeout,
        r#"{Method} "{url}": dial tcp {remote}: i/o timeout"#,
    ),
    (Failure::ProcessExit, "(the process ended)"),
    (Failure::Abandoned, "(the caller stopped waiting)"),
];

/// transport.go `bodyEOFSignal`, golang/go#77370: what `Body.Close` leaves is read in the background, if it is not more than
/// 256 KiB and comes within 50 ms (recorded in 05).
const DRAIN: EarlyClose = EarlyClose::Drain {
    most: 256 << 10,
    within: Duration::from_millis(50),
};

/// The client that options in force make.
pub(in crate::profiles) fn lower(options: &InForce) -> ClientConfig {
    let max_idle_per_host = options.count("MaxIdleConnsPerHost");
    let reuse = if options.is_on("DisableKeepAlives") {
        Reuse::Never
    } else if max_idle_per_host == Some(0) {
        // Only a negative number comes to 0 (`tryPutIdleConn`: `errKeepAlivesDisabled`, before anything else is looked at).
        Reuse::Unpooled
    } else {
        Reuse::KeepAlive
    };
    ClientConfig {
        pool: PoolConfig {
            order: PoolOrder::Lifo,
            reuse,
            max_idle: options.count("MaxIdleConns"),
            max_idle_per_host,
            max_per_host: options.count("MaxConnsPerHost"),
            max_total: None,
            idle_timeout: options.deadline("IdleConnTimeout"),
            max_requests: None,
            // The Transport does not read `Keep-Alive` (runtimes §1.4).
            hint: Hint::Ignored,
            binding: Binding::Late,
        },
        timeout: options.deadline("Timeout"),
        dial_timeout: options.deadline("Dialer.Timeout"),
        head_timeout: options.deadline("ResponseHeaderTimeout"),
        retry: RetryRule::Go,
        keep_alive: probes(options),
        user_timeout: options.span("TCP_USER_TIMEOUT").unwrap_or_default(),
        heads: HeadStyle::Go,
        words: &WORDS,
        latency: LATENCY,
        buffer: super::BUFFER,
        write_buffer: super::BUFFER,
        quiet: None,
        names: Vec::new(),
        next_address: NextAddress::IsTried,
        behind: Behind::AtOnce,
        expect: Expect::Waits(options.deadline("ExpectContinueTimeout")),
        lazy: Duration::ZERO,
        leaked: Leaked::Stays,
        early_close: DRAIN,
        workloads: Vec::new(),
        passes_on: false,
        exit: None,
    }
}

/// Go sets times in whole seconds, and leaves interval and count at its defaults unless
/// KeepAliveConfig names them (since 1.23).
fn probes(options: &InForce) -> Option<KeepAlive> {
    let defaults = super::LISTENER_KEEP_ALIVE;
    let interval = options.span("KeepAliveConfig.Interval");
    let count = options.count("KeepAliveConfig.Count");
    Some(KeepAlive {
        idle: whole_seconds(options.span("KeepAliveConfig.Idle")?),
        interval: interval.map_or(defaults.interval, whole_seconds),
        count: count.map_or(defaults.count, |count| {
            u8::try_from(count).unwrap_or(u8::MAX)
        }),
    })
}

/// `roundDurationUp`.
pub(in crate::profiles) fn whole_seconds(span: Duration) -> Duration {
    Duration::from_secs(span.as_secs() + u64::from(span.subsec_nanos() > 0))
}
