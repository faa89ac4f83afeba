//! Scenario, version 1: what the user edits and what links carry.
//!
//! A draft until the first published version; from then on it only gains optional fields. The types mirror
//! the engine's where they are alike, on purpose: the engine may change, links may not break.

use crate::calls::{Call, SOCKETS};
use crate::kind::{Choice, Given, target};
use litemap::LiteMap;
use std::time::Duration;
use whyeof_sim::plan;
use whyeof_trace::{Flags, Method, Text};

/// The version that stands in every scenario.
pub const VERSION: u64 = 1;

/// A whole scenario.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scenario {
    /// What it shows, in a few words; may be empty.
    pub title: String,
    /// Seed of all draws.
    pub seed: u64,
    /// When the run ends.
    pub until: Duration,
    /// Whether wake-ups take their usual time or a drawn one.
    pub latency: Latency,
    /// Who goes first in each tie, from the first on; beyond the last: what was set first.
    pub ties: Vec<u16>,
    /// Programs that send requests.
    pub clients: Vec<Client>,
    /// Programs between them: each answers with what a server behind it says.
    pub proxies: Vec<Proxy>,
    /// Programs that answer them.
    pub servers: Vec<Server>,
    /// Names that stand for several machines.
    pub names: Vec<Name>,
    /// What is special about machines; those that are not listed are ordinary.
    pub hosts: Vec<Host>,
    /// What lies between different machines.
    pub network: Network,
    /// What goes wrong between them.
    pub faults: Vec<Fault>,
    /// What is typed at their shells.
    pub typed: Vec<Typed>,
}

/// A name for several machines, which requests can be sent to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Name {
    /// The name.
    pub name: String,
    /// The machines.
    pub hosts: Vec<String>,
    /// Which comes first.
    pub order: Order,
    /// What is picked for.
    pub pick: Pick,
}

/// Which of several machines comes first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// Each in its turn.
    #[default]
    RoundRobin,
    /// Any.
    Random,
    /// Always the first.
    First,
}

/// What a machine is picked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Pick {
    /// Each request, by the caller.
    #[default]
    Request,
    /// Each connection, by the dialler.
    Connection,
}

/// A program that sends requests.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Client {
    /// Its name, by which paths name it.
    pub name: String,
    /// The machine it runs on; not set: one that has its name.
    pub host: Option<String>,
    /// The profile it follows.
    pub runtime: String,
    /// The runtime's own options.
    pub options: Options,
    /// What it asks for.
    pub requests: Vec<Request>,
    /// When its process ends; not set: with the run.
    pub exit: Option<Duration>,
    /// When it does not run.
    pub busy: Busy,
    /// What a program of socket calls does; of others empty.
    pub calls: Vec<Call>,
}

/// Requests of one kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Its name, by which paths name it; not given: `r1`, `r2` … by position.
    pub name: String,
    /// Host and port.
    pub to: String,
    /// Method.
    pub method: Method,
    /// Path with query.
    pub path: String,
    /// Bytes of the body.
    pub body: u32,
    /// Own header fields.
    pub headers: LiteMap<String, String>,
    /// When the first one starts.
    pub at: Duration,
    /// From one start to the next. Not set: all at once.
    pub every: Option<Duration>,
    /// Drawn per request, except for the first, and added to `every`.
    pub plus: (Duration, Duration),
    /// How many. Not set: one, or with `every` as many as there is time for.
    pub count: Option<u32>,
    /// How the times between two starts are spread.
    pub arrivals: Arrivals,
    /// So many callers, each of which asks again only when it has heard.
    pub workers: Option<u32>,
    /// What the caller does with the response's body.
    pub read: Reading,
    /// The caller's own time for each of them.
    pub deadline: Option<Duration>,
    /// Whether the caller leaves the request alone when that is over, and just stops waiting.
    pub leaves: bool,
    /// Whether the caller destroys the request on the client's `timeout` event.
    pub destroys: bool,
    /// Whether it says `Connection: close`.
    pub close: bool,
    /// The body goes out in pieces.
    pub slow: Slow,
    /// How often the caller tries again after an error.
    pub retry: Retry,
}

/// How the times between two starts are spread.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Arrivals {
    /// All alike.
    #[default]
    Even,
    /// As of many callers who do not know of each other.
    Poisson,
}

/// How often a caller tries again after an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retry {
    /// At most so often.
    pub times: u32,
    /// It waits so long before the first time, and each time twice as long.
    pub after: Duration,
}

/// What a caller does with a response's body.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reading {
    /// Reads it to its end.
    #[default]
    All,
    /// Reads half of it, then closes it.
    Half,
    /// Closes it unread.
    Nothing,
    /// Neither reads nor closes it.
    Leak,
}

/// How a request's body goes out: in pieces, each after a pause, if there is a pause.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slow {
    /// Bytes of a piece.
    pub piece: u32,
    /// Before each piece. Not set: the whole body at once.
    pub pause: Option<Duration>,
}

/// A program that answers requests with what another server says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proxy {
    /// Its name, by which paths name it.
    pub name: String,
    /// The machine it runs on; not set: one that has its name.
    pub host: Option<String>,
    /// Port.
    pub listen: u16,
    /// The profile it follows.
    pub runtime: String,
    /// The server behind it: host and port.
    pub to: String,
    /// The runtime's own options.
    pub options: Options,
}

/// A program that answers requests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server {
    /// Its name, by which paths name it.
    pub name: String,
    /// The machine it runs on; not set: one that has its name.
    pub host: Option<String>,
    /// Port.
    pub listen: u16,
    /// The profile it follows.
    pub runtime: String,
    /// The runtime's own options.
    pub options: Options,
    /// What it does with a request.
    pub handler: Handler,
    /// What it does with requests of certain paths instead.
    pub routes: Vec<Route>,
    /// When it is told to shut down.
    pub shutdown: Option<Duration>,
    /// What it does on SIGTERM: it shuts down, and ends after so long at the latest; not set: its process ends at once.
    pub grace: Option<Duration>,
    /// When its process ends; not set: with the run.
    pub exit: Option<Duration>,
    /// When it does not run.
    pub busy: Busy,
    /// What a program of socket calls does; of others empty. Then port, options and handler are of no use.
    pub calls: Vec<Call>,
}

/// A time in which a program does not run, because its event loop is blocked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Busy {
    /// When it begins; not set: never.
    pub at: Option<Duration>,
    /// How long it lasts.
    pub lasts: Duration,
}

/// What a server does with a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Handler {
    /// How long it thinks.
    pub think: Duration,
    /// Bytes of the response's body.
    pub body: u32,
    /// Whether it reads the request's body.
    pub read: bool,
    /// How it ends.
    pub ends: Ends,
}

/// How a handler ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ends {
    /// It answers.
    #[default]
    Answer,
    /// It answers with `Connection: close`.
    AnswerClose,
    /// It answers, and closes at once without a word.
    AnswerThenClose,
    /// It closes the connection without an answer.
    Close,
    /// It resets it.
    Reset,
    /// It closes in the midst of the response's head.
    CutHead,
    /// It closes in the midst of the response's body.
    CutBody,
}

/// What a server does with the requests of one path.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Route {
    /// Its name, by which paths name it; not given: `h1`, `h2` … by position.
    pub name: String,
    /// Path with query, as requests have it.
    pub path: String,
    /// What it does.
    pub handler: Handler,
}

/// A machine.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Host {
    /// The name that programs call it by.
    pub name: String,
    /// How its kernel counts time.
    pub hz: Hz,
    /// How much of a tick had passed when the run began.
    pub phase: Duration,
    /// Its kernel's knobs.
    pub sysctl: Sysctl,
}

/// A kernel's knobs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sysctl {
    /// Those that the engine knows: it has them by Linux's names and with Linux's defaults, so a list of our own would say
    /// the same again.
    pub kernel: plan::Sysctl,
    /// The first number of `tcp_rmem`; it decides nothing.
    pub tcp_rmem_least: u32,
}

/// What lies between different machines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Network {
    /// There and back.
    pub rtt: Duration,
    /// What is special about single ways; those that are not listed take half of `rtt` and nothing else.
    pub paths: Vec<Path>,
}

/// The way from one machine to another; the way back is another path.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Path {
    /// The sender's machine.
    pub from: String,
    /// The receiver's machine.
    pub to: String,
    /// Time that a packet takes; not set: half of `rtt`.
    pub delay: Option<Duration>,
    /// Up to so much more, drawn for each packet.
    pub jitter: Duration,
    /// Packets lost, in parts per million.
    pub loss: u32,
    /// Bits a second; not set: as many as there are.
    pub bandwidth: Option<u64>,
}

/// Something that goes wrong.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fault {
    /// Its name, by which paths and other faults name it; not given: `f1`, `f2` … by position.
    pub name: String,
    /// When it begins, unless it waits for another.
    pub at: Duration,
    /// What it waits for.
    pub after: Option<After>,
    /// How long it lasts; not set: to the end.
    pub lasts: Option<Duration>,
    /// What happens to the packets.
    pub effect: Effect,
    /// Which packets.
    pub packets: Packets,
}

/// A command typed at a machine's shell.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Typed {
    /// Its name, by which paths name it; not given: `c1`, `c2` … by position.
    pub name: String,
    /// When.
    pub at: Duration,
    /// On which machine.
    pub on: String,
    /// The command, as `sudo iptables -A INPUT -p tcp --dport 80 -j DROP`.
    pub run: String,
    /// How long what it does lasts, where it says how long: a machine that is down, a process that is stopped.
    pub lasts: Option<Duration>,
}

/// A while after another fault first hit a packet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct After {
    /// Its name.
    pub fault: String,
    /// How long after.
    pub start: Duration,
}

/// What happens to packets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Effect {
    /// They are lost.
    #[default]
    Drop,
    /// They take longer.
    Delay,
    /// They arrive twice.
    Duplicate,
    /// Nothing; other faults wait for it.
    Mark,
    /// They are lost where they arrive, and their sender is told.
    Reject,
    /// They pass as long as a box on the way remembers their connection.
    Forget,
}

/// Which packets a fault is about, and what its effect needs to know. What is not set matches everything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Packets {
    /// The connection's number, in the order of the SYNs; 1 is the first.
    pub conn: Option<u32>,
    /// The sender's machine.
    pub from: Option<String>,
    /// The receiver's machine.
    pub to: Option<String>,
    /// A port at either end.
    pub port: Option<u16>,
    /// Control bits that are all set.
    pub has: Flags,
    /// Control bits of which none is set.
    pub lacks: Flags,
    /// Whether it carries data.
    pub data: Option<bool>,
    /// Text in the first line of the message that begins in it.
    pub contains: Option<String>,
    /// From which of the matching packets on; 1 is the first.
    pub nth: u32,
    /// How many at most.
    pub count: Option<u32>,
    /// How much longer they take; of [`Effect::Delay`] only.
    pub by: Duration,
    /// Where they are dropped; of [`Effect::Drop`] only.
    pub place: Place,
    /// How their sender is told; of [`Effect::Reject`] only.
    pub refusal: Refusal,
    /// How long a connection may be idle before it is forgotten; of [`Effect::Forget`] only.
    pub idle: Duration,
    /// What becomes of it then; of [`Effect::Forget`] only.
    pub then: Then,
}

/// What a box on the way does with a connection that it has forgotten.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Then {
    /// Its packets are lost, and nobody is told.
    #[default]
    Drop,
    /// Who sends a packet gets a RST.
    Reset,
    /// Both ends get a RST as it forgets.
    ResetBoth,
    /// It learns of the connection anew from any packet.
    Learn,
}

/// How a sender is told that its packet was thrown away, by the words of `iptables -j REJECT --reject-with`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Refusal {
    /// `icmp-port-unreachable`.
    #[default]
    Port,
    /// `icmp-host-unreachable`.
    Host,
    /// `icmp-net-unreachable`.
    Net,
    /// `icmp-proto-unreachable`.
    Protocol,
    /// `icmp-admin-prohibited`.
    Admin,
    /// `tcp-reset`.
    TcpReset,
}

/// Where a packet is dropped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Place {
    /// Between the machines.
    #[default]
    Link,
    /// In the sender's own OUTPUT chain.
    Output,
}

/// Options of a runtime by their own names; those that are not here are not set.
pub type Options = LiteMap<String, Given>;

/// Whether wake-ups and timers take their usual time or a drawn one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Latency {
    /// The profile's median, every time.
    #[default]
    Median,
    /// Drawn from the profile's spread.
    Sampled,
}

/// How a kernel counts time (CONFIG_HZ).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Hz {
    /// 250 ticks a second: Debian, Ubuntu.
    #[default]
    Hz250,
    /// 1000 ticks a second.
    Hz1000,
    /// Timers fire exactly when asked.
    Ideal,
}

impl Default for Scenario {
    fn default() -> Self {
        Self {
            title: String::new(),
            seed: 1,
            until: Duration::from_secs(60),
            latency: Latency::default(),
            ties: Vec::new(),
            clients: Vec::new(),
            proxies: Vec::new(),
            names: Vec::new(),
            typed: Vec::new(),
            servers: Vec::new(),
            hosts: Vec::new(),
            network: Network::default(),
            faults: Vec::new(),
        }
    }
}

impl Default for Sysctl {
    fn default() -> Self {
        Self {
            kernel: plan::Sysctl::default(),
            tcp_rmem_least: 4_096,
        }
    }
}

impl Default for Network {
    fn default() -> Self {
        Self {
            rtt: Duration::from_millis(10),
            paths: Vec::new(),
        }
    }
}

impl Default for Packets {
    fn default() -> Self {
        Self {
            conn: None,
            from: None,
            to: None,
            port: None,
            has: Flags::default(),
            lacks: Flags::default(),
            data: None,
            contains: None,
            nth: 1,
            count: None,
            by: Duration::ZERO,
            place: Place::default(),
            refusal: Refusal::default(),
            idle: Duration::ZERO,
            then: Then::default(),
        }
    }
}

impl Default for Request {
    fn default() -> Self {
        Self {
            name: String::new(),
            to: String::new(),
            method: Method::Get,
            path: "/".to_owned(),
            body: 0,
            headers: LiteMap::new(),
            at: Duration::ZERO,
            every: None,
            plus: (Duration::ZERO, Duration::ZERO),
            count: None,
            arrivals: Arrivals::default(),
            workers: None,
            read: Reading::default(),
            deadline: None,
            leaves: false,
            destroys: false,
            close: false,
            slow: Slow::default(),
            retry: Retry::default(),
        }
    }
}

impl Request {
    /// A request to this target, and nothing else.
    pub(crate) fn default_to(to: &str) -> Self {
        Self {
            to: to.to_owned(),
            ..Self::default()
        }
    }
}

impl Default for Server {
    fn default() -> Self {
        Self {
            name: String::new(),
            host: None,
            listen: 80,
            runtime: String::new(),
            options: Options::new(),
            handler: Handler::default(),
            routes: Vec::new(),
            shutdown: None,
            grace: None,
            exit: None,
            busy: Busy::default(),
            calls: Vec::new(),
        }
    }
}

impl Default for Busy {
    fn default() -> Self {
        Self {
            at: None,
            lasts: Duration::from_secs(1),
        }
    }
}

impl Default for Handler {
    /// `ok`, at once.
    fn default() -> Self {
        Self {
            think: Duration::ZERO,
            body: 2,
            read: true,
            ends: Ends::default(),
        }
    }
}

impl Default for Retry {
    /// Never; a tenth of a second, if at all.
    fn default() -> Self {
        Self {
            times: 0,
            after: Duration::from_millis(100),
        }
    }
}

impl Default for Slow {
    /// 1 KiB, if in pieces at all.
    fn default() -> Self {
        Self {
            piece: 1_024,
            pause: None,
        }
    }
}

impl Client {
    /// The machine it runs on.
    pub fn host_name(&self) -> &str {
        self.host.as_deref().unwrap_or(&self.name)
    }

    /// Whether it is a program of socket calls.
    pub fn is_sockets(&self) -> bool {
        self.runtime == SOCKETS
    }
}

impl Default for Proxy {
    fn default() -> Self {
        Self {
            name: String::new(),
            host: None,
            listen: 80,
            runtime: String::new(),
            to: String::new(),
            options: Options::new(),
        }
    }
}

impl Proxy {
    /// The machine it runs on.
    pub fn host_name(&self) -> &str {
        self.host.as_deref().unwrap_or(&self.name)
    }
}

impl Server {
    /// The machine it runs on.
    pub fn host_name(&self) -> &str {
        self.host.as_deref().unwrap_or(&self.name)
    }

    /// Whether it is a program of socket calls.
    pub fn is_sockets(&self) -> bool {
        self.runtime == SOCKETS
    }
}

impl Scenario {
    /// The programs on a machine, by name.
    pub fn programs_on(&self, machine: &str) -> Vec<&str> {
        let clients = self.clients.iter().map(|c| (c.host_name(), &c.name));
        let proxies = self.proxies.iter().map(|p| (p.host_name(), &p.name));
        let servers = self.servers.iter().map(|s| (s.host_name(), &s.name));
        let all = clients.chain(proxies).chain(servers);
        let here = all.filter(|(host, _)| *host == machine);
        here.map(|(_, name)| name.as_str()).collect()
    }

    /// The machines that programs run on, in the order clients, proxies, servers: the order of their addresses.
    pub fn machines(&self) -> Vec<&str> {
        let clients = self.clients.iter().map(Client::host_name);
        let proxies = self.proxies.iter().map(Proxy::host_name);
        let servers = self.servers.iter().map(Server::host_name);
        let mut names = Vec::new();
        for name in clients.chain(proxies).chain(servers) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        names
    }

    /// The machine of this name: as listed, or an ordinary one.
    pub fn machine(&self, name: &str) -> Host {
        let listed = self.hosts.iter().find(|host| host.name == name);
        listed.cloned().unwrap_or_else(|| Host {
            name: name.to_owned(),
            ..Host::default()
        })
    }
}

impl Scenario {
    /// The way between two machines: as listed, or an ordinary one.
    pub fn path(&self, from: &str, to: &str) -> Path {
        let mut listed = self.network.paths.iter();
        let listed = listed.find(|path| path.from == from && path.to == to);
        listed.cloned().unwrap_or_else(|| Path {
            from: from.to_owned(),
            to: to.to_owned(),
            ..Path::default()
        })
    }

    /// The ways, between different machines, that packets of this scenario take, each with the way back, and those that are
    /// listed.
    pub fn ways(&self) -> Vec<(&str, &str)> {
        let mut ways = Vec::new();
        let mut add = |from, to| {
            if from != to && !ways.contains(&(from, to)) {
                ways.push((from, to));
            }
        };
        let mut both = |from, (to, _)| {
            for to in self.meant(to) {
                add(from, to);
                add(to, from);
            }
        };
        for client in &self.clients {
            let requests = client.requests.iter().filter_map(|r| target(&r.to));
            let targets = requests.chain(client.calls.iter().filter_map(Call::target));
            targets.for_each(|to| both(client.host_name(), to));
        }
        for proxy in &self.proxies {
            target(&proxy.to)
                .into_iter()
                .for_each(|to| both(proxy.host_name(), to));
        }
        for server in &self.servers {
            let targets = server.calls.iter().filter_map(Call::target);
            targets.for_each(|to| both(server.host_name(), to));
        }
        for path in &self.network.paths {
            add(&path.from, &path.to);
        }
        ways
    }
}

impl Arrivals {
    /// Both, in the order menus show them.
    pub const ALL: [Self; 2] = [Self::Even, Self::Poisson];

    pub(crate) const fn choice(self) -> Choice {
        match self {
            Self::Even => Choice {
                id: "even",
                label: Text::new("at even intervals", "等间隔"),
            },
            Self::Poisson => Choice {
                id: "poisson",
                label: Text::new("at random (Poisson)", "随机（泊松）"),
            },
        }
    }
}

impl Reading {
    /// All of them, in the order menus show them.
    pub const ALL: [Self; 4] = [Self::All, Self::Half, Self::Nothing, Self::Leak];

    pub(crate) const fn choice(self) -> Choice {
        match self {
            Self::All => Choice {
                id: "all",
                label: Text::new("to its end", "读完"),
            },
            Self::Half => Choice {
                id: "half",
                label: Text::new("half, then closes it", "读一半就关闭"),
            },
            Self::Nothing => Choice {
                id: "none",
                label: Text::new("not at all, closes it", "不读，直接关闭"),
            },
            Self::Leak => Choice {
                id: "leak",
                label: Text::new("neither reads nor closes it", "不读也不关闭"),
            },
        }
    }
}

impl Ends {
    /// All of them, in the order menus show them.
    pub const ALL: [Self; 7] = [
        Self::Answer,
        Self::AnswerClose,
        Self::AnswerThenClose,
        Self::Close,
        Self::Reset,
        Self::CutHead,
        Self::CutBody,
    ];

    pub(crate) const fn choice(self) -> Choice {
        match self {
            Self::Answer => Choice {
                id: "answer",
                label: Text::new("answers", "正常响应"),
            },
            Self::AnswerClose => Choice {
                id: "answer-close",
                label: Text::new(
                    "answers with Connection: close",
                    "响应并带上 Connection: close",
                ),
            },
            Self::AnswerThenClose => Choice {
                id: "answer-then-close",
                label: Text::new(
                    "answers, then closes without a word",
                    "响应之后一声不吭就关闭",
                ),
            },
            Self::Close => Choice {
                id: "close",
                label: Text::new("closes without an answer", "不响应，直接关闭连接"),
            },
            Self::Reset => Choice {
                id: "reset",
                label: Text::new("closes with SO_LINGER 0: RST", "以 SO_LINGER 0 关闭：RST"),
            },
            Self::CutHead => Choice {
                id: "cut-head",
                label: Text::new("breaks off in the response's head", "响应头写到一半就断开"),
            },
            Self::CutBody => Choice {
                id: "cut-body",
                label: Text::new("breaks off in the response's body", "响应体写到一半就断开"),
            },
        }
    }
}

impl Latency {
    /// Both, in the order menus show them.
    pub const ALL: [Self; 2] = [Self::Median, Self::Sampled];

    pub(crate) const fn choice(self) -> Choice {
        match self {
            Self::Median => Choice {
                id: "median",
                label: Text::new("usual (median)", "取中位数"),
            },
            Self::Sampled => Choice {
                id: "sampled",
                label: Text::new("drawn", "随机抽取"),
            },
        }
    }
}

impl Hz {
    /// All of them, in the order menus show them.
    pub const ALL: [Self; 3] = [Self::Hz250, Self::Hz1000, Self::Ideal];

    pub(crate) const fn choice(self) -> Choice {
        match self {
            Self::Hz250 => Choice {
                id: "250",
                label: Text::new("250 (Debian, Ubuntu)", "250（Debian、Ubuntu）"),
            },
            Self::Hz1000 => Choice {
                id: "1000",
                label: Text::same("1000"),
            },
            Self::Ideal => Choice {
                id: "ideal",
                label: Text::new("ideal: no rounding", "理想时钟：不取整"),
            },
        }
    }
}
