//! Who is who where there are several: behind a proxy, and with more than one client or server, "the client" and "the server" of a
//! finding are called by their names.
//!
//! Findings are written for one client and one server. Behind a proxy the client is the proxy, and so is the caller; in front of
//! it the server is. This says so once, for all of them.

use crate::finding::Finding;
use crate::reading::Reading;
use crate::remedy::Remedy;
use crate::report::RequestReport;
use crate::text::Text;
use std::borrow::Cow;
use whyeof_trace::{Role, Side};

/// What a word of a finding stands for here: English, 中文, the name.
type Names<'a> = Vec<(&'static str, &'static str, &'a str)>;

/// Puts names into a finding of a run in which its words could mean more than one program.
pub(crate) fn name(reading: &Reading<'_>, finding: &mut Finding) {
    let several = Several::of(reading);
    if let Some(request) = finding.request.and_then(|id| reading.requests.get(&id)) {
        let names = names(reading, request, several);
        let texts = finding.evidence.iter_mut().map(|step| &mut step.text);
        let texts = texts.chain([&mut finding.title, &mut finding.explanation]);
        for text in texts.chain(finding.remedies.iter_mut().flat_map(words)) {
            put(text, &names);
        }
        return;
    }
    for remedy in &mut finding.remedies {
        let names = changed(remedy, several);
        let names = names.iter();
        let names: Names<'_> = names.map(|(en, zh, name)| (*en, *zh, &**name)).collect();
        for text in words(remedy) {
            put(text, &names);
        }
    }
}

fn words(remedy: &mut Remedy) -> [&mut Text; 2] {
    [&mut remedy.title, &mut remedy.note]
}

/// Of what a run has more than one, so that a word does not say which.
#[derive(Clone, Copy, Debug)]
struct Several {
    clients: bool,
    servers: bool,
}

impl Several {
    fn of(reading: &Reading<'_>) -> Self {
        let programs = &reading.trace.programs;
        let count = |role: Role| programs.iter().filter(|p| p.role == role).count();
        let proxied = count(Role::Proxy) > 0;
        Self {
            clients: proxied || count(Role::Client) > 1,
            servers: proxied || count(Role::Server) > 1,
        }
    }
}

/// The program that a remedy changes.
fn changed(remedy: &Remedy, several: Several) -> Vec<(&'static str, &'static str, String)> {
    let mut steps = remedy.edits.iter().flat_map(|edit| edit.path.split('.'));
    let word = match (steps.next(), several) {
        (Some("clients"), Several { clients: true, .. }) => ("client", "客户端"),
        (Some("servers"), Several { servers: true, .. }) => ("server", "服务器"),
        _ => return Vec::new(),
    };
    let name = steps.next().map(|name| (word.0, word.1, name.to_owned()));
    name.into_iter().collect()
}

fn names<'a>(reading: &Reading<'a>, request: &RequestReport, several: Several) -> Names<'a> {
    let trace = reading.trace;
    let client = trace.program(trace.requests[request.id.index()].program);
    let mut names = Vec::new();
    if several.clients {
        names.push(("client", "客户端", client.name.as_str()));
    }
    if request.parent.is_some() {
        names.push(("caller", "调用方", client.name.as_str()));
    }
    let server = request.conn.filter(|_| several.servers).and_then(|conn| {
        let flow = trace.flow(conn.flow);
        let (host, port) = (flow.host(Side::Listener), flow.port(Side::Listener));
        let mut programs = trace.programs.iter();
        programs.find(|p| p.host == host && p.listens == Some(port))
    });
    names.extend(server.map(|server| ("server", "服务器", server.name.as_str())));
    names
}

fn put(text: &mut Text, names: &Names<'_>) {
    for (en, zh, name) in names {
        for article in ["the ", "The ", ""] {
            // Without an article only as a heading: `Client: timeout = 4 s`.
            let (word, name) = match article {
                "" => (capital(en) + ": ", format!("{} {name}: ", capital(en))),
                _ => (format!("{article}{en}"), (*name).to_owned()),
            };
            if text.en.contains(&word) {
                text.en = Cow::Owned(text.en.replace(&word, &name));
            }
        }
        if text.zh.contains(zh) {
            text.zh = Cow::Owned(spaced(&text.zh, zh, name));
        }
    }
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    let first = letters.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}

/// A name in place of a word of 中文: with spaces, but for where punctuation or an end is.
fn spaced(text: &str, word: &str, name: &str) -> String {
    let touches = |letter: Option<char>| letter.is_some_and(|c| c.is_alphanumeric());
    let mut written = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(word) {
        written.push_str(before);
        if touches(written.chars().last()) {
            written.push(' ');
        }
        // A heading keeps its word: `客户端 elb：timeout = 4 s`.
        if after.starts_with('：') && written.is_empty() {
            written.push_str(word);
            written.push(' ');
        }
        written.push_str(name);
        if touches(after.chars().next()) {
            written.push(' ');
        }
        rest = after;
    }
    written + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stand_where_client_server_and_caller_stood() {
        let names = vec![
            ("client", "客户端", "elb"),
            ("caller", "调用方", "elb"),
            ("server", "服务器", "api"),
        ];
        let check = |en: &str, zh: &str, named: &str, named_zh: &str| {
            let mut text = Text::made(en.to_owned(), zh.to_owned());
            put(&mut text, &names);
            assert_eq!((&*text.en, &*text.zh), (named, named_zh));
        };
        check(
            "At 1 s FIN reached the client's kernel.",
            "1 s，FIN 到达客户端内核。",
            "At 1 s FIN reached elb's kernel.",
            "1 s，FIN 到达 elb 内核。",
        );
        check(
            "The server closed; the caller got the error.",
            "服务器关了；调用方拿到错误。",
            "api closed; elb got the error.",
            "api 关了；elb 拿到错误。",
        );
        check(
            "Client: timeout = 4 s",
            "客户端：timeout = 4 s",
            "Client elb: timeout = 4 s",
            "客户端 elb：timeout = 4 s",
        );
    }
}
