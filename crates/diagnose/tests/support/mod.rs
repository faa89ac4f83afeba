//! Runs and captures that several tests share.
#![allow(dead_code, unreachable_pub, reason = "each test file uses its part")]

use std::fmt::Write as _;
use whyeof_diagnose::{EvidenceRole, Finding, Report, Text, diagnose};
use whyeof_scenario::{Scenario, build, presets};
use whyeof_trace::{Event, HostId, SegmentEvent, Trace, Vantage};

/// Uploads exactly so far apart that the third one meets the FIN, whatever the preset's seed draws: the second leaves
/// before the server's time is over, because the handshake had delayed the first.
pub const THIRD_FAILS: [(&str, &str); 2] = [
    ("clients.agent.requests.upload.every", "10007ms"),
    ("clients.agent.requests.upload.plus", "0ms..0ms"),
];

/// Two uploads without anything drawn; the gap between them is the test's.
pub const PAIR: [(&str, &str); 2] = [
    ("clients.agent.requests.upload.plus", "0ms..0ms"),
    ("clients.agent.requests.upload.count", "2"),
];

/// Edits and more edits; of two of one path the later one holds.
pub fn with<'a>(
    edits: &[(&'a str, &'a str)],
    more: &[(&'a str, &'a str)],
) -> Vec<(&'a str, &'a str)> {
    [edits, more].concat()
}

/// The scenario of a preset with some fields changed: path and text, as `--set` takes them.
pub fn edited(preset: &str, edits: &[(&str, &str)]) -> Scenario {
    let mut scenario = presets::find(preset).expect(preset).scenario();
    let edits = edits.iter().copied();
    whyeof_scenario::apply(&mut scenario, edits).expect("the edits fit");
    scenario
}

/// The trace of a preset with some fields changed.
pub fn run(preset: &str, edits: &[(&str, &str)]) -> Trace {
    let plan = build(&edited(preset, edits)).expect("a preset can be built");
    whyeof_sim::world::run(plan)
}

/// The report on it.
pub fn report(preset: &str, edits: &[(&str, &str)]) -> Report {
    diagnose(&run(preset, edits))
}

/// The codes of a report's findings with the numbers of their requests, from 1.
pub fn codes(report: &Report) -> Vec<String> {
    let code = |f: &Finding| match f.request {
        Some(request) => format!("{} {}", f.code, request.index() + 1),
        None => f.code.to_owned(),
    };
    report.findings.iter().map(code).collect()
}

/// The first finding with this code.
pub fn finding<'a>(report: &'a Report, code: &str) -> &'a Finding {
    let mut findings = report.findings.iter();
    findings.find(|f| f.code == code).expect(code)
}

/// The roles of a finding's steps.
pub fn roles(finding: &Finding) -> Vec<EvidenceRole> {
    finding.evidence.iter().map(|e| e.role).collect()
}

/// What a capture at one host would show of a run: its segments, without causes, settings and programs' doings.
pub fn as_capture(mut trace: Trace, host: HostId) -> Trace {
    let is_segment = |event: &Event| {
        matches!(
            event,
            Event::Segment(SegmentEvent::Sent(_) | SegmentEvent::Arrived(_))
        )
    };
    trace
        .records
        .retain(|r| r.host == host && is_segment(&r.event));
    for (index, record) in trace.records.iter_mut().enumerate() {
        record.id = whyeof_trace::RecordId::from_index(index);
        record.cause = None;
    }
    trace.settings.clear();
    trace.vantage = Vantage::Tap(host);
    trace
}

/// A report as people read it, in one language.
pub fn written(report: &Report, trace: &Trace, pick: fn(&Text) -> &str) -> String {
    let mut out = format!("{}\n", pick(&report.verdict.text));
    if let Some(error) = &report.verdict.error {
        writeln!(out, "  {error}").expect("a string");
    }
    for finding in &report.findings {
        let code = finding.code;
        writeln!(out, "\n[{code}] {}", pick(&finding.title)).expect("a string");
        writeln!(out, "{}", pick(&finding.explanation)).expect("a string");
        for evidence in &finding.evidence {
            assert!(evidence.record.index() < trace.records.len());
            let role = evidence.role.name();
            writeln!(out, "  - {} <{role}>", pick(&evidence.text)).expect("a string");
        }
        for remedy in &finding.remedies {
            let grade = remedy.grade.name();
            writeln!(out, "  {grade}: {}", pick(&remedy.title)).expect("a string");
            writeln!(out, "    {}", pick(&remedy.note)).expect("a string");
            for edit in &remedy.edits {
                writeln!(out, "    {}={}", edit.path, edit.value).expect("a string");
            }
        }
    }
    out
}

/// The trace of a scenario as people write it.
pub fn run_json(text: &str) -> Trace {
    let scenario = Scenario::from_json(text).expect(text);
    whyeof_sim::world::run(build(&scenario).expect(text))
}

/// A Go client and a Go server ten milliseconds apart: the client's options and requests, what else the server has.
pub fn go_pair(options: &str, requests: &str, server: &str) -> String {
    let agent = format!(
        r#"{{"name":"agent","runtime":"go-1.27","options":{{{options}}},"requests":[{requests}]}}"#
    );
    scene(&agent, server)
}

/// Clients, and what a server has besides its name; its runtime is Go's, unless it says otherwise.
pub fn scene(clients: &str, server: &str) -> String {
    let runtime = if server.contains("\"runtime\"") {
        ""
    } else {
        r#","runtime":"go-1.27""#
    };
    let server = format!(r#"{{"name":"web","listen":80{runtime}{server}}}"#);
    format!(r#"{{"version":1,"until":"8s","clients":[{clients}],"servers":[{server}]}}"#)
}

/// A request to that server: method, path, time, and what else it has.
pub fn ask(method: &str, path: &str, at: &str, more: &str) -> String {
    let name = at.replace('.', "-");
    format!(
        r#"{{"to":"web:80","name":"r{name}","method":"{method}","path":"{path}","at":"{at}"{more}}}"#
    )
}
