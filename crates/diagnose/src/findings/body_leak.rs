//! `body-leak`: a body that nobody reads to its end or closes keeps its connection, and its place among those allowed.
//!
//! Said of each request that waited for a connection until its time was over while leaked bodies held all there were, and once of each
//! client program that leaks. Without a limit of connections nobody waits; the connections are lost all the same.
//! Facts: runtimes §1.7; ground-truth §6 (with Client.Timeout the leak heals itself). Recorded: 06, 06b.

use super::caller_timeout::firing;
use crate::evidence::Steps;
use crate::finding::{Evidence, EvidenceRole, Finding, FindingKind, Found, Root, Severity};
use crate::reading::Reading;
use crate::remedy::{despite_leaks, read_bodies};
use crate::report::RequestReport;
use crate::text::{Text, count};
use crate::times::span;
use litemap::LiteMap;
use std::time::Duration;
use whyeof_trace::{
    BodyLeft, Event, Evicted, Failure, FlowId, PoolEvent, ProgramId, Record, RecordId,
    RequestEvent, RequestId, Setting, TimerEvent, Value,
};

/// The kind.
pub(super) static KIND: FindingKind = FindingKind {
    code: "body-leak",
    title: Text::new(
        "Bodies never closed keep their connections",
        "Body 没关，连接漏了",
    ),
    #[cfg(feature = "manual")]
    manual: Text::new(
        "A response's body that is neither read to its end nor closed keeps its connection: it is never idle again, and it counts against MaxConnsPerHost (Node: maxSockets, maxTotalSockets). When leaked bodies hold all connections that are allowed, the next request waits without a packet on the wire, until its own time is over. In Go, Client.Timeout also runs on leaked bodies and closes their connections; a request without any deadline waits for ever. Without a limit new connections are dialled, and the leaked ones pile up.",
        "响应体既没读完也没关，连接就一直被占着：回不到池里，还占着 MaxConnsPerHost（Node 是 maxSockets、maxTotalSockets）的名额。名额全被漏掉的 Body 占满以后，下一个请求只能干等，一个包也不发，直到自己超时。Go 的 Client.Timeout 也管漏掉的 Body，时间到了会把它们的连接关掉；什么期限都没设的请求就永远等下去。没有连接数上限时会一直新建连接，漏掉的越积越多。",
    ),
    severity: Severity::Failure,
    root: Some(Root::Timer),
    find,
};

/// A body that was left open.
struct Leak {
    request: RequestId,
    left: RecordId,
    /// Its connection is closed after all, before the process ends.
    freed: Option<RecordId>,
}

/// A request that waits for a connection.
struct Wait {
    request: RequestId,
    since: RecordId,
    /// When it had its connection, or its error.
    until: Option<RecordId>,
    /// The leaks that held all connections: when it began to wait, or when it failed. Empty: others were in use too.
    keepers: Vec<usize>,
}

/// A connection of a pool.
struct Open<'a> {
    client: ProgramId,
    /// `web:80`.
    to: &'a str,
    leak: Option<usize>,
}

/// What one pass over the records tells of leaks.
#[derive(Default)]
struct Leaks<'a> {
    open: LiteMap<FlowId, Open<'a>>,
    leaks: Vec<Leak>,
    waits: Vec<Wait>,
    waiting: LiteMap<RequestId, usize>,
}

impl<'a> Leaks<'a> {
    fn of(reading: &Reading<'a>) -> Self {
        let mut leaks = Self::default();
        for record in &reading.trace.records {
            leaks.take(reading, record);
        }
        leaks
    }

    fn take(&mut self, reading: &Reading<'a>, record: &Record) {
        let id = record.id;
        match record.event {
            Event::Pool(PoolEvent::Dial { request, socket }) => {
                let (client, to) = destination(reading, request);
                let leak = None;
                let open = Open { client, to, leak };
                self.open.insert(socket.flow, open);
            }
            Event::Pool(PoolEvent::Wait { request }) => {
                self.waiting.insert(request, self.waits.len());
                self.waits.push(Wait {
                    request,
                    since: id,
                    until: None,
                    keepers: self.keepers(reading, request),
                });
            }
            Event::Pool(PoolEvent::Checkout { request, .. }) => {
                if let Some(wait) = self.waiting.remove(&request) {
                    self.waits[wait].until = Some(id);
                }
            }
            Event::Pool(PoolEvent::Evict { socket, why }) => {
                let open = self.open.remove(&socket.flow);
                if let Some(leak) = open.and_then(|open| open.leak)
                    && why != Evicted::ProcessExit
                {
                    self.leaks[leak].freed = Some(id);
                }
            }
            Event::Request(RequestEvent::BodyLeft {
                request,
                socket,
                left: BodyLeft::Open,
            }) => {
                let leak = Some(self.leaks.len());
                self.leaks.push(Leak {
                    request,
                    left: id,
                    freed: None,
                });
                if let Some(open) = self.open.get_mut(&socket.flow) {
                    open.leak = leak;
                }
            }
            Event::Request(RequestEvent::Failed { request, .. }) => {
                if let Some(wait) = self.waiting.remove(&request) {
                    self.waits[wait].until = Some(id);
                    self.waits[wait].keepers = self.keepers(reading, request);
                }
            }
            _ => {}
        }
    }

    /// The leaks that hold all connections this request could have had; none if one is held by something else. Node's
    /// maxTotalSockets counts those to other servers, too.
    fn keepers(&self, reading: &Reading<'a>, request: RequestId) -> Vec<usize> {
        let (client, to) = destination(reading, request);
        let mine: Vec<_> = self.open.values().filter(|o| o.client == client).collect();
        let there: Vec<_> = mine.iter().filter(|o| o.to == to).copied().collect();
        let rivals = if there.is_empty() { mine } else { there };
        let leaks: Option<Vec<_>> = rivals.iter().map(|o| o.leak).collect();
        leaks.unwrap_or_default()
    }
}

/// Who asks, and of whom.
fn destination<'a>(reading: &Reading<'a>, request: RequestId) -> (ProgramId, &'a str) {
    let trace = reading.trace;
    let asked = &trace.requests[request.index()];
    let url = trace.text(asked.url);
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    (asked.program, rest.split('/').next().unwrap_or(rest))
}

fn find(reading: &Reading<'_>, found: &mut Found) {
    let leaks = |r: &Record| {
        matches!(
            r.event,
            Event::Request(RequestEvent::BodyLeft {
                left: BodyLeft::Open,
                ..
            })
        )
    };
    if !reading.trace.records.iter().any(leaks) {
        return;
    }
    let leaks = Leaks::of(reading);
    for wait in leaks.waits.iter().filter(|w| !w.keepers.is_empty()) {
        let Some(request) = reading.requests.get(&wait.request) else {
            continue;
        };
        let starved = matches!(
            request.failure,
            Some(Failure::TimeoutInQueue | Failure::GaveUp | Failure::Abandoned)
        );
        if starved && wait.until == request.last && !found.explains(request.id) {
            found.add(&KIND, Some(request.id), || {
                starving(reading, request, &leaks, wait)
            });
        }
    }
    let mut clients: LiteMap<ProgramId, Vec<&Leak>> = LiteMap::new();
    for leak in &leaks.leaks {
        let client = reading.trace.requests[leak.request.index()].program;
        clients.entry(client).or_default().push(leak);
    }
    for (client, of_it) in clients.iter() {
        found.add(&KIND, None, || {
            leaking(reading, *client, of_it, &leaks.waits)
        });
    }
}

/// The limit of connections that a client has: name and number.
fn limit<'a>(reading: &Reading<'a>, client: ProgramId) -> Option<(&'a Setting, u64)> {
    const LIMITS: [&str; 3] = ["MaxConnsPerHost", "maxSockets", "maxTotalSockets"];
    let settings = reading.trace.settings.iter();
    let mut mine = settings.filter(|s| s.program == Some(client));
    mine.find_map(|s| match s.value {
        Value::Count(n) if n > 0 && LIMITS.contains(&s.name.as_str()) => Some((s, n)),
        _ => None,
    })
}

/// A request that got no connection.
fn starving(
    reading: &Reading<'_>,
    request: &RequestReport,
    leaks: &Leaks<'_>,
    wait: &Wait,
) -> Finding {
    let (number, method) = (request.number, request.method);
    let keepers: Vec<_> = wait.keepers.iter().map(|k| &leaks.leaks[*k]).collect();
    let client = reading.trace.requests[request.id.index()].program;
    let held = match keepers.len() {
        1 => "The only connection".to_owned(),
        n => format!("The {n} connections"),
    };
    let limit = limit(reading, client).map(|(s, _)| s);
    let (allowed, allowed_zh) = limit.map_or_else(Default::default, |s| {
        (
            format!(" that {} allows", s.name),
            format!("{} 允许的 ", s.name),
        )
    });
    let fired = firing(reading, request);
    let gave = fired.and_then(|r| match r.event {
        Event::Timer(TimerEvent::Fired { setting, .. }) => Some(reading.trace.setting(setting?)),
        _ => None,
    });
    let name = gave.map_or("its time", |s| s.name.as_str());
    let name_zh = gave.map_or("它的时间", |s| s.name.as_str());
    let waited = wait.until.map_or(Duration::ZERO, |until| {
        reading.time(until).since(reading.time(wait.since))
    });
    let mut remedies = read_bodies(reading, keepers.iter().map(|leak| leak.request));
    remedies.extend(despite_leaks(reading, client, waited, limit));
    let waited = span(waited);
    // Others may have held them when the wait began.
    let begun = reading.time(wait.since);
    let changed = keepers.iter().any(|k| reading.time(k.left) > begun);
    let (late, late_zh) = if changed {
        (" in the end", "最后")
    } else {
        ("", "")
    };
    let of = whose(reading, &keepers);
    let bodies = if keepers.len() == 1 { "body" } else { "bodies" };
    Finding {
        code: KIND.code,
        severity: KIND.severity,
        request: Some(request.id),
        title: Text::made(
            format!("Request {number} waited for a connection that a leaked body kept"),
            format!("第 {number} 个请求等不到连接：被漏掉的 Body 占满了"),
        ),
        explanation: Text::made(
            format!(
                "{held}{allowed} belonged{late} to {}, whose {} nobody had read to the end or closed; the {method} waited {waited} for one, without a packet on the wire, until {name} was over.",
                of.en, bodies
            ),
            format!(
                "{allowed_zh}{} 条连接，{late_zh}{}被{}占着：响应体既没读完也没关；{method} 等了 {waited}，一个包也没发出去，直到 {name_zh} 到点。",
                keepers.len(),
                if keepers.len() == 1 { "" } else { "全" },
                of.zh
            ),
        ),
        evidence: starving_steps(reading, request, wait, &keepers, fired.map(|r| r.id)),
        remedies,
    }
}

/// Whose bodies they were: the first few.
fn whose(reading: &Reading<'_>, leaks: &[&Leak]) -> Text {
    let number = |leak: Option<&&Leak>| leak.map_or(0, |leak| reading.number(leak.request));
    Text::requests(leaks.len(), number(leaks.first()), number(leaks.last()))
}

/// Bodies that a proof names one by one.
const NAMED: usize = 4;

fn leak_steps(reading: &Reading<'_>, leaks: &[&Leak], steps: &mut Steps<'_>) {
    for leak in leaks.iter().take(NAMED) {
        let number = reading.number(leak.request);
        steps.add(
            Some(leak.left),
            EvidenceRole::BodyLeft,
            Text::made(
                format!("the caller of request {number} had its head and left the body as it was: the connection stays with it"),
                format!("第 {number} 个请求的调用方拿到响应头就不管响应体了，连接一直被它占着"),
            ),
        );
    }
}

fn starving_steps(
    reading: &Reading<'_>,
    request: &RequestReport,
    wait: &Wait,
    keepers: &[&Leak],
    fired: Option<RecordId>,
) -> Vec<Evidence> {
    let mut steps = Steps::new(reading);
    leak_steps(reading, keepers, &mut steps);
    steps.add(
        Some(wait.since),
        EvidenceRole::Waited,
        Text::new(
            "the request began to wait: no connection was free, and the pool may have no more",
            "请求开始等连接：没有空闲的，也不许再建",
        ),
    );
    steps.add(
        fired,
        EvidenceRole::TimerFired,
        Text::new("the caller's time was over", "调用方给的时间到了"),
    );
    steps.failed(request);
    steps.in_order()
}

/// A client program that leaks.
fn leaking(reading: &Reading<'_>, client: ProgramId, leaks: &[&Leak], waits: &[Wait]) -> Finding {
    let number = leaks.len();
    let name = &reading.trace.program(client).name;
    let place = match limit(reading, client) {
        Some((s, n)) => Text::made(
            match n {
                1 => format!(", and with it the only place that {} allows", s.name),
                _ => format!(", and with it one of the {n} places of {}", s.name),
            },
            format!("，也占着 {}（{n}）的一个名额", s.name),
        ),
        None => Text::new(
            "; there is no limit, so more are dialled",
            "；没有上限，只好一直新建",
        ),
    };
    let (freed, waited) = (freed(reading, leaks), waited(reading, client, waits));
    let bodies = count(number, "response body");
    let (keeps, keeps_zh) = match number {
        1 => ("it keeps", "它占着"),
        _ => ("each keeps", "每个都占着"),
    };
    let mut steps = Steps::new(reading);
    leak_steps(reading, leaks, &mut steps);
    steps.add(
        leaks[0].freed,
        EvidenceRole::Closed,
        Text::new(
            "the first of these connections was closed after all",
            "其中第一条连接总算关掉了",
        ),
    );
    Finding {
        code: KIND.code,
        severity: Severity::Hidden,
        request: None,
        title: Text::made(
            format!(
                "{bodies} never closed: {} leaked",
                count(number, "connection")
            ),
            format!("{number} 个 Body 没关，漏了 {number} 条连接"),
        ),
        explanation: Text::made(
            format!(
                "{name} left {bodies} neither read to the end nor closed: {keeps} its connection {}{}{}.",
                freed.en, place.en, waited.en
            ),
            format!(
                "{name} 有 {number} 个响应体既没读完也没关：{keeps_zh}一条连接{}；{}{}。",
                place.zh, freed.zh, waited.zh
            ),
        ),
        evidence: steps.in_order(),
        remedies: read_bodies(reading, leaks.iter().map(|leak| leak.request)),
    }
}

/// How long the connections were kept.
fn freed(reading: &Reading<'_>, leaks: &[&Leak]) -> Text {
    let kept = |leak: &&Leak| Some(reading.time(leak.freed?).since(reading.time(leak.left)));
    let longest: Option<Duration> = leaks.iter().filter_map(kept).max();
    let ever = leaks.iter().filter(|leak| leak.freed.is_none()).count();
    match longest.map(span) {
        Some(longest) if ever == 0 => Text::made(
            format!("for up to {longest}"),
            format!("最久的过了 {longest} 才关掉"),
        ),
        None => Text::new("to the very end", "一直占到最后"),
        Some(longest) => Text::made(
            format!("for up to {longest}, {ever} of them to the very end"),
            format!("有的过了 {longest} 才关掉，有 {ever} 条一直占到最后"),
        ),
    }
}

/// Who waited for them, and had a connection in the end or never.
fn waited(reading: &Reading<'_>, client: ProgramId, waits: &[Wait]) -> Text {
    let mine = waits.iter().filter(|wait| {
        let asked = &reading.trace.requests[wait.request.index()];
        asked.program == client && !wait.keepers.is_empty()
    });
    let (mut served, mut longest, mut stuck, mut vain) = (0, Duration::ZERO, 0, 0);
    for wait in mine {
        let Some(until) = wait.until else {
            stuck += 1;
            continue;
        };
        if matches!(reading.trace.record(until).event, Event::Pool(_)) {
            served += 1;
            longest = longest.max(reading.time(until).since(reading.time(wait.since)));
        } else {
            vain += 1;
        }
    }
    let mut text = Text::default();
    if served > 0 {
        let (requests, longest) = (count(served, "request"), span(longest));
        text = Text::made(
            format!(", and {requests} waited for a connection, up to {longest}"),
            format!("，{served} 个请求因此等连接，最久等了 {longest}"),
        );
    }
    if vain > 0 {
        text = Text::made(
            format!("{}, and {} waited in vain", text.en, count(vain, "request")),
            format!("{}，{vain} 个请求到超时也没等到", text.zh),
        );
    }
    if stuck > 0 {
        let wait = if stuck == 1 { "waits" } else { "wait" };
        text = Text::made(
            format!(
                "{}, and {} still {wait} for one",
                text.en,
                count(stuck, "request")
            ),
            format!("{}，还有 {stuck} 个请求到最后也没等到", text.zh),
        );
    }
    text
}
