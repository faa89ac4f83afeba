//! What a worker is asked, as it is posted: written by the page, read by the worker.

use crate::app::{captured, swept};
use crate::js::{field, items, list, number, object, text, texts};
use crate::proto::{AboutPair, AboutRisk, Around, Question, Trial};
use wasm_bindgen::JsValue;

/// The question as it is posted.
pub fn question(question: &Question) -> JsValue {
    let text = JsValue::from_str;
    match question {
        Question::Around(around) => object(&[("Around", self::around(around))]),
        Question::Export {
            id,
            scenario,
            format,
            lang,
            base,
        } => {
            let (scenario, format, lang) = (text(scenario), text(format), text(lang));
            let fields = [
                ("id", (*id).into()),
                ("scenario", scenario),
                ("format", format),
                ("lang", lang),
                ("base", text(base)),
            ];
            object(&[("Export", object(&fields))])
        }
        Question::Pack { scenario } => object(&[("Pack", object(&[("scenario", text(scenario))]))]),
        Question::Risk(about) => {
            let fields = [
                ("id", about.id.into()),
                ("scenario", text(&about.scenario)),
                ("request", about.request.into()),
                ("gaps", text(&about.gaps)),
                ("lang", text(&about.lang)),
            ];
            object(&[("Risk", object(&fields))])
        }
        Question::Orders { id, scenario, lang } => {
            let (scenario, lang) = (text(scenario), text(lang));
            let fields = [("id", (*id).into()), ("scenario", scenario), ("lang", lang)];
            object(&[("Orders", object(&fields))])
        }
        Question::Config {
            scenario,
            edits,
            lang,
        } => {
            let (scenario, lang) = (text(scenario), text(lang));
            let edits = self::edits(edits);
            let fields = [("scenario", scenario), ("edits", edits), ("lang", lang)];
            object(&[("Config", object(&fields))])
        }
        Question::Pair(about) => object(&[("Pair", pair(about))]),
        Question::Sweep(about) => object(&[("Sweep", swept::question(about))]),
        Question::SweepPicture(about) => object(&[("SweepPicture", swept::picture(about))]),
        Question::Capture(about) => object(&[("Capture", captured::question(about))]),
        Question::Cards => object(&[("Cards", true.into())]),
        Question::Qr { link } => object(&[("Qr", object(&[("link", text(link))]))]),
    }
}

fn around(around: &Around) -> JsValue {
    let text = JsValue::from_str;
    let remedies = around.remedies.iter().map(|trial| {
        let edits = edits(&trial.edits);
        object(&[("request", trial.request.into()), ("edits", edits)])
    });
    object(&[
        ("id", around.id.into()),
        ("scenario", text(&around.scenario)),
        ("request", around.request.into()),
        ("remedies", list(remedies)),
        ("lang", text(&around.lang)),
        ("width", around.width.into()),
    ])
}

/// The question that was posted; `None` if it is none.
pub fn read(posted: &JsValue) -> Option<Question> {
    if let Some(around) = field(posted, "Around") {
        return Some(Question::Around(read_around(&around)?));
    }
    if let Some(export) = field(posted, "Export") {
        return Some(Question::Export {
            id: number(&export, "id")?,
            scenario: text(&export, "scenario")?,
            format: text(&export, "format")?,
            lang: text(&export, "lang")?,
            base: text(&export, "base")?,
        });
    }
    if let Some(about) = field(posted, "Capture") {
        return Some(Question::Capture(captured::read(&about)?));
    }
    if let Some(pack) = field(posted, "Pack") {
        let scenario = text(&pack, "scenario")?;
        return Some(Question::Pack { scenario });
    }
    if let Some(risk) = field(posted, "Risk") {
        return Some(Question::Risk(AboutRisk {
            id: number(&risk, "id")?,
            scenario: text(&risk, "scenario")?,
            request: number(&risk, "request")?,
            gaps: text(&risk, "gaps")?,
            lang: text(&risk, "lang")?,
        }));
    }
    if let Some(asked) = field(posted, "Orders") {
        return Some(Question::Orders {
            id: number(&asked, "id")?,
            scenario: text(&asked, "scenario")?,
            lang: text(&asked, "lang")?,
        });
    }
    if let Some(about) = field(posted, "Pair") {
        return Some(Question::Pair(read_pair(&about)?));
    }
    if let Some(asked) = field(posted, "Config") {
        return Some(Question::Config {
            scenario: text(&asked, "scenario")?,
            edits: read_edits(&asked)?,
            lang: text(&asked, "lang")?,
        });
    }
    if let Some(about) = field(posted, "Sweep") {
        return Some(Question::Sweep(swept::read(&about)?));
    }
    if let Some(about) = field(posted, "SweepPicture") {
        return Some(Question::SweepPicture(swept::read_picture(&about)?));
    }
    if field(posted, "Cards").is_some() {
        return Some(Question::Cards);
    }
    let link = text(&field(posted, "Qr")?, "link")?;
    Some(Question::Qr { link })
}

/// Which pair, as it is posted.
pub(super) fn pair(about: &AboutPair) -> JsValue {
    let text = JsValue::from_str;
    let of = list(about.of.iter().map(|it| text(it)));
    object(&[("of", of), ("lang", text(&about.lang))])
}

/// The same, read.
pub(super) fn read_pair(posted: &JsValue) -> Option<AboutPair> {
    Some(AboutPair {
        of: texts(posted, "of")?.try_into().ok()?,
        lang: text(posted, "lang")?,
    })
}

fn read_around(posted: &JsValue) -> Option<Around> {
    let remedies = items(&field(posted, "remedies")?)?;
    let trial = |posted: JsValue| {
        Some(Trial {
            request: number(&posted, "request"),
            edits: read_edits(&posted)?,
        })
    };
    Some(Around {
        id: number(posted, "id")?,
        scenario: text(posted, "scenario")?,
        request: number(posted, "request")?,
        remedies: remedies.iter().map(trial).collect::<Option<_>>()?,
        lang: text(posted, "lang")?,
        width: number(posted, "width")?,
    })
}

/// Edits, each a path and a text, as they are posted.
pub(super) fn edits(edits: &[(String, String)]) -> JsValue {
    let text = JsValue::from_str;
    let edit = |(path, value): &(String, String)| list([text(path), text(value)].into_iter());
    list(edits.iter().map(edit))
}

/// The field `edits` of what was posted, read.
pub(super) fn read_edits(posted: &JsValue) -> Option<Vec<(String, String)>> {
    let edit = |posted: JsValue| {
        let pair = items(&posted)?;
        Some((pair.get(0).as_string()?, pair.get(1).as_string()?))
    };
    items(&field(posted, "edits")?)?.iter().map(edit).collect()
}
