//! The picture in words: one paragraph, and one sentence an event. Who can't see the diagram reads these.

use crate::because::because;
use crate::describe;
use crate::diagram::Band;
use crate::diagram::layers::crossing;
use crate::text::{self, Lang};
use crate::wire::{Again, Fate, Kind, Passage, Wire, culprit};
use whyeof_trace::{Event, Record, RecordId, RequestEvent, SocketEvent, Time};

/// One event of the ordered list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventLine {
    /// The record that it is about.
    pub record: RecordId,
    /// When.
    pub time: Time,
    /// The sentence: `10.0193 s, pyroscope to agent, FIN ACK, arrives 10.0243 s, because the idle timer fired`.
    pub words: String,
}

/// What a picture of this stretch of time shows, in one paragraph.
pub fn paragraph(wire: &Wire<'_>, range: Band, lang: Lang) -> String {
    let trace = wire.trace;
    let first = trace.records.partition_point(|r| r.time < range.from);
    let last = trace.records.partition_point(|r| r.time <= range.to);
    let records = &trace.records[first..last];
    let (Some(begin), Some(end)) = (records.first(), records.last()) else {
        return text::SUM_NOTHING.of(lang).to_owned();
    };
    let packets = wire.passages.iter().filter(|p| range.contains(p.seen()));
    let requests = records
        .iter()
        .filter(|r| matches!(r.event, Event::Request(RequestEvent::Started { .. })));
    let names: Vec<&str> = (0..trace.hosts.len())
        .filter_map(|index| u16::try_from(index).ok())
        .map(|index| describe::who(trace, whyeof_trace::HostId(index)))
        .collect();
    let values = [
        ("hosts", names.join(text::LIST_AND.of(lang))),
        ("from", text::moment(begin.time)),
        ("to", text::moment(end.time)),
        (
            "packets",
            counted(packets.count(), [text::SUM_PACKET, text::SUM_PACKETS], lang),
        ),
        (
            "requests",
            counted(
                requests.count(),
                [text::SUM_REQUEST, text::SUM_REQUESTS],
                lang,
            ),
        ),
    ];
    let mut parts = vec![fill(text::SUM_HEAD, lang, &values)];
    parts.extend(crossings(wire, range, lang));
    parts.extend(losses(wire, range, lang));
    parts.extend(failures(wire, records, lang));
    parts.join(if lang == Lang::En { " " } else { "" })
}

fn fill(text: text::Text, lang: Lang, values: &[(&str, String)]) -> String {
    let values: Vec<(&str, &str)> = values.iter().map(|(k, v)| (*k, v.as_str())).collect();
    text.fill(lang, &values)
}

fn counted(count: usize, [one, many]: [text::Text; 2], lang: Lang) -> String {
    let text = if count == 1 { one } else { many };
    text.fill(lang, &[("n", &count.to_string())])
}

fn crossings(wire: &Wire<'_>, range: Band, lang: Lang) -> Option<String> {
    let crossed = |index: usize| {
        let fin = &wire.passages[index];
        let shown = fin.kind == Kind::Close && range.contains(fin.seen());
        shown.then(|| crossing(&wire.passages, index)).flatten()
    };
    let (fin, data) =
        (0..wire.passages.len()).find_map(|i| Some((&wire.passages[i], crossed(i)?)))?;
    let (server, client) = wire.hosts(fin);
    let values = [
        ("fin", wire.name(fin, lang)),
        ("request", wire.name(data, lang)),
        ("server", describe::who(wire.trace, server).to_owned()),
        ("client", describe::who(wire.trace, client).to_owned()),
        ("sent", text::moment(fin.sent?)),
        ("arrived", text::moment(fin.arrived()?)),
        ("left", text::moment(data.sent?)),
    ];
    Some(fill(text::SUM_CROSSED, lang, &values))
}

fn losses(wire: &Wire<'_>, range: Band, lang: Lang) -> Option<String> {
    let lost = |p: &&Passage| matches!(p.fate, Fate::Lost { .. }) && range.contains(p.seen());
    let count = wire.passages.iter().filter(lost).count();
    (count > 0).then(|| counted(count, [text::SUM_LOST_ONE, text::SUM_LOST], lang))
}

/// The first failures, or that there was none.
fn failures(wire: &Wire<'_>, records: &[Record], lang: Lang) -> Vec<String> {
    const MOST: usize = 3;
    let failed = records.iter().filter_map(|record| match record.event {
        Event::Request(RequestEvent::Failed { request, text, .. }) => {
            let error = wire.trace.text(text);
            let time = text::moment(record.time);
            let values = [("error", error), ("time", time.as_str())];
            Some(describe::named(
                wire.trace,
                request,
                text::SUM_FAILED,
                lang,
                &values,
            ))
        }
        _ => None,
    });
    let failed: Vec<String> = failed.take(MOST).collect();
    if failed.is_empty() {
        vec![text::SUM_ALL_OK.of(lang).to_owned()]
    } else {
        failed
    }
}

/// A packet as a sentence without its time: `pyroscope to agent, FIN ACK, arrives 10.0243 s, because the idle timer
/// fired`.
pub fn packet(wire: &Wire<'_>, passage: &Passage, lang: Lang) -> String {
    let (from, to) = wire.hosts(passage);
    let name = wire.name(passage, lang);
    let what = match passage.again {
        Again::First => name,
        Again::Retransmitted => text::AGAIN.fill(lang, &[("what", &name)]),
    };
    let (from, to) = (
        describe::who(wire.trace, from),
        describe::who(wire.trace, to),
    );
    let values = [("from", from), ("to", to), ("what", what.as_str())];
    let mut words = text::PACKET.fill(lang, &values);
    match passage.fate {
        Fate::Arrived { time, .. } if passage.sent.is_some() => {
            let time = text::moment(time);
            words.push_str(&text::ARRIVES.fill(lang, &[("time", &time)]));
        }
        Fate::Lost { by, .. } => {
            words.push_str(&text::LOST.fill(lang, &[("by", &culprit(wire.trace, by, lang))]));
        }
        Fate::InFlight => words.push_str(text::IN_FLIGHT.of(lang)),
        Fate::Arrived { .. } | Fate::Unknown => {}
    }
    append_why(&mut words, wire, passage.record, lang);
    words
}

fn append_why(words: &mut String, wire: &Wire<'_>, record: RecordId, lang: Lang) {
    if let Some(why) = because(wire, record, lang) {
        words.push_str(&text::COMMA_BECAUSE.fill(lang, &[("why", &why)]));
    }
}

/// The events of a stretch of time, a sentence each, in order; at most `most`, and a last line says how many more
/// there are.
pub fn events(wire: &Wire<'_>, range: Band, lang: Lang, most: usize) -> Vec<EventLine> {
    let trace = wire.trace;
    let first = trace.records.partition_point(|r| r.time < range.from);
    let last = trace.records.partition_point(|r| r.time <= range.to);
    let mut lines = Vec::new();
    let mut more = 0_usize;
    let mut after = None;
    for record in &trace.records[first..last] {
        if lines.len() < most {
            lines.extend(event(wire, record, lang));
        } else if is_told(wire, record) {
            more += 1;
            after.get_or_insert(record);
        }
    }
    if let Some(record) = after {
        lines.push(EventLine {
            record: record.id,
            time: record.time,
            words: text::MORE_EVENTS.fill(lang, &[("n", &more.to_string())]),
        });
    }
    lines
}

fn is_told(wire: &Wire<'_>, record: &Record) -> bool {
    match record.event {
        Event::Segment(_) => wire
            .passage(record.id)
            .is_some_and(|p| p.record == record.id),
        Event::Socket(SocketEvent::Entered { .. }) => true,
        event => describe::has_sentence(&event),
    }
}

/// One record as a line of the list; `None` where another record's line tells it.
pub fn event(wire: &Wire<'_>, record: &Record, lang: Lang) -> Option<EventLine> {
    let what = match record.event {
        Event::Segment(_) => {
            let passage = wire.passage(record.id)?;
            if passage.record != record.id {
                return None;
            }
            packet(wire, passage, lang)
        }
        Event::Socket(SocketEvent::Entered { socket, from, to }) => {
            let changes = [("from", from.name()), ("to", to.name())];
            let changes = text::CHANGES.fill(lang, &changes);
            let conn = text::CONNECTION.fill(lang, &[("conn", &describe::conn(socket))]);
            let what = format!("{conn} {changes}");
            at_host(wire, record, &what, lang)
        }
        _ => {
            let sentence = describe::sentence(wire.trace, record, lang)?;
            let mut words = at_host(wire, record, &sentence.words, lang);
            if matches!(record.event, Event::Socket(_)) {
                append_why(&mut words, wire, record.id, lang);
            }
            words
        }
    };
    let time = text::moment(record.time);
    Some(EventLine {
        record: record.id,
        time: record.time,
        words: text::SENTENCE.fill(lang, &[("time", &time), ("what", &what)]),
    })
}

fn at_host(wire: &Wire<'_>, record: &Record, what: &str, lang: Lang) -> String {
    let who = describe::who(wire.trace, record.host);
    text::AT.fill(lang, &[("who", who), ("what", what)])
}
