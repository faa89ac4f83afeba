//! Against the idle race: who lets go first.

use super::every_hop::{every_hop, hops};
use super::{Edit, Grade, Remedy, RemedyKind, at_client, option, set, workload_path};
use crate::race::Race;
use crate::reading::{Reading, other_than};
use crate::text::Text;
use crate::times::{exact, span};
use litemap::LiteMap;
use std::time::Duration;
use whyeof_trace::{
    Event, FlowId, Method, PoolEvent, ProgramId, Record, RequestId, Role, Setting, Time,
    TimerEvent, TimerKind, TimerOf, Trace,
};

/// What to change so that this race does not happen again.
pub(crate) fn remedies(reading: &Reading<'_>, race: &Race) -> Vec<Remedy> {
    let cast = Cast::of(reading, race);
    let mut remedies = Vec::new();
    remedies.extend(cast.client_idle());
    remedies.extend(short_connections(cast.trace, cast.client));
    remedies.extend(cast.server_idle());
    remedies.extend(every_hop(&cast));
    if !remedies.is_empty() {
        let note = Text::new(
            "Hides the race: Go then sends the request again by itself. It may run twice, so only where the server drops repeats.",
            "只是盖住竞态：加上以后 Go 会自动重试。请求可能执行两次，服务器能去重才用。",
        );
        remedies.extend(retry(reading, cast.request, note));
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
pub(super) const CLIENT_IDLE: [&str; 5] = [
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
#[derive(Clone, Copy)]
pub(super) struct Cast<'a> {
    pub(super) trace: &'a Trace,
    pub(super) client: ProgramId,
    pub(super) server: Option<ProgramId>,
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
        let client = trace.requests[request.index()].program;
        Self {
            trace,
            client,
            server: reading.server_of(race),
            request,
            timer: race.timer,
            waited: reading.limit_of(race).unwrap_or_default(),
            parks_unused: is_go(trace, client) || trace.records.iter().any(is_unused),
        }
    }

    /// Of a request that met no race: who asked, and whom.
    pub(super) fn between(reading: &Reading<'a>, request: RequestId) -> Option<Self> {
        let trace = reading.trace;
        let socket = reading.last_attempt(request)?.socket;
        let host = trace.host_of(socket.peer());
        let client = trace.requests[request.index()].program;
        Some(Self {
            trace,
            client,
            server: other_than(trace, Role::Client, host),
            request,
            timer: TimerKind::ServerIdle,
            waited: Duration::ZERO,
            parks_unused: is_go(trace, client),
        })
    }

    /// The same of another hop, on which the server's idle timer races.
    pub(super) fn on(&self, client: ProgramId, server: ProgramId) -> Self {
        Self {
            client,
            server: Some(server),
            timer: TimerKind::ServerIdle,
            parks_unused: is_go(self.trace, client),
            ..*self
        }
    }

    /// Whether the client is sure to let go before the server.
    pub(super) fn is_safe(&self) -> bool {
        let client = self.first_of(Some(self.client), &CLIENT_IDLE);
        let client = client.and_then(|option| option.value.duration());
        let server = self.server_limit();
        let below = |limit: Duration| limit.saturating_sub(self.margin(limit));
        match (client, server) {
            (_, None) => true,
            (None, Some(_)) => false,
            (Some(client), Some((_, server))) => !client.is_zero() && client <= below(server),
        }
    }

    /// What makes the hop safe whatever the gap: the client sooner, or the server later than it.
    pub(super) fn safe_ways(&self) -> Vec<Remedy> {
        let all = [self.client_idle(), self.server_idle()];
        let all = all.into_iter().flatten();
        all.filter(|remedy| remedy.grade == Grade::Green).collect()
    }

    /// The settings that decide who goes first.
    pub(super) fn limits(&self) -> Vec<&'a str> {
        let client = self.first_of(Some(self.client), &CLIENT_IDLE);
        let server = SERVER_NEXT
            .iter()
            .filter_map(|name| self.option(self.server, name));
        let limits = client.into_iter().chain(server);
        limits.map(|option| option.path.as_str()).collect()
    }

    /// How much sooner is surely sooner: a tenth less, or two round trips and 20 ms.
    fn margin(&self, limit: Duration) -> Duration {
        (limit / 10).max(2 * self.round_trip() + Duration::from_millis(20))
    }

    /// The longest that the network takes there and back, on whichever of its paths.
    fn round_trip(&self) -> Duration {
        let network = self.trace.settings.iter().filter(|s| s.program.is_none());
        let of = |name: &str| {
            let named = network.clone().filter(|s| s.name == name);
            let all = named.filter_map(|s| s.value.duration());
            all.max().unwrap_or_default()
        };
        of("rtt").max(2 * (of("delay") + of("jitter")))
    }

    fn option(&self, program: Option<ProgramId>, name: &str) -> Option<&'a Setting> {
        option(self.trace, program?, name)
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
    pub(super) fn server_limit(&self) -> Option<(&'static str, Duration)> {
        let limit = |name| Some((name, self.limit(self.server, name)?));
        let first = SERVER_FIRST.into_iter().filter(|_| self.parks_unused);
        let limits = SERVER_NEXT.into_iter().chain(first);
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

    /// The client's idle limit, and a time that is surely below another limit, which begins so [early](Self::early).
    pub(super) fn below(
        &self,
        limit: Duration,
        early: Duration,
    ) -> Option<(&'a Setting, Duration)> {
        let option = self.first_of(Some(self.client), &CLIENT_IDLE)?;
        let limit = limit.saturating_sub(early);
        let value = limit.saturating_sub(self.margin(limit));
        let value = match early {
            Duration::ZERO => whole_millis(value),
            _ => rounded(value),
        };
        // An ALB takes whole seconds only.
        let value = match option.name.as_str() {
            "idle_timeout.timeout_seconds" => Duration::from_secs(value.as_secs()),
            _ => value,
        };
        (!value.is_zero()).then_some((option, value))
    }

    /// Safe iff `limit(c) < limit(s) - RTT - jitter` (runtimes §0), for each server that the client keeps connections to.
    pub(super) fn client_idle(&self) -> Option<Remedy> {
        let (shortest, early) = self.shortest();
        let (which, limit) = shortest.server_limit()?;
        let (option, value) = shortest.below(limit, early)?;
        let (name, written) = (&option.name, exact(value));
        // Where another limit of the server is shorter than the one that raced, it is named.
        let raced = shortest.raced().and_then(|raced| raced.value.duration());
        let limit = if raced == shortest.limit(shortest.server, which) {
            exact(limit)
        } else {
            format!("{} ({which})", exact(limit))
        };
        let server = self.trace.program(shortest.server?).name.as_str();
        let (whose, whose_zh) = match shortest.server == self.server {
            true => ("the server's".to_owned(), "服务器的".to_owned()),
            false => (format!("{server}'s"), format!("{server} 的")),
        };
        let (early, early_zh) = early_words(early);
        Some(Remedy::new(
            RemedyKind::ClientIdle,
            Grade::Green,
            at_client(&format!("{name} = {written}")),
            Text::made(
                format!(
                    "Safe for every gap: the client lets go before {whose} {limit}{early}. After a longer gap it dials anew, one round trip more, and the TIME-WAIT is the client's."
                ),
                format!(
                    "任何间隔都安全：客户端总比{whose_zh} {limit} 先关{early_zh}。空闲更久时重新建连，多一个往返，TIME-WAIT 也留在客户端。"
                ),
            ),
            vec![set(option, value)],
        ))
    }

    /// The hop of this client on which the server closes first, and how [early](Self::early): its pool has one limit for all of them.
    fn shortest(&self) -> (Self, Duration) {
        let hops = hops(self.trace).into_iter();
        let own = hops.filter(|(client, _)| *client == self.client);
        let others = own.filter_map(|(client, server)| Some(self.on(client, server?)));
        let others = others.filter(|hop| hop.server != self.server);
        let all = others.chain([*self]).filter_map(|hop| {
            let (_, limit) = hop.server_limit()?;
            let early = hop.early();
            Some((limit.saturating_sub(early), (hop, early)))
        });
        let first = all.min_by_key(|(limit, _)| *limit);
        first.map_or((*self, Duration::ZERO), |(_, hop)| hop)
    }

    /// How long before the client the server begins to count: an answer takes its time on a narrow way, and the server's timer is set when the last of
    /// it is written. Nothing, where the usual margin has room for it.
    pub(super) fn early(&self) -> Duration {
        let host = |program: ProgramId| self.trace.program(program).host;
        let ends = self.server.map(|server| [host(self.client), host(server)]);
        let mut set: LiteMap<FlowId, Time> = LiteMap::new();
        let mut most = Duration::ZERO;
        for record in &self.trace.records {
            match record.event {
                Event::Timer(TimerEvent::Set { timer, .. })
                    if timer.kind == TimerKind::ServerIdle =>
                {
                    if let TimerOf::Socket(socket) = timer.of {
                        set.insert(socket.flow, record.time);
                    }
                }
                Event::Pool(PoolEvent::Park { socket, .. })
                    if Some(self.trace.flow(socket.flow).hosts) == ends =>
                {
                    let began = set.get(&socket.flow).copied();
                    most = most.max(began.map_or(Duration::ZERO, |began| record.time.since(began)));
                }
                _ => {}
            }
        }
        let limit = self
            .server_limit()
            .map_or(Duration::ZERO, |(_, limit)| limit);
        match most * 2 > self.margin(limit) {
            true => most,
            false => Duration::ZERO,
        }
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
                    "Only moves the window: {left} about {at} still fails, because the client never closes first. And the server holds a socket that much longer for each idle connection."
                ),
                format!(
                    "只是把危险窗口挪开：{left_zh} {at} 左右照样失败，因为客户端从不先关。每条空闲连接占服务器 socket 的时间也更长。"
                ),
            ),
            edits: vec![set(option, value)],
            still_fails: Some(fails),
            proof: None,
            refuted: false,
            costs: None,
            paste: Vec::new(),
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
        Some(Remedy::new(
            RemedyKind::ServerIdle,
            Grade::Green,
            Text::made(
                format!("Server: {names} = {written}"),
                format!("服务器：{names} = {written}"),
            ),
            Text::made(
                format!(
                    "Safe for every gap: the client lets go after {client}, before the server. The server holds a socket for each idle connection until then."
                ),
                format!(
                    "任何间隔都安全：客户端 {client} 就先关，早于服务器。在那之前，每条空闲连接都占着服务器一个 socket。"
                ),
            ),
            raised.iter().map(|s| set(s, value)).collect(),
        ))
    }
}

/// What there is to say about a server whose time begins so early.
fn early_words(early: Duration) -> (String, String) {
    if early.is_zero() {
        return (String::new(), String::new());
    }
    let early = span(early);
    (
        format!(", which begins up to {early} before the answer has arrived"),
        format!("（它从写完响应开始计时，响应最多还要 {early} 才到）"),
    )
}

/// No connection is kept: nothing is left to race for, and nothing that a box could forget.
pub(super) fn short_connections(trace: &Trace, client: ProgramId) -> Option<Remedy> {
    let (option, value) = SHORT
        .into_iter()
        .find_map(|(name, value)| Some((option(trace, client, name)?, value)))?;
    Some(Remedy::new(
        RemedyKind::ShortConnections,
        Grade::Green,
        Text::made(
            format!("Short connections: {} = {value}", option.name),
            format!("改用短连接：{} = {value}", option.name),
        ),
        Text::new(
            "Safe: nothing is reused. Every request pays for a handshake, one round trip more, and leaves a TIME-WAIT.",
            "安全：连接不复用。代价是每个请求都要握手，多一个往返，还留下一个 TIME-WAIT。",
        ),
        vec![Edit {
            path: option.path.clone(),
            value: value.to_owned(),
        }],
    ))
}

/// Go sends a request with an idempotency header again (runtimes §1.6, recorded in 01f-idempotency-key).
pub(crate) fn retry(reading: &Reading<'_>, id: RequestId, note: Text) -> Option<Remedy> {
    let trace = reading.trace;
    let request = &trace.requests[id.index()];
    let replayed = matches!(
        request.method,
        Method::Get | Method::Head | Method::Options | Method::Trace
    );
    if !is_go(trace, request.program) || replayed || reading.has_idempotency_key(id) {
        return None;
    }
    let prefix = workload_path(reading, id)?;
    let name = prefix.rsplit('.').next().unwrap_or_default().to_owned();
    Some(Remedy::new(
        RemedyKind::Retry,
        Grade::Amber,
        Text::new("Retry: Idempotency-Key", "自动重试：Idempotency-Key"),
        note,
        vec![Edit {
            path: format!("{prefix}.headers.Idempotency-Key"),
            value: name,
        }],
    ))
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
    vec![Remedy::new(
        RemedyKind::ClientIdle,
        Grade::Green,
        at_client(&format!("timeout = {written}")),
        Text::made(
            format!(
                "Safe for every gap: the agent lets go a second before the server's hint of {hint} s. After a longer gap it dials anew, one round trip more."
            ),
            format!(
                "任何间隔都安全：agent 比服务器提示的 {hint} s 早一秒关。空闲更久时重新建连，多一个往返。"
            ),
        ),
        vec![set(option, value)],
    )]
}

fn is_go(trace: &Trace, client: ProgramId) -> bool {
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

/// What was measured is no round number: tenths of a second do, below one thousandths.
const fn rounded(span: Duration) -> Duration {
    match span.as_secs() {
        0 => whole_millis(span),
        seconds => Duration::new(seconds, span.subsec_millis() / 100 * 100_000_000),
    }
}

/// Without what is finer than a millisecond.
const fn whole_millis(span: Duration) -> Duration {
    Duration::new(span.as_secs(), span.subsec_millis() * 1_000_000)
}
