//! What a worker says, as it is posted: written by the worker, read by the page.

use crate::app::{asked, captured, swept};
use crate::js::{self, field, list, object, whole};
use crate::proto::{Answer, Card, ConfigRow, Proved};
use js_sys::{Array, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use whyeof_diagnose::Basis;
use whyeof_render::formats::Written;

/// The answer that was posted; `None` if it is none.
pub fn answer(said: &JsValue) -> Option<Answer> {
    let number = |key| js::number(said, key);
    let text = |key| js::text(said, key);
    let id = number("id");
    Some(match text("kind")?.as_str() {
        "Ready" => Answer::Ready,
        "NoGap" => Answer::NoGap { id: id? },
        "Progress" => Answer::Progress {
            id: id?,
            done: number("done")?,
            of: number("of")?,
        },
        "Strip" => Answer::Strip {
            id: id?,
            picture: text("picture")?,
            words: text("words")?,
            runs: number("runs")?,
            micros: number("micros")?,
        },
        "Proof" => Answer::Proof {
            id: id?,
            remedy: number("remedy")?,
            proved: field(said, "proved").and_then(|found| proved(&found)),
        },
        "Reran" => Answer::Reran {
            id: id?,
            remedy: number("remedy")?,
            words: text("words")?,
            better: field(said, "better")?.as_bool()?,
            clean: field(said, "clean")?.as_bool()?,
        },
        "Done" => Answer::Done { id: id? },
        "Failed" => Answer::Failed {
            id: id?,
            why: text("why")?,
        },
        "Packed" => Answer::Packed {
            scenario: text("scenario")?,
            packed: text("packed")?,
        },
        _ => return of_an_act(said),
    })
}

/// What only the clerk says, of what somebody asked for.
fn of_an_act(said: &JsValue) -> Option<Answer> {
    let number = |key| js::number(said, key);
    let text = |key| js::text(said, key);
    Some(match text("kind")?.as_str() {
        "Exported" => Answer::Exported {
            format: text("format")?,
            file: written(&field(said, "file")?)?,
        },
        "Capture" => Answer::Capture {
            id: number("id")?,
            said: captured::heard(said)?,
        },
        "Card" => Answer::Card {
            preset: text("preset")?,
            card: Card {
                picture: text("picture")?.into(),
                symptom: text("symptom")?,
                cause: text("cause")?,
                runtimes: js::texts(said, "runtimes")?,
            },
        },
        "Qr" => Answer::Qr {
            link: text("link")?,
            picture: text("picture"),
        },
        "Risk" => Answer::Risk {
            id: number("id")?,
            gaps: text("gaps")?,
            lines: text("lines")?,
            wrong: text("wrong")?,
        },
        "Pair" => Answer::Pair {
            of: asked::read_pair(&field(said, "of")?)?,
            lines: text("lines")?,
            link: text("link")?,
        },
        "Config" => {
            let (of, lines) = (js::texts(said, "of")?, js::texts(said, "lines")?);
            let rows = of.into_iter().zip(lines);
            Answer::Config {
                edits: asked::read_edits(said)?,
                rows: rows.map(|(of, lines)| ConfigRow { of, lines }).collect(),
            }
        }
        _ => return swept::answer(said),
    })
}

/// A text, or bytes.
fn written(said: &JsValue) -> Option<Written> {
    match said.as_string() {
        Some(text) => Some(Written::Text(text)),
        None => Some(Written::Bytes(said.dyn_ref::<Uint8Array>()?.to_vec())),
    }
}

fn proved(said: &JsValue) -> Option<Proved> {
    let fails_at = field(said, "fails_at").and_then(|at| {
        let pair = at.dyn_into::<Array>().ok()?;
        Some((whole(&pair.get(0))?, pair.get(1).as_string()?))
    });
    Some(Proved {
        to: whole(&field(said, "to")?)?,
        runs: js::number(said, "runs")?,
        fails_at,
        replays_at: field(said, "replays_at").and_then(|at| whole(&at)),
        whose: js::text(said, "whose")?,
        draws: Basis {
            count: js::number(said, "draws")?,
            lossy: field(said, "lossy")?.as_bool()?,
            untried: js::number(said, "untried")?,
            stopped: field(said, "stopped")?.as_bool()?,
        },
        still_failed: js::number(said, "still_failed")?,
        mends: field(said, "mends")?.as_bool()?,
        costs: js::text(said, "costs")?,
    })
}

/// The answer as it is posted.
pub fn said(answer: &Answer) -> JsValue {
    let text = JsValue::from_str;
    let of = |id: &u32| ("id", JsValue::from(*id));
    match answer {
        Answer::Ready => kind("Ready", &[]),
        Answer::NoGap { id } => kind("NoGap", &[of(id)]),
        Answer::Progress { id, done, of: all } => {
            let (done, all) = ((*done).into(), (*all).into());
            kind("Progress", &[of(id), ("done", done), ("of", all)])
        }
        Answer::Strip {
            id,
            picture,
            words,
            runs,
            micros,
        } => {
            let (picture, words) = (("picture", text(picture)), ("words", text(words)));
            let (runs, micros) = (("runs", (*runs).into()), ("micros", (*micros).into()));
            kind("Strip", &[of(id), picture, words, runs, micros])
        }
        Answer::Proof { id, remedy, proved } => {
            let proved = proved.as_ref().map(said_proved).unwrap_or_default();
            let remedy = (*remedy).into();
            kind("Proof", &[of(id), ("remedy", remedy), ("proved", proved)])
        }
        Answer::Reran {
            id,
            remedy,
            words,
            better,
            clean,
        } => {
            let (remedy, words) = (("remedy", (*remedy).into()), ("words", text(words)));
            kind(
                "Reran",
                &[
                    of(id),
                    remedy,
                    words,
                    ("better", (*better).into()),
                    ("clean", (*clean).into()),
                ],
            )
        }
        Answer::Done { id } => kind("Done", &[of(id)]),
        Answer::Failed { id, why } => kind("Failed", &[of(id), ("why", text(why))]),
        other => said_by_clerk(other),
    }
}

/// What only the clerk says, as it is posted.
fn said_by_clerk(answer: &Answer) -> JsValue {
    let text = JsValue::from_str;
    match answer {
        Answer::Exported { format, file } => {
            let file = match file {
                Written::Text(file) => text(file),
                Written::Bytes(bytes) => Uint8Array::from(bytes.as_slice()).into(),
            };
            kind("Exported", &[("format", text(format)), ("file", file)])
        }
        Answer::Capture { id, said } => {
            let mut fields = vec![("id", (*id).into())];
            fields.extend(captured::said(said));
            kind("Capture", &fields)
        }
        Answer::Packed { scenario, packed } => {
            let (scenario, packed) = (text(scenario), text(packed));
            kind("Packed", &[("scenario", scenario), ("packed", packed)])
        }
        Answer::Card { preset, card } => {
            let fields = [
                ("preset", text(preset)),
                ("picture", text(&card.picture)),
                ("symptom", text(&card.symptom)),
                ("cause", text(&card.cause)),
                ("runtimes", list(card.runtimes.iter().map(|it| text(it)))),
            ];
            kind("Card", &fields)
        }
        Answer::Risk {
            id,
            gaps,
            lines,
            wrong,
        } => {
            let fields = [
                ("id", (*id).into()),
                ("gaps", text(gaps)),
                ("lines", text(lines)),
                ("wrong", text(wrong)),
            ];
            kind("Risk", &fields)
        }
        Answer::Pair { of, lines, link } => {
            let (of, lines) = (("of", asked::pair(of)), ("lines", text(lines)));
            kind("Pair", &[of, lines, ("link", text(link))])
        }
        Answer::Config { edits, rows } => {
            let fields = [
                ("edits", asked::edits(edits)),
                ("of", list(rows.iter().map(|row| text(&row.of)))),
                ("lines", list(rows.iter().map(|row| text(&row.lines)))),
            ];
            kind("Config", &fields)
        }
        Answer::Qr { link, picture } => {
            let picture = picture.as_deref().map(text).unwrap_or_default();
            kind("Qr", &[("link", text(link)), ("picture", picture)])
        }
        other => swept::said(other),
    }
}

pub(super) fn kind(kind: &str, fields: &[(&str, JsValue)]) -> JsValue {
    let mut all = vec![("kind", JsValue::from_str(kind))];
    all.extend_from_slice(fields);
    object(&all)
}

fn said_proved(proved: &Proved) -> JsValue {
    let fails_at = proved.fails_at.as_ref().map(|(gap, error)| {
        let pair = [js::exact(*gap), JsValue::from_str(error)];
        list(pair.into_iter())
    });
    object(&[
        ("to", js::exact(proved.to)),
        ("runs", proved.runs.into()),
        ("fails_at", fails_at.unwrap_or_default()),
        (
            "replays_at",
            proved.replays_at.map(js::exact).unwrap_or_default(),
        ),
        ("whose", JsValue::from_str(&proved.whose)),
        ("draws", proved.draws.count.into()),
        ("lossy", proved.draws.lossy.into()),
        ("untried", proved.draws.untried.into()),
        ("stopped", proved.draws.stopped.into()),
        ("still_failed", proved.still_failed.into()),
        ("mends", proved.mends.into()),
        ("costs", JsValue::from_str(&proved.costs)),
    ])
}
