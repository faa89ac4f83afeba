//! Faults made by pointing at a packet of a run: this one is dropped or delayed, or all like it, or everything from here on.
//!
//! A fault that means one packet counts packets of its kind (`nth`), sent one way on its connection. What happens before the
//! packet is the same in the next run, so it is the same packet again; and after an edit elsewhere "the second FIN of connection
//! 3" is still what was meant, where a point in time would not be.

use crate::faults::default_name;
use crate::v1::{Effect, Fault, Packets, Scenario};
use std::time::Duration;
use whyeof_trace::{Event, Flags, Packet, Record, RecordId, Segment, SegmentEvent, Time, Trace};

/// What is to happen to a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// It is lost.
    Drop,
    /// It takes so much longer.
    Delay(Duration),
    /// It is lost, and so is all of its kind that goes the same way from then on, on whichever connection.
    DropLike,
    /// It is lost, and so is everything that goes the same way from then on.
    Silence,
}

/// The fault that does this to the segment whose sending this record is; `None`: it is no such record. Its name is one that the
/// scenario has free.
pub fn fault(scenario: &Scenario, trace: &Trace, sent: RecordId, act: Act) -> Option<Fault> {
    let record = trace.records.get(sent.index())?;
    let segment = sent_segment(record)?;
    let (at, packets) = match act {
        Act::Drop | Act::Delay(_) => (Time::ZERO, of_kind(one_way(trace, &segment), &segment)),
        Act::DropLike => (record.time, of_kind(one_way(trace, &segment), &segment)),
        Act::Silence => (record.time, one_way(trace, &segment)),
    };
    let mut packets = packets;
    let mut effect = Effect::Drop;
    if let Act::Drop | Act::Delay(_) = act {
        packets.conn = Some(segment.flow.0 + 1);
        packets.count = Some(1);
    }
    if let Act::Delay(by) = act {
        packets.by = by;
        effect = Effect::Delay;
    }
    let before = trace.records[..sent.index()].iter();
    let before = before.filter(|r| r.time >= at).filter_map(sent_segment);
    let before = before.filter(|other| is_about(&packets, trace, other));
    packets.nth = u32::try_from(before.count() + 1).unwrap_or(u32::MAX);
    Some(Fault {
        name: free_name(scenario),
        at: at.since(Time::ZERO),
        effect,
        packets,
        ..Fault::default()
    })
}

/// The name of what stands behind a run's rule number: a fault's, or a typed command's.
pub fn name_of_rule(scenario: &Scenario, rule: u16) -> Option<&str> {
    let faults = scenario.faults.iter().map(|fault| fault.name.as_str());
    let typed = scenario.typed.iter().map(|typed| typed.name.as_str());
    faults.chain(typed).nth(usize::from(rule))
}

/// Takes a fault or a typed command away.
pub fn take_away(scenario: &mut Scenario, name: &str) {
    scenario.faults.retain(|fault| fault.name != name);
    scenario.typed.retain(|typed| typed.name != name);
}

fn sent_segment(record: &Record) -> Option<Segment> {
    match record.event {
        Event::Segment(SegmentEvent::Sent(Packet::Tcp(segment))) => Some(segment),
        _ => None,
    }
}

/// Whoever sends it, and to whom.
fn one_way(trace: &Trace, segment: &Segment) -> Packets {
    let [from, to] = hosts(trace, segment).map(|host| Some(host.to_owned()));
    Packets {
        from,
        to,
        ..Packets::default()
    }
}

fn hosts<'t>(trace: &'t Trace, segment: &Segment) -> [&'t str; 2] {
    let flow = &trace.flows[segment.flow.index()];
    [segment.from, segment.from.peer()].map(|side| trace.host(flow.host(side)).name.as_str())
}

/// Whether packets that were described here include a segment.
fn is_about(packets: &Packets, trace: &Trace, segment: &Segment) -> bool {
    let [from, to] = hosts(trace, segment);
    packets.from.as_deref() == Some(from)
        && packets.to.as_deref() == Some(to)
        && packets.conn.is_none_or(|conn| conn == segment.flow.0 + 1)
        && segment.flags.has(packets.has)
        && segment.flags.0 & packets.lacks.0 == 0
        && packets.data.is_none_or(|data| data == (segment.len > 0))
}

/// What a segment is, by its control bits; of the others, whether it carries data.
fn of_kind(packets: Packets, segment: &Segment) -> Packets {
    const KINDS: [Flags; 3] = [Flags::SYN, Flags::FIN, Flags::RST];
    let has = KINDS.into_iter().find(|bit| segment.flags.has(*bit));
    match has {
        Some(has) => Packets { has, ..packets },
        None => Packets {
            lacks: KINDS.into_iter().fold(Flags::default(), Flags::with),
            data: Some(segment.len > 0),
            ..packets
        },
    }
}

/// The first default name that is not taken.
fn free_name(scenario: &Scenario) -> String {
    let taken = |name: &String| {
        scenario.faults.iter().any(|fault| fault.name == *name)
            || scenario.typed.iter().any(|typed| typed.name == *name)
    };
    let names = (scenario.faults.len()..).map(default_name);
    let mut free = names.filter(|name| !taken(name));
    free.next().unwrap_or_default()
}
