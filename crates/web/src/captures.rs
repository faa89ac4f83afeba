//! The clerk's work on captures: it reads the file that it was given, keeps what is in it, and hands out connections, files and scenarios of it.
//!
//! The file is read piece by piece where it lies; nothing of it is posted anywhere but to the page.

use crate::proto::{AboutCapture, Answer, AskCapture, CaptureSaid, FlowRow, OpenedCapture, Posted};
use js_sys::Uint8Array;
use std::cell::RefCell;
use std::net::SocketAddr;
use wasm_bindgen::JsCast;
use web_sys::{Blob, FileReaderSync};
use whyeof_diagnose::diagnose_capture;
use whyeof_explore::imitate;
use whyeof_render::formats::{self, Case};
use whyeof_render::import::{
    self, Capture, Ended, Import, Invalid, Listed, Packed, Speech, What, window,
};
use whyeof_scenario::Lang;
use whyeof_trace::time::clock;
use whyeof_trace::{FlowId, Side, Trace, Vantage};

/// Larger files are for the command line.
pub const MOST_BYTES: f64 = 67_108_864.0;
/// So much is read at a time.
const PIECE: f64 = 1_048_576.0;
/// So many connections are listed; those with findings first.
const MOST_ROWS: usize = 2_000;
/// So many records of a connection are drawn.
const MOST_RECORDS: usize = 20_000;

thread_local! {
    /// The capture that was opened last: the clerk's only one, so that questions about it need not bring it along.
    static OPEN: RefCell<Option<Capture>> = const { RefCell::new(None) };
}

/// Answers a question about a capture.
pub fn answer(asked: &AboutCapture, say: &mut dyn FnMut(Answer)) {
    let lang = Lang::from_tag(&asked.lang).unwrap_or(Lang::En);
    let mut tell = |said| {
        say(Answer::Capture { id: asked.id, said });
    };
    match &asked.ask {
        AskCapture::Open(file) => {
            match open(file, &mut |percent| tell(CaptureSaid::Reading(percent))) {
                Ok(opened) => tell(CaptureSaid::Opened(opened)),
                Err(invalid) => tell(CaptureSaid::Wrong(invalid.say(lang))),
            }
        }
        AskCapture::Part(flow) => {
            if let Some(mut part) = part(*flow) {
                let mut report = diagnose_capture(&part);
                let cut = window(&mut part, &mut report, MOST_RECORDS);
                tell(CaptureSaid::Part {
                    flow: *flow,
                    packed: Packed::of(&part, &report),
                    cut,
                });
            }
        }
        AskCapture::Like { flow, name } => {
            let Some(part) = part(*flow) else { return };
            match imitate(&part, name) {
                Ok(like) => {
                    let told = like.told.iter().map(|it| it.of(lang));
                    tell(CaptureSaid::Like {
                        scenario: like.scenario.to_json(),
                        told: told.collect::<Vec<_>>().join(" "),
                    });
                }
                Err(wrong) => tell(CaptureSaid::Wrong(wrong.say(lang))),
            }
        }
        AskCapture::File { flow, format } => {
            let written = part(*flow).zip(formats::by_id(format));
            if let Some((part, of)) = written {
                say(Answer::Exported {
                    format: format.clone(),
                    file: of.of(&Case::from(&part), lang),
                });
            }
        }
    }
}

/// The trace of a connection.
fn part(flow: u32) -> Option<Trace> {
    OPEN.with_borrow(|open| Some(open.as_ref()?.part(&[FlowId(flow)])))
}

/// Reads a file to its end, or to where it breaks off.
fn open(file: &Posted, progress: &mut dyn FnMut(u32)) -> Result<OpenedCapture, Invalid> {
    let unreadable = || Invalid {
        offset: 0,
        what: What::NoCapture,
    };
    let blob: &Blob = file.0.dyn_ref().ok_or_else(unreadable)?;
    let reader = FileReaderSync::new().map_err(|_| unreadable())?;
    let size = blob.size().min(MOST_BYTES);
    let mut import = Import::default();
    let mut at = 0.0;
    while at < size {
        let to = (at + PIECE).min(size);
        let piece = blob.slice_with_f64_and_f64(at, to);
        let bytes = piece.and_then(|piece| reader.read_as_array_buffer(&piece));
        let bytes = bytes.map_err(|_| unreadable())?;
        if import.feed(&Uint8Array::new(&bytes).to_vec()).is_err() {
            break;
        }
        at = to;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "from 0 to 100"
        )]
        progress((100.0 * at / size) as u32);
    }
    let capture = import.finish(None)?;
    let opened = opened(&capture);
    OPEN.set(Some(capture));
    Ok(opened)
}

fn opened(capture: &Capture) -> OpenedCapture {
    let report = diagnose_capture(&capture.trace);
    let mut rows = import::list(capture, &report);
    let leading = report.leading().and_then(|it| it.evidence.first());
    let leading = leading.and_then(|it| capture.trace.record(it.record).event.flow());
    let more = rows.len().saturating_sub(MOST_ROWS);
    if more > 0 {
        rows.sort_by_key(|it| (it.finding.is_none(), it.flow.id));
        rows.truncate(MOST_ROWS);
        rows.sort_by_key(|it| it.flow.id);
    }
    let tap = match capture.trace.vantage {
        Vantage::Tap(host) => capture.trace.host(host).address.to_string(),
        Vantage::Everywhere => String::new(),
    };
    let both = |said: &dyn Fn(Lang) -> String| Lang::ALL.map(said);
    OpenedCapture {
        verdict: both(&|lang| report.verdict.text.of(lang).to_owned()),
        about: both(&|lang| capture.about(lang)),
        broken: both(&|lang| {
            capture
                .broken
                .as_ref()
                .map_or(String::new(), |it| it.say(lang))
        }),
        tap,
        interest: leading.unwrap_or(FlowId(0)).0,
        more: u32::try_from(more).unwrap_or(u32::MAX),
        rows: rows.iter().map(row).collect(),
    }
}

fn row(row: &Listed) -> FlowRow {
    let [client, server] = row.flow.ends.map(|end| SocketAddr::from(end).to_string());
    let who = row.ended.map(|(side, how)| {
        let who = match side {
            Side::Opener => "client",
            Side::Listener => "server",
        };
        match how {
            Ended::Fin => format!("{who} FIN"),
            Ended::Rst => format!("{who} RST"),
        }
    });
    FlowRow {
        flow: row.flow.id.0,
        client,
        server,
        opens: clock(row.opened),
        lasts: clock(whyeof_trace::Time::ZERO + row.lasts),
        packets: row.packets,
        requests: row.requests,
        unanswered: row.unanswered,
        speech: match row.flow.speech {
            Speech::Silent => "-",
            Speech::Http1 => "HTTP/1.1",
            Speech::Http2 => "HTTP/2",
            Speech::Tls => "TLS",
            Speech::Other => "?",
        }
        .to_owned(),
        ended: who.unwrap_or_default(),
        finding: row.finding.unwrap_or_default().to_owned(),
    }
}
