//! A text for a field that takes one, by what the text is.

use super::{beats::Beats, commands, values::span};
use crate::dice::Dice;
use whyeof_scenario::amount::{rate_text, share_text};
use whyeof_scenario::calls::Call;
use whyeof_scenario::kind::Word;
use whyeof_scenario::v1::Server;
use whyeof_scenario::{Field, Scenario};

/// Titles, some of which a link must write in another way.
const TITLES: [&str; 6] = [
    "A race",
    "为什么会 EOF",
    "100% & more = #1?",
    "\"quoted\" \\ back",
    "<b>no tag</b>",
    "é̂ 👩‍👩‍👧 ²",
];
/// Paths; some have a handler of their own, and some are escaped.
pub(super) const PATHS: [&str; 6] = ["/", "/a", "/b?n=1", "/%20&x=~", "/a/b/c", "/*"];
const HEADERS: [&str; 4] = ["100-continue", "abc", "1", "two words = \"three\""];
const LINES: [&str; 5] = ["GET", "POST", "HTTP/1.1 200", "/a", "502"];
const FLAGS: [&str; 9] = ["S", "F", "R", "P", "A", "SA", "FA", "PA", "RA"];
/// Ports that servers listen on, and one on which nobody does.
pub(super) const PORTS: [u16; 4] = [80, 8080, 4040, 65_535];

pub(super) fn drawn(
    word: Word,
    field: &Field,
    scenario: &Scenario,
    beats: &Beats,
    dice: &mut Dice,
) -> Option<String> {
    let machines = scenario.machines();
    let text = match word {
        Word::Title => (*dice.one_of(&TITLES)).to_owned(),
        Word::Name => (*dice.one_of(&machines)).to_owned(),
        Word::Target => target(scenario, dice),
        Word::Path => (*dice.one_of(&PATHS)).to_owned(),
        Word::HeaderValue => (*dice.one_of(&HEADERS)).to_owned(),
        Word::Hosts => some_of(&machines, dice).join(" "),
        Word::Buffers => {
            let least = dice.any_size(1, 10_000);
            let most = dice.any_size(1, 40 << 20);
            format!("{least} {} {most}", dice.any_size(1, 200_000).min(most))
        }
        Word::PortRange => {
            let first = dice.any_size(1, 65_000);
            format!("{first} {}", (first + dice.any_size(0, 40)).min(65_535))
        }
        Word::Ties => ties(dice),
        Word::Share => {
            let ppm = *dice.one_of(&[1_000, 10_000, 10_000, 50_000, 300_000, 1_000_000]);
            share_text(ppm)
        }
        Word::BitRate => {
            rate_text(*dice.one_of(&[8_000, 64_000, 1_000_000, 10_000_000, 1_000_000_000]))
        }
        Word::Flags => (*dice.one_of(&FLAGS)).to_owned(),
        Word::After => {
            let other = &dice.one_of(&scenario.faults).name;
            format!("{other} + {}", span(beats.near(dice)))
        }
        Word::Line if commands::is_command(field) => commands::drawn(field, scenario, dice)?,
        Word::Line => (*dice.one_of(&LINES)).to_owned(),
    };
    Some(text)
}

/// Where to ask: a server, a proxy, a name for several; at times a port that nobody listens on.
pub(super) fn target(scenario: &Scenario, dice: &mut Dice) -> String {
    let port = |s: &Server| s.calls.iter().find_map(Call::listens).unwrap_or(s.listen);
    let servers = scenario.servers.iter().map(|s| (s.host_name(), port(s)));
    let proxies = scenario.proxies.iter().map(|p| (p.host_name(), p.listen));
    let mut all: Vec<(&str, u16)> = proxies.chain(servers).collect();
    let port = scenario.servers.first().map_or(80, port);
    let names = scenario.names.iter().map(|n| (n.name.as_str(), port));
    all.extend(names);
    let (host, port) = *dice.one_of(&all);
    let port = if dice.once_in(25) {
        *dice.one_of(&PORTS)
    } else {
        port
    };
    format!("{host}:{port}")
}

/// At least one, each at most once, in any order.
pub(super) fn some_of<'a>(of: &[&'a str], dice: &mut Dice) -> Vec<&'a str> {
    let mut left = of.to_vec();
    let many = 1 + dice.place(of.len().min(4));
    (0..many)
        .map(|_| {
            let at = dice.place(left.len());
            left.swap_remove(at)
        })
        .collect()
}

fn ties(dice: &mut Dice) -> String {
    let mut at = 0;
    let many = dice.between(1, 6);
    let parts = (0..many).map(|_| {
        at += 1 + dice.any_size(0, 30);
        format!("{at}:{}", 1 + dice.any_size(0, 5))
    });
    parts.collect::<Vec<_>>().join(" ")
}
