//! What to change: edits of the scenario, each with the grade that it claims.
//!
//! A grade is a claim made from the settings; `explore` proves it by runs. Option names per runtime stand
//! here, because a remedy must name the option that the reader has to set.

use crate::race::Race;
use crate::reading::Reading;
use crate::report::RequestReport;
use crate::text::Text;
use crate::times::{edit, exact};
use std::time::Duration;
use whyeof_trace::{
    Event, Method, PoolEvent, ProgramId, Record, RequestId, Setting, TimerKind, Trace, Value,
};

/// One thing to change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remedy {
    /// What kind of change it is; remedies come in the order of their kinds.
    pub kind: RemedyKind,
    /// What it claims to reach.
    pub grade: Grade,
    /// What to do, a few words: `Client: IdleConnTimeout = 9 s`.
    pub title: Text,
    /// What it costs, and what it leaves.
    pub note: Text,
    /// The change; empty where there is no scenario to change (a capture).
    pub edits: Vec<Edit>,
    /// For amber: the idle gap that still fails.
    pub still_fails: Option<Duration>,
    /// What runs have shown; see [`Remedy::prove`].
    pub proof: Option<Proof>,
}

/// What kind of change a remedy is, best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RemedyKind {
    /// The client closes idle connections before the server does.
    ClientIdle,
    /// The client's kernel probes idle connections.
    Probes,
    /// Connections are not kept.
    ShortConnections,
    /// The server waits longer.
    ServerIdle,
    /// Callers read responses to their end.
    ReadBodies,
    /// Servers read requests to their end.
    ReadRequests,
    /// The pool keeps more idle connections.
    PoolSize,
    /// The client gives up a connection on which nothing moves.
    Patience,
    /// The client sends the request again: it may run twice.
    Retry,
}

impl RemedyKind {
    /// Whether it is about the race, so that runs with other idle gaps can prove it.
    pub const fn is_about_races(self) -> bool {
        !matches!(
            self,
            Self::ReadBodies | Self::ReadRequests | Self::PoolSize | Self::Patience
        )
    }

    /// As machine-readable reports name it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ClientIdle => "client-idle",
            Self::Probes => "probes",
            Self::ShortConnections => "short-connections",
            Self::ServerIdle => "server-idle",
            Self::ReadBodies => "read-bodies",
            Self::ReadRequests => "read-requests",
            Self::PoolSize => "pool-size",
            Self::Patience => "patience",
            Self::Retry => "retry",
        }
    }
}

/// What a remedy reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Grade {
    /// Safe for every idle gap from 0 to twice the largest timeout.
    Green,
    /// Safe for this traffic only, or at the price of running a request twice.
    Amber,
}

impl Grade {
    /// As machine-readable reports name it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Green => "green",
            Self::Amber => "amber",
        }
    }
}

/// A change of one field of the scenario.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// Path in the scenario: `clients.agent.options.IdleConnTimeout`.
    pub path: String,
    /// The new value as a scenario reads it: `9s`.
    pub value: String,
}

/// What runs have shown of a remedy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    /// The grade that the runs bear out.
    pub grade: Grade,
    /// How many runs.
    pub runs: u32,
    /// The idle gaps that were tried: shortest and longest.
    pub gaps: (Duration, Duration),
    /// The first gap at which the caller got an error.
    pub fails_at: Option<Duration>,
    /// The first gap at which the runtime sent the request again by itself.
    pub replays_at: Option<Duration>,
}

impl Remedy {
    /// Whether both change the same settings for the same purpose, be it to other values: one of them is enough.
    pub fn changes_the_same_as(&self, other: &Self) -> bool {
        let paths = |remedy: &Self| {
            let edits = remedy.edits.iter();
            edits.map(|e| e.path.clone()).collect::<Vec<_>>()
        };
        self.kind == other.kind && paths(self) == paths(other)
    }

    /// Takes what runs have shown in place of what was claimed. A note that the runs contradict is replaced.
    pub fn prove(&mut self, proof: Proof) {
        let as_claimed =
            proof.grade == self.grade && proof.fails_at.is_some() == self.still_fails.is_some();
        if !as_claimed && self.kind != RemedyKind::Retry {
            self.note = shown(&proof);
        }
        self.grade = proof.grade;
        self.still_fails = proof.fails_at;
        self.proof = Some(proof);
    }
}

/// What runs have shown, as the note of a remedy.
fn shown(proof: &Proof) -> Text {
    let (runs, from, to) = (proof.runs, exact(proof.gaps.0), exact(proof.gaps.1));
    match (proof.fails_at.map(exact), proof.replays_at.map(exact)) {
        (Some(gap), _) => Text::made(
            format!("Not enough here: an idle gap of {gap} still fails."),
            format!("在这里还不够：空闲间隔 {gap} 时照样失败。"),
        ),
        (None, Some(gap)) => Text::made(
            format!(
                "Only moves the window: at an idle gap of {gap} the request still has to be sent again."
            ),
            format!("只是把危险窗口挪开：空闲间隔 {gap} 时请求还得重发。"),
        ),
        (None, None) => Text::made(
            format!("Safe in all {runs} runs, with idle gaps from {from} to {to}."),
            format!("空闲间隔从 {from} 到 {to}，跑了 {runs} 次，次次安全。"),
        ),
    }
}

/// What to change so that this race does not happen again.
pub(crate) fn remedies(reading: &Reading<'_>, race: &Race) -> Vec<Remedy> {
    let cast = Cast::of(reading, race);
    let mut remedies = Vec::new();
    remedies.extend(cast.client_idle());
    remedies.extend(cast.short_connections());
    remedies.extend(cast.server_idle());
    if !remedies.is_empty() {
        remedies.extend(cast.retry(reading));
    }
    remedies
}

/// What to change on the server alone.
pub(crate) fn server_remedies(reading: &Reading<'_>, race: &Race) -> Vec<Remedy> {
    Cast::of(reading, race).server_idle().into_iter().collect()
}

/// The options of runtimes that say how long a server lets a connection wait for its next request. Node adds a second to its
/// own; who keeps below it without the second is safe.
const SERVER_NEXT: [&str; 4] = [
    "IdleTimeout",
    "keepAliveTimeout",
    "keepalive_timeout",
    "idle_timeout.timeout_seconds",
];
/// The same for its first request.
const SERVER_FIRST: [&str; 3] = [
    "ReadHeaderTimeout",
    "headersTimeout",
    "client_header_timeout",
];

/// The options of runtimes that say how long a client keeps an idle connection. agentkeepalive has a `timeout` too, for busy
/// ones, so its own stands before that.
const CLIENT_IDLE: [&str; 5] = [
    "IdleConnTimeout",
    "freeSocketTimeout",
    "timeout",
    "upstream.keepalive_timeout",
    "idle_timeout.timeout_seconds",
];

/// What makes clients use a connection once only.
const SHORT: [(&str, &str); 3] = [
    ("DisableKeepAlives", "true"),
    ("keepAlive", "false"),
    ("upstream.keepalive", "0"),
];

/// Who takes part in a race, as the settings name them.
struct Cast<'a> {
    trace: &'a Trace,
    client: ProgramId,
    server: Option<ProgramId>,
    request: RequestId,
    /// The timer that closed: it names the option to raise.
    timer: TimerKind,
    /// How long it ran.
    waited: Duration,
    /// Whether the client puts connections into its pool that no request has used: Go does, and who has done so in this run.
    parks_unused: bool,
}

impl<'a> Cast<'a> {
    fn of(reading: &Reading<'a>, race: &Race) -> Self {
        let trace = reading.trace;
        let request = reading.attempts[race.attempt].request;
        Self {
            trace,
            client: trace.requests[request.index()].program,
            server: reading.server_of(race),
            request,
            timer: race.timer,
            waited: reading.limit_of(race).unwrap_or_default(),
            parks_unused: is_go(trace, request) || trace.records.iter().any(is_unused),
        }
    }

    fn option(&self, program: Option<ProgramId>, name: &str) -> Option<&'a Setting> {
        let program = program?;
        let mut settings = self.trace.settings.iter();
        settings.find(|s| s.program == Some(program) && s.name == name && !s.path.is_empty())
    }

    /// The first of these options that the program has.
    fn first_of(&self, program: Option<ProgramId>, names: &[&str]) -> Option<&'a Setting> {
        names.iter().find_map(|name| self.option(program, name))
    }

    fn limit(&self, program: Option<ProgramId>, name: &str) -> Option<Duration> {
        self.option(program, name)?.value.duration()
    }

    /// The option whose time closes a connection first that waits for a request: also one that was never used
    /// counts, so that a burst does not bring the race back (runtimes §15, act 2).
    fn server_limit(&self) -> Option<(&'static str, Duration)> {
        let limit = |name| Some((name, self.limit(self.server, name)?));
        let limits = SERVER_NEXT.into_iter().chain(SERVER_FIRST);
        let limits = limits.filter_map(limit);
        limits.min_by_key(|(_, limit)| *limit)
    }

    /// The option behind the timer that closed.
    fn raced(&self) -> Option<&'a Setting> {
        match self.timer {
            TimerKind::ServerReadHeader => self.first_of(self.server, &SERVER_FIRST),
            _ => self.first_of(self.server, &SERVER_NEXT),
        }
    }

    /// Safe iff `limit(c) < limit(s) - RTT - jitter` (runtimes §0): a tenth less, or two round trips and 20 ms.
    fn client_idle(&self) -> Option<Remedy> {
        let option = self.first_of(Some(self.client), &CLIENT_IDLE)?;
        let (which, limit) = self.server_limit()?;
        let mut network = self.trace.settings.iter().filter(|s| s.program.is_none());
        let rtt = network
            .find(|s| s.name == "rtt")
            .and_then(|s| s.value.duration());
        let margin = (limit / 10).max(2 * rtt.unwrap_or_default() + Duration::from_millis(20));
        let value = whole_millis(limit.saturating_sub(margin));
        if value.is_zero() {
            return None;
        }
        let (name, written, limit) = (&option.name, exact(value), exact(limit));
        // Where another limit of the server is shorter than the one that raced, it is named.
        let raced = self.raced().and_then(|raced| raced.value.duration());
        let limit = if raced == self.limit(self.server, which) {
            limit
        } else {
            format!("{limit} ({which})")
        };
        Some(Remedy {
            kind: RemedyKind::ClientIdle,
            grade: Grade::Green,
            title: Text::made(
                format!("Client: {name} = {written}"),
                format!("客户端：{name} = {written}"),
            ),
            note: Text::made(
                format!(
                    "Safe for every gap: the client lets go before the server's {limit}. After a longer gap it dials anew, one round trip more."
                ),
                format!(
                    "任何间隔都安全：客户端总比服务器的 {limit} 先关。空闲更久时重新建连，多一个往返。"
                ),
            ),
            edits: vec![Edit {
                path: option.path.clone(),
                value: edit(value),
            }],
            still_fails: None,
            proof: None,
        })
    }

    fn short_connections(&self) -> Option<Remedy> {
        let (option, value) = SHORT
            .into_iter()
            .find_map(|(name, value)| Some((self.option(Some(self.client), name)?, value)))?;
        Some(Remedy {
            kind: RemedyKind::ShortConnections,
            grade: Grade::Green,
            title: Text::made(
                format!("Short connections: {} = {value}", option.name),
                format!("改用短连接：{} = {value}", option.name),
            ),
            note: Text::new(
                "Safe: nothing is reused. Every request pays for a handshake, one round trip more, and leaves a TIME-WAIT.",
                "安全：连接不复用。代价是每个请求都要握手，多一个往返，还留下一个 TIME_WAIT。",
            ),
            edits: vec![Edit {
                path: option.path.clone(),
                value: value.to_owned(),
            }],
            still_fails: None,
            proof: None,
        })
    }

    /// A longer limit moves the window; it is safe only if the client is sure to let go before.
    fn server_idle(&self) -> Option<Remedy> {
        let option = self.raced()?;
        let name = option.name.as_str();
        let limit = option.value.duration()?;
        let client = self.first_of(Some(self.client), &CLIENT_IDLE);
        if let Some(client) = client.and_then(|option| option.value.duration()) {
            return self.server_outlasts(client);
        }
        let value = limit.saturating_mul(3);
        let written = exact(value);
        // What it waits besides, as Node does.
        let fails = value + self.waited.saturating_sub(limit);
        let at = exact(fails);
        let (left, left_zh) = match self.timer {
            TimerKind::ServerReadHeader => {
                ("a connection that stays unused for", "一直没用过、放到")
            }
            _ => ("a gap of", "请求间隔在"),
        };
        Some(Remedy {
            kind: RemedyKind::ServerIdle,
            grade: Grade::Amber,
            title: Text::made(
                format!("Server: {name} = {written}"),
                format!("服务器：{name} = {written}"),
            ),
            note: Text::made(
                format!(
                    "Only moves the window: {left} about {at} still fails, because the client never closes first."
                ),
                format!("只是把危险窗口挪开：{left_zh} {at} 左右照样失败，因为客户端从不先关。"),
            ),
            edits: vec![Edit {
                path: option.path.clone(),
                value: edit(value),
            }],
            still_fails: Some(fails),
            proof: None,
        })
    }

    /// The client has a limit of its own: the server need only wait longer, in every phase of a connection.
    fn server_outlasts(&self, client: Duration) -> Option<Remedy> {
        let value = whole_seconds(client + (client / 3).max(Duration::from_secs(1)));
        let short = |name| {
            let option = self.option(self.server, name);
            option.filter(|s| s.value.duration().is_some_and(|limit| limit < value))
        };
        // A connection that no request has used yet is held to the time for a first request: where this client has such.
        let first = SERVER_FIRST.into_iter().filter(|_| self.parks_unused);
        let limits = SERVER_NEXT.into_iter().chain(first);
        let mut raised: Vec<_> = limits.filter_map(short).collect();
        // Node does not start with a headersTimeout over its requestTimeout.
        if raised.iter().any(|s| s.name == "headersTimeout") {
            raised.extend(short("requestTimeout"));
        }
        if raised.is_empty() {
            return None;
        }
        let names: Vec<_> = raised.iter().map(|s| s.name.as_str()).collect();
        let (names, written, client) = (names.join(" = "), exact(value), exact(client));
        Some(Remedy {
            kind: RemedyKind::ServerIdle,
            grade: Grade::Green,
            title: Text::made(
                format!("Server: {names} = {written}"),
                format!("服务器：{names} = {written}"),
            ),
            note: Text::made(
                format!(
                    "Safe for every gap: the client lets go after {client}, before the server. The server holds a socket for each idle connection until then."
                ),
                format!(
                    "任何间隔都安全：客户端 {client} 就先关，早于服务器。在那之前，每条空闲连接都占着服务器一个 socket。"
                ),
            ),
            edits: raised
                .iter()
                .map(|s| Edit {
                    path: s.path.clone(),
                    value: edit(value),
                })
                .collect(),
            still_fails: None,
            proof: None,
        })
    }

    /// Go sends a request with an idempotency header again (runtimes §1.6, recorded in 01f-idempotency-key).
    fn retry(&self, reading: &Reading<'_>) -> Option<Remedy> {
        let runtime = &self.trace.program(self.client).runtime;
        let replayed = matches!(
            self.trace.requests[self.request.index()].method,
            Method::Get | Method::Head | Method::Options | Method::Trace
        );
        if !runtime.starts_with("go-") || replayed || reading.has_idempotency_key(self.request) {
            return None;
        }
        let prefix = workload_path(reading, self.request)?;
        let name = prefix.rsplit('.').next().unwrap_or_default().to_owned();
        Some(Remedy {
            kind: RemedyKind::Retry,
            grade: Grade::Amber,
            title: Text::new("Retry: Idempotency-Key", "自动重试：Idempotency-Key"),
            note: Text::new(
                "Hides the race: Go then sends the request again by itself. It may run twice, so only where the server drops repeats.",
                "只是盖住竞态：加上以后 Go 会自动重试。请求可能执行两次，服务器能去重才用。",
            ),
            edits: vec![Edit {
                path: format!("{prefix}.headers.Idempotency-Key"),
                value: name,
            }],
            still_fails: None,
            proof: None,
        })
    }
}

/// `clients.agent.requests.upload`: the request was started by the timer of the n-th workload, and a client's
/// workloads have their settings in their order.
fn workload_path(reading: &Reading<'_>, request: RequestId) -> Option<String> {
    let trace = reading.trace;
    let client = trace.requests[request.index()].program;
    let started = reading.requests.get(&request)?.first;
    let number = trace.workload_of(started)?;
    let mut paths: Vec<&str> = Vec::new();
    for setting in &trace.settings {
        let mut parts = setting.path.match_indices('.').map(|(at, _)| at);
        let Some(end) = parts.nth(3) else { continue };
        let path = &setting.path[..end];
        let mine = setting.program == Some(client) && path.contains(".requests.");
        if mine && !paths.contains(&path) {
            paths.push(path);
        }
    }
    paths.get(usize::from(number)).map(|p| (*p).to_owned())
}

/// Callers that read their responses to the end: it gives the connections back (runtimes §1.7).
pub(crate) fn read_bodies(
    reading: &Reading<'_>,
    requests: impl Iterator<Item = RequestId>,
) -> Vec<Remedy> {
    let mut edits: Vec<Edit> = Vec::new();
    for path in requests.filter_map(|request| workload_path(reading, request)) {
        let path = format!("{path}.read");
        if !edits.iter().any(|e| e.path == path) {
            let value = "all".to_owned();
            edits.push(Edit { path, value });
        }
    }
    if edits.is_empty() {
        return Vec::new();
    }
    vec![Remedy {
        kind: RemedyKind::ReadBodies,
        grade: Grade::Green,
        title: Text::new(
            "Client: read response bodies to their end",
            "客户端：把响应体读完",
        ),
        note: Text::new(
            "The connection goes back into the pool, and the next request uses it. The price is the bytes that are read; of a very large body they may cost more than a new connection.",
            "读完以后连接就放回池里，给下一个请求用。代价是要收完这些字节；响应体特别大的时候，可能还不如新建一条连接。",
        ),
        edits,
        still_fails: None,
        proof: None,
    }]
}

/// A server whose handlers read requests to their end: nothing lies unread when it closes.
pub(crate) fn read_requests(reading: &Reading<'_>, request: &RequestReport) -> Vec<Remedy> {
    let server = request.conn.map(|conn| reading.trace.host_of(conn.peer()));
    let leaves = reading.trace.settings.iter().filter(|s| {
        let inside = s.path.starts_with("servers.") && s.path.ends_with(".read");
        inside && server == Some(s.host) && s.value == Value::Switch(false)
    });
    let edit = |s: &Setting| Edit {
        path: s.path.clone(),
        value: "true".to_owned(),
    };
    let edits: Vec<Edit> = leaves.map(edit).collect();
    if edits.is_empty() {
        return Vec::new();
    }
    vec![Remedy {
        kind: RemedyKind::ReadRequests,
        grade: Grade::Green,
        title: Text::new(
            "Server: read requests to their end before answering",
            "服务器：先读完请求再回响应",
        ),
        note: Text::new(
            "Nothing lies unread when the server closes, so it ends with FIN and the client reads its answer. The price is reading what nobody wants; limit its size.",
            "关连接时没有未读的数据，结束用的是 FIN，客户端能读到响应。代价是要收完没人要的数据，记得限制大小。",
        ),
        edits,
        still_fails: None,
        proof: None,
    }]
}

/// A pool that keeps as many connections as a burst has used: to one host and in all.
pub(crate) fn pool_size(
    reading: &Reading<'_>,
    client: ProgramId,
    limit: Option<&Setting>,
    (there, in_all): (u32, u32),
) -> Vec<Remedy> {
    let Some(limit) = limit.filter(|s| !s.path.is_empty()) else {
        return Vec::new();
    };
    let sum = reading.trace.settings.iter().find(|s| {
        let small = matches!(s.value, Value::Count(n) if n > 0 && n < u64::from(in_all));
        s.program == Some(client) && s.name == "MaxIdleConns" && small
    });
    let mut raised = vec![(limit, there)];
    if limit.name == "MaxIdleConns" {
        raised.clear();
    }
    raised.extend(sum.map(|sum| (sum, in_all)));
    let names: Vec<_> = raised
        .iter()
        .map(|(s, n)| format!("{} = {n}", s.name))
        .collect();
    let names = names.join(", ");
    vec![Remedy {
        kind: RemedyKind::PoolSize,
        grade: Grade::Amber,
        title: Text::made(format!("Client: {names}"), format!("客户端：{names}")),
        note: Text::new(
            "Enough for what this run had at once: every connection goes back into the pool. Idle connections cost memory at both ends until somebody's idle timeout closes them.",
            "够这次运行的并发用：每条连接都能放回池里。空闲连接在两端都占内存，直到有一端空闲超时把它关掉。",
        ),
        edits: raised
            .iter()
            .map(|(s, n)| Edit {
                path: s.path.clone(),
                value: n.to_string(),
            })
            .collect(),
        still_fails: None,
        proof: None,
    }]
}

/// A time after which a client closes a connection on which nothing moves: long enough for this run's answers.
pub(crate) fn patience(reading: &Reading<'_>, request: &RequestReport) -> Vec<Remedy> {
    let client = reading.trace.requests[request.id.index()].program;
    let mut settings = reading
        .trace
        .settings
        .iter()
        .filter(|s| s.program == Some(client));
    let unset = |s: &&Setting| s.value.duration().is_none() && !s.path.is_empty();
    let runtime = reading.trace.program(client).runtime.as_str();
    let value = PATIENCE;
    let written = exact(value);
    let mut edits = Vec::new();
    let title = match runtime {
        _ if runtime.starts_with("go-") => {
            let option = settings.find(|s| s.name == "Timeout").filter(unset);
            edits.extend(option.map(|option| (option.path.clone(), edit(value))));
            format!("Timeout = {written}")
        }
        _ if runtime.starts_with("node-") => {
            let option = settings.find(|s| s.name == "timeout");
            let own = option.and_then(|s| s.value.duration()).map(exact);
            let own_value = own.clone();
            edits.extend(
                option
                    .filter(unset)
                    .map(|option| (option.path.clone(), edit(value))),
            );
            let prefix = workload_path(reading, request.id);
            edits.extend(prefix.map(|prefix| (format!("{prefix}.destroy"), "true".to_owned())));
            let limit = own_value.unwrap_or(written);
            format!("timeout = {limit}, req.on('timeout', () => req.destroy())")
        }
        _ => return Vec::new(),
    };
    if edits.is_empty() {
        return Vec::new();
    }
    let edits = edits.into_iter().map(|(path, value)| Edit { path, value });
    vec![Remedy {
        kind: RemedyKind::Patience,
        grade: Grade::Amber,
        title: Text::made(format!("Client: {title}"), format!("客户端：{title}")),
        note: Text::new(
            "The request still fails, but with it goes the connection: the next request dials anew and is served as soon as the network is back. An answer that takes longer fails, too, and its handler has run.",
            "这个请求还是会失败，但连接也跟着关掉：下一个请求重新建连，网络一恢复就能用。代价是慢于这个时限的响应也会失败，而处理函数已经执行。",
        ),
        edits: edits.collect(),
        still_fails: None,
        proof: None,
    }]
}

/// Long for an answer within one site, short for somebody who waits.
const PATIENCE: Duration = Duration::from_secs(5);

/// Below the idle limit of a box on the way: the client lets go of idle connections, or probes them, before the box forgets.
pub(crate) fn below_the_box(
    reading: &Reading<'_>,
    request: &RequestReport,
    limit: Duration,
) -> Vec<Remedy> {
    let client = reading.trace.requests[request.id.index()].program;
    let option = |name: &&str| {
        let mut settings = reading.trace.settings.iter();
        settings.find(|s| s.program == Some(client) && s.name == **name && !s.path.is_empty())
    };
    let under = limit - limit / 10;
    let idle = CLIENT_IDLE.iter().find_map(option);
    let probes = option(&"KeepAlive");
    let lets_go = idle.map(|option| Remedy {
        kind: RemedyKind::ClientIdle,
        grade: Grade::Green,
        title: Text::made(
            format!("Client: {} = {}", option.name, exact(under)),
            format!("客户端：{} = {}", option.name, exact(under)),
        ),
        note: Text::made(
            format!("Safe for every gap: the client closes idle connections before the box forgets them at {}. After a longer gap it dials anew.", exact(limit)),
            format!("任何间隔都安全：中间设备 {} 才忘记，客户端在那之前就关掉空闲连接。空闲更久时重新建连。", exact(limit)),
        ),
        edits: vec![Edit { path: option.path.clone(), value: edit(under) }],
        still_fails: None,
        proof: None,
    });
    let often = Duration::from_secs((limit / 5).as_secs().max(1));
    let probe = probes.map(|option| Remedy {
        kind: RemedyKind::Probes,
        grade: Grade::Green,
        title: Text::made(
            format!("Client: {} = {}", option.name, exact(often)),
            format!("客户端：{} = {}", option.name, exact(often)),
        ),
        note: Text::made(
            format!("Safe for every gap: a probe passes the box every {}, so it never forgets. Each idle connection costs two small packets each time.", exact(often)),
            format!("任何间隔都安全：每 {} 有一个保活探测经过，中间设备就不会忘记。代价是每条空闲连接每次多两个小包。", exact(often)),
        ),
        edits: vec![Edit { path: option.path.clone(), value: edit(often) }],
        still_fails: None,
        proof: None,
    });
    lets_go.into_iter().chain(probe).collect()
}

/// An agent with a timeout a second below the server's hint (runtimes §2.2): Node 18, which does not read hints, needs it
/// as low; with a higher one the others would come to the same.
pub(crate) fn agent_timeout(reading: &Reading<'_>, client: ProgramId, hint: u32) -> Vec<Remedy> {
    let value = Duration::from_secs(u64::from(hint).saturating_sub(1));
    let mut settings = reading.trace.settings.iter();
    let option = settings.find(|s| {
        let unset = s.value.duration().is_none_or(|d| d.is_zero());
        s.program == Some(client) && s.name == "timeout" && unset && !s.path.is_empty()
    });
    let Some(option) = option.filter(|_| !value.is_zero()) else {
        return Vec::new();
    };
    let written = exact(value);
    vec![Remedy {
        kind: RemedyKind::ClientIdle,
        grade: Grade::Green,
        title: Text::made(
            format!("Client: timeout = {written}"),
            format!("客户端：timeout = {written}"),
        ),
        note: Text::made(
            format!(
                "Safe for every gap: the agent lets go a second before the server's hint of {hint} s. After a longer gap it dials anew, one round trip more."
            ),
            format!(
                "任何间隔都安全：agent 比服务器提示的 {hint} s 早一秒关。空闲更久时重新建连，多一个往返。"
            ),
        ),
        edits: vec![Edit {
            path: option.path.clone(),
            value: edit(value),
        }],
        still_fails: None,
        proof: None,
    }]
}

fn is_go(trace: &Trace, request: RequestId) -> bool {
    let client = trace.requests[request.index()].program;
    trace.program(client).runtime.starts_with("go-")
}

fn is_unused(record: &Record) -> bool {
    matches!(
        record.event,
        Event::Pool(PoolEvent::Park { used: false, .. })
    )
}

/// Up to the next whole second.
const fn whole_seconds(span: Duration) -> Duration {
    Duration::from_secs(span.as_secs() + (span.subsec_nanos() > 0) as u64)
}

/// Without what is finer than a millisecond.
const fn whole_millis(span: Duration) -> Duration {
    Duration::new(span.as_secs(), span.subsec_millis() * 1_000_000)
}
