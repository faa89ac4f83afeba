//! `whyeof pair`: a client and a server as they come, or all of them.

use crate::args::{ExplainFormat, PairArgs};
use crate::commands::risk::{RiskJson, json as risk_json, text as risk_text};
use crate::failure::Failure;
use crate::input::path_and_value;
use crate::output::{print, print_json};
use rayon::prelude::*;
use serde::Serialize;
use std::fmt::Write;
use std::time::Duration;
use unicode_width::UnicodeWidthStr;
use whyeof_explore::matrix::link;
use whyeof_explore::pair::{clients, peers};
use whyeof_explore::{Limit, Margin, Pair, Paired};
use whyeof_scenario::Lang;

pub(crate) fn pair(args: &PairArgs) -> Result<(), Failure> {
    let edits = args.set.iter().map(|change| path_and_value(change));
    let edits: Result<Vec<(&str, &str)>, Failure> = edits.collect();
    let edits = edits?;
    let run = |client: &str, server: &str| {
        let pair = Pair {
            client,
            server,
            via: args.via.as_deref(),
        };
        pair.found(&edits).map_err(Failure::input)
    };
    if let (Some(client), Some(server)) = (&args.client, &args.server) {
        let found = run(client, server)?;
        return match args.format {
            ExplainFormat::Text => print(&text(&found, args.lang.lang())),
            ExplainFormat::Json => print_json(&json(client, server, &found)),
        };
    }
    let (clients, servers) = (clients(), peers(args.via.as_deref()));
    let cells: Vec<(&str, &str)> = clients
        .iter()
        .flat_map(|client| servers.iter().map(|server| (*client, *server)))
        .collect();
    let found: Result<Vec<Paired>, Failure> = cells
        .par_iter()
        .map(|(client, server)| run(client, server))
        .collect();
    let found = found?;
    match args.format {
        ExplainFormat::Text => print(&matrix(&clients, &servers, &found, args.lang.lang())),
        ExplainFormat::Json => {
            let cells = cells.iter().zip(&found);
            let cells: Vec<PairJson<'_>> = cells
                .map(|((client, server), found)| json(client, server, found))
                .collect();
            print_json(&cells)
        }
    }
}

fn text(found: &Paired, lang: Lang) -> String {
    let mut out = String::new();
    for hop in &found.hops {
        let _ = writeln!(
            out,
            "{} → {}: {}",
            hop.ends[0],
            hop.ends[1],
            hop.say().of(lang)
        );
        let _ = writeln!(out, "  {}", hop.margin().say().of(lang));
    }
    if let Some(risk) = &found.risk {
        let _ = write!(out, "\n{}", risk_text(risk, None, lang));
    }
    let _ = writeln!(out, "\n{}", link(found));
    out
}

/// Clients down, servers across: the margin of the last hop, and a cross where a gap is dangerous.
fn matrix(clients: &[&str], servers: &[&str], found: &[Paired], lang: Lang) -> String {
    let cell = |found: &Paired| {
        let sign = if found.is_dangerous() { '✕' } else { '✓' };
        format!("{sign} {}", found.margins(lang))
    };
    let cells: Vec<String> = found.iter().map(cell).collect();
    let first = clients.iter().map(|name| name.width()).max().unwrap_or(0);
    let across = servers.iter().map(|name| name.width());
    let wide = across
        .chain(cells.iter().map(|cell| cell.width()))
        .max()
        .unwrap_or(0)
        + 2;
    // Chinese takes two columns a character, which `format!` does not know.
    let right = |text: &str| format!("{:1$}{text}", "", wide - text.width());
    let mut out = " ".repeat(first);
    out.extend(servers.iter().map(|server| right(server)));
    for (client, row) in clients.iter().zip(cells.chunks(servers.len())) {
        let _ = write!(out, "\n{client:first$}");
        out.extend(row.iter().map(|cell| right(cell)));
    }
    out.push_str(match lang {
        Lang::En => "\n\n✕: some idle gap loses a request. +: the client lets go first, by so much; -: the server. client, SERVER: the other end never does. nobody: neither does. not kept: each request dials. Behind a proxy: each connection of the way.\n",
        Lang::Zh => "\n\n✕：有的空闲间隔会丢请求。+：客户端先放手，早这么多；-：服务器先关。客户端、服务器：另一头从不放手。都不放：两头都不放手。不保留：每个请求都新建连接。有代理时，每段连接各写一个。\n",
    });
    out
}

#[derive(Serialize)]
struct PairJson<'a> {
    client: &'a str,
    server: &'a str,
    hops: Vec<HopJson<'a>>,
    /// Whether some idle gap loses a request, or sends it twice.
    dangerous: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    risk: Option<RiskJson<'a>>,
    link: String,
}

#[derive(Serialize)]
struct HopJson<'a> {
    ends: &'a [String; 2],
    kept: bool,
    /// `client`, `server`, or nobody.
    goes_first: Option<&'static str>,
    /// By how much; none: the other one never would.
    margin_ns: Option<u64>,
    client: Option<LimitJson<'a>>,
    server: Option<LimitJson<'a>>,
}

#[derive(Serialize)]
struct LimitJson<'a> {
    /// From the end of the response as the client sees it.
    after_ns: u64,
    /// As its own timer is set.
    timer_ns: u64,
    option: Option<&'a str>,
}

fn json<'a>(client: &'a str, server: &'a str, found: &'a Paired) -> PairJson<'a> {
    let nanos = |span: Duration| u64::try_from(span.as_nanos()).unwrap_or(u64::MAX);
    let limit = |limit: &'a Option<Limit>| {
        limit.as_ref().map(|limit| LimitJson {
            after_ns: nanos(limit.after),
            timer_ns: nanos(limit.timer),
            option: limit.option.as_deref(),
        })
    };
    let hops = found.hops.iter().map(|hop| HopJson {
        ends: &hop.ends,
        kept: hop.kept,
        goes_first: match hop.margin() {
            Margin::Client(_) => Some("client"),
            Margin::Server(_) => Some("server"),
            Margin::NotKept | Margin::Nobody => None,
        },
        margin_ns: match hop.margin() {
            Margin::Client(by) | Margin::Server(by) => by.map(nanos),
            Margin::NotKept | Margin::Nobody => None,
        },
        client: limit(&hop.client),
        server: limit(&hop.server),
    });
    PairJson {
        client,
        server,
        hops: hops.collect(),
        dangerous: found.is_dangerous(),
        risk: found.risk.as_ref().map(|risk| risk_json(risk, None)),
        link: link(found),
    }
}
