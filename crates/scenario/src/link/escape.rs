//! How values stand in a link, and how a link is found in the text that somebody pasted.

use std::fmt::Write;

/// Percent-encodes all but what no program on the way breaks.
pub(super) fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~:/,@".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            // Writing into a String never fails.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

/// The text of a part; `None`: a broken escape, or no UTF-8.
pub(super) fn decode(part: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(part.len());
    let mut rest = part.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let mut digit = || char::from(rest.next()?).to_digit(16);
            let (high, low) = (digit()?, digit()?);
            bytes.push(u8::try_from(high * 16 + low).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}

/// What parts of a link begin with, and the one that is whole.
const KEYS: [&str; 7] = ["p=", "s=", "t=", "sel=", "lang=", "v=", "e"];

/// The part after `#` of the link in a text: of the first that carries a scenario, else of the first that is
/// ours at all. A part without its `#` is taken when it is all there is.
pub(super) fn fragment(text: &str) -> Option<&str> {
    let after_hash = text.match_indices('#').map(|(at, _)| &text[at + 1..]);
    let bare = Some(text.trim()).filter(|text| !text.contains('#'));
    let tokens = || after_hash.clone().chain(bare).map(token);
    let mut with_scenario = tokens().filter(|token| has_key(token, &["p=", "s="]));
    let mut ours = after_hash.clone().map(token);
    with_scenario
        .next()
        .or_else(|| ours.find(|token| has_key(token, &KEYS)))
}

/// The beginning of a text that can belong to a link, without the punctuation of the sentence around it.
fn token(text: &str) -> &str {
    let belongs = |c: char| c.is_ascii_graphic() && !"#\"<>\\^`{|}".contains(c);
    let end = text.find(|c| !belongs(c)).unwrap_or(text.len());
    text[..end].trim_end_matches(['.', ',', ';', ':', '!', '?', '\'', '(', ')', '[', ']', '*'])
}

/// Whether a part of a link begins with one of these, or is `e`.
fn has_key(token: &str, keys: &[&str]) -> bool {
    let mut parts = token.split('&');
    parts.any(|part| {
        let part = part.strip_prefix("amp;").unwrap_or(part);
        keys.iter().any(|key| match key.strip_suffix('=') {
            Some(_) => part.starts_with(key),
            None => part == *key,
        })
    })
}
