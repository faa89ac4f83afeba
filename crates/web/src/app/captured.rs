//! What the clerk is asked about captures and what it says of them, as it is posted.

use crate::js::{self, field, items, list, object, text, texts};
use crate::proto::{AboutCapture, AskCapture, CaptureSaid, FlowRow, OpenedCapture, Posted};
use js_sys::Uint32Array;
use wasm_bindgen::{JsCast, JsValue};
use whyeof_render::import::Packed;

/// The question as it is posted.
pub fn question(asked: &AboutCapture) -> JsValue {
    let words = JsValue::from_str;
    let mut fields = vec![("id", asked.id.into()), ("lang", words(&asked.lang))];
    match &asked.ask {
        AskCapture::Open(file) => fields.push(("file", file.0.clone())),
        AskCapture::Part(flow) => fields.push(("flow", (*flow).into())),
        AskCapture::Like { flow, name } => {
            fields.extend([("flow", (*flow).into()), ("name", words(name))]);
        }
        AskCapture::File { flow, format } => {
            fields.extend([("flow", (*flow).into()), ("format", words(format))]);
        }
    }
    object(&fields)
}

/// The question that was posted.
pub fn read(posted: &JsValue) -> Option<AboutCapture> {
    let flow = js::number(posted, "flow");
    let ask = match (
        field(posted, "file"),
        text(posted, "name"),
        text(posted, "format"),
    ) {
        (Some(file), ..) => AskCapture::Open(Posted(file)),
        (_, Some(name), _) => AskCapture::Like { flow: flow?, name },
        (_, _, Some(format)) => AskCapture::File {
            flow: flow?,
            format,
        },
        _ => AskCapture::Part(flow?),
    };
    Some(AboutCapture {
        id: js::number(posted, "id")?,
        lang: text(posted, "lang")?,
        ask,
    })
}

/// What is said, as it is posted.
pub fn said(said: &CaptureSaid) -> Vec<(&'static str, JsValue)> {
    let words = |it: &String| JsValue::from_str(it);
    match said {
        CaptureSaid::Reading(percent) => vec![("reading", (*percent).into())],
        CaptureSaid::Wrong(why) => vec![("wrong", words(why))],
        CaptureSaid::Like { scenario, told } => {
            vec![("scenario", words(scenario)), ("told", words(told))]
        }
        CaptureSaid::Part { flow, packed, cut } => vec![
            ("flow", (*flow).into()),
            ("words", Uint32Array::from(packed.words.as_slice()).into()),
            ("texts", list(packed.texts.iter().map(words))),
            ("cut", (*cut).into()),
        ],
        CaptureSaid::Opened(opened) => {
            let both = |of: &[String; 2]| list(of.iter().map(words));
            vec![
                ("verdict", both(&opened.verdict)),
                ("about", both(&opened.about)),
                ("broken", both(&opened.broken)),
                ("tap", words(&opened.tap)),
                ("interest", opened.interest.into()),
                ("more", opened.more.into()),
                ("rows", list(opened.rows.iter().map(row))),
            ]
        }
    }
}

fn row(row: &FlowRow) -> JsValue {
    let numbers = [row.flow, row.packets, row.requests, row.unanswered];
    let words = [
        &row.client,
        &row.server,
        &row.opens,
        &row.lasts,
        &row.speech,
        &row.ended,
        &row.finding,
    ];
    let numbers = numbers.into_iter().map(JsValue::from);
    list(numbers.chain(words.into_iter().map(|it| JsValue::from_str(it))))
}

/// What was said; `None`: nothing that can be read.
pub fn heard(posted: &JsValue) -> Option<CaptureSaid> {
    if let Some(percent) = js::number(posted, "reading") {
        return Some(CaptureSaid::Reading(percent));
    }
    if let Some(why) = text(posted, "wrong") {
        return Some(CaptureSaid::Wrong(why));
    }
    if let Some(scenario) = text(posted, "scenario") {
        return Some(CaptureSaid::Like {
            scenario,
            told: text(posted, "told")?,
        });
    }
    if let Some(words) = field(posted, "words") {
        let words: Uint32Array = words.dyn_into().ok()?;
        return Some(CaptureSaid::Part {
            flow: js::number(posted, "flow")?,
            packed: Packed {
                words: words.to_vec(),
                texts: texts(posted, "texts")?,
            },
            cut: field(posted, "cut")?.as_bool()?,
        });
    }
    let both = |key| <[String; 2]>::try_from(texts(posted, key)?).ok();
    let rows = items(&field(posted, "rows")?)?;
    Some(CaptureSaid::Opened(OpenedCapture {
        verdict: both("verdict")?,
        about: both("about")?,
        broken: both("broken")?,
        tap: text(posted, "tap")?,
        interest: js::number(posted, "interest")?,
        more: js::number(posted, "more")?,
        rows: rows
            .iter()
            .map(|it| heard_row(&it))
            .collect::<Option<_>>()?,
    }))
}

fn heard_row(posted: &JsValue) -> Option<FlowRow> {
    let all = items(posted)?;
    let number = |at| u32::try_from(js::whole(&all.get(at))?).ok();
    let words = |at| all.get(at).as_string();
    Some(FlowRow {
        flow: number(0)?,
        packets: number(1)?,
        requests: number(2)?,
        unanswered: number(3)?,
        client: words(4)?,
        server: words(5)?,
        opens: words(6)?,
        lasts: words(7)?,
        speech: words(8)?,
        ended: words(9)?,
        finding: words(10)?,
    })
}
