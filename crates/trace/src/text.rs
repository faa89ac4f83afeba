//! Words in both languages, side by side, so that neither is forgotten when the other is edited.
//!
//! Terms follow the project's glossary; option names, states and error texts stay verbatim in both.

/// A language of the project.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Lang {
    /// English.
    #[default]
    En,
    /// 中文.
    Zh,
}

impl Lang {
    /// Both, in the order menus show them.
    pub const ALL: [Self; 2] = [Self::En, Self::Zh];

    /// Its place among [`Self::ALL`].
    pub const fn place(self) -> usize {
        self as usize
    }

    /// The tag that links and the page's `lang` attribute use.
    pub const fn tag(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Zh => "zh",
        }
    }

    /// The language of a tag; region and script are ignored (`zh-Hans-CN` is 中文).
    pub fn from_tag(tag: &str) -> Option<Self> {
        let primary = tag.split(['-', '_']).next()?;
        Self::ALL
            .into_iter()
            .find(|lang| lang.tag().eq_ignore_ascii_case(primary))
    }
}

/// The same words in both languages. Placeholders stand in braces: `{span}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Text {
    /// English.
    pub en: &'static str,
    /// 中文.
    pub zh: &'static str,
}

impl Text {
    /// English, then 中文.
    pub const fn new(en: &'static str, zh: &'static str) -> Self {
        Self { en, zh }
    }

    /// Words that are the same in both: names, units, states.
    pub const fn same(words: &'static str) -> Self {
        Self {
            en: words,
            zh: words,
        }
    }

    /// The words in one language.
    pub const fn of(self, lang: Lang) -> &'static str {
        match lang {
            Lang::En => self.en,
            Lang::Zh => self.zh,
        }
    }

    /// The wording in one language with its placeholders filled in: `[("span", "9.97 s")]`.
    pub fn fill(self, lang: Lang, values: &[(&str, &str)]) -> String {
        let value = |name: &str| values.iter().find(|(key, _)| *key == name);
        let value = |name: &str| value(name).map_or("", |(_, value)| *value);
        let mut out = String::new();
        pieces(self.of(lang), &mut |piece| match piece {
            Piece::Words(words) => append(&mut out, words, lang),
            Piece::Name(name) => append(&mut out, value(name), lang),
        });
        out
    }
}

/// A piece of a wording.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Piece<'a> {
    /// As they are.
    Words(&'a str),
    /// A placeholder's name.
    Name(&'a str),
}

/// The pieces of a wording, in one pass: what a placeholder is filled with is not searched again.
pub fn pieces<'a>(words: &'a str, piece: &mut dyn FnMut(Piece<'a>)) {
    let mut rest = words;
    while let Some((before, after)) = rest.split_once('{') {
        let (name, tail) = after.split_once('}').unwrap_or((after, ""));
        piece(Piece::Words(before));
        piece(Piece::Name(name));
        rest = tail;
    }
    piece(Piece::Words(rest));
}

/// Appends words; in Chinese with a space between a Chinese character and a Latin letter or digit, and none between
/// two Chinese characters, whatever the placeholders were filled with.
fn append(out: &mut String, words: &str, lang: Lang) {
    let is_han = |letter: char| ('\u{4e00}'..='\u{9fff}').contains(&letter);
    if lang == Lang::Zh {
        let mut words_end = words.trim_start().chars();
        let first = words_end.next();
        let gap = out.ends_with(' ') || words.starts_with(' ');
        let last = out.trim_end().chars().next_back();
        if let (Some(last), Some(first)) = (last, first) {
            if gap && is_han(last) && is_han(first) {
                out.truncate(out.trim_end().len());
                out.push_str(words.trim_start());
                return;
            }
            let mixed = is_han(last) && first.is_ascii_alphanumeric()
                || last.is_ascii_alphanumeric() && is_han(first);
            if !gap && mixed {
                out.push(' ');
            }
        }
    }
    out.push_str(words);
}

/// Control characters, those that turn the direction of the text that follows, and those that show nothing: two texts that
/// look alike would be told apart by them alone. Unicode's Default_Ignorable_Code_Point (without U+FE00..U+FE0F, which emoji
/// need), Bidi_Control, noncharacters, interlinear annotation, line and paragraph separator.
pub fn is_unprintable(c: char) -> bool {
    let is_hidden = matches!(
        c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{feff}'
            | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}'
    );
    let is_noncharacter =
        matches!(c, '\u{fdd0}'..='\u{fdef}') || matches!(u32::from(c) & 0xffff, 0xfffe..=0xffff);
    c.is_control() || is_hidden || is_noncharacter
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_name_languages_whatever_their_region() {
        for (tag, lang) in [
            ("en", Some(Lang::En)),
            ("en-GB", Some(Lang::En)),
            ("zh", Some(Lang::Zh)),
            ("zh-Hans-CN", Some(Lang::Zh)),
            ("ZH_tw", Some(Lang::Zh)),
            ("de", None),
            ("", None),
        ] {
            assert_eq!(Lang::from_tag(tag), lang, "{tag}");
        }
    }
}
