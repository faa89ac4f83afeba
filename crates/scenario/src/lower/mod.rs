//! From what the user edits to what the engine runs: names become positions, silence becomes values in force.

mod typed;

use crate::calls::{self, Call, Verb};
use crate::check::check;
use crate::faults::FAULT;
use crate::fields::HANDLER_KEY;
use crate::invalid::Invalid;
use crate::kind::{Given, Kind, target};
use crate::profiles::{self, Effective, InForce, Knob};
use crate::rows::{CALLER, HANDLER, Head, NETWORK, PATH, Row, SCHEDULE};
use crate::span::Span;
use crate::sysctl::SYSCTL;
use crate::v1::{
    self, Busy, Client, Fault, Host, Hz, Latency, Options, Path, Proxy, Reading, Request, Scenario,
    Server,
};
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;
use whyeof_sim::http::client::ClientConfig;
use whyeof_sim::http::client::body::Reads;
use whyeof_sim::http::client::resolve::{Chooser, NameConfig, Order};
use whyeof_sim::http::client::workload::{Again, Arrivals, GivesUp, OnTimeout, Workload};
use whyeof_sim::http::proxy::ProxyConfig;
use whyeof_sim::http::server::ServerConfig;
use whyeof_sim::http::server::handler::{self, Ends, Handler, Route};
use whyeof_sim::kernel::timer_wheel;
use whyeof_sim::limits::Limits;
use whyeof_sim::net::fault::{Effect, Match, Place, Refusal, When};
use whyeof_sim::net::link;
use whyeof_sim::net::memory::{Memory, Then};
use whyeof_sim::plan::{
    self, Deadline, FaultPlan, HostPlan, KeepAlive, LatencyMode, PathPlan, Plan, ProgramPlan,
    RolePlan, Sysctl, Ties,
};
use whyeof_sim::sockets::{Ask, Name, SocketCall, SocketsConfig, TimedCall};
use whyeof_sim::target::Target;
use whyeof_sim::tcp::calls::Shutdown;
use whyeof_sim::tcp::options::SocketOption;
use whyeof_trace::time::nanos;
use whyeof_trace::{FlowId, HostId, Origin, ProgramId, Setting, SettingId, Unreachable, Value};

/// Lowers a scenario.
///
/// # Errors
/// The first thing that does not hold; a scenario that was read or edited by this crate always can be built.
pub fn build(scenario: &Scenario) -> Result<Plan, Invalid> {
    lowered(scenario, Settings::default())
}

/// The same without its settings, which are a third of the work: for runs of which nobody reads more than how they ended.
///
/// # Errors
/// As [`build`].
pub fn build_untold(scenario: &Scenario) -> Result<Plan, Invalid> {
    let untold = Settings {
        told: None,
        next: 0,
    };
    lowered(scenario, untold)
}

fn lowered(scenario: &Scenario, settings: Settings) -> Result<Plan, Invalid> {
    check(scenario)?;
    let mut lowering = Lowering {
        machines: scenario.machines(),
        names: &scenario.names,
        programs: Vec::new(),
        settings,
    };
    for client in &scenario.clients {
        lowering.client(client, scenario);
    }
    for proxy in &scenario.proxies {
        lowering.proxy(proxy);
    }
    for server in &scenario.servers {
        lowering.server(server, scenario);
    }
    lowering.rows(&NETWORK, scenario, "", HostId(0), None);
    for host in &scenario.hosts {
        lowering.sysctls(host);
    }
    let paths = scenario.network.paths.iter();
    let paths = paths.map(|path| lowering.path(path, scenario.network.rtt / 2));
    let paths = paths.collect();
    let faults = scenario.faults.iter();
    let faults = faults.map(|fault| lowering.fault(fault, &scenario.faults));
    let faults = faults.collect();
    let commands = scenario.typed.iter();
    let commands = commands.map(|typed| lowering.command(typed, scenario));
    let commands = commands.collect();
    Ok(Plan {
        hosts: hosts(scenario),
        programs: lowering.programs,
        settings: lowering.settings.told.unwrap_or_default(),
        one_way: scenario.network.rtt / 2,
        paths,
        faults,
        commands,
        seed: scenario.seed,
        latency: match scenario.latency {
            Latency::Median => LatencyMode::Median,
            Latency::Sampled => LatencyMode::Sampled,
        },
        ties: match scenario.ties.as_slice() {
            [] => Ties::Fifo,
            choices => Ties::Choices(choices.to_vec()),
        },
        until: scenario.until,
        limits: Limits::default(),
    })
}

/// Machines in the order of their programs, at 10.0.0.1, 10.0.0.2 …
fn hosts(scenario: &Scenario) -> Vec<HostPlan> {
    let names = scenario.machines();
    let numbered = names.into_iter().zip(1u8..);
    numbered
        .map(|(name, number)| {
            let host = scenario.machine(name);
            HostPlan {
                name: host.name,
                address: Ipv4Addr::new(10, 0, 0, number),
                hz: match host.hz {
                    Hz::Hz250 => timer_wheel::Hz::Hz250,
                    Hz::Hz1000 => timer_wheel::Hz::Hz1000,
                    Hz::Ideal => timer_wheel::Hz::Ideal,
                },
                phase: host.phase,
                sysctl: host.sysctl.kernel,
            }
        })
        .collect()
}

/// A plan in the making.
struct Lowering<'a> {
    machines: Vec<&'a str>,
    names: &'a [v1::Name],
    programs: Vec<ProgramPlan>,
    settings: Settings,
}

/// The settings of a plan, which timers name by their numbers.
struct Settings {
    /// `None`: nobody reads them.
    told: Option<Vec<Setting>>,
    /// The number of the next one.
    next: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            told: Some(Vec::new()),
            next: 0,
        }
    }
}

impl Settings {
    /// One more.
    fn push(&mut self, setting: impl FnOnce() -> Setting) {
        self.next += 1;
        if let Some(told) = &mut self.told {
            told.push(setting());
        }
    }
}

impl Lowering<'_> {
    fn client(&mut self, client: &Client, scenario: &Scenario) {
        let host = self.host(client.host_name());
        if client.is_sockets() {
            let role = self.sockets(&client.calls, scenario.machine(client.host_name()));
            self.program(host, (&client.name, &client.runtime), role, client.busy);
            return;
        }
        let path = format!("clients.{}", client.name);
        let Some(profile) = profiles::find(&client.runtime).and_then(|p| p.client.as_ref()) else {
            unreachable!("checked: {} can be a client", client.runtime);
        };
        let options = self.options(profile.options, &client.options, &path, host);
        let program = self.next();
        let mut workloads = Vec::new();
        for request in &client.requests {
            let path = format!("{path}.requests.{}", request.name);
            self.rows(&SCHEDULE, request, &path, host, Some(program));
            let first = self.settings.next;
            self.rows(&CALLER, request, &path, host, Some(program));
            workloads.push(self.workload(request, &client.runtime, scenario.until, first));
        }
        let config = ClientConfig {
            workloads,
            names: self.names(),
            exit: client.exit,
            ..(profile.lower)(&options)
        };
        self.program(
            host,
            (&client.name, &client.runtime),
            RolePlan::Client(Arc::new(config)),
            client.busy,
        );
    }

    fn proxy(&mut self, proxy: &Proxy) {
        let host = self.host(proxy.host_name());
        let path = format!("proxies.{}", proxy.name);
        let Some(profile) = profiles::find(&proxy.runtime).and_then(|p| p.proxy.as_ref()) else {
            unreachable!("checked: {} can be a proxy", proxy.runtime);
        };
        let Some((behind, port)) = target(&proxy.to) else {
            unreachable!("checked: {} is a host and a port", proxy.to);
        };
        let options = self.options(profile.options, &proxy.options, &path, host);
        let made = (profile.lower)(&options);
        let pattern = Workload {
            to: self.target(behind),
            port,
            authority: proxy.to.clone(),
            count: 0,
            ..self.workload(&Request::default_to(&proxy.to), "", Duration::ZERO, 0)
        };
        let server = ServerConfig {
            listen: proxy.listen,
            handler: Handler {
                ends: Ends::Forwards,
                ..Handler::default()
            },
            ..made.server
        };
        let client = ClientConfig {
            workloads: vec![pattern],
            names: self.names(),
            passes_on: true,
            ..made.client
        };
        let config = ProxyConfig {
            server: Arc::new(server),
            client: Arc::new(client),
            bodies: made.bodies,
            on_leave: made.on_leave,
        };
        let role = RolePlan::Proxy(Arc::new(config));
        let names = (proxy.name.as_str(), proxy.runtime.as_str());
        self.program(host, names, role, Busy::default());
    }

    fn server(&mut self, server: &Server, scenario: &Scenario) {
        let host = self.host(server.host_name());
        if server.is_sockets() {
            let role = self.sockets(&server.calls, scenario.machine(server.host_name()));
            self.program(host, (&server.name, &server.runtime), role, server.busy);
            return;
        }
        let path = format!("servers.{}", server.name);
        let Some(profile) = profiles::find(&server.runtime).and_then(|p| p.server.as_ref()) else {
            unreachable!("checked: {} can be a server", server.runtime);
        };
        let options = self.options(profile.options, &server.options, &path, host);
        let program = self.next();
        let inside = format!("{path}.{HANDLER_KEY}");
        self.rows(&HANDLER, &server.handler, &inside, host, Some(program));
        for route in &server.routes {
            let inside = format!("{path}.routes.{}", route.name);
            self.rows(&HANDLER, &route.handler, &inside, host, Some(program));
        }
        let config = ServerConfig {
            listen: server.listen,
            handler: handler(&server.handler),
            routes: server.routes.iter().map(route).collect(),
            shutdown: server.shutdown,
            grace: server.grace,
            exit: server.exit,
            ..(profile.lower)(&options)
        };
        self.program(
            host,
            (&server.name, &server.runtime),
            RolePlan::Server(Arc::new(config)),
            server.busy,
        );
    }

    /// Sockets get numbers in the order in which they are first named.
    fn sockets(&self, calls: &[Call], host: Host) -> RolePlan {
        let mut names: Vec<&str> = Vec::new();
        let (mut timed, mut asks) = (Vec::new(), Vec::new());
        for (at, call) in calls.iter().enumerate() {
            let name = match call.socket() {
                Some(socket) => {
                    let known = names.iter().position(|name| *name == socket);
                    known.unwrap_or_else(|| {
                        names.push(socket);
                        names.len() - 1
                    })
                }
                None => 0,
            };
            // At most 256 calls (check).
            let name = Name(u16::try_from(name).unwrap_or(u16::MAX));
            let call_plan = match ask(call, &calls[..at]) {
                Some(ask) => {
                    asks.push(ask);
                    SocketCall::Ask(name, u16::try_from(asks.len() - 1).unwrap_or(u16::MAX))
                }
                None => self.socket_call(call, name, &host.sysctl.kernel),
            };
            timed.push(TimedCall {
                at: call.at,
                call: call_plan,
            });
        }
        RolePlan::Sockets(Arc::new(SocketsConfig {
            names: u16::try_from(names.len()).unwrap_or(u16::MAX),
            calls: timed,
            asks,
        }))
    }

    fn socket_call(&self, call: &Call, name: Name, sysctl: &Sysctl) -> SocketCall {
        let number = |at: usize| call.number(at);
        let port = |at: usize| number(at).and_then(|port| u16::try_from(port).ok());
        let is_on = number(1) == Some(1);
        match call.verb {
            Verb::Listen => SocketCall::Listen {
                port: port(0).unwrap_or_default(),
                backlog: number(1).unwrap_or(calls::BACKLOG),
            },
            Verb::Unlisten => SocketCall::CloseListener {
                port: port(0).unwrap_or_default(),
            },
            Verb::Accept => SocketCall::Accept(name),
            Verb::Connect => {
                let Some((host, to_port)) = call.target() else {
                    unreachable!("checked: {call} has a target");
                };
                SocketCall::Connect {
                    socket: name,
                    to: self.host(host),
                    port: to_port,
                    local: port(2),
                }
            }
            Verb::Send => SocketCall::Send(name, number(1).unwrap_or_default()),
            // A GET has been made of it (`ask`).
            Verb::Get | Verb::Read => SocketCall::Read(name),
            Verb::Reader => SocketCall::Reader(name),
            Verb::Shut => SocketCall::Shutdown(name, Shutdown::Write),
            Verb::ShutRd => SocketCall::Shutdown(name, Shutdown::Read),
            Verb::ShutRdWr => SocketCall::Shutdown(name, Shutdown::Both),
            Verb::Close => SocketCall::Close(name),
            Verb::Info => SocketCall::TakeError(name),
            Verb::Linger0 => SocketCall::Set(name, SocketOption::Linger(Some(Duration::ZERO))),
            Verb::NoDelay => SocketCall::Set(name, SocketOption::NoDelay(true)),
            Verb::Cork => SocketCall::Set(name, SocketOption::Cork(is_on)),
            Verb::QuickAck => SocketCall::Set(name, SocketOption::QuickAck(is_on)),
            Verb::KeepAlive => {
                let seconds = |at| number(at).map(|n| Duration::from_secs(n.into()));
                let count = number(3).and_then(|count| u8::try_from(count).ok());
                let probing = KeepAlive {
                    idle: seconds(1).unwrap_or(sysctl.tcp_keepalive_time),
                    interval: seconds(2).unwrap_or(sysctl.tcp_keepalive_intvl),
                    count: count.unwrap_or(sysctl.tcp_keepalive_probes),
                };
                SocketCall::Set(name, SocketOption::KeepAlive(Some(probing)))
            }
            Verb::UserTimeout => {
                let span = Duration::from_millis(number(1).unwrap_or_default().into());
                SocketCall::Set(name, SocketOption::UserTimeout(span))
            }
            Verb::LowWater => {
                let bytes = number(1).unwrap_or_default();
                SocketCall::Set(name, SocketOption::ReceiveLowWater(bytes))
            }
        }
    }

    fn program(&mut self, host: HostId, (name, runtime): (&str, &str), role: RolePlan, busy: Busy) {
        self.programs.push(ProgramPlan {
            host,
            name: name.to_owned(),
            runtime: runtime.to_owned(),
            role,
            busy: busy
                .at
                .map(|at| plan::Busy {
                    at,
                    lasts: busy.lasts,
                })
                .into_iter()
                .collect(),
        });
    }

    /// A machine, or one of the names for several.
    fn target(&self, name: &str) -> Target {
        match self.names.iter().position(|several| several.name == name) {
            // At most 16 names (check).
            Some(at) => Target::Name(u16::try_from(at).unwrap_or(u16::MAX)),
            None => Target::Host(self.host(name)),
        }
    }

    /// All names, as clients know them.
    fn names(&self) -> Vec<NameConfig> {
        let several = self.names.iter().map(|several| NameConfig {
            hosts: several
                .hosts
                .iter()
                .map(|host| (self.host(host), host.clone()))
                .collect(),
            order: match several.order {
                v1::Order::RoundRobin => Order::RoundRobin,
                v1::Order::Random => Order::Random,
                v1::Order::First => Order::First,
            },
            chooser: match several.pick {
                v1::Pick::Request => Chooser::Caller,
                v1::Pick::Connection => Chooser::Dialler,
            },
        });
        several.collect()
    }

    /// The program that is lowered now.
    fn next(&self) -> ProgramId {
        // At most 16 programs (check).
        ProgramId(u16::try_from(self.programs.len()).unwrap_or(u16::MAX))
    }

    fn host(&self, name: &str) -> HostId {
        let at = self.machines.iter().position(|machine| *machine == name);
        let at = at.unwrap_or_else(|| unreachable!("checked: {name} is a machine"));
        HostId(u16::try_from(at).unwrap_or(u16::MAX))
    }

    /// Each option of the runtime is a setting, given or not, in the order of its rows.
    fn options(&mut self, rows: &[Knob], given: &Options, path: &str, host: HostId) -> InForce {
        let prefix = format!("{path}.options.");
        let first = self.settings.next;
        let program = Some(self.next());
        let mut options = Vec::new();
        for row in rows {
            let effective = row.effective(rows, given, &prefix);
            options.push((row.name, effective.clone()));
            let Effective { value, origin } = effective;
            self.settings.push(|| Setting {
                host,
                program,
                path: format!("{prefix}{}", row.name),
                name: row.name.to_owned(),
                value,
                origin,
            });
        }
        InForce { options, first }
    }

    /// Our own knobs that a finding may want to change.
    fn rows<T: Default + 'static>(
        &mut self,
        rows: &[Row<T>],
        owner: &T,
        path: &str,
        host: HostId,
        program: Option<ProgramId>,
    ) {
        for row in rows {
            self.settings.push(|| {
                let (given, default) = ((row.get)(owner), row.default());
                Setting {
                    host,
                    program,
                    ..setting(row.head(), given, default, path)
                }
            });
        }
    }

    /// The sysctls of a machine that the scenario sets. All of them for every machine would be more than all other settings
    /// together, and Linux's defaults are no news.
    fn sysctls(&mut self, host: &Host) {
        let path = format!("hosts.{}", host.name);
        for row in &SYSCTL {
            if (row.get)(host) != row.default() {
                let row = std::slice::from_ref(row);
                self.rows(row, host, &path, self.host(&host.name), None);
            }
        }
    }

    /// A path that is not listed is an ordinary one, and said by `network.rtt`.
    fn path(&mut self, path: &Path, one_way: Duration) -> PathPlan {
        let (from, to) = (self.host(&path.from), self.host(&path.to));
        let first = self.settings.next;
        let place = format!("network.paths.{}.{}", path.from, path.to);
        self.rows(&PATH, path, &place, from, None);
        let told = self.settings.told.as_mut();
        if let (None, Some(delay)) = (path.delay, told.and_then(|told| told.get_mut(first))) {
            delay.value = Value::Duration(one_way);
            delay.origin = Origin::Fallback("network.rtt".to_owned());
        }
        PathPlan {
            from,
            to,
            path: link::Path {
                delay: path.delay.unwrap_or(one_way),
                jitter: path.jitter,
                loss_ppm: path.loss,
                bandwidth: path.bandwidth,
            },
        }
    }

    fn fault(&mut self, fault: &Fault, all: &[Fault]) -> FaultPlan {
        let packets = &fault.packets;
        let from = packets.from.as_deref().map(|name| self.host(name));
        let to = packets.to.as_deref().map(|name| self.host(name));
        let place = format!("faults.{}", fault.name);
        let host = from.unwrap_or(HostId(0));
        self.rows(&FAULT, fault, &place, host, None);
        let place = format!("{place}.{}", fault.effect.key());
        self.rows(fault.effect.rows(), packets, &place, host, None);
        let position = |name: &str| all.iter().zip(0..).find(|(fault, _)| fault.name == name);
        let when = match &fault.after {
            Some(after) => When::After {
                // Checked: there is one of this name.
                fault: position(&after.fault).map_or(u16::MAX, |(_, number)| number),
                start: after.start,
                lasts: fault.lasts,
            },
            None => When::Between(fault.at, fault.lasts.map(|span| fault.at + span)),
        };
        FaultPlan {
            name: fault.name.clone(),
            when,
            packets: Match {
                from,
                to,
                flow: packets.conn.map(|number| FlowId(number.saturating_sub(1))),
                port: packets.port,
                has: packets.has,
                lacks: packets.lacks,
                data: packets.data,
                contains: packets.contains.clone(),
            },
            nth: packets.nth,
            count: packets.count,
            effect: match fault.effect {
                v1::Effect::Drop => Effect::Drop,
                v1::Effect::Delay => Effect::Delay(packets.by),
                v1::Effect::Duplicate => Effect::Duplicate,
                v1::Effect::Mark => Effect::Mark,
                v1::Effect::Reject => Effect::Reject(refusal(packets.refusal)),
                v1::Effect::Forget => Effect::Forget(Memory {
                    idle: packets.idle,
                    then: match packets.then {
                        v1::Then::Drop => Then::Drops,
                        v1::Then::Reset => Then::Resets,
                        v1::Then::ResetBoth => Then::ResetsBoth,
                        v1::Then::Learn => Then::Learns,
                    },
                }),
            },
            place: match packets.place {
                v1::Place::Link => Place::Link,
                v1::Place::Output => Place::Output,
            },
        }
    }

    /// `first`: the setting of the first row about the caller.
    fn workload(
        &self,
        request: &Request,
        runtime: &str,
        until: Duration,
        first: usize,
    ) -> Workload {
        let deadline = CALLER.iter().position(|row| row.key == "deadline");
        let setting = deadline.and_then(|at| u16::try_from(first + at).ok());
        let Some((host, port)) = target(&request.to) else {
            unreachable!("checked: {} is a host and a port", request.to);
        };
        let count = request.count.unwrap_or_else(|| repeats(request, until));
        let headers = request.headers.iter();
        Workload {
            to: self.target(host),
            port,
            authority: request.to.clone(),
            method: request.method,
            path: request.path.clone(),
            body: request.body,
            headers: headers
                .map(|(name, value)| (header_name(name, runtime), value.clone()))
                .collect(),
            at: request.at,
            // Without an interval, all at once.
            every: request.every.or((count > 1).then_some(Duration::ZERO)),
            plus: request.plus,
            count,
            arrivals: match request.arrivals {
                v1::Arrivals::Even => Arrivals::Even,
                v1::Arrivals::Poisson => Arrivals::Poisson,
            },
            workers: request.workers,
            pauses: None,
            again: (request.retry.times > 0).then(|| Again {
                most: u16::try_from(request.retry.times).unwrap_or(u16::MAX),
                after: request.retry.after,
            }),
            reads: match request.read {
                Reading::All => Reads::All,
                Reading::Half => Reads::Half,
                Reading::Nothing => Reads::Nothing,
                Reading::Leak => Reads::Leaks,
            },
            give_up: request.deadline.map(|after| Deadline {
                after,
                setting: setting.map(SettingId),
            }),
            gives_up: if request.leaves {
                GivesUp::Leaves
            } else {
                GivesUp::Cancels
            },
            on_timeout: if request.destroys {
                OnTimeout::Destroys
            } else {
                OnTimeout::Nothing
            },
            close: request.close,
            pieces: request.slow.pause.map(|pause| (request.slow.piece, pause)),
        }
    }
}

const fn handler(handler: &v1::Handler) -> Handler {
    Handler {
        think: handler.think,
        body: handler.body,
        reads: if handler.read {
            handler::Reads::All
        } else {
            handler::Reads::Nothing
        },
        ends: match handler.ends {
            v1::Ends::Answer => Ends::Answers,
            v1::Ends::AnswerClose => Ends::AnswersAndCloses,
            v1::Ends::AnswerThenClose => Ends::AnswersThenCloses,
            v1::Ends::Close => Ends::Closes,
            v1::Ends::Reset => Ends::Resets,
            v1::Ends::CutHead => Ends::CutsHead,
            v1::Ends::CutBody => Ends::CutsBody,
        },
    }
}

fn route(route: &v1::Route) -> Route {
    Route {
        path: route.path.clone(),
        handler: handler(&route.handler),
    }
}

/// Of the first host and of no program, until somebody says otherwise.
fn setting(head: Head, given: Option<Given>, default: Option<Given>, path: &str) -> Setting {
    let origin = if given == default {
        Origin::ProfileDefault
    } else {
        Origin::Set
    };
    let dot = if path.is_empty() { "" } else { "." };
    Setting {
        host: HostId(0),
        program: None,
        path: format!("{path}{dot}{}", head.key),
        name: head.key.rsplit('.').next().unwrap_or(head.key).to_owned(),
        value: value(head.kind, given),
        origin,
    }
}

const fn refusal(refusal: v1::Refusal) -> Refusal {
    Refusal::Unreachable(match refusal {
        v1::Refusal::Port => Unreachable::Port,
        v1::Refusal::Host => Unreachable::Host,
        v1::Refusal::Net => Unreachable::Net,
        v1::Refusal::Protocol => Unreachable::Protocol,
        v1::Refusal::Admin => Unreachable::Admin,
        v1::Refusal::TcpReset => return Refusal::TcpReset,
    })
}

/// As many as can start before the end, without what is drawn in addition.
fn repeats(request: &Request, until: Duration) -> u32 {
    const MOST: u32 = 10_000;
    let Some(every) = request.every.filter(|every| !every.is_zero()) else {
        return request.workers.map_or(1, |_| MOST);
    };
    let more = nanos(until.saturating_sub(request.at)) / nanos(every);
    u32::try_from(more)
        .unwrap_or(u32::MAX)
        .saturating_add(1)
        .saturating_mul(request.workers.unwrap_or(1))
        .min(MOST)
}

/// In Go `Header.Set` writes `idempotency-key` as `Idempotency-Key` (net/textproto `CanonicalMIMEHeaderKey`); Node writes a
/// name as it is given.
fn header_name(name: &str, runtime: &str) -> String {
    if runtime.starts_with("go-") {
        canonical_header(name)
    } else {
        name.to_owned()
    }
}

fn canonical_header(name: &str) -> String {
    let mut upper = true;
    name.chars()
        .map(|c| {
            let canonical = if upper {
                c.to_ascii_uppercase()
            } else {
                c.to_ascii_lowercase()
            };
            upper = c == '-';
            canonical
        })
        .collect()
}

fn value(kind: Kind, given: Option<Given>) -> Value {
    match given {
        Some(Given::Count(count)) if let Kind::Whole { unit, .. } = kind => {
            let span = Span::of(count, unit).duration();
            span.map_or(Value::None, Value::Duration)
        }
        Some(Given::Count(count)) if kind == Kind::Bit => Value::Switch(count != 0),
        Some(Given::Span(span)) => span.duration().map_or(Value::None, Value::Duration),
        Some(Given::Count(count)) => u64::try_from(count).map_or(Value::None, Value::Count),
        Some(Given::Switch(on)) => Value::Switch(on),
        // The drawn part of an interval: the most that may be added.
        Some(Given::Spread(_, most)) => Value::Duration(most),
        Some(Given::Word(word)) => kind.chosen(&word).map_or(Value::None, Value::Word),
        Some(Given::Calls(_)) | None => Value::None,
    }
}

/// The GET that a call sends, as the recorded program wrote it (18, 18b).
fn ask(call: &Call, before: &[Call]) -> Option<Ask> {
    let path = call.path()?;
    let (host, port) = call.asks_at(before)?;
    Some(Ask {
        url: format!("http://{host}:{port}{path}"),
        head: format!("GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\n\r\n"),
    })
}
