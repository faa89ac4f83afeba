//! `probes-stand-back`: TCP keepalive probes could not find a dead connection out, because data was in flight.
//!
//! Said once of a client: its kernel had probed a connection that was dead already, a request came before enough probes had been
//! lost, and from then on the kernel sent that again instead. Facts: ground-truth §8 ("once data is in flight the probe timer stands
//! back"); linux-tcp on `tcp_keepalive_timer`.

use crate::evidence::Steps;
use crate::finding::{EvidenceRole, Finding, FindingKind, Found, Severity};
use crate::loss::Losses;
use crate::reading::Reading;
use crate::report::RequestReport;
use crate::text::{Text, count};
use litemap::LiteMap;
use whyeof_trace::{
    Event, Packet, ProgramId, RecordId, SegmentEvent, Side, TimerEvent, TimerKind, TimerOf,
};

/// The kind.
pub(super) static KIND: FindingKind = FindingKind {
    code: "probes-stand-back",
    title: Text::new("Probes could not help", "保活探测帮不上忙"),
    #[cfg(feature = "manual")]
    manual: Text::new(
        "The kernel ends a connection when a number of keepalive probes in a row stays unanswered. It probes idle connections only: as soon as data is in flight, retransmissions take the probes' place, and tcp_retries2 decides, a quarter of an hour later. A request that comes before the last probe is lost undoes what the probes were for. They help connections that lie idle for longer than it takes them; TCP_USER_TIMEOUT, or a time limit of the client's, helps the others.",
        "连续若干个保活探测没有应答，内核才会关掉连接。它只探测空闲的连接：一旦有数据在途，重传就取代了探测，要等 tcp_retries2 用完，也就是一刻钟以后。最后一个探测丢掉之前来了请求，前面的探测就都白费了。探测只对空闲得足够久的连接管用；别的要靠 TCP_USER_TIMEOUT，或者客户端自己的时限。",
    ),
    severity: Severity::Cause,
    root: None,
    find,
};

fn find(reading: &Reading<'_>, found: &mut Found) {
    let mut told: LiteMap<ProgramId, ()> = LiteMap::new();
    for request in reading.requests.values().filter(|r| r.failure.is_some()) {
        let program = reading.trace.requests[request.id.index()].program;
        if told.contains_key(&program) {
            continue;
        }
        let Some(losses) = Losses::of(reading, request) else {
            continue;
        };
        let lost = lost_probes(reading, &losses);
        if let Some(first) = lost.first() {
            told.insert(program, ());
            found.add(&KIND, None, || {
                word(reading, request, &losses, (*first, lost.len()))
            });
        }
    }
}

/// Probes of the client's that were lost after the last one that came through, before the request.
fn lost_probes(reading: &Reading<'_>, losses: &Losses<'_>) -> Vec<RecordId> {
    let socket = losses.attempt.socket;
    let is_probe = |record: RecordId| {
        matches!(
            reading.trace.record(record).event,
            Event::Timer(TimerEvent::Fired { timer, .. })
                if timer.kind == TimerKind::KeepAlive && timer.of == TimerOf::Socket(socket)
        )
    };
    let mut lost = Vec::new();
    let before = reading.of_flow(socket.flow);
    for record in before.take_while(|r| r.id < losses.attempt.checkout) {
        match record.event {
            Event::Segment(SegmentEvent::Dropped {
                packet: Packet::Tcp(segment),
                ..
            }) if segment.from == Side::Opener => {
                let sent = record.cause.map(|sent| reading.trace.record(sent));
                if sent.and_then(|sent| sent.cause).is_some_and(is_probe) {
                    lost.push(record.id);
                }
            }
            Event::Segment(SegmentEvent::Arrived(Packet::Tcp(segment)))
                if segment.from == Side::Listener =>
            {
                lost.clear();
            }
            _ => {}
        }
    }
    lost
}

fn word(
    reading: &Reading<'_>,
    request: &RequestReport,
    losses: &Losses<'_>,
    (first, number): (RecordId, usize),
) -> Finding {
    let method = request.method;
    let mut steps = Steps::new(reading);
    steps.add(
        Some(first),
        EvidenceRole::Lost,
        Text::new("the first probe was lost", "第一个保活探测丢了"),
    );
    steps.add(
        losses.attempt.written.or(Some(losses.attempt.checkout)),
        EvidenceRole::RequestSent,
        Text::made(
            format!("the {method} was sent, and the kernel probed no more"),
            format!("{method} 发出，内核不再探测"),
        ),
    );
    let probes = count(number, "probe");
    Finding {
        code: KIND.code,
        severity: KIND.severity,
        request: None,
        title: Text::new(
            "The probes stood back when data was in flight",
            "有数据在途，保活探测就停了",
        ),
        explanation: Text::made(
            format!(
                "{probes} had been lost on that connection when the {method} came, too few to end it. With data in flight the kernel sends that again and probes no more, so only tcp_retries2 would have ended it."
            ),
            format!(
                "{method} 来的时候，这条连接上丢了 {number} 个保活探测，还不够判它死。有数据在途，内核只重传数据，不再探测，能关掉它的只剩 tcp_retries2。"
            ),
        ),
        evidence: steps.in_order(),
        remedies: Vec::new(),
    }
}
