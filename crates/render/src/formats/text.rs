//! A ladder for a terminal or a chat: time down the page, a column a host, arrows between them.
//!
//! A packet that nothing happens around is one line with a whole arrow. Where something happens at its far end
//! while it travels, it is two lines: a half arrow leaves, a half arrow arrives, and between them stands what
//! the sender could not know. That is how a crossing can be seen without slanted lines.

use super::{Format, Name, Shown, Write};
use crate::because::because;
use crate::describe::{self, Tone, sentence};
use crate::text::{self, Lang, Text};
use crate::wire::{Again, Fate, Kind, Passage, Wire, culprit};
use std::fmt::Write as _;
use std::time::Duration;
use whyeof_trace::{Event, HostId, Record, SegmentEvent, SocketEvent, Stop, Time, Trace};

/// The format's entry.
pub const FORMAT: Format = Format {
    name: Name {
        id: "text",
        label: Text {
            en: "Text ladder",
            zh: "文本时序图",
        },
        extension: "txt",
        mime: "text/plain; charset=utf-8",
        shown: Shown::Text,
    },
    write: Write::Text(|case, _| write(case.trace)),
};

/// The ladder is for pasting into chats and issues, where one language is enough.
const LANG: Lang = Lang::En;
/// Where the first host's line stands.
const FIRST_LANE: usize = 13;
/// From this length on, a silence gets a line of its own.
const SILENCE: Duration = Duration::from_millis(100);

/// Writes the whole run.
pub fn write(trace: &Trace) -> String {
    let wire = Wire::new(trace);
    let page = Page::new(trace);
    let mut out = page.heading(trace);
    let mut last = None;
    for row in rows(&wire) {
        if let Some(silence) = last.map(|at| row.time.since(at)).filter(|s| *s >= SILENCE) {
            out.push_str(&page.silence(silence));
        }
        last = last.max(Some(row.until));
        out.push_str(&page.row(&row));
    }
    if let Stop::Limit(kind) = trace.stop {
        let words = text::LIMIT.fill(LANG, &[("kind", kind.words().of(LANG))]);
        let _ = writeln!(out, "{words}");
    }
    out
}

/// One line of the ladder.
struct Row {
    time: Time,
    /// When a packet that has one row arrives.
    until: Time,
    /// Number of the connection, from 1.
    conn: Option<u32>,
    what: What,
    /// What stands to the right of the ladder.
    notes: Vec<String>,
}

enum What {
    /// Something at one host.
    Event {
        lane: usize,
        mark: char,
        words: String,
    },
    /// A packet, or one end of its way.
    Packet {
        from: usize,
        to: usize,
        part: Part,
        name: String,
    },
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Whole,
    Leaves,
    Arrives,
    Lost,
}

/// A row before it is known whether packets are drawn whole.
struct Draft<'a> {
    record: &'a Record,
    end: Option<End>,
    mark: char,
    words: String,
    notes: Vec<String>,
    hidden: bool,
}

/// Which end of a packet's way a record is, and the packet's position in `Wire::passages`.
#[derive(Clone, Copy)]
enum End {
    Leaves(usize),
    Arrives(usize),
}

fn rows(wire: &Wire<'_>) -> Vec<Row> {
    let mut drafts = drafts(wire);
    let mut whole = vec![false; wire.passages.len()];
    for at in 0..drafts.len() {
        if let Some(End::Leaves(packet)) = drafts[at].end
            && let Some(arrival) = undisturbed(wire, &drafts, at, packet)
        {
            whole[packet] = true;
            drafts[arrival].hidden = true;
            let notes = std::mem::take(&mut drafts[arrival].notes);
            drafts[at].notes.extend(notes);
        }
    }
    drafts
        .into_iter()
        .filter(|draft| !draft.hidden)
        .map(|draft| finish(wire, draft, &whole))
        .collect()
}

/// Where a packet arrives, if between its two ends nothing of its connection is shown at its far host, nor anything
/// that reaches its sender.
fn undisturbed(wire: &Wire<'_>, drafts: &[Draft<'_>], at: usize, packet: usize) -> Option<usize> {
    let (_, to) = wire.hosts(&wire.passages[packet]);
    let flow = wire.passages[packet].from.flow;
    for (index, draft) in drafts.iter().enumerate().skip(at + 1) {
        match draft.end {
            Some(End::Arrives(p)) if p == packet => return Some(index),
            _ if draft.hidden || draft.record.event.flow().is_some_and(|f| f != flow) => {}
            Some(End::Arrives(_)) => return None,
            _ if draft.record.host == to => return None,
            _ => {}
        }
    }
    None
}

fn drafts<'a>(wire: &Wire<'a>) -> Vec<Draft<'a>> {
    let trace = wire.trace;
    let mut drafts: Vec<Draft<'a>> = Vec::new();
    let mut index = wire.passages.iter().enumerate().peekable();
    for record in &trace.records {
        let mut draft = Draft {
            record,
            end: None,
            mark: '●',
            words: String::new(),
            notes: Vec::new(),
            hidden: false,
        };
        match record.event {
            Event::Segment(event) => {
                if let Some((packet, _)) = index.next_if(|(_, p)| p.record == record.id) {
                    draft.end = Some(End::Leaves(packet));
                } else if matches!(event, SegmentEvent::Arrived(_)) {
                    let packet = position(wire, record);
                    draft.end = packet.map(End::Arrives);
                }
                if draft.end.is_some() {
                    drafts.push(draft);
                }
            }
            Event::Socket(SocketEvent::Entered { to, .. }) => match together(&mut drafts, record) {
                Some(draft) => draft.notes.push(state_note(trace, record, to.name())),
                None => drafts.push(Draft {
                    mark: '·',
                    words: to.name().to_owned(),
                    ..draft
                }),
            },
            _ => {
                if let Some(sentence) = sentence(trace, record, LANG) {
                    draft.mark = mark(sentence.tone);
                    draft.words = sentence.words;
                    drafts.push(draft);
                }
            }
        }
    }
    join_states_to_what_follows(trace, drafts)
}

fn state_note(trace: &Trace, record: &Record, state: &str) -> String {
    format!("{} {state}", describe::who(trace, record.host))
}

fn position(wire: &Wire<'_>, record: &Record) -> Option<usize> {
    let first = wire.passage(record.id)?.record;
    wire.passages
        .binary_search_by_key(&first, |p| p.record)
        .ok()
}

/// The latest packet line of the same moment and host, which a state change explains.
fn together<'a, 'b>(drafts: &'b mut [Draft<'a>], record: &Record) -> Option<&'b mut Draft<'a>> {
    drafts
        .iter_mut()
        .rev()
        .take_while(|draft| draft.record.time == record.time)
        .find(|draft| draft.end.is_some() && draft.record.host == record.host)
}

/// A state change that comes just before its packet becomes a note of that packet.
fn join_states_to_what_follows<'a>(trace: &Trace, drafts: Vec<Draft<'a>>) -> Vec<Draft<'a>> {
    let mut joined: Vec<Draft<'a>> = Vec::with_capacity(drafts.len());
    for mut draft in drafts {
        let before = joined.last().is_some_and(|last| {
            last.mark == '·'
                && last.record.time == draft.record.time
                && last.record.host == draft.record.host
        });
        if before && draft.end.is_some() {
            let state = joined.pop().map(|last| last.words).unwrap_or_default();
            draft
                .notes
                .insert(0, state_note(trace, draft.record, &state));
        }
        joined.push(draft);
    }
    joined
}

const fn mark(tone: Tone) -> char {
    match tone {
        Tone::Plain => '●',
        Tone::Timer => '◷',
        Tone::Good => '✓',
        Tone::Bad => '✗',
        Tone::Retry => '↻',
        Tone::Fault => '⚡',
    }
}

fn finish(wire: &Wire<'_>, draft: Draft<'_>, whole: &[bool]) -> Row {
    let record = draft.record;
    let mut notes = Vec::new();
    let mut until = record.time;
    let what = match draft.end {
        None => What::Event {
            lane: record.host.index(),
            mark: draft.mark,
            words: draft.words,
        },
        Some(End::Leaves(packet) | End::Arrives(packet)) => {
            let passage = &wire.passages[packet];
            let arrives = matches!(draft.end, Some(End::Arrives(_)));
            let part = match passage.fate {
                _ if arrives => Part::Arrives,
                Fate::Lost { .. } => Part::Lost,
                _ if whole[packet] => Part::Whole,
                _ => Part::Leaves,
            };
            if part == Part::Whole {
                until = passage.ended().unwrap_or(until);
            }
            if part != Part::Arrives {
                notes.extend(travel(wire.trace, passage));
                let why = because(wire, record.id, LANG).filter(|_| is_telling(wire, passage));
                notes.extend(why.map(|why| text::BECAUSE.fill(LANG, &[("why", &why)])));
            }
            let (from, to) = wire.hosts(passage);
            What::Packet {
                from: from.index(),
                to: to.index(),
                part,
                name: label(wire, passage),
            }
        }
    };
    notes.extend(draft.notes);
    Row {
        time: record.time,
        until,
        conn: record.event.flow().map(|flow| flow.0 + 1),
        what,
        notes,
    }
}

/// `POST /ingest (134)`: the name, and how much data it carries.
fn label(wire: &Wire<'_>, passage: &Passage) -> String {
    let name = wire.name(passage, LANG);
    let name = match passage.again {
        Again::First => name,
        Again::Retransmitted => text::AGAIN.fill(LANG, &[("what", &name)]),
    };
    match passage.segment() {
        Some(segment) if segment.len > 0 && !wire.first_line(segment).is_empty() => {
            format!("{name} ({} B)", segment.len)
        }
        _ => name,
    }
}

/// Whether a reader asks why this packet was sent. That a request, its answer and their ACKs follow from each
/// other can be seen.
fn is_telling(wire: &Wire<'_>, passage: &Passage) -> bool {
    let cause = wire.trace.record(passage.record).cause;
    let by_timer = cause.is_some_and(|c| matches!(wire.trace.record(c).event, Event::Timer(_)));
    by_timer
        || matches!(
            passage.kind,
            Kind::Close | Kind::Reset | Kind::Probe | Kind::WindowProbe | Kind::Error
        )
}

fn travel(trace: &Trace, passage: &Passage) -> Option<String> {
    match passage.fate {
        Fate::Arrived { .. } => passage
            .flight()
            .map(|flight| format!("+{}", text::span(flight))),
        Fate::Lost { by, .. } => {
            Some(text::LOST_BY.fill(LANG, &[("by", &culprit(trace, by, LANG))]))
        }
        Fate::InFlight | Fate::Unknown => None,
    }
}

/// Columns of the ladder.
struct Page {
    lanes: usize,
    /// From one host's line to the next.
    width: usize,
    /// Whether connections are numbered at the left.
    numbered: bool,
}

impl Page {
    fn new(trace: &Trace) -> Self {
        let lanes = trace.hosts.len().max(1);
        Self {
            lanes,
            width: if lanes > 2 { 34 } else { 52 },
            numbered: trace.flows.len() > 1,
        }
    }

    fn column(&self, lane: usize) -> usize {
        FIRST_LANE + if self.numbered { 4 } else { 0 } + lane * self.width
    }

    fn heading(&self, trace: &Trace) -> String {
        let hosts = (0..).zip(&trace.hosts).map(|(index, host)| {
            let id = HostId(index);
            let programs = trace.programs.iter().filter(|p| p.host == id);
            let runtimes: Vec<&str> = programs.map(|p| p.runtime.as_str()).collect();
            let detail = format!("{} {}", host.address, runtimes.join(", "));
            (
                describe::who(trace, id).to_owned(),
                detail.trim_end().to_owned(),
            )
        });
        let (names, details): (Vec<String>, Vec<String>) = hosts.unzip();
        let (names, mut details) = (self.over_lanes(&names), self.over_lanes(&details));
        details.put(0, "time, s");
        if self.numbered {
            details.put(FIRST_LANE - 2, "conn");
        }
        format!("{}\n{}\n", names.text(), details.text())
    }

    /// Words over each lane, the last ones to its left; what would run into the next ones is cut.
    fn over_lanes(&self, words: &[String]) -> Line {
        let start = |index: usize| {
            let (column, len) = (self.column(index), words[index].chars().count());
            if index + 1 == self.lanes && index > 0 {
                (column + 1).saturating_sub(len)
            } else {
                column
            }
        };
        let mut line = Line::new();
        for (index, text) in words.iter().enumerate() {
            let room = (index + 1 < words.len())
                .then(|| start(index + 1).saturating_sub(start(index) + 1));
            let room = room.unwrap_or(usize::MAX);
            if text.chars().count() <= room {
                line.put(start(index), text);
            } else {
                let cut: String = text.chars().take(room.saturating_sub(1)).collect();
                line.put(start(index), &format!("{cut}…"));
            }
        }
        line
    }

    fn silence(&self, silence: Duration) -> String {
        let mut line = Line::new();
        for lane in 0..self.lanes {
            line.put(self.column(lane), "┊");
        }
        let words = text::QUIET.fill(LANG, &[("span", &text::about(silence))]);
        let middle = (self.column(0) + self.column(self.lanes - 1)) / 2;
        line.put(middle.saturating_sub(words.chars().count() / 2), &words);
        format!("{}\n", line.text())
    }

    fn row(&self, row: &Row) -> String {
        let mut line = Line::new();
        line.put(0, &format!("{:>10}", row.time.to_string()));
        if let Some(conn) = row.conn.filter(|_| self.numbered) {
            line.put(FIRST_LANE - 1, &format!("{conn:>2}"));
        }
        for lane in 0..self.lanes {
            line.put(self.column(lane), "│");
        }
        match &row.what {
            What::Event { lane, mark, words } => self.event(&mut line, *lane, *mark, words),
            What::Packet {
                from,
                to,
                part,
                name,
            } => self.packet(&mut line, [*from, *to], *part, name),
        }
        if !row.notes.is_empty() {
            let column = self.column(self.lanes - 1) + 3;
            line.put(column.max(line.len() + 2), &row.notes.join("; "));
        }
        format!("{}\n", line.text())
    }

    fn event(&self, line: &mut Line, lane: usize, mark: char, words: &str) {
        let column = self.column(lane);
        line.put(column, &mark.to_string());
        let long = words.chars().count();
        let last = lane + 1 == self.lanes && lane > 0;
        if last && long + 2 < self.width {
            line.put(column - 1 - long, words);
        } else if last {
            line.put(column + 3, words);
        } else {
            line.put(column + 2, words);
        }
    }

    fn packet(&self, line: &mut Line, [from, to]: [usize; 2], part: Part, name: &str) {
        if from == to {
            // Both programs on one machine: there is no way to draw.
            let mark = if part == Part::Lost { '✕' } else { '↻' };
            self.event(line, from, mark, name);
            return;
        }
        let (start, end) = (self.column(from), self.column(to));
        let (left, right) = (start.min(end) + 1, start.max(end));
        let rightward = start < end;
        let words = format!(" {name} ");
        let long = words.chars().count();
        // Half the way, or as much as the words need.
        let half = ((right - left) / 2).max(long + 3).min(right - left);
        let at_start = part != Part::Arrives;
        let shaft = match part {
            Part::Whole => left..right,
            _ if rightward == at_start => left..left + half,
            _ => right - half..right,
        };
        let (forward, back) = match part {
            Part::Whole | Part::Arrives => ("▶", "◀"),
            Part::Leaves => ("▷", "◁"),
            Part::Lost => ("✕", "✕"),
        };
        let dash = if part == Part::Arrives { "╌" } else { "─" };
        line.put(shaft.start, &dash.repeat(shaft.len()));
        if part != Part::Arrives {
            line.put(start, if rightward { "├" } else { "┤" });
        }
        if rightward {
            line.put(shaft.end - 1, forward);
        } else {
            line.put(shaft.start, back);
        }
        let place = if rightward {
            shaft.start + 1
        } else {
            (shaft.end - 1).saturating_sub(long)
        };
        line.put(place, &words);
    }
}

/// A line of characters that can be written over.
struct Line(Vec<char>);

impl Line {
    const fn new() -> Self {
        Self(Vec::new())
    }

    fn put(&mut self, column: usize, words: &str) {
        for (offset, letter) in words.chars().enumerate() {
            let at = column + offset;
            while self.0.len() <= at {
                self.0.push(' ');
            }
            self.0[at] = letter;
        }
    }

    const fn len(&self) -> usize {
        self.0.len()
    }

    fn text(&self) -> String {
        let text: String = self.0.iter().collect();
        text.trim_end().to_owned()
    }
}
