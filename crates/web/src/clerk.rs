//! The clerk's work: files, and links that are packed. None of it is needed for a first look, so it is a program of its own
//! that is loaded when it is first asked.

use crate::explore::simulated;
use crate::proto::{Answer, Question};
use qrcode::render::svg;
use qrcode::{EcLevel, QrCode, Version};
use whyeof_render::{Lang, formats};
use whyeof_scenario::link::{pack, unpack};

/// Answers a question.
pub fn answer(question: Question, _now: &dyn Fn() -> f64, say: &mut dyn FnMut(Answer)) {
    say(match question {
        Question::Export {
            id,
            scenario,
            format,
            lang,
        } => match export(&scenario, &format, &lang) {
            Ok(text) => Answer::Exported { format, text },
            Err(why) => Answer::Failed { id, why },
        },
        Question::Pack { scenario } => Answer::Packed {
            packed: pack(&scenario),
            scenario,
        },
        Question::Qr { link } => Answer::Qr {
            picture: qr(&link),
            link,
        },
        Question::Unpack { packed } => Answer::Unpacked {
            scenario: unpack(&packed).ok(),
            packed,
        },
        Question::Around(_) => Answer::not_mine(),
    });
}

/// A link as a picture, black on white in both themes, because cameras expect it; `None`: it is longer than such a picture can hold
/// and a camera can read from a wall (version 25 of 40, 117 modules a side).
fn qr(link: &str) -> Option<String> {
    const MOST: i16 = 25;
    let code = QrCode::with_error_correction_level(link, EcLevel::L).ok()?;
    let Version::Normal(version) = code.version() else {
        return None;
    };
    let mut drawing = code.render::<svg::Color<'_>>();
    (version <= MOST).then(|| drawing.min_dimensions(240, 240).build())
}

fn export(scenario: &str, format: &str, lang: &str) -> Result<String, String> {
    let (_, trace) = simulated(scenario)?;
    let format = formats::by_id(format).ok_or_else(|| format!("no format is called {format}"))?;
    let lang = Lang::from_tag(lang).unwrap_or(Lang::En);
    Ok((format.write)(&trace, lang))
}
