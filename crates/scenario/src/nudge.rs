//! A number that is turned a little, by a key or by dragging its name: always in steps that are round and about as large as matters.

use crate::amount::{rate, rate_text, share, share_text};
use crate::fields::Field;
use crate::kind::{Given, Kind, Word};
use crate::span::{Span, Unit};
use whyeof_trace::Value;
use whyeof_trace::time::nanos;

/// The smallest step of a span, ns: recorded edges are a few of these wide.
const FINEST: i64 = 1_000;

/// The text of a field after so many small turns, up or down; `None`: it is no number. What is not set begins at what is in force,
/// and where nothing is, a time at a second.
pub fn nudged(field: &Field, turns: i32) -> Option<String> {
    let dial = Dial::of(field)?;
    let start = now(field, &dial).unwrap_or_else(|| dial.unknown());
    let turned = (0..turns.unsigned_abs()).fold(start, |value, _| dial.turn(value, turns > 0));
    Some(dial.text(turned))
}

/// From nothing, or the least that there can be, to twice what is in force: where a number is worth being tried. Where nothing is in force,
/// what somebody would set counts. `None`: it is no number.
pub fn around(field: &Field, advised: Option<&str>) -> Option<[String; 2]> {
    let dial = Dial::of(field)?;
    let advised = || {
        let given = field.kind.read_text(advised?).ok();
        let set = Field {
            given,
            ..field.clone()
        };
        now(&set, &dial)
    };
    let known = |now: &i64| *now > 0;
    let now = now(field, &dial).filter(known);
    let now = now.or_else(|| advised().filter(known));
    let now = now.unwrap_or_else(|| dial.unknown().max(5));
    let to = now.saturating_mul(2).clamp(dial.least, dial.most);
    Some([dial.text(dial.least.min(to)), dial.text(to)])
}

/// Whether a field is a number that can be turned.
pub fn is_number(field: &Field) -> bool {
    Dial::of(field).is_some()
}

/// Values of a field that is no number: all that there are, or else the one that it has. `None`: no other value changes what happens, or none
/// can be written on one line.
pub fn choices(field: &Field) -> Option<Vec<String>> {
    let words = |words: &[&str]| Some(words.iter().map(|it| (*it).to_owned()).collect());
    match field.kind {
        Kind::Choice(choices) => {
            let all = choices.list().into_iter();
            Some(all.map(|choice| choice.id.to_owned()).collect())
        }
        Kind::Switch => words(&["true", "false"]),
        Kind::Bit => words(&["0", "1"]),
        Kind::Calls | Kind::Word(Word::Title | Word::Name | Word::Ties) => None,
        _ => {
            let given = field.given.as_ref().or(field.default.as_ref());
            let now = given.map(Given::text);
            // In a list commas stand between values.
            let fits = now.as_ref().is_none_or(|now| !now.contains(','));
            fits.then(|| now.into_iter().collect())
        }
    }
}

/// What a number can be turned to.
struct Dial {
    kind: Kind,
    least: i64,
    most: i64,
    finest: i64,
    /// Where it goes from 0.
    first: i64,
}

impl Dial {
    fn of(field: &Field) -> Option<Self> {
        let kind = field.kind;
        let (least, most, finest, first) = match kind {
            Kind::Span { bare, min, max } => (min.0, max.0, FINEST, bare.nanos() / 10),
            Kind::Count { min, max, .. } | Kind::Whole { min, max, .. } => (min, max, 1, 1),
            // Parts per million: from nothing to a thousandth.
            Kind::Word(Word::Share) => (0, 1_000_000, 1, 1_000),
            Kind::Word(Word::BitRate) => (1_000, 1_000_000_000_000, 1_000, 1_000_000),
            _ => return None,
        };
        // Below 0 an option means something else.
        let least = if least > 0 { least.max(finest) } else { 0 };
        let first = first.max(finest);
        Some(Self {
            kind,
            least,
            most,
            finest,
            first,
        })
    }

    /// A tenth of the leading digit's place, up from here and down to here alike: 9.9 s, 10 s, 11 s.
    fn turn(&self, value: i64, up: bool) -> i64 {
        let from = if up { value } else { value - 1 };
        let place = 10_i64.pow(from.max(1).ilog10().saturating_sub(1));
        let step = place.max(self.finest);
        let next = match up {
            true if value < self.first => self.first,
            true => value.saturating_add(step),
            false if value <= self.first => 0,
            false => value - step,
        };
        next.clamp(self.least, self.most)
    }

    /// Where it begins if nothing is known to be in force.
    fn unknown(&self) -> i64 {
        match self.kind {
            Kind::Span { .. } => Unit::Seconds.nanos().clamp(self.least, self.most),
            // One in a hundred, and a slow line: that is felt.
            Kind::Word(Word::Share) => 10_000,
            Kind::Word(Word::BitRate) => 10_000_000,
            _ => 0,
        }
    }

    fn text(&self, value: i64) -> String {
        match self.kind {
            Kind::Span { .. } => Span(value).to_string(),
            Kind::Word(Word::Share) => share_text(u32::try_from(value).unwrap_or_default()),
            Kind::Word(Word::BitRate) => rate_text(value.unsigned_abs()),
            _ => value.to_string(),
        }
    }
}

/// What is set, or else what is in force.
fn now(field: &Field, dial: &Dial) -> Option<i64> {
    let given = field.given.as_ref().or(field.default.as_ref());
    let said = given.map(Given::text);
    let in_force = field.effective.as_ref().map(|effective| &effective.value);
    match (dial.kind, said, in_force) {
        (Kind::Span { bare, .. }, Some(text), _) => Some(Span::parse(&text, bare)?.0),
        (Kind::Span { .. }, None, Some(Value::Duration(span))) => i64::try_from(nanos(*span)).ok(),
        (Kind::Whole { unit, .. }, Some(text), _) => {
            let bare = text.parse().ok();
            bare.or_else(|| Some(Span::parse(&text, unit)?.0 / Unit::nanos(unit)))
        }
        (Kind::Word(Word::Share), Some(text), _) => share(&text).map(i64::from),
        (Kind::Word(Word::BitRate), Some(text), _) => i64::try_from(rate(&text)?).ok(),
        (_, Some(text), _) => text.parse().ok(),
        (_, None, Some(Value::Count(count))) => i64::try_from(*count).ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fields::{COMMAND, Group, fields, get, set};
    use crate::presets;

    fn check(path: &str, from: &str, turns: i32, to: &str) {
        let mut scenario = presets::ALL[0].scenario();
        set(&mut scenario, path, from).expect("valid");
        let all = fields(&scenario);
        let field = all
            .iter()
            .find(|field| field.path == path)
            .expect("a field");
        let turned = nudged(field, turns).expect("a number");
        assert_eq!(turned, to, "{path} {from} {turns}");
        set(&mut scenario, path, &turned).expect("valid after a turn, too");
        assert_eq!(get(&scenario, path).as_deref(), Some(to));
    }

    #[test]
    fn turns_are_round_and_go_back_the_way_they_came() {
        let idle = "servers.pyroscope.options.IdleTimeout";
        check(idle, "10s", 1, "11s");
        check(idle, "10s", -1, "9.9s");
        check(idle, "9.9s", 2, "11s");
        check(idle, "", -2, "9.8s");
        check(idle, "30s", 0, "30s");
        check("servers.pyroscope.handler.think", "2ms", 1, "2.1ms");
        check("servers.pyroscope.handler.think", "0s", 1, "100us");
        check("servers.pyroscope.handler.think", "100us", -3, "0s");
        check("clients.agent.requests.upload.body", "900", -1, "890");
        check("clients.agent.requests.upload.count", "4", 3, "7");
        check("hosts.agent.sysctl.tcp_retries2", "15", -4, "11");
    }

    #[test]
    fn shares_and_rates_are_numbers_too() {
        let text = presets::ALL[0].scenario().to_json().replacen(
            "\"clients\"",
            r#""network": {"paths": [{"from": "agent", "to": "pyroscope"}]}, "clients""#,
            1,
        );
        let mut scenario = crate::Scenario::from_json(&text).expect("it holds");
        let key = |key: &str| {
            let all = fields(&scenario);
            let field = all.iter().find(|field| field.path.ends_with(key));
            field.expect("a field").path.clone()
        };
        let (loss, bandwidth) = (key(".loss"), key(".bandwidth"));
        let mut check = |path: &str, from: &str, turns: i32, to: &str, range: [&str; 2]| {
            set(&mut scenario, path, from).expect("valid");
            let all = fields(&scenario);
            let field = all.iter().find(|it| it.path == path).expect("a field");
            assert_eq!(nudged(field, turns).as_deref(), Some(to));
            assert_eq!(around(field, None).expect("a number"), range);
            set(&mut scenario, path, to).expect("valid after a turn, too");
        };
        check(&loss, "0%", 1, "0.1%", ["0%", "2%"]);
        check(&loss, "2%", 1, "2.1%", ["0%", "4%"]);
        check(&bandwidth, "", -1, "9.9mbit", ["1kbit", "20mbit"]);
        check(&bandwidth, "5mbit", 1, "5.1mbit", ["1kbit", "10mbit"]);
    }

    #[test]
    fn no_turn_leaves_what_is_valid() {
        for preset in presets::ALL {
            let scenario = preset.scenario();
            // A command at a shell knows whole seconds; who turns such a field hears of it.
            let all = fields(&scenario).into_iter();
            for field in all.filter(|field| !matches!(field.group, Group::Fault(COMMAND, _))) {
                for turns in [-1, 1, 20] {
                    let Some(text) = nudged(&field, turns) else {
                        continue;
                    };
                    let mut turned = scenario.clone();
                    // Two fields may not fit together; by itself each does.
                    let wrong = set(&mut turned, &field.path, &text).err();
                    let own = wrong.filter(|wrong| wrong.path == field.path);
                    let most = own.map(|wrong| wrong.say(whyeof_trace::Lang::En));
                    assert_eq!(most, None, "{} {} {text}", preset.id, field.path);
                }
            }
        }
    }
}
