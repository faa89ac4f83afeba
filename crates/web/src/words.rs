//! The crates below each bring their own words; here they are said in the reader's language.

use whyeof_scenario::Lang;

/// The words of a finding.
pub fn of(text: &whyeof_diagnose::Text, lang: Lang) -> &str {
    match lang {
        Lang::En => &text.en,
        Lang::Zh => &text.zh,
    }
}

/// A span given in nanoseconds: `9.993 s`.
pub fn span(nanos: u64) -> String {
    whyeof_render::text::span(std::time::Duration::from_nanos(nanos))
}
