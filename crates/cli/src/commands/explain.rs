//! `whyeof explain`: who failed, why, and what to change.

use crate::args::{ExplainArgs, ExplainFormat};
use crate::failure::Failure;
use crate::input;
use crate::output::{print, print_json};
use serde::Serialize;
use std::fmt::Write;
use std::time::Duration;
use whyeof_diagnose::{Finding, Grade, Proof, Remedy, Report};
use whyeof_explore::advise::{Explained, explain as explain_scenario};
use whyeof_scenario::presets;
use whyeof_scenario::presets::stories::{self, Stories};
use whyeof_scenario::span::Span;
use whyeof_trace::{Lang, Trace};

pub(crate) fn explain(args: &ExplainArgs) -> Result<(), Failure> {
    let scenario = input::scenario(&args.scenario)?;
    let explained = explain_scenario(&scenario).map_err(Failure::input)?;
    match args.format {
        ExplainFormat::Text => {
            let story = story(&args.scenario.scenario, args.lang.lang());
            print(&text(&explained, &story, args.config, args.lang.lang()))
        }
        ExplainFormat::Json => print_json(&json(&explained, args.lang.lang())),
    }
}

pub(super) fn pick<'a>(lang: Lang, en: &'a str, zh: &'a str) -> &'a str {
    match lang {
        Lang::En => en,
        Lang::Zh => zh,
    }
}

/// What a preset tells, if one is explained: what happens, and where the article that it is from errs.
fn story(asked: &str, lang: Lang) -> String {
    let Some(preset) = presets::find(asked) else {
        return String::new();
    };
    let title = preset.title.of(lang);
    let mut out = match lang {
        Lang::En => format!("\nThe story: {title}\n"),
        Lang::Zh => format!("\n故事：{title}\n"),
    };
    let Some(stories) = Stories::read(stories::FILE) else {
        unreachable!("a test reads it");
    };
    if let Some(story) = stories.of(preset.id, lang) {
        for text in [story.summary, story.about] {
            if !text.is_empty() {
                let _ = writeln!(out, "  {text}");
            }
        }
    }
    out
}

fn text(explained: &Explained, story: &str, config: bool, lang: Lang) -> String {
    let Explained { trace, report, .. } = explained;
    let mut out = format!("{}\n", report.verdict.text.of(lang));
    if let Some(error) = &report.verdict.error {
        let _ = writeln!(out, "  {error}");
    }
    let totals = report.totals();
    let _ = match lang {
        Lang::En => writeln!(
            out,
            "  sent {}, executed {}, reported failed {}",
            totals.sent, totals.executed, totals.failed
        ),
        Lang::Zh => writeln!(
            out,
            "  发送 {} 次，执行 {} 次，报告失败 {} 次",
            totals.sent, totals.executed, totals.failed
        ),
    };
    if let Some(elsewhere) = &explained.elsewhere {
        if let Some(caveat) = elsewhere.caveat() {
            let _ = writeln!(out, "\n{}", caveat.of(lang));
        }
        // One that never ends has none.
        let error = elsewhere.fails_at.as_ref().map_or("", |(_, error)| error);
        if !error.is_empty() {
            let _ = writeln!(out, "  {error}");
        }
    }
    out.push_str(story);
    findings_text(&mut out, trace, report, lang);
    let remedies = report.remedies();
    if !remedies.is_empty() {
        let _ = writeln!(out, "\n{}", pick(lang, "What to change", "怎么改"));
    }
    for remedy in remedies {
        remedy_text(&mut out, remedy, config, lang);
    }
    out
}

/// What was found, each once.
pub(super) fn findings_text(out: &mut String, trace: &Trace, report: &Report, lang: Lang) {
    let groups = alike(&report.findings);
    for kind in groups.chunk_by(|a, b| a[0].code == b[0].code) {
        let (told, more) = kind.split_at(kind.len().min(MOST_OF_A_KIND));
        for group in told {
            finding_text(out, trace, group[0], lang);
            likewise(out, trace, &group[1..], lang);
        }
        if !more.is_empty() {
            let words = pick(lang, "more like these", "条类似的没有列出");
            let _ = writeln!(out, "\n{}: {} {words}", kind[0][0].code, more.len());
        }
    }
}

/// So many findings of one kind are told; more say nothing new. The JSON has all.
const MOST_OF_A_KIND: usize = 8;

/// Findings that say the same of several requests, together; each group where its first one stands.
fn alike(findings: &[Finding]) -> Vec<Vec<&Finding>> {
    let mut groups: Vec<Vec<&Finding>> = Vec::new();
    for finding in findings {
        let same = |other: &Finding| {
            let ones = [other, finding].map(|f| f.request.is_some());
            ones == [true; 2] && other.says_the_same_as(finding)
        };
        match groups.iter_mut().find(|group| same(group[0])) {
            Some(group) => group.push(finding),
            None => groups.push(vec![finding]),
        }
    }
    groups
}

fn likewise(out: &mut String, trace: &Trace, findings: &[&Finding], lang: Lang) {
    let requests = findings.iter().filter_map(|finding| finding.request);
    let numbers: Vec<String> = requests
        .map(|r| trace.requests[r.index()].number.to_string())
        .collect();
    let (en, zh) = (numbers.join(", "), numbers.join("、"));
    let _ = match (lang, numbers.len()) {
        (_, 0) => Ok(()),
        (Lang::En, 1) => writeln!(out, "  The same holds for request {en}."),
        (Lang::En, _) => writeln!(out, "  The same holds for requests {en}."),
        (Lang::Zh, _) => writeln!(out, "  第 {zh} 个请求也一样。"),
    };
}

fn finding_text(out: &mut String, trace: &Trace, finding: &Finding, lang: Lang) {
    let number = finding.request.map(|r| trace.requests[r.index()].number);
    let request = number.map(|n| match lang {
        Lang::En => (format!("request {n}"), format!("  (request {n})")),
        Lang::Zh => (format!("第 {n} 个请求"), format!("（第 {n} 个请求）")),
    });
    let named = |name: &str| finding.title.of(lang).to_lowercase().contains(name);
    let request = request
        .filter(|(name, _)| !named(name))
        .map(|(_, said)| said);
    let _ = writeln!(
        out,
        "\n{}: {}{}\n  {}",
        finding.code,
        finding.title.of(lang),
        request.unwrap_or_default(),
        finding.explanation.of(lang)
    );
    for (number, step) in finding.evidence.iter().enumerate() {
        let record = trace.record(step.record);
        let _ = writeln!(
            out,
            "  {:>2}. {}  #{:<5} {}",
            number + 1,
            record.time,
            step.record.index(),
            step.text.of(lang)
        );
    }
}

fn remedy_text(out: &mut String, remedy: &Remedy, config: bool, lang: Lang) {
    let grade = match remedy.grade {
        Grade::Green => pick(lang, "green", "绿"),
        Grade::Amber => pick(lang, "amber", "黄"),
    };
    let _ = writeln!(out, "  [{grade}] {}", remedy.title.of(lang));
    let _ = writeln!(out, "      {}", remedy.note.of(lang));
    if let Some(proof) = &remedy.proof {
        let _ = writeln!(out, "      {}", proof.say().of(lang));
    }
    if let Some(costs) = &remedy.costs {
        let _ = writeln!(out, "      {}", costs.of(lang));
    }
    for edit in &remedy.edits {
        let _ = writeln!(out, "      --set {}={}", edit.path, edit.value);
    }
    for paste in remedy.paste.iter().filter(|_| config) {
        let _ = writeln!(out, "\n      {}", paste.of.of(lang));
        for line in paste.lines.of(lang).lines() {
            let _ = writeln!(out, "          {line}");
        }
        out.push('\n');
    }
}

fn exact(span: Duration) -> Span {
    Span::from(span)
}

#[derive(Serialize)]
struct ReportJson<'a> {
    verdict: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a str>,
    requests: Vec<RequestJson<'a>>,
    /// As `run --format json` says it, if a limit was met.
    #[serde(skip_serializing_if = "Option::is_none")]
    stop: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    would_fail_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sent_twice_at: Option<String>,
    findings: Vec<FindingJson<'a>>,
}

#[derive(Serialize)]
struct RequestJson<'a> {
    id: u32,
    /// As people count; one that a proxy makes has the number of the one that it makes it for.
    number: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    made_for: Option<u32>,
    method: &'static str,
    url: &'a str,
    outcome: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a str>,
    attempts: u16,
    sent: u16,
    executed: u16,
    reused: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    conn: Option<u32>,
    started: String,
}

#[derive(Serialize)]
struct FindingJson<'a> {
    code: &'static str,
    severity: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    request: Option<u32>,
    title: &'a str,
    explanation: &'a str,
    evidence: Vec<EvidenceJson<'a>>,
    remedies: Vec<RemedyJson<'a>>,
}

#[derive(Serialize)]
struct EvidenceJson<'a> {
    record: usize,
    role: &'static str,
    time: String,
    text: &'a str,
}

#[derive(Serialize)]
struct RemedyJson<'a> {
    kind: &'static str,
    grade: &'static str,
    title: &'a str,
    note: &'a str,
    edits: Vec<EditJson<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    still_fails: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sent_twice: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    runs: Option<u32>,
    /// Draws of chance among them, where chance has a say.
    #[serde(skip_serializing_if = "Option::is_none")]
    draws: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rerun: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    costs: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    config: Vec<ConfigJson<'a>>,
}

#[derive(Serialize)]
struct ConfigJson<'a> {
    of: &'a str,
    language: &'a str,
    lines: &'a str,
}

#[derive(Serialize)]
struct EditJson<'a> {
    path: &'a str,
    value: &'a str,
}

fn json(explained: &Explained, lang: Lang) -> ReportJson<'_> {
    let Report {
        verdict,
        requests,
        findings,
        ..
    } = &explained.report;
    let elsewhere = explained.elsewhere.as_ref();
    ReportJson {
        verdict: verdict.text.of(lang),
        error: verdict.error.as_deref(),
        requests: requests
            .iter()
            .map(|r| RequestJson {
                id: r.id.0 + 1,
                number: r.number,
                made_for: r.parent.map(|parent| parent.0 + 1),
                method: r.method.name(),
                url: &r.url,
                outcome: r.ending(),
                status: r.status,
                error: r.error.as_deref(),
                attempts: r.attempts,
                sent: r.sent_or_begun(),
                executed: r.executed,
                reused: r.reused,
                conn: r.conn.map(|c| c.flow.0 + 1),
                started: r.started.to_string(),
            })
            .collect(),
        stop: explained
            .trace
            .limit()
            .map(|(kind, _)| format!("limit:{}", kind.name())),
        would_fail_at: elsewhere
            .and_then(|p| p.fails_at.as_ref())
            .map(|(gap, _)| exact(*gap).to_string()),
        sent_twice_at: elsewhere
            .and_then(|p| p.replays_at)
            .map(|gap| exact(gap).to_string()),
        findings: findings
            .iter()
            .map(|f| finding_json(&explained.trace, f, lang))
            .collect(),
    }
}

fn finding_json<'a>(trace: &Trace, finding: &'a Finding, lang: Lang) -> FindingJson<'a> {
    let mut remedies: Vec<&Remedy> = finding.remedies.iter().collect();
    remedies.sort_by_key(|remedy| remedy.rank());
    FindingJson {
        code: finding.code,
        severity: finding.severity.name(),
        request: finding.request.map(|r| r.0 + 1),
        title: finding.title.of(lang),
        explanation: finding.explanation.of(lang),
        evidence: finding
            .evidence
            .iter()
            .map(|e| EvidenceJson {
                record: e.record.index(),
                role: e.role.name(),
                time: trace.record(e.record).time.to_string(),
                text: e.text.of(lang),
            })
            .collect(),
        remedies: remedies.into_iter().map(|r| remedy_json(r, lang)).collect(),
    }
}

fn remedy_json(remedy: &Remedy, lang: Lang) -> RemedyJson<'_> {
    let edits = remedy.edits.iter();
    let proof = match &remedy.proof {
        Some(Proof::Gaps(gaps)) => Some(gaps),
        _ => None,
    };
    let rerun = match &remedy.proof {
        Some(Proof::Rerun(rerun)) => Some(rerun),
        _ => None,
    };
    RemedyJson {
        kind: remedy.kind.name(),
        grade: remedy.grade.name(),
        title: remedy.title.of(lang),
        note: remedy.note.of(lang),
        edits: edits
            .map(|e| EditJson {
                path: &e.path,
                value: &e.value,
            })
            .collect(),
        still_fails: remedy.still_fails.map(|gap| exact(gap).to_string()),
        sent_twice: proof
            .and_then(|p| p.replays_at)
            .map(|gap| exact(gap).to_string()),
        runs: proof.map(|p| p.runs),
        draws: proof.map(|p| p.draws.count).filter(|draws| *draws > 1),
        rerun: rerun.map(|rerun| rerun.say().of(lang).to_owned()),
        costs: remedy.costs.as_ref().map(|costs| costs.of(lang).to_owned()),
        config: remedy
            .paste
            .iter()
            .map(|it| ConfigJson {
                of: it.of.of(lang),
                language: it.language,
                lines: it.lines.of(lang),
            })
            .collect(),
    }
}
