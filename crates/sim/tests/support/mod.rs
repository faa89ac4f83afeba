//! Plans and recordings that several tests share.
#![allow(dead_code, unreachable_pub, reason = "each test file uses its part")]

pub mod calls;
pub mod dice;
pub mod held;
pub mod race;

use std::sync::Arc;
use std::time::Duration;
pub use whyeof_recorded::packet::{Packet as Packet1, simulated};
use whyeof_sim::chance::Latency;
use whyeof_sim::http::client::body::{EarlyClose, Leaked, Reads};
use whyeof_sim::http::client::expect::Expect;
use whyeof_sim::http::client::pool::{Binding, Hint, PoolConfig, PoolOrder, Reuse};
use whyeof_sim::http::client::resolve::NextAddress;
use whyeof_sim::http::client::retry::RetryRule;
use whyeof_sim::http::client::workload::{Arrivals, GivesUp, OnTimeout, Workload};
use whyeof_sim::http::client::{Behind, ClientConfig, ClientLatency};
use whyeof_sim::http::codec::HeadStyle;
use whyeof_sim::http::server::handler::Handler;
use whyeof_sim::http::server::{Keep, Reading, ServerConfig, ServerLatency, Stops};
use whyeof_sim::kernel::timer_wheel::Hz;
use whyeof_sim::limits::Limits;
use whyeof_sim::net::fault::{Effect, Match, Place, When};
use whyeof_sim::plan::{
    Deadline, FaultPlan, HostPlan, KeepAlive, LatencyMode, Plan, ProgramPlan, RolePlan, Ties,
};
use whyeof_sim::target::Target;
use whyeof_trace::{Failure, Flags, HostId, Method};

/// The packets of a recorded connection.
pub fn recorded(text: &str, conn: u32) -> Vec<Packet1> {
    let mut all = whyeof_recorded::recorded(text).expect("recorded lines");
    all.remove(&conn).unwrap_or_default()
}

/// What one host sent on one connection: flags, seq, ack, len.
pub fn sent_by(packets: &[Packet1], from: &str) -> Vec<(String, u32, u32, u32)> {
    let mine = packets.iter().filter(|p| p.from == from);
    mine.map(|p| (p.flags.clone(), p.seq, p.ack, p.len))
        .collect()
}

const PROBES: Option<KeepAlive> = Some(KeepAlive {
    idle: Duration::from_secs(15),
    interval: Duration::from_secs(15),
    count: 9,
});

/// A client's handshake loses its last segment.
pub fn drop_final_ack() -> FaultPlan {
    FaultPlan {
        name: String::new(),
        when: When::ALWAYS,
        packets: Match {
            from: Some(HostId(0)),
            lacks: Flags::SYN,
            ..Match::default()
        },
        nth: 1,
        count: Some(1),
        effect: Effect::Drop,
        place: Place::Link,
    }
}

pub fn deadline(seconds: u64) -> Option<Deadline> {
    Some(Deadline {
        after: Duration::from_secs(seconds),
        setting: None,
    })
}

pub fn request(method: Method, path: &str, at: Duration) -> Workload {
    Workload {
        to: Target::Host(HostId(1)),
        port: 8080,
        authority: "10.99.0.2:8080".to_owned(),
        method,
        path: path.to_owned(),
        body: if method == Method::Post { 5 } else { 0 },
        headers: Vec::new(),
        at,
        every: None,
        plus: (Duration::ZERO, Duration::ZERO),
        count: 1,
        arrivals: Arrivals::Even,
        workers: None,
        pauses: None,
        again: None,
        reads: Reads::All,
        give_up: None,
        gives_up: GivesUp::Cancels,
        on_timeout: OnTimeout::Nothing,
        close: false,
        pieces: None,
    }
}

fn go_client(workloads: Vec<Workload>) -> ClientConfig {
    ClientConfig {
        pool: PoolConfig {
            order: PoolOrder::Lifo,
            reuse: Reuse::KeepAlive,
            max_idle: None,
            max_idle_per_host: Some(2),
            max_per_host: None,
            max_total: None,
            idle_timeout: None,
            max_requests: None,
            hint: Hint::Ignored,
            binding: Binding::Late,
        },
        timeout: deadline(10),
        dial_timeout: None,
        head_timeout: None,
        retry: RetryRule::Go,
        keep_alive: PROBES,
        user_timeout: Duration::ZERO,
        heads: HeadStyle::Go,
        words: &[
            (Failure::EndOfStream, r#"{Method} "{url}": EOF"#),
            (
                Failure::Reset,
                r#"{Method} "{url}": read tcp {local}->{remote}: read: connection reset by peer"#,
            ),
            (
                Failure::TimedOut,
                r#"{Method} "{url}": read tcp {local}->{remote}: read: connection timed out"#,
            ),
        ],
        latency: ClientLatency {
            dial: Latency::micros(150, 230, 300),
            connected: Latency::micros(206, 302, 392),
            reuse: Latency::micros(144, 212, 319),
            response: Latency::micros(130, 184, 241),
            notice: Latency::micros(53, 97, 140),
            timer: Latency::micros(0, 500, 1_000),
        },
        buffer: 4_096,
        write_buffer: 4_096,
        quiet: None,
        names: Vec::new(),
        next_address: NextAddress::IsTried,
        behind: Behind::AtOnce,
        expect: Expect::Waits(None),
        lazy: Duration::ZERO,
        leaked: Leaked::Stays,
        early_close: EarlyClose::Drain {
            most: 256 << 10,
            within: Duration::from_millis(50),
        },
        workloads,
        passes_on: false,
        exit: None,
    }
}

fn go_server() -> ServerConfig {
    ServerConfig {
        listen: 8080,
        read_header: deadline(10),
        read: deadline(10),
        write: None,
        idle: deadline(10),
        keep_alive: PROBES,
        heads: HeadStyle::Go,
        latency: ServerLatency {
            accept: Latency::micros(71, 85, 114),
            read: Latency::micros(38, 67, 133),
            respond: Latency::micros(91, 134, 171),
            timer: Latency::micros(330, 750, 1_200),
            close: Latency::micros(20, 50, 100),
        },
        keep: Keep::Alive,
        buffer: 4_096,
        write_buffer: 4_096,
        reading: Reading::OnDemand {
            discards: 256 << 10,
            linger: Duration::from_millis(500),
        },
        checks: None,
        max_requests: None,
        stops: Stops::Drains,
        handler: Handler {
            body: 3,
            ..Handler::default()
        },
        routes: Vec::new(),
        shutdown: None,
        exit: None,
        grace: None,
    }
}

/// Go 1.27 client and server as in the recordings: zero Transport, RTT 10 ms, no think time, 3 bytes of response.
pub fn go_plan(workloads: Vec<Workload>) -> Plan {
    let host = |name: &str, last: u8| HostPlan {
        name: name.to_owned(),
        address: [10, 99, 0, last].into(),
        hz: Hz::Hz250,
        phase: Duration::ZERO,
        sysctl: whyeof_sim::plan::Sysctl::default(),
    };
    let program = |host: u16, name: &str, role: RolePlan| ProgramPlan {
        host: HostId(host),
        name: name.to_owned(),
        runtime: "go-1.27".to_owned(),
        role,
        busy: Vec::new(),
    };
    Plan {
        hosts: vec![host("client", 1), host("server", 2)],
        programs: vec![
            program(
                0,
                "client",
                RolePlan::Client(Arc::new(go_client(workloads))),
            ),
            program(1, "server", RolePlan::Server(Arc::new(go_server()))),
        ],
        settings: Vec::new(),
        one_way: Duration::from_millis(5),
        paths: Vec::new(),
        faults: Vec::new(),
        commands: Vec::new(),
        seed: 1,
        latency: LatencyMode::Median,
        ties: Ties::Fifo,
        until: Duration::from_secs(100),
        limits: Limits::default(),
    }
}

/// Changes the server of a plan.
pub fn server(plan: &mut Plan, change: impl FnOnce(&mut ServerConfig)) {
    let RolePlan::Server(config) = &mut plan.programs[1].role else {
        panic!("no server")
    };
    change(Arc::make_mut(config));
}

/// Changes the client of a plan.
pub fn client(plan: &mut Plan, change: impl FnOnce(&mut ClientConfig)) {
    let RolePlan::Client(config) = &mut plan.programs[0].role else {
        panic!("no client")
    };
    change(Arc::make_mut(config));
}
