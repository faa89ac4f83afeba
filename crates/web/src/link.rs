//! Between the address and the model: what a link opens, and the link of what is shown.
//!
//! Packing is the clerk's: a link that needs it is asked for again when the clerk has answered.

use crate::app::model::{Arrival, Model, Screen, Shown};
use whyeof_scenario::link::{Engine, LinkError, Selection, Shared, View, decode, encode_with};
use whyeof_scenario::{Invalid, Lang, Scenario, presets};
use whyeof_trace::{FlowId, RecordId, SocketId, Trace, digest};

/// What a link asks for.
#[derive(Clone, Debug)]
pub struct Opened {
    /// What to run.
    pub scenario: Scenario,
    /// Where the sender stood.
    pub arrival: Arrival,
    /// The sender's language.
    pub lang: Option<Lang>,
    /// How the page shows itself.
    pub screen: Screen,
    /// Version and digest of the engine that drew what the sender saw.
    pub engine: Option<Engine>,
    /// What was not understood.
    pub notes: Vec<Invalid>,
}

/// Reads a link, or its part from `#` on.
///
/// # Errors
///
/// It is damaged, or carries no valid scenario.
pub fn open(text: &str) -> Result<Opened, LinkError> {
    let opened = decode(text)?;
    let shared = opened.shared;
    Ok(Opened {
        scenario: shared
            .scenario
            .unwrap_or_else(|| presets::ALL[0].scenario()),
        arrival: Arrival {
            at: shared.at,
            segment: shared.selection,
        },
        lang: shared.lang,
        screen: match shared.view {
            View::Whole => Screen::Bench,
            View::Embedded => Screen::Embedded,
        },
        engine: shared.engine,
        notes: opened.notes,
    })
}

/// The part from `#` on that shows what the model shows.
///
/// # Errors
///
/// Its scenario, which has to be packed first.
pub fn of(model: &Model) -> Result<String, String> {
    on(model, model.screen)
}

/// The same for a page that shows itself in this way.
fn on(model: &Model, screen: Screen) -> Result<String, String> {
    let run = model
        .run
        .as_ref()
        .filter(|run| run.scenario == model.scenario);
    let at = match (run, model.shown) {
        (Some(run), Shown::Event(event)) => Some(run.time_of(event)),
        _ => None,
    };
    let selection = run
        .zip(model.selected)
        .and_then(|(run, id)| name(&run.trace, id));
    let packed = |json: String| match &model.packed {
        Some((scenario, packed)) if *scenario == json => Ok(packed.clone()),
        _ => Err(json),
    };
    let shared = Shared {
        scenario: Some((*model.scenario).clone()),
        at,
        selection,
        lang: Some(model.lang),
        view: match screen {
            Screen::Embedded => View::Embedded,
            Screen::First | Screen::Bench | Screen::Capture => View::Whole,
        },
        engine: Some(Engine {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            digest: run.map(|run| digest::short(run.digest)),
        }),
    };
    encode_with(&shared, packed)
}

/// The record of a selected segment's sending.
pub fn find(trace: &Trace, selection: Selection) -> Option<RecordId> {
    let flow = FlowId(selection.connection.checked_sub(1)?);
    (flow.index() < trace.flows.len()).then_some(())?;
    let from = SocketId {
        flow,
        side: selection.side,
    };
    let number = usize::try_from(selection.segment.checked_sub(1)?).ok()?;
    trace.segments(from).nth(number).map(|(id, _)| id)
}

/// How a link names a segment, by the record of its sending; `None` for every other record.
pub fn name(trace: &Trace, record: RecordId) -> Option<Selection> {
    let segment = trace.record(record).event.segment()?;
    let from = SocketId {
        flow: segment.flow,
        side: segment.from,
    };
    let number = trace.segments(from).position(|(id, _)| id == record)?;
    Some(Selection {
        connection: segment.flow.0 + 1,
        side: segment.from,
        segment: u32::try_from(number).ok()? + 1,
    })
}

/// The same link without the request to be embedded, for a window of its own; `None` until it is packed.
pub fn whole(model: &Model) -> Option<String> {
    on(model, Screen::Bench).ok()
}

/// The same link with the request to be embedded, for other pages; `None` until it is packed.
pub fn embedded(model: &Model) -> Option<String> {
    on(model, Screen::Embedded).ok()
}
