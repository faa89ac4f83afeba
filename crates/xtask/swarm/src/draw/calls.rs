//! Programs of socket calls: each call by the form that its own list writes it in.

use super::beats::Beats;
use super::words::{PATHS, target};
use crate::dice::Dice;
use whyeof_scenario::Scenario;
use whyeof_scenario::calls::Verb;

/// Names of sockets, of which a program has one or two.
const SOCKETS: [&str; 2] = ["a", "b"];
const MOST_CALLS: u64 = 8;

/// What a program does, a call a line: it opens its sockets, and then does with them what comes. `listens`: it waits for others at this port.
pub(super) fn program(
    listens: Option<u16>,
    scenario: &Scenario,
    beats: &Beats,
    dice: &mut Dice,
) -> Vec<String> {
    let sockets = &SOCKETS[..dice.place(SOCKETS.len()) + 1];
    let mut lines = Vec::new();
    for name in sockets {
        lines.push(match listens {
            Some(_) => format!("@-1 accept {name}"),
            None => format!(
                "{} connect {name} {}",
                at(beats, dice),
                target(scenario, dice)
            ),
        });
    }
    if dice.happens(2, 3) {
        lines.extend(sockets.iter().map(|name| format!("@-1 reader {name}")));
    }
    let verbs: Vec<Verb> = Verb::all().collect();
    for _ in 0..dice.between(1, MOST_CALLS) {
        // Most programs send and read and close.
        let verb = match dice.below(3) {
            0 => *dice.one_of(&[Verb::Send, Verb::Send, Verb::Get, Verb::Read, Verb::Close]),
            _ => *dice.one_of(&verbs),
        };
        lines.push(line(verb, sockets, scenario, beats, dice));
    }
    lines
}

fn at(beats: &Beats, dice: &mut Dice) -> String {
    if dice.once_in(3) {
        return "@-1".to_owned();
    }
    let nanos = if dice.once_in(2) {
        beats.near(dice)
    } else {
        dice.any_size(0, 4_000_000_000)
    };
    format!("@{}.{:09}", nanos / 1_000_000_000, nanos % 1_000_000_000)
}

/// A call with what its form asks for.
fn line(
    verb: Verb,
    sockets: &[&str],
    scenario: &Scenario,
    beats: &Beats,
    dice: &mut Dice,
) -> String {
    let whole = dice.once_in(2);
    let mut words = vec![at(beats, dice)];
    for word in verb.usage().split(' ') {
        if word.starts_with('[') && !whole {
            break;
        }
        words.push(match word.trim_matches(['[', ']']) {
            "C" => (*dice.one_of(sockets)).to_owned(),
            "HOST:PORT" => target(scenario, dice),
            "PORT" | "LPORT" => dice.one_of(&[80, 8080, 40_001, 40_002]).to_string(),
            "PATH" => (*dice.one_of(&PATHS)).to_owned(),
            "0|1" => dice.below(2).to_string(),
            "IDLE" | "INTVL" => dice.between(1, 4).to_string(),
            "CNT" => dice.between(1, 9).to_string(),
            "MS" => dice.any_size(0, 20_000).to_string(),
            "BACKLOG" => dice.below(3).to_string(),
            "N" => (1 + dice.any_size(0, 70_000)).to_string(),
            word => word.to_owned(),
        });
    }
    words.join(" ")
}
