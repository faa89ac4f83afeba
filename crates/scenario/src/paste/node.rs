//! Node's `http`, and agentkeepalive: an agent is made with all its options at once, a server's are set.

use super::{Change, Subject, Writer, add_once};
use crate::fields::{Field, Group, fields};
use crate::kind::Given;
use whyeof_trace::Text;

pub(super) static WRITER: Writer = Writer {
    language: "js",
    speaks: |runtime| {
        runtime.is_some_and(|it| it.starts_with("node-") || it.starts_with("agentkeepalive-"))
    },
    write,
};

const PASS: Text = Text::new(
    "const req = http.request(url, { agent }) // and wherever else requests are made",
    "const req = http.request(url, { agent }) // 其他发请求的地方也要传",
);
const DESTROY: Text = Text::new(
    "// req: what http.request returns, each time\nreq.on('timeout', () => req.destroy())",
    "// req：每次 http.request 返回的那个\nreq.on('timeout', () => req.destroy())",
);
const READ_RESPONSE: Text = Text::new(
    "res.resume() // reads the rest, so that the connection can be used again",
    "res.resume() // 读完剩下的，连接才能复用",
);
const READ_REQUEST: Text = Text::new(
    "req.resume() // reads the request's body to its end",
    "req.resume() // 把请求体读完",
);

fn write(subject: &Subject<'_>) -> Vec<String> {
    let changes = subject.changes.iter();
    let is_agent = |it: &&Change| match it.option() {
        Some((_, of)) => of == "http.Agent" || of == "agentkeepalive",
        None => it.key == "runtime",
    };
    let mut lines = match changes.clone().any(|it| is_agent(&it)) {
        true => agent(subject),
        false => Vec::new(),
    };
    let own = changes.filter_map(|it| match it.option() {
        Some((name, "http.Server")) => {
            let was = it.comment("// ms,", subject.lang);
            Some(format!("server.{name} = {}{was}", value(it.given())?))
        }
        Some((name, "http.createServer")) => {
            let value = value(it.given())?;
            Some(format!("http.createServer({{ {name}: {value} }}, handler)"))
        }
        Some(_) => None,
        None => code(it, subject),
    });
    add_once(&mut lines, own);
    lines
}

/// What is no option, but a line of the program.
fn code(change: &Change, subject: &Subject<'_>) -> Option<String> {
    let is_client = change.key.starts_with("requests.");
    Some(match is_client {
        true if change.is("destroy") => DESTROY.of(subject.lang).to_owned(),
        true if change.is("read") => READ_RESPONSE.of(subject.lang).to_owned(),
        false if change.is("read") => READ_REQUEST.of(subject.lang).to_owned(),
        _ => return None,
    })
}

/// The whole agent: its options cannot be changed once it is made.
fn agent(subject: &Subject<'_>) -> Vec<String> {
    let runtime = subject.runtime.unwrap_or_default();
    let is_other = runtime.starts_with("agentkeepalive-");
    let mut lines = Vec::new();
    let class = match is_other {
        true => {
            lines.push("const Agent = require('agentkeepalive')".to_owned());
            "Agent"
        }
        false => "http.Agent",
    };
    let is_global = runtime.ends_with("-global-agent");
    let begin = match is_global {
        true => "http.globalAgent =",
        false => "const agent =",
    };
    let all = fields(subject.scenario).into_iter().filter(|field| {
        let is_own = matches!(&field.group, Group::Client(name) if name == subject.name);
        is_own && field.option.is_some() && field.given.is_some()
    });
    let options: Vec<String> = all.filter_map(|field| option(&field, subject)).collect();
    match options.is_empty() {
        true => lines.push(format!("{begin} new {class}()")),
        false => {
            lines.push(format!("{begin} new {class}({{"));
            lines.extend(options);
            lines.push("})".to_owned());
        }
    }
    if !is_global {
        lines.push(PASS.of(subject.lang).to_owned());
    }
    lines
}

/// One option in the agent's literal.
fn option(field: &Field, subject: &Subject<'_>) -> Option<String> {
    let name = field.option?.name;
    let mut changes = subject.changes.iter();
    let was = changes.find(|change| change.field.path == field.path);
    let unit = match field.given {
        Some(Given::Span(_)) => "// ms,",
        _ => "//",
    };
    let was = was.map_or_else(String::new, |it| it.comment(unit, subject.lang));
    Some(format!("  {name}: {},{was}", value(field.given.as_ref())?))
}

/// A value as JavaScript writes it: times in milliseconds.
fn value(given: Option<&Given>) -> Option<String> {
    Some(match given? {
        Given::Span(span) if span.0 % 1_000_000 == 0 => (span.0 / 1_000_000).to_string(),
        Given::Count(count) => count.to_string(),
        Given::Switch(on) => on.to_string(),
        Given::Word(word) => format!("'{word}'"),
        _ => return None,
    })
}
