//! A value for a field, by the kind of values that it takes.

use super::{beats::Beats, words};
use crate::dice::Dice;
use whyeof_scenario::kind::{Choices, Kind};
use whyeof_scenario::span::Span;
use whyeof_scenario::{Field, Lang, Scenario};

/// More bytes in one piece, and more of anything else, are drawn only now and then: runs are to be small.
const MANY: i64 = 20_000;

/// A text for this field; `None`: it is better left alone.
pub(super) fn drawn(
    field: &Field,
    scenario: &Scenario,
    beats: &Beats,
    dice: &mut Dice,
) -> Option<String> {
    let text = match field.kind {
        Kind::Span { min, max, .. } => beats.any(min.0, max.0, dice).to_string(),
        Kind::Spread { max, .. } => {
            let (one, other) = (beats.any(0, max.0, dice), beats.any(0, max.0, dice));
            format!("{}..{}", one.min(other), one.max(other))
        }
        Kind::Count { unit, min, max } if unit.of(Lang::En).is_empty() => {
            count(min, max, dice).to_string()
        }
        Kind::Count { min, max, .. } => bytes(min, max, dice).to_string(),
        Kind::Whole { unit, min, max } => {
            let unit = unit.nanos();
            match dice.below(4) {
                0 => count(min, max, dice),
                _ => (beats.near(dice) / unit).clamp(min, max),
            }
            .to_string()
        }
        Kind::Bit => dice.below(2).to_string(),
        Kind::Switch => dice.once_in(2).to_string(),
        // Who follows which profile, and what programs of calls do, is settled with who is there.
        Kind::Calls
        | Kind::Choice(Choices::ClientRuntime | Choices::ServerRuntime | Choices::ProxyRuntime) => {
            return None;
        }
        Kind::Choice(choices) => dice.one_of(&choices.list()).id.to_owned(),
        Kind::Word(word) => words::drawn(word, field, scenario, beats, dice)?,
    };
    Some(text)
}

/// Mostly few, at times as many or as few as there may be.
fn count(min: i64, max: i64, dice: &mut Dice) -> i64 {
    let few = max.min(MANY);
    match dice.below(20) {
        0 => min,
        1 if max <= MANY || dice.once_in(10) => max,
        2..=5 => dice.any_size(min, few),
        _ => min.max(0) + dice.any_size(0, 8),
    }
    .clamp(min, max)
}

/// Mostly a segment or a few, at times what no window holds.
fn bytes(min: i64, max: i64, dice: &mut Dice) -> i64 {
    match dice.below(40) {
        0 => min,
        1 => dice.any_size(min, 2 << 20),
        2..=6 => dice.any_size(min, 200_000),
        7..=9 => *dice.one_of(&[1_000, 1_448, 1_449, 2_896, 4_096, 65_535, 65_536]),
        _ => dice.any_size(min, 5_000),
    }
    .clamp(min, max)
}

/// A span as text.
pub(super) fn span(nanos: i64) -> String {
    Span(nanos).to_string()
}
