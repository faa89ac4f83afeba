//! A share link, or a text in which one stands. A text that begins as JSON does is packed first: a fuzzer does not guess deflate.

use crate::oracle::message;
use crate::{Target, scenario, traced};
use whyeof_scenario::link::{decode, encode, pack};

pub(crate) const TARGET: Target = Target {
    name: "link",
    check,
};

fn check(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let text = match text.starts_with('{') {
        true => format!("#s=1.{}", pack(&text)),
        false => text.into_owned(),
    };
    let opened = match decode(&text) {
        Ok(opened) => opened,
        Err(error) => {
            message(|lang| error.say(lang));
            return;
        }
    };
    opened.notes.iter().for_each(scenario::refused);
    let written = encode(&opened.shared);
    assert!(written.bytes().all(|b| b.is_ascii_graphic()), "{written}");
    assert!(
        written.ends_with(|c: char| c.is_ascii_alphanumeric()),
        "{written}"
    );
    let again = decode(&written).unwrap_or_else(|error| panic!("{error}: {written}"));
    assert_eq!(again.notes, [], "{written}");
    // A link without a version gets ours.
    let mut sent = opened.shared;
    sent.engine = sent.engine.or(again.shared.engine.clone());
    assert_eq!(again.shared, sent, "{written}");
    if let Some(scenario) = &again.shared.scenario {
        scenario::again(scenario);
        traced::ran(scenario);
    }
}
