//! Remedies as configuration to paste.

use whyeof_diagnose::{Paste, Remedy, Text};
use whyeof_scenario::paste::{Snippet, snippets};
use whyeof_scenario::{Lang, Scenario};

/// A remedy's change in the files of those that are configured.
pub(crate) fn paste(scenario: &Scenario, remedy: &Remedy) -> Vec<Paste> {
    let edits = remedy.edits.iter();
    let edits: Vec<_> = edits.map(|e| (e.path.clone(), e.value.clone())).collect();
    let [english, chinese] = [Lang::En, Lang::Zh].map(|lang| snippets(scenario, &edits, lang));
    let both = |(en, zh): (Snippet, Snippet)| Paste {
        of: Text::made(en.of, zh.of),
        language: en.language,
        lines: Text::made(en.lines, zh.lines),
    };
    english.into_iter().zip(chinese).map(both).collect()
}
