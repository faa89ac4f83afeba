//! Go's HTTP server: `http.Server`.
//!
//! Fallbacks were read in the source of go1.27.3 (`net/http/server.go`: `idleTimeout`, `readHeaderTimeout`) and seen
//! in recorded runs. Left out: TLS, MaxHeaderBytes.

use super::{LISTENER_KEEP_ALIVE, SECONDS};
use crate::kind::Kind;
use crate::manual;
use crate::profiles::{InForce, Knob, Means};
use std::time::Duration;
use whyeof_sim::chance::Latency;
use whyeof_sim::http::codec::HeadStyle;
use whyeof_sim::http::server::handler::Handler;
use whyeof_sim::http::server::{Keep, Reading, ServerConfig, ServerLatency, Stops};
use whyeof_trace::{Text, Value};

const NONE: Text = Text::new("0 or negative: no limit", "0 或负数：不限");
const FALLS_BACK: Text = Text::new(
    "0: the same as ReadTimeout; negative: no limit",
    "0：与 ReadTimeout 相同；负数：不限",
);

/// The option rows, in the order of forms and settings.
pub(in crate::profiles) static ROWS: [Knob; 5] = [
    Knob {
        name: "ReadTimeout",
        of: "http.Server",
        kind: SECONDS,
        unset: Means::Nothing,
        zero: Means::Unset,
        negative: Means::Nothing,
        help: manual::says(Text::new(
            "Time to read a whole request. It is also the idle limit when IdleTimeout is not set, and it bounds how long a new connection may stay unused.",
            "读完整个请求的时限。没设 IdleTimeout 时它也是空闲超时；新连接一直不发请求，也按它来关。",
        )),
        signs: NONE,
        source: manual::cites("https://pkg.go.dev/net/http#Server.ReadTimeout"),
    },
    Knob {
        name: "ReadHeaderTimeout",
        of: "http.Server",
        kind: SECONDS,
        unset: Means::SameAs("ReadTimeout"),
        zero: Means::Unset,
        negative: Means::Nothing,
        help: manual::says(Text::new(
            "Time to read a request's head; for a connection's first request it counts from accept on.",
            "读完请求头的时限；连接上的第一个请求从 accept 开始计时。",
        )),
        signs: FALLS_BACK,
        source: manual::cites("https://pkg.go.dev/net/http#Server.ReadHeaderTimeout"),
    },
    Knob {
        name: "WriteTimeout",
        of: "http.Server",
        kind: SECONDS,
        unset: Means::Nothing,
        zero: Means::Unset,
        negative: Means::Nothing,
        help: manual::says(Text::new(
            "Time for the response, from the end of the request's head on.",
            "写完响应的时限，从读完请求头开始计时。",
        )),
        signs: NONE,
        source: manual::cites("https://pkg.go.dev/net/http#Server.WriteTimeout"),
    },
    Knob {
        name: "IdleTimeout",
        of: "http.Server",
        kind: SECONDS,
        unset: Means::SameAs("ReadTimeout"),
        zero: Means::Unset,
        negative: Means::Nothing,
        help: manual::says(Text::new(
            "How long a kept-alive connection may wait for its next request; then the server closes it. Not for a connection's first request.",
            "长连接等下一个请求最多等多久，到时服务器就关掉它。不管连接上的第一个请求。",
        )),
        signs: FALLS_BACK,
        source: manual::cites("https://pkg.go.dev/net/http#Server.IdleTimeout"),
    },
    Knob {
        name: "SetKeepAlivesEnabled",
        of: "http.Server",
        kind: Kind::Switch,
        unset: Means::Is(Value::Switch(true)),
        zero: Means::Unset,
        negative: Means::Unset,
        help: manual::says(Text::new(
            "Off: every response says Connection: close, and the server closes behind it. Nothing is reused, so nothing can race.",
            "关掉以后，每个响应都带 Connection: close，发完就关。不复用就没有竞态。",
        )),
        signs: manual::says(Text::same("")),
        source: manual::cites("https://pkg.go.dev/net/http#Server.SetKeepAlivesEnabled"),
    },
];

/// Measured on recorded runs of go1.27.3 (capture 01, an idle machine): tenth, fiftieth and ninetieth percentile.
const LATENCY: ServerLatency = ServerLatency {
    // The handshake's last ACK to StateNew.
    accept: Latency::micros(71, 85, 114),
    // A request's arrival to StateActive.
    read: Latency::micros(38, 67, 133),
    // A request's arrival to its response being sent, .129/.201/.304 ms, less the line above.
    respond: Latency::micros(91, 134, 171),
    // The response to the idle FIN took 10 s and .35/.80/1.3 ms; less the line below. The poller rounds up to
    // whole milliseconds.
    timer: Latency::micros(330, 750, 1_200),
    // Derived: 2 of 374 failing requests came between deadline and close(2), in a window of 10 ms.
    close: Latency::micros(20, 50, 100),
};

/// server.go `maxPostHandlerReadBytes`: what a handler left of a request's body is read up to here, more costs the connection.
const MAX_POST_HANDLER_READ: u32 = 256 << 10;

/// server.go `rstAvoidanceDelay`: between FIN and close(2), so that the client can read the answer (recorded in 12).
const RST_AVOIDANCE: Duration = Duration::from_millis(500);

/// The server that options in force make.
pub(in crate::profiles) fn lower(options: &InForce) -> ServerConfig {
    ServerConfig {
        listen: 0,
        read_header: options.deadline("ReadHeaderTimeout"),
        read: options.deadline("ReadTimeout"),
        write: options.deadline("WriteTimeout"),
        idle: options.deadline("IdleTimeout"),
        keep_alive: Some(LISTENER_KEEP_ALIVE),
        heads: HeadStyle::Go,
        latency: LATENCY,
        keep: if options.is_on("SetKeepAlivesEnabled") {
            Keep::Alive
        } else {
            Keep::No
        },
        buffer: super::BUFFER,
        write_buffer: super::BUFFER,
        reading: Reading::OnDemand {
            discards: MAX_POST_HANDLER_READ,
            linger: RST_AVOIDANCE,
        },
        checks: None,
        max_requests: None,
        stops: Stops::Drains,
        handler: Handler::default(),
        routes: Vec::new(),
        shutdown: None,
        exit: None,
        grace: None,
    }
}
