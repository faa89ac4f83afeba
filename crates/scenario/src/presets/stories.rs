//! What the presets tell, in a file of its own: the page loads it when somebody wants to read, so a long story costs a first look
//! nothing.

use crate::manual::said;
use serde_json::Value as Json;
use whyeof_trace::Lang;

/// The file: by preset's id, what happens and why in two or three sentences, and which text says how that differs from what really
/// happened. Each text stands in English and 中文.
pub const FILE: &str = include_str!("../stories.json");

/// The stories of all presets.
#[derive(Clone, Debug, PartialEq)]
pub struct Stories(Json);

/// A preset's story in one language.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Story<'a> {
    /// What happens and why.
    pub summary: &'a str,
    /// How it differs from what really happened; may be empty.
    pub about: &'a str,
}

impl Stories {
    /// Reads the file; `None`: it is none.
    pub fn read(file: &str) -> Option<Self> {
        let json: Json = serde_json::from_str(file).ok()?;
        json.get("stories")?.as_object()?;
        Some(Self(json))
    }

    /// The story of a preset.
    pub fn of(&self, id: &str, lang: Lang) -> Option<Story<'_>> {
        let story = self.0.get("stories")?.get(id)?;
        let about = story.get("about").and_then(Json::as_str);
        let about = about.and_then(|name| self.0.get("about")?.get(name));
        Some(Story {
            summary: said(story.get("summary")?, lang)?,
            about: about.and_then(|both| said(both, lang)).unwrap_or_default(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::presets;

    #[test]
    fn every_preset_has_its_story_in_both_languages_and_no_story_is_left_over() {
        let stories = Stories::read(FILE).expect("the file");
        for preset in &presets::ALL {
            for lang in Lang::ALL {
                let story = stories.of(preset.id, lang);
                let story = story.unwrap_or_else(|| panic!("{} has no story", preset.id));
                assert!(story.summary.len() > 60, "{}", preset.id);
            }
            let zh = stories.of(preset.id, Lang::Zh).expect("a story");
            let cjk = |text: &str| text.chars().any(|c| ('一'..='鿿').contains(&c));
            assert!(cjk(zh.summary), "{}", preset.id);
            assert!(zh.about.is_empty() || cjk(zh.about), "{}", preset.id);
        }
        let told = stories.0["stories"].as_object().expect("an object");
        assert_eq!(told.len(), presets::ALL.len());
        let named = |name: &String| told.values().any(|story| story["about"] == name.as_str());
        let about = stories.0["about"].as_object().expect("an object");
        assert!(about.keys().all(named), "{:?}", about.keys());
    }

    #[test]
    fn what_is_no_file_of_stories_is_none() {
        for text in ["", "{}", "[]", r#"{"stories":[]}"#, "<html>"] {
            assert_eq!(Stories::read(text), None, "{text}");
        }
    }
}
