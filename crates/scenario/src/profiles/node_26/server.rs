//! Node's HTTP server: `http.createServer`.
//!
//! Read in `_http_server.js` of 18.20.8, 20.20.2 and 26.10.0 and seen in recorded runs. Left out: TLS, `timeout`, upgrade,
//! `maxRequestsPerSocket`'s 503.

use super::{COUNT, MILLIS};
use crate::manual;
use crate::profiles::{InForce, Knob, Means};
use std::time::Duration;
use whyeof_sim::chance::Latency;
use whyeof_sim::http::codec::HeadStyle;
use whyeof_sim::http::server::handler::Handler;
use whyeof_sim::http::server::{Keep, Reading, ServerConfig, ServerLatency, Stops};
use whyeof_sim::plan::Deadline;
use whyeof_trace::{Text, Value};

const NONE: Text = Text::new("0: no limit", "0：不限");

/// The option rows, in the order of forms and settings.
pub(in crate::profiles) const fn rows() -> [Knob; 6] {
    let [a, b, c, d, e] = old_rows();
    [a, buffer(), b, c, d, e]
}

/// Those without `keepAliveTimeoutBuffer`, which is a constant in 20, and nothing in 18.
pub(in crate::profiles) const fn old_rows() -> [Knob; 5] {
    [
        keep_alive_timeout(),
        headers_timeout(),
        request_timeout(),
        checking_interval(),
        max_requests(),
    ]
}

const fn keep_alive_timeout() -> Knob {
    Knob {
        name: "keepAliveTimeout",
        of: "http.Server",
        kind: MILLIS,
        unset: Means::Is(Value::Duration(Duration::from_secs(5))),
        zero: Means::Nothing,
        negative: Means::Unset,
        help: manual::says(Text::new(
            "How long a connection may wait for its next request, without the buffer. It is what the Keep-Alive header advertises.",
            "连接等下一个请求最多等多久，不含缓冲。Keep-Alive 首部里宣布的就是它。",
        )),
        signs: manual::says(Text::new("0: for ever", "0：永远等")),
        source: manual::cites("https://nodejs.org/api/http.html#serverkeepalivetimeout"),
    }
}

const fn buffer() -> Knob {
    Knob {
        name: "keepAliveTimeoutBuffer",
        of: "http.Server",
        kind: MILLIS,
        unset: Means::Is(Value::Duration(BUFFER)),
        zero: Means::Is(Value::Duration(Duration::ZERO)),
        negative: Means::Unset,
        help: manual::says(Text::new(
            "Added to keepAliveTimeout before the server closes, and not advertised: clients that keep to the hint close first.",
            "服务器关连接前在 keepAliveTimeout 上再加这么多，但不宣布：遵守提示的客户端会先关。",
        )),
        signs: manual::says(Text::new("0: none", "0：没有")),
        source: manual::cites("https://nodejs.org/api/http.html#serverkeepalivetimeoutbuffer"),
    }
}

const fn headers_timeout() -> Knob {
    Knob {
        name: "headersTimeout",
        of: "http.Server",
        kind: MILLIS,
        unset: Means::Is(Value::Duration(Duration::from_secs(60))),
        zero: Means::Nothing,
        negative: Means::Unset,
        help: manual::says(Text::new(
            "Time to read a request's head; for a connection's first request it counts from accept on. Then comes a 408.",
            "读完请求头的时限；连接上的第一个请求从 accept 开始计时。超时回 408。",
        )),
        signs: NONE,
        source: manual::cites("https://nodejs.org/api/http.html#serverheaderstimeout"),
    }
}

const fn request_timeout() -> Knob {
    Knob {
        name: "requestTimeout",
        of: "http.Server",
        kind: MILLIS,
        unset: Means::Is(Value::Duration(Duration::from_secs(300))),
        zero: Means::Nothing,
        negative: Means::Unset,
        help: manual::says(Text::new(
            "Time to read a whole request. Then comes a 408.",
            "读完整个请求的时限。超时回 408。",
        )),
        signs: NONE,
        source: manual::cites("https://nodejs.org/api/http.html#serverrequesttimeout"),
    }
}

const fn checking_interval() -> Knob {
    Knob {
        name: "connectionsCheckingInterval",
        of: "http.createServer",
        kind: MILLIS,
        unset: Means::Is(Value::Duration(Duration::from_secs(30))),
        zero: Means::Is(Value::Duration(Duration::from_millis(1))),
        negative: Means::Unset,
        help: manual::says(Text::new(
            "How often the two limits above are looked at: a 408 comes up to so much late.",
            "多久检查一次上面两个时限：408 最多会晚这么久。",
        )),
        signs: manual::says(Text::new("0: 1 ms", "0：1 ms")),
        source: manual::cites(
            "https://nodejs.org/api/http.html#httpcreateserveroptions-requestlistener",
        ),
    }
}

const fn max_requests() -> Knob {
    Knob {
        name: "maxRequestsPerSocket",
        of: "http.Server",
        kind: COUNT,
        unset: Means::Nothing,
        zero: Means::Nothing,
        negative: Means::Unset,
        help: manual::says(Text::new(
            "Requests on one connection; the response to the last says Connection: close.",
            "一条连接上最多几个请求；最后一个响应带 Connection: close。",
        )),
        signs: NONE,
        source: manual::cites("https://nodejs.org/api/http.html#servermaxrequestspersocket"),
    }
}

/// `keepAliveTimeoutBuffer` (runtimes §13): measured in 09 and 09c, 6 s with a limit of 5 s.
pub(in crate::profiles) const BUFFER: Duration = Duration::from_secs(1);

/// Measured on recorded runs of Node 26.10.0 (capture 09c): tenth, fiftieth and ninetieth percentile.
const LATENCY_26: ServerLatency = ServerLatency {
    // The handshake's last ACK to the connection event.
    accept: Latency::micros(168, 293, 518),
    // A request's arrival to the request event.
    read: Latency::micros(125, 295, 773),
    // A request's arrival to its response, 1.475/1.762/2.294 ms, less the line above and the handler's 1 ms.
    respond: Latency::micros(350, 467, 700),
    // The response to the idle FIN took 6 s and -.28/.44/1.2 ms, less the line below: libuv's clock has whole milliseconds.
    timer: Latency::micros(0, 140, 600),
    // Derived: 11 of 106 failing requests came between deadline and close(2), in a window of 10 ms (ground-truth §2).
    close: Latency::micros(100, 300, 600),
};

/// The same of Node 20.20.2 (capture 09).
pub(in crate::profiles) const LATENCY_20: ServerLatency = ServerLatency {
    accept: Latency::micros(167, 364, 665),
    read: Latency::micros(126, 338, 673),
    respond: Latency::micros(400, 561, 750),
    ..LATENCY_26
};

pub(super) fn lower_26(options: &InForce) -> ServerConfig {
    let buffer = options.span("keepAliveTimeoutBuffer");
    lower(options, buffer.unwrap_or(BUFFER), LATENCY_26)
}

/// `headersTimeout`; not set: 60 s, or requestTimeout if that is less (_http_server.js `storeHTTPOptions`).
fn head_limit(options: &InForce) -> Option<Deadline> {
    let limit = options.deadline("headersTimeout")?;
    match options.span("requestTimeout") {
        Some(whole) if !options.is_set("headersTimeout") => Some(Deadline {
            after: limit.after.min(whole),
            ..limit
        }),
        _ => Some(limit),
    }
}

/// The server that options in force make, with what a version adds to its keep-alive time and how quick it is.
pub(in crate::profiles) fn lower(
    options: &InForce,
    buffer: Duration,
    latency: ServerLatency,
) -> ServerConfig {
    let keep = options.deadline("keepAliveTimeout");
    let hint = keep.and_then(|keep| u32::try_from(keep.after.as_secs()).ok());
    ServerConfig {
        listen: 0,
        read_header: head_limit(options),
        read: options.deadline("requestTimeout"),
        write: None,
        idle: keep.map(|keep| Deadline {
            after: keep.after + buffer,
            ..keep
        }),
        keep: Keep::Alive,
        keep_alive: None,
        heads: HeadStyle::Node {
            hint,
            max: options.count("maxRequestsPerSocket"),
        },
        latency,
        buffer: 65_536,
        write_buffer: u32::MAX,
        reading: Reading::Always,
        checks: options.span("connectionsCheckingInterval"),
        max_requests: options.count("maxRequestsPerSocket"),
        stops: Stops::ClosesIdle,
        handler: Handler::default(),
        routes: Vec::new(),
        shutdown: None,
        exit: None,
        grace: None,
    }
}
