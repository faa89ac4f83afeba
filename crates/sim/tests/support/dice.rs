//! Random plans, all from one number: what failed once fails again.

use super::go_plan;
use std::sync::Arc;
use std::time::Duration;
use whyeof_sim::chance::{Draw, Key, LatencyMode, Who};
use whyeof_sim::http::Deadline;
use whyeof_sim::http::client::ClientConfig;
use whyeof_sim::http::client::pool::Reuse;
use whyeof_sim::http::client::workload::Workload;
use whyeof_sim::http::server::ServerConfig;
use whyeof_sim::kernel::timer_wheel::Hz;
use whyeof_sim::net::fault::{Effect, Match, Place, When};
use whyeof_sim::plan::{
    Busy, FaultPlan, KeepAlive, Path, PathPlan, Plan, ProgramPlan, RolePlan, Ties,
};
use whyeof_sim::target::Target;
use whyeof_trace::{Flags, HostId, Method};

/// A source of numbers: the engine's own draws.
#[derive(Clone, Debug)]
pub struct Dice {
    seed: u64,
    thrown: u64,
}

impl Dice {
    /// The throws of this seed.
    pub const fn new(seed: u64) -> Self {
        Self { seed, thrown: 0 }
    }

    fn key(&mut self) -> Key {
        self.thrown += 1;
        Key {
            seed: self.seed,
            who: Who::default(),
            what: Draw::RequestJitter,
            number: self.thrown,
        }
    }

    /// A number below `bound`.
    pub fn below(&mut self, bound: u32) -> u32 {
        u32::try_from(self.key().below(bound.into())).expect("below a u32")
    }

    /// One of these.
    pub fn one_of<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(u32::try_from(of.len()).expect("few")) as usize]
    }

    /// True once in `n` times.
    pub fn once_in(&mut self, n: u32) -> bool {
        self.below(n) == 0
    }

    /// A span between two, to the microsecond.
    pub fn span(&mut self, least_ms: u32, most_ms: u32) -> Duration {
        let micros = least_ms * 1_000 + self.below((most_ms - least_ms) * 1_000 + 1);
        Duration::from_micros(micros.into())
    }

    fn limit(&mut self) -> Option<Deadline> {
        let after = match self.below(4) {
            0 => return None,
            1 => self.span(1, 100),
            _ => self.span(100, 4_000),
        };
        let setting = None;
        Some(Deadline { after, setting })
    }

    fn at_most(&mut self, most: u32) -> Option<u32> {
        (!self.once_in(2)).then(|| self.below(most + 1))
    }

    fn keep_alive(&mut self) -> Option<KeepAlive> {
        let seconds = |n: u32| Duration::from_secs(u64::from(n) + 1);
        (!self.once_in(3)).then(|| KeepAlive {
            idle: seconds(self.below(20)),
            interval: seconds(self.below(5)),
            count: u8::try_from(self.below(9)).expect("small") + 1,
        })
    }
}

/// A plan: one to three clients, one or two servers, on hosts of their own or on one.
pub fn plan(seed: u64) -> Plan {
    let mut dice = Dice::new(seed);
    let mut plan = go_plan(Vec::new());
    let client = plan.programs.remove(0);
    let server = plan.programs.remove(0);
    let (RolePlan::Client(client_config), RolePlan::Server(server_config)) =
        (client.role.clone(), server.role.clone())
    else {
        panic!("a client and a server")
    };
    for host in &mut plan.hosts {
        host.hz = dice.one_of(&[Hz::Hz250, Hz::Hz1000, Hz::Ideal]);
        host.phase = Duration::from_micros(dice.below(4_000).into());
    }
    let servers = 1 + dice.below(2);
    for n in 0..=dice.below(3) {
        let config = any_client((*client_config).clone(), servers, &mut dice);
        plan.programs.push(ProgramPlan {
            host: HostId(0),
            name: format!("client {n}"),
            role: RolePlan::Client(Arc::new(config)),
            ..client.clone()
        });
    }
    for n in 0..servers {
        let mut config = any_server((*server_config).clone(), &mut dice);
        config.listen = 8_080 + u16::try_from(n).expect("small");
        plan.programs.push(ProgramPlan {
            host: HostId(u16::from(n == 0)),
            name: format!("server {n}"),
            role: RolePlan::Server(Arc::new(config)),
            ..server.clone()
        });
    }
    plan.one_way = match dice.below(4) {
        0 => Duration::ZERO,
        1 => dice.span(0, 2),
        _ => dice.span(0, 100),
    };
    plan.seed = seed;
    plan.latency = dice.one_of(&[LatencyMode::Median, LatencyMode::Sampled]);
    plan.until = dice.span(2_000, 20_000);
    plan.ties = if dice.once_in(3) {
        Ties::Choices(
            (0..200)
                .map(|_| u16::try_from(dice.below(4)).expect("small"))
                .collect(),
        )
    } else {
        Ties::Fifo
    };
    for program in &mut plan.programs {
        program.busy = any_busy(&mut dice).into_iter().collect();
    }
    plan
}

/// The same in bad weather: paths that lose, delay and hold up packets, and faults of every kind.
pub fn stormy(seed: u64) -> Plan {
    let mut plan = plan(seed);
    let mut dice = Dice::new(seed ^ 0x5708_4d1e_0000_0000);
    for (from, to) in [(0, 1), (1, 0)] {
        if dice.once_in(2) {
            let path = Path {
                delay: plan.one_way,
                jitter: dice.span(0, 20),
                loss_ppm: dice.one_of(&[0, 0, 10_000, 50_000, 300_000]),
                bandwidth: dice.one_of(&[None, None, Some(1_000_000), Some(64_000)]),
            };
            plan.paths.push(PathPlan {
                from: HostId(from),
                to: HostId(to),
                path,
            });
        }
    }
    for _ in 0..dice.below(4) {
        let fault = any_fault(&plan, &mut dice);
        plan.faults.push(fault);
    }
    plan
}

fn any_fault(plan: &Plan, dice: &mut Dice) -> FaultPlan {
    let when = match dice.below(4) {
        0 => When::Between(dice.span(0, 3_000), Some(dice.span(3_000, 8_000))),
        1 if !plan.faults.is_empty() => When::After {
            fault: 0,
            start: dice.span(0, 300),
            lasts: Some(dice.span(0, 4_000)),
        },
        _ => When::ALWAYS,
    };
    let timed = when != When::ALWAYS;
    let has = dice.one_of(&[
        Flags::default(),
        Flags::default(),
        Flags::SYN,
        Flags::FIN,
        Flags::RST,
        Flags::PSH,
    ]);
    FaultPlan {
        name: String::new(),
        when,
        packets: Match {
            from: dice.one_of(&[None, Some(HostId(0)), Some(HostId(1))]),
            data: dice.one_of(&[None, None, Some(true), Some(false)]),
            has,
            ..Match::default()
        },
        nth: 1 + dice.below(6),
        // One that hits for ever ends.
        count: (!timed || dice.once_in(2)).then(|| dice.below(5)),
        effect: match dice.below(4) {
            0 => Effect::Delay(dice.span(0, 400)),
            1 => Effect::Duplicate,
            _ => Effect::Drop,
        },
        place: if dice.once_in(5) {
            Place::Output
        } else {
            Place::Link
        },
    }
}

/// One program in eight does not run for a time.
fn any_busy(dice: &mut Dice) -> Option<Busy> {
    let (at, lasts) = (dice.span(0, 15_000), dice.span(0, 2_000));
    dice.once_in(8).then_some(Busy { at, lasts })
}

fn any_client(mut config: ClientConfig, servers: u32, dice: &mut Dice) -> ClientConfig {
    config.pool.reuse = match dice.below(6) {
        0 => Reuse::Never,
        1 => Reuse::Unpooled,
        _ => Reuse::KeepAlive,
    };
    config.pool.max_idle = dice.at_most(3);
    config.pool.max_idle_per_host = dice.at_most(3);
    config.pool.max_per_host = dice.at_most(3).filter(|n| *n > 0);
    config.pool.idle_timeout = dice.limit();
    config.timeout = dice.limit();
    config.keep_alive = dice.keep_alive();
    for _ in 0..=dice.below(3) {
        config.workloads.push(any_workload(servers, dice));
    }
    config
}

fn any_workload(servers: u32, dice: &mut Dice) -> Workload {
    let method = dice.one_of(&[
        Method::Get,
        Method::Post,
        Method::Post,
        Method::Put,
        Method::Head,
    ]);
    // One port in nine has no listener.
    let port = match dice.below(9) {
        0 => 1,
        n => 8_080 + n % servers,
    };
    let mut workload = super::request(method, "/", dice.span(0, 50));
    workload.to = Target::Host(HostId(u16::from(port == 8_080)));
    workload.port = u16::try_from(port).expect("small");
    workload.body = match (method, dice.below(4)) {
        (Method::Get | Method::Head, _) | (_, 0) => 0,
        (_, 1) => dice.below(100_001),
        _ => dice.below(2_000),
    };
    if dice.once_in(4) {
        let key = ("Idempotency-Key".to_owned(), "abc".to_owned());
        workload.headers.push(key);
    }
    // Often together, often about as far apart as the limits are.
    workload.every = Some(match dice.below(3) {
        0 => dice.span(0, 20),
        _ => dice.span(20, 2_500),
    });
    workload.plus = (Duration::ZERO, dice.span(0, 20));
    workload.count = dice.below(12);
    workload
}

fn any_server(mut config: ServerConfig, dice: &mut Dice) -> ServerConfig {
    config.read_header = dice.limit();
    config.read = dice.limit();
    config.write = dice.limit();
    config.idle = dice.limit();
    config.keep_alive = dice.keep_alive();
    config.handler.think = match dice.below(3) {
        0 => Duration::ZERO,
        1 => dice.span(0, 10),
        _ => dice.span(0, 1_500),
    };
    config.handler.body = match dice.below(3) {
        0 => dice.below(100_001),
        _ => dice.below(1_000),
    };
    config
}
