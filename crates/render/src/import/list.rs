//! The connections of a capture in a list: what each carried, how it ended, and what findings say of it.

use super::{Capture, Flow};
use std::time::Duration;
use whyeof_diagnose::{Outcome, Report};
use whyeof_trace::{Event, Flags, FlowId, Packet, SegmentEvent, Side, Time};

/// A connection of a capture, in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Which.
    pub flow: Flow,
    /// Its first packet.
    pub opened: Time,
    /// From there to its last one.
    pub lasts: Duration,
    /// Its packets.
    pub packets: u32,
    /// Bytes of data that the opener and the listener sent, each once.
    pub bytes: [u32; 2],
    /// Requests that went over it.
    pub requests: u32,
    /// Those of them without an answer.
    pub unanswered: u32,
    /// Which end ended it first, and whether by RST; `None`: it was open when the capture ended.
    pub ended: Option<(Side, Ended)>,
    /// The code of the gravest finding about it.
    pub finding: Option<&'static str>,
}

/// How a connection ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// By a FIN.
    Fin,
    /// By a RST.
    Rst,
}

/// The connections of a capture, with what a report on its whole trace says of them.
pub fn list(capture: &Capture, report: &Report) -> Vec<Listed> {
    let trace = &capture.trace;
    let mut rows: Vec<Listed> = capture.flows.iter().copied().map(Listed::new).collect();
    for record in &trace.records {
        let Event::Segment(
            SegmentEvent::Sent(Packet::Tcp(segment)) | SegmentEvent::Arrived(Packet::Tcp(segment)),
        ) = record.event
        else {
            continue;
        };
        let Some(row) = rows.get_mut(segment.flow.index()) else {
            continue;
        };
        if row.packets == 0 {
            row.opened = record.time;
        }
        row.packets += 1;
        row.lasts = record.time.since(row.opened);
        let sent = &mut row.bytes[segment.from.index()];
        if segment.len > 0 {
            *sent = (*sent).max(segment.payload().end());
        }
        let ended = if segment.flags.has(Flags::RST) {
            Some(Ended::Rst)
        } else {
            segment.flags.has(Flags::FIN).then_some(Ended::Fin)
        };
        if row.ended.is_none() {
            row.ended = ended.map(|how| (segment.from, how));
        }
    }
    for request in &report.requests {
        if let Some(row) = request.conn.and_then(|it| rows.get_mut(it.flow.index())) {
            row.requests += 1;
            row.unanswered += u32::from(request.outcome == Outcome::Failed);
        }
    }
    let mut findings: Vec<_> = report.findings.iter().collect();
    findings.sort_by_key(|it| it.severity);
    for finding in findings {
        let flow = finding
            .evidence
            .iter()
            .find_map(|it| trace.record(it.record).event.flow());
        if let Some(row) = flow.and_then(|it: FlowId| rows.get_mut(it.index())) {
            row.finding.get_or_insert(finding.code);
        }
    }
    rows
}

impl Listed {
    const fn new(flow: Flow) -> Self {
        Self {
            flow,
            opened: Time::ZERO,
            lasts: Duration::ZERO,
            packets: 0,
            bytes: [0; 2],
            requests: 0,
            unanswered: 0,
            ended: None,
            finding: None,
        }
    }
}
