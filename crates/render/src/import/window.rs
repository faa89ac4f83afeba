//! As much of a long connection as can be drawn: its end, or what lies around the gravest finding. What is told of it is told of all of it.

use whyeof_diagnose::Report;
use whyeof_trace::{RecordId, Trace};

/// Cuts a capture's trace to so many records, and the report on it to what is left; whether anything was cut.
pub fn window(trace: &mut Trace, report: &mut Report, most: usize) -> bool {
    let count = trace.records.len();
    if count <= most {
        return false;
    }
    let leading = report.leading().and_then(|it| it.evidence.last());
    let at = leading.map_or(count, |it| it.record.index());
    // A quarter of it shows what came after.
    let to = (at + most / 4).clamp(most, count);
    let from = to - most;
    trace.records.truncate(to);
    trace.records.drain(..from);
    for (index, record) in trace.records.iter_mut().enumerate() {
        record.id = RecordId::from_index(index);
    }
    trace.end = trace.records.last().map_or(trace.end, |it| it.time);
    let is_in = |id: &RecordId| (from..to).contains(&id.index());
    let moved = |id: RecordId| RecordId::from_index(id.index() - from);
    report
        .requests
        .retain(|it| is_in(&it.first) && it.last.as_ref().is_none_or(is_in));
    for request in &mut report.requests {
        request.first = moved(request.first);
        request.last = request.last.map(moved);
    }
    for finding in &mut report.findings {
        finding.evidence.retain(|it| is_in(&it.record));
        for step in &mut finding.evidence {
            step.record = moved(step.record);
        }
    }
    true
}
