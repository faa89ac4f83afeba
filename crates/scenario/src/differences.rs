//! In which settings two scenarios differ.

use crate::fields::{Field, fields};
use crate::v1::Scenario;
use whyeof_trace::{Lang, Text};

/// A setting that two scenarios have otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Whose: `agent`; empty: nobody's in particular.
    pub of: String,
    /// Its name in the form.
    pub label: Text,
    /// What the one says; empty: nothing, or it has no such field.
    pub from: String,
    /// What the other says.
    pub to: String,
}

/// The settings in which they differ, in the order of the form. Names of programs and what is told of a run are no settings.
pub fn differences(one: &Scenario, other: &Scenario) -> Vec<Difference> {
    let (one, other) = (fields(one), fields(other));
    let said = |field: Option<&Field>| {
        let given = field.filter(|field| field.given.is_some());
        given.map(Field::text).unwrap_or_default()
    };
    let find = |all: &[Field], path: &str| all.iter().position(|field| field.path == path);
    let mut found = Vec::new();
    for field in &one {
        let to = find(&other, &field.path).map(|at| &other[at]);
        let (from, to) = (said(Some(field)), said(to));
        if from != to && field.path != "title" {
            found.push(Difference::of(field, from, to));
        }
    }
    for field in &other {
        let to = said(Some(field));
        if find(&one, &field.path).is_none() && !to.is_empty() {
            found.push(Difference::of(field, String::new(), to));
        }
    }
    found
}

impl Difference {
    fn of(field: &Field, from: String, to: String) -> Self {
        let owned = ["clients.", "servers.", "proxies.", "hosts."];
        let is_owned = owned.iter().any(|list| field.path.starts_with(list));
        let of = field.path.split('.').nth(1).filter(|_| is_owned);
        Self {
            of: of.unwrap_or_default().to_owned(),
            label: field.label,
            from,
            to,
        }
    }

    /// `agent · IdleConnTimeout: – → 9s`.
    pub fn say(&self, lang: Lang) -> String {
        let or_none = |text: &String| match text.as_str() {
            "" => "–".to_owned(),
            text => text.to_owned(),
        };
        let of = match self.of.as_str() {
            "" => String::new(),
            name => format!("{name} · "),
        };
        let (from, to) = (or_none(&self.from), or_none(&self.to));
        format!("{of}{}: {from} → {to}", self.label.of(lang))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{presets, set};

    #[test]
    fn what_is_set_otherwise_is_told_with_both_values() {
        let was = presets::ALL[0].scenario();
        let mut now = was.clone();
        set(&mut now, "network.rtt", "22ms").expect("a field");
        set(&mut now, "clients.agent.options.IdleConnTimeout", "9s").expect("a field");
        now.title = "another".to_owned();
        let told = |one: &Scenario, other: &Scenario| -> Vec<String> {
            let all = differences(one, other).into_iter();
            all.map(|it| it.say(Lang::En)).collect()
        };
        assert_eq!(
            told(&was, &now),
            ["agent · IdleConnTimeout: – → 9s", "Round trip: 10ms → 22ms"]
        );
        assert_eq!(
            told(&now, &was),
            ["agent · IdleConnTimeout: 9s → –", "Round trip: 22ms → 10ms"]
        );
        assert!(told(&was, &was).is_empty());
    }
}
