//! Packets of a request that were lost, for findings about silence.

use crate::evidence::Steps;
use crate::finding::EvidenceRole;
use crate::reading::{Attempt, Reading};
use crate::report::RequestReport;
use crate::text::Text;
use whyeof_trace::{
    Culprit, Event, Flags, Packet, Record, RecordId, Segment, SegmentEvent, Side, TimerEvent,
    TimerKind, Trace,
};

/// What was lost on a request's connection while the request had it.
#[derive(Clone, Debug)]
pub(crate) struct Losses<'a> {
    pub(crate) attempt: &'a Attempt,
    /// Segments with data from the client, in order.
    pub(crate) out: Vec<Loss>,
    /// The same from the server.
    pub(crate) back: Vec<Loss>,
}

/// A segment that was lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Loss {
    pub(crate) record: RecordId,
    pub(crate) by: Culprit,
}

impl<'a> Losses<'a> {
    /// Of a request's last attempt; `None`: nothing was lost.
    pub(crate) fn of(reading: &'a Reading<'_>, request: &RequestReport) -> Option<Self> {
        let attempt = reading.last_attempt(request.id)?;
        let during = reading.of_flow(attempt.socket.flow);
        let during = during.filter(|r| {
            let in_time = request.last.is_none_or(|last| r.id < last);
            r.id > attempt.checkout && in_time
        });
        let resets = answered_by_reset(reading, attempt);
        let mut losses = Self {
            attempt,
            out: Vec::new(),
            back: Vec::new(),
        };
        for record in during {
            match data(record) {
                Some((segment, Some(by))) => {
                    let record = record.id;
                    let loss = Loss { record, by };
                    match segment.from {
                        Side::Opener => losses.out.push(loss),
                        Side::Listener => losses.back.push(loss),
                    }
                }
                // What comes through at last was late, not lost; but not where nobody knows the connection any more.
                Some((_, None)) if resets.binary_search(&record.id).is_ok() => {}
                Some((Segment { from, .. }, None)) => match from {
                    Side::Opener => losses.out.clear(),
                    Side::Listener => losses.back.clear(),
                },
                None => {}
            }
        }
        let lost = !losses.out.is_empty() || !losses.back.is_empty();
        lost.then_some(losses)
    }

    /// What was lost last: the answer, if the request came through, else the request.
    pub(crate) fn told(&self) -> &[Loss] {
        if self.out.is_empty() || !self.back.is_empty() {
            &self.back
        } else {
            &self.out
        }
    }
}

/// What arrived and met no socket: the kernel answered RST, at once, so that they are in order.
fn answered_by_reset(reading: &Reading<'_>, attempt: &Attempt) -> Vec<RecordId> {
    let resets = reading.of_flow(attempt.socket.flow).filter(|r| {
        matches!(r.event, Event::Segment(SegmentEvent::Sent(Packet::Tcp(s))) if s.flags.has(Flags::RST))
    });
    resets.filter_map(|r| r.cause).collect()
}

/// A segment with data that was lost, and by whom, or that arrived.
fn data(record: &Record) -> Option<(Segment, Option<Culprit>)> {
    match record.event {
        Event::Segment(SegmentEvent::Dropped {
            packet: Packet::Tcp(segment),
            by,
        }) if segment.len > 0 => Some((segment, Some(by))),
        Event::Segment(SegmentEvent::Arrived(Packet::Tcp(segment))) if segment.len > 0 => {
            Some((segment, None))
        }
        _ => None,
    }
}

/// Who took a packet away.
pub(crate) fn culprit(trace: &Trace, by: Culprit) -> Text {
    match by {
        Culprit::Rule(n) | Culprit::OwnRule(n) => match trace.command(n) {
            Some(typed) => {
                let line = trace.text(typed.line);
                Text::made(line.to_owned(), line.to_owned())
            }
            None => {
                let name = trace.fault(n);
                Text::made(format!("fault {name}"), format!("故障 {name}"))
            }
        },
        Culprit::Link => Text::new("the link", "链路"),
        Culprit::Host(_) => Text::new("the machine was down", "机器已停机"),
        Culprit::Box(_) => Text::new("forgotten on the way", "中间设备已忘记"),
    }
}

/// What a timer was to a request.
fn timer(fired: &Record) -> Text {
    let Event::Timer(TimerEvent::Fired { timer, .. }) = fired.event else {
        return Text::default();
    };
    match timer.kind {
        TimerKind::NextRequest => Text::new("the caller made the request", "调用方发起请求"),
        TimerKind::Retransmit | TimerKind::LossProbe => Text::new(
            "the kernel's retransmission timer fired",
            "内核的重传定时器到期",
        ),
        kind if kind.is_kernel() => Text::new("the kernel's timer fired", "内核的定时器到期"),
        _ => Text::new("the caller's time was over", "调用方给的时间到了"),
    }
}

/// As English writes it: 2nd, 3rd, 4th, 12th, 22nd.
fn ordinal(number: usize) -> String {
    let ending = match (number % 100, number % 10) {
        (11..=13, _) => "th",
        (_, 1) => "st",
        (_, 2) => "nd",
        (_, 3) => "rd",
        _ => "th",
    };
    format!("{number}{ending}")
}

impl Steps<'_> {
    /// The steps of a request that nothing is heard of: sent, lost, lost for the last time, what ended it.
    pub(crate) fn lost(
        &mut self,
        reading: &Reading<'_>,
        request: &RequestReport,
        losses: &Losses<'_>,
    ) {
        let method = request.method;
        let told = losses.told();
        let written = losses.attempt.written.unwrap_or(losses.attempt.checkout);
        // A packet may be lost on its way out, before the call returns that sent it.
        let early = told.first().filter(|first| first.record < written);
        let early = early.and_then(|first| reading.trace.record(first.record).cause);
        self.add(
            Some(early.unwrap_or(written)),
            EvidenceRole::RequestSent,
            Text::made(format!("the {method} was sent"), format!("{method} 发出")),
        );
        let (it, it_zh) = match told == losses.back {
            true => ("its answer", "响应"),
            false => ("it", ""),
        };
        if let Some(first) = told.first() {
            let by = culprit(reading.trace, first.by);
            self.add(
                Some(first.record),
                EvidenceRole::Lost,
                Text::made(
                    format!("{it} was lost ({})", by.en),
                    format!("{it_zh}丢了（{}）", by.zh),
                ),
            );
        }
        if let [_, .., last] = told {
            let count = told.len();
            self.add(
                Some(last.record),
                EvidenceRole::Lost,
                Text::made(
                    format!("{it} was lost for the {} time", ordinal(count)),
                    format!("{it_zh}第 {count} 次丢失"),
                ),
            );
        }
        self.ended_by_timer(reading, request);
    }

    /// The timer that the end of a request goes back to, and the end.
    pub(crate) fn ended_by_timer(&mut self, reading: &Reading<'_>, request: &RequestReport) {
        let fired = request.last.and_then(|last| {
            let mut causes = reading.trace.causes(last);
            causes.find(|r| matches!(r.event, Event::Timer(TimerEvent::Fired { .. })))
        });
        if let Some(fired) = fired {
            self.add(Some(fired.id), EvidenceRole::TimerFired, timer(fired));
        }
        self.failed(request);
    }
}
