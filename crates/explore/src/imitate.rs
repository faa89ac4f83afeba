//! A scenario that does what a capture shows: its traffic at its times, with the limits and delays that can be read off the packets.
//!
//! What a capture does not tell is as a runtime does by itself: which runtimes they are is read off the heads, and else taken as Go. Each of the
//! capture's connections is a client of its own, so that requests stay on the connections that they were on. Left out: which packets were lost on
//! the way, besides that nothing came back any more.

use std::time::Duration;
use whyeof_diagnose::capture::{Became, Conversation, Exchange};
use whyeof_diagnose::{Reading, Text};
use whyeof_scenario::span::Span;
use whyeof_scenario::v1::{Client, Ends, Handler, Request, Route};
use whyeof_scenario::{Invalid, Lang, Scenario, set};
use whyeof_trace::{
    FlowId, Message, MessageKind, RecordId, RequestId, Side, SocketId, Time, Trace, Vantage,
};

/// More connections are not imitated: a scenario has 32 clients at most, and a reader sees no more.
pub const MOST_FLOWS: usize = 8;
/// More requests of a connection are not imitated: those before the last ones are left out.
const MOST_REQUESTS: usize = 12;
/// More paths are not told apart.
const MOST_ROUTES: usize = 12;
/// After the last packet the run goes on for so long.
const AFTER: Duration = Duration::from_secs(2);

/// A scenario like a capture.
#[derive(Clone, Debug)]
pub struct Imitated {
    /// The scenario.
    pub scenario: Scenario,
    /// What was read off the packets, and what was taken to be so.
    pub told: Vec<Text>,
}

/// Why a capture is not imitated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotImitated {
    /// There is no HTTP request in it that can be read.
    NoRequest,
    /// What was read does not fit a scenario.
    Invalid(Invalid),
}

impl NotImitated {
    /// In words.
    pub fn say(&self, lang: Lang) -> String {
        match self {
            Self::NoRequest => match lang {
                Lang::En => "expected at least one HTTP request that can be read".to_owned(),
                Lang::Zh => "应至少有一个读得出来的 HTTP 请求".to_owned(),
            },
            Self::Invalid(invalid) => invalid.say(lang),
        }
    }
}

impl From<Invalid> for NotImitated {
    fn from(invalid: Invalid) -> Self {
        Self::Invalid(invalid)
    }
}

/// A scenario that does what the connections of a capture show.
///
/// # Errors
///
/// There is no HTTP request in them; or what was read does not fit a scenario.
pub fn imitate(trace: &Trace, title: &str) -> Result<Imitated, NotImitated> {
    let reading = Reading::of_capture(trace);
    let seen = Seen::new(&reading);
    let talks: Vec<(FlowId, &Conversation)> = seen.talks();
    if talks.is_empty() {
        return Err(NotImitated::NoRequest);
    }
    let mut imitated = Imitated {
        scenario: seen.template()?,
        told: Vec::new(),
    };
    imitated.scenario.title = title.chars().take(120).collect();
    let begin = talks
        .iter()
        .filter_map(|(flow, talk)| seen.opened(*flow, talk))
        .min();
    let begin = begin.unwrap_or_default();
    let client = imitated.scenario.clients.pop().unwrap_or_default();
    for (number, (flow, talk)) in (1..).zip(&talks) {
        let (one, left_out) = seen.client(&client, (number, talks.len()), (*flow, talk), begin);
        imitated.scenario.clients.push(one);
        if left_out > 0 {
            imitated.told.push(Text::made(
                format!("Of connection {number} the first {left_out} requests are left out."),
                format!("第 {number} 条连接最前面的 {left_out} 个请求没有搬过来。"),
            ));
        }
    }
    seen.handlers(&mut imitated);
    seen.limits(&mut imitated)?;
    let until = trace.end.since(begin) + AFTER;
    imitated.scenario.until =
        Duration::from_millis(u64::try_from(until.as_millis()).unwrap_or(u64::MAX));
    // What was read off must hold as if somebody had typed it.
    imitated.scenario = Scenario::from_json(&imitated.scenario.to_json())?;
    Ok(imitated)
}

/// A capture, as it is read for this.
struct Seen<'a> {
    reading: &'a Reading<'a>,
    trace: &'a Trace,
    /// The way there and back, as the handshakes measured it.
    round_trip: Duration,
    at_client: bool,
}

impl<'a> Seen<'a> {
    fn new(reading: &'a Reading<'a>) -> Self {
        let trace = reading.trace;
        let trips = reading
            .captured
            .conversations
            .iter()
            .map(|it| it.round_trip);
        let mut trips: Vec<Duration> = trips.filter(|it| !it.is_zero()).collect();
        trips.sort();
        let tap = match trace.vantage {
            Vantage::Tap(host) => Some(host),
            Vantage::Everywhere => None,
        };
        Self {
            reading,
            trace,
            round_trip: trips.get(trips.len() / 2).copied().unwrap_or_default(),
            at_client: trace.flows.first().map(|it| it.host(Side::Opener)) == tap,
        }
    }

    /// Connections with requests, as many as are imitated.
    fn talks(&self) -> Vec<(FlowId, &'a Conversation)> {
        let all = (0..).map(FlowId).zip(&self.reading.captured.conversations);
        let asked = all.filter(|(_, talk)| talk.exchanges.iter().any(|it| it.request.is_some()));
        asked.take(MOST_FLOWS).collect()
    }

    fn time(&self, record: RecordId) -> Time {
        self.reading.time(record)
    }

    /// A client and a server with one request between them, and what kept the packets.
    fn template(&self) -> Result<Scenario, Invalid> {
        let port = self
            .trace
            .flows
            .first()
            .map_or(80, |it| it.port(Side::Listener))
            .max(1);
        let (client, server) = (self.client_runtime(), self.server_runtime());
        let silence = self.silence().map_or(String::new(), |at| {
            let micros = at.as_micros();
            format!(
                r#","faults":[{{"at":"{micros}us","on":"server","run":"iptables -A INPUT -p tcp --dport {port} -j DROP"}},{{"at":"{micros}us","on":"server","run":"iptables -A OUTPUT -p tcp --sport {port} -j DROP"}}]"#
            )
        });
        let rtt = self.round_trip.as_micros();
        Scenario::from_json(&format!(
            r#"{{"version":1,"clients":[{{"name":"client","host":"client","runtime":"{client}","requests":[{{"to":"server:{port}"}}]}}],"servers":[{{"name":"server","listen":{port},"runtime":"{server}","handler":{{"think":"0ms"}}}}],"network":{{"rtt":"{rtt}us"}}{silence}}}"#
        ))
    }

    /// When nothing came back any more: just before the first request that got no ACK.
    fn silence(&self) -> Option<Duration> {
        let talks = self.talks();
        let begin = talks
            .iter()
            .filter_map(|(flow, talk)| self.opened(*flow, talk))
            .min()?;
        let exchanges = talks.iter().flat_map(|(_, talk)| &talk.exchanges);
        let lost = exchanges.filter(|it| matches!(it.became, Became::Silence { .. }));
        let first = lost.map(|it| self.time(it.sent)).min()?;
        Some(first.since(begin).saturating_sub(Duration::from_millis(1)))
    }

    /// When a connection was asked for.
    fn opened(&self, flow: FlowId, talk: &Conversation) -> Option<Time> {
        let first = self.reading.of_flow(flow).next()?.time;
        match talk.syns {
            Some((syn, _)) => Some(self.time(syn)),
            // It was open before the capture: it is dialled a round trip before its first request.
            None => Some(Time(
                first
                    .nanos()
                    .saturating_sub(whyeof_trace::time::nanos(self.round_trip)),
            )),
        }
    }

    fn head(&self, kind: MessageKind) -> &'a str {
        let first = self.trace.messages.iter().find(|it| it.kind == kind);
        first.map_or("", |it| self.trace.text(it.head))
    }

    fn client_runtime(&self) -> &'static str {
        let head = self.head(MessageKind::Request);
        match field(head, "user-agent") {
            Some(agent) if agent.starts_with("Go-http-client") => "go-1.27",
            // Node's own client sends no name, and says what it wants of the connection.
            None if field(head, "connection").is_some() => "node-26",
            Some(agent)
                if ["node", "undici", "axios", "got"]
                    .iter()
                    .any(|it| agent.starts_with(it)) =>
            {
                "node-26"
            }
            _ => "go-1.27",
        }
    }

    fn server_runtime(&self) -> &'static str {
        let head = self.head(MessageKind::Response);
        match (field(head, "server"), field(head, "keep-alive")) {
            (Some(server), _) if server.starts_with("nginx") => "nginx-1.22",
            (None, Some(_)) => self.node(),
            _ => "go-1.27",
        }
    }

    /// Node closes when it has said so, and since version 26 a second later (runtimes §13: `keepAliveTimeoutBuffer`).
    fn node(&self) -> &'static str {
        match (self.hint(), self.idle_limit()) {
            (Some(hint), Some(limit)) if limit < hint + Duration::from_millis(500) => "node-20",
            _ => "node-26",
        }
    }

    /// `Keep-Alive: timeout=5`.
    fn hint(&self) -> Option<Duration> {
        let said = field(self.head(MessageKind::Response), "keep-alive")?;
        let seconds = said
            .split(',')
            .find_map(|it| it.trim().strip_prefix("timeout="))?;
        Some(Duration::from_secs(seconds.parse::<u32>().ok()?.into()))
    }

    /// How long a connection was idle when the server closed it.
    fn idle_limit(&self) -> Option<Duration> {
        let talks = &self.reading.captured.conversations;
        let closed = talks.iter().filter_map(|it| it.idle_at_close);
        let crossed = talks.iter().flat_map(|it| &it.exchanges).filter_map(|it| {
            let Became::Crossed { fin, .. } = it.became else {
                return None;
            };
            let gap = self.time(fin).since(self.time(it.before?));
            (gap >= Duration::from_millis(100)).then_some(gap)
        });
        let mut all: Vec<Duration> = closed.chain(crossed).collect();
        all.sort();
        all.get(all.len() / 2).map(|gap| rounded(*gap))
    }

    /// A connection as a client with its requests, and how many were left out.
    fn client(
        &self,
        template: &Client,
        (number, of): (usize, usize),
        (flow, talk): (FlowId, &Conversation),
        begin: Time,
    ) -> (Client, usize) {
        let mut client = template.clone();
        if of > 1 {
            client.name = format!("client-{number}");
        }
        let request = client.requests.pop();
        let asked = talk.exchanges.iter().filter(|it| it.request.is_some());
        let asked: Vec<&Exchange> = asked.collect();
        let left_out = asked.len().saturating_sub(MOST_REQUESTS);
        for (turn, exchange) in asked.into_iter().skip(left_out).enumerate() {
            // The first one waited for its connection.
            let at = match turn {
                0 => self.opened(flow, talk).unwrap_or_default(),
                _ => self.time(exchange.sent),
            };
            let micros = whyeof_trace::time::nanos(at.since(begin)) / 1_000;
            let at = Duration::from_micros(micros);
            let one = request
                .as_ref()
                .map(|request| self.request(request, exchange, at));
            client.requests.extend(one.flatten());
        }
        for (number, request) in (1..).zip(&mut client.requests) {
            request.name = format!("r{number}");
        }
        (client, left_out)
    }

    fn request(&self, template: &Request, exchange: &Exchange, at: Duration) -> Option<Request> {
        let of = &self.trace.requests[exchange.request?.index()];
        let path = self.path(exchange.request?);
        let deadline = match exchange.became {
            Became::Left { end, .. } => {
                let waited = self.time(end).since(self.time(exchange.sent));
                Some(rounded(waited)).filter(|it| !it.is_zero())
            }
            _ => None,
        };
        let method = match of.method {
            whyeof_trace::Method::Other => whyeof_trace::Method::Post,
            method => method,
        };
        Some(Request {
            method,
            path,
            body: of.body.min(1 << 20),
            at,
            deadline,
            ..template.clone()
        })
    }

    /// The path of a request: what behind the host stands in its URL.
    fn path(&self, request: RequestId) -> String {
        let url = self.trace.text(self.trace.requests[request.index()].url);
        let path = match url.strip_prefix("http://") {
            Some(rest) => rest.find('/').map_or("/", |at| &rest[at..]),
            None => url,
        };
        let plain = |c: &char| c.is_ascii_graphic() && !matches!(c, '"' | '\\');
        let path: String = path.chars().filter(plain).take(200).collect();
        if path.starts_with('/') {
            path
        } else {
            "/".to_owned()
        }
    }

    /// What the server does with each path, as it did with the last request for it.
    fn handlers(&self, imitated: &mut Imitated) {
        let Some(server) = imitated.scenario.servers.first_mut() else {
            return;
        };
        let talks = self.talks();
        let exchanges = talks.iter().flat_map(|(_, talk)| {
            let later = talk.exchanges.iter().skip(1).map(Some).chain([None]);
            talk.exchanges.iter().zip(later)
        });
        let mut routes: Vec<(String, Handler)> = Vec::new();
        for (exchange, next) in exchanges {
            let Some(request) = exchange.request else {
                continue;
            };
            let path = self.path(request);
            let handler = self.handler(&server.handler, exchange, next);
            match routes.iter_mut().find(|(known, _)| *known == path) {
                // A request that was never handled tells nothing of its handler.
                Some(route) if exchange.is_answered => route.1 = handler,
                None if exchange.is_answered || handler.ends != Ends::Answer => {
                    routes.push((path, handler));
                }
                _ => {}
            }
        }
        if let Some((_, handler)) = routes.first() {
            server.handler = *handler;
        }
        let apart = routes
            .into_iter()
            .filter(|(_, handler)| *handler != server.handler);
        server.routes = (1..)
            .zip(apart.take(MOST_ROUTES))
            .map(|(number, (path, handler))| Route {
                name: format!("h{number}"),
                path,
                handler,
            })
            .collect();
    }

    fn handler(&self, usual: &Handler, exchange: &Exchange, next: Option<&Exchange>) -> Handler {
        let ended = exchange.answer.or(exchange.became.record());
        let took = ended.map(|it| self.time(it).since(self.time(exchange.sent)));
        let on_the_way = if self.at_client {
            self.round_trip
        } else {
            Duration::ZERO
        };
        let think = took.unwrap_or_default().saturating_sub(on_the_way);
        let ends = match exchange.became {
            Became::Closed { whole: true, .. } => Ends::Close,
            Became::Reset { .. } if !self.was_idle(exchange) => Ends::Reset,
            Became::Cut { .. } => Ends::CutBody,
            _ if next.is_some_and(|next| self.follows_at_once(next)) => Ends::AnswerThenClose,
            _ => Ends::Answer,
        };
        let body = exchange
            .request
            .and_then(|it| self.answer(exchange.flow, it));
        Handler {
            think: Duration::from_micros(u64::try_from(think.as_micros()).unwrap_or(0) / 100 * 100),
            body: body.map_or(usual.body, |it| it.body_len.min(100 << 20)),
            ends,
            ..*usual
        }
    }

    /// Whether a request came when this server closes idle connections.
    fn was_idle(&self, exchange: &Exchange) -> bool {
        let (Some(before), Some(limit)) = (exchange.before, self.idle_limit()) else {
            return false;
        };
        let idle = self.time(exchange.sent).since(self.time(before));
        idle.abs_diff(limit) < Duration::from_millis(50)
    }

    /// Whether the server closed right behind the answer before this one.
    fn follows_at_once(&self, next: &Exchange) -> bool {
        let (Became::Crossed { fin, .. }, Some(before)) = (next.became, next.before) else {
            return false;
        };
        self.time(fin).since(self.time(before)) < Duration::from_millis(2)
    }

    fn answer(&self, flow: FlowId, request: RequestId) -> Option<&'a Message> {
        let sender = SocketId {
            flow,
            side: Side::Listener,
        };
        let mut all = self.trace.messages.iter();
        all.find(|it| {
            it.request == request && it.sender == sender && it.kind == MessageKind::Response
        })
    }

    /// The times after which both ends close idle connections.
    fn limits(&self, imitated: &mut Imitated) -> Result<(), Invalid> {
        let scenario = &mut imitated.scenario;
        let server = scenario
            .servers
            .first()
            .map_or("", |it| it.runtime.as_str());
        let (option, limit) = match server {
            "nginx-1.22" => ("keepalive_timeout", self.idle_limit()),
            "go-1.27" => ("IdleTimeout", self.idle_limit()),
            _ => ("keepAliveTimeout", self.hint().or(self.idle_limit())),
        };
        if let Some(limit) = limit {
            let text = Span::from(limit).to_string();
            set(scenario, &format!("servers.server.options.{option}"), &text)?;
            imitated.told.push(Text::made(
                format!("{option} = {text}: read off the server's FINs."),
                format!("{option} = {text}：从服务器的 FIN 读出。"),
            ));
        }
        let left = self
            .reading
            .captured
            .conversations
            .iter()
            .filter_map(|it| it.left_idle)
            .min();
        let client = scenario
            .clients
            .first()
            .map_or("", |it| it.runtime.as_str());
        // Node's agents as they come keep none of theirs so long.
        if let (Some(left), "go-1.27") = (left, client) {
            let text = Span::from(rounded(left)).to_string();
            let names: Vec<String> = scenario.clients.iter().map(|it| it.name.clone()).collect();
            for name in names {
                set(
                    scenario,
                    &format!("clients.{name}.options.IdleConnTimeout"),
                    &text,
                )?;
            }
            imitated.told.push(Text::made(
                format!("IdleConnTimeout = {text}: read off the client's FINs."),
                format!("IdleConnTimeout = {text}：从客户端的 FIN 读出。"),
            ));
        }
        let exchanges = self.reading.captured.exchanges();
        let gone =
            |it: &Exchange| matches!(it.became, Became::Unknown { .. } | Became::Stale { .. });
        if exchanges.filter(|it| gone(it)).count() > 0 {
            imitated.told.push(Text::new(
                "Why the other end no longer knew the connection is not in the packets: that is left out.",
                "对方为什么不认识这条连接了，包里看不出来：没有搬过来。",
            ));
        }
        let (client, server) = (self.client_runtime(), self.server_runtime());
        imitated.told.push(Text::made(
            format!(
                "Simulated as client {client} and server {server}, the nearest to what their heads say; what these do not tell is taken as Go's."
            ),
            format!("按客户端 {client}、服务器 {server} 模拟：取报文头最接近的；看不出的按 Go 算。"),
        ));
        Ok(())
    }
}

/// A limit that somebody set: timers fire late by up to 30 ms, never early, and people set tenths of a second.
fn rounded(span: Duration) -> Duration {
    let millis = u64::try_from(span.as_millis()).unwrap_or(u64::MAX);
    match millis % 100 {
        late @ 0..30 => Duration::from_millis(millis - late),
        _ => Duration::from_millis(millis),
    }
}

/// The value of a field of a head.
fn field<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    let mut fields = head.lines().skip(1).filter_map(|line| line.split_once(':'));
    let found = fields.find(|(key, _)| key.eq_ignore_ascii_case(name))?;
    Some(found.1.trim())
}
