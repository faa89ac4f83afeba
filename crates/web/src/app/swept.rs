//! What those who sweep are asked, and what they say, as it is posted.

use super::heard::kind;
use crate::js::{field, items, list, number, object, text, texts};
use crate::proto::{AboutSweep, Answer, EdgeRow, SweepDrawing, SweptRuns, WayRow};
use std::rc::Rc;
use wasm_bindgen::JsValue;

/// A part of a sweep, as it is posted.
pub(super) fn question(about: &AboutSweep) -> JsValue {
    let overs = about.overs.iter().map(|over| JsValue::from_str(over));
    object(&[
        ("id", about.id.into()),
        ("scenario", JsValue::from_str(&about.scenario)),
        ("overs", list(overs)),
        ("seeds", about.seeds.into()),
        ("part", about.part.into()),
        ("of", about.of.into()),
        ("lang", JsValue::from_str(&about.lang)),
    ])
}

/// The same, read.
pub(super) fn read(posted: &JsValue) -> Option<AboutSweep> {
    Some(AboutSweep {
        id: number(posted, "id")?,
        scenario: text(posted, "scenario")?,
        overs: texts(posted, "overs")?,
        seeds: number(posted, "seeds")?,
        part: number(posted, "part")?,
        of: number(posted, "of")?,
        lang: text(posted, "lang")?,
    })
}

/// A sweep that is to be drawn, as it is posted.
pub(super) fn picture(about: &SweptRuns) -> JsValue {
    let text = JsValue::from_str;
    let texts = |all: &[String]| list(all.iter().map(|it| text(it)));
    object(&[
        ("sweep", question(&about.sweep)),
        ("kinds", texts(&about.kinds)),
        ("runs", text(&about.runs)),
        ("ended", about.ended.into()),
        ("width", about.width.into()),
    ])
}

/// The same, read.
pub(super) fn read_picture(posted: &JsValue) -> Option<SweptRuns> {
    Some(SweptRuns {
        sweep: read(&field(posted, "sweep")?)?,
        kinds: texts(posted, "kinds")?,
        runs: text(posted, "runs")?,
        ended: field(posted, "ended")?.is_truthy(),
        width: number(posted, "width")?,
    })
}

/// What is said of a sweep; `None` if it is something else.
pub(super) fn answer(said: &JsValue) -> Option<Answer> {
    let number = |key| number(said, key);
    let text = |key| text(said, key);
    let id = number("id");
    Some(match text("kind")?.as_str() {
        "Swept" => Answer::Swept {
            id: id?,
            part: number("part")?,
            kinds: text("kinds")?,
            runs: text("runs")?,
            micros: number("micros")?,
            total: number("total")?,
        },
        "SweepDrawn" => Answer::SweepDrawn {
            id: id?,
            drawing: Rc::new(drawing(said)?),
        },
        "Orders" => Answer::Orders {
            id: id?,
            words: text("words")?,
            ways: ways(said)?,
        },
        "SweepWrong" => Answer::SweepWrong {
            id: id?,
            why: text("why")?,
        },
        _ => return None,
    })
}

fn drawing(said: &JsValue) -> Option<SweepDrawing> {
    let text = |key| text(said, key);
    let lines = |all: &String| all.lines().map(str::to_owned).collect();
    Some(SweepDrawing {
        ended: field(said, "ended")?.is_truthy(),
        picture: text("picture")?.into(),
        file: text("file")?,
        words: text("words")?,
        values: texts(said, "values")?.iter().map(lines).collect(),
        edges: edges(said)?,
        more: text("more")?,
    })
}

fn ways(said: &JsValue) -> Option<Vec<WayRow>> {
    let rows = items(&field(said, "ways")?)?;
    let row = |row: JsValue| {
        Some(WayRow {
            ties: text(&row, "ties")?,
            lines: text(&row, "lines")?,
        })
    };
    rows.iter().map(row).collect()
}

fn edges(said: &JsValue) -> Option<Vec<EdgeRow>> {
    let rows = items(&field(said, "edges")?)?;
    let row = |row: JsValue| {
        let text = |key| text(&row, key);
        Some(EdgeRow {
            below: text("below")?,
            above: text("above")?,
            along: number(&row, "along")?,
            beside: text("beside")?,
            from: text("from")?,
            to: text("to")?,
        })
    };
    rows.iter().map(row).collect()
}

/// The same, as it is posted.
pub(super) fn said(answer: &Answer) -> JsValue {
    let text = JsValue::from_str;
    match answer {
        Answer::Swept {
            id,
            part,
            kinds,
            runs,
            micros,
            total,
        } => {
            let fields = [
                ("id", (*id).into()),
                ("part", (*part).into()),
                ("kinds", text(kinds)),
                ("runs", text(runs)),
                ("micros", (*micros).into()),
                ("total", (*total).into()),
            ];
            kind("Swept", &fields)
        }
        Answer::SweepDrawn { id, drawing } => {
            let lines = |values: &Vec<String>| text(&values.join("\n"));
            let fields = [
                ("id", (*id).into()),
                ("ended", drawing.ended.into()),
                ("picture", text(&drawing.picture)),
                ("file", text(&drawing.file)),
                ("words", text(&drawing.words)),
                ("values", list(drawing.values.iter().map(lines))),
                ("edges", list(drawing.edges.iter().map(edge))),
                ("more", JsValue::from_str(&drawing.more)),
            ];
            kind("SweepDrawn", &fields)
        }
        Answer::Orders { id, words, ways } => {
            let way =
                |way: &WayRow| object(&[("ties", text(&way.ties)), ("lines", text(&way.lines))]);
            let ways = list(ways.iter().map(way));
            kind(
                "Orders",
                &[("id", (*id).into()), ("words", text(words)), ("ways", ways)],
            )
        }
        Answer::SweepWrong { id, why } => {
            kind("SweepWrong", &[("id", (*id).into()), ("why", text(why))])
        }
        _ => JsValue::UNDEFINED,
    }
}

fn edge(row: &EdgeRow) -> JsValue {
    let fields = [
        ("below", &row.below),
        ("above", &row.above),
        ("beside", &row.beside),
        ("from", &row.from),
        ("to", &row.to),
    ];
    let along = ("along", row.along.into());
    let words = fields.map(|(key, words)| (key, JsValue::from_str(words)));
    object(&[&words[..], &[along]].concat())
}
