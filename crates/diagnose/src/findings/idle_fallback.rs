//! `idle-fallback`: the server's idle limit was not set, so another of its options closed idle connections.
//!
//! Said when a timer whose setting says [`Origin::Fallback`] closed a used connection in a race. Not said when that
//! timer fired and nobody was hurt, nor when IdleTimeout was set, nor in a capture, which shows no settings.
//! Facts: runtimes §12.1 (Go: IdleTimeout falls back to ReadTimeout), §15; seeds 000.

use crate::finding::{Evidence, Finding, FindingKind, Found, Root, Severity};
use crate::race::{Connection, Race};
use crate::reading::{Reading, runtime_name};
use crate::remedy::server_remedies;
use crate::steps::{Story, value};
use crate::text::Text;
use whyeof_trace::{Origin, SettingId};

/// The kind.
pub(super) static KIND: FindingKind = FindingKind {
    code: "idle-fallback",
    title: Text::new(
        "The idle limit was not set, so another timeout took its place",
        "没设空闲超时，别的超时顶了上来",
    ),
    #[cfg(feature = "manual")]
    manual: Text::new(
        "Go's http.Server uses ReadTimeout as the idle limit when IdleTimeout is not set. Whoever sets ReadTimeout to guard against slow requests thereby also decides how long a kept connection may wait for its next request. A bare http.Server without either never closes an idle connection.",
        "Go 的 http.Server 没设 IdleTimeout 时，拿 ReadTimeout 当空闲超时。设 ReadTimeout 本来是防慢请求的，结果顺带决定了长连接能空闲多久。两个都不设，空闲连接就永远不关。",
    ),
    severity: Severity::Cause,
    root: Some(Root::Timer),
    find,
};

fn find(reading: &Reading<'_>, found: &mut Found) {
    let mut told: Vec<SettingId> = Vec::new();
    for race in &reading.races {
        let Some(id) = race.setting else { continue };
        let setting = reading.trace.setting(id);
        let Origin::Fallback(path) = &setting.origin else {
            continue;
        };
        if race.connection == Connection::Used && !told.contains(&id) {
            told.push(id);
            found.add(&KIND, None, || word(reading, race, &setting.name, path));
        }
    }
}

fn word(reading: &Reading<'_>, race: &Race, name: &str, path: &str) -> Finding {
    let story = Story::of(reading, race);
    let used = path.rsplit('.').next().unwrap_or(path);
    let trace = reading.trace;
    let server = reading.server_of(race);
    let runtime = server.map(|p| runtime_name(&trace.program(p).runtime));
    let (it, it_zh) = (runtime.unwrap_or("it"), runtime.unwrap_or("它"));
    let span = story.setting().map(value).unwrap_or_default();
    let at = story.moment(race.end_sent);
    let records = [race.set, Some(race.fired), Some(race.end_sent)];
    let steps = story.steps().into_iter();
    let evidence: Vec<Evidence> = steps
        .filter(|e| records.contains(&Some(e.record)))
        .collect();
    Finding {
        code: KIND.code,
        severity: KIND.severity,
        request: None,
        title: Text::made(
            format!("{name} is not set, so {used} closes idle connections"),
            format!("没设 {name}，空闲连接由 {used} 来关"),
        ),
        explanation: Text::made(
            format!(
                "The server does not set {name}; {it} then takes {used}, {span}, as the idle limit, and that closed the connection at {at}."
            ),
            format!(
                "服务器没设 {name}，{it_zh} 就拿 {used}（{span}）当空闲超时，在 {at} 关掉了连接。"
            ),
        ),
        evidence,
        remedies: server_remedies(reading, race),
    }
}
