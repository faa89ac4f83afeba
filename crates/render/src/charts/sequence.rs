//! The time–sequence graph of one connection: where the bytes of each segment stand in its sender's stream, over time, one panel a way.
//!
//! It is of the connection on which most was lost or sent again, else of the one that carried most.

use super::panel::{
    AMBER, Area, BLUE, Drawn, GREEN, LEFT, RED, RIGHT, Span, axis, frame, picture, words, y,
};
use crate::text::{self, Lang};
use crate::wire::{Again, Fate, Passage, Wire};
use litemap::LiteMap;
use plotters::prelude::*;
use plotters::style::text_anchor::HPos;
use whyeof_trace::{FlowId, Segment, Side, SocketId, Time, Trace};

/// The panels: what the opener sends, and what the listener does, px.
const WAYS: [Span; 2] = [(46, 186), (216, 346)];
/// Marks of one way, at most: more than there are pixels tell no more.
const MOST: usize = 4_000;

/// One segment with data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    /// When it was sent.
    pub time: Time,
    /// Its first byte in the stream, and how many there are.
    pub from: u32,
    /// Bytes.
    pub len: u32,
    /// Whether they had been sent before.
    pub again: bool,
    /// Whether it was lost.
    pub lost: bool,
}

impl Mark {
    /// Where it ends. A damaged capture has data at the last sequence numbers.
    const fn end(&self) -> u32 {
        self.from.saturating_add(self.len)
    }
}

/// One way of a connection.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Way {
    /// Its segments.
    pub marks: Vec<Mark>,
    /// What the other end had acknowledged, from when on.
    pub acked: Vec<(Time, u32)>,
}

/// Both ways of the connection that is worth it, and which one it is.
pub fn ways(trace: &Trace) -> (FlowId, [Way; 2]) {
    let wire = Wire::new(trace);
    let mut weights: LiteMap<FlowId, (u64, u64)> = LiteMap::new();
    for (passage, segment, _) in sent(&wire).filter(|(_, segment, _)| segment.len > 0) {
        let mark = mark(passage, segment, Time::ZERO);
        let weight = weights.entry(segment.flow).or_insert((0, 0));
        weight.0 += u64::from(mark.again) + u64::from(mark.lost);
        weight.1 += u64::from(segment.len);
    }
    // The first of several that weigh the same.
    let heaviest = weights.iter().rev().max_by_key(|(_, weight)| **weight);
    let flow = heaviest.map_or(FlowId(0), |(flow, _)| *flow);
    (
        flow,
        [Side::Opener, Side::Listener].map(|side| way(&wire, SocketId { flow, side })),
    )
}

/// The segments that left a host, and when.
fn sent<'w>(wire: &'w Wire<'_>) -> impl Iterator<Item = (&'w Passage, &'w Segment, Time)> {
    let passages = wire.passages.iter();
    passages.filter_map(|passage| Some((passage, passage.segment()?, passage.sent?)))
}

fn mark(passage: &Passage, segment: &Segment, time: Time) -> Mark {
    let payload = segment.payload();
    Mark {
        time,
        from: payload.offset,
        len: payload.len,
        again: passage.again == Again::Retransmitted,
        lost: matches!(passage.fate, Fate::Lost { .. }),
    }
}

fn way(wire: &Wire<'_>, from: SocketId) -> Way {
    let mut way = Way::default();
    let (mut end, mut acked) = (0, 0);
    for (passage, segment, time) in sent(wire).filter(|(_, segment, _)| segment.flow == from.flow) {
        if passage.from == from && segment.len > 0 && way.marks.len() < MOST {
            let mark = mark(passage, segment, time);
            end = end.max(mark.end());
            way.marks.push(mark);
        }
        // What the other end has, told when it says so; its SYN and FIN count one each.
        let told = segment.ack.0.saturating_sub(1);
        if passage.from != from && told > acked && told <= end.saturating_add(1) {
            acked = told;
            if way.acked.len() < MOST {
                way.acked.push((time, told.min(end)));
            }
        }
    }
    way
}

/// The graph in words: bytes, segments, those that were sent again and those that were lost, each way.
fn describe((flow, ways): (FlowId, &[Way; 2]), lang: Lang) -> String {
    let said = ways.each_ref().map(|way| {
        let count = |is: fn(&Mark) -> bool| way.marks.iter().filter(|mark| is(mark)).count();
        let bytes = way.marks.iter().map(|mark| mark.end()).max();
        [
            bytes.unwrap_or(0).to_string(),
            way.marks.len().to_string(),
            count(|mark| mark.again).to_string(),
            count(|mark| mark.lost).to_string(),
        ]
    });
    let conn = (flow.0 + 1).to_string();
    let mut values = vec![("conn", conn.as_str())];
    let names = [
        ["bytes", "segments", "again", "lost"],
        ["bytes2", "segments2", "again2", "lost2"],
    ];
    for (names, said) in names.iter().zip(&said) {
        values.extend(names.iter().copied().zip(said.iter().map(String::as_str)));
    }
    text::SEQUENCE.fill(lang, &values)
}

/// The picture, as a file of its own.
pub fn svg(trace: &Trace, lang: Lang) -> String {
    let (flow, ways) = ways(trace);
    picture(&describe((flow, &ways), lang), |area| {
        draw(trace, (flow, &ways), lang, area)
    })
}

fn draw<'s>(
    trace: &Trace,
    (flow, ways): (FlowId, &[Way; 2]),
    lang: Lang,
    area: &Area<'s>,
) -> Drawn<'s> {
    let times = ways.iter().flat_map(|way| {
        let acks = way.acked.iter().map(|(time, _)| *time);
        way.marks.iter().map(|mark| mark.time).chain(acks)
    });
    let (from, to) = (times.clone().min(), times.max());
    let (from, to) = (from.unwrap_or(Time::ZERO), to.unwrap_or(trace.end));
    let host = |side: Side| {
        let host = trace.flows.get(flow.index()).map(|it| it.host(side));
        host.map_or("", |host| &trace.host(host).name)
    };
    let sides = [Side::Opener, Side::Listener];
    for ((side, way), span) in sides.into_iter().zip(ways).zip(WAYS) {
        let title = format!(
            "{} → {} ({})",
            host(side),
            host(side.peer()),
            text::SEQ_UNIT.of(lang)
        );
        words(area, &title, (LEFT, span.0 - 14), BLUE, HPos::Left)?;
        let most = way.marks.iter().map(|mark| mark.end()).max();
        let most = u64::from(most.unwrap_or(0)).max(1);
        frame(area, span, &most.to_string())?;
        draw_way(area, way, (span, most), (from, to))?;
    }
    key(area, lang)?;
    axis(area, WAYS[1].1 + 16, (from, to))
}

fn draw_way<'s>(
    area: &Area<'s>,
    way: &Way,
    (span, most): (Span, u64),
    (from, to): (Time, Time),
) -> Drawn<'s> {
    let whole = i128::from(to.nanos().saturating_sub(from.nanos()).max(1));
    let x = |time: Time| {
        let at = i128::from(time.nanos().saturating_sub(from.nanos()));
        LEFT + 3 + i32::try_from(at * i128::from(RIGHT - LEFT - 6) / whole).unwrap_or(0)
    };
    let mut steps = vec![(LEFT, span.1)];
    let mut last = span.1;
    for (time, acked) in &way.acked {
        let next = y(span, u64::from(*acked), most);
        steps.extend([(x(*time), last), (x(*time), next)]);
        last = next;
    }
    steps.push((RIGHT, last));
    area.draw(&PathElement::new(steps, GREEN.stroke_width(1)))?;
    for mark in &way.marks {
        let (ink, half) = match (mark.lost, mark.again) {
            (true, _) => (RED, 3),
            (false, true) => (AMBER, 3),
            (false, false) => (BLUE, 2),
        };
        let top = y(span, u64::from(mark.end()), most);
        let bottom = y(span, u64::from(mark.from), most).max(top + 3);
        let x = x(mark.time);
        area.draw(&Rectangle::new(
            [(x - half, top), (x + half, bottom)],
            ink.filled(),
        ))?;
    }
    Ok(())
}

/// What the colours stand for.
fn key<'s>(area: &Area<'s>, lang: Lang) -> Drawn<'s> {
    let all = [
        (text::SEQ_SENT, BLUE),
        (text::SEQ_AGAIN, AMBER),
        (text::SEQ_LOST, RED),
        (text::SEQ_ACKED, GREEN),
    ];
    let mut x = RIGHT;
    for (name, ink) in all.into_iter().rev() {
        let name = name.of(lang);
        words(area, name, (x, 20), ink, HPos::Right)?;
        #[expect(clippy::cast_possible_truncation, reason = "pixels of a picture")]
        let wide = crate::diagram::width_of(name, 12.0) as i32;
        x -= wide + 16;
    }
    Ok(())
}
