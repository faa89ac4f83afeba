//! The whole trace as one JSON document, one list entry a line: for scripts, and for asking `jq` why.
//!
//! `id` of a record is its position in `records`, and so is `cause`. Connections and requests are numbered
//! from 1, as everywhere people see them. Times are nanoseconds since the start. Values are kebab-case words of
//! this file's own (`names.rs`), so that a renaming inside does not change what leaves.

use super::{Format, Name, Shown, Write};
use crate::names;
use crate::record_json::{Socket, number, record, socket};
use crate::text::Text;
use serde::Serialize;
use whyeof_trace::{Flow, Message, Origin, Setting, Side, Stop, Trace, Value, Vantage};

/// The format's entry.
pub const FORMAT: Format = Format {
    name: Name {
        id: "json",
        label: Text {
            en: "Trace, JSON",
            zh: "完整记录（JSON）",
        },
        extension: "json",
        mime: "application/json",
        shown: Shown::Elsewhere,
    },
    write: Write::Text(|case, _| write(case.trace)),
};

/// Version of this form; a change that breaks readers raises it.
const VERSION: u32 = 1;

/// Writes the document.
pub fn write(trace: &Trace) -> String {
    let fields = [
        ("format", line(&"whyeof-trace")),
        ("version", line(&VERSION)),
        ("vantage", line(&vantage(trace))),
        ("stop", line(&stop(trace.stop))),
        ("end_ns", line(&trace.end.nanos())),
        ("hosts", hosts(trace)),
        ("programs", programs(trace)),
        ("settings", list(trace.settings.iter().map(|s| setting(s)))),
        ("connections", connections(trace)),
        ("requests", requests(trace)),
        (
            "messages",
            list(trace.messages.iter().map(|m| message(trace, m))),
        ),
        (
            "records",
            list(trace.records.iter().map(|r| record(trace, r))),
        ),
    ];
    let fields = fields.map(|(name, value)| format!("\"{name}\":{value}"));
    format!("{{\n{}\n}}\n", fields.join(",\n"))
}

fn hosts(trace: &Trace) -> String {
    list(trace.hosts.iter().map(|host| HostLine {
        name: &host.name,
        address: host.address.to_string(),
    }))
}

fn programs(trace: &Trace) -> String {
    list(trace.programs.iter().map(|program| ProgramLine {
        name: &program.name,
        host: &trace.host(program.host).name,
        role: names::role(program.role),
        runtime: &program.runtime,
    }))
}

fn connections(trace: &Trace) -> String {
    let end = |flow: &Flow, side| End {
        host: &trace.host(flow.host(side)).name,
        port: flow.port(side),
    };
    list(trace.flows.iter().zip(1..).map(|(flow, conn)| FlowLine {
        conn,
        client: end(flow, Side::Opener),
        server: end(flow, Side::Listener),
    }))
}

fn requests(trace: &Trace) -> String {
    list(
        trace
            .requests
            .iter()
            .zip(1..)
            .map(|(request, number)| RequestLine {
                request: number,
                program: &trace.program(request.program).name,
                method: request.method.name(),
                url: trace.text(request.url),
                body: request.body,
            }),
    )
}

/// One value on one line.
fn line(value: &impl Serialize) -> String {
    // The types of this file have text keys and finite numbers: writing them cannot fail.
    serde_json::to_string(value).unwrap_or_default()
}

/// A list, one entry a line.
fn list<T: Serialize>(entries: impl Iterator<Item = T>) -> String {
    let lines: Vec<String> = entries.map(|entry| line(&entry)).collect();
    if lines.is_empty() {
        return "[]".to_owned();
    }
    format!("[\n  {}\n]", lines.join(",\n  "))
}

#[derive(Serialize)]
struct HostLine<'a> {
    name: &'a str,
    address: String,
}

#[derive(Serialize)]
struct ProgramLine<'a> {
    name: &'a str,
    host: &'a str,
    role: &'static str,
    runtime: &'a str,
}

#[derive(Serialize)]
struct SettingLine<'a> {
    path: &'a str,
    name: &'a str,
    value: Option<ValueLine>,
    origin: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    fallback: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum ValueLine {
    Ns(u128),
    Count(u64),
    Switch(bool),
    Word(&'static str),
}

fn setting(setting: &Setting) -> SettingLine<'_> {
    let (origin, fallback) = match &setting.origin {
        Origin::Set => ("set", None),
        Origin::ProfileDefault => ("profile-default", None),
        Origin::Fallback(path) => ("fallback", Some(path.as_str())),
        Origin::Unknown => ("unknown", None),
    };
    SettingLine {
        path: &setting.path,
        name: &setting.name,
        value: match &setting.value {
            Value::None => None,
            Value::Duration(span) => Some(ValueLine::Ns(span.as_nanos())),
            Value::Count(n) => Some(ValueLine::Count(*n)),
            Value::Switch(on) => Some(ValueLine::Switch(*on)),
            Value::Word(word) => Some(ValueLine::Word(word)),
        },
        origin,
        fallback,
    }
}

#[derive(Serialize)]
struct FlowLine<'a> {
    conn: usize,
    client: End<'a>,
    server: End<'a>,
}

#[derive(Serialize)]
struct End<'a> {
    host: &'a str,
    port: u16,
}

#[derive(Serialize)]
struct RequestLine<'a> {
    request: usize,
    program: &'a str,
    method: &'static str,
    url: &'a str,
    body: u32,
}

#[derive(Serialize)]
struct MessageLine<'a> {
    #[serde(flatten)]
    sender: Socket,
    request: usize,
    attempt: u16,
    kind: &'static str,
    offset: u32,
    head: &'a str,
    head_len: u32,
    body_len: u32,
}

fn message<'a>(trace: &'a Trace, message: &Message) -> MessageLine<'a> {
    MessageLine {
        sender: socket(message.sender),
        request: number(message.request),
        attempt: message.attempt,
        kind: names::message(message.kind),
        offset: message.offset,
        head: trace.text(message.head),
        head_len: message.head_len,
        body_len: message.body_len,
    }
}

fn vantage(trace: &Trace) -> String {
    match trace.vantage {
        Vantage::Everywhere => "everywhere".to_owned(),
        Vantage::Tap(host) => format!("tap:{}", trace.host(host).name),
    }
}

fn stop(stop: Stop) -> String {
    match stop {
        Stop::Quiet => "quiet".to_owned(),
        Stop::Horizon => "horizon".to_owned(),
        Stop::Limit(kind) => format!("limit:{}", kind.name()),
    }
}
