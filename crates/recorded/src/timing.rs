//! Whether each segment leaves as long after what triggered it as recorded.
//!
//! What triggered it is the last segment of its connection that its host had received or sent when the matter began: when
//! the timer was armed, when the program was told. So a relay that was late once makes nothing late that follows.

use crate::packet::{HOSTS, Packet};
use whyeof_trace::{
    Event, FaultEvent, FlowId, Packet as OnWire, Record, SegmentEvent, SocketEvent, TimerEvent,
    TimerKind, Trace,
};

/// A kernel answers within so many seconds of the recorded time: the relay between the hosts was up to 0.4 ms late.
const KERNEL: f64 = 0.001;
/// A program does: the first request of a Go process took 2.2 ms longer than the others (15b).
const PROGRAM: f64 = 0.003;
/// epoll_wait(2) may be late by so much of its time (fs/select.c `__estimate_accuracy`: a thousandth): a quiet program's timer
/// of 6 s came 7 ms late (09e).
const SLACK: f64 = 0.001;
/// A process takes 8 ms until its first call, and each call takes its part: the fourth connection of one began 11 ms late (10).
/// One that ends takes 5 ms from its last word to its sockets (05, 12).
const PROCESS: f64 = 0.011;
/// A server takes up to so much longer for its first answer than for all others (Node: 10 ms in 09e, 15 to 20 ms in 08a, 08d, 08e).
const COLD: f64 = 0.020;

/// How coarse a kernel's timer of this length is: one slot of the wheel, and the jiffy in which it was armed (linux-tcp §1.1).
fn slot(span: f64) -> f64 {
    let level = [0.252, 2.016, 16.128, 129.024, 1_032.192]
        .iter()
        .take_while(|bound| span >= **bound)
        .count();
    let jiffy = 0.004;
    jiffy * f64::from(8u32.pow(u32::try_from(level).expect("small"))) + jiffy
}

/// Each segment of one host as long after what triggered it as recorded.
///
/// # Errors
/// The first that is not.
pub fn check_times(
    trace: &Trace,
    flow: u32,
    host: &str,
    real: &[Packet],
    ours: &[Packet],
) -> Result<(), String> {
    let twins = twins(real, ours);
    let sent = sent(trace, flow);
    for (n, packet) in ours.iter().enumerate() {
        if packet.from != host {
            continue;
        }
        let trigger = trigger(trace, flow, sent[n]);
        let since = |packets: &[Packet], of: usize, twin: &dyn Fn(usize) -> usize| {
            let start = match trigger.event {
                Some((k, Way::Came)) => packets[twin(k)].t_recv.unwrap_or(f64::NAN),
                Some((k, Way::Went)) => packets[twin(k)].t_send,
                None => 0.0,
            };
            packets[of].t_send - start
        };
        let (a, b) = (since(real, twins[n], &|k| twins[k]), since(ours, n, &|k| k));
        let reaction = match (n, trigger.by_program) {
            (0, _) => PROCESS,
            _ if is_cold(trace, sent[n]) => COLD,
            _ if trigger.by_exit || trigger.by_command => PROCESS,
            (_, true) => PROGRAM,
            (_, false) => KERNEL,
        };
        let allowed = reaction
            + match trigger.timer {
                Some(Timed::Kernel) => slot(b),
                Some(Timed::Program) => b * SLACK,
                None => 0.0,
            };
        if (a - b).abs() >= allowed {
            return Err(format!(
                "{} {}+{}: {a:.6} s after {:?}, ours {b:.6} s",
                packet.flags, packet.seq, packet.len, trigger.event,
            ));
        }
    }
    Ok(())
}

/// Whether a server's process had sent no data before: its first answer takes longer than all others (Node: 5 to 20 ms, 08a, 09e and 13d).
fn is_cold(trace: &Trace, segment: &Record) -> bool {
    let place = |record: &Record| match record.event {
        Event::Segment(SegmentEvent::Sent(OnWire::Tcp(s))) if s.len > 0 => {
            Some((record.host, trace.flow(s.flow).port(s.from)))
        }
        _ => None,
    };
    let mine = place(segment);
    let before = trace.records[..segment.id.index()].iter().rev();
    let started = |record: &&Record| {
        let starts = matches!(record.event, Event::Fault(FaultEvent::Started { .. }));
        starts && record.host == segment.host
    };
    let mut its = before.take_while(|record| !started(record));
    mine.is_some() && !its.any(|record| place(record) == mine)
}

/// For each segment of ours, which recorded one it is: the n-th of its host.
fn twins(real: &[Packet], ours: &[Packet]) -> Vec<usize> {
    let of = |packets: &[Packet], host: &str| -> Vec<usize> {
        let mine = packets.iter().enumerate().filter(|(_, p)| p.from == host);
        mine.map(|(n, _)| n).collect()
    };
    let mut twins = vec![usize::MAX; ours.len()];
    for host in HOSTS {
        for (a, b) in of(ours, host).into_iter().zip(of(real, host)) {
            twins[a] = b;
        }
    }
    twins
}

/// The records of a connection's segments, in the order of [`simulated`].
fn sent(trace: &Trace, flow: u32) -> Vec<&Record> {
    let segments = trace.of_flow(FlowId(flow));
    segments
        .filter(|r| matches!(r.event, Event::Segment(SegmentEvent::Sent(OnWire::Tcp(_)))))
        .collect()
}

#[derive(Clone, Copy, Debug)]
enum Timed {
    Kernel,
    Program,
}

#[derive(Clone, Copy, Debug)]
enum Way {
    Came,
    Went,
}

/// What made a host send something.
struct Trigger {
    /// The segment of the connection, by its place, that came or went when the matter began; `None`: it was planned for a
    /// time of the run.
    event: Option<(usize, Way)>,
    timer: Option<Timed>,
    by_program: bool,
    by_exit: bool,
    /// Somebody typed a command: a process has to start for it.
    by_command: bool,
}

fn trigger(trace: &Trace, flow: u32, segment: &Record) -> Trigger {
    let mut found = Trigger {
        event: None,
        timer: None,
        by_program: false,
        by_exit: false,
        by_command: false,
    };
    let mut began = None;
    for record in trace.causes(segment.id).skip(1) {
        match record.event {
            Event::Segment(SegmentEvent::Arrived(_)) | Event::Timer(TimerEvent::Set { .. }) => {
                began = Some(record);
                break;
            }
            Event::Timer(TimerEvent::Fired { timer, .. }) => {
                found.by_exit |= timer.kind == TimerKind::Exit;
                if matches!(timer.kind, TimerKind::NextRequest | TimerKind::Exit) {
                    break;
                }
                found.timer = Some(if timer.kind.is_kernel() {
                    Timed::Kernel
                } else {
                    Timed::Program
                });
            }
            Event::Socket(SocketEvent::Called { .. }) => found.by_program = true,
            Event::Fault(FaultEvent::Typed { .. }) => found.by_command = true,
            _ => {}
        }
    }
    found.event = began.and_then(|began| last_before(trace, flow, began, segment));
    found
}

/// The last segment of the connection that came to or left the host up to a record, other than `but`.
fn last_before(trace: &Trace, flow: u32, until: &Record, but: &Record) -> Option<(usize, Way)> {
    let sent = sent(trace, flow);
    let place = |id| sent.iter().position(|r| r.id == id);
    let before = trace.of_flow(FlowId(flow)).rev();
    let mut here = before.filter(|r| r.host == but.host && r.id <= until.id && r.id != but.id);
    here.find_map(|r| match r.event {
        Event::Segment(SegmentEvent::Arrived(_)) => Some((place(r.cause?)?, Way::Came)),
        Event::Segment(SegmentEvent::Sent(_)) => Some((place(r.id)?, Way::Went)),
        _ => None,
    })
}
