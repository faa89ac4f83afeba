//! What each field does, as a file: the page loads it when somebody comes near the form, so a sentence more costs a first look
//! nothing.

use crate::fields::{COMMAND, Field, Group};
use serde_json::Value as Json;
use whyeof_trace::Lang;

/// Sentences by [`topic`].
#[derive(Clone, Debug, PartialEq)]
pub struct Help(Json);

impl Help {
    /// Reads the file; `None`: it is none.
    pub fn read(file: &str) -> Option<Self> {
        let json: Json = serde_json::from_str(file).ok()?;
        json.as_object()?;
        Some(Self(json))
    }

    /// What a field does; for a runtime's option also what 0 and negative values mean.
    pub fn of(&self, field: &Field, lang: Lang) -> Option<&str> {
        super::said(self.0.get(topic(field))?, lang)
    }
}

/// What a field is about, whatever the names in its path: `clients.requests.at`. An option of a runtime is about the same wherever
/// it is set: `http.Transport IdleConnTimeout`.
fn topic(field: &Field) -> String {
    if let Some(knob) = field.option {
        return format!("{} {}", knob.of, knob.name);
    }
    let mut steps = field.path.split('.');
    let mut topic = Vec::new();
    while let Some(step) = steps.next() {
        topic.push(match (step, &field.group) {
            ("faults", Group::Fault(COMMAND, _)) => "commands",
            _ => step,
        });
        let names = match step {
            "clients" | "proxies" | "servers" | "requests" | "routes" | "names" | "hosts"
            | "faults" => 1,
            "paths" => 2,
            // Whatever follows is the name of a header field.
            "headers" => break,
            _ => 0,
        };
        for _ in 0..names {
            steps.next();
        }
    }
    topic.join(".")
}

#[cfg(all(test, feature = "manual"))]
mod tests {
    use super::*;
    use crate::presets::{self, Preset};
    use crate::v1::Scenario;
    use crate::{fields, profiles};
    use litemap::LiteMap;

    /// Scenarios in which each field occurs: every preset, one with all kinds of things, and every runtime in every role.
    fn scenarios() -> Vec<Scenario> {
        let everything = include_str!("../../tests/links/kernel-network-faults-calls.json");
        let everything = Scenario::from_json(everything).expect("valid");
        let mut all: Vec<_> = presets::ALL.iter().map(Preset::scenario).collect();
        for profile in profiles::ALL {
            let mut cast = presets::find("two-keep-alives-elb").expect("it").scenario();
            for client in &mut cast.clients {
                let is_one = profile.client.is_some();
                is_one.then(|| client.runtime = profile.id.to_owned());
            }
            for proxy in &mut cast.proxies {
                let is_one = profile.proxy.is_some();
                is_one.then(|| proxy.runtime = profile.id.to_owned());
            }
            for server in &mut cast.servers {
                let is_one = profile.server.is_some();
                is_one.then(|| server.runtime = profile.id.to_owned());
            }
            all.push(cast);
        }
        all.push(everything);
        all
    }

    fn said(field: &Field) -> [String; 2] {
        Lang::ALL.map(|lang| {
            let signs = field.option.map(|knob| knob.signs.of(lang));
            let signs = signs.filter(|signs| !signs.is_empty());
            let help = field.help.of(lang);
            signs.map_or_else(|| help.to_owned(), |signs| format!("{help}\n{signs}"))
        })
    }

    /// The file is what the rows say, written down by this test when it is told to.
    #[test]
    fn the_file_is_what_the_fields_say() {
        let mut topics = LiteMap::<String, [String; 2]>::new();
        for scenario in scenarios() {
            for field in fields(&scenario) {
                let said = said(&field);
                let before = topics.insert(topic(&field), said.clone());
                let same = before.is_none_or(|before| before == said);
                assert!(same, "{} is about two things", topic(&field));
            }
        }
        let lines = topics.iter().map(|(topic, both)| {
            let both = serde_json::to_string(both).expect("texts");
            format!("{topic:?}:{both}")
        });
        let file = format!("{{{}}}\n", lines.collect::<Vec<_>>().join(",\n"));
        expect_test::expect_file!["help.json"].assert_eq(&file);
        let help = Help::read(&file).expect("a file");
        for scenario in scenarios() {
            for field in fields(&scenario) {
                for (lang, said) in Lang::ALL.into_iter().zip(said(&field)) {
                    assert_eq!(help.of(&field, lang), Some(said.as_str()), "{}", field.path);
                }
            }
        }
    }
}
