//! Faults made by pointing at a packet: what was pointed at is what is hit, in every preset.

use std::collections::BTreeSet;
use std::time::Duration;
use whyeof_scenario::by_hand::{Act, fault};
use whyeof_scenario::{Scenario, build, check, presets};
use whyeof_sim::world::run;
use whyeof_trace::{Culprit, Event, FaultEvent, Packet, Record, RecordId, SegmentEvent, Trace};

/// Packets tried in each story.
const TRIED: usize = 6;

fn played(scenario: &Scenario) -> Trace {
    run(build(scenario).expect("a plan"))
}

fn sent(record: &Record) -> bool {
    matches!(
        record.event,
        Event::Segment(SegmentEvent::Sent(Packet::Tcp(_)))
    )
}

/// Some of a run's packets that nothing has happened to yet, from its first to its last.
fn some_packets(trace: &Trace) -> Vec<RecordId> {
    let lost = |r: &Record| {
        let lost = matches!(r.event, Event::Segment(SegmentEvent::Dropped { .. }));
        r.cause.filter(|_| lost)
    };
    let lost: BTreeSet<_> = trace.records.iter().filter_map(lost).collect();
    let all = trace.records.iter().filter(|r| sent(r));
    let all: Vec<_> = all.filter(|r| !lost.contains(&r.id)).collect();
    let step = all.len().div_ceil(TRIED).max(1);
    let tried = all.iter().step_by(step).chain(all.last());
    tried.map(|record| record.id).collect()
}

/// A run without the words that a fault begins or ends: the others have the numbers that they would have without it.
fn without_turns(mut trace: Trace, number: u16) -> Trace {
    let tells = |r: &Record| matches!(r.event, Event::Fault(FaultEvent::Applied { fault } | FaultEvent::Lifted { fault }) if fault == number);
    let mut next = 0;
    let ids = trace.records.iter().map(|record| {
        let id = RecordId::from_index(next);
        next += usize::from(!tells(record));
        id
    });
    let ids: Vec<RecordId> = ids.collect();
    trace.records.retain(|record| !tells(record));
    for record in &mut trace.records {
        record.id = ids[record.id.index()];
        record.cause = record.cause.map(|cause| ids[cause.index()]);
    }
    trace
}

/// The scenario with one more fault, run; and which packets that fault dropped.
fn with(scenario: &Scenario, trace: &Trace, packet: RecordId, act: Act) -> (Trace, Vec<RecordId>) {
    let mut edited = scenario.clone();
    let fault = fault(scenario, trace, packet, act).expect("a packet that was sent");
    edited.faults.push(fault);
    check(&edited).expect("a fault that fits");
    // It can be written, and read as the same.
    assert_eq!(Scenario::from_json(&edited.to_json()).as_ref(), Ok(&edited));
    let number = u16::try_from(scenario.faults.len()).expect("few faults");
    let trace = without_turns(played(&edited), number);
    let dropped = trace
        .records
        .iter()
        .filter_map(|record| match record.event {
            Event::Segment(SegmentEvent::Dropped {
                by: Culprit::Rule(by),
                ..
            }) if by == number => record.cause,
            _ => None,
        });
    let dropped = dropped.collect();
    (trace, dropped)
}

/// Up to the packet nothing differs.
fn same_until(packet: RecordId, before: &Trace, after: &Trace, story: &str) {
    let upto = packet.index();
    assert_eq!(before.records[upto], after.records[upto], "{story}");
    let stamps = |trace: &Trace| -> Vec<_> {
        let upto = &trace.records[..upto];
        upto.iter().map(|r| (r.time, r.host, r.cause)).collect()
    };
    assert_eq!(stamps(before), stamps(after), "{story}");
}

#[test]
fn what_was_pointed_at_is_dropped_and_nothing_else() {
    for preset in &presets::ALL {
        let scenario = preset.scenario();
        let before = played(&scenario);
        for packet in some_packets(&before) {
            let (after, dropped) = with(&scenario, &before, packet, Act::Drop);
            same_until(packet, &before, &after, preset.id);
            assert_eq!(dropped, [packet], "{}", preset.id);
        }
    }
}

#[test]
fn what_was_pointed_at_is_late_by_so_much() {
    let by = Duration::from_millis(200);
    let arrived = |trace: &Trace, packet: RecordId| {
        let arrived = |r: &&Record| {
            r.cause == Some(packet) && matches!(r.event, Event::Segment(SegmentEvent::Arrived(_)))
        };
        trace.records.iter().find(arrived).map(|record| record.time)
    };
    for preset in &presets::ALL {
        let scenario = preset.scenario();
        let before = played(&scenario);
        for packet in some_packets(&before) {
            let (after, _) = with(&scenario, &before, packet, Act::Delay(by));
            same_until(packet, &before, &after, preset.id);
            // At the end of a run neither may be there.
            if let Some(late) = arrived(&after, packet) {
                let in_time = arrived(&before, packet).expect("it was there earlier");
                assert_eq!(late, in_time + by, "{}", preset.id);
            }
        }
    }
}

#[test]
fn silence_takes_at_least_what_a_kind_takes_and_both_begin_with_the_packet() {
    for preset in &presets::ALL {
        let scenario = preset.scenario();
        let before = played(&scenario);
        for packet in some_packets(&before) {
            for act in [Act::DropLike, Act::Silence] {
                let (after, dropped) = with(&scenario, &before, packet, act);
                same_until(packet, &before, &after, preset.id);
                assert_eq!(dropped.first(), Some(&packet), "{} {act:?}", preset.id);
                let sender = after.record(packet).host;
                let others = dropped
                    .iter()
                    .filter(|id| after.record(**id).host != sender);
                assert_eq!(others.count(), 0, "{} {act:?}", preset.id);
            }
        }
    }
}

#[test]
fn a_second_fault_finds_a_free_name() {
    let scenario = presets::ALL[0].scenario();
    let trace = played(&scenario);
    let packets = some_packets(&trace);
    let mut edited = scenario;
    for packet in &packets[..3] {
        let fault = fault(&edited, &trace, *packet, Act::Drop).expect("a packet");
        edited.faults.push(fault);
    }
    edited.faults.remove(0);
    let next = fault(&edited, &trace, packets[0], Act::Drop).expect("a packet");
    assert_eq!(next.name, "f4");
    let names: Vec<_> = edited.faults.iter().map(|f| f.name.as_str()).collect();
    assert_eq!(names, ["f2", "f3"]);
    let arrival = trace.records.iter().find(|r| !sent(r)).expect("one");
    assert_eq!(fault(&edited, &trace, arrival.id, Act::Drop), None);
}
