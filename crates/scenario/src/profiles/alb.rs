//! AWS Application Load Balancer, as far as its documentation tells.
//!
//! It is closed source, and no run of it is recorded: idle timeout, 502 and the words of its access log are documented (runtimes
//! §11.4), everything else is taken to be as plain as it can be.

use super::{InForce, Knob, Means, Profile, ProxyParts, ProxyProfile};
use crate::kind::Kind;
use crate::manual;
use crate::span::{Span, Unit};
use std::time::Duration;
use whyeof_sim::chance::Latency;
use whyeof_sim::http::Deadline;
use whyeof_sim::http::client::body::{EarlyClose, Leaked};
use whyeof_sim::http::client::expect::Expect;
use whyeof_sim::http::client::pool::{Binding, Hint, PoolConfig, PoolOrder, Reuse};
use whyeof_sim::http::client::resolve::NextAddress;
use whyeof_sim::http::client::retry::RetryRule;
use whyeof_sim::http::client::{Behind, ClientConfig, ClientLatency, Dialling, OnQuiet, Quiet};
use whyeof_sim::http::codec::HeadStyle;
use whyeof_sim::http::proxy::OnLeave;
use whyeof_sim::http::server::handler::Handler;
use whyeof_sim::http::server::{Keep, Reading, ServerConfig, ServerLatency, Stops};
use whyeof_sim::http::words::Words;
use whyeof_trace::{Failure, SocketError, Text, Value};

/// The profile.
pub(super) static PROFILE: Profile = Profile {
    id: "alb",
    label: Text::same("AWS ALB"),
    about: manual::says(Text::new(
        "A load balancer with one idle timeout, 60 s, for its clients and its targets. A target that closes first makes a 502 that the application knows nothing of.",
        "负载均衡器，对客户端和后端共用一个空闲超时 60 s。后端先关连接就会出 502，应用日志里什么也没有。",
    )),
    unverified: manual::all(&[
        Text::new(
            "Whether it sends a request again is not known; here it does not.",
            "它会不会自动重试，不确定；这里按不重试。",
        ),
        Text::new(
            "Which idle connection it takes first is not known; here the newest.",
            "它先用哪条空闲连接，不确定；这里取最近用过的。",
        ),
        Text::new(
            "Whether it drops the target's connection when its client leaves is not documented; here it does not.",
            "客户端先走了，它会不会丢掉到后端的连接，文档没说；这里按不丢。",
        ),
        Text::new(
            "A request that comes too slowly may be answered with 408; here it is closed without a word. The size of its 502 and 504 pages is from memory.",
            "请求发得太慢时它可能回 408；这里按直接关连接、什么也不回。502 和 504 页面的大小是凭记忆写的。",
        ),
        Text::new(
            "How quick it is has not been measured.",
            "它的处理快慢没有测过。",
        ),
    ]),
    client: None,
    server: None,
    proxy: Some(ProxyProfile {
        options: &ROWS,
        lower,
    }),
};

static ROWS: [Knob; 1] = [Knob {
    name: "idle_timeout.timeout_seconds",
    of: "load balancer attributes",
    kind: Kind::Span {
        bare: Unit::Seconds,
        min: Span::seconds(1),
        max: Span::seconds(4_000),
    },
    unset: Means::Is(Value::Duration(Duration::from_secs(60))),
    zero: Means::Unset,
    negative: Means::Unset,
    help: manual::says(Text::new(
        "How long a connection may be idle, to clients and to targets alike. Targets must wait longer, else requests meet their FIN: 502.",
        "连接最多空闲多久，对客户端和后端都一样。后端的空闲超时必须更长，否则请求会撞上它的 FIN：502。",
    )),
    signs: manual::says(Text::new("1 s to 4,000 s", "1 s 到 4,000 s")),
    source: manual::cites(
        "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/edit-load-balancer-attributes.html",
    ),
}];

/// The fields of its access log that tell.
static LOG: [Words; 13] = [
    (
        Failure::Errno(SocketError::HostUnreachable),
        "elb_status_code 502, target_status_code -",
    ),
    (
        Failure::DialErrno(SocketError::HostUnreachable),
        "elb_status_code 502, target_status_code -",
    ),
    (
        Failure::EndOfStream,
        "elb_status_code 502, target_status_code -",
    ),
    (Failure::Reset, "elb_status_code 502, target_status_code -"),
    (
        Failure::CutInHead,
        "elb_status_code 502, target_status_code -",
    ),
    (
        Failure::Refused,
        "elb_status_code 502, target_status_code -",
    ),
    (
        Failure::BrokenPipe,
        "elb_status_code 502, target_status_code -",
    ),
    // The head has been passed on by then (UNVERIFIED).
    (
        Failure::Truncated,
        "elb_status_code 200, target_status_code 200",
    ),
    (
        Failure::ResetInBody,
        "elb_status_code 200, target_status_code 200",
    ),
    (
        Failure::SocketTimeout,
        "elb_status_code 504, target_status_code -",
    ),
    (
        Failure::TimedOut,
        "elb_status_code 504, target_status_code -",
    ),
    (
        Failure::DialTimeout,
        "elb_status_code 504, target_status_code -",
    ),
    (
        Failure::DialTimedOut,
        "elb_status_code 504, target_status_code -",
    ),
];

/// Bytes of its 502 and 504 pages (from memory, UNVERIFIED).
const PAGES: (u32, u32) = (122, 132);

const QUICK: Latency = Latency::micros(50, 100, 200);

fn lower(options: &InForce) -> ProxyParts {
    let idle = options.deadline("idle_timeout.timeout_seconds");
    ProxyParts {
        server: towards_clients(idle),
        client: towards_targets(idle),
        bodies: PAGES,
        on_leave: OnLeave::GoesOn,
    }
}

fn towards_clients(idle: Option<Deadline>) -> ServerConfig {
    ServerConfig {
        listen: 0,
        read_header: idle,
        read: None,
        write: None,
        idle,
        keep: Keep::Alive,
        keep_alive: None,
        heads: HeadStyle::Alb,
        latency: ServerLatency {
            accept: QUICK,
            read: QUICK,
            respond: QUICK,
            timer: Latency::micros(0, 500, 1_000),
            close: Latency::micros(5, 10, 20),
        },
        buffer: 4_096,
        write_buffer: u32::MAX,
        reading: Reading::Bytes { lingers: None },
        checks: None,
        max_requests: None,
        stops: Stops::ClosesIdle,
        handler: Handler::default(),
        routes: Vec::new(),
        shutdown: None,
        exit: None,
        grace: None,
    }
}

fn towards_targets(idle: Option<Deadline>) -> ClientConfig {
    ClientConfig {
        pool: PoolConfig {
            order: PoolOrder::Lifo,
            reuse: Reuse::KeepAlive,
            max_idle: None,
            max_idle_per_host: None,
            max_per_host: None,
            max_total: None,
            max_requests: None,
            idle_timeout: idle,
            hint: Hint::Ignored,
            binding: Binding::Early,
        },
        timeout: None,
        // "before the connection timeout expired (10 seconds)": the page on HTTP 504 in the guide's troubleshooting.
        dial_timeout: Some(Deadline {
            after: Duration::from_secs(10),
            setting: None,
        }),
        head_timeout: None,
        retry: RetryRule::Never,
        keep_alive: None,
        user_timeout: Duration::ZERO,
        heads: HeadStyle::Alb,
        words: &LOG,
        latency: ClientLatency {
            dial: QUICK,
            connected: QUICK,
            reuse: QUICK,
            response: QUICK,
            notice: QUICK,
            timer: Latency::micros(0, 500, 1_000),
        },
        buffer: 4_096,
        write_buffer: u32::MAX,
        quiet: idle.map(|limit| Quiet {
            limit,
            queued: None,
            dialling: Dialling::DoesNot,
            then: OnQuiet::Destroys,
        }),
        names: Vec::new(),
        next_address: NextAddress::IsTried,
        behind: Behind::AtOnce,
        expect: Expect::Sends,
        lazy: Duration::ZERO,
        leaked: Leaked::Stays,
        early_close: EarlyClose::Close,
        workloads: Vec::new(),
        passes_on: true,
        exit: None,
    }
}
