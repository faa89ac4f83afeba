//! The selected record: a segment in tcpdump's words, or what a program did.

use super::{Tell, button, by_hand, says};
use crate::app::look::Turn;
use crate::app::model::{Model, Shown};
use crate::app::msg::Msg;
use crate::later::{self, Piece};
use crate::run::Run;
use crate::text::{self, fill};
use std::rc::Rc;
use whyeof_render::formats::tcpdump;
use whyeof_render::text::moment;
use whyeof_render::wire::{Fate, Passage, Wire};
use whyeof_render::{because, describe};
use whyeof_scenario::Text;
use whyeof_trace::{Event, FaultEvent, Record, RecordId, Segment, Vantage};
use yew::{Callback, Html, MouseEvent, html};

/// The selected record, or that there is none.
pub fn view(model: &Model, tell: &Tell) -> Html {
    if record(model).is_some() {
        return later::draw(Piece::Selected, model, tell);
    }
    html! {
        <section class="inspector">
            <h3>{ model.say(text::SELECTED) }</h3>
            <p class="quiet">{ model.say(text::NOTHING_SELECTED) }</p>
        </section>
    }
}

fn record(model: &Model) -> Option<(&Rc<Run>, RecordId)> {
    let chosen = model.run.as_ref().zip(model.selected);
    chosen.filter(|(run, id)| id.index() < run.trace.records.len())
}

/// The selected record.
pub fn chosen(model: &Model, tell: &Tell) -> Html {
    let Some((run, id)) = record(model) else {
        return Html::default();
    };
    let wire = run.wire();
    let body = match wire.passage(id) {
        Some(passage) => packet(model, tell, run, (&wire, passage)),
        None => event(model, run, run.trace.record(id), &wire),
    };
    let moment = run.event_of(id);
    html! {
        <section class="inspector chosen" aria-live="polite">
            { body }
            if let Some(event) = moment.filter(|event| model.shown != Shown::Event(*event)) {
                <p><button id="to-moment" class="link" onclick={to_moment(tell, event)}>{ model.say(text::TO_MOMENT) }</button></p>
            }
        </section>
    }
}

fn row(model: &Model, name: Text, value: String) -> Html {
    html! { <div><dt>{ model.say(name) }</dt><dd>{ value }</dd></div> }
}

fn packet(model: &Model, tell: &Tell, run: &Run, (wire, passage): (&Wire<'_>, &Passage)) -> Html {
    let lang = model.lang;
    let (from, to) = wire.hosts(passage);
    let (from, to) = (&wire.trace.host(from).name, &wire.trace.host(to).name);
    let time = |time: Option<whyeof_trace::Time>| time.map_or("?".to_owned(), moment);
    let sent = match passage.fate {
        Fate::Arrived { time: at, .. } => row(
            model,
            text::F_SENT,
            format!("{} / {}", time(passage.sent), moment(at)),
        ),
        Fate::Lost { time: at, .. } => row(
            model,
            text::F_LOST,
            format!("{} / {}", time(passage.sent), moment(at)),
        ),
        Fate::InFlight | Fate::Unknown => {
            // A capture does not tell whether it arrived.
            let end = match passage.fate {
                Fate::Unknown => "?",
                _ => model.say(text::IN_FLIGHT),
            };
            let words = format!("{} / {end}", time(passage.sent));
            row(model, text::F_SENT, words)
        }
    };
    let line = tcpdump::line_of(wire, passage);
    let why = because::because(wire, passage.record, lang);
    // A capture does not show the state of the end that it was not taken at.
    let state = match wire.trace.vantage {
        Vantage::Tap(tap) if wire.trace.host_of(passage.from) != tap => "?",
        _ => wire.trace.state_at(passage.from, passage.record).name(),
    };
    html! {
        <>
            <h3>{ format!("{} {}, {from} → {to}", prefix(model), wire.long_name(passage, lang)) }</h3>
            <dl class="facts">
                { sent }
                if let Some(segment) = passage.segment() { { segment_rows(model, segment) } }
                { row(model, text::F_CONNECTION, (passage.from.flow.0 + 1).to_string()) }
                if let Some(why) = why { { row(model, text::F_BECAUSE, why) } }
                { row(model, text::F_STATE, state.to_owned()) }
            </dl>
            <div class="line">
                <code id="tcpdump-line" tabindex="0">{ &line }</code>
                <button class="apply" aria-label={model.say(text::COPY_LINE)} onclick={says(tell, Msg::Copy(line))}>
                    { model.say(text::COPY) }
                </button>
            </div>
            if run.trace.flows.len() > 1 {
                <p>{ button(tell, "follow-connection", "link", model.say(text::FOLLOW_CONNECTION), Msg::Turn(Turn::Alone(passage.from.flow))) }</p>
            }
            { by_hand::view(model, tell, run, passage) }
        </>
    }
}

fn prefix(model: &Model) -> String {
    match model.lang {
        whyeof_scenario::Lang::En => format!("{}:", model.say(text::SELECTED)),
        whyeof_scenario::Lang::Zh => format!("{}：", model.say(text::SELECTED)),
    }
}

fn segment_rows(model: &Model, segment: &Segment) -> Html {
    let numbers = fill(
        model.say(text::RELATIVE),
        &[&segment.seq.to_string(), &segment.ack.to_string()],
    );
    let flags = format!(
        "{}, len {}, win {}",
        segment.flags, segment.len, segment.window
    );
    html! {
        <>
            { row(model, text::F_SEQ, numbers) }
            { row(model, text::F_FLAGS, flags) }
        </>
    }
}

fn event(model: &Model, run: &Run, record: &Record, wire: &Wire<'_>) -> Html {
    let lang = model.lang;
    let said = describe::sentence(&run.trace, record, lang)
        .map(|s| s.words)
        .unwrap_or_default();
    let why = because::because(wire, record.id, lang);
    let printed = match record.event {
        Event::Fault(FaultEvent::Typed {
            output: Some(output),
            ..
        }) => run.trace.text(output),
        _ => "",
    };
    html! {
        <>
            <h3>{ format!("{} {said}", prefix(model)) }</h3>
            <dl class="facts">
                { row(model, text::F_WHEN, moment(record.time)) }
                { row(model, text::F_WHERE, run.trace.host(record.host).name.clone()) }
                if let Some(why) = why { { row(model, text::F_BECAUSE, why) } }
            </dl>
            if !printed.is_empty() { <pre class="printed" tabindex="0">{ printed }</pre> }
        </>
    }
}

fn to_moment(tell: &Tell, event: usize) -> Callback<MouseEvent> {
    let tell = tell.clone();
    Callback::from(move |_| {
        tell.emit(Msg::Seek(event));
        tell.emit(Msg::SeekDone);
    })
}

/// The selected record, if it still is one.
pub fn selected(model: &Model) -> Option<RecordId> {
    model.selected.filter(|id| {
        model
            .run
            .as_ref()
            .is_some_and(|run| id.index() < run.trace.records.len())
    })
}
