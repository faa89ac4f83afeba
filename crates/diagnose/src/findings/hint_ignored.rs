//! `hint-ignored`: the server said how long it keeps idle connections, and the client kept one longer.
//!
//! Said once of each client program that got `Keep-Alive: timeout=N`, still had the connection when the server closed it, and made a
//! request later. Node obeys the hint only where its agent has a `timeout` of its own to lower; Go does not read it.
//! Facts: runtimes §2.2 (`keepSocketAlive`), §1 (Transport), §13 (what Node advertises); ground-truth §9. Recorded: 09e.

use crate::ending::ServerEnd;
use crate::evidence::Steps;
use crate::finding::{Evidence, EvidenceRole, Finding, FindingKind, Found, Root, Severity};
use crate::reading::{Attempt, Reading, runtime_name};
use crate::remedy::agent_timeout;
use crate::text::Text;
use crate::times::span;
use litemap::LiteMap;
use std::time::Duration;
use whyeof_trace::{Event, HostId, MessageKind, PoolEvent, ProgramId, RecordId, TimerKind};

/// The kind.
pub(super) static KIND: FindingKind = FindingKind {
    code: "hint-ignored",
    title: Text::new(
        "The server's Keep-Alive hint was ignored",
        "没理会服务器的 Keep-Alive 提示",
    ),
    #[cfg(feature = "manual")]
    manual: Text::new(
        "A server may say how long it keeps an idle connection: Keep-Alive: timeout=5 (Node and Apache do, Go does not). A client that lets go before that never races. Node's http.Agent only lowers a timeout that it has: without the timeout option it ignores the hint and keeps sockets for ever; Node 18 ignores it always, and so does Go. With timeout set, Node 20 and later close a second before the hint. Node's server waits a second longer than it says, so even the hint's last moment is safe.",
        "服务器可以告诉客户端空闲连接留多久：Keep-Alive: timeout=5（Node、Apache 会发，Go 不发）。客户端赶在这之前先关，就不会有竞态。Node 的 http.Agent 只会用它来缩短自己的 timeout：没设 timeout 就不理会，空闲连接一直留着；Node 18 从来不看，Go 也不看。设了 timeout，Node 20 及以后会比提示早一秒关。Node 服务器实际上比自己说的多等一秒，卡着提示的最后一刻也安全。",
    ),
    severity: Severity::Cause,
    root: Some(Root::Timer),
    find,
};

/// A connection that was kept longer than the server had said.
struct Kept {
    /// Seconds of the hint.
    hint: u32,
    end: ServerEnd,
    /// The server's idle timer, set and fired.
    set: RecordId,
    fired: RecordId,
    /// The client put it into its pool.
    parked: RecordId,
}

fn find(reading: &Reading<'_>, found: &mut Found) {
    // The last request of a client to a machine: behind it nobody misses a connection.
    let mut last: LiteMap<(ProgramId, HostId), RecordId> = LiteMap::new();
    let client = |a: &Attempt| reading.trace.requests[a.request.index()].program;
    let server = |a: &Attempt| reading.trace.host_of(a.socket.peer());
    for attempt in &reading.attempts {
        last.insert((client(attempt), server(attempt)), attempt.checkout);
    }
    let mut told: LiteMap<ProgramId, ()> = LiteMap::new();
    for attempt in reading.attempts.iter().filter(|a| a.first_on_connection) {
        let client = client(attempt);
        if told.contains_key(&client) {
            continue;
        }
        if !heeds(reading, client)
            && let Some(kept) = Kept::of(reading, attempt)
            && last
                .get(&(client, server(attempt)))
                .is_some_and(|last| *last > kept.set)
        {
            told.insert(client, ());
            found.add(&KIND, None, || word(reading, client, &kept));
        }
    }
}

/// Whether a client lets hints lower its own limit: Node from 20 on, where its agent has a `timeout` (runtimes §2.2). If it was late
/// all the same, it did not run.
fn heeds(reading: &Reading<'_>, client: ProgramId) -> bool {
    let runtime = &reading.trace.program(client).runtime;
    let reads = runtime.starts_with("node-") && !runtime.starts_with("node-18");
    reads && !has_no_timeout(reading, client)
}

fn has_no_timeout(reading: &Reading<'_>, client: ProgramId) -> bool {
    reading.trace.settings.iter().any(|s| {
        let mine = s.program == Some(client) && s.name == "timeout";
        mine && s.value.duration().is_none_or(|d| d.is_zero())
    })
}

impl Kept {
    fn of(reading: &Reading<'_>, attempt: &Attempt) -> Option<Self> {
        let trace = reading.trace;
        let end = ServerEnd::of(reading, attempt.socket)?;
        let (fired, timer) = end.fired(reading)?;
        if timer.kind != TimerKind::ServerIdle {
            return None;
        }
        let server = attempt.socket.peer();
        let mut messages = trace.messages.iter().rev();
        let response = messages.find(|m| m.kind == MessageKind::Response && m.sender == server)?;
        let hint = hint(trace.text(response.head))?;
        let set = trace.armed_by(fired)?.id;
        let parks = |e: Event| matches!(e, Event::Pool(PoolEvent::Park { .. }));
        let flow = reading.of_flow(attempt.socket.flow);
        let parked = flow.rev().find(|r| parks(r.event) && r.id < end.sent)?.id;
        let idle = reading.time(fired).since(reading.time(set));
        // A FIN that was lost let nobody go.
        end.arrived?;
        let kept = Self {
            hint,
            end,
            set,
            fired,
            parked,
        };
        // Where it was in the pool before the server's time began again, that time is not the one that the hint is about.
        let in_order = set < parked;
        (in_order && idle >= Duration::from_secs(hint.into())).then_some(kept)
    }
}

/// The seconds of `Keep-Alive: timeout=5, max=7`.
fn hint(head: &str) -> Option<u32> {
    let field = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("keep-alive")
            .then(|| value.trim())
    })?;
    let given = field
        .split(',')
        .find_map(|p| p.trim().strip_prefix("timeout="))?;
    given.trim().parse().ok()
}

fn word(reading: &Reading<'_>, client: ProgramId, kept: &Kept) -> Finding {
    let program = reading.trace.program(client);
    let (name, runtime) = (&program.name, runtime_name(&program.runtime));
    let hint = kept.hint;
    let after = span(reading.time(kept.fired).since(reading.time(kept.set)));
    let unset = has_no_timeout(reading, client);
    let why = match runtime {
        "Node" if program.runtime.starts_with("node-18") => {
            Text::new("Node 18 does not read it", " Node 18 不看它")
        }
        "Node" if unset => Text::new(
            "its agent has no timeout that this could lower, so Node ignored it",
            "它的 agent 没设 timeout，没有可缩短的，Node 就没理会",
        ),
        _ => Text::made(
            format!("{runtime} closes no connection because of it"),
            format!(" {runtime} 不会因为它关连接"),
        ),
    };
    Finding {
        code: KIND.code,
        severity: KIND.severity,
        request: None,
        title: Text::made(
            format!("Keep-Alive: timeout={hint} was ignored"),
            format!("没理会 Keep-Alive: timeout={hint}"),
        ),
        explanation: Text::made(
            format!(
                "The server told {name} Keep-Alive: timeout={hint}, but {}: the connection stayed in the pool until the server closed it, {after} after its response.",
                why.en
            ),
            format!(
                "服务器告诉 {name} Keep-Alive: timeout={hint}，可{}：连接一直留在池里，直到服务器在响应 {after} 之后把它关掉。",
                why.zh
            ),
        ),
        evidence: steps(reading, kept),
        remedies: agent_timeout(reading, client, hint),
    }
}

fn steps(reading: &Reading<'_>, kept: &Kept) -> Vec<Evidence> {
    let hint = kept.hint;
    let mut steps = Steps::new(reading);
    steps.add(
        Some(kept.set),
        EvidenceRole::TimerSet,
        Text::made(
            format!("the server had sent its response, with Keep-Alive: timeout={hint}, and started its idle timer"),
            format!("服务器发完响应（带 Keep-Alive: timeout={hint}），开始空闲计时"),
        ),
    );
    steps.add(
        Some(kept.parked),
        EvidenceRole::Parked,
        Text::new(
            "the client put the connection into its pool",
            "客户端把连接放回池里",
        ),
    );
    steps.add(
        Some(kept.fired),
        EvidenceRole::TimerFired,
        Text::new(
            "the server's idle time was over, and the client still kept the connection",
            "服务器的空闲时间到了，客户端还留着这条连接",
        ),
    );
    let (role, words) = kept.end.closed();
    steps.add(Some(kept.end.sent), role, words);
    steps.in_order()
}
