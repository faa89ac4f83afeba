//! `whyeof orders`: in how many ways a scenario can end.

use crate::args::{ExplainFormat, OrdersArgs};
use crate::failure::Failure;
use crate::input;
use crate::output::{RequestJson, print, print_json, said};
use serde::Serialize;
use std::fmt::Write;
use whyeof_explore::orders::Way;
use whyeof_explore::{Orders, orders as all_orders};
use whyeof_scenario::link::{Shared, encode};
use whyeof_scenario::ties::ties_text;
use whyeof_scenario::{Lang, Scenario};

pub(crate) fn orders(args: &OrdersArgs) -> Result<(), Failure> {
    let scenario = input::scenario(&args.scenario)?;
    let found = all_orders(&scenario).map_err(Failure::input)?;
    match args.format {
        ExplainFormat::Text => print(&text(&scenario, &found)),
        ExplainFormat::Json => print_json(&json(&scenario, &found)),
    }
}

fn text(scenario: &Scenario, found: &Orders) -> String {
    let tried = match (found.all, found.tried) {
        (true, 1) => "Nothing is due at one moment where its order could matter".to_owned(),
        (true, tried) => format!("All {tried} orders of what is due at one moment"),
        (false, tried) => format!("The first {tried} orders of what is due at one moment"),
    };
    let mut out = match found.ways.len() {
        1 => format!("{tried}: this scenario ends in 1 way\n"),
        ways => format!("{tried}: this scenario can end in {ways} ways\n"),
    };
    for (number, way) in found.ways.iter().enumerate() {
        let orders = match way.orders {
            1 => "1 order".to_owned(),
            orders => format!("{orders} orders"),
        };
        let _ = writeln!(out, "\n{}. {} ({orders})", number + 1, name(way));
        requests(&mut out, way);
        let _ = writeln!(out, "   {}", link(scenario, way));
    }
    out
}

/// How the requests end; those in a row that end alike on one line.
fn requests(out: &mut String, way: &Way) {
    for ([first, last], ends) in way.alike() {
        let numbers = match first == last {
            true => format!("{first}"),
            false => format!("{first}-{last}"),
        };
        let _ = writeln!(out, "   {numbers:>7} {}", said(ends));
    }
}

/// The ties that are decided otherwise.
fn name(way: &Way) -> String {
    match ties_text(&way.ties) {
        none if none.is_empty() => "as what was set first happens first".to_owned(),
        ties => format!("--set 'ties={ties}'"),
    }
}

/// The run of a way, for the page.
fn link(scenario: &Scenario, way: &Way) -> String {
    encode(&Shared {
        scenario: Some(Scenario {
            ties: way.ties.clone(),
            ..scenario.clone()
        }),
        lang: Some(Lang::En),
        ..Shared::default()
    })
}

#[derive(Serialize)]
struct OrdersJson<'a> {
    tried: usize,
    all: bool,
    ways: Vec<WayJson<'a>>,
}

#[derive(Serialize)]
struct WayJson<'a> {
    ties: String,
    orders: usize,
    requests: Vec<RequestJson<'a>>,
    link: String,
}

fn json<'a>(scenario: &Scenario, found: &'a Orders) -> OrdersJson<'a> {
    let way = |way: &'a Way| WayJson {
        ties: ties_text(&way.ties),
        orders: way.orders,
        requests: way.requests.iter().map(RequestJson::of).collect(),
        link: link(scenario, way),
    };
    OrdersJson {
        tried: found.tried,
        all: found.all,
        ways: found.ways.iter().map(way).collect(),
    }
}
