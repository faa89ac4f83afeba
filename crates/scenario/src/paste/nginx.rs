//! nginx: directives, those about connections to servers behind it inside their `upstream`.

use super::{Change, Subject, Writer};
use crate::fields::fields;
use crate::kind::Given;
use whyeof_trace::Text;

pub(super) static WRITER: Writer = Writer {
    language: "nginx",
    speaks: |runtime| runtime.is_some_and(|runtime| runtime.starts_with("nginx-")),
    write,
};

const KEPT: Text = Text::new(
    "# in the location: else nothing is kept\nproxy_http_version 1.1;\nproxy_set_header Connection \"\";",
    "# 写在 location 里，否则连接不会保留\nproxy_http_version 1.1;\nproxy_set_header Connection \"\";",
);

fn write(subject: &Subject<'_>) -> Vec<String> {
    let directive = |change: &Change| {
        let (name, _) = change.option()?;
        let name = name.strip_prefix("upstream.").unwrap_or(name);
        let was = change.comment("#", subject.lang);
        Some(format!("{name} {};{was}", value(change.given()?)?))
    };
    let is_behind = |it: &&Change| it.option().is_some_and(|(_, of)| of == "upstream");
    let (behind, own): (Vec<_>, Vec<_>) = subject.changes.iter().partition(is_behind);
    let mut lines: Vec<String> = own.into_iter().filter_map(directive).collect();
    let is_set = behind
        .iter()
        .any(|it| it.key.ends_with("upstream.keepalive"));
    let mut behind: Vec<String> = behind.into_iter().filter_map(directive).collect();
    // Without it the block keeps nothing.
    if !behind.is_empty() && !is_set {
        behind.insert(0, kept(subject));
    }
    if !behind.is_empty() {
        let mut proxies = subject.scenario.proxies.iter();
        let to = proxies.find(|proxy| proxy.name == subject.name);
        let to = to.map_or("backend:80", |proxy| proxy.to.as_str());
        let name = to.split(':').next().unwrap_or(to);
        lines.push(format!("upstream {name} {{"));
        lines.push(format!("    server {to};"));
        lines.extend(behind.into_iter().map(|line| format!("    {line}")));
        lines.push("}".to_owned());
        lines.push(KEPT.of(subject.lang).to_owned());
    }
    lines
}

/// How many connections are kept, as it stands.
fn kept(subject: &Subject<'_>) -> String {
    let path = format!("proxies.{}.options.upstream.keepalive", subject.name);
    let all = fields(subject.scenario);
    let count = all.iter().find(|field| field.path == path);
    let count = count
        .map(|field| field.text())
        .filter(|text| !text.is_empty());
    format!("keepalive {};", count.as_deref().unwrap_or("32"))
}

/// A value as nginx writes it.
fn value(given: &Given) -> Option<String> {
    Some(match given {
        Given::Span(span) => match span.0 % 1_000_000_000 {
            0 => format!("{}s", span.0 / 1_000_000_000),
            _ => format!("{}ms", span.0 / 1_000_000),
        },
        Given::Count(count) => count.to_string(),
        _ => return None,
    })
}
