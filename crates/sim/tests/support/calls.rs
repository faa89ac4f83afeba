//! Programs of socket calls from the words of the recordings' own program: `@0.5 close a`.

use super::{HostPlan, Hz, LatencyMode, Limits, Plan, ProgramPlan, RolePlan, Ties};
use std::sync::Arc;
use std::time::Duration;
use whyeof_sim::plan::{KeepAlive, Sysctl};
use whyeof_sim::sockets::{Name, SocketCall, SocketsConfig, TimedCall};
use whyeof_sim::tcp::calls::Shutdown;
use whyeof_sim::tcp::options::SocketOption;
use whyeof_trace::HostId;

/// One more client of socket calls.
pub fn another_client(plan: &mut Plan, calls: &str) {
    let role = RolePlan::Sockets(Arc::new(config(calls)));
    let first = plan.programs[0].clone();
    plan.programs.push(ProgramPlan { role, ..first });
}

/// A client and a server of socket calls, as in the recordings: RTT 10 ms.
pub fn sockets_plan(client: &str, server: &str) -> Plan {
    let host = |name: &str, last: u8| HostPlan {
        name: name.to_owned(),
        address: [10, 99, 0, last].into(),
        hz: Hz::Hz250,
        phase: Duration::ZERO,
        sysctl: Sysctl::default(),
    };
    let program = |host: u16, name: &str, calls: &str| ProgramPlan {
        host: HostId(host),
        name: name.to_owned(),
        runtime: "sockets".to_owned(),
        role: RolePlan::Sockets(Arc::new(config(calls))),
        busy: Vec::new(),
    };
    Plan {
        hosts: vec![host("client", 1), host("server", 2)],
        programs: vec![program(0, "client", client), program(1, "server", server)],
        settings: Vec::new(),
        one_way: Duration::from_millis(5),
        paths: Vec::new(),
        faults: Vec::new(),
        commands: Vec::new(),
        seed: 1,
        latency: LatencyMode::Median,
        ties: Ties::Fifo,
        until: Duration::from_secs(1_300),
        limits: Limits::default(),
    }
}

fn config(text: &str) -> SocketsConfig {
    let mut names: Vec<String> = Vec::new();
    let calls = text.split('@').filter(|step| !step.trim().is_empty());
    let calls = calls.map(|step| timed(step, &mut names)).collect();
    SocketsConfig {
        names: u16::try_from(names.len()).expect("few"),
        calls,
        asks: Vec::new(),
    }
}

fn timed(step: &str, names: &mut Vec<String>) -> TimedCall {
    let words: Vec<&str> = step.split_whitespace().collect();
    let at: f64 = words[0].parse().expect("seconds");
    let number = |n: usize| -> u32 { words[n].parse().expect("a number") };
    let port = |n: usize| u16::try_from(number(n)).expect("a port");
    let mut name = || {
        let known = names.iter().position(|n| n == words[2]);
        let index = known.unwrap_or_else(|| {
            names.push(words[2].to_owned());
            names.len() - 1
        });
        Name(u16::try_from(index).expect("few"))
    };
    let call = match words[1] {
        "listen" => SocketCall::Listen {
            port: port(2),
            backlog: if words.len() > 3 { number(3) } else { 128 },
        },
        "unlisten" => SocketCall::CloseListener { port: port(2) },
        "accept" => SocketCall::Accept(name()),
        "connect" => SocketCall::Connect {
            socket: name(),
            to: HostId(1),
            port: port(3),
            local: (words.len() > 4).then(|| port(4)),
        },
        "send" => SocketCall::Send(name(), number(3)),
        "read" => SocketCall::Read(name()),
        "reader" => SocketCall::Reader(name()),
        "shut" => SocketCall::Shutdown(name(), Shutdown::Write),
        "close" => SocketCall::Close(name()),
        "linger0" => SocketCall::Set(name(), SocketOption::Linger(Some(Duration::ZERO))),
        "linger" => {
            let span = Duration::from_secs(number(3).into());
            SocketCall::Set(name(), SocketOption::Linger(Some(span)))
        }
        "sndbuf" => SocketCall::Set(name(), SocketOption::SendBuffer(number(3))),
        "ka" => SocketCall::Set(name(), SocketOption::KeepAlive(Some(probing(&number)))),
        "utimeout" => {
            let span = Duration::from_millis(number(3).into());
            SocketCall::Set(name(), SocketOption::UserTimeout(span))
        }
        "info" => SocketCall::TakeError(name()),
        other => panic!("unknown call {other}"),
    };
    TimedCall {
        at: (at >= 0.0).then(|| Duration::from_secs_f64(at)),
        call,
    }
}

fn probing(number: &dyn Fn(usize) -> u32) -> KeepAlive {
    KeepAlive {
        idle: Duration::from_secs(number(3).into()),
        interval: Duration::from_secs(number(4).into()),
        count: u8::try_from(number(5)).expect("few"),
    }
}
