//! What every profile does, as a file: the page loads it when somebody opens the table, so the table costs a first look nothing.

use serde_json::Value as Json;
use whyeof_trace::Lang;

/// The table of all profiles.
#[derive(Clone, Debug, PartialEq)]
pub struct Cast(Json);

/// A profile in one language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry<'a> {
    /// What it is, in one sentence.
    pub about: &'a str,
    /// What it does in each role that it can play.
    pub parts: Vec<Part<'a>>,
    /// What of it nobody has seen or read for certain.
    pub unverified: Vec<&'a str>,
}

/// A role, with the runtime's defaults.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part<'a> {
    /// The role's name.
    pub role: &'a str,
    /// Aspects and how each is in this runtime.
    pub traits: Vec<(&'a str, &'a str)>,
    /// What can be set.
    pub options: Vec<Knob<'a>>,
}

/// An option.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Knob<'a> {
    /// In the runtime's spelling: `IdleConnTimeout`.
    pub name: &'a str,
    /// What it is a field of: `http.Transport`.
    pub of: &'a str,
    /// What holds if nobody sets it.
    pub unset: &'a str,
    /// Where the runtime documents it.
    pub source: &'a str,
}

impl Cast {
    /// Reads the file; `None`: it is none.
    pub fn read(file: &str) -> Option<Self> {
        let json: Json = serde_json::from_str(file).ok()?;
        json.as_object()?;
        Some(Self(json))
    }

    /// A profile's entry.
    pub fn of(&self, id: &str, lang: Lang) -> Option<Entry<'_>> {
        let entry = self.0.get(id)?;
        let parts = list(entry, "parts").iter();
        let doubts = list(entry, "unverified").iter();
        Some(Entry {
            about: text(entry.get("about")?, lang),
            parts: parts.filter_map(|part| role(part, lang)).collect(),
            unverified: doubts.map(|doubt| text(doubt, lang)).collect(),
        })
    }
}

fn role<'a>(part: &'a Json, lang: Lang) -> Option<Part<'a>> {
    let pair = |row: &'a Json| Some((text(row.get(0)?, lang), text(row.get(1)?, lang)));
    let knob = |row: &'a Json| {
        Some(Knob {
            name: row.get(0)?.as_str()?,
            of: row.get(1)?.as_str()?,
            unset: text(row.get(2)?, lang),
            source: row.get(3)?.as_str()?,
        })
    };
    Some(Part {
        role: text(part.get("role")?, lang),
        traits: list(part, "traits").iter().filter_map(pair).collect(),
        options: list(part, "options").iter().filter_map(knob).collect(),
    })
}

fn list<'a>(of: &'a Json, name: &str) -> &'a [Json] {
    of.get(name)
        .and_then(Json::as_array)
        .map_or(&[], Vec::as_slice)
}

/// One text for both languages, or two of which English stands first.
fn text(both: &Json, lang: Lang) -> &str {
    both.as_str()
        .or_else(|| super::said(both, lang))
        .unwrap_or_default()
}

#[cfg(all(test, feature = "manual"))]
mod tests {
    use super::*;
    use crate::profiles::{self, Profile, table};
    use crate::v1::Options;
    use serde_json::json;
    use whyeof_trace::Text;

    fn both(of: impl Fn(Lang) -> String) -> Json {
        let [en, zh] = [of(Lang::En), of(Lang::Zh)];
        if en == zh { json!(en) } else { json!([en, zh]) }
    }

    fn said(text: Text) -> Json {
        both(|lang| text.of(lang).to_owned())
    }

    fn entry(profile: &Profile) -> Json {
        let [en, zh] = Lang::ALL.map(|lang| table::parts(profile, lang));
        let roles = en.iter().zip(&zh).map(|(en, zh)| {
            let rows = en.traits.iter().zip(&zh.traits);
            let rows = rows.map(|(en, zh)| {
                let values = [&en.value, &zh.value];
                let value = both(|lang| values[usize::from(lang == Lang::Zh)].clone());
                json!([said(en.aspect), value])
            });
            let options = en.options.iter().map(|knob| {
                let unset = knob.effective(en.options, &Options::default(), "");
                let unset = both(|lang| unset.say(None, lang));
                json!([knob.name, knob.of, unset, knob.source])
            });
            json!({
                "role": said(en.role),
                "traits": rows.collect::<Vec<_>>(),
                "options": options.collect::<Vec<_>>(),
            })
        });
        let doubts = profile.unverified.iter();
        json!({
            "about": said(profile.about),
            "parts": roles.collect::<Vec<_>>(),
            "unverified": doubts.map(|doubt| said(*doubt)).collect::<Vec<_>>(),
        })
    }

    /// The file is what the profiles say, written down by this test when it is told to.
    #[test]
    fn the_file_is_what_the_profiles_say() {
        let entries = profiles::ALL.map(|profile| format!("{:?}:{}", profile.id, entry(profile)));
        let file = format!("{{{}}}\n", entries.join(",\n"));
        expect_test::expect_file!["cast.json"].assert_eq(&file);
        let cast = Cast::read(&file).expect("a file");
        for (profile, lang) in profiles::ALL
            .iter()
            .flat_map(|p| Lang::ALL.map(|lang| (p, lang)))
        {
            let entry = cast.of(profile.id, lang).expect("an entry");
            let parts = table::parts(profile, lang);
            assert_eq!(entry.about, profile.about.of(lang));
            assert_eq!(entry.unverified.len(), profile.unverified.len());
            assert_eq!(entry.parts.len(), parts.len());
            for (read, part) in entry.parts.iter().zip(&parts) {
                let values = part.traits.iter().map(|line| line.value.as_str());
                assert!(read.traits.iter().map(|(_, value)| *value).eq(values));
                let sources = part.options.iter().map(|knob| knob.source);
                assert!(read.options.iter().map(|knob| knob.source).eq(sources));
            }
        }
    }

    #[test]
    fn what_is_no_table_is_none_or_has_no_entry() {
        assert_eq!(Cast::read("<html>"), None);
        assert_eq!(Cast::read("[]"), None);
        let odd = Cast::read(r#"{"go-1.27":[],"x":{"about":1,"parts":[[]]}}"#).expect("an object");
        assert_eq!(odd.of("go-1.27", Lang::En), None);
        assert_eq!(odd.of("x", Lang::En).map(|e| e.parts.len()), Some(0));
    }
}
