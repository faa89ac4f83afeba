//! Words of a recording, which stand in what is told of it: nothing of them may steer a terminal, or begin a line that reads as one of ours.

use serde::{Deserialize, Deserializer};
use whyeof_scenario::invalid::{printable, shorten_to};

pub(crate) fn word<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    Ok(printable(&String::deserialize(from)?))
}

pub(crate) fn word_if<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    let words = Option::<String>::deserialize(from)?;
    Ok(words.map(|words| printable(&words)))
}

/// A reason in English and 中文, as long as a reader takes in.
pub(crate) fn both<'de, D: Deserializer<'de>>(from: D) -> Result<[String; 2], D::Error> {
    let words = <[String; 2]>::deserialize(from)?;
    Ok(words.map(|words| shorten_to(1_000, &words)))
}
