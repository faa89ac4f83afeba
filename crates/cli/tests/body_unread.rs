//! The body that nobody reads, as article 003 tells it: counted on the preset and on its fixes.

use std::collections::BTreeSet;
use whyeof_scenario::{build, presets};
use whyeof_sim::world::run;
use whyeof_trace::replay::Snapshot;
use whyeof_trace::{
    Call, Event, Flags, Packet, SegmentEvent, Side, SocketEvent, SocketId, State, Trace,
};

/// What somebody with `ss` and tcpdump on the client sees.
#[derive(Debug, Default)]
struct Seen {
    /// Connections dialled.
    dialled: u32,
    /// Sockets open at the same time, at most.
    most_open: usize,
    /// Connections that the client closed while bytes were in its receive queue.
    closed_unread: u32,
    /// Of those, by RST.
    resets: u32,
    /// Sockets that were ever in TIME-WAIT.
    time_wait: u32,
}

fn seen(trace: &Trace) -> Seen {
    let mut seen = Seen::default();
    let mut open = BTreeSet::new();
    let mut now = Snapshot::default();
    let mut unread = BTreeSet::new();
    for record in &trace.records {
        match record.event {
            Event::Segment(SegmentEvent::Sent(Packet::Tcp(s))) if s.from == Side::Opener => {
                let id = SocketId {
                    flow: s.flow,
                    side: Side::Opener,
                };
                seen.dialled += u32::from(s.flags == Flags::SYN);
                if s.flags.has(Flags::RST) && unread.remove(&id) {
                    seen.resets += 1;
                }
            }
            Event::Socket(SocketEvent::Called {
                socket,
                call: Call::Close,
            }) if socket.side == Side::Opener
                && now.sockets.get(&socket).is_some_and(|s| s.recv_q > 0) =>
            {
                seen.closed_unread += 1;
                unread.insert(socket);
            }
            Event::Socket(SocketEvent::Entered { socket, to, .. })
                if socket.side == Side::Opener =>
            {
                match to {
                    State::Established => {
                        open.insert(socket);
                    }
                    State::Closed => {
                        open.remove(&socket);
                    }
                    State::TimeWait => seen.time_wait += 1,
                    _ => {}
                }
                seen.most_open = seen.most_open.max(open.len());
            }
            _ => {}
        }
        now.take(record);
    }
    seen
}

fn of(preset: &str) -> (Seen, f64) {
    let preset = presets::find(preset).expect("a preset");
    let scenario = preset.scenario();
    let seconds = scenario.until.as_secs_f64();
    (seen(&run(build(&scenario).expect("a plan"))), seconds)
}

#[test]
fn on_go_1_19_each_request_costs_a_connection() {
    let (seen, seconds) = of("body-unread");
    let a_second = f64::from(seen.dialled) / seconds;
    assert!(
        (1_400.0..1_600.0).contains(&a_second),
        "{a_second} new connections a second"
    );
    assert!((5..=12).contains(&seen.most_open), "{seen:?}");
    assert!(
        seen.closed_unread * 10 > seen.dialled * 9,
        "Recv-Q > 0 at close: {seen:?}"
    );
    assert_eq!(seen.resets, seen.closed_unread, "each by RST");
    assert_eq!(seen.time_wait, 0, "and so no TIME-WAIT");
}

#[test]
fn read_or_on_go_1_27_a_few_connections_serve_all() {
    for preset in ["body-unread-read", "body-unread-go-1-27"] {
        let (seen, _) = of(preset);
        assert!(seen.dialled <= 12, "{preset}: {seen:?}");
        assert_eq!(seen.closed_unread + seen.resets, 0, "{preset}");
    }
}
